// Writes an answer of the wire to Node's HTTP server.
import * as Effect from "effect/Effect"
import type { ServerResponse } from "node:http"
import { toLatin1 } from "../wire/headerBytes.ts"
import type { Answer } from "../wire/http.ts"

const longestText = 16 * 1024

/** Waits until the client has received the written data, or has disconnected. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off("drain", done)
      response.off("close", done)
      resolve()
    }
    response.on("drain", done)
    response.on("close", done)
  })

const writeStream = async (
  response: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal
): Promise<void> => {
  const chunks = body[Symbol.asyncIterator]()
  // Ends the source even while it waits for its next chunk.
  signal.addEventListener("abort", () => void chunks.return?.().catch(() => {}))
  while (!signal.aborted && !response.destroyed) {
    const { done, value } = await chunks.next()
    if (done === true) return void response.end()
    if (!response.write(value)) await drained(response)
  }
  await chunks.return?.()
}

/**
 * Sends an answer with additional headers. Breaks the connection if the body breaks off, so that the client doesn't mistake a part
 * for the whole. Dies if a header isn't valid in HTTP.
 */
export const send = (
  response: ServerResponse,
  { body, headers, status }: Answer,
  others: Readonly<Record<string, string>>
): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (response.destroyed) return Effect.void
    const all: Record<string, string> = {}
    // After a length, Node takes the bytes of this header for UTF-8, and writes other bytes or none.
    const disposition = headers["content-disposition"]
    if (disposition !== undefined) all["content-disposition"] = toLatin1(disposition)
    if (body instanceof Uint8Array && body.byteLength > 0) all["content-length"] = String(body.byteLength)
    // Node writes headers as Latin-1.
    for (const name in others) all[name] = toLatin1(others[name]!)
    for (const name in headers) all[name] = toLatin1(headers[name]!)
    // If an answer before this one couldn't be written, its reason phrase would stay.
    response.statusMessage = ""
    response.writeHead(status, all)
    if (body instanceof Uint8Array) {
      // Node sends a text together with the headers, and bytes after them.
      if (body.byteLength > longestText) response.end(body)
      else response.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1"), "latin1")
      return Effect.void
    }
    if (response.req.method === "HEAD") {
      response.end()
      return Effect.void
    }
    return Effect.tryPromise((signal) => writeStream(response, body, signal)).pipe(
      Effect.catch(() => Effect.sync(() => response.destroy())),
      Effect.asVoid
    )
  })
