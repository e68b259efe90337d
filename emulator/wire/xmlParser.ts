// Parses XML into plain data: an element becomes its text or an object of its children, and elements with the same name
// become an array. Attributes count as elements.

/** The text isn't well-formed XML. */
export class MalformedXml extends Error {}

export type Content = string | { [name: string]: Content | Array<Content> }

const malformed = (why: string): never => {
  throw new MalformedXml(why)
}

/** Characters that no XML 1.0 document can hold, not even as references. */
// oxlint-disable-next-line no-control-regex
const notXml = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/

const isXmlText = (text: string): boolean => text.isWellFormed() && !notXml.test(text)

const opening = /^([^\s/>="'<&]+)((?:\s+[^\s/>="'<&]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)$/
const attribute = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g
const declaration = /^xmlns(:|$)/
const reference = /&([^;&]*);?/g
const named = new Map([["amp", "&"], ["lt", "<"], ["gt", ">"], ["quot", "\""], ["apos", "'"]])

const textOf = (source: string): string =>
  source.includes("&")
    ? source.replace(reference, (whole, name: string) => {
      const known = named.get(name)
      if (known !== undefined && whole.endsWith(";")) return known
      const code = /^#x[0-9a-fA-F]+$/.test(name)
        ? Number.parseInt(name.slice(2), 16)
        : /^#\d+$/.test(name)
        ? Number.parseInt(name.slice(1), 10)
        : Number.NaN
      if (!whole.endsWith(";") || !(code <= 0x10ffff)) return malformed("an unknown reference")
      const character = String.fromCodePoint(code)
      return isXmlText(character) ? character : malformed("a reference to a character that XML lacks")
    })
    : source

const add = (members: Record<string, Content | Array<Content>>, name: string, content: Content): void => {
  const known = Object.hasOwn(members, name) ? members[name] : undefined
  if (known === undefined) {
    Object.defineProperty(members, name, { value: content, writable: true, enumerable: true, configurable: true })
  } else if (Array.isArray(known)) known.push(content)
  else members[name] = [known, content]
}

/** AWS's services ignore namespaces. */
const localName = (name: string): string => name.slice(name.indexOf(":") + 1)

interface Element {
  readonly tag: string
  readonly name: string
  members: Record<string, Content | Array<Content>> | undefined
  text: string
}

const contentOf = ({ members, text }: Element): Content => {
  if (members === undefined) return text
  // Whitespace between elements isn't content.
  return text.trim() === "" ? members : { ...members, "#text": text }
}

/** The name and the content of the root element. Throws `MalformedXml`. */
export const parseXml = (source: string): readonly [name: string, content: Content] => {
  const xml = (source.startsWith("\uFEFF") ? source.slice(1) : source).replace(/\r\n?/g, "\n")
  if (!isXmlText(xml)) return malformed("a character that XML lacks")
  const open: Array<Element> = []
  let root: readonly [string, Content] | undefined
  let at = 0
  const until = (stop: string): string => {
    const end = xml.indexOf(stop, at)
    if (end === -1) return malformed(`no ${stop}`)
    const text = xml.slice(at, end)
    at = end + stop.length
    return text
  }
  const close = (element: Element): void => {
    const parent = open.at(-1)
    if (parent === undefined) root = [element.name, contentOf(element)]
    else add(parent.members ??= {}, element.name, contentOf(element))
  }
  while (at < xml.length) {
    const next = xml.indexOf("<", at)
    const text = xml.slice(at, next === -1 ? undefined : next)
    const parent = open.at(-1)
    if (parent !== undefined) parent.text += textOf(text)
    else if (text.trim() !== "") malformed("text outside of the root element")
    if (next === -1) break
    at = next + 1
    if (xml.startsWith("?", at)) until("?>")
    else if (xml.startsWith("!--", at)) until("-->")
    else if (xml.startsWith("![CDATA[", at) && parent !== undefined) parent.text += until("]]>").slice(8)
    // AWS rejects document types, which could define entities.
    else if (xml.startsWith("!", at)) malformed("a document type")
    else if (xml.startsWith("/", at)) {
      const element = open.pop()
      if (element === undefined || until(">").slice(1).trimEnd() !== element.tag) malformed("a wrong closing tag")
      else close(element)
    } else {
      if (parent === undefined && root !== undefined) malformed("a second root element")
      const [, tag = "", attributes = "", slash = ""] = opening.exec(until(">")) ?? malformed("a wrong tag")
      const element: Element = { tag, name: localName(tag), members: undefined, text: "" }
      for (const [, key = "", double, single = ""] of attributes.matchAll(attribute)) {
        if (!declaration.test(key)) add(element.members ??= {}, key, textOf(double ?? single))
      }
      if (slash === "/") close(element)
      else open.push(element)
    }
  }
  if (open.length > 0 || root === undefined) return malformed("no end of the root element")
  return root
}
