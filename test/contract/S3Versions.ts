// Versions of objects: how they are named, what a delete marker does to each command, and versions without an id.
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectAclCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsError, S3 } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { create, head, put, refused, versioning } from "./support/s3.ts"

interface Named {
  readonly Bucket: string
  readonly Key: string
  readonly VersionId?: string | undefined
}

/** The commands that read a version. */
const reads = (at: Named) =>
  ({
    GetObject: S3.send(new GetObjectCommand(at)),
    GetObjectAcl: S3.send(new GetObjectAclCommand(at)),
    GetObjectAttributes: S3.send(new GetObjectAttributesCommand({ ...at, ObjectAttributes: ["ETag"] })),
    GetObjectTagging: S3.send(new GetObjectTaggingCommand(at))
  }) as const

const statusOf = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(call), (error) => (error as AwsError).statusCode)

export const s3Versions = contract("S3", {
  "every command rejects a version id that is empty or malformed": believed(
    "the answer of AWS for an empty id in bug reports of other servers; recorded for another form",
    Effect.gen(function*() {
      const [Bucket, Key] = ["versions-id", "key"]
      yield* create(Bucket)
      yield* versioning(Bucket, "Enabled")
      yield* put(Bucket, Key)
      const messages = { "": "Version id cannot be the empty string", "x": "Invalid version id specified" }
      for (const [VersionId, message] of Object.entries(messages)) {
        const at = { Bucket, Key, VersionId }
        const calls = { ...reads(at), DeleteObject: S3.send(new DeleteObjectCommand(at)) }
        for (const call of Object.values(calls)) {
          yield* refused<unknown, AwsError, any>(call, "InvalidArgument", message)
        }
        assert.strictEqual(yield* statusOf(S3.send(new HeadObjectCommand(at))), 400)
      }
    })
  ),

  "a delete marker hides an object from every command, and can't be read itself": recorded(
    "test_s3_api TestS3BucketObjectTagging::test_object_tagging_versioned",
    Effect.gen(function*() {
      const [Bucket, Key] = ["versions-marker", "key"]
      yield* create(Bucket)
      yield* versioning(Bucket, "Enabled")
      yield* put(Bucket, Key)
      const { VersionId } = yield* S3.send(new DeleteObjectCommand({ Bucket, Key }))
      const { GetObjectTagging, ...hidden } = reads({ Bucket, Key })
      for (const call of Object.values(hidden)) yield* refused<unknown, AwsError, any>(call, "NoSuchKey")
      assert.strictEqual(yield* statusOf(head(Bucket, Key)), 404)
      const tagging = { TagSet: [] }
      const refusedAll = [
        GetObjectTagging,
        S3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: tagging })),
        S3.send(new DeleteObjectTaggingCommand({ Bucket, Key })),
        ...Object.values(reads({ Bucket, Key, VersionId }))
      ]
      for (const call of refusedAll) yield* refused<unknown, AwsError, any>(call, "MethodNotAllowed")
      assert.strictEqual(yield* statusOf(head(Bucket, Key, { VersionId })), 405)
      yield* refused(
        S3.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest: { Days: 1 } })),
        "NoSuchKey"
      )
    })
  ),

  "CopyObject refuses a delete marker as its source": documented(
    "API_CopyObject",
    Effect.gen(function*() {
      const [Bucket, Key] = ["versions-copy", "key"]
      yield* create(Bucket)
      yield* versioning(Bucket, "Enabled")
      const first = yield* put(Bucket, Key, { Body: "1" })
      const marker = yield* S3.send(new DeleteObjectCommand({ Bucket, Key }))
      const copy = (query: string) =>
        S3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}${query}` }))
      yield* refused(copy(""), "NoSuchKey")
      yield* refused(
        copy(`?versionId=${marker.VersionId}`),
        "InvalidRequest",
        "The source of a copy request may not specifically refer to a delete marker by version id."
      )
      yield* refused(copy("?versionId=x"), "InvalidArgument", "Invalid version id specified")
      assert.strictEqual((yield* copy(`?versionId=${first.VersionId}`)).CopySourceVersionId, first.VersionId)
    })
  ),

  "CopyObject refuses a source without a bucket or a key": believed(
    "the answer of AWS in bug reports of other servers",
    Effect.gen(function*() {
      const Bucket = "versions-copy-source"
      yield* create(Bucket)
      const copy = (CopySource: string) => S3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource }))
      yield* refused(copy("/"), "InvalidArgument", "Invalid copy source bucket name")
      yield* refused(copy(Bucket), "InvalidArgument", "Invalid copy source object key")
    })
  ),

  "a suspended bucket replaces the version without an id, and keeps the others": recorded(
    "test_s3_api TestS3ObjectCRUD::test_delete_object_on_suspended_bucket",
    Effect.gen(function*() {
      const [Bucket, Key] = ["versions-suspended", "key"]
      yield* create(Bucket)
      yield* put(Bucket, Key, { Body: "before" })
      yield* versioning(Bucket, "Enabled")
      const kept = yield* put(Bucket, Key, { Body: "kept" })
      yield* versioning(Bucket, "Suspended")
      assert.isUndefined((yield* put(Bucket, Key, { Body: "after" })).VersionId)
      assert.strictEqual((yield* head(Bucket, Key)).VersionId, "null")
      const versions = Effect.map(
        S3.send(new ListObjectVersionsCommand({ Bucket })),
        ({ DeleteMarkers = [], Versions = [] }) => [
          Versions.map(({ VersionId }) => VersionId),
          DeleteMarkers.map(({ VersionId }) => VersionId)
        ]
      )
      assert.deepEqual(yield* versions, [["null", kept.VersionId], []])
      const marker = yield* S3.send(new DeleteObjectCommand({ Bucket, Key }))
      assert.deepEqual([marker.DeleteMarker, marker.VersionId], [true, "null"])
      assert.deepEqual(yield* versions, [[kept.VersionId], ["null"]])
      yield* S3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: "null" }))
      assert.strictEqual((yield* head(Bucket, Key)).VersionId, kept.VersionId)
    })
  ),

  "DeleteObjects deletes versions and delete markers, and reports a version that can't be deleted": recorded(
    "test_s3_api TestS3ObjectCRUD::test_delete_objects_versioned",
    Effect.gen(function*() {
      const [Bucket, Key] = ["versions-deletes", "key"]
      yield* create(Bucket)
      yield* versioning(Bucket, "Enabled")
      const { VersionId } = yield* put(Bucket, Key)
      const marker = yield* S3.send(new DeleteObjectCommand({ Bucket, Key }))
      const { Deleted, Errors } = yield* S3.send(
        new DeleteObjectsCommand({
          Bucket,
          Delete: {
            Objects: [
              { Key, VersionId: marker.VersionId },
              { Key, VersionId },
              { Key, VersionId },
              { Key, VersionId: "x" },
              { Key: "other" }
            ]
          }
        })
      )
      assert.deepEqual(Deleted?.slice(0, 3), [
        { Key, VersionId: marker.VersionId, DeleteMarker: true, DeleteMarkerVersionId: marker.VersionId },
        { Key, VersionId },
        { Key, VersionId }
      ])
      assert.deepInclude(Deleted?.[3], { Key: "other", DeleteMarker: true })
      assert.deepEqual(Errors, [
        { Key, VersionId: "x", Code: "NoSuchVersion", Message: "The specified version does not exist." }
      ])
    })
  )
})
