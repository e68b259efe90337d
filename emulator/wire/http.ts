// HTTP as the emulator sees it: one form for requests of a server and for requests that an SDK client hands over in process.

/** The bytes of a message: all of them, or as they arrive. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>

export interface Request {
  readonly method: string
  /** Percent-encoded, as it was sent. */
  readonly path: string
  /** Percent-encoded, as it was sent, without the question mark. */
  readonly query: string
  /** Names in lower case. A header that was sent several times has its values joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

export const noBytes: Uint8Array = new Uint8Array(0)

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

export const bytesOf = (text: string): Uint8Array => encoder.encode(text)

export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

/** The text of bytes that have to be UTF-8. Throws a `TypeError` if they are not. */
export const strictTextOf = (bytes: Uint8Array): string => strictDecoder.decode(bytes)

/** All bytes of a body. */
export const collect = async (body: Body): Promise<Uint8Array> => {
  if (body instanceof Uint8Array) return body
  const chunks: Array<Uint8Array> = []
  for await (const chunk of body) chunks.push(chunk)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

/** The text isn't percent-encoded as it has to be. */
export class MalformedUri extends Error {}

/** Undoes percent-encoding, and nothing else: a plus sign stays. */
export const percentDecode = (text: string): string => {
  if (!text.includes("%")) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw new MalformedUri(text)
  }
}

const reserved = /[!'()*]/g

/** Percent-encodes everything but the unreserved characters of RFC 3986. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(reserved, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

export type Parameters = ReadonlyArray<readonly [name: string, value: string]>

/** The parameters of a query or of a form, decoded, in the order in which they were sent. */
export const parseParameters = (text: string): Parameters => {
  const parameters: Array<readonly [string, string]> = []
  if (text === "") return parameters
  for (const part of text.split("&")) {
    if (part === "") continue
    const plain = part.includes("+") ? part.replaceAll("+", " ") : part
    const at = plain.indexOf("=")
    parameters.push(
      at === -1 ? [percentDecode(plain), ""] : [percentDecode(plain.slice(0, at)), percentDecode(plain.slice(at + 1))]
    )
  }
  return parameters
}
