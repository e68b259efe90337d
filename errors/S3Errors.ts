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

export type { RefusedKey } from "./internal/s3Errors.ts"

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
    refused: Schema.Array(
      Schema.Struct({
        key: Schema.String,
        versionId: orUndefined(Schema.String),
        code: Schema.String,
        message: Schema.String
      })
    )
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
