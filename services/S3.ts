/**
 * Buckets and objects of Amazon S3.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { AwsError } from "../errors/AwsError.ts"
import type { S3Codes } from "../errors/codes/S3.ts"
import type {
  BucketAccessDenied,
  BucketDoesNotExist,
  BucketInAnotherRegion,
  BucketNameNotAvailable,
  BucketNotEmptied,
  CannotReadBody,
  CannotReadFile,
  CannotSync,
  CannotWriteFile,
  CouldNotEnsureBucketExists,
  DirectoryDoesNotExist,
  FileAlreadyExists,
  ObjectArchived,
  ObjectChanged,
  ObjectCorrupted,
  ObjectDoesNotExist,
  ObjectNotDecodable,
  ObjectsNotDeleted,
  ObjectTooLarge,
  PreconditionFailed,
  RangeNotSatisfiable,
  TransferIncomplete,
  TransferSummary
} from "../errors/S3Errors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import { waitUntilOf } from "../src/internal/waiters.ts"
import type { WaitUntil } from "../src/internal/waiterTables.ts"
import * as buckets from "./internal/s3/buckets.ts"
import * as copies from "./internal/s3/copies.ts"
import * as deletions from "./internal/s3/deletions.ts"
import * as directories from "./internal/s3/directories.ts"
import * as download from "./internal/s3/download.ts"
import * as emptying from "./internal/s3/emptying.ts"
import * as head from "./internal/s3/head.ts"
import * as lists from "./internal/s3/lists.ts"
import * as lookups from "./internal/s3/lookups.ts"
import type {
  BucketStatus,
  S3DeleteMarker,
  S3File,
  S3Object,
  S3ObjectVersion,
  S3Prefix,
  UnfinishedUpload,
  WrittenObject
} from "./internal/s3/models.ts"
import type { ObjectHead } from "./internal/s3/objectHead.ts"
import type {
  BucketOptions,
  CopyOptions,
  DeleteOptions,
  DestroyBucketOptions,
  DownloadFileOptions,
  GetBytesOptions,
  GetObjectOptions,
  GetTextOptions,
  ListOptions,
  ObjectToDelete,
  PutObjectOptions,
  ReadOptions,
  UnfinishedUploadOptions,
  UploadFileOptions
} from "./internal/s3/options.ts"
import * as presign from "./internal/s3/presign.ts"
import type {
  PresignedPost,
  PresignedRequest,
  PresignGetOptions,
  PresignPostOptions,
  PresignPutOptions
} from "./internal/s3/presignedModels.ts"
import { presignPost as post } from "./internal/s3/presignPost.ts"
import * as reads from "./internal/s3/reads.ts"
import * as s3 from "./internal/s3/service.ts"
import * as transfers from "./internal/s3/transfers.ts"
import * as unfinished from "./internal/s3/unfinished.ts"
import * as upload from "./internal/s3/upload.ts"
import { type S3Waiters, waiters } from "./internal/s3/waiters.ts"

export * from "../errors/S3Errors.ts"
export type { CompareBy } from "./internal/s3/compare.ts"
export type {
  BucketLocation,
  LocalLocation,
  Location,
  SourceFileInfo,
  SymlinkOptions,
  SyncLocations,
  SyncOptions,
  TransferOptions,
  WriteObjectsOptions
} from "./internal/s3/directories.ts"
export * from "./internal/s3/models.ts"
export * from "./internal/s3/objectHead.ts"
export type * from "./internal/s3/options.ts"
export * from "./internal/s3/presignedModels.ts"
export { type SkipReason, TransferEvent } from "./internal/s3/transfers.ts"
export type { SymlinkPolicy } from "./internal/s3/walk.ts"

/**
 * Sends any command of S3 with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-s3`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `s3:PutBucketVersioning` on the bucket, for example.
 *
 * **Example** (Turn versioning on)
 *
 * ```ts
 * import { PutBucketVersioningCommand } from "@aws-sdk/client-s3"
 * import { S3 } from "effect-aws-sdk"
 *
 * const versioned = S3.send(
 *   new PutBucketVersioningCommand({ Bucket: "logs-0a1b", VersioningConfiguration: { Status: "Enabled" } })
 * )
 * ```
 *
 * AWS: [PutBucketVersioning](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send = s3.send

/**
 * The pages of any paginated command of S3: the SDK's outputs. Each page is fetched when it is needed.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The parts of an upload, a page at a time)
 *
 * ```ts
 * import { ListPartsCommand } from "@aws-sdk/client-s3"
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const parts = (Key: string, UploadId: string) =>
 *   S3.pages(new ListPartsCommand({ Bucket: "captures-0a1b", Key, UploadId })).pipe(
 *     Stream.map(({ Parts = [] }) => Parts.map(({ PartNumber, Size }) => ({ PartNumber, Size })))
 *   )
 * ```
 *
 * AWS: [ListParts](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = s3.pages

/**
 * The elements on all pages of any paginated command of S3, page by page.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The names of all buckets)
 *
 * ```ts
 * import { ListBucketsCommand } from "@aws-sdk/client-s3"
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const names = S3.items(new ListBucketsCommand({ MaxBuckets: 1000 }), (page) => page.Buckets).pipe(
 *   Stream.map(({ Name }) => Name),
 *   Stream.runCollect
 * )
 * ```
 *
 * AWS: [ListBuckets](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const items = s3.items

/**
 * Waits for a state of S3 that AWS models as a waiter, such as `ObjectExists`, and returns the last output. A bucket
 * counts as existing even if the caller may not see it (403) or it is in another region (301); `waitUntil` returns
 * `undefined` then, and also when the awaited state is that something doesn't exist.
 *
 * - `name`: the waiter. `docs/waiting.md` lists all of them.
 * - `input`: the input of the waiter's command.
 * - `schedule`: when to call again. By default after the delay and for the number of calls that AWS models.
 * - `timeout`: the longest time to wait. Without a `schedule`, it replaces AWS's number of calls.
 * - `waitingFor`: what the wait is for, in the words of the log and the errors.
 *
 * **Errors**: `WaitFailed` if the state can't be reached any more; `WaitTimedOut` with the last output; `AwsError` for a
 * permanent failure.
 *
 * **Requires** `AwsClients`, and what the schedule requires.
 *
 * **Example** (An object that another program uploads)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const size = S3.waitUntil("ObjectExists", { Bucket: "reports", Key: "today.csv" }, { timeout: "1 hour" }).pipe(
 *   Effect.map(({ ContentLength }) => ContentLength)
 * )
 * ```
 *
 * AWS: [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html)
 *
 * @category waiting
 * @since 0.1.0
 */
export const waitUntil: WaitUntil<S3Waiters, S3Codes> = /* @__PURE__ */ waitUntilOf("S3.waitUntil", "S3", send, waiters)

// Buckets

/**
 * Whether a bucket exists, and whether these clients can access it.
 *
 * A bucket in another region is `ExistsNoAccess`, whoever owns it: S3 redirects every call that these clients send to it.
 *
 * **Errors**: `AwsError`.
 *
 * **Requires** the permission `s3:ListBucket` on the bucket. Without it, the bucket is `ExistsNoAccess`.
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
 * Creates a private bucket in the region of the clients. As AWS does by default, it disables ACLs: the bucket's owner owns
 * every object, and only policies give access. Succeeds if the caller's account owns the bucket already, in this region; the
 * bucket then stays as it is, but for its ACL, which AWS resets to private in us-east-1.
 *
 * - `objectOwnership`: `BucketOwnerPreferred` or `ObjectWriter` for a bucket with ACLs; `BucketOwnerEnforced` by default.
 * - `objectLock`: whether objects can be locked, so that nobody deletes them; `false` by default. It turns versioning on.
 * - `tags`: the tags of the bucket, at most 50; none by default.
 *
 * **Errors**: `BucketNameNotAvailable` if another account has a bucket of this name; `BucketInAnotherRegion` if a bucket of
 * this name exists in another region; `AwsError` for anything else.
 *
 * **Requires** the permission `s3:CreateBucket`; with `objectOwnership`, `s3:PutBucketOwnershipControls`; with `objectLock`,
 * `s3:PutBucketObjectLockConfiguration` and `s3:PutBucketVersioning`; with `tags`, `s3:TagResource`.
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
  bucket: string,
  options?: BucketOptions
) => Effect.Effect<void, BucketNameNotAvailable | BucketInAnotherRegion | AwsError, AwsClients> = buckets.createBucket

/**
 * Creates a bucket unless it exists and these clients can access it. The options are those of {@link createBucket}; a bucket
 * that exists stays as it is.
 *
 * **Errors**: `CouldNotEnsureBucketExists` if the bucket exists but these clients can't access it, because it belongs to
 * another account or is in another region, which the error names if S3 does; `AwsError` for anything else.
 *
 * **Requires** the permission `s3:ListBucket` and, to create the bucket, what {@link createBucket} requires.
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
  bucket: string,
  options?: BucketOptions
) => Effect.Effect<void, CouldNotEnsureBucketExists | AwsError, AwsClients> = buckets.ensureBucketExists

/**
 * Deletes a bucket and everything in it: all versions of its objects, delete markers, and unfinished multipart uploads.
 * Succeeds if the bucket doesn't exist.
 *
 * Lists and deletes a thousand versions per call, in constant memory. A version whose key has a character that XML can't
 * carry, such as U+0001, needs a call of its own. Versions that AWS fails to delete for a transient reason (throttling, an
 * internal error) are sent again, and only these, as `Retry.standard` says.
 *
 * - `concurrency`: how many calls to delete run at once; 8 by default.
 * - `expectedOwner`: the ID of the account that must own the bucket. Nothing is deleted from another account's.
 *
 * **Errors**: `BucketNotEmptied` if AWS refuses to delete some versions, which the error lists, or if objects are added
 * meanwhile; `AwsError` for anything else. A failure does not bring back what is already deleted.
 *
 * **Requires** the permissions `s3:ListBucketVersions`, `s3:DeleteObjectVersion`, `s3:ListBucketMultipartUploads`,
 * `s3:AbortMultipartUpload` and `s3:DeleteBucket`.
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
  options?: DestroyBucketOptions
) => Effect.Effect<void, BucketNotEmptied | AwsError, AwsClients> = emptying.destroyBucket

// Uploads

/**
 * Uploads what the program has: text, bytes, a Stream of either, or what Node reads from (a `Readable`, a `ReadableStream`,
 * any async iterable). It replaces an object that already has this key. Text is encoded as UTF-8.
 *
 * - `body`: if its length isn't known, it is read into parts of `partSize` (8 MiB by default), of which at most `concurrency`
 *   (4 by default) are in memory; what fits into one part is sent in one request. So memory use doesn't grow with the
 *   length. S3 allows 10,000 parts: after 5,000 parts of one size (39 GiB by default) the size doubles with every 500, so
 *   that 6 TiB are reached; memory grows with it. Some stores (Cloudflare's R2) accept no parts of different sizes.
 * - `size`: how many bytes the body has, if you know it. All parts have one size then, and a body with more or fewer bytes is
 *   an error.
 * - {@link ObjectOptions} (`contentType`, `metadata`, `encryption` …) says what the object gets. Without them it gets what S3
 *   and the bucket's configuration give: encryption as the bucket says, `STANDARD`, no ACL.
 * - {@link WriteConditions}: `ifNoneMatch: "*"` writes only if no object has the key, `ifMatch` only over the object with this
 *   ETag; `expectedOwner` is the ID of the account that must own the bucket.
 * - `onProgress`: runs as bytes are sent.
 *
 * A body is released on every exit: the finalizers of a Stream run, a `Readable` is destroyed, a web stream is cancelled, an
 * iterator returns. A multipart upload that fails or is interrupted is aborted before the Effect ends, as
 * {@link uploadFile} says.
 *
 * If the answer of S3 is lost and the next attempt is refused for what the first one has done (`ifNoneMatch`, for example),
 * this looks whether the object that is there is the one that it was to write, and succeeds then. It can't tell it from an
 * object that another program has written meanwhile, with the same bytes and metadata: put something unique into an object
 * that serves as a lock. A conflict with another write (`ConditionalRequestConflict`) is tried again, as the Layer's retry
 * policy says. If the upload is in parts and the conflict persists, begin again: AWS no longer completes such an upload.
 *
 * **Errors**: those of the Stream, as they are; `CannotReadBody` if a body fails, ends early, isn't of this `size`, or has
 * something in it that is neither text nor bytes; `BucketDoesNotExist`; `BucketAccessDenied`; `PreconditionFailed`; `AwsError`
 * for anything else. Its reason is `Misconfigured` if `partSize`, `concurrency` or `size` is invalid, before anything is sent,
 * or if a header can't carry the metadata.
 *
 * **Requires** the permission `s3:PutObject` and, to abort an upload in parts, `s3:AbortMultipartUpload`; with `tags`,
 * `s3:PutObjectTagging`; with `acl`, `s3:PutObjectAcl`; with `ifMatch`, and to look at an object after a lost answer,
 * `s3:GetObject`. What the Stream requires, too.
 *
 * **Example** (A Stream of lines)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const written = S3.putObject({
 *   bucket: "logs-0a1b",
 *   key: "squares.csv",
 *   body: Stream.range(1, 1_000_000).pipe(Stream.map((n) => `${n},${n * n}\n`)),
 *   contentType: "text/csv"
 * })
 * ```
 *
 * AWS: [PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html),
 * [multipart uploads](https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const putObject: <E = never, R = never>(
  options: PutObjectOptions<E, R>
) => Effect.Effect<
  WrittenObject,
  E | CannotReadBody | BucketDoesNotExist | BucketAccessDenied | PreconditionFailed | AwsError,
  AwsClients | R
> = upload.putObject

/**
 * Uploads a file. It replaces an object that already has this key.
 *
 * - `path`: a regular file. Memory use does not grow with its size: a file of more than two parts (16 MiB by default) is
 *   uploaded in parts of `partSize` (8 MiB by default), at most `concurrency` (4 by default) at once, and each part is retried
 *   on its own. S3 allows 10,000 parts, so the parts of a file of more than 78 GiB are larger. Of a file whose size isn't
 *   known in advance, as in `/proc`, at most 16 MiB are uploaded.
 * - `contentType`: by default what the extension of the file's name stands for, without a charset; S3's default if it stands
 *   for nothing.
 * - {@link ObjectOptions} says what else the object gets. Without options it gets what S3 and the bucket's configuration
 *   give: encryption as the bucket says, `STANDARD`, no ACL.
 * - `metadata`: user metadata, at most 2 KB, in printable ASCII without blanks at the ends. S3 stores its names in lower
 *   case. Encode other text, for example by RFC 2047, which S3 uses itself.
 * - `resume`: whether to go on with the upload that an earlier call has begun, see below; `false` by default.
 * - {@link WriteConditions}, `onProgress`: as in {@link putObject}.
 *
 * The object is the file as it was when it was opened: if its size or its time of modification changes before all of it
 * is read, the upload fails, and the bucket keeps the object that it had. A file that takes over the name is not read.
 *
 * A multipart upload that fails or is interrupted is aborted before the Effect ends. Interruption waits at most 5 seconds
 * for an answer that is due (to the request that begins or completes the upload), and at most 5 more for the abort. If S3
 * doesn't answer in time, the log says what may be left: an upload that AWS bills until it is aborted, or the complete
 * object. {@link abortUnfinishedUploads} cleans up.
 *
 * With `resume: true`, a multipart upload that fails, is interrupted or is killed stays, and the same call goes on with it:
 * it sends only the parts that S3 doesn't have. It believes nothing: the file is read again, and a part whose size and checksum
 * (or MD5) in S3 aren't those of the file is sent again. If the file, its time of modification or an option has changed,
 * the old upload is aborted and a new one begins; if the old one is gone, a new one begins. What an upload needs is kept in
 * a small file in `$XDG_STATE_HOME` or `~/.local/state`, in `effect-aws-sdk/uploads`, or in `stateDirectory`. Success removes
 * it. If the same call is never made again, the upload and that file stay: abort it with {@link abortUnfinishedUploads}, or
 * by a lifecycle rule of the bucket, and delete the file. `resume` needs the permission `s3:ListMultipartUploadParts`.
 *
 * Two processes that upload the same file at once with `resume` may use one upload. They send the same parts, so the object
 * is right whoever completes it. The other one succeeds too, or fails with the code `NoSuchUpload`; then call it again. If both
 * begin an upload, only one is remembered, and the other one stays if its process is killed.
 *
 * A lost answer and a conflict are handled as in {@link putObject}.
 *
 * **Errors**: `CannotReadFile` if the file cannot be read or changes meanwhile; `BucketDoesNotExist`;
 * `BucketAccessDenied`; `PreconditionFailed`; `AwsError` for anything else. Its reason is `Misconfigured` if `partSize` or
 * `concurrency` is invalid, or the state directory can't be written to, before anything is sent, or if a header can't carry the
 * metadata.
 *
 * **Requires** what {@link putObject} requires; with `resume`, `s3:ListMultipartUploadParts`, too.
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
 *   metadata: { host: "sensor-1" },
 *   resume: true
 * })
 * ```
 *
 * AWS: [PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html),
 * [multipart uploads](https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const uploadFile: (
  options: UploadFileOptions
) => Effect.Effect<
  WrittenObject,
  CannotReadFile | BucketDoesNotExist | BucketAccessDenied | PreconditionFailed | AwsError,
  AwsClients
> = upload.uploadFile

/**
 * The multipart uploads that have begun and are neither complete nor aborted, sorted by key. AWS bills their parts, and no
 * list of objects shows them.
 *
 * - `prefix`: lists only uploads of keys that start with it.
 * - `expectedOwner`: the ID of the account that must own the bucket.
 *
 * **Errors**: `BucketDoesNotExist`; `AwsError` for anything else.
 *
 * **Requires** the permission `s3:ListBucketMultipartUploads` on the bucket.
 *
 * **Example** (What is left, and since when)
 *
 * ```ts
 * import { Console, Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const shown = S3.listUnfinishedUploads("captures-0a1b", { prefix: "2026/" }).pipe(
 *   Stream.runForEach(({ initiated, key }) => Console.log(`${key}, since ${initiated.toISOString()}`))
 * )
 * ```
 *
 * AWS: [ListMultipartUploads](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const listUnfinishedUploads: (
  bucket: string,
  options?: UnfinishedUploadOptions
) => Stream.Stream<UnfinishedUpload, BucketDoesNotExist | AwsError, AwsClients> = unfinished.listUnfinishedUploads

/**
 * Aborts the multipart uploads that have begun and are neither complete nor aborted, and returns those that it has aborted.
 * Their parts are gone then, and a program that still sends them fails with `NoSuchUpload`.
 *
 * - `olderThan`: aborts only uploads that began at least this long ago, by the clock of this machine.
 * - `prefix`: aborts only uploads of keys that start with it.
 * - `expectedOwner`: the ID of the account that must own the bucket.
 *
 * **Errors**: `BucketDoesNotExist`; `AwsError` for anything else. Its reason is `Misconfigured` if `olderThan` is no duration or
 * negative, before anything is sent. A failure does not bring back what is already aborted.
 *
 * **Requires** the permissions `s3:ListBucketMultipartUploads` and `s3:AbortMultipartUpload`.
 *
 * **Example** (What is older than a week)
 *
 * ```ts
 * import { S3 } from "effect-aws-sdk"
 *
 * const aborted = S3.abortUnfinishedUploads("captures-0a1b", { olderThan: "7 days" })
 * ```
 *
 * AWS: [AbortMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html),
 * [ListMultipartUploads](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const abortUnfinishedUploads: (
  bucket: string,
  options?: UnfinishedUploadOptions & { readonly olderThan?: Duration.Input | undefined }
) => Effect.Effect<ReadonlyArray<UnfinishedUpload>, BucketDoesNotExist | AwsError, AwsClients> =
  unfinished.abortUnfinishedUploads

// Lists, copies and deletions

/**
 * The objects in a bucket, page by page, sorted by the UTF-8 bytes of their keys.
 *
 * - `prefix`: only objects whose keys begin with it.
 * - `startAfter`: only objects whose keys come after it.
 * - `expectedOwner`: the ID of the account that must own the bucket.
 * - `delimiter`: groups the objects whose keys contain it after the prefix. The list has one {@link S3Prefix} in place of all
 *   objects whose keys are equal up to the delimiter. With `"/"`, this is what a folder has: `_tag` tells its objects from its
 *   subfolders.
 * - `concurrency`: lists as many ranges of the keys at once; 1 by default. The objects are the same, but not sorted. It is
 *   for buckets with many pages of a thousand objects. S3 doesn't say how the keys are distributed, so this cuts ranges
 *   where the listed keys suggest it, whatever they look like; at most, it makes twice as many calls as there are pages, and
 *   two for each unit of `concurrency`. A directory bucket, whose keys aren't sorted, is listed one page after another.
 *
 * **Errors**: `BucketDoesNotExist`; `AwsError` for anything else. With `concurrency`, its reason is `Unreadable` with the
 * code `KeysNotSorted` if a store doesn't sort its keys as S3 does.
 *
 * **Requires** the permission `s3:ListBucket` on the bucket.
 *
 * **Example** (Add up sizes)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const bytes = S3.listObjects("logs-0a1b", { prefix: "2026/", concurrency: 16 }).pipe(
 *   Stream.runFold(() => 0, (sum, { size }) => sum + size)
 * )
 * ```
 *
 * **Example** (The folders of a bucket)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const folders = S3.listObjects("logs-0a1b", { delimiter: "/" }).pipe(
 *   Stream.filter((entry) => entry._tag === "S3Prefix"),
 *   Stream.map(({ prefix }) => prefix)
 * )
 * ```
 *
 * AWS: [ListObjectsV2](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const listObjects: {
  (
    bucket: string,
    options: ListOptions & { readonly delimiter: string }
  ): Stream.Stream<S3Object | S3Prefix, BucketDoesNotExist | AwsError, AwsClients>
  (
    bucket: string,
    options?: ListOptions & { readonly concurrency?: number | undefined }
  ): Stream.Stream<S3Object, BucketDoesNotExist | AwsError, AwsClients>
} = lists.listObjects

/**
 * The versions of the objects in a bucket, and its delete markers, page by page: sorted by the UTF-8 bytes of their keys, and
 * of each key the latest first. `_tag` tells versions from delete markers, `isLatest` whether it is the current version of its
 * object. S3 has the time in whole seconds, so a version and a delete marker of the same second may change places.
 *
 * - `prefix`: only versions of objects whose keys begin with it.
 * - `expectedOwner`: the ID of the account that must own the bucket.
 *
 * In a bucket that never had versioning, every object is a version with the ID `null`.
 *
 * **Errors**: `BucketDoesNotExist`; `AwsError` for anything else.
 *
 * **Requires** the permission `s3:ListBucketVersions` on the bucket.
 *
 * **Example** (Delete all versions but the latest ones)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const old = Stream.filter(S3.listObjectVersions("logs-0a1b"), ({ isLatest }) => !isLatest)
 *
 * const deleted = S3.deleteObjects("logs-0a1b", old)
 * ```
 *
 * AWS: [ListObjectVersions](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const listObjectVersions: (
  bucket: string,
  options?: Omit<ListOptions, "startAfter">
) => Stream.Stream<S3ObjectVersion | S3DeleteMarker, BucketDoesNotExist | AwsError, AwsClients> =
  lists.listObjectVersions

/**
 * Copies an object, within a bucket or to another one. No byte passes through this process.
 *
 * - `from`: the object, or one version of it (`versionId`). With `ifMatch`, only the object with this ETag; with
 *   `customerKey`, an object that is encrypted with a key of yours.
 * - `to`: the bucket and the key of the copy. It replaces an object that already has this key, unless `ifNoneMatch` or
 *   `ifMatch` says otherwise.
 * - {@link ObjectOptions}: what the copy gets in place of what its source has.
 * - `partSize`, `concurrency`: in bytes, and how many parts are copied at once; see below.
 * - `onProgress`: runs as parts are copied.
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
 * **Requires** the permissions `s3:GetObject` and `s3:GetObjectTagging` on the source (with `versionId`, `s3:GetObjectVersion`
 * and `s3:GetObjectVersionTagging`), and on the target `s3:PutObject` and, if it gets tags, `s3:PutObjectTagging`.
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
 * - `bypassGovernanceRetention`: whether to delete versions that a retention in governance mode protects, too; `false` by default.
 * - `expectedOwner`: the ID of the account that must own the bucket.
 *
 * In a bucket with versioning, an object without a `versionId` gets a delete marker, and its versions stay.
 *
 * Objects that AWS fails to delete for a transient reason (throttling, an internal error) are sent again, and only these, as
 * `Retry.standard` says. An object whose key has a character that XML can't carry, such as U+0001, needs a call of its
 * own. Memory use grows only with the number of objects that are refused.
 *
 * **Errors**: `ObjectsNotDeleted` with the objects that AWS refuses to delete, and those whose key no request can carry; all
 * others are deleted. `BucketDoesNotExist`; `AwsError` for anything else, when some calls may have been made. If the Stream
 * fails, what it gave before is deleted, and then this fails as the Stream did.
 *
 * **Requires** the permission `s3:DeleteObject`; for versions, `s3:DeleteObjectVersion`; with `bypassGovernanceRetention`,
 * `s3:BypassGovernanceRetention`. What the Stream requires, too.
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
 * Everything that S3 reports about an object except its bytes: size, ETag, headers, metadata, storage class, encryption, checksum,
 * lock, and more. What S3 doesn't report isn't there, except for `storageClass`: S3 leaves out `STANDARD`.
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
 * **Requires** the permission `s3:GetObject`; with `versionId`, `s3:GetObjectVersion`.
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
 * Gets what {@link headObject} gets, with one call for all lookups of an object that are made at the same time with the same
 * options. S3 has no command for several objects: lookups of different objects make a call each, at most 50 at a time.
 *
 * The options are those of {@link headObject}.
 *
 * A call that has begun isn't joined, so a lookup never tells of an object as it was before the lookup. A lookup that is
 * interrupted doesn't end the call of the others. The lookups of a Layer share calls, and never those of another Layer. Nothing
 * is kept. `AwsService.LookupWindow` says how long lookups are collected.
 *
 * **Errors**: those of {@link headObject}.
 *
 * **Requires** the permissions `s3:GetObject` and, to tell an object that doesn't exist from one that is denied, `s3:ListBucket`.
 *
 * **Example** (The sizes of the files that some records refer to)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const sizes = (records: ReadonlyArray<{ readonly file: string }>) =>
 *   Effect.forEach(records, ({ file }) => S3.lookupObject("captures-0a1b", file), { concurrency: "unbounded" }).pipe(
 *     Effect.map((heads) => heads.map(({ size }) => size))
 *   )
 * ```
 *
 * AWS: [HeadObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html)
 *
 * @category objects
 * @since 0.1.0
 */
export const lookupObject: (
  bucket: string,
  key: string,
  options?: ReadOptions
) => Effect.Effect<ObjectHead, ObjectDoesNotExist | PreconditionFailed | AwsError, AwsClients> = lookups.lookupObject

/**
 * Whether an object exists. With `versionId`, whether that version exists and isn't a delete marker; with `ifMatch`, whether the
 * object has that ETag. It is `false` in a bucket that doesn't exist.
 *
 * The options are those of {@link headObject}.
 *
 * **Errors**: `AwsError`; its reason is `AccessDenied` if the object doesn't exist and the caller lacks the permission
 * `s3:ListBucket`, because S3 then doesn't say whether it exists.
 *
 * **Requires** what {@link headObject} requires and, to tell that an object doesn't exist, `s3:ListBucket` on the bucket.
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
 * **Requires** the permission `s3:GetObject`.
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
 * for anything else. If the body ends early, its reason is `Unreachable`; if S3 gives no byte for 30 seconds while the consumer
 * waits for one, `TimedOut`, however slow the consumer is otherwise; if the checksum is wrong, or if the answer has other bytes
 * than the range, `Unreadable`; if the range is invalid (a fraction, `end` before `start`), `Misconfigured`, before
 * anything is sent.
 *
 * **Requires** the permission `s3:GetObject`; with `versionId`, `s3:GetObjectVersion`; for an object that a KMS key of your
 * own encrypts, `kms:Decrypt` on it.
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
  options?: GetObjectOptions
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
 * **Requires** what {@link getObject} requires.
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
  options?: GetBytesOptions
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
 * **Requires** what {@link getObject} requires.
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
  options?: GetTextOptions
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
 * **Requires** what {@link getObject} requires, and the schema's decoding services.
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
  options?: GetTextOptions
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
 *   object to the same path with `resume`, which begins with a HeadObject; `false` by default.
 * - `onProgress`: runs as bytes are written.
 *
 * When the body of a part breaks off, or gives no byte for 30 seconds while nothing waits for the disk, the part is asked for again
 * from there, as the clients' `Retry.Policy` says.
 *
 * **Checksums**: S3 has one of nearly every object. If it is one of CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512 and MD5, of
 * the whole object or of its parts, it is compared with that of the file. For a composite checksum, one more request asks for
 * the size of the first part, or one for each part if they aren't cut alike. Without a checksum, with another one, or with
 * `range`, the length and the ETag are all that is compared.
 *
 * **Resuming**: the temporary file is named `.T.I.OWNER.part`, where T stands for the target's name, I for bucket, key, version,
 * ETag, size, range and part size, and OWNER for the process that writes it, or is `free`. Behind the content, it notes the parts
 * that are finished. The next download takes it over, unless its owner still runs, and reads these parts again before it believes
 * them. It removes leftovers of other downloads to the same path, as of an object that has changed since, and all of them if it fails
 * with `FileAlreadyExists`, `ObjectDoesNotExist`, `PreconditionFailed` or `RangeNotSatisfiable`. To give up a download
 * for good, remove `.*.part`. Two downloads at once don't share a file.
 *
 * **Errors**: `ObjectDoesNotExist` if the object, its version or the bucket doesn't exist; `ObjectArchived`;
 * `PreconditionFailed`; `RangeNotSatisfiable`; `ObjectChanged` if the object is replaced or deleted meanwhile; `ObjectCorrupted` if
 * the checksum is wrong; `FileAlreadyExists`; `DirectoryDoesNotExist`; `CannotWriteFile`; `AwsError` for anything else. Its reason
 * is `Misconfigured` if an option is invalid, before anything is sent.
 *
 * **Requires** what {@link getObject} requires.
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
  options: DownloadFileOptions
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

/**
 * Uploads the files of a directory, with those in the directories below it, as a Stream of what happens to each of them.
 *
 * - `prefix`: the folder in the bucket. A file `a/b` gets the key `prefix/a/b`.
 * - `expectedOwner`: the ID of the account that must own the bucket. Files for another account's bucket are `Failed`.
 * - `filter`: whether a file takes part, by its path below the directory, such as `a/b`; on Windows, too, with `/`.
 * - `symlinks`: `"follow"` by default, also out of the directory; a link to a directory that it is in is `Failed`.
 * - `object`: what each object gets, such as `cacheControl`; a function decides for each file. Without a `contentType`, the
 *   file's extension decides.
 * - `overwrite`: whether an object is replaced that has a file's key; `true` by default. With `false`, S3 keeps it, and the file
 *   is `Skipped`, also if another program writes the object meanwhile. Each file is sent all the same.
 * - `concurrency`: how many files are under way at once; 32 by default. Large files are fewer, so that memory use stays flat.
 * - `dryRun`: only tells what would be uploaded.
 *
 * A file that can't be read or uploaded is `Failed`, and the others go on; {@link transferAll} runs the Stream and fails if
 * there was one. A socket, a FIFO and a device are `Skipped`, and so is the temporary file of a download of this library.
 * S3 has no directories, so that empty ones are left out. A consumer that stops, fails or is interrupted ends what is under way,
 * and nothing of it is left.
 *
 * **Errors**: what makes the whole impossible: `DirectoryDoesNotExist`, `CannotReadFile` if the directory can't be read,
 * `BucketDoesNotExist`, `AwsError` if there are no credentials, or if an option is invalid (its reason is `Misconfigured`).
 *
 * **Requires** what {@link putObject} requires.
 *
 * **Example** (A website)
 *
 * ```ts
 * import { S3 } from "effect-aws-sdk"
 *
 * const published = S3.uploadDirectory({
 *   directory: "./public",
 *   bucket: "website-0a1b",
 *   filter: (path) => !path.endsWith(".map"),
 *   object: ({ path }) => ({ cacheControl: path.endsWith(".html") ? "no-cache" : "max-age=31536000" })
 * }).pipe(S3.transferAll)
 * ```
 *
 * AWS: [PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html)
 *
 * @category directories
 * @since 0.1.0
 */
export const uploadDirectory: (
  options:
    & directories.LocalLocation
    & directories.BucketLocation
    & directories.TransferOptions
    & directories.WriteObjectsOptions
    & directories.SymlinkOptions
    & { readonly overwrite?: boolean | undefined }
) => Stream.Stream<
  transfers.TransferEvent,
  DirectoryDoesNotExist | CannotReadFile | BucketDoesNotExist | AwsError,
  AwsClients
> = directories.uploadDirectory

/**
 * Downloads the objects of a bucket, or those in a folder of it, to a directory, as a Stream of what happens to each of them.
 * The directory is made if it doesn't exist.
 *
 * - `prefix`: the folder in the bucket. The key `prefix/a/b` becomes the file `a/b`.
 * - `expectedOwner`: the ID of the account that must own the bucket; `customerKey`: the key that the objects were encrypted with,
 *   if it was one of yours (SSE-C).
 * - `filter`, `concurrency`, `dryRun`: as in {@link uploadDirectory}.
 * - `overwrite`: whether an object replaces a file that has its name; `false` by default. Then it is `Failed`.
 *
 * Each file appears whole, or not at all, and has the object's time of modification. No key leads out of the directory, and no
 * file is written through a symbolic link that does: such an object is `Failed` with `KeyNotAFileName`, and so is one whose key
 * can't be a file's name, as `a//b`, or as `a/b` beside a file `a`. An empty object whose key ends in a slash only shows a
 * folder, and is `Skipped`. A consumer that stops, fails or is interrupted ends what is under way, and no part of a file is left.
 *
 * **Errors**: what makes the whole impossible: `BucketDoesNotExist`; `CannotWriteFile` or `DirectoryDoesNotExist` if the
 * directory can't be made; `AwsError` if the bucket can't be listed, if there are no credentials, or if an option is invalid.
 *
 * **Requires** the permission `s3:ListBucket` on the bucket, and what {@link getObject} requires.
 *
 * **Example** (Yesterday's logs)
 *
 * ```ts
 * import { S3 } from "effect-aws-sdk"
 *
 * const downloaded = S3.transferAll(
 *   S3.downloadDirectory({ bucket: "logs-0a1b", prefix: "2026/11/05", directory: "./logs" })
 * )
 * ```
 *
 * AWS: [ListObjectsV2](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html),
 * [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html)
 *
 * @category directories
 * @since 0.1.0
 */
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

/**
 * Makes a target as the source is: a bucket as a directory, a directory as a bucket, or a bucket as another bucket, or folders
 * of them. Transfers what is missing or differs, and tells of each as a Stream.
 *
 * - `from`, `to`: `{ directory }`, or `{ bucket, prefix?, expectedOwner?, customerKey? }`. At least one is a bucket.
 * - `compare`: how to tell that two files differ, besides by their size. `"size-and-time"`, the default: a file is uploaded, and
 *   an object is copied, if it is newer than the target; an object is downloaded if its time isn't that of the file.
 *   `"checksum"`: by the content, which reads every file. `"size"`: by nothing else.
 * - `delete`: whether what only the target has is deleted, once everything else is transferred; `false` by default. Nothing is
 *   deleted if a part of the source can't be read, or outside of the `filter`, or through a symbolic link.
 * - `filter`, `concurrency`, `dryRun`: as in {@link uploadDirectory}. So are `symlinks`, if one side is a directory, and
 *   `object`, if the target is a bucket.
 *
 * A run that finds nothing to do makes one request for each thousand objects, and with `"size-and-time"` one or two more for
 * each object that has the same size and second of modification as its counterpart, but not the same time. Both sides are
 * listed page by page; what is to be deleted is held in memory until the end. What holds for each file of {@link uploadDirectory}
 * and {@link downloadDirectory} holds here. An object is copied within S3, with its metadata and tags.
 *
 * **Errors**: `CannotSync` if neither location is a bucket, or if one is a part of the other; and what makes the whole impossible, as in
 * {@link uploadDirectory} and {@link downloadDirectory}.
 *
 * **Requires** the permission `s3:ListBucket` on each bucket, and what {@link putObject}, {@link getObject} or {@link
 * copyObject} requires; with `delete` to a bucket, `s3:DeleteObject`.
 *
 * **Example** (Show what a sync would do, and do it)
 *
 * ```ts
 * import { Console, Effect, Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const site = { from: { directory: "./public" }, to: { bucket: "website-0a1b" }, delete: true } as const
 *
 * const shown = S3.sync({ ...site, dryRun: true }).pipe(
 *   Stream.filter(S3.TransferEvent.$is("Planned")),
 *   Stream.runForEach(({ item }) => Console.log(item.action, item.path))
 * )
 * const published = Effect.andThen(shown, S3.transferAll(S3.sync(site)))
 * ```
 *
 * AWS: [ListObjectsV2](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html),
 * [PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html),
 * [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html),
 * [CopyObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html),
 * [DeleteObjects](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)
 *
 * @category directories
 * @since 0.1.0
 */
export const sync: (
  options: directories.SyncLocations & directories.SyncOptions
) => Stream.Stream<
  transfers.TransferEvent,
  DirectoryDoesNotExist | CannotReadFile | CannotWriteFile | BucketDoesNotExist | CannotSync | AwsError,
  AwsClients
> = directories.sync

/**
 * Runs a transfer of many files to its end, and counts what it did.
 *
 * - `events`: the Stream of {@link uploadDirectory}, {@link downloadDirectory} or {@link sync}. Tap it first to follow it.
 *
 * **Errors**: `TransferIncomplete` if a file or an object `Failed`: it has all of them, with the error of each, and the counts;
 * and the errors of the Stream.
 *
 * **Requires** what the Stream requires.
 *
 * **Example** (Follow a download)
 *
 * ```ts
 * import { Console, Effect, Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const downloaded = S3.downloadDirectory({ bucket: "logs-0a1b", directory: "./logs" }).pipe(
 *   Stream.tap((event) => event._tag === "Done" ? Console.log(event.item.path) : Effect.void),
 *   S3.transferAll,
 *   Effect.catchTag("TransferIncomplete", ({ failed }) => Console.error(`${failed.length} objects failed`))
 * )
 * ```
 *
 * AWS: [Uploading objects](https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html)
 *
 * @category directories
 * @since 0.1.0
 */
export const transferAll: <E, R>(
  events: Stream.Stream<transfers.TransferEvent, E, R>
) => Effect.Effect<TransferSummary, E | TransferIncomplete, R> = transfers.transferAll

// Presigned requests

/**
 * Signs a URL that downloads an object. Anyone who has the URL can use it, with no credentials, until `expiresAt`: in a
 * browser, with `fetch`, or with curl.
 *
 * Nothing is sent, so the Layer's aspects and retries don't run, and nobody checks that the object exists. It is signed with
 * the Layer's credentials, endpoint and region, at the time of Effect's `Clock`; what the credentials may not read, the URL
 * doesn't read either.
 *
 * - `expiresIn`: from 1 second to 7 days; 15 minutes by default. A URL that temporary credentials sign ends with them, so
 *   `expiresAt` may be earlier.
 * - `contentType`, `contentDisposition`, `cacheControl`, `contentEncoding`, `contentLanguage`, `expires`: headers of S3's
 *   answer, in place of the object's own.
 *
 * The URL is a secret: don't log it. Nothing revokes it but a change of what its credentials may do.
 *
 * With `InMemory.layer`, the URL is one of AWS's, where its keys are unknown. In a test that follows the URL, serve the
 * in-memory AWS, and sign with clients of the served one: `AwsClients.layer({ endpoint: url, … })`, as `docs/testing.md` shows.
 *
 * Needs the package `@aws-sdk/s3-request-presigner`, which is loaded at the first call.
 *
 * **Errors**: `AwsError`. Its reason is `Misconfigured` if the package isn't installed (`PackageNotInstalled`), if `expiresIn`
 * is out of range (`InvalidExpiresIn`), or if a URL can't carry the key (`EmptyKey`; `RelativeKey`, as clients resolve `.`
 * and `..`); `CredentialsUnavailable` if there are no credentials.
 *
 * **Requires** no permission. When the URL is used, its credentials need `s3:GetObject`.
 *
 * **Example** (A download link)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const link = S3.presignGet("reports-0a1b", "2026/report.pdf", {
 *   expiresIn: "1 hour",
 *   contentDisposition: `attachment; filename="report.pdf"`
 * }).pipe(Effect.map(({ url }) => url))
 * ```
 *
 * AWS: [GetObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html),
 * [presigned URLs](https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html)
 *
 * @category presigned requests
 * @since 0.1.0
 */
export const presignGet: (
  bucket: string,
  key: string,
  options?: PresignGetOptions
) => Effect.Effect<PresignedRequest, AwsError, AwsClients> = presign.presignGet

/**
 * Signs a URL that uploads an object of up to 5 GiB. Anyone who has the URL can use it, with no credentials, until
 * `expiresAt`, and as often as they like.
 *
 * Every option is signed as a header. The sender sends the bytes with `method`, to `url`, and with exactly these `headers`;
 * if one is missing or differs, S3 refuses the upload (`SignatureDoesNotMatch`). Headers that aren't signed, such as
 * `Content-Type` without the option, are the sender's choice. A browser needs a CORS rule of the bucket that allows `PUT` and
 * the headers.
 *
 * - `expiresIn`, and what isn't sent: as for {@link presignGet}.
 * - `contentType`, `metadata`, `tags`, `encryption`, `acl` …: what the object gets.
 * - `contentLength`: the number of bytes that the upload must have. `checksum`: the checksum that they must have, so that
 *   nothing else can be uploaded. Without it the URL has none: the SDK's presigner by itself adds that of an empty body.
 * - `ifNoneMatch: "*"`: only if there is no object of this key, so that the URL works once; `ifMatch`; `expectedOwner`.
 *
 * Needs the package `@aws-sdk/s3-request-presigner`, which is loaded at the first call.
 *
 * **Errors**: `AwsError`. Its reason is `Misconfigured` as for {@link presignGet}, and for a `contentLength` of more than
 * 5 GiB (`InvalidContentLength`), a `checksum` of another length than its algorithm's (`InvalidChecksum`), and text that no
 * header can carry (`UnsendableMetadata` …).
 *
 * **Requires** no permission. When the URL is used, its credentials need what {@link putObject} requires.
 *
 * **Example** (An upload from elsewhere)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const uploaded = Effect.gen(function*() {
 *   const { headers, method, url } = yield* S3.presignPut("photos-0a1b", "cat.jpg", { contentType: "image/jpeg" })
 *   // The part of whoever has the bytes.
 *   return yield* Effect.promise(() => fetch(url, { method, headers, body: "…" }))
 * })
 * ```
 *
 * AWS: [PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html),
 * [uploading with presigned URLs](https://docs.aws.amazon.com/AmazonS3/latest/userguide/PresignedUrlUploadObject.html)
 *
 * @category presigned requests
 * @since 0.1.0
 */
export const presignPut: (
  bucket: string,
  key: string,
  options?: PresignPutOptions
) => Effect.Effect<PresignedRequest, AwsError, AwsClients> = presign.presignPut

/**
 * Signs a form that uploads a file from a browser. Unlike a URL of {@link presignPut}, it can limit the size, and leave the
 * name of the object to the sender.
 *
 * The form is posted to `url` as `multipart/form-data`: first all `fields`, then the field `file`. S3 ignores what comes after
 * the file, and refuses fields that aren't in the policy.
 *
 * - `key`: the object's key; or `{ prefix }`: then the object gets the prefix and the name of the file, and the sender may put
 *   any other key with this prefix into the field `key`.
 * - `size`: how many bytes the file may have, `{ min?, max? }`.
 * - `contentType`: a media type, or `{ prefix: "image/" }`: then the sender adds the field `Content-Type` before the file.
 * - `metadata`, `encryption`, `acl` …: what the object gets. `successStatus`, `successRedirect`: how S3 answers.
 * - `expiresIn`, and what isn't sent: as for {@link presignGet}.
 *
 * The fields are a secret: don't log them. Needs the package `@aws-sdk/s3-presigned-post`, which is loaded at the first call.
 *
 * **Errors**: `AwsError`. Its reason is `Misconfigured` as for {@link presignGet}, and for a `size` that isn't from 0 to 5 GiB or
 * that no file has (`InvalidSize`), a key with S3's variable for the name of the file (`FilenameInKey`), a redirect that isn't a
 * URL (`InvalidRedirect`), and text that S3 can't store with an object (`UnsendableMetadata` …).
 *
 * **Requires** no permission. When the form is posted, its credentials need what {@link putObject} requires.
 *
 * **Example** (Images of at most 10 MiB)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const posted = (image: File) =>
 *   Effect.gen(function*() {
 *     const { fields, url } = yield* S3.presignPost("photos-0a1b", { prefix: "user-1/" }, {
 *       contentType: { prefix: "image/" },
 *       size: { min: 1, max: 10 * 2 ** 20 }
 *     })
 *     // The part of the browser.
 *     const form = new FormData()
 *     for (const [name, value] of Object.entries(fields)) form.append(name, value)
 *     form.append("Content-Type", image.type)
 *     form.append("file", image)
 *     return yield* Effect.promise(() => fetch(url, { method: "POST", body: form }))
 *   })
 * ```
 *
 * AWS: [POST Object](https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html),
 * [POST policy](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html)
 *
 * @category presigned requests
 * @since 0.1.0
 */
export const presignPost: (
  bucket: string,
  key: string | { readonly prefix: string },
  options?: PresignPostOptions
) => Effect.Effect<PresignedPost, AwsError, AwsClients> = post
