// Runs a command of the site: serve, build or look. The site's packages are a project of their own, because it needs other versions
// than the library, and few people build it.
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { installProject } from "./internal/projects.ts"

installProject("site")
const site = path.resolve(import.meta.dirname, "../site")
process.chdir(site)
await import(pathToFileURL(path.join(site, "main.ts")).href)
