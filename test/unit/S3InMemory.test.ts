// The in-memory S3, beyond what the library's own functions exercise.
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  RestoreObjectCommand,
  S3Client,
  type S3ServiceException,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { AwsClients, InMemory, Retry, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { services } from "../../emulator/services.ts"
import { bucket, codeOf, countCalls, countUploads, create, inAccount, inRegion, key, put } from "../support/s3.ts"
import { clientsOf, makeWorld } from "../support/world.ts"

it.effect("pages through the buckets of the caller's account only", () =>
  Effect.gen(function*() {
    yield* Effect.forEach(["bucket-c", "bucket-a", "bucket-b"], (name) => S3.createBucket(name))
    yield* inAccount("222222222222", S3.createBucket("bucket-x"))
    const names = S3.items(new ListBucketsCommand({}), ({ Buckets }) => Buckets?.map(({ Name }) => Name))
    assert.deepEqual(yield* Stream.runCollect(names), ["bucket-a", "bucket-b", "bucket-c"])
    assert.strictEqual(yield* countCalls("ListBuckets"), 2)
  }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))

it.effect("refuses invalid metadata, ACLs, owners, checksums, locations and tokens with S3's codes", () =>
  Effect.gen(function*() {
    yield* create
    const object = (input: object) => codeOf(S3.send(new PutObjectCommand({ Bucket: bucket, Key: key, ...input })))
    assert.strictEqual(yield* object({ Metadata: { big: "x".repeat(2046) } }), "MetadataTooLarge")
    assert.strictEqual(yield* object({ ACL: "public-read" }), "AccessControlListNotSupported")
    assert.strictEqual(yield* object({ ExpectedBucketOwner: "222222222222" }), "AccessDenied")
    assert.strictEqual(yield* object({ Body: "x", ChecksumCRC32: "AAAAAA==" }), "BadDigest")
    const make = (input: object) => codeOf(S3.send(new CreateBucketCommand({ Bucket: "unit-other", ...input })))
    const at = (LocationConstraint: string) => make({ CreateBucketConfiguration: { LocationConstraint } })
    assert.strictEqual(yield* at("us-east-1"), "InvalidLocationConstraint")
    assert.strictEqual(yield* at("eu-west-1"), "IllegalLocationConstraintException")
    assert.strictEqual(yield* make({ ACL: "public-read" }), "InvalidBucketAclWithObjectOwnership")
    assert.strictEqual(
      yield* codeOf(S3.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: "mine" }))),
      "InvalidArgument"
    )
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("refuses an empty key, whichever client sends it", () =>
  Effect.gen(function*() {
    yield* create
    yield* S3.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
    )
    yield* put(key)
    const client = yield* AwsClients.get(S3Client)
    const at = { Bucket: bucket, Key: "" }
    const refused: Readonly<Record<string, () => Promise<unknown>>> = {
      put: () => client.send(new PutObjectCommand({ ...at, Body: "x" })),
      get: () => client.send(new GetObjectCommand(at)),
      delete: () => client.send(new DeleteObjectCommand(at)),
      copy: () => client.send(new CopyObjectCommand({ ...at, CopySource: `${bucket}/${key}` })),
      upload: () => client.send(new CreateMultipartUploadCommand(at))
    }
    for (const [what, call] of Object.entries(refused)) {
      const error = yield* Effect.flip(
        Effect.tryPromise({ try: call, catch: (error) => error as S3ServiceException })
      )
      assert.deepEqual([error.name, error.$metadata.httpStatusCode], ["MethodNotAllowed", 405], what)
    }
    const several = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: key }, { Key: "" }] } })
    assert.strictEqual(yield* codeOf(S3.send(several)), "UserKeyMustBeSpecified")
    const { DeleteMarkers = [], Versions = [] } = yield* S3.send(new ListObjectVersionsCommand({ Bucket: bucket }))
    assert.deepEqual([...Versions, ...DeleteMarkers].map(({ Key }) => Key), [key])
    assert.strictEqual(yield* countUploads, 0)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("keeps one null version while versioning is suspended", () =>
  Effect.gen(function*() {
    yield* create
    const status = (Status: "Enabled" | "Suspended") =>
      S3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }))
    yield* put(key, "before")
    yield* status("Enabled")
    yield* put(key, "kept")
    yield* status("Suspended")
    yield* put(key, "one")
    yield* put(key, "two")
    const { Versions = [] } = yield* S3.send(new ListObjectVersionsCommand({ Bucket: bucket }))
    assert.deepEqual(Versions.map(({ Size }) => Size), [3, 4])
    assert.deepEqual(Versions.map(({ VersionId }) => VersionId === "null"), [true, false])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("continues a list after a version that was deleted since", () =>
  Effect.gen(function*() {
    yield* create
    yield* S3.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
    )
    const [first, second] = yield* Effect.forEach(["1", "2", "3"], (body) => put(key, body))
    const page = yield* S3.send(new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 2 }))
    assert.strictEqual(page.NextVersionIdMarker, second?.VersionId)
    yield* S3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: second?.VersionId }))
    const { Versions = [] } = yield* S3.send(
      new ListObjectVersionsCommand({
        Bucket: bucket,
        KeyMarker: page.NextKeyMarker,
        VersionIdMarker: page.NextVersionIdMarker
      })
    )
    assert.deepEqual(Versions.map(({ VersionId }) => VersionId), [first?.VersionId])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("requires the parts' checksums to complete an upload that was created with a checksum", () =>
  Effect.gen(function*() {
    yield* create
    const { UploadId } = yield* S3.send(
      new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ChecksumAlgorithm: "CRC32" })
    )
    const { ChecksumCRC32, ETag } = yield* S3.send(
      new UploadPartCommand({ Bucket: bucket, Key: key, UploadId, PartNumber: 1, Body: "part" })
    )
    const complete = (part: object) =>
      S3.send(
        new CompleteMultipartUploadCommand({
          Bucket: bucket,
          Key: key,
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ...part }] }
        })
      )
    assert.strictEqual(yield* codeOf(complete({})), "InvalidRequest")
    assert.strictEqual(yield* codeOf(complete({ ChecksumCRC32: "AAAAAA==" })), "InvalidPart")
    assert.match((yield* complete({ ChecksumCRC32 })).ChecksumCRC32!, /-1$/)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("takes times from the test clock, in whole seconds", () =>
  Effect.gen(function*() {
    yield* create
    yield* TestClock.setTime(1_700_000_000_999)
    yield* put(key)
    const { LastModified } = yield* S3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
    assert.strictEqual(LastModified?.getTime(), 1_700_000_000_000)
  }).pipe(Effect.provide(InMemory.layer())))

const begin = (input: object = {}) =>
  Effect.map(
    S3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ...input })),
    ({ UploadId }) => UploadId
  )
const part = (UploadId: string | undefined, Body: string | Buffer = "part", PartNumber = 1) =>
  Effect.map(
    S3.send(new UploadPartCommand({ Bucket: bucket, Key: key, UploadId, PartNumber, Body })),
    ({ ETag }) => ({ ETag, PartNumber })
  )
const complete = (UploadId: string | undefined, Part: object, input: object = {}) =>
  S3.send(
    new CompleteMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      UploadId,
      MultipartUpload: { Parts: [Part] },
      ...input
    })
  )
const remove = S3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
const textOf = (Key: string) =>
  Effect.flatMap(
    S3.send(new GetObjectCommand({ Bucket: bucket, Key })),
    ({ Body }) => Effect.promise(() => Body!.transformToString())
  )

it.effect("fails a conditional upload with a conflict when the object has changed since the upload began", () =>
  Effect.gen(function*() {
    yield* create
    const { ETag } = yield* put(key)
    const id = yield* begin()
    const uploaded = yield* part(id)
    assert.strictEqual(yield* codeOf(complete(id, uploaded, { IfNoneMatch: "*" })), "PreconditionFailed")
    assert.strictEqual(yield* codeOf(complete(id, uploaded, { IfMatch: "\"other\"" })), "PreconditionFailed")
    // The same bytes, and so the same ETag, but another object.
    yield* put(key)
    assert.strictEqual(yield* codeOf(complete(id, uploaded, { IfMatch: ETag })), "ConditionalRequestConflict")
    yield* remove
    assert.strictEqual(yield* codeOf(complete(id, uploaded, { IfMatch: ETag })), "NoSuchKey")
    assert.strictEqual(yield* codeOf(complete(id, uploaded, { IfNoneMatch: "*" })), "ConditionalRequestConflict")
    const second = yield* begin()
    yield* complete(second, yield* part(second), { IfNoneMatch: "*" })
  }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

it.effect("checks the checksum and the size in the completion of an upload", () =>
  Effect.gen(function*() {
    yield* create
    const id = yield* begin({ ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" })
    const uploaded = yield* part(id)
    assert.strictEqual(yield* codeOf(complete(id, uploaded, { ChecksumCRC32: "AAAAAA==" })), "BadDigest")
    assert.strictEqual(yield* codeOf(complete(id, uploaded, { MpuObjectSize: 5 })), "InvalidRequest")
    assert.strictEqual(yield* codeOf(complete(id, uploaded, { ChecksumType: "COMPOSITE" })), "InvalidRequest")
    const { ChecksumCRC32 } = yield* put("whole", "part")
    const done = yield* complete(id, uploaded, { ChecksumCRC32, MpuObjectSize: 4 })
    assert.deepInclude(done, { ChecksumCRC32, ChecksumType: "FULL_OBJECT" })
    const plain = yield* begin()
    // Without an algorithm, S3 computes CRC64NVME over the whole object.
    assert.match((yield* complete(plain, yield* part(plain))).ChecksumCRC64NVME!, /^[\w+/]{11}=$/)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("restores an archived object after the time that its tier takes, until its copy expires", () =>
  Effect.gen(function*() {
    yield* create
    yield* S3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "cold", StorageClass: "DEEP_ARCHIVE" }))
    const restore = (Days: number, Tier: "Standard" | "Expedited" = "Standard") =>
      S3.send(
        new RestoreObjectCommand({ Bucket: bucket, Key: key, RestoreRequest: { Days, GlacierJobParameters: { Tier } } })
      )
    assert.strictEqual(yield* codeOf(restore(1, "Expedited")), "MalformedXML")
    const statusOf = Effect.map(restore(2), ({ $metadata }) => $metadata.httpStatusCode)
    assert.strictEqual(yield* statusOf, 202)
    assert.strictEqual(yield* codeOf(restore(2)), "RestoreAlreadyInProgress")
    yield* TestClock.adjust("11 hours")
    assert.strictEqual(yield* codeOf(textOf(key)), "InvalidObjectState")
    yield* TestClock.adjust("1 hour")
    assert.strictEqual(yield* textOf(key), "cold")
    // The object is there already: only the time of its expiry is new.
    assert.strictEqual(yield* statusOf, 200)
    const { Restore } = yield* S3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
    assert.strictEqual(Restore, "ongoing-request=\"false\", expiry-date=\"Sun, 04 Jan 1970 00:00:00 GMT\"")
    yield* TestClock.adjust("3 days")
    assert.strictEqual(yield* codeOf(textOf(key)), "InvalidObjectState")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("deletes a version only after its retention has ended", () =>
  Effect.gen(function*() {
    yield* S3.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }))
    const { VersionId } = yield* S3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: "x",
        ObjectLockMode: "COMPLIANCE",
        ObjectLockRetainUntilDate: new Date(86_400_000)
      })
    )
    const forget = S3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId }))
    yield* TestClock.adjust("23 hours")
    assert.strictEqual(yield* codeOf(forget), "AccessDenied")
    yield* TestClock.adjust("1 hour")
    yield* forget
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("has a separate namespace of bucket names for each partition", () =>
  Effect.gen(function*() {
    yield* create
    yield* inRegion(
      "cn-north-1",
      Effect.gen(function*() {
        assert.strictEqual(yield* codeOf(S3.send(new GetBucketLocationCommand({ Bucket: bucket }))), "NoSuchBucket")
        const { BucketArn } = yield* S3.send(
          new CreateBucketCommand({
            Bucket: bucket,
            CreateBucketConfiguration: { LocationConstraint: "cn-north-1" as "EU" }
          })
        )
        assert.strictEqual(BucketArn, `arn:aws-cn:s3:::${bucket}`)
        const { SSEKMSKeyId } = yield* S3.send(
          new PutObjectCommand({ Bucket: bucket, Key: key, Body: "x", ServerSideEncryption: "aws:kms" })
        )
        assert.match(SSEKMSKeyId!, /^arn:aws-cn:kms:cn-north-1:/)
      })
    )
    assert.strictEqual((yield* S3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount, 0)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("fails with the name of a member that it doesn't support", () =>
  Effect.gen(function*() {
    yield* create
    const fails = Effect.fnUntraced(function*(input: Partial<PutObjectCommandInput>, words: string) {
      const exit = yield* Effect.exit(S3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "x", ...input })))
      assert.include(String(exit), words)
    })
    yield* fails({ WriteOffsetBytes: 0 }, "doesn't support WriteOffsetBytes in PutObject")
    yield* fails({ ChecksumXXHASH64: "AAAAAAAAAAA=" }, "doesn't support ChecksumXXHASH64 in PutObject")
    yield* fails({ ServerSideEncryption: "aws:kms", SSEKMSKeyId: "alias/mine" }, "doesn't know the aliases of KMS keys")
    yield* fails(
      { ServerSideEncryption: "aws:kms", SSEKMSEncryptionContext: "e30=" },
      "doesn't support SSEKMSEncryptionContext in PutObject"
    )
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("continues from a saved world, with the order of versions, open uploads, and the answers of completed ones", () =>
  Effect.gen(function*() {
    const options = { pageSize: 2, services }
    const look = Effect.gen(function*() {
      const keys = yield* Stream.runCollect(
        S3.items(new ListObjectVersionsCommand({ Bucket: bucket }), ({ Versions }) => Versions?.map(({ Key }) => Key))
      )
      const { Uploads } = yield* S3.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
      return { keys, uploads: Uploads?.map(({ UploadId }) => UploadId) }
    })
    const first = makeWorld(options)
    const before = yield* Effect.provide(
      Effect.gen(function*() {
        yield* create
        yield* S3.send(
          new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
        )
        yield* Effect.forEach(["\u{1F600}", "\uFF5E", "a", "a", "b"], (key) => put(key))
        const id = yield* begin()
        const uploaded = yield* part(id)
        const open = yield* begin()
        const openPart = yield* part(open)
        return { id, uploaded, open, openPart, done: yield* complete(id, uploaded), seen: yield* look }
      }),
      clientsOf(first)
    )
    const second = makeWorld(options)
    second.restore(first.save())
    yield* Effect.provide(
      Effect.gen(function*() {
        assert.deepEqual(yield* look, before.seen)
        assert.deepEqual(before.seen.keys, ["a", "a", "b", key, "\uFF5E", "\u{1F600}"])
        assert.strictEqual((yield* complete(before.id, before.uploaded)).VersionId, before.done.VersionId)
        yield* complete(before.open, before.openPart)
        assert.strictEqual(yield* textOf(key), "part")
        assert.strictEqual(yield* textOf("b"), "b")
      }),
      clientsOf(second)
    )
  }))
