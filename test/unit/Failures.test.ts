// What can go wrong on the way to AWS and back, over real sockets: each failure becomes one accurate, typed error.
import { GetObjectCommand } from "@aws-sdk/client-s3"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { cbor, SmithyRpcV2CborProtocol } from "@smithy/core/cbor"
import { Effect, Layer, Redacted, type Scope } from "effect"
import { AwsClients, Retry, S3 } from "effect-aws-sdk"
import * as net from "node:net"
import { answers, type Call, cloudWatch, type Expected, ssm } from "../support/answers.ts"
import { freePort } from "../support/freePort.ts"
import { clientsOf, credentials, serve } from "../support/Server.ts"

let classified = 0

afterAll(() => {
  console.log(`${classified} failures on the way to AWS and back each became the expected error.`)
})

describe("an error answer", () => {
  for (const [name, call, [status, headers, body], expected] of answers) {
    it.live(`classifies ${name} as ${expected.reason}`, () =>
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
        classified++
      }))
  }
})

describe("an error answer in CBOR", () => {
  const body = (value: object) => Buffer.from(cbor.serialize(value))
  const rows: ReadonlyArray<readonly [name: string, status: number, body: Buffer, expected: Expected]> = [
    [
      "a modeled CBOR error",
      404,
      body({ __type: "com.amazonaws.cloudwatch#ResourceNotFoundException", message: "no alarm" }),
      { reason: "Rejected", code: "ResourceNotFoundException", message: "no alarm" }
    ],
    ["an unmodeled CBOR error", 400, body({ __type: "SomethingNew", message: "new" }), {
      reason: "Rejected",
      code: "SomethingNew"
    }],
    [
      "a throttling error in CBOR",
      400,
      body({ __type: "ThrottlingException", message: "slower" }),
      { reason: "Throttled", code: "ThrottlingException", retryable: true }
    ],
    [
      "a 500 in CBOR",
      500,
      body({ __type: "InternalServiceFault", message: "oops" }),
      { reason: "ServerFault", code: "InternalServiceFault", retryable: true }
    ]
  ]
  for (const [name, status, bytes, expected] of rows) {
    it.live(`classifies ${name} as ${expected.reason}`, () =>
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
        classified++
      }))
  }
})

const itFails = (
  title: string,
  options: {
    readonly endpoint: Effect.Effect<string, never, Scope.Scope>
    readonly clients?: Parameters<typeof clientsOf>[1]
    readonly call?: Call
  } & Expected
) =>
  it.live(title, () =>
    Effect.gen(function*() {
      const endpoint = yield* options.endpoint
      const error = yield* Effect.flip(options.call ?? ssm).pipe(Effect.provide(clientsOf(endpoint, options.clients)))
      assert.deepEqual(
        [error.reason._tag, error.code, error.isRetryable],
        [options.reason, options.code, options.retryable ?? false]
      )
      if (options.message !== undefined) assert.include(error.message, options.message)
      classified++
    }), 10_000)

const rawServer = (onConnection: (socket: net.Socket) => void) =>
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

describe("the connection", () => {
  itFails("fails with Unreachable when the connection is refused", {
    endpoint: Effect.map(freePort, (port) => `http://127.0.0.1:${port}`),
    reason: "Unreachable",
    code: "ECONNREFUSED",
    retryable: true
  })

  itFails("fails with Unreachable when the host doesn't exist", {
    endpoint: Effect.succeed("http://nowhere.invalid"),
    reason: "Unreachable",
    code: "ENOTFOUND",
    retryable: true,
    message: "region"
  })

  itFails("fails with Unreachable when the connection is reset before the answer", {
    endpoint: rawServer((socket) => socket.once("data", () => socket.resetAndDestroy())),
    reason: "Unreachable",
    code: "ECONNRESET",
    retryable: true
  })

  itFails("fails with Unreachable when the connection closes in the middle of the headers", {
    endpoint: rawServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-le"))),
    reason: "Unreachable",
    code: "ECONNRESET",
    retryable: true
  })

  itFails("fails with Unreachable when the connection closes in the middle of the body", {
    endpoint: rawServer((socket) =>
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"Parameter\":"))
    ),
    reason: "Unreachable",
    code: "ECONNRESET",
    retryable: true
  })

  itFails("fails with Unreadable when the server doesn't speak HTTP", {
    endpoint: rawServer((socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9.2\r\n"))),
    reason: "Unreadable",
    code: "HPE_INVALID_CONSTANT"
  })

  itFails("fails with Unreachable when the server doesn't speak TLS", {
    endpoint: Effect.map(
      rawServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))),
      (url) => url.replace("http", "https")
    ),
    reason: "Unreachable",
    code: "EPROTO",
    message: "TLS"
  })

  itFails("fails with TimedOut when no answer arrives in time", {
    endpoint: rawServer(() => {}),
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

  it.live("fails with Misconfigured when the region is empty", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(ssm)
      assert.strictEqual(error.reason._tag, "Misconfigured")
      for (const way of ["`region` option", "AWS_REGION", "profile"]) assert.include(error.message, way)
    }).pipe(Effect.provide(clients({ region: "" }))))

  it.live("fails with InvalidSetting when the region is malformed, before any call", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Layer.build(clients({ region: "no region/at all" })))
      assert.strictEqual(error._tag, "InvalidSetting")
      assert.include(error.message, "no region/at all")
    }))

  it.live("fails with CredentialsUnavailable when the credentials provider fails", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(ssm)
      assert.strictEqual(error.reason._tag, "CredentialsUnavailable")
      assert.include(error.message, "the vault is closed")
      assert.include(error.message, "Provide credentials")
    }).pipe(Effect.provide(clients({ credentials: () => Promise.reject(new Error("the vault is closed")) }))))

  it.live("fails with Misconfigured when the input lacks a required member", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(S3.send(new GetObjectCommand({ Bucket: "bucket", Key: undefined })))
      assert.strictEqual(error.reason._tag, "Misconfigured")
      assert.include(error.message, "Key")
    }).pipe(Effect.provide(clients({}))))
})
