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
 * **Example** (Run without metrics if their settings are wrong)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { CloudWatch } from "effect-aws-sdk"
 *
 * const metrics = CloudWatch.emf({ namespace: process.env["NAMESPACE"] ?? "Shop" }).pipe(
 *   Layer.catchTag("InvalidSetting", ({ expected, setting, value }) =>
 *     Layer.effectDiscard(Effect.logError(`No metrics: ${setting} is ${value}, and has to be ${expected}`)))
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
 * No region was given, and the Layer found none where it looks.
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
 * The configuration files have no profile of this name.
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
 * If a call finds no credentials later, after the Layer was built, it fails with an `AwsError` whose reason is
 * `CredentialsUnavailable`. This error is then the `cause` of that error's `cause`.
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
