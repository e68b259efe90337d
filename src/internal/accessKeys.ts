import type { AwsCredentialIdentityProvider } from "@smithy/types"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { InvalidSetting } from "../../errors/internal/layerErrors.ts"
import type { AwsClients } from "../AwsClients.ts"

const refuse = (setting: string, value: unknown, expected: string) =>
  Effect.fail(
    new InvalidSetting({
      setting,
      // What is there may be a secret. What isn't there can be shown.
      value: value === undefined || value === null || value === "" ? String(value) : "<redacted>",
      expected
    })
  )

/** A provider of these credentials. Fails if they can't be access keys, and doesn't repeat them. */
export const toProvider = (
  credentials: AwsClients.Options["credentials"]
): Effect.Effect<AwsCredentialIdentityProvider, InvalidSetting> => {
  if (typeof credentials === "function") return Effect.succeed(credentials)
  if (typeof credentials !== "object" || credentials === null) {
    return refuse("the `credentials` option", credentials, "access keys, or a credentials provider of the AWS SDK")
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  if (typeof accessKeyId !== "string" || accessKeyId === "") {
    return refuse("the `credentials.accessKeyId` option", accessKeyId, "the id of an access key, as text")
  }
  for (const [name, secret] of Object.entries({ secretAccessKey, sessionToken })) {
    if (name === "sessionToken" && secret === undefined) continue
    if (!Redacted.isRedacted(secret)) {
      return refuse(`the \`credentials.${name}\` option`, secret, "a Redacted of Effect: Redacted.make(text)")
    }
    const text = Redacted.value(secret)
    // An empty token is none: that of a variable that is set to nothing.
    if (typeof text !== "string" || (text === "" && name === "secretAccessKey")) {
      return refuse(`the \`credentials.${name}\` option`, text, "a Redacted of a text that isn't empty")
    }
  }
  return Effect.succeed(async () => ({
    accessKeyId,
    secretAccessKey: Redacted.value(secretAccessKey),
    ...(sessionToken && { sessionToken: Redacted.value(sessionToken) })
  }))
}
