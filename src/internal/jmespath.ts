// What the compiled expressions of waiters are made of: the parts of JMESPath, on values that may be anything. Nothing is
// `undefined` or `null`. `scripts/internal/jmespath.ts` compiles to these functions.

type Each = (value: unknown) => unknown

/** A function got a value of a type that it doesn't take. The expression has no value then, and nothing matches it. */
class TypeMismatch extends Error {}

const isNothing = (value: unknown): value is null | undefined => value === undefined || value === null

export const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined

export const index = (value: unknown, at: number): unknown => Array.isArray(value) ? value.at(at) : undefined

/** `[*]`: what an expression finds in each element, without those in which it finds nothing. */
export const each = (value: unknown, read: Each): ReadonlyArray<unknown> | undefined =>
  Array.isArray(value) ? value.map(read).filter((found) => !isNothing(found)) : undefined

/** `[]`: as `[*]`, and elements that are lists are replaced by their elements. */
export const flat = (value: unknown, read: Each): ReadonlyArray<unknown> | undefined =>
  Array.isArray(value) ? each(value.flat(), read) : undefined

/** `[?…]` */
export const where = (value: unknown, keep: Each, read: Each): ReadonlyArray<unknown> | undefined =>
  Array.isArray(value) ? each(value.filter((element) => isTrue(keep(element))), read) : undefined

/** `[a, b]`, which finds nothing in nothing. */
export const list = (value: unknown, reads: ReadonlyArray<Each>): ReadonlyArray<unknown> | undefined =>
  isNothing(value) ? undefined : reads.map((read) => read(value))

/** `{a: b}`, which finds nothing in nothing. */
export const record = (value: unknown, reads: Readonly<Record<string, Each>>): object | undefined =>
  isNothing(value) ? undefined : Object.fromEntries(Object.entries(reads).map(([name, read]) => [name, read(value)]))

/** Whether a value counts as true: nothing, `false`, and what is empty don't. */
export const isTrue = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length > 0
    : typeof value === "object" && value !== null
    ? Object.keys(value).length > 0
    : !isNothing(value) && value !== false && value !== ""

export const and = (left: unknown, right: () => unknown): unknown => isTrue(left) ? right() : left

export const or = (left: unknown, right: () => unknown): unknown => isTrue(left) ? left : right()

export const equal = (left: unknown, right: unknown): boolean => {
  if (isNothing(left) || isNothing(right)) return isNothing(left) && isNothing(right)
  if (typeof left !== "object" || typeof right !== "object") return left === right
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const [names, others] = [Object.keys(left), Object.keys(right)]
  return names.length === others.length &&
    names.every((name) => Object.hasOwn(right, name) && equal((left as any)[name], (right as any)[name]))
}

/** `<`, `<=`, `>` and `>=`, which find nothing unless both are numbers. */
export const order = (
  left: unknown,
  holds: (left: number, right: number) => boolean,
  right: unknown
): boolean | undefined => typeof left === "number" && typeof right === "number" ? holds(left, right) : undefined

export const length = (value: unknown): number => {
  // A string by its code points, as JMESPath counts.
  if (typeof value === "string" || Array.isArray(value)) return [...value].length
  if (typeof value === "object" && value !== null) return Object.keys(value).length
  throw new TypeMismatch()
}

export const contains = (value: unknown, what: unknown): boolean => {
  if (Array.isArray(value)) return value.some((element) => equal(element, what))
  if (typeof value === "string") return typeof what === "string" && value.includes(what)
  throw new TypeMismatch()
}

const matches = (matcher: () => boolean): boolean => {
  try {
    return matcher()
  } catch (error) {
    if (error instanceof TypeMismatch) return false
    throw error
  }
}

/** The matcher `path`: the expression has this value. */
export const is = (read: Each, output: unknown, expected: unknown): boolean =>
  matches(() => equal(read(output), expected))

const elements = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

/** The matcher `pathAll`: the expression has a list of at least one element, and each is this value. */
export const every = (read: Each, output: unknown, expected: unknown): boolean =>
  matches(() => {
    const found = elements(read(output))
    return found.length > 0 && found.every((element) => equal(element, expected))
  })

/** The matcher `pathAny`: the expression has a list, and an element is this value. */
export const some = (read: Each, output: unknown, expected: unknown): boolean =>
  matches(() => elements(read(output)).some((element) => equal(element, expected)))
