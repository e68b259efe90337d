// Seeded runs of many callers, with lost answers, throttling, failures and functions that are killed in the middle: what holds
// whatever happens.
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Ref, Schema } from "effect"
import { type AwsClients, type AwsError, InMemory } from "effect-aws-sdk"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaDynamoDb from "effect-aws-sdk/LambdaDynamoDb"
import { TestClock } from "effect/testing"
import { waited } from "../contract/support/waits.ts"
import { type Random, randomOf } from "../hostile/random.ts"
import { createTable, TableName } from "../support/idempotencyTable.ts"

type StoreError = AwsError | Lambda.IdempotencyStoreFull
type Store = Lambda.IdempotencyStore<StoreError, AwsClients>

const EXPIRY = 25_000
const HELD = 10_000
const CALLERS = 14
const keys = ["a", "b", "c"]
const Result = Schema.Struct({ key: Schema.String, run: Schema.Int })

interface Saved {
  readonly id: string
  readonly token: string
  readonly at: number
  readonly expiresAt: number
}

/** A store that notes what it has saved, and that the death of a caller leaves alone before or after each step. */
const observed = (store: Store, saved: Array<Saved>, dies: () => boolean): Store => {
  const alive = Effect.suspend(() => dies() ? Effect.never : Effect.void)
  const step = <A>(effect: Effect.Effect<A, StoreError, AwsClients>) => Effect.andThen(alive, Effect.tap(effect, alive))
  return {
    begin: (beginning) => step(store.begin(beginning)),
    release: (run) => step(store.release(run)),
    complete: (run, result) =>
      step(Effect.gen(function*() {
        const outcome = yield* store.complete(run, result)
        if (outcome === "Saved") {
          saved.push({ ...run, at: yield* Clock.currentTimeMillis, expiresAt: result.expiresAt })
        }
        return outcome
      }))
  }
}

/** What one caller does: when it comes, how long its effect takes, and how that ends. */
const callOf = (random: Random, store: Store, saved: Array<Saved>, runs: Ref.Ref<number>) => {
  const key = random.pick(keys)
  const [wait, takes] = [random.whole(0, 50_000), random.whole(0, 20_000)]
  const end = random.pick(["succeeds", "succeeds", "succeeds", "fails", "dies", "is interrupted"])
  const deathAt = random.chance(0.25) ? random.whole(0, 6) : Infinity
  let steps = 0
  const dies = () => steps++ >= deathAt
  const effect = Effect.gen(function*() {
    const run = yield* Ref.updateAndGet(runs, (n) => n + 1)
    yield* Effect.sleep(takes)
    if (end === "fails") return yield* Effect.fail("no")
    if (end === "dies") return yield* Effect.die("bug")
    if (end === "is interrupted") return yield* Effect.interrupt
    return { key, run }
  })
  return Effect.gen(function*() {
    yield* Effect.sleep(wait)
    const exit = yield* Effect.exit(Lambda.idempotent(key, effect, {
      store: observed(store, saved, dies),
      expiry: EXPIRY,
      inProgressFor: HELD,
      name: "runs",
      result: Result
    }))
    return { key, exit, at: yield* Clock.currentTimeMillis }
  })
}

const check = (seed: string, store: Store) =>
  Effect.gen(function*() {
    const random = randomOf("idempotency", seed)
    const [saved, runs]: [Array<Saved>, Ref.Ref<number>] = [[], yield* Ref.make(0)]
    const fibers = yield* Effect.forEach(
      Array.from({ length: CALLERS }, () => callOf(random, store, saved, runs)),
      (call) => Effect.forkDetach(call)
    )
    // Callers that were killed never end, so time passes until all others have.
    yield* waited(Effect.sleep("2 minutes"))
    const outcomes = fibers.flatMap((fiber) => {
      const exit = fiber.pollUnsafe()
      return exit !== undefined && Exit.isSuccess(exit) ? [exit.value] : []
    })

    for (const { at, exit, key } of outcomes) {
      if (Exit.isSuccess(exit)) {
        assert.strictEqual(exit.value.key, key, `${seed}: a result of another key`)
        continue
      }
      const error = Exit.findErrorOption(exit)
      if (error._tag === "Some" && error.value instanceof Lambda.IdempotencyInProgress) {
        assert.isAtMost(error.value.until.getTime() - at, HELD, `${seed}: a key is held for too long`)
      }
    }
    const byId = Map.groupBy(saved, ({ id }) => id)
    for (const ofKey of byId.values()) {
      const sorted = ofKey.toSorted((a, b) => a.at - b.at)
      for (const [i, two] of sorted.entries()) {
        const one = sorted[i - 1]
        if (one === undefined) continue
        assert.notStrictEqual(one.token, two.token, `${seed}: a run was saved twice`)
        assert.isAtLeast(two.at, one.expiresAt, `${seed}: two results within the expiry`)
      }
    }
    // Nobody is left to end a run, and the time of the last one is over: no key is held any more. The store may still fail.
    yield* TestClock.adjust(HELD)
    const rest = yield* Effect.forEach(keys, (key) =>
      waited(Effect.exit(Lambda.idempotent(key, Effect.succeed({ key, run: 0 }), {
        store,
        expiry: EXPIRY,
        inProgressFor: HELD,
        name: "runs",
        result: Result
      }))))
    for (const [i, exit] of rest.entries()) {
      if (Exit.isSuccess(exit)) {
        assert.strictEqual(exit.value.key, keys[i])
      } else assert.notInclude(String(exit), "IdempotencyInProgress", `${seed}: the key ${keys[i]} is blocked`)
    }
    yield* Effect.forEach(fibers, (fiber) =>
      Effect.forkDetach(Fiber.interrupt(fiber)), { discard: true })
    return { saved: saved.length, runs: yield* Ref.get(runs), ended: outcomes.length }
  })

/** Few enough faults that most calls get through, and enough that some fail for good. */
const faults: ReadonlyArray<InMemory.Injection> = [
  { service: "DynamoDB", share: 0.1, fault: InMemory.throttled },
  { service: "DynamoDB", share: 0.1, fault: InMemory.cut("after") },
  { service: "DynamoDB", share: 0.05, fault: InMemory.cut("before") },
  { service: "DynamoDB", operation: "UpdateItem", share: 0.1, fault: InMemory.delay("20 seconds", "before") },
  { service: "DynamoDB", share: 0.1, fault: InMemory.delay("3 seconds", "after") }
]

const SEEDS = 200

describe("seeded runs of Lambda.idempotent", () => {
  it.effect(`hold with a store in memory, ${SEEDS} times`, () =>
    Effect.gen(function*() {
      const totals = yield* Effect.forEach(
        Array.from({ length: SEEDS }, (_, seed) => `memory ${seed}`),
        (seed) => Effect.flatMap(Lambda.memoryStore(), (store) => check(seed, store))
      )
      assert.isAbove(totals.reduce((sum, { saved }) => sum + saved, 0), SEEDS)
    }).pipe(Effect.provide(InMemory.layer())), 120_000)

  it.effect(`hold with a store on DynamoDB that fails in between, ${SEEDS} times`, () =>
    Effect.gen(function*() {
      let [saved, ended] = [0, 0]
      for (let seed = 0; seed < SEEDS; seed++) {
        const run = Effect.gen(function*() {
          yield* createTable()
          for (const fault of faults) yield* InMemory.inject(fault)
          return yield* check(`dynamodb ${seed}`, LambdaDynamoDb.idempotencyStore({ table: TableName }))
        })
        const total = yield* Effect.provide(run, InMemory.layer({ seed, journal: 0 }))
        saved += total.saved
        ended += total.ended
      }
      assert.isAbove(saved, SEEDS)
      assert.isAbove(ended, SEEDS * CALLERS / 2)
    }), 240_000)
})
