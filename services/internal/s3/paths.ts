// Keys as paths, and paths as keys. A path has "/" between its parts, whatever the system has.
import * as path from "node:path"
import type { ReadOptions } from "./options.ts"

/** A bucket's folder, and how its objects are read. */
export interface BucketFolder {
  readonly bucket: string
  /** With a slash at its end; empty for the whole bucket. */
  readonly prefix: string
  readonly read: Pick<ReadOptions, "customerKey" | "expectedOwner">
}

/** A prefix as a folder: it ends in a slash, unless it is the whole bucket. */
export const folderOf = (prefix = ""): string => prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`

const reservedOnWindows = /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i
// Node names streams and devices by some of these, and drives by a colon.
// oxlint-disable-next-line no-control-regex
const forbiddenOnWindows = /[\\:*?"<>|\u0001-\u001f]/

const whyNotOnWindows = (part: string): string | undefined => {
  const found = forbiddenOnWindows.exec(part)
  if (found !== null) return `Windows allows no ${JSON.stringify(found[0])} in a name`
  if (/[. ]$/.test(part)) return "Windows drops dots and blanks at the end of a name"
  return reservedOnWindows.test(part) ? `Windows reserves the name ${part}` : undefined
}

/** Why a path can't be one below a directory, as the end of a sentence; `undefined` if it can. */
export const whyNotAFile = (key: string, platform: NodeJS.Platform = process.platform): string | undefined => {
  if (key === "" || key.endsWith("/")) return "it ends in a slash, so it names a folder"
  if (key.startsWith("/")) return "it would be an absolute path"
  if (key.includes("\0")) return "no name of a file has a NUL in it"
  for (const part of key.split("/")) {
    if (part === "") return "it has two slashes in a row, so two keys could have the same path"
    if (part === "." || part === "..") return `its part ${JSON.stringify(part)} leads to another directory`
    const why = platform === "win32" ? whyNotOnWindows(part) : undefined
    if (why !== undefined) return why
  }
  return undefined
}

/** The path of a file in a directory. */
export const pathIn = (directory: string, relative: string): string => path.join(directory, ...relative.split("/"))

/** What the map has of a path, or else of the nearest directory that it is in. */
export const lookUp = <A>(places: ReadonlyMap<string, A>, relative: string): A | undefined => {
  if (places.size === 0) return undefined
  for (let end = relative.length; end > 0; end = relative.lastIndexOf("/", end - 1)) {
    const found = places.get(relative.slice(0, end))
    if (found !== undefined) return found
  }
  return undefined
}
