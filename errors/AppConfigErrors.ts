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
 * The application, the environment or the profile doesn't exist in the Layer's account and region, or nothing is deployed there yet.
 * AppConfig doesn't say which.
 *
 * - `application`, `environment`, `profile`: the names or IDs that were asked for.
 *
 * **Example** (Start with defaults before the first deployment)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const limits = AppConfig.getConfigurationJson(
 *   { application: "shop", environment: "prod", profile: "limits" },
 *   Schema.Struct({ orders: Schema.Int })
 * ).pipe(
 *   Effect.catchTag("ConfigurationDoesNotExist", ({ profile }) =>
 *     Effect.as(Effect.logWarning(`${profile} isn't deployed`), { orders: 100 }))
 * )
 * ```
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
 * The configuration isn't the text or the JSON that was asked for, or a `ConfigProvider` can't read its type. Deploy a version that is,
 * or correct the schema. The message says where the mismatch is, and never shows the content.
 *
 * - `application`, `environment`, `profile`: the names or IDs that were asked for.
 * - `contentType`: the media type that the content was stored with; `undefined` if none was.
 * - `issue`: where the mismatch is, or what to pass.
 *
 * **Example** (Keep the last good version)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const Limits = Schema.Struct({ orders: Schema.Int })
 *
 * const limitsOr = (last: typeof Limits.Type) =>
 *   AppConfig.getConfigurationJson({ application: "shop", environment: "prod", profile: "limits" }, Limits).pipe(
 *     Effect.catchTag("ConfigurationNotDecodable", ({ contentType, issue }) =>
 *       Effect.as(Effect.logError(`The last deployment (${contentType}) is wrong: ${issue}`), last))
 *   )
 * ```
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
