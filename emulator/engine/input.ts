// Observes which members of an input a handler reads. If a member was sent and no code read it, the emulator would ignore it in
// silence, and a test that relies on it would pass.
import { membersOf, type Shape } from "../wire/sdk.ts"

type Structure = Record<string, unknown>

const sources = new WeakMap<object, object>()

/** The input, or a part of it, whose members can be read without counting as read. */
export const unobserved = <A extends object>(input: A): A => (sources.get(input) as A | undefined) ?? input

/**
 * A text that is the same for two inputs with equal members, whatever the order of the members. Leaves out the members in
 * `without`. Doesn't count as reading the input.
 */
export const canonical = (input: object, without: Iterable<string> = []): string => {
  const left = new Set(without)
  return JSON.stringify(
    Object.fromEntries(Object.entries(unobserved(input)).filter(([name]) => !left.has(name))),
    (_, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
        : value
  )
}

export interface Observed {
  readonly input: Structure
  /** The members that were sent and not read, by their paths: `CreateBucketConfiguration.Tags`, `Filters[].Name`. */
  readonly unread: () => ReadonlyArray<string>
  /** Ends the observation. Parts of the input that a handler has kept become plain data. */
  readonly end: () => void
}

interface Group {
  readonly sent: Set<string>
  readonly read: Set<string>
  /** Whether any member was read by name, even one that wasn't sent. */
  isSearched: boolean
}

const isPlain = (value: unknown): value is Structure =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype

const tables = new WeakMap<object, ReadonlyMap<string, Shape>>()

const none: ReadonlyMap<string, Shape> = new Map()

const shapesOf = (shape: Shape): ReadonlyMap<string, Shape> => {
  const schema: unknown = shape.getSchema()
  // The schema of an operation without an input is a name.
  if (typeof schema !== "object" || schema === null) return none
  let table = tables.get(schema)
  if (table === undefined) tables.set(schema, table = new Map(membersOf(shape)))
  return table
}

/** The members of the layers. Where several have a member, the first of them counts. What is read of it counts as read of the layer. */
export const overlaid = <A extends object>(...layers: ReadonlyArray<A>): A => {
  const members: PropertyDescriptorMap = {}
  for (const layer of layers) {
    const sent = unobserved(layer) as Structure
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(layer))) {
      if (sent[name] !== undefined) members[name] ??= { ...descriptor, configurable: true }
    }
  }
  return Object.defineProperties({}, members) as A
}

/**
 * Observes an input of this shape. Without a shape, it is plain data that a handler keeps and later takes for an input: its objects
 * are structures.
 *
 * If no member of a nested structure is read by name, the handler has taken the structure as a whole, and all of it counts as read.
 * A member of the structures in a list counts as read if it was read in any element.
 */
export const observe = (shape: Shape | undefined, input: Structure): Observed => {
  const structures: Array<readonly [target: Structure, source: Structure]> = []
  const groups = new Map<string, Group>()

  const copy = (shape: Shape | undefined, value: unknown, path: string): unknown => {
    if (shape === undefined) {
      if (Array.isArray(value)) return value.map((one) => copy(undefined, one, `${path}[]`))
      return isPlain(value) ? structure(undefined, value, path) : value
    }
    if (shape.isListSchema() && Array.isArray(value)) {
      const item = shape.getValueSchema()
      return value.map((one) => copy(item, one, `${path}[]`))
    }
    return shape.isStructSchema() && typeof value === "object" && value !== null
      ? structure(shape, value as Structure, path)
      : value
  }

  const structure = (shape: Shape | undefined, source: Structure, path: string): Structure => {
    const shapes = shape && shapesOf(shape)
    const target: Structure = {}
    sources.set(target, source)
    structures.push([target, source])
    let group = groups.get(path)
    if (group === undefined) groups.set(path, group = { sent: new Set(), read: new Set(), isSearched: path === "" })
    const { read, sent } = group
    const become = (name: string) => (value: unknown): unknown => {
      Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
      return value
    }
    for (const [name, value] of Object.entries(source)) {
      const member = shapes?.get(name)
      if (value === undefined || (shapes !== undefined && member === undefined)) {
        target[name] = value
        continue
      }
      sent.add(name)
      Object.defineProperty(target, name, {
        get: () => {
          read.add(name)
          group.isSearched = true
          return become(name)(copy(member, value, path === "" ? name : `${path}.${name}`))
        },
        set: become(name),
        enumerable: true,
        configurable: true
      })
    }
    if (path === "") return target
    if (shapes === undefined) {
      // Its possible members aren't known, so its prototype notices reads of those that it doesn't have.
      return Object.setPrototypeOf(
        target,
        new Proxy(Object.prototype, {
          get: (prototype, name) => {
            if (typeof name === "string") group.isSearched = true
            return Reflect.get(prototype, name)
          }
        })
      ) as Structure
    }
    for (const name of shapes.keys()) {
      if (Object.hasOwn(target, name)) continue
      Object.defineProperty(target, name, {
        get: () => {
          group.isSearched = true
        },
        set: become(name),
        enumerable: false,
        configurable: true
      })
    }
    return target
  }

  return {
    input: structure(shape, input, ""),
    unread: () =>
      [...groups].flatMap(([path, { isSearched, read, sent }]) =>
        !isSearched
          ? []
          : [...sent].filter((name) => !read.has(name)).map((name) => path === "" ? name : `${path}.${name}`)
      ),
    end: () => {
      for (const [target, source] of structures) {
        if (shape === undefined) Object.setPrototypeOf(target, Object.prototype)
        for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(target))) {
          if (descriptor.get === undefined) continue
          if (!Object.hasOwn(source, name)) delete target[name]
          else {
            Object.defineProperty(target, name, {
              value: source[name],
              writable: true,
              enumerable: true,
              configurable: true
            })
          }
        }
      }
    }
  }
}
