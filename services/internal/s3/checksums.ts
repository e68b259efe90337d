// The checksum that an answer of S3 has.
import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3"
import { knownAlgorithms } from "./algorithms.ts"
import { checksums } from "./headResults.ts"
import type { ObjectChecksum } from "./objectHead.ts"

/** The members that `GetObject` and `HeadObject` have in common. */
type Answer = Omit<HeadObjectCommandOutput, "$metadata">

/** The algorithms that S3 has, even those that this library can't compute. */
export const algorithms = [...knownAlgorithms, "XXHASH64", "XXHASH3", "XXHASH128"]

/** How many parts a composite checksum is of; `undefined` for another one. */
export const partsOfChecksum = (value: string): number | undefined => {
  const count = /-(\d+)$/.exec(value)?.[1]
  return count === undefined ? undefined : Number(count)
}

/**
 * What the checksum is of. Stores that are older than the header for it don't say so: of an object in parts, a checksum without
 * their number may be either then.
 */
const typeOf = (value: string, { ChecksumType, ETag }: Answer): ObjectChecksum["type"] | undefined => {
  if (ChecksumType === "COMPOSITE" || partsOfChecksum(value) !== undefined) return "COMPOSITE"
  return ChecksumType === undefined && /^"?[0-9a-f]{32}-\d+"?$/.test(ETag ?? "") ? undefined : "FULL_OBJECT"
}

/** The checksum of the object, or of the part or range, that the answer is about; `undefined` if it has none that says of what. */
export const checksumOf = (answer: Answer): ObjectChecksum | undefined => {
  for (const algorithm of algorithms) {
    const value = answer[`Checksum${algorithm}` as keyof Answer]
    if (typeof value !== "string" || value === "") continue
    const type = typeOf(value, answer)
    return type && checksums.make({ algorithm, type, value })
  }
  return undefined
}
