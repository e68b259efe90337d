/**
 * Other parsers for the answers of the services that speak XML: S3, EC2, IAM, STS and more.
 *
 * The SDK's own parser takes about half of the time that a page of a listing takes. Another one is given with the Layer
 * (`xmlParser`), for all of its clients, and gives the same results.
 *
 * @since 0.1.0
 */
import { SaxesParser } from "saxes"

/**
 * Reads an answer. It gives the content of the root element, or `undefined` to leave the answer to the SDK's own parser.
 *
 * The content of an element is its text, where it has any, and otherwise an object of its elements and attributes by name;
 * elements of the same name are an array. The root element's text is a member of it, by the root element's name, if it
 * has attributes.
 *
 * @category models
 * @since 0.1.0
 */
export type XmlParser = (xml: string) => string | Readonly<Record<string, unknown>> | undefined

interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  elements: Record<string, unknown> | undefined
  readonly texts: Array<string>
}

/** Ends the parsing of an answer that is the SDK's own parser's to read. */
class LeftToTheSdk extends Error {}

const leave = (): never => {
  throw new LeftToTheSdk()
}

const isLayout = (text: string): boolean => text.includes("\n") && text.trim() === ""

const contentOf = (
  { attributes, elements, name, texts }: Element,
  isRoot: boolean
): string | Record<string, unknown> => {
  let hasAttributes = false
  for (const _ in attributes) hasAttributes = true
  if (elements === undefined && !hasAttributes) {
    const text = texts.join("")
    return isLayout(text) ? "" : text
  }
  const text = texts.filter((text) => !isLayout(text)).join("")
  if (text !== "" && !isRoot) return text
  const content = Object.assign(elements ?? {}, attributes)
  return text === "" ? content : Object.assign(content, { [name]: text })
}

const add = (elements: Record<string, unknown>, name: string, content: unknown): void => {
  const known = elements[name]
  if (known === undefined) elements[name] = content
  else if (Array.isArray(known)) known.push(content)
  else elements[name] = [known, content]
}

// The SDK reads these otherwise than the standard says: as it does is what its users know.
const isOrdinary = (xml: string): boolean => xml.startsWith("<") && !xml.includes("<!") && !xml.includes("&#")

const read = (xml: string): string | Record<string, unknown> | undefined => {
  const parser = new SaxesParser({ position: false, defaultXMLVersion: "1.0", forceXMLVersion: true })
  const open: Array<Element> = []
  let root: string | Record<string, unknown> | undefined
  parser.on("error", leave)
  parser.on("processinginstruction", leave)
  parser.on("attribute", ({ name, value }) => {
    if (name in Object.prototype || value.includes(" ")) leave()
  })
  parser.on("opentag", ({ attributes, name }) => {
    if (name in Object.prototype) leave()
    open.push({ name, attributes, elements: undefined, texts: [] })
  })
  parser.on("text", (text) => {
    open.at(-1)?.texts.push(text)
  })
  parser.on("closetag", () => {
    const element = open.pop()!
    const parent = open.at(-1)
    const content = contentOf(element, parent === undefined)
    if (parent === undefined) root = content
    else add(parent.elements ??= {}, element.name, content)
  })
  parser.write(xml).close()
  return root
}

/**
 * The parser of [saxes](https://www.npmjs.com/package/saxes), in half the time of the SDK's. What it refuses, and what the
 * SDK reads otherwise than the XML standard says (comments, CDATA, references by number), is left to the SDK's parser.
 *
 * **Example** (A Layer that lists faster)
 *
 * ```ts
 * import { Profile, XmlParser } from "effect-aws-sdk"
 *
 * const layer = Profile.layer({ profile: "dev", xmlParser: XmlParser.saxes })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const saxes: XmlParser = (xml) => {
  if (!isOrdinary(xml)) return undefined
  try {
    return read(xml)
  } catch (error) {
    if (error instanceof LeftToTheSdk) return undefined
    throw error
  }
}
