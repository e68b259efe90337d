// Text in the columns of a terminal. Names come from AWS and may contain anything.

/**
 * Escapes what a terminal would obey, or what ends a line, so that a name does nothing and stays on its line. The characters that
 * join letters and emoji stay.
 */
export const printable = (text: string): string =>
  text.replace(
    /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}}`
  )

let segmenter: Intl.Segmenter | undefined

/** What a person sees as one character each: a letter with its accents, or an emoji of several parts. */
const graphemes = (text: string): ReadonlyArray<string> => {
  if (/^[\x20-\x7e]*$/.test(text)) return [...text]
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" })
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

// Unicode's East Asian Width W and F, as blocks, and what terminals draw as pictures.
const wide =
  /^[\u1100-\u115f\u231a\u231b\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}\u{17000}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\ufe0f/u

const columnsOf = (grapheme: string): number => wide.test(grapheme) ? 2 : /^\p{M}+$/u.test(grapheme) ? 0 : 1

/** How many columns of a terminal the text takes. */
export const width = (text: string): number =>
  graphemes(text).reduce((columns, grapheme) => columns + columnsOf(grapheme), 0)

/** The beginning of a text that has no more than so many columns. What is cut off is a `…`. */
export const shorten = (text: string, columns: number): string => {
  // No character has more columns than UTF-16 units, but for those that count here as wide.
  if (text.length * 2 <= columns || width(text) <= columns) return text
  if (columns < 1) return ""
  let left = columns - 1
  let kept = ""
  // A reason may be as long as a page. Its beginning is enough to look at.
  for (const grapheme of graphemes(text.slice(0, columns * 32))) {
    left -= columnsOf(grapheme)
    if (left < 0) break
    kept += grapheme
  }
  return `${kept.trimEnd()}…`
}

/** Adds spaces after a text, or before it, so that it takes so many columns. */
export const pad = (text: string, columns: number, side: "start" | "end" = "end"): string => {
  const spaces = " ".repeat(Math.max(0, columns - width(text)))
  return side === "end" ? text + spaces : spaces + text
}

/** The words of a text in lines of no more than so many columns. A longer word is cut. */
export const wrap = (text: string, columns: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    const next = line === "" ? word : `${line} ${word}`
    if (width(next) <= columns) {
      line = next
      continue
    }
    if (line !== "") lines.push(line)
    line = shorten(word, columns)
  }
  return line === "" ? lines : [...lines, line]
}

/** `1,204`. */
export const amount = (value: number): string => String(value).replace(/\B(?=(?:\d{3})+$)/g, ",")

/** `1 place`, `1,204 places`. */
export const count = (value: number, one: string, many = `${one}s`): string =>
  `${amount(value)} ${value === 1 ? one : many}`

/** `0:07`, `12:30`, `1:02:03`. */
export const time = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number) => String(value).padStart(2, "0")
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}
