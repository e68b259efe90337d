// Bodies in AWS's own chunks: `<size>;chunk-signature=<signature>\r\n<bytes>\r\n`, an empty chunk, and trailers.
import { Fault } from "./fault.ts"
import { noBytes } from "./http.ts"

export type Trailers = Readonly<Record<string, string>>

/** Verifies the signatures of chunks. Each signature covers the previous one. */
export interface ChunkSignatures {
  /** Throws a `Fault` if the signature isn't that of the chunk. */
  readonly chunk: (bytes: Uint8Array, signature: string) => void
  readonly trailer: (trailers: string, signature: string) => void
  /** Throws a `Fault` if the body ended before the signature of its trailers. */
  readonly end: () => void
}

const incomplete = (message: string) => new Fault({ code: "IncompleteBody", message, statusCode: 400 })

const malformed = () =>
  new Fault({
    code: "InvalidChunkSizeError",
    message: "The body is not in the chunks that the headers announce.",
    statusCode: 400
  })

const malformedTrailer = () =>
  new Fault({
    code: "MalformedTrailerError",
    message: "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    statusCode: 400
  })

const sizeLine = /^([0-9a-fA-F]{1,13})(?:;chunk-signature=([0-9a-f]{64}))?$/
const trailerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:(.*)$/

/** A size with a signature, and the end of the line. */
const longestSizeLine = 100
const longestTrailers = 8 * 1024

const signatureTrailer = "x-amz-trailer-signature"

const lineFeed = 0x0a

const join = (parts: ReadonlyArray<Uint8Array>): Uint8Array => parts.length === 1 ? parts[0]! : Buffer.concat(parts)

/** Decodes bytes as they arrive, and returns the content. A chunk with a signature is returned when all of it has arrived. */
export class ChunkDecoder {
  readonly #signatures: ChunkSignatures | undefined
  readonly #length: number | undefined
  readonly #announced: ReadonlySet<string>
  #state: "size" | "content" | "contentEnd" | "trailers" | "done" = "size"
  // The start of a line whose end hasn't arrived.
  #line = ""
  #left = 0
  #signature = ""
  // The parts of a chunk that has to be verified as a whole.
  #chunk: Array<Uint8Array> = []
  #decoded = 0
  #trailerBytes = 0
  #signedTrailers = ""
  readonly trailers: Record<string, string> = {}

  constructor(
    signatures: ChunkSignatures | undefined,
    length: number | undefined,
    /** The names of the trailers, in lower case. */
    announced: ReadonlySet<string>
  ) {
    this.#signatures = signatures
    this.#length = length
    this.#announced = announced
  }

  push(bytes: Uint8Array): ReadonlyArray<Uint8Array> {
    const content: Array<Uint8Array> = []
    let at = 0
    while (at < bytes.byteLength) {
      if (this.#state === "done") throw malformed()
      at = this.#state === "content" ? this.#content(bytes, at, content) : this.#endOfLine(bytes, at)
    }
    // Many small chunks as one, since each costs whoever reads them.
    return content.length > 1 ? [join(content)] : content
  }

  #content(bytes: Uint8Array, from: number, content: Array<Uint8Array>): number {
    const part = bytes.subarray(from, from + this.#left)
    this.#left -= part.byteLength
    if (this.#signatures === undefined) content.push(part)
    else this.#chunk.push(part)
    if (this.#left === 0) {
      this.#state = "contentEnd"
      if (this.#signatures !== undefined) {
        const chunk = join(this.#chunk)
        this.#chunk = []
        this.#signatures.chunk(chunk, this.#signature)
        content.push(chunk)
      }
    }
    return from + part.byteLength
  }

  /** Reads up to the end of a line, and returns where the next one starts. */
  #endOfLine(bytes: Uint8Array, from: number): number {
    const isTrailer = this.#state === "trailers"
    const longest = (isTrailer ? longestTrailers - this.#trailerBytes : longestSizeLine) - this.#line.length
    const most = bytes.subarray(from, from + longest)
    const end = most.indexOf(lineFeed)
    this.#line += Buffer.from(most.subarray(0, end === -1 ? undefined : end + 1)).toString("latin1")
    if (end === -1) {
      if (most.byteLength === longest) throw isTrailer ? malformedTrailer() : malformed()
      return bytes.byteLength
    }
    const line = this.#line
    this.#line = ""
    if (!line.endsWith("\r\n")) throw isTrailer ? malformedTrailer() : malformed()
    if (isTrailer) this.#trailerBytes += line.length
    this.#take(line.slice(0, -2))
    return from + end + 1
  }

  #take(line: string): void {
    if (this.#state === "trailers") this.#trailer(line)
    else if (this.#state === "contentEnd") {
      if (line !== "") throw malformed()
      this.#state = "size"
    } else {
      const [, size, signature = ""] = sizeLine.exec(line) ?? []
      if (size === undefined) throw malformed()
      this.#left = Number.parseInt(size, 16)
      this.#signature = signature
      this.#decoded += this.#left
      this.#state = this.#left === 0 ? "trailers" : "content"
      if (this.#left === 0) this.#signatures?.chunk(noBytes, signature)
    }
  }

  #trailer(line: string): void {
    if (line === "") {
      this.#state = "done"
      return
    }
    const [, spelled, text = ""] = trailerLine.exec(line) ?? []
    if (spelled === undefined) throw malformedTrailer()
    const name = spelled.toLowerCase()
    const value = text.trim()
    if (name === signatureTrailer) this.#signatures?.trailer(this.#signedTrailers, value)
    else if (!this.#announced.has(name) || Object.hasOwn(this.trailers, name)) throw malformedTrailer()
    else {
      this.trailers[name] = value
      this.#signedTrailers += `${name}:${value}\n`
    }
  }

  /** Throws a `Fault` if the body ended too early. */
  end(): void {
    // Some clients leave out the empty line after the last chunk.
    if (this.#state !== "trailers" && this.#state !== "done") {
      throw incomplete("The request body terminated unexpectedly")
    }
    if (this.#length !== undefined && this.#decoded !== this.#length) {
      throw incomplete("You did not provide the number of bytes specified by the Content-Length HTTP header")
    }
    if (this.#line !== "") throw malformedTrailer()
    for (const name of this.#announced) if (!Object.hasOwn(this.trailers, name)) throw malformedTrailer()
    this.#signatures?.end()
  }
}
