// The outputs of every operation of the services that answer in XML, and documents that are broken in many ways: the SDK's own
// reader is the judge of what they mean.
import type { ListObjectsV2Output } from "@aws-sdk/client-s3"
import { AwsQueryProtocol, XmlShapeSerializer } from "@aws-sdk/core/protocols"
import { assert, describe, it } from "@effect/vitest"
import { NormalizedSchema } from "@smithy/core/schema"
import * as v8 from "node:v8"
import { runInNewContext } from "node:vm"
import { bindingsOf, isEventStream } from "../../emulator/wire/bindings.ts"
import { operationParts, type Shape } from "../../emulator/wire/sdk.ts"
import { readFaster } from "../../src/internal/sdk/xml.ts"
import { type Sdk, sdks } from "../emulator/support/clients.ts"
import { Generator } from "../emulator/support/values.ts"

interface Reader {
  read(schema: unknown, bytes: Uint8Array, key?: string): unknown
}

const protocols = ["awsQuery", "ec2Query", "restXml"]

/** The reader of a new client. */
const readerOf = (sdk: Sdk): Reader => {
  const others = sdk.description.protocols.includes("awsQuery") ? { protocol: AwsQueryProtocol } : {}
  const client = sdk.client({ handle: () => Promise.reject(new Error("sends nothing")), others })
  const { deserializer } = (client.config as unknown as {
    readonly protocol: { readonly deserializer: Reader & { readonly codecDeserializer?: Reader } }
  }).protocol
  return deserializer.codecDeserializer ?? deserializer
}

/** A reader of this library, and how many documents it has left to the SDK's. */
const faster = (sdk: Sdk) => {
  const reader = readerOf(sdk)
  const read = reader.read.bind(reader)
  let left = 0
  reader.read = (...args) => {
    left++
    return read(...args)
  }
  readFaster({ deserializer: reader })
  // The SDK's reader was asked once, to compare.
  assert.strictEqual(left, 1)
  return { reader, left: () => left - 1 }
}

/** What is read from a document, and the order of its members. */
const outcome = (reader: Reader, ...args: Parameters<Reader["read"]>): readonly [unknown, string] => {
  try {
    const value = reader.read(...args)
    return [value, JSON.stringify(value, (_, value) => typeof value === "bigint" ? String(value) : value)]
  } catch (error) {
    return [undefined, (error as Error).message]
  }
}

/** The part of an output that is in the document: a payload, or the members that no header has. */
const bodyOf = (shape: Shape): unknown => {
  if (shape.isUnitSchema()) return undefined
  const { body, payload } = bindingsOf(shape)
  if (payload !== undefined) return payload[1].isStructSchema() && !isEventStream(payload[1]) ? payload[1] : undefined
  const [kind, namespace, name, traits, names, schemas] = shape.getSchema() as unknown as [
    number,
    string,
    string,
    unknown,
    ReadonlyArray<string>,
    ReadonlyArray<unknown>
  ]
  const isInBody = new Set(body.map(([name]) => name))
  const at = names.flatMap((name, index) => isInBody.has(name) ? [index] : [])
  return at.length === 0
    ? undefined
    : [kind, namespace, name, traits, at.map((index) => names[index]), at.map((index) => schemas[index])]
}

const settings = {
  timestampFormat: { useTrait: true, default: 5 as const },
  httpBindings: true,
  xmlNamespace: "urn:a",
  serviceNamespace: ""
}

/** Numbers that look random. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0
  return (seed >>> 0) / 2 ** 32
}

const inserted = [
  "<!-- c -->",
  "<![CDATA[<x>]]>",
  "<?pi x?>",
  "text",
  " ",
  "\n  ",
  "\r\n",
  "&#65;",
  "&nbsp;",
  "&",
  "<",
  ">",
  "</x>",
  "<Unknown><toString>1</toString><a b=\"c\"/></Unknown>",
  "<__proto__>1</__proto__>",
  "<member>1</member>",
  "<item/>",
  "<entry><key>k</key><value>v</value></entry>"
]

/** Each makes another document of one. `at` picks a place. */
const changes: ReadonlyArray<
  (xml: string, at: (places: ReadonlyArray<number>) => number, next: () => number) => string
> = [
  // Cut off.
  (xml, _, next) => xml.slice(0, Math.floor(next() * xml.length)),
  // A character less.
  (xml, _, next) => {
    const place = Math.floor(next() * xml.length)
    return xml.slice(0, place) + xml.slice(place + 1)
  },
  // Something between two tags.
  (xml, at, next) => {
    const place = at(places(xml, /</g))
    return xml.slice(0, place) + inserted[Math.floor(next() * inserted.length)]! + xml.slice(place)
  },
  // An attribute.
  (xml, at, next) => {
    const place = at(places(xml, /(?<=<[\w:-]+)(?=[>/])/g))
    const attributes = [
      " a=\"b\"",
      " xmlns=\"urn:b\"",
      " xsi:type=\"Group\"",
      " Key='1'",
      " Key=\"1\"",
      " item=\"1\"",
      " a"
    ]
    return xml.slice(0, place) + attributes[Math.floor(next() * attributes.length)]! + xml.slice(place)
  },
  // An element twice.
  (xml, at) => {
    const place = at(places(xml, /<([\w:-]+)>[^<]*<\/\1>/g))
    const element = /^<([\w:-]+)>[^<]*<\/\1>/.exec(xml.slice(place))?.[0] ?? ""
    return xml.slice(0, place) + element + xml.slice(place)
  },
  // An element at the end of its parent, or of another element.
  (xml, at) => {
    const place = at(places(xml, /<([\w:-]+)>[^<]*<\/\1>/g))
    const element = /^<([\w:-]+)>[^<]*<\/\1>/.exec(xml.slice(place))?.[0] ?? ""
    const rest = xml.slice(0, place) + xml.slice(place + element.length)
    const end = rest.indexOf("</", place)
    return rest.slice(0, end) + element + rest.slice(end)
  },
  // An element without content.
  (xml, at) => {
    const place = at(places(xml, /<([\w:-]+)>[^<]*<\/\1>/g))
    return xml.slice(0, place) + xml.slice(place).replace(/^<([\w:-]+)>[^<]*<\/\1>/, "<$1/>")
  },
  // An element with another content.
  (xml, at, next) => {
    const place = at(places(xml, /<([\w:-]+)>[^<]*<\/\1>/g))
    const contents = [
      "",
      "2026-02-30T10:11:12.5Z",
      "2026-11-27T10:11:12+01:00",
      "0099-01-01T00:00:00Z",
      "0000-02-29T00:00:00Z",
      "007",
      "-1",
      "1e3",
      " 5 ",
      "TRUE",
      "<a/>",
      "NaN"
    ]
    const content = contents[Math.floor(next() * contents.length)]!
    return xml.slice(0, place) + xml.slice(place).replace(/>[^<]*</, () => `>${content}<`)
  },
  // Lines.
  (xml) => xml.replaceAll("><", ">\n  <"),
  (xml) => `<!DOCTYPE a [<!ENTITY a "b">]>${xml}`
]

const places = (xml: string, pattern: RegExp): ReadonlyArray<number> =>
  Array.from(xml.matchAll(pattern), ({ index }) => index)

let operations = 0
let documents = 0
let leftToSdk = 0

describe("an output in XML", () => {
  for (const sdk of sdks) {
    const protocol = sdk.description.protocols.find((protocol) => protocols.includes(protocol))
    if (protocol === undefined) continue
    it(`of ${sdk.name} is read as the SDK's own reader does, also if it's broken`, { timeout: 120_000 }, () => {
      const theirs = readerOf(sdk)
      const { left, reader: ours } = faster(sdk)
      for (const { name, schema } of sdk.commands) {
        const body = bodyOf(operationParts(schema).output)
        if (body === undefined) continue
        const shape = NormalizedSchema.of(body as any)
        const key = protocol === "awsQuery" ? `${name}Result` : undefined
        const generator = new Generator(operations++, { of: () => undefined })
        const next = random(operations)
        const at = (places: ReadonlyArray<number>) => places[Math.floor(next() * places.length)] ?? 0
        for (let sample = 0; sample < 2 || (sample < 40 && generator.hasMore(shape)); sample++) {
          const serializer = new XmlShapeSerializer(settings as any)
          serializer.write(shape, generator.value(shape))
          const written = String(serializer.flush())
          const root = /^<([\w:-]+)/.exec(written)![1]!
          const document = `<?xml version="1.0" encoding="UTF-8"?>\n${
            key === undefined
              ? written
              : `<${name}Response>${
                written.replace(`<${root} xmlns="urn:a"`, `<${key}`).replace(new RegExp(`</${root}>$`), `</${key}>`)
              }<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${name}Response>`
          }`
          const compare = (xml: string) => {
            const bytes = Buffer.from(xml)
            const before = left()
            assert.deepStrictEqual(
              outcome(ours, body, bytes, key),
              outcome(theirs, body, bytes, key),
              `${name}: ${xml}`
            )
            documents++
            if (left() > before) leftToSdk++
            return left() > before
          }
          // AWS doesn't write such references.
          if (compare(document)) assert.match(document, /&#/, name)
          for (let change = 0; change < 4; change++) {
            const [first, second] = [0, 1].map(() => changes[Math.floor(next() * changes.length)]!)
            compare(first!(document, at, next))
            compare(second!(first!(document, at, next), at, next))
          }
        }
      }
    })
  }

  it("isn't kept in memory for a value taken from it", () => {
    const s3 = sdks.find(({ name }) => name === "S3")!
    const { left, reader } = faster(s3)
    const shape = operationParts(s3.commands.find(({ name }) => name === "ListObjectsV2")!.schema).output
    const kept: Array<unknown> = []
    v8.setFlagsFromString("--expose-gc")
    const collect = runInNewContext("gc") as () => void
    collect()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 200; i++) {
      const xml = `<ListBucketResult><Name>a name that is longer than a few ${i}</Name><Contents>` +
        `<Key>a key that is longer than a few ${i}</Key><ETag>&quot;a tag that is longer than a few ${i}&quot;</ETag>` +
        `</Contents><Rest>${"x".repeat(500_000)}${i % 2 === 0 ? "" : "é"}</Rest></ListBucketResult>`
      const { Contents, Name } = reader.read(shape, Buffer.from(xml)) as ListObjectsV2Output
      kept.push([Name, Contents?.[0]?.Key, Contents?.[0]?.ETag][i % 3])
    }
    collect()
    assert.lengthOf(kept.filter((text) => typeof text === "string"), 200)
    assert.strictEqual(left(), 0)
    // Each document takes half a megabyte.
    assert.isBelow(process.memoryUsage().heapUsed - before, 20e6)
  })

  it("has been read for every operation, by both readers", () => {
    assert.isAtLeast(operations, 1_000)
    assert.isAtLeast(documents, 15_000)
    // If the SDK had read all the changed ones, they would prove nothing, and neither if none were too broken.
    assert.isAbove(leftToSdk, 0.2 * documents)
    assert.isBelow(leftToSdk, 0.7 * documents)
  })
})
