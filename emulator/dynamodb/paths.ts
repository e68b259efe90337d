/** In-memory DynamoDB: document paths, such as `address.lines[0]`, and the parts of an item that they mean. */
import { type ExpressionKind, invalidExpression, placeholders, Reader } from "./lexer.ts"
import { DEEPEST, type Item, type Value } from "./values.ts"

/** The name of an attribute, and the names and indexes that follow. */
export type Path = readonly [name: string, ...Array<string | number>]

const LARGEST_INDEX = 2 ** 31 - 1

export const readPath = (reader: Reader): Path => {
  const path: [string, ...Array<string | number>] = [reader.name()]
  while (true) {
    if (reader.take(".")) path.push(reader.name())
    else if (reader.take("[")) {
      const { kind, text } = reader.token
      if (kind !== "number") throw reader.syntaxError()
      if (Number(text) > LARGEST_INDEX) {
        throw reader.invalid(`List index is not within the allowable range; index: [${text}]`)
      }
      reader.next()
      reader.expect("]")
      path.push(Number(text))
    } else break
  }
  if (path.length > DEEPEST) {
    throw reader.invalid(`The document path has too many nesting levels; nesting levels: ${path.length}`)
  }
  return path
}

/** A path as AWS's messages show it: `[address, lines, [0]]`. */
export const shownPath = (path: Path): string =>
  `[${path.map((step) => typeof step === "number" ? `[${step}]` : step).join(", ")}]`

export const samePath = (a: Path, b: Path): boolean => a.length === b.length && a.every((step, i) => step === b[i])

const step = (value: Value | undefined, at: string | number): Value | undefined =>
  typeof at === "number"
    ? value?.L?.[at]
    : value?.M !== undefined && Object.hasOwn(value.M, at)
    ? value.M[at]
    : undefined

export const valueAt = (item: Item, path: Path): Value | undefined =>
  path.reduce<Value | undefined>(step, { M: item as Record<string, Value> })

/** Refuses paths of which one is a part of another, or goes on with a name where another goes on with an index. */
export const checkDistinct = (kind: ExpressionKind, paths: ReadonlyArray<Path>): void => {
  for (const [i, one] of paths.entries()) {
    for (const two of paths.slice(i + 1)) {
      const differs = one.findIndex((step, at) => step !== two[at])
      const isOverlap = differs === -1 || differs >= two.length
      if (!isOverlap && typeof one[differs] === typeof two[differs]) continue
      throw invalidExpression(
        kind,
        `Two document paths ${isOverlap ? "overlap" : "conflict"} with each other; must remove or rewrite one of ` +
          `these paths; path one: ${shownPath(one)}, path two: ${shownPath(two)}`
      )
    }
  }
}

// Projections

interface Selection {
  isWhole: boolean
  readonly steps: Map<string | number, Selection>
}

const selectionOf = (paths: ReadonlyArray<Path>): Selection => {
  const root: Selection = { isWhole: false, steps: new Map() }
  for (const path of paths) {
    let at = root
    for (const step of path) {
      let next = at.steps.get(step)
      if (next === undefined) at.steps.set(step, next = { isWhole: false, steps: new Map() })
      at = next
    }
    at.isWhole = true
  }
  return root
}

const select = (value: Value, selection: Selection): Value | undefined => {
  if (selection.isWhole) return value
  const found = [...selection.steps]
    .sort(([a], [b]) => typeof a === "number" && typeof b === "number" ? a - b : 0)
    .flatMap(([at, inner]) => {
      const part = step(value, at)
      const selected = part && select(part, inner)
      return selected === undefined ? [] : [[at, selected] as const]
    })
  if (found.length === 0) return undefined
  return value.L === undefined ? { M: Object.fromEntries(found) } : { L: found.map(([, one]) => one) }
}

/** The parts of an item that the paths mean. Elements of a list move together. */
export const project = (item: Item, paths: ReadonlyArray<Path>): Record<string, Value> =>
  select({ M: item as Record<string, Value> }, selectionOf(paths))?.M ?? {}

/** Reads a projection expression. */
export const readProjection = (reader: Reader): ReadonlyArray<Path> => {
  const paths = [readPath(reader)]
  while (reader.take(",")) paths.push(readPath(reader))
  reader.expectEnd()
  checkDistinct(reader.kind, paths)
  return paths
}

/** The paths of a request whose only expression is a projection; `undefined` if it has none. */
export const projectionOf = (input: {
  readonly ProjectionExpression?: string | undefined
  readonly ExpressionAttributeNames?: Record<string, string> | undefined
}): ReadonlyArray<Path> | undefined => {
  const { ProjectionExpression: projection } = input
  const names = placeholders(input, { ProjectionExpression: projection })
  const paths = projection === undefined
    ? undefined
    : readProjection(new Reader("ProjectionExpression", projection, names))
  names.end()
  return paths
}
