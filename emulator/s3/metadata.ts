// The metadata that a user gives an object. Headers carry ASCII only; S3 takes and answers other texts as RFC 2047 encodes them.
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { toLatin1 } from "../wire/headerBytes.ts"
import { fault } from "./faults.ts"

type Metadata = Readonly<Record<string, string>>

const MAX_METADATA = 2_048

const encodedWord = /=\?([^?\s]+)\?([BQ])\?([^?\s]*)\?=/gi

const quotedBytes = (text: string): Buffer =>
  Buffer.from(
    text.replaceAll("_", " ").replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    "latin1"
  )

/** The text of an encoded word; the word itself if its character set is unknown. */
const decodedWord = (word: string, charset: string, encoding: string, text: string): string => {
  try {
    return new TextDecoder(charset).decode(
      encoding.toUpperCase() === "B" ? Buffer.from(text, "base64") : quotedBytes(text)
    )
  } catch {
    return word
  }
}

const betweenWords = new RegExp(`(${encodedWord.source})\\s+(?==\\?)`, "gi")

/** The text that a value stands for. The blanks between two encoded words belong to neither. */
const decoded = (value: string): string => value.replace(betweenWords, "$1").replace(encodedWord, decodedWord)

// oxlint-disable-next-line no-control-regex
const escaped = /[^\u0020-\u003c\u003e\u0040-\u005e\u0060-\u007e]/

const quoted = (bytes: Buffer): string =>
  Array.from(bytes.toString("latin1"), (character) =>
    character === " "
      ? "_"
      : escaped.test(character)
      ? `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`
      : character).join("")

/** The value as a header carries it: ASCII as it is, any other text as one encoded word, in the shorter of both encodings. */
const encoded = (value: string): string => {
  // oxlint-disable-next-line no-control-regex
  const others = value.match(/[^\u0000-\u007f]/gu)?.length ?? 0
  if (others === 0) return value
  const bytes = Buffer.from(value)
  return [...value].length > 2 * others ? `=?UTF-8?Q?${quoted(bytes)}?=` : `=?UTF-8?B?${bytes.toString("base64")}?=`
}

const sizeOf = (metadata: Metadata): number =>
  Object.entries(metadata).reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0)

const none: Metadata = {}

/** The metadata of a write. S3 reads the bytes of a header as Latin-1. */
export const metadataOf = Effect.fnUntraced(function*(
  given: Metadata | undefined,
  { request }: Pick<HandlerContext, "request">
): Effect.fn.Return<Metadata, Fault> {
  const entries = Object.entries(given ?? none)
  if (entries.length === 0) return none
  const metadata = Object.fromEntries(
    entries.map(([name, value]) => {
      const isHeader = request.headers[`x-amz-meta-${name.toLowerCase()}`] !== undefined
      return [name.toLowerCase(), decoded(isHeader ? toLatin1(value) : value).trim()]
    })
  )
  const size = sizeOf(metadata)
  return size <= MAX_METADATA ? metadata : yield* fault(
    "MetadataTooLarge",
    "Your metadata headers exceed the maximum allowed metadata size",
    400,
    { Size: String(size), MaxSizeAllowed: String(MAX_METADATA) }
  )
})

/** The metadata of an object, as answers have it. */
export const answeredMetadata = (metadata: Metadata | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata ?? none).map(([name, value]) => [name, encoded(value)]))
