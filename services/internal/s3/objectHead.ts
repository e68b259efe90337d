// What S3 reports about an object except its bytes.
import * as Schema from "effect/Schema"
import { checksums, encryptions, heads } from "./headResults.ts"

/**
 * A checksum that S3 has of an object. `value` is in Base64. A `FULL_OBJECT` checksum is that of the bytes. A `COMPOSITE` one is
 * that of the checksums of the object's parts, followed by their number, as in `"…-3"`.
 *
 * **Example** (Whether two objects have the same bytes)
 *
 * ```ts
 * import { Effect, Equal } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const areEqual = Effect.zipWith(
 *   S3.headObject("captures-0a1b", "a.pcap"),
 *   S3.headObject("captures-0a1b", "b.pcap"),
 *   (a, b) => a.checksum?.type === "FULL_OBJECT" && Equal.equals(a.checksum, b.checksum)
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class ObjectChecksum extends Schema.Class<ObjectChecksum>(checksums.identifier)({
  /** `CRC32`, `CRC64NVME`, `SHA256`, … */
  algorithm: Schema.String,
  /** Whether it is that of the bytes, or that of the parts' checksums. */
  type: Schema.Literals(["FULL_OBJECT", "COMPOSITE"]),
  /** In Base64. */
  value: Schema.String
}) {}

/**
 * How S3 encrypted an object: `AES256`, `aws:kms` or `aws:kms:dsse`. `customerKeyMd5` is there if the key is the caller's (SSE-C).
 *
 * **Example** (The objects that no KMS key encrypts)
 *
 * ```ts
 * import { Stream } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const keys = S3.listObjects("audit-0a1b").pipe(
 *   Stream.mapEffect(({ key }) => S3.headObject("audit-0a1b", key), { concurrency: 16 }),
 *   Stream.filter(({ encryption }) => encryption?.kmsKey === undefined),
 *   Stream.map(({ key }) => key)
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class ObjectEncryption extends Schema.Class<ObjectEncryption>(encryptions.identifier)({
  /** `AES256`, `aws:kms` or `aws:kms:dsse`. */
  algorithm: Schema.String,
  /** The ARN of the KMS key. */
  kmsKey: Schema.optionalKey(Schema.String),
  /** Whether a key of the bucket stands in for the KMS key, for fewer calls to KMS. */
  bucketKeyEnabled: Schema.optionalKey(Schema.Boolean),
  /** In Base64. */
  customerKeyMd5: Schema.optionalKey(Schema.String)
}) {}

/**
 * Everything that S3 reports about an object except its bytes. What S3 doesn't report isn't there.
 *
 * **Example** (When an object can be deleted)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const free = S3.headObject("audit-0a1b", "2026/trail.json").pipe(
 *   Effect.map(({ hasLegalHold, lockRetainUntil }) =>
 *     hasLegalHold ? "not while it's on hold" : `from ${lockRetainUntil?.toISOString() ?? "now"} on`
 *   )
 * )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class ObjectHead extends Schema.Class<ObjectHead>(heads.identifier)({
  /** The bucket that was asked for. */
  bucket: Schema.String,
  /** The key that was asked for. */
  key: Schema.String,
  /** In bytes. */
  size: Schema.Int,
  /** As S3 writes it, in quotation marks. */
  etag: Schema.optionalKey(Schema.String),
  /** When it was written. */
  lastModified: Schema.optionalKey(Schema.Date),
  /** `"null"` for an object that was put without versioning into a bucket that has it now. */
  versionId: Schema.optionalKey(Schema.String),
  /** The media type: `text/html; charset=utf-8`. */
  contentType: Schema.optionalKey(Schema.String),
  /** How long caches may keep the object: `max-age=3600`. */
  cacheControl: Schema.optionalKey(Schema.String),
  /** What a browser does with the object: `attachment; filename="report.pdf"`. */
  contentDisposition: Schema.optionalKey(Schema.String),
  /** How the bytes are encoded: `gzip`. */
  contentEncoding: Schema.optionalKey(Schema.String),
  /** The language of the content: `de`. */
  contentLanguage: Schema.optionalKey(Schema.String),
  /** As it was written: S3 doesn't check that it is a date. */
  expires: Schema.optionalKey(Schema.String),
  /** User metadata. Its names are in lower case. */
  metadata: Schema.Record(Schema.String, Schema.String),
  /** How many entries of the metadata no header can carry, so that they aren't in `metadata`. */
  missingMetadata: Schema.optionalKey(Schema.Int),
  /** `STANDARD`, `GLACIER`, … */
  storageClass: Schema.String,
  /** How S3 encrypted the object. */
  encryption: Schema.optionalKey(ObjectEncryption),
  /** The checksum that S3 has of the object. */
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
  /** Until when the object, this version of it, can't be deleted. */
  lockRetainUntil: Schema.optionalKey(Schema.Date),
  /** Whether a legal hold keeps it from being deleted. Not there without the permission to see it. */
  hasLegalHold: Schema.optionalKey(Schema.Boolean),
  /** Where a website redirects requests for the object. */
  websiteRedirectLocation: Schema.optionalKey(Schema.String),
  /** How many tags the object has. */
  tagCount: Schema.optionalKey(Schema.Int)
}) {}

checksums.use(ObjectChecksum)
encryptions.use(ObjectEncryption)
heads.use(ObjectHead)
