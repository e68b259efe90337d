import * as Schema from "effect/Schema"
import { writtenObjects } from "./writtenResults.ts"

/**
 * Whether a bucket exists, and whether these clients can access it.
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
 * @category models
 * @since 0.1.0
 */
export class S3Object extends Schema.TaggedClass<S3Object>("effect-aws-sdk/S3/S3Object")("S3Object", {
  key: Schema.String,
  size: Schema.Int,
  etag: Schema.String,
  lastModified: Schema.Date,
  storageClass: Schema.optionalKey(Schema.String)
}) {}

/**
 * What stands in a list for all objects whose keys begin in the same way, up to the delimiter, which is included.
 *
 * @category models
 * @since 0.1.0
 */
export class S3Prefix extends Schema.TaggedClass<S3Prefix>("effect-aws-sdk/S3/S3Prefix")("S3Prefix", {
  prefix: Schema.String
}) {}

/**
 * A version of an object in a list. `size` is in bytes; `etag` is as S3 writes it, in quotation marks. `versionId` is `null`,
 * as a text, for an object that was written without versioning.
 *
 * @category models
 * @since 0.1.0
 */
export class S3ObjectVersion
  extends Schema.TaggedClass<S3ObjectVersion>("effect-aws-sdk/S3/S3ObjectVersion")("S3ObjectVersion", {
    key: Schema.String,
    versionId: Schema.String,
    isLatest: Schema.Boolean,
    size: Schema.Int,
    etag: Schema.String,
    lastModified: Schema.Date,
    storageClass: Schema.optionalKey(Schema.String)
  })
{}

/**
 * A delete marker in a list of versions: if it is the latest one, the object is deleted.
 *
 * @category models
 * @since 0.1.0
 */
export class S3DeleteMarker
  extends Schema.TaggedClass<S3DeleteMarker>("effect-aws-sdk/S3/S3DeleteMarker")("S3DeleteMarker", {
    key: Schema.String,
    versionId: Schema.String,
    isLatest: Schema.Boolean,
    lastModified: Schema.Date
  })
{}

/**
 * A file that an object was downloaded to. `size` is that of the file, in bytes; `metadata` is the object's user metadata;
 * `versionId` is there if the bucket has versioning.
 *
 * @category models
 * @since 0.1.0
 */
export class S3File extends Schema.Class<S3File>("effect-aws-sdk/S3/S3File")({
  path: Schema.String,
  bucket: Schema.String,
  key: Schema.String,
  size: Schema.Int,
  etag: Schema.optionalKey(Schema.String),
  versionId: Schema.optionalKey(Schema.String),
  metadata: Schema.Record(Schema.String, Schema.String)
}) {}

/**
 * An object that has been written. `size` is in bytes; `etag` is as S3 writes it, in quotation marks; `versionId` is there if
 * the bucket has versioning.
 *
 * @category models
 * @since 0.1.0
 */
export class WrittenObject extends Schema.Class<WrittenObject>(writtenObjects.identifier)({
  bucket: Schema.String,
  key: Schema.String,
  size: Schema.Int,
  etag: Schema.String,
  versionId: Schema.optionalKey(Schema.String)
}) {}

/**
 * A multipart upload that has begun and is neither complete nor aborted. `initiated` says when it began.
 *
 * @category models
 * @since 0.1.0
 */
export class UnfinishedUpload extends Schema.Class<UnfinishedUpload>("effect-aws-sdk/S3/UnfinishedUpload")({
  bucket: Schema.String,
  key: Schema.String,
  uploadId: Schema.String,
  initiated: Schema.Date,
  storageClass: Schema.optionalKey(Schema.String)
}) {}

writtenObjects.use(WrittenObject)
