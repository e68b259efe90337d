// Members without effect.
import type * as sdk from "@aws-sdk/client-s3"
import type { WithoutEffect } from "../engine/service.ts"

// The wire has verified the digests of the body.
const sent = ["ContentMD5", "ChecksumAlgorithm"] as const
const body = ["ChecksumAlgorithm", "ContentLength", "ContentMD5"] as const
const names = ["AccessControlPolicy.Owner.DisplayName", "AccessControlPolicy.Grants[].Grantee.DisplayName"] as const

export const withoutEffect: WithoutEffect<typeof sdk> = {
  // No bucket has MFA delete.
  DeleteObject: ["MFA"],
  DeleteObjects: ["MFA", "ChecksumAlgorithm"],
  PutBucketAccelerateConfiguration: ["ChecksumAlgorithm"],
  // Display names, which AWS ignores.
  PutBucketAcl: [...sent, ...names],
  PutBucketCors: sent,
  PutBucketLogging: [...sent, "BucketLoggingStatus.LoggingEnabled.TargetGrants[].Grantee.DisplayName"],
  PutBucketRequestPayment: sent,
  PutBucketWebsite: sent,
  PutBucketLifecycleConfiguration: ["ChecksumAlgorithm"],
  PutBucketEncryption: sent,
  PutBucketOwnershipControls: sent,
  // Whoever puts a policy may take it away again as the account's root user.
  PutBucketPolicy: [...sent, "ConfirmRemoveSelfBucketAccess"],
  PutBucketTagging: sent,
  PutBucketVersioning: [...sent, "MFA"],
  PutObject: body,
  PutObjectAcl: [...sent, ...names],
  PutObjectLegalHold: sent,
  // AWS no longer asks for the token.
  PutObjectLockConfiguration: [...sent, "Token"],
  PutObjectRetention: sent,
  PutObjectTagging: sent,
  PutPublicAccessBlock: sent,
  // Restoring costs the same whatever it is for.
  RestoreObject: ["ChecksumAlgorithm", "RestoreRequest.Description"],
  UploadPart: body
}
