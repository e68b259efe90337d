// Runs a command of the site: serve, build or look. It first installs the site's packages, if that wasn't done since their lock file
// changed. They are a project of their own, because the site needs other versions than the library, and few people build it.
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"

const site = path.resolve(import.meta.dirname, "../site")
const lock = path.join(site, "package-lock.json")
// npm writes it at the end of an install.
const installed = path.join(site, "node_modules/.package-lock.json")

if (!fs.existsSync(installed) || fs.statSync(installed).mtimeMs < fs.statSync(lock).mtimeMs) {
  console.log("Installing the packages of site/")
  const { status } = spawnSync("npm", ["ci"], { cwd: site, stdio: "inherit", shell: process.platform === "win32" })
  if (status !== 0) process.exit(1)
}

process.chdir(site)
await import(pathToFileURL(path.join(site, "main.ts")).href)
