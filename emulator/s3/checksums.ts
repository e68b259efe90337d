// The checksums of objects, by the names of the SDK's members.
import type * as sdk from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import type { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { checksumOf } from "../wire/checksums.ts"
import { invalidRequest } from "./faults.ts"

const algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5"] as const

type Algorithm = (typeof algorithms)[number]

export type Checksums = { readonly [A in Algorithm as `Checksum${A}`]?: string | undefined }

export const memberOf = (algorithm: string): keyof Checksums => `Checksum${algorithm}` as keyof Checksums

const headerOf = (algorithm: Algorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`

const noXxHash = unsupported(
  "The in-memory S3 doesn't compute the checksums of XXHash. Use CRC32, CRC32C, CRC64NVME, SHA1 or SHA256."
)

/** Checks that this is an algorithm that S3 can compute a checksum with. */
export const checkAlgorithm = (algorithm: string): Effect.Effect<void, Fault> =>
  algorithms.includes(algorithm as Algorithm)
    ? Effect.void
    : algorithm.startsWith("XXHASH")
    ? noXxHash
    : Effect.fail(
      invalidRequest(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
      )
    )

/** The checksums that follow a body. */
export const checksumsInTrailers = (trailers: Readonly<Record<string, string>>): Effect.Effect<Checksums> => {
  if (Object.keys(trailers).some((name) => name.startsWith("x-amz-checksum-xxhash"))) return noXxHash
  const found = algorithms.flatMap((algorithm) => {
    const value = trailers[headerOf(algorithm)]
    return value === undefined ? [] : [[memberOf(algorithm), value] as const]
  })
  return Effect.succeed(Object.fromEntries(found))
}

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
