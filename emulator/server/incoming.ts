// Converts a request of Node's HTTP server to one of the wire.
import type { IncomingMessage } from "node:http"
import { fromLatin1 } from "../wire/headerBytes.ts"
import { type Body, noBytes, type Request } from "../wire/http.ts"

const headersOf = (rawHeaders: ReadonlyArray<string>): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase()
    const value = fromLatin1(rawHeaders[at + 1]!)
    const before = headers[name]
    headers[name] = before === undefined ? value : `${before},${value}`
  }
  return headers
}

/** Clients behind a proxy send the whole URL. */
const absolute = /^https?:\/\/([^/?#]*)/i

/** Whether there is a body. A PUT that says neither that it has one nor that it has none doesn't tell, as Amazon S3 sees it. */
const mayHaveBody = ({ headers, method }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? (method === "PUT" ? 1 : 0)) > 0

/** The body as it arrives. The connection stays open if a reader stops early, because the answer still needs it. */
const bodyOf = (message: IncomingMessage, onRead: (() => void) | undefined): Body =>
  mayHaveBody(message)
    ? {
      [Symbol.asyncIterator]: () => {
        onRead?.()
        return message.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>
      }
    }
    : noBytes

/** `onRead` is called when the body is about to be read. */
export const requestOf = (message: IncomingMessage, onRead?: () => void): Request => {
  const headers = headersOf(message.rawHeaders)
  let target = message.url ?? "/"
  const whole = absolute.exec(target)
  if (whole !== null) {
    headers["host"] = whole[1]!
    target = target.slice(whole[0].length)
  }
  const at = target.indexOf("?")
  const path = at === -1 ? target : target.slice(0, at)
  return {
    method: message.method ?? "GET",
    path: path === "" ? "/" : path,
    query: at === -1 ? "" : target.slice(at + 1),
    headers,
    body: bodyOf(message, onRead)
  }
}
