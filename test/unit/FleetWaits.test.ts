// Branches of an execution that wait at the same time.
import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Duration, Effect, Exit, Layer, Random, Schema } from "effect"
import { InMemory } from "effect-aws-sdk"
import { Activity, Workflow, type WorkflowEngine } from "effect/workflow"
import * as Waits from "../../examples/fleet/Waits.ts"
import { killed, once, type Stored, twice } from "../support/durable.ts"

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

const on = (engine: Layer.Layer<WorkflowEngine.WorkflowEngine>) =>
  Effect.provide(layer.pipe(Layer.provideMerge(engine), Layer.provideMerge(InMemory.virtualTime)))

/** How many minutes it takes. */
const minutes = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const start = yield* Clock.currentTimeMillis
    const result = yield* effect
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
      assert.strictEqual(took, 20)
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

  it.effect("end whatever the branches and their turns are, none before its time, in each engine", () =>
    Effect.gen(function*() {
      const seed = process.env["WAITS_SEED"] ?? String(yield* Effect.sync(() => Date.now()))
      const trees = yield* Effect.replicateEffect(randomBranch(3), 25).pipe(Random.withSeed(seed))
      for (const [index, tree] of trees.entries()) {
        const what = `WAITS_SEED=${seed}, tree ${index}: ${JSON.stringify(tree)}`
        const deaths = { count: 0 }
        for (const engine of [once(), twice(), killed(deaths)]) {
          const { minutes: took, result } = yield* minutes(Tree.execute({ tree: JSON.stringify(tree) })).pipe(
            Effect.provide(treeLayer.pipe(Layer.provideMerge(engine), Layer.provideMerge(InMemory.virtualTime)))
          )
          assert.strictEqual(result, leaves(tree), what)
          assert.strictEqual(took, millisOf(tree) / 60_000, what)
        }
        assert.strictEqual(deaths.count, leaves(tree), what)
      }
    }))
})

/** A branch: sleeps, activities, and branches of its own, one after the other. */
type Step = { readonly sleep: number } | { readonly work: true } | { readonly all: ReadonlyArray<ReadonlyArray<Step>> }

// The same times often, so that branches are due at the same time.
const randomStep = (depth: number): Effect.Effect<Step> =>
  Effect.gen(function*() {
    const kind = yield* Random.nextIntBetween(0, depth > 0 ? 2 : 1)
    if (kind === 0) return { sleep: [0, 1, 1000, 30_000, 60_000, 300_000][yield* Random.nextIntBetween(0, 5)]! }
    if (kind === 1) return { work: true }
    const count = yield* Random.nextIntBetween(0, 3)
    return { all: yield* Effect.replicateEffect(randomBranch(depth - 1), count) }
  })

const randomBranch = (depth: number): Effect.Effect<ReadonlyArray<Step>> =>
  Effect.flatMap(Random.nextIntBetween(0, 3), (count) => Effect.replicateEffect(randomStep(depth), count))

const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((a, b) => a + b, 0)

const leaves = (branch: ReadonlyArray<Step>): number =>
  sum(branch.map((step) => "all" in step ? sum(step.all.map(leaves)) : "work" in step ? 1 : 0))

/** A branch with branches of its own takes as long as the longest of them. */
const millisOf = (branch: ReadonlyArray<Step>): number =>
  sum(branch.map((step) => "all" in step ? Math.max(0, ...step.all.map(millisOf)) : "sleep" in step ? step.sleep : 0))

const Tree = Workflow.make("Tree", {
  payload: { tree: Schema.String },
  idempotencyKey: ({ tree }) => tree,
  success: Schema.Finite
})

/** Counts its activities. */
const walk = (
  branch: ReadonlyArray<Step>,
  name: string
): Effect.Effect<number, never, Waits.Timer | WorkflowEngine.WorkflowEngine | WorkflowEngine.WorkflowInstance> =>
  Effect.map(
    Effect.forEach(branch, (step, index) => {
      const here = `${name}.${index}`
      if ("sleep" in step) return Effect.as(sleep(step.sleep), 0)
      if ("work" in step) return Activity.make({ name: here, success: Schema.Finite, execute: Effect.succeed(1) })
      return Effect.map(Waits.all(step.all.map((inner, index) => walk(inner, `${here}.${index}`))), sum)
    }),
    sum
  )

const treeLayer = Tree.toLayer(({ tree }) => Waits.withTimer({}, walk(JSON.parse(tree) as ReadonlyArray<Step>, "step")))
