// The constraints of AWS's models: required members and valid values. AWS checks them before anything else, and its message lists
// every violation.
import * as Effect from "effect/Effect"
import { unobserved } from "../engine/input.ts"
import { Fault } from "../wire/fault.ts"

/** The constraints of one member. */
export interface Rule<V> {
  readonly required?: true
  /** The smallest number, or the shortest length of a text, a list, a map or bytes. */
  readonly min?: number
  readonly max?: number
  /** The pattern in AWS's model and message. It must match the whole text. */
  readonly pattern?: string
  /** The allowed values, in the order of AWS's message. */
  readonly enum?: ReadonlyArray<string>
  /** Whether messages leave the value out, because it is a secret. */
  readonly sensitive?: true
  /** The constraints of the elements of a list of simple values. */
  readonly each?: Omit<Rule<string>, "each" | "members" | "required">
  /** The constraints of the members of a structure, or of each structure in a list. */
  readonly members?: V extends ReadonlyArray<infer E> ? Rules<NonNullable<E>> : Rules<V>
  /** The constraints of each value of a map. */
  readonly values?: V extends Readonly<Record<string, infer E>> ? Rule<NonNullable<E>> : never
}

/** The constraints of the members of a structure. */
export type Rules<I> = { readonly [K in keyof I]?: Rule<NonNullable<I[K]>> }

/** An input that has all required members. */
export type Checked<I, R> =
  & I
  & {
    readonly [K in keyof R & keyof I as R[K] extends { readonly required: true } ? K : never]-?: NonNullable<I[K]>
  }

/** How a service words its errors. */
export interface Words {
  /** `ValidationException` for most services with JSON, `ValidationError` for most with the query protocol. */
  readonly code: string
  /** Leaves the values and the allowed values out of the message, as IAM does. */
  readonly hidesValues?: boolean
  /** The service's own error for a missing member such as `MetricData.member.1.MetricName`, if it has one. */
  readonly missing?: (member: string) => Fault
}

const patterns = new Map<string, RegExp>()

const compiled = (pattern: string): RegExp => {
  let regex = patterns.get(pattern)
  if (regex === undefined) {
    const whole = `^(?:${pattern})$`
    try {
      regex = new RegExp(whole, "u")
    } catch {
      // Escapes that only the older syntax allows, such as `\_`.
      regex = new RegExp(whole)
    }
    patterns.set(pattern, regex)
  }
  return regex
}

/** Whether a whole text matches a pattern of AWS's models. */
export const matchesPattern = (pattern: string, text: string): boolean => compiled(pattern).test(text)

/** A value as AWS's messages show it: as Java writes it. */
const shown = (value: unknown): string => {
  if (value instanceof Uint8Array) return `java.nio.HeapByteBuffer[pos=0 lim=${value.length} cap=${value.length}]`
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value).map(([name, member]) => `${name}=${shown(member)}`).join(", ")}}`
  }
  return String(value)
}

const sizeOf = (value: unknown): { readonly of: "length" | "value"; readonly size: number } => {
  if (typeof value === "number" || typeof value === "bigint") return { of: "value", size: Number(value) }
  if (typeof value === "string" || Array.isArray(value)) return { of: "length", size: value.length }
  if (value instanceof Uint8Array) return { of: "length", size: value.length }
  return { of: "length", size: Object.keys(value as object).length }
}

const atMost = (of: string, max: number): string => `have ${of} less than or equal to ${max}`
const atLeast = (of: string, min: number): string => `have ${of} greater than or equal to ${min}`
const enumOf = (values: ReadonlyArray<string>, { hidesValues }: Words): string =>
  `satisfy enum value set${hidesValues === true ? "" : `: [${values.join(", ")}]`}`
const matching = (pattern: string): string => `satisfy regular expression pattern: ${pattern}`

/** The constraints that a value breaks, in the words that follow "Member must". */
const broken = (value: unknown, rule: Rule<any>, words: Words): ReadonlyArray<string> => {
  const { each, enum: values, max, min, pattern } = rule
  const { of, size } = sizeOf(value)
  const isElementBroken = each !== undefined && Array.isArray(value) &&
    value.some((element) => broken(element, each, words).length > 0)
  return [
    ...(pattern !== undefined && !matchesPattern(pattern, String(value)) ? [matching(pattern)] : []),
    ...(max !== undefined && !(size <= max) ? [atMost(of, max)] : []),
    ...(min !== undefined && !(size >= min) ? [atLeast(of, min)] : []),
    ...(values !== undefined && !values.includes(String(value)) ? [enumOf(values, words)] : []),
    ...(isElementBroken
      ? [`satisfy constraint: [${all(each, words).map((what) => `Member must ${what}`).join(", ")}]`]
      : [])
  ]
}

/** All constraints of a rule. For an element of a list, AWS lists every constraint, not only the broken ones. */
const all = ({ enum: values, max, min, pattern }: Rule<any>, words: Words): ReadonlyArray<string> => [
  ...(max === undefined ? [] : [atMost("length", max)]),
  ...(min === undefined ? [] : [atLeast("length", min)]),
  ...(pattern === undefined ? [] : [matching(pattern)]),
  ...(values === undefined ? [] : [enumOf(values, words)])
]

/** A member as AWS's messages name it: `Tags` → `tags`, `ARN` → `aRN`. */
const messageName = (member: string): string => member.charAt(0).toLowerCase() + member.slice(1)

interface Found {
  readonly missing: Array<string>
  readonly violations: Array<string>
}

const inspect = (
  input: Readonly<Record<string, unknown>>,
  rules: Rules<any>,
  words: Words,
  found: Found,
  at: { readonly message: string; readonly wire: string },
  nameOf = messageName
): void => {
  for (const [name, rule] of Object.entries(rules)) {
    if (rule === undefined) continue
    const message = at.message + nameOf(name)
    const wire = at.wire + name
    const value = input[name]
    const isHidden = words.hidesValues === true || (rule.sensitive === true && value !== undefined)
    const shownValue = isHidden ? "" : value === undefined ? " null" : ` '${shown(value)}'`
    const violated = (what: string) =>
      found.violations.push(`Value${shownValue} at '${message}' failed to satisfy constraint: Member must ${what}`)
    if (value === undefined || value === null) {
      if (rule.required === true) {
        found.missing.push(wire)
        violated("not be null")
      }
      continue
    }
    for (const what of broken(value, rule, words)) violated(what)
    if (rule.values !== undefined) {
      const keys = Object.keys(value as object)
      const rules = Object.fromEntries(keys.map((key) => [`${key}.member`, rule.values]))
      const values = Object.fromEntries(keys.map((key) => [`${key}.member`, (value as Record<string, unknown>)[key]]))
      inspect(values, rules, words, found, { message: `${message}.`, wire: `${wire}.` }, String)
    }
    if (rule.members === undefined) continue
    if (Array.isArray(value)) {
      for (const [i, element] of value.entries()) {
        inspect(element, rule.members, words, found, {
          message: `${message}.${i + 1}.member.`,
          wire: `${wire}.member.${i + 1}.`
        })
      }
    } else {
      inspect(value as Readonly<Record<string, unknown>>, rule.members, words, found, {
        message: `${message}.`,
        wire: `${wire}.`
      })
    }
  }
}

/** The error for violations: `Value 'x' at 'name' failed to satisfy constraint: Member must …`. */
const violation = ({ code }: Words, violations: ReadonlyArray<string>): Fault =>
  new Fault({
    code,
    message: `${violations.length} validation error${violations.length === 1 ? "" : "s"} detected: ${
      violations.join("; ")
    }`
  })

/**
 * Makes a service's check of inputs: `const check = checker({ code: "ValidationException" })`.
 *
 * ```ts skip-check
 * const { Name } = yield* check(input, { Name: { required: true, min: 1, max: 2048 } })
 * ```
 *
 * Fails with one error that lists all violations. Doesn't count as reading the members.
 */
export const checker =
  (words: Words) =>
  <I extends object, const R extends Rules<I>>(input: I, rules: R): Effect.Effect<Checked<I, R>, Fault> => {
    const found: Found = { missing: [], violations: [] }
    inspect(unobserved(input) as Readonly<Record<string, unknown>>, rules, words, found, { message: "", wire: "" })
    const [missing] = found.missing
    if (missing !== undefined && words.missing !== undefined) return Effect.fail(words.missing(missing))
    return found.violations.length > 0
      ? Effect.fail(violation(words, found.violations))
      : Effect.succeed(input as Checked<I, R>)
  }
