// Writes XML with the SDK's serializer, for the envelopes of each protocol.
import { type Shape, write } from "./sdk.ts"

export const declaration = `<?xml version="1.0" encoding="UTF-8"?>\n`

const escaped = /[&<>"]/g
const references: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;" }

export const escapeXml = (text: string): string => text.replace(escaped, (character) => references[character]!)

/** Characters that must be references in XML. The keys of objects may contain them. */
// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g

const asReference = (character: string): string => `&#x${character.charCodeAt(0).toString(16)};`

/** The content of the element of a structure with this name. */
export const contentOf = (shape: Shape, name: string, value: unknown): string => {
  const text = String(write("xml", shape, value))
  const xml = text.replace(controls, asReference)
  return xml === `<${name}/>` ? "" : xml.slice(name.length + 2, -(name.length + 3))
}

export const element = (name: string, content: string, namespace?: string | undefined): string =>
  `<${name}${namespace === undefined ? "" : ` xmlns="${escapeXml(namespace)}"`}>${content}</${name}>`
