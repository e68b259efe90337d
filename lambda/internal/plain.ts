// Values of a log entry as values that JSON has.
import * as Cause from "effect/Cause"
import * as Redactable from "effect/Redactable"
import { isRedacted } from "effect/Redacted"
import { isError, messageOf, stackOf, typeOf } from "./failures.ts"

/** Deeper than that, nobody reads a log. */
const DEPTH = 20

/**
 * Of values in a value: more don't fit into a line. A few objects that share others may stand for more values than a process has
 * memory for.
 */
const VALUES = 125_000

/** How many values may still be written. */
interface Budget {
  left: number
}

const attempt = (evaluate: () => unknown): unknown => {
  try {
    return evaluate()
  } catch {
    return "[a value that can't be read]"
  }
}

/** What is left out, in the words of a log. */
const rest = (count: number): string => `[… ${count.toLocaleString("en")} more]`

const ofList = (
  { length, next }: { readonly length: number; readonly next: (index: number) => unknown },
  go: (member: unknown) => unknown,
  budget: Budget
): ReadonlyArray<unknown> => {
  const result: Array<unknown> = []
  for (let i = 0; i < length; i++) {
    if (budget.left <= 0) return [...result, rest(length - i)]
    result.push(attempt(() => go(next(i))))
  }
  return result
}

const ofObject = (value: object, above: ReadonlyArray<object>, budget: Budget): unknown => {
  if (above.includes(value)) return "[Circular]"
  if (above.length >= DEPTH) return "[…]"
  const within = [...above, value]
  const go = (member: unknown) => ofAny(member, within, budget)
  if (isRedacted(value)) return String(value)
  if (Redactable.isRedactable(value)) return go(Redactable.redact(value))
  if (isError(value)) {
    const errorType = typeOf(value)
    return { errorType, errorMessage: messageOf(value, errorType), stackTrace: stackOf(Cause.fail(value)) }
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString()
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return `[${value.constructor.name} of ${value.byteLength.toLocaleString("en")} bytes]`
  }
  if ("toJSON" in value && typeof value.toJSON === "function") return go(value.toJSON())
  if (Array.isArray(value)) return ofList({ length: value.length, next: (i) => value[i] }, go, budget)
  if (value instanceof Map || value instanceof Set) {
    const members: Iterator<unknown> = value[Symbol.iterator]()
    return ofList({ length: value.size, next: () => members.next().value }, go, budget)
  }
  const result = Object.create(null) as Record<string, unknown>
  const keys = Object.keys(value)
  for (const [i, key] of keys.entries()) {
    if (budget.left <= 0) {
      result["…"] = rest(keys.length - i)
      break
    }
    result[key] = attempt(() => go((value as Record<string, unknown>)[key]))
  }
  return result
}

const ofAny = (value: unknown, above: ReadonlyArray<object>, budget: Budget): unknown => {
  budget.left--
  switch (typeof value) {
    case "bigint":
    case "symbol":
      return String(value)
    case "function":
      return attempt(() => `[Function ${value.name}]`)
    case "number":
      return Number.isFinite(value) ? value : String(value)
    case "undefined":
      return above.length === 0 ? "undefined" : undefined
    case "object":
      return value === null ? null : attempt(() => ofObject(value, above, budget))
    default:
      return value
  }
}

/** A value that `JSON.stringify` writes, whatever the value is. */
export const plain = (value: unknown): unknown => ofAny(value, [], { left: VALUES })
