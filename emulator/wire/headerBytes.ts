// The bytes of headers. HTTP libraries take each byte for a character of Latin-1; AWS's clients send and read UTF-8.
// A value that isn't UTF-8 keeps its bytes as lone surrogates, U+DC80 to U+DCFF, so that they go out as they came in.

// oxlint-disable-next-line no-control-regex
const beyondAscii = /[^\u0000-\u007f]/
// oxlint-disable-next-line no-control-regex
const eachBeyondAscii = /[^\u0000-\u007f]/gu
const kept = /[\udc80-\udcff]/gu
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const asKept = (character: string): string => String.fromCharCode(0xdc00 + character.charCodeAt(0))

const asLatin1 = (character: string): string => String.fromCharCode(character.charCodeAt(0) - 0xdc00)

/** The text of a header that was read as Latin-1. */
export const fromLatin1 = (value: string): string => {
  if (!beyondAscii.test(value)) return value
  try {
    return strictUtf8.decode(Buffer.from(value, "latin1"))
  } catch {
    return value.replace(eachBeyondAscii, asKept)
  }
}

/** The Latin-1 text whose bytes are those of a header. */
export const toLatin1 = (value: string): string =>
  beyondAscii.test(value)
    ? value.replace(
      eachBeyondAscii,
      (character) =>
        /^[\udc80-\udcff]$/u.test(character) ? asLatin1(character) : Buffer.from(character).toString("latin1")
    )
    : value

/** A header as its client signed it: clients that send Latin-1 sign the same characters in UTF-8. */
export const signedText = (value: string): string => beyondAscii.test(value) ? value.replace(kept, asLatin1) : value
