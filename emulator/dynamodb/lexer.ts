/** In-memory DynamoDB: the words of expressions, and what their placeholders stand for. */
import type * as sdk from "@aws-sdk/client-dynamodb"
import { isReserved } from "./reserved.ts"
import { readValue, validation, type Value } from "./values.ts"

export type ExpressionKind =
  | "ConditionExpression"
  | "UpdateExpression"
  | "ProjectionExpression"
  | "FilterExpression"
  | "KeyConditionExpression"

export interface Token {
  readonly kind: "word" | "name" | "value" | "number" | "sign" | "end"
  readonly text: string
}

const end: Token = { kind: "end", text: "<EOF>" }

const kinds: ReadonlyArray<readonly [Token["kind"], RegExp]> = [
  ["word", /^[A-Za-z_][A-Za-z0-9_]*/],
  ["name", /^#[A-Za-z0-9_]+/],
  ["value", /^:[A-Za-z0-9_]+/],
  ["number", /^[0-9]+/],
  ["sign", /^(?:<>|<=|>=|[=<>()[\].,+-])/]
]

/** The error for an expression: `Invalid ConditionExpression: …`. */
export const invalidExpression = (kind: ExpressionKind, what: string) => validation(`Invalid ${kind}: ${what}`)

const tokenize = (kind: ExpressionKind, text: string): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  for (let rest = text.trimStart(); rest !== ""; rest = rest.trimStart()) {
    const found = kinds.flatMap(([kind, pattern]) => {
      const match = pattern.exec(rest)?.[0]
      return match === undefined ? [] : [{ kind, text: match }]
    })[0]
    if (found === undefined) {
      const near = [tokens.at(-1)?.text ?? "", rest.slice(0, 1), rest.slice(1).trimStart().slice(0, 8)].join("")
      throw invalidExpression(kind, `Syntax error; token: "${rest[0]}", near: "${near}"`)
    }
    tokens.push(found)
    rest = rest.slice(found.text.length)
  }
  return tokens
}

/** A request's expressions have their placeholders in common. */
export interface Placeholders {
  readonly nameOf: (kind: ExpressionKind, placeholder: string) => string
  readonly valueOf: (kind: ExpressionKind, placeholder: string) => Value
  /** Refuses placeholders that no expression has used. */
  readonly end: () => void
}

export const placeholders = (
  input: {
    readonly ExpressionAttributeNames?: Record<string, string> | undefined
    readonly ExpressionAttributeValues?: Record<string, sdk.AttributeValue> | undefined
  },
  /** The request's expressions by their members, without those that have no values. */
  expressions: Readonly<Record<string, string | undefined>>
): Placeholders => {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input
  const isWithout = Object.values(expressions).every((one) => one === undefined)
  if (names !== undefined) {
    if (isWithout) throw validation("ExpressionAttributeNames can only be specified when using expressions")
    if (Object.keys(names).length === 0) throw validation("ExpressionAttributeNames must not be empty")
    for (const [placeholder, name] of Object.entries(names)) {
      if (!/^#[A-Za-z0-9_]+$/.test(placeholder)) {
        throw validation(`ExpressionAttributeNames contains invalid key: Syntax error; key: "${placeholder}"`)
      }
      if (name === "") {
        throw validation(
          `ExpressionAttributeNames contains invalid value: Empty attribute name for key ${placeholder}`
        )
      }
    }
  }
  const read = new Map<string, Value>()
  if (values !== undefined) {
    const withValues = Object.entries(expressions).filter(([member]) => member !== "ProjectionExpression")
    if (withValues.every(([, one]) => one === undefined)) {
      const missing = withValues[0]?.[0]
      throw validation(
        `ExpressionAttributeValues can only be specified when using expressions${
          missing === undefined ? "" : `: ${missing} is null`
        }`
      )
    }
    if (Object.keys(values).length === 0) throw validation("ExpressionAttributeValues must not be empty")
    for (const [name, value] of Object.entries(values)) {
      if (!/^:[A-Za-z0-9_]+$/.test(name)) {
        throw validation(`ExpressionAttributeValues contains invalid key: Syntax error; key: "${name}"`)
      }
      try {
        read.set(name, readValue(value))
      } catch (error) {
        throw validation(
          `ExpressionAttributeValues contains invalid value: ${
            error instanceof Error ? error.message : ""
          } for key ${name}`
        )
      }
    }
  }
  const unused = { names: new Set(Object.keys(names ?? {})), values: new Set(read.keys()) }
  return {
    nameOf: (kind, placeholder) => {
      const name = names !== undefined && Object.hasOwn(names, placeholder) ? names[placeholder] : undefined
      if (name === undefined) {
        throw invalidExpression(
          kind,
          `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`
        )
      }
      unused.names.delete(placeholder)
      return name
    },
    valueOf: (kind, placeholder) => {
      const value = read.get(placeholder)
      if (value === undefined) {
        throw invalidExpression(
          kind,
          `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`
        )
      }
      unused.values.delete(placeholder)
      return value
    },
    end: () => {
      for (const [member, left] of [["Names", unused.names], ["Values", unused.values]] as const) {
        if (left.size > 0) {
          throw validation(
            `Value provided in ExpressionAttribute${member} unused in expressions: keys: {${[...left].join(", ")}}`
          )
        }
      }
    }
  }
}

/**
 * AWS documents the limit for update expressions, and has it for all. Its example counts what an expression has: BETWEEN with its
 * AND is two, IN is one, each SET, ADD and DELETE is one, and parentheses are none.
 */
export const MOST_OPERATORS = 300

/** Reads an expression word by word. */
export class Reader {
  readonly #tokens: ReadonlyArray<Token>
  #at = 0
  #operators = 0
  readonly kind: ExpressionKind
  readonly placeholders: Placeholders

  constructor(kind: ExpressionKind, text: string, placeholders: Placeholders) {
    this.kind = kind
    this.placeholders = placeholders
    if (text.trim() === "") throw this.invalid("The expression can not be empty;")
    const size = Buffer.byteLength(text)
    if (size > 4096) {
      throw this.invalid(`Expression size has exceeded the maximum allowed size; expression size: ${size}`)
    }
    this.#tokens = tokenize(kind, text)
  }

  invalid(what: string) {
    return invalidExpression(this.kind, what)
  }

  /** Counts an operator or a function. */
  count(): void {
    this.#operators += 1
    if (this.#operators > MOST_OPERATORS) {
      throw this.invalid(`The expression contains too many operators; operator count: ${this.#operators}`)
    }
  }

  get token(): Token {
    return this.#tokens[this.#at] ?? end
  }

  get following(): Token {
    return this.#tokens[this.#at + 1] ?? end
  }

  next(): Token {
    const token = this.token
    this.#at += 1
    return token
  }

  syntaxError() {
    const near = [this.#tokens[this.#at - 1], this.#tokens[this.#at], this.#tokens[this.#at + 1]]
      .flatMap((token) => token === undefined ? [] : [token.text]).join(" ")
    return this.invalid(`Syntax error; token: "${this.token.text}", near: "${near}"`)
  }

  /** Whether the next word is this sign or keyword. */
  is(text: string): boolean {
    const { kind, text: found } = this.token
    return (kind === "sign" && found === text) || (kind === "word" && found.toUpperCase() === text)
  }

  /** Takes this sign or keyword if it's next. */
  take(text: string): boolean {
    const isNext = this.is(text)
    if (isNext) this.#at += 1
    return isNext
  }

  /** The word behind the parentheses that begin here, in upper case. */
  behindParentheses(): string {
    let depth = 0
    for (let at = this.#at; at < this.#tokens.length; at++) {
      const { text } = this.#tokens[at]!
      depth += text === "(" ? 1 : text === ")" ? -1 : 0
      if (depth === 0) return (this.#tokens[at + 1] ?? end).text.toUpperCase()
    }
    return ""
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.syntaxError()
  }

  expectEnd(): void {
    if (this.token.kind !== "end") throw this.syntaxError()
  }

  /** The name of an attribute, or of a member of one. */
  name(): string {
    const { kind, text } = this.token
    if (kind === "name") {
      this.next()
      return this.placeholders.nameOf(this.kind, text)
    }
    if (kind !== "word") throw this.syntaxError()
    if (isReserved(text)) throw this.invalid(`Attribute name is a reserved keyword; reserved keyword: ${text}`)
    this.next()
    return text
  }
}
