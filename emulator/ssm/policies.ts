/** The policies of parameters: when a parameter expires, and when AWS would send an event about it. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import * as Ssm from "./state.ts"

const MOST = 10

const wrongType = new Fault({
  code: "InvalidPolicyTypeException",
  message: "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, " +
    "ExpirationNotification, and NoChangeNotification."
})

const wrongAttribute = new Fault({
  code: "InvalidPolicyAttributeException",
  message: "A policy attribute or its value is invalid."
})

const tooMany = new Fault({
  code: "PoliciesLimitExceededException",
  message: "You specified more than the maximum number of allowed policies for the parameter. The maximum is 10."
})

const incompatible = new Fault({
  code: "IncompatiblePolicyException",
  message: "There is a conflict in the policies specified for this parameter. You can't, for example, specify two " +
    "Expiration policies for a parameter. Review your policies, and try again."
})

type Structure = Readonly<Record<string, unknown>>

const isStructure = (value: unknown): value is Structure =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parse = (text: string): ReadonlyArray<Structure> | undefined => {
  const value = Result.getOrUndefined(Result.try((): unknown => JSON.parse(text)))
  return Array.isArray(value) && value.every(isStructure) ? value : undefined
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/

/** A time in ISO format, in milliseconds; `NaN` for any other text. */
const timeOf = (text: unknown): number => typeof text === "string" && instant.test(text) ? Date.parse(text) : NaN

const units: Readonly<Record<string, number>> = { Days: 86_400_000, Hours: 3_600_000 }

/** A number of days or hours, in milliseconds; `NaN` if it isn't one. */
const spanOf = (count: unknown, unit: unknown): number =>
  typeof count === "string" && /^[1-9]\d{0,4}$/.test(count) && typeof unit === "string"
    ? Number(count) * (units[unit] ?? NaN)
    : NaN

/** Reads the policies of a request. An empty policy, `[{}]`, stands for none. */
export const read = Effect.fnUntraced(function*(text: string, now: number) {
  const found = parse(text)
  if (found === undefined) return yield* Ssm.validation(`Invalid policies input: ${text}.`)
  const given = found.filter((policy) => Object.keys(policy).length > 0)
  if (given.length > MOST) return yield* tooMany
  const expirations = given.filter(({ Type }) => Type === "Expiration")
  if (expirations.length > 1) return yield* incompatible
  const [expiration] = expirations
  const end = isStructure(expiration?.["Attributes"]) ? timeOf(expiration["Attributes"]["Timestamp"]) : NaN
  const policies: Array<Ssm.Policy> = []
  for (const { Attributes, Type: type, ...rest } of given) {
    if (type !== "Expiration" && type !== "ExpirationNotification" && type !== "NoChangeNotification") {
      return yield* wrongType
    }
    if (rest["Version"] !== "1.0" || !isStructure(Attributes)) return yield* wrongAttribute
    if (type === "ExpirationNotification" && expiration === undefined) {
      return yield* unsupported("The in-memory SSM has ExpirationNotification only together with an Expiration policy.")
    }
    const due = type === "Expiration"
      ? end
      : type === "ExpirationNotification"
      ? end - spanOf(Attributes["Before"], Attributes["Unit"])
      : now + spanOf(Attributes["After"], Attributes["Unit"])
    if (Number.isNaN(due) || (type === "Expiration" && due <= now)) return yield* wrongAttribute
    policies.push({ type, text: JSON.stringify({ Type: type, ...rest, Attributes }), due })
  }
  return policies
})

/** The policies of an overwritten parameter. The time without a change begins again. */
export const renewed = (policies: ReadonlyArray<Ssm.Policy>, before: number, now: number): ReadonlyArray<Ssm.Policy> =>
  policies.map((policy) =>
    policy.type === "NoChangeNotification" ? { ...policy, due: policy.due - before + now } : policy
  )

export const toSdk = (policies: ReadonlyArray<Ssm.Policy>, now: number): Array<sdk.ParameterInlinePolicy> =>
  policies.map(({ due, text, type }) => ({
    PolicyText: text,
    PolicyType: type,
    PolicyStatus: due <= now ? "Finished" : "Pending"
  }))
