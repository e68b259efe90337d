// Keys in lists. S3 allows characters in a key that XML can't carry, so lists come URL-encoded.
import type { AnyCommand } from "../../../src/Call.ts"

/** An output of the commands that list keys: those of its members that S3 encodes. */
interface Listing {
  EncodingType?: string | undefined
  readonly [member: string]: unknown
}

const encodedMembers = new Set(["Delimiter", "Key", "KeyMarker", "NextKeyMarker", "Prefix", "StartAfter"])
const encodedLists = ["CommonPrefixes", "Contents", "DeleteMarkers", "Uploads", "Versions"]

/** S3 writes blanks as plus signs, as forms do. A text that isn't encoded stays as it is. */
const decode = (text: string): string => {
  if (!/[%+]/.test(text)) return text
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
  } catch {
    return text
  }
}

const decodeMembers = (of: Record<string, unknown>): void => {
  for (const member of encodedMembers) {
    const value = of[member]
    if (typeof value === "string") of[member] = decode(value)
  }
}

const decodeListing = (listing: Listing): void => {
  if (listing.EncodingType !== "url") return
  decodeMembers(listing)
  for (const member of encodedLists) {
    const entries = listing[member]
    if (Array.isArray(entries)) entries.forEach(decodeMembers)
  }
  // Or the token of the next page would be decoded a second time.
  listing.EncodingType = undefined
}

/** Whether a UTF-16 unit is half of a character beyond the BMP, which UTF-8 sorts after all others. */
const isHalf = (unit: number): boolean => (unit & 0xf800) === 0xd800

/** Compares as S3 sorts keys: by their bytes in UTF-8. */
export const compareKeys = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return isHalf(x) === isHalf(y) ? x - y : isHalf(x) ? 1 : -1
  }
  return a.length - b.length
}

/**
 * The same command, which asks for URL-encoded keys; what it answers is decoded, so that the next page is asked for with a
 * key as it is. The command must list keys.
 */
export const urlEncoded = <C extends AnyCommand>(command: C): C => {
  command.input.EncodingType = "url"
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      decodeListing(result.output as Listing)
      return result
    },
    { step: "initialize", priority: "high", name: "effectAwsSdkKeys" }
  )
  return command
}
