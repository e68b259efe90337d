// Reads the input of an operation from a request in REST-XML or REST-JSON.
import type { ChunkSignatures } from "./awsChunked.ts"
import { bindingsOf, type Bound, rootName } from "./bindings.ts"
import { restJsonSource } from "./dataSource.ts"
import { malformedBody, unknownOperation, wrongBodyValue, wrongBoundValue } from "./faults.ts"
import { type Request, strictTextOf } from "./http.ts"
import type { Located } from "./identify.ts"
import type { Operation } from "./operation.ts"
import { contentEncoding, openPayload, type Payload, plainPayload, wholeBody } from "./payload.ts"
import type { Protocol } from "./protocol.ts"
import { makeReader, type Reading } from "./reader.ts"
import { type Match, type Query, queryOf } from "./routes.ts"
import { bucketOfHost, splitPath } from "./s3Address.ts"
import { readText, WrongValue } from "./scalars.ts"
import type { Shape } from "./sdk.ts"
import { MalformedXml, parseXml } from "./xmlParser.ts"
import { xmlSource } from "./xmlSource.ts"

export interface Input {
  readonly operation: Operation
  readonly input: Record<string, unknown>
  readonly unknown: ReadonlyArray<string>
  readonly trailers: Payload["trailers"]
}

const readRestJson = makeReader(restJsonSource)
const readXml = makeReader(xmlSource)

/** The headers of the content, including those in the query of a presigned URL, and without those of the transfer encoding. */
const headersOf = (request: Request, query: Query, hasBuckets: boolean): Record<string, string> => {
  const headers: Record<string, string> = {}
  if (hasBuckets) {
    for (const [name, [value = ""]] of query) {
      // Amazon S3 ignores the checksums in the query. The SDK's presigner puts the checksum of an empty body there.
      if (/^x-amz-(?!checksum-)/i.test(name)) headers[name.toLowerCase()] = value
    }
  }
  Object.assign(headers, request.headers)
  const decodedLength = headers["x-amz-decoded-content-length"]
  if (decodedLength !== undefined) headers["content-length"] = decodedLength
  const encoding = contentEncoding(request)
  if (encoding === undefined) delete headers["content-encoding"]
  else headers["content-encoding"] = encoding
  return headers
}

const quoted = /"((?:[^"\\]|\\.)*)"|[^,]+/g

/** The items of a list in a header. An item that contains a comma is quoted, except for dates, which always contain one. */
const headerItems = (shape: Shape, text: string): ReadonlyArray<string> => {
  if (shape.isTimestampSchema() && shape.getSchema() !== 5 && shape.getSchema() !== 7) {
    return text.match(/[^,]+,[^,]+/g)?.map((item) => item.trim()) ?? []
  }
  return Array.from(
    text.matchAll(quoted),
    ([item, inQuotes]) => inQuotes === undefined ? item.trim() : inQuotes.replace(/\\(.)/g, "$1")
  ).filter((item) => item !== "")
}

/** The whole numbers of Amazon S3 that may be larger than 32 bits: sizes and offsets. */
const sizes = /^(content-length|x-amz-.*(size|offset-bytes))$/

/** A value in the query or a header, where all numbers are whole. Schemas don't tell how large they may be. */
const readWhole = (shape: Shape, name: string, text: string): unknown => {
  if (!shape.isNumericSchema()) return readText(shape, text)
  const largest = sizes.test(name) ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1
  if (!/^-?\d+$/.test(text) || Number(text) > largest || Number(text) < -largest - 1) {
    throw new WrongValue(text, "Number")
  }
  return Number(text)
}

// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000a-\u001f\u007f]/
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Parameters of a query and fields of a form become headers too, and could have texts that no header can have. */
const checkHeader = (name: string, text: string): void => {
  if (!token.test(name) || controls.test(text)) throw new WrongValue(text, "header")
}

/** Whether a parameter is the value of a header of the answer. */
const isOfAnswer = (name: string): boolean => name.startsWith("response-")

const readHeader = (shape: Shape, name: string, text: string): unknown => {
  checkHeader(name, text)
  if (!shape.isListSchema()) return readWhole(shape, name, text)
  const item = shape.getValueSchema()
  return headerItems(item, text).map((part) => readText(item, part))
}

/** Headers that Amazon S3 ignores if their text isn't a value of their type. It stores the text of `Expires` all the same. */
const optional: ReadonlySet<string> = new Set([
  "expires",
  "if-modified-since",
  "if-unmodified-since",
  "x-amz-max-parts"
])

const isReadable = ([, shape, name]: Bound, text: string): boolean => {
  try {
    readHeader(shape, name, text)
    return true
  } catch {
    return false
  }
}

const bound = <A>(protocol: Protocol, name: string, read: () => A): A => {
  try {
    return read()
  } catch (error) {
    throw error instanceof WrongValue ? wrongBoundValue(protocol, name, error) : error
  }
}

const readBound = (
  { operation: { input: shape }, located, query, headers, labels }: {
    readonly operation: Operation
    readonly located: Located
    readonly query: Query
    readonly headers: Readonly<Record<string, string>>
    readonly labels: ReadonlyMap<string, string>
  }
): Record<string, unknown> => {
  const { protocol } = located
  const bindings = bindingsOf(shape)
  const input: Record<string, unknown> = {}
  const set = ([member, , wireName]: Bound, read: () => unknown) => {
    input[member] = bound(protocol, wireName, read)
  }
  for (const label of bindings.labels) {
    const text = labels.get(label[0])
    if (text !== undefined) set(label, () => readText(label[1], text))
  }
  for (const header of bindings.headers) {
    const text = headers[header[2]]
    if (text === undefined) continue
    if (located.service.hasBuckets && optional.has(header[2]) && !isReadable(header, text)) continue
    set(header, () => readHeader(header[1], header[2], text))
  }
  for (const [member, shape, prefix] of bindings.prefixHeaders) {
    const entries = Object.entries(headers).filter(([name]) => name.startsWith(prefix) && name.length > prefix.length)
    if (entries.length > 0) {
      input[member] = Object.fromEntries(
        entries.map(([name, text]) => [
          name.slice(prefix.length),
          bound(protocol, name, () => readHeader(shape.getValueSchema(), name, text))
        ])
      )
    }
  }
  for (const parameter of bindings.query) {
    const [, shape, name] = parameter
    const texts = query.get(name)
    if (texts === undefined) continue
    // Amazon S3 takes `max-parts=` for a request without it.
    if (located.service.hasBuckets && shape.isNumericSchema() && texts[0] === "") continue
    set(parameter, () => {
      if (shape.isListSchema()) return texts.map((text) => readWhole(shape.getValueSchema(), name, text))
      if (isOfAnswer(name)) checkHeader(name, texts[0]!)
      return readWhole(shape, name, texts[0]!)
    })
  }
  if (bindings.queryMap !== undefined) {
    const bySelf = new Set(bindings.query.map(([, , name]) => name))
    const [member, shape] = bindings.queryMap
    const others = [...query].filter(([name]) => !bySelf.has(name))
    const value = shape.getValueSchema()
    if (others.length > 0) {
      input[member] = Object.fromEntries(
        others.map(([name, texts]) => [name, value.isListSchema() ? texts : readText(value, texts[0]!)])
      )
    }
  }
  return input
}

const unknownParameters = ({ http, input }: Operation, query: Query): ReadonlyArray<string> => {
  const bindings = bindingsOf(input)
  if (query.size === 0 || bindings.queryMap !== undefined) return []
  const literals = new URLSearchParams(http?.uri.split("?")[1])
  return [...query.keys()]
    .filter((name) =>
      name !== "x-id" && !literals.has(name) && !/^x-amz-/i.test(name) &&
      !bindings.query.some(([, , known]) => known === name)
    )
    .map((name) => `?${name}`)
}

const parseBody = (located: Located, shape: Shape, root: string, bytes: Uint8Array): Reading => {
  const { protocol } = located
  try {
    const text = strictTextOf(bytes)
    if (protocol === "restJson1") return readRestJson(shape, JSON.parse(text))
    const [name, content] = parseXml(text)
    if (name !== root) throw malformedBody(protocol)
    return readXml(shape, content)
  } catch (error) {
    if (error instanceof WrongValue) throw wrongBodyValue(protocol, error)
    // Thrown for bytes that aren't UTF-8, JSON or XML.
    if (error instanceof TypeError || error instanceof SyntaxError || error instanceof MalformedXml) {
      throw malformedBody(protocol)
    }
    throw error
  }
}

const readBody = async (located: Located, operation: Operation, payload: Payload, input: Record<string, unknown>) => {
  const { body, bodyShape, isStreaming, payload: member } = bindingsOf(operation.input)
  if (member === undefined && body.length === 0) return []
  if (isStreaming) {
    input[member![0]] = payload.body
    return []
  }
  const bytes = await wholeBody(payload, located.request, located.protocol)
  if (bytes.byteLength === 0) return []
  if (member === undefined) {
    const { unknown, value } = parseBody(located, bodyShape, rootName(operation.input), bytes)
    Object.assign(input, value)
    return unknown
  }
  const [name, shape] = member
  if (shape.isBlobSchema()) input[name] = bytes
  else if (shape.isStringSchema()) input[name] = strictTextOf(bytes)
  else {
    const { unknown, value } = parseBody(located, shape, rootName(shape), bytes)
    input[name] = value
    return unknown.map((path) => `${name}.${path}`)
  }
  return []
}

/** The operation of a request, and the labels in its host and path. */
const find = (
  { operation, protocol, request, service }: Located,
  query: Query,
  headers: Record<string, string>
): Match => {
  const { method, path } = request
  const bucket = service.hasBuckets ? bucketOfHost(request) : undefined
  const routes = operation === undefined ? service.routes() : service.routesOf(operation)
  // No bucket has the same name as the path of an operation without a bucket.
  const whole = routes.find(method, path, query, headers, bucket !== undefined)
  const split = service.hasBuckets && bucket === undefined && whole === undefined ? splitPath(path) : undefined
  const match = split === undefined ? whole : routes.find(method, split[1], query, headers, true)
  if (match === undefined) throw unknownOperation(protocol, `${method} ${path}`, service.version)
  const name = bucket ?? split?.[0]
  return name === undefined ? match : { ...match, labels: new Map(match.labels).set("Bucket", name) }
}

/** Reads the input of a request. Rejects with a `Fault`. */
export const readRestInput = async (located: Located, signatures?: ChunkSignatures): Promise<Input> => {
  const { request, service } = located
  const query = queryOf(located.parameters)
  const headers = headersOf(request, query, service.hasBuckets)
  const { labels, operation } = find(located, query, headers)
  const input = readBound({ operation, located, query, headers, labels })
  const bindings = bindingsOf(operation.input)
  const hasChecksums = bindings.isStreaming ||
    !bindings.headers.some(([, , name]) => name.startsWith("x-amz-checksum-"))
  const payload = service.hasBuckets ? openPayload(request, hasChecksums, signatures) : plainPayload(request)
  const unknown = [...unknownParameters(operation, query), ...await readBody(located, operation, payload, input)]
  return { operation, input, unknown, trailers: payload.trailers }
}
