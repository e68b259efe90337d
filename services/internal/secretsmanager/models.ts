import * as Schema from "effect/Schema"
import { secrets } from "./results.ts"

/**
 * A secret with its value, which is `text` or, if it was stored as bytes, `bytes`. Both are `Redacted`: JSON doesn't contain
 * them, and the schema doesn't encode them to JSON.
 *
 * **Example** (The text or the bytes of a secret)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const current = SecretsManager.getSecret("app/certificate").pipe(
 *   Effect.tap(({ name, versionId }) => Effect.logInfo(`Read version ${versionId} of ${name}`)),
 *   Effect.map(({ bytes, text }) => text ?? bytes) // Redacted, both of them
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class Secret extends Schema.Class<Secret>(secrets.identifier)({
  /** The name of the secret: `app/database`. */
  name: Schema.String,
  /** Its ARN, which ends with a hyphen and six random characters. */
  arn: Schema.String,
  /** The ID of this version. */
  versionId: Schema.String,
  /** The staging labels of this version, such as `AWSCURRENT`. */
  stages: Schema.Array(Schema.String),
  /** The value, if it was stored as text. */
  text: Schema.optionalKey(Schema.Redacted(Schema.String, { disallowJsonEncode: true })),
  /** The value, if it was stored as bytes. */
  bytes: Schema.optionalKey(Schema.Redacted(Schema.Uint8Array, { disallowJsonEncode: true })),
  /** When this version was created. */
  created: Schema.optionalKey(Schema.Date)
}) {}

secrets.use(Secret)
