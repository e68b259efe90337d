// Values of a log entry as values that JSON has.
import * as Cause from "effect/Cause"
import * as Redactable from "effect/Redactable"
import { isRedacted } from "effect/Redacted"
import { messageOf, stackOf, typeOf } from "./failures.ts"

/** Deeper than that, nobody reads a log. */
const DEPTH = 20

const attempt = (evaluate: () => unknown): unknown => {
  try {
    return evaluate()
  } catch {
    return "[a value that can't be read]"
  }
}

const ofObject = (value: object, above: ReadonlyArray<object>): unknown => {
  if (above.includes(value)) return "[Circular]"
  if (above.length >= DEPTH) return "[…]"
  const within = [...above, value]
  const go = (member: unknown) => plain(member, within)
  if (isRedacted(value)) return String(value)
  if (Redactable.isRedactable(value)) return go(Redactable.redact(value))
  if (value instanceof Error) {
    const errorType = typeOf(value)
    return { errorType, errorMessage: messageOf(value, errorType), stackTrace: stackOf(Cause.fail(value)) }
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString()
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return `[${value.constructor.name} of ${value.byteLength.toLocaleString("en")} bytes]`
  }
  if ("toJSON" in value && typeof value.toJSON === "function") return go(value.toJSON())
  if (Array.isArray(value)) return value.map(go)
  if (value instanceof Map) return [...value].map(go)
  if (value instanceof Set) return [...value].map(go)
  const result = Object.create(null) as Record<string, unknown>
  for (const key of Object.keys(value)) result[key] = attempt(() => go((value as Record<string, unknown>)[key]))
  return result
}

/** A value that `JSON.stringify` writes, whatever the value is. */
export const plain = (value: unknown, above: ReadonlyArray<object> = []): unknown => {
  switch (typeof value) {
    case "bigint":
    case "symbol":
      return String(value)
    case "function":
      return `[Function ${value.name}]`
    case "number":
      return Number.isFinite(value) ? value : String(value)
    case "undefined":
      return above.length === 0 ? "undefined" : undefined
    case "object":
      return value === null ? null : attempt(() => ofObject(value, above))
    default:
      return value
  }
}
