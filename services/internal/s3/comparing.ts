// Whether bytes here are those in S3, by their digests.
import type { CompletedPart, HeadObjectCommandOutput } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { algorithms, checksumOf } from "./checksums.ts"
import { digest } from "./digests.ts"

/** What S3 tells of the bytes of an object or a part. */
export type Known = Pick<HeadObjectCommandOutput, "ETag" | "ChecksumType" | keyof CompletedPart & `Checksum${string}`>

/** The checksums of a part, as the completion of its upload has to repeat them. */
export const checksumsOf = (output: Known): Omit<CompletedPart, "ETag" | "PartNumber"> =>
  Object.fromEntries(
    algorithms.flatMap((algorithm) => {
      const member = `Checksum${algorithm}`
      const value = output[member as keyof Known]
      return value === undefined ? [] : [[member, value]]
    })
  )

const unquoted = (etag: string | undefined): string | undefined => etag?.replaceAll("\"", "")

/**
 * Whether S3 has these bytes, by a checksum, or by their MD5, which an ETag often is. No, if nothing tells: an ETag of what KMS
 * encrypts is no MD5.
 */
export const isOf = Effect.fnUntraced(function*(bytes: Uint8Array, known: Known): Effect.fn.Return<boolean> {
  const checksum = checksumOf(known)
  const actual = checksum?.type === "FULL_OBJECT" ? yield* digest(checksum.algorithm, bytes) : undefined
  if (actual !== undefined) return checksum?.value === actual.toString("base64")
  return unquoted(known.ETag) === (yield* digest("MD5", bytes))?.toString("hex")
})

/** Whether S3 has an object of these parts. A checksum of the whole object doesn't tell; the ETags of the parts do. */
export const isOfParts = Effect.fnUntraced(function*(
  parts: ReadonlyArray<CompletedPart>,
  known: Known
): Effect.fn.Return<boolean> {
  const together = (algorithm: string, values: ReadonlyArray<string | undefined>, encoding: "base64" | "hex") =>
    Effect.map(
      values.includes(undefined)
        ? Effect.undefined
        : digest(algorithm, Buffer.concat(values.map((value) => Buffer.from(value!, encoding)))),
      (all) => all && `${all.toString(encoding)}-${parts.length}`
    )
  const checksum = checksumOf(known)
  if (checksum?.type === "COMPOSITE") {
    const values = parts.map((part) => checksumOf({ ...part, ChecksumType: "FULL_OBJECT" }))
    const ofParts = values.map((one) => one?.algorithm === checksum.algorithm ? one.value : undefined)
    if (checksum.value === (yield* together(checksum.algorithm, ofParts, "base64"))) return true
  }
  const etag = yield* together("MD5", parts.map(({ ETag }) => unquoted(ETag)), "hex")
  return etag !== undefined && unquoted(known.ETag) === etag
})
