/**
 * Reads the XML of a response straight into the members of its schema.
 *
 * The SDK makes a tree of the document, and walks through it with the schema. Here, each schema is walked through once, to
 * know what elements a structure has and how to read them. What the SDK reads in a way of its own (maps, unions, elements with
 * attributes) becomes a tree, which the SDK reads. Where anything isn't as expected, the SDK reads the whole document.
 */
import { NormalizedSchema } from "@smithy/core/schema"
import { isAscii } from "node:buffer"
import { isDeepStrictEqual } from "node:util"
import { add, type Content, Document, leave } from "./xmlDocument.ts"

/** The SDK's reader of a protocol in XML. */
interface ShapeReader {
  readonly serdeContext?: { readonly utf8Encoder?: (bytes: Uint8Array) => string } | undefined
  read(schema: unknown, bytes: unknown, key?: string): unknown
  readSchema(schema: unknown, content: unknown): unknown
}

type Kind = "string" | "number" | "boolean" | "time" | "text" | "structure" | "list" | "flatList" | "other"

/** An element that is known, how its tags are written (the first one without its `<`), and how its content becomes a value. */
interface Element {
  readonly name: string
  readonly open: string
  readonly close: string
  readonly kind: Kind
  readonly schema: NormalizedSchema
  /** The items of a list. */
  readonly item: Element | undefined
}

interface Member extends Element {
  /** The name of the member, which may be another one than that of its element. */
  readonly member: string
  readonly index: number
  /** The member that came after this one the last time. */
  next: Member | undefined
}

/** The members of a structure, by the names of their elements. It is what comes before its first member. */
interface Structure {
  readonly index: -1
  readonly members: ReadonlyMap<string, Member>
  next: Member | undefined
}

/** The number that the digits between two places write; `NaN` if there are none, too many, or other characters. */
const digits = (xml: string, from: number, to: number): number => {
  let number = to > from && to - from < 16 ? 0 : NaN
  for (let at = from; at < to; at++) {
    const digit = xml.charCodeAt(at) - 48
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : NaN
  }
  return number
}

/** The time that `2026-11-27T08:15:42Z` writes, with milliseconds or without; `NaN` if it's written otherwise. */
const timeOf = (xml: string, from: number, to: number): number => {
  const has = (character: string, at: number) => xml[from + at] === character
  const number = (at: number, end: number, most: number) => {
    const value = digits(xml, from + at, from + end)
    return value <= most ? value : NaN
  }
  const isWhole = to - from === 20 || (to - from === 24 && has(".", 19))
  if (
    !isWhole || xml[to - 1] !== "Z" || !has("-", 4) || !has("-", 7) || !has("T", 10) || !has(":", 13) || !has(":", 16)
  ) {
    return NaN
  }
  const [year, month, day] = [number(0, 4, 9999), number(5, 7, 12), number(8, 10, 31)]
  // JavaScript reads a year below 100 otherwise than the SDK, and a month or a day of zero isn't one.
  if (year < 100 || month < 1 || day < 1) return NaN
  const milliseconds = to - from === 24 ? number(20, 23, 999) : 0
  return Date.UTC(year, month - 1, day, number(11, 13, 23), number(14, 16, 59), number(17, 19, 59), milliseconds)
}

const bindings = ["httpHeader", "httpLabel", "httpPrefixHeaders", "httpQuery", "mediaType"] as const

/** What the SDK makes of a text where the kind of a schema is what its number says. */
const samples: ReadonlyArray<readonly [kind: Kind, schemas: ReadonlyArray<unknown>, text: string, value: unknown]> = [
  ["string", [0], " é\n", " é\n"],
  ["number", [1], "1230", 1230],
  ["boolean", [2], "True", true],
  ["time", [4, 5], "2024-02-29T23:59:58.987Z", new Date(Date.UTC(2024, 1, 29, 23, 59, 58, 987))]
]

/** The values of a structure, in the order of its members. */
const inOrder = (values: Record<string, unknown>, { members }: Structure): Record<string, unknown> => {
  const ordered: Record<string, unknown> = {}
  for (const { member } of members.values()) if (member in values) ordered[member] = values[member]
  return ordered
}

class Shapes {
  private readonly reader: ShapeReader
  /** By their schemas; `null` if the SDK has to read the structure. */
  private readonly structures = new WeakMap<object, Structure | null>()
  /** By the name of the element in which the root has all values. */
  private readonly roots = new Map<string, Structure>()

  constructor(reader: ShapeReader) {
    this.reader = reader
  }

  private kindOf(schema: NormalizedSchema): Kind {
    const traits = schema.getMergedTraits()
    if (schema.isStructSchema()) return schema.isUnionSchema() ? "other" : "structure"
    if (schema.isListSchema()) return traits.xmlFlattened ? "flatList" : "list"
    if (schema.isMapSchema() || schema.isDocumentSchema() || schema.isUnitSchema()) return "other"
    if (bindings.some((trait) => traits[trait])) return "text"
    return samples.find(([, schemas, text, value]) =>
      schemas.includes(schema.getSchema()) && isDeepStrictEqual(this.reader.readSchema(schema, text), value)
    )?.[0] ?? "text"
  }

  private elementOf(name: string, schema: NormalizedSchema): Element {
    let kind = this.kindOf(schema)
    let item: Element | undefined
    if (kind === "list" || kind === "flatList") {
      const ofItem = schema.getValueSchema()
      item = this.elementOf(ofItem.getMergedTraits().xmlName ?? "member", ofItem)
      if (item.kind === "flatList" || (kind === "flatList" && ["list", "other"].includes(item.kind))) kind = "other"
    }
    return { name, open: `${name}>`, close: `</${name}>`, kind, schema, item }
  }

  private makeStructure(
    members: Iterable<readonly [name: string, member: string, schema: NormalizedSchema]>
  ): Structure {
    const known = new Map<string, Member>()
    for (const [name, member, schema] of members) {
      const { eventHeader, eventPayload, httpPayload } = schema.getMergedTraits() as Record<string, unknown>
      // The SDK has a way of its own to read these, and for two members with one element.
      if (eventHeader || eventPayload || httpPayload || known.has(name) || name in {} || member in {}) leave()
      known.set(name, { ...this.elementOf(name, schema), member, index: known.size, next: undefined })
    }
    return { index: -1, members: known, next: undefined }
  }

  private structureOf(schema: NormalizedSchema): Structure | null {
    const key = schema.getSchema() as unknown as object
    let structure = this.structures.get(key)
    if (structure === undefined) {
      try {
        const members = Array.from(schema.structIterator())
        structure = this.makeStructure(
          members.map(([name, member]) => [member.getMemberTraits().xmlName ?? name, name, member])
        )
      } catch {
        structure = null
      }
      this.structures.set(key, structure)
    }
    return structure
  }

  /** Goes to the next start tag, behind its `<`; `false` if the end tag of the element comes first. */
  private hasChild(document: Document, close: string): boolean {
    const { at, xml } = document
    const next = xml[at] === "<" ? at : xml.indexOf("<", at)
    if (next === -1 || (next > at && document.text(at, next) !== "")) leave()
    const isEnd = xml.startsWith(close, next)
    document.at = isEnd ? next + close.length : next + 1
    return !isEnd
  }

  /** Reads what comes behind the start tag of a structure. */
  private structure(document: Document, structure: Structure, close: string): Record<string, unknown> {
    const { xml } = document
    const values: Record<string, unknown> = {}
    let others: Record<string, unknown> | undefined
    let isInOrder = true
    let last: Structure | Member = structure
    while (this.hasChild(document, close)) {
      let member: Member | undefined = last.next
      let content: Content | undefined
      if (member !== undefined && member.kind !== "other" && xml.startsWith(member.open, document.at)) {
        document.at += member.open.length
      } else {
        document.tag()
        member = structure.members.get(document.name)
        if (member === undefined || member.kind === "other" || document.isClosed || document.attributes !== undefined) {
          // Such a name has a meaning in the SDK's tree.
          if (document.name in {}) leave()
          content = document.element()
          if (member === undefined) continue
        }
        last.next = member
      }
      if (member.kind === "flatList") {
        const list = (values[member.member] ??= []) as Array<unknown>
        list.push(this.valueOf(document, member.item!, member.close, content))
      } else if (member.kind === "other") {
        add(others ??= {}, member.name, content!)
      } else {
        if (member.index <= last.index && member.member in values) leave()
        values[member.member] = this.valueOf(document, member, member.close, content)
      }
      if (member.index < last.index) isInOrder = false
      last = member
    }
    if (others !== undefined) {
      isInOrder = false
      for (const name in others) {
        const { member, schema } = structure.members.get(name)!
        values[member] = this.reader.readSchema(schema, others[name])
      }
    }
    return isInOrder ? values : inOrder(values, structure)
  }

  private list(document: Document, item: Element, close: string): Array<unknown> {
    const { xml } = document
    const values: Array<unknown> = []
    while (this.hasChild(document, close)) {
      if (item.kind !== "other" && xml.startsWith(item.open, document.at)) {
        document.at += item.open.length
        values.push(this.valueOf(document, item, item.close, undefined))
      } else {
        document.tag()
        const isItem = document.name === item.name
        if (document.name in {}) leave()
        const content = document.element()
        if (isItem) values.push(this.reader.readSchema(item.schema, content))
      }
    }
    return values
  }

  /** Reads what comes behind a start tag, if the content isn't known by now. */
  private valueOf(document: Document, element: Element, close: string, content: Content | undefined): unknown {
    const { kind, schema } = element
    if (content !== undefined) return this.reader.readSchema(schema, content)
    if (kind === "list") return this.list(document, element.item!, close)
    if (kind === "structure") {
      return this.structure(document, this.structureOf(schema) ?? leave(), close)
    }
    const { at, xml } = document
    const end = xml.indexOf("<", at)
    if (end === -1 || !xml.startsWith(close, end)) leave()
    document.at = end + close.length
    if (kind === "string") return document.text(at, end)
    if (kind === "number") {
      const number = digits(xml, at, end)
      return Number.isNaN(number) ? Number(document.text(at, end)) : number
    }
    if (kind === "time") {
      const time = timeOf(xml, at, end)
      if (!Number.isNaN(time)) return new Date(time)
    }
    const text = document.text(at, end)
    return kind === "boolean" ? text.toLowerCase() === "true" : this.reader.readSchema(schema, text)
  }

  /** The structure of a document whose root has the values in an element of this name. */
  private rootOf(schema: NormalizedSchema, key: string | undefined): Structure {
    if (key === undefined) return this.structureOf(schema) ?? leave()
    let root = this.roots.get(key)
    if (root?.members.get(key)?.schema !== schema) {
      this.roots.set(key, root = this.makeStructure([[key, key, schema]]))
    }
    return root!
  }

  read(given: unknown, bytes: Uint8Array, key?: string): unknown {
    const schema = NormalizedSchema.of(given as any)
    if (!schema.isStructSchema() || schema.isUnionSchema()) leave()
    const root = this.rootOf(schema, key)
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const xml = this.reader.serdeContext?.utf8Encoder?.(bytes) ?? buffer.toString()
    if (xml.includes("\r")) leave()
    const document = new Document(xml, xml.length === bytes.length && isAscii(buffer) ? buffer : undefined)
    document.tag()
    const { attributes, isClosed, name } = document
    for (const attribute in attributes) if (root.members.has(attribute)) leave()
    const values = isClosed ? {} : this.structure(document, root, `</${name}>`)
    return key === undefined ? values : values[key]
  }
}

/** A schema and a document with all that this module knows: both readers must see the same in it. */
const inner = [3, "n", "Inner", 0, ["Text", "Other"], [0, [0, { xmlName: "other" }]]]
const schemaOfAll = [
  3,
  "n",
  "All",
  0,
  ["Text", "Number", "Is", "Time", "Bytes", "Inner", "Texts", "Inners", "Flat", "Flats", "Map", "Missing"],
  [
    0,
    1,
    2,
    4,
    21,
    inner,
    [1, "n", "Texts", 0, [0, { xmlName: "item" }]],
    [1, "n", "Inners", 0, inner],
    [64, { xmlFlattened: 1, xmlName: "flat" }],
    [[1, "n", "Inners", 0, inner], { xmlFlattened: 1 }],
    [2, "n", "Map", 0, 0, 0],
    0
  ]
]
const documentOfAll = `<?xml version="1.0"?>\n<R xmlns="urn:a"><All><Text>&lt;é&gt;</Text>
  <Number>12</Number><Is>true</Is><Time>2024-02-29T23:59:59Z</Time><Bytes>YQ==</Bytes><flat>1</flat><Other>1</Other>
  <Flats><Text>a</Text><other x="y">b</other></Flats><Inner><other>1</other><Text/></Inner><flat> 2 </flat><flat/>
  <Texts><item>1</item><member>2</member><item></item></Texts><Inners><member><Text>3</Text></member><member/></Inners>
  <Flats/><Map><entry><key>a</key><value>b</value></entry></Map></All><All2/></R>`

const isAlike = (read: ShapeReader["read"], shapes: Shapes): boolean => {
  try {
    const bytes = Buffer.from(documentOfAll)
    return isDeepStrictEqual(read(schemaOfAll, bytes, "All"), shapes.read(schemaOfAll, bytes, "All"))
  } catch {
    return false
  }
}

/**
 * Makes the SDK's reader read documents straight into the members of a schema. If it reads what this module knows in another
 * way, nothing changes.
 */
export const readShapes = (given: unknown): void => {
  const reader = given as ShapeReader
  if (typeof reader.read !== "function" || typeof reader.readSchema !== "function") return
  const read = reader.read.bind(reader)
  const shapes = new Shapes(reader)
  if (!isAlike(read, shapes)) return
  reader.read = (schema, bytes, key) => {
    if (bytes instanceof Uint8Array && bytes.length > 0) {
      try {
        return shapes.read(schema, bytes, key)
      } catch {
        // The SDK decides what else it may be, and which error it is.
      }
    }
    return read(schema, bytes, key)
  }
}
