// The clock that can be moved, over TestClock.
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { adjustable } from "../../../emulator/engine/clock.ts"

/** A clock over the one of the test, and a function that runs an effect on it. */
const make = Effect.map(Clock.clockWith(Effect.succeed), (base) => {
  const clock = adjustable(base)
  return {
    clock,
    on: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provideService(effect, Clock.Clock, clock)
  }
})

describe("an adjustable clock", () => {
  it.effect("continues from the time that it was set to", () =>
    Effect.gen(function*() {
      const { clock, on } = yield* make
      clock.set(Date.parse("2030-01-01T00:00:00Z"))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* on(Clock.currentTimeMillis), Date.parse("2030-01-01T00:01:00Z"))
      clock.advance(1_500)
      assert.strictEqual(clock.currentTimeMillisUnsafe(), Date.parse("2030-01-01T00:01:01.500Z"))
      assert.strictEqual(clock.currentTimeNanosUnsafe(), BigInt(Date.parse("2030-01-01T00:01:01.500Z")) * 1_000_000n)
      clock.reset()
      assert.strictEqual(yield* on(Clock.currentTimeMillis), 60_000)
    }))

  it.effect("never lets monotonic time go back", () =>
    Effect.gen(function*() {
      const { clock } = yield* make
      clock.advance(10_000)
      clock.advance(-5_000)
      clock.reset()
      assert.strictEqual(clock.currentTimeMillisUnsafe(), 0)
      assert.strictEqual(clock.monotonicTimeNanosUnsafe(), 10_000_000_000n)
    }))

  it.effect("wakes a sleeper when the clock underneath has come to its time", () =>
    Effect.gen(function*() {
      const { on } = yield* make
      const fiber = yield* Effect.forkChild(on(Effect.sleep("20 minutes")))
      yield* TestClock.adjust("19 minutes")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 minute")
      assert.isDefined(fiber.pollUnsafe())
    }))

  it.effect("wakes the sleepers whose time it is moved past, in the order of their times", () =>
    Effect.gen(function*() {
      const { clock, on } = yield* make
      const woken: Array<number> = []
      const fibers = yield* Effect.forEach(
        [30, 10, 20, 40],
        (minutes) =>
          Effect.forkChild(on(Effect.andThen(
            Effect.sleep(`${minutes} minutes`),
            Effect.sync(() => woken.push(minutes))
          ))),
        { concurrency: 1 }
      )
      yield* TestClock.adjust("1 minute")
      clock.advance(30 * 60_000)
      yield* Fiber.joinAll(fibers.slice(0, 3))
      assert.deepEqual(woken, [10, 20, 30])
      yield* TestClock.adjust("9 minutes")
      yield* Fiber.join(fibers[3]!)
      assert.strictEqual(yield* on(Clock.currentTimeMillis), 40 * 60_000)
    }))

  it.effect("lets a sleeper sleep for longer when it is moved back", () =>
    Effect.gen(function*() {
      const { clock, on } = yield* make
      const fiber = yield* Effect.forkChild(on(Effect.sleep("10 minutes")))
      yield* TestClock.adjust("5 minutes")
      clock.advance(-60 * 60_000)
      yield* TestClock.adjust("64 minutes")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 minute")
      assert.isDefined(fiber.pollUnsafe())
    }))

  it.effect("drives schedules and timeouts", () =>
    Effect.gen(function*() {
      const { clock, on } = yield* make
      let polls = 0
      const fiber = yield* on(
        Effect.sync(() => polls++).pipe(
          Effect.repeat(Schedule.spaced("1 minute")),
          Effect.timeoutOption("1 hour")
        )
      ).pipe(Effect.forkChild)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(polls, 11)
      clock.advance(60 * 60_000)
      assert.isTrue((yield* Fiber.join(fiber))._tag === "None")
    }))

  it.effect("lets a sleep be interrupted", () =>
    Effect.gen(function*() {
      const { clock, on } = yield* make
      const fiber = yield* Effect.forkChild(on(Effect.sleep("1 hour")))
      yield* TestClock.adjust("1 minute")
      yield* Fiber.interrupt(fiber)
      clock.advance(2 * 60 * 60_000)
      assert.isTrue(fiber.pollUnsafe()?._tag === "Failure")
    }))
})
