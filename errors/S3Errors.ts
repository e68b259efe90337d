/**
 * What can go wrong with buckets and objects, and with the files that they come from and go to.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { AwsError } from "./AwsError.ts"

/**
 * Another account has a bucket of this name: names are shared by all accounts of a partition.
 *
 * @category errors
 * @since 0.1.0
 */
export class BucketNameNotAvailable extends Data.TaggedError("BucketNameNotAvailable")<{ readonly bucket: string }> {
  override get message(): string {
    return `The name of the S3 bucket ${this.bucket} is taken by another account. Choose another name.`
  }
}

/**
 * The bucket exists, but these clients cannot use it; or it came to be another account's while it was to be created.
 *
 * @category errors
 * @since 0.1.0
 */
export class CouldNotEnsureBucketExists extends Data.TaggedError("CouldNotEnsureBucketExists")<{
  readonly bucket: string
  /** What was found instead. */
  readonly found: string
}> {
  override get message(): string {
    return `The S3 bucket ${this.bucket} cannot be used: ${this.found}.`
  }
}

/**
 * There is no bucket of this name.
 *
 * @category errors
 * @since 0.1.0
 */
export class BucketDoesNotExist extends Data.TaggedError("BucketDoesNotExist")<{ readonly bucket: string }> {
  override get message(): string {
    return `The S3 bucket ${this.bucket} does not exist. Create it, or check its name.`
  }
}

/**
 * The bucket's policy, or the caller's own, or that of the key it encrypts with, does not allow this.
 *
 * @category errors
 * @since 0.1.0
 */
export class BucketAccessDenied extends Data.TaggedError("BucketAccessDenied")<{
  readonly bucket: string
  /** What AWS said. */
  readonly cause: AwsError
}> {
  override get message(): string {
    return `Access to the S3 bucket ${this.bucket} is denied; its policy, the caller's, or that of its KMS key may say why. ${this.cause.message}`
  }
}

/**
 * An object version that AWS did not delete, and why.
 *
 * @category models
 * @since 0.1.0
 */
export interface RefusedKey {
  readonly key: string
  /** `"null"` for what was put without versioning. */
  readonly versionId: string | undefined
  readonly code: string
  readonly message: string
}

/**
 * The bucket was not deleted, as it is not empty: AWS refused to delete some of its objects, or objects were added while
 * it was emptied (then `refused` is empty).
 *
 * @category errors
 * @since 0.1.0
 */
export class BucketNotEmptied extends Data.TaggedError("BucketNotEmptied")<{
  readonly bucket: string
  /** What AWS refused to delete, all of it. */
  readonly refused: ReadonlyArray<RefusedKey>
}> {
  override get message(): string {
    const [first] = this.refused
    return first === undefined
      ? `The S3 bucket ${this.bucket} was not deleted: objects were added while it was emptied. Stop what writes to it, and run this again.`
      : `The S3 bucket ${this.bucket} was not deleted: AWS refused to delete ${this.refused.length} of its objects, the first one ` +
        `${first.key} (version ${first.versionId ?? "null"}): ${first.code}: ${first.message}`
  }
}

/**
 * There is no object of this key, or no bucket of this name.
 *
 * @category errors
 * @since 0.1.0
 */
export class ObjectDoesNotExist extends Data.TaggedError("ObjectDoesNotExist")<{
  readonly bucket: string
  readonly key: string
}> {
  override get message(): string {
    return `The object s3://${this.bucket}/${this.key} does not exist.`
  }
}

/**
 * The file is not there, is no regular file, may not be read, or changed while it was read.
 *
 * @category errors
 * @since 0.1.0
 */
export class CannotReadFile extends Data.TaggedError("CannotReadFile")<{
  readonly path: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `The file ${this.path} cannot be read: ${describe(this.cause)}`
  }
}

/**
 * There is a file already, and it is not overwritten.
 *
 * @category errors
 * @since 0.1.0
 */
export class FileAlreadyExists extends Data.TaggedError("FileAlreadyExists")<{ readonly path: string }> {
  override get message(): string {
    return `The file ${this.path} exists already, and is not overwritten. Remove it, or choose another path.`
  }
}

/**
 * There is no directory to write the file to.
 *
 * @category errors
 * @since 0.1.0
 */
export class DirectoryDoesNotExist extends Data.TaggedError("DirectoryDoesNotExist")<{ readonly directory: string }> {
  override get message(): string {
    return `The directory ${this.directory} does not exist. Create it first.`
  }
}

/**
 * The file could not be written: no permission, no space, a file system that is read-only.
 *
 * @category errors
 * @since 0.1.0
 */
export class CannotWriteFile extends Data.TaggedError("CannotWriteFile")<{
  readonly path: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `The file ${this.path} cannot be written: ${describe(this.cause)}`
  }
}

const describe = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)
