// The checksums of objects, by the names of the SDK's members.
import type * as sdk from "@aws-sdk/client-s3"
import { createHash } from "node:crypto"
import { checksumOf } from "../wire/checksums.ts"

export const algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5"] as const

export type Algorithm = (typeof algorithms)[number]

export type Checksums = { readonly [A in Algorithm as `Checksum${A}`]?: string | undefined }

export const memberOf = (algorithm: string): keyof Checksums => `Checksum${algorithm}` as keyof Checksums

export const headerOf = (algorithm: Algorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`

/** The checksums in a request: of the body, or of the whole object. */
export const givenChecksums = (input: Checksums): Checksums => {
  const given: Record<string, string> = {}
  for (const algorithm of algorithms) {
    const value = input[memberOf(algorithm)]
    if (value !== undefined) given[memberOf(algorithm)] = value
  }
  return given
}

export const computed = (algorithm: string, body: Uint8Array): Checksums => {
  const value = checksumOf(algorithm, body)
  return value === undefined ? {} : { [memberOf(algorithm)]: value }
}

export const has = (checksums: Checksums): boolean => Object.keys(checksums).length > 0

/** The algorithms that an object has checksums of, as lists show them. */
export const algorithmsOf = (checksums: Checksums): Array<sdk.ChecksumAlgorithm> =>
  algorithms.filter((algorithm) => checksums[memberOf(algorithm)] !== undefined)

/** A composite checksum: that of the checksums of the parts, and the number of the parts. */
export const composite = (algorithm: string, parts: ReadonlyArray<Checksums>): Checksums => {
  const member = memberOf(algorithm)
  const all = Buffer.concat(parts.map((part) => Buffer.from(part[member] ?? "", "base64")))
  return { [member]: `${checksumOf(algorithm, all)}-${parts.length}` }
}

export const md5 = (body: Uint8Array): string => createHash("md5").update(body).digest("hex")
