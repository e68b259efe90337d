// Multipart uploads that have begun and not ended.
import { CreateMultipartUploadCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type AwsError, InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { bucket, codeOf, countCalls, create } from "../support/s3.ts"

const begin = (Key: string, options: object = {}) =>
  Effect.map(
    S3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key, ...options })),
    ({ UploadId }) => UploadId!
  )
const listed = (options?: { readonly prefix?: string }) => Stream.runCollect(S3.listUnfinishedUploads(bucket, options))
const keysOf = (uploads: ReadonlyArray<S3.UnfinishedUpload>) => uploads.map(({ key }) => key)

it.effect("listUnfinishedUploads lists what has begun, with any key, by prefix", () =>
  Effect.gen(function*() {
    yield* create
    yield* TestClock.setTime(Date.UTC(2026, 0, 1))
    const keys = ["a b+%2B", "dir/ü", "dir/\u0001"]
    const ids = yield* Effect.forEach(keys, (key) => begin(key, { StorageClass: "GLACIER" }))
    const uploads = yield* listed()
    assert.deepEqual(
      new Set(uploads),
      new Set(keys.map((key, i) =>
        new S3.UnfinishedUpload({
          bucket,
          key,
          uploadId: ids[i]!,
          initiated: new Date(Date.UTC(2026, 0, 1)),
          storageClass: "GLACIER"
        })
      ))
    )
    assert.sameMembers(keysOf(yield* listed({ prefix: "dir/" })), ["dir/ü", "dir/\u0001"])
    assert.isEmpty(yield* listed({ prefix: "none" }))
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("listUnfinishedUploads reads page after page", () =>
  Effect.gen(function*() {
    yield* create
    yield* Effect.forEach(Array.from({ length: 1_001 }, (_, i) => `key-${i}`), (key) => begin(key), { discard: true })
    assert.lengthOf(yield* listed(), 1_001)
    assert.strictEqual(yield* countCalls("ListMultipartUploads"), 2)
    assert.lengthOf(yield* S3.abortUnfinishedUploads(bucket), 1_001)
    assert.isEmpty(yield* listed())
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("abortUnfinishedUploads aborts what is older, by the Clock, and what has the prefix, and says what it was", () =>
  Effect.gen(function*() {
    yield* create
    yield* S3.send(new PutObjectCommand({ Bucket: bucket, Key: "old/object", Body: "" }))
    yield* begin("old/1")
    yield* begin("older/2")
    yield* TestClock.adjust("7 days")
    yield* begin("old/new")
    assert.isEmpty(yield* S3.abortUnfinishedUploads(bucket, { olderThan: "8 days" }))
    assert.deepEqual(keysOf(yield* S3.abortUnfinishedUploads(bucket, { olderThan: "7 days", prefix: "old/" })), [
      "old/1"
    ])
    assert.deepEqual(keysOf(yield* S3.abortUnfinishedUploads(bucket, { olderThan: "1 day" })), ["older/2"])
    assert.deepEqual(keysOf(yield* S3.abortUnfinishedUploads(bucket)), ["old/new"])
    assert.deepEqual((yield* Stream.runCollect(S3.listObjects(bucket))).map(({ key }) => key), ["old/object"])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("abortUnfinishedUploads aborts nothing if the age is none", () =>
  Effect.gen(function*() {
    yield* create
    yield* begin("live")
    const ages: ReadonlyArray<unknown> = [NaN, -1, -Infinity, "-1 days", "7 dayz", "NaN hours", { hours: NaN }, null]
    for (const olderThan of ages) {
      const error = yield* Effect.flip(S3.abortUnfinishedUploads(bucket, { olderThan: olderThan as number }))
      const { code, reason } = error as AwsError
      assert.deepEqual([code, reason._tag], ["InvalidOlderThan", "Misconfigured"])
    }
    assert.strictEqual(yield* countCalls("ListMultipartUploads"), 0)
    assert.deepEqual(keysOf(yield* listed()), ["live"])
    assert.deepEqual(keysOf(yield* S3.abortUnfinishedUploads(bucket, { olderThan: 0 })), ["live"])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("abortUnfinishedUploads leaves out an upload that another program ends meanwhile", () =>
  Effect.gen(function*() {
    yield* create
    yield* begin("mine")
    yield* begin("theirs")
    const gone = InMemory.fault({ code: "NoSuchUpload", message: "Gone", statusCode: 404 })
    yield* InMemory.inject({ operation: "AbortMultipartUpload", nth: 2, fault: gone })
    assert.deepEqual(keysOf(yield* S3.abortUnfinishedUploads(bucket)), ["mine"])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("the functions for unfinished uploads fail with BucketDoesNotExist, and with AWS's error for anything else", () =>
  Effect.gen(function*() {
    assert.strictEqual(yield* codeOf(listed()), "BucketDoesNotExist")
    assert.strictEqual(yield* codeOf(S3.abortUnfinishedUploads(bucket)), "BucketDoesNotExist")
    yield* create
    yield* begin("key")
    const denied = InMemory.fault({ code: "AccessDenied", message: "Not you", statusCode: 403 })
    yield* InMemory.inject({ operation: "AbortMultipartUpload", fault: denied })
    assert.strictEqual(yield* codeOf(S3.abortUnfinishedUploads(bucket)), "AccessDenied")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("the functions for unfinished uploads, and destroyBucket, do nothing to a bucket of another account than expectedOwner", () =>
  Effect.gen(function*() {
    yield* create
    yield* begin("key")
    const expectedOwner = "999999999999"
    assert.strictEqual(
      yield* codeOf(Stream.runDrain(S3.listUnfinishedUploads(bucket, { expectedOwner }))),
      "AccessDenied"
    )
    assert.strictEqual(yield* codeOf(S3.abortUnfinishedUploads(bucket, { expectedOwner })), "AccessDenied")
    assert.strictEqual(yield* codeOf(S3.destroyBucket(bucket, { expectedOwner })), "AccessDenied")
    assert.deepEqual(keysOf(yield* listed()), ["key"])
    yield* S3.destroyBucket(bucket, { expectedOwner: "123456789012" })
    assert.strictEqual(yield* S3.getBucketStatus(bucket), "DoesNotExist")
  }).pipe(Effect.provide(InMemory.layer())))
