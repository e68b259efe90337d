/**
 * What became of a fleet: per account and region what was found, done and refused, as a table, as JSON, and as a page.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Function from "effect/Function"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { InvalidTarget } from "../errors/internal/fleetErrors.ts"
import type { Outcome, Started } from "./internal/events.ts"
import { renderHtml } from "./internal/reportHtml.ts"
import * as Model from "./internal/reportModel.ts"
import { renderTable } from "./internal/reportTable.ts"
import type { Place, Target } from "./internal/targets.ts"

export type { PlaceOutcome, Summary, TableOptions } from "./internal/reportModel.ts"

/**
 * One thing that was found in an account and region, and what became of it.
 *
 * - `Done`: the program did what it is for.
 * - `Found`: it's there, in an inventory that changes nothing.
 * - `Unchanged`: there was nothing to do.
 * - `Refused`: AWS, or the program, refused it. `why` says why.
 *
 * **Example** (What became of a volume)
 *
 * ```ts
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 *
 * const itemOf = (volume: string, attachedTo: string | undefined): FleetReport.Item =>
 *   attachedTo === undefined
 *     ? { what: volume, outcome: "Done" }
 *     : { what: volume, outcome: "Refused", why: `It is attached to ${attachedTo}.` }
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export const Item = Schema.Struct({
  /** What was found: an id, a name or an ARN. */
  what: Schema.String,
  /** What became of it. */
  outcome: Schema.Literals(["Done", "Found", "Unchanged", "Refused"]),
  /** Why it was refused, or anything else to say about it. */
  why: Schema.optional(Schema.String)
})
/**
 * The type of {@link Item:var}.
 *
 * @category models
 * @since 0.1.0
 */
export type Item = typeof Item.Type

/**
 * One account and region. `failure` says why the work there ended early, or didn't begin.
 *
 * **Example** (Entries that another program has written as JSON)
 *
 * ```ts
 * import { Schema } from "effect"
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 *
 * const Entries = Schema.fromJsonString(Schema.Array(FleetReport.Entry))
 *
 * const read = (text: string) => Schema.decodeEffect(Entries)(text)
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export const Entry = Schema.Struct({
  /** The id of the account. */
  account: Schema.String,
  /** The name of the account, if it's known. */
  name: Schema.optional(Schema.String),
  /** The name of the region. */
  region: Schema.String,
  /** What was found there, and what became of it. */
  items: Schema.Array(Item),
  /** Why the work there ended early, or didn't begin. */
  failure: Schema.optional(Schema.String),
  /** The target, if it is malformed and has no account or region. */
  target: Schema.optional(Schema.String)
})
/**
 * The type of {@link Entry:var}.
 *
 * @category models
 * @since 0.1.0
 */
export type Entry = typeof Entry.Type

/**
 * What became of a fleet. `entries` has one entry for each account and region. `isComplete` says whether the run came to its
 * end: otherwise, places are missing. As JSON, times are strings in UTC, and `version` says which form of the report it is.
 *
 * {@link make}, {@link collector} and {@link collect} make one.
 *
 * **Example** (The last report, from a server)
 *
 * ```ts
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 * import { HttpApiEndpoint } from "effect/http-api"
 *
 * const endpoint = HttpApiEndpoint.get("report", "/reports/last", { success: FleetReport.Report })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export const Report = Schema.Struct({
  /** The form of the report. */
  version: Schema.Literal(1),
  /** What the report is about. */
  title: Schema.String,
  /** Whether the run came to its end. */
  isComplete: Schema.Boolean,
  /** When the run began. */
  startedAt: Schema.DateTimeUtcFromString,
  /** When the run ended, or when the report was made of a run that went on. */
  endedAt: Schema.DateTimeUtcFromString,
  /** What became of each account and region, in their order. */
  entries: Schema.Array(Entry)
})
/**
 * The type of {@link Report:var}.
 *
 * @category models
 * @since 0.1.0
 */
export type Report = typeof Report.Type

/**
 * Makes one entry of two for the same account and region, for example of two roles there. It has the items of both. If both have
 * an item for the same thing, the later one counts; but what is `Done` stays so when the other one is `Found` or `Unchanged`. If both
 * failed, `failure` says both reasons.
 *
 * **Example** (Two passes over one place)
 *
 * ```ts
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 *
 * const place = { account: "111122223333", region: "eu-west-1" }
 *
 * const entry = FleetReport.merge(
 *   { ...place, items: [{ what: "vpc-1", outcome: "Refused", why: "It has an instance." }] },
 *   { ...place, items: [{ what: "vpc-1", outcome: "Done" }] }
 * )
 * ```
 *
 * @category combining
 * @since 0.1.0
 */
export const merge: {
  (later: Entry): (first: Entry) => Entry
  (first: Entry, later: Entry): Entry
} = Function.dual(2, (first: Entry, later: Entry): Entry => Model.mergeEntries(first, later))

/**
 * Makes a report of entries, in the order of account and region. Entries for the same place become one, as {@link merge} says.
 *
 * - `title`: what the report is about.
 * - `startedAt`, `endedAt`: when the run began and ended.
 * - `entries`: what became of each account and region.
 * - `isComplete`: whether the run came to its end; `true` by default.
 *
 * **Example** (A report of one entry)
 *
 * ```ts
 * import { DateTime, Effect } from "effect"
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 *
 * const report = Effect.gen(function*() {
 *   const startedAt = yield* DateTime.now
 *   const entries: ReadonlyArray<FleetReport.Entry> = [{ account: "111122223333", region: "eu-west-1", items: [] }]
 *   return FleetReport.make({ title: "Unused volumes", startedAt, endedAt: yield* DateTime.now, entries })
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = ({ endedAt, entries, isComplete = true, startedAt, title }: {
  readonly title: string
  readonly startedAt: DateTime.Utc
  readonly endedAt: DateTime.Utc
  readonly entries: Iterable<Entry>
  readonly isComplete?: boolean | undefined
}): Report => ({ version: 1, title, isComplete, startedAt, endedAt, entries: Model.mergeAll(entries) })

/**
 * Options of {@link entryOf}.
 *
 * @category models
 * @since 0.1.0
 */
export interface EntryOptions<A, T extends Target> {
  /** What was found in a place, from what the effect returned there. */
  readonly items: (value: A, place: Place<T>) => Iterable<Item>
  /** The name of an account. By default the member `name` of its target, if that is a string. */
  readonly name?: ((target: T) => string | undefined) | undefined
}

/**
 * The entry of one outcome. If the place failed, `failure` has the error's message. If its target is malformed, so that it has no
 * account or no region, `target` says which one.
 *
 * - `items`: what was found in a place, from what the effect returned there.
 * - `name`: the name of an account. By default the member `name` of its target.
 *
 * **Example** (Buckets, and which of them were deleted)
 *
 * ```ts
 * import { type Fleet } from "effect-aws-sdk"
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 *
 * const entry = (outcome: Fleet.Outcome<ReadonlyArray<string>>) =>
 *   FleetReport.entryOf(outcome, { items: (deleted) => deleted.map((what) => ({ what, outcome: "Done" as const })) })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const entryOf = <A, E, T extends Target>(
  { account, region, result, target }: Outcome<A, E, T>,
  { items, name = Model.nameOf }: EntryOptions<A, T>
): Entry => {
  const at = placeOf({ account, region, target }, name)
  if (Result.isSuccess(result)) return { ...at, items: [...items(result.success, { account, region, target })] }
  const { failure } = result
  const isMalformed = account === "" || region === ""
  return {
    ...at,
    items: [],
    failure: Model.messageOf(failure),
    ...(isMalformed && failure instanceof InvalidTarget && { target: failure.target })
  }
}

const placeOf = <T extends Target>(
  { account, region, target }: Place<T>,
  name: Exclude<EntryOptions<never, T>["name"], undefined>
) => {
  // What is malformed may be no object.
  const named = target === null || target === undefined ? undefined : name(target)
  return { account, ...(named !== undefined && { name: named }), region }
}

/**
 * Gathers a report while a run goes on.
 *
 * - `run`: runs a stream of outcomes or events to its end, and adds all of them.
 * - `add`: adds one outcome or event.
 * - `complete`: says that all was added. `run` says so itself when its stream has come to its end.
 * - `report`: the report of what was added so far. Until it's `complete`, `isComplete` is `false`. A place of which only a `Started`
 *   event was added has a `failure` that says so: what was done there isn't known.
 *
 * @category models
 * @since 0.1.0
 */
export interface Collector<in A, in T extends Target = Target> {
  /** Runs a stream of outcomes or events to its end, and adds all of them. */
  readonly run: <E, R>(events: Stream.Stream<Outcome<A, unknown, T> | Started<T>, E, R>) => Effect.Effect<void, E, R>
  /** Adds one outcome or event. */
  readonly add: (event: Outcome<A, unknown, T> | Started<T>) => Effect.Effect<void>
  /** Says that all was added. */
  readonly complete: Effect.Effect<void>
  /** The report of what was added so far. */
  readonly report: Effect.Effect<Report>
}

/**
 * Options of {@link collector} and {@link collect}.
 *
 * @category models
 * @since 0.1.0
 */
export interface CollectOptions<A, T extends Target> extends EntryOptions<A, T> {
  /** What the report is about. */
  readonly title: string
}

/**
 * Starts to gather a report, whose time begins now. Take the `report` when the run has ended; with `Effect.onExit` or
 * `Effect.ensuring`, also when it failed or was interrupted, so that nothing is lost. With the events of `Fleet.events`, it then has
 * the places that were at work, too.
 *
 * - `title`: what the report is about.
 * - `items`, `name`: as for {@link entryOf}.
 *
 * **Example** (A report that is written however the run ends)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Fleet, Ssm } from "effect-aws-sdk"
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 * import * as fs from "node:fs"
 *
 * const targets: ReadonlyArray<Fleet.Target> = [{ account: "111122223333" }]
 *
 * const run = Effect.gen(function*() {
 *   const collector = yield* FleetReport.collector({
 *     title: "Parameters",
 *     items: (names: ReadonlyArray<string>) => names.map((what) => ({ what, outcome: "Found" as const }))
 *   })
 *   const write = Effect.map(collector.report, (report) => fs.writeFileSync("report.html", FleetReport.html(report)))
 *   yield* Fleet.events(targets, Stream.runCollect(Ssm.listParameterNamesByPath("/app"))).pipe(
 *     collector.run,
 *     Effect.ensuring(write)
 *   )
 * })
 * ```
 *
 * @category collecting
 * @since 0.1.0
 */
export const collector = <A, T extends Target = Target>(
  { title, ...options }: CollectOptions<A, T>
): Effect.Effect<Collector<A, T>> =>
  Effect.map(now, (startedAt) => {
    const entries: Array<Entry> = []
    const running = new Set<Started<T>>()
    let isComplete = false
    const add = (event: Outcome<A, unknown, T> | Started<T>) =>
      Effect.sync(() => {
        if (!("result" in event)) return void running.add(event)
        const { account, region, target } = event
        for (const other of running) {
          if (other.account !== account || other.region !== region || other.target !== target) continue
          running.delete(other)
          break
        }
        entries.push(entryOf(event, options))
      })
    const complete = Effect.sync(() => {
      isComplete = true
    })
    return {
      add,
      complete,
      run: (events) => Effect.andThen(Stream.runForEach(events, add), complete),
      report: Effect.map(now, (endedAt) => {
        const unfinished = Array.from(running, (event): Entry => ({
          ...placeOf(event, options.name ?? Model.nameOf),
          items: [],
          failure: UNFINISHED
        }))
        return make({ title, isComplete, startedAt, endedAt, entries: [...entries, ...unfinished] })
      })
    }
  })

const UNFINISHED = "The work here had begun and not ended when this report was made, so a part of it may be done."

const now = Effect.map(Clock.currentTimeMillis, DateTime.makeUnsafe)

/**
 * Runs a stream of outcomes, or of events, to its end, and makes a report of them.
 *
 * - `title`: what the report is about.
 * - `items`, `name`: as for {@link entryOf}.
 *
 * **Errors**: those of the stream, for example because the targets couldn't be read to their end. To keep the report of what was
 * done until then, use a {@link collector}.
 *
 * **Requires** what the stream requires.
 *
 * **Example** (Which parameters there are, as a table)
 *
 * ```ts
 * import { Console, Effect, Stream } from "effect"
 * import { Fleet, Ssm } from "effect-aws-sdk"
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 *
 * const targets = [{ account: "111122223333", name: "prod" }, { account: "444455556666", name: "dev" }]
 *
 * const run = Fleet.forEach(targets, Stream.runCollect(Ssm.listParameterNamesByPath("/app"))).pipe(
 *   FleetReport.collect({
 *     title: "Parameters",
 *     items: (names) => names.map((what) => ({ what, outcome: "Found" as const }))
 *   }),
 *   Effect.flatMap((report) => Console.log(FleetReport.table(report)))
 * )
 * ```
 *
 * @category collecting
 * @since 0.1.0
 */
export const collect: {
  <A, T extends Target>(
    options: CollectOptions<A, T>
  ): <E, E2, R>(events: Stream.Stream<Outcome<A, E, T> | Started<T>, E2, R>) => Effect.Effect<Report, E2, R>
  <A, E, T extends Target, E2, R>(
    events: Stream.Stream<Outcome<A, E, T> | Started<T>, E2, R>,
    options: CollectOptions<A, T>
  ): Effect.Effect<Report, E2, R>
} = Function.dual(
  2,
  <A, E, T extends Target, E2, R>(
    events: Stream.Stream<Outcome<A, E, T> | Started<T>, E2, R>,
    options: CollectOptions<A, T>
  ): Effect.Effect<Report, E2, R> =>
    Effect.flatMap(collector(options), ({ report, run }) => Effect.andThen(run(events), report))
)

/**
 * How many accounts, regions, places and items a report has, by what became of them.
 *
 * **Example** (The program's exit code)
 *
 * ```ts
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 *
 * const exitCode = (report: FleetReport.Report) => {
 *   const { failed, refused } = FleetReport.summary(report)
 *   return report.isComplete && failed + refused === 0 ? 0 : 1
 * }
 * ```
 *
 * @category rendering
 * @since 0.1.0
 */
export const summary = (report: Report): Model.Summary => Model.summarize(report)

/**
 * The report as text for a terminal or a log: a line for each account and region, the reasons for failures and refusals, each once
 * with the number of its places, and what it all comes to. Long reasons are cut in a line. Control characters in names are escaped.
 *
 * - `columns`: how wide the table may be, from 60; 120 by default.
 * - `only`: the outcomes of the places to list. By default all.
 *
 * **Example** (A table as wide as the terminal)
 *
 * ```ts
 * import { Console } from "effect"
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 *
 * const print = (report: FleetReport.Report) =>
 *   Console.log(FleetReport.table(report, { columns: process.stdout.columns || 120, only: ["Failed", "Refused"] }))
 * ```
 *
 * @category rendering
 * @since 0.1.0
 */
export const table = (report: Report, options?: Model.TableOptions): string => renderTable(report, options)

const Json = Schema.fromJsonString(Report)

/**
 * The report as JSON text. {@link fromJson} reads it again; {@link Report:var} is the Schema of both.
 *
 * **Example** (Write and read)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 * import * as fs from "node:fs"
 *
 * const write = (report: FleetReport.Report) => Effect.sync(() => fs.writeFileSync("report.json", FleetReport.json(report)))
 * const read = Effect.suspend(() => FleetReport.fromJson(fs.readFileSync("report.json", "utf8")))
 * ```
 *
 * @category rendering
 * @since 0.1.0
 */
export const json = (report: Report): string => `${JSON.stringify(Schema.encodeSync(Report)(report), null, 2)}\n`

/**
 * Reads a report from JSON text, for example to compare two runs, or to make a page of it later.
 *
 * **Errors**: `SchemaError` if it's no JSON, no report, or a report of a version that this one doesn't know.
 *
 * **Example** (A page from a file)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 *
 * const page = (text: string) => Effect.map(FleetReport.fromJson(text), FleetReport.html)
 * ```
 *
 * @category parsing
 * @since 0.1.0
 */
export const fromJson = (text: string): Effect.Effect<Report, Schema.SchemaError> => Schema.decodeEffect(Json)(text)

/**
 * The report as one static page: it opens from disk, without a server and without a network. It has a picture of accounts and
 * regions, filters, a table that sorts, the reasons for refusals and failures, and the details of each place.
 *
 * The page loads nothing, and a content security policy lets it run no script but its own: text in it stays text, wherever it
 * comes from.
 *
 * **Example** (Write the page)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as FleetReport from "effect-aws-sdk/FleetReport"
 * import * as fs from "node:fs/promises"
 *
 * const write = (report: FleetReport.Report) => Effect.promise(() => fs.writeFile("report.html", FleetReport.html(report)))
 * ```
 *
 * @category rendering
 * @since 0.1.0
 */
export const html = (report: Report): string => renderHtml(report)
