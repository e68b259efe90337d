// Which parts of a file are finished: for a download that is resumed. The journal follows the content in the same file, so that
// one name stands for both, and is cut off at the end.
import * as Effect from "effect/Effect"
import { crc32Digest } from "./digests.ts"
import type { NewFile, WriteError } from "./newFiles.ts"
import type { Span } from "./ranges.ts"

/** In bytes: the CRC-32 of a part, and the same number again, changed, so that an entry isn't taken for one by chance. */
const ENTRY = 8

const entryOf = (index: number, crc: Buffer): Buffer => {
  const entry = Buffer.alloc(ENTRY)
  crc.copy(entry)
  entry.writeUInt32BE((crc.readUInt32BE() ^ 0x5aa5c33c ^ index) >>> 0, 4)
  return entry
}

export interface Journal {
  /** Notes that a part is in the file, with the CRC-32 of its bytes. */
  readonly finish: (index: number, crc: Buffer) => Effect.Effect<void, WriteError>
  /** Drops the journal from the finished file. */
  readonly end: Effect.Effect<void, WriteError>
}

const READ_SIZE = 512 * 2 ** 10

/**
 * The journal of a file, and which of its parts are finished. What the journal says isn't believed: the parts are read again, as
 * the machine may have crashed before they were on the disk.
 */
export const openJournal = Effect.fnUntraced(function*(
  file: NewFile,
  size: number,
  parts: ReadonlyArray<Span>
): Effect.fn.Return<{ readonly journal: Journal; readonly finished: ReadonlySet<number> }, WriteError> {
  const finished = new Set<number>()
  const entries = yield* file.fill(Buffer.alloc(parts.length * ENTRY), size)
  const buffer = Buffer.allocUnsafeSlow(READ_SIZE)
  for (const [index, { end, start }] of parts.entries()) {
    const entry = entries.subarray(index * ENTRY, (index + 1) * ENTRY)
    if (!entryOf(index, entry.subarray(0, 4)).equals(entry)) continue
    const digest = crc32Digest()
    for (let at = start; at < end; at += READ_SIZE) {
      digest.update(yield* file.fill(buffer.subarray(0, Math.min(READ_SIZE, end - at)), at))
    }
    if (digest.finish().equals(entry.subarray(0, 4))) finished.add(index)
  }
  return {
    finished,
    journal: {
      finish: (index, crc) => file.write(entryOf(index, crc), size + index * ENTRY),
      end: file.truncate(size)
    }
  }
})
