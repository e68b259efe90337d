// Faults that a test injects, and the calls that they affect.
import type * as Duration from "effect/Duration"
import type { Fault } from "../wire/fault.ts"
import type { Random } from "./random.ts"

/**
 * What goes wrong with a call: `InMemory.throttled`, `InMemory.serverFault`, or the result of `InMemory.delay`, `InMemory.cut` or
 * `InMemory.fault`.
 *
 * @category models
 * @since 0.1.0
 */
export type InjectedFault =
  | { readonly _tag: "Throttled" }
  | { readonly _tag: "ServerFault" }
  | { readonly _tag: "Delay"; readonly duration: Duration.Input; readonly when: "before" | "after" }
  | { readonly _tag: "Cut"; readonly when: "before" | "after" }
  | Fault

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
  /**
   * Only calls by this account: `111122223333`. AssumeRole is a call by the account that asks for the session, and the session's own
   * calls are by the account of the role.
   */
  readonly account?: string | undefined
  /** Only calls to this region: `eu-central-1`. */
  readonly region?: string | undefined
  /** Only the nth call that matches, counted from 1. */
  readonly nth?: number | undefined
  /** Only the first `times` calls that match. */
  readonly times?: number | undefined
  /** Only this share of the calls that match, above 0, drawn at random: `0.3`. */
  readonly share?: number | undefined
  /**
   * What goes wrong: `InMemory.throttled`, `InMemory.serverFault`, or the result of `InMemory.delay`, `InMemory.cut` or
   * `InMemory.fault`.
   */
  readonly fault: InjectedFault
}

/** What selects a call. */
type Selected = Readonly<Record<(typeof selectors)[number], string>>

const selectors = ["service", "operation", "account", "region"] as const

/** The members of an injection. */
export const members: ReadonlyArray<string> = [...selectors, "nth", "times", "share", "fault"]

export interface Injections {
  readonly add: (injection: Injection) => void
  readonly clear: () => void
  /** The injections, the oldest first, and how many calls each has matched. */
  readonly list: () => ReadonlyArray<{ readonly injection: Injection; readonly seen: number }>
  /** The faults for the next call, which counts as seen by each injection that it matches. */
  readonly take: (call: Selected) => ReadonlyArray<Injection["fault"]>
}

const none: ReadonlyArray<Injection["fault"]> = []

export const makeInjections = (random: Random): Injections => {
  let entries: Array<{ readonly injection: Injection; seen: number }> = []
  const isHit = (entry: (typeof entries)[number], call: Selected): boolean => {
    const { nth, share, times, ...only } = entry.injection
    if (selectors.some((name) => (only[name] ?? call[name]) !== call[name])) return false
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
    take: (call) =>
      entries.length === 0
        ? none
        : entries.filter((entry) => isHit(entry, call)).map(({ injection }) => injection.fault)
  }
}
