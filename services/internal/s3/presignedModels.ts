// What the functions that presign requests take, and what they return.
import type { ObjectCannedACL, StorageClass } from "@aws-sdk/client-s3"
import type * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import type { Checksum, CustomerKey, Encryption, ObjectOptions, WriteConditions } from "./options.ts"

/**
 * A request that anyone can send who has its `url`, until `expiresAt`: it is signed already.
 *
 * `headers` are those that were signed. Send each of them with this value, or S3 refuses the request.
 *
 * The URL is a secret: whoever has it has the access. Don't log it.
 *
 * **Example** (Answer a request with a redirect to the object)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const redirect = (key: string) =>
 *   S3.presignGet("reports-0a1b", key, { expiresIn: "5 minutes" }).pipe(
 *     Effect.map(({ expiresAt, url }) => ({
 *       status: 302,
 *       headers: { location: url, expires: expiresAt.toUTCString() }
 *     }))
 *   )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class PresignedRequest extends Schema.Class<PresignedRequest>("effect-aws-sdk/S3/PresignedRequest")({
  /** The method that was signed. */
  method: Schema.Literals(["GET", "PUT"]),
  /** The address, with the signature. It's a secret. */
  url: Schema.String,
  /** The headers to send, with exactly these values. */
  headers: Schema.Record(Schema.String, Schema.String),
  /** When S3 no longer accepts the request. */
  expiresAt: Schema.Date
}) {}

/**
 * A form for uploads, which a browser posts: its address, and the fields that come before its file.
 *
 * The fields are a secret: whoever has them has the access. Don't log them.
 *
 * **Example** (Give the form to a web page as JSON)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const form = (user: string) =>
 *   S3.presignPost("photos-0a1b", { prefix: `${user}/` }, { size: { max: 10 * 2 ** 20 }, expiresIn: "10 minutes" }).pipe(
 *     Effect.map(({ expiresAt, fields, url }) => JSON.stringify({ action: url, fields, until: expiresAt.toISOString() }))
 *   )
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class PresignedPost extends Schema.Class<PresignedPost>("effect-aws-sdk/S3/PresignedPost")({
  /** The address that the form is posted to. */
  url: Schema.String,
  /** The fields that come before the file. They are secret. */
  fields: Schema.Record(Schema.String, Schema.String),
  /** When S3 no longer accepts the form. */
  expiresAt: Schema.Date
}) {}

/**
 * How long a presigned request is valid.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExpiryOptions {
  /**
   * In whole seconds, from 1 second to 7 days; 15 minutes by default. Temporary credentials that expire earlier end the
   * request, too.
   */
  readonly expiresIn?: Duration.Input | undefined
}

/**
 * Options of `presignGet`: which version it is for, and headers of the answer in place of the object's own.
 *
 * @category models
 * @since 0.1.0
 */
export interface PresignGetOptions extends
  ExpiryOptions,
  Pick<
    ObjectOptions,
    "cacheControl" | "contentDisposition" | "contentEncoding" | "contentLanguage" | "contentType" | "expires"
  >
{
  /** A version of the object. By default the one that is current when the request is sent. */
  readonly versionId?: string | undefined
}

/**
 * How S3 encrypts an object that somebody else uploads. A key of yours (SSE-C) isn't among the choices: the sender would
 * need it.
 *
 * @category models
 * @since 0.1.0
 */
export type PresignedEncryption = Exclude<Encryption, { readonly customerKey: CustomerKey }>

/**
 * Options of `presignPut`. The sender can change none of them.
 *
 * @category models
 * @since 0.1.0
 */
export interface PresignPutOptions
  extends ExpiryOptions, Omit<ObjectOptions, "checksum" | "encryption">, WriteConditions
{
  /** The number of bytes that have to be sent: up to 5 GiB. By default any. */
  readonly contentLength?: number | undefined
  /** The checksum of the bytes that have to be sent, in Base64. By default the bytes can be any. */
  readonly checksum?: { readonly algorithm: Checksum; readonly value: string } | undefined
  /** `"bucket-default"` by default. */
  readonly encryption?: PresignedEncryption | undefined
}

/**
 * Options of `presignPost`.
 *
 * @category models
 * @since 0.1.0
 */
export interface PresignPostOptions
  extends
    ExpiryOptions,
    Pick<ObjectOptions, "cacheControl" | "contentDisposition" | "contentEncoding" | "expires" | "metadata">
{
  /**
   * The media type, which the form then has as a field; or what it has to start with (`{ prefix: "image/" }`): then the
   * sender adds the field `Content-Type`. By default S3 stores `binary/octet-stream`.
   */
  readonly contentType?: string | { readonly prefix: string } | undefined
  /** How many bytes the file may have. By default as many as S3 accepts in one request, 5 GiB. */
  readonly size?: { readonly min?: number | undefined; readonly max?: number | undefined } | undefined
  /** The status of S3's answer to an upload. By default 204. */
  readonly successStatus?: 200 | 201 | 204 | undefined
  /** Where S3 sends the browser after an upload: an http or https URL, to which S3 adds the bucket, the key and the ETag. */
  readonly successRedirect?: string | undefined
  /** `"bucket-default"` by default. */
  readonly encryption?: PresignedEncryption | undefined
  /** `STANDARD` by default. */
  readonly storageClass?: StorageClass | undefined
  /** A canned ACL; none by default. */
  readonly acl?: ObjectCannedACL | undefined
}
