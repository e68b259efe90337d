/** Which documents are policies of a type. */
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { isJsonObject, parseJson } from "../support/json.ts"
import { listOf } from "../support/policies.ts"
import { malformedPolicy, violation } from "./faults.ts"
import type { PolicyType } from "./state.ts"

/** The quotas of a type of policies: the characters of a document, and how many can be attached to one target. */
interface Quotas {
  readonly characters: number
  readonly attached: number
  readonly policies: number
}

/** The types that are here. The others need trusted access of a service that isn't here. */
const quotas: { readonly [Type in PolicyType]?: Quotas } = {
  AISERVICES_OPT_OUT_POLICY: { characters: 2_500, attached: 5, policies: 1_000 },
  BACKUP_POLICY: { characters: 10_000, attached: 10, policies: 1_000 },
  CHATBOT_POLICY: { characters: 10_000, attached: 5, policies: 1_000 },
  DECLARATIVE_POLICY_EC2: { characters: 10_000, attached: 10, policies: 1_000 },
  RESOURCE_CONTROL_POLICY: { characters: 5_120, attached: 5, policies: 1_000 },
  SERVICE_CONTROL_POLICY: { characters: 5_120, attached: 5, policies: 10_000 },
  TAG_POLICY: { characters: 10_000, attached: 10, policies: 1_000 }
}

export const quotasOf = (type: PolicyType): Effect.Effect<Quotas> => {
  const found = quotas[type]
  return found === undefined
    ? unsupported(`The in-memory Organizations doesn't have policies of the type ${type}.`)
    : Effect.succeed(found)
}

type Fields = Readonly<Record<string, unknown>>

const isTexts = (value: unknown): boolean => {
  const all = listOf(value as string | undefined)
  return all.length > 0 && all.every((one) => typeof one === "string" && one !== "")
}

const hasOneOf = (statement: Fields, one: string, other: string): boolean =>
  (statement[one] === undefined) !== (statement[other] === undefined) && isTexts(statement[one] ?? statement[other])

const isStatement = (statement: Fields): boolean =>
  (statement["Effect"] === "Allow" || statement["Effect"] === "Deny") &&
  hasOneOf(statement, "Action", "NotAction") && hasOneOf(statement, "Resource", "NotResource") &&
  (statement["Sid"] === undefined || /^[0-9A-Za-z]*$/.test(String(statement["Sid"]))) &&
  (statement["Condition"] === undefined || isJsonObject(statement["Condition"]))

const isOfServiceControl = (statement: Fields): boolean =>
  statement["Principal"] === undefined && statement["NotPrincipal"] === undefined

/** A resource control policy only denies, and to everybody. */
const isOfResourceControl = ({ Action, Effect: effect, NotPrincipal, Principal }: Fields): boolean =>
  effect === "Deny" && NotPrincipal === undefined && !listOf(Action).includes("*") && Action !== undefined &&
  (Principal === "*" ||
    (isJsonObject(Principal) && Object.keys(Principal).join() === "AWS" && Principal["AWS"] === "*"))

const isPolicy = (document: unknown, type: PolicyType): boolean => {
  if (!isJsonObject(document) || Object.keys(document).length === 0) return false
  const isOfType = type === "SERVICE_CONTROL_POLICY"
    ? isOfServiceControl
    : type === "RESOURCE_CONTROL_POLICY"
    ? isOfResourceControl
    : undefined
  if (isOfType === undefined) return true
  const statements = listOf(document["Statement"])
  return document["Version"] === "2012-10-17" && statements.length > 0 &&
    statements.every((one) => isJsonObject(one) && isStatement(one) && isOfType(one))
}

/** Checks the document of a policy. Of the types other than SCPs and RCPs, it checks that it is a JSON object and not too long. */
export const checkContent = Effect.fnUntraced(function*(
  content: string,
  type: PolicyType
): Effect.fn.Return<string, Fault> {
  const { characters } = yield* quotasOf(type)
  if (!isPolicy(parseJson(content), type)) {
    return yield* malformedPolicy(
      "The provided policy document does not meet the requirements of the specified policy type."
    )
  }
  return content.length > characters
    ? yield* violation("POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the maximum policy size.")
    : content
})
