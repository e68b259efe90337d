// What S3 does for whoever has a presigned request. That a signature binds is in test/clients/presigned.test.ts: here, a
// server may take any.
import { PutBucketVersioningCommand } from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { S3 } from "effect-aws-sdk"
import { sender } from "../support/presigned.ts"
import { contract, documented } from "./Contract.ts"
import { crc32, create, head, put } from "./support/s3.ts"

const presigning = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html"
const policies = "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html"

/** Signs as it was an hour ago. The server's clock stays as it is. */
const anHourAgo = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Clock.clockWith((clock) => {
    const currentTimeMillis = Effect.map(clock.currentTimeMillis, (now) => now - 3_600_000)
    return Effect.provideService(
      effect,
      Clock.Clock,
      Object.create(clock, { currentTimeMillis: { value: currentTimeMillis } })
    )
  })

export const s3Presigned = contract("S3", {
  "presignGet downloads an object, with the headers that it asks for": documented(
    "API_GetObject",
    Effect.gen(function*() {
      const [bucket, key] = ["presigned-get", "dir/ü +%.txt"]
      const { use } = yield* sender
      yield* create(bucket)
      yield* put(bucket, key, { Body: "content", ContentType: "text/plain" })
      const plain = yield* use(yield* S3.presignGet(bucket, key))
      assert.deepInclude(plain, { status: 200, body: "content" })
      assert.strictEqual(plain.headers.get("content-type"), "text/plain")
      const { headers } = yield* use(
        yield* S3.presignGet(bucket, key, {
          cacheControl: "no-store",
          contentDisposition: "attachment; filename=\"a b.txt\"",
          contentLanguage: "de",
          contentType: "text/csv"
        })
      )
      assert.deepEqual(
        ["cache-control", "content-disposition", "content-language", "content-type"].map((name) => headers.get(name)),
        ["no-store", "attachment; filename=\"a b.txt\"", "de", "text/csv"]
      )
      const missing = yield* use(yield* S3.presignGet(bucket, "missing"))
      assert.deepInclude(missing, { status: 404, code: "NoSuchKey" })
    })
  ),

  "presignGet downloads a version of an object": documented(
    "API_GetObject",
    Effect.gen(function*() {
      const [bucket, key] = ["presigned-version", "key"]
      const { use } = yield* sender
      yield* create(bucket)
      yield* S3.send(
        new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
      )
      const { VersionId: versionId } = yield* put(bucket, key, { Body: "old" })
      yield* put(bucket, key, { Body: "new" })
      assert.strictEqual((yield* use(yield* S3.presignGet(bucket, key, { versionId }))).body, "old")
      assert.strictEqual((yield* use(yield* S3.presignGet(bucket, key))).body, "new")
    })
  ),

  "a presigned URL is refused once it has expired": documented(
    presigning,
    Effect.gen(function*() {
      const [bucket, key] = ["presigned-expired", "key"]
      const { use } = yield* sender
      yield* create(bucket)
      yield* put(bucket, key)
      const expired = yield* anHourAgo(S3.presignGet(bucket, key, { expiresIn: "59 minutes" }))
      assert.deepInclude(yield* use(expired), { status: 403, code: "AccessDenied" })
      const valid = yield* anHourAgo(S3.presignGet(bucket, key, { expiresIn: "2 hours" }))
      assert.deepInclude(yield* use(valid), { status: 200, body: key })
    })
  ),

  "presignPut uploads any bytes, and the object has what was signed": documented(
    "API_PutObject",
    Effect.gen(function*() {
      const bucket = "presigned-put"
      const { use } = yield* sender
      yield* create(bucket)
      assert.strictEqual((yield* use(yield* S3.presignPut(bucket, "plain"), "any bytes")).status, 200)
      assert.deepInclude(yield* head(bucket, "plain"), { ContentLength: 9, Metadata: {} })
      const request = yield* S3.presignPut(bucket, "full", {
        cacheControl: "no-cache",
        contentDisposition: "inline",
        contentEncoding: "identity",
        contentLanguage: "de",
        contentType: "text/x-test",
        encryption: "AES256",
        metadata: { Color: "blue" },
        storageClass: "STANDARD_IA",
        tags: { a: "b c" }
      })
      assert.strictEqual((yield* use(request, "bytes")).status, 200)
      const object = yield* head(bucket, "full")
      assert.deepInclude(object, {
        CacheControl: "no-cache",
        ContentDisposition: "inline",
        ContentEncoding: "identity",
        ContentLanguage: "de",
        ContentLength: 5,
        ContentType: "text/x-test",
        Metadata: { color: "blue" },
        ServerSideEncryption: "AES256",
        StorageClass: "STANDARD_IA",
        TagCount: 1
      })
    })
  ),

  "presignPut with a checksum uploads no other bytes": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html",
    Effect.gen(function*() {
      const [bucket, key] = ["presigned-checksum", "key"]
      const { use } = yield* sender
      yield* create(bucket)
      const request = yield* S3.presignPut(bucket, key, { checksum: { algorithm: "CRC32", value: crc32("these") } })
      assert.deepInclude(yield* use(request, "other"), { status: 400, code: "BadDigest" })
      assert.strictEqual((yield* use(request, "these")).status, 200)
    })
  ),

  "presignPut with ifNoneMatch uploads once": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html",
    Effect.gen(function*() {
      const [bucket, key] = ["presigned-once", "key"]
      const { use } = yield* sender
      yield* create(bucket)
      const request = yield* S3.presignPut(bucket, key, { ifNoneMatch: "*" })
      assert.strictEqual((yield* use(request, "first")).status, 200)
      assert.deepInclude(yield* use(request, "second"), { status: 412, code: "PreconditionFailed" })
    })
  ),

  "presignPost uploads a file, and the object has what was signed": documented(
    "RESTObjectPOST",
    Effect.gen(function*() {
      const bucket = "presigned-post"
      const { post } = yield* sender
      yield* create(bucket)
      const form = yield* S3.presignPost(bucket, { prefix: "user 1/" }, {
        cacheControl: "no-cache",
        contentType: { prefix: "text/" },
        metadata: { Color: "blue" },
        size: { min: 1, max: 10 },
        successStatus: 201
      })
      const answer = yield* post(form, { content: "content", name: "a b.txt" }, { "Content-Type": "text/x-test" })
      assert.strictEqual(answer.status, 201)
      assert.include(answer.body, "<Key>user 1/a b.txt</Key>")
      assert.deepInclude(yield* head(bucket, "user 1/a b.txt"), {
        CacheControl: "no-cache",
        ContentLength: 7,
        ContentType: "text/x-test",
        Metadata: { color: "blue" }
      })
      const fixed = yield* S3.presignPost(bucket, "fixed", { contentType: "text/plain" })
      assert.strictEqual((yield* post(fixed, { content: "", name: "other.txt" })).status, 204)
      assert.deepInclude(yield* head(bucket, "fixed"), { ContentLength: 0, ContentType: "text/plain" })
      const redirect = yield* S3.presignPost(bucket, "sent on", { successRedirect: "https://example.com/done?a=b" })
      const sentOn = yield* post(redirect, { content: "x" })
      assert.strictEqual(sentOn.status, 303)
      assert.match(
        sentOn.headers.get("location")!,
        /^https:\/\/example\.com\/done\?a=b&bucket=presigned-post&key=sent%20on&etag=/
      )
    })
  ),

  "presignPost refuses a file that is too large or too small, of another type, or for another key": documented(
    policies,
    Effect.gen(function*() {
      const bucket = "presigned-policy"
      const { post } = yield* sender
      yield* create(bucket)
      const form = yield* S3.presignPost(bucket, { prefix: "user-1/" }, {
        contentType: { prefix: "image/" },
        size: { min: 1, max: 10 }
      })
      const image = { "Content-Type": "image/png" }
      const upload = (content: string, own: Readonly<Record<string, string>>) => post(form, { content }, own)
      assert.deepInclude(yield* upload("x".repeat(11), image), { status: 400, code: "EntityTooLarge" })
      assert.deepInclude(yield* upload("", image), { status: 400, code: "EntityTooSmall" })
      for (
        const own of [
          { "Content-Type": "text/html" },
          {},
          { ...image, key: "user-2/file" },
          { ...image, acl: "public-read" },
          { ...image, "x-amz-meta-color": "blue" }
        ]
      ) assert.deepInclude(yield* upload("x", own), { status: 403, code: "AccessDenied" }, JSON.stringify(own))
      assert.strictEqual((yield* upload("x", { ...image, key: "user-1/any" })).status, 204)
    })
  ),

  "a presigned form is refused once it has expired": documented(
    policies,
    Effect.gen(function*() {
      const bucket = "presigned-late"
      const { post } = yield* sender
      yield* create(bucket)
      const expired = yield* anHourAgo(S3.presignPost(bucket, "key", { expiresIn: "59 minutes" }))
      assert.deepInclude(yield* post(expired, { content: "x" }), { status: 403, code: "AccessDenied" })
    })
  )
})
