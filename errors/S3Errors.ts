/**
 * The errors of buckets and objects, and of the files that they come from and go to.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AwsError } from "./AwsError.ts"
import { Cause } from "./internal/cause.ts"
import { codec, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/s3Errors.ts"

export type { FailedTransfer, RefusedKey, TransferError, TransferItem, TransferSummary } from "./internal/s3Errors.ts"

const RefusedKeySchema = () =>
  Schema.Struct({
    key: Schema.String,
    versionId: orUndefined(Schema.String),
    code: Schema.String,
    message: Schema.String
  })

/**
 * Another account has a bucket with this name. All accounts in a partition share one namespace for buckets.
 *
 * @category errors
 * @since 0.1.0
 */
export const BucketNameNotAvailable = /* @__PURE__ */ codec(
  Internal.BucketNameNotAvailable,
  () => ({ bucket: Schema.String }),
  409
)
/**
 * The type of {@link BucketNameNotAvailable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type BucketNameNotAvailable = Internal.BucketNameNotAvailable

/**
 * A bucket of this name exists in another region: the account's own, or another account's.
 *
 * @category errors
 * @since 0.1.0
 */
export const BucketInAnotherRegion = /* @__PURE__ */ codec(
  Internal.BucketInAnotherRegion,
  () => ({ bucket: Schema.String, region: Schema.String }),
  409
)
/**
 * The type of {@link BucketInAnotherRegion:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type BucketInAnotherRegion = Internal.BucketInAnotherRegion

/**
 * The bucket exists, but these clients can't use it; or another account took the name while the bucket was being created.
 *
 * @category errors
 * @since 0.1.0
 */
export const CouldNotEnsureBucketExists = /* @__PURE__ */ codec(
  Internal.CouldNotEnsureBucketExists,
  () => ({ bucket: Schema.String, found: Schema.String }),
  409
)
/**
 * The type of {@link CouldNotEnsureBucketExists:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CouldNotEnsureBucketExists = Internal.CouldNotEnsureBucketExists

/**
 * No bucket has this name.
 *
 * @category errors
 * @since 0.1.0
 */
export const BucketDoesNotExist = /* @__PURE__ */ codec(
  Internal.BucketDoesNotExist,
  () => ({ bucket: Schema.String }),
  404
)
/**
 * The type of {@link BucketDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type BucketDoesNotExist = Internal.BucketDoesNotExist

/**
 * The policy of the bucket, of the caller, or of the bucket's KMS key doesn't allow this.
 *
 * @category errors
 * @since 0.1.0
 */
export const BucketAccessDenied = /* @__PURE__ */ codec(
  Internal.BucketAccessDenied,
  () => ({ bucket: Schema.String, cause: AwsError }),
  403
)
/**
 * The type of {@link BucketAccessDenied:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type BucketAccessDenied = Internal.BucketAccessDenied

/**
 * The bucket was not deleted, because it isn't empty: AWS refused to delete some of its objects, or objects were added while
 * it was being emptied (then `refused` is empty).
 *
 * @category errors
 * @since 0.1.0
 */
export const BucketNotEmptied = /* @__PURE__ */ codec(
  Internal.BucketNotEmptied,
  () => ({
    bucket: Schema.String,
    refused: Schema.Array(RefusedKeySchema())
  }),
  409
)
/**
 * The type of {@link BucketNotEmptied:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type BucketNotEmptied = Internal.BucketNotEmptied

/**
 * No object has this key, or no bucket has this name.
 *
 * @category errors
 * @since 0.1.0
 */
export const ObjectDoesNotExist = /* @__PURE__ */ codec(
  Internal.ObjectDoesNotExist,
  () => ({ bucket: Schema.String, key: Schema.String }),
  404
)
/**
 * The type of {@link ObjectDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ObjectDoesNotExist = Internal.ObjectDoesNotExist

/**
 * The object isn't as `ifMatch` or `ifNoneMatch` requires.
 *
 * @category errors
 * @since 0.1.0
 */
export const PreconditionFailed = /* @__PURE__ */ codec(
  Internal.PreconditionFailed,
  () => ({ bucket: Schema.String, key: Schema.String }),
  412
)
/**
 * The type of {@link PreconditionFailed:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type PreconditionFailed = Internal.PreconditionFailed

/**
 * The object was replaced or deleted while it was being read.
 *
 * @category errors
 * @since 0.1.0
 */
export const ObjectChanged = /* @__PURE__ */ codec(
  Internal.ObjectChanged,
  () => ({ bucket: Schema.String, key: Schema.String }),
  409
)
/**
 * The type of {@link ObjectChanged:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ObjectChanged = Internal.ObjectChanged

/**
 * The object is in an archive (`GLACIER`, `DEEP_ARCHIVE`), and has to be restored before it can be read.
 *
 * @category errors
 * @since 0.1.0
 */
export const ObjectArchived = /* @__PURE__ */ codec(
  Internal.ObjectArchived,
  () => ({ bucket: Schema.String, key: Schema.String }),
  409
)
/**
 * The type of {@link ObjectArchived:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ObjectArchived = Internal.ObjectArchived

/**
 * The object has more bytes than the caller accepts.
 *
 * @category errors
 * @since 0.1.0
 */
export const ObjectTooLarge = /* @__PURE__ */ codec(
  Internal.ObjectTooLarge,
  () => ({ bucket: Schema.String, key: Schema.String, size: Schema.Int, atMost: Schema.Finite }),
  413
)
/**
 * The type of {@link ObjectTooLarge:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ObjectTooLarge = Internal.ObjectTooLarge

/**
 * The object isn't text in the expected encoding, or isn't JSON that matches the schema. The message says where, and never shows the
 * content.
 *
 * @category errors
 * @since 0.1.0
 */
export const ObjectNotDecodable = /* @__PURE__ */ codec(
  Internal.ObjectNotDecodable,
  () => ({ bucket: Schema.String, key: Schema.String, issue: Schema.String }),
  422
)
/**
 * The type of {@link ObjectNotDecodable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ObjectNotDecodable = Internal.ObjectNotDecodable

/**
 * The bytes that arrived don't have the checksum that S3 has of the object.
 *
 * @category errors
 * @since 0.1.0
 */
export const ObjectCorrupted = /* @__PURE__ */ codec(
  Internal.ObjectCorrupted,
  () => ({
    bucket: Schema.String,
    key: Schema.String,
    algorithm: Schema.String,
    expected: Schema.String,
    actual: Schema.String
  }),
  502
)
/**
 * The type of {@link ObjectCorrupted:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ObjectCorrupted = Internal.ObjectCorrupted

/**
 * The object has no bytes in this range.
 *
 * @category errors
 * @since 0.1.0
 */
export const RangeNotSatisfiable = /* @__PURE__ */ codec(
  Internal.RangeNotSatisfiable,
  () => ({ bucket: Schema.String, key: Schema.String, range: Schema.String }),
  416
)
/**
 * The type of {@link RangeNotSatisfiable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type RangeNotSatisfiable = Internal.RangeNotSatisfiable

/**
 * The body that the program passed failed, or isn't made of text or bytes.
 *
 * @category errors
 * @since 0.1.0
 */
export const CannotReadBody = /* @__PURE__ */ codec(
  Internal.CannotReadBody,
  () => ({ cause: orUndefined(Cause) }),
  500
)
/**
 * The type of {@link CannotReadBody:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CannotReadBody = Internal.CannotReadBody

/**
 * AWS refused to delete some of the objects. The others are deleted.
 *
 * @category errors
 * @since 0.1.0
 */
export const ObjectsNotDeleted = /* @__PURE__ */ codec(
  Internal.ObjectsNotDeleted,
  () => ({ bucket: Schema.String, refused: Schema.Array(RefusedKeySchema()) }),
  409
)
/**
 * The type of {@link ObjectsNotDeleted:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ObjectsNotDeleted = Internal.ObjectsNotDeleted

/**
 * No file in the directory can have this key as its name: the key leads out of the directory, or the file system can't hold it.
 *
 * @category errors
 * @since 0.1.0
 */
export const KeyNotAFileName = /* @__PURE__ */ codec(
  Internal.KeyNotAFileName,
  () => ({ key: Schema.String, directory: Schema.String, why: Schema.String }),
  422
)
/**
 * The type of {@link KeyNotAFileName:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type KeyNotAFileName = Internal.KeyNotAFileName

/**
 * The file doesn't exist, isn't a regular file, may not be read, or changed while it was being read.
 *
 * @category errors
 * @since 0.1.0
 */
export const CannotReadFile = /* @__PURE__ */ codec(
  Internal.CannotReadFile,
  () => ({ path: Schema.String, cause: orUndefined(Cause) }),
  500
)
/**
 * The type of {@link CannotReadFile:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CannotReadFile = Internal.CannotReadFile

/**
 * The file already exists, and was not overwritten.
 *
 * @category errors
 * @since 0.1.0
 */
export const FileAlreadyExists = /* @__PURE__ */ codec(Internal.FileAlreadyExists, () => ({ path: Schema.String }), 409)
/**
 * The type of {@link FileAlreadyExists:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type FileAlreadyExists = Internal.FileAlreadyExists

/**
 * The directory for the file doesn't exist.
 *
 * @category errors
 * @since 0.1.0
 */
export const DirectoryDoesNotExist = /* @__PURE__ */ codec(
  Internal.DirectoryDoesNotExist,
  () => ({ directory: Schema.String }),
  404
)
/**
 * The type of {@link DirectoryDoesNotExist:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type DirectoryDoesNotExist = Internal.DirectoryDoesNotExist

/**
 * The file could not be written: no permission, no space, or a read-only file system.
 *
 * @category errors
 * @since 0.1.0
 */
export const CannotWriteFile = /* @__PURE__ */ codec(
  Internal.CannotWriteFile,
  () => ({ path: Schema.String, cause: orUndefined(Cause) }),
  500
)
/**
 * The type of {@link CannotWriteFile:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CannotWriteFile = Internal.CannotWriteFile

const TransferItemSchema = () =>
  Schema.Struct({
    action: Schema.Literals(["upload", "download", "copy", "delete"]),
    path: Schema.String,
    from: orUndefined(Schema.String),
    to: Schema.String,
    size: orUndefined(Schema.Int)
  })

const TransferErrorSchema = () =>
  Schema.Union([
    CannotReadFile,
    CannotWriteFile,
    DirectoryDoesNotExist,
    FileAlreadyExists,
    KeyNotAFileName,
    ObjectDoesNotExist,
    ObjectArchived,
    ObjectChanged,
    ObjectCorrupted,
    ObjectsNotDeleted,
    PreconditionFailed,
    RangeNotSatisfiable,
    BucketAccessDenied,
    AwsError
  ])

/**
 * Some files or objects were not transferred. The others were.
 *
 * @category errors
 * @since 0.1.0
 */
export const TransferIncomplete = /* @__PURE__ */ codec(
  Internal.TransferIncomplete,
  () => ({
    failed: Schema.Array(Schema.Struct({ item: TransferItemSchema(), error: TransferErrorSchema() })),
    summary: Schema.Struct({
      planned: Schema.Int,
      uploaded: Schema.Int,
      downloaded: Schema.Int,
      copied: Schema.Int,
      deleted: Schema.Int,
      skipped: Schema.Int,
      bytes: Schema.Int
    })
  }),
  502
)
/**
 * The type of {@link TransferIncomplete:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type TransferIncomplete = Internal.TransferIncomplete

/**
 * The source and the target can't be synced, because one is a part of the other, or because neither is a bucket.
 *
 * @category errors
 * @since 0.1.0
 */
export const CannotSync = /* @__PURE__ */ codec(
  Internal.CannotSync,
  () => ({ from: Schema.String, to: Schema.String, why: Schema.String }),
  422
)
/**
 * The type of {@link CannotSync:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CannotSync = Internal.CannotSync
