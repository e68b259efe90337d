// What the lists of S3 share: page sizes, and the encoding of keys.
import * as Effect from "effect/Effect"
import type { Fault, HandlerContext } from "../engine/service.ts"
import { invalidArgument } from "./faults.ts"

const MAX_PAGE_SIZE = 1_000

interface PageSize {
  /** How many elements this page has at most: the Layer may have smaller pages than the request asks for. */
  readonly size: number
  /** What the answer says. */
  readonly answered: number
}

const outOfRange = (member: string, value: number): Fault =>
  invalidArgument(`Argument ${member} must be an integer between 0 and 2147483647`, member, String(value))

export const pageSizeOf = Effect.fnUntraced(function*(
  requested: number | undefined,
  member: string,
  { pageSize }: HandlerContext
): Effect.fn.Return<PageSize, Fault> {
  if (requested !== undefined && !(requested >= 0)) return yield* outOfRange(member, requested)
  const answered = Math.min(requested ?? MAX_PAGE_SIZE, MAX_PAGE_SIZE)
  return { answered, size: Math.min(answered, pageSize ?? MAX_PAGE_SIZE) }
})

/** Percent-encodes a key as forms do, but for its slashes. */
const urlEncoded = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll("%20", "+")
    .replaceAll("%2F", "/")
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const plain = (text: string): string => text

/** How a list writes its keys: as they are, or percent-encoded, because XML can't have every character. */
export const encodingOf = (type: string | undefined): Effect.Effect<(key: string) => string, Fault> =>
  type === undefined
    ? Effect.succeed(plain)
    : type === "url"
    ? Effect.succeed(urlEncoded)
    : Effect.fail(
      invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", type)
    )

/** A marker that is a number. The SDK's schema has a text for it. */
export const numberMarkerOf = Effect.fnUntraced(function*(
  marker: string | undefined,
  member: string
): Effect.fn.Return<number, Fault> {
  if (marker === undefined || marker === "") return 0
  const number = Number(marker)
  if (!/^-?\d+$/.test(marker) || Math.abs(number) >= 2 ** 31) {
    return yield* invalidArgument(`Provided ${member} not an integer or within integer range`, member, marker)
  }
  return number < 0 ? yield* outOfRange(member, number) : number
})

/** A marker that is empty is none. */
export const markerOf = (marker: string | undefined): string | undefined => marker === "" ? undefined : marker
