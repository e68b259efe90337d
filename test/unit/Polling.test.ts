import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Data, Duration, Effect, Exit, Fiber, Logger, References, Result, Schedule } from "effect"
import { type AwsError, InMemory, Polling, Retry, Ssm } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const everyTenSeconds = Schedule.spaced("10 seconds")

class Broken extends Data.TaggedError("Broken")<{}> {}

/** A poll, and how often it ran. */
const counted = <A, E, R>(poll: (nth: number) => Effect.Effect<A, E, R>) => {
  const seen = { polls: 0 }
  return { seen, poll: Effect.suspend(() => poll(++seen.polls)) }
}

const nth = counted((n) => Effect.succeed(n)).poll

describe("waitUntil", () => {
  it.effect("polls at once and returns the awaited value", () =>
    Effect.gen(function*() {
      const value = yield* Polling.waitUntil(Effect.succeed(1), {
        until: (n) => n === 1,
        waitingFor: "one",
        schedule: everyTenSeconds
      })
      assert.strictEqual(value, 1)
      assert.strictEqual(yield* Clock.currentTimeMillis, 0)
    }))

  it.effect("polls by the schedule until the value matches", () =>
    Effect.gen(function*() {
      const { poll, seen } = counted((n) => Effect.succeed(n))
      const fiber = yield* Effect.forkChild(
        Polling.waitUntil(poll, { until: (n) => n === 4, waitingFor: "four", schedule: everyTenSeconds })
      )
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(seen.polls, 3)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), 4)
    }))

  it.effect("narrows the result by a refinement", () =>
    Effect.gen(function*() {
      const value = yield* Polling.waitUntil(Effect.succeed<string | undefined>("there"), {
        until: (text): text is string => text !== undefined,
        waitingFor: "a text",
        schedule: everyTenSeconds
      })
      const text: string = value
      assert.strictEqual(text, "there")
    }))

  it.effect("passes each value to the schedule", () =>
    Effect.gen(function*() {
      const inputs: Array<unknown> = []
      const schedule = Schedule.spaced("1 second").pipe(
        Schedule.tap(({ input }) => Effect.sync(() => inputs.push(input)))
      )
      const { poll } = counted((n) => Effect.succeed(n))
      const fiber = yield* Effect.forkChild(
        Polling.waitUntil(poll, { until: (n) => n === 3, waitingFor: "three", schedule })
      )
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.deepEqual(inputs, [1, 2])
    }))

  it.effect("times out with the last value and the time waited", () =>
    Effect.gen(function*() {
      const { poll } = counted((n) => Effect.succeed(n))
      const fiber = yield* Effect.forkChild(Effect.flip(
        Polling.waitUntil(poll, {
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

  it.effect("measures what has passed, also when the computer's time of day is set back meanwhile", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("2 hours")
      const fiber = yield* Effect.forkChild(Effect.flip(
        Polling.waitUntil(Effect.delay(TestClock.setTime(60 * 60 * 1_000), "5 seconds"), {
          until: () => false,
          waitingFor: "what never comes",
          schedule: Schedule.recurs(0)
        })
      ))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(Duration.toSeconds((yield* Fiber.join(fiber)).waited), 5)
    }))

  it.effect("says 0s if no time has passed", () =>
    Effect.gen(function*() {
      const { message } = yield* Effect.flip(
        Polling.waitUntil(Effect.void, { until: () => false, waitingFor: "x", schedule: Schedule.recurs(0) })
      )
      assert.include(message, "Gave up waiting for x after 0s. ")
    }))

  it.effect("times out when the schedule ends", () =>
    Effect.gen(function*() {
      const { poll, seen } = counted((n) => Effect.succeed(n))
      const fiber = yield* Effect.forkChild(Effect.flip(
        Polling.waitUntil(poll, {
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
      assert.strictEqual(seen.polls, 3)
    }))

  it.effect("times out during a poll that hangs", () =>
    Effect.gen(function*() {
      let isInterrupted = false
      const { poll } = counted((n) =>
        n === 1 ? Effect.succeed(n) : Effect.onInterrupt(Effect.never, () => Effect.sync(() => (isInterrupted = true)))
      )
      const fiber = yield* Effect.forkChild(Effect.flip(
        Polling.waitUntil(poll, {
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

  it.effect("has no last value when no poll has completed", () =>
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

  it.effect("ends at once with a defect or an error that isn't an AwsError", () =>
    Effect.gen(function*() {
      const { poll, seen } = counted(() => Effect.fail(new Broken()))
      const options = { until: () => true, waitingFor: "nothing", schedule: everyTenSeconds }
      const error = yield* Effect.flip(Polling.waitUntil(poll, options))
      assert.strictEqual(error._tag, "Broken")
      assert.strictEqual(seen.polls, 1)
      assert.isTrue(Exit.hasDies(yield* Effect.exit(Polling.waitUntil(Effect.die("bug"), options))))
    }))

  it.effect("starts over each time it runs", () =>
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

  it.effect("polls no further when interrupted", () =>
    Effect.gen(function*() {
      const { poll, seen } = counted((n) => Effect.succeed(n))
      const fiber = yield* Effect.forkChild(
        Polling.waitUntil(poll, {
          until: () => false,
          waitingFor: "what never comes",
          schedule: everyTenSeconds,
          timeout: "1 hour"
        })
      )
      yield* TestClock.adjust("35 seconds")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(seen.polls, 4)
    }))

  it.live("leaves no real timer when interrupted", () =>
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

  it.effect("logs each poll with the time waited so far", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const { poll } = counted((n) => Effect.succeed(n))
      const fiber = yield* Polling.waitUntil(poll, {
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
    "is throttled": InMemory.throttled,
    "hits a server fault": InMemory.serverFault,
    "loses its connection": InMemory.cut("before")
  }

  for (const [problem, fault] of Object.entries(faults)) {
    it.effect(`polls again when a poll ${problem}, and logs it`, () =>
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
        assert.include(waiting[2], "20s so far; the last poll failed: SSM.GetParameter")
      }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))
  }

  it.effect("keeps the last value when later polls fail", () =>
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

  it.effect("fails at once when access is denied", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetParameterCommand, () =>
        Effect.fail(InMemory.fault({ code: "AccessDeniedException", message: "Not you" })))
      const error = yield* Effect.flip(exists)
      assert.strictEqual(error._tag, "AwsError")
      assert.strictEqual((error as AwsError).reason._tag, "AccessDenied")
      assert.strictEqual(yield* gets, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("waits for a parameter to appear when its absence is a value", () =>
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
