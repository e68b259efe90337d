// The files below a directory, in the order in which S3 lists keys: by the bytes of their paths.
import { isUtf8 } from "node:buffer"
import type { Dirent } from "node:fs"
import * as path from "node:path"
import { CannotReadFile } from "../../../errors/internal/s3Errors.ts"
import { codeOf, isTemporaryName, type NodeFs } from "./files.ts"
import { compareKeys } from "./keys.ts"
import type { SkipReason } from "./transfers.ts"

/** A file or an object. */
export interface FileEntry {
  readonly kind: "file"
  /** Below the directory or the prefix, with `/` between its parts. */
  readonly path: string
  /** In bytes. */
  readonly size: number
  /** When it was modified: milliseconds since 1970. */
  readonly time: number
  /** Of an object. */
  readonly etag?: string
  /** Whether a symbolic link to a directory leads to it. */
  readonly isThroughLink?: boolean
}

/** What is there, but is left as it is; if it is a directory, with everything in it. */
export type OtherEntry =
  | { readonly kind: "left"; readonly path: string; readonly why: SkipReason }
  | {
    readonly kind: "failed"
    readonly path: string
    readonly error: CannotReadFile
    readonly isDirectory: boolean
    /** Whether it is a link that leads to nothing new, so that nothing is missing but itself. */
    readonly isDeadLink?: boolean
  }

export type Entry = FileEntry | OtherEntry

/**
 * What happens to symbolic links.
 *
 * - `"follow"`: a link counts as what it leads to, also outside the directory.
 * - `"skip"`: a link is `Skipped`.
 * - `"fail"`: a link is `Failed`.
 *
 * @category models
 * @since 0.1.0
 */
export type SymlinkPolicy = "follow" | "skip" | "fail"

/** How many files are looked at together. Node has few threads for them. */
const TOGETHER = 64

/** A directory that is being walked. */
interface Place {
  readonly directory: string
  /** Its path below the root, with a slash at its end; empty for the root. */
  readonly prefix: string
  /** Where it is, with all links resolved. */
  readonly real: string
  /** The directories, with all links resolved, whose links led here. */
  readonly linksFrom: ReadonlyArray<string>
}

/** A member of a directory. */
type Member =
  | { readonly kind: "directory"; readonly name: string; readonly place: Place }
  | { readonly kind: "file"; readonly name: string }
  | { readonly kind: "entry"; readonly name: string; readonly entry: OtherEntry }

const isAtOrAbove = (ancestor: string, real: string): boolean =>
  real === ancestor || real.startsWith(ancestor.endsWith(path.sep) ? ancestor : ancestor + path.sep)

const whyLinkFails: Readonly<Record<string, string>> = {
  ENOENT: "it is a symbolic link to nothing",
  ELOOP: "it is a symbolic link that leads to itself"
}

export interface WalkOptions {
  readonly fs: NodeFs
  readonly symlinks: SymlinkPolicy
}

const fail = (place: Place, name: string, cause: unknown, isDirectory = false, isDeadLink = false): Member => ({
  kind: "entry",
  name,
  entry: {
    kind: "failed",
    path: place.prefix + name,
    error: new CannotReadFile({ path: path.join(place.directory, name), cause }),
    isDirectory,
    isDeadLink
  }
})

const leave = (place: Place, name: string, why: SkipReason): Member => ({
  kind: "entry",
  name,
  entry: { kind: "left", path: place.prefix + name, why }
})

const directoryIn = (place: Place, name: string): Member => ({
  kind: "directory",
  name,
  place: {
    directory: path.join(place.directory, name),
    prefix: `${place.prefix}${name}/`,
    real: path.join(place.real, name),
    linksFrom: place.linksFrom
  }
})

const memberByLink = async (place: Place, name: string, { fs, symlinks }: WalkOptions): Promise<Member> => {
  if (symlinks === "skip") return leave(place, name, "symbolic-link")
  if (symlinks === "fail") return fail(place, name, new Error("it is a symbolic link"), true, true)
  const link = path.join(place.directory, name)
  try {
    const stats = await fs.stat(link)
    if (stats.isFile()) return { kind: "file", name }
    if (!stats.isDirectory()) return leave(place, name, "special-file")
    const real = await fs.realpath(link)
    const linksFrom = [...place.linksFrom, place.real]
    if (linksFrom.some((from) => isAtOrAbove(real, from))) {
      return fail(place, name, new Error("it is a symbolic link to a directory that it is in"), true, true)
    }
    return { kind: "directory", name, place: { directory: link, prefix: `${place.prefix}${name}/`, real, linksFrom } }
  } catch (cause) {
    const why = whyLinkFails[String(codeOf(cause))]
    return fail(place, name, why === undefined ? cause : new Error(why, { cause }), true, why !== undefined)
  }
}

const memberOf = (place: Place, found: Dirent<Buffer>, options: WalkOptions): Member | Promise<Member> => {
  const name = found.name.toString()
  if (!isUtf8(found.name)) {
    return fail(place, name, new Error("its name isn't UTF-8, as a key has to be"), found.isDirectory())
  }
  if (found.isSymbolicLink()) return memberByLink(place, name, options)
  if (found.isDirectory()) return directoryIn(place, name)
  if (!found.isFile()) return leave(place, name, "special-file")
  return isTemporaryName(name) ? leave(place, name, "unfinished-download") : { kind: "file", name }
}

/** Does something to many values, some of them together, in their order. */
const mapTogether = async <A, B>(values: ReadonlyArray<A>, f: (value: A) => B | Promise<B>): Promise<Array<B>> => {
  const results: Array<B> = []
  for (let at = 0; at < values.length; at += TOGETHER) {
    results.push(...await Promise.all(values.slice(at, at + TOGETHER).map(f)))
  }
  return results
}

/** The name by which a member is sorted: S3 has no directories, but keys with a slash after the directory's name. */
const sortName = ({ kind, name }: Member): string => kind === "directory" ? `${name}/` : name

const fileEntry = async (place: Place, name: string, { fs }: WalkOptions): Promise<Entry> => {
  const file = path.join(place.directory, name)
  try {
    const stats = await fs.stat(file)
    // Another program may have put it in the file's place.
    if (!stats.isFile()) return { kind: "left", path: place.prefix + name, why: "special-file" }
    const { mtimeMs, size } = stats
    const isThroughLink = place.linksFrom.length > 0
    return { kind: "file", path: place.prefix + name, size, time: mtimeMs, ...(isThroughLink && { isThroughLink }) }
  } catch (cause) {
    return {
      kind: "failed",
      path: place.prefix + name,
      error: new CannotReadFile({ path: file, cause }),
      isDirectory: false
    }
  }
}

async function* walkPlace(place: Place, options: WalkOptions): AsyncGenerator<ReadonlyArray<Entry>> {
  let found: ReadonlyArray<Dirent<Buffer>>
  try {
    found = await options.fs.readdir(place.directory, { withFileTypes: true, encoding: "buffer" })
  } catch (cause) {
    if (place.prefix === "") throw cause
    const error = new CannotReadFile({ path: place.directory, cause })
    yield [{ kind: "failed", path: place.prefix.slice(0, -1), error, isDirectory: true }]
    return
  }
  const members = await mapTogether(found, (one) => memberOf(place, one, options))
  members.sort((a, b) => compareKeys(sortName(a), sortName(b)))
  let at = 0
  while (at < members.length) {
    const member = members[at]!
    if (member.kind === "directory") {
      yield* walkPlace(member.place, options)
      at++
      continue
    }
    const some: Array<Member> = []
    while (at < members.length && some.length < TOGETHER && members[at]!.kind !== "directory") some.push(members[at++]!)
    yield await mapTogether(some, (one) => one.kind === "entry" ? one.entry : fileEntry(place, one.name, options))
  }
}

/**
 * The files below a directory, some at a time. Holds the names in one directory, and in those that it is in. Throws what
 * the file system throws if the directory itself can't be read; what is below it and can't be read is an entry.
 */
export async function* walk(root: string, options: WalkOptions): AsyncGenerator<ReadonlyArray<Entry>> {
  const real = await options.fs.realpath(root)
  yield* walkPlace({ directory: root, prefix: "", real, linksFrom: [] }, options)
}
