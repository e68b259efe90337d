/**
 * Waits for a state by polling.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Schedule from "effect/Schedule"
import type { WaitTimedOut } from "../errors/internal/pollingErrors.ts"
import { isTransient, pollUntil } from "./internal/polling.ts"

export { WaitFailed, WaitTimedOut } from "../errors/PollingErrors.ts"

/**
 * How to poll.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<R = never> {
  /** What the wait is for, in the words of the log and the error: `OpenSearch domain logs to be deleted`. */
  readonly waitingFor: string
  /** When to poll again. The wait times out when the schedule is exhausted. */
  readonly schedule: Schedule.Schedule<unknown, unknown, never, R>
  /** The longest time to wait. By default only the schedule ends the wait. */
  readonly timeout?: Duration.Input | undefined
}

/**
 * Runs the effect until `until` accepts its value, and returns that value.
 *
 * - The first poll starts at once. Each poll that doesn't end the wait logs how long the wait has taken so far.
 * - A transient `AwsError` (throttled, unreachable, a server fault) doesn't end the wait: the log names it, and the next poll
 *   follows. Any other failure ends the wait at once.
 * - `WaitTimedOut` ends the wait after `timeout`, even during a poll, or when the schedule is exhausted. It has the last
 *   value and how long the wait took.
 * - The input of the schedule is the last value, or `undefined` before the first one.
 * - All time comes from Effect's Clock. Interruption ends a poll in progress and leaves no timer.
 *
 * - `until`: whether a value is the awaited one. With a type guard, the result has the narrowed type.
 * - `waitingFor`, `schedule`, `timeout`: see {@link Options}.
 *
 * **Errors**: the effect's own, except transient ones; `WaitTimedOut`.
 *
 * **Requires** what the effect and the schedule require.
 *
 * **Example** (Wait until a parameter is set)
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
  <A, B extends A, R2 = never>(
    options: Options<R2> & { readonly until: Predicate.Refinement<A, B> }
  ): <E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<B, E | WaitTimedOut<Exclude<A, undefined>>, R | R2>
  <A, R2 = never>(
    options: Options<R2> & { readonly until: Predicate.Predicate<NoInfer<A>> }
  ): <E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E | WaitTimedOut<Exclude<A, undefined>>, R | R2>
  <A, E, R, B extends A, R2 = never>(
    self: Effect.Effect<A, E, R>,
    options: Options<R2> & { readonly until: Predicate.Refinement<A, B> }
  ): Effect.Effect<B, E | WaitTimedOut<Exclude<A, undefined>>, R | R2>
  <A, E, R, R2 = never>(
    self: Effect.Effect<A, E, R>,
    options: Options<R2> & { readonly until: Predicate.Predicate<A> }
  ): Effect.Effect<A, E | WaitTimedOut<Exclude<A, undefined>>, R | R2>
} = dual(
  2,
  <A, E, R, R2 = never>(
    self: Effect.Effect<A, E, R>,
    { schedule, timeout, until, waitingFor }: Options<R2> & { readonly until: Predicate.Predicate<A> }
  ): Effect.Effect<A, E | WaitTimedOut<Exclude<A, undefined>>, R | R2> =>
    pollUntil({
      poll: self,
      judge: (seen): Effect.Effect<A, E> | undefined =>
        Result.isFailure(seen)
          ? isTransient(seen.failure) ? undefined : Effect.fail(seen.failure)
          : until(seen.success)
          ? Effect.succeed(seen.success)
          : undefined,
      waitingFor,
      schedule,
      timeout
    })
)
