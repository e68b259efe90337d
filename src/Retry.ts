/**
 * Retry policies: an Effect `Schedule` that the SDK's own retry middleware follows.
 *
 * A failure is retried exactly if its `isRetryable` is true: throttling, a fault of AWS's, a broken connection, a timeout,
 * and a conflict that AWS documents with "try again" (`OperationAborted`, `ConcurrentModificationException`). Two things are
 * retryable, and not retried: a request whose body can be read only once, and a failure to get credentials, which are
 * fetched before the first attempt by a provider with retries of its own.
 *
 * The SDK's middleware keeps its part of the work: it uses one idempotency token for all attempts of a call, doesn't resend
 * a body that it can't read twice, corrects clock skew, and honours `Retry-After`. The schedule decides how often to retry
 * and how long to wait, on Effect's Clock. AWS's retry quota also applies: a client whose retries don't help stops retrying
 * for a while.
 *
 * A Layer has one policy, its option `retry`. {@link withPolicy} sets another one for some of the calls.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Predicate from "effect/Predicate"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { AwsErrorReason } from "../errors/internal/reasons.ts"
import { CallPolicy } from "./internal/perCall.ts"

/**
 * The input of the schedule: the reason why an attempt failed.
 *
 * @category models
 * @since 0.1.0
 */
export type Input = AwsErrorReason

/**
 * A schedule for the retries of a call.
 *
 * @category models
 * @since 0.1.0
 */
export type Policy = Schedule.Schedule<unknown, Input>

/**
 * AWS's standard mode. The waits grow exponentially with full jitter, from 50 ms (1 s if throttled) to 20 s. The jitter comes
 * from Effect's `Random`.
 *
 * - `attempts`: how many attempts a call makes at most, the first one included. By default 3.
 *
 * **Example** (Up to eight attempts)
 *
 * ```ts
 * import { Profile, Retry } from "effect-aws-sdk"
 *
 * const layer = Profile.layer({ profile: "dev", retry: Retry.standard({ attempts: 8 }) })
 * ```
 *
 * AWS: [Retry behavior](https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html)
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
 * No retries: a call fails with its first failure.
 *
 * **Example** (A health check shows each failure)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Retry, S3 } from "effect-aws-sdk"
 *
 * const isHealthy = S3.getBucketStatus("uploads").pipe(
 *   Retry.withPolicy(Retry.none),
 *   Effect.timeout("1 second"),
 *   Effect.match({ onFailure: () => false, onSuccess: (status) => status === "ExistsHaveAccess" })
 * )
 * ```
 *
 * @category policies
 * @since 0.1.0
 */
export const none: Policy = Schedule.recurs(0)

/** What {@link withPolicy} returns: an Effect or a Stream of the same type. */
type SameType<Self> = Self extends Effect.Effect<infer A, infer E, infer R> ? Effect.Effect<A, E, R>
  : Self extends Stream.Stream<infer A, infer E, infer R> ? Stream.Stream<A, E, R>
  : never

/**
 * Sets the retry policy of every AWS call that an Effect or a Stream makes, in place of the Layer's policy: whichever
 * Layer's clients make the call, and in the fibers that the Effect forks, too.
 *
 * - The innermost policy applies. A policy replaces the one around it; the two aren't combined.
 * - AWS's retry quota still applies: it belongs to the client.
 * - What a function resends on its own account follows the policy as well: the entries that `EventBridge.putEvents` and
 *   `S3.deleteObjects` resend, the secrets that `SecretsManager.getSecrets` asks for again, and the parts that
 *   `S3.downloadFile` does. An option `retry` of a function is closer than the policy, so it applies instead.
 * - A Layer assumes its role, and refreshes its credentials, by its own policy.
 *
 * **Errors**, **Requires**: those of the Effect or the Stream.
 *
 * **Example** (A call that isn't repeated, and one that must get through)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Retry, S3, Ssm } from "effect-aws-sdk"
 *
 * const program = Effect.gen(function*() {
 *   yield* Ssm.putParameter({ name: "/app/state", value: "started" }).pipe(
 *     Retry.withPolicy(Retry.standard({ attempts: 10 }))
 *   )
 *   yield* S3.putObject({ bucket: "b", key: "heartbeat", body: "" }).pipe(Retry.withPolicy(Retry.none), Effect.ignore)
 * })
 * ```
 *
 * **Example** (All pages of a Stream)
 *
 * ```ts
 * import { Retry, S3 } from "effect-aws-sdk"
 *
 * const keys = S3.listObjects("bucket").pipe(Retry.withPolicy(Retry.standard({ attempts: 10 })))
 * ```
 *
 * AWS: [Retry behavior](https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html)
 *
 * @category combinators
 * @since 0.1.0
 */
export const withPolicy: {
  (policy: Policy): <Self extends Effect.Effect<any, any, any> | Stream.Stream<any, any, any>>(
    self: Self
  ) => SameType<Self>
  <Self extends Effect.Effect<any, any, any> | Stream.Stream<any, any, any>>(
    self: Self,
    policy: Policy
  ): SameType<Self>
} = dual(
  2,
  (self: Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown>, policy: Policy): any =>
    Stream.isStream(self)
      ? Stream.provideService(self, CallPolicy, policy)
      : Effect.provideService(self, CallPolicy, policy)
)

/**
 * Retries while AWS is not yet consistent, for example while it doesn't know a resource that was just created. If the
 * failure persists after `within`, the effect fails with it. Any other failure ends the retries at once.
 *
 * - `while`: the failures to retry: `AwsError.hasCode("InvalidVpcID.NotFound")`, or a check for a domain error.
 * - `within`: how long to retry.
 * - `schedule`: when to retry. By default after 200 ms, doubling up to 5 seconds.
 *
 * Each retry is a new call, so use it only for calls that read, or that are safe to repeat.
 *
 * **Errors**, **Requires**: those of the effect.
 *
 * **Example** (A role that was created a moment ago)
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
    schedule: Schedule.upTo(options.schedule ?? untilConsistentSchedule, { duration: options.within })
  }))

const untilConsistentSchedule = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("5 seconds")])
