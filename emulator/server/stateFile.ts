// The file that keeps the state of a world from one run to the next.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { rmSync } from "node:fs"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { messageOf } from "../engine/message.ts"
import type { Parts } from "../engine/saved.ts"
import { readParts, writeParts } from "./stateFormat.ts"
import type { World } from "./world.ts"

/** The state file can't be used. */
export class StateFileError extends Data.TaggedError("StateFileError")<{
  readonly file: string
  readonly message: string
  readonly cause: unknown
}> {}

const attempt = <A>(file: string, message: string, run: () => Promise<A>): Effect.Effect<A, StateFileError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new StateFileError({ file, message: `${message}: ${messageOf(cause)}`, cause })
  })

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code

/** Returns undefined in place of the error that says that there is no such file. */
const unlessMissing = (error: unknown): undefined => {
  if (codeOf(error) !== "ENOENT") throw error
}

/** The file that a path leads to, also if it doesn't exist yet: to rename a new file to a symbolic link would replace the link. */
const targetOf = async (file: string): Promise<string> => {
  let target = path.resolve(file)
  for (let links = 0; links < 40; links++) {
    const link = await fs.readlink(target).catch((error: unknown) => {
      if (codeOf(error) !== "EINVAL" && codeOf(error) !== "ENOENT") throw error
    })
    if (link === undefined) return target
    target = path.resolve(await fs.realpath(path.dirname(target)), link)
  }
  throw new Error("It is a symbolic link that leads to itself.")
}

const temporaryOf = (target: string, pid: number): string => `${target}.${pid}.tmp`

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === "EPERM"
  }
}

/** Removes what emulators left behind that were killed while they saved. */
const removeLeftovers = async (target: string): Promise<void> => {
  const folder = path.dirname(target)
  const start = `${path.basename(target)}.`
  for (const name of await fs.readdir(folder)) {
    const pid = Number(/^(\d+)\.tmp$/.exec(name.startsWith(start) ? name.slice(start.length) : "")?.[1])
    if (pid > 0 && !isRunning(pid)) await fs.rm(temporaryOf(target, pid), { force: true })
  }
}

/** Restores the world from the file, if the file exists. Fails if the file isn't a valid state, or if it can't be saved later. */
export const load = (world: World, file: string): Effect.Effect<"loaded" | "new", StateFileError> =>
  Effect.gen(function*() {
    yield* attempt(file, `Can't save the state to ${file} later`, async () => {
      const target = await targetOf(file)
      await fs.access(path.dirname(target), fs.constants.W_OK)
      await removeLeftovers(target)
    })
    const handle = yield* attempt(
      file,
      `Can't read the state in ${file}`,
      () => fs.open(file).catch(unlessMissing)
    )
    if (handle === undefined) return "new"
    yield* attempt(
      file,
      `${file} isn't a state that this version can start from, and is left as it is. Choose another file, or remove it`,
      async () => {
        try {
          world.restore(await readParts(handle))
        } finally {
          await handle.close()
        }
      }
    )
    return "loaded"
  })

/**
 * Writes a file beside the target, and renames it to the first of these names that it can have. Removes the file if it can't be
 * written whole, or if the process ends before. Returns the error that kept it from the first name, if any, and its name.
 */
const write = async (parts: Parts, target: string, names: ReadonlyArray<string>) => {
  const temporary = temporaryOf(target, process.pid)
  const remove = () => rmSync(temporary, { force: true })
  process.on("exit", remove)
  try {
    const handle = await fs.open(temporary, "w", 0o600)
    try {
      await writeParts(handle, parts)
      await handle.sync()
    } finally {
      await handle.close()
    }
    let first: unknown
    for (const name of names) {
      try {
        await fs.rename(temporary, name)
        return { name, error: first }
      } catch (error) {
        first ??= error
      }
    }
    throw first
  } finally {
    process.off("exit", remove)
    await fs.rm(temporary, { force: true }).catch(() => {})
  }
}

/** Saves in the folder for temporary files. Returns the name of the file, or `undefined` if that isn't possible either. */
const rescue = async (parts: Parts, name: string): Promise<string | undefined> => {
  let folder: string | undefined
  try {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), "effect-aws-sdk-"))
    const file = path.join(folder, name)
    await write(parts, file, [file])
    return file
  } catch {
    if (folder !== undefined) await fs.rm(folder, { recursive: true, force: true }).catch(() => {})
    return undefined
  }
}

/**
 * Saves the world. A crash leaves either the old file or the new one, never a part of one. If the file can't be written, saves beside
 * it or in the folder for temporary files, and fails with an error that says where.
 */
export const save = (world: World, file: string): Effect.Effect<void, StateFileError> =>
  Effect.tryPromise({
    try: async () => {
      const parts = world.save()
      let found: { readonly name: string | undefined; readonly error: unknown }
      try {
        const target = await targetOf(file)
        found = await write(parts, target, [target, `${target}.NEW`])
      } catch (error) {
        found = { name: await rescue(parts, path.basename(file)), error }
      }
      const { error, name } = found
      if (error === undefined) return
      const where = name === undefined
        ? "The folder for temporary files can't take it either, so all changes since the start are lost."
        : `The state is in ${name} instead: start from it with --state ${name}.`
      throw new Error(`${messageOf(error).replace(/\.?$/, ".")} ${where}`, { cause: error })
    },
    catch: (cause) =>
      new StateFileError({ file, message: `Couldn't save the state to ${file}: ${messageOf(cause)}`, cause })
  })
