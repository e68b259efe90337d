// Ids that are made of letters, such as those of IAM's entities and of access keys.
import type { CallContext } from "../engine/service.ts"

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

/** An id of letters and the digits 2 to 7, with a prefix that tells its kind: `lettersId(context, "AROA", 17)`. */
export const lettersId = ({ id }: Pick<CallContext, "id">, prefix: string, length: number): string => {
  const bytes = Buffer.from(id("", 2 * length), "hex")
  return prefix + [...bytes].map((byte) => letters[byte % letters.length]).join("")
}
