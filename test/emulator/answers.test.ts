// The exact bytes of answers, as AWS writes them in each protocol.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { crc32 } from "node:zlib"
import { type Output, writeOutput } from "../../emulator/wire/answers.ts"
import { Fault } from "../../emulator/wire/fault.ts"
import { writeFault } from "../../emulator/wire/faultAnswers.ts"
import { type Request, textOf } from "../../emulator/wire/http.ts"
import { protocolOf } from "../../emulator/wire/identify.ts"
import { identify, readInput } from "../../emulator/wire/wire.ts"
import { services } from "./support/clients.ts"
import { form, json, request } from "./support/requests.ts"

const ids = { requestId: "request-1", extendedRequestId: "host-1", date: new Date(0) }

const answerTo = (request: Request, result: Output | Fault) =>
  Effect.gen(function*() {
    const located = yield* identify(services, request)
    const { operation } = yield* readInput(located)
    const answer = result instanceof Fault
      ? writeFault(located, result, ids)
      : writeOutput(located, operation, result, ids)
    return { ...answer, text: textOf(answer.body as Uint8Array) }
  })

const xml = `<?xml version="1.0" encoding="UTF-8"?>\n`
const role = form("iam", "Action=GetRole&RoleName=r")
const vpcs = form("ec2", "Action=DescribeVpcs")
const parameter = json("ssm", "AmazonSSM.GetParameter", `{"Name":"/p"}`)
const metrics = json("monitoring", "GraniteServiceVersion20100801.GetDashboard", "{}")
const object = request("GET", "/bucket-1/k")
const lambda = request("GET", "/2015-03-31/functions/f", { service: "lambda" })

describe("an output", () => {
  it.effect("is in a result in AWS query", () =>
    Effect.gen(function*() {
      const { headers, text } = yield* answerTo(role, { Role: { RoleName: "a&b", CreateDate: new Date(1_500) } })
      assert.strictEqual(
        text,
        `<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role>` +
          `<RoleName>a&amp;b</RoleName><CreateDate>1970-01-01T00:00:01.500Z</CreateDate></Role></GetRoleResult>` +
          `<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></GetRoleResponse>`
      )
      assert.deepStrictEqual(headers, {
        date: "Thu, 01 Jan 1970 00:00:00 GMT",
        "x-amzn-requestid": "request-1",
        "content-type": "text/xml",
        "content-length": String(text.length)
      })
      const deleted = yield* answerTo(form("iam", "Action=DeleteRole&RoleName=r"), {})
      assert.strictEqual(
        deleted.text,
        `<DeleteRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata>` +
          `<RequestId>request-1</RequestId></ResponseMetadata></DeleteRoleResponse>`
      )
    }))

  it.effect("begins with the request id in EC2 query, and has <return> if there is no output", () =>
    Effect.gen(function*() {
      const ns = `xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"`
      const { text } = yield* answerTo(vpcs, { Vpcs: [{ VpcId: "vpc-1", IsDefault: false, Tags: [] }] })
      assert.strictEqual(
        text,
        `${xml}<DescribeVpcsResponse ${ns}><requestId>request-1</requestId><vpcSet><item><isDefault>false</isDefault>` +
          `<tagSet/><vpcId>vpc-1</vpcId></item></vpcSet></DescribeVpcsResponse>`
      )
      const deleted = yield* answerTo(form("ec2", "Action=DeleteVpc&VpcId=vpc-1"), {})
      assert.strictEqual(
        deleted.text,
        `${xml}<DeleteVpcResponse ${ns}><requestId>request-1</requestId><return>true</return></DeleteVpcResponse>`
      )
    }))

  it.effect("is the body in JSON, which is empty for an operation without output", () =>
    Effect.gen(function*() {
      const { headers, text } = yield* answerTo(parameter, { Parameter: { LastModifiedDate: new Date(1_500) } })
      assert.strictEqual(text, `{"Parameter":{"LastModifiedDate":1.5}}`)
      assert.strictEqual(headers["content-type"], "application/x-amz-json-1.1")
      const deleted = yield* answerTo(json("events", "AWSEvents.DeleteRule", `{"Name":"r"}`), {})
      assert.strictEqual(deleted.text, "")
      assert.strictEqual(deleted.headers["content-length"], "0")
    }))

  it.effect("has the namespace of Amazon S3, and both ids", () =>
    Effect.gen(function*() {
      const { headers, text } = yield* answerTo(request("GET", "/bucket-1?list-type=2"), {
        Contents: [{ Key: "a\u0001", Size: 1 }]
      })
      assert.strictEqual(
        text,
        `${xml}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Contents><Key>a&#x1;</Key>` +
          `<Size>1</Size></Contents></ListBucketResult>`
      )
      assert.strictEqual(headers["x-amz-request-id"], "request-1")
      assert.strictEqual(headers["x-amz-id-2"], "host-1")
      const location = yield* answerTo(request("GET", "/bucket-1?location"), { LocationConstraint: "eu-west-1" })
      assert.strictEqual(
        location.text,
        `${xml}<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-west-1</LocationConstraint>`
      )
    }))

  it.effect("has the operation's status, or 206 for a range", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* answerTo(request("DELETE", "/bucket-1/k"), {})).status, 204)
      assert.strictEqual((yield* answerTo(object, { ContentRange: "bytes 0-1/2" })).status, 206)
      assert.strictEqual((yield* answerTo(object, {})).status, 200)
      const created = yield* answerTo(request("POST", "/2015-03-31/functions", { service: "lambda" }), {})
      assert.strictEqual(created.status, 201)
    }))

  it.effect("has headers and no body for a HEAD request", () =>
    Effect.gen(function*() {
      const { headers, text } = yield* answerTo(request("HEAD", "/bucket-1/k"), {
        ContentLength: 5,
        LastModified: new Date(999),
        Metadata: { Name: "value" },
        ETag: `"x"`
      })
      assert.strictEqual(text, "")
      assert.deepInclude(headers, {
        "content-length": "5",
        "last-modified": "Thu, 01 Jan 1970 00:00:00 GMT",
        "x-amz-meta-name": "value",
        etag: `"x"`
      })
    }))
})

describe("an answer of DynamoDB", () => {
  it.effect("has the CRC-32 of its body", () =>
    Effect.gen(function*() {
      const item = json("dynamodb", "DynamoDB_20120810.GetItem", `{"TableName":"t","Key":{}}`)
      for (const result of [{ Item: { a: { S: "ü" } } }, new Fault({ code: "ValidationException", message: "no" })]) {
        const { body, headers } = yield* answerTo(item, result)
        assert.strictEqual(headers["x-amz-crc32"], String(crc32(body as Uint8Array)))
      }
      assert.notProperty((yield* answerTo(parameter, {})).headers, "x-amz-crc32")
    }))
})

describe("a fault", () => {
  it.effect("is written as each protocol writes errors", () =>
    Effect.gen(function*() {
      const query = yield* answerTo(role, new Fault({ code: "NoSuchEntityException", message: "no <role>" }))
      assert.strictEqual(query.status, 404)
      assert.strictEqual(
        query.text,
        `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>` +
          `<Code>NoSuchEntity</Code><Message>no &lt;role&gt;</Message></Error><RequestId>request-1</RequestId></ErrorResponse>`
      )
      const ec2 = yield* answerTo(vpcs, new Fault({ code: "InvalidVpcID.NotFound", message: "no" }))
      assert.strictEqual(
        ec2.text,
        `${xml}<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>no</Message></Error></Errors>` +
          `<RequestID>request-1</RequestID></Response>`
      )
      const s3 = yield* answerTo(object, new Fault({ code: "NoSuchKey", message: "no", members: { Key: "k" } }))
      assert.strictEqual(s3.status, 404)
      assert.strictEqual(
        s3.text,
        `${xml}<Error><Code>NoSuchKey</Code><Message>no</Message><Key>k</Key><RequestId>request-1</RequestId>` +
          `<HostId>host-1</HostId></Error>`
      )
      const cloudFront = request("GET", "/2020-05-31/distribution/d", { service: "cloudfront" })
      const distribution = yield* answerTo(cloudFront, new Fault({ code: "NoSuchDistribution", message: "no" }))
      assert.strictEqual(distribution.status, 404)
      assert.strictEqual(
        distribution.text,
        `${xml}<ErrorResponse xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Error><Type>Sender</Type>` +
          `<Code>NoSuchDistribution</Code><Message>no</Message></Error><RequestId>request-1</RequestId></ErrorResponse>`
      )
      const ssm = yield* answerTo(parameter, new Fault({ code: "ParameterNotFound", message: "" }))
      assert.strictEqual(ssm.text, `{"__type":"ParameterNotFound","message":""}`)
      const rest = yield* answerTo(
        lambda,
        new Fault({ code: "ResourceNotFoundException", message: "no", members: { Type: "User" } })
      )
      assert.strictEqual(rest.status, 404)
      assert.strictEqual(rest.text, `{"Message":"no","Type":"User"}`)
      assert.strictEqual(rest.headers["x-amzn-errortype"], "ResourceNotFoundException")
    }))

  it.effect("has a qualified type and an old code for services that have them", () =>
    Effect.gen(function*() {
      const table = json("dynamodb", "DynamoDB_20120810.DescribeTable", `{"TableName":"t"}`)
      const missing = yield* answerTo(table, new Fault({ code: "ResourceNotFoundException", message: "no" }))
      assert.strictEqual(
        missing.text,
        `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no"}`
      )
      const invalid = yield* answerTo(table, new Fault({ code: "ValidationException", message: "no" }))
      assert.strictEqual(invalid.text, `{"__type":"com.amazon.coral.validate#ValidationException","message":"no"}`)
      const { headers } = yield* answerTo(metrics, new Fault({ code: "DashboardNotFoundError", message: "no" }))
      assert.strictEqual(headers["x-amzn-query-error"], "ResourceNotFound;Sender")
      const named = yield* answerTo(metrics, new Fault({ code: "ResourceNotFound", message: "no" }))
      assert.strictEqual(named.text, `{"__type":"ResourceNotFound","message":"no"}`)
    }))

  it.effect("is written in the protocol of the request even if the service is unknown", () =>
    Effect.gen(function*() {
      const call = json("kinesis", "Kinesis_20131202.ListStreams", "{}")
      const fault = yield* Effect.flip(identify(services, call))
      const { body, status } = writeFault({ request: call, protocol: protocolOf(call), service: undefined }, fault, ids)
      assert.strictEqual(status, 501)
      assert.match(textOf(body as Uint8Array), /^\{"__type":"NotImplemented",/)
    }))
})
