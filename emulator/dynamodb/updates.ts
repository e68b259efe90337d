/** In-memory DynamoDB: update expressions. */
import { readGrouped, readOperands, wrongCount, wrongType } from "./conditions.ts"
import type { Reader } from "./lexer.ts"
import { addNumbers, formatNumber } from "./numbers.ts"
import { checkDistinct, type Path, readPath, valueAt } from "./paths.ts"
import {
  canonicalValue,
  checkedNumber,
  equalValues,
  type Item,
  numberOf,
  readValue,
  typeOf,
  validation,
  type Value,
  type ValueType
} from "./values.ts"

type Source =
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "if_not_exists"; readonly path: Path; readonly otherwise: Source }
  | { readonly kind: "list_append"; readonly left: Source; readonly right: Source }
  | { readonly kind: "sum"; readonly sign: 1 | -1; readonly left: Source; readonly right: Source }

export type Action =
  | { readonly kind: "SET"; readonly path: Path; readonly source: Source }
  | { readonly kind: "REMOVE"; readonly path: Path }
  | { readonly kind: "ADD" | "DELETE"; readonly path: Path; readonly value: Value }

const sections = ["SET", "REMOVE", "ADD", "DELETE"] as const

const names: Readonly<Record<ValueType, string>> = {
  S: "STRING",
  N: "NUMBER",
  B: "BINARY",
  SS: "STRING_SET",
  NS: "NUMBER_SET",
  BS: "BINARY_SET",
  M: "MAP",
  L: "LIST",
  NULL: "NULL",
  BOOL: "BOOLEAN"
}

const checkType = (reader: Reader, name: string, source: Source, type: ValueType): void => {
  if (source.kind === "value" && typeOf(source.value) !== type) throw wrongType(reader, name, typeOf(source.value))
}

const readSource = (reader: Reader): Source => readGrouped(reader, readBareSource)

const readBareSource = (reader: Reader): Source => {
  const { following, token: { kind, text } } = reader
  if (kind === "value") {
    reader.next()
    return { kind: "value", value: reader.placeholders.valueOf(reader.kind, text) }
  }
  if (kind !== "word" || following.text !== "(") return { kind: "path", path: readPath(reader) }
  reader.next()
  reader.count()
  const operands = readOperands(reader, readSource)
  if (text !== "if_not_exists" && text !== "list_append") {
    throw reader.invalid(
      /^(attribute_exists|attribute_not_exists|attribute_type|begins_with|contains|size)$/.test(text)
        ? `The function is not allowed in an update expression; function: ${text}`
        : `Invalid function name; function: ${text}`
    )
  }
  const [left, right] = operands
  if (operands.length !== 2) throw wrongCount(reader, text, operands.length)
  if (text === "list_append") {
    for (const one of operands) checkType(reader, text, one, "L")
    return { kind: "list_append", left: left!, right: right! }
  }
  if (left!.kind !== "path") {
    throw reader.invalid("Operator or function requires a document path; operator or function: if_not_exists")
  }
  return { kind: "if_not_exists", path: left!.path, otherwise: right! }
}

const readSum = (reader: Reader): Source => {
  const left = readSource(reader)
  const sign = reader.take("+") ? 1 : reader.take("-") ? -1 : undefined
  if (sign === undefined) return left
  reader.count()
  const right = readSource(reader)
  for (const one of [left, right]) checkType(reader, sign === 1 ? "+" : "-", one, "N")
  return { kind: "sum", sign, left, right }
}

const allowed: Readonly<Record<"ADD" | "DELETE", ReadonlyArray<ValueType>>> = {
  ADD: ["N", "SS", "NS", "BS"],
  DELETE: ["SS", "NS", "BS"]
}

const readAction = (reader: Reader, section: typeof sections[number]): Action => {
  const path = readPath(reader)
  if (section === "REMOVE") return { kind: section, path }
  if (section === "SET") {
    reader.expect("=")
    reader.count()
    return { kind: section, path, source: readSum(reader) }
  }
  const { kind, text } = reader.token
  if (kind !== "value") throw reader.syntaxError()
  reader.next()
  reader.count()
  const value = reader.placeholders.valueOf(reader.kind, text)
  if (!allowed[section].includes(typeOf(value))) {
    throw reader.invalid(
      `Incorrect operand type for operator or function; operator: ${section}, operand type: ${
        names[typeOf(value)]
      }, typeSet: ALLOWED_FOR_${section}_OPERAND`
    )
  }
  return { kind: section, path, value }
}

export const readUpdate = (reader: Reader): ReadonlyArray<Action> => {
  const actions: Array<Action> = []
  const seen = new Set<string>()
  while (reader.token.kind !== "end") {
    const section = sections.find((one) => reader.is(one))
    if (section === undefined) throw reader.syntaxError()
    if (seen.has(section)) {
      throw reader.invalid(`The "${section}" section can only be used once in an update expression;`)
    }
    seen.add(section)
    reader.next()
    do {
      actions.push(readAction(reader, section))
    } while (reader.take(","))
  }
  checkDistinct(reader.kind, actions.map(({ path }) => path))
  return actions
}

// What an update does to an item

const wrongOperand = validation("An operand in the update expression has an incorrect data type")
const noPath = validation("The document path provided in the update expression is invalid for update")

const evaluate = (source: Source, item: Item): Value => {
  switch (source.kind) {
    case "value":
      return source.value
    case "path": {
      const value = valueAt(item, source.path)
      if (value === undefined) {
        throw validation("The provided expression refers to an attribute that does not exist in the item")
      }
      return value
    }
    case "if_not_exists":
      return valueAt(item, source.path) ?? evaluate(source.otherwise, item)
    case "list_append": {
      const [left, right] = [evaluate(source.left, item), evaluate(source.right, item)]
      if (left.L === undefined || right.L === undefined) throw wrongOperand
      return { L: [...left.L, ...right.L] }
    }
    case "sum": {
      const [left, right] = [evaluate(source.left, item), evaluate(source.right, item)]
      if (left.N === undefined || right.N === undefined) throw wrongOperand
      return { N: formatNumber(checkedNumber(addNumbers(numberOf(left.N), numberOf(right.N), source.sign))) }
    }
  }
}

/** The elements of both sets, or those of the first without those of the second. */
const combine = <A>(
  kind: "ADD" | "DELETE",
  before: ReadonlyArray<A>,
  operand: ReadonlyArray<A>,
  wrap: (one: A) => Value
): Array<A> => {
  const keyOf = (one: A) => canonicalValue(wrap(one))
  if (kind === "ADD") return [...new Map([...before, ...operand].map((one) => [keyOf(one), one])).values()]
  const gone = new Set(operand.map(keyOf))
  return before.filter((one) => !gone.has(keyOf(one)))
}

/** The value after ADD or DELETE; `undefined` if nothing is left of it. */
const combined = (kind: "ADD" | "DELETE", before: Value | undefined, operand: Value): Value | undefined => {
  if (before === undefined) return kind === "ADD" ? operand : undefined
  if (operand.N !== undefined && before.N !== undefined) {
    return { N: formatNumber(checkedNumber(addNumbers(numberOf(before.N), numberOf(operand.N)))) }
  }
  if (before.SS !== undefined && operand.SS !== undefined) {
    const SS = combine(kind, before.SS, operand.SS, (S) => ({ S }))
    return SS.length === 0 ? undefined : { SS }
  }
  if (before.NS !== undefined && operand.NS !== undefined) {
    const NS = combine(kind, before.NS, operand.NS, (N) => ({ N }))
    return NS.length === 0 ? undefined : { NS }
  }
  if (before.BS !== undefined && operand.BS !== undefined) {
    const BS = combine(kind, before.BS, operand.BS, (B) => ({ B }))
    return BS.length === 0 ? undefined : { BS }
  }
  throw wrongOperand
}

/** A value with another one, or nothing, at the end of a path. Everything above it has to be there. */
const withValue = (
  value: Value | undefined,
  path: ReadonlyArray<string | number>,
  to: Value | undefined
): Value | undefined => {
  const [at, ...rest] = path
  if (at === undefined) return to
  if (typeof at === "number") {
    if (value?.L === undefined) throw noPath
    const list = [...value.L]
    const changed = withValue(list[at], rest, to)
    // An element beyond the end of the list is added at its end. A removed one leaves a hole until all are removed.
    if (changed !== undefined) list[Math.min(at, list.length)] = changed
    else if (at < list.length) list[at] = undefined as never
    return { L: list }
  }
  if (value?.M === undefined) throw noPath
  const map = { ...value.M }
  const changed = withValue(Object.hasOwn(map, at) ? map[at] : undefined, rest, to)
  if (changed === undefined) delete map[at]
  else Object.defineProperty(map, at, { value: changed, enumerable: true, configurable: true, writable: true })
  return { M: map }
}

const withoutHoles = (value: Value): Value => {
  if (value.L !== undefined) {
    return {
      L: (value.L as ReadonlyArray<Value | undefined>).flatMap((one) => one === undefined ? [] : [withoutHoles(one)])
    }
  }
  return value.M === undefined
    ? value
    : { M: Object.fromEntries(Object.entries(value.M).map(([name, one]) => [name, withoutHoles(one)])) }
}

const order = { SET: 0, ADD: 0, DELETE: 0, REMOVE: 1 } as const

/** The order of two changes: what is added beyond the end of a list is added by its indexes, whatever the expression's order. */
const byPath = (a: Path, b: Path): number => {
  const at = a.findIndex((step, i) => step !== b[i])
  const [one, two] = [a[at], b[at]]
  if (one === undefined || two === undefined) return 0
  return typeof one === "number" && typeof two === "number" ? one - two : one < two ? -1 : 1
}

/** The item after an update. Every operand has the value that it had before. */
export const applyUpdate = (actions: ReadonlyArray<Action>, item: Item): Record<string, Value> => {
  const changes = actions.map((action) => {
    const to = action.kind === "SET"
      ? evaluate(action.source, item)
      : action.kind === "REMOVE"
      ? undefined
      : combined(action.kind, valueAt(item, action.path), action.value)
    return { kind: action.kind, path: action.path, to }
  }).sort((a, b) => order[a.kind] - order[b.kind] || byPath(a.path, b.path))
  const changed = changes.reduce<Value>(
    (value, { path, to }) => withValue(value, path, to)!,
    { M: item as Record<string, Value> }
  )
  return readValue(withoutHoles(changed), -1).M!
}

/** The attributes that an update means to change, which may not be keys. */
export const checkKeysUnchanged = (actions: ReadonlyArray<Action>, keys: ReadonlyArray<string>): void => {
  const key = actions.map(({ path: [name] }) => name).find((name) => keys.includes(name))
  if (key !== undefined) {
    throw validation(
      `One or more parameter values were invalid: Cannot update attribute ${key}. This attribute is part of the key`
    )
  }
}

/** Whether an update leaves an item as it is. */
export const isUnchanged = (before: Item, after: Item): boolean =>
  equalValues({ M: before as Record<string, Value> }, { M: after as Record<string, Value> })
