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
import { dual } from "effect/Function"
import type * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type { AwsErrorReason } from "../errors/internal/reasons.ts"

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

/**
 * Bears with AWS while it does not know yet what it has just made: for so long, a failure that the predicate holds for is
 * tried again; afterwards it is the effect's failure. All other failures are, at once.
 *
 * - `while`: which failure: `AwsError.hasCode("InvalidVpcID.NotFound")`, or a domain error's tag.
 * - `within`: for how long.
 * - `schedule`: when to try again; by default after 200 ms, then twice as long each time, up to 5 seconds.
 *
 * It sends the call again as a new one, so it is for calls that only read, or that may be made twice.
 *
 * **Example** (A role that was made a moment ago)
 *
 * ```ts
 * import { GetRoleCommand } from "@aws-sdk/client-iam"
 * import { AwsError, Iam, Retry } from "effect-aws-sdk"
 *
 * const role = Iam.send(new GetRoleCommand({ RoleName: "audit" })).pipe(
 *   Retry.untilConsistent({ while: AwsError.hasCode("NoSuchEntityException"), within: "30 seconds" })
 * )
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const untilConsistent: {
  <E>(options: {
    readonly while: Predicate.Predicate<NoInfer<E>>
    readonly within: Duration.Input
    readonly schedule?: Schedule.Schedule<unknown> | undefined
  }): <A, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, options: {
    readonly while: Predicate.Predicate<NoInfer<E>>
    readonly within: Duration.Input
    readonly schedule?: Schedule.Schedule<unknown> | undefined
  }): Effect.Effect<A, E, R>
} = dual(2, <A, E, R>(self: Effect.Effect<A, E, R>, options: {
  readonly while: Predicate.Predicate<E>
  readonly within: Duration.Input
  readonly schedule?: Schedule.Schedule<unknown> | undefined
}) =>
  Effect.retry(self, {
    while: options.while,
    schedule: Schedule.upTo(options.schedule ?? patience, { duration: options.within })
  }))

const patience = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("5 seconds")])
