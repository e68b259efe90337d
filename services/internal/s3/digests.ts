// The digests by which S3 knows the content of an object.
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { crc32 } from "node:zlib"
import type { knownAlgorithms } from "./algorithms.ts"

/** A digest of bytes that come one after another. */
export interface Digest {
  readonly update: (bytes: Uint8Array) => void
  /** The digest of all bytes; nothing can be added after that. */
  readonly finish: () => Buffer
}

/** Makes digests, one at a time: a new one ends the one before. */
export type MakeDigest = () => Digest

const hash = (algorithm: string): MakeDigest => () => {
  const hash = createHash(algorithm)
  return { update: (bytes) => void hash.update(bytes), finish: () => hash.digest() }
}

export const crc32Digest: MakeDigest = () => {
  let value = 0
  return {
    update: (bytes) => {
      value = crc32(bytes, value)
    },
    finish: () => {
      const digest = Buffer.alloc(4)
      digest.writeUInt32BE(value)
      return digest
    }
  }
}

/** Node has no such CRC, and the SDK's, which are written in JavaScript, are four times as slow. */
const wasm = (name: "crc32c" | "crc64nvme") => async (): Promise<MakeDigest> => {
  const hasher = await (await import("./crcs.ts"))[name]()
  return () => {
    hasher.init()
    return { update: (bytes) => void hasher.update(bytes), finish: () => Buffer.from(hasher.digest("hex"), "hex") }
  }
}

const native = (make: MakeDigest) => async () => make

const algorithms: Readonly<Record<(typeof knownAlgorithms)[number], () => Promise<MakeDigest>>> = {
  CRC32: native(crc32Digest),
  CRC32C: wasm("crc32c"),
  CRC64NVME: wasm("crc64nvme"),
  SHA1: native(hash("sha1")),
  SHA256: native(hash("sha256")),
  SHA512: native(hash("sha512")),
  MD5: native(hash("md5"))
}

const isKnown = (algorithm: string): algorithm is keyof typeof algorithms => Object.hasOwn(algorithms, algorithm)

/** `undefined` for an algorithm that this library can't compute. */
export const loadDigest = (algorithm: string): Promise<MakeDigest> | undefined =>
  isKnown(algorithm) ? algorithms[algorithm]() : undefined

/** The digest of bytes that are in memory; `undefined` for an algorithm that this library can't compute. */
export const digest = (algorithm: string, bytes: Uint8Array): Effect.Effect<Buffer | undefined> =>
  Effect.promise(async () => {
    const made = (await loadDigest(algorithm))?.()
    made?.update(bytes)
    return made?.finish()
  })
