import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { limit } from "./packed.ts"

const root = path.resolve(import.meta.dirname, "../..")

/** The projects with other people's libraries, for what documentation and benchmarks show of them. */
const folders = ["test/others", "bench"]

const namesIn = (folder: string): ReadonlyArray<string> =>
  fs.readdirSync(path.join(root, folder)).filter((name) =>
    fs.existsSync(path.join(root, folder, name, "package-lock.json"))
  )

/** The folder of a project, relative to the root. Throws if there is none, and says where it was looked for. */
export const projectFolder = (name: string, place: string): string => {
  const folder = folders.find((folder) => namesIn(folder).includes(name))
  if (folder !== undefined) return path.join(folder, name)
  const names = folders.flatMap(namesIn).toSorted()
  throw new Error(
    `${place}: there is no project "${name}". The projects in ${folders.join(" and ")} are: ${names.join(", ")}.`
  )
}

/** Installs what the lock file of a project names, unless that is installed already. */
export const installProject = (folder: string): void => {
  const cwd = path.join(root, folder)
  const installed = path.join(cwd, "node_modules/.package-lock.json")
  const changed = fs.statSync(path.join(cwd, "package-lock.json")).mtimeMs
  if (fs.existsSync(installed) && fs.statSync(installed).mtimeMs >= changed) return
  console.log(`Installing the packages of ${folder}`)
  const { error, status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd,
    stdio: ["ignore", "ignore", "inherit"],
    timeout: limit,
    shell: process.platform === "win32"
  })
  if (status !== 0) throw new Error(`npm ci failed in ${folder}`, { cause: error })
}
