// Settings of buckets: versioning, ownership, public access and acceleration, and who pays.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import type { Handlers } from "../engine/service.ts"
import { findBucket } from "./access.ts"
import { isOwnership } from "./buckets.ts"
import { accessDenied, fault, invalidRequest, malformed } from "./faults.ts"
import type { State } from "./state.ts"

export const configurationHandlers: Handlers<typeof sdk, State> = {
  PutBucketVersioning: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const { MFADelete, Status } = input.VersioningConfiguration ?? {}
    if (Status === undefined) {
      return yield* fault("IllegalVersioningConfigurationException", "The Versioning element must be specified")
    }
    if (Status !== "Enabled" && Status !== "Suspended") return yield* malformed
    // Only the root user can enable MFA delete, with an MFA device. There are no MFA devices here.
    if (MFADelete === "Enabled") return yield* accessDenied()
    if (bucket.hasLock && Status === "Suspended") {
      return yield* fault(
        "InvalidBucketState",
        "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
        409
      )
    }
    bucket.versioning = Status
    return {}
  }),

  GetBucketVersioning: Effect.fnUntraced(function*(input, state, context) {
    const { versioning } = yield* findBucket(input, state, context)
    return { Status: versioning }
  }),

  PutBucketOwnershipControls: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const [rule, ...more] = input.OwnershipControls?.Rules ?? []
    if (!isOwnership(rule?.ObjectOwnership) || more.length > 0) return yield* malformed
    bucket.ownership = rule.ObjectOwnership
    return {}
  }),

  GetBucketOwnershipControls: Effect.fnUntraced(function*(input, state, context) {
    const { name, ownership } = yield* findBucket(input, state, context)
    return ownership === undefined
      ? yield* fault("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", 404, {
        BucketName: name
      })
      : { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } }
  }),

  DeleteBucketOwnershipControls: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    bucket.ownership = undefined
    return {}
  }),

  PutPublicAccessBlock: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const given = input.PublicAccessBlockConfiguration
    bucket.publicAccessBlock = {
      BlockPublicAcls: given?.BlockPublicAcls ?? false,
      IgnorePublicAcls: given?.IgnorePublicAcls ?? false,
      BlockPublicPolicy: given?.BlockPublicPolicy ?? false,
      RestrictPublicBuckets: given?.RestrictPublicBuckets ?? false
    }
    bucket.hasOwnBlock = true
    return {}
  }),

  GetPublicAccessBlock: Effect.fnUntraced(function*(input, state, context) {
    const { name, publicAccessBlock } = yield* findBucket(input, state, context)
    return publicAccessBlock === undefined
      ? yield* fault(
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
        404,
        {
          BucketName: name
        }
      )
      : { PublicAccessBlockConfiguration: publicAccessBlock }
  }),

  PutBucketAccelerateConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const status = input.AccelerateConfiguration?.Status
    if (bucket.name.includes(".")) {
      return yield* invalidRequest(
        "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"
      )
    }
    if (status !== "Enabled" && status !== "Suspended") return yield* malformed
    bucket.acceleration = status
    return {}
  }),

  GetBucketAccelerateConfiguration: Effect.fnUntraced(function*(input, state, context) {
    const { acceleration } = yield* findBucket(input, state, context)
    return { Status: acceleration }
  }),

  DeletePublicAccessBlock: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    bucket.publicAccessBlock = undefined
    return {}
  }),

  PutBucketRequestPayment: Effect.fnUntraced(function*(input, state, context) {
    const bucket = yield* findBucket(input, state, context)
    const payer = input.RequestPaymentConfiguration?.Payer
    if (payer !== "Requester" && payer !== "BucketOwner") return yield* malformed
    bucket.payer = payer
    return {}
  }),

  GetBucketRequestPayment: Effect.fnUntraced(function*(input, state, context) {
    const { payer } = yield* findBucket(input, state, context)
    return { Payer: payer }
  })
}
