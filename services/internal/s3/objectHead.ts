// What S3 reports about an object except its bytes.
import * as Schema from "effect/Schema"
import { checksums, encryptions, heads } from "./headResults.ts"

/**
 * A checksum that S3 has of an object. `value` is in Base64. A `FULL_OBJECT` checksum is that of the bytes. A `COMPOSITE` one is
 * that of the checksums of the object's parts, followed by their number, as in `"…-3"`.
 *
 * @category models
 * @since 0.1.0
 */
export class ObjectChecksum extends Schema.Class<ObjectChecksum>(checksums.identifier)({
  algorithm: Schema.String,
  type: Schema.Literals(["FULL_OBJECT", "COMPOSITE"]),
  value: Schema.String
}) {}

/**
 * How S3 encrypted an object: `AES256`, `aws:kms` or `aws:kms:dsse`. `customerKeyMd5` is there if the key is the caller's (SSE-C).
 *
 * @category models
 * @since 0.1.0
 */
export class ObjectEncryption extends Schema.Class<ObjectEncryption>(encryptions.identifier)({
  algorithm: Schema.String,
  /** The ARN of the KMS key. */
  kmsKey: Schema.optionalKey(Schema.String),
  bucketKeyEnabled: Schema.optionalKey(Schema.Boolean),
  /** In Base64. */
  customerKeyMd5: Schema.optionalKey(Schema.String)
}) {}

/**
 * Everything that S3 reports about an object except its bytes. What S3 doesn't report isn't there.
 *
 * @category models
 * @since 0.1.0
 */
export class ObjectHead extends Schema.Class<ObjectHead>(heads.identifier)({
  bucket: Schema.String,
  key: Schema.String,
  /** In bytes. */
  size: Schema.Int,
  /** As S3 writes it, in quotation marks. */
  etag: Schema.optionalKey(Schema.String),
  lastModified: Schema.optionalKey(Schema.Date),
  /** `"null"` for an object that was put without versioning into a bucket that has it now. */
  versionId: Schema.optionalKey(Schema.String),
  contentType: Schema.optionalKey(Schema.String),
  cacheControl: Schema.optionalKey(Schema.String),
  contentDisposition: Schema.optionalKey(Schema.String),
  contentEncoding: Schema.optionalKey(Schema.String),
  contentLanguage: Schema.optionalKey(Schema.String),
  /** As it was written: S3 doesn't check that it is a date. */
  expires: Schema.optionalKey(Schema.String),
  /** User metadata. Its names are in lower case. */
  metadata: Schema.Record(Schema.String, Schema.String),
  /** How many entries of the metadata no header can carry, so that they aren't in `metadata`. */
  missingMetadata: Schema.optionalKey(Schema.Int),
  /** `STANDARD`, `GLACIER`, … */
  storageClass: Schema.String,
  encryption: Schema.optionalKey(ObjectEncryption),
  checksum: Schema.optionalKey(ObjectChecksum),
  /** How many parts the object was uploaded in; not there if it was uploaded in one request. */
  partsCount: Schema.optionalKey(Schema.Int),
  /** The restored copy of an archived object; `isOngoing` until it can be read, and then until `expires`. */
  restore: Schema.optionalKey(
    Schema.Struct({ isOngoing: Schema.Boolean, expires: Schema.optionalKey(Schema.Date) })
  ),
  /** The archive tier of `INTELLIGENT_TIERING` that the object is in: `ARCHIVE_ACCESS` or `DEEP_ARCHIVE_ACCESS`. */
  archiveStatus: Schema.optionalKey(Schema.String),
  /** When a lifecycle rule expires the object, and the ID of the rule. */
  expiration: Schema.optionalKey(Schema.Struct({ date: Schema.Date, ruleId: Schema.String })),
  /** `PENDING`, `COMPLETED`, `FAILED` or `REPLICA`. */
  replicationStatus: Schema.optionalKey(Schema.String),
  /** `GOVERNANCE` or `COMPLIANCE`. */
  lockMode: Schema.optionalKey(Schema.String),
  lockRetainUntil: Schema.optionalKey(Schema.Date),
  hasLegalHold: Schema.optionalKey(Schema.Boolean),
  websiteRedirectLocation: Schema.optionalKey(Schema.String),
  tagCount: Schema.optionalKey(Schema.Int)
}) {}

checksums.use(ObjectChecksum)
encryptions.use(ObjectEncryption)
heads.use(ObjectHead)
