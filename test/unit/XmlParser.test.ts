import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2"
import { GetUserCommand, IAMClient } from "@aws-sdk/client-iam"
import { GetBucketLocationCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type AwsError, Ec2, Iam, S3, Ssm, XmlParser } from "effect-aws-sdk"
import { clientsOf, serve } from "../support/Server.ts"

/** What a client of the SDK reads by its own parser, or that it does not read it. */
const theirs = (client: S3Client | IAMClient) => {
  const { deserializer } = client.config.protocol as unknown as {
    deserializer: { codecDeserializer?: unknown }
  }
  const reader = (deserializer.codecDeserializer ?? deserializer) as { parseXml(xml: string): unknown }
  return (xml: string) => attempt(() => reader.parseXml(xml))
}

const attempt = (read: () => unknown): unknown => {
  try {
    return read()
  } catch {
    return "not read"
  }
}

const s3 = theirs(new S3Client({}))
const iam = theirs(new IAMClient({}))

const names = ["a", "b", "Key", "member", "ns:Name", "a-b.c", "toString", "__proto__"]
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

/** A document for a list of numbers: mostly well-formed, as deep and as odd as the numbers say. */
const documentOf = (numbers: ReadonlyArray<number>): string => {
  const tape = [...numbers]
  const next = (n: number) => (tape.shift() ?? 0) % n
  const element = (depth: number): string => {
    const name = names[next(6 + (depth > 2 ? 2 : 0))]!
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

describe("XmlParser.saxes", () => {
  it.effect.prop(
    "reads every document as the SDK's own parser does, or leaves it to that",
    { numbers: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 }))) },
    ({ numbers }) =>
      Effect.sync(() => {
        const xml = documentOf(numbers)
        const read = XmlParser.saxes(xml)
        if (read === undefined) return
        assert.deepStrictEqual(read, s3(xml))
        assert.deepStrictEqual(read, iam(xml))
      }),
    { arbitrary: { runs: 2_000, size: 60 }, timeout: 60_000 }
  )

  it("reads what AWS sends by itself", () => {
    for (
      const xml of [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>" +
        "<Prefix></Prefix><Contents><Key>a &amp; b</Key><ETag>&quot;e&quot;</ETag></Contents><Contents><Key>c</Key></Contents></ListBucketResult>",
        "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">eu-west-1</LocationConstraint>",
        "<GetUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\n  <GetUserResult>\n    <User>\n      <Path>/</Path>\n" +
        "    </User>\n  </GetUserResult>\n</GetUserResponse>\n",
        "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>1</ID></Grantee></Grant>"
      ]
    ) {
      const read = XmlParser.saxes(xml)
      assert.isDefined(read)
      assert.deepStrictEqual(read, s3(xml))
    }
  })

  it("leaves to the SDK what that reads in its own way", () => {
    for (
      const xml of [
        "",
        "x",
        "<a>&#13;</a>",
        "<a><!-- c --></a>",
        "<a><![CDATA[x]]></a>",
        "<a b='c d'/>",
        "<a>",
        "<a></b>",
        "<a>&x;</a>"
      ]
    ) {
      assert.isUndefined(XmlParser.saxes(xml), xml)
    }
  })
})

describe("the xmlParser of a Layer", () => {
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

  const calls = Effect.all({
    objects: S3.send(new ListObjectsV2Command({ Bucket: "b" })),
    location: S3.send(new GetBucketLocationCommand({ Bucket: "b" })),
    subnets: Ec2.send(new DescribeSubnetsCommand({})),
    user: Effect.flip(Iam.send(new GetUserCommand({}))).pipe(
      Effect.map(({ code, message, requestId, statusCode }: AwsError) => ({
        code,
        message,
        requestId,
        statusCode
      }))
    )
  })

  it.live("reads the answers of every service in XML, errors too, and gives the same results", () =>
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
      const read: Array<string> = []
      const xmlParser: XmlParser.XmlParser = (xml) => {
        read.push(xml)
        return XmlParser.saxes(xml)
      }
      const expected = yield* calls.pipe(Effect.provide(clientsOf(url)))
      assert.deepStrictEqual(yield* calls.pipe(Effect.provide(clientsOf(url, { xmlParser }))), expected)
      assert.deepEqual(read.toSorted(), Object.values(answers).toSorted())
      assert.strictEqual(expected.objects.Contents?.[0]?.Size, 7)
      assert.strictEqual(expected.user.code, "NoSuchEntityException")
    }))

  it.live("is not asked about answers in JSON", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((_, response) =>
        response.end("{\"Parameter\":{\"Name\":\"/p\",\"Type\":\"String\",\"Value\":\"v\"}}")
      )
      const layer = clientsOf(url, { xmlParser: () => assert.fail("asked") })
      assert.strictEqual((yield* Effect.provide(Ssm.getParameter("/p"), layer)).name, "/p")
    }))
})
