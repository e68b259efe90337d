// Reading objects: versions, ranges, conditions, keys of the caller, and what HEAD tells.
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect, Redacted, Schema, Stream } from "effect"
import { S3 } from "effect-aws-sdk"
import { contract, documented } from "./Contract.ts"
import { create, put, refused, sha256, versioning } from "./support/s3.ts"

const text = "0123456789"
const bytesOf = (stream: ReturnType<typeof S3.getObject>) =>
  Effect.map(Stream.runCollect(stream), (chunks) => Buffer.concat(chunks).toString())

const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)

const customerKey = Redacted.make(new Uint8Array(32).fill(7))
const another = Redacted.make(new Uint8Array(32).fill(8))

export const s3Reads = contract("S3", {
  "getObject reads any range of an object, and fails with RangeNotSatisfiable for one that it doesn't have": documented(
    "API_GetObject",
    Effect.gen(function*() {
      const [Bucket, Key] = ["reads-ranges", "key"]
      yield* create(Bucket)
      yield* put(Bucket, Key, { Body: text })
      const read = (range: S3.Range) => bytesOf(S3.getObject(Bucket, Key, { range }))
      assert.strictEqual(yield* read({ start: 0, end: 0 }), "0")
      assert.strictEqual(yield* read({ start: 3, end: 5 }), "345")
      assert.strictEqual(yield* read({ start: 7 }), "789")
      assert.strictEqual(yield* read({ start: 7, end: 1_000 }), "789")
      assert.strictEqual(yield* read({ last: 2 }), "89")
      assert.strictEqual(yield* read({ last: 1_000 }), text)
      const error = yield* Effect.flip(read({ start: 10 }))
      assert.deepEqual(error, new S3.RangeNotSatisfiable({ bucket: Bucket, key: Key, range: "bytes=10-" }))
      yield* put(Bucket, "empty", { Body: "" })
      assert.strictEqual(yield* bytesOf(S3.getObject(Bucket, "empty")), "")
      assert.strictEqual(
        yield* tagOf(Stream.runDrain(S3.getObject(Bucket, "empty", { range: { last: 1 } }))),
        "RangeNotSatisfiable"
      )
    })
  ),

  "reads of a version get that version, and a delete marker or an unknown version is ObjectDoesNotExist": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/RetrievingObjectVersions.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["reads-versions", "key"]
      yield* create(Bucket)
      yield* versioning(Bucket, "Enabled")
      const { VersionId: first = "" } = yield* put(Bucket, Key, { Body: "first" })
      yield* put(Bucket, Key, { Body: "second" })
      assert.strictEqual(yield* S3.getText(Bucket, Key), "second")
      assert.strictEqual(yield* S3.getText(Bucket, Key, { versionId: first }), "first")
      assert.deepInclude(yield* S3.headObject(Bucket, Key, { versionId: first }), { size: 5, versionId: first })
      const { VersionId: marker = "" } = yield* S3.send(new DeleteObjectCommand({ Bucket, Key }))
      for (const options of [{}, { versionId: marker }]) {
        assert.strictEqual(yield* tagOf(S3.getText(Bucket, Key, options)), "ObjectDoesNotExist")
        assert.strictEqual(yield* tagOf(S3.headObject(Bucket, Key, options)), "ObjectDoesNotExist")
        assert.isFalse(yield* S3.exists(Bucket, Key, options))
      }
      assert.isTrue(yield* S3.exists(Bucket, Key, { versionId: first }))
    })
  ),

  "reads with ifMatch fail with PreconditionFailed when the object has another ETag": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["reads-conditions", "key"]
      yield* create(Bucket)
      const { ETag: ifMatch = "" } = yield* put(Bucket, Key, { Body: "first" })
      assert.strictEqual(yield* S3.getText(Bucket, Key, { ifMatch }), "first")
      assert.isTrue(yield* S3.exists(Bucket, Key, { ifMatch }))
      yield* put(Bucket, Key, { Body: "second" })
      assert.strictEqual(yield* tagOf(S3.getText(Bucket, Key, { ifMatch })), "PreconditionFailed")
      assert.strictEqual(yield* tagOf(S3.headObject(Bucket, Key, { ifMatch })), "PreconditionFailed")
      assert.isFalse(yield* S3.exists(Bucket, Key, { ifMatch }))
    })
  ),

  "reads of an object that is encrypted with the caller's key need that key": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["reads-keys", "key"]
      yield* create(Bucket)
      yield* put(Bucket, Key, {
        Body: "secret",
        SSECustomerAlgorithm: "AES256",
        SSECustomerKey: Buffer.from(Redacted.value(customerKey)).toString("base64")
      })
      assert.strictEqual(yield* S3.getText(Bucket, Key, { customerKey }), "secret")
      const { encryption, size } = yield* S3.headObject(Bucket, Key, { customerKey })
      assert.strictEqual(size, 6)
      assert.strictEqual(encryption?.algorithm, "AES256")
      assert.isString(encryption?.customerKeyMd5)
      for (const options of [{}, { customerKey: another }]) {
        assert.strictEqual(yield* tagOf(S3.getText(Bucket, Key, options)), "AwsError")
        assert.strictEqual(yield* tagOf(S3.headObject(Bucket, Key, options)), "AwsError")
      }
    })
  ),

  "getObject fails with ObjectArchived for an object in an archive, and headObject reports its class": documented(
    "API_GetObject",
    Effect.gen(function*() {
      const [Bucket, Key] = ["reads-archive", "key"]
      yield* create(Bucket)
      yield* put(Bucket, Key, { StorageClass: "GLACIER" })
      assert.strictEqual(yield* tagOf(S3.getText(Bucket, Key)), "ObjectArchived")
      assert.strictEqual((yield* S3.headObject(Bucket, Key)).storageClass, "GLACIER")
    })
  ),

  "headObject reports the headers, metadata, tags, encryption and checksum of an object": documented(
    "API_HeadObject",
    Effect.gen(function*() {
      const [Bucket, Key] = ["reads-head", "key"]
      yield* create(Bucket)
      yield* put(Bucket, Key, {
        Body: text,
        ContentType: "text/plain",
        CacheControl: "max-age=60",
        ContentDisposition: "attachment",
        ContentEncoding: "identity",
        ContentLanguage: "de",
        Expires: new Date("2030-01-01T00:00:00Z"),
        Metadata: { owner: "me" },
        Tagging: "a=1&b=2",
        WebsiteRedirectLocation: "/other",
        ChecksumSHA256: sha256(text)
      })
      const head = yield* S3.headObject(Bucket, Key)
      assert.deepInclude(head, {
        bucket: Bucket,
        key: Key,
        size: 10,
        etag: "\"781e5e245d69b566979b86e28d23f2c7\"",
        contentType: "text/plain",
        cacheControl: "max-age=60",
        contentDisposition: "attachment",
        contentEncoding: "identity",
        contentLanguage: "de",
        expires: "Tue, 01 Jan 2030 00:00:00 GMT",
        metadata: { owner: "me" },
        storageClass: "STANDARD",
        websiteRedirectLocation: "/other",
        tagCount: 2
      })
      assert.instanceOf(head.lastModified, Date)
      assert.strictEqual(head.encryption?.algorithm, "AES256")
      assert.deepEqual(
        head.checksum,
        new S3.ObjectChecksum({ algorithm: "SHA256", type: "FULL_OBJECT", value: sha256(text) })
      )
      for (const member of ["versionId", "partsCount", "restore", "expiration", "lockMode", "hasLegalHold"]) {
        assert.notProperty(head, member)
      }
    })
  ),

  "headObject reports the lock and the legal hold of an object": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["reads-lock", "key"]
      yield* create(Bucket, true)
      const lockRetainUntil = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000)
      yield* put(Bucket, Key, {
        ObjectLockMode: "GOVERNANCE",
        ObjectLockRetainUntilDate: lockRetainUntil,
        ObjectLockLegalHoldStatus: "ON"
      })
      assert.deepInclude(yield* S3.headObject(Bucket, Key), {
        lockMode: "GOVERNANCE",
        lockRetainUntil,
        hasLegalHold: true
      })
    })
  ),

  "headObject tells how many parts an object was uploaded in, and its composite checksum": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["reads-parts", "key"]
      yield* create(Bucket)
      const { UploadId } = yield* S3.send(
        new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: "SHA256" })
      )
      const bodies = [Buffer.alloc(5 * 2 ** 20, "a"), Buffer.from("the end")]
      const Parts = yield* Effect.forEach(bodies, (Body, i) =>
        Effect.map(
          S3.send(
            new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: i + 1, Body, ChecksumAlgorithm: "SHA256" })
          ),
          ({ ChecksumSHA256, ETag }) => ({ PartNumber: i + 1, ETag, ChecksumSHA256 })
        ))
      yield* S3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
      const { checksum, partsCount, size } = yield* S3.headObject(Bucket, Key)
      assert.deepEqual([partsCount, size], [2, 5 * 2 ** 20 + 7])
      const value = `${sha256(...bodies.map((body) => Buffer.from(sha256(body), "base64")))}-2`
      assert.deepEqual(checksum, new S3.ObjectChecksum({ algorithm: "SHA256", type: "COMPOSITE", value }))
    })
  ),

  "reads of a missing object or bucket fail with ObjectDoesNotExist, and exists is false": documented(
    "API_HeadObject",
    Effect.gen(function*() {
      const Bucket = "reads-missing"
      yield* create(Bucket)
      for (const bucket of [Bucket, "reads-no-bucket"]) {
        assert.strictEqual(yield* tagOf(S3.getBytes(bucket, "key")), "ObjectDoesNotExist")
        assert.strictEqual(yield* tagOf(S3.headObject(bucket, "key")), "ObjectDoesNotExist")
        assert.isFalse(yield* S3.exists(bucket, "key"))
      }
      yield* put(Bucket, "key")
      assert.isTrue(yield* S3.exists(Bucket, "key"))
    })
  ),

  "reads refuse the bucket of another account than expectedOwner": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["reads-owner", "key"]
      yield* create(Bucket)
      yield* put(Bucket, Key)
      const expectedOwner = "999999999999"
      yield* refused(S3.getBytes(Bucket, Key, { expectedOwner }), "AccessDenied")
      assert.strictEqual(yield* tagOf(S3.exists(Bucket, Key, { expectedOwner })), "AwsError")
    })
  ),

  "getBytes, getText and getJson read an object whole": documented(
    "API_GetObject",
    Effect.gen(function*() {
      const Bucket = "reads-whole"
      yield* create(Bucket)
      yield* S3.send(new PutObjectCommand({ Bucket, Key: "json", Body: "{\"size\": 3}" }))
      yield* S3.send(new PutObjectCommand({ Bucket, Key: "text", Body: "grün" }))
      assert.deepEqual(yield* S3.getJson(Bucket, "json", Schema.Struct({ size: Schema.Int })), { size: 3 })
      assert.strictEqual(yield* S3.getText(Bucket, "text"), "grün")
      assert.deepEqual(Buffer.from(yield* S3.getBytes(Bucket, "text")), Buffer.from("grün"))
      assert.deepEqual(
        yield* Effect.flip(S3.getBytes(Bucket, "text", { atMost: 4 })),
        new S3.ObjectTooLarge({ bucket: Bucket, key: "text", size: 5, atMost: 4 })
      )
    })
  )
})
