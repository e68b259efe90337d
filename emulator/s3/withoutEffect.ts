// Members without effect.
import type * as sdk from "@aws-sdk/client-s3"
import type { WithoutEffect } from "../engine/service.ts"

// The wire has verified the digests of the body. Requests cost nothing here.
const sent = ["ContentMD5", "ChecksumAlgorithm"] as const
const charged = ["RequestPayer"] as const
const body = [...charged, "ChecksumAlgorithm", "ContentLength", "ContentMD5"] as const
const names = ["AccessControlPolicy.Owner.DisplayName", "AccessControlPolicy.Grants[].Grantee.DisplayName"] as const

export const withoutEffect: WithoutEffect<typeof sdk> = {
  AbortMultipartUpload: charged,
  CompleteMultipartUpload: charged,
  CopyObject: charged,
  CreateMultipartUpload: charged,
  // No bucket has MFA delete.
  DeleteObject: [...charged, "MFA"],
  DeleteObjects: [...charged, "MFA", "ChecksumAlgorithm"],
  GetBucketAccelerateConfiguration: charged,
  GetObject: charged,
  GetObjectAcl: charged,
  GetObjectAttributes: charged,
  GetObjectLegalHold: charged,
  GetObjectRetention: charged,
  GetObjectTagging: charged,
  HeadObject: charged,
  ListMultipartUploads: charged,
  ListObjects: charged,
  ListObjectsV2: charged,
  ListObjectVersions: charged,
  ListParts: charged,
  PutBucketAccelerateConfiguration: ["ChecksumAlgorithm"],
  // Display names, which AWS ignores.
  PutBucketAcl: [...sent, ...names],
  PutBucketEncryption: sent,
  PutBucketOwnershipControls: sent,
  // Whoever puts a policy may take it away again as the account's root user.
  PutBucketPolicy: [...sent, "ConfirmRemoveSelfBucketAccess"],
  PutBucketTagging: sent,
  PutBucketVersioning: [...sent, "MFA"],
  PutObject: body,
  PutObjectAcl: [...sent, ...charged, ...names],
  PutObjectLegalHold: [...sent, ...charged],
  // AWS no longer asks for the token.
  PutObjectLockConfiguration: [...sent, ...charged, "Token"],
  PutObjectRetention: [...sent, ...charged],
  PutObjectTagging: [...sent, ...charged],
  PutPublicAccessBlock: sent,
  // Restoring costs the same whatever it is for.
  RestoreObject: [...charged, "ChecksumAlgorithm", "RestoreRequest.Description"],
  UploadPart: body,
  UploadPartCopy: charged
}
