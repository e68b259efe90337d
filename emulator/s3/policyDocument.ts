// The syntax of bucket policies.
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { glob } from "../support/globs.ts"
import { isJsonObject, parseJson } from "../support/json.ts"
import { type Condition, operatorOf } from "../support/policyConditions.ts"
import { type Policy, policyElements, type Statement, statementElements } from "../support/policyDocuments.ts"
import { keysIn } from "../support/policyVariables.ts"
import { isConditionKey } from "./conditionKeys.ts"
import { fault } from "./faults.ts"

const malformedPolicy = (message: string) => fault("MalformedPolicy", message)

const listOf = (value: unknown): ReadonlyArray<string> | undefined => {
  const list: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  return list.every((one) => typeof one === "string") ? list : undefined
}

/** Whether there is a principal with this name, of a kind such as `AWS` or `Service`. */
type IsPrincipal = (kind: string, name: string) => boolean

const principalsOf = Effect.fnUntraced(function*(
  given: unknown,
  isPrincipal: IsPrincipal
): Effect.fn.Return<ReadonlyArray<string>, Fault> {
  const invalid = malformedPolicy("Invalid principal in policy")
  if (given === "*") return ["*"]
  if (!isJsonObject(given) || Object.keys(given).length === 0) return yield* invalid
  const principals: Array<string> = []
  for (const [kind, names] of Object.entries(given)) {
    const list = listOf(names)
    if (list === undefined || list.length === 0 || !list.every((name) => isPrincipal(kind, name))) {
      return yield* invalid
    }
    if (kind === "CanonicalUser") {
      return yield* unsupported("The in-memory S3 doesn't support CanonicalUser in a bucket policy. Use AWS.")
    }
    if (kind === "AWS") principals.push(...list)
  }
  return principals
})

const checkKeys = Effect.fnUntraced(function*(keys: ReadonlyArray<string>) {
  const unknown = keys.find((key) => !isConditionKey(key.toLowerCase()))
  if (unknown !== undefined) {
    return yield* unsupported(`The in-memory S3 doesn't support the condition key ${unknown} in a bucket policy.`)
  }
})

const conditionsOf = Effect.fnUntraced(function*(
  given: unknown,
  hasVariables: boolean
): Effect.fn.Return<ReadonlyArray<Condition>, Fault> {
  if (given === undefined) return []
  if (!isJsonObject(given)) return yield* malformedPolicy("Conditions must be a JSON object")
  const conditions: Array<Condition> = []
  for (const [text, keys] of Object.entries(given)) {
    const operator = operatorOf(text)
    if (!isJsonObject(keys)) return yield* malformedPolicy("Conditions must be a JSON object")
    if (operator === undefined) return yield* malformedPolicy(`Invalid Condition type : ${text}`)
    for (const [key, value] of Object.entries(keys)) {
      const values = (Array.isArray(value) ? value : [value]).map(String)
      yield* checkKeys([key, ...(hasVariables ? values.flatMap(keysIn) : [])])
      conditions.push({ ...operator, key, values })
    }
  }
  return conditions
})

/** Reads the element of a statement that occurs plain or negated: `Action` or `NotAction`. */
const either = Effect.fnUntraced(function*(
  statement: Readonly<Record<string, unknown>>,
  element: string
): Effect.fn.Return<readonly [list: ReadonlyArray<string>, isNegated: boolean], Fault> {
  const isNegated = statement[element] === undefined
  const given = isNegated ? statement[`Not${element}`] : statement[element]
  if (given === undefined) return yield* malformedPolicy(`Missing required field ${element}`)
  const list = listOf(given)
  if (list === undefined || list.length === 0) {
    return yield* malformedPolicy(`Policy has invalid ${element.toLowerCase()}`)
  }
  return [list, isNegated]
})

const isOfObjects = new RegExp(
  "^s3:(?:\\w*Object(?!LockConfiguration)\\w*|AbortMultipartUpload|ListMultipartUploadParts|BypassGovernanceRetention|" +
    "ReplicateDelete|ReplicateTags|InitiateReplication)$",
  "i"
)

/** Whether one of the resources is of the kind that the action applies to. An action with wildcards applies to both kinds. */
const applies = (action: string, resources: ReadonlyArray<string>, bucketArn: string): boolean =>
  /[*?]/.test(action) ||
  resources.some((resource) =>
    isOfObjects.test(action) ? resource !== bucketArn : !resource.startsWith(`${bucketArn}/`)
  )

/** The statements of a bucket's policy don't remember their places: no answer shows them. */
const nowhere = { line: 0, column: 0 }

const statementOf = Effect.fnUntraced(function*(
  given: unknown,
  bucketArn: string,
  isPrincipal: IsPrincipal,
  hasVariables: boolean
): Effect.fn.Return<Statement, Fault> {
  if (!isJsonObject(given)) return yield* malformedPolicy("Statement must be a JSON object")
  const other = Object.keys(given).find((name) => !statementElements.has(name))
  if (other !== undefined) return yield* malformedPolicy(`Unknown field ${other}`)
  const { Condition, Effect: effect, NotPrincipal, Principal } = given
  if (effect === undefined) return yield* malformedPolicy("Missing required field Effect")
  if (effect !== "Allow" && effect !== "Deny") return yield* malformedPolicy(`Invalid effect: ${String(effect)}`)
  if (Principal === undefined && NotPrincipal === undefined) {
    return yield* malformedPolicy("Missing required field Principal")
  }
  const principals = yield* principalsOf(Principal ?? NotPrincipal, isPrincipal)
  const [actions, isNotAction] = yield* either(given, "Action")
  const [resources, isNotResource] = yield* either(given, "Resource")
  if (actions.some((action) => action !== "*" && !/^s3:[\w*?]+$/i.test(action))) {
    return yield* malformedPolicy("Policy has invalid action")
  }
  const isOwn = (resource: string) =>
    resource === "*" || resource === bucketArn || resource.startsWith(`${bucketArn}/`) ||
    (/[*?]/.test(resource) && glob(resource.split("/")[0]!)(bucketArn))
  if (!resources.every(isOwn)) return yield* malformedPolicy("Policy has invalid resource")
  if (!isNotAction && !isNotResource && !actions.every((action) => applies(action, resources, bucketArn))) {
    return yield* malformedPolicy("Action does not apply to any resource(s) in statement")
  }
  if (hasVariables) yield* checkKeys(resources.flatMap(keysIn))
  return {
    isAllowed: effect === "Allow",
    principals: { names: { AWS: principals }, isNot: Principal === undefined },
    actions,
    isNotAction,
    resources,
    isNotResource,
    conditions: yield* conditionsOf(Condition, hasVariables),
    start: nowhere,
    end: nowhere
  }
})

/** Reads a policy of the bucket with this ARN, as S3 checks it. */
export const readPolicy = Effect.fnUntraced(function*(
  text: string,
  bucketArn: string,
  isPrincipal: IsPrincipal
): Effect.fn.Return<Policy, Fault> {
  const notJson = malformedPolicy("Policies must be valid JSON and the first byte must be '{'")
  const document = parseJson(text)
  if (!text.startsWith("{") || !isJsonObject(document)) return yield* notJson
  const { Statement, Version } = document
  if (Statement === undefined) return yield* malformedPolicy("Missing required field Statement")
  if (Version !== undefined && Version !== "2012-10-17" && Version !== "2008-10-17") {
    return yield* malformedPolicy("The policy must contain a valid version string")
  }
  const other = Object.keys(document).find((name) => !policyElements.has(name))
  if (other !== undefined) return yield* malformedPolicy(`Unknown field ${other}`)
  const statements = Array.isArray(Statement) ? Statement : [Statement]
  if (statements.length === 0) return yield* malformedPolicy("Could not parse the policy: Statement is empty!")
  const hasVariables = Version === "2012-10-17"
  return {
    hasVariables,
    statements: yield* Effect.forEach(
      statements,
      (statement) => statementOf(statement, bucketArn, isPrincipal, hasVariables)
    )
  }
})
