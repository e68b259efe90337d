// Files to read. This module and `newFiles.ts` are what touches the disk for a caller; docs/decisions/0007-node-fs.md says why
// they use `node:fs`.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type BigIntStats, constants } from "node:fs"
import * as fs from "node:fs/promises"
import { CannotReadFile } from "../../../errors/internal/s3Errors.ts"

/**
 * The functions of Node that these modules call. A test replaces some of them, for a disk that is full or a file system
 * without hard links.
 */
export type NodeFs = Pick<
  typeof fs,
  | "link"
  | "lstat"
  | "mkdir"
  | "open"
  | "readdir"
  | "realpath"
  | "rename"
  | "rm"
  | "rmdir"
  | "stat"
  | "unlink"
>

export const NodeFs = Context.Reference<NodeFs>("effect-aws-sdk/S3/NodeFs", { defaultValue: () => fs })

/** The code of an error of the file system, such as `ENOENT`. */
export const codeOf = (cause: unknown): unknown => (cause as { readonly code?: unknown } | null)?.code

/** Whether a file's name is that of an unfinished download, as `newFiles.ts` and `leftovers.ts` give it. */
export const isTemporaryName = (name: string): boolean =>
  /^\.(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16}\.[0-9a-f]{16}\.[\w-]+)\.part$/.test(name)

export const close = (handle: fs.FileHandle): Promise<void> => handle.close().catch(() => {})

/** A regular file that is open for reading. */
export interface SourceFile {
  /** In bytes, when the file was opened. Files that the system makes up as they are read, as in `/proc`, report 0. */
  readonly size: number
  /** When it was last modified, in nanoseconds. */
  readonly modified: bigint
  /** Fills the buffer with the bytes from `start` on. Fails if the file has become shorter than that. */
  readonly fill: (buffer: Buffer, start: number) => Effect.Effect<Buffer, CannotReadFile>
  /** Reads the file to its end, whatever size it reports. Fails if it has more bytes than `atMost`, or changes meanwhile. */
  readonly readToEnd: (atMost: number) => Effect.Effect<Buffer, CannotReadFile>
  /** Fails if the file has changed since it was opened. */
  readonly checkUnchanged: Effect.Effect<void, CannotReadFile>
}

export interface OpenOptions {
  /** Whether it was a regular file a moment ago. What it is now is asked again when it is open. */
  readonly isRegular?: boolean
}

const mustBeRegular = (stats: { isFile(): boolean; isDirectory(): boolean }): void => {
  if (!stats.isFile()) throw new Error(stats.isDirectory() ? "it is a directory" : "it is not a regular file")
}

const openRegularFile = async (fs: NodeFs, path: string, { isRegular = false }: OpenOptions) => {
  // Before it is opened: opening a FIFO waits for a writer, and opening a device may have an effect.
  if (!isRegular) mustBeRegular(await fs.stat(path))
  // Windows has no O_NONBLOCK. Without it, a FIFO that has taken the file's place would block a thread of Node's.
  const handle = await fs.open(path, constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0))
  try {
    const stats = await handle.stat({ bigint: true })
    mustBeRegular(stats)
    return { handle, stats }
  } catch (cause) {
    await close(handle)
    throw cause
  }
}

const changed = () => new Error("it changed while it was being read. Upload a copy of it, or wait until it is complete")

/** Throws if the file isn't as it was. Not by its inode, as the handle stays with the file whatever happens to its name. */
const checkUnchanged = async (handle: fs.FileHandle, before: BigIntStats): Promise<void> => {
  const after = await handle.stat({ bigint: true })
  if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) throw changed()
}

/** In bytes. Node reads no more at once than 2 GiB. */
const READ_SIZE = 2 ** 30

const fill = async (handle: fs.FileHandle, buffer: Buffer, start: number): Promise<Buffer> => {
  let filled = 0
  while (filled < buffer.length) {
    const length = Math.min(buffer.length - filled, READ_SIZE)
    const { bytesRead } = await handle.read(buffer, filled, length, start + filled)
    if (bytesRead === 0) throw changed()
    filled += bytesRead
  }
  return buffer
}

/** `undefined` if the file has more bytes than `atMost`. */
const readToEnd = async (handle: fs.FileHandle, size: number, atMost: number): Promise<Buffer | undefined> => {
  // One byte more than expected, so that the read that finds the end needs no larger buffer.
  let buffer = Buffer.allocUnsafeSlow(size === 0 ? 64 * 2 ** 10 : size + 1)
  let filled = 0
  while (true) {
    const asked = Math.min(buffer.length - filled, READ_SIZE)
    const { bytesRead } = await handle.read(buffer, filled, asked, filled)
    if (bytesRead === 0) return buffer.subarray(0, filled)
    filled += bytesRead
    if (filled > atMost) return undefined
    // There was room for more, so this is the end. A file that reports no size may give a part of what it has.
    if (filled === size && bytesRead < asked) return buffer.subarray(0, filled)
    if (filled === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length)
  }
}

/** Opens a file for the rest of the scope. */
export const openToRead = Effect.fnUntraced(function*(
  path: string,
  options: OpenOptions = {}
): Effect.fn.Return<SourceFile, CannotReadFile, Scope.Scope> {
  const fs = yield* NodeFs
  const reading = <A>(evaluate: () => Promise<A>) =>
    Effect.tryPromise({ try: evaluate, catch: (cause) => new CannotReadFile({ path, cause }) })
  const { handle, stats } = yield* Effect.acquireRelease(
    reading(() => openRegularFile(fs, path, options)),
    ({ handle }) => Effect.promise(() => close(handle))
  )
  const size = Number(stats.size)
  return {
    size,
    modified: stats.mtimeNs,
    fill: (buffer, start) => reading(() => fill(handle, buffer, start)),
    readToEnd: (atMost) =>
      reading(async () => {
        const content = await readToEnd(handle, size, atMost)
        await checkUnchanged(handle, stats)
        if (content === undefined) throw new Error(`it has more than the ${size} bytes that it reports`)
        return content
      }),
    checkUnchanged: reading(() => checkUnchanged(handle, stats))
  }
})
