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

/** S3 sorts keys by their UTF-8 bytes; the order of JavaScript's strings is another one. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

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
