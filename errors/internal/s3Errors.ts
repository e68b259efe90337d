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
    const said = this.cause.message
    // The cause has a hint of its own, unless AWS has said which policy it was.
    const hint = /because|explicit deny/.test(said) ? "" : "The policy of its KMS key counts, too. "
    return `Access to the S3 bucket ${this.bucket} is denied. ${hint}${said}`
  }
}

/**
 * An object version that AWS refused to delete, and why.
 *
 * @category models
 * @since 0.1.0
 */
export interface RefusedKey {
  /** The key of the object. */
  readonly key: string
  /** `"null"` for an object that was put without versioning. */
  readonly versionId: string | undefined
  /** AWS's code, such as `AccessDenied`. */
  readonly code: string
  /** What AWS said. */
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

export class PreconditionFailed extends TaggedError("PreconditionFailed")<{
  readonly bucket: string
  readonly key: string
}> {
  override get message(): string {
    return `The object s3://${this.bucket}/${this.key} doesn't meet the condition (\`ifMatch\`, \`ifNoneMatch\`). ` +
      "Get its current ETag, and decide again."
  }
}

export class ObjectChanged extends TaggedError("ObjectChanged")<{ readonly bucket: string; readonly key: string }> {
  override get message(): string {
    return `The object s3://${this.bucket}/${this.key} was replaced or deleted while it was being read. Read it again.`
  }
}

export class ObjectArchived extends TaggedError("ObjectArchived")<{ readonly bucket: string; readonly key: string }> {
  override get message(): string {
    return `The object s3://${this.bucket}/${this.key} is in an archive. Restore it (RestoreObject), and read it then.`
  }
}

export class ObjectTooLarge extends TaggedError("ObjectTooLarge")<{
  readonly bucket: string
  readonly key: string
  /** In bytes. */
  readonly size: number
  /** What the caller accepts, in bytes. */
  readonly atMost: number
}> {
  override get message(): string {
    return `The object s3://${this.bucket}/${this.key} has ${this.size} bytes, more than the ${this.atMost} that the ` +
      "caller accepts. Pass a larger `atMost`, or stream it with `getObject`."
  }
}

export class ObjectNotDecodable extends TaggedError("ObjectNotDecodable")<{
  readonly bucket: string
  readonly key: string
  /** What is wrong, and where in the value. */
  readonly issue: string
}> {
  override get message(): string {
    return `The object s3://${this.bucket}/${this.key} can't be decoded. Correct the object, the schema or the encoding: ${this.issue}`
  }
}

export class ObjectCorrupted extends TaggedError("ObjectCorrupted")<{
  readonly bucket: string
  readonly key: string
  /** The algorithm of the checksum, such as `CRC32`. */
  readonly algorithm: string
  /** The checksum that S3 has, in Base64. */
  readonly expected: string
  /** The checksum of the bytes that arrived, in Base64. */
  readonly actual: string
}> {
  override get message(): string {
    return `The bytes of s3://${this.bucket}/${this.key} did not arrive as S3 has them: their ${this.algorithm} is ` +
      `${this.actual}, not ${this.expected}. Read the object again.`
  }
}

export class RangeNotSatisfiable extends TaggedError("RangeNotSatisfiable")<{
  readonly bucket: string
  readonly key: string
  /** As the request had it, such as `bytes=100-`. */
  readonly range: string
}> {
  override get message(): string {
    return `The object s3://${this.bucket}/${this.key} has no bytes in the range ${this.range}. Check the object's size.`
  }
}

export class CannotReadBody extends TaggedError("CannotReadBody")<{ readonly cause: unknown }> {
  override get message(): string {
    return `The body of the upload cannot be read: ${summarize(this.cause).message}`
  }
}

export class ObjectsNotDeleted extends TaggedError("ObjectsNotDeleted")<{
  readonly bucket: string
  /** Every object that AWS refused to delete. */
  readonly refused: ReadonlyArray<RefusedKey>
}> {
  override get message(): string {
    const [first] = this.refused
    return `AWS refused to delete ${this.refused.length} of the objects in the S3 bucket ${this.bucket}; the others are ` +
      `deleted. The first is ${first?.key}: ${first?.code}: ${first?.message}`
  }
}

export class KeyNotAFileName extends TaggedError("KeyNotAFileName")<{
  readonly key: string
  readonly directory: string
  /** What is wrong with the key, as the end of a sentence. */
  readonly why: string
}> {
  override get message(): string {
    return `The key ${this.key} cannot be a file in ${this.directory}: ${this.why}. Leave it out with a filter, or ` +
      "download it to a path of your own with `downloadFile`."
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

/**
 * A file or an object that a transfer is about.
 *
 * @category models
 * @since 0.1.0
 */
export interface TransferItem {
  /** What is done with it. */
  readonly action: "upload" | "download" | "copy" | "delete"
  /** Below the directory or the prefix, with `/` between its parts. */
  readonly path: string
  /** A file's path, or `s3://bucket/key`; `undefined` if the item is to be deleted. */
  readonly from: string | undefined
  /** A file's path, or `s3://bucket/key`. */
  readonly to: string
  /** In bytes; `undefined` if it isn't known, as of a file that can't be read. */
  readonly size: number | undefined
}

/**
 * Why one file or object of a transfer failed.
 *
 * @category errors
 * @since 0.1.0
 */
export type TransferError =
  | CannotReadFile
  | CannotWriteFile
  | DirectoryDoesNotExist
  | FileAlreadyExists
  | KeyNotAFileName
  | ObjectDoesNotExist
  | ObjectArchived
  | ObjectChanged
  | ObjectCorrupted
  | ObjectsNotDeleted
  | PreconditionFailed
  | RangeNotSatisfiable
  | BucketAccessDenied
  | AwsError

/**
 * A file or an object that wasn't transferred, and why.
 *
 * @category models
 * @since 0.1.0
 */
export interface FailedTransfer {
  /** The file or the object. */
  readonly item: TransferItem
  /** Why it failed. */
  readonly error: TransferError
}

/**
 * What a transfer did.
 *
 * @category models
 * @since 0.1.0
 */
export interface TransferSummary {
  /** How many items there were to transfer or delete. */
  readonly planned: number
  /** How many files have been uploaded. */
  readonly uploaded: number
  /** How many objects have been downloaded. */
  readonly downloaded: number
  /** How many objects have been copied. */
  readonly copied: number
  /** How many files or objects have been deleted. */
  readonly deleted: number
  /** How many have been left as they were. */
  readonly skipped: number
  /** How many bytes have been uploaded, downloaded and copied. */
  readonly bytes: number
}

export class TransferIncomplete extends TaggedError("TransferIncomplete")<{
  /** Every file and object that wasn't transferred. */
  readonly failed: ReadonlyArray<FailedTransfer>
  /** What was transferred all the same. */
  readonly summary: TransferSummary
}> {
  override get message(): string {
    const { failed: [first], summary: { copied, deleted, downloaded, uploaded } } = this
    return `${this.failed.length} of the transfers failed; ${
      uploaded + downloaded + copied + deleted
    } succeeded. Run it ` +
      `again once the cause is fixed. The first is ${first?.item.path}: ${first?.error.message}`
  }
}

export class CannotSync extends TaggedError("CannotSync")<{
  /** The source: a directory, or an `s3://` URL. */
  readonly from: string
  /** The target: a directory, or an `s3://` URL. */
  readonly to: string
  /** As the end of a sentence. */
  readonly why: string
}> {
  override get message(): string {
    return `${this.from} cannot be synced to ${this.to}: ${this.why}. Choose another source or target.`
  }
}
