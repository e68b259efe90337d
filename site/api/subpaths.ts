// The subpaths of the package, from its package.json.
import * as fs from "node:fs"
import * as path from "node:path"

/** The folder of the repository. */
export const root = path.resolve(import.meta.dirname, "../..")

/** A subpath of the package: a page of the reference. */
export interface Subpath {
  /** `S3` */
  readonly name: string
  /** `effect-aws-sdk/S3` */
  readonly specifier: string
  /** The file that it exports, an absolute path. */
  readonly file: string
  /** The statement that imports it. */
  readonly statement: string
  /** How examples name what it exports: `S3.putObject`, but `AwsError`. */
  readonly isNamespace: boolean
  /** Whether the root import has it, too. */
  readonly isInRoot: boolean
  /** What to install for it, in Markdown. */
  readonly needs: string | undefined
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

/** The table "What to install" of docs/versions.md: the second column of the row that names the import in the first. */
const needsOf = (versions: string, specifier: string): string | undefined => {
  for (const line of versions.split("\n")) {
    const [, imports, needs] = /^\| (.+?) \| (.+) \|$/.exec(line) ?? []
    if (imports?.includes(`\`${specifier}\``)) return needs
  }
  return undefined
}

interface Manifest {
  readonly name: string
  readonly homepage: string
  readonly exports: Readonly<Record<string, string | { readonly "@effect-aws-sdk/source"?: string }>>
}

export const manifest: Manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))

/** Each subpath that has a source file, in the order of package.json. */
export const subpaths = (): ReadonlyArray<Subpath> => {
  const index = fs.readFileSync(path.join(root, "index.ts"), "utf8")
  const versions = fs.readFileSync(path.join(root, "docs/versions.md"), "utf8")
  return Object.entries(manifest.exports).flatMap(([key, target]) => {
    const source = typeof target === "string" ? undefined : target["@effect-aws-sdk/source"]
    if (source === undefined || key === ".") return []
    const name = key.slice(2)
    const specifier = `${manifest.name}/${name}`
    const inRoot = new RegExp(`^export (\\* as|\\{) ${escape(name)}( \\})? from "${escape(source)}"$`, "m").exec(index)
    // What isn't in the root import is a namespace, too.
    const isNamespace = inRoot === null || inRoot[1] === "* as"
    return [{
      name,
      specifier,
      file: path.join(root, source),
      statement: `import ${isNamespace ? `* as ${name}` : `{ ${name} }`} from "${specifier}"`,
      isNamespace,
      isInRoot: inRoot !== null,
      needs: needsOf(versions, specifier)
    }]
  })
}
