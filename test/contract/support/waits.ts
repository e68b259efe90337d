// Waits in the contract suite: in memory, virtual time passes; a server changes its state in its own time.
import { Clock, type Duration, Effect, Fiber, Schedule } from "effect"
import { TestClock } from "effect/testing"

/** Polls often, so that a server on real time is soon done. */
export const often = { schedule: Schedule.spaced("1 second") }

const isVirtual = Clock.clockWith((clock) => Effect.succeed("adjust" in clock))

/** Lets virtual time pass. A server isn't waited for: moto changes its state at once. */
export const passes = (duration: Duration.Input): Effect.Effect<void> =>
  Effect.flatMap(isVirtual, (virtual) => virtual ? TestClock.adjust(duration) : Effect.void)

// Requests by HTTP are answered between two turns of the event loop.
const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** Runs a wait, for as long as it takes. Not on `InMemory.virtualTime`: it can't see requests by HTTP. */
export const waited = <A, E, R>(wait: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(wait)
    if (yield* isVirtual) {
      while (fiber.pollUnsafe() === undefined) {
        yield* TestClock.adjust("1 second")
        yield* turn
      }
    }
    return yield* Fiber.join(fiber)
  })
