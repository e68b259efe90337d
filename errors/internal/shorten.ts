/** In characters. AWS's longest messages, those with an encoded authorization failure, are shorter. */
const MAX_LENGTH = 4_000

const isShortened = (text: string): boolean =>
  text.length < MAX_LENGTH + 40 && /\u2026 \([\d,]+ characters\)$/.test(text)

/** Shortens a text that somebody else wrote and that goes into messages, spans and logs. */
export const shorten = (text: string): string =>
  text.length <= MAX_LENGTH || isShortened(text)
    ? text
    // A cut between the two halves of a character would leave an invalid one.
    : `${text.slice(0, MAX_LENGTH).replace(/[\uD800-\uDBFF]$/, "")}… (${text.length.toLocaleString("en")} characters)`

/** Shortens the texts that an exception of the SDK shows when it's printed: its own, and those of its plain members. */
export const shortenTexts = (holder: object, depth = 3): void => {
  for (const name of Object.getOwnPropertyNames(holder)) {
    // The stack is formatted when it is read, and has no message of AWS's. The item that DynamoDB found where a condition didn't hold
    // is data, which a program reads.
    if (name === "stack" || name === "Item") continue
    const { value, writable } = Object.getOwnPropertyDescriptor(holder, name)!
    if (typeof value === "string" && writable === true) {
      const shortened = shorten(value)
      if (shortened !== value) (holder as Record<string, unknown>)[name] = shortened
    } else if (depth > 0 && typeof value === "object" && value !== null && isPlain(value)) {
      shortenTexts(value, depth - 1)
    }
  }
}

const isPlain = (value: object): boolean =>
  Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value))
