// Checks the files that the package would have: each is of a known kind, nothing that is named is missing, no link of a page is
// dead, and its size stays in bounds. Run `npm run build` first.
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { belongs } from "./internal/kinds.ts"
import { branch, manifest, repository, root } from "./internal/manifest.ts"
import { targetsOf } from "./internal/markdown.ts"

interface Packed {
  readonly files: ReadonlyArray<{ readonly path: string; readonly size: number }>
  readonly size: number
}

const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")

const output = execFileSync("npm", ["pack", "--dry-run", "--json"], {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
  stdio: ["ignore", "pipe", "ignore"],
  shell: process.platform === "win32"
})
const [packed]: ReadonlyArray<Packed> = JSON.parse(output)
if (packed === undefined) throw new Error("npm packed nothing")
const files: ReadonlySet<string> = new Set(packed.files.map((file) => file.path))

/** Pictures are for a page that someone looks at, and megabytes for everyone who installs the package. */
const maxPicture = 150_000
const maxPacked = 6_000_000

const strange = [...files].filter((file) => !belongs(file))

const heavy = packed.files.filter(({ path, size }) => path.startsWith("docs/images/") && size > maxPicture)

const targets = [
  ...Object.values(manifest.bin),
  ...Object.values(manifest.exports).flatMap((entry) => typeof entry === "string" ? [entry] : Object.values(entry))
].map((target) => target.replace(/^\.\//, ""))
const without = targets.filter((target) => !target.includes("*") && !files.has(target))

/** The source files that a map names, so that a debugger can show them. */
const unmapped = [...files].filter((file) => file.endsWith(".map")).flatMap((file) => {
  const { sources }: { readonly sources: ReadonlyArray<string> } = JSON.parse(read(file))
  return sources.map((source) => path.posix.join(path.posix.dirname(file), source)).filter((source) =>
    !source.startsWith("dist/") && !files.has(source)
  ).map((source) => `${file} names ${source}`)
})

const blob = `${repository}/blob/${branch}/`
const tree = blob.replace("/blob/", "/tree/")
const inPackage = (to: string) =>
  files.has(to) || [...files].some((file) => file.startsWith(`${to.replace(/\/$/, "")}/`))

/** The links of a page that lead nowhere: out of the package, or to a file that the repository doesn't have. */
const dead = [...files].filter((file) => /\.(md|txt)$/.test(file)).flatMap((file) =>
  targetsOf(read(file)).flatMap((link) => {
    const [target = ""] = link.split("#")
    const absolute = [blob, tree].find((prefix) => target.startsWith(prefix))
    if (absolute !== undefined) {
      return fs.existsSync(path.join(root, target.slice(absolute.length)))
        ? []
        : [`${file}: the repository has no ${target}`]
    }
    if (target === "" || /^\w+:/.test(target)) return []
    const to = path.posix.join(path.posix.dirname(file), target)
    return inPackage(to) ? [] : [`${file}: ${to} isn't in the package. Link to ${blob}${to}`]
  })
)

const problems = [
  ...strange.map((file) => `${file} doesn't belong in the package`),
  ...heavy.map(({ path, size }) => `${path} has ${size} bytes; a picture may have ${maxPicture}`),
  ...without.map((file) => `package.json names ${file}, which isn't in the package`),
  ...unmapped,
  ...dead,
  ...(packed.size > maxPacked ? [`The package has ${packed.size} bytes; it may have ${maxPacked}`] : [])
]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log(`The package has ${files.size} files and ${(packed.size / 1e6).toFixed(1)} MB; all links lead somewhere`)
