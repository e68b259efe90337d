// The calls that reached AWS: the newest ones, without the content of objects.
import * as Cause from "effect/Cause"
import { copyData, weightOf } from "./copy.ts"

/**
 * How a call ended.
 *
 * - `Answered`: AWS did what was asked.
 * - `Refused`: AWS answered with an error.
 * - `Cut`: an injected fault dropped the connection.
 * - `Interrupted`: the program gave up while it waited. AWS may have acted.
 * - `Died`: the in-memory AWS has no handler for the call, or doesn't support a member of its input.
 *
 * @category models
 * @since 0.1.0
 */
export type Outcome =
  | { readonly _tag: "Answered"; readonly output: object }
  | { readonly _tag: "Refused"; readonly code: string; readonly message: string; readonly statusCode: number }
  | { readonly _tag: "Cut" }
  | { readonly _tag: "Interrupted" }
  | { readonly _tag: "Died"; readonly defect: unknown }

/**
 * One call that reached AWS, without the content of objects.
 *
 * @category models
 * @since 0.1.0
 */
export interface JournalEntry {
  /** The id of the service in the SDK: `S3`, `Secrets Manager`. */
  readonly service: string
  /** The operation, as AWS names it: `PutObject`. */
  readonly operation: string
  /** The input of the command, without the content of objects. */
  readonly input: object
  /** The account of the caller. */
  readonly account: string
  /** The region of the call. */
  readonly region: string
  /** The ARN of the caller, or `anonymous` for an unsigned request. Empty if AWS didn't find out who called. */
  readonly principal: string
  /** When the request arrived, on Effect's Clock. */
  readonly time: Date
  /** The id of the request, which the answer has, too. */
  readonly requestId: string
  /** How the call ended. */
  readonly outcome: Outcome
}

/** How a call ended that got no response. */
export const outcomeOf = (cause: Cause.Cause<"Cut">): Outcome =>
  Cause.hasFails(cause)
    ? { _tag: "Cut" }
    : Cause.hasInterrupts(cause)
    ? { _tag: "Interrupted" }
    : { _tag: "Died", defect: Cause.squash(cause) }

/** The newest of many entries. */
export interface Journal<A> {
  readonly add: (entry: A) => void
  readonly clear: () => void
  /** Copies of the entries, the oldest first. */
  readonly entries: () => ReadonlyArray<A>
}

/** How much a journal keeps, roughly in bytes: entries with long lists fill it sooner than `size` entries do. */
const capacity = 32 * 2 ** 20

export const makeJournal = <A extends object>(size: number): Journal<A> => {
  const kept = new Map<number, readonly [entry: A, weight: number]>()
  let oldest = 0
  let weight = 0
  return {
    add: (entry) => {
      if (size === 0) return
      const own = weightOf(entry)
      kept.set(oldest + kept.size, [entry, own])
      weight += own
      while (kept.size > size || (weight > capacity && kept.size > 1)) {
        weight -= kept.get(oldest)![1]
        kept.delete(oldest++)
      }
    },
    clear: () => {
      kept.clear()
      oldest = weight = 0
    },
    entries: () => Array.from(kept.values(), ([entry]) => copyData(entry))
  }
}
