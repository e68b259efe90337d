// HTTP as the emulator sees it: the same form for requests to a server and requests of an SDK client in the same process.

/** The bytes of a message: all of them, or as they arrive. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>

export interface Request {
  /** The HTTP method, in capitals. */
  readonly method: string
  /** Percent-encoded, as sent. */
  readonly path: string
  /** Percent-encoded, as sent, without the question mark. */
  readonly query: string
  /** Names in lower case. The values of a repeated header are joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  /** The bytes: all of them, or as they arrive. */
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

/** Decodes UTF-8. Throws a `TypeError` if the bytes aren't valid. */
export const strictTextOf = (bytes: Uint8Array): string => strictDecoder.decode(bytes)

/** All bytes of a body. */
export const collect = async (body: Body): Promise<Uint8Array> => {
  if (body instanceof Uint8Array) return body
  const chunks: Array<Uint8Array> = []
  for await (const chunk of body) chunks.push(chunk)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}

/** The text isn't percent-encoded correctly. */
export class MalformedUri extends Error {}

/** Decodes percent-encoding only: a plus sign stays. */
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

/** The value of the first parameter with this name. */
export const valueOf = (parameters: Parameters, name: string): string | undefined =>
  parameters.find(([other]) => other === name)?.[1]

/** The decoded parameters of a query or a form, in order. */
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
