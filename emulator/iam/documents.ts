/** Policy documents in IAM: how AWS checks them, and how answers encode them. */
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { isJsonObject, parseJson } from "../support/json.ts"
import { listOf } from "../support/policies.ts"
import { policyElements, statementElements } from "../support/policyDocuments.ts"
import { percentEncode } from "../wire/http.ts"
import { isDate } from "./dates.ts"
import { checkPrincipals, withRootArns } from "./principals.ts"
import { checkQuota, sizeOf } from "./quotas.ts"
import { checkResources } from "./resources.ts"
import { malformed, type State } from "./state.ts"

/** A policy document as IAM's answers have it: percent-encoded. */
export const encoded = percentEncode

type Fields = Readonly<Record<string, unknown>>

const texts = (value: unknown): ReadonlyArray<string> =>
  listOf(value).filter((one): one is string => typeof one === "string")

const versions: ReadonlyArray<unknown> = ["2008-10-17", "2012-10-17"]

// IAM takes an operator in this spelling only. `operatorOf` in support/ evaluates any.
const operators =
  /^(?:ForAnyValue:|ForAllValues:)?(?:(?:String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)|(?:Numeric|Date)(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Arn(?:Not)?(?:Equals|Like)|Bool|BinaryEquals|(?:Not)?IpAddress)(?:IfExists)?|Null)$/

const isListOfTexts = (value: unknown): boolean =>
  value === undefined || listOf(value).every((one) => typeof one === "string" || (one === null && Array.isArray(value)))

const isCondition = (condition: unknown): boolean =>
  condition === undefined || (isJsonObject(condition) &&
    Object.entries(condition).every(([operator, keys]) =>
      isJsonObject(keys) && (operators.test(operator) || Object.keys(keys).length === 0) &&
      Object.values(keys).every((value) => Array.isArray(value) || /^(boolean|number|string)$/.test(typeof value))
    ))

const isEither = (statement: Fields, element: string): boolean =>
  statement[element] === undefined || statement[`Not${element}`] === undefined

/** Whether a statement has the form of one. Its effect may be in any case, which a later check refuses. */
const isStatement = (statement: unknown): statement is Fields =>
  isJsonObject(statement) && Object.keys(statement).every((field) => statementElements.has(field)) &&
  isEither(statement, "Action") && isEither(statement, "Resource") &&
  /^(?:allow|deny)$/i.test(String(statement["Effect"])) &&
  ["Action", "NotAction", "Resource", "NotResource"].every((element) => isListOfTexts(statement[element])) &&
  isCondition(statement["Condition"]) && isText(statement["Sid"])

const isText = (value: unknown): boolean => value === undefined || typeof value === "string"

const datesOf = ({ Condition }: Fields): ReadonlyArray<unknown> =>
  Object.entries((Condition ?? {}) as Readonly<Record<string, Fields>>).flatMap(([operator, keys]) =>
    /^(?:\w+:)?Date/.test(operator) ? Object.values(keys).flat() : []
  )

const notUnique = malformed("Statement IDs (SID) in a single policy must be unique.")

const checkSids = Effect.fnUntraced(function*(statements: ReadonlyArray<Fields>): Effect.fn.Return<void, Fault> {
  const sids = statements.flatMap(({ Sid }) => texts(Sid)).filter((sid) => sid !== "")
  if (new Set(sids).size < sids.length) return yield* notUnique
  if (!sids.every((sid) => /^[0-9A-Za-z]*$/.test(sid))) {
    return yield* malformed(
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
    )
  }
})

const checkActions = Effect.fnUntraced(function*(actions: ReadonlyArray<string>): Effect.fn.Return<void, Fault> {
  for (const action of actions) {
    const [vendor = "", ...rest] = action.split(":")
    if (rest.length === 0 && action !== "*") {
      return yield* malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    }
    if (rest.length > 1) return yield* malformed("Actions/Condition can contain only one colon.")
    if (vendor !== "*" && /[^a-zA-Z0-9.-]/.test(vendor)) return yield* malformed(`Vendor ${vendor} is not valid`)
  }
})

const legacy = malformed("The policy failed legacy parsing")

/** Checks a permissions policy, inline or managed, as AWS does in this order. */
export const checkPolicy = Effect.fnUntraced(function*(
  document: string,
  partition: string
): Effect.fn.Return<string, Fault> {
  const policy = parseJson(document)
  const syntax = malformed("Syntax errors in policy.")
  if (!isJsonObject(policy) || !Object.keys(policy).every((field) => policyElements.has(field))) return yield* syntax
  const { Id, Statement, Version } = policy
  const statements = listOf(Statement)
  if (Version !== undefined && !versions.includes(Version)) return yield* syntax
  if (!isText(Id) || statements.length === 0 || !statements.every(isStatement)) return yield* syntax
  if (Version !== "2012-10-17") return yield* malformed("Policy document must be version 2012-10-17 or greater.")
  for (const statement of statements) {
    if (statement["Effect"] !== "Allow" && statement["Effect"] !== "Deny") return yield* legacy
    if (!datesOf(statement).every(isDate)) return yield* legacy
  }
  const lists = statements.map((statement) => texts(statement["Resource"] ?? statement["NotResource"]))
  const wrong = yield* checkResources(lists, partition, legacy)
  yield* checkSids(statements)
  if (statements.some(({ NotPrincipal, Principal }) => Principal !== undefined || NotPrincipal !== undefined)) {
    return yield* malformed("Policy document should not specify a principal.")
  }
  const actions = statements.map((statement) => texts(statement["Action"] ?? statement["NotAction"]))
  if (actions.some((list) => list.length === 0)) return yield* malformed("Policy statement must contain actions.")
  if (wrong !== undefined) return yield* malformed(wrong)
  yield* checkActions(actions.flat())
  if (lists.some((list) => list.length === 0)) return yield* malformed("Policy statement must contain resources.")
  return document
})

const checkTrustStatement = Effect.fnUntraced(function*(
  statement: unknown,
  state: State,
  context: HandlerContext
): Effect.fn.Return<void, Fault> {
  if (!isJsonObject(statement)) return yield* malformed("Statement must be a JSON object")
  const other = Object.keys(statement).find((field) => !statementElements.has(field))
  if (other !== undefined) return yield* malformed(`Unknown field ${other}`)
  const { Action, Condition, Effect: effect, NotPrincipal, Principal } = statement
  if (statement["Resource"] !== undefined || statement["NotResource"] !== undefined) {
    return yield* malformed("Has prohibited field Resource")
  }
  if (effect === undefined) return yield* malformed("Missing required field Effect")
  if (effect !== "Allow" && effect !== "Deny") return yield* malformed(`Invalid effect: ${String(effect)}`)
  if (Principal === undefined && NotPrincipal === undefined) {
    return yield* malformed("Missing required field Principal")
  }
  yield* checkPrincipals(Principal ?? NotPrincipal, state, context)
  if (NotPrincipal !== undefined) {
    return yield* unsupported("The in-memory IAM doesn't evaluate NotPrincipal in trust policies. Use Principal.")
  }
  const actions = texts(Action)
  if (actions.length === 0) return yield* malformed("Missing required field Action")
  if (!actions.every((action) => /^sts:(?:AssumeRole|TagSession|SetSourceIdentity|SetContext)/i.test(action))) {
    return yield* malformed("AssumeRole policy may only specify STS AssumeRole actions.")
  }
  if (Condition !== undefined && !isJsonObject(Condition)) return yield* malformed("Conditions must be a JSON object")
  const unknown = Object.keys(Condition ?? {}).find((operator) => !operators.test(operator))
  if (unknown !== undefined) return yield* malformed(`Invalid Condition type : ${unknown}`)
  if (!isCondition(Condition)) return yield* malformed("Conditions must be a JSON object")
})

/** Checks a trust policy. */
export const checkTrust = Effect.fnUntraced(function*(
  document: string,
  state: State,
  context: HandlerContext
): Effect.fn.Return<string, Fault> {
  const policy = parseJson(document)
  if (!isJsonObject(policy)) return yield* malformed("This policy contains invalid Json")
  const other = Object.keys(policy).find((field) => !policyElements.has(field))
  if (other !== undefined) return yield* malformed(`Unknown field ${other}`)
  const { Statement, Version } = policy
  if (Version !== undefined && !versions.includes(Version)) {
    return yield* malformed("The policy must contain a valid version string")
  }
  if (Statement === undefined) return yield* malformed("Missing required field Statement")
  const statements = listOf(Statement)
  if (statements.length === 0) return yield* malformed("Could not parse the policy: Statement is empty!")
  yield* Effect.forEach(statements, (statement) => checkTrustStatement(statement, state, context), { discard: true })
  yield* checkSids(statements as ReadonlyArray<Fields>)
  yield* checkQuota("ACLSizePerRole", sizeOf(document))
  return withRootArns(document, context.partition)
})
