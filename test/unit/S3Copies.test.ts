// Copying objects, in one request and in parts: what the copy keeps, and whose fault a failure is.
import {
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCopyCommand
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Ref, Schedule, Stream } from "effect"
import { type Aspect, InMemory, S3 } from "effect-aws-sdk"
import { copySource } from "../../services/internal/s3/copies.ts"
import { bucket, codeOf, countCalls, countUploads, create, inAccount, put } from "../support/s3.ts"

const MIB = 2 ** 20
const other = "other-bucket"
const from = { bucket, key: "from" }
const to = { bucket, key: "to" }

/** Three parts, no two of which are equal. */
const large = Buffer.alloc(11 * MIB)
for (let at = 0; at < large.length; at += 4) large.writeUInt32LE(at, at)

const decorated = {
  ContentType: "text/html; charset=utf-8",
  CacheControl: "max-age=60",
  ContentEncoding: "gzip",
  ContentDisposition: "inline",
  ContentLanguage: "de",
  Expires: new Date("2027-01-01T00:00:00Z"),
  WebsiteRedirectLocation: "/elsewhere",
  Metadata: { host: "sensor-1", name: "=?UTF-8?B?w7w=?=" },
  Tagging: "a=1&b=x%20%2B%20y",
  StorageClass: "STANDARD_IA" as const
}
const putSource = (Body: string | Uint8Array) =>
  S3.send(new PutObjectCommand({ Bucket: bucket, Key: from.key, Body, ...decorated }))

/** What an object has besides its bytes. */
const describeObject = Effect.fnUntraced(function*(Bucket: string, Key: string) {
  const head = yield* S3.send(new HeadObjectCommand({ Bucket, Key }))
  const { TagSet = [] } = yield* S3.send(new GetObjectTaggingCommand({ Bucket, Key }))
  return {
    type: head.ContentType,
    cache: head.CacheControl,
    encoding: head.ContentEncoding,
    disposition: head.ContentDisposition,
    language: head.ContentLanguage,
    expires: head.ExpiresString,
    redirect: head.WebsiteRedirectLocation,
    metadata: head.Metadata,
    class: head.StorageClass,
    encryption: head.ServerSideEncryption,
    tags: Object.fromEntries(TagSet.map(({ Key = "", Value }) => [Key, Value]))
  }
})

const read = (bucket: string, key: string) =>
  Effect.map(Stream.runCollect(S3.getObject(bucket, key)), (chunks) => Buffer.concat(chunks))

/** The same copy in one request and in parts. */
const ways = [
  { how: "in one request", body: Buffer.from("small"), options: {}, operation: "CopyObject" },
  { how: "in parts", body: large, options: { partSize: 5 * MIB, concurrency: 2 }, operation: "UploadPartCopy" }
] as const

for (const { body, how, operation, options } of ways) {
  describe(`copyObject ${how}`, () => {
    it.effect("keeps the bytes, the headers, the metadata and the tags, but not the storage class", () =>
      Effect.gen(function*() {
        yield* create
        yield* putSource(body)
        const written = yield* S3.copyObject({ from, to, ...options })
        const { ETag } = yield* S3.send(new HeadObjectCommand({ Bucket: to.bucket, Key: to.key }))
        assert.deepEqual(written, new S3.WrittenObject({ ...to, size: body.length, etag: ETag! }))
        assert.isTrue(body.equals(yield* read(to.bucket, to.key)))
        assert.deepEqual(yield* describeObject(to.bucket, to.key), {
          ...yield* describeObject(from.bucket, from.key),
          class: undefined
        })
        assert.strictEqual(yield* countCalls(operation), how === "in parts" ? 3 : 1)
        assert.strictEqual(yield* countUploads, 0)
      }).pipe(Effect.provide(InMemory.layer())))

    it.effect("replaces what an option names, and keeps the rest", () =>
      Effect.gen(function*() {
        yield* create
        yield* putSource(body)
        const before = yield* describeObject(from.bucket, from.key)
        yield* S3.copyObject({ from, to, cacheControl: "no-store", storageClass: "GLACIER_IR", ...options })
        assert.deepEqual(yield* describeObject(to.bucket, to.key), {
          ...before,
          cache: "no-store",
          class: "GLACIER_IR"
        })
        yield* S3.copyObject({ from, to, metadata: { host: "sensor-2" }, tags: { c: "3" }, ...options })
        assert.deepEqual(yield* describeObject(to.bucket, to.key), {
          ...before,
          metadata: { host: "sensor-2" },
          tags: { c: "3" },
          class: undefined
        })
        yield* S3.copyObject({ from, to, metadata: {}, tags: {}, encryption: "aws:kms", ...options })
        assert.deepEqual(yield* describeObject(to.bucket, to.key), {
          ...before,
          metadata: {},
          tags: {},
          class: undefined,
          encryption: "aws:kms"
        })
      }).pipe(Effect.provide(InMemory.layer())))

    it.effect("changes the tags or a header of an object that is copied to itself", () =>
      Effect.gen(function*() {
        yield* create
        yield* putSource(body)
        const before = { ...yield* describeObject(from.bucket, from.key), class: undefined }
        yield* S3.copyObject({ from, to: from, tags: { c: "3" }, ...options })
        assert.deepEqual(yield* describeObject(from.bucket, from.key), { ...before, tags: { c: "3" } })
        yield* S3.copyObject({ from, to: from, cacheControl: "no-store", ...options })
        assert.deepEqual(yield* describeObject(from.bucket, from.key), {
          ...before,
          tags: { c: "3" },
          cache: "no-store"
        })
      }).pipe(Effect.provide(InMemory.layer())))

    it.effect("reads and writes objects whose keys S3 doesn't keep", () =>
      Effect.gen(function*() {
        const [first, second] = [1, 2].map((byte) => Redacted.make(new Uint8Array(32).fill(byte)))
        const encodedKey = Buffer.alloc(32, 1).toString("base64")
        yield* create
        yield* S3.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: from.key,
            Body: body,
            SSECustomerAlgorithm: "AES256",
            SSECustomerKey: encodedKey
          })
        )
        yield* S3.copyObject({
          from: { ...from, customerKey: first! },
          to,
          encryption: { customerKey: second! },
          ...options
        })
        yield* S3.copyObject({ from: { ...to, customerKey: second! }, to: { bucket, key: "plain" }, ...options })
        assert.isTrue(body.equals(yield* read(bucket, "plain")))
      }).pipe(Effect.provide(InMemory.layer())))

    it.effect("copies a version", () =>
      Effect.gen(function*() {
        yield* create
        yield* S3.send(
          new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
        )
        const { VersionId: versionId } = yield* putSource(body)
        yield* put(from.key, "later")
        const written = yield* S3.copyObject({ from: { ...from, versionId }, to: from, ...options })
        assert.isTrue(body.equals(yield* read(from.bucket, from.key)))
        const { VersionId } = yield* S3.send(new HeadObjectCommand({ Bucket: from.bucket, Key: from.key }))
        assert.strictEqual(written.versionId, VersionId)
      }).pipe(Effect.provide(InMemory.layer())))

    for (const change of ["replaced", "deleted"] as const) {
      it.effect(`fails with ObjectChanged when the source is ${change} meanwhile, and leaves nothing`, () => {
        let isChanged = false
        const meanwhile: Aspect.Aspect = (send) => (call) => {
          if (call.operation !== operation || isChanged) return send(call)
          isChanged = true
          const { Client } = call
          const command = change === "replaced"
            ? new PutObjectCommand({ Bucket: bucket, Key: from.key, Body: "changed" })
            : new DeleteObjectCommand({ Bucket: bucket, Key: from.key })
          const operationOfChange = change === "replaced" ? "PutObject" : "DeleteObject"
          return Effect.andThen(send({ ...call, Client, command, operation: operationOfChange }), send(call))
        }
        return Effect.gen(function*() {
          yield* create
          for (const condition of [{}, { ifNoneMatch: "*" } as const]) {
            isChanged = true
            yield* putSource(body)
            isChanged = false
            const error = yield* Effect.flip(S3.copyObject({ from, to, ...condition, ...options }))
            assert.deepEqual(error, new S3.ObjectChanged(from))
          }
          assert.strictEqual(
            (yield* Effect.flip(S3.send(new HeadObjectCommand({ Bucket: to.bucket, Key: to.key })))).statusCode,
            404
          )
          assert.strictEqual(yield* countUploads, 0)
        }).pipe(Effect.provide(InMemory.layer({ aspects: [meanwhile] })))
      })
    }

    it.effect("fails with PreconditionFailed, which names the object that isn't as it has to be", () =>
      Effect.gen(function*() {
        yield* create
        const { ETag: ifMatch } = yield* putSource(body)
        yield* put("there")
        const there = { bucket, key: "there" }
        const failed = (options: S3.CopyOptions) => Effect.flip(S3.copyObject(options))
        assert.deepEqual(
          yield* failed({ from, to: there, ifNoneMatch: "*", ...options }),
          new S3.PreconditionFailed(there)
        )
        assert.deepEqual(yield* failed({ from, to: there, ifMatch, ...options }), new S3.PreconditionFailed(there))
        assert.deepEqual(yield* failed({ from, to, ifMatch, ...options }), new S3.PreconditionFailed(to))
        assert.deepEqual(
          yield* failed({ from: { ...from, ifMatch: "\"other\"" }, to, ...options }),
          new S3.PreconditionFailed(from)
        )
        const written = yield* S3.copyObject({ from: { ...from, ifMatch }, to, ifNoneMatch: "*", ...options })
        yield* S3.copyObject({ from, to, ifMatch: written.etag, ...options })
      }).pipe(Effect.provide(InMemory.layer())))

    it.effect("refuses a customer key that hasn't 32 bytes, before it sends anything", () =>
      Effect.gen(function*() {
        const customerKey = Redacted.make(new Uint8Array(16))
        for (const wrong of [{ from: { ...from, customerKey } }, { encryption: { customerKey } }]) {
          assert.strictEqual(yield* codeOf(S3.copyObject({ from, to, ...options, ...wrong })), "InvalidCustomerKey")
        }
        assert.isEmpty(yield* InMemory.calls)
      }).pipe(Effect.provide(InMemory.layer())))

    it.effect("tells the source's faults from the target's", () =>
      Effect.gen(function*() {
        yield* create
        yield* putSource(body)
        const code = (options: S3.CopyOptions) => codeOf(S3.copyObject(options))
        assert.strictEqual(yield* code({ from: { bucket, key: "missing" }, to, ...options }), "ObjectDoesNotExist")
        assert.strictEqual(yield* code({ from: { bucket: other, key: "k" }, to, ...options }), "ObjectDoesNotExist")
        assert.strictEqual(yield* code({ from, to: { bucket: other, key: "k" }, ...options }), "BucketDoesNotExist")
        yield* inAccount("222222222222", S3.createBucket(other))
        const error = yield* Effect.flip(S3.copyObject({ from, to: { bucket: other, key: "k" }, ...options }))
        assert.strictEqual(error._tag, "BucketAccessDenied")
        if (error._tag === "BucketAccessDenied") assert.strictEqual(error.bucket, other)
        const denied = yield* Effect.flip(S3.copyObject({ from: { bucket: other, key: "k" }, to, ...options }))
        if (denied._tag === "BucketAccessDenied") assert.strictEqual(denied.bucket, other)
        yield* S3.send(
          new PutObjectCommand({ Bucket: bucket, Key: "archived", Body: body, StorageClass: "DEEP_ARCHIVE" })
        )
        assert.deepEqual(
          yield* Effect.flip(S3.copyObject({ from: { bucket, key: "archived" }, to, ...options })),
          new S3.ObjectArchived({ bucket, key: "archived" })
        )
        assert.strictEqual(yield* countUploads, 0)
      }).pipe(Effect.provide(InMemory.layer())))

    it.effect("reports its progress up to the size of the object", () =>
      Effect.gen(function*() {
        yield* create
        yield* putSource(body)
        const last = yield* Ref.make<S3.Progress | undefined>(undefined)
        yield* S3.copyObject({ from, to, onProgress: (progress) => Ref.set(last, progress), ...options })
        assert.deepEqual(yield* Ref.get(last), { transferred: body.length, total: body.length })
      }).pipe(Effect.provide(InMemory.layer())))
  })
}

describe("copyObject", () => {
  it("writes a source as a header that S3 reads back", () => {
    assert.strictEqual(
      copySource({ bucket: "b", key: "/a b+c/%41?d&e=ü", versionId: "v+1" }),
      "b//a%20b%2Bc/%2541%3Fd%26e%3D%C3%BC?versionId=v%2B1"
    )
    assert.strictEqual(
      copySource({ bucket: "arn:aws:s3:eu-west-1:123456789012:accesspoint/point", key: "k" }),
      "arn%3Aaws%3As3%3Aeu-west-1%3A123456789012%3Aaccesspoint/point/object/k"
    )
  })

  it.effect("copies objects with any key", () =>
    Effect.gen(function*() {
      yield* create
      for (
        const key of ["a?b", "a+b", "a%2Bb", " a", "/a", "a//b", "\u{1F600}", "a&b=c#d", "?versionId=x", "a'(b)*!"]
      ) {
        yield* put(key)
        yield* S3.copyObject({ from: { bucket, key }, to: { bucket, key: `copy/${key}` } })
        assert.strictEqual((yield* read(bucket, `copy/${key}`)).toString(), key)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("copies 6 GiB in parts of 128 MiB, all of them from the same object", () =>
    Effect.gen(function*() {
      const ranges: Array<string | undefined> = []
      yield* create
      yield* InMemory.handle(HeadObjectCommand, () => Effect.succeed({ ContentLength: 6 * 2 ** 30, ETag: "\"etag\"" }))
      yield* InMemory.handle(GetObjectTaggingCommand, () => Effect.succeed({ TagSet: [] }))
      yield* InMemory.handle(UploadPartCopyCommand, (input) =>
        Effect.suspend(() => {
          assert.strictEqual(input.CopySourceIfMatch, "\"etag\"")
          ranges.push(input.CopySourceRange)
          return Effect.fail(InMemory.fault({ code: "Stop", message: "Seen enough", statusCode: 400 }))
        }))
      assert.strictEqual(yield* codeOf(S3.copyObject({ from, to, concurrency: 1 })), "Stop")
      assert.deepEqual(ranges, [`bytes=0-${128 * MIB - 1}`])
      assert.strictEqual(yield* countUploads, 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with S3's own error for a copy of an object to itself that changes nothing", () =>
    Effect.gen(function*() {
      yield* create
      yield* put(from.key)
      const error = yield* Effect.flip(S3.copyObject({ from, to: from }))
      assert.strictEqual(error._tag, "AwsError")
      assert.include(error.message, "InvalidRequest")
      assert.include(error.message, "without changing")
    }).pipe(Effect.provide(InMemory.layer())))
})

for (const encryption of ["bucket-default", "aws:kms"] as const) {
  it.effect(`copyObject succeeds when its second attempt is refused for what the first one has written: ${encryption}`, () =>
    Effect.gen(function*() {
      yield* create
      yield* put(from.key, "text")
      yield* InMemory.inject({ operation: "CopyObject", nth: 1, fault: InMemory.cut("after") })
      const { size } = yield* S3.copyObject({ from, to, ifNoneMatch: "*", metadata: { a: "b" }, encryption })
      assert.strictEqual(size, 4)
      assert.strictEqual(yield* countCalls("CopyObject"), 2)
      const again = yield* Effect.flip(S3.copyObject({ from, to, ifNoneMatch: "*" }))
      assert.strictEqual(again._tag, "PreconditionFailed")
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(3) }))))
}
