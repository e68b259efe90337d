/**
 * The errors of configurations.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Internal from "./internal/appConfigErrors.ts"
import { codec, orUndefined } from "./internal/codec.ts"

const names = () => ({ application: Schema.String, environment: Schema.String, profile: Schema.String })

/**
 * The application, the environment or the profile doesn't exist in the Layer's account and region, or nothing is deployed.
 *
 * @category errors
 * @since 0.1.0
 */
export const ConfigurationDoesNotExist = /* @__PURE__ */ codec(Internal.ConfigurationDoesNotExist, names, 404)
/**
 * The type of {@link ConfigurationDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ConfigurationDoesNotExist = Internal.ConfigurationDoesNotExist

/**
 * The configuration isn't the text or the JSON that was asked for. The message says where the mismatch is, and never shows the
 * content.
 *
 * @category errors
 * @since 0.1.0
 */
export const ConfigurationNotDecodable = /* @__PURE__ */ codec(
  Internal.ConfigurationNotDecodable,
  () => ({ ...names(), contentType: orUndefined(Schema.String), issue: Schema.String }),
  422
)
/**
 * The type of {@link ConfigurationNotDecodable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ConfigurationNotDecodable = Internal.ConfigurationNotDecodable
