// Results without Schema. A service's result is a class of Effect's Schema, and a third of what such a class brings into a
// bundle is Effect's whole Schema, although most programs only read the fields. So the functions make their results with a model
// that checks the fields by itself, and the class becomes the model's as soon as its module is loaded. A program that doesn't name
// the class can be bundled without it, and can't tell the difference.
import * as Data from "effect/Data"
import { format } from "effect/Formatter"
import { MemberInvalid } from "./members.ts"

/** Whether a value is what the class's schema takes for a field. */
export type Check = (value: unknown) => boolean

export const isText: Check = (value) => typeof value === "string"
export const isWhole: Check = Number.isSafeInteger
export const isDate: Check = (value) => value instanceof Date && !Number.isNaN(value.getTime())
export const isFlag: Check = (value) => typeof value === "boolean"
export const isBytes: Check = (value) => value instanceof Uint8Array
export const isOneOf = <const A>(...values: ReadonlyArray<A>) => (value: unknown): value is A =>
  values.includes(value as A)
export const isRecord: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(isText)
export const isListOf = (check: Check): Check => (value) => Array.isArray(value) && value.every(check)
export const isAbsentOr = (check: Check): Check => (value) => value === undefined || check(value)

type Class<Fields> = new(fields: Fields) => Fields

export interface Model<Fields extends object> {
  readonly identifier: string
  /** Whether the class's schema would take the fields. */
  readonly accepts: (fields: { readonly [Name in keyof Fields]?: unknown }) => boolean
  /** Throws if the class's schema would refuse a field. */
  readonly make: (fields: Fields) => Fields
  /** The class of which the results are from now on. */
  readonly use: (Result: Class<Fields>) => void
}

/**
 * The results of a class.
 *
 * - `identifier`: that of the class.
 * - `checks`: what the class's schema asks of each field.
 * - `toText`: the class's `toString`, if it has one of its own.
 */
export const model = <Fields extends object>(
  identifier: string,
  checks: { readonly [Name in keyof Fields]-?: Check },
  toText: (result: Fields) => string = (result) => `${identifier}(${format({ ...result })})`
): Model<Fields> => {
  let Result: Class<Fields> = class extends Data.Class<any> {
    override toString() {
      return toText(this as any)
    }
  } as any
  const accepts: Model<Fields>["accepts"] = (fields) => {
    for (const name in checks) if (!checks[name](fields[name])) return false
    return true
  }
  return {
    identifier,
    accepts,
    make: (fields) => {
      if (!accepts(fields)) throw new MemberInvalid()
      return new Result(fields)
    },
    use: (Class) => {
      Result = Class
    }
  }
}
