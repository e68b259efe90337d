// Reads JSON token by token. EventBridge's errors for event patterns contain the messages and positions of its JSON parser, Jackson.
// JSON.parse has other messages, and doesn't return positions.

/** A text is malformed. The message is EventBridge's. */
export class Malformed extends Error {}

export interface Token {
  readonly kind: "{" | "}" | "[" | "]" | "name" | "string" | "number" | "true" | "false" | "null" | "end"
  readonly text: string
  /** The offset up to which the text has been read when this token is found. A string is read no further than its first quote. */
  readonly found: number
  /** The offset after the token. */
  readonly end: number
}

const values = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
const shown = 500

const where = (source: string, offset: number): string => {
  const before = source.slice(0, offset)
  const line = before.split("\n").length
  const more = source.length > shown ? `[truncated ${source.length - shown} chars]` : ""
  return ` at [Source: (String)"${source.slice(0, shown)}"${more}; ` +
    `line: ${line}, column: ${offset - before.lastIndexOf("\n")}]`
}

export const malformed = (source: string, offset: number, what: string) =>
  new Malformed(`${what}\n${where(source, offset)}`)

const blank = /[ \t\r\n]*/y
const text = /[^"\\]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\]*)*/y
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const word = /[\w$]*/y

/** The tokens of a JSON value. Text after the value isn't read. */
export function* tokensOf(source: string): Generator<Token, Token> {
  let offset = 0

  const take = (pattern: RegExp): string => {
    pattern.lastIndex = offset
    const found = pattern.exec(source)?.[0] ?? ""
    offset += found.length
    return found
  }

  const unexpected = (wanted: string, ended: string): Malformed => {
    const code = source.codePointAt(offset)
    return code === undefined
      ? malformed(source, offset, `Unexpected end-of-input${ended}`)
      : malformed(source, offset, `Unexpected character ('${String.fromCodePoint(code)}' (code ${code})): ${wanted}`)
  }

  const mark = (kind: "{" | "}" | "[" | "]"): Token => {
    offset++
    return { kind, text: kind, found: offset, end: offset }
  }

  const string = (kind: "name" | "string"): Token => {
    const found = ++offset
    const raw = take(text)
    if (source[offset] !== `"`) throw unexpected("was expecting closing quote for a string value", " in VALUE_STRING")
    const control = Array.from({ length: raw.length }, (_, i) => raw.charCodeAt(i)).findIndex((code) => code < 32)
    if (control >= 0) {
      throw malformed(
        source,
        found + control,
        `Illegal unquoted character ((CTRL-CHAR, code ${raw.charCodeAt(control)})): ` +
          "has to be escaped using backslash to be included in string value"
      )
    }
    offset++
    return { kind, text: JSON.parse(`"${raw}"`) as string, found, end: offset }
  }

  const scalar = (): Token => {
    if (source[offset] === `"`) return string("string")
    const digits = take(number)
    if (digits !== "") return { kind: "number", text: digits, found: offset, end: offset }
    const literal = take(word)
    if (literal === "true" || literal === "false" || literal === "null") {
      return { kind: literal, text: literal, found: offset, end: offset }
    }
    throw literal === ""
      ? unexpected(`expected a valid value (${values})`, "")
      : malformed(source, offset, `Unrecognized token '${literal}': was expecting (${values})`)
  }

  function* members(): Generator<Token, void> {
    yield mark("{")
    take(blank)
    if (source[offset] === "}") return yield mark("}")
    while (true) {
      take(blank)
      if (source[offset] !== `"`) {
        throw unexpected("was expecting double-quote to start field name", ": expected close marker for Object")
      }
      const name = string("name")
      take(blank)
      if (source[offset] !== ":") {
        throw unexpected("was expecting a colon to separate field name and value", " within/between Object entries")
      }
      offset++
      // Jackson reads the start of the value before it reports the name.
      const value = any()
      const first = value.next().value as Token
      yield { ...name, found: first.found }
      yield first
      yield* value
      take(blank)
      if (source[offset] === "}") return yield mark("}")
      if (source[offset] !== ",") {
        throw unexpected("was expecting comma to separate Object entries", ": expected close marker for Object")
      }
      offset++
    }
  }

  function* elements(): Generator<Token, void> {
    yield mark("[")
    take(blank)
    if (source[offset] === "]") return yield mark("]")
    while (true) {
      yield* any()
      take(blank)
      if (source[offset] === "]") return yield mark("]")
      if (source[offset] !== ",") {
        throw unexpected("was expecting comma to separate Array entries", ": expected close marker for Array")
      }
      offset++
    }
  }

  function* any(): Generator<Token, void> {
    take(blank)
    if (source[offset] === "{") yield* members()
    else if (source[offset] === "[") yield* elements()
    else yield scalar()
  }

  take(blank)
  if (offset < source.length) yield* any()
  return { kind: "end", text: "", found: offset, end: offset }
}
