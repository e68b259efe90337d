// Written by `npm run codes` from the installed SDK; not to be edited.
import type * as sdk from "@aws-sdk/client-s3"

/** The codes that AWS documents for the commands of S3. */
export type S3Codes =
  | [sdk.AbortMultipartUploadCommand, "NoSuchUpload"]
  | [sdk.CopyObjectCommand, "ObjectNotInActiveTierError"]
  | [sdk.CreateBucketCommand, "BucketAlreadyExists" | "BucketAlreadyOwnedByYou"]
  | [sdk.CreateSessionCommand, "NoSuchBucket"]
  | [sdk.DeleteObjectAnnotationCommand, "NoSuchBucket" | "NoSuchKey"]
  | [sdk.GetObjectAclCommand, "NoSuchKey"]
  | [sdk.GetObjectAnnotationCommand, "NoSuchAnnotation" | "NoSuchBucket" | "NoSuchKey"]
  | [sdk.GetObjectAttributesCommand, "NoSuchKey"]
  | [sdk.GetObjectCommand, "InvalidObjectState" | "NoSuchKey"]
  | [sdk.HeadBucketCommand, "NotFound"]
  | [sdk.HeadObjectCommand, "NotFound"]
  | [sdk.ListObjectAnnotationsCommand, "InvalidPrefix" | "NoSuchBucket" | "NoSuchKey"]
  | [sdk.ListObjectsCommand, "NoSuchBucket"]
  | [sdk.ListObjectsV2Command, "NoSuchBucket"]
  | [sdk.PutObjectAclCommand, "NoSuchKey"]
  | [sdk.PutObjectAnnotationCommand, "AnnotationLimitExceeded" | "AnnotationNameTooLong" | "InvalidAnnotationName" | "InvalidRequest" | "NoSuchBucket" | "NoSuchKey" | "UnsupportedMediaType"]
  | [sdk.PutObjectCommand, "EncryptionTypeMismatch" | "InvalidRequest" | "InvalidWriteOffset" | "TooManyParts"]
  | [sdk.RenameObjectCommand, "IdempotencyParameterMismatch"]
  | [sdk.RestoreObjectCommand, "ObjectAlreadyInActiveTierError"]
  | [sdk.UpdateObjectEncryptionCommand, "AccessDenied" | "InvalidRequest" | "NoSuchKey"]
