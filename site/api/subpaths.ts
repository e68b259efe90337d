// The subpaths of the package, from its package.json.
import * as fs from "node:fs"
import * as path from "node:path"
import { modules, root, title } from "../project.ts"

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

/** Each subpath that has a source file, in the order of package.json. */
export const subpaths = (): ReadonlyArray<Subpath> => {
  const index = fs.readFileSync(path.join(root, "index.ts"), "utf8")
  const versions = fs.readFileSync(path.join(root, "docs/versions.md"), "utf8")
  return [...modules].map(([name, source]) => {
    const specifier = `${title}/${name}`
    const inRoot = new RegExp(`^export (\\* as|\\{) ${escape(name)}( \\})? from "\\./${escape(source)}"$`, "m").exec(
      index
    )
    // What isn't in the root import is a namespace, too.
    const isNamespace = inRoot === null || inRoot[1] === "* as"
    return {
      name,
      specifier,
      file: path.join(root, source),
      statement: `import ${isNamespace ? `* as ${name}` : `{ ${name} }`} from "${specifier}"`,
      isNamespace,
      isInRoot: inRoot !== null,
      needs: needsOf(versions, specifier)
    }
  })
}
