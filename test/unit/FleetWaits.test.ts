// Branches of an execution that wait at the same time.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Duration, Effect, Exit, Layer, Schema } from "effect"
import { Activity, Workflow, type WorkflowEngine } from "effect/workflow"
import * as Waits from "../../examples/fleet/Waits.ts"
import { inVirtualTime, killed, once, type Stored, twice } from "../support/durable.ts"

const Branches = Workflow.make("Branches", {
  payload: { id: Schema.String, speed: Schema.optionalKey(Schema.Finite), dies: Schema.optionalKey(Schema.Boolean) },
  idempotencyKey: ({ id }) => id,
  success: Schema.Array(Schema.String)
})

const sleep = (duration: Duration.Input) =>
  Effect.flatMap(Waits.Timer, ({ sleep }) => sleep(Duration.toMillis(Duration.fromInputUnsafe(duration))))

/** A branch that sleeps and works in turns. */
const branch = (name: string, every: Duration.Input, times: number) =>
  Effect.gen(function*() {
    for (let n = 1; n <= times; n++) {
      yield* sleep(every)
      yield* Activity.make({ name: `${name} ${n}`, execute: Effect.void })
    }
    return name
  })

const layer = Branches.toLayer(({ dies = false, speed = 1 }) =>
  Waits.withTimer(
    { speed },
    Waits.all([
      branch("often", "30 seconds", 6),
      branch("long", "15 minutes", 1),
      branch("regularly", "1 minute", 20),
      branch("never", 0, 1),
      Effect.map(Waits.all([branch("inner", "7 minutes", 2), branch("other", "1 second", 1)]), (names) =>
        names.join("+")),
      ...(dies ? [Effect.andThen(sleep("3 minutes"), Effect.die(new Error("a fault of the program")))] : [])
    ])
  )
)

const names = ["often", "long", "regularly", "never", "inner+other"]

const on = (engine: Layer.Layer<WorkflowEngine.WorkflowEngine>) => Effect.provide(Layer.provideMerge(layer, engine))

/** How many minutes it takes. */
const minutes = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const start = yield* Clock.currentTimeMillis
    const result = yield* inVirtualTime(effect)
    return { result, minutes: ((yield* Clock.currentTimeMillis) - start) / 60_000 }
  })

const activities = 6 + 1 + 20 + 1 + 2 + 1

describe("branches that wait", () => {
  it.effect("wait at the same time, and lose no wake-up", () =>
    Effect.gen(function*() {
      const stored: Stored = new Map()
      const { minutes: took, result } = yield* minutes(Branches.execute({ id: "1" })).pipe(on(once(stored)))
      assert.deepEqual(result, names)
      assert.strictEqual(stored.size, activities)
      assert.isAtLeast(took, 20)
      assert.isBelow(took, 60)
    }))

  it.effect("end the same when activities are repeated and runners die", () =>
    Effect.gen(function*() {
      const deaths = { count: 0 }
      for (const engine of [twice(), killed(deaths)]) {
        const { result } = yield* minutes(Branches.execute({ id: "1" })).pipe(on(engine))
        assert.deepEqual(result, names)
      }
      assert.strictEqual(deaths.count, activities)
    }))

  it.effect("are as fast as their place", () =>
    Effect.gen(function*() {
      const { minutes: took } = yield* minutes(Branches.execute({ id: "1", speed: 1200 })).pipe(on(once()))
      assert.isBelow(took, 20)
    }))

  it.effect("end with the fault of one of them", () =>
    Effect.gen(function*() {
      const { minutes: took, result } = yield* minutes(Effect.exit(Branches.execute({ id: "1", dies: true }))).pipe(
        on(once())
      )
      assert.include(Exit.isFailure(result) ? Cause.pretty(result.cause) : "", "a fault of the program")
      assert.isBelow(took, 20)
    }))
})
