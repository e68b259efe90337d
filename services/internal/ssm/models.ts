import * as Schema from "effect/Schema"
import { parameters } from "./results.ts"

/**
 * The type of a parameter's value, as a Schema: `String`, `StringList` (with commas between its elements) or `SecureString` (encrypted
 * with a KMS key).
 *
 * **Example** (Check the type that a user chose)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const put = (name: string, value: string, type: string) =>
 *   Schema.decodeUnknownEffect(Ssm.ParameterType)(type).pipe(
 *     Effect.flatMap((type) => Ssm.putParameter({ name, value, type }))
 *   )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export const ParameterType = Schema.Literals(["String", "StringList", "SecureString"])

/**
 * The type of a parameter's value.
 *
 * @category models
 * @since 0.1.0
 */
export type ParameterType = typeof ParameterType.Type

/**
 * The tier of a parameter, as a Schema: `Standard`, `Advanced` or `Intelligent-Tiering`, as AWS accepts them.
 *
 * **Example** (Take the tier from the configuration)
 *
 * ```ts
 * import { Config, Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const put = Config.schema(Ssm.ParameterTier, "TIER").pipe(
 *   Effect.flatMap((tier) => Ssm.putParameter({ name: "/app/rules", value: "allow *", tier }))
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export const ParameterTier = Schema.Literals(["Standard", "Advanced", "Intelligent-Tiering"])

/**
 * The tier of a parameter.
 *
 * @category models
 * @since 0.1.0
 */
export type ParameterTier = typeof ParameterTier.Type

/**
 * A parameter with its value. The decrypted value of a `SecureString` is `Redacted`: JSON doesn't contain it, and the schema
 * doesn't encode it to JSON.
 *
 * **Example** (The text of a parameter of any type)
 *
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const text = Ssm.getParameter("/app/setting").pipe(
 *   Effect.map(({ value }) => Redacted.isRedacted(value) ? Redacted.value(value) : value)
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class Parameter extends Schema.Class<Parameter>(parameters.identifier)({
  /** The full name: `/app/password`. */
  name: Schema.String,
  /** `String`, `StringList` or `SecureString`. */
  type: ParameterType,
  /**
   * The value, `Redacted` if it was decrypted; of a `SecureString` that wasn't, the ciphertext. The elements of a
   * `StringList` have commas between them.
   */
  value: Schema.Union([Schema.String, Schema.Redacted(Schema.String, { disallowJsonEncode: true })]),
  /** Counted from 1: each new value gets the next one. */
  version: Schema.Int,
  /** The ARN of the parameter, without a version. */
  arn: Schema.optionalKey(Schema.String),
  /** When this version was written. */
  lastModified: Schema.optionalKey(Schema.Date)
}) {}

parameters.use(Parameter)
