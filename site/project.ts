// What the site knows from the project's package.json: where it is published, and where the repository is.
import * as fs from "node:fs"
import * as path from "node:path"

/** The folder of the repository. */
export const root = path.resolve(import.meta.dirname, "..")

interface Manifest {
  readonly name: string
  readonly homepage: string
  readonly repository: { readonly url: string }
  readonly exports: Readonly<Record<string, { readonly "@effect-aws-sdk/source"?: string }>>
}

const manifest: Manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))
const home = new URL(manifest.homepage)

/** The name of the project, which is the title of the site. */
export const title = manifest.name

/** The origin that the site is published at. */
export const origin = home.origin

/** The path that every page is below, without a slash at its end: `/effect-aws-sdk`. */
export const base = home.pathname.replace(/\/$/, "")

/** The repository's page. */
export const repository = manifest.repository.url.replace(/^git\+/, "").replace(/\.git$/, "")

/** The branch that links to files of the repository lead to. */
export const branch = "main"

/** Where the content step writes, and Astro reads. */
export const content = path.join(import.meta.dirname, "src/content/docs")

/** The source files of the public modules, with the names of their subpaths. */
export const modules: ReadonlyMap<string, string> = new Map(
  Object.entries(manifest.exports).flatMap(([subpath, { "@effect-aws-sdk/source": source }]) =>
    source === undefined || subpath === "." ? [] : [[source.slice("./".length), subpath.slice("./".length)] as const]
  )
)
