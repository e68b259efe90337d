// The values of a source of configuration, as Effect's Config looks them up.
import type { Node, Path } from "effect/ConfigProvider"
import * as Redacted from "effect/Redacted"

/** A value, what is below it, or both. */
export interface Tree {
  /** Redacted if it's secret, so that nothing that prints a tree prints it. */
  readonly value?: string | Redacted.Redacted<string> | undefined
  readonly children: Map<string, Tree>
  /** Whether the children are the elements of an array. Where the source doesn't say so, their names do. */
  readonly isArray?: boolean | undefined
  /** What to say of it where it's named: why it has no value, or what it's part of. */
  readonly note?: string | undefined
}

export const empty = (): Tree => ({ children: new Map() })

/**
 * Changes what is known about a node, which is created if it isn't there.
 */
export const set = (root: Tree, segments: ReadonlyArray<string>, known: Partial<Tree>): void => {
  const parent = segments.slice(0, -1).reduce((tree, segment) => {
    const child = tree.children.get(segment) ?? empty()
    tree.children.set(segment, child)
    return child
  }, root)
  const last = segments.at(-1)!
  parent.children.set(last, { ...(parent.children.get(last) ?? empty()), ...known })
}

const merged = (a: Tree, b: Tree): Tree => {
  const children = new Map(a.children)
  for (const [key, child] of b.children) {
    const own = children.get(key)
    children.set(key, own === undefined ? child : merged(own, child))
  }
  return { ...b, ...a, value: a.value ?? b.value, isArray: a.isArray ?? b.isArray, children }
}

/** Adds a tree at a path. Where both have a value, the first one stays. */
export const graft = (root: Tree, segments: ReadonlyArray<string>, tree: Tree): void =>
  set(root, segments, merged(at(root, segments) ?? empty(), tree))

/** The elements of a list as the children of a node. */
export const elements = (values: ReadonlyArray<string>, note: string): Map<string, Tree> =>
  new Map(values.map((value, i) => [String(i), { ...empty(), value, note }]))

const parse = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { readonly source: string }) => unknown
) => unknown

/**
 * Parses JSON, and keeps the digits of numbers: a long number is an ID more often than an amount. Some editors begin a file with a
 * byte order mark, which isn't part of the JSON.
 */
export const parseJson = (text: string): unknown =>
  parse(text.replace(/^\uFEFF/, ""), (_, value, { source }) => typeof value === "number" ? source : value)

/** The tree of a JSON value. There is nothing at `null`, but it has its place in an object or an array. */
export const fromJson = (
  json: unknown,
  toValue: (text: string) => string | Redacted.Redacted<string> = (text) => text
): Tree => {
  if (json === null || json === undefined) return empty()
  if (typeof json !== "object") return { ...empty(), value: toValue(String(json)) }
  // Some parsers of YAML make dates.
  if (json instanceof Date) return { ...empty(), value: toValue(json.toISOString()) }
  // Others make maps.
  const entries: Iterable<readonly [unknown, unknown]> = json instanceof Map ? json : Object.entries(json)
  const children = Array.from(entries, ([key, value]) => [String(key), fromJson(value, toValue)] as const)
  return { children: new Map(children), isArray: Array.isArray(json) }
}

const isIndex = (key: string): boolean => /^(0|[1-9]\d*)$/.test(key)

// Indexes with a gap are names: an account ID isn't the length of an array.
const isDense = ({ children }: Tree): boolean =>
  children.size > 0 && [...children.keys()].every((key) => isIndex(key) && Number(key) < children.size)

const valueOf = ({ value }: Tree): string | undefined => Redacted.isRedacted(value) ? Redacted.value(value) : value

/** A node as Config takes it; `undefined` if nothing is there. */
export const toNode = (tree: Tree): Node | undefined => {
  const { children, isArray = isDense(tree) } = tree
  const value = valueOf(tree)
  if (isArray) return { _tag: "Array", length: children.size, value }
  if (children.size > 0 || tree.isArray !== undefined) return { _tag: "Record", keys: new Set(children.keys()), value }
  return value === undefined ? undefined : { _tag: "Value", value }
}

const childOf = (tree: Tree | undefined, segment: string): Tree | undefined => {
  const child = tree?.children.get(segment)
  if (child !== undefined || !segment.includes("/")) return child
  return segment.split("/").reduce<Tree | undefined>((tree, part) => tree?.children.get(part), tree)
}

/** The tree at a path. `a/b` in a path is the same as `a` and then `b`, unless it's a name itself. */
export const at = (root: Tree, path: Path): Tree | undefined =>
  path.reduce<Tree | undefined>((tree, segment) => childOf(tree, String(segment)), root)
