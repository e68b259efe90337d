// What a report comes to: merged entries, outcomes of places, and sums.
import type * as DateTime from "effect/DateTime"
import { shown } from "../../errors/internal/words.ts"

export interface Item {
  readonly what: string
  readonly outcome: "Done" | "Found" | "Unchanged" | "Refused"
  readonly why?: string | undefined
}

export interface Entry {
  readonly account: string
  readonly name?: string | undefined
  readonly region: string
  readonly items: ReadonlyArray<Item>
  readonly failure?: string | undefined
  readonly target?: string | undefined
}

export interface Report {
  readonly isComplete: boolean
  readonly title: string
  readonly startedAt: DateTime.Utc
  readonly endedAt: DateTime.Utc
  readonly entries: ReadonlyArray<Entry>
}

/**
 * What a report comes to. `failed` counts places; `items` counts all items, and `done`, `found`, `unchanged` and `refused` those with
 * this outcome. What a malformed target doesn't have is no account and no region.
 *
 * @category models
 * @since 0.1.0
 */
export interface Summary {
  /** How many accounts the report has. */
  readonly accounts: number
  /** How many regions it has. */
  readonly regions: number
  /** How many places it has: the number of its entries. */
  readonly places: number
  /** The places where the work ended early, or didn't begin. */
  readonly failed: number
  /** All items. */
  readonly items: number
  /** The items that are `Done`. */
  readonly done: number
  /** The items that are `Found`. */
  readonly found: number
  /** The items that are `Unchanged`. */
  readonly unchanged: number
  /** The items that are `Refused`. */
  readonly refused: number
}

/**
 * Options of {@link table}.
 *
 * @category models
 * @since 0.1.0
 */
export interface TableOptions {
  /** How wide the table may be. By default 120. Below 60, it is 60 wide. */
  readonly columns?: number | undefined
  /** The outcomes of the places to list. By default all. The sums and the reasons are those of the whole report. */
  readonly only?: ReadonlyArray<PlaceOutcome> | undefined
}

/**
 * The worst that happened in a place, or the most that was done there.
 *
 * @category models
 * @since 0.1.0
 */
export type PlaceOutcome = "Failed" | "Refused" | "Done" | "Found" | "Unchanged" | "Nothing"

/** From what needs attention to what doesn't. */
export const placeOutcomes: ReadonlyArray<PlaceOutcome> = [
  "Failed",
  "Refused",
  "Done",
  "Found",
  "Unchanged",
  "Nothing"
]

export interface Counts {
  readonly done: number
  readonly found: number
  readonly unchanged: number
  readonly refused: number
}

export const countsOf = ({ items }: Entry): Counts => {
  const counts = { Done: 0, Found: 0, Unchanged: 0, Refused: 0 }
  for (const { outcome } of items) counts[outcome]++
  return { done: counts.Done, found: counts.Found, unchanged: counts.Unchanged, refused: counts.Refused }
}

export const outcomeOf = (entry: Entry): PlaceOutcome => {
  if (entry.failure !== undefined) return "Failed"
  const { done, found, refused, unchanged } = countsOf(entry)
  if (refused > 0) return "Refused"
  return done > 0 ? "Done" : found > 0 ? "Found" : unchanged > 0 ? "Unchanged" : "Nothing"
}

export const summarize = ({ entries }: { readonly entries: ReadonlyArray<Entry> }): Summary => {
  const sum = { failed: 0, items: 0, done: 0, found: 0, unchanged: 0, refused: 0 }
  const accounts = new Set<string>()
  const regions = new Set<string>()
  for (const entry of entries) {
    const { done, found, refused, unchanged } = countsOf(entry)
    if (entry.account !== "") accounts.add(entry.account)
    if (entry.region !== "") regions.add(entry.region)
    if (entry.failure !== undefined) sum.failed++
    sum.items += entry.items.length
    sum.done += done
    sum.found += found
    sum.unchanged += unchanged
    sum.refused += refused
  }
  return { accounts: accounts.size, regions: regions.size, places: entries.length, ...sum }
}

const mergeItems = (first: ReadonlyArray<Item>, later: ReadonlyArray<Item>): ReadonlyArray<Item> => {
  // What an entry names twice is in it twice. Only the other entry's items replace them.
  const replaced = new Map(later.map((item) => [item.what, item]))
  const kept = first.filter(({ outcome, what }) => {
    const other = replaced.get(what)
    return other === undefined || (outcome === "Done" && (other.outcome === "Unchanged" || other.outcome === "Found"))
  })
  const isDone = new Set(kept.map(({ what }) => what))
  return [...kept, ...later.filter(({ what }) => !isDone.has(what))]
}

export const mergeEntries = (first: Entry, later: Entry): Entry => {
  const name = later.name ?? first.name
  const failures = [...new Set([first.failure, later.failure].filter((failure) => failure !== undefined))]
  return {
    account: later.account,
    ...(name !== undefined && { name }),
    region: later.region,
    items: mergeItems(first.items, later.items),
    ...(failures.length > 0 && { failure: failures.join(" And: ") }),
    ...(later.target !== undefined && { target: later.target })
  }
}

const compare = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

export const mergeAll = (entries: Iterable<Entry>): ReadonlyArray<Entry> => {
  const places = new Map<string, Entry>()
  for (const entry of entries) {
    const key = JSON.stringify([entry.account, entry.region, entry.target])
    const known = places.get(key)
    places.set(key, known === undefined ? entry : mergeEntries(known, entry))
  }
  return [...places.values()].sort((a, b) =>
    compare(a.account, b.account) || compare(a.region, b.region) ||
    compare(a.target ?? "", b.target ?? "")
  )
}

/** A malformed target may be anything. */
export const nameOf = (target: unknown): string | undefined => {
  try {
    const { name } = Object(target) as { readonly name?: unknown }
    return typeof name === "string" ? name : undefined
  } catch {
    return undefined
  }
}

/** What an error says. One without words says its tag, and any other value what it is. */
export const messageOf = (error: unknown): string => {
  try {
    const { _tag, message } = Object(error) as { readonly _tag?: unknown; readonly message?: unknown }
    if (typeof message === "string" && message !== "") return message
    if (typeof _tag === "string") return _tag
    return shown(error)
  } catch {
    return "an error that can't be shown"
  }
}

/** Why a place needs attention, in one line: its failure, or the first refusal and how many others there are. */
export const noteOf = ({ failure, items }: Entry): string => {
  if (failure !== undefined) return failure
  const refused = items.filter(({ outcome }) => outcome === "Refused")
  const [first] = refused
  if (first === undefined) return ""
  const more = refused.length > 1 ? ` (and ${refused.length - 1} more)` : ""
  return `${first.what}: ${first.why ?? "refused, without a reason"}${more}`
}

/** What is above a report that isn't complete. */
export const incomplete = "The run didn't come to its end: places are missing, and what had begun may be done in part."

/** The account of a place, or the target that has none. */
export const accountOf = ({ account, target = "" }: Entry): string => account === "" ? target : account
export const accountLabel = (account: string): string => account === "" ? "(no account)" : account
export const regionLabel = (region: string): string => region === "" ? "(no region)" : region
