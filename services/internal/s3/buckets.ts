// Whether a bucket exists, where it is, and creating one.
import { CreateBucketCommand, type CreateBucketConfiguration, HeadBucketCommand } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { regionOf } from "../../../errors/internal/region.ts"
import {
  BucketInAnotherRegion,
  BucketNameNotAvailable,
  CouldNotEnsureBucketExists
} from "../../../errors/internal/s3Errors.ts"
import { AwsClients } from "../../../src/AwsClients.ts"
import type { BucketStatus } from "./models.ts"
import type { BucketOptions } from "./options.ts"
import { given } from "./parameters.ts"
import * as s3 from "./service.ts"

/** What HEAD says of a bucket. */
interface Found {
  readonly status: BucketStatus
  /** The region of the bucket, if S3 names it. */
  readonly region?: string | undefined
}

const find = Effect.fnUntraced(function*(bucket: string): Effect.fn.Return<Found, AwsError, AwsClients> {
  const { config } = yield* AwsClients
  return yield* s3.send(new HeadBucketCommand({ Bucket: bucket })).pipe(
    Effect.map(({ BucketRegion }): Found => ({ status: "ExistsHaveAccess", region: BucketRegion })),
    Effect.catch((error) => {
      // An answer to HEAD has no body, so there is nothing but the status and the headers to go by.
      const { reason, requestId, statusCode } = error
      const region = regionOf(error.cause)
      // A redirect without a request ID is a proxy's, not S3's.
      const isElsewhere = ((statusCode === 301 || statusCode === 307) && (region ?? requestId) !== undefined) ||
        (statusCode === 400 && region !== undefined && region !== config.region)
      if (statusCode === 404 && reason._tag === "Rejected") return Effect.succeed<Found>({ status: "DoesNotExist" })
      if (!isElsewhere && !(statusCode === 403 && reason._tag === "AccessDenied")) return Effect.fail(error)
      return Effect.as(
        Effect.logDebug(`The S3 bucket ${bucket} exists, but these clients cannot access it: ${error.message}`),
        { status: "ExistsNoAccess", region } satisfies Found
      )
    })
  )
})

export const getBucketStatus = Effect.fn("S3.getBucketStatus")(function*(
  bucket: string
): Effect.fn.Return<BucketStatus, AwsError, AwsClients> {
  return (yield* find(bucket)).status
})

/** What only the body of the request says. */
const configurationOf = (region: string, tags: BucketOptions["tags"] = {}): CreateBucketConfiguration | undefined => {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
  const configuration: CreateBucketConfiguration = {
    // S3 rejects us-east-1 as a location: a bucket without one is created there. The cast is for the SDK's type, which
    // doesn't list all regions.
    ...(region !== "us-east-1" && { LocationConstraint: region as "eu-west-1" }),
    ...(Tags.length > 0 && { Tags })
  }
  return Object.keys(configuration).length > 0 ? configuration : undefined
}

export const createBucket = Effect.fn("S3.createBucket")(function*(
  bucket: string,
  { objectLock, objectOwnership, tags }: BucketOptions = {}
): Effect.fn.Return<void, BucketNameNotAvailable | BucketInAnotherRegion | AwsError, AwsClients> {
  const { config: { region } } = yield* AwsClients
  yield* Effect.logDebug(`Creating the S3 bucket ${bucket} in ${region}`)
  yield* s3.send(
    new CreateBucketCommand({
      Bucket: bucket,
      ...given({
        ObjectOwnership: objectOwnership,
        ObjectLockEnabledForBucket: objectLock,
        CreateBucketConfiguration: configurationOf(region, tags)
      })
    })
  ).pipe(
    AwsError.catchCode("BucketAlreadyExists", () => Effect.fail(new BucketNameNotAvailable({ bucket }))),
    Effect.catchTag("AwsError", (error) =>
      Effect.gen(function*() {
        // Every region says so, wherever the account's bucket is.
        const isOwn = error.code === "BucketAlreadyOwnedByYou"
        const actual = regionOf(error.cause) ?? (isOwn ? (yield* find(bucket)).region : undefined)
        if (error.reason._tag === "Rejected" && actual !== undefined && actual !== region) {
          return yield* new BucketInAnotherRegion({ bucket, region: actual })
        }
        if (!isOwn) return yield* error
        yield* Effect.logDebug(`This account owns the S3 bucket ${bucket} already`)
      }))
  )
})

export const ensureBucketExists = Effect.fn("S3.ensureBucketExists")(function*(
  bucket: string,
  options: BucketOptions = {}
): Effect.fn.Return<void, CouldNotEnsureBucketExists | AwsError, AwsClients> {
  const { config } = yield* AwsClients
  const fail = Effect.fnUntraced(function*(found: string) {
    const error = new CouldNotEnsureBucketExists({ bucket, found })
    yield* Effect.logError(error.message)
    return yield* error
  })
  const elsewhere = (region: string) => fail(`it exists in the region ${region}`)
  yield* Effect.logDebug(`Ensuring that the S3 bucket ${bucket} exists`)
  const { region, status } = yield* find(bucket)
  if (status === "ExistsHaveAccess") return yield* Effect.logDebug(`The S3 bucket ${bucket} exists already`)
  if (status === "ExistsNoAccess") {
    return yield* region !== undefined && region !== config.region
      ? elsewhere(region)
      : fail("it exists in another account or another region, or its policy denies access")
  }
  yield* createBucket(bucket, options).pipe(
    Effect.catchTags({
      BucketNameNotAvailable: () => fail("another account created it in the meantime"),
      BucketInAnotherRegion: (error) => elsewhere(error.region)
    })
  )
})
