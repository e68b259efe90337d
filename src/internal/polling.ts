// The loop under every wait: `Polling.waitUntil` and the waiters.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { AwsError } from "../../errors/internal/awsError.ts"
import { WaitTimedOut } from "../../errors/internal/pollingErrors.ts"
import { steadyMillis } from "./steady.ts"

/** Whether a failed poll says nothing about what is awaited: it was throttled, or AWS didn't answer. */
export const isTransient = (error: unknown): error is AwsError => AwsError.isAwsError(error) && error.isRetryable

// Milliseconds would only make the log line longer.
const roughly = (duration: Duration.Duration): string =>
  Duration.toMillis(duration) < 500 ? "0s" : Duration.format(Duration.seconds(Math.round(Duration.toSeconds(duration))))

/** How far a wait has come. */
export interface Progress<A> {
  readonly waited: Duration.Duration
  /** The last value, which may be the one to judge; `undefined` if there was none. */
  readonly last: A | undefined
}

/**
 * A wait. `judge` returns what the wait ends with, `undefined` to poll again, or `"not yet"` to poll again after a failure that
 * only says that what is awaited hasn't happened.
 */
export interface Wait<A, E, R, B, E2, R2> {
  readonly poll: Effect.Effect<A, E, R>
  readonly judge: (seen: Result.Result<A, E>, progress: Progress<A>) => Effect.Effect<B, E2> | "not yet" | undefined
  readonly waitingFor: string
  readonly schedule: Schedule.Schedule<unknown, unknown, never, R2>
  readonly timeout: Duration.Input | undefined
}

export const pollUntil = Effect.fnUntraced(function*<A, E, R, B, E2, R2>(
  { judge, poll, schedule, timeout, waitingFor }: Wait<A, E, R, B, E2, R2>
): Effect.fn.Return<B, E2 | WaitTimedOut<Exclude<A, undefined>>, R | R2> {
  const clock = yield* Clock.clockWith(Effect.succeed)
  const start = steadyMillis(clock)
  const elapsed = () => Duration.millis(Math.floor(steadyMillis(clock) - start))
  let last: A | undefined
  const timedOut = Effect.suspend(() =>
    Effect.fail(new WaitTimedOut({ waitingFor, waited: elapsed(), last: last as Exclude<A, undefined> | undefined }))
  )

  const polls = Effect.gen(function*() {
    const next = yield* Schedule.toStepWithSleep(schedule)
    while (true) {
      const seen = yield* Effect.result(poll)
      if (Result.isSuccess(seen)) last = seen.success
      const end = judge(seen, { waited: elapsed(), last })
      if (end !== undefined && end !== "not yet") return yield* end
      const failure = !Result.isFailure(seen) || !(seen.failure instanceof Error)
        ? ""
        : end === "not yet"
        ? `; not yet${AwsError.isAwsError(seen.failure) ? ` (${seen.failure.code})` : ""}`
        : `; the last poll failed: ${seen.failure.message}`
      yield* Effect.logInfo(`Waiting for ${waitingFor}: ${roughly(elapsed())} so far${failure}`)
      yield* Pull.catchDone(next(last), () => timedOut)
    }
  })
  return yield* timeout === undefined
    ? polls
    : Effect.timeoutOrElse(polls, { duration: timeout, orElse: () => timedOut })
})
