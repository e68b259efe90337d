/**
 * When a call is sent again: an Effect `Schedule`, asked by the SDK's own retry middleware.
 *
 * The middleware keeps what it knows: which failures may be retried at all (throttling and transient ones), one
 * idempotency token for all attempts of a call, bodies that cannot be sent twice, the clock's skew, `Retry-After`. The
 * schedule decides how often and after how long; all waits are Effect's Clock's. Beside it stands AWS's retry quota: a
 * client whose retries do not help stops retrying for a while.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type { AwsErrorReason } from "../errors/AwsErrorReason.ts"

/**
 * What the schedule is told at each attempt that failed: the reason.
 *
 * @category models
 * @since 0.1.0
 */
export type Input = AwsErrorReason

/**
 * A schedule of retries.
 *
 * @category models
 * @since 0.1.0
 */
export type Policy = Schedule.Schedule<unknown, Input>

/**
 * The numbers of AWS's standard mode: up to `attempts` in all (3 by default), after exponential waits with full jitter
 * from 50 ms, from 1 s when throttled, of at most 20 s. Jitter comes from Effect's `Random`.
 *
 * See [Retry behavior](https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
 *
 * **Example** (More patience)
 *
 * ```ts
 * import { Profile, Retry } from "effect-aws-sdk"
 *
 * const layer = Profile.layer({ profile: "dev", retry: Retry.standard({ attempts: 8 }) })
 * ```
 *
 * @category policies
 * @since 0.1.0
 */
export const standard = (options?: { readonly attempts?: number | undefined }): Policy =>
  Schedule.recurs((options?.attempts ?? 3) - 1).pipe(
    Schedule.setInputType<Input>(),
    Schedule.modifyDelay(({ attempt, input }) =>
      Effect.map(
        Random.next,
        (jitter) =>
          Duration.millis(jitter * Math.min(20_000, (input._tag === "Throttled" ? 1_000 : 50) * 2 ** (attempt - 1)))
      )
    )
  )

/**
 * No retries: the first failure is the call's.
 *
 * @category policies
 * @since 0.1.0
 */
export const none: Policy = Schedule.recurs(0)
