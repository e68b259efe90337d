// The in-memory S3: what the functions of the library don't exercise.
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  type S3ServiceException,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { AwsClients, InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { bucket, codeOf, countCalls, countUploads, create, inAccount, key, put } from "../support/s3.ts"

it.effect("pages through the buckets of the caller's account only", () =>
  Effect.gen(function*() {
    yield* Effect.forEach(["bucket-c", "bucket-a", "bucket-b"], S3.createBucket)
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
