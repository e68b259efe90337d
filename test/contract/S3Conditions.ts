// Conditions on the object that a request reads, copies, replaces or deletes.
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandInput
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsError, S3 } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { create, head, put, refused, versioning } from "./support/s3.ts"

const DAY = 86_400_000

const status = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.match(call, {
    onSuccess: () => 200,
    onFailure: (error) => (error as AwsError).statusCode
  })

/** An object with its ETag, and times before and after its modification. */
const written = Effect.fnUntraced(function*(Bucket: string, Key: string) {
  yield* create(Bucket)
  yield* put(Bucket, Key)
  const { ETag, LastModified } = yield* head(Bucket, Key)
  const modified = LastModified!.getTime()
  return { etag: ETag!, at: LastModified!, before: new Date(modified - DAY), after: new Date(modified + DAY) }
})

const other = "\"0123456789abcdef0123456789abcdef\""

export const s3Conditions = contract("S3", {
  "a condition on the ETag of a read takes precedence over one on its time": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["conditions-read", "key"]
      const { after, at, before, etag } = yield* written(Bucket, Key)
      const cases: ReadonlyArray<readonly [Partial<GetObjectCommandInput>, number]> = [
        [{ IfMatch: etag }, 200],
        [{ IfMatch: other }, 412],
        [{ IfNoneMatch: etag }, 304],
        [{ IfNoneMatch: other }, 200],
        [{ IfUnmodifiedSince: before }, 412],
        [{ IfUnmodifiedSince: at }, 200],
        [{ IfModifiedSince: before }, 200],
        [{ IfModifiedSince: at }, 304],
        // A time in the future is no condition.
        [{ IfModifiedSince: after }, 200],
        [{ IfMatch: etag, IfUnmodifiedSince: before }, 200],
        [{ IfMatch: other, IfUnmodifiedSince: at }, 412],
        [{ IfNoneMatch: other, IfModifiedSince: at }, 200],
        [{ IfNoneMatch: etag, IfModifiedSince: before }, 304],
        [{ IfMatch: other, IfNoneMatch: etag }, 412]
      ]
      for (const [condition, expected] of cases) {
        const label = JSON.stringify(condition)
        assert.strictEqual(yield* status(head(Bucket, Key, condition)), expected, `HEAD ${label}`)
        const get = S3.send(new GetObjectCommand({ Bucket, Key, ...condition }))
        assert.strictEqual(yield* status(get), expected, `GET ${label}`)
      }
    })
  ),

  "a range is read only if the condition holds": documented(
    "API_GetObject",
    Effect.gen(function*() {
      const [Bucket, Key] = ["conditions-range", "key"]
      const { etag } = yield* written(Bucket, Key)
      const get = (input: object) => S3.send(new GetObjectCommand({ Bucket, Key, ...input }))
      assert.strictEqual((yield* get({ Range: "bytes=0-0", IfMatch: etag })).ContentRange, "bytes 0-0/3")
      assert.strictEqual(yield* status(get({ Range: "bytes=9-", IfMatch: other })), 412)
      assert.strictEqual(yield* status(get({ Range: "bytes=9-", IfMatch: etag })), 416)
      assert.strictEqual(yield* status(get({ Range: "bytes=9-", IfNoneMatch: etag })), 304)
    })
  ),

  "a condition is on the version that the request names": believed(
    "a condition is on what the request reads",
    Effect.gen(function*() {
      const [Bucket, Key] = ["conditions-version", "key"]
      yield* create(Bucket)
      yield* versioning(Bucket, "Enabled")
      const first = yield* put(Bucket, Key, { Body: "1" })
      const second = yield* put(Bucket, Key, { Body: "2" })
      const at = { VersionId: first.VersionId }
      assert.strictEqual(yield* status(head(Bucket, Key, { ...at, IfMatch: first.ETag })), 200)
      assert.strictEqual(yield* status(head(Bucket, Key, { ...at, IfMatch: second.ETag })), 412)
      assert.strictEqual(yield* status(head(Bucket, Key, { IfMatch: first.ETag })), 412)
    })
  ),

  "CopyObject names the condition on its source that doesn't hold": documented(
    "API_CopyObject",
    Effect.gen(function*() {
      const [Bucket, Key] = ["conditions-copy", "key"]
      const { after, before, etag } = yield* written(Bucket, Key)
      const copy = (conditions: object) =>
        S3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}`, ...conditions }))
      const failed = [
        { CopySourceIfMatch: other },
        { CopySourceIfNoneMatch: etag },
        { CopySourceIfUnmodifiedSince: before },
        { CopySourceIfNoneMatch: etag, CopySourceIfModifiedSince: before },
        { CopySourceIfMatch: other, CopySourceIfUnmodifiedSince: after }
      ]
      for (const conditions of failed) {
        yield* refused(
          copy(conditions),
          "PreconditionFailed",
          "At least one of the pre-conditions you specified did not hold"
        )
      }
      yield* copy({ CopySourceIfMatch: etag, CopySourceIfUnmodifiedSince: before })
      yield* copy({ CopySourceIfNoneMatch: other, CopySourceIfModifiedSince: before })
    })
  ),

  "DeleteObject takes any ETag of an object that exists": recorded(
    "test_s3_api TestS3DeletePrecondition::test_delete_object_if_match_all_non_express",
    Effect.gen(function*() {
      const [Bucket, Key] = ["conditions-delete-any", "key"]
      yield* written(Bucket, Key)
      yield* S3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: "*" }))
      assert.strictEqual(yield* status(head(Bucket, Key)), 404)
    })
  ),

  "DeleteObject has no condition on a time, and DeleteObjects none on a time or a size": recorded(
    "test_s3_api TestS3DeletePrecondition::test_delete_object_if_match_modified_non_express",
    Effect.gen(function*() {
      const [Bucket, Key] = ["conditions-delete-time", "key"]
      const { at } = yield* written(Bucket, Key)
      yield* refused(
        S3.send(new DeleteObjectCommand({ Bucket, Key, IfMatchLastModifiedTime: at })),
        "NotImplemented",
        "A header you provided implies functionality that is not implemented"
      )
      const { Deleted, Errors } = yield* S3.send(
        new DeleteObjectsCommand({
          Bucket,
          Delete: { Objects: [{ Key, LastModifiedTime: at }, { Key, Size: 3 }] }
        })
      )
      assert.isUndefined(Deleted)
      assert.deepEqual(Errors?.map(({ Code }) => Code), ["NotImplemented", "NotImplemented"])
      assert.strictEqual(yield* status(head(Bucket, Key)), 200)
    })
  )
})
