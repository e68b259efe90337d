// Ids that are made of letters, such as those of IAM's entities and of access keys.
import { base32 } from "../engine/random.ts"
import type { CallContext } from "../engine/service.ts"

/** An id of letters and the digits 2 to 7, with a prefix that tells its kind: `lettersId(context, "AROA", 17)`. */
export const lettersId = ({ id }: Pick<CallContext, "id">, prefix: string, length: number): string => {
  const bytes = Buffer.from(id("", 2 * length), "hex")
  return prefix + [...bytes].map((byte) => base32[byte % base32.length]).join("")
}
