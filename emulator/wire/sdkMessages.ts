// Converts the requests of SDK clients, and the responses for them.
import { HttpResponse } from "@smithy/core/protocols"
import { Readable } from "node:stream"
import { type Answer, type Body, bytesOf, noBytes, percentEncode, type Request } from "./http.ts"

/** The parts of the SDK's `HttpRequest` that matter on the wire. */
export interface SdkRequest {
  readonly method: string
  readonly hostname: string
  readonly port?: number | undefined
  readonly path: string
  readonly query?: Readonly<Record<string, string | ReadonlyArray<string> | null>> | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

const isIterable = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === "object" && body !== null && Symbol.asyncIterator in body

const bodyOf = (body: unknown): Body => {
  if (body === undefined || body === null) return noBytes
  if (typeof body === "string") return bytesOf(body)
  if (body instanceof Uint8Array) return body
  if (body instanceof ArrayBuffer) return new Uint8Array(body)
  if (body instanceof Blob) return body.stream()
  if (isIterable(body)) return body
  throw new TypeError("The body of a request has to be a string, bytes, a Blob or a stream.")
}

const queryOf = (query: SdkRequest["query"]): string =>
  Object.entries(query ?? {}).flatMap(([name, value]) => {
    const key = percentEncode(name)
    if (value === null) return [key]
    return typeof value === "string"
      ? [`${key}=${percentEncode(value)}`]
      : value.map((one) => `${key}=${percentEncode(one)}`)
  }).join("&")

export const fromSdkRequest = (request: SdkRequest): Request => {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value
  headers["host"] ??= request.port === undefined ? request.hostname : `${request.hostname}:${request.port}`
  return {
    method: request.method,
    path: request.path,
    query: queryOf(request.query),
    headers,
    body: bodyOf(request.body)
  }
}

/** A socket hands on a body in chunks, too. */
const chunksOf = function*(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

/**
 * The response for the SDK. It reads a body as a stream only where the output streams; otherwise it takes the bytes as they are,
 * within the same turn of the event loop.
 */
export const toSdkResponse = ({ body, headers, status }: Answer, isStreaming = true): HttpResponse =>
  new HttpResponse({
    statusCode: status,
    headers: { ...headers },
    body: !(body instanceof Uint8Array)
      ? Readable.from(body)
      : isStreaming
      ? Readable.from(chunksOf(body), { objectMode: false })
      : body
  })
