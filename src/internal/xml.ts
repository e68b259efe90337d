import type { XmlParser } from "../XmlParser.ts"

interface Deserializer {
  parseXml(xml: string): unknown
}

const hasParser = (value: unknown): value is Deserializer =>
  typeof (value as Deserializer | undefined)?.parseXml === "function"

/** Lets a client's protocol read its answers by this parser, where they are in XML. */
export const parseBy = (parser: XmlParser, protocol: unknown): void => {
  const { deserializer } = (protocol ?? {}) as { readonly deserializer?: { readonly codecDeserializer?: unknown } }
  for (const reader of [deserializer, deserializer?.codecDeserializer]) {
    if (!hasParser(reader)) continue
    const theirs = reader.parseXml.bind(reader)
    reader.parseXml = (xml) => parser(xml) ?? theirs(xml)
  }
}
