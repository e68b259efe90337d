// Runs a workflow in every place of a fleet, and gathers the entries of the report.
import { Cause, Data, Effect, Exit, Option, Result, type Schema, Stream } from "effect"
import { Fleet } from "effect-aws-sdk"
import * as FleetReport from "effect-aws-sdk/FleetReport"
import type { Workflow, WorkflowEngine } from "effect/workflow"

/** A target of the fleet. Its name is for the report. */
export type Target = Fleet.Target & { readonly name?: string | undefined }

/** One account and region of the run. */
export interface RunPlace {
  /** The members of a payload. */
  readonly place: {
    readonly account: string
    readonly roleArn?: string
    readonly region: string
    readonly name?: string
  }
  /** The regions of the account, for the first place of each account. */
  readonly accountRegions: ReadonlyArray<string> | undefined
  readonly target: Target
}

/** What to run, and where. */
export interface Job<
  Tag extends string,
  Payload extends Workflow.AnyStructSchema,
  Error extends Schema.Top,
  E2 = never,
  R2 = never
> {
  readonly workflow: Workflow.Workflow<Tag, Payload, typeof FleetReport.Entry, Error>
  /** The payload of a place. It has to be the same whenever the run is joined. */
  readonly payload: (place: RunPlace) => Payload["~type.make.in"]
  readonly targets: Iterable<Target> | Stream.Stream<Target, E2, R2>
  /** The regions of targets that name none. */
  readonly regions: ReadonlyArray<string>
  /** How many places to wait for at the same time. By default 16. */
  readonly concurrency?: number | undefined
}

/** A job, with its types inferred. */
export const job = <
  Tag extends string,
  Payload extends Workflow.AnyStructSchema,
  Error extends Schema.Top,
  E2 = never,
  R2 = never
>(job: Job<Tag, Payload, Error, E2, R2>): Job<Tag, Payload, Error, E2, R2> => job

/** What starts executions and reads their results. */
type Engine<Payload extends Workflow.AnyStructSchema, Error extends Schema.Top> =
  | WorkflowEngine.WorkflowEngine
  | Payload["EncodingServices"]
  | Error["DecodingServices"]

// What is malformed keeps the name that it was given, and fails in its workflow.
const accountOf = ({ account, roleArn }: Target) =>
  account ?? /^arn:[^:]*:iam::(\d{12}):/.exec(roleArn ?? "")?.[1] ?? String(roleArn)

/**
 * The places of the targets, each once. The first of each account gets the account's regions: what isn't regional, such as
 * IAM's roles, is done there.
 */
export const places = <E = never, R = never>(
  targets: Iterable<Target> | Stream.Stream<Target, E, R>,
  regions: ReadonlyArray<string>
): Stream.Stream<RunPlace, E, R> =>
  Stream.suspend(() => {
    const accounts = new Set<string>()
    const seen = new Set<string>()
    return (Stream.isStream(targets) ? targets : Stream.fromIterable(targets)).pipe(
      Stream.map((target) => {
        const account = accountOf(target)
        const all = target.regions ?? regions
        // A target without regions is reported too.
        return (all.length === 0 ? [""] : all).flatMap((region): ReadonlyArray<RunPlace> => {
          const key = `${account}/${region}`
          if (seen.has(key)) return []
          seen.add(key)
          const first = !accounts.has(account)
          accounts.add(account)
          const place = {
            account,
            ...(target.roleArn !== undefined && { roleArn: target.roleArn }),
            region,
            ...(target.name !== undefined && { name: target.name })
          }
          return [{ place, accountRegions: first ? all : undefined, target }]
        })
      }),
      Stream.flattenIterable
    )
  })

/**
 * Starts the workflow in each place, or joins the execution that the same run has started before. Streams what happens, as
 * `Fleet.events` does.
 *
 * The executions belong to the engine: if this stream ends early, those that have begun go on, and the same run joins them
 * again and begins the rest.
 */
export const events = <
  Tag extends string,
  Payload extends Workflow.AnyStructSchema,
  Error extends Schema.Top,
  E2 = never,
  R2 = never
>(
  job: Job<Tag, Payload, Error, E2, R2>
): Stream.Stream<
  Fleet.Event<FleetReport.Entry, Error["Type"] | Interrupted, Target>,
  E2,
  R2 | Engine<Payload, Error>
> =>
  Stream.suspend(() => {
    // Only code of this fiber changes it, between two awaits.
    let progress: Fleet.Progress = { places: 0, isComplete: false, running: 0, succeeded: 0, failed: 0 }
    const change = (by: Partial<Fleet.Progress>) => {
      progress = { ...progress, ...by }
      return progress
    }
    return places(job.targets, job.regions).pipe(
      Stream.tap(() => Effect.sync(() => change({ places: progress.places + 1 }))),
      Stream.onEnd(Effect.sync(() => change({ isComplete: true }))),
      Stream.flatMap((place) => {
        const { place: { account, region }, target } = place
        const at = { account, region, target }
        return Stream.concat(
          Stream.sync(() => ({ _tag: "Started" as const, ...at, progress: change({ running: progress.running + 1 }) })),
          Stream.fromEffect(Effect.map(outcome(job, place), (result) => ({
            _tag: "Finished" as const,
            ...at,
            result,
            progress: change({
              running: progress.running - 1,
              succeeded: progress.succeeded + (Result.isSuccess(result) ? 1 : 0),
              failed: progress.failed + (Result.isFailure(result) ? 1 : 0)
            })
          })))
        )
      }, { concurrency: job.concurrency ?? 16 })
    )
  })

/** Someone has interrupted the execution. */
export class Interrupted extends Data.TaggedError("Interrupted")<{ readonly executionId: string }> {
  override get message(): string {
    return `The execution ${this.executionId} was interrupted. Run again under another name to finish its work.`
  }
}

const outcome = Effect.fnUntraced(
  function*<Tag extends string, Payload extends Workflow.AnyStructSchema, Error extends Schema.Top, E2, R2>(
    job: Job<Tag, Payload, Error, E2, R2>,
    place: RunPlace
  ): Effect.fn.Return<
    Result.Result<FleetReport.Entry, Error["Type"] | Interrupted | Fleet.TargetDied>,
    never,
    Engine<Payload, Error>
  > {
    const payload = job.payload(place)
    const exit = yield* Effect.exit(job.workflow.execute(payload))
    if (Exit.isSuccess(exit)) return Result.succeed(exit.value)
    const { account, region } = place.place
    const { cause } = exit
    if (Cause.hasInterruptsOnly(cause)) {
      return Result.fail(new Interrupted({ executionId: yield* job.workflow.executionId(payload) }))
    }
    const failure = Cause.findErrorOption(cause)
    return Result.fail(
      Option.isSome(failure) ? failure.value : new Fleet.TargetDied({ account, region, cause: Cause.squash(cause) })
    )
  }
)

/** What ended, of what happens. */
export const outcomes = <A, E, T extends Target, E2, R2>(
  events: Stream.Stream<Fleet.Event<A, E, T>, E2, R2>
): Stream.Stream<Fleet.Finished<A, E, T>, E2, R2> => Stream.filter(events, (event) => event._tag === "Finished")

/** The items of a place, for a `FleetReport.collector`. */
export const items = ({ items }: FleetReport.Entry) => items

/** The entries of the report, in the order in which the places are finished. */
export const entries = <E, E2, R2>(
  events: Stream.Stream<Fleet.Event<FleetReport.Entry, E, Target>, E2, R2>
): Stream.Stream<FleetReport.Entry, E2, R2> =>
  Stream.map(outcomes(events), (outcome) => FleetReport.entryOf(outcome, { items }))

/** Starts the executions, and doesn't wait for their ends. Streams their ids. */
export const submit = <
  Tag extends string,
  Payload extends Workflow.AnyStructSchema,
  Error extends Schema.Top,
  E2 = never,
  R2 = never
>(
  job: Job<Tag, Payload, Error, E2, R2>
): Stream.Stream<
  string,
  E2,
  R2 | Engine<Payload, Error>
> =>
  places(job.targets, job.regions).pipe(
    Stream.mapEffect((place) => job.workflow.execute(job.payload(place), { discard: true }), {
      concurrency: job.concurrency ?? 16
    })
  )
