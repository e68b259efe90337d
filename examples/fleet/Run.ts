// Runs a workflow in every place of a fleet, and gathers the entries of the report.
import { Effect, Exit, Ref, type Schema, Stream } from "effect"
import type { Fleet } from "effect-aws-sdk"
import type * as FleetReport from "effect-aws-sdk/FleetReport"
import type { Workflow, WorkflowEngine } from "effect/workflow"
import { failed } from "./Place.ts"

/** A target of the fleet. Its name is for the report. */
export type Target = Fleet.Target & { readonly name?: string | undefined }

/** One account and region of the run. */
export interface RunPlace {
  readonly account: string
  readonly roleArn?: string
  readonly region: string
  readonly name?: string
  /** The regions of the account, for the first place of each account. */
  readonly accountRegions?: ReadonlyArray<string>
}

/** What to run, and where. */
export interface Job<
  Tag extends string,
  Payload extends Workflow.AnyStructSchema,
  E extends { readonly message: string },
  E2 = never,
  R2 = never
> {
  readonly workflow: Workflow.Workflow<
    Tag,
    Payload,
    typeof FleetReport.Entry,
    Schema.Codec<E, any>
  >
  /** The payload of a place. It has to be the same whenever the run is joined. */
  readonly payload: (place: RunPlace) => Payload["~type.make.in"]
  readonly targets: Iterable<Target> | Stream.Stream<Target, E2, R2>
  /** The regions of targets that name none. */
  readonly regions: ReadonlyArray<string>
  /** How many places to wait for at the same time. By default 16. */
  readonly concurrency?: number | undefined
}

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
          return [{
            account,
            ...(target.roleArn !== undefined && { roleArn: target.roleArn }),
            region,
            ...(target.name !== undefined && { name: target.name }),
            ...(first && { accountRegions: all })
          }]
        })
      }),
      Stream.flattenIterable
    )
  })

/** What `progress` is told. `known` is how many places the targets have had so far. */
export interface Progress {
  readonly known: number
  readonly finished: number
  readonly refused: number
}

/**
 * Starts the workflow in each place, or joins the execution that the same run has started before, and streams the entries of
 * the report as they are finished.
 *
 * The executions belong to the engine: if this stream ends early, those that have begun go on, and the same run joins them
 * again and begins the rest.
 */
export const entries = <
  Tag extends string,
  Payload extends Workflow.AnyStructSchema,
  E extends { readonly message: string },
  E2 = never,
  R2 = never
>(
  job: Job<Tag, Payload, E, E2, R2>,
  progress: (progress: Progress) => Effect.Effect<void> = () => Effect.void
): Stream.Stream<
  FleetReport.Entry,
  E2,
  R2 | WorkflowEngine.WorkflowEngine | Payload["EncodingServices"]
> =>
  Stream.unwrap(Effect.gen(function*() {
    const state = yield* Ref.make<Progress>({ known: 0, finished: 0, refused: 0 })
    const update = (f: (now: Progress) => Progress) => Effect.flatMap(Ref.updateAndGet(state, f), progress)
    return places(job.targets, job.regions).pipe(
      Stream.tap(() => update((now) => ({ ...now, known: now.known + 1 }))),
      Stream.mapEffect((place) =>
        job.workflow.execute(job.payload(place)).pipe(
          Effect.exit,
          Effect.map((exit): FleetReport.Entry => Exit.isSuccess(exit) ? exit.value : failed(place, exit)),
          Effect.tap(({ failure, items }) => {
            const refused = failure !== undefined || items.some(({ outcome }) => outcome === "Refused")
            return update((now) => ({
              ...now,
              finished: now.finished + 1,
              refused: now.refused + (refused ? 1 : 0)
            }))
          })
        ), { concurrency: job.concurrency ?? 16, unordered: true })
    )
  }))

/** The ids of the executions of the job, after all of them have begun. Nobody waits for their ends. */
export const submit = <
  Tag extends string,
  Payload extends Workflow.AnyStructSchema,
  E extends { readonly message: string },
  E2 = never,
  R2 = never
>(
  job: Job<Tag, Payload, E, E2, R2>
): Stream.Stream<string, E2, R2 | WorkflowEngine.WorkflowEngine | Payload["EncodingServices"]> =>
  places(job.targets, job.regions).pipe(
    Stream.mapEffect((place) => job.workflow.execute(job.payload(place), { discard: true }), {
      concurrency: job.concurrency ?? 16
    })
  )
