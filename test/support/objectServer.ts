// A server that has one object, and may cut, stall, replace or spoil what it gives.
import { Effect } from "effect"
import type { IncomingMessage, ServerResponse } from "node:http"
import { serve } from "./Server.ts"

/** Bytes in which no two stretches are equal. */
export const varied = (size: number): Buffer => {
  const content = Buffer.alloc(size)
  for (let i = 0; i < size; i++) content[i] = (i * 31 + (i >>> 8) * 17 + (i >>> 16) * 7) & 0xff
  return content
}

export interface StoredObject {
  content: Buffer
  etag: string
  headers: Record<string, string>
  isMissing?: boolean
}

export interface Asked {
  readonly method: string
  readonly range: string | undefined
  readonly headers: IncomingMessage["headers"]
  readonly url: string
}

/** What happens to one answer instead: it is sent up to this many bytes, and then broken off, or left open. */
export type Mishap = { readonly after: number; readonly how: "break" | "stall" } | undefined

const answer = (
  object: StoredObject,
  request: IncomingMessage,
  response: ServerResponse,
  mishap: Mishap
): void => {
  const { content, etag, headers } = object
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? []
  if (object.isMissing === true) {
    response.writeHead(404, { "content-type": "application/xml" }).end("<Error><Code>NoSuchKey</Code></Error>")
    return
  }
  if (request.headers["if-match"] !== undefined && request.headers["if-match"] !== etag) {
    response.writeHead(412, { "content-type": "application/xml" }).end("<Error><Code>PreconditionFailed</Code></Error>")
    return
  }
  const start = Number(from ?? 0)
  const end = to === undefined || to === "" ? content.length : Math.min(content.length, Number(to) + 1)
  const isRange = from !== undefined
  if (isRange && start >= content.length) {
    response.writeHead(416, { "content-type": "application/xml" }).end("<Error><Code>InvalidRange</Code></Error>")
    return
  }
  response.writeHead(isRange ? 206 : 200, {
    "content-length": end - start,
    etag,
    "accept-ranges": "bytes",
    ...headers,
    ...(isRange && { "content-range": `bytes ${start}-${end - 1}/${content.length}` })
  })
  if (request.method === "HEAD") return void response.end()
  if (mishap === undefined) return void response.end(content.subarray(start, end))
  response.write(content.subarray(start, Math.min(end, start + mishap.after)), () => {
    if (mishap.how === "break") setImmediate(() => response.destroy())
  })
}

/** A server of one object for the rest of the scope. `mishapOf` is asked before each answer, and may change the object. */
export const objectServer = (
  content: Buffer,
  mishapOf: (asked: Asked, count: number, object: StoredObject) => Mishap = () => undefined
) =>
  Effect.gen(function*() {
    const object: StoredObject = { content, etag: "\"etag-1\"", headers: {} }
    const asked: Array<Asked> = []
    const { url } = yield* serve((request, response) => {
      const one: Asked = {
        method: request.method!,
        range: request.headers.range,
        headers: request.headers,
        url: request.url!
      }
      asked.push(one)
      answer(object, request, response, mishapOf(one, asked.length, object))
    })
    return { url, asked, object }
  })
