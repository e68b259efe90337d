// Uploads that go on where an earlier call has stopped.
import { AbortMultipartUploadCommand, UploadPartCommand } from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, Stream } from "effect"
import { type Aspect, InMemory, Retry, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import {
  bucket,
  codeOf,
  countCalls,
  countUploads,
  create,
  directory,
  entries,
  key,
  until,
  variedFile
} from "../support/s3.ts"

let partsBegun = 0
/** Counts parts as they begin: the journal has a call only when it ends, after the delay that is injected. */
const counting: Aspect.Aspect = (send) => (call) =>
  Effect.suspend(() => {
    if (call.operation === "UploadPart") partsBegun++
    return send(call)
  })
const provided = Effect.provide(InMemory.layer({ retry: Retry.none, aspects: [counting] }))

/** Runs the upload until S3 doesn't answer to its first part. */
const stalled = <A, E, R>(upload: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    yield* InMemory.inject({ operation: "UploadPart", times: 1, fault: InMemory.delay("1 hour") })
    const before = partsBegun
    const fiber = yield* Effect.forkChild(upload)
    yield* until("a part to begin", Effect.sync(() => partsBegun > before))
    return fiber
  })
const content = Effect.map(Stream.runCollect(S3.getObject(bucket, key)), (chunks) => Buffer.concat(chunks))

/** A file of four parts and three bytes, a place for records, and its upload, of which the parts from the third on fail. */
const begun = (options: S3.ObjectOptions = {}) =>
  Effect.gen(function*() {
    yield* create
    const { content, name } = yield* variedFile(32)
    const stateDirectory = path.join(yield* directory, "state", "uploads")
    const upload = (more: S3.ObjectOptions & S3.WriteConditions & S3.PartOptions & S3.ProgressOptions = {}) =>
      S3.uploadFile({ path: name, bucket, key, concurrency: 1, resume: { stateDirectory }, ...options, ...more })
    yield* InMemory.inject({ operation: "UploadPart", nth: 3, fault: InMemory.serverFault })
    assert.strictEqual(yield* codeOf(upload()), "InternalError")
    assert.strictEqual(yield* countUploads, 1)
    assert.lengthOf(yield* entries(stateDirectory), 1)
    return { file: name, bytes: content, stateDirectory, upload }
  })

const countParts = countCalls("UploadPart")

/** Runs the upload, and says how many parts it has sent. */
const partsSent = <A, E, R>(upload: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const before = yield* countParts
    yield* upload
    return (yield* countParts) - before
  })

/** After a success: the object is the file, and nothing is left. */
const assertDone = Effect.fnUntraced(function*(
  { bytes, stateDirectory }: { readonly bytes: Buffer; readonly stateDirectory: string }
) {
  assert.isTrue((yield* content).equals(bytes))
  assert.isEmpty(yield* entries(stateDirectory))
  assert.strictEqual(yield* countUploads, 0)
})

it.effect("uploadFile with resume goes on after a failure, and sends only what is missing", () =>
  Effect.gen(function*() {
    const state = yield* begun()
    assert.strictEqual(yield* partsSent(state.upload()), 3)
    yield* assertDone(state)
    assert.strictEqual(yield* countCalls("CreateMultipartUpload"), 1)
  }).pipe(provided))

it.effect("uploadFile with resume goes on after an interruption", () =>
  Effect.gen(function*() {
    const state = yield* begun()
    yield* Fiber.interrupt(yield* stalled(state.upload()))
    assert.strictEqual(yield* countCalls("AbortMultipartUpload"), 0)
    assert.isAtMost(yield* partsSent(state.upload()), 3)
    yield* assertDone(state)
  }).pipe(provided))

it.effect("uploadFile with resume reports the progress of the whole file", () =>
  Effect.gen(function*() {
    const state = yield* begun()
    const seen: Array<S3.Progress> = []
    yield* state.upload({ onProgress: (progress) => Effect.sync(() => void seen.push(progress)) })
    assert.deepEqual(seen.at(-1), { transferred: state.bytes.length, total: state.bytes.length })
  }).pipe(provided))

it.effect("uploadFile with resume reads all pages of the parts that S3 has", () =>
  Effect.gen(function*() {
    const state = yield* begun()
    assert.strictEqual(yield* partsSent(state.upload()), 3)
    yield* assertDone(state)
    assert.strictEqual(yield* countCalls("ListParts"), 2)
  }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none, pageSize: 1 }))))

describe("what S3 has is checked, not believed", () => {
  const replaced = (body: Buffer) =>
    Effect.gen(function*() {
      const [upload] = yield* Stream.runCollect(S3.listUnfinishedUploads(bucket))
      yield* S3.send(
        new UploadPartCommand({ Bucket: bucket, Key: key, UploadId: upload!.uploadId, PartNumber: 1, Body: body })
      )
    })

  it.effect("uploadFile with resume sends a part again whose bytes or size are others", () =>
    Effect.gen(function*() {
      for (const body of [Buffer.alloc(8 * 2 ** 20, "y"), Buffer.alloc(5)]) {
        const state = yield* begun()
        yield* replaced(body)
        assert.strictEqual(yield* partsSent(state.upload()), 4)
        yield* assertDone(state)
        yield* S3.destroyBucket(bucket)
      }
    }).pipe(provided))

  for (
    const [options, sent] of [
      [{ checksum: "SHA256", encryption: "aws:kms" }, 3],
      [{ checksum: "CRC32C" }, 3],
      [{ checksum: "CRC64NVME" }, 3],
      [{ encryption: { customerKey: Redacted.make(new Uint8Array(32)) } }, 3],
      // Only the checksum tells.
      [{ checksum: "CRC32C", encryption: "aws:kms" }, 3],
      [{ checksum: "CRC64NVME", encryption: "aws:kms" }, 3],
      [{ checksum: "SHA1", encryption: "aws:kms" }, 3]
    ] as ReadonlyArray<readonly [S3.ObjectOptions, number]>
  ) {
    it.effect(`uploadFile with resume sends ${sent} of 5 parts with ${JSON.stringify(options)}`, () =>
      Effect.gen(function*() {
        const state = yield* begun(options)
        assert.strictEqual(yield* partsSent(state.upload()), sent)
        assert.strictEqual(yield* countUploads, 0)
        assert.isEmpty(yield* entries(state.stateDirectory))
      }).pipe(provided))
  }
})

describe("what can't be gone on with", () => {
  it.effect("uploadFile with resume starts anew when the file, an option or the part size has changed, and aborts the old upload", () =>
    Effect.gen(function*() {
      const changes: ReadonlyArray<(state: { readonly file: string }) => Effect.Effect<object>> = [
        ({ file }) => Effect.as(Effect.promise(() => fs.utimes(file, 1, 1)), {}),
        ({ file }) => Effect.as(Effect.promise(() => fs.truncate(file, 31 * 2 ** 20)), {}),
        () => Effect.succeed({ metadata: { a: "1" } }),
        () => Effect.succeed({ encryption: { customerKey: Redacted.make(new Uint8Array(32)) } }),
        () => Effect.succeed({ partSize: 9 * 2 ** 20 })
      ]
      for (const change of changes) {
        const state = yield* begun()
        yield* state.upload(yield* change(state))
        assert.strictEqual(yield* countUploads, 0)
        assert.isEmpty(yield* entries(state.stateDirectory))
        assert.isTrue((yield* InMemory.calls).some(({ operation }) => operation === "AbortMultipartUpload"))
        yield* S3.destroyBucket(bucket)
      }
      assert.strictEqual(yield* countCalls("AbortMultipartUpload"), changes.length)
    }).pipe(provided))

  it.effect("uploadFile with resume aborts the old upload when the file is now sent in one request", () =>
    Effect.gen(function*() {
      const state = yield* begun()
      yield* Effect.promise(() => fs.writeFile(state.file, "short"))
      yield* state.upload()
      yield* assertDone({ ...state, bytes: Buffer.from("short") })
    }).pipe(provided))

  it.effect("uploadFile with resume starts anew when the upload is gone", () =>
    Effect.gen(function*() {
      const state = yield* begun()
      const [upload] = yield* Stream.runCollect(S3.listUnfinishedUploads(bucket))
      yield* S3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: upload!.uploadId }))
      assert.strictEqual(yield* partsSent(state.upload()), 5)
      yield* assertDone(state)
    }).pipe(provided))

  for (const record of ["", "{", "{}", "null", JSON.stringify({ uploadId: "" }), "\u0000".repeat(100)]) {
    it.effect(`uploadFile with resume starts anew when its record is corrupt: ${JSON.stringify(record).slice(0, 20)}`, () =>
      Effect.gen(function*() {
        const state = yield* begun()
        const [name = ""] = yield* entries(state.stateDirectory)
        yield* Effect.promise(() => fs.writeFile(path.join(state.stateDirectory, name), record))
        assert.strictEqual(yield* partsSent(state.upload()), 5)
        assert.isTrue((yield* content).equals(state.bytes))
        assert.isEmpty(yield* entries(state.stateDirectory))
      }).pipe(provided))
  }

  it.effect("uploadFile with resume leaves nothing when the file changes while it is being read", () =>
    Effect.gen(function*() {
      const state = yield* begun()
      const fiber = yield* stalled(Effect.flip(state.upload()))
      yield* Effect.promise(() => fs.appendFile(state.file, "more"))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "CannotReadFile")
      assert.strictEqual(yield* countUploads, 0)
      assert.isEmpty(yield* entries(state.stateDirectory))
    }).pipe(provided))

  it.effect("uploadFile with resume refuses a state directory that can't be written to, before anything is sent", () =>
    Effect.gen(function*() {
      const { name } = yield* variedFile(17)
      for (const stateDirectory of [path.join(name, "below"), name]) {
        const error = yield* Effect.flip(S3.uploadFile({ path: name, bucket, key, resume: { stateDirectory } }))
        assert.strictEqual(error._tag, "AwsError")
        if (error._tag === "AwsError") assert.strictEqual(error.reason._tag, "Misconfigured")
        assert.include(error.message, stateDirectory)
      }
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(provided))
})

it.effect("uploadFile with resume keeps the upload when a condition fails, and completes it with another condition", () =>
  Effect.gen(function*() {
    const state = yield* begun()
    yield* S3.putObject({ bucket, key, body: "other" })
    assert.strictEqual(yield* codeOf(state.upload({ ifNoneMatch: "*" })), "PreconditionFailed")
    assert.strictEqual(yield* partsSent(state.upload()), 0)
    yield* assertDone(state)
  }).pipe(provided))

it.effect("uploadFile with resume aborts an upload that a conflict with another write has spoiled", () =>
  Effect.gen(function*() {
    const state = yield* begun()
    const { etag: ifMatch } = yield* S3.putObject({ bucket, key, body: "other" })
    // The object is newer than the upload, which can't be completed over it.
    assert.strictEqual(yield* codeOf(state.upload({ ifMatch })), "ConditionalRequestConflict")
    assert.strictEqual(yield* countUploads, 0)
    assert.strictEqual(yield* partsSent(state.upload({ ifMatch })), 5)
    yield* assertDone(state)
  }).pipe(provided))

it.effect("uploadFile without resume leaves a record and its upload alone", () =>
  Effect.gen(function*() {
    const state = yield* begun()
    yield* S3.uploadFile({ path: state.file, bucket, key })
    assert.strictEqual(yield* countUploads, 1)
    assert.lengthOf(yield* entries(state.stateDirectory), 1)
  }).pipe(provided))

it.effect("uploadFile with resume makes the right object when two run at once", () =>
  Effect.gen(function*() {
    const state = yield* begun()
    const results = yield* Effect.all([Effect.result(state.upload()), Effect.result(state.upload())], {
      concurrency: "unbounded"
    })
    assert.isTrue(results.some(({ _tag }) => _tag === "Success"))
    for (const result of results) {
      if (result._tag === "Failure") assert.strictEqual((result.failure as { code?: string }).code, "NoSuchUpload")
    }
    assert.isTrue((yield* content).equals(state.bytes))
    assert.isEmpty(yield* entries(state.stateDirectory))
  }).pipe(provided))

it.effect("uploadFile keeps its records where XDG_STATE_HOME says, readable to the user only", () =>
  Effect.gen(function*() {
    const before = process.env["XDG_STATE_HOME"]
    const home = yield* directory
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        if (before === undefined) delete process.env["XDG_STATE_HOME"]
        else process.env["XDG_STATE_HOME"] = before
      })
    )
    process.env["XDG_STATE_HOME"] = home
    yield* create
    const { name } = yield* variedFile(17)
    yield* InMemory.inject({ operation: "CompleteMultipartUpload", times: 1, fault: InMemory.serverFault })
    const upload = S3.uploadFile({
      path: name,
      bucket,
      key,
      resume: true,
      encryption: { customerKey: Redacted.make(new Uint8Array(32).fill(65)) },
      metadata: { secret: "planted-secret" }
    })
    yield* codeOf(upload)
    const [record = ""] = yield* entries(path.join(home, "effect-aws-sdk", "uploads"))
    const file = path.join(home, "effect-aws-sdk", "uploads", record)
    const text = yield* Effect.promise(() => fs.readFile(file, "utf8"))
    assert.include(text, name)
    for (const secret of ["planted-secret", "AAAA"]) assert.notInclude(text, secret)
    assert.strictEqual((yield* Effect.promise(() => fs.stat(file))).mode & 0o777, 0o600)
    assert.strictEqual(yield* partsSent(upload), 0)
  }).pipe(provided))
