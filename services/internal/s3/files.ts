// Files on disk. Whatever reads or writes a file for a caller does so here. docs/decisions/0007-node-fs.md says why
// this module uses `node:fs`.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import { type BigIntStats, constants } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { Writable } from "node:stream"
import { AwsError } from "../../../errors/internal/awsError.ts"
import {
  CannotReadFile,
  CannotWriteFile,
  DirectoryDoesNotExist,
  FileAlreadyExists
} from "../../../errors/internal/s3Errors.ts"

/**
 * The functions of Node that this module calls. A test replaces some of them, for a disk that is full or a file system
 * without hard links.
 */
export type NodeFs = Pick<
  typeof fs,
  | "link"
  | "lstat"
  | "lutimes"
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

/** The name of a file that a download is being written to, beside the file that it becomes. */
const temporaryName = (): string => `.${randomUUID()}.part`

/** Whether a file's name is that of an unfinished download. */
export const isTemporaryName = (name: string): boolean =>
  /^\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/.test(name)

const close = (handle: fs.FileHandle): Promise<void> => handle.close().catch(() => {})

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

const mustBeRegular = (stats: { isFile(): boolean; isDirectory(): boolean }): void => {
  if (!stats.isFile()) throw new Error(stats.isDirectory() ? "it is a directory" : "it is not a regular file")
}

const openRegularFile = async (fs: NodeFs, path: string) => {
  // Before it is opened: opening a FIFO waits for a writer, and opening a device may have an effect.
  mustBeRegular(await fs.stat(path))
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
    const { bytesRead } = await handle.read(buffer, filled, Math.min(buffer.length - filled, READ_SIZE), filled)
    if (bytesRead === 0) return buffer.subarray(0, filled)
    filled += bytesRead
    if (filled > atMost) return undefined
    if (filled === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length)
  }
}

/** Opens a file for the rest of the scope. */
export const openToRead = Effect.fnUntraced(function*(
  path: string
): Effect.fn.Return<SourceFile, CannotReadFile, Scope.Scope> {
  const fs = yield* NodeFs
  const reading = <A>(evaluate: () => Promise<A>) =>
    Effect.tryPromise({ try: evaluate, catch: (cause) => new CannotReadFile({ path, cause }) })
  const { handle, stats } = yield* Effect.acquireRelease(
    reading(() => openRegularFile(fs, path)),
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

export type WriteError = FileAlreadyExists | DirectoryDoesNotExist | CannotWriteFile

/** A file that is being written under a temporary name. */
export interface NewFile {
  /** Appends what `pipeInto` pipes, and succeeds with the number of bytes. Fails with the `AwsError` that it rejects with. */
  readonly writeAll: (pipeInto: (target: Writable) => Promise<void>) => Effect.Effect<number, AwsError | WriteError>
  /**
   * Gives the finished file its name. Nothing can be written to it after that. The scope must end with it: if the scope
   * fails or is interrupted after all, the file is removed.
   */
  readonly moveIntoPlace: Effect.Effect<void, WriteError>
}

/** How many bytes may wait while others are being written. They are written together. */
const WRITE_SIZE = 256 * 2 ** 10

/** Writes chunks while further ones arrive. */
const writeAll = async (handle: fs.FileHandle, pipeInto: (target: Writable) => Promise<void>): Promise<number> => {
  let size = 0
  let failure: { readonly cause: unknown } | undefined
  const write = async (batch: ReadonlyArray<Uint8Array>, done: (error?: Error) => void) => {
    const length = batch.reduce((sum, { byteLength }) => sum + byteLength, 0)
    try {
      const { bytesWritten } = await handle.writev(batch)
      // A short write means that the disk is full, or nearly so. Writing the rest either succeeds or throws the reason.
      if (bytesWritten < length) await handle.writeFile(Buffer.concat(batch).subarray(bytesWritten))
      size += length
      done()
    } catch (cause) {
      failure ??= { cause }
      done(cause as Error)
    }
  }
  const target = new Writable({
    highWaterMark: WRITE_SIZE,
    write: (chunk, _, done) => void write([chunk], done),
    writev: (items, done) => void write(items.map(({ chunk }) => chunk), done)
  })
  try {
    await pipeInto(target)
    return size
  } catch (cause) {
    // A write that fails destroys the source, too.
    throw failure === undefined ? cause : failure.cause
  }
}

/** Moves a file to a name that nothing has yet. The file appears there whole, or not at all. */
const moveIntoPlace = async (fs: NodeFs, from: string, to: string): Promise<void> => {
  try {
    await fs.link(from, to)
  } catch (cause) {
    if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(String(codeOf(cause)))) throw cause
    // The file system has no hard links, and `rename` overwrites: an empty file reserves the name first.
    const reservation = await fs.open(to, "wx")
    try {
      await reservation.close()
      await fs.rename(from, to)
    } catch (cause) {
      await fs.rm(to, { force: true })
      throw cause
    }
  }
}

const exists = (fs: NodeFs, path: string): Promise<boolean> =>
  fs.lstat(path).then(() => true, (cause) => {
    if (codeOf(cause) !== "ENOENT") throw cause
    return false
  })

/** Removes a file that has been given a name, unless something else has that name by now. */
const removeMoved = async (fs: NodeFs, path: string, { dev, ino }: BigIntStats): Promise<void> => {
  const found = await fs.lstat(path, { bigint: true })
  if (found.dev === dev && found.ino === ino) await fs.rm(path, { force: true })
}

/**
 * Creates a file under a temporary name beside `target`. When the scope closes, a file that was not moved into place is
 * removed, and so is one that was moved if the scope fails or is interrupted. Fails if something has the target's name
 * already.
 */
export const createFile = Effect.fnUntraced(function*(
  target: string
): Effect.fn.Return<NewFile, WriteError, Scope.Scope> {
  if (target === "" || target.endsWith("/") || target.endsWith(path.sep)) {
    return yield* new CannotWriteFile({ path: target, cause: new Error("the path does not name a file") })
  }
  const fs = yield* NodeFs
  const directory = path.dirname(target)
  const temporary = path.join(directory, temporaryName())
  const toWriteError = (cause: unknown): WriteError =>
    codeOf(cause) === "EEXIST"
      ? new FileAlreadyExists({ path: target })
      : ["ENOENT", "ENOTDIR"].includes(String(codeOf(cause)))
      ? new DirectoryDoesNotExist({ directory })
      : new CannotWriteFile({ path: target, cause })
  const writing = <A>(evaluate: () => Promise<A>) => Effect.tryPromise({ try: evaluate, catch: toWriteError })

  if (yield* writing(() => exists(fs, target))) return yield* new FileAlreadyExists({ path: target })
  const removing = (path: string, evaluate: () => Promise<void>) =>
    Effect.tryPromise(evaluate).pipe(
      Effect.catch(({ cause }) => Effect.logWarning(`The file ${path} is left, as it cannot be removed: ${cause}`))
    )
  const removeTemporary = removing(temporary, () => fs.rm(temporary, { force: true }))
  let isMoved = false
  const { handle } = yield* Effect.acquireRelease(
    writing(async () => {
      const handle = await fs.open(temporary, "wx")
      try {
        return { handle, stats: await handle.stat({ bigint: true }) }
      } catch (cause) {
        await close(handle)
        await fs.rm(temporary, { force: true })
        throw cause
      }
    }),
    ({ handle, stats }, exit) =>
      Effect.suspend(() => {
        if (!isMoved) return Effect.andThen(Effect.promise(() => close(handle)), removeTemporary)
        // Nothing to wait for: an interruption that arrives now arrives after the end.
        return Exit.isSuccess(exit) ? Effect.void : removing(target, () => removeMoved(fs, target, stats))
      })
  )
  return {
    writeAll: (pipeInto) =>
      Effect.tryPromise({
        try: () => writeAll(handle, pipeInto),
        catch: (cause) => AwsError.isAwsError(cause) ? cause : toWriteError(cause)
      }),
    moveIntoPlace: Effect.andThen(
      // Some file systems report only now that they are full.
      writing(() => handle.close()),
      writing(() => moveIntoPlace(fs, temporary, target)).pipe(
        Effect.tap(() => Effect.sync(() => isMoved = true)),
        Effect.andThen(removeTemporary),
        Effect.uninterruptible
      )
    )
  }
})
