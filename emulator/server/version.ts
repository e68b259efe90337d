import * as fs from "node:fs"
import * as path from "node:path"

/** What the package's manifest says that the command line reads. */
export interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly engines?: Readonly<Record<string, string>>
}

/** The folder of this package and its manifest, or `undefined` in a bundle, which has no manifest beside it. */
export const ownPackage = (): { readonly folder: string; readonly manifest: Manifest } | undefined => {
  let folder: string | undefined = import.meta.dirname
  while (folder !== undefined) {
    const file = path.join(folder, "package.json")
    if (fs.existsSync(file)) {
      const manifest = JSON.parse(fs.readFileSync(file, "utf8")) as Manifest
      return manifest.name === "effect-aws-sdk" ? { folder, manifest } : undefined
    }
    const parent = path.dirname(folder)
    folder = parent === folder ? undefined : parent
  }
  return undefined
}

/** The version of this package, or `undefined` in a bundle. */
export const version = (): string | undefined => ownPackage()?.manifest.version
