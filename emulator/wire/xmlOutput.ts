// XML of answers: what the SDK's serializer writes by the schema, in the envelopes of each protocol.
import { type Shape, write } from "./sdk.ts"

export const declaration = `<?xml version="1.0" encoding="UTF-8"?>\n`

const escaped = /[&<>"]/g
const references: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;" }

export const escapeXml = (text: string): string => text.replace(escaped, (character) => references[character]!)

/** Characters that XML allows only as references, and that keys of objects may have. */
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g

const asReference = (character: string): string => `&#x${character.charCodeAt(0).toString(16)};`

/** What is in the element that a structure of this name becomes. */
export const contentOf = (shape: Shape, name: string, value: unknown): string => {
  const text = String(write("xml", shape, value))
  const xml = text.replace(controls, asReference)
  return xml === `<${name}/>` ? "" : xml.slice(name.length + 2, -(name.length + 3))
}

export const element = (name: string, content: string, namespace?: string | undefined): string =>
  `<${name}${namespace === undefined ? "" : ` xmlns="${escapeXml(namespace)}"`}>${content}</${name}>`
