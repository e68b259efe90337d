/** The policies of secrets. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { iam } from "../iam/iam.ts"
import { isPrincipal } from "../iam/principals.ts"
import { isJsonObject, parseJson } from "../support/json.ts"
import { listOf } from "../support/policies.ts"
import {
  contextKeysOf,
  type Policy,
  policyElements,
  PolicyError,
  readDocument,
  statementElements
} from "../support/policyDocuments.ts"
import { isPublic } from "../support/policyEvaluation.ts"
import { isConditionKey } from "./access.ts"
import { find } from "./secrets.ts"
import * as Secrets from "./state.ts"

const ResourcePolicy = { required: true, min: 1, max: 20_480 } as const

const malformed = (message: string) => new Fault({ code: "MalformedPolicyDocumentException", message })
const syntaxError = malformed("This resource policy contains a syntax error.")

/** Whether the elements of a document are those of a policy of a resource. */
const isWhole = (document: unknown): boolean =>
  isJsonObject(document) && Object.keys(document).every((name) => policyElements.has(name)) &&
  (document["Version"] === undefined || /^20(12-10|08-10)-17$/.test(String(document["Version"]))) &&
  listOf(document["Statement"] as object).every((statement) =>
    isJsonObject(statement) && Object.keys(statement).every((name) => statementElements.has(name)) &&
    ["Principal", "Action", "Resource"].every((name) => (name in statement) !== (`Not${name}` in statement))
  )

const parse = (text: string): Effect.Effect<Policy, Fault> => {
  try {
    return isWhole(parseJson(text)) ? Effect.succeed(readDocument(text)) : Effect.fail(syntaxError)
  } catch (error) {
    if (error instanceof PolicyError) return Effect.fail(syntaxError)
    throw error
  }
}

/** Checks a policy as AWS does when it is put. */
const checked = Effect.fnUntraced(function*(text: string, context: HandlerContext) {
  const policy = yield* parse(text)
  for (const { actions, principals } of policy.statements) {
    if (actions.some((action) => action !== "*" && !/^secretsmanager:[\w*?]+$/i.test(action))) {
      return yield* malformed("This resource policy contains an unsupported action.")
    }
    const names = Object.entries(principals?.names ?? {}).flatMap(([kind, names]) =>
      names.map((name) => [kind, name] as const)
    )
    if (names.length === 0 || !names.every(([kind, name]) => isPrincipal(kind, name, context.stateOf(iam), context))) {
      return yield* malformed("This resource policy contains an unsupported principal.")
    }
  }
  const key = contextKeysOf(policy).find((key) => !isConditionKey(key))
  if (key !== undefined) {
    return yield* unsupported(`The in-memory Secrets Manager doesn't have the condition key ${key} of a policy.`)
  }
  return policy
})

export const policies: Secrets.SecretsHandlers = {
  PutResourcePolicy: Effect.fnUntraced(function*(input, state, context) {
    const { BlockPublicPolicy = false, ResourcePolicy: text, SecretId } = yield* Secrets.check(input, {
      SecretId: Secrets.SecretId,
      ResourcePolicy
    })
    const secret = yield* find(state, SecretId, context)
    const policy = yield* checked(text, context)
    if (BlockPublicPolicy && isPublic(policy)) {
      return yield* new Fault({
        code: "PublicPolicyException",
        message: "You can't attach a policy that allows broad access to the secret."
      })
    }
    secret.policy = text
    secret.changed = new Date(yield* Clock.currentTimeMillis)
    return { ARN: secret.arn, Name: secret.name }
  }),

  GetResourcePolicy: Effect.fnUntraced(function*(input, state, context) {
    const { SecretId } = yield* Secrets.check(input, { SecretId: Secrets.SecretId })
    const { arn, name, policy } = yield* find(state, SecretId, context)
    return { ARN: arn, Name: name, ResourcePolicy: policy }
  }),

  DeleteResourcePolicy: Effect.fnUntraced(function*(input, state, context) {
    const { SecretId } = yield* Secrets.check(input, { SecretId: Secrets.SecretId })
    const secret = yield* find(state, SecretId, context)
    secret.policy = undefined
    secret.changed = new Date(yield* Clock.currentTimeMillis)
    return { ARN: secret.arn, Name: secret.name }
  }),

  ValidateResourcePolicy: Effect.fnUntraced(function*(input, state, context) {
    const { ResourcePolicy: text, SecretId } = yield* Secrets.check(input, {
      SecretId: { min: 1, max: 2048 },
      ResourcePolicy
    })
    if (SecretId !== undefined) yield* find(state, SecretId, context)
    const policy = yield* checked(text, context)
    return isPublic(policy)
      ? {
        PolicyValidationPassed: false,
        ValidationErrors: [{
          CheckName: "BLOCK_PUBLIC_POLICY",
          ErrorMessage: "The resource policy allows broad access to the secret."
        }]
      }
      : { PolicyValidationPassed: true, ValidationErrors: [] }
  })
}
