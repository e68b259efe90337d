// A response of the app, as Lambda sends it: the status, the headers and the cookies, and the body as bytes or as a stream.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Cookies from "effect/http/Cookies"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Stream from "effect/Stream"
import { validateHeaderName, validateHeaderValue } from "node:http"
import { ResponseIncomplete, ResponseNotSendable, ResponseTooLarge } from "../../../errors/internal/lambdaHttpErrors.ts"
import { LIMIT } from "../answers.ts"
import type { Incoming } from "./incoming.ts"

/**
 * The answer to an HTTP event: what API Gateway, a function URL or a load balancer makes a response of.
 *
 * AWS: [Responses of payload formats 1.0 and
 * 2.0](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.response),
 * [of load balancers](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer)
 *
 * @category models
 * @since 0.1.0
 */
export interface Answer {
  /** The HTTP status. */
  readonly statusCode: number
  /** Absent from answers to a load balancer with multi-value headers. */
  readonly headers?: { [name: string]: string }
  /** The headers that have more than one value, in format 1.0; all headers, for a load balancer with multi-value headers. */
  readonly multiValueHeaders?: { [name: string]: Array<string> }
  /** The values of the Set-Cookie headers, in format 2.0. */
  readonly cookies?: Array<string>
  /** The body: text, or base64. */
  readonly body: string
  /** Whether the body is base64. */
  readonly isBase64Encoded: boolean
}

/** What precedes the body. */
export interface Head {
  readonly status: number
  readonly headers: { [name: string]: string }
  readonly cookies: Array<string>
}

export interface Outgoing extends Head {
  readonly body: Uint8Array | string | Stream.Stream<Uint8Array, unknown>
}

/** The limit for an answer that isn't streamed, in bytes of its JSON. A load balancer takes 1 MB. */
const limitOf = (incoming: Pick<Incoming, "source">): number => incoming.source === "LoadBalancer" ? 1024 ** 2 : LIMIT

const notSendable = (issue: string) => Effect.fail(new ResponseNotSendable({ issue }))

const issueOf = (status: number, headers: Readonly<Record<string, string>>, cookies: ReadonlyArray<string>) => {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    return `its status is ${status}, and the status of a response is from 200 to 599`
  }
  for (
    const [name, value] of [
      ...Object.entries(headers),
      ...cookies.map((cookie) => ["set-cookie", cookie] as const)
    ]
  ) {
    try {
      validateHeaderName(name)
      validateHeaderValue(name, value)
    } catch {
      return `its header ${JSON.stringify(name)} has characters that no header may have`
    }
  }
  return undefined
}

/** Ends a body that isn't sent. */
const discard = (body: HttpServerResponse.HttpServerResponse["body"]): void => {
  const raw: any = body._tag === "Raw" ? body.body : undefined
  if (typeof raw?.destroy === "function") raw.destroy()
}

/** The parts of a Web Response, which a body of any other kind becomes. */
const fromWeb = (response: Response, withoutBody: boolean): Outgoing => {
  const headers = Object.fromEntries(response.headers)
  delete headers["set-cookie"]
  return {
    status: response.status,
    headers,
    cookies: response.headers.getSetCookie(),
    body: withoutBody || response.body === null
      ? ""
      : Stream.fromReadableStream({ evaluate: () => response.body!, onError: (cause) => cause })
  }
}

const parts = (response: HttpServerResponse.HttpServerResponse, withoutBody: boolean): Outgoing => {
  const { body, status } = response
  if (body._tag === "Raw" || body._tag === "FormData") {
    if (withoutBody) discard(body)
    return fromWeb(HttpServerResponse.toWeb(response, { withoutBody }), withoutBody)
  }
  const { "set-cookie": set, ...headers } = response.headers as { [name: string]: string }
  if (status === 204 || status === 205) delete headers["content-length"]
  return {
    status,
    headers,
    cookies: [...Cookies.toSetCookieHeaders(response.cookies), ...(set === undefined ? [] : [set])],
    body: withoutBody || body._tag === "Empty" ? "" : body._tag === "Stream" ? body.stream : body.text ?? body.body
  }
}

/** The parts of a response. Those to HEAD, and those whose status has no body, have none. */
export const partsOf = (
  method: string,
  response: HttpServerResponse.HttpServerResponse
): Effect.Effect<Outgoing, ResponseNotSendable> =>
  Effect.suspend(() => {
    const withoutBody = HttpServerResponse.omitsBody(response, method === "HEAD")
    let outgoing: Outgoing
    try {
      outgoing = parts(response, withoutBody)
    } catch (cause) {
      discard(response.body)
      return notSendable(cause instanceof Error ? cause.message : "it is no HTTP response")
    }
    const issue = issueOf(outgoing.status, outgoing.headers, outgoing.cookies)
    if (issue === undefined) return Effect.succeed(outgoing)
    discard(response.body)
    return notSendable(issue)
  })

/** The length that a response declares for its body, if the body is sent. */
const declared = ({ headers }: Head): number | undefined => {
  const length = headers["content-length"]
  return length === undefined || !/^\d+$/.test(length) ? undefined : Number(length)
}

/** What is wrong with a body that ended after these bytes. */
export const lengthIssue = (head: Head, written: number): string | undefined => {
  const length = declared(head)
  return length === undefined || length === written
    ? undefined
    : `its content-length is ${length}. Correct the header, or the stream of the body`
}

/** The stream of a body failed, or died. */
export const bodyFailed = (written: number, cause: unknown): ResponseIncomplete =>
  new ResponseIncomplete({ written, issue: "the stream of its body failed", cause })

/** All bytes of a body. As soon as they are more than Lambda sends, its stream is ended. */
const collect = (
  outgoing: Outgoing,
  limit: number
): Effect.Effect<Uint8Array | string, ResponseTooLarge | ResponseIncomplete> => {
  const { body } = outgoing
  if (!Stream.isStream(body)) return Effect.succeed(body)
  const chunks: Array<Uint8Array> = []
  let size = 0
  return Stream.runForEachArray(body, (array) => {
    for (const chunk of array) {
      if (!(chunk instanceof Uint8Array)) return Effect.die(new TypeError("A chunk of the body isn't a Uint8Array."))
      size += chunk.length
      chunks.push(chunk)
    }
    return size > limit ? Effect.fail(new ResponseTooLarge({ size, limit })) : Effect.void
  }).pipe(
    Effect.catchCause((cause): Effect.Effect<never, ResponseTooLarge | ResponseIncomplete> => {
      const error = Cause.squash(cause)
      return Cause.hasInterruptsOnly(cause)
        ? Effect.interrupt
        : Effect.fail(error instanceof ResponseTooLarge ? error : bodyFailed(0, error))
    }),
    Effect.flatMap(() => {
      const issue = lengthIssue(outgoing, size)
      return issue === undefined
        ? Effect.succeed(Buffer.concat(chunks))
        : Effect.fail(new ResponseIncomplete({ written: size, issue }))
    })
  )
}

const isText = (contentType: string): boolean =>
  /^text\/|^application\/(json|xml|javascript|ecmascript|graphql|x-www-form-urlencoded|x-ndjson|yaml)\s*(;|$)|^[^;]+\+(json|xml|yaml)\s*(;|$)/i
    .test(contentType)

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** A body as text, if its type is one of text, it isn't compressed, and its bytes are text. Else as base64. */
const toBody = (head: Head, body: Uint8Array | string): Pick<Answer, "body" | "isBase64Encoded"> => {
  const { "content-encoding": encoding = "identity", "content-type": type = "" } = head.headers
  if (body.length === 0) return { body: "", isBase64Encoded: false }
  if (encoding.toLowerCase() === "identity" && isText(type)) {
    if (typeof body === "string") return { body: body.toWellFormed(), isBase64Encoded: false }
    try {
      return { body: utf8.decode(body), isBase64Encoded: false }
    } catch {
      // Text in another encoding, or no text at all.
    }
  }
  return { body: Buffer.from(body as string).toString("base64"), isBase64Encoded: true }
}

const toHead = ({ form }: Pick<Incoming, "form">, { cookies, headers }: Head): Omit<Answer, "statusCode" | "body"> => {
  const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
  const single = cookies.length === 1 ? { ...headers, "set-cookie": cookies[0]! } : headers
  const rest = { isBase64Encoded: false }
  switch (form) {
    case "2.0":
      return { headers, ...(cookies.length > 0 && { cookies }), ...rest }
    case "1.0":
      return { headers, ...(cookies.length > 0 && { multiValueHeaders: { "set-cookie": cookies } }), ...rest }
    case "MultiValue":
      return { multiValueHeaders: { ...lists, ...(cookies.length > 0 && { "set-cookie": cookies }) }, ...rest }
    case "SingleValue":
      return { headers: single, ...rest }
  }
}

/** The size of an answer's JSON, if it may be over the limit: each character is at most six bytes. */
const sizeOf = (answer: Answer, limit: number): number =>
  answer.body.length * 6 + 65_536 < limit ? 0 : Buffer.byteLength(JSON.stringify(answer))

/** The answer that a response makes, or why it makes none. */
export const toAnswer = (
  incoming: Pick<Incoming, "source" | "form">,
  outgoing: Outgoing
): Effect.Effect<Answer, ResponseTooLarge | ResponseIncomplete | ResponseNotSendable> => {
  const limit = limitOf(incoming)
  return Effect.flatMap(
    collect(outgoing, limit),
    (body): Effect.Effect<Answer, ResponseTooLarge | ResponseNotSendable> => {
      if (incoming.form === "SingleValue" && outgoing.cookies.length > 1) {
        return notSendable(
          "it sets several cookies, and a load balancer takes one unless its target group has multi-value headers. " +
            "Set lambda.multi_value_headers.enabled of the target group to true"
        )
      }
      const answer: Answer = {
        statusCode: outgoing.status,
        ...toHead(incoming, outgoing),
        ...toBody(outgoing, body)
      }
      const size = sizeOf(answer, limit)
      return size > limit ? Effect.fail(new ResponseTooLarge({ size, limit })) : Effect.succeed(answer)
    }
  )
}
