// The encoded messages in EC2's refusals, which STS decodes. AWS encrypts them. Here they hold their own text.
import { deflateRawSync, inflateRawSync } from "node:zlib"

const PREFIX = "in-memory-"

export const encodeMessage = (message: object): string =>
  PREFIX + deflateRawSync(JSON.stringify(message)).toString("base64url")

/** The text of an encoded message; `undefined` for any other text. */
export const decodeMessage = (encoded: string): string | undefined => {
  if (!encoded.startsWith(PREFIX)) return undefined
  try {
    // A message that was made here is short.
    return inflateRawSync(Buffer.from(encoded.slice(PREFIX.length), "base64url"), { maxOutputLength: 1_000_000 })
      .toString()
  } catch {
    return undefined
  }
}
