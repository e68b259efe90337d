// A clock that can be moved. Other processes that use the in-memory AWS have no TestClock.
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"

/**
 * A clock on top of another one. It runs at the other clock's pace, from the time that it was set to.
 *
 * A sleep ends at its time on this clock. Moving the clock forward wakes the sleepers whose time has come, in the order of their
 * times; moving it back makes sleepers sleep longer.
 */
export interface AdjustableClock extends Clock.Clock {
  /** Sets the time, in milliseconds since 1970. */
  readonly set: (millis: number) => void
  /** Moves the time by this many milliseconds. */
  readonly advance: (millis: number) => void
  /** Returns to the time of the clock underneath. */
  readonly reset: () => void
}

const nanosPerMilli = 1_000_000n

interface Sleeper {
  readonly until: number
  readonly moved: Latch.Latch
}

/** A clock whose time is always this one: for what happened then, and is worked out only now. */
export const standing = (base: Clock.Clock, millis: number): Clock.Clock => ({
  currentTimeMillisUnsafe: () => millis,
  currentTimeMillis: Effect.succeed(millis),
  currentTimeNanosUnsafe: () => BigInt(millis) * nanosPerMilli,
  currentTimeNanos: Effect.succeed(BigInt(millis) * nanosPerMilli),
  monotonicTimeNanosUnsafe: () => base.monotonicTimeNanosUnsafe(),
  monotonicTimeNanos: base.monotonicTimeNanos,
  sleep: base.sleep
})

/** A time without fractions of a second, which is how some services keep it. */
export const wholeSeconds = (millis: number): Date => new Date(Math.floor(millis / 1000) * 1000)

export const adjustable = (base: Clock.Clock): AdjustableClock => {
  const sleepers = new Set<Sleeper>()
  let offset = 0
  // Monotonic time never goes back, so it takes only the moves forward.
  let skipped = 0

  const currentTimeMillisUnsafe = () => base.currentTimeMillisUnsafe() + offset
  const currentTimeNanosUnsafe = () => base.currentTimeNanosUnsafe() + BigInt(offset) * nanosPerMilli
  const monotonicTimeNanosUnsafe = () => base.monotonicTimeNanosUnsafe() + BigInt(skipped) * nanosPerMilli

  const advance = (millis: number): void => {
    const by = Math.round(millis)
    offset += by
    skipped += Math.max(0, by)
    for (const { moved } of [...sleepers].sort((a, b) => a.until - b.until)) moved.openUnsafe()
  }

  const sleepUntil = (until: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      const left = until - currentTimeMillisUnsafe()
      if (left <= 0) return Effect.void
      const sleeper: Sleeper = { until, moved: Latch.makeUnsafe() }
      sleepers.add(sleeper)
      return Effect.raceFirst(
        Effect.as(base.sleep(Duration.millis(left)), Effect.void),
        Effect.as(sleeper.moved.await, Effect.suspend(() => sleepUntil(until)))
      ).pipe(
        Effect.ensuring(Effect.sync(() => sleepers.delete(sleeper))),
        Effect.flatten
      )
    })

  return {
    currentTimeMillisUnsafe,
    currentTimeMillis: Effect.sync(currentTimeMillisUnsafe),
    currentTimeNanosUnsafe,
    currentTimeNanos: Effect.sync(currentTimeNanosUnsafe),
    monotonicTimeNanosUnsafe,
    monotonicTimeNanos: Effect.sync(monotonicTimeNanosUnsafe),
    sleep: (duration) => {
      const millis = Duration.toMillis(duration)
      return millis <= 0
        ? base.sleep(duration)
        : Effect.suspend(() => sleepUntil(currentTimeMillisUnsafe() + millis))
    },
    set: (millis) => advance(millis - currentTimeMillisUnsafe()),
    advance,
    reset: () => advance(-offset)
  }
}
