// Numbers and sentences in messages.

/** How many there are of something whose plural begins with a noun: `1 event for the bus`, `2 events for the bus`. */
export const counted = (count: number, plural: string): string =>
  `${count} ${count === 1 ? plural.replace(/s(?= of |$)/, "") : plural}`

/** A value that was given, in a message. It takes anything: what a file or a plain JavaScript program has. */
export const shown = (value: unknown): string => {
  for (const show of [JSON.stringify, String]) {
    try {
      const text: unknown = typeof value === "object" && value !== null ? show(value) : String(value)
      if (typeof text === "string") return text
    } catch {
      // A circle, a getter or a proxy.
    }
  }
  return typeof value
}

/** `was` for one, `were` for any other number. */
export const was = (count: number): string => count === 1 ? "was" : "were"

/** A text that others follow. What a server or Node says often lacks its full stop. */
export const sentence = (text: string): string => /[.!?]\s*$/.test(text) ? text : `${text}.`

/** What became of a list of which AWS doesn't have some, and may have others: `2 were not put and 1 may or may not have been`. */
export const fates = (missing: number, unknown: number, participle: string): string => {
  const parts = missing > 0 || unknown === 0 ? [`${missing} ${was(missing)} not ${participle}`] : []
  if (unknown > 0) parts.push(`${unknown} may or may not have been${parts.length === 0 ? ` ${participle}` : ""}`)
  return parts.join(" and ")
}

/** What to do with the elements of such a list, which are in `missing` and `unknown` of the error. */
export const resend = (plural: string, missing: readonly [getter: string, count: number], unknown: number): string => {
  const [getter, count] = missing
  const twice = "if twice is better than never"
  if (count === 0) return `Put the ${plural} in \`unknown\` again ${twice}.`
  return `Put the ${plural} in \`${getter}\` again${unknown === 0 ? "" : `, and those in \`unknown\` ${twice}`}.`
}

/** A number with its thousands apart, and no negative zero, which JSON doesn't have. */
export const numeral = (value: number): string => {
  const text = value.toLocaleString("en", { maximumFractionDigits: 3 })
  return text === "-0" ? "0" : text
}
