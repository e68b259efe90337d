// Time that passes as fast as the work allows, for workflows on the in-memory AWS.
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

/** Runs the effect, and lets virtual time pass until it ends. */
export const inVirtualTime = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect)
  // A minute at a time: the ids of executions are hashed in Node's thread pool, which a TestClock doesn't wait for. What was begun before
  // another hash is done when that is, or soon after: on a busy machine, hours would pass otherwise.
  for (let minute = 0; minute < 600 && fiber.pollUnsafe() === undefined; minute++) {
    yield* TestClock.adjust("1 minute")
    yield* Effect.promise(() => globalThis.crypto.subtle.digest("SHA-256", new Uint8Array()))
    yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
  }
  if (fiber.pollUnsafe() === undefined) return yield* Effect.die(new Error("The effect didn't end in ten hours."))
  return yield* Fiber.join(fiber)
})
