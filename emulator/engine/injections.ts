// Faults that a test injects, and the calls that they affect.
import type * as Duration from "effect/Duration"
import type { Fault } from "../wire/fault.ts"
import type { Random } from "./random.ts"

/**
 * A fault, and the calls that it affects: without `nth`, `times` and `share`, every call that matches.
 *
 * @category models
 * @since 0.1.0
 */
export interface Injection {
  /** Only calls of this service: `S3`. */
  readonly service?: string | undefined
  /** Only calls of this operation: `PutObject`. */
  readonly operation?: string | undefined
  /** Only the nth call that matches, counted from 1. */
  readonly nth?: number | undefined
  /** Only the first `times` calls that match. */
  readonly times?: number | undefined
  /** Only this share of the calls that match, above 0, drawn at random: `0.3`. */
  readonly share?: number | undefined
  readonly fault:
    | { readonly _tag: "Throttled" }
    | { readonly _tag: "ServerFault" }
    | { readonly _tag: "Delay"; readonly duration: Duration.Input; readonly when: "before" | "after" }
    | { readonly _tag: "Cut"; readonly when: "before" | "after" }
    | Fault
}

export interface Injections {
  readonly add: (injection: Injection) => void
  readonly clear: () => void
  /** The injections, the oldest first, and how many calls each has matched. */
  readonly list: () => ReadonlyArray<{ readonly injection: Injection; readonly seen: number }>
  /** The faults for the next call of this operation, which counts as seen by each injection that it matches. */
  readonly take: (service: string, operation: string) => ReadonlyArray<Injection["fault"]>
}

const none: ReadonlyArray<Injection["fault"]> = []

export const makeInjections = (random: Random): Injections => {
  let entries: Array<{ readonly injection: Injection; seen: number }> = []
  const isHit = (entry: (typeof entries)[number], service: string, operation: string): boolean => {
    const { nth, share, times, ...only } = entry.injection
    if ((only.service ?? service) !== service || (only.operation ?? operation) !== operation) return false
    entry.seen++
    return (nth === undefined || entry.seen === nth) && (times === undefined || entry.seen <= times) &&
      (share === undefined || random.next() < share)
  }
  return {
    add: (injection) => void entries.push({ injection, seen: 0 }),
    clear: () => {
      entries = []
    },
    list: () => entries.map((entry) => ({ ...entry })),
    take: (service, operation) =>
      entries.length === 0
        ? none
        : entries.filter((entry) => isHit(entry, service, operation)).map(({ injection }) => injection.fault)
  }
}
