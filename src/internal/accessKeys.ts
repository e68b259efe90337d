import type { AwsCredentialIdentityProvider } from "@smithy/types"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { InvalidSetting } from "../../errors/internal/layerErrors.ts"

interface AccessKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: Redacted.Redacted<string>
  readonly sessionToken?: Redacted.Redacted<string> | undefined
}

const textOf = (secret: unknown): string | undefined => {
  const text = Redacted.isRedacted(secret) ? Redacted.value(secret) : undefined
  return typeof text === "string" ? text : undefined
}

/** A provider of these credentials. Fails if they can't be access keys, and doesn't repeat them: they may be secret. */
export const toProvider = (
  credentials: AwsCredentialIdentityProvider | AccessKeys
): Effect.Effect<AwsCredentialIdentityProvider, InvalidSetting> => {
  if (typeof credentials === "function") return Effect.succeed(credentials)
  const { accessKeyId, secretAccessKey, sessionToken }: Partial<AccessKeys> = credentials ?? {}
  const secret = textOf(secretAccessKey)
  // An empty token is none: that of a variable that is set to nothing.
  const token = sessionToken === undefined ? "" : textOf(sessionToken)
  return typeof accessKeyId === "string" && accessKeyId && secret && token !== undefined
    ? Effect.succeed(async () => ({ accessKeyId, secretAccessKey: secret, ...(token && { sessionToken: token }) }))
    : Effect.fail(
      new InvalidSetting({
        setting: "the `credentials` option",
        value: "(not shown)",
        expected: "a provider, or access keys with Redacted.make(secret)"
      })
    )
}
