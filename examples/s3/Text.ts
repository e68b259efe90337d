// Sizes, times and names as a person reads them. Pure functions.

const units = ["KiB", "MiB", "GiB", "TiB", "PiB"]

/** `1 byte`, `1023 bytes`, `1.0 KiB`, `27.1 MiB`. */
export const size = (bytes: number): string => {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${Math.round(bytes)} bytes`
  let value = bytes / 1024
  let unit = 0
  // 1023.96 would be written as 1024.0.
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${value.toFixed(1)} ${units[unit]}`
}

/** `0:07`, `12:30`, `1:02:03`. */
export const time = (seconds: number): string => {
  const whole = Math.ceil(seconds)
  const two = (value: number) => String(value).padStart(2, "0")
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

/** `1 file`, `2 files`. */
export const count = (amount: number, one: string, many = `${one}s`): string => `${amount} ${amount === 1 ? one : many}`

/**
 * A key may contain anything, also line breaks and the commands of a terminal. This escapes them, so that a name stays on its
 * line and does nothing.
 */
export const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}}`
  )

const wide =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u

/** How many columns of a terminal one character needs. */
const columnsOf = (character: string): number => wide.test(character) ? 2 : /\p{M}/u.test(character) ? 0 : 1

/** How many columns of a terminal the text needs. */
export const width = (text: string): number =>
  Array.from(text).reduce((sum, character) => sum + columnsOf(character), 0)

/** The end of the text, because names differ there: `…/2026/today.csv`. */
export const shorten = (text: string, columns: number): string => {
  if (width(text) <= columns) return text
  if (columns < 1) return ""
  const kept: Array<string> = []
  let left = columns - 1
  for (const character of Array.from(text).toReversed()) {
    left -= columnsOf(character)
    if (left < 0) break
    kept.unshift(character)
  }
  return `…${kept.join("")}`
}
