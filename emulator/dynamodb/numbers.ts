// The numbers of DynamoDB: decimals of 38 digits, from 1E-130 to 9.9…E+125.

/** `digits` × 10 to the power of `exponent`. The digits don't end in a zero. */
export interface Decimal {
  readonly digits: bigint
  readonly exponent: number
}

export type NumberProblem = "NotANumber" | "TooManyDigits" | "Overflow" | "Underflow"

const PRECISION = 38
const LARGEST = 125
const SMALLEST = -130

const zero: Decimal = { digits: 0n, exponent: 0 }

/** Removes the zeros at the end of the digits, and checks the limits. */
const normal = (digits: string, exponent: number, isNegative: boolean): Decimal | NumberProblem => {
  const start = digits.replace(/^0+/, "")
  if (start === "") return zero
  // A pattern for zeros at the end takes quadratic time if they are in the middle.
  let end = start.length
  while (start[end - 1] === "0") end -= 1
  const whole = start.slice(0, end)
  const magnitude = start.length - 1 + exponent
  if (magnitude > LARGEST) return "Overflow"
  if (magnitude < SMALLEST) return "Underflow"
  if (whole.length > PRECISION) return "TooManyDigits"
  const value = BigInt(whole)
  return { digits: isNegative ? -value : value, exponent: exponent + start.length - whole.length }
}

export const parseNumber = (text: string): Decimal | NumberProblem => {
  const found = /^([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?$/.exec(text)
  if (found === null) return "NotANumber"
  const fraction = found[3] ?? found[4] ?? ""
  return normal((found[2] ?? "") + fraction, Number(found[5] ?? 0) - fraction.length, found[1] === "-")
}

/** As AWS writes a number: without an exponent. */
export const formatNumber = ({ digits, exponent }: Decimal): string => {
  const sign = digits < 0n ? "-" : ""
  const text = String(digits < 0n ? -digits : digits)
  if (exponent >= 0) return sign + text + "0".repeat(digits === 0n ? 0 : exponent)
  const padded = text.padStart(1 - exponent, "0")
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`
}

/** The digits of both at the same exponent. */
const aligned = (a: Decimal, b: Decimal): readonly [bigint, bigint, number] => {
  const exponent = Math.min(a.exponent, b.exponent)
  const at = (one: Decimal) => one.digits * 10n ** BigInt(one.exponent - exponent)
  return [at(a), at(b), exponent]
}

export const compareNumbers = (a: Decimal, b: Decimal): number => {
  const [x, y] = aligned(a, b)
  return x < y ? -1 : x > y ? 1 : 0
}

/** The sum, or the difference with the sign -1. */
export const addNumbers = (a: Decimal, b: Decimal, sign: 1 | -1 = 1): Decimal | NumberProblem => {
  const [x, y, exponent] = aligned(a, b)
  const sum = sign === 1 ? x + y : x - y
  return normal(String(sum < 0n ? -sum : sum), exponent, sum < 0n)
}
