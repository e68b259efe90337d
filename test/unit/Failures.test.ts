// What can go wrong on the way to AWS and back, on a real socket: each gives one typed error that tells the truth.
import { CloudWatchClient, ListMetricsCommand } from "@aws-sdk/client-cloudwatch"
import { DescribeVpcsCommand } from "@aws-sdk/client-ec2"
import { GetRoleCommand } from "@aws-sdk/client-iam"
import { DescribeDomainCommand } from "@aws-sdk/client-opensearch"
import { GetObjectCommand, HeadBucketCommand, HeadObjectCommand, ListBucketsCommand } from "@aws-sdk/client-s3"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { cbor, SmithyRpcV2CborProtocol } from "@smithy/core/cbor"
import { Effect, Redacted, type Scope } from "effect"
import {
  AwsClients,
  type AwsError,
  type AwsErrorReason,
  AwsService,
  Ec2,
  Iam,
  OpenSearch,
  Retry,
  S3,
  Ssm,
  Sts
} from "effect-aws-sdk"
import * as net from "node:net"
import { clientsOf, credentials, serve } from "../support/Server.ts"

type Call = Effect.Effect<unknown, AwsError, AwsClients>

const ssm: Call = Ssm.send(new GetParameterCommand({ Name: "/p" }))
const sts: Call = Sts.send(new GetCallerIdentityCommand({}))
const iam: Call = Iam.send(new GetRoleCommand({ RoleName: "r" }))
const ec2: Call = Ec2.send(new DescribeVpcsCommand({}))
const openSearch: Call = OpenSearch.send(new DescribeDomainCommand({ DomainName: "logs" }))
const s3: Call = S3.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" }))
const s3List: Call = S3.send(new ListBucketsCommand({}))
const head: Call = S3.send(new HeadObjectCommand({ Bucket: "bucket", Key: "key" }))
const headBucket: Call = S3.send(new HeadBucketCommand({ Bucket: "bucket" }))
const cloudWatch: Call = AwsService.make(CloudWatchClient).send(new ListMetricsCommand({}))

const json = (type: string, message: string) => JSON.stringify({ __type: type, message })
const query = (code: string, message: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>req-1</RequestId></ErrorResponse>`
const ec2Query = (code: string, message: string) =>
  `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>req-1</RequestID></Response>`
const xml = (code: string, message: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message><RequestId>req-1</RequestId></Error>`

const id = { "x-amzn-requestid": "req-1" }
const s3Id = { "x-amz-request-id": "req-1" }

interface Expected {
  readonly reason: AwsErrorReason.AwsErrorReason["_tag"]
  readonly code: string
  readonly retryable?: boolean
  readonly requestId?: string | undefined
  readonly message?: string
}

type Row = readonly [
  what: string,
  call: Call,
  answer: readonly [status: number, headers: Record<string, string>, body: string],
  expected: Expected
]

// dprint-ignore
const answers: ReadonlyArray<Row> = [
  // modeled and unmodeled errors of each protocol
  ["JSON: modeled", ssm, [400, id, json("ParameterNotFound", "")], { reason: "Rejected", code: "ParameterNotFound", requestId: "req-1" }],
  ["JSON: unmodeled", ssm, [400, id, json("ValidationException", "bad name")], { reason: "Rejected", code: "ValidationException", requestId: "req-1", message: "bad name" }],
  ["JSON: with a namespace", ssm, [400, id, json("com.amazonaws.ssm#ParameterNotFound", "")], { reason: "Rejected", code: "ParameterNotFound", requestId: "req-1" }],
  ["JSON 1.0: unmodeled", cloudWatch, [400, id, json("SomethingNew", "new")], { reason: "Rejected", code: "SomethingNew", requestId: "req-1" }],
  ["query: modeled", iam, [404, id, query("NoSuchEntity", "no role r")], { reason: "Rejected", code: "NoSuchEntityException", requestId: "req-1", message: "no role r" }],
  ["query: unmodeled", iam, [400, id, query("ValidationError", "bad")], { reason: "Rejected", code: "ValidationError", requestId: "req-1" }],
  ["EC2 query", ec2, [400, id, ec2Query("InvalidVpcID.NotFound", "no vpc-1")], { reason: "Rejected", code: "InvalidVpcID.NotFound", requestId: "req-1", message: "no vpc-1" }],
  ["REST-JSON: modeled", openSearch, [409, { ...id, "x-amzn-errortype": "ResourceNotFoundException" }, `{"message":"Domain not found"}`], { reason: "Rejected", code: "ResourceNotFoundException", requestId: "req-1" }],
  ["REST-XML: modeled", s3, [404, s3Id, xml("NoSuchKey", "no key")], { reason: "Rejected", code: "NoSuchKey", requestId: "req-1" }],
  ["REST-XML: unmodeled", s3, [409, s3Id, xml("OperationAborted", "busy")], { reason: "Rejected", code: "OperationAborted", requestId: "req-1" }],
  // HEAD answers have no body
  ["HEAD 404", head, [404, s3Id, ""], { reason: "Rejected", code: "NotFound", requestId: "req-1" }],
  ["HEAD 403", headBucket, [403, s3Id, ""], { reason: "AccessDenied", code: "Forbidden", requestId: "req-1" }],
  ["HEAD 301", headBucket, [301, { ...s3Id, "x-amz-bucket-region": "us-west-2" }, ""], { reason: "Rejected", code: "MovedPermanently", requestId: "req-1", message: "us-west-2" }],
  ["HEAD 400", headBucket, [400, s3Id, ""], { reason: "Rejected", code: "BadRequest", requestId: "req-1" }],
  ["HEAD 503", headBucket, [503, s3Id, ""], { reason: "ServerFault", code: "HTTP503", requestId: "req-1", retryable: true }],
  ["GET 301", s3, [301, { ...s3Id, "x-amz-bucket-region": "us-west-2" }, xml("PermanentRedirect", "elsewhere")], { reason: "Rejected", code: "PermanentRedirect", requestId: "req-1", message: "us-west-2" }],
  // who may
  ["access denied, JSON", ssm, [400, id, json("AccessDeniedException", "not you")], { reason: "AccessDenied", code: "AccessDeniedException", requestId: "req-1", message: "not you" }],
  ["access denied, S3", s3, [403, s3Id, xml("AccessDenied", "not you")], { reason: "AccessDenied", code: "AccessDenied", requestId: "req-1" }],
  ["access denied, EC2", ec2, [403, id, ec2Query("UnauthorizedOperation", "not you")], { reason: "AccessDenied", code: "UnauthorizedOperation", requestId: "req-1" }],
  ["access denied, query", sts, [403, id, query("AccessDenied", "not you")], { reason: "AccessDenied", code: "AccessDenied", requestId: "req-1" }],
  ["expired, JSON", ssm, [400, id, json("ExpiredTokenException", "expired")], { reason: "CredentialsRejected", code: "ExpiredTokenException", requestId: "req-1", message: "get new ones" }],
  ["expired, S3", s3, [400, s3Id, xml("ExpiredToken", "expired")], { reason: "CredentialsRejected", code: "ExpiredToken", requestId: "req-1" }],
  ["unknown key, JSON", ssm, [400, id, json("UnrecognizedClientException", "invalid")], { reason: "CredentialsRejected", code: "UnrecognizedClientException", requestId: "req-1" }],
  ["unknown key, query", sts, [403, id, query("InvalidClientTokenId", "invalid")], { reason: "CredentialsRejected", code: "InvalidClientTokenId", requestId: "req-1" }],
  ["unknown key, S3", s3, [403, s3Id, xml("InvalidAccessKeyId", "invalid")], { reason: "CredentialsRejected", code: "InvalidAccessKeyId", requestId: "req-1" }],
  ["unknown key, EC2", ec2, [401, id, ec2Query("AuthFailure", "invalid")], { reason: "CredentialsRejected", code: "AuthFailure", requestId: "req-1" }],
  ["wrong secret", sts, [403, id, query("SignatureDoesNotMatch", "no match")], { reason: "CredentialsRejected", code: "SignatureDoesNotMatch", requestId: "req-1", message: "clock" }],
  ["wrong clock", s3, [403, s3Id, xml("RequestTimeTooSkewed", "too large")], { reason: "CredentialsRejected", code: "RequestTimeTooSkewed", requestId: "req-1", message: "clock" }],
  // slow down
  ...(["Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "RequestThrottled", "RequestThrottledException", "ProvisionedThroughputExceededException", "PriorRequestNotComplete", "EC2ThrottledException", "BandwidthLimitExceeded", "TransactionInProgressException", "ThrottledException"] as const)
    .map((code): Row => [`throttled: ${code}`, ssm, [400, id, json(code, "slower")], { reason: "Throttled", code, requestId: "req-1", retryable: true }]),
  ["throttled, S3", s3, [503, s3Id, xml("SlowDown", "slower")], { reason: "Throttled", code: "SlowDown", requestId: "req-1", retryable: true }],
  ["throttled, by status", ssm, [429, id, json("SomethingElse", "slower")], { reason: "Throttled", code: "SomethingElse", requestId: "req-1", retryable: true }],
  // AWS fails
  ["500, JSON", ssm, [500, id, json("InternalServerError", "oops")], { reason: "ServerFault", code: "InternalServerError", requestId: "req-1", retryable: true }],
  ["500, XML", s3, [500, s3Id, xml("InternalError", "oops")], { reason: "ServerFault", code: "InternalError", requestId: "req-1", retryable: true }],
  ["501", s3, [501, s3Id, xml("NotImplemented", "never")], { reason: "ServerFault", code: "NotImplemented", requestId: "req-1", retryable: false }],
  ["RequestTimeout", s3, [400, s3Id, xml("RequestTimeout", "too slow")], { reason: "TimedOut", code: "RequestTimeout", requestId: "req-1", retryable: true }],
  // answers that are none
  ["HTML instead of JSON", ssm, [200, { "content-type": "text/html" }, "<html><body>Welcome to the hotel</body></html>"], { reason: "Unreadable", code: "SyntaxError", message: "proxy" }],
  ["HTML instead of XML", s3List, [200, { "content-type": "text/html" }, "<html><body>Welcome<br></html>"], { reason: "Unreadable", code: "Error", message: "proxy" }],
  ["502 with HTML, JSON service", ssm, [502, {}, "<html>Bad Gateway</html>"], { reason: "ServerFault", code: "HTTP502", retryable: true }],
  ["503 with HTML, XML service", s3List, [503, {}, "<html>Unavailable</html>"], { reason: "ServerFault", code: "HTTP503", retryable: true }],
  ["garbled JSON", ssm, [200, id, `{"Parameter":{"Name":`], { reason: "Unreadable", code: "SyntaxError", requestId: "req-1" }],
  ["truncated XML", s3List, [200, s3Id, `<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Na`], { reason: "Unreadable", code: "Error", requestId: "req-1" }]
]

describe("an answer", () => {
  for (const [what, call, [status, headers, body], expected] of answers) {
    it.live(what, () =>
      Effect.gen(function*() {
        const { url } = yield* serve((_, response) => {
          response.writeHead(status, headers).end(body)
        })
        const error = yield* Effect.flip(call).pipe(Effect.provide(clientsOf(url)))
        assert.deepEqual(
          [error.reason._tag, error.code, error.statusCode, error.isRetryable, error.requestId],
          [expected.reason, expected.code, status, expected.retryable ?? false, expected.requestId]
        )
        assert.include(error.message, expected.code)
        if (expected.message !== undefined) assert.include(error.message, expected.message)
        assert.notInclude(JSON.stringify(error), Redacted.value(credentials.secretAccessKey))
      }))
  }
})

describe("an answer in CBOR", () => {
  const body = (value: object) => Buffer.from(cbor.serialize(value))
  const rows: ReadonlyArray<readonly [what: string, status: number, body: Buffer, expected: Expected]> = [
    [
      "modeled",
      404,
      body({ __type: "com.amazonaws.cloudwatch#ResourceNotFoundException", message: "no alarm" }),
      { reason: "Rejected", code: "ResourceNotFoundException", message: "no alarm" }
    ],
    ["unmodeled", 400, body({ __type: "SomethingNew", message: "new" }), { reason: "Rejected", code: "SomethingNew" }],
    [
      "throttled",
      400,
      body({ __type: "ThrottlingException", message: "slower" }),
      { reason: "Throttled", code: "ThrottlingException", retryable: true }
    ],
    [
      "500",
      500,
      body({ __type: "InternalServiceFault", message: "oops" }),
      { reason: "ServerFault", code: "InternalServiceFault", retryable: true }
    ]
  ]
  for (const [what, status, bytes, expected] of rows) {
    it.live(what, () =>
      Effect.gen(function*() {
        const { url } = yield* serve((_, response) => {
          response.writeHead(status, { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor" }).end(
            bytes
          )
        })
        const error = yield* Effect.flip(cloudWatch).pipe(
          Effect.provide(clientsOf(url, { clientOptions: { protocol: SmithyRpcV2CborProtocol } }))
        )
        assert.deepEqual(
          [error.reason._tag, error.code, error.statusCode, error.isRetryable],
          [expected.reason, expected.code, status, expected.retryable ?? false]
        )
        if (expected.message !== undefined) assert.include(error.message, expected.message)
      }))
  }
})

const failing = (
  what: string,
  options: {
    readonly endpoint: Effect.Effect<string, never, Scope.Scope>
    readonly clients?: Parameters<typeof clientsOf>[1]
    readonly call?: Call
  } & Expected
) =>
  it.live(what, () =>
    Effect.gen(function*() {
      const endpoint = yield* options.endpoint
      const error = yield* Effect.flip(options.call ?? ssm).pipe(Effect.provide(clientsOf(endpoint, options.clients)))
      assert.deepEqual(
        [error.reason._tag, error.code, error.isRetryable],
        [options.reason, options.code, options.retryable ?? false]
      )
      if (options.message !== undefined) assert.include(error.message, options.message)
    }), 10_000)

const freePort = Effect.callback<number>((resume) => {
  const server = net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

const raw = (onConnection: (socket: net.Socket) => void) =>
  Effect.acquireRelease(
    Effect.callback<net.Server>((resume) => {
      const sockets = new Set<net.Socket>()
      const server = net.createServer((socket) => {
        sockets.add(socket.on("error", () => {}))
        onConnection(socket)
      })
      server.on("close", () => sockets.forEach((socket) => socket.destroy()))
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  ).pipe(Effect.map((server) => `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`))

describe("the way", () => {
  failing("connection refused", {
    endpoint: Effect.map(freePort, (port) => `http://127.0.0.1:${port}`),
    reason: "Unreachable",
    code: "ECONNREFUSED",
    retryable: true
  })

  failing("a host that does not exist", {
    endpoint: Effect.succeed("http://nowhere.invalid"),
    reason: "Unreachable",
    code: "ENOTFOUND",
    retryable: true,
    message: "region"
  })

  failing("reset before the answer", {
    endpoint: raw((socket) => socket.once("data", () => socket.resetAndDestroy())),
    reason: "Unreachable",
    code: "ECONNRESET",
    retryable: true
  })

  failing("closed in the middle of the headers", {
    endpoint: raw((socket) => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-le"))),
    reason: "Unreachable",
    code: "ECONNRESET",
    retryable: true
  })

  failing("closed in the middle of the body", {
    endpoint: raw((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"Parameter\":"))
    ),
    reason: "Unreachable",
    code: "ECONNRESET",
    retryable: true
  })

  failing("no HTTP at all", {
    endpoint: raw((socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9.2\r\n"))),
    reason: "Unreadable",
    code: "HPE_INVALID_CONSTANT"
  })

  failing("TLS where there is none", {
    endpoint: Effect.map(
      raw((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))),
      (url) => url.replace("http", "https")
    ),
    reason: "Unreachable",
    code: "EPROTO",
    message: "TLS"
  })

  failing("no answer in time", {
    endpoint: raw(() => {}),
    clients: { requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true } },
    reason: "TimedOut",
    code: "ETIMEDOUT",
    retryable: true
  })
})

describe("the configuration", () => {
  const clients = (options: Partial<Parameters<typeof AwsClients.layer>[0]>) =>
    AwsClients.layer({
      region: "eu-central-1",
      credentials,
      retry: Retry.none,
      endpoint: "http://127.0.0.1:9",
      ...options
    })

  it.live("an empty region", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(ssm)
      assert.strictEqual(error.reason._tag, "Misconfigured")
      for (const way of ["`region` option", "AWS_REGION", "profile"]) assert.include(error.message, way)
    }).pipe(Effect.provide(clients({ region: "" }))))

  it.live("a malformed region", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(ssm)
      assert.strictEqual(error.reason._tag, "Misconfigured")
      assert.include(error.message, "region")
    }).pipe(Effect.provide(clients({ region: "no region/at all" }))))

  it.live("a malformed endpoint", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(ssm)
      assert.strictEqual(error.reason._tag, "Misconfigured")
      assert.include(error.message, "endpoint")
    }).pipe(Effect.provide(clients({ endpoint: "not a url" }))))

  it.live("credentials that cannot be had", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(ssm)
      assert.strictEqual(error.reason._tag, "CredentialsUnavailable")
      assert.include(error.message, "the vault is closed")
      assert.include(error.message, "Give credentials")
    }).pipe(Effect.provide(clients({ credentials: () => Promise.reject(new Error("the vault is closed")) }))))

  it.live("an input that cannot be sent", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(S3.send(new GetObjectCommand({ Bucket: "bucket", Key: undefined })))
      assert.strictEqual(error.reason._tag, "Misconfigured")
      assert.include(error.message, "Key")
    }).pipe(Effect.provide(clients({}))))
})
