/**
 * The errors of parameters.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codec, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/ssmErrors.ts"

/**
 * No parameter has this name in the Layer's account and region.
 *
 * @category errors
 * @since 0.1.0
 */
export const ParameterDoesNotExist = /* @__PURE__ */ codec(
  Internal.ParameterDoesNotExist,
  () => ({ parameter: Schema.String }),
  404
)
/**
 * The type of {@link ParameterDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ParameterDoesNotExist = Internal.ParameterDoesNotExist

/**
 * A parameter of this name already exists, and overwriting was not allowed.
 *
 * @category errors
 * @since 0.1.0
 */
export const ParameterAlreadyExists = /* @__PURE__ */ codec(
  Internal.ParameterAlreadyExists,
  () => ({ parameter: Schema.String }),
  409
)
/**
 * The type of {@link ParameterAlreadyExists:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ParameterAlreadyExists = Internal.ParameterAlreadyExists

/**
 * The value doesn't match the pattern that the parameter allows.
 *
 * @category errors
 * @since 0.1.0
 */
export const ParameterPatternMismatch = /* @__PURE__ */ codec(
  Internal.ParameterPatternMismatch,
  () => ({ parameter: Schema.String, pattern: orUndefined(Schema.String) }),
  422
)
/**
 * The type of {@link ParameterPatternMismatch:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ParameterPatternMismatch = Internal.ParameterPatternMismatch

/**
 * The value of the parameter isn't the JSON that the schema describes. The message says where the mismatch is, and never
 * shows the value.
 *
 * @category errors
 * @since 0.1.0
 */
export const ParameterNotDecodable = /* @__PURE__ */ codec(
  Internal.ParameterNotDecodable,
  () => ({ parameter: Schema.String, issue: Schema.String }),
  422
)
/**
 * The type of {@link ParameterNotDecodable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ParameterNotDecodable = Internal.ParameterNotDecodable
