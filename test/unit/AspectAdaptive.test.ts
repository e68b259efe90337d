// The adaptive rate limit. The judge of its numbers is the limiter of AWS's own SDK.
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { DefaultRateLimiter } from "@smithy/core/retry"
import { Clock, Effect, Fiber, Logger, Random, References, Schedule, Schema } from "effect"
import { Aspect, AssumeRole, InMemory, Retry, Ssm, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { Rate } from "../../src/internal/rates.ts"

/** The SDK's limiter, with the members that TypeScript hides. Its time is the one that a test sets. */
interface SdkLimiter extends Pick<DefaultRateLimiter, "getSendToken" | "updateClientSendingRate"> {
  readonly fillRate: number
}
const Sdk = DefaultRateLimiter as unknown as {
  new(): SdkLimiter
  readonly prototype: { getCurrentTimeInSeconds: () => number }
  setTimeoutFn: (resume: () => void, delay: number) => void
}

const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))
const found = InMemory.handle(GetParameterCommand, () => Effect.succeed({ Parameter: { Name: "/p", Value: "v" } }))

/** When each attempt reached AWS, in milliseconds. */
const times = Effect.map(InMemory.calls, (calls) => calls.map(({ time }) => time.getTime()))

const withoutRetries = (options?: Aspect.AdaptiveOptions) =>
  InMemory.layer({ aspects: [Aspect.adaptive(options)], retry: Retry.none })

const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** Lets time pass in small steps, and each step's calls come to their end before the next. One long step would overtake them. */
const pass = (seconds: number) =>
  TestClock.adjust("20 millis").pipe(
    Effect.andThen(Effect.repeat(turn, { times: 2 })),
    Effect.repeat({ times: seconds * 50 - 1 })
  )

describe("the rate of Aspect.adaptive", () => {
  const Event = Schema.Struct({
    after: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3_000 })),
    is: Schema.Literals(["throttled", "answered", "answered", "sent", "sent"])
  })

  it.effect.prop(
    "is that of the SDK's limiter, for any course of events",
    [Schema.Array(Event).check(Schema.isMaxLength(200))],
    ([events]) =>
      Effect.promise(async () => {
        let now = 1_000_000.25
        let waited = 0
        // A wait that is too short for the clock to notice would never end.
        const tick = (wait: number) => Math.max(wait, 1e-6)
        const { setTimeoutFn } = Sdk
        const { getCurrentTimeInSeconds } = Sdk.prototype
        Sdk.prototype.getCurrentTimeInSeconds = () => now
        Sdk.setTimeoutFn = (resume, delay) => {
          now += tick(delay / 1_000)
          waited += tick(delay / 1_000)
          resume()
        }
        try {
          const theirs = new Sdk()
          const ours = new Rate(now, 0.5)
          for (const { after, is } of events) {
            now += after / 1_000
            if (is === "sent") {
              const start = now
              waited = 0
              await theirs.getSendToken()
              let at = start
              for (let wait = ours.take(at); wait > 0; wait = ours.take(at)) at += tick(wait)
              assert.closeTo(at - start, waited, 1e-5)
            } else {
              theirs.updateClientSendingRate(
                is === "throttled" ? { error: new Error("slower"), errorType: "THROTTLING" } : {}
              )
              ours.record(now, is === "throttled")
            }
            assert.closeTo(ours.perSecond, theirs.fillRate, 1e-6)
          }
        } finally {
          Sdk.setTimeoutFn = setTimeoutFn
          Sdk.prototype.getCurrentTimeInSeconds = getCurrentTimeInSeconds
        }
      })
  )
})

describe("Aspect.adaptive", () => {
  it.effect("lets every call through at once until AWS throttles", () =>
    Effect.gen(function*() {
      yield* found
      yield* Effect.all(Array.from({ length: 200 }, () => get), { concurrency: "unbounded" })
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    }).pipe(Effect.provide(withoutRetries())))

  it.effect("makes calls wait after a throttle, in the order of arrival, instead of failing", () =>
    Effect.gen(function*() {
      yield* found
      yield* InMemory.inject({ times: 1, fault: InMemory.throttled })
      assert.strictEqual((yield* Effect.flip(get)).reason._tag, "Throttled")
      const order: Array<number> = []
      const fiber = yield* Effect.forkChild(
        Effect.forEach(
          [0, 1, 2, 3, 4],
          (n) => Effect.tap(get, () => Effect.sync(() => order.push(n))),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust("1 second")
      assert.deepEqual(order, [])
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.deepEqual(order, [0, 1, 2, 3, 4])
      const [, first, second] = yield* times
      // The least rate is one call in two seconds.
      assert.strictEqual(first, 2_000)
      assert.isAbove(second!, first!)
    }).pipe(Effect.provide(withoutRetries())))

  it.effect("counts the throttles that retries repaired, and makes the retries wait", () =>
    Effect.gen(function*() {
      yield* found
      yield* InMemory.inject({ times: 2, fault: InMemory.throttled })
      const fiber = yield* Effect.forkChild(get)
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      // The schedule alone would have sent all attempts at once.
      assert.deepEqual(yield* times, [0, 2_000, 4_000])
    }).pipe(
      Effect.provide(InMemory.layer({ aspects: [Aspect.adaptive()], retry: Schedule.recurs(5) }))
    ))

  it.effect("ends the wait of a call that is interrupted, and its place goes to the next", () =>
    Effect.gen(function*() {
      yield* found
      yield* InMemory.inject({ times: 1, fault: InMemory.throttled })
      yield* Effect.exit(get)
      const [first, second] = yield* Effect.all([Effect.forkChild(get), Effect.forkChild(get)])
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(second)
      assert.deepEqual(yield* times, [0, 2_000])
    }).pipe(Effect.provide(withoutRetries())))

  it.effect("waits no longer when the computer's time of day is set back", () =>
    Effect.gen(function*() {
      yield* found
      yield* TestClock.adjust("2 hours")
      yield* InMemory.inject({ times: 1, fault: InMemory.throttled })
      yield* Effect.exit(get)
      yield* TestClock.setTime(60 * 60 * 1_000)
      const fiber = yield* Effect.forkChild(get)
      yield* TestClock.adjust("2 seconds")
      assert.isDefined(fiber.pollUnsafe())
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(withoutRetries())))

  it.effect("limits each service and region by itself, or what the option `key` says", () =>
    Effect.gen(function*() {
      yield* found
      const whoAmI = Sts.send(new GetCallerIdentityCommand({}))
      yield* InMemory.inject({ service: "SSM", times: 1, fault: InMemory.throttled })
      yield* Effect.exit(get)
      yield* whoAmI
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    }).pipe(Effect.provide(withoutRetries())))

  it.effect("shares one limit among the calls of one key", () =>
    Effect.gen(function*() {
      yield* found
      yield* InMemory.inject({ service: "SSM", times: 1, fault: InMemory.throttled })
      yield* Effect.exit(get)
      const fiber = yield* Effect.forkChild(Sts.environment)
      yield* TestClock.adjust("500 millis")
      assert.lengthOf(yield* InMemory.calls, 1)
      yield* TestClock.adjust("500 millis")
      yield* Fiber.join(fiber)
      // The least rate of this limit is one call per second.
      assert.deepEqual(yield* times, [0, 1_000])
    }).pipe(Effect.provide(withoutRetries({ key: () => "all", minFillRate: 1 }))))

  it.effect("lets calls through again as fast as they come, some time after the last throttle", () =>
    Effect.gen(function*() {
      yield* found
      yield* InMemory.inject({ times: 1, fault: InMemory.throttled })
      yield* Effect.exit(get)
      // Steady calls, four at a time, for a minute.
      const steady = yield* Effect.forkChild(
        Effect.forever(Effect.all([get, get, get, get, Effect.sleep("200 millis")], { concurrency: "unbounded" }))
      )
      yield* pass(60)
      const before = (yield* times).length
      yield* pass(10)
      yield* Fiber.interrupt(steady)
      // 20 per second, as without a limit.
      assert.isAtLeast((yield* times).length - before, 196)
    }).pipe(Effect.provide(InMemory.layer({ aspects: [Aspect.adaptive()], retry: Retry.none, journal: 100_000 }))))

  it.effect("has limits of its own in each Layer: a role starts without one", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "GetCallerIdentity", times: 1, fault: InMemory.throttled })
      yield* Effect.exit(Sts.environment)
      const role = AssumeRole.layer({ roleArn: "arn:aws:iam::210987654321:role/audit", sessionName: "audit" })
      const fiber = yield* Effect.forkChild(
        Effect.gen(function*() {
          const start = yield* Clock.currentTimeMillis
          yield* Sts.environment
          return (yield* Clock.currentTimeMillis) - start
        }).pipe(Effect.provide(role))
      )
      // The role itself is assumed by the throttled Layer.
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), 0)
    }).pipe(Effect.provide(withoutRetries())))

  it.effect("says in the debug log to which rate it cut", () => {
    const logged: Array<string> = []
    const logger = Logger.make(({ message }) => void logged.push(String(message)))
    return Effect.gen(function*() {
      yield* found
      yield* InMemory.inject({ times: 1, fault: InMemory.throttled })
      yield* Effect.exit(get)
      assert.include(logged, "AWS throttled SSM/us-east-1: limited to 0.5 calls per second")
    }).pipe(
      Effect.provide([withoutRetries(), Logger.layer([logger])]),
      Effect.provideService(References.MinimumLogLevel, "Debug")
    )
  })

  it("refuses a rate that is none", () => {
    for (const minFillRate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => Aspect.adaptive({ minFillRate }), RangeError, "minFillRate")
    }
  })
})

describe("a service that allows 20 calls per second", () => {
  const LIMIT = 20

  /** Twenty workers send calls as fast as they can to a service with a token bucket, each call taking 100 ms. */
  const simulate = (seconds: number, aspects: ReadonlyArray<Aspect.Aspect>) =>
    Effect.gen(function*() {
      let tokens = LIMIT
      let at = 0
      const counts = { throttled: 0, succeeded: 0, calls: 0, failed: 0 }
      yield* InMemory.handle(GetParameterCommand, () =>
        Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          tokens = Math.min(LIMIT, tokens + (now - at) * LIMIT / 1_000)
          at = now
          yield* Effect.sleep("100 millis")
          if (tokens < 1) {
            counts.throttled++
            return yield* InMemory.fault({ code: "ThrottlingException", message: "Rate exceeded", statusCode: 400 })
          }
          tokens -= 1
          counts.succeeded++
          return { Parameter: { Name: "/p", Value: "v" } }
        }))
      const call = Effect.match(get, {
        onSuccess: () => {
          counts.calls++
        },
        onFailure: () => {
          counts.calls++
          counts.failed++
        }
      })
      const workers = yield* Effect.forkChild(
        Effect.all(Array.from({ length: 20 }, () => Effect.forever(call)), { concurrency: "unbounded" })
      )
      yield* pass(seconds)
      yield* Fiber.interrupt(workers)
      return {
        throttled: counts.throttled / (counts.throttled + counts.succeeded),
        failed: counts.failed / counts.calls,
        throughput: counts.succeeded / (LIMIT * seconds)
      }
    }).pipe(Effect.provide(InMemory.layer({ aspects, journal: 0 })), Random.withSeed("adaptive"))

  it.effect(
    "throttles few attempts of a program with the aspect, which still uses most of the limit",
    () =>
      Effect.gen(function*() {
        const without = yield* simulate(15, [])
        const adaptive = yield* simulate(90, [Aspect.adaptive()])
        // Measured: 0.78 of the attempts and 0.74 of the calls without the aspect. With it, 0.07 of the attempts and no call, at
        // 0.69 of the limit. docs/calls.md quotes these numbers.
        assert.isAbove(without.throttled, 0.6)
        assert.isAbove(without.failed, 0.4)
        assert.isBelow(adaptive.throttled, 0.12)
        assert.isBelow(adaptive.failed, 0.01)
        assert.isAbove(adaptive.throughput, 0.6)
      }),
    120_000
  )
})
