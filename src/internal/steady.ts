// Time that only passes. The time of day is set back now and then, and what counts from it would wait until it has caught up.
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Milliseconds, with fractions, from some point in the past. */
export const steadyMillis = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000

/** The same clock, whose time of day is {@link steadyMillis}, for code that counts by the time of day. */
export const steadyClock = (clock: Clock.Clock): Clock.Clock => {
  const currentTimeMillisUnsafe = () => Math.floor(steadyMillis(clock))
  return Object.create(clock, {
    currentTimeMillisUnsafe: { value: currentTimeMillisUnsafe },
    currentTimeMillis: { value: Effect.sync(currentTimeMillisUnsafe) }
  }) as Clock.Clock
}
