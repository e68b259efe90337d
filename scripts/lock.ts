// Completes package-lock.json. npm writes no integrity hash for a package of another platform when it couldn't look it up,
// and `npm ci` doesn't verify a package that has none. `--check` fails when a hash is missing, or when an entry names the
// registry that it came from, which differs from machine to machine. It also checks the lock files of the projects in bench/ and
// test/others/, of which every entry has its hash.
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { lockFiles } from "./internal/projects.ts"

interface Entry {
  readonly name?: string
  readonly version?: string
  readonly resolved?: string
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly integrity?: string
}

// Hashes that the registry of the machine that last ran this couldn't give: binaries for other platforms, which `npm ci`
// doesn't install on Linux x64. `npm run lock` with a registry that has them completes the lock file; then `--check` asks
// for the names to be removed from here. A new version of a package isn't covered.
const pending: ReadonlySet<string> = new Set([
  ...[
    "android-arm64",
    "android-x64",
    "darwin-arm64",
    "darwin-x64",
    "linux-arm64-glibc",
    "linux-arm64-musl",
    "linux-loong64-glibc",
    "linux-loong64-musl",
    "linux-ppc64-glibc",
    "linux-ppc64-musl",
    "linux-riscv64-glibc",
    "win32-arm64",
    "win32-x64"
  ].map((platform) => `@dprint/${platform}@0.57.4`),
  ...["darwin-arm64", "darwin-x64", "linux-arm", "linux-arm64", "win32-arm64", "win32-x64"].map((platform) =>
    `@effect/tsgo-${platform}@0.45.0`
  )
])

interface Lock {
  packages: Record<string, Entry>
}

const root = path.resolve(import.meta.dirname, "..")
const read = (file: string): Lock => JSON.parse(fs.readFileSync(file, "utf8"))
const file = path.join(root, "package-lock.json")
const lock = read(file)
const entries = Object.entries(lock.packages)

const idOf = (place: string, { name, version }: Entry) => `${name ?? place.split("node_modules/").at(-1)}@${version}`

// The project itself, links and bundled packages aren't downloaded.
const isDownloaded = (place: string, { inBundle, link }: Entry) => place !== "" && link !== true && inBundle !== true

const missing = entries.filter(([place, entry]) => isDownloaded(place, entry) && entry.integrity === undefined)
const resolved = entries.filter(([, entry]) => entry.resolved?.includes("://"))

/** What is wrong with the lock file of another project. */
const faultsOf = (file: string): ReadonlyArray<string> =>
  Object.entries(read(path.join(root, file)).packages).flatMap(([place, entry]) => [
    ...isDownloaded(place, entry) && entry.integrity === undefined
      ? [`${file}: ${idOf(place, entry)} has no integrity hash. Run npm install in its folder.`]
      : [],
    ...entry.resolved?.includes("://")
      ? [`${file}: ${place} names a registry. Run npm install in its folder, with an .npmrc like the root's.`]
      : []
  ])

const check = () => {
  const without = new Set(missing.map(([place, entry]) => idOf(place, entry)))
  const faults = [
    ...[...without].filter((id) => !pending.has(id)).map((id) => `${id} has no integrity hash. Run: npm run lock`),
    ...[...pending].filter((id) => !without.has(id)).map((id) =>
      `${id} has its hash, or is gone. Remove it from \`pending\` in scripts/lock.ts.`
    ),
    ...resolved.map(([place]) => `${place} names a registry. Run: npm run lock`)
  ]
  const others = lockFiles.flatMap(faultsOf)
  for (const fault of [...faults.map((fault) => `package-lock.json: ${fault}`), ...others]) console.error(fault)
  if (faults.length + others.length > 0) process.exit(1)
  console.log(`package-lock.json: ${entries.length} entries, ${without.size} of them wait for their hash`)
  console.log(`${lockFiles.length} other lock files are complete`)
}

const integrityOf = (id: string): string | undefined => {
  try {
    const output = execFileSync("npm", ["view", id, "dist.integrity", "--json"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      shell: process.platform === "win32"
    })
    return JSON.parse(output)
  } catch {
    console.error(`The registry has no hash of ${id}.`)
    return undefined
  }
}

const complete = () => {
  const found = new Map(missing.map(([place, entry]) => [place, integrityOf(idOf(place, entry))]))
  lock.packages = Object.fromEntries(entries.map(([place, { resolved, version, ...rest }]) => {
    const integrity = found.get(place)
    return [place, {
      ...(version !== undefined && { version }),
      ...(resolved !== undefined && !resolved.includes("://") && { resolved }),
      ...(integrity !== undefined && { integrity }),
      ...rest
    }]
  }))
  fs.writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  const count = [...found.values()].filter((integrity) => integrity !== undefined).length
  console.log(
    `package-lock.json: ${count} of ${missing.length} missing hashes added, ${resolved.length} registries removed`
  )
}

if (process.argv.includes("--check")) check()
else complete()
