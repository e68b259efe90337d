/** Feature flags: the documents that AppConfig takes, and what it gives to clients. */
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { isJsonObject, parseJson } from "../support/json.ts"

type Json = Readonly<Record<string, unknown>>

const key = /^[a-z][a-zA-Z\d_-]{0,63}$/

/** Members that AppConfig keeps for itself. */
const isMeta = (name: string): boolean => name.startsWith("_")

const textOf = (content: Uint8Array): string => Buffer.from(content).toString("utf8")

const others = (object: Json, allowed: ReadonlyArray<string>): ReadonlyArray<string> =>
  Object.keys(object).filter((name) => !isMeta(name) && !allowed.includes(name))

const objectAt = (parent: Json, name: string, problems: Array<string>, path: string): Json => {
  const value = parent[name] ?? {}
  if (isJsonObject(value)) return value
  problems.push(`${path} is not an object`)
  return {}
}

/** What is wrong with one value of an attribute. */
const problemOf = (value: unknown, constraints: Json): string | undefined => {
  const { elements, enum: values, maximum, minimum, pattern, type } = constraints
  if (type === "array") {
    if (!Array.isArray(value)) return "is not an array"
    return isJsonObject(elements)
      ? value.map((one) => problemOf(one, elements)).find((problem) => problem !== undefined)
      : undefined
  }
  if (typeof value !== type) return `is not a ${String(type)}`
  if (Array.isArray(values) && !values.includes(value)) return `is none of ${values.join(", ")}`
  if (typeof pattern === "string" && !new RegExp(pattern, "u").test(String(value))) return `doesn't match ${pattern}`
  if (typeof minimum === "number" && Number(value) < minimum) return `is less than ${minimum}`
  if (typeof maximum === "number" && Number(value) > maximum) return `is greater than ${maximum}`
  return undefined
}

const checkValue = (name: string, value: unknown, attributes: Json, problems: Array<string>): void => {
  const path = `values.${name}`
  if (!isJsonObject(value)) return void problems.push(`${path} is not an object`)
  if (typeof value["enabled"] !== "boolean") problems.push(`${path}.enabled is not a boolean`)
  for (const other of others(value, ["enabled", ...Object.keys(attributes)])) {
    problems.push(`${path}.${other} is no attribute of the flag`)
  }
  for (const [attribute, definition] of Object.entries(attributes)) {
    const constraints = isJsonObject(definition) ? definition["constraints"] : undefined
    if (!isJsonObject(constraints)) continue
    const given = value[attribute]
    const problem = given !== undefined
      ? problemOf(given, constraints)
      : constraints["required"] === true && value["enabled"] === true
      ? "is missing"
      : undefined
    if (problem !== undefined) problems.push(`${path}.${attribute} ${problem}`)
  }
}

const problemsWith = (document: Json): ReadonlyArray<string> => {
  const problems: Array<string> = []
  if (document["version"] !== "1") problems.push(`version is not "1"`)
  for (const other of others(document, ["version", "flags", "values"])) problems.push(`${other} is not allowed`)
  const flags = objectAt(document, "flags", problems, "flags")
  const values = objectAt(document, "values", problems, "values")
  const attributesOf = (name: string): Json =>
    isJsonObject(flags[name]) ? objectAt(flags[name], "attributes", problems, `flags.${name}.attributes`) : {}
  for (const [name, flag] of Object.entries(flags)) {
    if (!key.test(name)) problems.push(`flags.${name} is no name of a flag`)
    if (!isJsonObject(flag)) problems.push(`flags.${name} is not an object`)
    for (const attribute of Object.keys(attributesOf(name))) {
      if (!key.test(attribute)) problems.push(`flags.${name}.attributes.${attribute} is no name of an attribute`)
    }
  }
  for (const [name, value] of Object.entries(values)) {
    if (flags[name] === undefined) problems.push(`values.${name} is the value of no flag`)
    else checkValue(name, value, attributesOf(name), problems)
  }
  return problems
}

/** Checks the content of a version of feature flags. */
export const checkFlags = Effect.fnUntraced(function*(content: Uint8Array) {
  const document = parseJson(textOf(content))
  const problems = isJsonObject(document) ? problemsWith(document) : ["the content is not a JSON object"]
  if (problems.length > 0) {
    return yield* new Fault({
      code: "BadRequestException",
      message: `The feature flags are not valid: ${problems.join("; ")}.`,
      members: {
        Reason: "InvalidConfiguration",
        Details: { InvalidConfiguration: problems.map((Reason) => ({ Type: "JSON_SCHEMA", Reason })) }
      }
    })
  }
  if (textOf(content).includes("\"_variants\"")) {
    return yield* unsupported("The in-memory AppConfig doesn't have the variants of feature flags.")
  }
})

/** What a client gets: the values of the flags, without the attributes of those that aren't enabled. */
export const valuesOf = (content: Uint8Array): Uint8Array => {
  const { values = {} } = JSON.parse(textOf(content)) as { readonly values?: Readonly<Record<string, Json>> }
  const shown = Object.entries(values).map(([name, value]) => [
    name,
    value["enabled"] === true
      ? Object.fromEntries(Object.entries(value).filter(([member]) => !isMeta(member)))
      : { enabled: false }
  ])
  return new TextEncoder().encode(JSON.stringify(Object.fromEntries(shown)))
}
