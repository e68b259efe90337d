// Bodies in AWS's own chunks: `<size>;chunk-signature=<signature>\r\n<bytes>\r\n`, an empty chunk, and trailers.
import { Fault } from "./fault.ts"
import { textOf } from "./http.ts"

export type Trailers = Readonly<Record<string, string>>

/** Verifies the signatures of chunks, each of which signs the one before it. */
export interface ChunkSignatures {
  /** Throws a `Fault` if the signature isn't that of the chunk. */
  readonly chunk: (bytes: Uint8Array, signature: string) => void
  readonly trailer: (trailers: string, signature: string) => void
  /** Throws a `Fault` if the body has ended without the signature of its trailers. */
  readonly end: () => void
}

const incomplete = (message: string) => new Fault({ code: "IncompleteBody", message, status: 400 })

const malformed = () =>
  new Fault({
    code: "InvalidChunkSizeError",
    message: "The body is not in the chunks that the headers announce.",
    status: 400
  })

const sizeLine = /^([0-9a-fA-F]{1,13})(?:;chunk-signature=([0-9a-f]{64}))?$/

const newline = (bytes: Uint8Array, from: number): number => {
  const at = bytes.indexOf(0x0d, from)
  return at === -1 || at + 1 >= bytes.byteLength ? -1 : at
}

/** A decoder that takes the bytes as they come, and gives the chunks of which the signature is right. */
export class ChunkDecoder {
  readonly #signatures: ChunkSignatures | undefined
  readonly #length: number | undefined
  #waiting: Array<Uint8Array> = []
  #has = 0
  // How many bytes it takes to get on, so that a great chunk isn't copied again for each packet of it.
  #needs = 1
  #decoded = 0
  #isAtTrailers = false
  #signedTrailers = ""
  #isDone = false
  readonly trailers: Record<string, string> = {}

  constructor(signatures: ChunkSignatures | undefined, length: number | undefined) {
    this.#signatures = signatures
    this.#length = length
  }

  push(bytes: Uint8Array): ReadonlyArray<Uint8Array> {
    this.#waiting.push(bytes)
    this.#has += bytes.byteLength
    if (this.#has < this.#needs) return []
    const all = this.#waiting.length === 1 ? bytes : Buffer.concat(this.#waiting)
    this.#needs = 1
    const chunks: Array<Uint8Array> = []
    let at = 0
    while (!this.#isDone) {
      const end = newline(all, at)
      if (end === -1) break
      const line = textOf(all.subarray(at, end))
      if (this.#isAtTrailers) {
        this.#trailer(line)
        at = end + 2
        continue
      }
      const [, size, signature = ""] = sizeLine.exec(line) ?? []
      if (size === undefined) throw malformed()
      const length = Number.parseInt(size, 16)
      const start = end + 2
      if (length > 0 && all.byteLength < start + length + 2) {
        this.#needs = start + length + 2 - at
        break
      }
      const chunk = all.subarray(start, start + length)
      this.#signatures?.chunk(chunk, signature)
      this.#decoded += length
      at = length === 0 ? start : start + length + 2
      if (length === 0) this.#isAtTrailers = true
      else chunks.push(chunk)
    }
    const rest = all.subarray(at)
    this.#waiting = rest.byteLength === 0 ? [] : [rest]
    this.#has = rest.byteLength
    return chunks
  }

  #trailer(line: string): void {
    if (line === "") {
      this.#isDone = true
      return
    }
    const at = line.indexOf(":")
    const name = line.slice(0, at).toLowerCase().trim()
    const value = line.slice(at + 1).trim()
    if (name === "x-amz-trailer-signature") this.#signatures?.trailer(this.#signedTrailers, value)
    else {
      this.trailers[name] = value
      this.#signedTrailers += `${name}:${value}\n`
    }
  }

  /** Throws a `Fault` if the body has ended too early. */
  end(): void {
    // Some clients leave out the empty line after the last chunk.
    if (!this.#isAtTrailers) throw incomplete("The request body terminated unexpectedly")
    this.#signatures?.end()
    if (this.#length !== undefined && this.#decoded !== this.#length) {
      throw incomplete("You did not provide the number of bytes specified by the Content-Length HTTP header")
    }
  }
}
