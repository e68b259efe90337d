// An event of API Gateway, of a function URL or of an Application Load Balancer, as the request that the client sent.
//
// What the events look like is from AWS's documentation of the payload formats, and from events that AWS sent, which
// github.com/hotsock/voker recorded in July 2026. They differ from each other where the documentation says little:
//
// | | the path | the query |
// | --- | --- | --- |
// | HTTP API | decoded | `rawQueryString` as sent; decoded in format 1.0 |
// | function URL | as sent | `rawQueryString` as sent |
// | REST API | as sent | decoded |
// | load balancer | as sent | as sent |
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"
import { EventNotHttp } from "../../../errors/internal/lambdaHttpErrors.ts"
import { encodePath, withoutPrefix } from "./paths.ts"

/**
 * What sent the event: an HTTP API, a REST API, a function URL, or an Application Load Balancer.
 *
 * @category models
 * @since 0.1.0
 */
export type Source = "HttpApi" | "RestApi" | "FunctionUrl" | "LoadBalancer"

/** An event that is an HTTP request. */
export interface Incoming {
  readonly source: Source
  /** Which form the answer has. */
  readonly form: "2.0" | "1.0" | "MultiValue" | "SingleValue"
  readonly authorizer: Readonly<Record<string, unknown>> | undefined
  readonly request: HttpServerRequest.HttpServerRequest
  /** The size of the request's body in bytes. */
  readonly size: number
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (u: unknown): u is Fields => typeof u === "object" && u !== null && !Array.isArray(u)

const fieldsOf = (u: unknown): Fields => isFields(u) ? u : {}

const textOf = (u: unknown): string | undefined => typeof u === "string" ? u : undefined

const encode = (text: string): string => encodeURIComponent(text.toWellFormed())

const texts = (values: unknown): ReadonlyArray<string> =>
  (Array.isArray(values) ? values : [values]).filter((value) => typeof value === "string")

/** The pairs of a map of multiple values or, if the event has none, of the map of single values. */
const pairsOf = (multiple: unknown, single: unknown): ReadonlyArray<readonly [name: string, value: string]> =>
  Object.entries(isFields(multiple) ? multiple : fieldsOf(single)).flatMap(([name, values]) =>
    texts(values).map((value) => [name, value] as const)
  )

const headersOf = (event: Fields): Record<string, string> => {
  const headers: Record<string, string> = Object.create(null)
  for (const [name, value] of pairsOf(event["multiValueHeaders"], event["headers"])) {
    const key = name.toLowerCase()
    const separator = key === "cookie" ? "; " : ", "
    headers[key] = headers[key] === undefined ? value : `${headers[key]}${separator}${value}`
  }
  // HTTP APIs send cookies in this field only. Function URLs send them in the header too, but join several with commas.
  const cookies = texts(event["cookies"])
  if (cookies.length > 0) headers["cookie"] = cookies.join("; ")
  return headers
}

const queryOf = (pairs: ReadonlyArray<readonly [string, string]>, encode: (text: string) => string): string =>
  pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&")

/** The client's address, as the load balancer saw it: it appends it to what the client sent. */
const forwardedFor = (headers: Readonly<Record<string, string>>): string | undefined => {
  const last = headers["x-forwarded-for"]?.split(",").at(-1)?.trim()
  // With its port, if the load balancer preserves it.
  return last === undefined || last === "" ? undefined : last.replace(/^\[(.+)\](:\d+)?$|^([\d.]+):\d+$/, "$1$3")
}

interface Parts {
  readonly source: Source
  readonly form: Incoming["form"]
  readonly method: string
  readonly path: string
  readonly query: string
  readonly address: string | undefined
}

const version2 = (event: Fields, context: Fields, http: Fields): Parts => {
  const path = textOf(event["rawPath"]) ?? textOf(http["path"]) ?? "/"
  const stage = textOf(context["stage"])
  const isUrl = textOf(context["domainName"])?.includes(".lambda-url.") === true
  return {
    source: isUrl ? "FunctionUrl" : "HttpApi",
    form: "2.0",
    method: textOf(http["method"]) ?? "",
    // The path of an HTTP API begins with the stage, also on a domain of one's own.
    path: isUrl ? path : encodePath(withoutPrefix(path, stage && `/${stage}`)),
    query: textOf(event["rawQueryString"]) ?? "",
    address: textOf(http["sourceIp"])
  }
}

const version1 = (event: Fields, context: Fields): Parts => {
  const path = textOf(event["path"]) ?? ""
  const stage = textOf(context["stage"])
  // Only HTTP APIs send the version.
  const isHttpApi = event["version"] === "1.0"
  const hasStage = isHttpApi && stage !== undefined && textOf(context["domainName"])?.includes(".execute-api.") === true
  return {
    source: isHttpApi ? "HttpApi" : "RestApi",
    form: "1.0",
    method: textOf(event["httpMethod"]) ?? "",
    path: isHttpApi ? encodePath(hasStage ? withoutPrefix(path, `/${stage}`) : path) : path,
    query: queryOf(pairsOf(event["multiValueQueryStringParameters"], event["queryStringParameters"]), encode),
    address: textOf(fieldsOf(context["identity"])["sourceIp"])
  }
}

const loadBalancer = (event: Fields, headers: Readonly<Record<string, string>>): Parts => ({
  source: "LoadBalancer",
  form: isFields(event["multiValueHeaders"]) ? "MultiValue" : "SingleValue",
  method: textOf(event["httpMethod"]) ?? "",
  path: textOf(event["path"]) ?? "",
  query: queryOf(pairsOf(event["multiValueQueryStringParameters"], event["queryStringParameters"]), (text) => text),
  address: forwardedFor(headers)
})

/** What is wrong with an event, as words that continue "The event is not an HTTP request: ". */
const issueOf = (event: unknown): string | undefined => {
  if (!isFields(event)) return "it is not an object"
  const context = event["requestContext"]
  if (!isFields(context)) return "it has no requestContext"
  if (event["type"] === "REQUEST" || event["type"] === "TOKEN") return "it asks an authorizer"
  if (event["version"] === "2.0") {
    return textOf(fieldsOf(context["http"])["method"]) ? undefined : "its requestContext has no http.method"
  }
  if (!textOf(event["httpMethod"])) return "it has no httpMethod"
  return textOf(event["path"]) === undefined ? "it has no path" : undefined
}

const bodyOf = (event: Fields): Buffer => {
  const body = textOf(event["body"]) ?? ""
  return Buffer.from(body, event["isBase64Encoded"] === true ? "base64" : "utf8")
}

const toRequest = (
  event: Fields,
  headers: Record<string, string>,
  parts: Parts,
  basePath: string | undefined,
  bytes: Buffer
): HttpServerRequest.HttpServerRequest => {
  const domain = textOf(fieldsOf(event["requestContext"])["domainName"])
  const host = headers["host"] ??= domain ?? "localhost"
  const protocol = /^http\s*(,|$)/.test(headers["x-forwarded-proto"] ?? "") ? "http" : "https"
  const path = parts.path.startsWith("/") ? parts.path : `/${parts.path}`
  const url = withoutPrefix(path, basePath) + (parts.query && `?${parts.query}`)
  const body = bytes.length === 0
    ? HttpBody.empty
    : HttpBody.uint8Array(bytes, headers["content-type"])
  // Not a Web Request, which has no TRACE, no GET with a body, and another path where this one has dots.
  return HttpServerRequest.fromClientRequest(
    HttpClientRequest.makeWith(
      parts.method.toUpperCase(),
      `${protocol}://${host}${url}`,
      UrlParams.empty,
      Option.none(),
      Headers.fromInput(headers),
      body
    )
  ).modify({ url, protocol, remoteAddress: Option.fromUndefinedOr(parts.address) })
}

/** Reads an event. A base path is removed from the paths that begin with it. */
export const read = (event: unknown, basePath: string | undefined): Effect.Effect<Incoming, EventNotHttp> =>
  Effect.suspend(() => {
    const issue = issueOf(event)
    if (issue !== undefined || !isFields(event)) {
      const keys = isFields(event) ? Object.keys(event) : []
      return Effect.fail(new EventNotHttp({ keys, issue: issue ?? "it is not an object" }))
    }
    const context = fieldsOf(event["requestContext"])
    const headers = headersOf(event)
    const parts = event["version"] === "2.0"
      ? version2(event, context, fieldsOf(context["http"]))
      : isFields(context["elb"])
      ? loadBalancer(event, headers)
      : version1(event, context)
    const bytes = bodyOf(event)
    return Effect.succeed({
      source: parts.source,
      form: parts.form,
      authorizer: isFields(context["authorizer"]) ? context["authorizer"] : undefined,
      request: toRequest(event, headers, parts, basePath, bytes),
      size: bytes.length
    })
  })
