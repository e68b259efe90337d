// Where a bucket's access logs go. The configuration is stored and returned; nothing writes logs here.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { copyData } from "../engine/copy.ts"
import type { Fault, HandlerContext, Handlers } from "../engine/service.ts"
import { findBucket, placeOf } from "./access.ts"
import { fault, malformed } from "./faults.ts"
import type { Bucket, State } from "./state.ts"

const checkLogging = Effect.fnUntraced(function*(
  { TargetBucket, TargetGrants, TargetObjectKeyFormat, TargetPrefix }: sdk.LoggingEnabled,
  bucket: Bucket,
  { buckets }: State,
  context: HandlerContext
): Effect.fn.Return<void, Fault> {
  if (TargetBucket === undefined || TargetPrefix === undefined) return yield* malformed
  const { PartitionedPrefix, SimplePrefix } = TargetObjectKeyFormat ?? {}
  if (PartitionedPrefix !== undefined && SimplePrefix !== undefined) return yield* malformed
  const target = buckets.get(placeOf(TargetBucket, context))
  if (target === undefined) {
    return yield* fault("InvalidTargetBucketForLogging", "The target bucket for logging does not exist", 400, {
      TargetBucket
    })
  }
  if (target.account !== bucket.account) {
    return yield* fault(
      "InvalidTargetBucketForLogging",
      "The owner for the bucket to be logged and the target bucket must be the same.",
      400,
      { TargetBucket }
    )
  }
  if (target.region !== bucket.region) {
    return yield* fault("CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed.", 403, {
      TargetBucketLocation: target.region,
      SourceBucketLocation: bucket.region
    })
  }
  if (TargetGrants !== undefined && TargetGrants.length > 0 && target.ownership === "BucketOwnerEnforced") {
    return yield* fault(
      "InvalidArgument",
      "Target bucket has BucketOwnerEnforced object ownership. Target grants can't be specified."
    )
  }
})

export const loggingHandlers: Handlers<typeof sdk, State> = {
  PutBucketLogging: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    if (input.BucketLoggingStatus === undefined) return yield* malformed
    const { LoggingEnabled } = input.BucketLoggingStatus
    if (LoggingEnabled !== undefined) yield* checkLogging(LoggingEnabled, bucket, state, context)
    bucket.logging = copyData(LoggingEnabled)
    return {}
  }),

  GetBucketLogging: Effect.fnUntraced(function*(input, state, context) {
    const { logging } = yield* findBucket(input, state, context)
    return { LoggingEnabled: logging }
  })
}
