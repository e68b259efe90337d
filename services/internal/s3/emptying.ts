// Deleting a bucket together with everything in it.
import {
  DeleteBucketCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput
} from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { BucketNotEmptied } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { readMembers } from "../../../src/internal/members.ts"
import { deleteBatch, type Target } from "./deletions.ts"
import { check, concurrencyProblem } from "./invalid.ts"
import { urlEncoded } from "./keys.ts"
import type { DestroyBucketOptions } from "./options.ts"
import { given } from "./parameters.ts"
import * as s3 from "./service.ts"
import { abortAll } from "./unfinished.ts"

type Page = Pick<ListObjectVersionsCommandOutput, "DeleteMarkers" | "Versions">

/** The pages of a bucket's versions. A store that has no versions, as some that aren't AWS's, has only its objects. */
const versionsOf = (target: Target): Stream.Stream<Page, AwsError, AwsClients> =>
  s3.pages(urlEncoded(new ListObjectVersionsCommand(target)), { readAhead: true }).pipe(
    Stream.map((page): Page => page),
    Stream.catchIf(
      AwsError.hasCode("NotImplemented"),
      () =>
        s3.pages(urlEncoded(new ListObjectsV2Command(target)), { readAhead: true }).pipe(
          Stream.map(({ Contents = [] }): Page => ({ Versions: Contents.map(({ Key }) => ({ Key })) }))
        )
    )
  )

/** Deletes the versions of one page, and returns those that AWS refused to delete. */
const deleteVersions = Effect.fnUntraced(function*(target: Target, page: Page) {
  const objects = yield* readMembers(
    { service: "S3", operation: "ListObjectVersions" },
    page,
    ({ DeleteMarkers = [], Versions = [] }, need) =>
      [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key: need(Key, "Key"), VersionId }))
  )
  return yield* deleteBatch(target, objects)
})

export const destroyBucket = Effect.fn("S3.destroyBucket")(function*(
  bucket: string,
  { concurrency = 8, expectedOwner }: DestroyBucketOptions = {}
): Effect.fn.Return<void, BucketNotEmptied | AwsError, AwsClients> {
  yield* check("DeleteBucket", concurrencyProblem(concurrency))
  const target: Target = given({ Bucket: bucket, ExpectedBucketOwner: expectedOwner })
  const destroy = Effect.gen(function*() {
    const refused = yield* versionsOf(target).pipe(
      // Deletes a page only once the next one has arrived: that list starts after a version of this page, which must
      // still be there.
      Stream.zipWithNext,
      Stream.mapEffect(([page]) => deleteVersions(target, page), { concurrency, unordered: true }),
      Stream.flattenIterable,
      Stream.runCollect
    )
    yield* Stream.runDrain(abortAll(bucket, { concurrency, expectedOwner }))
    if (refused.length > 0) return yield* new BucketNotEmptied({ bucket, refused })
    yield* s3.send(new DeleteBucketCommand(target)).pipe(
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
