// The fixed rate limit. The judge of its times is a virtual scheduler, which works in whole milliseconds.
import { DescribeVpcsCommand } from "@aws-sdk/client-ec2"
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm"
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, Layer, Metric, Result, Schedule, Schema, Stream } from "effect"
import { Aspect, AssumeRole, AwsClients, type AwsError, Ec2, Fleet, InMemory, Retry, Ssm, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const get = Ssm.send(new GetParameterCommand({ Name: "/p" }))
const put = Ssm.send(new PutParameterCommand({ Name: "/p", Value: "v", Type: "String", Overwrite: true }))
const whoAmI = Sts.send(new GetCallerIdentityCommand({}))
const found = InMemory.handle(GetParameterCommand, () => Effect.succeed({ Parameter: { Name: "/p", Value: "v" } }))

/** When each attempt reached AWS, in milliseconds. */
const times = Effect.map(InMemory.calls, (calls) => calls.map(({ time }) => time.getTime()))

const layer = (options: Aspect.RateLimitOptions, retry: Retry.Policy = Retry.none) =>
  InMemory.layer({ aspects: [Aspect.rateLimit(options)], retry })

type Calls = ReadonlyArray<Effect.Effect<unknown, AwsError, AwsClients>>

const atOnce = (calls: Calls) => Effect.forkChild(Effect.all(calls, { concurrency: "unbounded" }))

/** Runs calls at once, and returns when each one reached AWS. */
const timesOf = (calls: Calls) =>
  Effect.gen(function*() {
    const fiber = yield* atOnce(calls)
    yield* TestClock.adjust("1 hour")
    yield* Fiber.join(fiber)
    return yield* times
  })

const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Calls that arrive some milliseconds after another. Some give up after a while. */
const Arrival = Schema.Struct({ after: whole(0, 400), patience: Schema.Literals([0, 0, 0, 50, 500]) })

const Course = Schema.Struct({
  /** Milliseconds between two tokens. */
  interval: whole(1, 300),
  limit: whole(1, 20),
  burst: whole(1, 6),
  arrivals: Schema.Array(Arrival).check(Schema.isMaxLength(40))
})

/**
 * Sends calls as they arrive through the aspect, around a send that only notes the time. Returns the times of those that were
 * sent, and the numbers of those that were interrupted, in the order in which that happened.
 */
const run = (options: Aspect.RateLimitOptions, arrivals: ReadonlyArray<typeof Arrival.Type>) =>
  Effect.gen(function*() {
    const sent: Array<readonly [call: number, time: number]> = []
    const gaveUp: Array<number> = []
    const clients = yield* AwsClients
    const send = Aspect.rateLimit(options)(({ command }) =>
      Effect.clockWith((clock) =>
        Effect.sync(() => {
          sent.push([Number((command.input as { readonly Name: string }).Name), clock.currentTimeMillisUnsafe()])
          return { $metadata: {} }
        })
      )
    )
    const limited = Layer.succeed(AwsClients, AwsClients.of({ ...clients, send }))
    let at = 0
    const calls = arrivals.map(({ after, patience }, number) => {
      at += after
      const call = Effect.provide(Ssm.send(new GetParameterCommand({ Name: String(number) })), limited)
      const patient = patience === 0
        ? call
        : call.pipe(Effect.timeoutOrElse({
          duration: patience,
          orElse: () => Effect.sync(() => gaveUp.push(number))
        }))
      return Effect.delay(patient, at)
    })
    const fiber = yield* atOnce(calls)
    yield* TestClock.adjust("1 hour")
    yield* Fiber.join(fiber)
    return { sent, gaveUp }
  }).pipe(Effect.provide(InMemory.layer()))

describe("any calls through Aspect.rateLimit", () => {
  it.effect.prop(
    "are sent exactly when a virtual scheduler sends them, in the order of arrival, and none is lost",
    [Course],
    ([{ arrivals, burst, interval, limit }]) =>
      Effect.gen(function*() {
        const patient = arrivals.map(({ after }) => ({ after, patience: 0 as const }))
        const { sent } = yield* run({ limit, window: interval * limit, burst, key: () => "all" }, patient)
        // The generic cell rate algorithm: the time at which the bucket would be empty, without any fraction.
        let arrived = 0
        let empty = 0
        const expected = patient.map(({ after }, number) => {
          arrived += after
          const time = Math.max(arrived, empty - (burst - 1) * interval)
          empty = Math.max(empty, time) + interval
          return [number, time] as const
        })
        assert.deepEqual(sent, expected)
      })
  )

  it.effect.prop(
    "are never more than limit + burst - 1 in any window, whatever is interrupted, and each is sent or gives up",
    [
      Schema.Struct({
        limit: whole(1, 30),
        window: whole(20, 3_000),
        burst: whole(1, 6),
        arrivals: Schema.Array(Arrival).check(Schema.isMaxLength(60))
      })
    ],
    ([{ arrivals, ...options }]) =>
      Effect.gen(function*() {
        const { gaveUp, sent } = yield* run(options, arrivals)
        for (const [, start] of sent) {
          const inWindow = sent.filter(([, time]) => time >= start && time < start + options.window)
          assert.isAtMost(inWindow.length, options.limit + options.burst - 1)
        }
        const numbers = sent.map(([number]) => number)
        assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b))
        assert.deepEqual([...numbers, ...gaveUp].toSorted((a, b) => a - b), arrivals.map((_, number) => number))
      })
  )
})

describe("Aspect.rateLimit", () => {
  it.effect("spaces calls evenly, and lets none fail", () =>
    Effect.gen(function*() {
      yield* found
      assert.deepEqual(yield* timesOf(Array.from({ length: 5 }, () => get)), [0, 200, 400, 600, 800])
    }).pipe(Effect.provide(layer({ limit: 5 }))))

  it.effect("lets a burst through at once, and fills its bucket while nobody calls", () =>
    Effect.gen(function*() {
      yield* found
      const calls = Array.from({ length: 5 }, () => get)
      yield* timesOf(calls)
      const [, , , fourth, fifth, ...second] = yield* timesOf(calls)
      assert.deepEqual([fourth, fifth], [20_000, 40_000])
      assert.deepEqual(second.map((time) => time - 3_600_000), [0, 0, 0, 20_000, 40_000])
    }).pipe(Effect.provide(layer({ limit: 3, window: "1 minute", burst: 3 }))))

  it.effect("has a bucket for a tenth of a second by default, so that a high rate doesn't depend on timers", () =>
    Effect.gen(function*() {
      yield* found
      const all = yield* timesOf(Array.from({ length: 1_000 }, () => get))
      assert.strictEqual(all.filter((time) => time === 0).length, 100)
      assert.strictEqual(all.at(-1), 900)
    }).pipe(Effect.provide(layer({ limit: 1_000 }))))

  it.effect("counts retries, which wait as well", () =>
    Effect.gen(function*() {
      yield* found
      yield* InMemory.inject({ times: 2, fault: InMemory.throttled })
      // The schedule alone would have sent all attempts at once.
      assert.deepEqual(yield* timesOf([get]), [0, 1_000, 2_000])
    }).pipe(Effect.provide(layer({ limit: 1 }, Schedule.recurs(5)))))

  it.effect("ends the wait of a call that is interrupted, and its place goes to the next", () =>
    Effect.gen(function*() {
      yield* found
      yield* get
      const [first, second] = yield* Effect.all([Effect.forkChild(get), Effect.forkChild(get)])
      yield* TestClock.adjust("999 millis")
      const interrupted = yield* Fiber.interrupt(first).pipe(Effect.andThen(Fiber.await(first)))
      assert.isTrue(Exit.hasInterrupts(interrupted))
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(second)
      assert.deepEqual(yield* times, [0, 1_000])
    }).pipe(Effect.provide(layer({ limit: 1 }))))

  it.effect("limits each service and region by itself", () =>
    Effect.gen(function*() {
      yield* found
      const elsewhere = Layer.unwrap(Effect.map(AwsClients, () => AwsClients.inRegion("eu-central-1")))
      yield* get
      yield* whoAmI
      yield* Effect.provide(whoAmI, elsewhere)
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
      const fiber = yield* Effect.forkChild(whoAmI)
      yield* TestClock.adjust("59 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(layer({ limit: 1, window: "1 minute" }))))

  it.effect("limits what its key names together, and leaves alone what the key has no name for", () =>
    Effect.gen(function*() {
      yield* found
      const all = yield* timesOf([get, get, put, put, put])
      assert.deepEqual(all.toSorted((a, b) => a - b), [0, 0, 0, 0, 10_000])
    }).pipe(Effect.provide(layer({
      limit: 0.1,
      key: ({ operation }) => operation === "GetParameter" ? "reads" : undefined
    }))))

  it.effect("works several times in one Layer, each limit with its own key", () =>
    Effect.gen(function*() {
      yield* found
      const all = yield* timesOf([put, put, get, get])
      // The writes have both limits.
      assert.deepEqual(all, [0, 1_000, 2_000, 4_000])
    }).pipe(Effect.provide(InMemory.layer({
      aspects: [
        Aspect.rateLimit({
          limit: 1,
          window: "4 seconds",
          key: (call) => call.operation === "PutParameter" ? "" : undefined
        }),
        Aspect.rateLimit({ limit: 1, key: () => "all" })
      ],
      retry: Retry.none
    }))))

  it.effect("has limits of its own in each Layer: a role starts with new ones", () =>
    Effect.gen(function*() {
      yield* whoAmI
      const role = AssumeRole.layer({ roleArn: "arn:aws:iam::210987654321:role/audit", sessionName: "audit" })
      const fiber = yield* Effect.forkChild(Effect.provide(Effect.andThen(whoAmI, Clock.currentTimeMillis), role))
      yield* TestClock.adjust("10 minutes")
      // The role itself is assumed by the Layer below.
      assert.strictEqual(yield* Fiber.join(fiber), 60_000)
    }).pipe(Effect.provide(layer({ limit: 1, window: "1 minute" }))))

  it.effect("shares its limits among Layers and roles if it's said to", () =>
    Effect.gen(function*() {
      yield* whoAmI
      const role = AssumeRole.layer({ roleArn: "arn:aws:iam::210987654321:role/audit", sessionName: "audit" })
      const fiber = yield* Effect.forkChild(Effect.provide(Effect.andThen(whoAmI, Clock.currentTimeMillis), role))
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* Fiber.join(fiber), 120_000)
    }).pipe(Effect.provide(layer({ limit: 1, window: "1 minute", shared: true }))))

  it.effect("is account-wide in a fleet, over all regions of an account, and each account has its own", () =>
    Effect.gen(function*() {
      const targets = ["111111111111", "222222222222"].map((account) => ({
        account,
        regions: ["us-east-1", "eu-west-1", "ap-south-1"]
      }))
      const fiber = yield* Fleet.forEach(targets, Effect.andThen(whoAmI, Clock.currentTimeMillis)).pipe(
        Stream.runCollect,
        Effect.forkChild
      )
      yield* TestClock.adjust("10 minutes")
      const outcomes = yield* Fiber.join(fiber)
      for (const { account } of targets) {
        const ends = outcomes.filter((outcome) => outcome.account === account).map(({ result }) =>
          Result.getOrThrow(result)
        )
        assert.deepEqual(ends.toSorted((a, b) => a - b), [0, 60_000, 120_000])
      }
    }).pipe(
      Effect.provide(
        Fleet.layer({
          role: "audit",
          sessionName: "audit",
          aspects: [Aspect.rateLimit({ limit: 1, window: "1 minute", key: ({ service }) => service })]
        }).pipe(Layer.provide(InMemory.layer()))
      )
    ))

  it.effect("works beside the adaptive limit: the slower one decides", () =>
    Effect.gen(function*() {
      yield* found
      yield* InMemory.inject({ times: 1, fault: InMemory.throttled })
      const all = yield* timesOf([Effect.exit(get), Effect.exit(get), Effect.exit(get)])
      // The adaptive limit starts at one call in two seconds.
      assert.strictEqual(all[0], 0)
      assert.isAtLeast(all[1]!, 2_000)
      assert.isAtLeast(all[2]! - all[1]!, 500)
    }).pipe(Effect.provide(InMemory.layer({
      aspects: [Aspect.rateLimit({ limit: 2 }), Aspect.adaptive()],
      retry: Retry.none
    }))))

  it.effect("isn't asked about calls that an open circuit rejects", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ nth: 1, fault: InMemory.serverFault })
      yield* Effect.exit(get)
      const error = yield* Effect.flip(get)
      assert.strictEqual(error.reason._tag, "CircuitOpen")
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    }).pipe(Effect.provide(InMemory.layer({
      aspects: [
        Aspect.circuitBreaker({ tripPolicy: { _tag: "Consecutive", failures: 1 } }),
        Aspect.rateLimit({ limit: 1, window: "1 hour" })
      ],
      retry: Retry.none
    }))))

  it.effect("measures waits, of first attempts and of retries, with aws_limit_wait", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ service: "EC2", times: 1, fault: InMemory.throttled })
      const vpcs = Ec2.send(new DescribeVpcsCommand({}))
      yield* timesOf([vpcs, vpcs])
      const snapshots = yield* Metric.snapshot
      const wait = snapshots.find(({ attributes, id }) => id === "aws_limit_wait" && attributes?.["service"] === "EC2")
      if (wait?.type !== "Histogram") return assert.fail("no histogram")
      // The second call waits for 1 second, the retry of the first one for 2.
      assert.deepEqual([wait.state.count, wait.state.sum], [2, 3_000])
    }).pipe(
      Effect.provide(layer({ limit: 1 }, Schedule.recurs(1))),
      Effect.provideService(Metric.MetricRegistry, new Map())
    ))

  it.effect("keeps a limit whose window is longer than an unused limit is kept otherwise", () =>
    Effect.gen(function*() {
      yield* found
      yield* get
      yield* TestClock.adjust("3 hours")
      // A new key lets the aspect look for limits that nobody uses.
      yield* whoAmI
      const fiber = yield* Effect.forkChild(get)
      yield* TestClock.adjust("20 hours")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(layer({ limit: 1, window: "1 day" }))))

  it.effect("waits no longer when the computer's time of day is set back", () =>
    Effect.gen(function*() {
      yield* found
      yield* TestClock.adjust("2 hours")
      yield* get
      yield* TestClock.setTime(60 * 60 * 1_000)
      const fiber = yield* Effect.forkChild(get)
      yield* TestClock.adjust("1 second")
      assert.isDefined(fiber.pollUnsafe())
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(layer({ limit: 1 }))))

  it("refuses options that are out of range with a RangeError that names the option", () => {
    const wrong: ReadonlyArray<readonly [Aspect.RateLimitOptions, string]> = [
      ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY, "5" as never, 5n as never, Symbol("5") as never].map((limit) =>
        [{ limit }, "limit"] as const
      ),
      ...([0, "-1 seconds", Duration.infinity, "soon" as never] as const).map((window) =>
        [{ limit: 1, window }, "window"] as const
      ),
      ...[0, 1.5, Number.NaN, Number.POSITIVE_INFINITY].map((burst) => [{ limit: 1, burst }, "burst"] as const),
      ...["2", 2n, null, Symbol("2")].map((burst) => [{ limit: 1, burst: burst as never }, "burst"] as const),
      ...["EC2", null].map((key) => [{ limit: 1, key: key as never }, "key"] as const),
      [{ limit: Number.MAX_VALUE, window: "1 nanos" }, "no rate"]
    ]
    for (const [options, option] of wrong) {
      assert.throws(() => Aspect.rateLimit(options), RangeError, `Aspect.rateLimit: `)
      assert.throws(() => Aspect.rateLimit(options), RangeError, option)
    }
  })
})
