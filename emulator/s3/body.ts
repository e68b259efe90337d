// The bodies of requests to S3, and other parts of a request that aren't in its input.
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { isFault } from "../wire/fault.ts"
import { type Checksums, checksumsInTrailers, givenChecksums } from "./checksums.ts"
import { fault } from "./faults.ts"

const MAX_SIZE = 5 * 2 ** 30

export const hostOf = ({ request: { headers } }: HandlerContext): string => headers["host"] ?? ""

type Source = Uint8Array | AsyncIterable<Uint8Array>

/**
 * Copies bytes into a buffer of exactly their size. The given bytes may be a view of a much larger buffer, or of one that is reused.
 * Doesn't use Node's pool, which would keep eight kilobytes alive for each small object.
 */
export const ownBytes = (chunks: ReadonlyArray<Uint8Array>): Buffer => {
  const own = Buffer.allocUnsafeSlow(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    own.set(chunk, at)
    at += chunk.byteLength
  }
  return own
}

const collect = async (source: Source | undefined): Promise<Buffer> => {
  if (source === undefined) return ownBytes([])
  if (source instanceof Uint8Array) return ownBytes([source])
  const chunks: Array<Uint8Array> = []
  for await (const chunk of source) chunks.push(chunk)
  return ownBytes(chunks)
}

interface BodyInput extends Checksums {
  readonly Body?: unknown
  readonly ContentLength?: number | undefined
}

export interface Body {
  readonly bytes: Buffer
  /** The checksums of the body, from headers or trailers. The wire has verified them. */
  readonly checksums: Checksums
}

/** Reads the whole body of a request. The wire verifies its length, checksums and signatures at the same time. */
export const readBody = Effect.fnUntraced(function*(
  input: BodyInput,
  { request: { headers }, trailers }: HandlerContext
): Effect.fn.Return<Body, Fault> {
  const source = input.Body as Source | undefined
  // For a form, the header has the length of the form, and the member that of the file.
  const length = headers["x-amz-decoded-content-length"] ?? input.ContentLength ?? headers["content-length"] ??
    (source === undefined ? 0 : source instanceof Uint8Array ? source.byteLength : undefined)
  if (length === undefined) {
    return yield* fault("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
  }
  if (Number(length) > MAX_SIZE) {
    return yield* fault("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400, {
      ProposedSize: String(length),
      MaxSizeAllowed: String(MAX_SIZE)
    })
  }
  const bytes = yield* Effect.tryPromise({
    try: () => collect(source),
    // The source failed before its end, so S3 waits for the rest until it times out.
    catch: (error) =>
      isFault(error) ? error : fault(
        "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."
      )
  })
  if (bytes.length !== Number(length)) {
    return yield* fault(
      "IncompleteBody",
      "You did not provide the number of bytes specified by the Content-Length HTTP header"
    )
  }
  return { bytes, checksums: { ...givenChecksums(input), ...yield* checksumsInTrailers(trailers()) } }
})

/** A body for the wire. The SDK's type for the output is a stream, which its client makes of these bytes. */
export const answerBody = (bytes: Buffer): never => bytes as never
