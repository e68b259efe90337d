/**
 * The errors of building a Layer that provides `AwsClients`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AwsError } from "./AwsError.ts"
import { codec } from "./internal/codec.ts"
import * as Internal from "./internal/layerErrors.ts"

/**
 * A setting has a value that means nothing or that AWS would refuse: an option, an environment variable, or a line of a profile.
 * Correct it: until then, the program fails in the same way.
 *
 * - `setting`: the setting, and where it is, such as `AWS_MAX_ATTEMPTS` or ``the `endpoint` option``.
 * - `value`: its value, as text.
 * - `expected`: what its value has to be.
 *
 * `Lambda.handler`, `LambdaHttp.toEventHandler` and `LambdaHttp.streamHandler` throw it for an option that can't be right.
 *
 * **Example** (An exit code for a wrong configuration)
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import { Default, Sts } from "effect-aws-sdk"
 *
 * const program = Sts.environment.pipe(
 *   Effect.provide(Default.layer()),
 *   Effect.catchTag("InvalidSetting", ({ message }) =>
 *     Effect.andThen(Console.error(message), Effect.sync(() => (process.exitCode = 78))))
 * )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const InvalidSetting = /* @__PURE__ */ codec(
  Internal.InvalidSetting,
  () => ({ setting: Schema.String, value: Schema.String, expected: Schema.String }),
  500
)
/**
 * The type of {@link InvalidSetting:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type InvalidSetting = Internal.InvalidSetting

/**
 * No region was given, and the Layer found none where it looks. Pass the Layer's `region` option, or set AWS_REGION.
 *
 * - `looked`: where the Layer looked, in this order.
 *
 * **Example** (A region for programs that have none)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Default } from "effect-aws-sdk"
 *
 * const layer = Default.layer().pipe(
 *   Layer.catchTag("RegionNotFound", ({ looked }) =>
 *     Layer.unwrap(Effect.as(
 *       Effect.logWarning(`No region in ${looked.join(", ")}: using eu-central-1`),
 *       Default.layer({ region: "eu-central-1" })
 *     )))
 * )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const RegionNotFound = /* @__PURE__ */ codec(
  Internal.RegionNotFound,
  () => ({ looked: Schema.Array(Schema.String) }),
  500
)
/**
 * The type of {@link RegionNotFound:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type RegionNotFound = Internal.RegionNotFound

/**
 * The configuration files have no profile of this name: neither the Layer's own, nor one that a `source_profile` names. Use another
 * name, or create the profile.
 *
 * - `profile`: the name.
 * - `available`: the profiles that the files do have.
 * - `files`: the files that were read.
 * - `inEnvironment`: the variables that are set and stand for other credentials, such as `AWS_ACCESS_KEY_ID`. The Layer doesn't use
 *   them, because a profile was asked for.
 *
 * **Example** (List the profiles that there are)
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import { Profile, Sts } from "effect-aws-sdk"
 *
 * const whoAmI = (profile: string) =>
 *   Sts.environment.pipe(
 *     Effect.flatMap(({ account }) => Console.log(account)),
 *     Effect.provide(Profile.layer({ profile })),
 *     Effect.catchTag("ProfileDoesNotExist", ({ available }) =>
 *       Console.error(`There is no profile ${profile}. Choose one of these: ${available.join(", ")}`))
 *   )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const ProfileDoesNotExist = /* @__PURE__ */ codec(
  Internal.ProfileDoesNotExist,
  () => ({
    profile: Schema.String,
    available: Schema.Array(Schema.String),
    files: Schema.Array(Schema.String),
    inEnvironment: Schema.Array(Schema.String)
  }),
  500
)
/**
 * The type of {@link ProfileDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ProfileDoesNotExist = Internal.ProfileDoesNotExist

/**
 * The Layer found no credentials where it looks, or could not read them.
 *
 * - `source`: where the credentials should have come from, such as `the profile dev`.
 * - `description`: what is wrong there.
 * - `advice`: what to do about it.
 * - `looked`: if no source is configured, all sources with the reason why each wasn't taken; else empty.
 * - `isRetryable`: whether the credentials may be available later: the metadata of an instance may come up after the program.
 * - `cause`: what the source threw, if it threw.
 *
 * If a call finds no credentials later, after the Layer was built, it fails with an `AwsError` whose reason is
 * `CredentialsUnavailable`. This error is then the `cause` of that error's `cause`.
 *
 * **Example** (Say where they should have come from)
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import { Compute, S3 } from "effect-aws-sdk"
 *
 * const program = S3.getBucketStatus("uploads").pipe(
 *   Effect.provide(Compute.layer({ region: "eu-central-1" })),
 *   Effect.tapErrorTag("CredentialsNotFound", ({ advice, description, source }) =>
 *     Console.error(`No credentials from ${source}: ${description}. ${advice}`))
 * )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const CredentialsNotFound = /* @__PURE__ */ codec(
  Internal.CredentialsNotFound,
  () => ({
    source: Schema.String,
    description: Schema.String,
    advice: Schema.String,
    isRetryable: Schema.Boolean,
    looked: Schema.Array(Schema.Struct({ source: Schema.String, why: Schema.String }))
  }),
  500
)
/**
 * The type of {@link CredentialsNotFound:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CredentialsNotFound = Internal.CredentialsNotFound

export type { Looked } from "./internal/layerErrors.ts"

/**
 * The role could not be assumed: AWS refused it, or the call failed.
 *
 * - `roleArn`, `sessionName`: the role and the session.
 * - `cause`: the `AwsError` of the call to STS. With the reason `AccessDenied`, the role doesn't exist, its trust policy doesn't
 *   allow the caller, or the caller's own policies don't allow `sts:AssumeRole`: AWS answers the same in all three cases.
 * - `isRetryable`: whether the role may be available later.
 *
 * **Example** (Leave out an account that doesn't trust the caller)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { AssumeRole, Ec2 } from "effect-aws-sdk"
 *
 * const zonesOf = (roleArn: string) =>
 *   Ec2.availabilityZones.pipe(
 *     Effect.provide(AssumeRole.layer({ roleArn, sessionName: "inventory" })),
 *     Effect.catchTag("AssumeRoleFailed", (error) =>
 *       error.cause.reason._tag === "AccessDenied"
 *         ? Effect.as(Effect.logWarning(error.message), [])
 *         : Effect.fail(error))
 *   )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const AssumeRoleFailed = /* @__PURE__ */ codec(
  Internal.AssumeRoleFailed,
  () => ({ roleArn: Schema.String, sessionName: Schema.String, cause: AwsError }),
  502
)
/**
 * The type of {@link AssumeRoleFailed:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type AssumeRoleFailed = Internal.AssumeRoleFailed
