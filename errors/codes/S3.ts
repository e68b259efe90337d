// Written by `npm run codes` from the installed SDK. Don't edit it.
import type * as sdk from "@aws-sdk/client-s3"
import type { CommandCodes } from "../internal/commandCodes.ts"

/** The codes that AWS documents for the commands of S3. */
export type S3Codes = CommandCodes<typeof sdk, {
  AbortMultipartUploadCommand: "NoSuchUpload"
  CopyObjectCommand: "ObjectNotInActiveTierError"
  CreateBucketCommand: "BucketAlreadyExists" | "BucketAlreadyOwnedByYou"
  CreateSessionCommand: "NoSuchBucket"
  DeleteObjectAnnotationCommand: "NoSuchBucket" | "NoSuchKey"
  GetObjectAclCommand: "NoSuchKey"
  GetObjectAnnotationCommand: "NoSuchAnnotation" | "NoSuchBucket" | "NoSuchKey"
  GetObjectAttributesCommand: "NoSuchKey"
  GetObjectCommand: "InvalidObjectState" | "NoSuchKey"
  HeadBucketCommand: "NotFound"
  HeadObjectCommand: "NotFound"
  ListObjectAnnotationsCommand: "InvalidPrefix" | "NoSuchBucket" | "NoSuchKey"
  ListObjectsCommand: "NoSuchBucket"
  ListObjectsV2Command: "NoSuchBucket"
  PutObjectAclCommand: "NoSuchKey"
  PutObjectAnnotationCommand: "AnnotationLimitExceeded" | "AnnotationNameTooLong" | "InvalidAnnotationName" | "InvalidRequest" | "NoSuchBucket" | "NoSuchKey" | "UnsupportedMediaType"
  PutObjectCommand: "EncryptionTypeMismatch" | "InvalidRequest" | "InvalidWriteOffset" | "TooManyParts"
  RenameObjectCommand: "IdempotencyParameterMismatch"
  RestoreObjectCommand: "ObjectAlreadyInActiveTierError"
  UpdateObjectEncryptionCommand: "AccessDenied" | "InvalidRequest" | "NoSuchKey"
}>
