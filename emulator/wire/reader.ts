// Reads a value by its shape, from data in any format. Unlike the SDK's readers, which read AWS's answers, it reports
// members that the shape doesn't have, and rejects values of the wrong type.
import { WrongValue } from "./scalars.ts"
import { membersOf, type Shape } from "./sdk.ts"

/** How a format holds values. Its methods throw `WrongValue` if the data has the wrong type. */
export interface Source<Data> {
  /** The name of a member in this format. */
  readonly nameOf: (name: string, member: Shape) => string
  readonly members: (data: Data, shape: Shape) => Iterable<readonly [name: string, data: Data]>
  readonly items: (data: Data, shape: Shape, unknown: Report) => Iterable<Data>
  readonly entries: (data: Data, shape: Shape, unknown: Report) => Iterable<readonly [key: string, data: Data]>
  readonly scalar: (data: Data, shape: Shape) => unknown
  readonly isNull: (data: Data) => boolean
}

type Report = (name: string) => void

export interface Reading {
  readonly value: unknown
  /** The members that the shape doesn't have: `Filters[0].Naem`. */
  readonly unknown: ReadonlyArray<string>
}

/** No input of AWS needs so many levels, and more of them would exhaust the stack. */
const DEEPEST = 500

type Table = ReadonlyMap<string, readonly [name: string, shape: Shape]>

export const makeReader = <Data>(source: Source<Data>) => {
  const tables = new WeakMap<object, Table>()

  const tableOf = (shape: Shape): Table => {
    const schema = shape.getSchema() as object
    let table = tables.get(schema)
    if (table === undefined) {
      table = new Map(membersOf(shape).map((member) => [source.nameOf(...member), member]))
      tables.set(schema, table)
    }
    return table
  }

  return (shape: Shape, data: Data): Reading => {
    const unknown: Array<string> = []
    const path: Array<string> = []
    const report: Report = (name) => {
      unknown.push([...path, name].join(".").replaceAll(".[", "["))
    }

    const at = (name: string, shape: Shape, data: Data): unknown => {
      if (path.push(name) > DEEPEST) throw new WrongValue("Start of structure or map", "value of so many levels")
      const value = read(shape, data)
      path.pop()
      return value
    }

    const read = (shape: Shape, data: Data): unknown => {
      if (shape.isStructSchema()) {
        const table = tableOf(shape)
        const value: Record<string, unknown> = {}
        for (const [name, part] of source.members(data, shape)) {
          const member = table.get(name)
          if (member === undefined) report(name)
          else if (!source.isNull(part)) value[member[0]] = at(member[0], member[1], part)
        }
        return value
      }
      if (shape.isListSchema()) {
        const itemShape = shape.getValueSchema()
        const value: Array<unknown> = []
        for (const item of source.items(data, shape, report)) {
          if (!source.isNull(item)) value.push(at(`[${value.length}]`, itemShape, item))
          else if (shape.getMergedTraits().sparse) value.push(null)
        }
        return value
      }
      if (shape.isMapSchema()) {
        const valueShape = shape.getValueSchema()
        const value: Record<string, unknown> = {}
        for (const [key, part] of source.entries(data, shape, report)) {
          if (source.isNull(part) && !shape.getMergedTraits().sparse) continue
          // A key may be called `__proto__`.
          Object.defineProperty(value, key, {
            value: source.isNull(part) ? null : at(key, valueShape, part),
            writable: true,
            enumerable: true,
            configurable: true
          })
        }
        return value
      }
      return source.scalar(data, shape)
    }

    return { value: shape.isUnitSchema() ? {} : read(shape, data), unknown }
  }
}
