// The conditions of policies. See "IAM JSON policy elements: Condition operators" in IAM's user guide.
import { BlockList, isIP } from "node:net"
import { glob } from "./globs.ts"
import { expandPattern, expandText, type ValueOf } from "./policyVariables.ts"

/** One key of a condition: `"StringEqualsIfExists": { "aws:PrincipalTag/team": ["a", "b"] }`. */
export interface Condition {
  /** The operator without its quantifier and without `IfExists`: `StringEquals`. */
  readonly operator: string
  readonly quantifier: "ForAllValues" | "ForAnyValue" | undefined
  readonly ifExists: boolean
  readonly key: string
  readonly values: ReadonlyArray<string>
}

/** The values of a condition key in a request; `undefined` if the request doesn't have the key. Keys ignore case. */
export type ValuesOf = (key: string) => ReadonlyArray<string> | undefined

type Test = (value: string, expected: string, valueOf: ValueOf | undefined) => boolean

/** A text of the policy, with the values of its variables. Without a value, no text is equal to it. */
const onText = (test: (value: string, expected: string) => boolean): Test => (value, expected, valueOf) => {
  const text = valueOf === undefined ? expected : expandText(expected, valueOf)
  return text !== undefined && test(value, text)
}

const onPattern = (test: (value: string, pattern: string) => boolean): Test => (value, expected, valueOf) => {
  const pattern = expandPattern(expected, valueOf)
  return pattern !== undefined && test(value, pattern)
}

const matches = (value: string, pattern: string): boolean => glob(pattern, { escapes: true })(value)

/** Compares the six parts of an ARN one by one, so that a wildcard doesn't reach over a colon of the first five. */
const matchesArn = (value: string, pattern: string): boolean => {
  const partsOf = (arn: string): ReadonlyArray<string> => {
    const parts = arn.split(":")
    return [...parts.slice(0, 5), parts.slice(5).join(":")]
  }
  const parts = partsOf(value)
  const patterns = partsOf(pattern)
  return parts.length === patterns.length && parts.every((part, i) => matches(part, patterns[i]!))
}

const numeric = (test: (value: number, expected: number) => boolean): Test =>
  onText((value, expected) => value.trim() !== "" && expected.trim() !== "" && test(Number(value), Number(expected)))

/** A time in ISO 8601, or in seconds since 1970. */
const timeOf = (text: string): number => /^-?\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text)

const dated = (test: (value: number, expected: number) => boolean): Test =>
  onText((value, expected) => test(timeOf(value), timeOf(expected)))

const familyOf = (address: string): "ipv4" | "ipv6" | undefined =>
  ({ 0: undefined, 4: "ipv4", 6: "ipv6" } as const)[isIP(address) as 0 | 4 | 6]

const isInRange = (address: string, range: string): boolean => {
  const [network = "", length] = range.split("/")
  const family = familyOf(network)
  if (family === undefined || familyOf(address) !== family) return false
  const bits = length === undefined ? (family === "ipv4" ? 32 : 128) : Number(length)
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === "ipv4" ? 32 : 128)) return false
  const list = new BlockList()
  list.addSubnet(network, bits, family)
  return list.check(address, family)
}

const tests: Readonly<Record<string, Test>> = {
  StringEquals: onText((value, expected) => value === expected),
  StringEqualsIgnoreCase: onText((value, expected) => value.toLowerCase() === expected.toLowerCase()),
  StringLike: onPattern(matches),
  ArnEquals: onPattern(matchesArn),
  ArnLike: onPattern(matchesArn),
  Bool: onText((value, expected) => value.toLowerCase() === expected.toLowerCase()),
  BinaryEquals: (value, expected) => value === expected,
  IpAddress: onText(isInRange),
  NumericEquals: numeric((value, expected) => value === expected),
  NumericLessThan: numeric((value, expected) => value < expected),
  NumericLessThanEquals: numeric((value, expected) => value <= expected),
  NumericGreaterThan: numeric((value, expected) => value > expected),
  NumericGreaterThanEquals: numeric((value, expected) => value >= expected),
  DateEquals: dated((value, expected) => value === expected),
  DateLessThan: dated((value, expected) => value < expected),
  DateLessThanEquals: dated((value, expected) => value <= expected),
  DateGreaterThan: dated((value, expected) => value > expected),
  DateGreaterThanEquals: dated((value, expected) => value >= expected)
}

/** The negated operators, by the operator that they negate. */
const negations: Readonly<Record<string, string>> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
  NotIpAddress: "IpAddress",
  NumericNotEquals: "NumericEquals",
  DateNotEquals: "DateEquals"
}

const names: ReadonlyMap<string, string> = new Map(
  [...Object.keys(tests), ...Object.keys(negations), "Null"].map((name) => [name.toLowerCase(), name])
)

/** The parts of an operator such as `ForAnyValue:StringLikeIfExists`; `undefined` if AWS doesn't have it. */
export const operatorOf = (text: string): Pick<Condition, "ifExists" | "operator" | "quantifier"> | undefined => {
  const [, quantifier, given = "", ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/i.exec(text) ?? []
  const operator = names.get(given.toLowerCase())
  if (operator === undefined || (operator === "Null" && ifExists !== undefined)) return undefined
  return {
    operator,
    quantifier: quantifier === undefined
      ? undefined
      : quantifier.toLowerCase() === "forallvalues"
      ? "ForAllValues"
      : "ForAnyValue",
    ifExists: ifExists !== undefined
  }
}

/** Whether a condition is met. Without `valueOf`, `${…}` is plain text, as in policies of the version 2008-10-17. */
export const holds = (
  { ifExists, key, operator, quantifier, values }: Condition,
  valuesOf: ValuesOf,
  valueOf: ValueOf | undefined
): boolean => {
  const found = valuesOf(key)
  if (operator === "Null") {
    return values.some((expected) =>
      (found === undefined || found.length === 0) === (expected.toLowerCase() === "true")
    )
  }
  const negated = negations[operator]
  const test = tests[negated ?? operator]!
  const meets = (value: string): boolean =>
    values.some((expected) => test(value, expected, valueOf)) === (negated === undefined)
  if (found === undefined || found.length === 0) {
    if (ifExists || quantifier === "ForAllValues") return true
    return quantifier === undefined && negated !== undefined
  }
  if (quantifier === "ForAllValues") return found.every(meets)
  // Without a quantifier, the key has one value.
  return quantifier === "ForAnyValue" || negated === undefined ? found.some(meets) : found.every(meets)
}
