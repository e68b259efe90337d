import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { AwsError, InMemory, Retry, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { clientsOf, serve } from "../support/Server.ts"

const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))
const attempts = Effect.map(
  InMemory.calls,
  (calls) => calls.filter(({ operation }) => operation === "GetParameter").length
)

describe("standard", () => {
  it.effect("makes the given number of attempts within the delays of AWS's standard mode", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.serverFault })
      const fiber = yield* Effect.forkChild(Effect.timed(Effect.exit(get)))
      yield* TestClock.adjust("1 minute")
      const [took] = yield* Fiber.join(fiber)
      assert.strictEqual(yield* attempts, 6)
      // 50 ms, doubled each time: 50 + 100 + 200 + 400 + 800 at most.
      assert.isAtMost(Duration.toMillis(took), 1_550)
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.standard({ attempts: 6 }) }))))

  it.effect("waits longer when AWS throttles", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.throttled })
      const took = yield* Effect.forEach(Array.from({ length: 20 }), () =>
        Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(Effect.timed(Effect.exit(get)))
          yield* TestClock.adjust("1 minute")
          return Duration.toMillis((yield* Fiber.join(fiber))[0])
        }))
      assert.isAbove(Math.max(...took), 1_000)
      assert.isAtMost(Math.max(...took), 3_000)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("the quota", () => {
  it.effect("stops retrying when the retry quota is used up", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "GetParameter", times: 100, fault: InMemory.serverFault })
      const call = Effect.gen(function*() {
        const before = yield* attempts
        const fiber = yield* Effect.forkChild(Effect.exit(get))
        yield* TestClock.adjust("1 minute")
        yield* Fiber.join(fiber)
        return (yield* attempts) - before
      })
      const made = yield* Effect.forEach(Array.from({ length: 20 }), () => call)
      // The quota of 500, at 14 per retry, allows 35 retries: 17 calls of three attempts, one of two, then one each.
      assert.deepEqual(made, [...Array.from({ length: 17 }, () => 3), 2, 1, 1])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("Retry-After", () => {
  it.live("waits for Retry-After when it is longer than the schedule's delay", () =>
    Effect.gen(function*() {
      let calls = 0
      const { url } = yield* serve((_, response) => {
        if (++calls === 1) response.writeHead(503, { "x-amz-retry-after": "300" }).end("{}")
        else response.end(`{"Parameter":{"Name":"/p"}}`)
      })
      const [took] = yield* Effect.timed(get).pipe(Effect.provide(clientsOf(url, { retry: Retry.standard() })))
      assert.strictEqual(calls, 2)
      assert.isAtLeast(Duration.toMillis(took), 290)
    }))
})

describe("untilConsistent", () => {
  const found = get.pipe(
    Retry.untilConsistent({ while: AwsError.hasCode("ParameterNotFound"), within: "30 seconds" })
  )

  it.effect("retries until the parameter is there", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(found)
      yield* TestClock.adjust("10 seconds")
      yield* Ssm.putParameter({ name: "/p", value: "v" })
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).Parameter?.Value, "v")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("gives up with the failure after the given time", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.timed(Effect.flip(found)))
      yield* TestClock.adjust("5 minutes")
      const [took, error] = yield* Fiber.join(fiber)
      assert.strictEqual(error.code, "ParameterNotFound")
      assert.isTrue(Duration.toSeconds(took) >= 25 && Duration.toSeconds(took) <= 35, String(took))
      assert.isAbove(yield* attempts, 5)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails at once with any other error", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.fault({ code: "AccessDeniedException", message: "no" }) })
      assert.strictEqual((yield* Effect.flip(found)).reason._tag, "AccessDenied")
      assert.strictEqual(yield* attempts, 1)
    }).pipe(Effect.provide(InMemory.layer())))
})
