import type { AwsError } from "./awsError.ts"
import { summarize, TaggedError } from "./tagged.ts"

export class BucketNameNotAvailable extends TaggedError("BucketNameNotAvailable")<{ readonly bucket: string }> {
  override get message(): string {
    return `Another account has an S3 bucket named ${this.bucket}. Choose another name.`
  }
}

export class BucketInAnotherRegion extends TaggedError("BucketInAnotherRegion")<{
  readonly bucket: string
  /** Where the bucket is. */
  readonly region: string
}> {
  override get message(): string {
    return `The S3 bucket ${this.bucket} exists in the region ${this.region}. Use a Layer with that region, or choose ` +
      "another name."
  }
}

export class CouldNotEnsureBucketExists extends TaggedError("CouldNotEnsureBucketExists")<{
  readonly bucket: string
  /** Why the bucket can't be used. */
  readonly found: string
}> {
  override get message(): string {
    return `The S3 bucket ${this.bucket} cannot be used: ${this.found}. Choose another name, or a Layer that can use it.`
  }
}

export class BucketDoesNotExist extends TaggedError("BucketDoesNotExist")<{ readonly bucket: string }> {
  override get message(): string {
    return `The S3 bucket ${this.bucket} does not exist. Create it, or check its name.`
  }
}

export class BucketAccessDenied extends TaggedError("BucketAccessDenied")<{
  readonly bucket: string
  /** What AWS said. */
  readonly cause: AwsError
}> {
  override get message(): string {
    return `Access to the S3 bucket ${this.bucket} is denied. Check its policy, the caller's policies, and the policy of ` +
      `its KMS key. ${this.cause.message}`
  }
}

/**
 * An object version that AWS refused to delete, and why.
 *
 * @category models
 * @since 0.1.0
 */
export interface RefusedKey {
  readonly key: string
  /** `"null"` for an object that was put without versioning. */
  readonly versionId: string | undefined
  readonly code: string
  readonly message: string
}

export class BucketNotEmptied extends TaggedError("BucketNotEmptied")<{
  readonly bucket: string
  /** Every object version that AWS refused to delete. */
  readonly refused: ReadonlyArray<RefusedKey>
}> {
  override get message(): string {
    const [first] = this.refused
    const version = first?.versionId === undefined || first.versionId === "null" ? "" : ` (version ${first.versionId})`
    return first === undefined
      ? `The S3 bucket ${this.bucket} was not deleted: objects were added while it was being emptied. Stop what writes to it, and run this again.`
      : `The S3 bucket ${this.bucket} was not deleted: AWS refused to delete ${this.refused.length} of its objects. Remove ` +
        `what protects them, and run this again. The first is ${first.key}${version}: ${first.code}: ` +
        first.message
  }
}

export class ObjectDoesNotExist extends TaggedError("ObjectDoesNotExist")<{
  readonly bucket: string
  readonly key: string
}> {
  override get message(): string {
    return `The object s3://${this.bucket}/${this.key} does not exist. Check the bucket and the key.`
  }
}

export class CannotReadFile extends TaggedError("CannotReadFile")<{
  readonly path: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `The file ${this.path} cannot be read: ${summarize(this.cause).message}`
  }
}

export class FileAlreadyExists extends TaggedError("FileAlreadyExists")<{ readonly path: string }> {
  override get message(): string {
    return `The file ${this.path} already exists, and was not overwritten. Remove it, or choose another path.`
  }
}

export class DirectoryDoesNotExist extends TaggedError("DirectoryDoesNotExist")<{ readonly directory: string }> {
  override get message(): string {
    return `The directory ${this.directory} does not exist. Create it first.`
  }
}

export class CannotWriteFile extends TaggedError("CannotWriteFile")<{
  readonly path: string
  readonly cause: unknown
}> {
  override get message(): string {
    return `The file ${this.path} cannot be written: ${summarize(this.cause).message}`
  }
}
