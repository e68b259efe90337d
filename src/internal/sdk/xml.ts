/**
 * Reads the XML of a response straight into the members of its schema.
 *
 * The SDK makes a tree of the document, character by character, and walks through it with the schema. Here, each schema is
 * walked through once, to know what elements a structure has and how to read them. What the SDK reads in a way of its own (maps,
 * unions, elements with attributes) is left to it. Where anything isn't as expected, the SDK reads the whole document.
 */
import { NormalizedSchema } from "@smithy/core/schema"
import { isAscii } from "node:buffer"
import { isDeepStrictEqual } from "node:util"

/** The SDK's reader of a protocol in XML. */
interface Reader {
  readonly serdeContext?: { readonly utf8Encoder?: (bytes: Uint8Array) => string } | undefined
  read(schema: unknown, bytes: unknown, key?: string): unknown
  /** The tree of a document. */
  parseXml(xml: string): any
  /** What a part of the tree means. */
  readSchema(schema: unknown, content: unknown): unknown
}

const isReader = (value: unknown): value is Reader => {
  const { parseXml, read, readSchema } = (value ?? {}) as Partial<Reader>
  return typeof parseXml === "function" && typeof read === "function" && typeof readSchema === "function"
}

/** Reads the content of an element up to its end tag, which is the argument. */
type Read = (close: string) => unknown

/** A member of a structure, as its element is written (its start tag without the `<`), and how it is read. */
interface Member {
  readonly name: string
  readonly open: string
  readonly close: string
  readonly index: number
  readonly schema: NormalizedSchema
  /** The items, if the element is one of them. */
  readonly items: NormalizedSchema | undefined
  /** `undefined` if only the SDK can read it. */
  readonly read: Read | undefined
  /** The member that came after this one the last time. */
  next: Member | undefined
}

/** By the name of its element. */
interface Structure {
  readonly members: ReadonlyMap<string, Member>
  next: Member | undefined
}

const leave = (): never => {
  throw new Error("This isn't written as AWS writes it")
}

const plain = /^[A-Za-z_][\w.:-]*$/
// For the SDK, no other character is white space in a tag.
const tag = /^([A-Za-z_][\w.:-]*)((?:[ \t\n]+[A-Za-z_][\w.:-]*="[^"<]*")*)[ \t\n]*(\/?)$/
// The SDK counts the days of early years in its own way.
const time = /^[1-9]\d{3}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{3})?Z$/
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

/** What `reader` reads, in a faster way; it throws if the SDK has to read the document. */
const makeRead = (reader: Reader): Reader["read"] => {
  // The document that is being read, how far, and the last start tag without a known form.
  let xml = ""
  let at = 0
  let name = ""
  let attributes = ""
  let isPlain = true
  let isClosed = false
  /** The document's bytes, if each of them is a character. */
  let bytes: Buffer | undefined
  // Where the next reference and the next line are, as of the last search.
  let reference = -1
  let line = -1

  const textOf = (from: number, to: number): string => {
    if (reference < from) reference = (xml.indexOf("&", from) + 1 || Infinity) - 1
    if (line < from) line = (xml.indexOf("\n", from) + 1 || Infinity) - 1
    let text: string
    if (bytes !== undefined && to - from > 12 && reference >= to) text = bytes.toString("latin1", from, to)
    else {
      text = xml.slice(from, to)
      if (reference < to) text = decoded(text)
      // In V8, a longer slice of a string keeps the whole string in memory.
      if (text.length > 12) text = Buffer.from(text).toString()
    }
    return line < to && text.trim() === "" && text.includes("\n") ? "" : text
  }

  /** Goes to the next start tag, behind its `<`; `false` if the end tag comes first. */
  const hasChild = (close: string, canHaveText = false): boolean => {
    const next = xml.indexOf("<", at)
    if (next < at || (!canHaveText && next > at && textOf(at, next) !== "")) leave()
    const isEnd = xml.startsWith(close, next)
    at = next + (isEnd ? close.length : 1)
    return !isEnd
  }

  const readTag = (): void => {
    const end = xml.indexOf(">", at)
    name = xml.slice(at, end < at ? at : end)
    attributes = ""
    isClosed = false
    isPlain = plain.test(name)
    if (!isPlain) {
      const parts = tag.exec(name) ?? leave()
      name = parts[1]!
      attributes = parts[2]!
      isClosed = parts[3] !== ""
    }
    // Such a name has a meaning in the SDK's tree.
    if (name in {}) leave()
    at = end + 1
  }

  /** The source of the element whose start tag has been read, up to its end. */
  const rest = (from: number): string => {
    const close = `</${name}>`
    while (!isClosed && hasChild(close, true)) {
      const from = at
      readTag()
      rest(from)
      isClosed = false
    }
    return xml.slice(from - 1, at)
  }

  const treeOf = (source: string, name: string): unknown => reader.parseXml(`<r>${source}</r>`)[name]

  const readStructure = (structure: Structure, close: string): Record<string, unknown> => {
    let values: Record<string, unknown> = {}
    /** The sources of the elements that the SDK reads. */
    let others: Map<Member, string> | undefined
    let isInOrder = true
    let highest = -1
    let last: Structure | Member = structure
    while (hasChild(close)) {
      let member: Member | undefined = last.next
      let source: string | undefined
      if (member?.read !== undefined && xml.startsWith(member.open, at)) at += member.open.length
      else {
        const from = at
        readTag()
        member = structure.members.get(name)
        if (member?.read === undefined || !isPlain) source = rest(from)
        if (member === undefined) continue
        last.next = member
      }
      const { items, read, schema } = member
      const isAgain = member.index <= highest && Object.hasOwn(values, member.name)
      if (member.index < highest) isInOrder = false
      else highest = member.index
      if (read === undefined) {
        isInOrder = false
        others ??= new Map()
        others.set(member, (others.get(member) ?? "") + source!)
      } else {
        const value = source === undefined
          ? read(member.close)
          : reader.readSchema(items ?? schema, treeOf(source, member.open.slice(0, -1)))
        if (items === undefined) values[member.name] = isAgain ? leave() : value
        else if (isAgain) (values[member.name] as Array<unknown>).push(value)
        else values[member.name] = [value]
      }
      last = member
    }
    for (const [{ name, open, schema }, source] of others ?? []) {
      values[name] = reader.readSchema(schema, treeOf(source, open.slice(0, -1)))
    }
    if (!isInOrder) {
      const given = values
      values = {}
      for (const { name } of structure.members.values()) if (Object.hasOwn(given, name)) values[name] = given[name]
    }
    return values
  }

  const readList = (schema: NormalizedSchema): Read => {
    const item = schema.getValueSchema()
    const itemName = item.getMergedTraits().xmlName ?? "member"
    const [open, end, read] = [`${itemName}>`, `</${itemName}>`, readOf(item)]
    return (close) => {
      const values: Array<unknown> = []
      while (hasChild(close)) {
        if (read !== undefined && xml.startsWith(open, at)) {
          at += open.length
          values.push(read(end))
        } else {
          const from = at
          readTag()
          const isItem = name === itemName
          const source = rest(from)
          if (isItem) values.push(reader.readSchema(item, treeOf(source, itemName)))
        }
      }
      return values
    }
  }

  const leaf = (valueOf: (text: string) => unknown): Read => (close) => {
    const from = at
    const to = xml.indexOf("<", from)
    if (!xml.startsWith(close, to)) leave()
    at = to + close.length
    return valueOf(textOf(from, to))
  }

  const readOf = (schema: NormalizedSchema): Read | undefined => {
    const type = schema.getSchema()
    if (schema.isListSchema()) return schema.getMergedTraits().xmlFlattened ? undefined : readList(schema)
    if (schema.isStructSchema()) {
      return schema.isUnionSchema() ? undefined : (close) => readStructure(structureOf(schema) ?? leave(), close)
    }
    if (schema.isMapSchema() || schema.isDocumentSchema() || schema.isUnitSchema()) return undefined
    const viaSdk = (text: string) => reader.readSchema(schema, text)
    const isLike = (text: string, value: unknown) => isDeepStrictEqual(viaSdk(text), value)
    return leaf(
      type === 0 && isLike("é", "é")
        ? (text) => text
        : type === 1 && isLike("12", 12)
        ? Number
        : type === 2 && isLike("True", true) && isLike("1", false)
        ? (text) => text.toLowerCase() === "true"
        : type === 4 && isLike("2024-02-29T23:59:58.987Z", new Date(1_709_251_198_987))
        ? (text) => {
          const milliseconds = time.test(text) ? Date.parse(text) : NaN
          return Number.isNaN(milliseconds) ? viaSdk(text) : new Date(milliseconds)
        }
        : viaSdk
    )
  }

  const structures = new WeakMap<object, Structure | null>()

  /** `null` if the SDK has to read the structure. */
  const structureOf = (schema: NormalizedSchema): Structure | null => {
    const key = schema.getSchema() as unknown as object
    let structure = structures.get(key)
    if (structure !== undefined) return structure
    try {
      structure = makeStructure(
        Array.from(
          schema.structIterator(),
          ([name, member]) => [member.getMemberTraits().xmlName ?? name, name, member]
        )
      )
    } catch {
      structure = null
    }
    structures.set(key, structure)
    return structure
  }

  const makeStructure = (all: ReadonlyArray<readonly [element: string, name: string, NormalizedSchema]>): Structure => {
    const members = new Map<string, Member>()
    for (const [element, name, schema] of all) {
      const traits: Record<string, unknown> = schema.getMergedTraits() as {}
      // The SDK has a way of its own to read these, and for two members with one element.
      if (traits["eventHeader"] || traits["eventPayload"] || traits["httpPayload"] || members.has(element)) leave()
      if (element in {} || name in {}) leave()
      const items = schema.isListSchema() && traits["xmlFlattened"] ? schema.getValueSchema() : undefined
      const read = items?.isListSchema() ? undefined : readOf(items ?? schema)
      members.set(element, {
        name,
        open: `${element}>`,
        close: `</${element}>`,
        index: members.size,
        schema,
        items: read && items,
        read,
        next: undefined
      })
    }
    return { members, next: undefined }
  }

  /** The structures of documents whose root has all values in one element, by its name. */
  const roots = new Map<string, Structure>()

  const rootOf = (schema: NormalizedSchema, key: string | undefined): Structure => {
    if (!schema.isStructSchema() || schema.isUnionSchema()) leave()
    if (key === undefined) return structureOf(schema) ?? leave()
    let root = roots.get(key)
    if (root?.members.get(key)!.schema !== schema) roots.set(key, root = makeStructure([[key, key, schema]]))
    return root!
  }

  return (given, body, key) => {
    const { buffer, byteLength, byteOffset } = body as Uint8Array
    const root = rootOf(NormalizedSchema.of(given as any), key)
    bytes = Buffer.from(buffer, byteOffset, byteLength)
    xml = reader.serdeContext?.utf8Encoder?.(bytes) ?? bytes.toString()
    if (xml.length !== byteLength || !isAscii(bytes)) bytes = undefined
    reference = line = -1
    at = xml.startsWith("<?xml ") ? xml.indexOf("?>") + 2 : 0
    try {
      if (xml.includes("\r") || !/^[ \t\n]*</.test(xml.slice(at)) || !hasChild("</>")) leave()
      readTag()
      if (attributes.split(/[\s=]/).some((name) => root.members.has(name))) leave()
      const values = isClosed ? {} : readStructure(root, `</${name}>`)
      return key === undefined ? values : values[key]
    } finally {
      xml = ""
      bytes = undefined
    }
  }
}

/** A schema and a document with all that `makeRead` knows: both readers must see the same in it. */
const inner = [3, "", "I", 0, ["A", "B"], [0, [0, { xmlName: "b" }]]]
const inners = [1, "", "L", 0, inner]
const specimen = [
  3,
  "",
  "S",
  0,
  [..."ABCDEFGHIJKL"],
  [
    0,
    1,
    2,
    4,
    21,
    inner,
    [1, "", "T", 0, [0, { xmlName: "t" }]],
    inners,
    [64, { xmlFlattened: 1, xmlName: "f" }],
    [inners, {
      xmlFlattened: 1
    }],
    [2, "", "M", 0, 0, 0],
    0
  ]
]
const document =
  "<?xml version=\"1.0\"?>\n<R xmlns=\"u\"><S><A>&lt;é&gt;</A>\n<B>12</B><C>true</C><D>2024-02-29T23:59:59Z</D>" +
  "<E>YQ==</E><f>1</f><X>1</X><J><A>a</A><b x=\"y\">b</b></J><F><b>1</b><A/></F><f> 2 </f><f/><G><t>1</t><m>2</m><t></t></G>" +
  "<H><member><A>3</A></member><member/></H><J/><K><entry><key>a</key><value>b</value></entry></K></S><Y/></R>"

const isAlike = (read: Reader["read"], theirs: Reader["read"]): boolean => {
  const bytes = Buffer.from(document)
  try {
    return isDeepStrictEqual(read(specimen, bytes, "S"), theirs(specimen, bytes, "S"))
  } catch {
    return false
  }
}

/**
 * Makes a client's protocol read XML faster than the SDK does. If the SDK reads documents otherwise than this module knows,
 * nothing changes.
 */
export const readFaster = (protocol: unknown): void => {
  const { deserializer } = (protocol ?? {}) as { readonly deserializer?: { readonly codecDeserializer?: unknown } }
  for (const reader of [deserializer, deserializer?.codecDeserializer]) {
    if (!isReader(reader)) continue
    const theirs = reader.read.bind(reader)
    const read = makeRead(reader)
    if (!isAlike(read, theirs)) continue
    reader.read = (schema, bytes, key) => {
      if (bytes instanceof Uint8Array && bytes.length > 0) {
        try {
          return read(schema, bytes, key)
        } catch {
          // The SDK decides what else it may be, and which error it is.
        }
      }
      return theirs(schema, bytes, key)
    }
  }
}
