// The body of a request, freed from the encodings of its transfer and checked against what the request says about it.
import { gunzipSync } from "node:zlib"
import { ChunkDecoder, type ChunkSignatures, type Trailers } from "./awsChunked.ts"
import { type BodyCheck, checkOf } from "./checksums.ts"
import { Fault } from "./fault.ts"
import { type Body, collect, noBytes, type Request } from "./http.ts"

export interface Payload {
  /** Reading it fails with a `Fault` at the chunk, or at the end, where it isn't what the client has signed or digested. */
  readonly body: Body
  /** What came after the body; empty until the body has been read. */
  readonly trailers: () => Trailers
}

const noTrailers: Trailers = {}

const encodings = (request: Request): ReadonlyArray<string> =>
  (request.headers["content-encoding"] ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "")

/** The encodings of the content itself, without the one of its transfer. */
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
 * `hasChecksums` says whether the checksums in the headers are those of the body: where an upload is completed, they are
 * those of the object.
 */
export const openPayload = (request: Request, hasChecksums: boolean, signatures?: ChunkSignatures): Payload => {
  const check = checkOf(request.headers, hasChecksums)
  if (!isChunked(request)) {
    return {
      body: check === undefined ? request.body : decoded(undefined, check, request.body),
      trailers: () => noTrailers
    }
  }
  const length = request.headers["x-amz-decoded-content-length"]
  const decoder = new ChunkDecoder(signatures, length === undefined ? undefined : Number(length))
  return { body: decoded(decoder, check, request.body), trailers: () => decoder.trailers }
}

/** The body of a request to another service, which AWS checks by its signature alone. */
export const plainPayload = ({ body }: Request): Payload => ({ body, trailers: () => noTrailers })

const gunzip = (bytes: Uint8Array): Uint8Array => {
  try {
    return gunzipSync(bytes)
  } catch {
    throw new Fault({ code: "SerializationException", message: "The body is not in the format gzip.", status: 400 })
  }
}

/** All bytes of a body that the protocol has to read as a whole, decompressed. */
export const wholeBody = async ({ body }: Payload, request: Request): Promise<Uint8Array> => {
  const bytes = await collect(body)
  if (bytes.byteLength === 0) return noBytes
  return encodings(request).includes("gzip") ? gunzip(bytes) : bytes
}
