import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Data, Duration, Effect, Exit, Fiber, Logger, References, Result, Schedule } from "effect"
import { type AwsError, InMemory, Polling, Retry, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const everyTenSeconds = Schedule.spaced("10 seconds")

class Broken extends Data.TaggedError("Broken")<{}> {}

/** Looks that are counted, and how many there were. */
const counted = <A, E, R>(look: (nth: number) => Effect.Effect<A, E, R>) => {
  const seen = { looks: 0 }
  return { seen, look: Effect.suspend(() => look(++seen.looks)) }
}

const nth = counted((n) => Effect.succeed(n)).look

describe("waitUntil", () => {
  it.effect("looks at once, and gives the value that was waited for", () =>
    Effect.gen(function*() {
      const value = yield* Polling.waitUntil(Effect.succeed(1), {
        until: (n) => n === 1,
        waitingFor: "one",
        schedule: everyTenSeconds
      })
      assert.strictEqual(value, 1)
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    }))

  it.effect("looks again by the schedule, until the value is the one", () =>
    Effect.gen(function*() {
      const { look, seen } = counted((n) => Effect.succeed(n))
      const fiber = yield* Effect.forkChild(
        Polling.waitUntil(look, { until: (n) => n === 4, waitingFor: "four", schedule: everyTenSeconds })
      )
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(seen.looks, 3)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), 4)
    }))

  it.effect("gives the type that a refinement leaves", () =>
    Effect.gen(function*() {
      const value = yield* Polling.waitUntil(Effect.succeed<string | undefined>("there"), {
        until: (text): text is string => text !== undefined,
        waitingFor: "a text",
        schedule: everyTenSeconds
      })
      const text: string = value
      assert.strictEqual(text, "there")
    }))

  it.effect("hands the schedule the last value, and what the schedule needs to the caller", () =>
    Effect.gen(function*() {
      const inputs: Array<unknown> = []
      const schedule = Schedule.spaced("1 second").pipe(
        Schedule.tap(({ input }) => Effect.sync(() => inputs.push(input)))
      )
      const { look } = counted((n) => Effect.succeed(n))
      const fiber = yield* Effect.forkChild(
        Polling.waitUntil(look, { until: (n) => n === 3, waitingFor: "three", schedule })
      )
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.deepEqual(inputs, [1, 2])
    }))

  it.effect("times out with the last value and the time that was waited", () =>
    Effect.gen(function*() {
      const { look } = counted((n) => Effect.succeed(n))
      const fiber = yield* Effect.forkChild(Effect.flip(
        Polling.waitUntil(look, {
          until: () => false,
          waitingFor: "what never comes",
          schedule: everyTenSeconds,
          timeout: "25 seconds"
        })
      ))
      yield* TestClock.adjust("25 seconds")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "WaitTimedOut")
      assert.strictEqual(error.last, 3)
      assert.strictEqual(Duration.toMillis(error.waited), 25_000)
      assert.include(error.message, "what never comes")
      assert.include(error.message, "25s")
    }))

  it.effect("times out when the schedule has no more turns", () =>
    Effect.gen(function*() {
      const { look, seen } = counted((n) => Effect.succeed(n))
      const fiber = yield* Effect.forkChild(Effect.flip(
        Polling.waitUntil(look, {
          until: () => false,
          waitingFor: "what never comes",
          schedule: Schedule.upTo(everyTenSeconds, { times: 2 })
        })
      ))
      yield* TestClock.adjust("1 hour")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "WaitTimedOut")
      assert.strictEqual(error.last, 3)
      assert.strictEqual(Duration.toMillis(error.waited), 20_000)
      assert.strictEqual(seen.looks, 3)
    }))

  it.effect("times out in the middle of a look that hangs", () =>
    Effect.gen(function*() {
      let isInterrupted = false
      const { look } = counted((n) =>
        n === 1 ? Effect.succeed(n) : Effect.onInterrupt(Effect.never, () => Effect.sync(() => (isInterrupted = true)))
      )
      const fiber = yield* Effect.forkChild(Effect.flip(
        Polling.waitUntil(look, {
          until: () => false,
          waitingFor: "what hangs",
          schedule: everyTenSeconds,
          timeout: "1 minute"
        })
      ))
      yield* TestClock.adjust("1 minute")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "WaitTimedOut")
      assert.strictEqual(error.last, 1)
      assert.isTrue(isInterrupted)
    }))

  it.effect("has no last value where no look came to one", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.flip(
        Polling.waitUntil(Effect.never, {
          until: () => true,
          waitingFor: "what hangs",
          schedule: everyTenSeconds,
          timeout: "1 minute"
        })
      ))
      yield* TestClock.adjust("1 minute")
      const error = yield* Fiber.join(fiber)
      assert.isUndefined(error.last)
    }))

  it.effect("ends at once with a failure of the look that is none of AWS's, and with a defect", () =>
    Effect.gen(function*() {
      const { look, seen } = counted(() => Effect.fail(new Broken()))
      const options = { until: () => true, waitingFor: "nothing", schedule: everyTenSeconds }
      const error = yield* Effect.flip(Polling.waitUntil(look, options))
      assert.strictEqual(error._tag, "Broken")
      assert.strictEqual(seen.looks, 1)
      assert.isTrue(Exit.hasDies(yield* Effect.exit(Polling.waitUntil(Effect.die("bug"), options))))
    }))

  it.effect("is made anew each time that it is run", () =>
    Effect.gen(function*() {
      const wait = Polling.waitUntil(Effect.succeed(0), {
        until: () => false,
        waitingFor: "what never comes",
        schedule: Schedule.upTo(everyTenSeconds, { times: 2 })
      })
      for (const run of [1, 2]) {
        const fiber = yield* Effect.forkChild(Effect.flip(wait))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(Duration.toMillis((yield* Fiber.join(fiber)).waited), 20_000, `run ${run}`)
      }
    }))

  it.effect("leaves no timer and makes no further look when it is interrupted", () =>
    Effect.gen(function*() {
      const { look, seen } = counted((n) => Effect.succeed(n))
      const fiber = yield* Effect.forkChild(
        Polling.waitUntil(look, {
          until: () => false,
          waitingFor: "what never comes",
          schedule: everyTenSeconds,
          timeout: "1 hour"
        })
      )
      yield* TestClock.adjust("35 seconds")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(seen.looks, 4)
    }))

  it.live("lets a process end when it is interrupted: no real timer is left", () =>
    Effect.gen(function*() {
      const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length
      const before = timers()
      const fiber = yield* Effect.forkChild(
        Polling.waitUntil(nth, {
          until: () => false,
          waitingFor: "what never comes",
          schedule: Schedule.spaced("1 hour"),
          timeout: "2 hours"
        })
      )
      yield* Effect.yieldNow
      assert.isAbove(timers(), before)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(timers(), before)
    }))

  it.effect("leaves a line in the log at each look, that says how long it has taken", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const { look } = counted((n) => Effect.succeed(n))
      const fiber = yield* Polling.waitUntil(look, {
        until: (n) => n === 4,
        waitingFor: "four",
        schedule: Schedule.spaced("40 seconds")
      }).pipe(
        Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])),
        Effect.provideService(References.MinimumLogLevel, "Info"),
        Effect.forkChild
      )
      yield* TestClock.adjust("2 minutes")
      yield* Fiber.join(fiber)
      assert.deepEqual(lines, [
        "Waiting for four: 0s so far",
        "Waiting for four: 40s so far",
        "Waiting for four: 1m 20s so far"
      ])
    }))
})

describe("waitUntil on AWS", () => {
  const parameter = Ssm.send(new GetParameterCommand({ Name: "/p" })).pipe(Effect.map(({ Parameter }) => Parameter))
  const exists = Polling.waitUntil(parameter, {
    until: () => true,
    waitingFor: "/p",
    schedule: everyTenSeconds,
    timeout: "1 hour"
  })
  const put = Ssm.putParameter({ name: "/p", value: "v" })
  const gets = InMemory.calls.pipe(
    Effect.map((calls) => calls.filter(({ operation }) => operation === "GetParameter").length)
  )
  const faults = {
    "that is throttled": InMemory.throttled,
    "that AWS fails": InMemory.serverFault,
    "whose connection is cut": InMemory.cut("before")
  }

  for (const [name, fault] of Object.entries(faults)) {
    it.effect(`takes a look ${name} for one more look, and says so`, () =>
      Effect.gen(function*() {
        const lines: Array<string> = []
        yield* put
        yield* InMemory.inject({ operation: "GetParameter", times: 3, fault })
        const fiber = yield* exists.pipe(
          Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])),
          Effect.forkChild
        )
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual((yield* Fiber.join(fiber))?.Value, "v")
        assert.strictEqual(yield* gets, 4)
        const waiting = lines.filter((line) => line.startsWith("Waiting"))
        assert.lengthOf(waiting, 3)
        assert.include(waiting[2], "20s so far; the last look failed: SSM.GetParameter")
      }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))
  }

  it.effect("keeps the last value over looks that fail", () =>
    Effect.gen(function*() {
      yield* put
      const never = Polling.waitUntil(parameter, {
        until: () => false,
        waitingFor: "what never comes",
        schedule: everyTenSeconds,
        timeout: "1 minute"
      })
      const fiber = yield* Effect.forkChild(Effect.flip(never))
      yield* TestClock.adjust("15 seconds")
      yield* InMemory.inject({ fault: InMemory.throttled })
      yield* TestClock.adjust("45 seconds")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag === "WaitTimedOut" ? error.last?.Value : undefined, "v")
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("ends at once where access is denied", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetParameterCommand, () =>
        Effect.fail(InMemory.fault({ code: "AccessDeniedException", message: "Not you" })))
      const error = yield* Effect.flip(exists)
      assert.strictEqual(error._tag, "AwsError")
      assert.strictEqual((error as AwsError).reason._tag, "AccessDenied")
      assert.strictEqual(yield* gets, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("waits for what comes about meanwhile, where its absence is a value", () =>
    Effect.gen(function*() {
      const found = Polling.waitUntil(Effect.result(parameter), {
        until: Result.isSuccess,
        waitingFor: "/p",
        schedule: everyTenSeconds
      })
      const fiber = yield* Effect.forkChild(found)
      yield* TestClock.adjust("55 seconds")
      yield* put
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).success?.Value, "v")
      assert.strictEqual(yield* gets, 7)
    }).pipe(Effect.provide(InMemory.layer())))
})
