// Circuit breakers around calls.
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Logger, Metric, Schedule, Schema } from "effect"
// Loaded ahead: a TestClock doesn't wait for the disk.
import { Aspect, AssumeRole, AwsError, AwsErrorReason, InMemory, Retry, Ssm, Sts } from "effect-aws-sdk"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import { TestClock } from "effect/testing"

const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))
const found = InMemory.handle(GetParameterCommand, () => Effect.succeed({ Parameter: { Name: "/p", Value: "v" } }))
const sent = Effect.map(InMemory.calls, (calls) => calls.length)

const layer = (options?: Aspect.CircuitBreakerOptions, retry: Retry.Policy = Retry.none) =>
  InMemory.layer({ aspects: [Aspect.circuitBreaker(options)], retry })

const twice: Aspect.CircuitBreakerOptions = { tripPolicy: { _tag: "Consecutive", failures: 2 } }

/** The reason why a call failed, or `Success`. */
const outcomeOf = <A, E extends AwsError, R>(call: Effect.Effect<A, E, R>) =>
  Effect.match(call, { onFailure: ({ reason }) => reason._tag, onSuccess: () => "Success" as const })

const outage = InMemory.inject({ operation: "GetParameter", times: 2, fault: InMemory.serverFault })

describe("a circuit of Aspect.circuitBreaker", () => {
  it.effect("opens after failures in a row, rejects calls at once, and closes when a probe succeeds", () =>
    Effect.gen(function*() {
      yield* found
      yield* outage
      assert.deepEqual([yield* outcomeOf(get), yield* outcomeOf(get)], ["ServerFault", "ServerFault"])
      yield* TestClock.adjust("10 seconds")
      const error = yield* Effect.flip(get)
      assert.strictEqual(yield* sent, 2)
      assert.deepEqual([error.service, error.operation, error.region], ["SSM", "GetParameter", "us-east-1"])
      assert.deepEqual([error.code, error.isRetryable, error.mayHaveSucceeded], ["CircuitOpen", true, false])
      if (error.reason._tag !== "CircuitOpen") return assert.fail(error.reason._tag)
      assert.deepEqual(error.reason.retryAfter, Duration.seconds(20))
      assert.strictEqual(
        error.message,
        "SSM.GetParameter in us-east-1: CircuitOpen: nothing was sent, because recent calls to SSM/us-east-1 failed. " +
          "Try again in 20s."
      )
      yield* TestClock.adjust("20 seconds")
      assert.deepEqual([yield* outcomeOf(get), yield* outcomeOf(get)], ["Success", "Success"])
      assert.strictEqual(yield* sent, 4)
    }).pipe(Effect.provide(layer(twice))))

  it.effect("opens after five failures by default", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.serverFault })
      const outcomes = yield* Effect.all(Array.from({ length: 7 }, () => outcomeOf(get)))
      assert.deepEqual(outcomes.slice(4), ["ServerFault", "CircuitOpen", "CircuitOpen"])
    }).pipe(Effect.provide(layer())))

  it.effect("sends one probe at a time, and opens again when it fails", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "GetParameter", fault: InMemory.serverFault })
      yield* Effect.all([Effect.exit(get), Effect.exit(get)])
      yield* TestClock.adjust("30 seconds")
      yield* InMemory.inject({ operation: "GetParameter", fault: InMemory.delay("5 seconds") })
      const probe = yield* Effect.forkChild(outcomeOf(get))
      yield* TestClock.adjust("1 second")
      const error = yield* Effect.flip(get)
      assert.deepEqual([error.reason._tag, error.code], ["CircuitOpen", "CircuitHalfOpen"])
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* Fiber.join(probe), "ServerFault")
      assert.strictEqual((yield* Effect.flip(get)).code, "CircuitOpen")
      assert.strictEqual(yield* sent, 3)
    }).pipe(Effect.provide(layer(twice))))

  it.effect("stays open longer each time with an exponential schedule", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.serverFault })
      const waits: Array<number> = []
      for (let opening = 0; opening < 4; opening++) {
        yield* Effect.exit(get)
        const { reason } = yield* Effect.flip(get)
        const wait = reason._tag === "CircuitOpen" ? reason.retryAfter : undefined
        waits.push(Duration.toSeconds(wait ?? Duration.zero))
        yield* TestClock.adjust(wait ?? Duration.zero)
      }
      assert.deepEqual(waits, [5, 10, 20, 40])
    }).pipe(Effect.provide(layer({
      tripPolicy: CircuitBreaker.consecutive(1),
      openDuration: Schedule.exponential("5 seconds")
    }))))

  it.effect("opens at a share of failures, with the policy of effect/persistence", () =>
    Effect.gen(function*() {
      yield* found
      for (const nth of [1, 3]) yield* InMemory.inject({ operation: "GetParameter", nth, fault: InMemory.serverFault })
      const outcomes = yield* Effect.all(Array.from({ length: 5 }, () => outcomeOf(get)))
      assert.deepEqual(outcomes, ["ServerFault", "Success", "ServerFault", "Success", "CircuitOpen"])
    }).pipe(Effect.provide(layer({ tripPolicy: CircuitBreaker.rate({ threshold: 0.5, size: 4 }) }))))

  it.effect("sees a call with its retries as one call", () =>
    Effect.gen(function*() {
      yield* found
      yield* outage
      const calls = Array.from({ length: 3 }, () => outcomeOf(get))
      const fiber = yield* Effect.forkChild(Effect.all(calls))
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* Fiber.join(fiber), ["Success", "Success", "Success"])
      assert.strictEqual(yield* sent, 5)
    }).pipe(Effect.provide(layer(twice, Schedule.recurs(2)))))

  it.effect("belongs to one service and region, or to what the option `key` says", () =>
    Effect.gen(function*() {
      yield* outage
      yield* Effect.all([Effect.exit(get), Effect.exit(get)])
      assert.strictEqual(yield* outcomeOf(get), "CircuitOpen")
      assert.strictEqual(yield* outcomeOf(Sts.environment), "Success")
    }).pipe(Effect.provide(layer(twice))))

  it.effect("is shared by the calls of one key", () =>
    Effect.gen(function*() {
      yield* outage
      yield* Effect.all([Effect.exit(get), Effect.exit(get)])
      assert.strictEqual(yield* outcomeOf(Sts.environment), "CircuitOpen")
    }).pipe(Effect.provide(layer({ ...twice, key: () => "all" }))))

  it.effect("belongs to one Layer: a role starts with closed ones", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "GetCallerIdentity", times: 2, fault: InMemory.serverFault })
      const role = AssumeRole.layer({ roleArn: "arn:aws:iam::210987654321:role/audit", sessionName: "audit" })
      yield* Effect.gen(function*() {
        yield* Effect.all([Effect.exit(Sts.environment), Effect.exit(Sts.environment)])
        assert.strictEqual(yield* outcomeOf(Sts.environment), "CircuitOpen")
      }).pipe(Effect.provide(role))
      assert.strictEqual(yield* outcomeOf(Sts.environment), "Success")
    }).pipe(Effect.provide(layer(twice))))
})

describe("what a circuit counts", () => {
  const fault = (code: string, statusCode: number) => Effect.fail(InMemory.fault({ code, message: "no", statusCode }))

  it.effect("an answer that refuses a call shows that AWS works", () =>
    Effect.gen(function*() {
      for (const code of ["ParameterNotFound", "AccessDeniedException", "ExpiredTokenException"]) {
        yield* InMemory.handle(GetParameterCommand, () => fault(code, 400))
        yield* Effect.all(Array.from({ length: 4 }, () => Effect.exit(get)))
      }
      assert.strictEqual(yield* sent, 12)
      // In between two server faults, it means that these aren't in a row.
      yield* InMemory.inject({ nth: 1, fault: InMemory.serverFault })
      yield* InMemory.inject({ nth: 3, fault: InMemory.serverFault })
      const outcomes = yield* Effect.all(Array.from({ length: 4 }, () => outcomeOf(get)))
      assert.deepEqual(outcomes, ["ServerFault", "CredentialsRejected", "ServerFault", "CredentialsRejected"])
    }).pipe(Effect.provide(layer(twice))))

  it.effect("failed connections and timeouts count", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.cut("before") })
      yield* Effect.all([Effect.exit(get), Effect.exit(get)])
      assert.strictEqual(yield* outcomeOf(get), "CircuitOpen")
    }).pipe(Effect.provide(layer(twice))))

  it.effect("throttling neither counts nor shows that AWS works, unless the option `isFailure` says so", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ nth: 1, fault: InMemory.serverFault })
      yield* InMemory.inject({ nth: 2, fault: InMemory.throttled })
      yield* InMemory.inject({ nth: 3, fault: InMemory.throttled })
      yield* InMemory.inject({ nth: 4, fault: InMemory.serverFault })
      const outcomes = yield* Effect.all(Array.from({ length: 5 }, () => outcomeOf(get)))
      assert.deepEqual(outcomes, ["ServerFault", "Throttled", "Throttled", "ServerFault", "CircuitOpen"])
    }).pipe(Effect.provide(layer(twice))))

  it.effect("throttling counts if the option `isFailure` says so", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.throttled })
      const outcomes = yield* Effect.all(Array.from({ length: 3 }, () => outcomeOf(get)))
      assert.deepEqual(outcomes, ["Throttled", "Throttled", "CircuitOpen"])
    }).pipe(Effect.provide(layer({
      ...twice,
      isFailure: (error) => Aspect.isOutage(error) || error.reason._tag === "Throttled"
    }))))

  it.effect("an interrupted call counts as nothing, and an interrupted probe makes room for the next", () =>
    Effect.gen(function*() {
      yield* found
      yield* InMemory.inject({ times: 3, fault: InMemory.delay("1 hour", "before") })
      for (let call = 0; call < 3; call++) {
        const fiber = yield* Effect.forkChild(get)
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(fiber)
      }
      yield* outage
      yield* Effect.all([Effect.exit(get), Effect.exit(get)])
      assert.strictEqual(yield* outcomeOf(get), "CircuitOpen")
      yield* TestClock.adjust("30 seconds")
      yield* InMemory.inject({ times: 1, fault: InMemory.delay("1 hour", "before") })
      const probe = yield* Effect.forkChild(get)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(probe)
      assert.strictEqual(yield* outcomeOf(get), "Success")
    }).pipe(Effect.provide(layer(twice))))

  it.effect("stays open no longer when the computer's time of day is set back", () =>
    Effect.gen(function*() {
      yield* found
      yield* TestClock.adjust("2 hours")
      yield* outage
      yield* Effect.all([Effect.exit(get), Effect.exit(get)])
      yield* TestClock.setTime(60 * 60 * 1_000)
      const { reason } = yield* Effect.flip(get)
      assert.deepEqual(reason._tag === "CircuitOpen" && reason.retryAfter, Duration.seconds(30))
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* outcomeOf(get), "Success")
    }).pipe(Effect.provide(layer(twice))))

  it.effect("a defect counts as nothing", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetParameterCommand, () => Effect.die("a mistake"))
      for (let call = 0; call < 4; call++) assert.isTrue(Exit.hasDies(yield* Effect.exit(get)))
    }).pipe(Effect.provide(layer(twice))))
})

describe("a change of a circuit", () => {
  it.effect("is logged and counted", () => {
    const logged: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => void logged.push(`${logLevel} ${String(message)}`))
    return Effect.gen(function*() {
      yield* found
      yield* outage
      yield* Effect.all([Effect.exit(get), Effect.exit(get), Effect.exit(get)])
      yield* TestClock.adjust("30 seconds")
      yield* get
      assert.deepEqual(logged, [
        "Warn The circuit SSM/us-east-1 opened: its calls fail at once for 30s",
        "Info The circuit SSM/us-east-1 closed: calls are sent again"
      ])
      const counts = (yield* Metric.snapshot).flatMap(({ attributes, id, state }) =>
        id.startsWith("aws_circuit") ? [[id, attributes?.["service"], (state as { count?: number }).count]] : []
      )
      assert.sameDeepMembers(counts, [["aws_circuit_openings", "SSM", 1], ["aws_circuit_rejections", "SSM", 1]])
    }).pipe(
      Effect.provide([layer(twice), Logger.layer([logger])]),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
  })
})

describe("a circuit beside other aspects", () => {
  it.effect("doesn't let calls wait for the adaptive limit that it rejects", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ nth: 1, fault: InMemory.throttled })
      yield* InMemory.inject({ nth: 2, fault: InMemory.serverFault })
      yield* Effect.exit(get)
      const second = yield* Effect.forkChild(Effect.exit(get))
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(second)
      // At once, though the limit would let the next call through in two seconds.
      assert.strictEqual(yield* outcomeOf(get), "CircuitOpen")
    }).pipe(Effect.provide(InMemory.layer({
      aspects: [
        Aspect.circuitBreaker({ tripPolicy: { _tag: "Consecutive", failures: 1 } }),
        Aspect.adaptive()
      ],
      retry: Retry.none
    }))))
})

describe("the options of Aspect.circuitBreaker", () => {
  it("are refused with a RangeError if they are out of range", () => {
    const wrong: ReadonlyArray<readonly [Aspect.CircuitBreakerOptions, string]> = [
      [{ tripPolicy: { _tag: "Consecutive", failures: 0 } }, "failures"],
      [{ tripPolicy: { _tag: "Consecutive", failures: 1.5 } }, "failures"],
      [{ tripPolicy: { _tag: "Rate", threshold: 2, size: 3, minimumCalls: 1 } }, "threshold"],
      [{ tripPolicy: { _tag: "Rate", threshold: 0.5, size: 0, minimumCalls: 1 } }, "size"],
      [{ tripPolicy: { _tag: "Rate", threshold: 0.5, size: 3, minimumCalls: 4 } }, "minimumCalls"],
      [{ tripPolicy: { _tag: "consecutive", failures: 3 } as never }, "the tag Consecutive or Rate"],
      [{ openDuration: 0 }, "openDuration"],
      [{ openDuration: "-1 seconds" }, "openDuration"],
      [{ openDuration: Duration.infinity }, "openDuration"],
      [{ openDuration: "soon" as never }, "openDuration"]
    ]
    for (const [options, option] of wrong) {
      assert.throws(() => Aspect.circuitBreaker(options), RangeError, option)
    }
  })
})

describe("the reason CircuitOpen", () => {
  it("crosses with its time, and says the same on the other side", () => {
    for (const retryAfter of [Duration.seconds(20), undefined]) {
      const reason = new AwsErrorReason.CircuitOpen({
        code: "CircuitOpen",
        description: "no",
        isRetryable: true,
        retryAfter
      })
      const error = new AwsError({ service: "SSM", operation: "GetParameter", region: "us-east-1", reason })
      assert.isFalse(error.mayHaveSucceeded)
      const codec = Schema.toCodecJson(AwsError)
      const json = JSON.parse(JSON.stringify(error))
      assert.deepEqual(json, JSON.parse(JSON.stringify(Schema.encodeSync(codec)(error))))
      const crossed = Schema.decodeUnknownSync(codec)(json)
      if (crossed.reason._tag !== "CircuitOpen") return assert.fail(crossed.reason._tag)
      assert.deepEqual(crossed.reason.retryAfter, retryAfter)
      assert.strictEqual(crossed.message, error.message)
    }
  })
})
