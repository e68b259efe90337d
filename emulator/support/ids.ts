// Ids and other random texts, such as the ids of IAM's entities and the ends of ARNs.
import { createHash } from "node:crypto"
import { base32 } from "../engine/random.ts"
import type { CallContext } from "../engine/service.ts"

/** An id of letters and the digits 2 to 7, with a prefix that tells its kind: `lettersId(context, "AROA", 17)`. */
export const lettersId = ({ id }: Pick<CallContext, "id">, prefix: string, length: number): string => {
  const bytes = Buffer.from(id("", 2 * length), "hex")
  return prefix + [...bytes].map((byte) => base32[byte % base32.length]).join("")
}

/** The letters and digits of the ids that tell upper from lower case. */
export const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/** The digits of ids such as those of accounts. */
export const digits = "0123456789"

/** The lower-case letters and digits of other ids. */
export const base36 = "0123456789abcdefghijklmnopqrstuvwxyz"

/** A random text of these characters. */
export const textOf = ({ id }: Pick<CallContext, "id">, characters: string, length: number): string => {
  const bytes = Buffer.from(id("", 8 * length), "hex")
  return Array.from({ length }, (_, i) => characters[bytes.readUInt32BE(4 * i) % characters.length]).join("")
}

/** A UUID that is always the same for the same text. */
export const uuidOf = (text: string): string => {
  const hex = createHash("sha256").update(text).digest("hex")
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) => hex.slice(from, to)).join("-")
}
