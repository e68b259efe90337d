// Prints the part of CHANGELOG.md for a version, as the text of its release. Links lead to the files of that version.
import * as fs from "node:fs"
import * as path from "node:path"
import { repository, root } from "./internal/manifest.ts"

const [version] = process.argv.slice(2)
if (version === undefined) throw new Error("Name a version: node scripts/notes.ts 0.1.0")

const changelog = fs.readFileSync(path.join(root, "CHANGELOG.md"), "utf8")
const notes = changelog.split(/^## /m).find((part) => part.split("\n", 1)[0] === version)
if (notes === undefined) throw new Error(`CHANGELOG.md has no section for ${version}`)

const files = `${repository}/blob/v${version}/`
console.log(notes.slice(version.length).trim().replace(/\]\((?!\w+:)/g, `](${files}`))
