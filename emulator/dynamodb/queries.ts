/** In-memory DynamoDB: key conditions, and the start of a page. */
import type { Comparator, Condition, Operand } from "./conditions.ts"
import { checkNotEmpty, keyNames } from "./keys.ts"
import { type Index, invalid, type KeyAttribute, type Keys, type Table } from "./state.ts"
import { compareValues, equalValues, type Item, readItem, typeOf, validation, type Value } from "./values.ts"

/** What a key condition asks of the items of a table or an index. */
export interface KeyCondition {
  readonly hash: Value
  readonly range: (value: Value) => boolean
}

interface Part {
  readonly name: string
  readonly operator: Comparator | "BETWEEN" | "begins_with"
  readonly values: ReadonlyArray<Value>
}

const notSupported = validation("Query key condition not supported")

const invalidOperator = (operator: string) => validation(`Invalid operator used in KeyConditionExpression: ${operator}`)

const keyNameOf = (operand: Operand): string | undefined =>
  operand.kind === "path" && operand.path.length === 1 ? operand.path[0] : undefined

const valueOf = (operand: Operand): Value => {
  if (operand.kind === "value") return operand.value
  throw validation(
    "Invalid KeyConditionExpression: The expression has a key attribute that isn't compared with a value;"
  )
}

const flipped: Readonly<Record<Comparator, Comparator>> = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<="
}

const nested = validation(
  "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes"
)

const partsOf = (condition: Condition): ReadonlyArray<Part> => {
  switch (condition.kind) {
    case "and":
      return [...partsOf(condition.left), ...partsOf(condition.right)]
    case "or":
      throw invalidOperator("OR")
    case "not":
      throw invalidOperator("NOT")
    case "in":
      throw invalidOperator("IN")
    case "compare": {
      const { left, operator, right } = condition
      if (operator === "<>") throw invalidOperator("<>")
      const isTurned = left.kind === "value"
      const name = keyNameOf(isTurned ? right : left)
      if (name === undefined) throw nested
      return [{ name, operator: isTurned ? flipped[operator] : operator, values: [valueOf(isTurned ? left : right)] }]
    }
    case "between": {
      const name = keyNameOf(condition.of)
      if (name === undefined) throw nested
      return [{ name, operator: "BETWEEN", values: [valueOf(condition.low), valueOf(condition.high)] }]
    }
    case "call": {
      const [of, start] = condition.operands
      if (condition.name !== "begins_with") throw invalidOperator(condition.name)
      const name = keyNameOf(of!)
      if (name === undefined) throw nested
      return [{ name, operator: "begins_with", values: [valueOf(start!)] }]
    }
  }
}

const startsWith = (value: Value, start: Value): boolean =>
  value.S !== undefined
    ? value.S.startsWith(start.S!)
    : Buffer.from(value.B!).subarray(0, start.B!.length).equals(start.B!)

const checkValue = (key: KeyAttribute, value: Value): void => {
  if (typeOf(value) !== key.type) throw invalid("Condition parameter type does not match schema type")
  checkNotEmpty(value, key)
}

/** The key condition of a table or an index that an expression means. */
export const keyConditionOf = (condition: Condition, keys: Keys): KeyCondition => {
  const parts = partsOf(condition)
  const names = parts.map(({ name }) => name)
  if (new Set(names).size < names.length) {
    throw validation("Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key")
  }
  const hash = parts.find(({ name }) => name === keys.hash.name)
  if (hash === undefined) throw validation(`Query condition missed key schema element: ${keys.hash.name}`)
  if (hash.operator !== "=") throw notSupported
  const others = parts.filter((part) => part !== hash)
  const range = others.find(({ name }) => name === keys.range?.name)
  if (others.length > (range === undefined ? 0 : 1)) {
    throw keys.range === undefined || range !== undefined
      ? notSupported
      : validation(`Query condition missed key schema element: ${keys.range.name}`)
  }
  checkValue(keys.hash, hash.values[0]!)
  if (range === undefined) return { hash: hash.values[0]!, range: () => true }
  for (const value of range.values) checkValue(keys.range!, value)
  const [first, second] = range.values
  if (range.operator === "begins_with" && keys.range!.type === "N") {
    throw validation(
      "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or function: begins_with, " +
        "operand type: N"
    )
  }
  return {
    hash: hash.values[0]!,
    range: (value) => {
      const order = compareValues(value, first!)!
      switch (range.operator) {
        case "=":
          return order === 0
        case "<":
          return order < 0
        case "<=":
          return order <= 0
        case ">":
          return order > 0
        case ">=":
          return order >= 0
        case "BETWEEN":
          return order >= 0 && compareValues(value, second!)! <= 0
        default:
          return startsWith(value, first!)
      }
    }
  }
}

// Pages

/** The attributes that say where a page ends: the table's key, and the index's. */
export const positionNames = (table: Table, index: Index | undefined): ReadonlyArray<string> => [
  ...new Set([...keyNames(table.keys), ...(index === undefined ? [] : keyNames(index))])
]

const attributeOf = (table: Table, name: string): KeyAttribute => table.attributes.find((one) => one.name === name)!

/** The start of a page in a request. */
export const startOf = (
  table: Table,
  index: Index | undefined,
  sent: Item | undefined,
  condition: KeyCondition | undefined
): Item | undefined => {
  if (sent === undefined) return undefined
  const start = readItem(sent)
  const names = positionNames(table, index)
  const fits = Object.keys(start).length === names.length && names.every((name) => {
    const value = Object.hasOwn(start, name) ? start[name] : undefined
    return value !== undefined && typeOf(value) === attributeOf(table, name).type
  })
  if (!fits) {
    throw validation(
      condition === undefined && index === undefined
        ? "The provided starting key is invalid: The provided key element does not match the schema"
        : "The provided starting key is invalid"
    )
  }
  if (condition === undefined) return start
  const { hash, range } = index ?? table.keys
  if (!equalValues(start[hash.name]!, condition.hash)) {
    throw validation("The provided starting key is outside query boundaries based on provided conditions")
  }
  if (range !== undefined && !condition.range(start[range.name]!)) {
    throw validation("The provided starting key does not match the range key predicate")
  }
  return start
}
