import * as Schema from "effect/Schema"
import { writtenObjects } from "./writtenResults.ts"

/**
 * Whether a bucket exists, and whether these clients can access it, as a Schema: `DoesNotExist`, `ExistsHaveAccess` or
 * `ExistsNoAccess`.
 *
 * **Example** (A field of a report)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * class Checked extends Schema.Class<Checked>("Checked")({ bucket: Schema.String, status: S3.BucketStatus }) {}
 *
 * const check = (bucket: string) =>
 *   S3.getBucketStatus(bucket).pipe(Effect.map((status) => new Checked({ bucket, status })))
 * ```
 *
 * AWS: [HeadBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html)
 *
 * @category models
 * @since 0.1.0
 */
export const BucketStatus = Schema.Literals(["DoesNotExist", "ExistsHaveAccess", "ExistsNoAccess"])

/**
 * Whether a bucket exists, and whether these clients can access it.
 *
 * @category models
 * @since 0.1.0
 */
export type BucketStatus = typeof BucketStatus.Type

/**
 * An object in a list. `size` is in bytes; `etag` is as S3 writes it, in quotation marks.
 *
 * **Example** (The keys of large objects in an expensive storage class)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const keys = S3.listObjects("captures-0a1b").pipe(
 *   Stream.filter(({ size, storageClass = "STANDARD" }) => size > 1_000_000_000 && storageClass === "STANDARD"),
 *   Stream.map(({ key }) => key)
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class S3Object extends Schema.TaggedClass<S3Object>("effect-aws-sdk/S3/S3Object")("S3Object", {
  /** The key of the object. */
  key: Schema.String,
  /** In bytes. */
  size: Schema.Int,
  /** As S3 writes it, in quotation marks. */
  etag: Schema.String,
  /** When it was written. */
  lastModified: Schema.Date,
  /** `STANDARD`, `GLACIER`, … Some stores leave it out. */
  storageClass: Schema.optionalKey(Schema.String)
}) {}

/**
 * What stands in a list for all objects whose keys begin in the same way, up to the delimiter, which is included.
 *
 * **Example** (Show a folder as a file manager does)
 *
 * ```ts
 * import { Console, Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const shown = S3.listObjects("logs-0a1b", { prefix: "2026/", delimiter: "/" }).pipe(
 *   Stream.runForEach((entry) =>
 *     Console.log(entry._tag === "S3Prefix" ? `folder ${entry.prefix}` : `${entry.size} ${entry.key}`)
 *   )
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class S3Prefix extends Schema.TaggedClass<S3Prefix>("effect-aws-sdk/S3/S3Prefix")("S3Prefix", {
  /** How the keys begin, up to the delimiter, which is included: `2026/`. */
  prefix: Schema.String
}) {}

/**
 * A version of an object in a list. `size` is in bytes; `etag` is as S3 writes it, in quotation marks. `versionId` is `null`,
 * as a text, for an object that was written without versioning.
 *
 * **Example** (Make the version before the last one the current one)
 *
 * ```ts
 * import { Effect, Option, Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const bucket = "app-0a1b"
 * const key = "settings.json"
 *
 * const rolledBack = S3.listObjectVersions(bucket, { prefix: key }).pipe(
 *   Stream.filter((version) => version._tag === "S3ObjectVersion" && version.key === key && !version.isLatest),
 *   Stream.runHead,
 *   Effect.map(Option.map(({ versionId }) => S3.copyObject({ from: { bucket, key, versionId }, to: { bucket, key } }))),
 *   Effect.flatMap(Option.match({ onNone: () => Effect.logInfo("There is no older version"), onSome: (copy) => copy }))
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class S3ObjectVersion
  extends Schema.TaggedClass<S3ObjectVersion>("effect-aws-sdk/S3/S3ObjectVersion")("S3ObjectVersion", {
    /** The key of the object. */
    key: Schema.String,
    /** The ID of the version; `null`, as a text, without versioning. */
    versionId: Schema.String,
    /** Whether it is the current version of its object. */
    isLatest: Schema.Boolean,
    /** In bytes. */
    size: Schema.Int,
    /** As S3 writes it, in quotation marks. */
    etag: Schema.String,
    /** When it was written. */
    lastModified: Schema.Date,
    /** `STANDARD`, `GLACIER`, … Some stores leave it out. */
    storageClass: Schema.optionalKey(Schema.String)
  })
{}

/**
 * A delete marker in a list of versions: if it is the latest one, the object is deleted.
 *
 * **Example** (Bring back what was deleted)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const markers = S3.listObjectVersions("logs-0a1b", { prefix: "2026/" }).pipe(
 *   Stream.filter((version) => version._tag === "S3DeleteMarker" && version.isLatest)
 * )
 *
 * // Without its delete marker, an object has its last version again.
 * const restored = S3.deleteObjects("logs-0a1b", markers)
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class S3DeleteMarker
  extends Schema.TaggedClass<S3DeleteMarker>("effect-aws-sdk/S3/S3DeleteMarker")("S3DeleteMarker", {
    /** The key of the object. */
    key: Schema.String,
    /** The ID of the delete marker. */
    versionId: Schema.String,
    /** Whether it is the latest, so that the object is deleted. */
    isLatest: Schema.Boolean,
    /** When the object was deleted. */
    lastModified: Schema.Date
  })
{}

/**
 * A file that an object was downloaded to. `size` is that of the file, in bytes; `metadata` is the object's user metadata;
 * `versionId` is there if the bucket has versioning.
 *
 * **Example** (Read what a download says)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const file = S3.downloadFile({ bucket: "captures-0a1b", key: "2026/capture.pcap", path: "./capture.pcap" }).pipe(
 *   Effect.tap(({ metadata, path, size }) => Effect.logInfo(`${path}: ${size} bytes from ${metadata["host"]}`))
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class S3File extends Schema.Class<S3File>("effect-aws-sdk/S3/S3File")({
  /** The path of the file, as it was given. */
  path: Schema.String,
  /** The bucket of the object. */
  bucket: Schema.String,
  /** The key of the object. */
  key: Schema.String,
  /** The size of the file, in bytes. */
  size: Schema.Int,
  /** The object's ETag, as S3 writes it, in quotation marks. */
  etag: Schema.optionalKey(Schema.String),
  /** The version that was downloaded; not there without versioning. */
  versionId: Schema.optionalKey(Schema.String),
  /** The object's user metadata. Its names are in lower case. */
  metadata: Schema.Record(Schema.String, Schema.String)
}) {}

/**
 * An object that has been written. `size` is in bytes; `etag` is as S3 writes it, in quotation marks; `versionId` is there if
 * the bucket has versioning.
 *
 * **Example** (Write again only if nobody else has)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const report = { bucket: "reports-0a1b", key: "today.txt" }
 *
 * const written = S3.putObject({ ...report, body: "in progress" }).pipe(
 *   Effect.flatMap(({ etag }) => S3.putObject({ ...report, body: "done", ifMatch: etag }))
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class WrittenObject extends Schema.Class<WrittenObject>(writtenObjects.identifier)({
  /** The bucket of the object. */
  bucket: Schema.String,
  /** The key of the object. */
  key: Schema.String,
  /** How many bytes were written. */
  size: Schema.Int,
  /** As S3 writes it, in quotation marks. */
  etag: Schema.String,
  /** The ID of the new version; not there without versioning. */
  versionId: Schema.optionalKey(Schema.String)
}) {}

/**
 * A multipart upload that has begun and is neither complete nor aborted. `initiated` says when it began.
 *
 * **Example** (How many bytes an unfinished upload has stored)
 *
 * ```ts
 * import { ListPartsCommand } from "@aws-sdk/client-s3"
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const sizeOf = ({ bucket, key, uploadId }: S3.UnfinishedUpload) =>
 *   S3.items(new ListPartsCommand({ Bucket: bucket, Key: key, UploadId: uploadId }), (page) => page.Parts).pipe(
 *     Stream.map(({ Size = 0 }) => Size),
 *     Stream.runSum
 *   )
 *
 * const sizes = S3.listUnfinishedUploads("captures-0a1b").pipe(Stream.mapEffect(sizeOf))
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class UnfinishedUpload extends Schema.Class<UnfinishedUpload>("effect-aws-sdk/S3/UnfinishedUpload")({
  /** The bucket of the upload. */
  bucket: Schema.String,
  /** The key that the object would get. */
  key: Schema.String,
  /** The ID of the upload: several uploads may have one key. */
  uploadId: Schema.String,
  /** When it began. */
  initiated: Schema.Date,
  /** The storage class that the object would get. */
  storageClass: Schema.optionalKey(Schema.String)
}) {}

writtenObjects.use(WrittenObject)
