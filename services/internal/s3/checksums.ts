// The checksum that an answer of S3 has.
import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3"
import { knownAlgorithms } from "./digests.ts"
import { ObjectChecksum } from "./objectHead.ts"

/** The members that `GetObject` and `HeadObject` have in common. */
type Answer = Omit<HeadObjectCommandOutput, "$metadata">

const algorithms = [...knownAlgorithms, "XXHASH64", "XXHASH3", "XXHASH128"]

/** How many parts a composite checksum is of; `undefined` for another one. */
export const partsOfChecksum = (value: string): number | undefined => {
  const count = /-(\d+)$/.exec(value)?.[1]
  return count === undefined ? undefined : Number(count)
}

/** The checksum of the object, or of the part or range, that the answer is about; `undefined` if it has none. */
export const checksumOf = (answer: Answer): ObjectChecksum | undefined => {
  for (const algorithm of algorithms) {
    const value = answer[`Checksum${algorithm}` as keyof Answer]
    if (typeof value !== "string" || value === "") continue
    // Stores that are older than the header for the type write a composite checksum all the same.
    const type = partsOfChecksum(value) === undefined && answer.ChecksumType !== "COMPOSITE"
      ? "FULL_OBJECT"
      : "COMPOSITE"
    return new ObjectChecksum({ algorithm, type, value })
  }
  return undefined
}
