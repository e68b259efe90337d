import * as Schema from "effect/Schema"
import { configurations } from "./results.ts"

/**
 * Which configuration: names or IDs of its application, its environment and its profile.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigurationId {
  /** The name or ID of the application. */
  readonly application: string
  /** The name or ID of the environment. */
  readonly environment: string
  /** The name or ID of the configuration profile. */
  readonly profile: string
}

/**
 * A version of a configuration.
 *
 * **Example** (The label and the size of what is deployed)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const deployed = AppConfig.getConfiguration({ application: "shop", environment: "prod", profile: "catalog" }).pipe(
 *   Effect.map(({ bytes, contentType, versionLabel = "no label" }) =>
 *     `${versionLabel}: ${bytes.length} bytes of ${contentType}`
 *   )
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class Configuration extends Schema.Class<Configuration>(configurations.identifier)({
  /** As it was asked for: a name or an ID. */
  application: Schema.String,
  /** As it was asked for: a name or an ID. */
  environment: Schema.String,
  /** As it was asked for: a name or an ID. */
  profile: Schema.String,
  /** The media type that was given with the content: `application/json`. */
  contentType: Schema.optionalKey(Schema.String),
  /** The label of the version, if it was given one. */
  versionLabel: Schema.optionalKey(Schema.String),
  /** The content, as it was deployed. */
  bytes: Schema.Uint8Array
}) {}

configurations.use(Configuration)
