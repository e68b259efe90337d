// Multipart uploads that have begun and not ended. No list of objects shows their parts, but AWS bills them.
import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { AwsError } from "../../../errors/internal/awsError.ts"
import type { BucketDoesNotExist } from "../../../errors/internal/s3Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { millisOf } from "../../../src/internal/durations.ts"
import { readPages } from "../../../src/internal/members.ts"
import { mapListErrors } from "./failures.ts"
import { check, type Problem } from "./invalid.ts"
import { urlEncoded } from "./keys.ts"
import { UnfinishedUpload } from "./models.ts"
import type { UnfinishedUploadOptions } from "./options.ts"
import { given } from "./parameters.ts"
import * as s3 from "./service.ts"

const CONCURRENCY = 8

const target = (bucket: string, { expectedOwner }: UnfinishedUploadOptions) =>
  given({ Bucket: bucket, ExpectedBucketOwner: expectedOwner })

const list = (
  bucket: string,
  selection: UnfinishedUploadOptions
): Stream.Stream<UnfinishedUpload, AwsError, AwsClients> =>
  readPages(
    { service: "S3", operation: "ListMultipartUploads" },
    s3.pages(
      urlEncoded(
        new ListMultipartUploadsCommand({ ...target(bucket, selection), ...given({ Prefix: selection.prefix }) })
      )
    ),
    ({ Uploads = [] }, need) =>
      Uploads.map(({ Initiated, Key, StorageClass, UploadId }) =>
        new UnfinishedUpload({
          bucket,
          key: need(Key, "Key"),
          // Without it, a call to abort the upload would delete the object.
          uploadId: need(UploadId, "UploadId"),
          initiated: need(Initiated, "Initiated"),
          ...(StorageClass !== undefined && { storageClass: StorageClass })
        })
      )
  ).pipe(
    // So rclone says that there is none.
    Stream.catchIf(AwsError.hasCode("NoSuchUpload"), () => Stream.empty)
  )

const ageProblem = (age: number | undefined): Problem | undefined =>
  age === undefined || age >= 0 ? undefined : {
    code: "InvalidOlderThan",
    description: `\`olderThan\` is ${Number.isNaN(age) ? "no duration" : "negative"}`,
    advice: "Pass a duration from 0 on, such as `7 days`, or leave it out to abort every upload."
  }

/** Aborts the uploads, and streams those that were there to abort. */
export const abortAll = (
  bucket: string,
  options: UnfinishedUploadOptions & {
    readonly olderThan?: Duration.Input | undefined
    readonly concurrency?: number | undefined
  }
): Stream.Stream<UnfinishedUpload, AwsError, AwsClients> =>
  Stream.unwrap(Effect.map(Clock.currentTimeMillis, (now) => {
    const { concurrency = CONCURRENCY, olderThan } = options
    const until = olderThan === undefined ? Infinity : now - Duration.toMillis(olderThan)
    return list(bucket, options).pipe(
      Stream.filter(({ initiated }) => initiated.getTime() <= until),
      Stream.mapEffect((upload) =>
        s3.send(
          new AbortMultipartUploadCommand({
            ...target(bucket, options),
            Key: upload.key,
            UploadId: upload.uploadId
          })
        ).pipe(
          Effect.as(Option.some(upload)),
          AwsError.catchCode("NoSuchUpload", () => Effect.succeedNone)
        ), { concurrency }),
      Stream.filter(Option.isSome),
      Stream.map(({ value }) => value)
    )
  }))

export const listUnfinishedUploads = (
  bucket: string,
  options: UnfinishedUploadOptions = {}
): Stream.Stream<UnfinishedUpload, BucketDoesNotExist | AwsError, AwsClients> =>
  mapListErrors(bucket)(list(bucket, options))

export const abortUnfinishedUploads = Effect.fn("S3.abortUnfinishedUploads")(function*(
  bucket: string,
  options: UnfinishedUploadOptions & { readonly olderThan?: Duration.Input | undefined } = {}
): Effect.fn.Return<ReadonlyArray<UnfinishedUpload>, BucketDoesNotExist | AwsError, AwsClients> {
  yield* check(
    "AbortMultipartUpload",
    ageProblem(options.olderThan === undefined ? undefined : millisOf(options.olderThan))
  )
  yield* Effect.logDebug(`Aborting unfinished uploads to the S3 bucket ${bucket}`)
  return yield* Stream.runCollect(mapListErrors(bucket)(abortAll(bucket, options)))
})
