/**
 * What the SDK doesn't check about a response. It reads what it knows and ignores the rest, so the page of a proxy, an empty
 * response or that of another service would be a success without data.
 *
 * A response is refused if AWS can't have sent it for this operation: see {@link problemOf}. Where that isn't certain, one of
 * the headers that AWS sends with every response decides (moto and other emulators send them, too).
 *
 * This module relies on the schema of the operation, which the SDK has in the context of each call. Where the schema has
 * another form, the response is the SDK's to judge.
 */
import { collectBody } from "@smithy/core/protocols"
import { NormalizedSchema } from "@smithy/core/schema"
import type { HandlerExecutionContext, ResponseMetadata } from "@smithy/types"
import type { Readable } from "node:stream"
import { shortenTexts } from "../../../errors/internal/shorten.ts"
import { UnreadableResponse } from "../../../errors/internal/unreadableResponse.ts"
import type { SdkClient } from "../../Call.ts"

type Protocol = "cbor" | "ec2" | "json" | "query" | "restJson" | "restXml"

const protocols: Readonly<Record<string, Protocol>> = {
  "aws.protocols#awsJson1_0": "json",
  "aws.protocols#awsJson1_1": "json",
  "aws.protocols#awsQuery": "query",
  "aws.protocols#ec2Query": "ec2",
  "aws.protocols#restJson1": "restJson",
  "aws.protocols#restXml": "restXml",
  "smithy.protocols#rpcv2Cbor": "cbor"
}

/** What the response of an operation looks like. */
interface Expected {
  readonly operation: string
  /** A body that isn't a document of the protocol: `stream` is read by the caller, `raw` holds one member as it is. */
  readonly body: "document" | "raw" | "stream"
  /** The member that is the whole body, if one is. */
  readonly payload: string | undefined
  /** The members in the body, by their names in the output. */
  readonly members: ReadonlyArray<string>
  /** The names of these members on the wire. */
  readonly wireNames: ReadonlySet<string>
  /** The possible names of the root element in XML. The first one is AWS's. */
  readonly roots: ReadonlySet<string>
}

const nonBody = ["httpHeader", "httpPrefixHeaders", "httpResponseCode"] as const

const expect = (operation: string, output: any, isRest: boolean): Expected => {
  const schema = NormalizedSchema.of(output)
  const members: Array<string> = []
  const wireNames = new Set<string>()
  let payload: readonly [name: string, schema: NormalizedSchema] | undefined
  if (!schema.isUnitSchema()) {
    for (const [name, member] of schema.structIterator()) {
      const traits = member.getMergedTraits()
      if (isRest && nonBody.some((trait) => traits[trait] !== undefined)) continue
      if (isRest && traits.httpPayload) payload = [name, member]
      members.push(name)
      for (const wireName of [name, traits.jsonName, traits.xmlName]) if (wireName) wireNames.add(String(wireName))
    }
  }
  const isStream = schema.isUnitSchema() ? false : schema.getEventStreamMember() !== "" || payload?.[1].isStreaming()
  const isStructure = payload === undefined || payload[1].isStructSchema()
  if (payload !== undefined && isStructure) {
    wireNames.clear()
    for (const [name, member] of payload[1].structIterator()) {
      const traits = member.getMergedTraits()
      for (const wireName of [name, traits.jsonName, traits.xmlName]) if (wireName) wireNames.add(String(wireName))
    }
  }
  const roots = [
    payload?.[1].getMergedTraits().xmlName ?? payload?.[1].getName(),
    schema.isUnitSchema() ? undefined : schema.getMergedTraits().xmlName,
    `${operation}Response`,
    `${operation}Result`,
    `${operation}Output`,
    schema.isUnitSchema() ? undefined : schema.getName()
  ]
  return {
    operation,
    body: isStream ? "stream" : isStructure ? "document" : "raw",
    payload: payload?.[0],
    members,
    wireNames,
    roots: new Set(roots.flatMap((root) => root ? [String(root)] : []))
  }
}

/** By the schema of the operation; `undefined` if the schema has another form. */
const known = new WeakMap<object, Expected | undefined>()

const expectedOf = (context: HandlerExecutionContext, protocol: Protocol): Expected | undefined => {
  const { operationSchema } = (context["__smithy_context"] ?? {}) as { readonly operationSchema?: unknown }
  if (!Array.isArray(operationSchema) || operationSchema[0] !== 9) return undefined
  if (!known.has(operationSchema)) {
    let expected: Expected | undefined
    try {
      const [, , operation, , , output] = operationSchema
      expected = expect(String(operation).replace(/^.*#/, ""), output, protocol.startsWith("rest"))
    } catch {
      // An SDK whose schemas have another form.
    }
    known.set(operationSchema, expected)
  }
  return known.get(operationSchema)
}

interface Response {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  body?: unknown
}

const isResponse = (value: unknown): value is Response => {
  const { headers, statusCode } = (value ?? {}) as Partial<Response>
  return typeof statusCode === "number" && typeof headers === "object" && headers !== null
}

/** A response, and its body if the SDK reads the whole of it. */
interface Received {
  readonly response: Response
  readonly bytes: Uint8Array | undefined
  /** Whether the SDK has read it. */
  isRead?: boolean
}

const header = ({ headers }: Response, pattern: RegExp): string | undefined => {
  for (const name in headers) if (pattern.test(name)) return headers[name]
  return undefined
}

const contentType = (response: Response): string => header(response, /^content-type$/i) ?? ""

// CloudFront adds headers of its own to the pages of anyone.
const isFromAws = (response: Response): boolean =>
  header(response, /^x-amzn?-(?!cf-)|^smithy-protocol$/i) !== undefined ||
  /^application\/(?:x-amz-json|vnd\.amazon\.)/i.test(contentType(response))

/** The beginning of a body, as text. */
const headOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 2_048)).toString("latin1")
    .replace(/^\u00EF\u00BB\u00BF/, "").trimStart()

const prolog = /^(?:<\?[^]*?\?>\s*|<!--[^]*?-->\s*|<!(?!--)[^>]*>\s*)*/
const isHtml = (head: string): boolean => /^(?:<!doctype\s+html|<(?:html|head|body)[\s>])/i.test(unprologued(head))
const unprologued = (head: string): string =>
  // The type of an HTML document is a part of its prolog.
  /^<!doctype\s+html/i.test(head.replace(/^(?:<\?[^]*?\?>\s*|<!--[^]*?-->\s*)*/, ""))
    ? "<!doctype html"
    : head.replace(prolog, "")
const rootOf = (head: string): string | undefined => /^<(?:[\w.-]+:)?([\w.-]{1,100})/.exec(unprologued(head))?.[1]

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && (typeof value !== "object" || Array.isArray(value) ||
    value instanceof Date || value instanceof Uint8Array || Object.values(value).some(isSet))

/** Whether a member of the body has been found. */
const hasMember = ({ members }: Expected, output: Readonly<Record<string, unknown>>): boolean =>
  members.some((member) => isSet(output[member]))

// A response may have these beside its members.
const common = /^(?:request-?id|responsemetadata|__type)$/i

const problemOfJson = (expected: Expected, isAws: boolean, head: string, bytes: Uint8Array, found: boolean) => {
  if (!head.startsWith("{")) return "it isn't a JSON object"
  if (found) return undefined
  let names: ReadonlyArray<string>
  try {
    names = Object.keys(JSON.parse(Buffer.from(bytes).toString()))
  } catch {
    return "it isn't valid JSON"
  }
  if (names.length === 0) return isAws ? undefined : "it's an empty object, without any of the headers that AWS sends"
  if (names.some((name) => expected.wireNames.has(name))) return undefined
  return (expected.members.length === 0 || names.every((name) => common.test(name))) && isAws
    ? undefined
    : `it's a JSON object without any member that ${expected.operation} returns`
}

const problemOfXml = (
  expected: Expected,
  protocol: Protocol,
  isAws: boolean,
  head: string,
  bytes: Uint8Array,
  found: boolean
) => {
  const { members, operation, roots } = expected
  const root = rootOf(head)
  if (root === undefined) return "it isn't XML"
  if (protocol === "restXml" ? found || roots.has(root) : root === `${operation}Response`) {
    const isBare = protocol === "query" && members.length > 0 && !isAws &&
      !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(`${operation}Result`)
    return isBare ? `it has no <${operation}Result>` : undefined
  }
  return `its root element is <${root}>, which isn't that of ${operation}`
}

const empty = "it's empty, without any of the headers that AWS sends"

/** Why a successful response isn't AWS's response to the operation; `undefined` if it may be. */
const problemOf = (
  expected: Expected,
  protocol: Protocol,
  { bytes, response }: Received,
  output: Readonly<Record<string, unknown>>
): string | undefined => {
  if (bytes === undefined) return undefined
  const found = hasMember(expected, output)
  // What most responses are, and nothing below would refuse: a JSON object with a member of the operation's.
  if (found && bytes[0] === 0x7b && (protocol === "json" || protocol === "restJson")) return undefined
  const isAws = isFromAws(response)
  const head = headOf(bytes)
  if (expected.body === "raw") {
    return !isAws && (isHtml(head) || /html/i.test(contentType(response))) ? "it's an HTML page" : undefined
  }
  if (isHtml(head)) return "it's an HTML page"
  if (head === "") {
    const isDocumentMissing = expected.members.length > 0 && response.statusCode !== 204 &&
      (protocol === "query" || protocol === "ec2" || protocol === "restXml")
    return isDocumentMissing
      ? "it's empty"
      : isAws
      ? undefined
      // Moto sends an empty answer as HTML, with AWS's headers. A web server's ETag proves nothing then.
      : /html/i.test(contentType(response))
      ? "it's an HTML page"
      : header(response, /^etag$/i) !== undefined
      ? undefined
      : empty
  }
  switch (protocol) {
    case "cbor":
      // The first three bits of a map.
      return bytes[0]! >> 5 !== 5
        ? "it isn't a CBOR map"
        : found || isAws
        ? undefined
        : `it's a CBOR map without any member that ${expected.operation} returns`
    case "json":
    case "restJson":
      return problemOfJson(expected, isAws, head, bytes, found)
    default:
      return problemOfXml(expected, protocol, isAws, head, bytes, found)
  }
}

/** Why a stream isn't AWS's: that has to be told before it's read. */
const problemOfStream = (response: Response): string | undefined =>
  isFromAws(response)
    ? undefined
    // Web servers send ETags with their pages, too.
    : /html/i.test(contentType(response))
    ? "it's an HTML page"
    : header(response, /^etag$/i) !== undefined
    ? undefined
    : "it has none of the headers that AWS sends"

/** Why an error isn't AWS's; `undefined` if it may be. */
const problemOfError = ({ bytes = new Uint8Array(), response }: Received, error: any): string | undefined => {
  const { statusCode } = response
  if (statusCode === 407) return "a proxy requires authentication"
  if (statusCode === 511) return "the network requires authentication"
  // Whoever says so, these can be retried.
  if (statusCode === 408 || statusCode === 429 || statusCode >= 500 || statusCode === 304) return undefined
  const isAws = isFromAws(response)
  const head = headOf(bytes)
  if (isHtml(head)) return "it's an HTML page"
  if (isAws) return undefined
  if (statusCode >= 300 && statusCode < 400) return `it redirects to another place`
  if (head === "") return /html/i.test(contentType(response)) ? "it's an HTML page" : undefined
  const hasCode = !/^(?:Unknown|UnknownError|Error|\d*)$/.test(String(error?.name)) &&
    // The SDK makes up this one.
    (error?.name !== "NotFound" || /<Code>/.test(head))
  return error?.$fault !== undefined && !hasCode ? "it's an error without a code of AWS's" : undefined
}

const metadataOf = (response: Response, given: ResponseMetadata | undefined): ResponseMetadata => {
  const requestId = given?.requestId ?? header(response, /^x-amzn?-request-?id$/i)
  return { ...given, httpStatusCode: response.statusCode, ...(requestId !== undefined && { requestId }) }
}

const formats: Readonly<Record<Protocol, string>> = {
  cbor: "CBOR",
  ec2: "XML",
  json: "JSON",
  query: "XML",
  restJson: "JSON",
  restXml: "XML"
}

/** What a call fails with if a middleware threw this after the response came: it refuses the response. */
const toRefusal = ({ response }: Received, error: unknown): unknown =>
  error instanceof Error && !("$metadata" in error) && !("$fault" in error) && response.statusCode < 300
    ? new UnreadableResponse(
      "MalformedResponse",
      `its client refuses it: ${error.message}`,
      metadataOf(response, undefined)
    )
    : error

/** What a call fails with, in place of the SDK's error. */
const toError = (protocol: Protocol | undefined, received: Received, error: any): unknown => {
  if (typeof error !== "object" || error === null || error instanceof UnreadableResponse) return error
  const { response } = received
  const problem = problemOfError(received, error)
  if (response.statusCode >= 300 && problem !== undefined) {
    return new UnreadableResponse("ForeignResponse", problem, metadataOf(response, error.$metadata))
  }
  // S3's client takes an empty response to some operations for a failure of AWS that it may retry.
  if (response.statusCode < 300 && received.bytes?.byteLength === 0 && !isFromAws(response)) {
    return new UnreadableResponse("ForeignResponse", empty, metadataOf(response, error.$metadata))
  }
  // The SDK sets the response of an error only if it couldn't read it.
  if (error.$fault === undefined && "$response" in error) {
    const isPage = response.statusCode < 300 && received.bytes !== undefined && isHtml(headOf(received.bytes))
    return new UnreadableResponse(
      isPage ? "ForeignResponse" : "MalformedResponse",
      isPage ? "it's an HTML page" : `it isn't valid ${protocol === undefined ? "in its protocol" : formats[protocol]}`,
      metadataOf(response, error.$metadata)
    )
  }
  shortenTexts(error)
  return toRefusal(received, error)
}

/**
 * A body that ends when its connection closes is whole only if the connection closed in order. Node ends it as well when
 * the connection is reset.
 */
const failOnReset = (response: Response, method: string | undefined): void => {
  const body = response.body as (Readable & { readonly socket?: Readable | null }) | null | undefined
  const hasNoBody = method === "HEAD" || response.statusCode === 204 || response.statusCode === 304
  if (hasNoBody || header(response, /^(?:content-length|transfer-encoding)$/i) !== undefined) return
  if (typeof body?.destroy !== "function" || typeof body.socket?.prependListener !== "function") return
  const { socket } = body
  const onError = (error: Error) => {
    // Whoever reads the body gets the error. If nobody does, it must not end the process.
    body.on("error", () => {})
    body.destroy(error)
  }
  socket.prependListener("error", onError)
  body.once("close", () => socket.removeListener("error", onError))
}

const toProtocol = (config: unknown): Protocol | undefined => {
  const { protocol } = config as { readonly protocol?: { readonly getShapeId?: () => string } }
  return typeof protocol?.getShapeId === "function" ? protocols[protocol.getShapeId()] : undefined
}

/** Makes the calls of a client fail where the response isn't AWS's, or isn't whole. */
export const checkResponses = ({ config, middlewareStack }: SdkClient): void => {
  const protocol = toProtocol(config)
  const collector = config as unknown as Parameters<typeof collectBody>[1]
  /** The response to the last attempt, by the context of the call. */
  const last = new WeakMap<object, Received>()
  const expected = (context: HandlerExecutionContext) =>
    protocol === undefined ? undefined : expectedOf(context, protocol)

  // If the call fails once the response is read, a middleware has refused it. That of SQS compares the checksums of messages.
  const refuse = (next: (args: any) => Promise<any>, context: HandlerExecutionContext) => (args: any) =>
    next(args).catch((error: unknown) => {
      const received = last.get(context)
      throw received?.isRead ? toRefusal(received, error) : error
    })
  middlewareStack.add(refuse, { priority: "high" })
  // Within the retries of the SDK, too: they add `$metadata` to what they catch.
  middlewareStack.add(refuse, { step: "finalizeRequest", priority: "high" })

  middlewareStack.add((next, context) => async (args) => {
    last.delete(context)
    try {
      const result = await next(args)
      const received = last.get(context)
      const operation = received && expected(context)
      const problem = operation && problemOf(operation, protocol!, received!, result.output)
      if (!problem) {
        if (received) received.isRead = true
        return result
      }
      throw new UnreadableResponse("ForeignResponse", problem, metadataOf(received!.response, result.output.$metadata))
    } catch (error) {
      const received = last.get(context)
      throw received ? toError(protocol, received, error) : error
    }
  }, { step: "deserialize", priority: "high", name: "effectAwsSdkCheckResponse" })

  middlewareStack.add((next, context) => async (args) => {
    const result = await next(args)
    const { response } = result as { readonly response: unknown }
    if (!isResponse(response)) return result
    failOnReset(response, (args as { readonly request?: { readonly method?: string } }).request?.method)
    if (response.statusCode < 300 && expected(context)?.body === "stream") {
      const problem = problemOfStream(response)
      if (problem) {
        ;(response.body as Partial<Readable> | undefined)?.destroy?.()
        throw new UnreadableResponse("ForeignResponse", problem, metadataOf(response, undefined))
      }
      last.set(context, { response, bytes: undefined })
    } else if (expected(context) || response.statusCode >= 300) {
      // The SDK would collect it, too, but in a place where a broken connection counts as an unreadable response.
      const bytes = await collectBody(response.body, collector)
      response.body = bytes
      last.set(context, { response, bytes })
    }
    return result
  }, { step: "deserialize", priority: "low", name: "effectAwsSdkCollectResponse" })
}
