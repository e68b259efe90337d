import { isDeepStrictEqual } from "node:util"
import { type Content, Document, Unusual } from "./xmlDocument.ts"
import { readShapes } from "./xmlShapes.ts"

/** The content of the root element, in the form that the SDK's parser returns. */
const read = (xml: string): Content => {
  const document = new Document(xml)
  document.tag()
  return document.element(true)
}

interface Reader {
  parseXml(xml: string): unknown
}

const isReader = (value: unknown): value is Reader => typeof (value as Reader | undefined)?.parseXml === "function"

/** Documents with all that AWS's documents have: both readers must see the same in them. */
const specimens = [
  `<?xml version="1.0" encoding="UTF-8"?>\n<R xmlns="urn:a"><a>1</a><b x="y"/><a>&lt;2&gt; &amp; 3</a></R>`,
  `<R>\n  <a x="y">1</a>\n  <c>\n    <d/>\n    <d> 4 </d>\n  </c>\n  <e></e>\n</R>\n`,
  `<R a="1"><b><c>2</c> text</b><b x="&quot;"><c/></b></R>`,
  "<R>text</R>",
  "<R/>"
]

/** Whether a parser of the SDK returns results in the same form as `read`. */
const isAlike = (parse: Reader["parseXml"]): boolean => {
  try {
    return specimens.every((specimen) => isDeepStrictEqual(parse(specimen), read(specimen)))
  } catch {
    return false
  }
}

/**
 * Makes a client's protocol read XML faster than with the SDK's own parser, which reads documents character by
 * character and walks through the result a second time. Documents that AWS doesn't write (with comments, CDATA or
 * numeric references, or truncated) go to the SDK's parser. If that parser returns results in another form, all
 * documents do.
 */
export const readFaster = (protocol: unknown): void => {
  const { deserializer } = (protocol ?? {}) as { readonly deserializer?: { readonly codecDeserializer?: unknown } }
  for (const reader of [deserializer, deserializer?.codecDeserializer]) {
    if (!isReader(reader)) continue
    const parse = reader.parseXml.bind(reader)
    if (!isAlike(parse)) continue
    reader.parseXml = (xml) => {
      if (xml.includes("\r")) return parse(xml)
      try {
        return read(xml)
      } catch (error) {
        if (error instanceof Unusual) return parse(xml)
        throw error
      }
    }
    readShapes(reader)
  }
}
