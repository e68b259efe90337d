// Completes each package-lock.json of the repository. npm writes no integrity hash for a package of another platform when it
// couldn't look it up, and `npm ci` doesn't verify a package that has none. `--check` fails when a hash is missing, or when an
// entry names the registry that it came from, which differs from machine to machine.
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"

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

const root = path.resolve(import.meta.dirname, "..")

/** The lock files of the library, and of the private projects: the site, and what the benchmarks compare with. */
const files = fs.globSync("**/package-lock.json", { cwd: root, exclude: ["**/node_modules", "dist", ".*"] })
  .map((file) => file.split(path.sep).join("/")).sort()

const read = (file: string): { packages: Record<string, Entry> } =>
  JSON.parse(fs.readFileSync(path.join(root, file), "utf8"))

const idOf = (place: string, { name, version }: Entry) => `${name ?? place.split("node_modules/").at(-1)}@${version}`

// The project itself, links and bundled packages aren't downloaded.
const isDownloaded = (place: string, { inBundle, link }: Entry) => place !== "" && link !== true && inBundle !== true

const withoutHash = (entries: ReadonlyArray<[string, Entry]>) =>
  entries.filter(([place, entry]) => isDownloaded(place, entry) && entry.integrity === undefined)
const withRegistry = (entries: ReadonlyArray<[string, Entry]>) =>
  entries.filter(([, entry]) => entry.resolved?.includes("://"))

const check = () => {
  const waiting = new Set<string>()
  const faults = files.flatMap((file) => {
    const entries = Object.entries(read(file).packages)
    const missing = new Set(withoutHash(entries).map(([place, entry]) => idOf(place, entry)))
    for (const id of missing) waiting.add(id)
    console.log(`${file}: ${entries.length} entries, ${missing.size} of them wait for their hash`)
    return [
      ...[...missing].filter((id) => !pending.has(id)).map((id) =>
        `${file}: ${id} has no integrity hash. Run: npm run lock`
      ),
      ...withRegistry(entries).map(([place]) => `${file}: ${place} names a registry. Run: npm run lock`)
    ]
  })
  const done = [...pending].filter((id) => !waiting.has(id)).map((id) =>
    `${id} has its hash, or is gone. Remove it from \`pending\` in scripts/lock.ts.`
  )
  for (const fault of [...faults, ...done]) console.error(fault)
  if (faults.length + done.length > 0) process.exit(1)
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

const complete = (file: string) => {
  const lock = read(file)
  const entries = Object.entries(lock.packages)
  const found = new Map(withoutHash(entries).map(([place, entry]) => [place, integrityOf(idOf(place, entry))]))
  const registries = withRegistry(entries).length
  if (found.size === 0 && registries === 0) return
  lock.packages = Object.fromEntries(entries.map(([place, { resolved, version, ...rest }]) => {
    const integrity = found.get(place)
    return [place, {
      ...(version !== undefined && { version }),
      ...(resolved !== undefined && !resolved.includes("://") && { resolved }),
      ...(integrity !== undefined && { integrity }),
      ...rest
    }]
  }))
  fs.writeFileSync(path.join(root, file), `${JSON.stringify(lock, null, 2)}\n`)
  const count = [...found.values()].filter((integrity) => integrity !== undefined).length
  console.log(`${file}: ${count} of ${found.size} missing hashes added, ${registries} registries removed`)
}

if (process.argv.includes("--check")) check()
else for (const file of files) complete(file)
