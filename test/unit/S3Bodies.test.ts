// Bodies of objects: their bytes, how they fail, and that they are released whatever happens.
import { GetObjectCommand } from "@aws-sdk/client-s3"
import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Latch, References, Stream } from "effect"
import { Aspect, InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as fs from "node:fs/promises"
import type { ServerResponse } from "node:http"
import * as path from "node:path"
import { clientsThatAnswer } from "../support/answering.ts"
import { bucket, create, directory, entries, keepingBodies, key, put, until, variedFile } from "../support/s3.ts"
import { clientsOf, serve } from "../support/Server.ts"

it.effect("getObject releases the body when the consumer stops, fails or reads it all", () => {
  const { bodies, layer } = keepingBodies()
  return Effect.gen(function*() {
    yield* create
    yield* put(key, Buffer.alloc(10 * 2 ** 20))
    const object = S3.getObject(bucket, key)
    yield* Stream.runDrain(Stream.take(object, 1))
    yield* Effect.flip(Stream.runForEach(object, () => Effect.fail("enough")))
    yield* Stream.runDrain(object)
    assert.deepEqual(bodies.map(({ destroyed }) => destroyed), [true, true, true])
  }).pipe(Effect.provide(layer))
})

it.effect("getObject releases the body when the consumer is interrupted", () => {
  const { bodies, layer } = keepingBodies()
  return Effect.gen(function*() {
    yield* create
    yield* put(key, Buffer.alloc(10 * 2 ** 20))
    let received = 0
    const fiber = yield* Effect.forkChild(Stream.runForEach(S3.getObject(bucket, key), () => {
      received++
      return Effect.never
    }))
    yield* until("the first bytes", Effect.sync(() => received > 0))
    yield* Fiber.interrupt(fiber)
    assert.deepEqual(bodies.map(({ destroyed }) => destroyed), [true])
  }).pipe(Effect.provide(layer))
})

it.effect("getObject fails with Unreachable when the body is shorter than its Content-Length", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key, "12345")
    const { Body } = yield* S3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    yield* InMemory.handle(GetObjectCommand, () => Effect.succeed({ Body: Body!, ContentLength: 6 }))
    const error = yield* Effect.flip(Stream.runDrain(S3.getObject(bucket, key)))
    assert.strictEqual(error._tag, "AwsError")
    if (error._tag === "AwsError") assert.strictEqual(error.reason._tag, "Unreachable")
    assert.include(error.message, "5 of 6")
  }).pipe(Effect.provide(InMemory.layer())))

/** What tells that AWS has answered. */
const headers = { "x-amz-request-id": "request-1" }

/** A body as HTTP handlers other than Node's give it. */
const webBody = (start: (controller: ReadableStreamDefaultController) => void, onCancel: () => void = () => {}) =>
  new ReadableStream<Uint8Array>({ start, cancel: onCancel })

it.effect("reads the web stream of another HTTP handler, and cancels it when it is interrupted", () =>
  Effect.gen(function*() {
    let cancelled = 0
    const { content } = yield* variedFile(1)
    const body = (then?: (controller: ReadableStreamDefaultController) => void) =>
      webBody((controller) => {
        controller.enqueue(content)
        then?.(controller)
      }, () => cancelled++)
    const folder = yield* directory
    const name = path.join(folder, "file")
    const closing = clientsThatAnswer(() => ({ headers, body: body((controller) => controller.close()) }))
    const open = clientsThatAnswer(() => ({ headers, body: body() }))
    assert.isTrue(
      Buffer.concat(yield* Stream.runCollect(S3.getObject(bucket, key)).pipe(Effect.provide(closing))).equals(content)
    )
    const { size } = yield* S3.downloadFile({ bucket, key, path: name }).pipe(Effect.provide(closing))
    assert.strictEqual(size, content.length)
    assert.isTrue(content.equals(yield* Effect.promise(() => fs.readFile(name))))
    assert.strictEqual(cancelled, 0)
    let received = 0
    const reading = yield* Effect.forkChild(
      Stream.runForEach(S3.getObject(bucket, key), () => Effect.sync(() => received++)).pipe(Effect.provide(open))
    )
    yield* until("the first bytes", Effect.sync(() => received > 0))
    yield* Fiber.interrupt(reading)
    yield* until("the stream to be cancelled", Effect.sync(() => cancelled === 1))
    const writing = yield* Effect.forkChild(
      S3.downloadFile({ bucket, key, path: `${name}.2` }).pipe(Effect.provide(open))
    )
    yield* until("the temporary file", Effect.map(entries(folder), ({ length }) => length === 2))
    yield* until(
      "the first bytes",
      Effect.promise(async () => {
        const [temporary] = (await fs.readdir(folder)).filter((name) => name !== "file")
        return (await fs.stat(path.join(folder, temporary!))).size > 0
      })
    )
    yield* Fiber.interrupt(writing)
    yield* until("the stream to be cancelled", Effect.sync(() => cancelled === 2))
    assert.deepEqual(yield* entries(folder), ["file"])
  }))

it.effect("getObject cancels a web stream when an aspect is interrupted after the answer", () => {
  let cancelled = 0
  return Effect.gen(function*() {
    const answered = yield* Latch.make()
    const late: Aspect.Aspect = (send) => (call) =>
      Effect.tap(send(call), () => Effect.andThen(answered.open, Effect.never))
    yield* Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Stream.runDrain(S3.getObject(bucket, key)))
      yield* answered.await
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(cancelled, 1)
    }).pipe(
      Effect.provide(clientsThatAnswer(() => ({ headers, body: webBody(() => {}, () => cancelled++) }), {}, [late]))
    )
  })
})

it.effect("getObject fails with Unreachable when a web stream fails before it is read", () =>
  Effect.gen(function*() {
    const error = yield* Effect.flip(Stream.runDrain(S3.getObject(bucket, key))).pipe(
      // Lets the event loop turn between any two steps, so that the stream's failure comes first.
      Effect.provideService(References.MaxOpsBeforeYield, 3)
    )
    assert.strictEqual(error._tag, "AwsError")
    if (error._tag === "AwsError") assert.strictEqual(error.reason._tag, "Unreachable")
  }).pipe(Effect.provide(clientsThatAnswer(() => ({
    headers,
    body: webBody((controller) => controller.error(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" })))
  })))))

/** A server that answers with ten bytes of a hundred, and then does what the test says. */
const breaking = (then: (response: ServerResponse) => void) =>
  serve((_, response) => {
    response.writeHead(200, { "content-length": "100" })
    response.write("0123456789", () => then(response))
  })

it.live("getObject emits the bytes that arrived, then fails with Unreachable, when the connection breaks", () =>
  Effect.gen(function*() {
    const { url } = yield* breaking((response) => setImmediate(() => response.destroy()))
    let received = ""
    const error = yield* S3.getObject(bucket, key).pipe(
      Stream.decodeText(),
      Stream.runForEach((text) => Effect.sync(() => received += text)),
      Effect.flip,
      Effect.provide(clientsOf(url))
    )
    assert.strictEqual(error._tag, "AwsError")
    if (error._tag === "AwsError") {
      assert.strictEqual(error.reason._tag, "Unreachable")
      assert.isTrue(error.isRetryable)
      assert.strictEqual(error.operation, "GetObject")
    }
    assert.strictEqual(received, "0123456789")
  }))

// With a checksum, the SDK reads the body through a stream of its own.
const checksums = { with: { "x-amz-checksum-crc32": "AAAAAA==" }, without: {} }

for (const [checksum, headers] of Object.entries(checksums)) {
  it.live(`getObject fails with Unreachable when the connection breaks before the body is read, ${checksum} a checksum`, () =>
    Effect.gen(function*() {
      let broken = false
      const { url } = yield* serve((_, response) => {
        response.on("close", () => broken = true)
        response.writeHead(200, { "content-length": "10000000", ...headers })
          .write(Buffer.alloc(100_000), () => setImmediate(() => response.destroy()))
      })
      const late: Aspect.Aspect = (send) => (call) =>
        Effect.tap(send(call), () =>
          Effect.andThen(
            until("the connection to close", Effect.sync(() => broken)),
            Effect.repeat(Effect.promise(() => new Promise((resolve) => setImmediate(resolve))), { times: 1_000 })
          ))
      const error = yield* Effect.flip(Stream.runDrain(S3.getObject(bucket, key))).pipe(
        Effect.provide(clientsOf(url, { aspects: [late] }))
      )
      assert.strictEqual(error._tag, "AwsError")
      if (error._tag === "AwsError") assert.strictEqual(error.reason._tag, "Unreachable")
    }))
}

for (const [checksum, headers] of Object.entries(checksums)) {
  for (const what of ["getObject", "downloadFile"] as const) {
    it.live(`${what} closes its connection when an aspect is interrupted after the answer, ${checksum} a checksum`, () =>
      Effect.gen(function*() {
        const folder = yield* directory
        let [opened, closed] = [0, 0]
        const { server, url } = yield* serve((_, response) => {
          response.writeHead(200, { "content-length": "10000000", ...headers }).write(Buffer.alloc(100_000))
        })
        server.on("connection", (socket) => {
          opened++
          socket.on("close", () => closed++)
        })
        const answered = yield* Latch.make()
        const late: Aspect.Aspect = (send) => (call) =>
          Effect.tap(send(call), () => Effect.andThen(answered.open, Effect.never))
        yield* Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(
            what === "getObject"
              ? Stream.runDrain(S3.getObject(bucket, key))
              : Effect.asVoid(S3.downloadFile({ bucket, key, path: path.join(folder, "file") }))
          )
          yield* answered.await
          yield* Fiber.interrupt(fiber)
          yield* until("the connection to close", Effect.sync(() => closed === 1))
          assert.strictEqual(opened, 1)
          assert.deepEqual(yield* entries(folder), [])
        }).pipe(Effect.provide(clientsOf(url, { aspects: [late] })))
      }))
  }
}

it.live("getObject closes every connection when an aspect sends the call twice", () =>
  Effect.gen(function*() {
    let [opened, closed] = [0, 0]
    const { server, url } = yield* serve((_, response) => {
      response.writeHead(200, { "content-length": "10000000" }).write(Buffer.alloc(100_000))
    })
    server.on("connection", (socket) => {
      opened++
      socket.on("close", () => closed++)
    })
    const twice: Aspect.Aspect = (send) => (call) => Effect.andThen(send(call), send(call))
    yield* Effect.gen(function*() {
      yield* Stream.runDrain(Stream.take(S3.getObject(bucket, key), 1))
      yield* until("the connections to close", Effect.sync(() => closed === 2))
      assert.strictEqual(opened, 2)
    }).pipe(Effect.provide(clientsOf(url, { aspects: [twice, Aspect.header("x-team", () => "billing")] })))
  }))

it.live("getObject closes its connection when the consumer stops", () =>
  Effect.gen(function*() {
    let closed = 0
    const { url } = yield* breaking((response) => response.on("close", () => closed++))
    yield* Effect.gen(function*() {
      const [first] = yield* Stream.runCollect(Stream.take(S3.getObject(bucket, key), 1))
      assert.strictEqual(Buffer.from(first!).toString(), "0123456789")
      yield* until("the connection to close", Effect.sync(() => closed === 1))
    }).pipe(Effect.provide(clientsOf(url)))
  }))

it.effect("getObject and getBytes fail with TimedOut when the server gives no byte for 30 seconds", () =>
  Effect.gen(function*() {
    let [answered, closed] = [0, 0]
    const { url } = yield* breaking((response) => {
      answered++
      response.on("close", () => closed++)
    })
    for (const [count, read] of [Stream.runDrain(S3.getObject(bucket, key)), S3.getBytes(bucket, key)].entries()) {
      const fiber = yield* Effect.forkChild(Effect.flip<unknown, any, any>(read).pipe(Effect.provide(clientsOf(url))))
      yield* until("the first bytes", Effect.sync(() => answered === count + 1))
      const begin = yield* Clock.currentTimeMillis
      yield* until(
        "the failure",
        Effect.andThen(TestClock.adjust("1 second"), Effect.sync(() => fiber.pollUnsafe() !== undefined))
      )
      const { isRetryable, reason } = yield* Fiber.join(fiber)
      assert.isAtLeast((yield* Clock.currentTimeMillis) - begin, 30_000)
      assert.deepInclude(reason, { _tag: "TimedOut", code: "BodyStalled" })
      assert.isTrue(isRetryable)
      yield* until("the connection to close", Effect.sync(() => closed === count + 1))
    }
  }))

it.effect("getObject waits for a consumer that takes an hour for each chunk", () =>
  Effect.gen(function*() {
    const content = Buffer.alloc(300_000, "x")
    const { url } = yield* serve((_, response) =>
      response.writeHead(200, { "content-length": content.length }).end(content)
    )
    let received = 0
    const fiber = yield* S3.getObject(bucket, key).pipe(
      Stream.runForEach((chunk) => {
        received += chunk.byteLength
        return Effect.sleep("1 hour")
      }),
      Effect.provide(clientsOf(url)),
      Effect.forkChild
    )
    yield* until(
      "the end",
      Effect.gen(function*() {
        yield* TestClock.adjust("20 minutes")
        return fiber.pollUnsafe() !== undefined
      })
    )
    yield* Fiber.join(fiber)
    assert.strictEqual(received, content.length)
  }))
