// Bucket policies: their syntax and their evaluation.
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { glob } from "../support/globs.ts"
import { isNamed } from "../support/policies.ts"
import { fault } from "./faults.ts"

interface Condition {
  readonly operator: string
  readonly key: string
  readonly values: ReadonlyArray<string>
}

interface Statement {
  readonly isAllowed: boolean
  /** AWS principals and `*`. No request here comes from a service or an identity provider. */
  readonly principals: ReadonlyArray<string>
  readonly isNotPrincipal: boolean
  readonly actions: ReadonlyArray<string>
  readonly isNotAction: boolean
  readonly resources: ReadonlyArray<string>
  readonly isNotResource: boolean
  readonly conditions: ReadonlyArray<Condition>
}

export interface Policy {
  readonly statements: ReadonlyArray<Statement>
}

/** A request, as policies see it. */
interface PolicyRequest {
  /** `undefined` for an anonymous request. */
  readonly principal: { readonly account: string; readonly arn: string } | undefined
  readonly action: string
  readonly resource: string
  /** The value of a condition key, in lower case; `undefined` if the request doesn't have it. */
  readonly valueOf: (key: string) => string | undefined
}

const malformedPolicy = (message: string) => fault("MalformedPolicy", message)

const listOf = (value: unknown): ReadonlyArray<string> | undefined => {
  const list: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  return list.every((one) => typeof one === "string") ? list : undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

type Test = (value: string, expected: string) => boolean

const operators: Readonly<Record<string, Test>> = {
  StringEquals: (value, expected) => value === expected,
  StringEqualsIgnoreCase: (value, expected) => value.toLowerCase() === expected.toLowerCase(),
  StringLike: (value, expected) => glob(expected)(value),
  ArnEquals: (value, expected) => glob(expected)(value),
  ArnLike: (value, expected) => glob(expected)(value),
  Bool: (value, expected) => value === expected.toLowerCase(),
  NumericEquals: (value, expected) => Number(value) === Number(expected),
  NumericLessThan: (value, expected) => Number(value) < Number(expected),
  NumericLessThanEquals: (value, expected) => Number(value) <= Number(expected),
  NumericGreaterThan: (value, expected) => Number(value) > Number(expected),
  NumericGreaterThanEquals: (value, expected) => Number(value) >= Number(expected)
}

const negations: Readonly<Record<string, Test>> = {
  StringNotEquals: operators["StringEquals"]!,
  StringNotEqualsIgnoreCase: operators["StringEqualsIgnoreCase"]!,
  StringNotLike: operators["StringLike"]!,
  ArnNotEquals: operators["ArnEquals"]!,
  ArnNotLike: operators["ArnLike"]!,
  NumericNotEquals: operators["NumericEquals"]!
}

/** The condition keys that a request has here. */
const conditionKeys: ReadonlySet<string> = new Set([
  "aws:principalaccount",
  "aws:principalarn",
  "aws:securetransport",
  "s3:delimiter",
  "s3:if-match",
  "s3:if-none-match",
  "s3:max-keys",
  "s3:prefix",
  "s3:versionid",
  "s3:x-amz-acl",
  "s3:x-amz-copy-source",
  "s3:x-amz-server-side-encryption",
  "s3:x-amz-server-side-encryption-aws-kms-key-id",
  "s3:x-amz-storage-class"
])

const holds = ({ key, operator, values }: Condition, valueOf: PolicyRequest["valueOf"]): boolean => {
  const value = valueOf(key)
  if (operator === "Null") {
    return values.some((expected) => (value === undefined) === (expected.toLowerCase() === "true"))
  }
  const name = operator.replace(/IfExists$/, "")
  const negated = negations[name]
  // A condition on a key that the request doesn't have fails, unless it is a negation.
  if (value === undefined) return negated !== undefined || name !== operator
  return negated === undefined
    ? values.some((expected) => operators[name]!(value, expected))
    : values.every((expected) => !negated(value, expected))
}

const isPrincipalArn = /^arn:[\w-]+:(?:iam|sts)::(\d{12}|\*):(?:root$|(?:user|role|assumed-role|federated-user)\/.)/

const principalsOf = Effect.fnUntraced(function*(given: unknown): Effect.fn.Return<ReadonlyArray<string>, Fault> {
  const invalid = malformedPolicy("Invalid principal in policy")
  if (given === "*") return ["*"]
  if (!isObject(given) || Object.keys(given).length === 0) return yield* invalid
  const principals: Array<string> = []
  for (const [kind, names] of Object.entries(given)) {
    const list = listOf(names)
    if (list === undefined || !["AWS", "Service", "Federated", "CanonicalUser"].includes(kind)) return yield* invalid
    if (kind === "CanonicalUser") {
      return yield* unsupported("The in-memory S3 doesn't support CanonicalUser in a bucket policy. Use AWS.")
    }
    if (kind !== "AWS") continue
    if (list.some((name) => name !== "*" && !/^\d{12}$/.test(name) && !isPrincipalArn.test(name))) return yield* invalid
    principals.push(...list)
  }
  return principals
})

const conditionsOf = Effect.fnUntraced(function*(given: unknown): Effect.fn.Return<ReadonlyArray<Condition>, Fault> {
  if (given === undefined) return []
  if (!isObject(given)) return yield* malformedPolicy("Conditions must be a JSON object")
  const conditions: Array<Condition> = []
  for (const [operator, keys] of Object.entries(given)) {
    const name = operator.replace(/IfExists$/, "")
    if (!isObject(keys)) return yield* malformedPolicy("Conditions must be a JSON object")
    if (operator !== "Null" && !Object.hasOwn(operators, name) && !Object.hasOwn(negations, name)) {
      return yield* unsupported(
        `The in-memory S3 doesn't support the condition operator ${operator} in a bucket policy.`
      )
    }
    for (const [key, value] of Object.entries(keys)) {
      if (!conditionKeys.has(key.toLowerCase())) {
        return yield* unsupported(`The in-memory S3 doesn't support the condition key ${key} in a bucket policy.`)
      }
      const values = (Array.isArray(value) ? value : [value]).map(String)
      conditions.push({ operator, key: key.toLowerCase(), values })
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

const isOfObjects =
  /^s3:(?:\w*Object(?!LockConfiguration)\w*|AbortMultipartUpload|ListMultipartUploadParts|BypassGovernanceRetention)$/

const elements = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition"
])

const statementOf = Effect.fnUntraced(function*(
  given: unknown,
  bucketArn: string
): Effect.fn.Return<Statement, Fault> {
  if (!isObject(given)) return yield* malformedPolicy("Statement must be a JSON object")
  const other = Object.keys(given).find((name) => !elements.has(name))
  if (other !== undefined) return yield* malformedPolicy(`Unknown field ${other}`)
  const { Condition, Effect: effect, NotPrincipal, Principal } = given
  if (effect === undefined) return yield* malformedPolicy("Missing required field Effect")
  if (effect !== "Allow" && effect !== "Deny") return yield* malformedPolicy(`Invalid effect: ${String(effect)}`)
  if (Principal === undefined && NotPrincipal === undefined) {
    return yield* malformedPolicy("Missing required field Principal")
  }
  const principals = yield* principalsOf(Principal ?? NotPrincipal)
  const [actions, isNotAction] = yield* either(given, "Action")
  const [resources, isNotResource] = yield* either(given, "Resource")
  if (actions.some((action) => action !== "*" && !/^s3:[\w*?]+$/i.test(action))) {
    return yield* malformedPolicy("Policy has invalid action")
  }
  const isOwn = (resource: string) =>
    resource === "*" || resource === bucketArn || resource.startsWith(`${bucketArn}/`) ||
    (/[*?]/.test(resource) && glob(resource.split("/")[0]!)(bucketArn))
  if (!resources.every(isOwn)) return yield* malformedPolicy("Policy has invalid resource")
  if (actions.every((action) => isOfObjects.test(action)) && resources.every((resource) => resource === bucketArn)) {
    return yield* malformedPolicy("Action does not apply to any resource(s) in statement")
  }
  return {
    isAllowed: effect === "Allow",
    principals,
    isNotPrincipal: Principal === undefined,
    actions,
    isNotAction,
    resources,
    isNotResource,
    conditions: yield* conditionsOf(Condition)
  }
})

/** Reads a policy of the bucket with this ARN, as S3 checks it. */
export const readPolicy = Effect.fnUntraced(function*(
  text: string,
  bucketArn: string
): Effect.fn.Return<Policy, Fault> {
  const notJson = malformedPolicy("Policies must be valid JSON and the first byte must be '{'")
  const document = yield* Effect.try({ try: () => JSON.parse(text) as unknown, catch: () => notJson })
  if (!text.startsWith("{") || !isObject(document)) return yield* notJson
  const { Statement, Version } = document
  if (Statement === undefined) return yield* malformedPolicy("Missing required field Statement")
  if (Version !== undefined && Version !== "2012-10-17" && Version !== "2008-10-17") {
    return yield* malformedPolicy("The policy must contain a valid version string")
  }
  const other = Object.keys(document).find((name) => !["Version", "Id", "Statement"].includes(name))
  if (other !== undefined) return yield* malformedPolicy(`Unknown field ${other}`)
  const statements = Array.isArray(Statement) ? Statement : [Statement]
  if (statements.length === 0) return yield* malformedPolicy("Could not parse the policy: Statement is empty!")
  return { statements: yield* Effect.forEach(statements, (statement) => statementOf(statement, bucketArn)) }
})

/** Whether the policy allows anyone anything. The bucket then counts as public. */
export const isPublic = ({ statements }: Policy): boolean =>
  statements.some(({ conditions, isAllowed, isNotPrincipal, principals }) =>
    isAllowed && (isNotPrincipal || principals.includes("*")) &&
    !conditions.some(({ key, operator, values }) =>
      /^(String|Arn)(Equals|Like)/.test(operator) && key.startsWith("aws:principal") &&
      values.every((value) => !/[*?]/.test(value))
    )
  )

const matchesPrincipal = (pattern: string, principal: PolicyRequest["principal"]): boolean =>
  principal === undefined ? pattern === "*" : isNamed(pattern, principal)

const applies = (statement: Statement, { action, principal, resource, valueOf }: PolicyRequest): boolean =>
  statement.principals.some((pattern) => matchesPrincipal(pattern, principal)) !== statement.isNotPrincipal &&
  statement.actions.some((pattern) => glob(pattern, { ignoresCase: true })(action)) !== statement.isNotAction &&
  statement.resources.some((pattern) => glob(pattern)(resource)) !== statement.isNotResource &&
  statement.conditions.every((condition) => holds(condition, valueOf))

/** The policy's decision about a request. `undefined` if no statement applies. */
export const verdictOf = ({ statements }: Policy, request: PolicyRequest): "Allow" | "Deny" | undefined => {
  const verdicts = statements.filter((statement) => applies(statement, request)).map(({ isAllowed }) => isAllowed)
  return verdicts.includes(false) ? "Deny" : verdicts.includes(true) ? "Allow" : undefined
}
