// Uploading bodies of every kind, whatever happens to them.
import { HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Data, Effect, Fiber, Redacted, Schedule, Schema, Stream } from "effect"
import { type AwsClients, type AwsError, InMemory, Retry, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { PassThrough, Readable } from "node:stream"
import { growingPartSize } from "../../services/internal/s3/cuts.ts"
import { bucket, codeOf, countCalls, countUploads, create, inAccount, key, until } from "../support/s3.ts"

const MIB = 2 ** 20
const provided = Effect.provide(InMemory.layer())
const operations = Effect.map(InMemory.calls, (calls) => calls.map(({ operation }) => operation))
const content = Effect.map(Stream.runCollect(S3.getObject(bucket, key)), (chunks) => Buffer.concat(chunks))

/** Bytes in which no two parts are equal. */
const varied = (size: number): Buffer => {
  const bytes = Buffer.alloc(size)
  for (let at = 0; at + 4 <= size; at += 4096) bytes.writeUInt32LE(at, at)
  return bytes
}
const chunked = (bytes: Buffer, size: number): ReadonlyArray<Buffer> =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))

async function* generated<A>(chunks: ReadonlyArray<A>) {
  yield* chunks
}

/** The same chunks as each kind of body that comes in chunks. */
const kinds = {
  "a Stream": (chunks: ReadonlyArray<string | Uint8Array>) => Stream.fromIterable(chunks),
  "a Readable": (chunks: ReadonlyArray<string | Uint8Array>) => Readable.from(chunks),
  "a web stream": (chunks: ReadonlyArray<string | Uint8Array>) => ReadableStream.from<string | Uint8Array>(chunks),
  "a generator": (chunks: ReadonlyArray<string | Uint8Array>) => generated(chunks)
} satisfies Record<string, (chunks: ReadonlyArray<string | Uint8Array>) => S3.Body>

for (const [kind, make] of Object.entries(kinds)) {
  it.effect(`putObject sends a short body in one request: ${kind}`, () =>
    Effect.gen(function*() {
      yield* create
      const written = yield* S3.putObject({ bucket, key, body: make(["Grüße, ", Buffer.from("we"), "lt"]) })
      const { ETag } = yield* S3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
      assert.deepEqual(written, new S3.WrittenObject({ bucket, key, size: 13, etag: ETag! }))
      assert.strictEqual((yield* content).toString(), "Grüße, welt")
      assert.deepEqual((yield* operations).slice(0, 2), ["CreateBucket", "PutObject"])
    }).pipe(provided))

  it.effect(`putObject sends a long body in parts: ${kind}`, () =>
    Effect.gen(function*() {
      yield* create
      const bytes = varied(20 * MIB + 3)
      const { etag, size } = yield* S3.putObject({ bucket, key, body: make(chunked(bytes, 300_001)) })
      assert.strictEqual(size, bytes.length)
      assert.match(etag, /-3"$/)
      assert.isTrue((yield* content).equals(bytes))
    }).pipe(provided))

  it.effect(`putObject sends a body of exactly one part in one request, and one more byte in two parts: ${kind}`, () =>
    Effect.gen(function*() {
      yield* create
      for (const size of [0, 8 * MIB, 8 * MIB + 1]) {
        const bytes = varied(size)
        const written = yield* S3.putObject({ bucket, key, body: make(chunked(bytes, MIB)) })
        assert.strictEqual(written.size, size)
        assert.strictEqual((yield* content).length, size)
      }
      assert.strictEqual(yield* countCalls("PutObject"), 2)
      assert.strictEqual(yield* countCalls("UploadPart"), 2)
    }).pipe(provided))

  it.effect(`putObject fails with CannotReadBody for a chunk that is neither text nor bytes: ${kind}`, () =>
    Effect.gen(function*() {
      yield* create
      for (const chunk of [42, { text: "" }, [1, 2], Symbol("a"), new Uint16Array(2), new ArrayBuffer(2)]) {
        const error = yield* Effect.flip(S3.putObject({ bucket, key, body: make(["text", chunk as never]) }))
        assert.strictEqual(error._tag, "CannotReadBody")
        assert.include(error.message, "neither text nor bytes")
      }
      assert.strictEqual(yield* countCalls("PutObject"), 0)
    }).pipe(provided))
}

it.effect("putObject sends text and bytes that are in memory, and long ones in parts", () =>
  Effect.gen(function*() {
    yield* create
    yield* S3.putObject({ bucket, key, body: "Grüße 😀\uD800" })
    assert.strictEqual((yield* content).toString(), "Grüße 😀\uFFFD")
    const bytes = varied(17 * MIB)
    yield* S3.putObject({ bucket, key, body: new Uint8Array(bytes.buffer, 1, 17 * MIB - 2) })
    assert.isTrue((yield* content).equals(bytes.subarray(1, -1)))
    assert.strictEqual(yield* countCalls("UploadPart"), 3)
  }).pipe(provided))

/** Text, whose characters may be cut, and bytes. */
const Pieces = Schema.Array(Schema.Struct({
  isText: Schema.Boolean,
  units: Schema.Array(Schema.Literals(["a", "ü", "\uD83D", "\uDE00", "😀", "\u0000"])).check(Schema.isMaxLength(4))
})).check(Schema.isMaxLength(8))

it.effect.prop(
  "putObject makes the same object of the same text and bytes, however they are cut",
  { pieces: Pieces },
  ({ pieces }) =>
    Effect.gen(function*() {
      yield* create
      const chunks = pieces.flatMap(({ isText, units }): ReadonlyArray<string | Buffer> =>
        isText ? units : [Buffer.from(units.join(""))]
      )
      // Neighbouring texts are one text.
      const whole = chunks.reduce<Array<string | Buffer>>((joined, chunk) => {
        const last = joined.at(-1)
        return typeof chunk === "string" && typeof last === "string"
          ? [...joined.slice(0, -1), last + chunk]
          : [...joined, chunk]
      }, [])
      const expected = Buffer.concat(whole.map((chunk) => typeof chunk === "string" ? Buffer.from(chunk) : chunk))
      for (const make of [kinds["a Stream"], kinds["a generator"]]) {
        yield* S3.putObject({ bucket, key, body: make(chunks) })
        assert.isTrue((yield* content).equals(expected))
      }
    }).pipe(provided)
)

describe("a body that fails", () => {
  class Broken extends Data.TaggedError("Broken")<{ readonly at: number }> {}

  for (const size of [0, 1, 20]) {
    it.effect(`putObject fails with the Stream's own error after ${size} MiB, and leaves nothing`, () =>
      Effect.gen(function*() {
        yield* create
        let released = 0
        const body = Stream.fromIterable(chunked(varied(size * MIB), MIB)).pipe(
          Stream.concat(Stream.fail(new Broken({ at: size }))),
          Stream.ensuring(Effect.sync(() => released++))
        )
        const error = yield* Effect.flip(S3.putObject({ bucket, key, body }))
        assert.deepEqual(error, new Broken({ at: size }))
        assert.strictEqual(released, 1)
        assert.strictEqual(yield* countUploads, 0)
        assert.isEmpty(yield* Stream.runCollect(S3.listObjects(bucket)))
      }).pipe(provided))
  }

  it.effect("putObject doesn't take an AwsError of its Stream for one of its own bucket", () =>
    Effect.gen(function*() {
      yield* create
      yield* inAccount("222222222222", S3.createBucket("foreign-bucket"))
      for (
        const [name, code] of [["foreign-bucket", "AccessDenied"], ["missing-bucket", "ObjectDoesNotExist"]] as const
      ) {
        assert.strictEqual(yield* codeOf(S3.putObject({ bucket, key, body: S3.getObject(name, "key") })), code)
      }
    }).pipe(provided))

  it.effect("putObject fails with CannotReadBody when a Readable fails, closes early or has been read, and destroys it", () =>
    Effect.gen(function*() {
      yield* create
      const failing = new Readable({ read() {} })
      failing.push(Buffer.alloc(9 * MIB))
      const closing = new Readable({ read() {} })
      closing.push("text")
      const read = Readable.from(["text"])
      yield* Effect.promise(() => read.toArray())
      const closed = new Readable({ read() {} })
      closed.destroy()
      const failed = new Readable({ read() {} })
      failed.on("error", () => {})
      failed.destroy(new Error("it broke"))
      const act = [
        [failing, () => failing.destroy(new Error("it broke")), "it broke"],
        [closing, () => closing.destroy(), "Premature close"],
        [read, () => {}, "read to its end already"],
        [closed, () => {}, "premature close"],
        [failed, () => {}, "it broke"]
      ] as const
      for (const [body, after, message] of act) {
        const fiber = yield* Effect.forkChild(Effect.flip(S3.putObject({ bucket, key, body })))
        const isWaiting = Effect.sync(() => body.listenerCount("data") > 0 || fiber.pollUnsafe() !== undefined)
        yield* until("the body to be read", isWaiting)
        after()
        const error = yield* Fiber.join(fiber)
        assert.strictEqual(error._tag, "CannotReadBody", message)
        assert.include(error.message.toLowerCase(), message.toLowerCase())
        assert.isTrue(body.destroyed)
      }
      assert.strictEqual(yield* countUploads, 0)
      assert.isEmpty(yield* Stream.runCollect(S3.listObjects(bucket)))
    }).pipe(provided))

  it.effect("putObject fails with CannotReadBody when an iterator throws, or a web stream is in use", () =>
    Effect.gen(function*() {
      yield* create
      const throwing = (async function*() {
        yield "text"
        throw new Error("it broke")
      })()
      const locked = ReadableStream.from(["text"])
      locked.getReader()
      for (const body of [throwing, locked, 42, null, undefined, ["text"], {}]) {
        const error = yield* Effect.flip(S3.putObject({ bucket, key, body: body as S3.Body }))
        assert.strictEqual(error._tag, "CannotReadBody")
      }
      assert.strictEqual(yield* countCalls("PutObject"), 0)
    }).pipe(provided))
})

/** Bodies that stall after nine MiB, and whether they are released. */
const stalled = () => {
  const bytes = Buffer.alloc(9 * MIB)
  let [stream, web, generator] = [false, false, false]
  const readable = new PassThrough({ highWaterMark: 10 * MIB })
  readable.write(bytes)
  const bodies: ReadonlyArray<readonly [S3.Body, () => boolean]> = [
    [
      Stream.make(bytes).pipe(Stream.concat(Stream.never), Stream.ensuring(Effect.sync(() => stream = true))),
      () => stream
    ],
    [readable, () => readable.destroyed],
    [
      new ReadableStream({
        start: (controller) => controller.enqueue(bytes),
        cancel() {
          web = true
        }
      }),
      () => web
    ],
    [
      {
        [Symbol.asyncIterator]() {
          let isFirst = true
          return {
            next: () => {
              if (!isFirst) return new Promise<never>(() => {})
              isFirst = false
              return Promise.resolve({ done: false, value: bytes })
            },
            return: () => {
              generator = true
              return Promise.resolve({ done: true, value: undefined })
            }
          }
        }
      },
      () => generator
    ]
  ]
  return bodies
}

it.effect("putObject ends at once when it is interrupted while its body stalls, releases it, and leaves nothing", () =>
  Effect.gen(function*() {
    yield* create
    for (const [body, isReleased] of stalled()) {
      const before = yield* countCalls("CreateMultipartUpload")
      const fiber = yield* Effect.forkChild(S3.putObject({ bucket, key, body }))
      yield* until("the upload to begin", Effect.map(countCalls("UploadPart"), (count) => count > before))
      yield* Fiber.interrupt(fiber)
      assert.isTrue(isReleased())
      assert.strictEqual(yield* countUploads, 0)
    }
  }).pipe(provided))

it.effect("putObject waits at most five seconds for a body that doesn't say that it is released", () =>
  Effect.gen(function*() {
    yield* create
    const forever = () => new Promise<never>(() => {})
    const web = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(9 * MIB)),
      cancel: forever
    })
    const iterable = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: 42 as never }),
        return: forever
      })
    }
    const interrupted = yield* Effect.forkChild(S3.putObject({ bucket, key, body: web }))
    yield* until("the upload to begin", Effect.map(countCalls("UploadPart"), (count) => count === 1))
    const failed = yield* Effect.forkChild(Effect.flip(S3.putObject({ bucket, key, body: iterable })))
    const ended = yield* Effect.forkChild(Fiber.interrupt(interrupted))
    yield* until("the abort", Effect.map(countCalls("AbortMultipartUpload"), (count) => count === 1))
    yield* until(
      "the ends",
      Effect.andThen(
        TestClock.adjust("1 second"),
        Effect.sync(() => ended.pollUnsafe() !== undefined && failed.pollUnsafe() !== undefined)
      )
    )
    assert.strictEqual((yield* Fiber.join(failed))._tag, "CannotReadBody")
  }).pipe(provided))

it.effect("putObject releases its body when S3 refuses the upload", () =>
  Effect.gen(function*() {
    for (const [body, isReleased] of stalled()) {
      assert.strictEqual(yield* codeOf(S3.putObject({ bucket, key, body })), "BucketDoesNotExist")
      assert.isTrue(isReleased())
    }
  }).pipe(provided))

describe("options", () => {
  const customerKey = Redacted.make(new Uint8Array(32).fill(7))

  it.effect("putObject refuses invalid part sizes, concurrencies and sizes before it sends anything", () =>
    Effect.gen(function*() {
      const wrong = [
        ...[0, -1, NaN, Infinity, 5 * MIB - 1, 5 * 2 ** 30 + 1, 5.5 * MIB + 0.5].map((partSize) => ({ partSize })),
        ...[0, -1, NaN, Infinity, 1.5].map((concurrency) => ({ concurrency })),
        ...[-1, NaN, Infinity, 0.5].map((size) => ({ size })),
        ...[0, 16, 44].map((length) => ({ encryption: { customerKey: Redacted.make(new Uint8Array(length)) } })),
        { expires: new Date("tomorrow") }
      ]
      for (const options of wrong) {
        const error = yield* Effect.flip(S3.putObject({ bucket, key, body: "text", ...options }))
        assert.strictEqual(error._tag, "AwsError")
        if (error._tag === "AwsError") {
          const [name = ""] = Object.keys(options)
          assert.deepEqual([error.reason._tag, error.mayHaveSucceeded], ["Misconfigured", false])
          assert.include(error.message, name === "encryption" ? "key" : name)
        }
      }
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(provided))

  it.effect("copyObject and the presigned requests refuse what can't be, before anything is sent", () =>
    Effect.gen(function*() {
      const customerKey = Redacted.make(new Uint8Array(3))
      const expires = new Date("tomorrow")
      const from = { bucket, key }
      const to = { bucket, key: "copy" }
      const refused: ReadonlyArray<readonly [Effect.Effect<unknown, { readonly _tag: string }, AwsClients>, string]> = [
        [S3.copyObject({ from: { ...from, customerKey }, to }), "InvalidCustomerKey"],
        [S3.copyObject({ from, to, encryption: { customerKey } }), "InvalidCustomerKey"],
        [S3.copyObject({ from, to, expires }), "InvalidExpires"],
        [S3.presignGet(bucket, key, { expires }), "InvalidExpires"],
        [S3.presignPut(bucket, key, { expires }), "InvalidExpires"],
        [S3.presignPost(bucket, key, { expires }), "InvalidExpires"]
      ]
      for (const [call, code] of refused) {
        const error = (yield* Effect.flip(call)) as AwsError
        assert.deepEqual([error.code, error.reason._tag], [code, "Misconfigured"])
      }
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(provided))

  it.effect("putObject fails with CannotReadBody for bytes that have been transferred to another thread", () =>
    Effect.gen(function*() {
      const body = new Uint8Array(10)
      structuredClone(body, { transfer: [body.buffer] })
      assert.strictEqual((yield* Effect.flip(S3.putObject({ bucket, key, body })))._tag, "CannotReadBody")
    }).pipe(provided))

  it.effect("putObject passes its options, in one request and in parts", () =>
    Effect.gen(function*() {
      yield* create
      const options: S3.ObjectOptions = {
        contentType: "text/css",
        cacheControl: "max-age=60",
        contentEncoding: "gzip",
        contentDisposition: "inline",
        contentLanguage: "de",
        expires: new Date("2030-01-01T00:00:00Z"),
        metadata: { owner: "me" },
        tags: { "a b": "c+d" },
        storageClass: "STANDARD_IA",
        encryption: { customerKey },
        checksum: "SHA256"
      }
      for (const body of ["text", varied(17 * MIB)]) {
        yield* S3.putObject({ bucket, key, body, expectedOwner: "123456789012", ...options })
        const head = yield* S3.send(
          new HeadObjectCommand({
            Bucket: bucket,
            Key: key,
            ChecksumMode: "ENABLED",
            SSECustomerAlgorithm: "AES256",
            SSECustomerKey: Buffer.from(Redacted.value(customerKey)).toString("base64")
          })
        )
        assert.deepInclude(head, {
          ContentType: "text/css",
          CacheControl: "max-age=60",
          ContentEncoding: "gzip",
          ContentDisposition: "inline",
          ContentLanguage: "de",
          Metadata: { owner: "me" },
          TagCount: 1,
          StorageClass: "STANDARD_IA",
          SSECustomerAlgorithm: "AES256"
        })
        assert.isString(head.ChecksumSHA256)
      }
      for (const operation of ["PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"]) {
        for (const call of (yield* InMemory.calls).filter((call) => call.operation === operation)) {
          assert.hasAnyKeys(call.input, ["SSECustomerKey"])
          assert.hasAnyKeys(call.input, ["ExpectedBucketOwner"])
        }
      }
    }).pipe(provided))

  for (const checksum of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const) {
    it.effect(`putObject has each part checked by ${checksum}`, () =>
      Effect.gen(function*() {
        yield* create
        const bytes = varied(17 * MIB)
        yield* S3.putObject({ bucket, key, body: bytes, checksum })
        const head = yield* S3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: "ENABLED" }))
        assert.isString(head[`Checksum${checksum}`])
        assert.strictEqual(head.ChecksumType, checksum === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE")
        assert.isTrue((yield* content).equals(bytes))
      }).pipe(provided))
  }

  it.effect("putObject sends parts of one size if it knows the size of the body", () =>
    Effect.gen(function*() {
      yield* create
      const bytes = varied(21 * MIB)
      const body = () => Stream.fromIterable(chunked(bytes, MIB))
      yield* S3.putObject({ bucket, key, body: body(), size: bytes.length, partSize: 6 * MIB })
      assert.isTrue((yield* content).equals(bytes))
      assert.strictEqual(yield* countCalls("UploadPart"), 4)
      yield* S3.putObject({ bucket, key, body: body(), size: bytes.length, partSize: 11 * MIB })
      assert.isTrue((yield* content).equals(bytes))
      assert.strictEqual(yield* countCalls("PutObject"), 1)
    }).pipe(provided))

  it.effect("putObject fails with CannotReadBody for a body that is longer or shorter than its size, and leaves nothing", () =>
    Effect.gen(function*() {
      yield* create
      for (const length of [0, 3, 20 * MIB]) {
        const bytes = varied(length)
        for (const size of [0, 4, 17 * MIB, 19 * MIB, 21 * MIB, 25 * MIB]) {
          const bodies: ReadonlyArray<S3.Body> = [bytes, Stream.fromIterable(chunked(bytes, MIB))]
          for (const body of length === size ? [] : bodies) {
            const error = yield* Effect.flip(S3.putObject({ bucket, key, body, size }))
            assert.strictEqual(error._tag, "CannotReadBody")
            assert.include(error.message, `\`size\` says ${size}`)
          }
        }
      }
      assert.strictEqual(yield* countUploads, 0)
      assert.isEmpty(yield* Stream.runCollect(S3.listObjects(bucket)))
    }).pipe(provided))

  it("parts of a body of unknown length have one size up to 5,000, and grow to S3's limits", () => {
    const cut = { partSize: 8 * MIB, concurrency: 4, oneRequest: 16 * MIB }
    const sizes = Array.from({ length: 10_000 }, (_, i) => growingPartSize(cut, i + 1)!)
    assert.deepEqual(new Set(sizes.slice(0, 5_000)), new Set([8 * MIB]))
    assert.isTrue(sizes.every((size, i) => size <= 5 * 2 ** 30 && size >= (sizes[i - 1] ?? 0)))
    assert.isAbove(sizes.reduce((sum, size) => sum + size, 0), 6 * 2 ** 40)
    assert.isUndefined(growingPartSize(cut, 10_001))
  })

  it.effect("putObject reports its progress, and ends with all bytes", () =>
    Effect.gen(function*() {
      yield* create
      const seen: Array<S3.Progress> = []
      const onProgress = (progress: S3.Progress) => Effect.sync(() => void seen.push(progress))
      yield* S3.putObject({ bucket, key, body: Stream.fromIterable(chunked(varied(20 * MIB), MIB)), onProgress })
      assert.deepEqual(seen.at(-1), { transferred: 20 * MIB, total: 20 * MIB })
      assert.isTrue(seen.every(({ transferred }, i) => transferred >= (seen[i - 1]?.transferred ?? 0)))
      yield* S3.putObject({ bucket, key, body: "text", onProgress })
      assert.deepEqual(seen.at(-1), { transferred: 4, total: 4 })
    }).pipe(provided))
})

describe("an answer that is lost", () => {
  const retrying = Effect.provide(InMemory.layer({ retry: Schedule.recurs(3) }))
  const long = varied(17 * MIB)
  const gone = InMemory.fault({ code: "NoSuchUpload", message: "The upload does not exist.", statusCode: 404 })

  for (const [what, body] of [["in one request", "text"], ["in parts", long]] as const) {
    it.effect(`putObject ${what} succeeds when its second attempt is refused for what the first one has written`, () =>
      Effect.gen(function*() {
        yield* create
        const operation = body === "text" ? "PutObject" : "CompleteMultipartUpload"
        yield* InMemory.inject({ operation, nth: 1, fault: InMemory.cut("after") })
        if (body !== "text") yield* InMemory.inject({ operation, nth: 2, fault: gone })
        const { etag, size } = yield* S3.putObject({
          bucket,
          key,
          body,
          ifNoneMatch: "*",
          metadata: { Owner: "me" },
          contentType: "text/css"
        })
        const head = yield* S3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
        assert.deepEqual([etag, size], [head.ETag, body.length])
        assert.strictEqual(yield* countCalls(operation), 2)
      }).pipe(retrying))

    for (const encryption of ["aws:kms", { customerKey: Redacted.make(new Uint8Array(32)) }] as const) {
      it.effect(`putObject ${what} finds its object by the checksum if the ETag isn't an MD5: ${JSON.stringify(encryption)}`, () =>
        Effect.gen(function*() {
          yield* create
          const operation = body === "text" ? "PutObject" : "CompleteMultipartUpload"
          yield* InMemory.inject({ operation, nth: 1, fault: InMemory.cut("after") })
          if (body !== "text") yield* InMemory.inject({ operation, nth: 2, fault: gone })
          const { size } = yield* S3.putObject({ bucket, key, body, ifNoneMatch: "*", encryption })
          assert.strictEqual(size, body.length)
        }).pipe(retrying))
    }
  }

  it.effect("putObject fails with PreconditionFailed for an object that isn't the one that it was to write", () =>
    Effect.gen(function*() {
      yield* create
      const others = [{ Body: "other" }, { Body: "text", Metadata: { owner: "you" } }, { Body: "texu" }]
      for (const other of others) {
        yield* S3.send(new PutObjectCommand({ Bucket: bucket, Key: key, ...other }))
        yield* InMemory.inject({ operation: "PutObject", times: 1, fault: InMemory.cut("before") })
        assert.strictEqual(
          yield* codeOf(S3.putObject({ bucket, key, body: "text", ifNoneMatch: "*" })),
          "PreconditionFailed"
        )
      }
    }).pipe(retrying))

  it.effect("putObject doesn't look for its object when S3 refuses its only attempt", () =>
    Effect.gen(function*() {
      yield* create
      yield* S3.putObject({ bucket, key, body: "text" })
      assert.strictEqual(
        yield* codeOf(S3.putObject({ bucket, key, body: "text", ifNoneMatch: "*" })),
        "PreconditionFailed"
      )
      assert.strictEqual(
        yield* codeOf(S3.putObject({ bucket, key, body: long, ifNoneMatch: "*" })),
        "PreconditionFailed"
      )
      assert.strictEqual(
        yield* codeOf(S3.putObject({ bucket, key, body: "text", ifMatch: "\"other\"" })),
        "PreconditionFailed"
      )
      assert.strictEqual(yield* countCalls("HeadObject"), 0)
      assert.strictEqual(yield* countUploads, 0)
    }).pipe(retrying))

  it.effect("putObject tries again after a conflict with another write", () =>
    Effect.gen(function*() {
      yield* create
      const conflict = InMemory.fault({ code: "ConditionalRequestConflict", message: "Conflict", statusCode: 409 })
      for (const operation of ["PutObject", "CompleteMultipartUpload"]) {
        yield* InMemory.inject({ operation, times: 2, fault: conflict })
      }
      yield* S3.putObject({ bucket, key, body: "text", ifNoneMatch: "*" })
      const [object] = yield* Stream.runCollect(S3.listObjects(bucket))
      yield* S3.putObject({ bucket, key, body: long, ifMatch: object!.etag })
      assert.strictEqual(yield* countCalls("PutObject"), 3)
      assert.strictEqual(yield* countCalls("CompleteMultipartUpload"), 3)
    }).pipe(retrying))

  it.effect("putObject aborts an upload whose source fails while S3 doesn't answer", () =>
    Effect.gen(function*() {
      yield* create
      yield* InMemory.inject({ operation: "UploadPart", nth: 1, fault: InMemory.delay("1 hour") })
      const body = Stream.concat(Stream.make(Buffer.alloc(9 * MIB)), Stream.fail("broken" as const))
      const fiber = yield* Effect.forkChild(Effect.flip(S3.putObject({ bucket, key, body })))
      yield* until("the upload to be aborted", Effect.map(countCalls("AbortMultipartUpload"), (count) => count === 1))
      assert.strictEqual(yield* Fiber.join(fiber), "broken")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* countUploads, 0)
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))
})

describe("a body that never has to wait", () => {
  const endless: ReadonlyArray<readonly [string, () => AsyncIterable<Uint8Array> | Stream.Stream<Uint8Array>]> = [
    ["a generator", async function*() {
      while (true) yield new Uint8Array()
    }],
    ["a Readable", () =>
      new Readable({
        objectMode: true,
        read() {
          this.push(new Uint8Array())
        }
      })],
    ["a Stream", () => Stream.forever(Stream.make(new Uint8Array()))]
  ]
  for (const [kind, body] of endless) {
    it.live(`putObject can be interrupted while its body yields empty chunks without an end: ${kind}`, () =>
      Effect.gen(function*() {
        yield* create
        const fiber = yield* Effect.forkChild(S3.putObject({ bucket, key, body: body() }))
        let turns = 0
        yield* until("other work to run", Effect.sync(() => ++turns > 20))
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* countUploads, 0)
      }).pipe(provided))
  }
})
