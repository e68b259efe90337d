/** The bodies of S3's requests and responses, as they are on the wire. */
import { sdkStreamMixin } from "@smithy/core/serde"
import type { HttpRequest, SdkStream } from "@smithy/types"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { Readable } from "node:stream"
import { crc32 } from "node:zlib"
import { Fault } from "./Service.ts"

/** Checksums by the SDK's names: `ChecksumCRC32`. */
export type Checksums = Readonly<Partial<Record<(typeof algorithms)[number]["member"], string>>>

const hash = (algorithm: string) => (body: Buffer) => createHash(algorithm).update(body).digest("base64")

// CRC32C and CRC64NVME are stored unchecked, because Node computes neither.
const algorithms = [
  {
    header: "x-amz-checksum-crc32",
    member: "ChecksumCRC32",
    digest: (body: Buffer) => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(crc32(body))
      return bytes.toString("base64")
    }
  },
  { header: "x-amz-checksum-crc32c", member: "ChecksumCRC32C", digest: undefined },
  { header: "x-amz-checksum-crc64nvme", member: "ChecksumCRC64NVME", digest: undefined },
  { header: "x-amz-checksum-sha1", member: "ChecksumSHA1", digest: hash("sha1") },
  { header: "x-amz-checksum-sha256", member: "ChecksumSHA256", digest: hash("sha256") }
] as const

export const md5 = (body: Buffer): string => createHash("md5").update(body).digest("hex")

/** The composite checksum of a multipart object: the checksum of its parts' checksums, and the number of parts. */
export const composite = (parts: ReadonlyArray<Checksums>): Checksums =>
  Object.fromEntries(
    algorithms.flatMap(({ digest, member }) =>
      digest !== undefined && parts.every((part) => part[member] !== undefined)
        ? [[
          member,
          `${digest(Buffer.concat(parts.map((part) => Buffer.from(part[member]!, "base64"))))}-${parts.length}`
        ]]
        : []
    )
  )

const collect = async (body: unknown): Promise<Buffer> => {
  if (body === undefined || body === null) return Buffer.alloc(0)
  if (typeof body === "string") return Buffer.from(body)
  // Copy, because the caller may change its buffer later.
  if (ArrayBuffer.isView(body)) {
    return Buffer.concat([new Uint8Array(body.buffer, body.byteOffset, body.byteLength)])
  }
  const chunks: Array<Uint8Array> = []
  for await (const chunk of body as AsyncIterable<Uint8Array | string>) {
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk)
  }
  return Buffer.concat(chunks)
}

/** Decodes aws-chunked encoding: chunks with their sizes, then trailing headers. */
const decodeChunks = (
  encoded: Buffer
): { readonly body: Buffer; readonly trailers: Readonly<Record<string, string>> } => {
  const chunks: Array<Buffer> = []
  let at = 0
  const line = () => {
    const end = encoded.indexOf("\r\n", at)
    const text = encoded.toString("latin1", at, end === -1 ? encoded.length : end)
    at = end === -1 ? encoded.length : end + 2
    return text
  }
  for (let size = parseInt(line(), 16); size > 0; size = parseInt(line(), 16)) {
    chunks.push(encoded.subarray(at, at + size))
    at += size + 2
  }
  const trailers: Record<string, string> = {}
  for (let text = line(); text !== ""; text = line()) {
    const colon = text.indexOf(":")
    trailers[text.slice(0, colon).toLowerCase()] = text.slice(colon + 1).trim()
  }
  return { body: Buffer.concat(chunks), trailers }
}

const incomplete = new Fault({
  code: "IncompleteBody",
  message: "You did not provide the number of bytes specified by the Content-Length HTTP header"
})

/** Reads a request's body and its checksums, and checks both as S3 does. */
export const read = Effect.fnUntraced(function*(
  { body, headers }: HttpRequest
): Effect.fn.Return<{ readonly body: Buffer; readonly checksums: Checksums }, Fault> {
  const isChunked = /\baws-chunked\b/.test(headers["content-encoding"] ?? "") ||
    headers["x-amz-decoded-content-length"] !== undefined
  const isStream = typeof body === "object" && body !== null && Symbol.asyncIterator in body
  // Node sets the length of a body that isn't a stream.
  const length = headers[isChunked ? "x-amz-decoded-content-length" : "content-length"] ??
    (isStream ? undefined : Buffer.byteLength(body ?? ""))
  if (length === undefined) {
    return yield* new Fault({
      code: "MissingContentLength",
      message: "You must provide the Content-Length HTTP header.",
      statusCode: 411
    })
  }
  if (Number(length) > 5 * 2 ** 30) {
    return yield* new Fault({
      code: "EntityTooLarge",
      message: "Your proposed upload exceeds the maximum allowed size",
      members: { ProposedSize: String(length), MaxSizeAllowed: String(5 * 2 ** 30) }
    })
  }
  const received = yield* Effect.tryPromise({
    try: () => collect(body),
    // The source failed before its end, so S3 waits for the rest until it times out.
    catch: () =>
      new Fault({
        code: "RequestTimeout",
        message:
          "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."
      })
  })
  const { body: bytes, trailers } = isChunked ? decodeChunks(received) : { body: received, trailers: {} }
  if (bytes.length !== Number(length)) return yield* incomplete
  const given = headers["content-md5"]
  if (given !== undefined && Buffer.from(given, "base64").length !== 16) {
    return yield* new Fault({ code: "InvalidDigest", message: "The Content-MD5 you specified was invalid." })
  }
  if (given !== undefined && given !== Buffer.from(md5(bytes), "hex").toString("base64")) {
    return yield* new Fault({
      code: "BadDigest",
      message: "The Content-MD5 you specified did not match what we received."
    })
  }
  const checksums: Record<string, string> = {}
  for (const { digest, header, member } of algorithms) {
    const value = { ...headers, ...trailers }[header]
    if (value === undefined) continue
    if (digest !== undefined && value !== digest(bytes)) {
      return yield* new Fault({
        code: "BadDigest",
        message: `The ${member.slice("Checksum".length)} you specified did not match the calculated checksum.`
      })
    }
    checksums[member] = value
  }
  return { body: bytes, checksums }
})

const chunksOf = function*(body: Buffer): Iterable<Buffer> {
  for (let at = 0; at < body.length; at += 65_536) yield body.subarray(at, at + 65_536)
}

/** A response body in the form that the SDK's clients return. */
export const toStream = (body: Buffer): SdkStream<Readable> =>
  sdkStreamMixin(Readable.from(chunksOf(body), { objectMode: false })) as SdkStream<Readable>
