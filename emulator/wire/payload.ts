// Decodes the body of a request, and checks it against its length, checksums and signatures.
import { gunzipSync } from "node:zlib"
import { ChunkDecoder, type ChunkSignatures, type Trailers } from "./awsChunked.ts"
import { announcedTrailers, type BodyCheck, checkOf } from "./checksums.ts"
import { malformedBody, tooLarge } from "./faults.ts"
import { type Body, noBytes, type Request } from "./http.ts"
import type { Protocol } from "./protocol.ts"

export interface Payload {
  /** Reading fails with a `Fault` at the first chunk with a wrong signature, or at the end if a digest is wrong. */
  readonly body: Body
  /** The trailers after the body. Empty until the body has been read. */
  readonly trailers: () => Trailers
}

const noTrailers: Trailers = {}

const encodings = (request: Request): ReadonlyArray<string> =>
  (request.headers["content-encoding"] ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "")

/** The encodings of the content, without `aws-chunked`. */
export const contentEncoding = (request: Request): string | undefined => {
  const left = encodings(request).filter((name) => name !== "aws-chunked")
  return left.length === 0 ? undefined : left.join(",")
}

const isChunked = (request: Request): boolean =>
  (request.headers["x-amz-content-sha256"] ?? "").startsWith("STREAMING-") || encodings(request).includes("aws-chunked")

const decoded = (decoder: ChunkDecoder | undefined, check: BodyCheck | undefined, body: Body): Body => {
  const step = (bytes: Uint8Array): ReadonlyArray<Uint8Array> => {
    const chunks = decoder === undefined ? [bytes] : decoder.push(bytes)
    if (check !== undefined) chunks.forEach(check.update)
    return chunks
  }
  const end = (): void => {
    decoder?.end()
    check?.finish(decoder?.trailers ?? noTrailers)
  }
  if (body instanceof Uint8Array) {
    const chunks = step(body)
    end()
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  }
  return {
    async *[Symbol.asyncIterator]() {
      for await (const bytes of body) yield* step(bytes)
      end()
    }
  }
}

/**
 * Opens the body of a request to Amazon S3. Throws a `Fault` for headers that no body can satisfy.
 *
 * `hasChecksums` says whether the checksums in the headers are of the body. In CompleteMultipartUpload, they are of the
 * object.
 */
export const openPayload = (request: Request, hasChecksums: boolean, signatures?: ChunkSignatures): Payload => {
  const chunked = isChunked(request)
  const check = checkOf(request.headers, hasChecksums, chunked)
  if (!chunked) {
    return {
      body: check === undefined ? request.body : decoded(undefined, check, request.body),
      trailers: () => noTrailers
    }
  }
  const length = request.headers["x-amz-decoded-content-length"]
  const decoder = new ChunkDecoder(
    signatures,
    length === undefined ? undefined : Number(length),
    announcedTrailers(request.headers)
  )
  return { body: decoded(decoder, check, request.body), trailers: () => decoder.trailers }
}

/** The body of a request to another service. AWS checks only its signature. */
export const plainPayload = ({ body }: Request): Payload => ({ body, trailers: () => noTrailers })

const MiB = 2 ** 20

/** The most bytes of a body, also after decompression. Of those that aren't streamed, only AWS Lambda takes more than 16 MiB. */
const limits: Readonly<Record<Protocol, number>> = {
  awsQuery: 10 * MiB,
  ec2Query: 10 * MiB,
  restXml: 10 * MiB,
  restJson1: 70 * MiB,
  awsJson1_0: 16 * MiB,
  awsJson1_1: 16 * MiB,
  rpcv2Cbor: 16 * MiB
}

/** All bytes of a body, as they were sent. Throws a `Fault` at the first byte beyond the limit of the protocol. */
export const limitedBody = async (body: Body, headers: Request["headers"], protocol: Protocol): Promise<Uint8Array> => {
  const limit = limits[protocol]
  if (Number(headers["content-length"] ?? 0) > limit) throw tooLarge(protocol)
  const chunks: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(protocol)
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

const gunzip = (bytes: Uint8Array, protocol: Protocol): Uint8Array => {
  try {
    return gunzipSync(bytes, { maxOutputLength: limits[protocol] })
  } catch (error) {
    throw (error as { readonly code?: unknown }).code === "ERR_BUFFER_TOO_LARGE"
      ? tooLarge(protocol)
      : malformedBody(protocol)
  }
}

/** The content of a body of which all bytes have been read. */
export const decompressed = (bytes: Uint8Array, request: Request, protocol: Protocol): Uint8Array => {
  if (bytes.byteLength === 0) return noBytes
  const all = encodings(request).filter((name) => name !== "aws-chunked" && name.toLowerCase() !== "identity")
  const [encoding, ...others] = all
  if (encoding === undefined) return bytes
  // AWS's services have no other encodings, so the body is of no format that they read.
  if (others.length > 0 || encoding.toLowerCase() !== "gzip") throw malformedBody(protocol)
  return gunzip(bytes, protocol)
}

/** All bytes of a body, decompressed. */
export const wholeBody = async ({ body }: Payload, request: Request, protocol: Protocol): Promise<Uint8Array> =>
  decompressed(await limitedBody(body, request.headers, protocol), request, protocol)
