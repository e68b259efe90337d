/** Bodies of S3's requests and answers, as they are on the wire. */
import { sdkStreamMixin } from "@smithy/core/serde"
import type { HttpRequest, SdkStream } from "@smithy/types"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { Readable } from "node:stream"
import { crc32 } from "node:zlib"
import { Fault } from "./Service.ts"

/** Checksums, as the SDK names them: `ChecksumCRC32`. */
export type Checksums = Readonly<Partial<Record<(typeof algorithms)[number]["member"], string>>>

const hash = (algorithm: string) => (body: Buffer) => createHash(algorithm).update(body).digest("base64")

// CRC32C and CRC64NVME are kept as they come: Node has neither.
const algorithms = [
  {
    header: "x-amz-checksum-crc32",
    member: "ChecksumCRC32",
    of: (body: Buffer) => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(crc32(body))
      return bytes.toString("base64")
    }
  },
  { header: "x-amz-checksum-crc32c", member: "ChecksumCRC32C", of: undefined },
  { header: "x-amz-checksum-crc64nvme", member: "ChecksumCRC64NVME", of: undefined },
  { header: "x-amz-checksum-sha1", member: "ChecksumSHA1", of: hash("sha1") },
  { header: "x-amz-checksum-sha256", member: "ChecksumSHA256", of: hash("sha256") }
] as const

export const md5 = (body: Buffer): string => createHash("md5").update(body).digest("hex")

/** What an object of parts has in place of a checksum: that of the parts' checksums, and how many they are. */
export const composite = (parts: ReadonlyArray<Checksums>): Checksums =>
  Object.fromEntries(
    algorithms.flatMap(({ member, of }) =>
      of !== undefined && parts.every((part) => part[member] !== undefined)
        ? [[
          member,
          `${of(Buffer.concat(parts.map((part) => Buffer.from(part[member]!, "base64"))))}-${parts.length}`
        ]]
        : []
    )
  )

const collect = async (body: unknown): Promise<Buffer> => {
  if (body === undefined || body === null) return Buffer.alloc(0)
  if (typeof body === "string") return Buffer.from(body)
  // A copy: the caller's buffer is the caller's to change.
  if (ArrayBuffer.isView(body)) {
    return Buffer.concat([new Uint8Array(body.buffer, body.byteOffset, body.byteLength)])
  }
  const chunks: Array<Uint8Array> = []
  for await (const chunk of body as AsyncIterable<Uint8Array | string>) {
    chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk)
  }
  return Buffer.concat(chunks)
}

/** Takes off aws-chunked framing: chunks that tell their size, then trailing headers. */
const unframe = (framed: Buffer): { readonly body: Buffer; readonly trailers: Readonly<Record<string, string>> } => {
  const chunks: Array<Buffer> = []
  let at = 0
  const line = () => {
    const end = framed.indexOf("\r\n", at)
    const text = framed.toString("latin1", at, end === -1 ? framed.length : end)
    at = end === -1 ? framed.length : end + 2
    return text
  }
  for (let size = parseInt(line(), 16); size > 0; size = parseInt(line(), 16)) {
    chunks.push(framed.subarray(at, at + size))
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

/** The bytes that a request brings, and their checksums, both as S3 checks them. */
export const read = Effect.fnUntraced(function*(
  { body, headers }: HttpRequest
): Effect.fn.Return<{ readonly body: Buffer; readonly checksums: Checksums }, Fault> {
  const isFramed = /\baws-chunked\b/.test(headers["content-encoding"] ?? "") ||
    headers["x-amz-decoded-content-length"] !== undefined
  const isStream = typeof body === "object" && body !== null && Symbol.asyncIterator in body
  // Node itself tells the length of what is no stream.
  const length = headers[isFramed ? "x-amz-decoded-content-length" : "content-length"] ??
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
  const sent = yield* Effect.tryPromise({
    try: () => collect(body),
    // The source broke off, so the rest never came.
    catch: () =>
      new Fault({
        code: "RequestTimeout",
        message:
          "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."
      })
  })
  const { body: bytes, trailers } = isFramed ? unframe(sent) : { body: sent, trailers: {} }
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
  for (const { header, member, of } of algorithms) {
    const value = { ...headers, ...trailers }[header]
    if (value === undefined) continue
    if (of !== undefined && value !== of(bytes)) {
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

/** A body as the SDK's clients give it. */
export const answer = (body: Buffer): SdkStream<Readable> =>
  sdkStreamMixin(Readable.from(chunksOf(body), { objectMode: false })) as SdkStream<Readable>
