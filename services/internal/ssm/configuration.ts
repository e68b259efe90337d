// The parameters under a path as configuration.
import * as Redacted from "effect/Redacted"
import * as Tree from "../configurationTree.ts"
import type { Problem } from "../invalid.ts"

interface Parameter {
  readonly name: string
  readonly type: "String" | "StringList" | "SecureString"
  readonly value: string | Redacted.Redacted<string>
}

const LEFT_OUT = "which is a SecureString, and `decrypt` is false"
const ELEMENT = "which is an element of a StringList"

/** Without a check of types, a path may be a variable that isn't set. */
export const pathProblem = (path: string | undefined): Problem | undefined => {
  if (typeof path !== "string") {
    return { code: "InvalidPath", description: `the path is ${path}`, advice: "Pass a path, such as \"/app\"." }
  }
  return path.startsWith("/") ? undefined : {
    code: "InvalidPath",
    description: `the path ${JSON.stringify(path)} doesn't begin with a slash`,
    advice: `Pass ${JSON.stringify(`/${path}`)}${path === "" ? ", which means all parameters" : ""}.`
  }
}

/** A path as AWS names it: without a slash at its end. */
export const normalized = (path: string): string => path.replace(/(?<=.)\/+$/, "")

/** The name of the parameter at a key. */
export const nameAt = (path: string, key: ReadonlyArray<string>): string =>
  `${path === "/" ? "" : path}/${key.join("/")}`

/** What is known of a parameter. The ciphertext of a secret is no value, and would pass for one. */
const known = ({ type, value }: Parameter): Partial<Tree.Tree> =>
  type === "SecureString" && !Redacted.isRedacted(value) ? { note: LEFT_OUT } : { value }

/** The parameters under a path by their names below it. */
export const treeOf = (path: string, parameters: Iterable<Parameter>): Tree.Tree => {
  const root = Tree.empty()
  const lists: Array<readonly [ReadonlyArray<string>, string]> = []
  for (const parameter of parameters) {
    const { name, type, value } = parameter
    const rooted = name.startsWith("/") ? name : `/${name}`
    const segments = rooted.slice(path === "/" ? 1 : path.length + 1).split("/")
    Tree.set(root, segments, known(parameter))
    if (type === "StringList" && typeof value === "string") lists.push([segments, value])
  }
  for (const [segments, value] of lists) {
    const isLeaf = Tree.at(root, segments)!.children.size === 0
    if (isLeaf) {
      Tree.set(root, segments, { children: Tree.elements(value.split(","), ELEMENT), isArray: true })
    }
  }
  return root
}
