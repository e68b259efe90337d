// Files that are being written: under a temporary name beside the target, and moved into place once they are complete.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import type { BigIntStats } from "node:fs"
import type * as fs from "node:fs/promises"
import * as path from "node:path"
import type { Writable } from "node:stream"
import { AwsError } from "../../../errors/internal/awsError.ts"
import { CannotWriteFile, DirectoryDoesNotExist, FileAlreadyExists } from "../../../errors/internal/s3Errors.ts"
import { close, codeOf, NodeFs } from "./files.ts"
import { type OnWritten, writeBytes, writeFrom } from "./writing.ts"

export type WriteError = FileAlreadyExists | DirectoryDoesNotExist | CannotWriteFile

/** A name for a new file, which was free, or may be overwritten, when it was checked. */
export interface Target {
  readonly path: string
  readonly directory: string
  /** Whether the file may take the place of another one. */
  readonly overwrite: boolean
}

/** A file that is being written under a temporary name. */
export interface NewFile {
  /**
   * Writes what `pipeInto` pipes, from a position on. Fails with the `AwsError` that `pipeInto` rejects with; what came before that
   * is written.
   */
  readonly writeFrom: (
    position: number,
    pipeInto: (target: Writable) => Promise<void>,
    onWritten: OnWritten
  ) => Effect.Effect<void, AwsError | WriteError>
  readonly write: (bytes: Uint8Array, position: number) => Effect.Effect<void, WriteError>
  /** Fills the buffer with the bytes from `start` on. Bytes that the file doesn't have are zero. */
  readonly fill: (buffer: Buffer, start: number) => Effect.Effect<Buffer, WriteError>
  /** Drops what follows after these bytes. */
  readonly truncate: (size: number) => Effect.Effect<void, WriteError>
  /**
   * Gives the finished file its name, and this time of modification. Nothing can be written to it after that. The scope must end
   * with it: if the scope fails or is interrupted after all, the file is removed, unless it has taken the place of another one.
   */
  readonly moveIntoPlace: (modified?: Date) => Effect.Effect<void, WriteError>
}

const fill = async (handle: fs.FileHandle, buffer: Buffer, start: number): Promise<Buffer> => {
  let filled = 0
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, start + filled)
    if (bytesRead === 0) return buffer.fill(0, filled)
    filled += bytesRead
  }
  return buffer
}

/** Moves a file to a name that nothing has yet. The file appears there whole, or not at all. */
const linkIntoPlace = async (fs: NodeFs, from: string, to: string): Promise<void> => {
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

/** Removes a file that has been given a name, unless something else has that name by now. */
const removeMoved = async (fs: NodeFs, path: string, { dev, ino }: BigIntStats): Promise<void> => {
  const found = await fs.lstat(path, { bigint: true })
  if (found.dev === dev && found.ino === ino) await fs.rm(path, { force: true })
}

/** What a failure of the disk means for the caller. */
const toWriteError = ({ directory, path }: Target) => (cause: unknown): WriteError =>
  codeOf(cause) === "EEXIST"
    ? new FileAlreadyExists({ path })
    : ["ENOENT", "ENOTDIR"].includes(String(codeOf(cause)))
    ? new DirectoryDoesNotExist({ directory })
    : new CannotWriteFile({ path, cause })

const writingTo = (target: Target) => <A>(evaluate: () => Promise<A>): Effect.Effect<A, WriteError> =>
  Effect.tryPromise({ try: evaluate, catch: toWriteError(target) })

/** Checks that the name of a new file is one, and that nothing has it, unless it may be overwritten. */
export const checkTarget = Effect.fnUntraced(function*(
  name: string,
  overwrite: boolean
): Effect.fn.Return<Target, WriteError> {
  const refuse = (why: string) => new CannotWriteFile({ path: name, cause: new Error(why) })
  if (name === "" || name.endsWith("/") || name.endsWith(path.sep)) {
    return yield* refuse("the path does not name a file")
  }
  const fs = yield* NodeFs
  const target: Target = { path: name, directory: path.dirname(name), overwrite }
  const found = yield* writingTo(target)(() =>
    fs.lstat(name).catch((cause) => {
      if (codeOf(cause) !== "ENOENT") throw cause
      return undefined
    })
  )
  if (found === undefined) return target
  if (!overwrite) return yield* new FileAlreadyExists({ path: name })
  return found.isDirectory() ? yield* refuse("it is a directory") : target
})

/** Checks that the directory of a new file is there. */
export const checkDirectory = Effect.fnUntraced(function*(target: Target): Effect.fn.Return<void, WriteError> {
  const fs = yield* NodeFs
  const found = yield* writingTo(target)(() => fs.stat(target.directory))
  if (!found.isDirectory()) return yield* new DirectoryDoesNotExist({ directory: target.directory })
})

/** A file under a temporary name, open for writing and reading. */
export interface Temporary {
  readonly handle: fs.FileHandle
  readonly path: string
}

/** How a temporary file comes to be, and what becomes of it if it isn't moved into place. */
export interface Origin {
  readonly open: (fs: NodeFs, directory: string) => Promise<Temporary>
  /** After a file that wasn't moved is closed. */
  readonly leave: (fs: NodeFs, path: string) => Promise<void>
  /** When nothing more happens to the file. */
  readonly forget: (path: string) => void
}

const remove = (fs: NodeFs, path: string): Promise<void> => fs.rm(path, { force: true })

/** A new file, of which nothing is left. */
const fresh: Origin = {
  open: async (fs, directory) => {
    const temporary = path.join(directory, `.${randomUUID()}.part`)
    return { handle: await fs.open(temporary, "wx+"), path: temporary }
  },
  leave: remove,
  forget: () => {}
}

/**
 * Creates a file under a temporary name beside `target`. When the scope closes, a file that was not moved into place is
 * removed, and so is one that was moved if the scope fails or is interrupted.
 */
export const createFile = Effect.fnUntraced(function*(
  target: Target,
  origin: Origin = fresh
): Effect.fn.Return<NewFile, WriteError, Scope.Scope> {
  const fs = yield* NodeFs
  const writing = writingTo(target)
  const removing = (path: string, evaluate: () => Promise<void>) =>
    Effect.tryPromise(evaluate).pipe(
      Effect.catch(({ cause }) => Effect.logWarning(`The file ${path} is left, as it cannot be removed: ${cause}`))
    )
  let isMoved = false
  const { handle, path: temporary } = yield* Effect.acquireRelease(
    writing(async () => {
      const { handle, path } = await origin.open(fs, target.directory)
      try {
        return { handle, path, stats: await handle.stat({ bigint: true }) }
      } catch (cause) {
        await close(handle)
        await origin.leave(fs, path).finally(() => origin.forget(path))
        throw cause
      }
    }),
    ({ handle, path, stats }, exit) =>
      Effect.suspend(() => {
        if (!isMoved) {
          return Effect.andThen(Effect.promise(() => close(handle)), removing(path, () => origin.leave(fs, path)))
        }
        // Nothing to wait for: an interruption that arrives now arrives after the end. What was overwritten is gone anyway.
        return Exit.isSuccess(exit) || target.overwrite
          ? Effect.void
          : removing(target.path, () => removeMoved(fs, target.path, stats))
      }).pipe(Effect.ensuring(Effect.sync(() => origin.forget(path))))
  )
  const move = target.overwrite
    ? writing(() => fs.rename(temporary, target.path)).pipe(Effect.tap(() => Effect.sync(() => isMoved = true)))
    : writing(() => linkIntoPlace(fs, temporary, target.path)).pipe(
      Effect.tap(() => Effect.sync(() => isMoved = true)),
      Effect.andThen(removing(temporary, () => remove(fs, temporary)))
    )
  const freeBuffers: Array<Buffer> = []
  return {
    writeFrom: (position, pipeInto, onWritten) =>
      Effect.tryPromise({
        try: () => writeFrom({ handle, position, freeBuffers, onWritten }, pipeInto),
        catch: (cause) => AwsError.isAwsError(cause) ? cause : toWriteError(target)(cause)
      }),
    write: (bytes, position) => writing(() => writeBytes(handle, bytes, position)),
    fill: (buffer, start) => writing(() => fill(handle, buffer, start)),
    truncate: (size) => writing(() => handle.truncate(size)),
    moveIntoPlace: (modified) =>
      writing(async () => {
        if (modified !== undefined) await handle.utimes(modified, modified)
        // Some file systems report only now that they are full.
        await handle.close()
      }).pipe(Effect.andThen(Effect.uninterruptible(move)))
  }
})
