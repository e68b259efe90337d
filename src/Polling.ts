/**
 * Waiting for something to come about, by looking again and again.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Predicate from "effect/Predicate"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { AwsError } from "../errors/internal/awsError.ts"
import { WaitTimedOut } from "../errors/internal/pollingErrors.ts"

export { WaitTimedOut } from "../errors/PollingErrors.ts"

/**
 * How to wait.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<R = never> {
  /** What is waited for, for the log and the error: `OpenSearch domain logs to be deleted`. */
  readonly waitingFor: string
  /** When to look again. When it has no more turns, the wait has timed out. */
  readonly schedule: Schedule.Schedule<unknown, unknown, never, R>
  /** How long to wait in all. Without it the schedule alone says when to give up. */
  readonly timeout?: Duration.Input | undefined
}

const mends = (error: unknown): error is AwsError => AwsError.isAwsError(error) && error.isRetryable

// Milliseconds would only make the line longer.
const roughly = (duration: Duration.Duration): string =>
  Duration.toMillis(duration) < 500 ? "0s" : Duration.format(Duration.seconds(Math.round(Duration.toSeconds(duration))))

/**
 * Runs the effect until its value is the one that is waited for, and gives that value.
 *
 * - The first look is made at once. Each look that does not end the wait leaves a line in the log that says how long the
 *   wait has taken.
 * - An `AwsError` that may be gone at the next look (throttled, unreachable, a server's fault) is one more look, and is
 *   named in that line; any other failure ends the wait with that failure, at once.
 * - `WaitTimedOut` comes after `timeout`, also in the middle of a look, or when the schedule has no more turns. It
 *   carries the last value seen, and how long was waited.
 * - The schedule's input is the last value seen; `undefined` where there is none.
 * - All time is Effect's Clock's. Interruption ends a look that is under way, and leaves no timer.
 *
 * **Errors**: those of the effect; `WaitTimedOut`. **Requires** what the effect and the schedule require.
 *
 * **Example** (Until a parameter is set)
 *
 * ```ts
 * import { Schedule } from "effect"
 * import { Polling, Ssm } from "effect-aws-sdk"
 *
 * const ready = Polling.waitUntil(Ssm.getParameter("/app/state"), {
 *   until: (parameter) => parameter.value === "ready",
 *   waitingFor: "/app/state to be ready",
 *   schedule: Schedule.spaced("10 seconds"),
 *   timeout: "15 minutes"
 * })
 * ```
 *
 * @category polling
 * @since 0.1.0
 */
export const waitUntil: {
  <A, E, R, B extends A, R2 = never>(
    effect: Effect.Effect<A, E, R>,
    options: Options<R2> & { readonly until: Predicate.Refinement<A, B> }
  ): Effect.Effect<B, E | WaitTimedOut<Exclude<A, undefined>>, R | R2>
  <A, E, R, R2 = never>(
    effect: Effect.Effect<A, E, R>,
    options: Options<R2> & { readonly until: Predicate.Predicate<A> }
  ): Effect.Effect<A, E | WaitTimedOut<Exclude<A, undefined>>, R | R2>
} = Effect.fnUntraced(function*<A, E, R, R2 = never>(
  effect: Effect.Effect<A, E, R>,
  { schedule, timeout, until, waitingFor }: Options<R2> & { readonly until: Predicate.Predicate<A> }
): Effect.fn.Return<A, E | WaitTimedOut<Exclude<A, undefined>>, R | R2> {
  const clock = yield* Clock.clockWith(Effect.succeed)
  const start = clock.currentTimeMillisUnsafe()
  const waited = () => Duration.millis(clock.currentTimeMillisUnsafe() - start)
  let last: A | undefined
  const timedOut = Effect.suspend(() =>
    Effect.fail(new WaitTimedOut({ waitingFor, waited: waited(), last: last as Exclude<A, undefined> | undefined }))
  )

  const look = Effect.gen(function*() {
    const next = yield* Schedule.toStepWithSleep(schedule)
    while (true) {
      const seen = yield* Effect.result(effect)
      let missed = ""
      if (Result.isSuccess(seen)) {
        last = seen.success
        if (until(last)) return last
      } else if (mends(seen.failure)) {
        missed = `; the last look failed: ${seen.failure.message}`
      } else {
        return yield* Effect.fail(seen.failure)
      }
      yield* Effect.logInfo(`Waiting for ${waitingFor}: ${roughly(waited())} so far${missed}`)
      yield* Pull.catchDone(next(last), () => timedOut)
    }
  })
  return yield* timeout === undefined ? look : Effect.timeoutOrElse(look, { duration: timeout, orElse: () => timedOut })
})
