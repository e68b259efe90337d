// Reading objects: what is refused, what doesn't fit, what isn't text or JSON.
import { HeadObjectCommand } from "@aws-sdk/client-s3"
import { assert, it } from "@effect/vitest"
import { Effect, Redacted, Schema, Stream } from "effect"
import { InMemory, S3 } from "effect-aws-sdk"
import { clientsThatAnswer } from "../support/answering.ts"
import { bucket, codeOf, create, keepingBodies, key, put } from "../support/s3.ts"

const headers = { "x-amz-request-id": "request-1" }

it.effect("reads refuse an invalid range, size, key or part size before they send anything", () =>
  Effect.gen(function*() {
    const ranges = [
      { start: -1 },
      { start: 0.5 },
      { start: 2, end: 1 },
      { start: 0, end: Infinity },
      { start: Number.NaN },
      { last: 0 },
      { last: -3 },
      { last: 2 ** 53 }
    ]
    for (const range of ranges) {
      for (const read of [Stream.runDrain(S3.getObject(bucket, key, { range })), S3.getText(bucket, key, { range })]) {
        const error = yield* Effect.flip(read)
        assert.strictEqual(error._tag, "AwsError")
        if (error._tag === "AwsError") {
          assert.deepInclude(error.reason, { _tag: "Misconfigured", code: "InvalidRange", isRetryable: false })
          assert.isFalse(error.mayHaveSucceeded)
        }
      }
    }
    const file = { bucket, key, path: "/nowhere/file" }
    assert.strictEqual(yield* codeOf(S3.downloadFile({ ...file, range: { last: 0 } })), "InvalidRange")
    assert.strictEqual(yield* codeOf(S3.downloadFile({ ...file, partSize: 0 })), "InvalidPartSize")
    assert.strictEqual(yield* codeOf(S3.downloadFile({ ...file, partSize: 1.5 })), "InvalidPartSize")
    assert.strictEqual(yield* codeOf(S3.downloadFile({ ...file, concurrency: -1 })), "InvalidConcurrency")
    const customerKey = Redacted.make(new Uint8Array(16))
    for (const call of [S3.headObject, S3.exists, S3.getBytes]) {
      assert.strictEqual(yield* codeOf<unknown, any, any>(call(bucket, key, { customerKey })), "InvalidCustomerKey")
    }
    for (const atMost of [-1, Number.NaN]) {
      assert.strictEqual(yield* codeOf(S3.getBytes(bucket, key, { atMost })), "InvalidAtMost")
    }
    assert.strictEqual(yield* codeOf(S3.getText(bucket, key, { encoding: "utf-9" })), "InvalidEncoding")
    assert.isEmpty(yield* InMemory.calls)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("getBytes fails with ObjectTooLarge before it reads the body, and releases the body", () => {
  const { bodies, layer } = keepingBodies()
  return Effect.gen(function*() {
    yield* create
    yield* put(key, Buffer.alloc(2 ** 20))
    const error = yield* Effect.flip(S3.getBytes(bucket, key, { atMost: 1_000 }))
    assert.deepEqual(error, new S3.ObjectTooLarge({ bucket, key, size: 2 ** 20, atMost: 1_000 }))
    assert.strictEqual((yield* S3.getBytes(bucket, key, { atMost: 1_000, range: { last: 1_000 } })).byteLength, 1_000)
    assert.deepEqual(bodies.map(({ destroyed }) => destroyed), [true, true])
  }).pipe(Effect.provide(layer))
})

it.effect("getBytes fails with ObjectTooLarge while it reads a body of unknown length", () =>
  Effect.gen(function*() {
    let pulled = 0
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => {
          pulled++
          controller.enqueue(new Uint8Array(1_000))
        }
      })
    const error = yield* Effect.flip(S3.getBytes(bucket, key, { atMost: 10_000 })).pipe(
      Effect.provide(clientsThatAnswer(() => ({ headers, body: endless() })))
    )
    assert.strictEqual(error._tag, "ObjectTooLarge")
    assert.isBelow(pulled, 1_000)
  }))

it.effect("getBytes fails with Unreadable when the answer has no content, as S3 never answers", () =>
  Effect.gen(function*() {
    const error = yield* Effect.flip(S3.getBytes(bucket, key)).pipe(
      Effect.provide(clientsThatAnswer(() => ({ status: 204, headers, body: "" })))
    )
    assert.strictEqual(error._tag, "AwsError")
    if (error._tag === "AwsError") assert.strictEqual(error.code, "NoContent")
  }))

it.effect("getText fails with ObjectNotDecodable rather than replace what isn't text, and reads other encodings", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key, Buffer.from("gr\u00fcn", "latin1"))
    const error = yield* Effect.flip(S3.getText(bucket, key))
    assert.strictEqual(error._tag, "ObjectNotDecodable")
    assert.notInclude(error.message, "gr")
    assert.strictEqual(yield* S3.getText(bucket, key, { encoding: "windows-1252" }), "gr\u00fcn")
    yield* put(key, Buffer.from("\ufefftext"))
    assert.strictEqual(yield* S3.getText(bucket, key), "text")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("getJson says where an object differs from its schema, and doesn't show the content", () =>
  Effect.gen(function*() {
    yield* create
    const Setting = Schema.Struct({ user: Schema.Struct({ age: Schema.Int }) })
    const contents = ["{\"user\":{\"age\":\"hunter2\"}}", "hunter2 {", "{\"user\":\"hunter2\"}", ""]
    for (const content of contents) {
      yield* put(key, content)
      const error = yield* Effect.flip(S3.getJson(bucket, key, Setting))
      assert.strictEqual(error._tag, "ObjectNotDecodable")
      assert.notInclude(JSON.stringify(error) + error.message + String(error.stack), "hunter2")
    }
    yield* put(key, contents[0]!)
    assert.include((yield* Effect.flip(S3.getJson(bucket, key, Setting))).message, "[\"user\"][\"age\"]")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("getObject fails with Unreadable when the answer isn't the range that was asked for", () =>
  Effect.gen(function*() {
    const answers = [
      { status: 200, headers, body: "0123456789" },
      { status: 206, headers: { ...headers, "content-range": "bytes 0-4/10", "content-length": "5" }, body: "01234" },
      {
        status: 206,
        headers: { ...headers, "content-range": "bytes 2-9/10", "content-length": "8" },
        body: "23456789"
      },
      { status: 206, headers: { ...headers, "content-range": "bytes 2-4/10", "content-length": "2" }, body: "23" },
      { status: 206, headers: { ...headers, "content-range": "nonsense", "content-length": "3" }, body: "234" }
    ]
    for (const answer of answers) {
      const error = yield* Effect.flip(S3.getBytes(bucket, key, { range: { start: 2, end: 4 } })).pipe(
        Effect.provide(clientsThatAnswer(() => answer))
      )
      assert.strictEqual(error._tag, "AwsError")
      if (error._tag === "AwsError") assert.deepInclude(error.reason, { _tag: "Unreadable", code: "AnotherRange" })
    }
    const right = {
      status: 206,
      headers: { ...headers, "content-range": "bytes 2-4/*", "content-length": "3" },
      body: "234"
    }
    const bytes = yield* S3.getBytes(bucket, key, { range: { start: 2, end: 4 } }).pipe(
      Effect.provide(clientsThatAnswer(() => right))
    )
    assert.strictEqual(Buffer.from(bytes).toString(), "234")
  }))

it.effect("headObject reports a restored copy, an expiration and an archive as AWS writes them", () =>
  Effect.gen(function*() {
    const head = (more: Record<string, string>) =>
      S3.headObject(bucket, key).pipe(
        Effect.provide(clientsThatAnswer(() => ({ headers: { ...headers, "content-length": "5", ...more } })))
      )
    const told = yield* head({
      "x-amz-restore": "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2029 00:00:00 GMT\"",
      "x-amz-expiration": "expiry-date=\"Sat, 22 Dec 2029 00:00:00 GMT\", rule-id=\"old%20logs\"",
      "x-amz-archive-status": "DEEP_ARCHIVE_ACCESS",
      "x-amz-replication-status": "COMPLETED",
      "x-amz-missing-meta": "2",
      "x-amz-storage-class": "INTELLIGENT_TIERING"
    })
    assert.deepInclude(told, {
      restore: { isOngoing: false, expires: new Date("2029-12-21T00:00:00Z") },
      expiration: { date: new Date("2029-12-22T00:00:00Z"), ruleId: "old logs" },
      archiveStatus: "DEEP_ARCHIVE_ACCESS",
      replicationStatus: "COMPLETED",
      missingMetadata: 2,
      storageClass: "INTELLIGENT_TIERING"
    })
    assert.deepEqual((yield* head({ "x-amz-restore": "ongoing-request=\"true\"" })).restore, { isOngoing: true })
    assert.notProperty(yield* head({ "x-amz-restore": "nonsense", "x-amz-expiration": "nonsense" }), "restore")
  }))

it.effect("exists fails with AwsError when access is denied, as S3 doesn't say whether the object exists", () =>
  Effect.gen(function*() {
    yield* create
    yield* InMemory.handle(
      HeadObjectCommand,
      () => Effect.fail(InMemory.fault({ code: "AccessDenied", statusCode: 403, message: "Access Denied" }))
    )
    assert.strictEqual((yield* Effect.flip(S3.exists(bucket, key)))._tag, "AwsError")
    assert.strictEqual((yield* Effect.flip(S3.headObject(bucket, key)))._tag, "AwsError")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("getObject follows its progress, and runs onProgress a last time at the end", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key, Buffer.alloc(300_000))
    const seen: Array<S3.Progress> = []
    const onProgress = (progress: S3.Progress) => Effect.sync(() => seen.push(progress))
    yield* Stream.runDrain(S3.getObject(bucket, key, { onProgress }))
    assert.deepEqual(seen.at(-1), { transferred: 300_000, total: 300_000 })
    yield* S3.getBytes(bucket, key, { onProgress, range: { last: 7 } })
    assert.deepEqual(seen.at(-1), { transferred: 7, total: 7 })
  }).pipe(Effect.provide(InMemory.layer())))
