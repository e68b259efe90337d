// Temporary files of downloads that can be resumed. `.T.I.OWNER.part` is for the target T and the download I, both by a hash.
// OWNER is the host, the process and the thread that write it, with something random, and `free` once they have left it. In a container,
// every process may have the number 1: the random part tells the file of a killed one from that of the one that comes after it.
import * as Effect from "effect/Effect"
import { createHash, randomUUID } from "node:crypto"
import * as os from "node:os"
import * as path from "node:path"
import { threadId } from "node:worker_threads"
import { codeOf, NodeFs } from "./files.ts"
import type { Origin, Target } from "./newFiles.ts"

const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16)

/** The files that this thread is writing. */
const active = new Set<string>()

/** The host, or the container: it keeps its name when it starts again, and the numbers of its processes begin anew then. */
const host = (): string => shortHash(os.hostname()).slice(0, 8)

/** How long a file of another host is left alone after its last change, in milliseconds. A download that stalls ends before that. */
const QUIET = 5 * 60_000

const isQuiet = async (fs: NodeFs, file: string): Promise<boolean> => {
  try {
    return Date.now() - (await fs.stat(file)).mtimeMs > QUIET
  } catch {
    return false
  }
}

/**
 * Whether the owner of a file may still be writing it. A process that had this one's number isn't alive any more; nothing is known
 * of the processes of another host or container, which may share the directory.
 */
const isOwned = async (fs: NodeFs, owner: string, file: string): Promise<boolean> => {
  if (owner === "free") return false
  const [where, ...numbers] = owner.split("-")
  const [pid = 0, thread = 0] = numbers.map(Number)
  if (where !== host()) return !(await isQuiet(fs, file))
  if (pid === process.pid) return thread !== threadId || active.has(file)
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return codeOf(cause) === "EPERM"
  }
}

/** A file that is renamed can be taken over by one process only. */
const takeOver = async (fs: NodeFs, from: string, to: string): Promise<boolean> => {
  try {
    await fs.rename(from, to)
    return true
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return false
    throw cause
  }
}

const prefixOf = (target: string): string => `.${shortHash(path.basename(target))}.`

/** The files of downloads to this target that nobody is writing. */
const leftoversIn = async (fs: NodeFs, target: string): Promise<ReadonlyArray<string>> => {
  const prefix = prefixOf(target)
  const directory = path.dirname(target)
  const leftovers: Array<string> = []
  for (const name of await fs.readdir(directory)) {
    const owner = name.startsWith(prefix) ? /^\.\w+\.\w+\.([\w-]+)\.part$/.exec(name)?.[1] : undefined
    if (owner !== undefined && !(await isOwned(fs, owner, path.resolve(directory, name)))) leftovers.push(name)
  }
  return leftovers
}

/** Whether there may be something to go on with. */
export const hasLeftovers = (target: string): Effect.Effect<boolean> =>
  NodeFs.pipe(
    Effect.flatMap((fs) => Effect.tryPromise(() => leftoversIn(fs, target))),
    Effect.match({ onFailure: () => false, onSuccess: (found) => found.length > 0 })
  )

/** Removes what no download can go on with. */
export const removeLeftovers = (target: string): Effect.Effect<void> =>
  NodeFs.pipe(
    Effect.flatMap((fs) =>
      Effect.tryPromise(async () => {
        for (const name of await leftoversIn(fs, target)) {
          await fs.rm(path.join(path.dirname(target), name), { force: true })
        }
      })
    ),
    Effect.catch(({ cause }) =>
      Effect.logWarning(`What an earlier download left beside ${target} cannot be removed: ${cause}`)
    )
  )

/**
 * A temporary file that a later download of the same identity continues. `isWorthKeeping` says whether it has anything to
 * continue. Leftovers of other downloads to the same target are removed when the file is opened.
 */
export const resumable = (target: Target, identity: string, isWorthKeeping: () => boolean): Origin => {
  const own = `${prefixOf(target.path)}${shortHash(identity)}.`
  return {
    open: async (fs, directory) => {
      const mine = path.resolve(directory, `${own}${host()}-${process.pid}-${threadId}-${randomUUID()}.part`)
      active.add(mine)
      try {
        let isTaken = false
        for (const name of await leftoversIn(fs, target.path)) {
          const file = path.resolve(directory, name)
          if (!isTaken && name.startsWith(own)) isTaken = await takeOver(fs, file, mine)
          else await fs.rm(file, { force: true })
        }
        return { handle: await fs.open(mine, isTaken ? "r+" : "wx+"), path: mine }
      } catch (cause) {
        active.delete(mine)
        throw cause
      }
    },
    leave: (fs, file) =>
      isWorthKeeping()
        ? fs.rename(file, path.join(path.dirname(file), `${own}free.part`))
        : fs.rm(file, { force: true }),
    forget: (file) => void active.delete(file)
  }
}
