// What the functions of this service take. `parameters.ts` turns it into what the SDK takes.
import type { ObjectCannedACL, ObjectOwnership, StorageClass } from "@aws-sdk/client-s3"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Stream from "effect/Stream"

/**
 * How S3 encrypts an object.
 *
 * - `"bucket-default"`: as the bucket's configuration says; `AES256` unless it was changed.
 * - `"AES256"`: by a key that S3 manages.
 * - `"aws:kms"`: by the account's AWS managed KMS key for S3, `aws/s3`.
 * - `kms`: by the KMS key of this ID, ARN or alias.
 * - `customerKey`: by a key of 32 bytes that is yours (SSE-C). S3 doesn't keep it: pass it again to read the object.
 *
 * AWS: [Server-side encryption](https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html)
 *
 * @category models
 * @since 0.1.0
 */
export type Encryption =
  | "bucket-default"
  | "AES256"
  | "aws:kms"
  | { readonly kms: string }
  | { readonly customerKey: CustomerKey }

/**
 * A key of 32 bytes that S3 encrypts with, but doesn't keep.
 *
 * @category models
 * @since 0.1.0
 */
export type CustomerKey = Redacted.Redacted<Uint8Array>

/**
 * The algorithms by which S3 checks that the bytes arrived as they were sent.
 *
 * AWS: [Checking object integrity](https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html)
 *
 * @category models
 * @since 0.1.0
 */
export type Checksum = "CRC32" | "CRC32C" | "CRC64NVME" | "SHA1" | "SHA256"

/**
 * What an object gets when it is written, besides its bytes.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectOptions {
  /**
   * The media type, such as `text/html; charset=utf-8`. By default that of the extension, if a file is uploaded. Otherwise the
   * object gets `application/octet-stream` from the SDK or, in parts, `binary/octet-stream` from S3.
   */
  readonly contentType?: string | undefined
  /** How long caches may keep the object, such as `max-age=3600`. By default the object has no such header. */
  readonly cacheControl?: string | undefined
  /** How the bytes are encoded, such as `gzip`. S3 stores the bytes as they are. */
  readonly contentEncoding?: string | undefined
  /** What a browser does with the object, such as `attachment; filename="report.pdf"`. */
  readonly contentDisposition?: string | undefined
  /** The language of the content, such as `de`. */
  readonly contentLanguage?: string | undefined
  /** When caches may no longer use the object. */
  readonly expires?: Date | undefined
  /** User metadata: at most 2 KB of printable ASCII; none by default. S3 stores its names in lower case. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** At most 10 tags; none by default. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** `STANDARD` by default. */
  readonly storageClass?: StorageClass | undefined
  /** `"bucket-default"` by default. */
  readonly encryption?: Encryption | undefined
  /** By default the SDK chooses: `CRC32`, unless the clients' `requestChecksumCalculation` is `WHEN_REQUIRED`. */
  readonly checksum?: Checksum | undefined
  /** A canned ACL. A bucket whose ACLs are disabled, as they are by default, accepts only `bucket-owner-full-control`. */
  readonly acl?: ObjectCannedACL | undefined
}

/**
 * When an object may be written, and whose bucket it has to be.
 *
 * AWS: [Conditional writes](https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html)
 *
 * @category models
 * @since 0.1.0
 */
export interface WriteConditions {
  /** Write only over the object with this ETag. By default any object is replaced. */
  readonly ifMatch?: string | undefined
  /** `"*"`: write only if no object has the key. */
  readonly ifNoneMatch?: "*" | undefined
  /** The ID of the account that must own the bucket. */
  readonly expectedOwner?: string | undefined
}

/**
 * Which bytes of an object: from `start` to `end`, which is included, as in HTTP; or the last bytes. Counted from 0.
 *
 * @category models
 * @since 0.1.0
 */
export type Range =
  | { readonly start: number; readonly end?: number | undefined }
  | { readonly last: number }

/**
 * Which version of an object to read, and how.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReadOptions {
  /** A version of the object. By default the current one. */
  readonly versionId?: string | undefined
  /** Read only the object with this ETag. By default any. */
  readonly ifMatch?: string | undefined
  /** The key that the object was encrypted with, if it was one of yours (SSE-C). */
  readonly customerKey?: CustomerKey | undefined
  /** The ID of the account that must own the bucket. */
  readonly expectedOwner?: string | undefined
}

/**
 * How far a transfer is, in bytes. `total` is `undefined` as long as it isn't known.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress {
  /** How many bytes have been transferred so far. */
  readonly transferred: number
  /** How many bytes there are; `undefined` as long as it isn't known. */
  readonly total: number | undefined
}

/**
 * How to follow a transfer.
 *
 * @category models
 * @since 0.1.0
 */
export interface ProgressOptions {
  /**
   * Runs whenever bytes have been transferred, one run after another; a slow one skips what it missed, and doesn't slow the
   * transfer down. The last run says how it ended, with `transferred` equal to `total`, and the transfer waits for it.
   */
  readonly onProgress?: ((progress: Progress) => Effect.Effect<void>) | undefined
}

/**
 * How a transfer is cut into parts.
 *
 * @category models
 * @since 0.1.0
 */
export interface PartOptions {
  /**
   * In bytes. By default 8 MiB, and 128 MiB for a copy. S3 accepts uploaded and copied parts of 5 MiB to 5 GiB. Parts are larger if
   * there would be more than 10,000 of them.
   */
  readonly partSize?: number | undefined
  /** How many parts are under way at once. By default 4 for an upload, 8 for a copy, and 10 for a download. */
  readonly concurrency?: number | undefined
}

/**
 * What can be uploaded: text as UTF-8, bytes, a Stream of either, or what Node reads from (a `Readable`, a `ReadableStream`).
 *
 * @category models
 * @since 0.1.0
 */
export type Body<E = never, R = never> =
  | string
  | Uint8Array
  | Stream.Stream<string | Uint8Array, E, R>
  | AsyncIterable<string | Uint8Array>

/**
 * What to upload, and where.
 *
 * @category models
 * @since 0.1.0
 */
export interface PutObjectOptions<E = never, R = never>
  extends ObjectOptions, WriteConditions, PartOptions, ProgressOptions
{
  /** The name of the bucket. */
  readonly bucket: string
  /** The key of the object. */
  readonly key: string
  /** What is uploaded. */
  readonly body: Body<E, R>
  /** How many bytes the body has. By default this is found out. */
  readonly size?: number | undefined
}

/**
 * Which file to upload, and where.
 *
 * @category models
 * @since 0.1.0
 */
export interface UploadFileOptions extends ObjectOptions, WriteConditions, PartOptions, ProgressOptions {
  /** The path of a regular file. */
  readonly path: string
  /** The name of the bucket. */
  readonly bucket: string
  /** The key of the object. */
  readonly key: string
  /**
   * Whether to go on with an upload that an earlier call has begun, and in which directory that is remembered: with `true`, in
   * `effect-aws-sdk/uploads` in `$XDG_STATE_HOME` or `~/.local/state`. `false` by default.
   */
  readonly resume?: boolean | { readonly stateDirectory: string } | undefined
}

/**
 * Which unfinished uploads.
 *
 * @category models
 * @since 0.1.0
 */
export interface UnfinishedUploadOptions {
  /** Only uploads of keys that begin with this. By default all. */
  readonly prefix?: string | undefined
  /** The ID of the account that must own the bucket. */
  readonly expectedOwner?: string | undefined
}

/**
 * Which bytes of which version of an object to read.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetObjectOptions extends ReadOptions, ProgressOptions {
  /** By default all bytes. */
  readonly range?: Range | undefined
}

/**
 * What to read into memory.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetBytesOptions extends GetObjectOptions {
  /** The most bytes that the caller accepts; 64 MiB (67,108,864) by default. */
  readonly atMost?: number | undefined
}

/**
 * What to read as text.
 *
 * @category models
 * @since 0.1.0
 */
export interface GetTextOptions extends GetBytesOptions {
  /** An encoding of the WHATWG standard; `utf-8` by default. */
  readonly encoding?: string | undefined
}

/**
 * What to download, and where.
 *
 * @category models
 * @since 0.1.0
 */
export interface DownloadFileOptions extends GetObjectOptions, PartOptions {
  /** The name of the bucket. */
  readonly bucket: string
  /** The key of the object. */
  readonly key: string
  /** Where the file goes, in a directory that exists. */
  readonly path: string
  /** Whether a file of this path is replaced; `false` by default. */
  readonly overwrite?: boolean | undefined
  /** Whether to go on with a download that an earlier call has begun; `false` by default. */
  readonly resume?: boolean | undefined
  /** Whether the file gets the object's time of modification; `false` by default. */
  readonly keepTime?: boolean | undefined
}

/**
 * How to delete a bucket.
 *
 * @category models
 * @since 0.1.0
 */
export interface DestroyBucketOptions {
  /** How many calls to delete run at once; 8 by default. */
  readonly concurrency?: number | undefined
  /** The ID of the account that must own the bucket. */
  readonly expectedOwner?: string | undefined
}

/**
 * An object to delete, or one version of it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ObjectToDelete {
  /** The key of the object. */
  readonly key: string
  /** By default the object itself: with versioning, it gets a delete marker, and its versions stay. */
  readonly versionId?: string | undefined
}

/**
 * How to delete objects.
 *
 * @category models
 * @since 0.1.0
 */
export interface DeleteOptions {
  /** How many calls run at once; 8 by default. */
  readonly concurrency?: number | undefined
  /**
   * Whether to delete versions that a retention in governance mode protects, too; `false` by default. It needs the permission
   * `s3:BypassGovernanceRetention`.
   */
  readonly bypassGovernanceRetention?: boolean | undefined
  /** The ID of the account that must own the bucket. */
  readonly expectedOwner?: string | undefined
}

/**
 * What a copy is made of.
 *
 * @category models
 * @since 0.1.0
 */
export interface CopySource extends ReadOptions {
  /** The name of the source's bucket. */
  readonly bucket: string
  /** The key of the source. */
  readonly key: string
}

/**
 * What to copy, and where.
 *
 * @category models
 * @since 0.1.0
 */
export interface CopyOptions extends ObjectOptions, WriteConditions, PartOptions, ProgressOptions {
  /** The object that is copied, or one version of it. */
  readonly from: CopySource
  /** The bucket and the key of the copy. */
  readonly to: { readonly bucket: string; readonly key: string }
}

/**
 * Which objects to list, and how.
 *
 * @category models
 * @since 0.1.0
 */
export interface ListOptions {
  /** Only objects whose keys begin with this. By default all. */
  readonly prefix?: string | undefined
  /** Only objects whose keys come after this one, which need not exist. */
  readonly startAfter?: string | undefined
  /** The ID of the account that must own the bucket. */
  readonly expectedOwner?: string | undefined
}

/**
 * What a new bucket gets. Everything else can be changed later, by its own command.
 *
 * @category models
 * @since 0.1.0
 */
export interface BucketOptions {
  /**
   * Who owns the objects, and whether they have ACLs. `BucketOwnerEnforced` by default: the bucket's owner owns every object,
   * and there are no ACLs.
   *
   * AWS: [Object ownership](https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html)
   */
  readonly objectOwnership?: ObjectOwnership | undefined
  /** Whether objects can be locked; `false` by default. It turns versioning on, for good. */
  readonly objectLock?: boolean | undefined
  /** At most 50 tags; none by default. */
  readonly tags?: Readonly<Record<string, string>> | undefined
}
