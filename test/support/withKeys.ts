// Clients that sign as somebody else.
import type { Credentials } from "@aws-sdk/client-sts"
import { Effect, Layer, Redacted } from "effect"
import { AwsClients } from "effect-aws-sdk"

/** Clients that sign with these keys, of a user or of a session. */
export const withKeys = Effect.fnUntraced(function*(keys: Partial<Credentials> | undefined) {
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken } = keys ?? {}
  const { config } = yield* AwsClients
  return AwsClients.layer({
    ...config,
    credentials: {
      accessKeyId: AccessKeyId,
      secretAccessKey: Redacted.make(SecretAccessKey),
      ...(SessionToken !== undefined && { sessionToken: Redacted.make(SessionToken) })
    }
  }).pipe(Layer.orDie)
})
