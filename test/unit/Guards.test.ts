// What must not reach AWS, or must not end the program: members that are missing, bodies that fail, answers that are partial.
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { type AwsClients, type AwsError, S3 } from "effect-aws-sdk"
import * as http from "node:http"
import { Readable } from "node:stream"
import { clientsOf, serve } from "../support/Server.ts"

/** A server that reads each request and answers it, and what it got. */
const recording = (answer: (response: http.ServerResponse, request: http.IncomingMessage) => void) =>
  Effect.gen(function*() {
    const requests: Array<{ readonly method: string; readonly url: string; readonly body: string }> = []
    const { url } = yield* serve(async (request, response) => {
      let body = ""
      try {
        for await (const chunk of request) body += chunk
      } catch {
        return
      }
      requests.push({ method: request.method!, url: request.url!, body })
      answer(response, request)
    })
    return { clients: clientsOf(url), requests }
  })

const failureOf = <A>(effect: Effect.Effect<A, AwsError, AwsClients>) =>
  Effect.flip(effect).pipe(Effect.timeout("10 seconds"))

describe("a required member of the query or the headers", () => {
  const upload = { Bucket: "b", Key: "k", PartNumber: 1 }
  const commands = {
    AbortMultipartUpload: (value: string | undefined) =>
      S3.send(new AbortMultipartUploadCommand({ ...upload, UploadId: value })),
    UploadPart: (value: string | undefined) =>
      S3.send(new UploadPartCommand({ ...upload, UploadId: value, Body: "part" })),
    CopyObject: (value: string | undefined) => S3.send(new CopyObjectCommand({ ...upload, CopySource: value }))
  }
  for (const [name, send] of Object.entries(commands)) {
    for (const value of [undefined, ""]) {
      it.live(`is refused before ${name} is sent if it is ${JSON.stringify(value)}`, () =>
        Effect.gen(function*() {
          const { clients, requests } = yield* recording((response) => response.end())
          const error = yield* failureOf(send(value)).pipe(Effect.provide(clients))
          assert.strictEqual(error._tag, "AwsError")
          if (error._tag !== "AwsError") return
          assert.strictEqual(error.reason._tag, "Misconfigured")
          assert.match(error.code, /^Missing(UploadId|CopySource)$/)
          assert.isFalse(error.mayHaveSucceeded)
          assert.isEmpty(requests)
        }))
    }
  }

  it.live("is needed by destroyBucket, which doesn't delete an object in place of an upload", () =>
    Effect.gen(function*() {
      const { clients, requests } = yield* recording((response, request) =>
        response.end(
          request.url!.includes("uploads")
            ? "<ListMultipartUploadsResult><Upload><Key>k</Key></Upload></ListMultipartUploadsResult>"
            : "<ListVersionsResult/>"
        )
      )
      const error = yield* Effect.flip(S3.destroyBucket("b")).pipe(Effect.provide(clients))
      assert.include(error.message, "UploadId")
      assert.isEmpty(requests.filter(({ method }) => method === "DELETE"))
    }))
})

describe("the body of a request", () => {
  const put = (Body: Readable | string, ContentLength: number) =>
    S3.send(new PutObjectCommand({ Bucket: "b", Key: "k", Body, ContentLength }))

  const failing = (error: Error) =>
    Readable.from((async function*() {
      yield Buffer.alloc(1_000)
      throw error
    })())

  const destroyed = () => {
    const body = new Readable({ read() {} })
    body.destroy()
    return body
  }

  const cases: Record<string, readonly [make: () => Readable | string, length: number, code: string]> = {
    "fails with an error": [() => failing(new Error("disk gone")), 2_000, "BodyFailed"],
    "fails with an error of the network": [
      () => failing(Object.assign(new Error("reset"), { code: "ECONNRESET" })),
      2_000,
      "BodyFailed"
    ],
    "was destroyed before the call": [destroyed, 10, "BodyFailed"],
    "ends before its length": [() => Readable.from([Buffer.alloc(10)]), 20, "BodyLengthMismatch"],
    "is longer than its length": [() => Readable.from([Buffer.alloc(10)]), 3, "BodyLengthMismatch"],
    "is a text that is shorter than its length": [() => "x", 100, "BodyLengthMismatch"],
    "is a text that is longer than its length": [() => "0123456789", 3, "BodyLengthMismatch"]
  }
  for (const [name, [make, length, code]] of Object.entries(cases)) {
    it.live(`is a failure of the call if it ${name}`, () =>
      Effect.gen(function*() {
        const { clients, requests } = yield* recording((response) => response.setHeader("etag", "1").end())
        const error = yield* failureOf(put(make(), length)).pipe(Effect.provide(clients))
        assert.strictEqual(error._tag, "AwsError")
        if (error._tag !== "AwsError") return
        assert.strictEqual(error.code, code)
        assert.isFalse(error.mayHaveSucceeded)
        assert.isEmpty(requests)
      }))
  }

  it.live("arrives as it is if it has its length", () =>
    Effect.gen(function*() {
      const { clients, requests } = yield* recording((response) => response.setHeader("etag", "1").end())
      yield* put(Readable.from([Buffer.from("two "), Buffer.from("chunks")]), 10).pipe(Effect.provide(clients))
      assert.include(requests[0]!.body, "two ")
      assert.include(requests[0]!.body, "chunks")
    }))

  it.live("is destroyed when the call is interrupted", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((request) => request.resume())
      const body = new Readable({ read() {} })
      body.push(Buffer.alloc(10))
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(put(body, 1_000))
        yield* Effect.sleep("50 millis")
        yield* Fiber.interrupt(fiber)
      }).pipe(Effect.provide(clientsOf(url)))
      assert.isTrue(body.destroyed)
    }))
})

describe("a response that isn't S3's", () => {
  const page = { "content-type": "text/html", "etag": "\"1\"" }
  const bare = (statusCode: number, headers: http.OutgoingHttpHeaders, body = "<html>Sign in</html>") =>
    Effect.map(
      Effect.acquireRelease(
        Effect.callback<http.Server>((resume) => {
          const server = http.createServer((request, response) => {
            response.writeHead(statusCode, headers).end(request.method === "HEAD" ? undefined : body)
          })
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      ),
      (server) => clientsOf(`http://127.0.0.1:${(server.address() as { port: number }).port}`)
    )

  it.live("fails if it's a page with an ETag, for HEAD and for a body", () =>
    Effect.gen(function*() {
      const clients = yield* bare(200, page)
      for (
        const effect of [
          S3.send(new HeadBucketCommand({ Bucket: "b" })),
          S3.send(new GetObjectCommand({ Bucket: "b", Key: "k" })),
          S3.getObjectMetadata("b", "k"),
          Stream.runDrain(S3.getObject("b", "k"))
        ]
      ) {
        const error = yield* Effect.flip(effect as Effect.Effect<unknown, AwsError, AwsClients>)
          .pipe(Effect.provide(clients))
        assert.strictEqual(error.reason?._tag, "Unreadable")
      }
    }))

  it.live("fails if it's a part of the object that was asked for whole", () =>
    Effect.gen(function*() {
      const clients = yield* bare(206, { "x-amz-request-id": "1", "content-range": "bytes 0-3/100" }, "part")
      const error = yield* Effect.flip(Stream.runDrain(S3.getObject("b", "k"))).pipe(Effect.provide(clients))
      assert.strictEqual((error as AwsError).code, "PartialObject")
    }))
})

describe("mayHaveSucceeded", () => {
  it.live("is true if a plugin fails after AWS's response", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((_, response) => response.end())
      const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", syscall: "connect" })
      const plugin = {
        applyToStack: (stack: any) =>
          stack.add((next: any) => async (args: any) => {
            await next(args)
            throw refused
          }, { step: "initialize", name: "audit" })
      }
      const error = yield* Effect.flip(S3.send(new PutObjectCommand({ Bucket: "b", Key: "k", Body: "text" }))).pipe(
        Effect.provide(clientsOf(url, { plugins: [plugin] }))
      )
      assert.isTrue(error.mayHaveSucceeded)
    }))
})
