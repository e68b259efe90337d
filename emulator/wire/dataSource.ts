// Data of JSON and CBOR, which tell their types themselves.
import { NumericValue } from "@smithy/core/serde"
import type { Source } from "./reader.ts"
import { isBase64, readTimestamp, WrongValue } from "./scalars.ts"
import type { Shape } from "./sdk.ts"

type Data = unknown

const isObject = (data: Data): data is Record<string, Data> =>
  typeof data === "object" && data !== null && !Array.isArray(data) && !(data instanceof Uint8Array)

/** The data, as AWS's messages about a wrong type name it. */
const typeOf = (data: Data): string =>
  Array.isArray(data)
    ? "Start of list"
    : typeof data === "string"
    ? "STRING_VALUE"
    : typeof data === "number" || typeof data === "bigint"
    ? "NUMBER_VALUE"
    : typeof data === "boolean"
    ? `${data ? "TRUE" : "FALSE"}_VALUE`
    : "Start of structure or map"

const wrong = (data: Data, expected: string): never => {
  throw new WrongValue(typeOf(data), expected)
}

const scalar = (data: Data, shape: Shape): unknown => {
  if (shape.isDocumentSchema()) return data
  if (shape.isStringSchema()) return typeof data === "string" ? data : wrong(data, "String")
  if (shape.isNumericSchema()) {
    if (typeof data === "number") return data
    if (typeof data === "bigint") return Number(data)
    return data === "NaN" || data === "Infinity" || data === "-Infinity" ? Number(data) : wrong(data, "Number")
  }
  if (shape.isBooleanSchema()) return typeof data === "boolean" ? data : wrong(data, "Boolean")
  if (shape.isTimestampSchema()) {
    if (data instanceof Date) return data
    if (typeof data === "number") return new Date(Math.round(data * 1_000))
    if (typeof data === "string") return readTimestamp(data)
    return isObject(data) && data["tag"] === 1 && typeof data["value"] === "number"
      ? new Date(Math.round(data["value"] * 1_000))
      : wrong(data, "Timestamp")
  }
  if (shape.isBlobSchema()) {
    if (data instanceof Uint8Array) return data
    return typeof data === "string" && isBase64(data)
      ? new Uint8Array(Buffer.from(data, "base64"))
      : wrong(data, "Blob")
  }
  if (shape.isBigIntegerSchema()) {
    return typeof data === "bigint" || Number.isInteger(data) ? BigInt(data as number) : wrong(data, "BigInteger")
  }
  if (shape.isBigDecimalSchema()) {
    if (data instanceof NumericValue) return data
    return typeof data === "number" ? new NumericValue(String(data), "bigDecimal") : wrong(data, "BigDecimal")
  }
  return wrong(data, shape.getName() ?? "Structure")
}

const makeSource = (nameOf: Source<Data>["nameOf"]): Source<Data> => ({
  nameOf,
  members: (data) =>
    isObject(data)
      ? Object.entries(data).filter(([name]) => name !== "__type")
      : wrong(data, "Structure"),
  items: (data) => Array.isArray(data) ? data : wrong(data, "List"),
  entries: (data) => isObject(data) ? Object.entries(data) : wrong(data, "Map"),
  scalar,
  isNull: (data) => data === null || data === undefined
})

/** JSON 1.0, JSON 1.1 and CBOR. */
export const dataSource = makeSource((name) => name)

/** REST-JSON, in which a member may have a name of its own. */
export const restJsonSource = makeSource((name, member) =>
  (member.getMergedTraits() as { readonly jsonName?: string }).jsonName ?? name
)
