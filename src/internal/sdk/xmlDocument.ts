// Documents in XML, as AWS writes them.

/** What an element holds, in the form of the SDK's parser. */
export type Content = string | Record<string, unknown>

/** Ends the reading of a document that isn't written as AWS writes them. */
export class Unusual extends Error {}

export const leave = (): never => {
  throw new Unusual()
}

const plain = /^[A-Za-z_][\w.:-]*$/
const tag = /^([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_][\w.:-]*="[^"<]*")*)\s*(\/?)$/
const attribute = /([^\s=]+)="([^"]*)"/g
const references = [["&quot;", "\""], ["&amp;", "&"], ["&lt;", "<"], ["&gt;", ">"], ["&apos;", "'"]] as const

const decoded = (source: string): string => {
  let text = ""
  let from = 0
  for (let at = source.indexOf("&"); at !== -1; at = source.indexOf("&", from)) {
    const [reference, character] = references.find(([reference]) => source.startsWith(reference, at)) ?? leave()
    text += source.slice(from, at) + character
    from = at + reference.length
  }
  return text + source.slice(from)
}

// In V8, a longer slice of a string keeps the whole string in memory.
const copied = (text: string): string => text.length < 13 ? text : Buffer.from(text).toString()

const attributesOf = (source: string): Record<string, string> => {
  const attributes: Record<string, string> = {}
  for (const [, name = "", value = ""] of source.matchAll(attribute)) {
    attributes[name in attributes && !Object.hasOwn(attributes, name) ? leave() : name] = copied(decoded(value))
  }
  return attributes
}

const isLayout = (text: string): boolean => text.includes("\n") && text.trim() === ""

/** Adds the content of an element to that of its parent. */
export const add = (elements: Record<string, unknown>, name: string, content: Content): void => {
  const known = elements[name]
  if (known === undefined) elements[name] = content
  // An inherited member, such as `toString`.
  else if (!Object.hasOwn(elements, name)) leave()
  else if (Array.isArray(known)) known.push(content)
  else elements[name] = [known, content]
}

/** An element with text becomes its text. A root element that has more than text keeps its text as a member. */
const contentOf = (
  elements: Record<string, unknown> | undefined,
  attributes: Record<string, string> | undefined,
  text: string,
  root: string | undefined
): Content => {
  if (text === "") return attributes === undefined ? elements ?? "" : { ...elements, ...attributes }
  return root === undefined || (elements ?? attributes) === undefined
    ? text
    : { ...elements, ...attributes, [root]: text }
}

/** A document, and how far it has been read. */
export class Document {
  readonly xml: string
  /** The document's bytes, if each of them is a character. */
  private readonly bytes: Buffer | undefined
  at: number
  /** The last tag that `tag` has read. */
  name = ""
  attributes: Record<string, string> | undefined
  isClosed = false
  /** Where the next reference and the next line are, as of the last search for them. */
  private reference = -1
  private line = -1

  constructor(xml: string, bytes?: Buffer) {
    this.xml = xml
    this.bytes = bytes
    this.at = xml.startsWith("<?xml ") ? xml.indexOf("?>") + 2 : 0
    while (xml[this.at] === "\n") this.at++
    if (xml[this.at++] !== "<") leave()
  }

  /** Reads a start tag, behind its `<`. */
  tag(): void {
    const { at, xml } = this
    const end = xml.indexOf(">", at)
    this.name = xml.slice(at, end === -1 ? at : end)
    this.attributes = undefined
    this.isClosed = false
    if (!plain.test(this.name)) {
      const [, name, attributes, slash] = tag.exec(this.name) ?? leave()
      this.name = name!
      if (attributes !== "") this.attributes = attributesOf(attributes!)
      this.isClosed = slash !== ""
    }
    this.at = end + 1
  }

  /** The text between two places. */
  text(from: number, to: number): string {
    const { bytes, xml } = this
    if (this.reference < from) this.reference = (xml.indexOf("&", from) + 1 || Infinity) - 1
    if (this.line < from) this.line = (xml.indexOf("\n", from) + 1 || Infinity) - 1
    const text = this.reference < to
      ? copied(decoded(xml.slice(from, to)))
      : to - from < 13 || bytes === undefined
      ? copied(xml.slice(from, to))
      : bytes.toString("latin1", from, to)
    return this.line < to && isLayout(text) ? "" : text
  }

  /** Reads the rest of an element, whose start tag has been read. */
  element(isRoot = false): Content {
    const { attributes, name, xml } = this
    let { isClosed } = this
    let elements: Record<string, unknown> | undefined
    let text = ""
    while (!isClosed) {
      const next = xml.indexOf("<", this.at)
      if (next === -1) leave()
      if (next > this.at) text += this.text(this.at, next)
      this.at = next + 1
      isClosed = xml[this.at] === "/"
      if (!isClosed) {
        this.tag()
        const child = this.name
        add(elements ??= {}, child, this.element())
      } else if (xml.startsWith(name, this.at + 1) && xml[this.at += name.length + 1] === ">") this.at++
      else leave()
    }
    return contentOf(elements, attributes, text, isRoot ? name : undefined)
  }
}
