/**
 * Who may use a secret by its own policy: within an account, only a `Deny` of it counts, and another account needs an `Allow`. The
 * policies of callers are the guard's.
 */
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { parseArn } from "../support/arn.ts"
import { callerValueOf } from "../support/callers.ts"
import { readDocument } from "../support/policyDocuments.ts"
import { matchesOf, verdictOf } from "../support/policyEvaluation.ts"
import type { Secret } from "./state.ts"

/** The condition keys that a request has here, and the beginnings of those with a name of a tag. */
export const isConditionKey = (key: string): boolean =>
  /^(?:aws:(?:principalaccount|principalarn|userid|username|securetransport|resourcetag\/.+)|secretsmanager:(?:secretid|resourcetag\/.+))$/i
    .test(key)

const valueOf = (key: string, { arn, tags }: Secret, { principal }: HandlerContext): string | undefined => {
  const name = key.toLowerCase()
  const tag = /^(?:aws|secretsmanager):resourcetag\/(.+)$/i.exec(key)?.[1]
  if (tag !== undefined) return tags.find(({ Key }) => Key === tag)?.Value
  return name === "aws:securetransport"
    ? "true"
    : name === "secretsmanager:secretid"
    ? arn
    : callerValueOf(name, principal)
}

const verdict = (secret: Secret, action: string, context: HandlerContext) =>
  secret.policy === undefined ? "implicitDeny" : verdictOf(
    matchesOf([{ policy: readDocument(secret.policy), source: undefined }], {
      action,
      resource: secret.arn,
      principal: context.principal,
      valuesOf: (key) => {
        const value = valueOf(key, secret, context)
        return value === undefined ? undefined : [value]
      }
    })
  )

/** Refuses a caller whom the policy of the secret denies, or one of another account whom it doesn't allow. */
export const checkAccess = (
  secret: Secret | undefined,
  id: string,
  operation: string,
  context: HandlerContext
): Effect.Effect<void, Fault> => {
  const owner = parseArn(secret?.arn ?? id)?.account ?? context.account
  const isOther = owner !== context.account
  const action = `secretsmanager:${operation}`
  const decision = secret === undefined ? "implicitDeny" : verdict(secret, action, context)
  if (decision === "allowed" || (decision === "implicitDeny" && !isOther)) return Effect.void
  return Effect.fail(
    new Fault({
      code: "AccessDeniedException",
      message: `User: ${context.principal.arn} is not authorized to perform: ${action} on resource: ` +
        `${secret?.arn ?? id} ${
          decision === "explicitDeny"
            ? "with an explicit deny in a resource-based policy"
            : `because no resource-based policy allows the ${action} action`
        }`
    })
  )
}

/** Refuses a caller whose own policies don't let it do something on a secret as a part of another operation. */
export const checkIdentity = (
  given: string,
  operation: string,
  context: HandlerContext
): Effect.Effect<void, Fault> => {
  const action = `secretsmanager:${operation}`
  // AWS's message has only what the request says of a secret that isn't there.
  const resource = given.startsWith("arn:") ? given : context.arn("secretsmanager", `secret:${given}`)
  return context.may({ action, resource }) ? Effect.void : Effect.fail(
    new Fault({
      code: "AccessDeniedException",
      message: `User: ${context.principal.arn} is not authorized to perform: ${action} on resource: ${given} ` +
        `because no identity-based policy allows the ${action} action`
    })
  )
}
