// Copies and deletions: what a copy keeps, whose fault a failure is, and what a deletion leaves.
import { GetObjectTaggingCommand } from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { S3 } from "effect-aws-sdk"
import { contract, documented, recorded } from "./Contract.ts"
import { create, head, put, versioning } from "./support/s3.ts"

const MIB = 2 ** 20
const decorated = {
  ContentType: "text/html",
  CacheControl: "max-age=60",
  Metadata: { host: "sensor-1" },
  Tagging: "a=1"
}

const tagsOf = (Bucket: string, Key: string) =>
  Effect.map(
    S3.send(new GetObjectTaggingCommand({ Bucket, Key })),
    ({ TagSet = [] }) => Object.fromEntries(TagSet.map(({ Key = "", Value }) => [Key, Value]))
  )

const seen = Effect.fnUntraced(function*(Bucket: string, Key: string) {
  const { CacheControl, ContentType, Metadata } = yield* head(Bucket, Key)
  return { CacheControl, ContentType, Metadata, tags: yield* tagsOf(Bucket, Key) }
})

const whole = { CacheControl: "max-age=60", ContentType: "text/html", Metadata: { host: "sensor-1" }, tags: { a: "1" } }

export const s3Copies = contract("S3", {
  "copyObject keeps headers, metadata and tags, in one request and in parts": documented(
    "API_CopyObject",
    Effect.gen(function*() {
      const bucket = "contract-copy-kept"
      yield* create(bucket)
      yield* put(bucket, "from", { Body: Buffer.alloc(11 * MIB, "x"), ...decorated })
      yield* S3.copyObject({ from: { bucket, key: "from" }, to: { bucket, key: "one" } })
      yield* S3.copyObject({ from: { bucket, key: "from" }, to: { bucket, key: "parts" }, partSize: 5 * MIB })
      assert.deepEqual(yield* seen(bucket, "one"), whole)
      assert.deepEqual(yield* seen(bucket, "parts"), whole)
      assert.strictEqual((yield* head(bucket, "parts")).ContentLength, 11 * MIB)
    })
  ),

  "copyObject changes one header of an object that is copied to itself, and keeps the rest": documented(
    "API_CopyObject",
    Effect.gen(function*() {
      const page = { bucket: "contract-copy-self", key: "index.html" }
      yield* create(page.bucket)
      yield* put(page.bucket, page.key, decorated)
      yield* S3.copyObject({ from: page, to: page, cacheControl: "no-store" })
      assert.deepEqual(yield* seen(page.bucket, page.key), { ...whole, CacheControl: "no-store" })
      yield* S3.copyObject({ from: page, to: page, tags: { b: "2" } })
      assert.deepEqual(yield* seen(page.bucket, page.key), { ...whole, CacheControl: "no-store", tags: { b: "2" } })
    })
  ),

  "copyObject copies objects whose keys have characters that a header encodes": documented(
    "API_CopyObject",
    Effect.gen(function*() {
      const bucket = "contract-copy-keys"
      yield* create(bucket)
      for (const key of ["a?b", "a+b", "a%2Bb", "a b", "ü", "a&b=c"]) {
        yield* put(bucket, key)
        yield* S3.copyObject({ from: { bucket, key }, to: { bucket, key: `copy/${key}` } })
        const text = yield* Stream.mkString(Stream.decodeText(S3.getObject(bucket, `copy/${key}`)))
        assert.strictEqual(text, key)
      }
    })
  ),

  "copyObject fails with PreconditionFailed when the target isn't as ifNoneMatch requires": recorded(
    "test_s3_api TestS3ObjectWritePrecondition::test_copy_object_if_none_match",
    Effect.gen(function*() {
      const bucket = "contract-copy-none"
      yield* create(bucket)
      yield* put(bucket, "from")
      const options = { from: { bucket, key: "from" }, to: { bucket, key: "to" }, ifNoneMatch: "*" } as const
      yield* S3.copyObject(options)
      assert.deepEqual(
        yield* Effect.flip(S3.copyObject(options)),
        new S3.PreconditionFailed({ bucket, key: "to" })
      )
    })
  ),

  "copyObject fails with PreconditionFailed when the target isn't as ifMatch requires, or doesn't exist": recorded(
    "test_s3_api TestS3ObjectWritePrecondition::test_copy_object_if_match",
    Effect.gen(function*() {
      const bucket = "contract-copy-match"
      yield* create(bucket)
      yield* put(bucket, "from")
      const { ETag: ifMatch } = yield* put(bucket, "to")
      const from = { bucket, key: "from" }
      yield* S3.copyObject({ from, to: { bucket, key: "to" }, ifMatch })
      for (const key of ["to", "missing"]) {
        const to = { bucket, key }
        assert.deepEqual(yield* Effect.flip(S3.copyObject({ from, to, ifMatch })), new S3.PreconditionFailed(to))
      }
    })
  ),

  "copyObject tells a missing source from a missing bucket of the target": documented(
    "API_CopyObject",
    Effect.gen(function*() {
      const bucket = "contract-copy-missing"
      yield* create(bucket)
      yield* put(bucket, "from")
      const missing = { bucket: "contract-copy-nowhere", key: "k" }
      const from = { bucket, key: "from" }
      assert.deepEqual(
        yield* Effect.flip(S3.copyObject({ from: missing, to: from })),
        new S3.ObjectDoesNotExist(missing)
      )
      assert.deepEqual(
        yield* Effect.flip(S3.copyObject({ from, to: missing })),
        new S3.BucketDoesNotExist({ bucket: missing.bucket })
      )
    })
  ),

  "deleteObjects deletes what a list of versions gives, delete markers too": documented(
    "API_DeleteObjects",
    Effect.gen(function*() {
      const bucket = "contract-delete-versions"
      yield* create(bucket)
      yield* versioning(bucket, "Enabled")
      yield* put(bucket, "a")
      yield* put(bucket, "a")
      yield* put(bucket, "b c+ü")
      yield* S3.deleteObjects(bucket, ["a"])
      const entries = yield* Stream.runCollect(S3.listObjectVersions(bucket))
      assert.deepEqual(
        entries.map(({ _tag, isLatest, key }) => `${key} ${_tag} ${isLatest}`),
        [
          "a S3DeleteMarker true",
          "a S3ObjectVersion false",
          "a S3ObjectVersion false",
          "b c+ü S3ObjectVersion true"
        ]
      )
      assert.strictEqual(yield* S3.deleteObjects(bucket, entries), 4)
      assert.isEmpty(yield* Stream.runCollect(S3.listObjectVersions(bucket)))
    })
  )
})
