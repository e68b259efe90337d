// What the site knows of the project: where it is published, and where the repository is.
import * as path from "node:path"
import { manifest } from "../scripts/internal/manifest.ts"

export { branch, modules, repository, root } from "../scripts/internal/manifest.ts"

const home = new URL(manifest.homepage)

/** The name of the project, which is the title of the site. */
export const title = manifest.name

/** The origin that the site is published at. */
export const origin = home.origin

/** The path that every page is below, without a slash at its end: `/effect-aws-sdk`. */
export const base = home.pathname.replace(/\/$/, "")

/** Where the content step writes, and Astro reads. */
export const content = path.join(import.meta.dirname, "src/content/docs")
