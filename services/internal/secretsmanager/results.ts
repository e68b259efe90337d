import * as Redacted from "effect/Redacted"
import type { Need } from "../../../src/internal/members.ts"
import * as Results from "../../../src/internal/results.ts"

/** The fields of `SecretsManager.Secret`. */
interface Secret {
  readonly name: string
  readonly arn: string
  readonly versionId: string
  readonly stages: ReadonlyArray<string>
  readonly text?: Redacted.Redacted<string>
  readonly bytes?: Redacted.Redacted<Uint8Array<ArrayBufferLike>>
  readonly created?: Date
}

const isRedacted = (check: Results.Check): Results.Check => (value) =>
  Redacted.isRedacted(value) && check(Redacted.value(value))

export const secrets = Results.model<Secret>("effect-aws-sdk/SecretsManager/Secret", {
  name: Results.isText,
  arn: Results.isText,
  versionId: Results.isText,
  stages: Results.isListOf(Results.isText),
  text: Results.isAbsentOr(isRedacted(Results.isText)),
  bytes: Results.isAbsentOr(isRedacted(Results.isBytes)),
  created: Results.isAbsentOr(Results.isDate)
})

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
  return secrets.make({
    name,
    arn: need(ARN, "ARN"),
    versionId: need(VersionId, "VersionId"),
    stages: VersionStages,
    ...value,
    ...(CreatedDate !== undefined && { created: CreatedDate })
  })
}
