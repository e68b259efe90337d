import * as Schema from "effect/Schema"
import { secrets } from "./results.ts"

/**
 * A secret with its value, which is `text` or, if it was stored as bytes, `bytes`. Both are `Redacted`: JSON doesn't contain
 * them, and the schema doesn't encode them to JSON.
 *
 * @category models
 * @since 0.1.0
 */
export class Secret extends Schema.Class<Secret>(secrets.identifier)({
  name: Schema.String,
  arn: Schema.String,
  versionId: Schema.String,
  /** The staging labels of this version, such as `AWSCURRENT`. */
  stages: Schema.Array(Schema.String),
  text: Schema.optionalKey(Schema.Redacted(Schema.String, { disallowJsonEncode: true })),
  bytes: Schema.optionalKey(Schema.Redacted(Schema.Uint8Array, { disallowJsonEncode: true })),
  created: Schema.optionalKey(Schema.Date)
}) {}

secrets.use(Secret)
