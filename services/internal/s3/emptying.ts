// Deleting a bucket together with everything in it.
import {
  type _Error,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier
} from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import * as Stream from "effect/Stream"
import { AwsError } from "../../../errors/internal/awsError.ts"
import * as Reason from "../../../errors/internal/reasons.ts"
import { BucketNotEmptied, type RefusedKey } from "../../../errors/internal/s3Errors.ts"
import { shorten } from "../../../errors/internal/shorten.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { type Need, readMembers } from "../../../src/internal/members.ts"
import { isXmlText } from "../../../src/internal/sdk/unsendable.ts"
import * as Retry from "../../../src/Retry.ts"
import { type Part, sendParts } from "../batches.ts"
import { urlEncoded } from "./keys.ts"
import { s3 } from "./service.ts"
import { abortAll } from "./unfinished.ts"

/** Why a version that AWS didn't delete can be sent again; `undefined` if the refusal is permanent. */
const transientReason = ({ code, message: description }: RefusedKey): Retry.Input | undefined => {
  const fields = { code, description, isRetryable: true }
  return Match.value(code).pipe(
    Match.when("SlowDown", () => new Reason.Throttled(fields)),
    Match.whenOr("InternalError", "ServiceUnavailable", () => new Reason.ServerFault(fields)),
    Match.when("RequestTimeout", () => new Reason.TimedOut(fields)),
    Match.when("OperationAborted", () => new Reason.Rejected(fields)),
    Match.orElse(() => undefined)
  )
}

const toRefusedKey = ({ Code, Key, Message, VersionId }: _Error, need: Need): RefusedKey => ({
  key: need(Key, "Key"),
  versionId: VersionId,
  code: need(Code, "Code"),
  message: shorten(Message ?? "")
})

/** Whether a version is gone already, which is what its deletion is for. */
const isGone = (code: string | undefined): boolean => code === "NoSuchKey" || code === "NoSuchVersion"

/**
 * Deletes versions in one call, and returns those that AWS refused to delete. A version is resent as it was first sent,
 * whatever the answer names: a key without its version ID would get a delete marker instead.
 */
const deleteTogether = Effect.fnUntraced(function*(bucket: string, objects: ReadonlyArray<ObjectIdentifier>) {
  if (objects.length === 0) return []
  const what = `object versions of the S3 bucket ${bucket}`
  return yield* sendParts(objects, { what, retry: Retry.standard() }, (pending) =>
    Effect.flatMap(
      s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [...pending], Quiet: true } })),
      (output) =>
        readMembers({ service: "S3", operation: "DeleteObjects" }, output, ({ Errors = [] }, need) =>
          Errors.flatMap((error): ReadonlyArray<Part<ObjectIdentifier, RefusedKey>> => {
            if (isGone(error.Code)) {
              return []
            }
            const refused = toRefusedKey(error, need)
            const failed = pending.filter(({ Key, VersionId }) =>
              error.Key === Key && (error.VersionId ?? VersionId) === VersionId
            )
            const again = transientReason(refused)
            return failed.length === 0 || again === undefined
              ? [{ element: { Key: error.Key }, result: refused }]
              : failed.map((element) => ({ element, result: { ...refused, versionId: element.VersionId }, again }))
          }))
    ))
})

/** Deletes one version, and returns it if AWS refused to delete it. */
const deleteAlone = (
  bucket: string,
  { Key, VersionId }: { readonly Key: string; readonly VersionId: string | undefined }
) =>
  s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId })).pipe(
    Effect.as<ReadonlyArray<RefusedKey>>([]),
    Effect.catch((error) => {
      const { code, reason } = error
      if (isGone(code)) return Effect.succeed([])
      return code !== "NoSuchBucket" && (reason._tag === "Rejected" || reason._tag === "AccessDenied")
        ? Effect.succeed([{ key: Key, versionId: VersionId, code, message: reason.description }])
        : Effect.fail(error)
    })
  )

/** Deletes the versions of one page, and returns those that AWS refused to delete. */
const deleteVersions = Effect.fnUntraced(function*(bucket: string, page: ListObjectVersionsCommandOutput) {
  const objects = yield* readMembers(
    { service: "S3", operation: "ListObjectVersions" },
    page,
    ({ DeleteMarkers = [], Versions = [] }, need) =>
      [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key: need(Key, "Key"), VersionId }))
  )
  // The call for many versions is XML, which can't carry every key.
  const isXml = ({ Key }: { readonly Key: string }) => isXmlText(Key)
  const refused = yield* deleteTogether(bucket, objects.filter(isXml))
  const refusedAlone = yield* Effect.forEach(
    objects.filter((object) => !isXml(object)),
    (object) => deleteAlone(bucket, object)
  )
  return [...refused, ...refusedAlone.flat()]
})

export const destroyBucket = Effect.fn("S3.destroyBucket")(function*(
  bucket: string,
  options?: { readonly concurrency?: number | undefined }
): Effect.fn.Return<void, BucketNotEmptied | AwsError, AwsClients> {
  const concurrency = options?.concurrency ?? 8
  const destroy = Effect.gen(function*() {
    const refused = yield* s3.pages(urlEncoded(new ListObjectVersionsCommand({ Bucket: bucket })), { readAhead: true })
      .pipe(
        // Deletes a page only once the next one has arrived: that list starts after a version of this page, which must
        // still be there.
        Stream.zipWithNext,
        Stream.mapEffect(([page]) => deleteVersions(bucket, page), { concurrency, unordered: true }),
        Stream.flattenIterable,
        Stream.runCollect
      )
    yield* Stream.runDrain(abortAll(bucket, { concurrency }))
    if (refused.length > 0) return yield* new BucketNotEmptied({ bucket, refused })
    yield* s3.send(new DeleteBucketCommand({ Bucket: bucket })).pipe(
      AwsError.catchCode("BucketNotEmpty", () => Effect.fail(new BucketNotEmptied({ bucket, refused })))
    )
    yield* Effect.logDebug(`Destroyed the S3 bucket ${bucket}`)
  })
  yield* Effect.logDebug(`Destroying the S3 bucket ${bucket}`)
  yield* destroy.pipe(
    Effect.tapErrorTag("BucketNotEmptied", (error) => Effect.logError(error.message)),
    AwsError.catchCode(
      "NoSuchBucket",
      () => Effect.logDebug(`The S3 bucket ${bucket} does not exist; there is nothing to destroy`)
    )
  )
})
