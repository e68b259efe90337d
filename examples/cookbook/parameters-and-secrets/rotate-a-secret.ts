import {
  GetRandomPasswordCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand
} from "@aws-sdk/client-secrets-manager"
import { Effect, Redacted } from "effect"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"

/** `change` sets the new password where it's used, such as in a database. */
export const rotate = Effect.fn("rotate")(function*<E, R>(
  SecretId: string,
  change: (password: Redacted.Redacted<string>) => Effect.Effect<void, E, R>
) {
  const current = yield* SecretsManager.getSecret(SecretId)
  const { RandomPassword = "" } = yield* SecretsManager.send(new GetRandomPasswordCommand({ PasswordLength: 40 }))
  const { VersionId } = yield* SecretsManager.send(
    new PutSecretValueCommand({ SecretId, SecretString: RandomPassword, VersionStages: ["AWSPENDING"] })
  )
  yield* change(Redacted.make(RandomPassword))
  yield* SecretsManager.send(
    new UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage: "AWSCURRENT",
      MoveToVersionId: VersionId,
      RemoveFromVersionId: current.versionId
    })
  )
})
