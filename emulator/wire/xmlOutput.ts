// Writes XML with the SDK's serializer, for the envelopes of each protocol.
import { type Shape, write } from "./sdk.ts"

export const declaration = `<?xml version="1.0" encoding="UTF-8"?>\n`

const escaped = /[&<>"]/g
const references: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;" }

/** Characters that must be references in XML. The keys of objects may contain them. */
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g

const asReference = (character: string): string => `&#x${character.charCodeAt(0).toString(16)};`

export const escapeXml = (text: string): string =>
  text.replace(escaped, (character) => references[character]!).replace(controls, asReference)

/** Text that any parser of XML accepts. Most reject references to control characters. */
export const withoutControls = (text: string): string => text.replace(controls, "\ufffd")

/** The SDK's serializer removes the first `.000Z` of a time. This one has another after it. */
class WithMillis extends Date {
  override toISOString(): string {
    return super.toISOString().replace(/\.000Z$/, ".000.000Z")
  }
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype

const withMillis = (value: unknown): unknown =>
  value instanceof Date
    ? new WithMillis(value)
    : Array.isArray(value)
    ? value.map(withMillis)
    : isPlain(value)
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withMillis(member)]))
    : value

/** The services that write all times with milliseconds, even where these are zero. */
const writesMillis: ReadonlySet<string> = new Set(["EC2", "S3"])

/** Output with its times as the XML of the service has them. */
export const withTimes = (serviceId: string, output: unknown): unknown =>
  writesMillis.has(serviceId) ? withMillis(output) : output

/** The content of the element of a structure with this name. */
export const contentOf = (shape: Shape, name: string, value: unknown): string => {
  const text = String(write("xml", shape, value))
  const xml = text.replace(controls, asReference)
  return xml === `<${name}/>` ? "" : xml.slice(name.length + 2, -(name.length + 3))
}

export const element = (name: string, content: string, namespace?: string | undefined): string =>
  `<${name}${namespace === undefined ? "" : ` xmlns="${escapeXml(namespace)}"`}>${content}</${name}>`
