/** Parameters that stand for secrets of Secrets Manager: `/aws/reference/secretsmanager/NAME`. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { everywhere } from "../secretsmanager/everywhere.ts"
import { readValue } from "../secretsmanager/read.ts"
import * as Secrets from "../secretsmanager/secrets.ts"
import { defined } from "../support/members.ts"
import { trimmed } from "./names.ts"
import * as Ssm from "./state.ts"

const PREFIX = "/aws/reference/secretsmanager/"

export const isReference = (given: string): boolean => trimmed(given).startsWith(PREFIX)

/** The secret that a parameter stands for. A selector is the id of a version, or a staging label. */
export const readReference = Effect.fnUntraced(function*(
  given: string,
  decrypt: boolean | undefined,
  context: HandlerContext
): Effect.fn.Return<sdk.Parameter, Fault> {
  if (decrypt !== true) {
    return yield* Ssm.validation("WithDecryption flag must be True for retrieving a Secret Manager secret.")
  }
  const [name = "", selector] = trimmed(given).split(":")
  const isVersion = selector !== undefined && /^[0-9a-fA-F-]{32,64}$/.test(selector)
  const state = context.stateOf(everywhere)
  const value = yield* Secrets.find(state, name.slice(PREFIX.length), context, "GetSecretValue").pipe(
    Effect.flatMap((secret) => readValue(secret, isVersion ? { VersionId: selector } : { VersionStage: selector })),
    Effect.mapError(({ code, message }) =>
      new Fault({
        code: "ParameterNotFound",
        message: "An error occurred (ParameterNotFound) when referencing Secrets Manager: " +
          (code === "ResourceNotFoundException"
            // AWS's message has the word null in place of a selector.
            ? `Secret ${name.slice(1)}${selector === undefined ? "null" : `:${selector}`} not found.`
            : message)
      })
    )
  )
  if (value.SecretString === undefined) {
    return yield* unsupported(`The in-memory SSM doesn't read the binary secret ${name}. Use GetSecretValue.`)
  }
  return defined({
    Name: name,
    Type: "SecureString",
    Value: value.SecretString,
    Version: 0,
    Selector: selector === undefined ? undefined : `:${selector}`,
    SourceResult: JSON.stringify({ ...value, CreatedDate: value.CreatedDate!.getTime() / 1000 }),
    LastModifiedDate: value.CreatedDate,
    ARN: context.arn("ssm", `parameter${name}`)
  }) as sdk.Parameter
})
