// Lambda's side of the Runtime API, on loopback. Its rules are AWS's: the documentation
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), and the source of AWS's Runtime Interface Emulator.
import { Effect } from "effect"
import * as http from "node:http"
import type { AddressInfo } from "node:net"

/** An event for the function. */
export interface Invocation {
  readonly requestId: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** What Lambda answers a caller. */
export interface Answer {
  readonly requestId: string
  /** As in the answer to an Invoke: without it, the function succeeded. */
  readonly functionError: "Unhandled" | undefined
  readonly contentType: string
  /** Parsed, if it's JSON. The error, if there is one. */
  readonly payload: unknown
  /** The content in the pieces in which it arrived, if the function streamed it. */
  readonly chunks: ReadonlyArray<Buffer> | undefined
  /** What X-Ray gets to know of an error. */
  readonly cause: unknown
}

/** What a runtime client does, as the API gets to know it. */
export interface Listener {
  readonly onNext: () => void
  readonly onAnswer: (answer: Answer) => void
  readonly onInitError: (error: unknown) => void
}

const paths = {
  next: "/2018-06-01/runtime/invocation/next",
  initError: "/2018-06-01/runtime/init/error",
  result: /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/
}

/** The largest answer that isn't streamed, in bytes. */
export const maxPayload = 6 * 1024 * 1024 + 100

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const header = (request: http.IncomingMessage, name: string) => request.headers[name.toLowerCase()]?.toString()

/** The content, or `undefined` if the connection broke before its end. */
const read = async (request: http.IncomingMessage): Promise<ReadonlyArray<Buffer> | undefined> => {
  const chunks: Array<Buffer> = []
  try {
    for await (const chunk of request) chunks.push(chunk)
  } catch {
    return undefined
  }
  return request.complete ? chunks : undefined
}

const failure = (errorType: string, errorMessage: string) => ({ errorType, errorMessage })

/** The answer that a runtime client posted to `…/response`. */
const responded = (
  requestId: string,
  request: http.IncomingMessage,
  chunks: ReadonlyArray<Buffer> | undefined
): Answer => {
  const streams = header(request, "Lambda-Runtime-Function-Response-Mode") === "streaming"
  const contentType = header(request, "Content-Type") ?? ""
  const content = Buffer.concat(chunks ?? [])
  const answer = { requestId, functionError: undefined, contentType, cause: undefined }
  const pieces = streams ? chunks ?? [] : undefined
  const failed = (payload: unknown): Answer => ({ ...answer, functionError: "Unhandled", payload, chunks: pieces })
  if (chunks === undefined) return failed(failure("Runtime.TruncatedResponse", "The response ended too early"))
  // An error in the middle of a stream comes after its content.
  const errorType = request.trailers["lambda-runtime-function-error-type"]
  if (errorType !== undefined) {
    const body = request.trailers["lambda-runtime-function-error-body"] ?? ""
    return failed(parsed(Buffer.from(body, "base64").toString()))
  }
  if (!streams && content.length > maxPayload) {
    const message =
      `Response payload size (${content.length} bytes) exceeded maximum allowed payload size (${maxPayload} bytes).`
    return failed(failure("Function.ResponseSizeTooLarge", message))
  }
  return { ...answer, payload: streams ? content.toString() : parsed(content.toString()), chunks: pieces }
}

const errored = (requestId: string, request: http.IncomingMessage, chunks: ReadonlyArray<Buffer>): Answer => ({
  requestId,
  functionError: "Unhandled",
  contentType: header(request, "Content-Type") ?? "",
  payload: parsed(Buffer.concat(chunks).toString()),
  chunks: undefined,
  cause: parsed(
    Buffer.from(header(request, "Lambda-Runtime-Function-XRay-Error-Cause") ?? "", "latin1").toString("utf8")
  )
})

const send = (response: http.ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}

/** A Runtime API for one runtime client, which may have so many invocations at a time, for the rest of the scope. */
export const make = Effect.fnUntraced(function*(listener: Listener, concurrency: number) {
  const waiting: Array<http.ServerResponse> = []
  const current = new Set<string>()

  const next = (response: http.ServerResponse): void => {
    if (current.size + waiting.length >= concurrency) {
      return send(response, 403, failure("InvalidStateTransition", "The last invocation has no answer yet"))
    }
    waiting.push(response)
    listener.onNext()
  }

  const initError = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const chunks = await read(request)
    send(response, 202, { status: "OK" })
    listener.onInitError(parsed(Buffer.concat(chunks ?? []).toString()))
  }

  const result = async (id: string, kind: string, request: http.IncomingMessage, response: http.ServerResponse) => {
    const chunks = await read(request)
    if (!current.delete(id)) return send(response, 400, failure("InvalidRequestID", "Invalid request ID"))
    const answer = kind === "response" ? responded(id, request, chunks) : errored(id, request, chunks ?? [])
    const tooLarge = (answer.payload as { readonly errorType?: string } | null)?.errorType ===
      "Function.ResponseSizeTooLarge"
    send(
      response,
      tooLarge ? 413 : 202,
      tooLarge
        ? failure("RequestEntityTooLarge", `Exceeded maximum allowed payload size (${maxPayload} bytes).`)
        : { status: "OK" }
    )
    listener.onAnswer(answer)
  }

  const server = yield* Effect.acquireRelease(
    Effect.callback<http.Server>((resume) => {
      // A cause for X-Ray has a whole stack.
      const server = http.createServer({ maxHeaderSize: 1024 * 1024 }, (request, response) => {
        const path = request.url ?? ""
        const [, id, kind] = paths.result.exec(path) ?? []
        if (request.method === "GET" && path === paths.next) next(response)
        else if (request.method === "POST" && path === paths.initError) void initError(request, response)
        else if (request.method === "POST" && id !== undefined && kind !== undefined) {
          void result(decodeURIComponent(id), kind, request, response)
        } else send(response, 404, failure("NotFound", `${request.method} ${path}`))
      })
      server.keepAliveTimeout = 0
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )

  return {
    /** What AWS_LAMBDA_RUNTIME_API says. */
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Gives an event to the runtime client, which waits for one. */
    give: ({ body, headers, requestId }: Invocation): void => {
      current.add(requestId)
      waiting.shift()!.writeHead(200, { "content-type": "application/json", ...headers }).end(body)
    }
  }
})
