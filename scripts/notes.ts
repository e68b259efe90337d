// Prints the part of CHANGELOG.md for a version, as the text of its release. Links lead to the files of that version.
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")
const [version] = process.argv.slice(2)
if (version === undefined) throw new Error("Name a version: node scripts/notes.ts 0.1.0")

const { repository } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))
const changelog = fs.readFileSync(path.join(root, "CHANGELOG.md"), "utf8")
const notes = changelog.split(/^## /m).find((part) => part.split("\n", 1)[0] === version)
if (notes === undefined) throw new Error(`CHANGELOG.md has no section for ${version}`)

const files = `${repository.url.replace(/^git\+|\.git$/g, "")}/blob/v${version}/`
console.log(notes.slice(version.length).trim().replace(/\]\((?!\w+:)/g, `](${files}`))
