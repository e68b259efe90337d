// Large fleets on the in-memory AWS.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result, Schedule, Stream } from "effect"
import { AwsClients, Fleet, InMemory, Ssm, Sts } from "effect-aws-sdk"
import * as Saved from "../../emulator/engine/saved.ts"
import { services } from "../../emulator/services.ts"
import { clientsOf, makeWorld } from "../support/world.ts"

const regions = ["us-east-1", "eu-central-1", "eu-west-1", "ap-south-1"]
const accounts = (count: number) => Array.from({ length: count }, (_, i) => ({ account: String(100_000_000_000 + i) }))

describe("a large fleet", () => {
  it.effect("of 500 accounts and 4 regions has 500 sessions, few at a time", () => {
    const world = makeWorld({ services, journal: 10_000 })
    let known = 0
    let isLastKnown = false
    const targets = Stream.fromIterable(accounts(500), { chunkSize: 10 }).pipe(
      Stream.tap(() => Effect.sync(() => void known++)),
      Stream.concat(Stream.suspend(() => {
        isLastKnown = true
        return Stream.empty
      }))
    )
    const most = { sessions: 0, places: 0 }
    let knownAtFirst = 0
    let wasLastKnown = true
    return Effect.gen(function*() {
      const { open } = yield* Fleet.Fleet
      const look = Effect.map(open, ({ places, sessions }) => {
        most.sessions = Math.max(most.sessions, sessions)
        most.places = Math.max(most.places, places)
      })
      const places = yield* Fleet.forEach(targets, Effect.tap(Sts.environment, look), { concurrency: 16 }).pipe(
        Stream.tap(({ account, region, result }) =>
          Effect.sync(() => {
            if (knownAtFirst === 0) {
              knownAtFirst = known
              wasLastKnown = isLastKnown
            }
            const environment = Result.getOrThrow(result)
            assert.deepEqual([environment.account, environment.region], [account, region])
          })
        ),
        Stream.tap(() => look),
        Stream.map(({ account, region }) => `${account} ${region}`),
        Stream.runCollect
      )
      assert.sameMembers(
        places,
        accounts(500).flatMap(({ account }) => regions.map((region) => `${account} ${region}`))
      )
      const calls = world.calls().map(({ operation }) => operation)
      assert.lengthOf(calls.filter((operation) => operation === "AssumeRole"), 500)
      assert.lengthOf(calls.filter((operation) => operation === "GetCallerIdentity"), 2_000)
      // Those in use, and those that are kept idle: at most 32 places, and 128 sessions that have no place.
      assert.isAtMost(most.places, 16 + 32)
      assert.isAtMost(most.sessions, 16 + 32 + 128)
      assert.isFalse(wasLastKnown)
      assert.isAtMost(knownAtFirst, 20)
    }).pipe(
      Effect.provide(
        Fleet.layer({ role: "audit", sessionName: "fleet", regions }).pipe(
          Layer.provide(clientsOf(world)),
          Layer.provideMerge(InMemory.virtualTime)
        )
      )
    )
  }, 120_000)

  /** Writes in 2,000 accounts, and returns the state of SSM in all of them, without the times. */
  const write = (isThrottled: boolean) =>
    Effect.gen(function*() {
      const world = makeWorld({ services, journal: 20_000 })
      if (isThrottled) world.inject({ share: 0.3, fault: { _tag: "Throttled" } })
      const base = Layer.effect(
        AwsClients,
        Effect.flatMap(AwsClients, ({ config }) =>
          AwsClients.make({
            ...config,
            retry: Schedule.max([Schedule.exponential("100 millis"), Schedule.recurs(20)])
          }))
      ).pipe(Layer.orDie, Layer.provide(clientsOf(world)))
      const failed = yield* Fleet.forEach(accounts(2_000), ({ account }) =>
        Effect.gen(function*() {
          yield* Ssm.putParameter({ name: "/app/account", value: account })
          yield* Ssm.putParameter({ name: "/app/account", value: `${account}, again`, overwrite: true })
        }), { concurrency: 64 }).pipe(
          Stream.filter(({ result }) => Result.isFailure(result)),
          Stream.runCollect,
          Effect.provide(
            Fleet.layer({ role: "writer", sessionName: "fleet" }).pipe(
              Layer.provide(base),
              Layer.provideMerge(InMemory.virtualTime)
            )
          )
        )
      assert.deepEqual(failed, [])
      const state = [...Saved.read(world.save(), services).states]
        .filter(([key]) => key.startsWith("com.amazonaws.ssm/"))
        .map(([key, state]) => [key, JSON.stringify(state, (name, value) => name === "modified" ? undefined : value)])
      return { state: Object.fromEntries(state), calls: world.calls() }
    })

  it.effect(
    "of 2,000 targets ends with the same state if AWS throttles 30% of the calls",
    () =>
      Effect.gen(function*() {
        const [calm, throttled] = [yield* write(false), yield* write(true)]
        assert.lengthOf(Object.keys(calm.state), 2_000)
        assert.deepEqual(throttled.state, calm.state)
        const share = throttled.calls.filter(({ outcome }) => outcome._tag !== "Answered").length /
          throttled.calls.length
        assert.closeTo(share, 0.3, 0.03)
        assert.isTrue(calm.calls.every(({ outcome }) => outcome._tag === "Answered"))
        assert.lengthOf(calm.calls, 6_000)
      }),
    300_000
  )
})
