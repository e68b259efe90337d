// What is in a state file. It has a title and the version of the package; then the lengths of the world's parts, and the parts, of which
// the large ones are read and written in pieces; and at its end a digest, so that a damaged file isn't used.
import { createHash } from "node:crypto"
import type { FileHandle } from "node:fs/promises"
import type { Parts } from "../engine/saved.ts"
import { version } from "./version.ts"

const title = "effect-aws-sdk emulator state\n"

/** The longest line of a version, in bytes. */
const longestLine = 100

/** The version of the package that writes the file. States of different versions may have different forms. */
const versionLine = (): string => `${version() ?? "0.0.0"}\n`

/** Reads and writes at most this many bytes at once. */
const piece = 1024 * 1024

const digestLength = 32

function* allBytes(parts: Parts): Iterable<Uint8Array> {
  const counts = new BigUint64Array([parts.length, ...parts.map((part) => part.byteLength)].map(BigInt))
  yield Buffer.from(title + versionLine())
  yield new Uint8Array(counts.buffer)
  yield* parts
}

/** The same bytes in pieces of about the same length: a write for each of many small parts would take long. */
function* inPieces(parts: Iterable<Uint8Array>): Iterable<Uint8Array> {
  let small: Array<Uint8Array> = []
  let length = 0
  for (const part of parts) {
    for (let at = 0; at < part.byteLength; at += piece) {
      const bytes = part.subarray(at, at + piece)
      if (length + bytes.byteLength > piece) {
        yield Buffer.concat(small)
        small = []
        length = 0
      }
      small.push(bytes)
      length += bytes.byteLength
    }
  }
  yield Buffer.concat(small)
}

export const writeParts = async (handle: FileHandle, parts: Parts): Promise<void> => {
  const hash = createHash("sha256")
  const write = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.byteLength;) at += (await handle.write(bytes, at)).bytesWritten
  }
  for (const bytes of inPieces(allBytes(parts))) {
    hash.update(bytes)
    await write(bytes)
  }
  await write(hash.digest())
}

const damaged = (): Error => new Error("It is damaged.")

/** Reads a file from its start, a piece at a time, and makes its digest. */
const makeReader = (handle: FileHandle) => {
  const hash = createHash("sha256")
  const buffer = Buffer.allocUnsafe(piece)
  let ready: Buffer = buffer.subarray(0, 0)
  return {
    digest: () => hash.digest(),
    /** Fills these bytes with the next ones of the file. */
    fill: async (bytes: Uint8Array): Promise<void> => {
      for (let at = 0; at < bytes.byteLength;) {
        if (ready.byteLength === 0) {
          const { bytesRead } = await handle.read(buffer, 0, piece, null)
          if (bytesRead === 0) throw damaged()
          ready = buffer.subarray(0, bytesRead)
        }
        const next = ready.subarray(0, bytes.byteLength - at)
        bytes.set(next, at)
        hash.update(next)
        at += next.byteLength
        ready = ready.subarray(next.byteLength)
      }
    }
  }
}

/** The line of the version, or what is there instead of one. */
const readVersion = async (handle: FileHandle): Promise<string> => {
  const start = Buffer.alloc(title.length + longestLine)
  const { bytesRead } = await handle.read(start, 0, start.byteLength, 0)
  const text = start.subarray(0, bytesRead).toString("latin1")
  if (!text.startsWith(title)) throw new Error("The emulator didn't write it.")
  return text.slice(title.length, text.indexOf("\n", title.length) + 1)
}

/** Reads what `writeParts` has written. Throws an error that says why if it isn't that. */
export const readParts = async (handle: FileHandle): Promise<Parts> => {
  const line = await readVersion(handle)
  if (!/^\d+\.\d+\.\d+[\w.+-]*\n$/.test(line)) throw damaged()
  if (line !== versionLine()) {
    throw new Error(`Version ${line.trim()} saved it, and this is version ${versionLine().trim()}.`)
  }
  const { size } = await handle.stat()
  const { digest, fill } = makeReader(handle)
  await fill(new Uint8Array(title.length + line.length))
  // Checked before memory is allocated, because a damaged length may be any number.
  let left = size - title.length - line.length - digestLength
  const readLengths = async (count: number): Promise<Array<number>> => {
    left -= count * 8
    if (left < 0) throw damaged()
    const lengths = new BigUint64Array(count)
    await fill(new Uint8Array(lengths.buffer))
    return Array.from(lengths, Number)
  }
  const [count = 0] = await readLengths(1)
  const lengths = await readLengths(count)
  if (lengths.reduce((sum, length) => sum + length, 0) !== left) throw damaged()
  const parts: Array<Uint8Array> = []
  for (const length of lengths) {
    const part = Buffer.allocUnsafeSlow(length)
    await fill(part)
    parts.push(part)
  }
  const found = digest()
  const expected = Buffer.alloc(digestLength)
  await handle.read(expected, 0, digestLength, size - digestLength)
  if (!found.equals(expected)) throw damaged()
  return parts
}
