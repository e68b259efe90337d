// Prints the part of CHANGELOG.md for a version, as the text of its release. Links lead to the files of that version.
import * as fs from "node:fs"
import * as path from "node:path"
import { repository, root } from "./internal/manifest.ts"

/** Divides a text, with its code at the odd places. Code has neither headings nor links. */
const pieces = (text: string) => text.split(/(^```[^]*?^```$|`[^`\n]+`)/m)

const inProse = (text: string, change: (prose: string) => string): string =>
  pieces(text).map((piece, index) => index % 2 === 0 ? change(piece) : piece).join("")

/** The part of a changelog for a version. `files` is the address of the version's files, with a slash at its end. */
export const notesOf = (changelog: string, version: string, files: string): string => {
  const sections = inProse(changelog, (prose) => prose.replace(/^## /gm, "\0")).split("\0")
  const [, notes] =
    sections.map((section) => /^(.*)\n([^]*)$/.exec(section)?.slice(1) ?? []).find(([title]) => title === version) ?? []
  if (notes === undefined) throw new Error(`CHANGELOG.md has no section for ${JSON.stringify(version)}.`)
  return inProse(notes.trim(), (prose) =>
    prose
      .replaceAll("](#", `](${files}CHANGELOG.md#`)
      .replace(/\]\((?!\w+:)/g, `](${files}`)
      .replace(/^(\[[^\]\n]+\]: )(?!\w+:)/gm, `$1${files}`))
}

if (import.meta.main) {
  const [version] = process.argv.slice(2)
  if (version === undefined) throw new Error("Name a version: node scripts/notes.ts 0.1.0")
  const files = `${repository}/blob/v${version}/`
  console.log(notesOf(fs.readFileSync(path.join(root, "CHANGELOG.md"), "utf8"), version, files))
}
