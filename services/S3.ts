/**
 * Buckets and objects of Amazon S3.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { AwsError } from "../errors/AwsError.ts"
import type {
  BucketAccessDenied,
  BucketDoesNotExist,
  BucketInAnotherRegion,
  BucketNameNotAvailable,
  BucketNotEmptied,
  CannotReadFile,
  CannotSync,
  CannotWriteFile,
  CouldNotEnsureBucketExists,
  DirectoryDoesNotExist,
  FileAlreadyExists,
  ObjectArchived,
  ObjectChanged,
  ObjectDoesNotExist,
  ObjectsNotDeleted,
  PreconditionFailed,
  TransferIncomplete,
  TransferSummary
} from "../errors/S3Errors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import * as bodies from "./internal/s3/bodies.ts"
import * as buckets from "./internal/s3/buckets.ts"
import * as copies from "./internal/s3/copies.ts"
import * as deletions from "./internal/s3/deletions.ts"
import * as directories from "./internal/s3/directories.ts"
import * as download from "./internal/s3/download.ts"
import * as emptying from "./internal/s3/emptying.ts"
import type { BucketStatus, S3File, S3Object, WrittenObject } from "./internal/s3/models.ts"
import * as objects from "./internal/s3/objects.ts"
import type { CopyOptions, DeleteOptions, ObjectToDelete } from "./internal/s3/options.ts"
import { s3 } from "./internal/s3/service.ts"
import * as transfers from "./internal/s3/transfers.ts"
import * as upload from "./internal/s3/upload.ts"

export * from "../errors/S3Errors.ts"
export type { CompareBy } from "./internal/s3/compare.ts"
export type {
  BucketLocation,
  LocalLocation,
  SourceFileInfo,
  SymlinkOptions,
  SyncLocations,
  SyncOptions,
  TransferOptions,
  WriteObjectsOptions
} from "./internal/s3/directories.ts"
export * from "./internal/s3/models.ts"
export type * from "./internal/s3/options.ts"
export { type SkipReason, TransferEvent } from "./internal/s3/transfers.ts"
export type { SymlinkPolicy } from "./internal/s3/walk.ts"

/**
 * Sends any S3 command.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = s3.send

/**
 * The pages of any paginated S3 command.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = s3.pages

/**
 * The elements on all pages of any paginated S3 command.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = s3.items

// Buckets

/**
 * Whether a bucket exists, and whether these clients can access it.
 *
 * A bucket in another region is `ExistsNoAccess`, whoever owns it: S3 redirects every call that these clients send to it.
 *
 * **Errors**: `AwsError`.
 *
 * **Example** (Handle each status)
 *
 * ```ts
 * import { Effect, Match } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const advice = S3.getBucketStatus("bucket").pipe(Effect.map(
 *   Match.type<S3.BucketStatus>().pipe(
 *     Match.when("DoesNotExist", () => "create it"),
 *     Match.when("ExistsHaveAccess", () => "use it"),
 *     Match.when("ExistsNoAccess", () => "choose another name"),
 *     Match.exhaustive
 *   )
 * ))
 * ```
 *
 * AWS: [HeadBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html)
 *
 * @category buckets
 * @since 0.1.0
 */
export const getBucketStatus: (bucket: string) => Effect.Effect<BucketStatus, AwsError, AwsClients> =
  buckets.getBucketStatus

/**
 * Creates a private bucket in the region of the clients. The bucket's owner owns every object that is uploaded with the
 * ACL `bucket-owner-full-control`. Succeeds if the caller's account owns the bucket already, in this region. In us-east-1,
 * AWS then resets the bucket's ACL to private.
 *
 * **Errors**: `BucketNameNotAvailable` if another account has a bucket of this name; `BucketInAnotherRegion` if a bucket of
 * this name exists in another region; `AwsError` for anything else.
 *
 * **Example** (Create a bucket)
 *
 * ```ts
 * import { S3 } from "effect-aws-sdk"
 *
 * const created = S3.createBucket("logs-0a1b")
 * ```
 *
 * AWS: [CreateBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html)
 *
 * @category buckets
 * @since 0.1.0
 */
export const createBucket: (
  bucket: string
) => Effect.Effect<void, BucketNameNotAvailable | BucketInAnotherRegion | AwsError, AwsClients> = buckets.createBucket

/**
 * Creates a bucket unless it exists and these clients can access it.
 *
 * **Errors**: `CouldNotEnsureBucketExists` if the bucket exists but these clients can't access it, because it belongs to
 * another account or is in another region, which the error names if S3 does; `AwsError` for anything else.
 *
 * **Example** (Before the first upload)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const uploaded = S3.ensureBucketExists("logs-0a1b").pipe(
 *   Effect.andThen(S3.uploadFile({ path: "today.log", bucket: "logs-0a1b", key: "today.log" }))
 * )
 * ```
 *
 * AWS: [HeadBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html),
 * [CreateBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html)
 *
 * @category buckets
 * @since 0.1.0
 */
export const ensureBucketExists: (
  bucket: string
) => Effect.Effect<void, CouldNotEnsureBucketExists | AwsError, AwsClients> = buckets.ensureBucketExists

/**
 * Deletes a bucket and everything in it: all versions of its objects, delete markers, and unfinished multipart uploads.
 * Succeeds if the bucket doesn't exist.
 *
 * Lists and deletes a thousand versions per call, in constant memory. A version whose key has a character that XML can't
 * carry, such as U+0001, needs a call of its own. `concurrency` is the number of delete calls that run at once; 8 by
 * default. Versions that AWS fails to delete for a transient reason (throttling, an internal error) are sent again, and
 * only these, as {@link Retry.standard} says.
 *
 * **Errors**: `BucketNotEmptied` if AWS refuses to delete some versions, which the error lists, or if objects are added
 * meanwhile; `AwsError` for anything else. A failure does not bring back what is already deleted.
 *
 * **Example** (Removing a test environment)
 *
 * ```ts
 * import { S3 } from "effect-aws-sdk"
 *
 * const destroyed = S3.destroyBucket("test-0a1b", { concurrency: 16 })
 * ```
 *
 * AWS: [ListObjectVersions](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html),
 * [DeleteObjects](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html),
 * [AbortMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html),
 * [DeleteBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html)
 *
 * @category buckets
 * @since 0.1.0
 */
export const destroyBucket: (
  bucket: string,
  options?: { readonly concurrency?: number | undefined }
) => Effect.Effect<void, BucketNotEmptied | AwsError, AwsClients> = emptying.destroyBucket

// Uploads

/**
 * Uploads a file. The object gets the ACL `bucket-owner-full-control`, the storage class `STANDARD`, and encryption by
 * KMS (`aws:kms`) with the AWS managed key for S3. It replaces an object that already has this key.
 *
 * - `path`: a regular file. Memory use does not grow with its size: a file of more than 16 MiB is uploaded in parts of
 *   8 MiB, at most four at once, and each part is retried on its own. S3 allows 10,000 parts, so the parts of a file of
 *   more than 78 GiB are larger. Of a file whose size isn't known in advance, as in `/proc`, at most 16 MiB are uploaded.
 * - `metadata`: user metadata, at most 2 KB, in printable ASCII without blanks at the ends. S3 stores its names in lower
 *   case. Encode other text, for example by RFC 2047, which S3 uses itself.
 *
 * The object is the file as it was when it was opened: if its size or its time of modification changes before all of it
 * is read, the upload fails, and the bucket keeps the object that it had. A file that takes over the name is not read.
 *
 * A multipart upload that fails or is interrupted is aborted before the Effect ends. Interruption waits at most 5 seconds
 * for an answer that is due (to the request that begins or completes the upload), and at most 5 more for the abort. If S3
 * doesn't answer in time, the log says what may be left: an upload that AWS bills until it is aborted, or the complete
 * object.
 *
 * **Errors**: `CannotReadFile` if the file cannot be read or changes meanwhile; `BucketDoesNotExist`;
 * `BucketAccessDenied`; `AwsError` for anything else. Its reason is `Misconfigured` if a header can't carry the
 * metadata.
 *
 * **Example** (With metadata)
 *
 * ```ts
 * import { S3 } from "effect-aws-sdk"
 *
 * const uploaded = S3.uploadFile({
 *   path: "./capture.pcap",
 *   bucket: "captures-0a1b",
 *   key: "2026/capture.pcap",
 *   metadata: { host: "sensor-1" }
 * })
 * ```
 *
 * AWS: [PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html),
 * [multipart uploads](https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const uploadFile: (options: {
  readonly path: string
  readonly bucket: string
  readonly key: string
  readonly metadata?: Readonly<Record<string, string>> | undefined
}) => Effect.Effect<void, CannotReadFile | BucketDoesNotExist | BucketAccessDenied | AwsError, AwsClients> =
  upload.uploadFile

// Lists, copies and deletions

/**
 * The objects in a bucket, sorted by key, page by page.
 *
 * - `prefix`: lists only objects whose key starts with it.
 *
 * **Errors**: `BucketDoesNotExist`; `AwsError` for anything else.
 *
 * **Example** (Add up sizes)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const bytes = S3.listObjects("logs-0a1b", { prefix: "2026/" }).pipe(
 *   Stream.runFold(() => 0, (sum, { size }) => sum + size)
 * )
 * ```
 *
 * AWS: [ListObjectsV2](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const listObjects: (
  bucket: string,
  options?: { readonly prefix?: string | undefined }
) => Stream.Stream<S3Object, BucketDoesNotExist | AwsError, AwsClients> = objects.listObjects

/**
 * Copies an object, within a bucket or to another one. No byte passes through this process.
 *
 * - `from`: the object, or one version of it (`versionId`). With `ifMatch`, only the object with this ETag; with
 *   `customerKey`, an object that is encrypted with a key of yours.
 * - `to`: the bucket and the key of the copy. It replaces an object that already has this key, unless `ifNoneMatch` or
 *   `ifMatch` says otherwise.
 *
 * The copy keeps the headers, the user metadata, the website redirect and the tags of its source. An option replaces what it
 * names, and the rest is kept: with `cacheControl`, the metadata stay; `metadata` or `tags` replaces all metadata or all tags.
 * As in S3, the copy doesn't get the storage class, the encryption or the ACL of its source, but the options', or else
 * `STANDARD`, the default encryption of the bucket and no ACL.
 *
 * An object of more than 5 GiB is copied in parts of 128 MiB, 8 at once. With `partSize`, every object of more than
 * `partSize` bytes is copied in parts of this size. All parts come from one and the same version of the object. A copy in
 * parts needs the permission to read the tags of its source; if it fails or is interrupted, its upload is aborted, as that
 * of {@link uploadFile}.
 *
 * **Errors**: `ObjectDoesNotExist` if the source or its bucket doesn't exist; `ObjectArchived` if the source is in an
 * archive; `PreconditionFailed` if the source isn't as `from.ifMatch` requires, or the target as `ifMatch` or `ifNoneMatch`;
 * `ObjectChanged` if the source is replaced or deleted meanwhile; `BucketDoesNotExist` if the target's bucket doesn't exist;
 * `BucketAccessDenied`; `AwsError` for anything else. S3 refuses a copy of an object to itself that changes nothing, with
 * the code `InvalidRequest`.
 *
 * **Example** (Change one header of an object)
 *
 * ```ts
 * import { S3 } from "effect-aws-sdk"
 *
 * const page = { bucket: "site-0a1b", key: "index.html" }
 *
 * const cached = S3.copyObject({ from: page, to: page, cacheControl: "max-age=3600" })
 * ```
 *
 * AWS: [CopyObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html),
 * [UploadPartCopy](https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const copyObject: (
  options: CopyOptions
) => Effect.Effect<
  WrittenObject,
  | ObjectDoesNotExist
  | ObjectArchived
  | PreconditionFailed
  | ObjectChanged
  | BucketDoesNotExist
  | BucketAccessDenied
  | AwsError,
  AwsClients
> = copies.copyObject

/**
 * Deletes objects, or versions of objects, a thousand per call, and returns how many were named. Afterwards none of them
 * exists; S3 doesn't tell which of them did before.
 *
 * - `objects`: keys, or objects with a `key` and a `versionId`, in anything that can be iterated, or in a Stream:
 *   {@link listObjects} and {@link listObjectVersions} give what fits. A Stream is read as fast as S3 deletes. A call is sent
 *   once a thousand objects are there, or the Stream has ended.
 * - `concurrency`: how many calls run at once; 8 by default.
 *
 * In a bucket with versioning, an object without a `versionId` gets a delete marker, and its versions stay.
 *
 * Objects that AWS fails to delete for a transient reason (throttling, an internal error) are sent again, and only these, as
 * {@link Retry.standard} says. An object whose key has a character that XML can't carry, such as U+0001, needs a call of its
 * own. Memory use grows only with the number of objects that are refused.
 *
 * **Errors**: `ObjectsNotDeleted` with the objects that AWS refuses to delete, and those whose key no request can carry; all
 * others are deleted. `BucketDoesNotExist`; `AwsError` for anything else, when some calls may have been made. If the Stream
 * fails, what it gave before is deleted, and then this fails as the Stream did.
 *
 * **Example** (What was uploaded before a day)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const old = S3.listObjects("logs-0a1b", { prefix: "app/" }).pipe(
 *   Stream.filter(({ lastModified }) => lastModified < new Date("2026-01-01"))
 * )
 *
 * const deleted = S3.deleteObjects("logs-0a1b", old)
 * ```
 *
 * AWS: [DeleteObjects](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const deleteObjects: <E = never, R = never>(
  bucket: string,
  objects: (Iterable<string | ObjectToDelete> & object) | Stream.Stream<string | ObjectToDelete, E, R>,
  options?: DeleteOptions
) => Effect.Effect<number, E | ObjectsNotDeleted | BucketDoesNotExist | AwsError, AwsClients | R> =
  deletions.deleteObjects

// Reading and downloading

/**
 * Gets the user metadata of an object. Its names are in lower case.
 *
 * **Errors**: `ObjectDoesNotExist` if the object or the bucket doesn't exist (S3 doesn't say which); `AwsError` for
 * anything else.
 *
 * **Example** (Read one value)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const host = S3.getObjectMetadata("captures-0a1b", "2026/capture.pcap").pipe(Effect.map(({ host }) => host))
 * ```
 *
 * AWS: [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const getObjectMetadata: (
  bucket: string,
  key: string
) => Effect.Effect<Readonly<Record<string, string>>, ObjectDoesNotExist | AwsError, AwsClients> =
  objects.getObjectMetadata

/**
 * Streams the bytes of an object, in chunks as they arrive. The connection is released as soon as the consumer stops,
 * fails or is interrupted.
 *
 * **Errors**: `ObjectDoesNotExist` if the object or the bucket doesn't exist; `AwsError` for anything else. If the body
 * ends early, its reason is `Unreachable`; if the checksum is wrong, `Unreadable`.
 *
 * **Example** (Read text)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const text = S3.getObject("logs-0a1b", "today.log").pipe(Stream.decodeText(), Stream.mkString)
 * ```
 *
 * AWS: [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const getObject: (
  bucket: string,
  key: string
) => Stream.Stream<Uint8Array, ObjectDoesNotExist | AwsError, AwsClients> = bodies.getObject

/**
 * Downloads an object to a new file.
 *
 * Streams the object to a temporary file beside the target, and gives that file its name once all bytes have arrived. A
 * download that fails, breaks off or is interrupted leaves neither file, even if the file has its name already when the
 * interruption arrives. An existing file is never overwritten, not even one that is created during the download. A process
 * that is killed may leave the temporary file, `.….part`.
 *
 * **Errors**: `ObjectDoesNotExist` if the object or the bucket doesn't exist; `FileAlreadyExists`;
 * `DirectoryDoesNotExist`; `CannotWriteFile`; `AwsError` for anything else.
 *
 * **Example** (To the working directory)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const size = S3.downloadFile({ bucket: "logs-0a1b", key: "2026/today.log", path: "./today.log" }).pipe(
 *   Effect.map((file) => file.size)
 * )
 * ```
 *
 * AWS: [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const downloadFile: (options: {
  readonly bucket: string
  readonly key: string
  readonly path: string
}) => Effect.Effect<
  S3File,
  ObjectDoesNotExist | FileAlreadyExists | DirectoryDoesNotExist | CannotWriteFile | AwsError,
  AwsClients
> = download.downloadFile

// Directories

export const uploadDirectory: (
  options:
    & directories.LocalLocation
    & directories.BucketLocation
    & directories.TransferOptions
    & directories.WriteObjectsOptions
    & directories.SymlinkOptions
) => Stream.Stream<
  transfers.TransferEvent,
  DirectoryDoesNotExist | CannotReadFile | BucketDoesNotExist | AwsError,
  AwsClients
> = directories.uploadDirectory

export const downloadDirectory: (
  options:
    & directories.BucketLocation
    & directories.LocalLocation
    & directories.TransferOptions
    & { readonly overwrite?: boolean | undefined }
) => Stream.Stream<
  transfers.TransferEvent,
  DirectoryDoesNotExist | CannotWriteFile | BucketDoesNotExist | AwsError,
  AwsClients
> = directories.downloadDirectory

export const sync: (
  options: directories.SyncLocations & directories.SyncOptions
) => Stream.Stream<
  transfers.TransferEvent,
  DirectoryDoesNotExist | CannotReadFile | CannotWriteFile | BucketDoesNotExist | CannotSync | AwsError,
  AwsClients
> = directories.sync

export const transferAll: <E, R>(
  events: Stream.Stream<transfers.TransferEvent, E, R>
) => Effect.Effect<TransferSummary, E | TransferIncomplete, R> = transfers.transferAll

// Presigned requests
