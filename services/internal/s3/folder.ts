// Writing into a directory, and deleting from it, without ever leaving it.
import * as Effect from "effect/Effect"
import * as path from "node:path"
import { CannotWriteFile, DirectoryDoesNotExist, KeyNotAFileName } from "../../../errors/internal/s3Errors.ts"
import { codeOf, NodeFs } from "./files.ts"
import { pathIn } from "./paths.ts"

/** What stands in the way of a file, and may be deleted by the same transfer. */
export class Obstructed extends Error {}

/** What a path would lead through. */
class Outside extends Error {}

/** A directory that files are written into. */
export interface Folder {
  /** Where a file is to be written: a path that leads through no link out of the directory. Makes the directories for it. */
  readonly placeFor: (key: string, relative: string) => Effect.Effect<string, KeyNotAFileName | CannotWriteFile>
  /** Removes the empty directories that have a file's name. Fails if they aren't empty. */
  readonly clear: (relative: string) => Effect.Effect<void, CannotWriteFile>
  readonly remove: (relative: string) => Effect.Effect<void, CannotWriteFile>
}

/** The most directories that are known to be there. */
const KNOWN = 1_000

const isBelow = (root: string, real: string): boolean =>
  real === root || real.startsWith(root.endsWith(path.sep) ? root : root + path.sep)

/** Opens a directory, and makes it if it doesn't exist. */
export const openFolder = Effect.fnUntraced(function*(
  directory: string
): Effect.fn.Return<Folder, DirectoryDoesNotExist | CannotWriteFile> {
  const fs = yield* NodeFs
  const root = yield* Effect.tryPromise({
    try: async () => {
      await fs.mkdir(directory, { recursive: true })
      return await fs.realpath(directory)
    },
    catch: (cause) =>
      directory === ""
        ? new DirectoryDoesNotExist({ directory })
        : new CannotWriteFile({ path: directory, cause })
  })

  const make = async (parent: string, name: string): Promise<string> => {
    const here = path.join(parent, name)
    const found = await fs.lstat(here).catch((cause) => {
      if (codeOf(cause) !== "ENOENT") throw cause
    })
    if (found === undefined) {
      try {
        await fs.mkdir(here)
      } catch (cause) {
        // Another program may have made it.
        if (codeOf(cause) === "EEXIST") return await make(parent, name)
        throw cause
      }
      return here
    }
    if (found.isDirectory()) return here
    if (!found.isSymbolicLink()) throw new Obstructed(`${here} is a file, not a directory`)
    const real = await fs.realpath(here)
    if (!isBelow(root, real)) throw new Outside(`${here} is a symbolic link that leads out of the directory`)
    if (!(await fs.stat(real)).isDirectory()) throw new Obstructed(`${here} is a symbolic link, not a directory`)
    return real
  }

  /** By their paths below the root. They are promises, so that each is made once. */
  const known = new Map<string, Promise<string>>()
  const made = (relative: string): Promise<string> => {
    if (relative === "") return Promise.resolve(root)
    const before = known.get(relative)
    if (before !== undefined) return before
    if (known.size >= KNOWN) known.clear()
    const slash = relative.lastIndexOf("/")
    const now = made(relative.slice(0, Math.max(slash, 0))).then((parent) => make(parent, relative.slice(slash + 1)))
    known.set(relative, now)
    now.catch(() => known.delete(relative))
    return now
  }

  const writing = <A>(relative: string, evaluate: () => Promise<A>) =>
    Effect.tryPromise({
      try: evaluate,
      catch: (cause) => new CannotWriteFile({ path: pathIn(directory, relative), cause })
    })

  const removeEmpty = async (place: string): Promise<void> => {
    for (const found of await fs.readdir(place, { withFileTypes: true })) {
      if (found.isDirectory()) await removeEmpty(path.join(place, found.name))
    }
    await fs.rmdir(place)
  }

  return {
    placeFor: (key, relative) => {
      const slash = relative.lastIndexOf("/")
      return Effect.tryPromise({
        try: async () => path.join(await made(relative.slice(0, Math.max(slash, 0))), relative.slice(slash + 1)),
        catch: (cause) =>
          cause instanceof Outside
            ? new KeyNotAFileName({ key, directory, why: cause.message })
            : new CannotWriteFile({ path: pathIn(directory, relative), cause })
      })
    },
    clear: (relative) =>
      writing(relative, async () => {
        const place = path.join(root, ...relative.split("/"))
        known.clear()
        const found = await fs.lstat(place).catch(() => undefined)
        if (found?.isDirectory() === true) await removeEmpty(place)
      }),
    remove: (relative) =>
      writing(relative, async () => {
        const slash = relative.lastIndexOf("/")
        const parent = path.join(root, ...relative.slice(0, Math.max(slash, 0)).split("/"))
        if (await fs.realpath(parent) !== parent) throw new Error("a symbolic link leads to it")
        await fs.unlink(path.join(parent, relative.slice(slash + 1)))
      })
  }
})
