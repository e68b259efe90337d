/** The commands that make secrets and versions, and move staging labels. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { isKmsKey } from "../support/kms.ts"
import { all, arnOf, find } from "./secrets.ts"
import * as Secrets from "./state.ts"
import * as Versions from "./versions.ts"

/** The key that a request names; `undefined` for AWS's own key, which an empty text stands for. */
const keyOf = Effect.fnUntraced(function*(keyId: string | undefined) {
  if (keyId === undefined || keyId === "" || /(^|:)alias\/aws\/secretsmanager$/.test(keyId)) return undefined
  return isKmsKey(keyId) ? keyId : yield* new Fault({
    code: "EncryptionFailure",
    message: "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the " +
      "KMS key is available, enabled, and not in an invalid state."
  })
})

const stored = (text: string | undefined): string | undefined => text === "" ? undefined : text

const answer = ({ arn, name }: Secrets.Secret, version: Secrets.Version | undefined) => ({
  ARN: arn,
  Name: name,
  VersionId: version?.id
})

export const write: Secrets.SecretsHandlers = {
  CreateSecret: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Secrets.check(input, {
      Name: { required: true, min: 1, max: 512 },
      ClientRequestToken: Secrets.ClientRequestToken,
      Description: Secrets.Description,
      KmsKeyId: Secrets.KmsKeyId,
      ...Secrets.valueRules,
      Tags: Secrets.tagRules,
      AddReplicaRegions: Secrets.replicaRules,
      Type: { max: 256 }
    })
    const { ClientRequestToken, Description, KmsKeyId, Name: name, Tags = [] } = checked
    if (!/^[\w/+=.@!-]+$/.test(name)) {
      return yield* Secrets.validation(
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
      )
    }
    const value = yield* Versions.valueOf(checked)
    const keyId = yield* keyOf(KmsKeyId)
    const tags = yield* Secrets.tags.add([], Tags)
    const now = yield* Clock.currentTimeMillis
    const before = (yield* all(state)).get(name)
    if (before?.deletion !== undefined) {
      return yield* Secrets.invalidRequest(
        "You can't create this secret because a secret with this name is already scheduled for deletion."
      )
    }
    const token = value === undefined ? undefined : yield* Versions.tokenOf(ClientRequestToken)
    if (before !== undefined) {
      const again = value && before.versions.find((version) => version.id === token && Versions.isSame(version, value))
      return again === undefined
        ? yield* Secrets.exists(`The operation failed because the secret ${name} already exists.`)
        : answer(before, again)
    }
    const at = new Date(now)
    const secret: Secrets.Secret = {
      name,
      arn: arnOf(name, context),
      created: at,
      changed: at,
      accessed: undefined,
      description: stored(Description),
      keyId,
      tags,
      versions: [],
      policy: undefined,
      deletion: undefined
    }
    if (value !== undefined) {
      const [versions] = yield* Versions.added(secret, { token: token!, value, stages: [Secrets.CURRENT], keyId, now })
      secret.versions = versions
    }
    state.secrets.set(name, secret)
    return answer(secret, secret.versions[0])
  }),

  PutSecretValue: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Secrets.check(input, {
      SecretId: Secrets.SecretId,
      ClientRequestToken: Secrets.ClientRequestToken,
      ...Secrets.valueRules,
      VersionStages: { min: 1, max: 20, each: Secrets.stage },
      RotationToken: { min: 36, max: 256, pattern: "^[a-zA-Z0-9\\-]+$" }
    })
    const { ClientRequestToken, SecretId, VersionStages = [Secrets.CURRENT] } = checked
    const value = yield* Versions.valueOf(checked)
    if (value === undefined) {
      return yield* Secrets.invalidRequest("You must provide either SecretString or SecretBinary.")
    }
    const token = yield* Versions.tokenOf(ClientRequestToken)
    const secret = yield* find(state, SecretId, context)
    const now = yield* Clock.currentTimeMillis
    const [versions, version] = yield* Versions.added(secret, {
      token,
      value,
      stages: VersionStages,
      keyId: secret.keyId,
      now
    })
    if (versions !== secret.versions) secret.changed = new Date(now)
    secret.versions = versions
    return { ...answer(secret, version), VersionStages: [...version.stages] }
  }),

  UpdateSecret: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Secrets.check(input, {
      SecretId: Secrets.SecretId,
      ClientRequestToken: Secrets.ClientRequestToken,
      Description: Secrets.Description,
      KmsKeyId: Secrets.KmsKeyId,
      ...Secrets.valueRules,
      Type: { max: 256 }
    })
    const { ClientRequestToken, Description, KmsKeyId, SecretId } = checked
    const value = yield* Versions.valueOf(checked)
    const given = yield* keyOf(KmsKeyId)
    const token = value === undefined ? undefined : yield* Versions.tokenOf(ClientRequestToken)
    const secret = yield* find(state, SecretId, context)
    const keyId = KmsKeyId === undefined ? secret.keyId : given
    const now = yield* Clock.currentTimeMillis
    const [versions, version] = value === undefined
      ? [secret.versions, undefined] as const
      : yield* Versions.added(secret, { token: token!, value, stages: [Secrets.CURRENT], keyId, now })
    secret.versions = versions
    secret.keyId = keyId
    if (Description !== undefined) secret.description = stored(Description)
    secret.changed = new Date(now)
    return answer(secret, version)
  }),

  UpdateSecretVersionStage: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Secrets.check(input, {
      SecretId: Secrets.SecretId,
      VersionStage: { required: true, ...Secrets.stage },
      RemoveFromVersionId: Secrets.versionId,
      MoveToVersionId: Secrets.versionId
    })
    const { MoveToVersionId: to, RemoveFromVersionId: from, SecretId, VersionStage: stage } = checked
    const secret = yield* find(state, SecretId, context)
    const { versions } = secret
    for (const id of [to, from]) {
      if (id !== undefined && !versions.some((version) => version.id === id)) return yield* Versions.noVersion(id)
    }
    const holder = Versions.holderOf(versions, stage)
    if (to === undefined && from === undefined) {
      return yield* Secrets.invalidParameter("You must provide MoveToVersionId, RemoveFromVersionId, or both.")
    }
    if (to === undefined && stage === Secrets.CURRENT) {
      return yield* Secrets.invalidParameter(
        `You can only move staging label ${stage} to a different secret version. It can't be completely removed.`
      )
    }
    if (from === undefined && holder !== undefined && holder.id !== to) {
      return yield* Secrets.invalidParameter(
        `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ` +
          `${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`
      )
    }
    if (from !== undefined && holder?.id !== from) {
      return yield* Secrets.invalidParameter(
        `When you move staging label ${stage}, if you specify RemoveFromVersionId, it must be set to the version that ` +
          `currently has the staging label ${stage}.`
      )
    }
    const moved = to === undefined
      ? versions.map((version) => ({ ...version, stages: version.stages.filter((one) => one !== stage) }))
      : Versions.moveStages(versions, to, [stage])
    yield* Versions.checkStages(moved)
    secret.versions = moved
    secret.changed = new Date(yield* Clock.currentTimeMillis)
    return { ARN: secret.arn, Name: secret.name }
  })
}
