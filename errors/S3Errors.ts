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
 * Another account has a bucket with this name, so `createBucket` created none. All accounts in a partition share one namespace for
 * buckets: choose another name.
 *
 * - `bucket`: the name that was given.
 *
 * **Example** (Try a name with a random end)
 *
 * ```ts
 * import { Effect, Random } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const created = S3.createBucket("logs").pipe(
 *   Effect.as("logs"),
 *   Effect.catchTag("BucketNameNotAvailable", ({ bucket }) =>
 *     Effect.flatMap(Random.nextIntBetween(1000, 9999), (n) => {
 *       const name = `${bucket}-${n}`
 *       return Effect.as(S3.createBucket(name), name)
 *     }))
 * )
 * ```
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
 * A bucket of this name exists in another region, so `createBucket` created none. It's the account's own, or another account's. Use
 * clients of that region, or choose another name.
 *
 * - `bucket`: the name that was given.
 * - `region`: where the bucket is.
 *
 * **Example** (Use the bucket where it is)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Profile, S3 } from "effect-aws-sdk"
 *
 * const created = S3.createBucket("logs-0a1b").pipe(
 *   Effect.catchTag("BucketInAnotherRegion", ({ bucket, region }) =>
 *     Effect.logInfo(`${bucket} is in ${region}`).pipe(
 *       Effect.andThen(S3.ensureBucketExists(bucket)),
 *       Effect.provide(Profile.layer({ region }))
 *     ))
 * )
 * ```
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
 * `ensureBucketExists` found a bucket of this name that these clients can't use, or another account took the name while the bucket was
 * being created. Choose another name, or a Layer that can use the bucket.
 *
 * - `bucket`: the name that was given.
 * - `found`: why the bucket can't be used, such as `it exists in the region eu-west-1`.
 *
 * **Example** (Take the second choice)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const bucket = S3.ensureBucketExists("logs").pipe(
 *   Effect.as("logs"),
 *   Effect.catchTag("CouldNotEnsureBucketExists", ({ bucket, found }) =>
 *     Effect.logWarning(`Not ${bucket}: ${found}`).pipe(
 *       Effect.andThen(S3.ensureBucketExists("logs-0a1b")),
 *       Effect.as("logs-0a1b")
 *     ))
 * )
 * ```
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
 * No bucket has this name. Writes, lists and deletions fail with it; a read fails with `ObjectDoesNotExist`, as S3 doesn't always say
 * which of the two is missing.
 *
 * - `bucket`: the name that was given.
 *
 * **Example** (Create the bucket when it's first needed)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const put = (key: string, body: string) => {
 *   const written = S3.putObject({ bucket: "reports-0a1b", key, body })
 *   return written.pipe(
 *     Effect.catchTag("BucketDoesNotExist", ({ bucket }) => Effect.andThen(S3.ensureBucketExists(bucket), written))
 *   )
 * }
 * ```
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
 * A write or a copy was denied: the policy of the bucket, of the caller, or of the bucket's KMS key doesn't allow it. The message says
 * what AWS says.
 *
 * - `bucket`: the bucket that was to be written to or, for a copy, to be read.
 * - `cause`: AWS's answer.
 *
 * **Example** (Log what AWS's support asks for)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const written = S3.putObject({ bucket: "audit-0a1b", key: "today.json", body: "{}" }).pipe(
 *   Effect.tapErrorTag("BucketAccessDenied", ({ bucket, cause }) =>
 *     Effect.logError(`May not write to ${bucket}`, { operation: cause.operation, requestId: cause.requestId }))
 * )
 * ```
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
 * `destroyBucket` didn't delete the bucket, because it isn't empty: AWS refused to delete some of its objects, or objects were added
 * while it was being emptied (then `refused` is empty). What was deleted stays deleted: remove what protects the others, or stop what
 * writes to the bucket, and run it again.
 *
 * - `bucket`: the name of the bucket.
 * - `refused`: every object version that AWS refused to delete, and why.
 *
 * **Example** (Run it again while objects are still added)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const destroyed = S3.destroyBucket("test-0a1b").pipe(
 *   Effect.retry({ while: (error) => error._tag === "BucketNotEmptied" && error.refused.length === 0, times: 3 })
 * )
 * ```
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
 * No object has this key, the object has no such version, the version is a delete marker, or no bucket has this name: S3 doesn't always
 * say which. Without the permission `s3:ListBucket`, S3 says that access is denied instead.
 *
 * - `bucket`, `key`: the object that was asked for.
 *
 * **Example** (A default for a file that isn't there yet)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const state = S3.getJson("app-0a1b", "state.json", Schema.Struct({ runs: Schema.Int })).pipe(
 *   Effect.catchTag("ObjectDoesNotExist", ({ key }) => Effect.as(Effect.logInfo(`No ${key} yet`), { runs: 0 }))
 * )
 * ```
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
 * The object isn't as `ifMatch` or `ifNoneMatch` requires. Nothing was written or read: get its current ETag, and decide again.
 *
 * - `bucket`, `key`: the object that doesn't meet the condition. For a copy it's the source, or the target.
 *
 * **Example** (Count in an object that several programs write)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const counter = { bucket: "app-0a1b", key: "count.txt" }
 *
 * const increment = Effect.gen(function*() {
 *   const { etag } = yield* S3.headObject(counter.bucket, counter.key)
 *   const count = yield* S3.getText(counter.bucket, counter.key, { ifMatch: etag })
 *   return yield* S3.putObject({ ...counter, body: `${Number(count) + 1}`, ifMatch: etag })
 * }).pipe(
 *   Effect.retry({ while: (error) => error._tag === "PreconditionFailed", times: 10 })
 * )
 * ```
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
 * The object was replaced or deleted while `downloadFile` or `copyObject` was reading it. No file and no copy was made: read it again.
 *
 * - `bucket`, `key`: the object that was being read.
 *
 * **Example** (Begin again)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const file = S3.downloadFile({ bucket: "captures-0a1b", key: "latest.pcap", path: "./latest.pcap" }).pipe(
 *   Effect.retry({ while: (error) => error._tag === "ObjectChanged", times: 2 })
 * )
 * ```
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
 * The object is in an archive (`GLACIER`, `DEEP_ARCHIVE`, or an archive tier of `INTELLIGENT_TIERING`), and has to be restored before
 * it can be read. That takes minutes to days.
 *
 * - `bucket`, `key`: the object that was to be read.
 *
 * **Example** (Restore it for a week)
 *
 * ```ts
 * import { RestoreObjectCommand } from "@aws-sdk/client-s3"
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const text = S3.getText("archive-0a1b", "2020/report.txt").pipe(
 *   Effect.catchTag("ObjectArchived", ({ bucket, key }) =>
 *     S3.send(new RestoreObjectCommand({ Bucket: bucket, Key: key, RestoreRequest: { Days: 7 } })).pipe(
 *       Effect.as(`${key} is being restored: ask again tomorrow`)
 *     ))
 * )
 * ```
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
 * The object, or the range of it, has more bytes than the caller accepts: `getBytes`, `getText` and `getJson` read it into memory.
 * Pass a larger `atMost`, or stream it.
 *
 * - `bucket`, `key`: the object that was asked for.
 * - `size`: how many bytes the object, or the range, has. If S3 didn't say so beforehand, how many had arrived when the limit was
 *   exceeded.
 * - `atMost`: how many bytes the caller accepts.
 *
 * **Example** (Show the end of a log that is too long)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const log = S3.getText("logs-0a1b", "today.log", { atMost: 1_000_000 }).pipe(
 *   Effect.catchTag("ObjectTooLarge", ({ bucket, key, size }) =>
 *     Effect.map(S3.getText(bucket, key, { range: { last: 10_000 } }), (end) => `… of ${size} bytes:\n${end}`))
 * )
 * ```
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
 * - `bucket`, `key`: the object that was read.
 * - `issue`: where the mismatch is.
 *
 * **Example** (Put it aside, and go on)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const order = (key: string) =>
 *   S3.getJson("orders-0a1b", key, Schema.Struct({ id: Schema.String })).pipe(
 *     Effect.asSome,
 *     Effect.catchTag("ObjectNotDecodable", ({ bucket, issue, key }) =>
 *       Effect.logWarning(`${key} is no order: ${issue}`).pipe(
 *         Effect.andThen(S3.copyObject({ from: { bucket, key }, to: { bucket, key: `wrong/${key}` } })),
 *         Effect.andThen(Effect.succeedNone)
 *       ))
 *   )
 * ```
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
 * The bytes that `downloadFile` received don't have the checksum that S3 has of the object. The file was not written: download the
 * object again.
 *
 * - `bucket`, `key`: the object that was downloaded.
 * - `algorithm`: the algorithm of the checksum, such as `CRC32`.
 * - `expected`: the checksum that S3 has, in Base64.
 * - `actual`: the checksum of the bytes that arrived, in Base64.
 *
 * **Example** (Download it once more)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const file = S3.downloadFile({ bucket: "captures-0a1b", key: "2026/capture.pcap", path: "./capture.pcap" }).pipe(
 *   Effect.tapErrorTag("ObjectCorrupted", ({ actual, algorithm, expected }) =>
 *     Effect.logWarning(`${algorithm} is ${actual}, not ${expected}`)),
 *   Effect.retry({ while: (error) => error._tag === "ObjectCorrupted", times: 1 })
 * )
 * ```
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
 * The object has no bytes in this range: it begins after the last byte, or the object is empty.
 *
 * - `bucket`, `key`: the object that was asked for.
 * - `range`: the range as the request had it, such as `bytes=100-`.
 *
 * **Example** (Nothing new in an object that grows)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const since = (start: number) =>
 *   S3.getBytes("logs-0a1b", "today.log", { range: { start } }).pipe(
 *     Effect.catchTag("RangeNotSatisfiable", () => Effect.succeed(new Uint8Array()))
 *   )
 * ```
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
 * The body that `putObject` was given failed, ended early, isn't of the given `size`, or has something in it that is neither text nor
 * bytes. The object wasn't written. A Stream's own errors aren't wrapped: they are those of the Effect.
 *
 * - `cause`: what the body failed with, or an `Error` that says what is wrong with it.
 *
 * **Example** (An upload that a client broke off)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 * import type { IncomingMessage } from "node:http"
 *
 * const stored = (request: IncomingMessage, key: string) =>
 *   S3.putObject({ bucket: "photos-0a1b", key, body: request }).pipe(
 *     Effect.as(201),
 *     Effect.catchTag("CannotReadBody", ({ message }) => Effect.as(Effect.logInfo(message), 400))
 *   )
 * ```
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
 * AWS refused to delete some of the objects that `deleteObjects` was given: the permission is missing, a retention or a legal hold
 * protects them, or no request can carry their keys. The others are deleted.
 *
 * - `bucket`: the bucket of the objects.
 * - `refused`: every object that wasn't deleted, and why.
 *
 * **Example** (Report those that a lock protects)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const deleted = S3.deleteObjects("logs-0a1b", S3.listObjects("logs-0a1b", { prefix: "2024/" })).pipe(
 *   Effect.catchTag("ObjectsNotDeleted", ({ refused }) =>
 *     Effect.forEach(refused, ({ code, key, message }) => Effect.logWarning(`${key}: ${code}: ${message}`)))
 * )
 * ```
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
 * `downloadDirectory` and `sync` don't end because of it: it's the error of a `Failed` event. Leave the key out with `filter`, or
 * download the object by itself with `downloadFile`.
 *
 * - `key`: the key of the object.
 * - `directory`: the directory that was to get the file.
 * - `why`: what is wrong with the key, as the end of a sentence.
 *
 * **Example** (List the keys that have no file)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const downloaded = S3.transferAll(S3.downloadDirectory({ bucket: "uploads-0a1b", directory: "./uploads" })).pipe(
 *   Effect.tapErrorTag("TransferIncomplete", ({ failed }) =>
 *     Effect.forEach(failed, ({ error }) =>
 *       error._tag === "KeyNotAFileName" ? Effect.logWarning(`${error.key}: ${error.why}`) : Effect.void))
 * )
 * ```
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
 * The file that is to be uploaded doesn't exist, isn't a regular file, may not be read, or changed while it was being read. For
 * `uploadDirectory`, `path` may be the directory itself.
 *
 * - `path`: the path of the file, as it was given.
 * - `cause`: what Node said.
 *
 * **Example** (Skip a log that was rotated away)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const uploaded = S3.uploadFile({ path: "/var/log/app.log.1", bucket: "logs-0a1b", key: "app.log.1" }).pipe(
 *   Effect.asSome,
 *   Effect.catchTag("CannotReadFile", (error) =>
 *     Effect.andThen(Effect.logInfo(error.message), Effect.succeedNone))
 * )
 * ```
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
 * The file that the object was to be downloaded to already exists, and was not overwritten. Pass `overwrite: true`, remove the file, or
 * choose another path.
 *
 * - `path`: the path of the file, as it was given.
 *
 * **Example** (Download once, and keep the file)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const model = S3.downloadFile({ bucket: "models-0a1b", key: "model.bin", path: "/tmp/model.bin" }).pipe(
 *   Effect.map(({ path }) => path),
 *   Effect.catchTag("FileAlreadyExists", ({ path }) => Effect.succeed(path))
 * )
 * ```
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
 * The directory of a file that is to be downloaded doesn't exist, or the directory that is to be uploaded doesn't. Create it first;
 * `downloadDirectory` creates its own.
 *
 * - `directory`: the path of the directory.
 *
 * **Example** (Create the directory, and try again)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 * import * as fs from "node:fs/promises"
 *
 * const download = S3.downloadFile({ bucket: "captures-0a1b", key: "a.pcap", path: "./captures/a.pcap" })
 *
 * const file = download.pipe(
 *   Effect.catchTag("DirectoryDoesNotExist", ({ directory }) =>
 *     Effect.promise(() => fs.mkdir(directory, { recursive: true })).pipe(Effect.andThen(download)))
 * )
 * ```
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
 * The file that the object was to be downloaded to could not be written or replaced: no permission, no space, or a read-only file
 * system. In a sync with `delete`, it's also the error of a file that could not be deleted.
 *
 * - `path`: the path of the file or the directory.
 * - `cause`: what Node said.
 *
 * **Example** (Download to a directory that can be written to)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const download = (path: string) => S3.downloadFile({ bucket: "models-0a1b", key: "model.bin", path })
 *
 * const file = download("/opt/app/model.bin").pipe(
 *   Effect.catchTag("CannotWriteFile", ({ path }) =>
 *     Effect.logInfo(`Can't write ${path}`).pipe(Effect.andThen(download("/tmp/model.bin"))))
 * )
 * ```
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
 * Some of the files or objects that `transferAll` was to transfer or delete failed. The others succeeded, and stay as they are now. Run
 * the transfer again once the cause is fixed: `sync` only does what is left.
 *
 * - `failed`: every file and object that failed, and its error.
 * - `summary`: how many were uploaded, downloaded, copied, deleted and skipped all the same.
 *
 * **Example** (Say what is missing)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const published = S3.transferAll(S3.uploadDirectory({ directory: "./public", bucket: "website-0a1b" })).pipe(
 *   Effect.catchTag("TransferIncomplete", ({ failed, summary }) =>
 *     Effect.logError(
 *       `${summary.uploaded} files are published, and these aren't:`,
 *       failed.map(({ error, item }) => `${item.path}: ${error.message}`)
 *     ))
 * )
 * ```
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
 * `sync` can't make the target as the source is: both are folders of one bucket, and one is a part of the other, or neither of them is
 * in a bucket. Nothing was transferred: choose another source or target.
 *
 * - `from`, `to`: a directory's path, or `s3://bucket/prefix`.
 * - `why`: what is wrong, as the end of a sentence.
 *
 * **Example** (Locations that a user gives)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const synced = (from: S3.Location, to: S3.Location) =>
 *   S3.transferAll(S3.sync({ from, to })).pipe(
 *     Effect.catchTag("CannotSync", ({ from, to, why }) => Effect.fail(`Can't sync ${from} to ${to}: ${why}`))
 *   )
 * ```
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
