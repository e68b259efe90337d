/** The policies of parameters: when a parameter expires, and when AWS would send an event about it. */
import type * as sdk from "@aws-sdk/client-ssm"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { isJsonObject, parseJson } from "../support/json.ts"
import * as Ssm from "./state.ts"

const MOST = 10

const wrongAttribute = (message: string) => new Fault({ code: "InvalidPolicyAttributeException", message })

const incompatible = (message: string) => new Fault({ code: "IncompatiblePolicyException", message })

type Structure = Readonly<Record<string, unknown>>

const parse = (text: string): ReadonlyArray<Structure> | undefined => {
  const value = parseJson(text)
  return Array.isArray(value) && value.every(isJsonObject) ? value : undefined
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/

/** A time in ISO format, in milliseconds; `NaN` for any other text. */
const timeOf = (text: unknown): number => typeof text === "string" && instant.test(text) ? Date.parse(text) : NaN

const units: Readonly<Record<string, number>> = { days: 86_400_000, hours: 3_600_000 }

const types = ["Expiration", "ExpirationNotification", "NoChangeNotification"] as const

const typeOf = (type: unknown) => types.find((known) => known === type)

/** The number of days or hours in the attributes of a notification, in milliseconds. */
const spanOf = Effect.fnUntraced(function*(attributes: Structure, name: "Before" | "After") {
  const missing = [name, "Unit"].find((one) => attributes[one] === undefined)
  if (missing !== undefined) return yield* wrongAttribute(`Mandatory policy attribute ${missing} is missing.`)
  const count = String(attributes[name])
  if (!/^[1-9]\d{0,4}$/.test(count)) return yield* wrongAttribute(`Attribute ${name} must be a positive integer.`)
  const unit = units[String(attributes["Unit"]).toLowerCase()]
  return unit === undefined ? yield* wrongAttribute("Supported time units: DAYS HOURS") : Number(count) * unit
})

const endOf = Effect.fnUntraced(function*({ Timestamp }: Structure, now: number) {
  if (Timestamp === undefined) {
    return yield* wrongAttribute("A valid Expiration policy must have an attribute of Timestamp.")
  }
  const end = timeOf(Timestamp)
  if (Number.isNaN(end)) return yield* wrongAttribute("Invalid timestamp format")
  return end <= now ? yield* wrongAttribute("The timestamp of an Expiration policy must be in the future.") : end
})

/** Reads the policies of a request. An empty policy, `[{}]`, stands for none. */
export const read = Effect.fnUntraced(function*(text: string, now: number) {
  const found = parse(text)
  if (found === undefined) return yield* Ssm.validation(`Invalid policies input: ${text}.`)
  if (found.length > MOST) {
    return yield* new Fault({
      code: "PoliciesLimitExceededException",
      message: `Number of policies attached to a parameter cannot exceed ${MOST}`
    })
  }
  const policies: Array<Ssm.Policy> = []
  let end: number | undefined
  const isEmpty = found.length === 1 && Object.keys(found[0]!).length === 0
  // The expiration comes first, because notifications count from it.
  const sorted = [...found].sort((a, b) => Number(b["Type"] === "Expiration") - Number(a["Type"] === "Expiration"))
  for (const given of isEmpty ? [] : sorted) {
    const { Attributes, Type } = given
    const type = typeOf(Type)
    if (type === undefined) {
      return yield* new Fault({
        code: "InvalidPolicyTypeException",
        message: `Policy type ${Type} is not supported.`
      })
    }
    if (given["Version"] !== "1.0") return yield* wrongAttribute("Unsupported policy version.")
    if (!isJsonObject(Attributes)) return yield* wrongAttribute("Mandatory policy attribute Attributes is missing.")
    if (type === "Expiration") {
      if (end !== undefined) return yield* incompatible("There can be only one expiration policy")
      end = yield* endOf(Attributes, now)
      policies.push({ type, text: JSON.stringify(given), due: end })
    } else if (type === "ExpirationNotification") {
      if (end === undefined) {
        return yield* incompatible("Expiration notification policies are missing expiration policy")
      }
      policies.push({ type, text: JSON.stringify(given), due: end - (yield* spanOf(Attributes, "Before")) })
    } else policies.push({ type, text: JSON.stringify(given), due: now + (yield* spanOf(Attributes, "After")) })
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
