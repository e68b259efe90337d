/** In-memory CloudWatch: reads the expressions of metric math. */
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { lookup } from "../support/members.ts"
import { validation } from "./state.ts"

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  /** The id of a query, or a word such as `REPEAT`. */
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "call"; readonly name: string; readonly of: ReadonlyArray<Expression> }
  | { readonly kind: "list"; readonly of: ReadonlyArray<Expression> }
  | { readonly kind: "negation"; readonly of: Expression }
  | {
    readonly kind: "operation"
    readonly operator: string
    readonly left: Expression
    readonly right: Expression
  }

interface Token {
  readonly kind: "number" | "text" | "name" | "sign" | "end"
  readonly text: string
}

const pattern =
  /\s*(?:(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>(?:[^'\\]|\\.)*)'|(?<name>[A-Za-z_]\w*)|(?<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>(),[\]]))/y

const tokensOf = (text: string): ReadonlyArray<Token> | undefined => {
  const tokens: Array<Token> = []
  const end = text.trimEnd().length
  let at = 0
  while (at < end) {
    pattern.lastIndex = at
    const groups = pattern.exec(text)?.groups
    if (groups === undefined) return undefined
    at = pattern.lastIndex
    const { double, name, number, sign, single } = groups
    const quoted = double ?? single
    tokens.push(
      number !== undefined
        ? { kind: "number", text: number }
        : quoted !== undefined
        ? { kind: "text", text: quoted.replace(/\\(.)/g, "$1") }
        : name !== undefined
        ? { kind: "name", text: name }
        : { kind: "sign", text: sign! }
    )
  }
  return [...tokens, { kind: "end", text: "" }]
}

/** The operators of two sides, the weakest first. `AND` and `OR` are words for `&&` and `||`. */
const levels: ReadonlyArray<ReadonlyArray<string>> = [
  ["||"],
  ["&&"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/"]
]

const words: Readonly<Record<string, string>> = { AND: "&&", OR: "||" }

/** Deeper expressions would overflow the stack. */
const mostDepth = 100

class Unreadable extends Error {}

const parse = (tokens: ReadonlyArray<Token>): Expression => {
  let at = 0
  let depth = 0
  const peek = () => tokens[at]!
  const isSign = (...signs: ReadonlyArray<string>) => peek().kind === "sign" && signs.includes(peek().text)
  const expect = (sign: string) => {
    if (!isSign(sign)) throw new Unreadable(peek().text)
    at++
  }
  const listUntil = (sign: string): ReadonlyArray<Expression> => {
    const all: Array<Expression> = []
    while (!isSign(sign)) {
      all.push(level(0))
      if (!isSign(",")) break
      at++
    }
    expect(sign)
    return all
  }
  const primary = (): Expression => {
    const token = peek()
    at++
    if (token.kind === "number") return { kind: "number", value: Number(token.text) }
    if (token.kind === "text") return { kind: "text", value: token.text }
    if (token.kind === "name") {
      if (!isSign("(")) return { kind: "name", name: token.text }
      at++
      return { kind: "call", name: token.text.toUpperCase(), of: listUntil(")") }
    }
    if (token.text === "(" && token.kind === "sign") {
      const inner = level(0)
      expect(")")
      return inner
    }
    if (token.text === "[" && token.kind === "sign") return { kind: "list", of: listUntil("]") }
    throw new Unreadable(token.text)
  }
  const power = (): Expression => {
    if (isSign("-", "+")) {
      const isNegative = isSign("-")
      at++
      const of = deeper(power)
      return isNegative ? { kind: "negation", of } : of
    }
    const left = primary()
    if (!isSign("^")) return left
    at++
    return { kind: "operation", operator: "^", left, right: deeper(power) }
  }
  const deeper = <A>(read: () => A): A => {
    if (++depth > mostDepth) throw new Unreadable(peek().text)
    const result = read()
    depth--
    return result
  }
  const operatorAt = (operators: ReadonlyArray<string>): string | undefined => {
    const { kind, text } = peek()
    const operator = kind === "name" ? lookup(words, text) : kind === "sign" ? text : undefined
    return operator !== undefined && operators.includes(operator) ? operator : undefined
  }
  const level = (index: number): Expression => {
    const operators = levels[index]
    if (operators === undefined) return power()
    let left = deeper(() => level(index + 1))
    for (let operator = operatorAt(operators); operator !== undefined; operator = operatorAt(operators)) {
      at++
      left = { kind: "operation", operator, left, right: deeper(() => level(index + 1)) }
    }
    return left
  }
  const expression = level(0)
  if (peek().kind !== "end") throw new Unreadable(peek().text)
  return expression
}

/** The error for the expression of a query. */
export const inExpression = (id: string, why: string): Fault => validation(`Error in expression '${id}': ${why}`)

/** Reads the expression of the query with this id. */
export const readExpression = (id: string, text: string): Effect.Effect<Expression, Fault> =>
  Effect.suspend(() => {
    const tokens = tokensOf(text)
    if (tokens === undefined) return Effect.fail(inExpression(id, "Unexpected character"))
    try {
      return Effect.succeed(parse(tokens))
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      const what = error.message === "" ? "Unexpected end of the expression" : `Unexpected token '${error.message}'`
      return Effect.fail(inExpression(id, what))
    }
  })
