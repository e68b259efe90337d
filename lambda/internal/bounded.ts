// Waits that end, whatever they wait for does.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

/** How an effect ended: by itself, or because its time was over or it had to stop. Then `exit` is what came of it in the grace. */
export interface End<A, E> {
  readonly by: "Itself" | "Time" | "Stop"
  readonly exit: Exit.Exit<A, E> | undefined
}

export interface Bounds {
  /** The milliseconds after which the effect is interrupted. */
  readonly millis: number
  /** The milliseconds for which an interrupted effect is waited for. */
  readonly grace: number
  /** Interrupts the effect earlier. */
  readonly stop?: Deferred.Deferred<void> | undefined
}

const sleep = (millis: number): Effect.Effect<void> =>
  millis === Infinity ? Effect.never : Effect.sleep(Math.max(0, millis))

/**
 * Runs an effect within bounds. Other than `Effect.timeout`, it doesn't wait for an effect that doesn't stop when it's
 * interrupted: that one goes on alone.
 */
export const runWithin = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  { grace, millis, stop }: Bounds
): Effect.Effect<End<A, E>, never, R> =>
  // No interruption may come between the fork and the wait: it would leave the effect behind.
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkDetach(effect, { startImmediately: true, uninterruptible: false })
      const stopped = stop === undefined ? Effect.never : Deferred.await(stop)
      const by = yield* restore(Effect.raceAllFirst([
        Effect.as(Fiber.await(fiber), "Itself" as const),
        Effect.as(stopped, "Stop" as const),
        Effect.as(sleep(millis), "Time" as const)
      ])).pipe(Effect.onInterrupt(() => Fiber.interrupt(fiber)))
      if (by !== "Itself") {
        fiber.interruptUnsafe()
        yield* restore(Effect.raceFirst(Fiber.await(fiber), sleep(grace)))
      }
      return { by, exit: fiber.pollUnsafe() }
    })
  )
