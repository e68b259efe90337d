// Engines in memory that behave like a cluster whose runners die.
import { Effect, Layer, type Schema, Stream } from "effect"
import { Fleet, InMemory } from "effect-aws-sdk"
import { type Activity, type Workflow, WorkflowEngine } from "effect/workflow"
import * as FleetRun from "../../examples/fleet/Run.ts"
import { fleetRole } from "../../examples/fleet/World.ts"

/** What the activities of an engine stored, as JSON, by execution and name. */
export type Stored = Map<string, string>

type Encoded = Effect.Effect<unknown, unknown, never>

/** An engine whose activities are changed. */
export const changed = (
  change: (
    activity: { readonly key: string; readonly body: Encoded },
    engine: WorkflowEngine.WorkflowEngine["Service"],
    instance: WorkflowEngine.WorkflowInstance["Service"]
  ) => Encoded
): Layer.Layer<WorkflowEngine.WorkflowEngine> =>
  Layer.effect(
    WorkflowEngine.WorkflowEngine,
    Effect.map(WorkflowEngine.WorkflowEngine, (engine) => {
      const wrapped: WorkflowEngine.WorkflowEngine["Service"] = {
        ...engine,
        register: (workflow, execute) =>
          engine.register(
            workflow,
            (payload, executionId) =>
              Effect.provideService(execute(payload, executionId), WorkflowEngine.WorkflowEngine, wrapped) as any
          ) as any,
        activityExecute: (activity: any, attempt) =>
          Effect.flatMap(WorkflowEngine.WorkflowInstance, (instance) => {
            const key = `${instance.executionId}/${activity.name}/${attempt}`
            const body: Encoded = (activity as Activity.Any).executeEncoded as any
            return engine.activityExecute(
              Object.create(activity, { executeEncoded: { value: change({ key, body }, engine, instance) } }),
              attempt
            )
          })
      }
      return wrapped
    })
  ).pipe(Layer.provide(WorkflowEngine.layerMemory))

// As a database would: what doesn't survive JSON is lost.
const asJson = (value: unknown): unknown => value === undefined ? undefined : JSON.parse(JSON.stringify(value))

/** Keeps what each activity stores, through JSON. */
const storing = (stored: Stored) => ({ key }: { readonly key: string }, body: Encoded): Encoded => {
  const keep = (value: unknown) => {
    const json = asJson(value)
    stored.set(key, JSON.stringify(json) ?? "")
    return json
  }
  return Effect.mapBoth(body, { onFailure: keep, onSuccess: keep })
}

/** An engine that stores results as JSON. */
export const once = (stored: Stored = new Map()) => changed((activity) => storing(stored)(activity, activity.body))

/** An engine that runs each activity twice: as if a runner had died after AWS had acted, and before it had stored the result. */
export const twice = (stored: Stored = new Map()) =>
  changed((activity) => storing(stored)(activity, Effect.andThen(Effect.exit(activity.body), activity.body)))

/**
 * An engine whose runner dies after each activity, before it has stored the result: all that the execution is doing is cut off, and
 * it's replayed from the start.
 */
export const killed = (deaths: { count: number }, stored: Stored = new Map()) => {
  const done = new Set<string>()
  return changed((activity, engine, instance) => {
    const body = storing(stored)(activity, activity.body)
    return Effect.suspend(() => {
      if (done.has(activity.key)) return body
      return Effect.andThen(
        Effect.exit(body),
        Effect.suspend(() => {
          done.add(activity.key)
          deaths.count++
          instance.suspended = true
          return Effect.andThen(
            Effect.forkDetach(engine.resume(instance.workflow, instance.executionId)),
            Effect.interrupt
          )
        })
      )
    })
  })
}

/** An estate in memory, the fleet over it, and what it needs. */
export const estate = (regions: ReadonlyArray<string>) =>
  Fleet.layer({ role: fleetRole, sessionName: "fleet", regions }).pipe(
    Layer.provideMerge(InMemory.layer({ journal: 100_000 }))
  )

const inOrder = (a: { readonly account: string; readonly region: string }, b: typeof a) =>
  `${a.account}/${a.region}` < `${b.account}/${b.region}` ? -1 : 1

/** Runs the job. Gives the entries in the order of their places, without the ids of requests. */
export const run = <
  Tag extends string,
  Payload extends Workflow.AnyStructSchema,
  Error extends Schema.Top & { readonly Type: { readonly message: string } }
>(
  job: FleetRun.Job<Tag, Payload, Error>
) =>
  Stream.runCollect(FleetRun.entries(FleetRun.events(job))).pipe(
    Effect.map((entries) =>
      [...entries].sort(inOrder).map((entry) =>
        JSON.parse(JSON.stringify(entry).replaceAll(/ \[request [\w-]+\]/g, "")) as typeof entry
      )
    )
  )

/** How often each operation was called, but for the first `from` calls. */
export const callsSince = (from: number) =>
  Effect.map(InMemory.calls, (calls) => {
    const counts: Record<string, number> = {}
    for (const { operation } of calls.slice(from)) counts[operation] = (counts[operation] ?? 0) + 1
    return counts
  })

/** How many calls there were. */
export const callCount = Effect.map(InMemory.calls, (calls) => calls.length)
