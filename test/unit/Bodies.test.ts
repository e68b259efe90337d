// Streaming bodies of any service, as `send` gives them, whose connection breaks before or while they are read.
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda"
import { GetObjectCommand, SelectObjectContentCommand } from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { EventStreamCodec } from "@smithy/core/event-streams"
import { fromUtf8, toUtf8 } from "@smithy/core/serde"
import { Effect } from "effect"
import type { AwsClients } from "effect-aws-sdk"
import { AwsService, S3 } from "effect-aws-sdk"
import type * as http from "node:http"
import type { Readable } from "node:stream"
import { Writable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { until } from "../support/s3.ts"
import { clientsOf, serve } from "../support/Server.ts"

const lambda = AwsService.make(LambdaClient)

const get = S3.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" }))

type Body = NonNullable<Effect.Success<typeof get>["Body"]>

const collect = async (body: AsyncIterable<unknown>) => {
  for await (const _ of body);
}

const reads: Readonly<Record<string, (body: Body) => Promise<unknown>>> = {
  "transformToString": (body) => body.transformToString(),
  "transformToByteArray": (body) => body.transformToByteArray(),
  "transformToWebStream": (body) => collect(body.transformToWebStream() as unknown as AsyncIterable<unknown>),
  "for await": (body) => collect(body as Readable),
  "pipeline": (body) => pipeline(body as Readable, new Writable({ write: (_, __, done) => done() })),
  "pipe, and a listener for errors": (body) =>
    new Promise((resolve, reject) => {
      const target = new Writable({ write: (_, __, done) => done() })
      ;(body as Readable).on("error", reject).pipe(target).on("finish", resolve)
    })
}

/** What the promise rejects with. It may never settle. */
const failureOf = (promise: () => Promise<unknown>) =>
  Effect.promise(() => promise().then(() => undefined, (error: unknown) => error)).pipe(Effect.timeout("5 seconds"))

/** Lets the event loop turn, so that whatever was about to be emitted has been. */
const turns = Effect.repeat(Effect.promise(() => new Promise((resolve) => setImmediate(resolve))), { times: 20 })

/** A server whose connection breaks after the first bytes of the body, and whether it has broken. */
const breaking = (headers: http.OutgoingHttpHeaders, bytes: Buffer, reset: boolean) =>
  Effect.gen(function*() {
    let broken = false
    const { url } = yield* serve((_, response) => {
      response.on("close", () => broken = true)
      response.writeHead(200, headers).write(
        bytes,
        () => setImmediate(() => reset ? response.socket!.resetAndDestroy() : response.destroy())
      )
    })
    return { url, broken: Effect.andThen(until("the connection to close", Effect.sync(() => broken)), turns) }
  })

const kinds = {
  "with a checksum": { "content-length": "10000000", "x-amz-checksum-crc32": "AAAAAA==" },
  "without a checksum": { "content-length": "10000000" },
  "without a length": { "transfer-encoding": "chunked" }
}

describe("the body of S3.send(GetObject)", () => {
  for (const [kind, headers] of Object.entries(kinds)) {
    for (const [how, read] of Object.entries(reads)) {
      for (const reset of [false, true]) {
        it.live(
          `fails when it is read by ${how} after the connection ${reset ? "was reset" : "was closed"}, ${kind}`,
          () =>
            Effect.gen(function*() {
              const { broken, url } = yield* breaking(headers, Buffer.alloc(100_000), reset)
              yield* Effect.gen(function*() {
                const { Body } = yield* get
                yield* broken
                assert.instanceOf(yield* failureOf(() => read(Body!)), Error)
              }).pipe(Effect.provide(clientsOf(url)))
            })
        )
      }
    }
  }

  it.live("tells each late listener of its error once", () =>
    Effect.gen(function*() {
      const { broken, url } = yield* breaking(kinds["with a checksum"], Buffer.alloc(100_000), false)
      yield* Effect.gen(function*() {
        const { Body } = yield* get
        const heard: Array<string> = []
        const body = Body as Readable
        body.on("error", () => heard.push("early"))
        yield* broken
        body.on("error", () => heard.push("late"))
        body.once("error", () => heard.push("once"))
        yield* turns
        assert.deepEqual(heard, ["early", "late", "once"])
      }).pipe(Effect.provide(clientsOf(url)))
    }))

  it.live("fails when it is read after it was destroyed", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((_, response) => {
        response.writeHead(200, { "content-length": "10000000" }).write(Buffer.alloc(100_000))
      })
      yield* Effect.gen(function*() {
        for (const read of Object.values(reads)) {
          const { Body } = yield* get
          ;(Body as Readable).destroy()
          yield* turns
          assert.instanceOf(yield* failureOf(() => read(Body!)), Error)
        }
      }).pipe(Effect.provide(clientsOf(url)))
    }))

  it.live("is the whole content when nothing breaks", () =>
    Effect.gen(function*() {
      const { url } = yield* serve((_, response) => response.writeHead(200, { "content-length": "5" }).end("12345"))
      yield* Effect.gen(function*() {
        for (const how of ["transformToString", "transformToWebStream"] as const) {
          const { Body } = yield* get
          const text = how === "transformToString"
            ? yield* Effect.promise(() => Body!.transformToString())
            : yield* Effect.promise(() => new Response(Body!.transformToWebStream() as any).text())
          assert.strictEqual(text, "12345")
        }
      }).pipe(Effect.provide(clientsOf(url)))
    }))
})

const event = (type: string, body: string) =>
  Buffer.from(
    new EventStreamCodec(toUtf8, fromUtf8).encode({
      headers: {
        ":message-type": { type: "string", value: "event" },
        ":event-type": { type: "string", value: type },
        ":content-type": { type: "string", value: "application/octet-stream" }
      },
      body: Buffer.from(body)
    })
  )

describe("an event stream", () => {
  const calls = {
    "Lambda.InvokeWithResponseStream": [
      "PayloadChunk",
      Effect.map(
        lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: "f" })),
        ({ EventStream }) => EventStream
      )
    ],
    "S3.SelectObjectContent": [
      "Records",
      Effect.map(
        S3.send(
          new SelectObjectContentCommand({
            Bucket: "bucket",
            Key: "key",
            Expression: "SELECT * FROM S3Object",
            ExpressionType: "SQL",
            InputSerialization: { CSV: {} },
            OutputSerialization: { CSV: {} }
          })
        ),
        ({ Payload }) => Payload
      )
    ]
  } as const
  for (const [name, [type, call]] of Object.entries(calls)) {
    for (const reset of [false, true]) {
      for (const before of [true, false]) {
        it.live(
          `of ${name} fails when the connection ${reset ? "is reset" : "is closed"} ${
            before ? "before" : "while"
          } it is read`,
          () =>
            Effect.gen(function*() {
              const { broken, url } = yield* breaking(
                { "content-type": "application/vnd.amazon.eventstream", "transfer-encoding": "chunked" },
                Buffer.concat([event(type, "1"), event(type, "2").subarray(0, 20)]),
                reset
              )
              yield* Effect.gen(function*() {
                const stream = yield* call as Effect.Effect<AsyncIterable<unknown> | undefined, unknown, AwsClients>
                if (before) yield* broken
                assert.instanceOf(yield* failureOf(() => collect(stream!)), Error)
              }).pipe(Effect.provide(clientsOf(url)))
            })
        )
      }
    }
  }
})
