/** Reads event patterns, with EventBridge's checks and messages. */
import * as Result from "effect/Result"
import { BlockList, isIP } from "node:net"
import { glob } from "../support/globs.ts"
import { lookup } from "../support/members.ts"
import { isTooComplex } from "./complexity.ts"
import { Malformed, malformed, type Token, tokensOf } from "./json.ts"
import type { Leaf, Matcher, Pattern } from "./matching.ts"

type Reader = {
  readonly next: () => Token
  /** The error at a token; with `read`, once the token's text has been read. */
  readonly problem: (token: Token, what: string, read?: "read") => Malformed
  /** The wildcards of the field that is being read. */
  wildcards: Array<string>
}

const isText = (match: (value: string) => boolean): Matcher => (value) => typeof value === "string" && match(value)
const isNumber = (match: (value: number) => boolean): Matcher => (value) => typeof value === "number" && match(value)

const lower = (text: string) => text.toLowerCase()

const sameAddress = (address: string): Matcher => {
  const list = new BlockList()
  list.addAddress(address, isIP(address) === 4 ? "ipv4" : "ipv6")
  return isText((value) => isIP(value) > 0 && list.check(value, isIP(value) === 4 ? "ipv4" : "ipv6"))
}

const inSubnet = (cidr: string): Matcher => {
  const [address = "", bits = "", ...more] = cidr.split("/")
  if (more.length > 0 || !cidr.includes("/")) throw new Malformed("Malformed CIDR, one '/' required")
  if (!/^[+-]?\d+$/.test(bits)) throw new Malformed("Malformed CIDR, mask bits must be an integer")
  if (Number(bits) < 0) throw new Malformed("Malformed CIDR, mask bits must not be negative")
  const version = isIP(address)
  if (version === 0) throw new Malformed(`Nonstandard IP address: ${address}`)
  const width = version === 4 ? 32 : 128
  if (Number(bits) >= width) throw new Malformed(`IPv${version} mask bits must be < ${width}`)
  const list = new BlockList()
  list.addSubnet(address, Number(bits), version === 4 ? "ipv4" : "ipv6")
  return isText((value) => isIP(value) === version && list.check(value, version === 4 ? "ipv4" : "ipv6"))
}

const wildcard = (reader: Reader, token: Token): (value: string) => boolean => {
  // Positions are bytes of the quoted text.
  const at = (index: number) => 1 + Buffer.byteLength(token.text.slice(0, index))
  for (let i = 0; i < token.text.length; i++) {
    const [char, next] = [token.text[i]!, token.text[i + 1]]
    if (char === "*" && next === "*") {
      throw reader.problem(token, `Consecutive wildcard characters at pos ${at(i)}`, "read")
    }
    if (char === "\\") {
      if (next !== "*" && next !== "\\") throw reader.problem(token, `Invalid escape character at pos ${at(i)}`, "read")
      i++
    }
  }
  reader.wildcards.push(token.text)
  return glob(token.text, { escapes: true, one: false })
}

/** The text of a token that must be a string. */
const textOf = (reader: Reader, token: Token, what: string): string => {
  if (token.kind !== "string") throw reader.problem(token, what)
  return token.text
}

const close = (reader: Reader, message = "Only one key allowed in match expression") => {
  const token = reader.next()
  if (token.kind !== "}") throw reader.problem(token, message)
}

const tooComplex = "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences " +
  "after a wildcard character"

const tooMany = "Too many elements in numeric expression"

/** `{ "prefix": "a" }` or `{ "prefix": { "equals-ignore-case": "a" } }`, and the same for suffixes. */
const affix = (reader: Reader, kind: "prefix" | "suffix"): Matcher => {
  const has = (value: string, part: string) => kind === "prefix" ? value.startsWith(part) : value.endsWith(part)
  const token = reader.next()
  if (token.kind !== "{") {
    const part = textOf(reader, token, `${kind} match pattern must be a string`)
    close(reader)
    return isText((value) => has(value, part))
  }
  const name = reader.next()
  if (name.kind !== "name") {
    throw reader.problem(name, `${kind === "prefix" ? "Prefix" : "Suffix"} expression name not found`)
  }
  if (name.text !== "equals-ignore-case") throw reader.problem(name, `Unsupported ${kind} pattern: ${name.text}`)
  const part = lower(textOf(reader, reader.next(), "equals-ignore-case match pattern must be a string"))
  close(reader)
  close(reader)
  return isText((value) => has(lower(value), part))
}

const comparisons: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  "=": (value, limit) => value === limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit
}

const numeric = (reader: Reader): Matcher => {
  const start = reader.next()
  if (start.kind !== "[") throw reader.problem(start, "Value of numeric must be an array.")
  const limitOf = (operator: string) => {
    const token = reader.next()
    if (token.kind !== "number") {
      throw reader.problem(token, `Value of ${operator === "=" ? "equals" : operator} must be numeric`)
    }
    return Number(token.text)
  }
  const first = reader.next()
  if (first.kind !== "string") throw reader.problem(first, `Invalid member in numeric match: ${first.text}`, "read")
  const compare = lookup(comparisons, first.text)
  if (compare === undefined) throw reader.problem(first, `Unrecognized numeric range operator: ${first.text}`, "read")
  const limit = limitOf(first.text)
  let token = reader.next()
  let within: (value: number) => boolean = () => true
  if (token.kind !== "]") {
    if (!first.text.startsWith(">")) throw reader.problem(token, tooMany)
    if (token.kind !== "string") throw reader.problem(token, `Bad value in numeric range: ${token.text}`, "read")
    const operator = token.text
    if (operator !== "<" && operator !== "<=") {
      throw reader.problem(token, `Bad numeric range operator: ${operator}`, "read")
    }
    const top = limitOf(operator)
    within = (value) => comparisons[operator]!(value, top)
    token = reader.next()
    if (token.kind !== "]") throw reader.problem(token, "Too many terms in numeric range expression")
    if (limit >= top) throw reader.problem(token, "Bottom must be less than top")
  }
  close(reader, tooMany)
  return isNumber((value) => compare(value, limit) && within(value))
}

const wrongValues = {
  prefix: "prefix/suffix match pattern must be a string",
  suffix: "prefix/suffix match pattern must be a string",
  wildcard: "wildcard match pattern must be a string",
  "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
}

/** What an operator inside of anything-but says of a text. */
const negated = (reader: Reader, operator: keyof typeof wrongValues, token: Token): (value: string) => boolean => {
  const part = textOf(reader, token, wrongValues[operator])
  if (operator === "wildcard") return wildcard(reader, token)
  if (operator === "equals-ignore-case") return (value) => lower(value) === lower(part)
  if (part === "") throw reader.problem(token, "Null prefix/suffix not allowed", "read")
  return (value) => operator === "prefix" ? value.startsWith(part) : value.endsWith(part)
}

const anythingBut = (reader: Reader): Matcher => {
  let token = reader.next()
  let operator: keyof typeof wrongValues | undefined
  if (token.kind === "{") {
    const name = reader.next()
    if (name.kind !== "name") throw reader.problem(name, "Anything-But expression name not found")
    if (!Object.hasOwn(wrongValues, name.text)) {
      throw reader.problem(name, `Unsupported anything-but pattern: ${name.text}`)
    }
    operator = name.text as keyof typeof wrongValues
    token = reader.next()
  }
  if (token.kind !== "[" && token.kind !== "string" && token.kind !== "number") {
    throw reader.problem(token, "Value of anything-but must be an array or single string/number value.")
  }
  const excluded: Array<(value: Leaf) => boolean> = []
  const kinds = new Set<Token["kind"]>()
  const exclude = (token: Token) => {
    if (operator !== undefined) {
      const matches = negated(reader, operator, token)
      excluded.push((value) => typeof value === "string" && matches(value))
      return
    }
    if (token.kind !== "string" && token.kind !== "number") {
      throw reader.problem(token, "Inside anything but list, start|null|boolean is not supported.")
    }
    kinds.add(token.kind)
    const wrong = token.kind === "string" ? token.text : Number(token.text)
    excluded.push((value) => value === wrong)
  }
  if (token.kind !== "[") exclude(token)
  else {
    for (token = reader.next(); token.kind !== "]"; token = reader.next()) {
      try {
        exclude(token)
      } catch (error) {
        // The reader wraps an error in a list: the message tells the place twice.
        throw error instanceof Malformed ? reader.problem(token, error.message, "read") : error
      }
    }
    if (operator === undefined && kinds.size !== 1) {
      throw reader.problem(
        token,
        "Inside anything but list, either all values are number or string, mixed type is not supported"
      )
    }
  }
  close(reader, tooMany)
  if (operator !== undefined) close(reader, tooMany)
  return (value) => !excluded.some((matches) => matches(value))
}

/** An operator: `{ "prefix": "a" }`. */
const operation = (reader: Reader): Matcher => {
  const name = reader.next()
  if (name.kind !== "name") throw reader.problem(name, "Match expression name not found")
  const text = (label: string) => {
    const token = reader.next()
    textOf(reader, token, `${label} match pattern must be a string`)
    return token
  }
  switch (name.text) {
    case "prefix":
    case "suffix":
      return affix(reader, name.text)
    case "numeric":
      return numeric(reader)
    case "anything-but":
      return anythingBut(reader)
    case "exists": {
      const token = reader.next()
      if (token.kind !== "true" && token.kind !== "false") {
        throw reader.problem(token, "exists match pattern must be either true or false.")
      }
      close(reader)
      return token.kind === "true" ? () => true : "absent"
    }
    case "cidr": {
      const matcher = inSubnet(text("prefix").text)
      close(reader)
      return matcher
    }
    case "equals-ignore-case": {
      const wanted = lower(text("equals-ignore-case").text)
      close(reader)
      return isText((value) => lower(value) === wanted)
    }
    case "wildcard": {
      const matches = wildcard(reader, text("wildcard"))
      close(reader)
      return isText(matches)
    }
    case "exactly": {
      const token = reader.next()
      const wanted = textOf(reader, token, "exact match pattern must be a string")
      close(reader)
      return isText((value) => value === wanted)
    }
    default:
      throw reader.problem(name, `Unrecognized match type ${name.text}`)
  }
}

const matcherOf = (reader: Reader, token: Token): Matcher => {
  switch (token.kind) {
    case "{":
      return operation(reader)
    case "string":
      return isIP(token.text) > 0 ? sameAddress(token.text) : isText((value) => value === token.text)
    case "number":
      return isNumber((value) => value === Number(token.text))
    case "true":
    case "false":
    case "null":
      return (value) => String(value) === token.text && typeof value !== "string"
    default:
      throw reader.problem(token, "Match value must be String, number, true, false, or null")
  }
}

/** The names that can't stand in a pattern inside of `$or`, so that a misplaced operator is found. */
const reserved = new Set([
  "exactly",
  "equals-ignore-case",
  "prefix",
  "suffix",
  "anything-but",
  "exists",
  "wildcard",
  "numeric",
  "cidr",
  "=",
  "<",
  "<=",
  ">",
  ">=",
  "regex",
  "not-wildcard",
  "not-equals-ignore-case",
  "date-after",
  "date-on-or-after",
  "date-before",
  "date-on-or-before",
  "in-date-range",
  "ip-address-in-range",
  "ip-address-not-in-range"
])

/** How many combinations the `$or`s of a pattern may make, as AWS documents it. */
const MAX_COMBINATIONS = 1_000

const both = (left: Pattern, right: Pattern): Pattern => left.flatMap((a) => right.map((b) => new Map([...a, ...b])))

const alternatives = (reader: Reader, path: ReadonlyArray<string>): Pattern => {
  let token = reader.next()
  if (token.kind !== "[") throw reader.problem(token, "It must be an Array followed with $or.")
  const found: Array<Pattern> = []
  for (token = reader.next(); token.kind !== "]"; token = reader.next()) {
    if (token.kind !== "{") {
      throw reader.problem(token, "Only JSON object is allowed in array of $or relationship.")
    }
    found.push(members(reader, path, true))
  }
  if (found.length < 2) throw reader.problem(token, "There must have at least 2 Objects in $or relationship.")
  return found.flat()
}

const members = (reader: Reader, path: ReadonlyArray<string>, insideOr: boolean): Pattern => {
  let pattern: Pattern | undefined
  let token = reader.next()
  for (; token.kind !== "}"; token = reader.next()) {
    const name = token.text
    const inner = [...path, name]
    let found: Pattern
    if (name === "$or") found = alternatives(reader, path)
    else {
      if (insideOr && reserved.has(name)) {
        throw reader.problem(token, `${name} is Ruler reserved fieldName which cannot be used inside $or.`)
      }
      const value = reader.next()
      if (value.kind === "{") found = members(reader, inner, insideOr)
      else if (value.kind === "[") {
        const matchers: Array<Matcher> = []
        reader.wildcards = []
        let element = reader.next()
        for (; element.kind !== "]"; element = reader.next()) matchers.push(matcherOf(reader, element))
        if (matchers.length === 0) throw reader.problem(element, "Empty arrays are not allowed")
        if (isTooComplex(reader.wildcards)) throw new Malformed(tooComplex)
        found = [new Map([[inner.join("."), matchers]])]
      } else throw reader.problem(value, `"${name}" must be an object or an array`)
    }
    if ((pattern?.length ?? 1) * found.length > MAX_COMBINATIONS) {
      throw reader.problem(token, `The $or relationships make more than ${MAX_COMBINATIONS} combinations.`)
    }
    pattern = pattern === undefined ? found : both(pattern, found)
  }
  if (pattern === undefined) throw reader.problem(token, "Empty objects are not allowed")
  return pattern
}

/** Reads a pattern. Throws `Malformed` with EventBridge's message if it isn't valid. */
export const readPattern = (source: string): Result.Result<Pattern, string> =>
  Result.try({
    try: () => {
      const tokens = tokensOf(source)
      const reader: Reader = {
        next: () => tokens.next().value,
        problem: (token, what, read) => malformed(source, read === undefined ? token.found : token.end, what),
        wildcards: []
      }
      const first = reader.next()
      if (first.kind !== "{") throw reader.problem(first, "Filter is not an object")
      return members(reader, [], false)
    },
    catch: (error) => {
      if (error instanceof Malformed) return error.message
      throw error
    }
  })
