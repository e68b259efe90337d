// Whether bytes here are those in S3, by their digests.
import type { CompletedPart, HeadObjectCommandOutput } from "@aws-sdk/client-s3"
import { createHash } from "node:crypto"
import { crc32 } from "node:zlib"

/** What an answer of S3 may have of an object or a part, in Base64. */
export const checksumMembers = [
  "ChecksumCRC32",
  "ChecksumCRC32C",
  "ChecksumCRC64NVME",
  "ChecksumSHA1",
  "ChecksumSHA256"
] as const

export type Checksums = Pick<HeadObjectCommandOutput, typeof checksumMembers[number]>

/** The checksums that an answer has. */
export const checksumsOf = (output: Checksums): Checksums =>
  Object.fromEntries(
    checksumMembers.flatMap((member) => output[member] === undefined ? [] : [[member, output[member]]])
  )

const hash = (algorithm: string) => (bytes: Uint8Array): Buffer => createHash(algorithm).update(bytes).digest()

export const md5 = hash("md5")

/** Those that Node calculates. */
const digests: { readonly [Member in keyof Checksums]?: (bytes: Uint8Array) => Buffer } = {
  ChecksumCRC32: (bytes) => {
    const digest = Buffer.allocUnsafe(4)
    digest.writeUInt32BE(crc32(bytes))
    return digest
  },
  ChecksumSHA1: hash("sha1"),
  ChecksumSHA256: hash("sha256")
}

export const unquoted = (etag: string | undefined): string | undefined => etag?.replaceAll("\"", "")

/**
 * Whether S3 has these bytes, by their MD5, which an ETag often is, or by a checksum. No, if nothing tells: an ETag of what
 * KMS encrypts is no MD5.
 */
export const isOf = (bytes: Uint8Array, known: Checksums & { readonly ETag?: string | undefined }): boolean => {
  for (const [member, digest] of Object.entries(digests)) {
    const value = known[member as keyof Checksums]
    if (value !== undefined) return value === digest(bytes).toString("base64")
  }
  return unquoted(known.ETag) === md5(bytes).toString("hex")
}

/** Whether S3 has an object of these parts. */
export const isOfParts = (
  parts: ReadonlyArray<CompletedPart>,
  known: Checksums & { readonly ETag?: string | undefined }
): boolean => {
  for (const [member, digest] of Object.entries(digests)) {
    const value = known[member as keyof Checksums]
    const values = parts.map((part) => part[member as keyof Checksums])
    if (value !== undefined && values.every((one) => one !== undefined)) {
      const all = digest(Buffer.concat(values.map((one) => Buffer.from(one, "base64"))))
      if (value === `${all.toString("base64")}-${parts.length}`) return true
    }
  }
  const all = md5(Buffer.concat(parts.map(({ ETag }) => Buffer.from(unquoted(ETag) ?? "", "hex"))))
  return unquoted(known.ETag) === `${all.toString("hex")}-${parts.length}`
}
