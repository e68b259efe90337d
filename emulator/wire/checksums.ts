// Digests of a body that a request tells, in a header or in a trailer, and their recomputation.
import { createHash } from "node:crypto"
import { crc32 } from "node:zlib"
import { Fault } from "./fault.ts"
import { isBase64 } from "./scalars.ts"

interface Digest {
  update(bytes: Uint8Array): void
  /** The digest, in the encoding in which requests have it. */
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

/** The algorithms by the end of their header, `x-amz-checksum-…`. The three kinds of XXHash aren't recomputed. */
const algorithms: Readonly<Record<string, { readonly make: () => Digest; readonly bytes: number }>> = {
  crc32: { make: crc32Digest, bytes: 4 },
  crc32c: { make: crc32cDigest, bytes: 4 },
  crc64nvme: { make: crc64nvmeDigest, bytes: 8 },
  md5: { make: hash("md5", "base64"), bytes: 16 },
  sha1: { make: hash("sha1", "base64"), bytes: 20 },
  sha256: { make: hash("sha256", "base64"), bytes: 32 },
  sha512: { make: hash("sha512", "base64"), bytes: 64 }
}

/** The digest of some bytes, in Base64, as Amazon S3 has it in its headers. */
export const checksumOf = (algorithm: string, bytes: Uint8Array): string | undefined => {
  const digest = algorithms[algorithm.toLowerCase()]?.make()
  digest?.update(bytes)
  return digest?.finish()
}

const isDigest = (text: string, bytes: number): boolean =>
  isBase64(text) && Buffer.from(text, "base64").byteLength === bytes

const checksumHeader = /^x-amz-checksum-([a-z0-9]+)$/

const badDigest = (message: string) => new Fault({ code: "BadDigest", message, status: 400 })

interface Expected {
  readonly digest: Digest
  /** What the client says; a trailer says it after the body. */
  readonly of: (trailers: Readonly<Record<string, string>>) => string | undefined
  readonly fault: (told: string, computed: string) => Fault
}

export interface BodyCheck {
  readonly update: (bytes: Uint8Array) => void
  /** Throws a `Fault` if the body isn't the one that the client has sent. */
  readonly finish: (trailers: Readonly<Record<string, string>>) => void
}

/**
 * Checks a body against `Content-MD5`, `x-amz-content-sha256` and, if it has them, the checksums in headers and trailers.
 * `undefined` if the request says nothing about its body.
 */
export const checkOf = (headers: Readonly<Record<string, string>>, hasChecksums: boolean): BodyCheck | undefined => {
  const expected: Array<Expected> = []
  const md5 = headers["content-md5"]
  if (md5 !== undefined) {
    if (!isDigest(md5, 16)) {
      throw new Fault({
        code: "InvalidDigest",
        message: "The Content-MD5 you specified was invalid.",
        status: 400,
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
  if (sha256 !== undefined && /^[0-9a-f]{64}$/i.test(sha256)) {
    expected.push({
      digest: hash("sha256", "hex")(),
      of: () => sha256.toLowerCase(),
      fault: (told, computed) =>
        new Fault({
          code: "XAmzContentSHA256Mismatch",
          message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
          status: 400,
          members: { ClientComputedContentSHA256: told, S3ComputedContentSHA256: computed }
        })
    })
  }
  const inTrailer = (headers["x-amz-trailer"] ?? "").toLowerCase().split(",").map((name) => name.trim())
  for (const header of hasChecksums ? new Set([...Object.keys(headers), ...inTrailer]) : []) {
    const name = checksumHeader.exec(header)?.[1] ?? ""
    const algorithm = algorithms[name]
    if (algorithm === undefined) continue
    const check = (text: string): string => {
      if (isDigest(text, algorithm.bytes)) return text
      throw new Fault({ code: "InvalidRequest", message: `Value for ${header} header is invalid.`, status: 400 })
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
