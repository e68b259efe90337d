// What package.json says of the project.
import * as fs from "node:fs"
import * as path from "node:path"

/** The folder of the repository. */
export const root = path.resolve(import.meta.dirname, "../..")

interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly homepage: string
  readonly repository: { readonly url: string }
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

export const manifest: Manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))

/** The repository's page. */
export const repository = manifest.repository.url.replace(/^git\+|\.git$/g, "")

/** The branch that links to files of the repository lead to. */
export const branch = "main"

/** The source file of each public module: `services/S3.ts` of `S3`. */
export const modules: ReadonlyMap<string, string> = new Map(
  Object.entries(manifest.exports).flatMap(([subpath, entry]) => {
    const source = typeof entry === "string" ? undefined : entry["@effect-aws-sdk/source"]
    return source === undefined || subpath === "." ? [] : [[subpath.slice("./".length), source.slice("./".length)]]
  })
)
