// A test whose time is over says no more than that. With this, it also says what it was waiting for.
import { Effect } from "effect"

/** Waits for the effect. If the test's time is over meanwhile, writes what it was waiting for. */
export const waitingFor = <A, E, R>(what: () => string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.onInterrupt(effect, () => Effect.sync(() => console.error(`The test was waiting for ${what()}`)))
