// What the contracts of S3 share.
import {
  CreateBucketCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsError, S3 } from "effect-aws-sdk"
import * as crypto from "node:crypto"
import * as zlib from "node:zlib"

export const create = (Bucket: string, hasLock = false) =>
  S3.send(new CreateBucketCommand({ Bucket, ...(hasLock && { ObjectLockEnabledForBucket: true }) }))

export const put = (Bucket: string, Key: string, input: Partial<PutObjectCommandInput> = {}) =>
  S3.send(new PutObjectCommand({ Bucket, Key, Body: Key, ...input }))

export const head = (Bucket: string, Key: string, input: object = {}) =>
  S3.send(new HeadObjectCommand({ Bucket, Key, ...input }))

export const versioning = (Bucket: string, Status: "Enabled" | "Suspended") =>
  S3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))

/** Asserts that AWS refuses a call with this code, and with this in its message. */
export const refused = <A, E extends { readonly _tag: string; readonly message: string }, R>(
  call: Effect.Effect<A, E, R>,
  code: string,
  message = ""
) =>
  Effect.map(Effect.flip(call), (error) => {
    assert.strictEqual((error as unknown as AwsError).code, code)
    assert.include(error.message, message)
  })

export const sha256 = (...bytes: ReadonlyArray<string | Uint8Array>): string => {
  const hash = crypto.createHash("sha256")
  for (const some of bytes) hash.update(some)
  return hash.digest("base64")
}

export const crc32 = (bytes: string): string => {
  const value = Buffer.alloc(4)
  value.writeUInt32BE(zlib.crc32(bytes))
  return value.toString("base64")
}
