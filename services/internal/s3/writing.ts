// Writing a stream of chunks to a place in a file.
import type * as fs from "node:fs/promises"
import { Writable } from "node:stream"

/** Writes all of the bytes: a short write means that the disk is full, or nearly so, and the next one throws the reason. */
export const writeBytes = async (handle: fs.FileHandle, bytes: Uint8Array, position: number): Promise<void> => {
  let written = 0
  while (written < bytes.byteLength) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.byteLength - written, position + written)
    written += bytesWritten
  }
}

/** Gets the bytes that are on the disk, in their order. They are gone when it returns. */
export type OnWritten = (bytes: Uint8Array) => void

/** In bytes. A write costs a turn of a thread, so that larger ones are cheaper. */
const BUFFER_SIZE = 256 * 2 ** 10

/**
 * Collects chunks in one buffer while the other one is written. A chunk lives for a moment only: V8 frees those that live longer
 * so late that ten streams at once would take many times the memory that they need.
 */
class Collector {
  private readonly handle: fs.FileHandle
  private readonly free: Array<Buffer>
  private readonly onWritten: OnWritten
  private position: number
  private filling: Buffer
  private used = 0
  private writing: Promise<void> = Promise.resolve()
  failure: { readonly cause: unknown } | undefined

  constructor(handle: fs.FileHandle, position: number, free: Array<Buffer>, onWritten: OnWritten) {
    this.handle = handle
    this.position = position
    this.free = free
    this.onWritten = onWritten
    this.filling = this.buffer()
  }

  private buffer(): Buffer {
    return this.free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_SIZE)
  }

  /** Copies as much of a chunk as fits, and returns how much that was. */
  private copy(chunk: Uint8Array): number {
    const fitting = chunk.byteLength > BUFFER_SIZE - this.used ? chunk.subarray(0, BUFFER_SIZE - this.used) : chunk
    this.filling.set(fitting, this.used)
    this.used += fitting.byteLength
    return fitting.byteLength
  }

  private async writeOut(buffer: Buffer, length: number): Promise<void> {
    try {
      const bytes = buffer.subarray(0, length)
      await writeBytes(this.handle, bytes, this.position)
      this.position += length
      this.onWritten(bytes)
      this.free.push(buffer)
    } catch (cause) {
      this.failure ??= { cause }
    }
  }

  /** Begins to write what has been collected, once the write before is done. */
  private async flush(): Promise<void> {
    await this.writing
    if (this.failure !== undefined) throw this.failure.cause
    const [buffer, length] = [this.filling, this.used]
    this.filling = this.buffer()
    this.used = 0
    this.writing = this.writeOut(buffer, length)
  }

  private async addSlowly(chunk: Uint8Array, from: number): Promise<void> {
    let at = from
    while (true) {
      if (this.used === BUFFER_SIZE) await this.flush()
      if (at === chunk.byteLength) return
      at += this.copy(chunk.subarray(at))
    }
  }

  /** `undefined` if nothing has to be waited for. */
  add(chunk: Uint8Array): Promise<void> | undefined {
    const copied = this.copy(chunk)
    return this.used < BUFFER_SIZE ? undefined : this.addSlowly(chunk, copied)
  }

  /** Writes what is left. */
  async end(): Promise<void> {
    if (this.used > 0) await this.flush()
    await this.writing
    this.free.push(this.filling)
    if (this.failure !== undefined) throw this.failure.cause
  }
}

export const writeFrom = async (
  { freeBuffers, handle, onWritten, position }: {
    readonly handle: fs.FileHandle
    readonly position: number
    readonly freeBuffers: Array<Buffer>
    readonly onWritten: OnWritten
  },
  pipeInto: (target: Writable) => Promise<void>
): Promise<void> => {
  const collector = new Collector(handle, position, freeBuffers, onWritten)
  const settle = (work: Promise<void> | undefined, done: (error?: Error) => void) =>
    work === undefined ? done() : void work.then(() => done(), done)
  const target = new Writable({
    write: (chunk, _, done) => settle(collector.add(chunk), done),
    final: (done) => settle(collector.end(), done)
  })
  try {
    await pipeInto(target)
  } catch (cause) {
    // A write that fails destroys the source, too.
    if (collector.failure === undefined) await collector.end().catch(() => {})
    throw collector.failure === undefined ? cause : collector.failure.cause
  }
}
