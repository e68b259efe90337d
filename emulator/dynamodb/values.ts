/** In-memory DynamoDB: the values of attributes. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import { Fault } from "../engine/service.ts"
import { compareNumbers, type Decimal, formatNumber, type NumberProblem, parseNumber } from "./numbers.ts"

export type Value = sdk.AttributeValue
export type Item = Readonly<Record<string, Value>>
export type ValueType = "S" | "N" | "B" | "SS" | "NS" | "BS" | "M" | "L" | "NULL" | "BOOL"

export const validation = (message: string) => new Fault({ code: "ValidationException", message })

const types: ReadonlyArray<ValueType> = ["S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"]

/** Values may be nested this deep, and so may paths. */
export const DEEPEST = 32

export const typeOf = (value: Value): ValueType => types.find((type) => value[type] !== undefined)!

export const utf8Length = (text: string): number => Buffer.byteLength(text)

// Numbers

const numberProblems: Readonly<Record<NumberProblem, string>> = {
  NotANumber: "",
  TooManyDigits: "Attempting to store more than 38 significant digits in a Number",
  Overflow: "Number overflow. Attempting to store a number with magnitude larger than supported range",
  Underflow: "Number underflow. Attempting to store a number with magnitude smaller than supported range"
}

/** The number, or the fault for what isn't one. */
export const checkedNumber = (number: Decimal | NumberProblem, text = ""): Decimal => {
  if (typeof number !== "string") return number
  throw validation(
    number === "NotANumber"
      ? `The parameter cannot be converted to a numeric value${text === "" ? "" : `: ${text}`}`
      : numberProblems[number]
  )
}

/** A number that was checked before. */
export const numberOf = (text: string): Decimal => parseNumber(text) as Decimal

const readNumber = (text: string): string => formatNumber(checkedNumber(parseNumber(text), text))

// Values of requests

const invalid = (what: string) => validation(`One or more parameter values were invalid: ${what}`)

const bytesKey = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64")

const readSet = <A>(
  elements: ReadonlyArray<A>,
  what: string,
  keyOf: (element: A) => string
): Array<A> => {
  if (elements.length === 0) throw invalid(what)
  const keys = elements.map(keyOf)
  if (new Set(keys).size < keys.length) {
    throw invalid(`Input collection [${keys.join(", ")}] contains duplicates.`)
  }
  return [...elements]
}

/** A value of a request, checked, and with its numbers as AWS stores them. */
export const readValue = (value: Value, depth = 0): Value => {
  if (depth > DEEPEST) throw validation("Nesting Levels have exceeded supported limits")
  const members = typeof value === "object" && value !== null
    ? Object.entries(value).filter(([, member]) => member !== undefined)
    : []
  if (members.length !== 1 || !types.includes(members[0]![0] as ValueType)) {
    throw validation(
      members.length > 1
        ? "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
        : "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
    )
  }
  if (value.N !== undefined) return { N: readNumber(value.N) }
  if (value.NULL !== undefined) {
    if (!value.NULL) throw invalid("Null attribute value types must have the value of true")
    return { NULL: true }
  }
  if (value.SS !== undefined) return { SS: readSet(value.SS, "An string set  may not be empty", String) }
  if (value.NS !== undefined) {
    return { NS: readSet(value.NS.map(readNumber), "An number set  may not be empty", String) }
  }
  if (value.BS !== undefined) return { BS: readSet(value.BS, "Binary sets should not be empty", bytesKey) }
  if (value.L !== undefined) return { L: value.L.map((one) => readValue(one, depth + 1)) }
  if (value.M !== undefined) return { M: readItem(value.M, depth + 1) }
  return { ...value }
}

/** The attributes of an item of a request. */
export const readItem = (item: Item, depth = 0): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => {
      if (name === "") throw invalid("An attribute name has to have at least one character")
      return [name, readValue(value, depth)]
    })
  )

// Sizes, as AWS counts them

/** Two digits take a byte, and so do the exponent and the sign. */
const numberSize = (text: string): number => {
  const digits = text.replace(/[-.]/g, "").replace(/^0+|0+$/g, "")
  return 1 + Math.ceil(digits.length / 2) + (text.startsWith("-") ? 1 : 0)
}

const sum = <A>(list: ReadonlyArray<A>, size: (one: A) => number): number =>
  list.reduce((total, one) => total + size(one), 0)

export const sizeOf = (value: Value): number => {
  if (value.S !== undefined) return utf8Length(value.S)
  if (value.N !== undefined) return numberSize(value.N)
  if (value.B !== undefined) return value.B.length
  if (value.SS !== undefined) return sum(value.SS, utf8Length)
  if (value.NS !== undefined) return sum(value.NS, numberSize)
  if (value.BS !== undefined) return sum(value.BS, (bytes) => bytes.length)
  if (value.L !== undefined) return 3 + sum(value.L, (one) => 1 + sizeOf(one))
  if (value.M !== undefined) return 3 + sum(Object.keys(value.M), () => 1) + itemSize(value.M)
  return 1
}

/** The size of an item in bytes: the names of its attributes, and their values. */
export const itemSize = (item: Item): number =>
  sum(Object.entries(item), ([name, value]) => utf8Length(name) + sizeOf(value))

// Comparisons

const compareBytes = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b)

/** The order of two texts, numbers or bytes of the same type; `undefined` for any other two values. */
export const compareValues = (a: Value, b: Value): number | undefined => {
  if (a.S !== undefined && b.S !== undefined) return compareBytes(Buffer.from(a.S), Buffer.from(b.S))
  if (a.N !== undefined && b.N !== undefined) return compareNumbers(numberOf(a.N), numberOf(b.N))
  if (a.B !== undefined && b.B !== undefined) return compareBytes(a.B, b.B)
  return undefined
}

const canonical = (value: Value): readonly [ValueType, unknown] => {
  const type = typeOf(value)
  const inner = (): unknown => {
    if (value.B !== undefined) return bytesKey(value.B)
    if (value.BS !== undefined) return value.BS.map(bytesKey).sort()
    if (value.SS !== undefined) return [...value.SS].sort()
    if (value.NS !== undefined) return [...value.NS].sort()
    if (value.L !== undefined) return value.L.map(canonical)
    if (value.M !== undefined) {
      return Object.entries(value.M).map(([name, one]) => [name, canonical(one)] as const)
        .sort(([a], [b]) => a < b ? -1 : 1)
    }
    return value[type]
  }
  return [type, inner()]
}

/** A text that is the same for equal values only, whatever the order of sets and of the members of maps. */
export const canonicalValue = (value: Value): string => JSON.stringify(canonical(value))

export const equalValues = (a: Value, b: Value): boolean => canonicalValue(a) === canonicalValue(b)

/** A value as AWS's messages show it: `{N:1}`. */
export const shownValue = (value: Value): string => {
  const type = typeOf(value)
  return `{${type}:${value.B === undefined ? String(value[type]) : bytesKey(value.B)}}`
}
