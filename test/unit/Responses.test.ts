// Responses that aren't AWS's: every operation of every client has to fail on them, and to succeed on AWS's own.
import * as acm from "@aws-sdk/client-acm"
import * as cloudWatch from "@aws-sdk/client-cloudwatch"
import * as dynamoDb from "@aws-sdk/client-dynamodb"
import * as ec2 from "@aws-sdk/client-ec2"
import * as ecs from "@aws-sdk/client-ecs"
import * as eventBridge from "@aws-sdk/client-eventbridge"
import * as iam from "@aws-sdk/client-iam"
import * as lambda from "@aws-sdk/client-lambda"
import * as openSearch from "@aws-sdk/client-opensearch"
import * as s3 from "@aws-sdk/client-s3"
import * as ssm from "@aws-sdk/client-ssm"
import * as sts from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { cbor, SmithyRpcV2CborProtocol } from "@smithy/core/cbor"
import { NormalizedSchema } from "@smithy/core/schema"
import type { HttpRequest } from "@smithy/types"
import { Cause, Effect, Logger, References, Result, Stream, Tracer } from "effect"
import type { AwsClients } from "effect-aws-sdk"
import { type AwsError, AwsService, CloudWatch, Ec2, Iam, OpenSearch, S3, Ssm } from "effect-aws-sdk"
import * as net from "node:net"
import { inspect } from "node:util"
import { type Answer, clientsThatAnswer } from "../support/answering.ts"
import { clientsOf, serve } from "../support/Server.ts"

interface Operation {
  readonly name: string
  readonly call: Effect.Effect<unknown, AwsError, AwsClients>
  readonly output: NormalizedSchema
}

/** An input with which the command is sent: what the path, the query or a header needs is there. */
const inputOf = (schema: any): object => {
  const input = NormalizedSchema.of(schema)
  if (input.isUnitSchema()) return {}
  const [, , , , names, , required] = input.getSchema() as ReadonlyArray<any>
  return Object.fromEntries(
    [...input.structIterator()].flatMap(([name, member]) => {
      const { hostLabel, httpHeader, httpLabel, httpQuery } = member.getMergedTraits()
      const isNeeded = httpLabel || hostLabel || ((httpHeader || httpQuery) && names.indexOf(name) < (required ?? 0))
      return isNeeded ? [[name, member.isNumericSchema() ? 1 : `the-${name.toLowerCase()}`]] : []
    })
  )
}

const operationsOf = (Client: any, module: Record<string, any>): ReadonlyArray<Operation> => {
  const service: any = AwsService.make(Client)
  return Object.entries(module).flatMap(([name, Command]) => {
    const schema = name.endsWith("Command") ? new Command({}).schema : undefined
    if (schema === undefined) return []
    return [{
      name: name.replace(/Command$/, ""),
      call: service.send(new Command(inputOf(schema[4]))),
      output: NormalizedSchema.of(schema[5])
    }]
  })
}

const clients: Readonly<Record<string, readonly [protocol: string, operations: ReadonlyArray<Operation>]>> = {
  ACM: ["json", operationsOf(acm.ACMClient, acm)],
  CloudWatch: ["json", operationsOf(cloudWatch.CloudWatchClient, cloudWatch)],
  DynamoDB: ["json", operationsOf(dynamoDb.DynamoDBClient, dynamoDb)],
  EC2: ["ec2", operationsOf(ec2.EC2Client, ec2)],
  ECS: ["json", operationsOf(ecs.ECSClient, ecs)],
  EventBridge: ["json", operationsOf(eventBridge.EventBridgeClient, eventBridge)],
  IAM: ["query", operationsOf(iam.IAMClient, iam)],
  Lambda: ["restJson", operationsOf(lambda.LambdaClient, lambda)],
  OpenSearch: ["restJson", operationsOf(openSearch.OpenSearchClient, openSearch)],
  S3: ["restXml", operationsOf(s3.S3Client, s3)],
  SSM: ["json", operationsOf(ssm.SSMClient, ssm)],
  STS: ["query", operationsOf(sts.STSClient, sts)]
}

const html = "<html><head><title>Welcome</title></head><body><h1>Sign in to the network</h1></body></html>"

/** What a proxy, the login page of a network, or another service behind the endpoint may answer. */
const foreign: Readonly<Record<string, Answer>> = {
  "an HTML page": { headers: { "content-type": "text/html" }, body: html },
  "an HTML page in a document": {
    headers: { "content-type": "text/html; charset=utf-8", "x-amz-cf-id": "a" },
    body:
      `\uFEFF<?xml version="1.0"?>\n<!-- portal -->\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">${html}`
  },
  "an HTML page that isn't well-formed": {
    headers: { "content-type": "text/html" },
    body: "<!doctype html>\n<title>Welcome<p>Sign in<br>"
  },
  "nothing": {},
  "nothing, as a page": { headers: { "content-type": "text/html", "content-length": "0" } },
  "an empty object": { headers: { "content-type": "application/json" }, body: "{}" },
  "an object of another service": {
    headers: { "content-type": "application/json" },
    body: `{"swagger":"2.0","basePath":"/"}`
  },
  "an array": { headers: { "content-type": "application/json" }, body: "[]" },
  "the XML of another service": {
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0"?><rss><channel><item>1</item></channel></rss>`
  },
  "a text": { headers: { "content-type": "text/plain" }, body: "OK" }
}

/** Lambda gives the body of these to the caller as it is, and an emulator of Lambda sends no header of AWS's. */
const isRaw = ({ output }: Operation): boolean =>
  !output.isUnitSchema() && [...output.structIterator()].some(([, member]) => {
    const { httpPayload, streaming } = member.getMergedTraits()
    return httpPayload && !streaming && !member.isStructSchema()
  })

/** A response without data, as AWS writes it. */
const fromAws = (protocol: string, operation: Operation, request: HttpRequest): Answer => {
  const { name, output } = operation
  if (protocol === "json") {
    return { headers: { "x-amzn-requestid": "r", "content-type": "application/x-amz-json-1.1" }, body: "{}" }
  }
  if (protocol === "query") {
    const result = output.isUnitSchema() ? "" : `<${name}Result/>`
    return {
      body:
        `<${name}Response xmlns="urn:a">\n  ${result}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>` +
        `</${name}Response>`
    }
  }
  if (protocol === "ec2") {
    return { body: `<?xml version="1.0"?>\n<${name}Response><requestId>r</requestId></${name}Response>` }
  }
  const members = output.isUnitSchema() ? [] : [...output.structIterator()].filter(([, member]) => {
    const { httpHeader, httpPrefixHeaders, httpResponseCode } = member.getMergedTraits()
    return !httpHeader && httpPrefixHeaders === undefined && !httpResponseCode
  })
  if (protocol === "restJson") {
    return { headers: { "x-amzn-requestid": "r" }, body: members.length === 0 ? "" : "{}" }
  }
  const headers = { "x-amz-request-id": "r" }
  const isStream = members.some(([, member]) => member.isStreaming())
  if (request.method === "HEAD" || members.length === 0 || isStream) {
    return { headers, status: request.method === "DELETE" ? 204 : 200 }
  }
  const [[, member]] = members as [[string, NormalizedSchema]]
  const payload = member.getMergedTraits().httpPayload
  const root = payload
    ? member.getMergedTraits().xmlName ?? member.getName()
    : output.getMergedTraits().xmlName ?? output.getName()
  return {
    headers,
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>`
  }
}

/** The operations whose calls sent a request and ended otherwise than they should. The SDK refuses the input of a few. */
const endsOtherwise = (
  operations: ReadonlyArray<Operation>,
  answer: (operation: Operation, request: HttpRequest) => Answer,
  isRight: (result: Result.Result<unknown, AwsError>) => boolean
) => {
  let current: Operation | undefined
  let sent = 0
  return Effect.gen(function*() {
    const wrong: Array<string> = []
    for (const operation of operations) {
      current = operation
      const before = sent
      const result = yield* Effect.result(operation.call)
      if (sent > before && !isRight(result)) {
        wrong.push(`${operation.name}: ${Result.isFailure(result) ? result.failure.message : "success"}`)
      }
    }
    assert.isAbove(sent, operations.length * 0.9)
    return wrong
  }).pipe(Effect.provide(clientsThatAnswer((request) => {
    sent++
    return answer(current!, request)
  })))
}

describe("a response that isn't AWS's", () => {
  for (const [client, [, operations]] of Object.entries(clients)) {
    for (const [what, answer] of Object.entries(foreign)) {
      it.live(`fails every call of ${client} with Unreadable when it is ${what}`, () =>
        Effect.gen(function*() {
          const wrong = yield* endsOtherwise(
            what.startsWith("an HTML page") ? operations : operations.filter((operation) => !isRaw(operation)),
            () => answer,
            (result) =>
              Result.isFailure(result) && result.failure.reason._tag === "Unreadable" && !result.failure.isRetryable &&
              result.failure.message.includes("proxy")
          )
          assert.deepEqual(wrong, [])
        }), 60_000)
    }
  }
})

describe("a response of AWS's without data", () => {
  for (const [client, [protocol, operations]] of Object.entries(clients)) {
    it.live(`is a success for every call of ${client}`, () =>
      Effect.gen(function*() {
        const wrong = yield* endsOtherwise(
          operations,
          (operation, request) => fromAws(protocol, operation, request),
          Result.isSuccess
        )
        assert.deepEqual(wrong, [])
      }), 60_000)
  }
})

const getParameter = Ssm.send(new ssm.GetParameterCommand({ Name: "/p" }))
const listRoles = Iam.send(new iam.ListRolesCommand({}))
const getObject = S3.send(new s3.GetObjectCommand({ Bucket: "bucket", Key: "key" }))
const headBucket = S3.send(new s3.HeadBucketCommand({ Bucket: "bucket" }))

/** One call of each protocol. */
const calls: Readonly<Record<string, Effect.Effect<unknown, AwsError, AwsClients>>> = {
  "JSON": getParameter,
  "REST-JSON": OpenSearch.send(new openSearch.DescribeDomainCommand({ DomainName: "logs" })),
  "REST-XML": S3.send(new s3.ListBucketsCommand({})),
  "query": listRoles,
  "EC2 query": Ec2.send(new ec2.DescribeVpcsCommand({})),
  "a stream": getObject
}

describe("an error that isn't AWS's", () => {
  const page = { headers: { "content-type": "text/html" }, body: html }
  const errors: Readonly<Record<string, Answer>> = {
    "403 with a page": { status: 403, ...page },
    "401 with a page": { status: 401, ...page },
    "404 with a page": { status: 404, ...page },
    "400 with a page of CloudFront": { status: 400, headers: { ...page.headers, "x-amz-cf-id": "a" }, body: html },
    "407 of a proxy": { status: 407 },
    "511 of a network": { status: 511, ...page },
    "302 to a login page": { status: 302, headers: { location: "http://portal.example/" } },
    "307 with a page": { status: 307, headers: { ...page.headers, location: "http://portal.example/" }, body: html },
    "403 with an object without a code": { status: 403, body: `{"error":"sign in first"}` },
    "403 with an object whose code is a number": { status: 403, body: `{"kind":"Status","code":403}` },
    "404 with an object without a code": { status: 404, body: `{"error":"no such path"}` },
    "403 with the XML of another service": { status: 403, body: "<fault><text>sign in first</text></fault>" },
    "404 with the XML of another service": { status: 404, body: "<fault><text>no such path</text></fault>" }
  }
  for (const [what, answer] of Object.entries(errors)) {
    for (const [protocol, call] of Object.entries(calls)) {
      it.live(`is Unreadable for a call by ${protocol}: ${what}`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(call)
          assert.deepEqual([error.reason._tag, error.statusCode, error.isRetryable], [
            "Unreadable",
            answer.status,
            false
          ])
          assert.include(error.message, "proxy")
          assert.notInclude(error.message, "polic")
          assert.notInclude(error.message, "region of the resource")
          assert.notInclude(Cause.pretty(Cause.fail(error)), "sign in")
        }).pipe(Effect.provide(clientsThatAnswer(() => answer))))
    }
  }

  it.live("is Unreadable when a page answers a HEAD request", () =>
    Effect.gen(function*() {
      for (const status of [200, 403, 404]) {
        const error = yield* Effect.flip(headBucket).pipe(
          Effect.provide(clientsThatAnswer(() => ({ status, headers: { "content-type": "text/html" } })))
        )
        assert.strictEqual(error.reason._tag, "Unreadable")
      }
    }))

  it.live("keeps the reason of a status that says when to try again", () =>
    Effect.gen(function*() {
      for (const [status, reason] of [[429, "Throttled"], [502, "ServerFault"], [503, "ServerFault"]] as const) {
        for (const call of Object.values(calls)) {
          const error = yield* Effect.flip(call).pipe(Effect.provide(clientsThatAnswer(() => ({ status, ...page }))))
          assert.deepEqual([error.reason._tag, error.isRetryable], [reason, true])
        }
      }
    }))
})

describe("a response that can't be read", () => {
  /** Everything of an error that somebody may read: its message, its JSON, its logs, and what a debugger prints. */
  const texts = (error: AwsError) => [
    error.message,
    JSON.stringify(error),
    Cause.pretty(Cause.fail(error)),
    inspect(error, { depth: 10, showHidden: true })
  ]

  const garbled: Readonly<Record<string, Answer>> = {
    "JSON that is cut off": { body: `{"Parameter":{"Value":"planted-secret` },
    "JSON with a line break in it": { body: `{"Parameter":{"Value":"planted-secret\n"}}` },
    "planted-secret": { body: "planted-secret" },
    "an error in JSON that is cut off": { status: 400, body: `{"__type":"X","message":"planted-secret` },
    "a fault in JSON that is cut off": { status: 500, body: `{"__type":"X","message":"planted-secret` },
    "XML that is cut off": { body: "<ListRolesResponse><ListRolesResult><Roles>planted-secret" },
    "XML with elements that overlap": { body: "<ListRolesResponse><a><b>planted-secret</a></b></ListRolesResponse>" },
    "an error in XML that is cut off": { status: 400, body: "<ErrorResponse><Error>planted-secret" }
  }
  for (const [what, answer] of Object.entries(garbled)) {
    it.live(`isn't quoted anywhere: ${what}`, () =>
      Effect.gen(function*() {
        const spans: Array<Tracer.Span> = []
        const logs: Array<unknown> = []
        const tracer = Tracer.make({
          span: (options) => {
            const span = new Tracer.NativeSpan(options)
            spans.push(span)
            return span
          }
        })
        for (const call of Object.values(calls).slice(0, 5)) {
          const error = yield* Effect.flip(call).pipe(
            Effect.tapError((error) => Effect.logError("It failed", error)),
            Effect.provide(clientsThatAnswer(() => ({ headers: { "x-amzn-requestid": "r" }, ...answer }))),
            Effect.withTracer(tracer),
            Effect.provide(
              Logger.layer([Logger.make(({ cause, message }) => logs.push(message, Cause.pretty(cause)))])
            ),
            Effect.provideService(References.MinimumLogLevel, "Debug")
          )
          assert.include(["Unreadable", "ServerFault"], error.reason._tag)
          assert.strictEqual(error.requestId, "r")
          for (const text of texts(error)) {
            assert.notInclude(text, "planted")
            assert.notInclude(text, "$response")
          }
        }
        assert.isNotEmpty(spans)
        assert.isNotEmpty(logs)
        assert.notInclude(inspect([spans, logs], { depth: 12 }), "planted")
      }))
  }
})

describe("a message of a million characters", () => {
  const long = "x".repeat(2 ** 20)
  const errors: Readonly<Record<string, readonly [call: Effect.Effect<unknown, AwsError, AwsClients>, body: string]>> =
    {
      "JSON": [getParameter, JSON.stringify({ __type: "ParameterNotFound", message: long })],
      "JSON without a known code": [getParameter, JSON.stringify({ __type: "SomethingNew", Message: long })],
      "a code in JSON": [getParameter, JSON.stringify({ __type: long, message: "m" })],
      "query": [
        listRoles,
        `<ErrorResponse><Error><Code>ServiceFailure</Code><Message>${long}</Message></Error></ErrorResponse>`
      ],
      "REST-XML": [getObject, `<Error><Code>NoSuchKey</Code><Message>${long}</Message></Error>`],
      "EC2 query": [
        calls["EC2 query"]!,
        `<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>${long}</Message></Error></Errors></Response>`
      ]
    }
  for (const [where, [call, body]] of Object.entries(errors)) {
    it.live(`is cut, and says so: ${where}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(call)
        for (const text of [error.message, Cause.pretty(Cause.fail(error)), inspect(error, { depth: 10 })]) {
          assert.include(text, "1,048,576 characters")
          assert.isBelow(text.length, 60_000)
        }
      }).pipe(Effect.provide(clientsThatAnswer(() => ({ status: 400, body })))))
  }

  it.live("keeps a message of AWS's that has to be whole", () =>
    Effect.gen(function*() {
      const message = `Encoded authorization failure message: ${"a".repeat(3_000)}`
      const error = yield* Effect.flip(getParameter).pipe(
        Effect.provide(clientsThatAnswer(() => ({ status: 400, body: JSON.stringify({ __type: "X", message }) })))
      )
      assert.include(error.message, message)
    }))
})

describe("a body that breaks off", () => {
  const breaking = (head: string, body: string) =>
    Effect.acquireRelease(
      Effect.callback<net.Server>((resume) => {
        const server = net.createServer((socket) => {
          socket.on("error", () => {})
          socket.once("data", () => {
            socket.write(`HTTP/1.1 200 OK\r\nx-amzn-requestid: r\r\n${head}\r\n\r\n${body}`, () =>
              // The client has to have read what was written.
              setTimeout(() => socket.resetAndDestroy(), 50))
          })
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
        })
    ).pipe(Effect.map((server) => `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`))

  for (const [length, head] of [["no length", "connection: close"], ["a length", "content-length: 10000"]] as const) {
    it.live(`isn't whole when the response has ${length} and the connection is reset`, () =>
      Effect.gen(function*() {
        const url = yield* breaking(head, `{"Parameter":{"Name":"/p","Value":"v"}}`)
        const error = yield* Effect.flip(getParameter).pipe(Effect.provide(clientsOf(url)))
        assert.deepEqual([error.reason._tag, error.code, error.isRetryable], ["Unreachable", "ECONNRESET", true])
        assert.notInclude(inspect(error, { depth: 10 }), "$response")
      }))

    it.live(`fails whoever reads the stream when the response has ${length} and the connection is reset`, () =>
      Effect.gen(function*() {
        const url = yield* breaking(head, "the first half")
        const error = yield* Effect.flip(Stream.runDrain(S3.getObject("bucket", "key"))).pipe(
          Effect.provide(clientsOf(url))
        )
        assert.strictEqual(error._tag === "AwsError" ? error.reason._tag : error._tag, "Unreachable")
      }))
  }

  it.live("is whole when the response has no length and the connection is closed in order", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((_, response) => {
        response.removeHeader("transfer-encoding")
        response.useChunkedEncodingByDefault = false
        response.shouldKeepAlive = false
        response.end(`{"Parameter":{"Name":"/p","Value":"v"}}`)
      })
      const { Parameter } = yield* Ssm.send(new ssm.GetParameterCommand({ Name: "/p" })).pipe(
        Effect.provide(clientsOf(url))
      )
      assert.strictEqual(Parameter?.Value, "v")
    }))
})

describe("a response in CBOR", () => {
  const inCbor = (answer: Answer) => clientsThatAnswer(() => answer, { protocol: SmithyRpcV2CborProtocol })
  const listMetrics = CloudWatch.send(new cloudWatch.ListMetricsCommand({}))

  it.live("is a success when it's a map", () =>
    Effect.gen(function*() {
      const { Metrics } = yield* listMetrics
      assert.deepEqual(Metrics, [])
    }).pipe(Effect.provide(inCbor({
      headers: { "smithy-protocol": "rpc-v2-cbor" },
      body: cbor.serialize({ Metrics: [] })
    }))))

  it.live("fails with Unreadable when it's something else", () =>
    Effect.gen(function*() {
      for (const answer of [...Object.values(foreign), { body: cbor.serialize({}) }, { body: cbor.serialize([]) }]) {
        const error = yield* Effect.flip(listMetrics).pipe(Effect.provide(inCbor(answer)))
        assert.strictEqual(error.reason._tag, "Unreadable")
      }
    }))
})
