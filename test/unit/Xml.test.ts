import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2"
import { GetUserCommand, IAMClient } from "@aws-sdk/client-iam"
import { GetBucketLocationCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { AwsClients, Ec2, Iam, S3 } from "effect-aws-sdk"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { readFaster } from "../../src/internal/sdk/xml.ts"
import { clientsOf, serve } from "../support/Server.ts"

const layer = clientsOf("http://127.0.0.1:1")

interface Reader {
  read(schema: unknown, bytes: Uint8Array, key?: string): unknown
}

const sdkReaderOf = (client: S3Client | IAMClient): Reader => {
  const { deserializer } = client.config.protocol as unknown as {
    deserializer: Reader & { codecDeserializer?: Reader }
  }
  return deserializer.codecDeserializer ?? deserializer
}

/** A structure with a member of each kind. Their elements are those of the generated documents. */
const structure: ReadonlyArray<unknown> = [
  3,
  "test",
  "Structure",
  0,
  ["Text", "Number", "Inner", "Flat", "List", "Map", "Structures", "Attribute"],
  [
    [0, { xmlName: "a" }],
    [1, { xmlName: "a-b.c" }],
    [() => structure, { xmlName: "Key" }],
    [64, { xmlFlattened: 1, xmlName: "b" }],
    [[1, "test", "List", 0, 0], { xmlName: "member" }],
    [[2, "test", "Map", 0, [0, { xmlName: "a" }], [0, { xmlName: "b" }]], { xmlFlattened: 1, xmlName: "ns:Name" }],
    [[1, "test", "Structures", 0, [() => structure, { xmlName: "Key" }]], { xmlName: "c" }],
    [0, { xmlName: "xsi:type", xmlAttribute: 1 }]
  ]
]

/** The function with which a client reads an answer in XML. */
const readerOf = (client: S3Client | IAMClient) => {
  const reader = sdkReaderOf(client)
  return (xml: string): unknown => {
    try {
      const value = reader.read(structure, Buffer.from(xml))
      // The order of the members counts.
      return [value, JSON.stringify(value)]
    } catch (error) {
      return (error as Error).message
    }
  }
}

const theirs = readerOf(new S3Client({}))
const ours = Effect.map(AwsClients.get(S3Client), readerOf)

const names = ["Key", "b", "a", "member", "ns:Name", "c", "a-b.c", "d", "toString", "__proto__"]
const texts = [
  "",
  "text",
  " ",
  "\n  ",
  "a &amp; b",
  "&quot;e&quot;",
  "a\nb",
  "a\r\nb",
  "  two  ",
  "é漢😀",
  "&unknown;",
  "&#13;",
  "]]>",
  "1 > 0"
]
const others = ["<!-- c -->", "<![CDATA[<x>]]>", "<?pi x?>", "&", "<", "</b>", "\u0001"]

/** Generates a mostly well-formed document whose shape depends on the numbers. */
const documentOf = (numbers: ReadonlyArray<number>): string => {
  const tape = [...numbers]
  const next = (n: number) => (tape.shift() ?? 0) % n
  const element = (depth: number): string => {
    const name = names[depth === 0 ? 0 : next(8 + (depth > 2 ? 2 : 0))]!
    const attributes = Array.from(
      { length: next(3) },
      (_, i) => ` ${["xmlns", "xsi:type"][i]}="${["http://x/", "T y", "&lt;"][next(3)]}"`
    )
    if (next(7) === 0) return `<${name}${attributes.join("")}/>`
    const children = Array.from({ length: depth > 4 ? 0 : next(5) }, () => {
      const kind = next(12)
      return kind < 6 ? element(depth + 1) : kind < 11 ? texts[next(texts.length)]! : others[next(others.length)]!
    })
    return `<${name}${attributes.join("")}>${children.join("")}</${next(40) === 1 ? "z" : name}>`
  }
  return ["", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "\uFEFF", "<?xml version=\"1.1\"?>"][next(4)]! +
    element(0) +
    ["", "\n", "trailing"][next(3)]!
}

describe("an answer in XML", () => {
  it.effect.prop(
    "reads generated documents as the SDK's own reader does, or fails as it does",
    { numbers: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 }))) },
    ({ numbers }) =>
      Effect.gen(function*() {
        const xml = documentOf(numbers)
        assert.deepStrictEqual((yield* ours)(xml), theirs(xml), xml)
      }).pipe(Effect.provide(layer)),
    { arbitrary: { runs: 2_000, size: 60 }, timeout: 60_000 }
  )

  it.effect("reads every kind of markup as the SDK's own reader does", () =>
    Effect.gen(function*() {
      const read = yield* ours
      for (
        const xml of [
          "",
          "x",
          "<?xml version=\"1.0\"?>\n<a/>",
          "<?xml version=\"1.0\"<a/>",
          "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">eu-west-1</LocationConstraint>",
          "<a>\n  <b>\n    <c>/</c>\n  </b>\n</a>\n",
          "<a>\r\n<b>x\r\ny</b></a>",
          "<a><Grantee xmlns:xsi=\"http://x/\" xsi:type=\"CanonicalUser\"><ID>1</ID></Grantee></a>",
          "<a b='c' b=\"d\"/>",
          // White space that isn't XML's.
          "<a\u00A0>x</a>",
          "<a\u2028xmlns=\"http://x/\"><b>x</b></a>",
          "<a\uFEFF b=\"c\"><b>x</b></a>",
          "<a><c\u3000/></a>",
          "<?xml version=\"1.0\"?>\n\u2028<a>x</a>",
          "\n\u00A0<a>x</a>",
          "<a><b c=\"1 > 0\">x</b></a>",
          "<a>&#13;&#x41;&quot;&unknown;&</a>",
          "<a>x<!-- c -->y<![CDATA[<z>]]></a>",
          "<a><b>1</b><b/><b>3</b></a>",
          "<a><__proto__>1</__proto__><toString>2</toString></a>",
          "<a><b>",
          "<a><b></a>",
          "<a></b>",
          "<a></aa>",
          "<a>text",
          "<a"
        ]
      ) {
        assert.deepStrictEqual(read(xml), theirs(xml), xml)
      }
    }).pipe(Effect.provide(layer)))

  it("isn't left to the SDK's own reader, if AWS writes it so", () => {
    for (const client of [new S3Client({}), new IAMClient({})]) {
      const reader = sdkReaderOf(client)
      const read = reader.read.bind(reader)
      const left: Array<string> = []
      reader.read = (...args) => {
        left.push(String(args[1]))
        return read(...args)
      }
      readFaster(client.config.protocol)
      // It has been compared by now.
      assert.lengthOf(left, 1)
      left.length = 0
      const readXml = (xml: string) => reader.read(structure, Buffer.from(xml))
      assert.deepEqual(
        readXml(
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<R xmlns=\"urn:a\"><Key><a>&quot;e&quot;</a><b/></Key></R>"
        ),
        { Inner: { Text: "\"e\"", Flat: [""] } }
      )
      assert.deepEqual(readXml("<R><Key xsi:type=\"&lt;a&gt;\"><a>1</a></Key><d><e/></d></R>"), {
        Inner: { Text: "1", Attribute: "<a>" }
      })
      assert.deepEqual(left, [])
      readXml("<R><a>&#13;</a></R>")
      assert.lengthOf(left, 1)
    }
  })

  it.effect("doesn't keep an answer in memory for a value taken from it", () =>
    Effect.gen(function*() {
      const reader = sdkReaderOf(yield* AwsClients.get(S3Client))
      const kept: Array<unknown> = []
      setFlagsFromString("--expose-gc")
      const collect = runInNewContext("gc") as () => void
      collect()
      const before = process.memoryUsage().heapUsed
      for (let i = 0; i < 200; i++) {
        const { Inner, Text } = reader.read(
          structure,
          Buffer.from(
            `<R><a>a text that is longer than a few ${i}</a><Key xsi:type="a type that is longer than a few ${i}"/>` +
              `<Rest>${"x".repeat(500_000)}</Rest></R>`
          )
        ) as { readonly Inner: { readonly Attribute: string }; readonly Text: string }
        kept.push(i % 2 === 0 ? Text : Inner.Attribute)
      }
      collect()
      assert.lengthOf(kept.filter((text) => typeof text === "string"), 200)
      // Each answer takes half a megabyte.
      assert.isBelow(process.memoryUsage().heapUsed - before, 20e6)
    }).pipe(Effect.provide(layer)))
})

describe("a client of a Layer", () => {
  const answers: Readonly<Record<string, string>> = {
    ListObjectsV2: "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Contents><Key>a</Key>" +
      "<LastModified>2026-11-20T10:11:12.000Z</LastModified><Size>7</Size></Contents></ListBucketResult>",
    GetBucketLocation:
      "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">eu-west-1</LocationConstraint>",
    DescribeSubnets: "<DescribeSubnetsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><subnetSet><item>" +
      "<subnetId>subnet-1</subnetId><tagSet/></item></subnetSet></DescribeSubnetsResponse>",
    GetUser:
      "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>No &lt;user&gt;</Message></Error>" +
      "<RequestId>r-1</RequestId></ErrorResponse>"
  }
  const operationOf = (url: string, body: string) =>
    /Action=(\w+)/.exec(body)?.[1] ?? (url.includes("location") ? "GetBucketLocation" : "ListObjectsV2")

  const commands = {
    objects: new ListObjectsV2Command({ Bucket: "b" }),
    location: new GetBucketLocationCommand({ Bucket: "b" }),
    subnets: new DescribeSubnetsCommand({}),
    user: new GetUserCommand({})
  }

  it.live("returns the same results and errors as an SDK client, with dates, numbers and empty lists", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((request, response) => {
        let body = ""
        request.on("data", (chunk) => body += chunk).on("end", () => {
          const operation = operationOf(request.url!, body)
          response.writeHead(operation === "GetUser" ? 404 : 200, { "content-type": "text/xml" }).end(
            answers[operation]
          )
        })
      })
      const config = {
        endpoint: url,
        region: "eu-central-1",
        credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" },
        forcePathStyle: true,
        maxAttempts: 1
      }
      const [s3, ec2, iam] = [new S3Client(config), new EC2Client(config), new IAMClient(config)]
      const user: Error = yield* Effect.promise(() =>
        iam.send(commands.user).then(() => assert.fail(), (error) => error)
      )
      const expected = yield* Effect.promise(async () => ({
        objects: await s3.send(commands.objects),
        location: await s3.send(commands.location),
        subnets: await ec2.send(commands.subnets),
        user: [user.name, user.message]
      }))
      assert.deepStrictEqual(
        yield* Effect.all({
          objects: S3.send(commands.objects),
          location: S3.send(commands.location),
          subnets: Ec2.send(commands.subnets),
          user: Effect.map(
            Effect.flip(Iam.send(commands.user)),
            ({ cause }) => [(cause as Error).name, (cause as Error).message]
          )
        }).pipe(Effect.provide(clientsOf(url))),
        expected
      )
      assert.strictEqual(expected.objects.Contents?.[0]?.Size, 7)
      assert.strictEqual(user.message, "No <user>")
    }))
})
