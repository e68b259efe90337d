// What a value is after it has been on the wire, where a format can't carry all of it. These are the laws of the round trips:
// everything that isn't named here has to arrive as it was sent.
import { membersOf, type Shape } from "../../../emulator/wire/sdk.ts"

export type Format = "json" | "cbor" | "form" | "ec2Form" | "xml"

interface Way {
  readonly format: Format
  /** Whether the SDK's own reader of XML reads it, which takes white space with a line break for layout. */
  readonly isReadBySdk: boolean
}

const isHttpDate = (shape: Shape): boolean => {
  const traits = shape.getMergedTraits()
  const schema = shape.getSchema()
  return schema === 6 ||
    (schema === 4 && (traits.httpHeader !== undefined || traits.httpPrefixHeaders !== undefined))
}

/** The value that arrives; `undefined` if nothing of it is on the wire. */
export const carried = (shape: Shape, value: unknown, way: Way): unknown => {
  const { format, isReadBySdk } = way
  if (value === undefined || value === null) return undefined
  const traits = shape.getMergedTraits()
  const isBound = traits.httpHeader !== undefined || traits.httpQuery !== undefined ||
    traits.httpPrefixHeaders !== undefined
  const isForm = format === "form" || format === "ec2Form"
  if (shape.isStructSchema()) {
    const entries = membersOf(shape).flatMap(([name, member]) => {
      const part = carried(member, (value as Record<string, unknown>)[name], way)
      return part === undefined ? [] : [[name, part] as const]
    })
    // A form has no way to say that a structure is there and empty.
    return isForm && entries.length === 0 ? undefined : Object.fromEntries(entries)
  }
  if (shape.isListSchema()) {
    const item = shape.getValueSchema()
    const items = (value as ReadonlyArray<unknown>)
      .map((one) => carried(item, one, way))
      .filter((one) => one !== undefined)
    // AWS query sends the name alone for a list that was empty from the start.
    const isGone = traits.httpQuery !== undefined || format === "ec2Form" ||
      (format === "xml" && Boolean(traits.xmlFlattened)) ||
      (format === "form" && (value as ReadonlyArray<unknown>).length > 0)
    return items.length === 0 && isGone ? undefined : items
  }
  if (shape.isMapSchema()) {
    const item = shape.getValueSchema()
    const entries = Object.entries(value as object).flatMap(([key, one]) => {
      const part = carried(item, one, way)
      return part === undefined ? [] : [[isReadBySdk ? textRead(key, way) : key, part] as const]
    })
    const isGone = isBound || isForm || (format === "xml" && Boolean(traits.xmlFlattened))
    return entries.length === 0 && isGone ? undefined : Object.fromEntries(entries)
  }
  // A body of no bytes is no body.
  if (traits.httpPayload && !shape.isStreaming() && (value === "" || (value as Uint8Array).byteLength === 0)) {
    return undefined
  }
  if (value instanceof Date) {
    // An HTTP date has whole seconds.
    return isHttpDate(shape) ? new Date(Math.floor(value.getTime() / 1_000) * 1_000) : value
  }
  return typeof value === "string" && !isBound ? textRead(value, way) : value
}

const textRead = (text: string, { format, isReadBySdk }: Way): string =>
  format === "xml" && isReadBySdk && text.trim() === "" && text.includes("\n") ? "" : text
