// Whether a bucket exists, and creating one.
import { CreateBucketCommand, HeadBucketCommand } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import * as Match from "effect/Match"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { BucketNameNotAvailable, CouldNotEnsureBucketExists } from "../../../errors/internal/s3Errors.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import type { BucketStatus } from "./models.ts"
import { s3 } from "./service.ts"

export const getBucketStatus = Effect.fn("S3.getBucketStatus")(function*(
  bucket: string
): Effect.fn.Return<BucketStatus, AwsError, AwsClients> {
  return yield* s3.send(new HeadBucketCommand({ Bucket: bucket })).pipe(
    Effect.as("ExistsHaveAccess" as const),
    // An answer to HEAD has no body, so there is nothing but the status to go by.
    Effect.catchIf(({ statusCode }) => statusCode === 404, () => Effect.succeed("DoesNotExist" as const)),
    Effect.catchIf(
      ({ reason, statusCode }) => statusCode === 301 || (statusCode === 403 && reason._tag === "AccessDenied"),
      (error) =>
        Effect.as(
          Effect.logDebug(`The S3 bucket ${bucket} exists, but these clients cannot access it: ${error.message}`),
          "ExistsNoAccess" as const
        )
    )
  )
})

export const createBucket = Effect.fn("S3.createBucket")(function*(
  bucket: string
): Effect.fn.Return<void, BucketNameNotAvailable | AwsError, AwsClients> {
  const { config: { region } } = yield* AwsClients
  yield* Effect.logDebug(`Creating the S3 bucket ${bucket} in ${region}`)
  yield* s3.send(
    new CreateBucketCommand({
      Bucket: bucket,
      ACL: "private",
      ObjectOwnership: "BucketOwnerPreferred",
      // S3 rejects us-east-1 as a location: a bucket without one is created there. The cast is for the SDK's type, which
      // doesn't list all regions.
      ...(region !== "us-east-1" && { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } })
    })
  ).pipe(
    AwsError.catchCode(
      "BucketAlreadyOwnedByYou",
      () => Effect.logDebug(`This account owns the S3 bucket ${bucket} already`)
    ),
    AwsError.catchCode("BucketAlreadyExists", () => Effect.fail(new BucketNameNotAvailable({ bucket })))
  )
})

export const ensureBucketExists = Effect.fn("S3.ensureBucketExists")(function*(
  bucket: string
): Effect.fn.Return<void, CouldNotEnsureBucketExists | AwsError, AwsClients> {
  const fail = Effect.fnUntraced(function*(found: string) {
    const error = new CouldNotEnsureBucketExists({ bucket, found })
    yield* Effect.logError(error.message)
    return yield* error
  })
  const ensure = Match.type<BucketStatus>().pipe(
    Match.when("ExistsHaveAccess", () => Effect.logDebug(`The S3 bucket ${bucket} exists already`)),
    Match.when(
      "ExistsNoAccess",
      () => fail("it exists in another account or another region, or its policy denies access; choose another name")
    ),
    Match.when(
      "DoesNotExist",
      () =>
        Effect.catchTag(
          createBucket(bucket),
          "BucketNameNotAvailable",
          () => fail("another account created it in the meantime; choose another name")
        )
    ),
    Match.exhaustive
  )
  yield* Effect.logDebug(`Ensuring that the S3 bucket ${bucket} exists`)
  yield* ensure(yield* getBucketStatus(bucket))
})
