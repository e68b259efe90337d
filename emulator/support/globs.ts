// Patterns in which `*` stands for any text. Regular expressions made of them would backtrack at every star, which takes
// exponential time for a pattern like `*a*a*a*b`, and any client can send one.

const many = Symbol("many")
const one = Symbol("one")

/** The parts of a pattern: characters and wildcards. */
type Parts = ReadonlyArray<string | typeof many | typeof one>

interface Syntax {
  /** `?` stands for any one character. It does by default. */
  readonly one?: boolean
  /** A backslash makes the next character a plain one. */
  readonly escapes?: boolean
  readonly ignoresCase?: boolean
}

const partsOf = (pattern: string, { escapes = false, one: hasOne = true }: Syntax): Parts => {
  const parts: Array<string | typeof many | typeof one> = []
  const characters = [...pattern]
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!
    if (escapes && character === "\\" && i + 1 < characters.length) parts.push(characters[++i]!)
    // Stars in a row match what one of them does.
    else if (character === "*") {
      if (parts.at(-1) !== many) parts.push(many)
    } else parts.push(hasOne && character === "?" ? one : character)
  }
  return parts
}

/**
 * Whether the characters match the parts. A mismatch gives the last star one character more and never returns to an earlier
 * star, so the steps are at most the product of both lengths.
 */
const matches = (parts: Parts, characters: ArrayLike<string>): boolean => {
  let at = 0
  let part = 0
  let star = -1
  let resume = 0
  while (at < characters.length) {
    const wanted = parts[part]
    if (wanted === many) {
      star = part++
      resume = at
    } else if (part < parts.length && (wanted === one || wanted === characters[at])) {
      part++
      at++
    } else if (star >= 0) {
      part = star + 1
      at = ++resume
    } else return false
  }
  while (parts[part] === many) part++
  return part === parts.length
}

/** A test for a pattern, in which `*` stands for any text and `?` for any one character. The whole text must match. */
export const glob = (pattern: string, syntax: Syntax = {}): (text: string | ArrayLike<string>) => boolean => {
  const normal = (text: string) => syntax.ignoresCase === true ? text.toLowerCase() : text
  const parts = partsOf(normal(pattern), syntax)
  return (text) => matches(parts, typeof text === "string" ? [...normal(text)] : text)
}
