import { NumericValue } from "@smithy/core/serde"

/**
 * Bytes as text, no difference between a `Buffer` and other bytes, and no difference between the types in which the SDK reads
 * numbers: where a shape has a document in it, it reads those that are great or have many digits as other types.
 */
export const plain = (value: unknown): unknown => {
  if (typeof value === "bigint") return Number(value)
  if (value instanceof NumericValue) return Number(value.string)
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`
  if (value instanceof Date || typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]))
}
