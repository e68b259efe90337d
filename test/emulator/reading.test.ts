// Requests that no SDK would send: unknown members, wrong types, broken bodies.
import { assert, describe, it } from "@effect/vitest"
import { cbor } from "@smithy/core/cbor"
import { Effect } from "effect"
import { readTimestamp } from "../../emulator/wire/scalars.ts"
import { MalformedXml, parseXml } from "../../emulator/wire/xmlParser.ts"
import { form, json, read, rejected, request } from "./support/requests.ts"

const tagging = (body: string | Uint8Array) => request("PUT", "/bucket-1?tagging", { body })
const lambda = (body: string) => request("POST", "/2015-03-31/functions", { service: "lambda", body })
const cborCall = (body: Uint8Array) =>
  request("POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", {
    headers: { "smithy-protocol": "rpc-v2-cbor" },
    body
  })

describe("a member that the operation doesn't have", () => {
  const unknownOf = (call: Parameters<typeof read>[0]) => read(call).pipe(Effect.map(({ unknown }) => unknown))

  it.effect("is reported with its path in JSON", () =>
    Effect.gen(function*() {
      const body = `{"Filters":[{"Key":"Name","Valeus":["a"]}],"Nope":1,"MaxResults":2}`
      const call = yield* read(json("ssm", "AmazonSSM.DescribeParameters", body))
      assert.deepStrictEqual(call.unknown, ["Filters[0].Valeus", "Nope"])
      assert.deepStrictEqual(call.input, { Filters: [{ Key: "Name" }], MaxResults: 2 })
    }))

  it.effect("is reported in every other format", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* unknownOf(lambda(`{"FunctionName":"f","Code":{"Zip":""}}`)), ["Code.Zip"])
      assert.deepStrictEqual(yield* unknownOf(cborCall(cbor.serialize({ Dimensions: [{ Nam: "a" }] }))), [
        "Dimensions[0].Nam"
      ])
      assert.deepStrictEqual(
        yield* unknownOf(form("ec2", "Action=DescribeVpcs&Filter.1.Name=a&Filter.1.Valu.1=b&Nope=1&VpcId.x=1")),
        ["Filters[0].Valu", "Nope", "VpcIds.x"]
      )
      assert.deepStrictEqual(
        yield* unknownOf(form("iam", "Action=TagUser&UserName=u&Tags.member.1.Key=k&Tags.item.1.Key=k")),
        ["Tags.item"]
      )
      assert.deepStrictEqual(
        yield* unknownOf(tagging("<Tagging><TagSet><Tag><Key>k</Key><Nope/></Tag></TagSet></Tagging>")),
        ["Tagging.TagSet[0].Nope"]
      )
      assert.deepStrictEqual(yield* unknownOf(request("GET", "/bucket-1?list-type=2&prefx=a")), ["?prefx"])
    }))
})

describe("a value of the wrong type", () => {
  it.effect("is rejected in the words of the protocol", () =>
    Effect.gen(function*() {
      const get = (body: string) => rejected(json("ssm", "AmazonSSM.DescribeParameters", body))
      const serialization = (message: string) => ["SerializationException", 400, message] as const
      assert.deepStrictEqual(yield* get(`{"NextToken":5}`), serialization("NUMBER_VALUE cannot be converted to String"))
      assert.deepStrictEqual(
        yield* get(`{"MaxResults":"5"}`),
        serialization("STRING_VALUE cannot be converted to Number")
      )
      assert.deepStrictEqual(yield* get(`{"NextToken":[]}`), serialization("Start of list found where not expected"))
      assert.deepStrictEqual(
        yield* get(`{"NextToken":{}}`),
        serialization("Start of structure or map found where not expected")
      )
      assert.deepStrictEqual(
        yield* get(`{"Filters":{}}`),
        serialization("Start of structure or map found where not expected")
      )
      assert.deepStrictEqual(yield* rejected(form("iam", "Action=ListUsers&MaxItems=many")), [
        "MalformedInput",
        400,
        "many is not a Number"
      ])
      assert.strictEqual(
        (yield* rejected(form("ec2", "Action=DescribeVpcs&DryRun=perhaps")))[0],
        "InvalidParameterValue"
      )
      assert.deepStrictEqual(yield* rejected(request("GET", "/bucket-1?max-keys=many")), [
        "InvalidArgument",
        400,
        "Provided max-keys not an integer or within integer range"
      ])
      const cors = "<CORSConfiguration><CORSRule><MaxAgeSeconds>x</MaxAgeSeconds></CORSRule></CORSConfiguration>"
      assert.strictEqual((yield* rejected(request("PUT", "/bucket-1?cors", { body: cors })))[0], "MalformedXML")
      assert.strictEqual((yield* rejected(cborCall(cbor.serialize({ MetricName: 1 }))))[0], "SerializationException")
    }))

  it.effect("is missing if it is an empty number in a query to Amazon S3", () =>
    Effect.gen(function*() {
      const { input } = yield* read(request("GET", "/bucket-1?list-type=2&max-keys=&prefix="))
      assert.deepStrictEqual(input, { Bucket: "bucket-1", Prefix: "" })
    }))

  it.effect("is missing if it is null", () =>
    read(json("ssm", "AmazonSSM.DescribeParameters", `{"NextToken":null,"Filters":[null]}`)).pipe(
      Effect.map(({ input }) => assert.deepStrictEqual(input, { Filters: [] }))
    ))
})

describe("a body that is broken", () => {
  it.effect("is rejected in the words of the protocol", () =>
    Effect.gen(function*() {
      const notUtf8 = new Uint8Array([0x7b, 0xff, 0x7d])
      for (const body of ["{", "[1", notUtf8]) {
        assert.strictEqual((yield* rejected(json("ssm", "AmazonSSM.GetParameter", body)))[0], "SerializationException")
      }
      assert.strictEqual((yield* rejected(lambda("{")))[0], "SerializationException")
      assert.strictEqual((yield* rejected(cborCall(new Uint8Array([0xbf, 0x61]))))[0], "SerializationException")
      assert.strictEqual((yield* rejected(form("iam", "Action=ListUsers&Marker=%zz")))[0], "MalformedQueryString")
      const other = "<Other><TagSet/></Other>"
      for (const body of ["<Tagging>", "<Tagging></Other>", other, "text", notUtf8]) {
        assert.deepStrictEqual(yield* rejected(tagging(body)), [
          "MalformedXML",
          400,
          "The XML you provided was not well-formed or did not validate against our published schema"
        ])
      }
    }))
})

describe("a form", () => {
  it.effect("is read in the order of its numbers, with gaps, from a body and from a query", () =>
    Effect.gen(function*() {
      const parameters = "Action=DescribeVpcs&VpcId.10=c&VpcId.2=b&VpcId.1=a&Filter.1.Name=tag%3Ak&Filter.1.Value.1=v+1"
      const input = { VpcIds: ["a", "b", "c"], Filters: [{ Name: "tag:k", Values: ["v 1"] }] }
      assert.deepStrictEqual((yield* read(form("ec2", parameters))).input, input)
      assert.deepStrictEqual((yield* read(request("GET", `/?${parameters}`, { service: "ec2" }))).input, input)
    }))

  it.effect("has an empty list for a name without a value", () =>
    read(form("iam", "Action=TagUser&UserName=u&Tags=")).pipe(
      Effect.map(({ input }) => assert.deepStrictEqual(input, { UserName: "u", Tags: [] }))
    ))
})

describe("a time", () => {
  it("is read in every format that clients send", () => {
    const times = [
      "2025-01-02T03:04:05Z",
      "2025-01-02T03:04:05.000Z",
      "2025-01-02T04:04:05+01:00",
      "2025-01-02T03:04:05",
      "20250102T030405Z",
      "1735787045",
      "1735787045.0",
      "1.735787045e9",
      "Thu, 02 Jan 2025 03:04:05 GMT",
      "Thursday, 02-Jan-25 03:04:05 GMT",
      "Thu Jan  2 03:04:05 2025"
    ]
    for (const time of times) assert.strictEqual(readTimestamp(time).toISOString(), "2025-01-02T03:04:05.000Z", time)
    assert.strictEqual(readTimestamp("2025-01-02").toISOString(), "2025-01-02T00:00:00.000Z")
    assert.strictEqual(readTimestamp("1735787045.123").toISOString(), "2025-01-02T03:04:05.123Z")
    assert.throws(() => readTimestamp("yesterday"))
    assert.throws(() => readTimestamp("2025-13-45"))
  })
})

describe("a key of a map", () => {
  it.effect("may have the name of a property that every object has", () =>
    read(lambda(`{"Tags":{"__proto__":"a","constructor":"b"}}`)).pipe(Effect.map(({ input }) => {
      assert.deepStrictEqual(Object.entries(input["Tags"] as object), [["__proto__", "a"], ["constructor", "b"]])
    })))
})

describe("XML", () => {
  it("is read with references, CDATA, comments, namespaces and whitespace", () => {
    const xml = `\uFEFF<?xml version="1.0"?><!-- a --><x:R xmlns:x="urn:x" xmlns="urn:y">
      <a>1 &lt; 2 &amp;&#x1F600;&#33;</a><a><![CDATA[<b>]]></a><!-- c --><b c='d'/><e> </e></x:R>\n`
    assert.deepStrictEqual(parseXml(xml), ["R", { a: ["1 < 2 &😀!", "<b>"], b: { c: "d" }, e: " " }])
  })

  it("is rejected if it isn't well-formed or has a document type", () => {
    const documents = [
      "",
      "text",
      "<a>",
      "<a></b>",
      "<a/><b/>",
      "<a>&nope;</a>",
      "<a>&#x110000;</a>",
      "<a>\u0001</a>",
      "<a>\ufffe</a>",
      "<a>&#x1;</a>",
      "<a>&#xFFFF;</a>",
      "<a>&#xD800;</a>",
      "<a>& b</a>",
      "<a b=c/>",
      "<a><![CDATA[",
      "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"
    ]
    for (const xml of documents) assert.throws(() => parseXml(xml), MalformedXml, undefined, xml)
  })
})
