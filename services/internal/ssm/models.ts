import * as Schema from "effect/Schema"
import { parameters } from "./results.ts"

/**
 * The type of a parameter's value.
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
 * The tier of a parameter, as AWS accepts it: `Standard`, `Advanced` or `Intelligent-Tiering`.
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
 * @category models
 * @since 0.1.0
 */
export class Parameter extends Schema.Class<Parameter>(parameters.identifier)({
  name: Schema.String,
  type: ParameterType,
  value: Schema.Union([Schema.String, Schema.Redacted(Schema.String, { disallowJsonEncode: true })]),
  version: Schema.Int,
  arn: Schema.optionalKey(Schema.String),
  lastModified: Schema.optionalKey(Schema.Date)
}) {}

parameters.use(Parameter)
