import * as Schema from "effect/Schema"
import { configurations } from "./results.ts"

/**
 * Which configuration: names or IDs of its application, its environment and its profile.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigurationId {
  readonly application: string
  readonly environment: string
  readonly profile: string
}

/**
 * A version of a configuration.
 *
 * @category models
 * @since 0.1.0
 */
export class Configuration extends Schema.Class<Configuration>(configurations.identifier)({
  application: Schema.String,
  environment: Schema.String,
  profile: Schema.String,
  /** The media type that was given with the content: `application/json`. */
  contentType: Schema.optionalKey(Schema.String),
  /** The label of the version, if it was given one. */
  versionLabel: Schema.optionalKey(Schema.String),
  bytes: Schema.Uint8Array
}) {}

configurations.use(Configuration)
