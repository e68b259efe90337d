/** In-memory DynamoDB: the conditions of expressions. */
import { MOST_OPERATORS, type Reader } from "./lexer.ts"
import { type Path, readPath, samePath, shownPath, valueAt } from "./paths.ts"
import {
  compareValues,
  equalValues,
  type Item,
  shownValue,
  typeOf,
  validation,
  type Value,
  type ValueType
} from "./values.ts"

export type Comparator = "=" | "<>" | "<" | "<=" | ">" | ">="

export type Operand =
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "size"; readonly of: Operand }

export type Condition =
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "not"; readonly of: Condition }
  | { readonly kind: "compare"; readonly operator: Comparator; readonly left: Operand; readonly right: Operand }
  | { readonly kind: "between"; readonly of: Operand; readonly low: Operand; readonly high: Operand }
  | { readonly kind: "in"; readonly of: Operand; readonly list: ReadonlyArray<Operand> }
  | { readonly kind: "call"; readonly name: TestName; readonly operands: ReadonlyArray<Operand> }

type TestName = "attribute_exists" | "attribute_not_exists" | "attribute_type" | "begins_with" | "contains"

const comparators: ReadonlyArray<string> = ["=", "<>", "<", "<=", ">", ">="]

/** The functions that are conditions of their own, and how many operands they have. */
const tests: Readonly<Record<TestName, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2
}

const valueTypes: ReadonlyArray<ValueType> = ["B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"]

const isTest = (name: string): name is TestName => Object.hasOwn(tests, name)

export const wrongCount = (reader: Reader, name: string, count: number) =>
  reader.invalid(
    `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${count}`
  )

export const wrongType = (reader: Reader, name: string, type: ValueType) =>
  reader.invalid(
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`
  )

const redundant = (reader: Reader) => reader.invalid("The expression has redundant parentheses;")

const needsPath = (reader: Reader, name: string) =>
  reader.invalid(`Operator or function requires a document path; operator or function: ${name}`)

/** Refuses a value that never fits. What a path means is known with the item only, and then it doesn't match. */
const checkTypes = (reader: Reader, name: string, operand: Operand, allowed: ReadonlyArray<ValueType>): void => {
  if (operand.kind !== "value") return
  const type = typeOf(operand.value)
  if (!allowed.includes(type)) throw wrongType(reader, name, type)
}

const ordered: ReadonlyArray<ValueType> = ["S", "N", "B"]

/** The operands of a function, between parentheses. */
export const readOperands = <A>(reader: Reader, read: (reader: Reader) => A): ReadonlyArray<A> => {
  reader.expect("(")
  const operands = [read(reader)]
  while (reader.take(",")) operands.push(read(reader))
  reader.expect(")")
  return operands
}

const isCall = ({ following, token }: Reader): boolean => token.kind === "word" && following.text === "("

/** An operand may be in parentheses, but not in two pairs of them. */
export const readGrouped = <A>(reader: Reader, read: (reader: Reader) => A): A => {
  if (!reader.take("(")) return read(reader)
  if (reader.is("(")) throw redundant(reader)
  const inner = read(reader)
  reader.expect(")")
  return inner
}

const readOperand = (reader: Reader): Operand => readGrouped(reader, readBareOperand)

const readBareOperand = (reader: Reader): Operand => {
  const { kind, text } = reader.token
  if (kind === "value") {
    reader.next()
    return { kind: "value", value: reader.placeholders.valueOf(reader.kind, text) }
  }
  if (!isCall(reader)) return { kind: "path", path: readPath(reader) }
  reader.next()
  reader.count()
  const operands = readOperands(reader, readOperand)
  if (text !== "size") {
    throw reader.invalid(
      isTest(text)
        ? `The function is not allowed to be used this way in an expression; function: ${text}`
        : text === "if_not_exists" || text === "list_append"
        ? `The function is not allowed in a condition expression; function: ${text}`
        : `Invalid function name; function: ${text}`
    )
  }
  if (operands.length !== 1) throw wrongCount(reader, text, operands.length)
  checkTypes(reader, text, operands[0]!, ["S", "B", "SS", "NS", "BS", "L", "M"])
  return { kind: "size", of: operands[0]! }
}

const readTest = (reader: Reader, name: TestName): Condition => {
  reader.next()
  reader.count()
  const operands = readOperands(reader, readOperand)
  const [first, second] = operands
  if (operands.length !== tests[name]) throw wrongCount(reader, name, operands.length)
  if ((name === "attribute_exists" || name === "attribute_not_exists") && first!.kind !== "path") {
    throw needsPath(reader, name)
  }
  if (name === "begins_with") { for (const one of operands) checkTypes(reader, name, one, ["S", "B"]) }
  if (name === "attribute_type") {
    if (first!.kind !== "path") throw needsPath(reader, name)
    checkTypes(reader, name, second!, ["S"])
    const type = second!.kind === "value" ? second!.value.S : undefined
    if (type === undefined || !valueTypes.includes(type as ValueType)) {
      throw reader.invalid(
        `Invalid attribute type name found; type: ${type ?? ""}, valid types: {${valueTypes.join(",")}}`
      )
    }
  }
  checkDistinctOperands(reader, name, first!, operands.slice(1))
  return { kind: "call", name, operands }
}

const checkDistinctOperands = (reader: Reader, operator: string, first: Operand, others: ReadonlyArray<Operand>) => {
  if (first.kind === "path" && others.some((one) => one.kind === "path" && samePath(one.path, first.path))) {
    throw reader.invalid(
      "The first operand must be distinct from the remaining operands for this operator or function; " +
        `operator: ${operator}, first operand: ${shownPath(first.path)}`
    )
  }
}

const readBetween = (reader: Reader, of: Operand): Condition => {
  const low = readOperand(reader)
  reader.expect("AND")
  reader.count()
  const high = readOperand(reader)
  checkDistinctOperands(reader, "BETWEEN", of, [low, high])
  for (const one of [of, low, high]) checkTypes(reader, "BETWEEN", one, ordered)
  if (low.kind === "value" && high.kind === "value") {
    const order = compareValues(low.value, high.value)
    if (order === undefined || order > 0) {
      throw reader.invalid(
        `The BETWEEN operator requires ${
          order === undefined
            ? "same data type for lower and upper bounds"
            : "upper bound to be greater than or equal to lower bound"
        }; lower bound operand: AttributeValue: ${shownValue(low.value)}, upper bound operand: AttributeValue: ${
          shownValue(high.value)
        }`
      )
    }
  }
  return { kind: "between", of, low, high }
}

const readComparison = (reader: Reader): Condition => {
  const { text } = reader.token
  if (isCall(reader) && isTest(text)) return readTest(reader, text)
  const left = readOperand(reader)
  if (reader.take("BETWEEN")) {
    reader.count()
    return readBetween(reader, left)
  }
  if (reader.take("IN")) {
    reader.count()
    const list = readOperands(reader, readOperand)
    if (list.length > 100) {
      throw reader.invalid(`The IN operator is provided with too many operands; number of operands: ${list.length}`)
    }
    checkDistinctOperands(reader, "IN", left, list)
    return { kind: "in", of: left, list }
  }
  const { kind, text: operator } = reader.token
  if (kind !== "sign" || !comparators.includes(operator)) {
    throw left.kind === "size"
      ? reader.invalid("The function is not allowed to be used this way in an expression; function: size")
      : reader.syntaxError()
  }
  reader.next()
  reader.count()
  const right = readOperand(reader)
  if (operator !== "=" && operator !== "<>") {
    for (const one of [left, right]) checkTypes(reader, operator, one, ordered)
  }
  checkDistinctOperands(reader, operator, left, [right])
  return { kind: "compare", operator: operator as Comparator, left, right }
}

const grouped = new WeakSet<Condition>()

/** Whether the parentheses that begin here hold an operand, such as `(a) = :a`. */
const isOperandGrouped = (reader: Reader): boolean => {
  const next = reader.behindParentheses()
  return comparators.includes(next) || next === "BETWEEN" || next === "IN"
}

const readPrimary = (reader: Reader, depth: number): Condition => {
  if (reader.take("NOT")) {
    reader.count()
    return { kind: "not", of: readPrimary(reader, depth) }
  }
  if (!reader.is("(") || isOperandGrouped(reader)) return readComparison(reader)
  // So many parentheses can't each have an operator.
  if (depth > MOST_OPERATORS) throw redundant(reader)
  reader.expect("(")
  const inner = readAny(reader, depth + 1)
  reader.expect(")")
  if (grouped.has(inner)) throw redundant(reader)
  grouped.add(inner)
  return inner
}

/** Conditions with this keyword between them. */
const readChain = (
  reader: Reader,
  keyword: "AND" | "OR",
  read: (reader: Reader, depth: number) => Condition,
  depth: number
): Condition => {
  let left = read(reader, depth)
  while (reader.take(keyword)) {
    reader.count()
    left = { kind: keyword === "AND" ? "and" : "or", left, right: read(reader, depth) }
  }
  return left
}

const readAll = (reader: Reader, depth: number): Condition => readChain(reader, "AND", readPrimary, depth)

const readAny = (reader: Reader, depth = 0): Condition => readChain(reader, "OR", readAll, depth)

export const readCondition = (reader: Reader): Condition => {
  const condition = readAny(reader)
  reader.expectEnd()
  return condition
}

// What a condition says of an item

const count = (value: Value): number | undefined => {
  if (value.S !== undefined) return value.S.length
  if (value.B !== undefined) return value.B.length
  const list = value.SS ?? value.NS ?? value.BS ?? value.L
  return list?.length ?? (value.M === undefined ? undefined : Object.keys(value.M).length)
}

const valueOf = (operand: Operand, item: Item): Value | undefined => {
  if (operand.kind === "value") return operand.value
  if (operand.kind === "path") return valueAt(item, operand.path)
  const of = valueOf(operand.of, item)
  const size = of && count(of)
  return size === undefined ? undefined : { N: String(size) }
}

const compare = (operator: Comparator, left: Value | undefined, right: Value | undefined): boolean => {
  if (operator === "=") return left !== undefined && right !== undefined && equalValues(left, right)
  if (operator === "<>") return left === undefined || right === undefined || !equalValues(left, right)
  const order = left && right && compareValues(left, right)
  if (order === undefined) return false
  return operator === "<" ? order < 0 : operator === "<=" ? order <= 0 : operator === ">" ? order > 0 : order >= 0
}

const beginsWith = (value: Value, start: Value): boolean =>
  value.S !== undefined && start.S !== undefined
    ? value.S.startsWith(start.S)
    : value.B !== undefined && start.B !== undefined &&
      Buffer.from(value.B).subarray(0, start.B.length).equals(start.B)

const contains = (value: Value, part: Value): boolean => {
  if (value.S !== undefined) return part.S !== undefined && value.S.includes(part.S)
  if (value.B !== undefined) return part.B !== undefined && Buffer.from(value.B).includes(part.B)
  const elements: ReadonlyArray<Value> = value.L ??
    [
      ...(value.SS ?? []).map((S) => ({ S })),
      ...(value.NS ?? []).map((N) => ({ N })),
      ...(value.BS ?? []).map((B) => ({ B }))
    ]
  return elements.some((one) => equalValues(one, part))
}

const test = (name: TestName, [first, second]: ReadonlyArray<Value | undefined>): boolean => {
  if (name === "attribute_exists") return first !== undefined
  if (name === "attribute_not_exists") return first === undefined
  if (first === undefined || second === undefined) return false
  return name === "attribute_type"
    ? typeOf(first) === second.S
    : name === "begins_with"
    ? beginsWith(first, second)
    : contains(first, second)
}

/** Whether a condition is true of an item. An item that doesn't exist has no attributes. */
export const holds = (condition: Condition, item: Item): boolean => {
  switch (condition.kind) {
    case "and":
      return holds(condition.left, item) && holds(condition.right, item)
    case "or":
      return holds(condition.left, item) || holds(condition.right, item)
    case "not":
      return !holds(condition.of, item)
    case "compare":
      return compare(condition.operator, valueOf(condition.left, item), valueOf(condition.right, item))
    case "between": {
      const value = valueOf(condition.of, item)
      return compare(">=", value, valueOf(condition.low, item)) && compare("<=", value, valueOf(condition.high, item))
    }
    case "in": {
      const value = valueOf(condition.of, item)
      return condition.list.some((one) => compare("=", value, valueOf(one, item)))
    }
    case "call":
      return test(condition.name, condition.operands.map((operand) => valueOf(operand, item)))
  }
}

/** The paths that a condition reads. */
export const pathsOf = (condition: Condition): ReadonlyArray<Path> => {
  const of = (operand: Operand): ReadonlyArray<Path> =>
    operand.kind === "path" ? [operand.path] : operand.kind === "size" ? of(operand.of) : []
  switch (condition.kind) {
    case "and":
    case "or":
      return [...pathsOf(condition.left), ...pathsOf(condition.right)]
    case "not":
      return pathsOf(condition.of)
    case "compare":
      return [condition.left, condition.right].flatMap(of)
    case "between":
      return [condition.of, condition.low, condition.high].flatMap(of)
    case "in":
      return [condition.of, ...condition.list].flatMap(of)
    case "call":
      return condition.operands.flatMap(of)
  }
}

/** The paths of a filter may not be keys. */
export const checkFilter = (condition: Condition, keys: ReadonlyArray<string>): void => {
  const key = pathsOf(condition).map(([name]) => name).find((name) => keys.includes(name))
  if (key !== undefined) {
    throw validation(
      `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${key}`
    )
  }
}
