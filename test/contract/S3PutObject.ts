// Uploading what a program has, and the uploads that are left.
import {
  CreateMultipartUploadCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import { S3 } from "effect-aws-sdk"
import { createHash } from "node:crypto"
import { contract, documented } from "./Contract.ts"
import { create } from "./support/s3.ts"

const MIB = 2 ** 20
const long = Buffer.alloc(17 * MIB, "The quick brown fox jumps over the lazy dog. ")
const chunks = Stream.fromIterable(Array.from({ length: 17 }, (_, i) => long.subarray(i * MIB, (i + 1) * MIB)))

const read = (bucket: string, key: string) =>
  Effect.map(Stream.runCollect(S3.getObject(bucket, key)), (chunks) => Buffer.concat(chunks))

const writesOnce = (bucket: string, body: string | Buffer) =>
  Effect.gen(function*() {
    const key = "key"
    yield* create(bucket)
    const { etag } = yield* S3.putObject({ bucket, key, body, ifNoneMatch: "*" })
    const again = yield* Effect.flip(S3.putObject({ bucket, key, body, ifNoneMatch: "*" }))
    assert.strictEqual(again._tag, "PreconditionFailed")
    yield* S3.putObject({ bucket, key, body: "new", ifMatch: etag })
    const other = yield* Effect.flip(S3.putObject({ bucket, key, body, ifMatch: etag }))
    assert.strictEqual(other._tag, "PreconditionFailed")
    assert.isEmpty(yield* Stream.runCollect(S3.listUnfinishedUploads(bucket)))
  })

export const s3PutObject = contract("S3", {
  "putObject makes an object of text, of bytes and of a Stream": documented(
    "API_PutObject",
    Effect.gen(function*() {
      const [bucket, key] = ["put-bodies", "key"]
      yield* create(bucket)
      for (const body of ["Grüße", Buffer.from("Grüße"), Stream.make("Grü", Buffer.from("ße"))]) {
        const { etag, size } = yield* S3.putObject({ bucket, key, body })
        assert.deepEqual([etag, size], [`"${createHash("md5").update("Grüße").digest("hex")}"`, 7])
        assert.strictEqual((yield* read(bucket, key)).toString(), "Grüße")
      }
      const { etag, size } = yield* S3.putObject({ bucket, key, body: chunks })
      assert.strictEqual(size, long.length)
      assert.match(etag, /-3"$/)
      assert.isTrue((yield* read(bucket, key)).equals(long))
    })
  ),

  "putObject gives the object its headers, its metadata and its tags, in one request and in parts": documented(
    "API_CreateMultipartUpload",
    Effect.gen(function*() {
      const [bucket, key] = ["put-options", "key"]
      yield* create(bucket)
      for (const body of ["text", long]) {
        yield* S3.putObject({
          bucket,
          key,
          body,
          contentType: "text/css",
          cacheControl: "max-age=60",
          contentEncoding: "identity",
          contentDisposition: "inline",
          contentLanguage: "de",
          metadata: { owner: "me" },
          tags: { "a b": "c=+d" },
          storageClass: "STANDARD_IA"
        })
        const head = yield* S3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
        assert.deepInclude(head, {
          ContentType: "text/css",
          CacheControl: "max-age=60",
          ContentEncoding: "identity",
          ContentDisposition: "inline",
          ContentLanguage: "de",
          Metadata: { owner: "me" },
          StorageClass: "STANDARD_IA"
        })
        const { TagSet } = yield* S3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key }))
        assert.deepEqual(TagSet, [{ Key: "a b", Value: "c=+d" }])
      }
    })
  ),

  "putObject in parts sends a customer's key with each of them": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html",
    Effect.gen(function*() {
      const [bucket, key] = ["put-customer-key", "key"]
      yield* create(bucket)
      const customerKey = Redacted.make(new Uint8Array(32).fill(7))
      yield* S3.putObject({ bucket, key, body: chunks, encryption: { customerKey } })
      const head = yield* S3.send(
        new HeadObjectCommand({
          Bucket: bucket,
          Key: key,
          SSECustomerAlgorithm: "AES256",
          SSECustomerKey: Buffer.from(Redacted.value(customerKey)).toString("base64")
        })
      )
      assert.deepEqual([head.ContentLength, head.SSECustomerAlgorithm], [long.length, "AES256"])
    })
  ),

  "putObject with ifNoneMatch writes only once": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html",
    writesOnce("put-conditions", "text")
  ),

  "putObject in parts with ifNoneMatch writes only once": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html",
    writesOnce("put-conditions-parts", long)
  ),

  "putObject fails with BucketDoesNotExist for a short body and for a long one": documented(
    "ErrorResponses",
    Effect.gen(function*() {
      for (const body of ["text", chunks]) {
        const error = yield* Effect.flip(S3.putObject({ bucket: "put-none", key: "key", body }))
        assert.strictEqual(error._tag, "BucketDoesNotExist")
      }
    })
  ),

  "listUnfinishedUploads lists uploads with any key, and abortUnfinishedUploads aborts them by prefix": documented(
    "API_ListMultipartUploads",
    Effect.gen(function*() {
      const bucket = "put-unfinished"
      yield* create(bucket)
      const keys = ["a b", "dir/+%2B", "dir/ü"]
      for (const Key of keys) {
        const { UploadId } = yield* S3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }))
        yield* S3.send(new UploadPartCommand({ Bucket: bucket, Key, UploadId, PartNumber: 1, Body: "part" }))
      }
      const listed = (prefix?: string) =>
        Effect.map(
          Stream.runCollect(S3.listUnfinishedUploads(bucket, { prefix })),
          (uploads) => uploads.map(({ key }) => key)
        )
      assert.deepEqual(yield* listed(), keys)
      assert.deepEqual(yield* listed("dir/"), keys.slice(1))
      const aborted = yield* S3.abortUnfinishedUploads(bucket, { prefix: "dir/" })
      assert.deepEqual(aborted.map(({ key }) => key), keys.slice(1))
      assert.deepEqual(yield* listed(), ["a b"])
    })
  )
})
