// Recomputes the digests of a body that a request has in its headers or trailers.
import { createHash } from "node:crypto"
import { crc32 } from "node:zlib"
import { Fault } from "./fault.ts"
import { isBase64 } from "./scalars.ts"

interface Digest {
  update(bytes: Uint8Array): void
  /** The digest, encoded as in a request. */
  finish(): string
}

const base64 = (value: bigint, bytes: number): string =>
  Buffer.from(value.toString(16).padStart(bytes * 2, "0"), "hex").toString("base64")

const hash = (algorithm: string, encoding: "base64" | "hex") => (): Digest => {
  const hash = createHash(algorithm)
  return { update: (bytes) => void hash.update(bytes), finish: () => hash.digest(encoding) }
}

const crc32Digest = (): Digest => {
  let value = 0
  return {
    update: (bytes) => {
      value = crc32(bytes, value)
    },
    finish: () => base64(BigInt(value), 4)
  }
}

const castagnoli = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
  return value
})

const crc32cDigest = (): Digest => {
  let value = 0xffffffff
  return {
    update: (bytes) => {
      for (const byte of bytes) value = castagnoli[(value ^ byte) & 0xff]! ^ (value >>> 8)
    },
    finish: () => base64(BigInt((value ^ 0xffffffff) >>> 0), 4)
  }
}

// The table of CRC-64/NVME in halves of 32 bits: a `BigInt` for each byte would be many times slower.
const nvme = { low: new Uint32Array(256), high: new Uint32Array(256) }
for (let index = 0; index < 256; index++) {
  let low = index
  let high = 0
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = (low & 1) === 1
    low = (low >>> 1) | ((high & 1) << 31)
    high >>>= 1
    if (isOdd) {
      low ^= 0xac4bc9b5
      high ^= 0x9a6c9329
    }
  }
  nvme.low[index] = low
  nvme.high[index] = high
}

const crc64nvmeDigest = (): Digest => {
  let low = 0xffffffff
  let high = 0xffffffff
  return {
    update: (bytes) => {
      for (const byte of bytes) {
        const index = (low ^ byte) & 0xff
        low = ((low >>> 8) | (high << 24)) ^ nvme.low[index]!
        high = (high >>> 8) ^ nvme.high[index]!
      }
    },
    finish: () => base64((BigInt((high ^ 0xffffffff) >>> 0) << 32n) | BigInt((low ^ 0xffffffff) >>> 0), 8)
  }
}

/** The algorithms by the last part of their header, `x-amz-checksum-…`. The three variants of XXHash aren't recomputed. */
const algorithms: ReadonlyMap<string, { readonly make: () => Digest; readonly bytes: number }> = new Map([
  ["crc32", { make: crc32Digest, bytes: 4 }],
  ["crc32c", { make: crc32cDigest, bytes: 4 }],
  ["crc64nvme", { make: crc64nvmeDigest, bytes: 8 }],
  ["md5", { make: hash("md5", "base64"), bytes: 16 }],
  ["sha1", { make: hash("sha1", "base64"), bytes: 20 }],
  ["sha256", { make: hash("sha256", "base64"), bytes: 32 }],
  ["sha512", { make: hash("sha512", "base64"), bytes: 64 }]
])

const isAlgorithm = (name: string): boolean => algorithms.has(name) || /^xxhash(3|64|128)$/.test(name)

/** The digest of some bytes in Base64, as in the headers of Amazon S3. */
export const checksumOf = (algorithm: string, bytes: Uint8Array): string | undefined => {
  const digest = algorithms.get(algorithm.toLowerCase())?.make()
  digest?.update(bytes)
  return digest?.finish()
}

const isDigest = (text: string, bytes: number): boolean =>
  isBase64(text) && Buffer.from(text, "base64").byteLength === bytes

const checksumHeader = /^x-amz-checksum-([a-z0-9]+)$/

/** Headers that begin like those of checksums, and say something about them. */
const aboutChecksums = /^x-amz-checksum-(algorithm|mode|type)$/

type Headers = Readonly<Record<string, string>>

/** Whether a request has a digest of its body that it asks to be checked. */
export const hasDigest = (headers: Headers): boolean =>
  headers["content-md5"] !== undefined || trailersOf(headers).length > 0 ||
  Object.keys(headers).some((name) => checksumHeader.test(name) && !aboutChecksums.test(name))

const trailersOf = (headers: Headers): ReadonlyArray<string> =>
  (headers["x-amz-trailer"] ?? "").toLowerCase().split(",").map((name) => name.trim()).filter((name) => name !== "")

/** The trailers that have to follow the body. */
export const announcedTrailers = (headers: Headers): ReadonlySet<string> => new Set(trailersOf(headers))

const invalid = (message: string): Fault => new Fault({ code: "InvalidRequest", message, statusCode: 400 })

export const manyChecksums: Fault = invalid(
  "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
)

const contentHashes = [
  "UNSIGNED-PAYLOAD",
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
  "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"
]

const checkContentHash = (told: string): void => {
  if (contentHashes.includes(told) || sha256Hex.test(told)) return
  throw new Fault({
    code: "InvalidArgument",
    message: `x-amz-content-sha256 must be ${contentHashes.join(", ")} or a valid sha256 value.`,
    statusCode: 400,
    members: { ArgumentName: "x-amz-content-sha256", ArgumentValue: told }
  })
}

const sha256Hex = /^[0-9a-f]{64}$/i

/** Throws a `Fault` for headers that announce a checksum that can't be, or that doesn't come. */
const checkAnnouncements = (headers: Headers, hasChecksums: boolean, isChunked: boolean): void => {
  const trailers = trailersOf(headers)
  const known = (header: string): boolean => isAlgorithm(checksumHeader.exec(header)?.[1] ?? "")
  const told = Object.keys(headers).filter((name) => name.startsWith("x-amz-checksum-") && !aboutChecksums.test(name))
  if (!told.every(known)) throw invalid("The algorithm type you specified in x-amz-checksum- header is invalid.")
  if (!trailers.every(known)) throw invalid("The value specified in the x-amz-trailer header is not supported")
  if (trailers.length > 0 && !isChunked) {
    throw invalid(
      "The x-amz-trailer header needs a body in chunks: x-amz-content-sha256 must name a STREAMING- payload."
    )
  }
  if (!hasChecksums) return
  const [checksum, ...others] = [...told, ...trailers]
  if (others.length > 0) throw manyChecksums
  const algorithm = headers["x-amz-sdk-checksum-algorithm"]?.toLowerCase()
  if (algorithm === undefined) return
  if (isAlgorithm(algorithm) && checksum === undefined) {
    throw invalid(
      "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
    )
  }
  if (checksum !== `x-amz-checksum-${algorithm}`) {
    throw invalid("Value for x-amz-sdk-checksum-algorithm header is invalid.")
  }
}

const badDigest = (message: string) => new Fault({ code: "BadDigest", message, statusCode: 400 })

interface Expected {
  readonly digest: Digest
  /** The digest that the client sent. One in a trailer comes after the body. */
  readonly of: (trailers: Headers) => string | undefined
  readonly fault: (told: string, computed: string) => Fault
}

export interface BodyCheck {
  readonly update: (bytes: Uint8Array) => void
  /** Throws a `Fault` if the body isn't the one that the client sent. */
  readonly finish: (trailers: Headers) => void
}

/**
 * Checks a body against `Content-MD5`, `x-amz-content-sha256` and, if it has them, the checksums in headers and trailers.
 * Returns `undefined` if the request has no digest of its body.
 */
export const checkOf = (headers: Headers, hasChecksums: boolean, isChunked: boolean): BodyCheck | undefined => {
  checkAnnouncements(headers, hasChecksums, isChunked)
  const expected: Array<Expected> = []
  const md5 = headers["content-md5"]
  if (md5 !== undefined) {
    if (!isDigest(md5, 16)) {
      throw new Fault({
        code: "InvalidDigest",
        message: "The Content-MD5 you specified was invalid.",
        statusCode: 400,
        members: { "Content-MD5": md5 }
      })
    }
    expected.push({
      digest: hash("md5", "base64")(),
      of: () => md5,
      fault: () => badDigest("The Content-MD5 you specified did not match what we received.")
    })
  }
  const sha256 = headers["x-amz-content-sha256"]
  if (sha256 !== undefined) checkContentHash(sha256)
  if (sha256 !== undefined && sha256Hex.test(sha256)) {
    expected.push({
      digest: hash("sha256", "hex")(),
      of: () => sha256.toLowerCase(),
      fault: (told, computed) =>
        new Fault({
          code: "XAmzContentSHA256Mismatch",
          message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
          statusCode: 400,
          members: { ClientComputedContentSHA256: told, S3ComputedContentSHA256: computed }
        })
    })
  }
  for (const header of hasChecksums ? new Set([...Object.keys(headers), ...trailersOf(headers)]) : []) {
    const name = checksumHeader.exec(header)?.[1] ?? ""
    const algorithm = algorithms.get(name)
    if (algorithm === undefined) continue
    const check = (text: string): string => {
      if (isDigest(text, algorithm.bytes)) return text
      throw invalid(`Value for ${header} header is invalid.`)
    }
    const told = headers[header]
    if (told !== undefined) check(told)
    expected.push({
      digest: algorithm.make(),
      of: (trailers) => told ?? (trailers[header] === undefined ? undefined : check(trailers[header])),
      fault: () => badDigest(`The ${name.toUpperCase()} you specified did not match the calculated checksum.`)
    })
  }
  if (expected.length === 0) return undefined
  return {
    update: (bytes) => {
      for (const { digest } of expected) digest.update(bytes)
    },
    finish: (trailers) => {
      for (const { digest, fault, of } of expected) {
        const told = of(trailers)
        const computed = digest.finish()
        if (told !== undefined && told !== computed) throw fault(told, computed)
      }
    }
  }
}
