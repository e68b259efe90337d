/** The commands that delete, restore and tag secrets. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { everywhere } from "./everywhere.ts"
import { arnOf, find, findAny } from "./secrets.ts"
import * as Secrets from "./state.ts"

const DAY = 24 * 3_600_000

/** What AWS answers to the forced deletion of a secret that it doesn't have. */
const unknown = (id: string, context: HandlerContext) => {
  const name = id.startsWith("arn:") ? id.split(":").slice(6).join(":").replace(/-[^-]{6}$/, "") : id
  return { ARN: id.startsWith("arn:") ? id : arnOf(name, context), Name: name }
}

export const life: Secrets.SecretsHandlers = {
  DeleteSecret: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Secrets.check(input, { SecretId: Secrets.SecretId })
    const { ForceDeleteWithoutRecovery: isForced = false, RecoveryWindowInDays: days, SecretId } = checked
    if (isForced && days !== undefined) {
      return yield* Secrets.invalidParameter(
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
      )
    }
    if (days !== undefined && !(days >= 7 && days <= 30)) {
      return yield* Secrets.invalidParameter(
        "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
      )
    }
    const now = yield* Clock.currentTimeMillis
    const search = findAny(state, SecretId, context)
    if (isForced) {
      // Without a secret, AWS answers as if there had been one.
      const secret = yield* Effect.catchIf(
        search,
        (fault) => fault === Secrets.noSecret,
        () => Effect.void
      )
      if (secret === undefined) return { ...unknown(SecretId, context), DeletionDate: new Date(now) }
      const owner = parseArn(secret.arn)!.account
      const { secrets } = owner === context.account ? state : context.stateOf(everywhere, { account: owner })
      secrets.delete(secret.name)
      return { ARN: secret.arn, Name: secret.name, DeletionDate: new Date(now) }
    }
    const secret = yield* search
    if (secret.deletion !== undefined) {
      return yield* Secrets.invalidRequest(
        "You can't perform this operation on the secret because it was already scheduled for deletion."
      )
    }
    const due = new Date(now + (days ?? 30) * DAY)
    secret.deletion = { requested: new Date(now), due }
    return { ARN: secret.arn, Name: secret.name, DeletionDate: due }
  }),

  RestoreSecret: Effect.fnUntraced(function*(input, state, context) {
    const { SecretId } = yield* Secrets.check(input, { SecretId: Secrets.SecretId })
    const secret = yield* findAny(state, SecretId, context)
    secret.deletion = undefined
    return { ARN: secret.arn, Name: secret.name }
  }),

  TagResource: Effect.fnUntraced(function*(input, state, context) {
    const { SecretId, Tags } = yield* Secrets.check(input, {
      SecretId: Secrets.SecretId,
      Tags: { required: true, ...Secrets.tagRules }
    })
    const secret = yield* find(state, SecretId, context)
    secret.tags = yield* Secrets.tags.add(secret.tags, Tags)
    secret.changed = new Date(yield* Clock.currentTimeMillis)
    return {}
  }),

  UntagResource: Effect.fnUntraced(function*(input, state, context) {
    const { SecretId, TagKeys } = yield* Secrets.check(input, {
      SecretId: Secrets.SecretId,
      TagKeys: { required: true, each: Secrets.tagKeyRule }
    })
    const secret = yield* find(state, SecretId, context)
    secret.tags = Secrets.tags.remove(secret.tags, TagKeys)
    secret.changed = new Date(yield* Clock.currentTimeMillis)
    return {}
  })
}
