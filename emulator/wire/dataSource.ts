// JSON and CBOR data, whose values have types.
import { NumericValue } from "@smithy/core/serde"
import type { Source } from "./reader.ts"
import { dateOf, isBase64, readTimestamp, WrongValue } from "./scalars.ts"
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
    if (typeof data === "string") return readTimestamp(data)
    const seconds = data instanceof Date
      ? data.getTime() / 1_000
      : isObject(data) && data["tag"] === 1
      ? data["value"]
      : data
    return (typeof seconds === "number" ? dateOf(seconds) : undefined) ?? wrong(data, "Timestamp")
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

/** REST-JSON, where a member may have another name. */
export const restJsonSource = makeSource((name, member) =>
  (member.getMergedTraits() as { readonly jsonName?: string }).jsonName ?? name
)
