// Which versions of the packages that this library works with a run of the canary installs.
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const npm = (args: ReadonlyArray<string>, cwd?: string): string =>
  execFileSync("npm", args, { cwd, encoding: "utf8", shell: process.platform === "win32" })

const compare = (a: string, b: string): number => {
  const [x, y] = [a, b].map((version) => version.split(".").map(Number))
  return x!.map((part, index) => part - y![index]!).find((difference) => difference !== 0) ?? 0
}

/** The releases of a package in a range, oldest first. */
const inRange = (name: string, range: string): ReadonlyArray<string> => {
  const output = npm(["view", `${name}@${range}`, "version", "--json"])
  const versions = [output === "" ? [] : JSON.parse(output)].flat() as ReadonlyArray<string>
  const releases = versions.filter((version) => !version.includes("-")).sort(compare)
  if (releases.length === 0) throw new Error(`No release of ${name} is in the range ${range}.`)
  return releases
}

/** Which end of a range: the newest release in it, or the lowest. */
export type End = "newest" | "lowest"

export const at = (end: End, name: string, range: string): string => inRange(name, range).at(end === "newest" ? -1 : 0)!

/**
 * What these packages depend on, as npm would have resolved it on the day when the last of them was released: the oldest
 * tree in which there is one copy of each package. npm on its own would take the newest, beside older copies.
 */
export const resolvedThen = (packages: Readonly<Record<string, string>>): Record<string, string> => {
  const times = Object.entries(packages).map(([name, version]): string =>
    JSON.parse(npm(["view", name, "time", "--json"]))[version]
  )
  const last = new Date(Math.max(...times.map((time) => Date.parse(time))) + 1_000).toISOString()
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "resolved-"))
  try {
    fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ private: true, dependencies: packages }))
    npm(["install", "--package-lock-only", "--silent", "--no-audit", "--no-fund", `--before=${last}`], folder)
    const lock = JSON.parse(fs.readFileSync(path.join(folder, "package-lock.json"), "utf8"))
    return Object.fromEntries(
      Object.entries<{ readonly version: string }>(lock.packages).flatMap(([place, { version }]) =>
        /^node_modules\/@(aws-sdk|smithy)\/[^/]+$/.test(place) ? [[place.slice("node_modules/".length), version]] : []
      )
    )
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}
