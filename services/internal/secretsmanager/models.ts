import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Need } from "../../../src/internal/members.ts"

/**
 * A secret with its value, which is `text` or, if it was stored as bytes, `bytes`. Both are `Redacted`: JSON doesn't contain
 * them, and the schema doesn't encode them to JSON.
 *
 * @category models
 * @since 0.1.0
 */
export class Secret extends Schema.Class<Secret>("effect-aws-sdk/SecretsManager/Secret")({
  name: Schema.String,
  arn: Schema.String,
  versionId: Schema.String,
  /** The staging labels of this version, such as `AWSCURRENT`. */
  stages: Schema.Array(Schema.String),
  text: Schema.optionalKey(Schema.Redacted(Schema.String, { disallowJsonEncode: true })),
  bytes: Schema.optionalKey(Schema.Redacted(Schema.Uint8Array, { disallowJsonEncode: true })),
  created: Schema.optionalKey(Schema.Date)
}) {}

interface SdkSecret {
  readonly ARN?: string | undefined
  readonly Name?: string | undefined
  readonly VersionId?: string | undefined
  readonly VersionStages?: ReadonlyArray<string> | undefined
  readonly SecretString?: string | undefined
  readonly SecretBinary?: Uint8Array | undefined
  readonly CreatedDate?: Date | undefined
}

export const fromSdk = (secret: SdkSecret, need: Need): Secret => {
  const { ARN, CreatedDate, Name, SecretBinary, SecretString, VersionId, VersionStages = [] } = secret
  const name = need(Name, "Name")
  // An empty text is a value.
  const value = SecretString === undefined
    ? { bytes: Redacted.make(need(SecretBinary, "SecretString"), { label: name }) }
    : { text: Redacted.make(SecretString, { label: name }) }
  return new Secret({
    name,
    arn: need(ARN, "ARN"),
    versionId: need(VersionId, "VersionId"),
    stages: VersionStages,
    ...value,
    ...(CreatedDate !== undefined && { created: CreatedDate })
  })
}
