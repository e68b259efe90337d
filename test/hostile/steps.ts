// What a step is: an operation, what happens meanwhile, and what may have come of it.
import type { Found, ObjectHeaders, PutOptions } from "./aws.ts"
import type { Weather } from "./faults.ts"
import type { Operation } from "./operations.ts"
import type { Random } from "./random.ts"

/** What happens while an operation runs. */
export type Event =
  | { readonly _tag: "Interrupt" }
  | { readonly _tag: "Signal"; readonly signal: "SIGINT" | "SIGTERM" | "SIGKILL" }
  /** Something else changes the world of the step: a file or an object. */
  | { readonly _tag: "Change"; readonly what: string; readonly run: () => Promise<void> }

/** An object that there may be after a step; `undefined` if there may be none. */
export type Expected = ({ readonly sha256: string; readonly size: number } & ObjectHeaders) | undefined

/** What a step works with. */
export interface Place {
  /** What names the step, for the contents that it makes. */
  readonly labels: ReadonlyArray<string | number>
  readonly random: Random
  /** An empty directory. */
  readonly directory: string
  /** Every key of the step begins with it. */
  readonly prefix: string
}

export interface Step {
  readonly operation: Operation
  readonly weather: Weather
  readonly event?: { readonly event: Event; readonly bytes: number } | undefined
  /** The objects before the step, by key. */
  readonly objects: Readonly<Record<string, { readonly body: Uint8Array } & PutOptions>>
  /** The files before the step, by path. */
  readonly files: Readonly<Record<string, Uint8Array>>
  /** Directories that are there before the step, beside those of its files. */
  readonly folders?: ReadonlyArray<string> | undefined
  /** Whether the operation has a process of its own. */
  readonly isAlone: boolean
  /** What the operation makes of the objects that it writes if it succeeds, by key. */
  readonly written: Readonly<Record<string, ReadonlyArray<Expected>>>
  /** What the operation makes of the files that it writes if it succeeds, by path: SHA-256, or `undefined` for no file. */
  readonly saved: Readonly<Record<string, ReadonlyArray<string | undefined>>>
  /** The errors that the step's own circumstances explain, beside those that the weather does. */
  readonly explained: ReadonlyArray<string>
  /** Whether the operation can't succeed. */
  readonly mustFail?: boolean | undefined
  /** Whether an unfinished upload or download may be kept, to be resumed. */
  readonly mayKeep?: boolean | undefined
  /** What is wrong with the value that the operation succeeded with. */
  readonly check?: ((value: any, found: (key: string) => Found | undefined) => ReadonlyArray<string>) | undefined
}
