/**
 * Buckets and objects of Amazon S3.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { AwsError } from "../errors/AwsError.ts"
import type {
  BucketAccessDenied,
  BucketDoesNotExist,
  BucketInAnotherRegion,
  BucketNameNotAvailable,
  BucketNotEmptied,
  CannotReadFile,
  CannotWriteFile,
  CouldNotEnsureBucketExists,
  DirectoryDoesNotExist,
  FileAlreadyExists,
  ObjectArchived,
  ObjectChanged,
  ObjectCorrupted,
  ObjectDoesNotExist,
  ObjectNotDecodable,
  ObjectTooLarge,
  PreconditionFailed,
  RangeNotSatisfiable
} from "../errors/S3Errors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import * as buckets from "./internal/s3/buckets.ts"
import * as download from "./internal/s3/download.ts"
import * as emptying from "./internal/s3/emptying.ts"
import * as head from "./internal/s3/head.ts"
import type { BucketStatus, S3File, S3Object } from "./internal/s3/models.ts"
import type { ObjectHead } from "./internal/s3/objectHead.ts"
import * as objects from "./internal/s3/objects.ts"
import type { PartOptions, ProgressOptions, Range, ReadOptions } from "./internal/s3/options.ts"
import * as reads from "./internal/s3/reads.ts"
import { s3 } from "./internal/s3/service.ts"
import * as upload from "./internal/s3/upload.ts"

export * from "../errors/S3Errors.ts"
export * from "./internal/s3/models.ts"
export * from "./internal/s3/objectHead.ts"
export type * from "./internal/s3/options.ts"

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

// Reading and downloading

/**
 * Everything that S3 tells of an object without its bytes: size, ETag, headers, metadata, storage class, encryption, checksum,
 * lock, and more. What S3 doesn't tell isn't there; only `storageClass` is `STANDARD` then, as S3 leaves that one out.
 *
 * - `versionId`: the version to ask about; the current one by default.
 * - `ifMatch`: the ETag that the object must have.
 * - `customerKey`: the key that the object is encrypted with (SSE-C).
 * - `expectedOwner`: the ID of the account that must own the bucket.
 *
 * **Errors**: `ObjectDoesNotExist` if the object, its version or the bucket doesn't exist (S3 doesn't say which), or if the
 * version is a delete marker; `PreconditionFailed` if its ETag isn't `ifMatch`; `AwsError` for anything else. Without the
 * permission `s3:ListBucket`, S3 answers that access is denied (`AccessDenied`) in place of `ObjectDoesNotExist`.
 *
 * **Example** (Size and storage class)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const told = S3.headObject("captures-0a1b", "2026/capture.pcap").pipe(
 *   Effect.map(({ size, storageClass }) => `${size} bytes in ${storageClass}`)
 * )
 * ```
 *
 * AWS: [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const headObject: (
  bucket: string,
  key: string,
  options?: ReadOptions
) => Effect.Effect<ObjectHead, ObjectDoesNotExist | PreconditionFailed | AwsError, AwsClients> = head.headObject

/**
 * Whether an object exists. With `versionId`, whether that version exists and isn't a delete marker; with `ifMatch`, whether the
 * object has that ETag. It is `false` in a bucket that doesn't exist.
 *
 * The options are those of {@link headObject}.
 *
 * **Errors**: `AwsError`; its reason is `AccessDenied` if the object doesn't exist and the caller lacks the permission
 * `s3:ListBucket`, because S3 doesn't tell then.
 *
 * **Example** (Upload what isn't there yet)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const uploaded = S3.exists("logs-0a1b", "today.log").pipe(
 *   Effect.flatMap((isThere) =>
 *     isThere ? Effect.void : S3.uploadFile({ path: "today.log", bucket: "logs-0a1b", key: "today.log" })
 *   )
 * )
 * ```
 *
 * AWS: [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const exists: (
  bucket: string,
  key: string,
  options?: ReadOptions
) => Effect.Effect<boolean, AwsError, AwsClients> = head.exists

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
) => Effect.Effect<Readonly<Record<string, string>>, ObjectDoesNotExist | AwsError, AwsClients> = head.getObjectMetadata

/**
 * Streams the bytes of an object, in chunks as they arrive. The connection is released as soon as the consumer stops,
 * fails or is interrupted.
 *
 * - `range`: which bytes; all by default. `{ start, end }` includes `end`, as in HTTP; `{ last }` are the last bytes.
 * - `versionId`, `ifMatch`, `customerKey`, `expectedOwner`: as in {@link headObject}.
 * - `onProgress`: runs as chunks are passed on.
 *
 * **Errors**: `ObjectDoesNotExist` if the object, its version or the bucket doesn't exist, or if the version is a delete marker;
 * `ObjectArchived`; `PreconditionFailed`; `RangeNotSatisfiable` if the range begins after the object's last byte; `AwsError`
 * for anything else. If the body ends early, its reason is `Unreachable`; if the checksum is wrong, or if the answer has
 * other bytes than the range, `Unreadable`; if the range is none (a fraction, `end` before `start`), `Misconfigured`, before
 * anything is sent.
 *
 * **Example** (Read text)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const text = S3.getObject("logs-0a1b", "today.log").pipe(Stream.decodeText(), Stream.mkString)
 * const end = S3.getObject("logs-0a1b", "today.log", { range: { last: 1024 } })
 * ```
 *
 * AWS: [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const getObject: (
  bucket: string,
  key: string,
  options?: ReadOptions & ProgressOptions & { readonly range?: Range | undefined }
) => Stream.Stream<
  Uint8Array,
  ObjectDoesNotExist | ObjectArchived | PreconditionFailed | RangeNotSatisfiable | AwsError,
  AwsClients
> = reads.getObject

/**
 * Reads the bytes of an object into memory.
 *
 * - `atMost`: how many bytes the object, or the range, may have; 64 MiB by default. A larger one fails before its body is read,
 *   or as soon as more bytes arrive.
 * - The other options are those of {@link getObject}.
 *
 * **Errors**: `ObjectTooLarge`, and those of {@link getObject}.
 *
 * **Example** (A small file)
 *
 * ```ts
 * import { S3 } from "effect-aws-sdk"
 *
 * const icon = S3.getBytes("site-0a1b", "favicon.ico", { atMost: 100_000 })
 * ```
 *
 * AWS: [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const getBytes: (
  bucket: string,
  key: string,
  options?: ReadOptions & ProgressOptions & {
    readonly range?: Range | undefined
    readonly atMost?: number | undefined
  }
) => Effect.Effect<
  Uint8Array,
  ObjectDoesNotExist | ObjectArchived | PreconditionFailed | RangeNotSatisfiable | ObjectTooLarge | AwsError,
  AwsClients
> = reads.getBytes

/**
 * Reads an object as text. A byte order mark at its beginning isn't part of the text.
 *
 * - `encoding`: by its name in the [WHATWG standard](https://encoding.spec.whatwg.org/#names-and-labels); `utf-8` by default,
 *   whatever the object's `contentType` says.
 * - The other options are those of {@link getBytes}.
 *
 * **Errors**: `ObjectNotDecodable` if the bytes aren't text in that encoding, rather than text with replaced characters;
 * `AwsError` with the reason `Misconfigured` if Node doesn't know the encoding; and those of {@link getBytes}.
 *
 * **Example** (A page)
 *
 * ```ts
 * import { S3 } from "effect-aws-sdk"
 *
 * const page = S3.getText("site-0a1b", "index.html")
 * ```
 *
 * AWS: [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const getText: (
  bucket: string,
  key: string,
  options?: ReadOptions & ProgressOptions & {
    readonly range?: Range | undefined
    readonly atMost?: number | undefined
    readonly encoding?: string | undefined
  }
) => Effect.Effect<
  string,
  | ObjectDoesNotExist
  | ObjectArchived
  | PreconditionFailed
  | RangeNotSatisfiable
  | ObjectTooLarge
  | ObjectNotDecodable
  | AwsError,
  AwsClients
> = reads.getText

/**
 * Reads an object as JSON, and decodes it with a schema. The options are those of {@link getText}.
 *
 * **Errors**: `ObjectNotDecodable` if the object isn't JSON or doesn't match the schema: its message says where, and doesn't show
 * the content; and those of {@link getText}.
 *
 * **Example** (Decode a setting)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const size = S3.getJson("app-0a1b", "size.json", Schema.Struct({ width: Schema.Int, height: Schema.Int }))
 * ```
 *
 * AWS: [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const getJson: <S extends Schema.Constraint>(
  bucket: string,
  key: string,
  schema: S,
  options?: ReadOptions & ProgressOptions & {
    readonly range?: Range | undefined
    readonly atMost?: number | undefined
    readonly encoding?: string | undefined
  }
) => Effect.Effect<
  S["Type"],
  | ObjectDoesNotExist
  | ObjectArchived
  | PreconditionFailed
  | RangeNotSatisfiable
  | ObjectTooLarge
  | ObjectNotDecodable
  | AwsError,
  AwsClients | S["DecodingServices"]
> = reads.getJson

/**
 * Downloads an object to a file. The file appears whole, or not at all.
 *
 * The bytes go to a temporary file beside the target, which gets its name once all of them have arrived and their checksum is
 * that of the object. A download that fails, breaks off or is interrupted leaves neither file, even if the file has its name
 * already when the interruption arrives. A process that is killed may leave the temporary file, `.….part`.
 *
 * - `path`: where the file goes, in a directory that exists.
 * - `overwrite`: whether the file may take the place of another one, in one step; `false` by default. The old file stays as it is
 *   if the download fails. By default, not even a file that is created during the download is overwritten.
 * - `range`, `versionId`, `ifMatch`, `customerKey`, `expectedOwner`: as in {@link getObject}.
 * - `partSize`, `concurrency`: an object of more than two parts (8 MiB each by default) is fetched in parts, 10 at once by
 *   default. All of them are of one and the same object, by its ETag. Memory use doesn't grow with the size of the object or its
 *   parts.
 * - `keepTime`: gives the file the object's `LastModified` as its time of modification, as the AWS CLI does; `false` by default.
 * - `resume`: keeps what has arrived when the download fails, is interrupted or killed, for the next download of the same
 *   object to the same path with `resume`; `false` by default.
 * - `onProgress`: runs as bytes are written.
 *
 * When the body of a part breaks off, or gives no byte for 30 seconds, the part is asked for again from there, as the clients'
 * {@link Retry.Policy} says.
 *
 * **Checksums**: S3 has one of nearly every object. If it is one of CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512 and MD5, of
 * the whole object or of its parts, it is compared with that of the file. For a composite checksum, one more request asks for
 * the size of the first part, or one for each part if they aren't cut alike. Without a checksum, with another one, or with
 * `range`, the length and the ETag are all that is compared.
 *
 * **Resuming**: the temporary file is named `.T.I.OWNER.part`, where T stands for the target's name, I for bucket, key, version,
 * ETag, size, range and part size, and OWNER for the process that writes it, or is `free`. Behind the content, it notes the parts
 * that are finished. The next download takes it over, unless its owner still runs, and reads these parts again before it believes
 * them. It removes leftovers of other downloads to the same path, as of an object that has changed since. To give up a download
 * for good, remove `.*.part`. Two downloads at once don't share a file.
 *
 * **Errors**: `ObjectDoesNotExist` if the object, its version or the bucket doesn't exist; `ObjectArchived`;
 * `PreconditionFailed`; `RangeNotSatisfiable`; `ObjectChanged` if the object is replaced or deleted meanwhile; `ObjectCorrupted` if
 * the checksum is wrong; `FileAlreadyExists`; `DirectoryDoesNotExist`; `CannotWriteFile`; `AwsError` for anything else. Its reason
 * is `Misconfigured` if an option can't be, before anything is sent.
 *
 * **Example** (A large object, with progress)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const size = S3.downloadFile({
 *   bucket: "captures-0a1b",
 *   key: "2026/capture.pcap",
 *   path: "./capture.pcap",
 *   resume: true,
 *   onProgress: ({ total, transferred }) => Effect.logInfo(`${transferred} of ${total} bytes`)
 * }).pipe(
 *   Effect.map((file) => file.size)
 * )
 * ```
 *
 * AWS: [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const downloadFile: (
  options: ReadOptions & PartOptions & ProgressOptions & {
    readonly bucket: string
    readonly key: string
    readonly path: string
    readonly range?: Range | undefined
    readonly overwrite?: boolean | undefined
    readonly resume?: boolean | undefined
    readonly keepTime?: boolean | undefined
  }
) => Effect.Effect<
  S3File,
  | ObjectDoesNotExist
  | ObjectArchived
  | PreconditionFailed
  | RangeNotSatisfiable
  | ObjectChanged
  | ObjectCorrupted
  | FileAlreadyExists
  | DirectoryDoesNotExist
  | CannotWriteFile
  | AwsError,
  AwsClients
> = download.downloadFile

// Directories

// Presigned requests
