// The streams of handlers that stream, and one for tests, which keeps what a handler streams.
import { Writable } from "node:stream"

/**
 * The stream that Lambda passes to a handler that streams: a Node.js `Writable`, as far as the handler uses it.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResponseStream {
  /** Whether the stream is closed, so that nothing can be written any more. */
  readonly destroyed: boolean
  /** Writes a part of the response. Returns `false` if the next part has to wait for the event `drain`. */
  write(chunk: Uint8Array | string): boolean
  /** Ends the response. */
  end(callback: () => void): unknown
  /** Adds a listener. */
  on(event: string, listener: (...args: Array<any>) => void): unknown
  /** Removes a listener. */
  off(event: string, listener: (...args: Array<any>) => void): unknown
  /** Sets the type of the response, before its first part. */
  setContentType?(contentType: string): void
}

/**
 * A response that a test's stream has got.
 *
 * @category testing
 * @since 0.1.0
 */
export interface TestResponse {
  /** The HTTP status. */
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** As in the header `Set-Cookie`. */
  readonly cookies: ReadonlyArray<string>
  /** As UTF-8, as far as the app has written it. */
  readonly body: string
  /** The bytes of the body. */
  readonly bytes: Uint8Array
}

/**
 * A stream for tests of handlers that stream.
 *
 * @category testing
 * @since 0.1.0
 */
export interface TestStream extends ResponseStream {
  /** What was written so far; `undefined` before there is a status. */
  readonly response: TestResponse | undefined
}

/** Separates the status and the headers from the body. */
export const SEPARATOR = new Uint8Array(8)

interface Head {
  readonly statusCode: number
  readonly headers?: Readonly<Record<string, string>>
  readonly multiValueHeaders?: Readonly<Record<string, ReadonlyArray<string>>>
  readonly cookies?: ReadonlyArray<string>
}

const responseOf = ({ cookies, headers, multiValueHeaders = {}, statusCode }: Head, bytes: Buffer): TestResponse => {
  const all = Object.entries({ ...headers, ...multiValueHeaders })
    .map(([name, values]) => [name.toLowerCase(), [values].flat()] as const)
  return {
    status: statusCode,
    headers: Object.fromEntries(
      all.flatMap(([name, values]) => name === "set-cookie" ? [] : [[name, values.join(", ")]])
    ),
    cookies: cookies ?? all.flatMap(([name, values]) => name === "set-cookie" ? values : []),
    body: bytes.toString(),
    bytes
  }
}

/** The answer that API Gateway and load balancers get whole. */
const wholeOf = (written: Buffer): TestResponse | undefined => {
  if (written.length === 0) return undefined
  const answer: Head & { readonly body?: string; readonly isBase64Encoded?: boolean } = JSON.parse(written.toString())
  return responseOf(answer, Buffer.from(answer.body ?? "", answer.isBase64Encoded === true ? "base64" : "utf8"))
}

export const makeTestStream = (): TestStream => {
  const chunks: Array<Buffer> = []
  let isWhole = false
  const stream = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      chunks.push(chunk)
      callback()
    }
  })
  return Object.defineProperties(stream, {
    setContentType: {
      value: (contentType: string) => {
        isWhole = contentType === "application/json"
      }
    },
    response: {
      get: () => {
        const written = Buffer.concat(chunks)
        if (isWhole) return wholeOf(written)
        const at = written.indexOf(SEPARATOR)
        return at < 0
          ? undefined
          : responseOf(JSON.parse(written.subarray(0, at).toString()), written.subarray(at + SEPARATOR.length))
      }
    }
  }) as Writable & TestStream
}
