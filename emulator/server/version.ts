import * as fs from "node:fs"
import * as path from "node:path"

/** The version of this package, or `undefined` in a bundle, which has no manifest beside it. */
export const version = (): string | undefined => {
  let folder: string | undefined = import.meta.dirname
  while (folder !== undefined) {
    const file = path.join(folder, "package.json")
    if (fs.existsSync(file)) {
      const manifest = JSON.parse(fs.readFileSync(file, "utf8")) as {
        readonly name?: string
        readonly version?: string
      }
      return manifest.name === "effect-aws-sdk" ? manifest.version : undefined
    }
    const parent = path.dirname(folder)
    folder = parent === folder ? undefined : parent
  }
  return undefined
}
