// Simple values as text: in headers, labels, queries and forms.
import { NumericValue } from "@smithy/core/serde"
import { dateToUtcString } from "@smithy/core/serde"
import type { Shape } from "./sdk.ts"

/** The text isn't a value of the shape. `expected` is the type, as AWS's messages name it. */
export class WrongValue extends Error {
  readonly text: string
  readonly expected: string
  constructor(text: string, expected: string) {
    super(`${text} is not a ${expected}`)
    this.text = text
    this.expected = expected
  }
}

const wrong = (text: string, expected: string): never => {
  throw new WrongValue(text, expected)
}

const number = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/
const specialNumber = /^(NaN|-?Infinity)$/
const dateAndTime = /^\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?)?$/
const basicDateAndTime = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
const httpDate = /^[A-Z][a-z]+,? /

/** The date at this many seconds since 1970; `undefined` if no date can be that far away, or if it isn't a number. */
export const dateOf = (seconds: number): Date | undefined => {
  const date = new Date(Math.round(seconds * 1_000))
  return Number.isNaN(date.getTime()) ? undefined : date
}

/**
 * Reads a time in any format that clients send: seconds since 1970, RFC 3339 with or without a time or an offset, ISO
 * 8601's basic format, or one of the three formats of an HTTP date.
 */
export const readTimestamp = (text: string): Date => {
  if (number.test(text)) return dateOf(Number(text)) ?? wrong(text, "Timestamp")
  const basic = text.replace(basicDateAndTime, "$1-$2-$3T$4:$5:$6Z")
  let time = Number.NaN
  if (dateAndTime.test(basic)) {
    const isZoned = basic.length === 10 || /([Zz]|[+-]\d\d:?\d\d)$/.test(basic.slice(10))
    time = Date.parse(isZoned ? basic.toUpperCase() : `${basic}Z`)
  } else if (httpDate.test(text)) time = Date.parse(/GMT|UTC|[+-]\d{4}/.test(text) ? text : `${text} GMT`)
  return Number.isNaN(time) ? wrong(text, "Timestamp") : new Date(time)
}

const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/

export const isBase64 = (text: string): boolean => base64.test(text)

export const isNumber = (text: string): boolean => number.test(text) || specialNumber.test(text)

const isBoolean = (text: string): boolean => /^(true|false)$/i.test(text)

/** The value of a simple shape. Throws `WrongValue`. */
export const readText = (shape: Shape, text: string): unknown => {
  if (shape.isStringSchema() || shape.isDocumentSchema()) return text
  if (shape.isNumericSchema()) return isNumber(text) ? Number(text) : wrong(text, "Number")
  if (shape.isBooleanSchema()) return isBoolean(text) ? text.toLowerCase() === "true" : wrong(text, "Boolean")
  if (shape.isTimestampSchema()) return readTimestamp(text)
  if (shape.isBlobSchema()) return isBase64(text) ? new Uint8Array(Buffer.from(text, "base64")) : wrong(text, "Blob")
  if (shape.isBigIntegerSchema()) return /^[+-]?\d+$/.test(text) ? BigInt(text) : wrong(text, "Integer")
  if (shape.isBigDecimalSchema()) return isNumber(text) ? new NumericValue(text, "bigDecimal") : wrong(text, "Number")
  return wrong(text, shape.getName() ?? "Structure")
}

/** The text of a simple value in a header. */
export const headerText = (shape: Shape, value: unknown): string => {
  if (value instanceof Date) {
    const format = shape.getSchema()
    return format === 5
      ? value.toISOString().replace(".000Z", "Z")
      : format === 7
      ? String(value.getTime() / 1_000)
      : dateToUtcString(value)
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64")
  if (value instanceof NumericValue) return value.string
  // A header can't contain line breaks.
  return String(value).replace(/[\r\n]+/g, " ")
}
