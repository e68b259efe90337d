// Waiting in a workflow: polls are activities, and the time between them is a durable timer.
import { Context, Deferred, Duration, Effect, Exit, Fiber, Latch, Schema } from "effect"
import type { AwsClients, Fleet } from "effect-aws-sdk"
import { DurableClock } from "effect/workflow"
import { type Place, step, type Unavailable } from "./Place.ts"

/** Something didn't come true in time. */
export class StillWaiting extends Schema.TaggedError<StillWaiting>()("StillWaiting", {
  waitingFor: Schema.String,
  seconds: Schema.Finite
}) {
  override get message(): string {
    const duration = Duration.format(Duration.seconds(this.seconds))
    return `Waited ${duration} for ${this.waitingFor}. Run again under another name to wait longer.`
  }
}

export interface Wait {
  /** How long to wait before the first poll. */
  readonly first: Duration.Input
  /** How long to wait between polls. */
  readonly every: Duration.Input
  /** How often to poll. */
  readonly polls: number
}

/** The one timer of an execution, and who is busy. */
export class Timer extends Context.Service<Timer, {
  readonly sleep: (millis: number) => Effect.Effect<void>
  readonly fork: (branches: number) => { readonly ended: (isSuccess: boolean) => void }
}>()("fleet/Timer") {}

const millisOf = (duration: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(duration))

/**
 * Runs the effect, whose branches (see {@link all}) may wait (see {@link waitUntil}). When all of them wait, the execution waits,
 * with one durable timer, until the first of them is due.
 *
 * Branches with durable timers of their own can lose a wake-up: a branch that waits suspends the whole execution, even while
 * another one, whose timer has ended, is on its way to its next activity (effect 4.1.0). So there is one timer at a time, and it
 * begins when nothing else goes on. The time of a branch is what it has slept, and a replay counts the same.
 */
export const withTimer = Effect.fnUntraced(
  function*<A, E, R>({ speed = 1 }: Pick<Place, "speed">, effect: Effect.Effect<A, E, R>) {
    let now = 0
    let timers = 0
    let busy = 1
    let sleeping: Array<{ readonly due: number; readonly wake: Deferred.Deferred<void> }> = []
    let isEnding = false
    const isIdle = Latch.makeUnsafe()
    const rest = () => {
      busy--
      if (busy <= 0 || isEnding) isIdle.openUnsafe()
    }
    const timer = Timer.of({
      sleep: (millis) =>
        Effect.suspend(() => {
          if (millis <= 0) return Effect.void
          const wake = Deferred.makeUnsafe<void>()
          sleeping.push({ due: now + millis, wake })
          rest()
          return Deferred.await(wake)
        }),
      fork: (branches) => {
        let left = branches
        // The one that forks them waits for them. The last one hands over to it.
        busy += branches - 1
        return {
          ended: (isSuccess) => {
            left--
            // It died, or is interrupted, and so are the others now: there is nothing to wait for.
            if (!isSuccess) isEnding = true
            if (left > 0 || isEnding) rest()
          }
        }
      }
    })
    const fiber = yield* Effect.forkChild(
      Effect.ensuring(Effect.provideService(effect, Timer, timer), Effect.sync(rest))
    )
    while (true) {
      yield* isIdle.await
      if (isEnding || sleeping.length === 0) return yield* Fiber.join(fiber)
      const due = Math.min(...sleeping.map(({ due }) => due))
      timers++
      yield* DurableClock.sleep({
        name: `timer ${timers}`,
        duration: Duration.millis(Math.ceil((due - now) / speed)),
        // Shorter sleeps would otherwise be activities, which begin again after a crash.
        inMemoryThreshold: 0
      })
      now = due
      const awake = sleeping.filter((branch) => branch.due <= now)
      sleeping = sleeping.filter((branch) => branch.due > now)
      busy = awake.length
      isIdle.closeUnsafe()
      for (const { wake } of awake) Deferred.doneUnsafe(wake, Effect.void)
    }
  }
)

/** Runs the branches at the same time, within {@link withTimer}. They don't fail: what they fail with is part of their result. */
export const all = <A, R>(
  branches: ReadonlyArray<Effect.Effect<A, never, R>>
): Effect.Effect<ReadonlyArray<A>, never, R | Timer> =>
  Effect.flatMap(Timer, ({ fork }) => {
    if (branches.length === 0) return Effect.succeed([])
    const { ended } = fork(branches.length)
    return Effect.forEach(
      branches,
      Effect.onExit((exit) => Effect.sync(() => ended(Exit.isSuccess(exit)))),
      { concurrency: "unbounded" }
    )
  })

/**
 * Waits until the check succeeds with `true`, within {@link withTimer}.
 *
 * A poll loop inside of one activity would begin again when its runner dies. Here each poll is an activity of its own, and
 * the engine keeps when the next one is due: a runner that takes over waits for the rest of the time only. The number of
 * polls limits the wait, as code outside of activities can't look at the clock: a replay has to do the same again.
 */
export const waitUntil = Effect.fnUntraced(function*<E extends Schema.Constraint = typeof Schema.Never>(
  place: Place,
  options: Wait & {
    /** Different for each wait of an execution. */
    readonly name: string
    /** For the error: `the tasks to stop`. */
    readonly waitingFor: string
    readonly error?: E | undefined
    readonly check: Effect.Effect<boolean, E["Type"] | Unavailable, AwsClients | Fleet.Fleet>
  }
) {
  const { check, error, every, first, name, polls, waitingFor } = options
  const { sleep } = yield* Timer
  for (let poll = 1; poll <= polls; poll++) {
    yield* sleep(millisOf(poll === 1 ? first : every))
    if (yield* step(place, { name: `${name}: poll ${poll}`, success: Schema.Boolean, error, execute: check })) return
  }
  const millis = millisOf(first) + millisOf(every) * (polls - 1)
  return yield* new StillWaiting({ waitingFor, seconds: millis / 1000 })
})
