// Writes the output of an operation as an HTTP answer, in the protocol of the request.
import { crc32 } from "node:zlib"
import { bindingsOf, isEventStream, rootName } from "./bindings.ts"
import { withFractions } from "./doubles.ts"
import { type Answer, type Body, bytesOf, noBytes } from "./http.ts"
import type { Located } from "./identify.ts"
import type { Operation } from "./operation.ts"
import { isJsonRpc, type Protocol } from "./protocol.ts"
import { headerText } from "./scalars.ts"
import { eventStreamOf, membersOf, type Shape, structureOf, write } from "./sdk.ts"
import type { Service } from "./service.ts"
import { contentOf, declaration, element, withTimes } from "./xmlOutput.ts"

/** The IDs and the date of an answer. */
export interface Ids {
  readonly requestId: string
  /** The second id of Amazon S3's answers. */
  readonly extendedRequestId?: string | undefined
  readonly date: Date
}

/** The output of an operation, by member. */
export type Output = Readonly<Record<string, unknown>>

const contentTypes: Record<Protocol, string> = {
  awsQuery: "text/xml",
  ec2Query: "text/xml;charset=UTF-8",
  restXml: "application/xml",
  restJson1: "application/json",
  awsJson1_0: "application/x-amz-json-1.0",
  awsJson1_1: "application/x-amz-json-1.1",
  rpcv2Cbor: "application/cbor"
}

export const contentTypeOf = (protocol: Protocol): string => contentTypes[protocol]

export const idHeaders = (
  { date, extendedRequestId, requestId }: Ids,
  hasBuckets: boolean
): Record<string, string> => ({
  date: date.toUTCString(),
  ...(hasBuckets
    ? { "x-amz-request-id": requestId, "x-amz-id-2": extendedRequestId ?? requestId, server: "AmazonS3" }
    : { "x-amzn-requestid": requestId })
})

/** Amazon DynamoDB sends the CRC-32 of each body, and several SDKs check it. */
export const crc32Headers = (service: Service | undefined, body: Uint8Array): Record<string, string> =>
  service?.serviceId === "DynamoDB" ? { "x-amz-crc32": String(crc32(body)) } : {}

export const asBytes = (text: string | Uint8Array): Uint8Array => typeof text === "string" ? bytesOf(text) : text

/** An answer with the length of its body. A HEAD request gets the headers without the body. */
export const answer = (
  method: string,
  status: number,
  headers: Record<string, string>,
  body: Body
): Answer => {
  const hasNoBody = status === 204 || status === 304
  if (body instanceof Uint8Array && !hasNoBody) headers["content-length"] ??= String(body.byteLength)
  return { status, headers, body: method === "HEAD" || hasNoBody ? noBytes : body }
}

/** EC2's answer to an operation that has no output. */
const done = "<return>true</return>"

const ec2Namespace = (service: Service): string | undefined => service.xmlNamespace?.replace(/\/?$/, "/")

const queryBody = ({ protocol, service }: Located, { name, output }: Operation, value: Output, id: string): string => {
  const isUnit = output.isUnitSchema()
  const root = `${name}Response`
  if (protocol === "ec2Query") {
    const shape = structureOf(root, membersOf(output))
    const content = isUnit ? done : contentOf(shape, root, withTimes(service.serviceId, value))
    return declaration + element(root, element("requestId", id) + content, ec2Namespace(service))
  }
  const resultName = `${name}Result`
  const result = isUnit
    ? ""
    : element(
      resultName,
      contentOf(structureOf(resultName, membersOf(output)), resultName, withTimes(service.serviceId, value))
    )
  return element(
    root,
    result + element("ResponseMetadata", element("RequestId", id)),
    service.xmlNamespace
  )
}

const rpcAnswer = (located: Located, operation: Operation, output: Output, ids: Ids): Answer => {
  const { protocol, request, service } = located
  const headers = idHeaders(ids, false)
  if (protocol === "rpcv2Cbor") headers["smithy-protocol"] = "rpc-v2-cbor"
  const isData = isJsonRpc(protocol) || protocol === "rpcv2Cbor"
  if (isData && operation.output.isUnitSchema()) return answer(request.method, 200, headers, noBytes)
  headers["content-type"] = contentTypes[protocol]
  const body = asBytes(
    isJsonRpc(protocol)
      ? withFractions(service.serviceId, write("json", operation.output, output))
      : isData
      ? write("cbor", operation.output, output)
      : queryBody(located, operation, output, ids.requestId)
  )
  return answer(request.method, 200, { ...headers, ...crc32Headers(service, body) }, body)
}

const quoteIfNeeded = (text: string): string => /[",]/.test(text) ? JSON.stringify(text) : text

const header = (shape: Shape, value: unknown): string => {
  if (!shape.isListSchema() || !Array.isArray(value)) return headerText(shape, value)
  const item = shape.getValueSchema()
  const texts = value.map((one) => headerText(item, one))
  return (item.isTimestampSchema() ? texts : texts.map(quoteIfNeeded)).join(", ")
}

/** A header that only the SDK knows: the text of `Expires`, even if it isn't a date. */
const expiresString = "expiresstring"

export const boundHeaders = (shape: Shape, output: Output): Record<string, string> => {
  const { headers, prefixHeaders } = bindingsOf(shape)
  const written: Record<string, string> = {}
  for (const [member, shape, name] of headers) {
    const value = output[member]
    if (value === undefined || value === null) continue
    if (name !== expiresString) written[name] = header(shape, value)
    else written["expires"] = String(value)
  }
  for (const [member, shape, prefix] of prefixHeaders) {
    for (const [key, value] of Object.entries(output[member] ?? {})) {
      written[prefix + key.toLowerCase()] = headerText(shape.getValueSchema(), value)
    }
  }
  return written
}

/** For GetBucketLocation, Amazon S3 puts the bare text in the root element. */
const isBareText = (service: Service, name: string): boolean => service.hasBuckets && name === "GetBucketLocation"

const xmlBody = (
  service: Service,
  { name, output: shape }: Operation,
  bodyShape: Shape,
  root: string,
  value: unknown
) => {
  const content = isBareText(service, name)
    ? contentOf(bodyShape, rootName(shape), value).replace(/^<LocationConstraint>|<\/LocationConstraint>$/g, "")
    : contentOf(bodyShape, root, withTimes(service.serviceId, value))
  return declaration + element(root, content, service.xmlNamespace)
}

const isBody = (value: unknown): value is Body =>
  value instanceof Uint8Array || (typeof value === "object" && value !== null && Symbol.asyncIterator in value)

const payloadBody = (
  { protocol, service }: Located,
  operation: Operation,
  [, shape]: readonly [string, Shape],
  value: unknown
): readonly [contentType: string | undefined, body: Body] => {
  if (value === undefined || value === null) return [undefined, noBytes]
  if (shape.isBlobSchema()) {
    return ["application/octet-stream", isBody(value) ? value : asBytes(String(value))]
  }
  if (shape.isStringSchema()) return ["text/plain", asBytes(String(value))]
  if (protocol === "restJson1") return [contentTypes.restJson1, asBytes(write("restJson", shape, value))]
  const root = rootName(shape)
  const bodyShape = structureOf(root, membersOf(shape))
  return [contentTypes.restXml, asBytes(xmlBody(service, operation, bodyShape, root, value))]
}

const noEvents: AsyncIterable<unknown> = { async *[Symbol.asyncIterator]() {} }

const events = (
  { protocol }: Located,
  { output }: Operation,
  stream: AsyncIterable<unknown>
): AsyncIterable<Uint8Array> => ({
  async *[Symbol.asyncIterator]() {
    const format = protocol === "restXml" ? "xml" : "restJson"
    yield* await eventStreamOf(format, protocol === "restXml" ? "text/xml" : contentTypes[protocol], output, stream)
  }
})

/** The statuses of Amazon S3 that differ from its model. */
const statuses: Readonly<Record<string, number>> = {
  PutBucketMetricsConfiguration: 204,
  PutBucketPolicy: 204,
  PutBucketTagging: 204,
  RestoreObject: 202
}

const ownStatuses = new WeakMap<Output, number>()

/** Gives an answer another status than most answers of its operation have. */
export const withStatus = <A extends Output>(output: A, status: number): A => {
  ownStatuses.set(output, status)
  return output
}

const statusOf = (located: Located, { http, name, output: shape }: Operation, output: Output): number => {
  const { headers, status } = bindingsOf(shape)
  const own = ownStatuses.get(output)
  if (own !== undefined) return own
  if (located.service.hasBuckets && name in statuses) return statuses[name]!
  const told = status === undefined ? undefined : output[status[0]]
  if (typeof told === "number") return told
  const range = headers.find(([, , name]) => name === "content-range")
  return range !== undefined && output[range[0]] !== undefined && located.request.method !== "PUT"
    ? 206
    : http?.status ?? 200
}

const restAnswer = (located: Located, operation: Operation, output: Output, ids: Ids): Answer => {
  const { protocol, request, service } = located
  const { output: shape } = operation
  const bindings = bindingsOf(shape)
  const headers = { ...idHeaders(ids, service.hasBuckets), ...boundHeaders(shape, output) }
  const status = statusOf(located, operation, output)
  let body: Body = noBytes
  let contentType: string | undefined
  if (bindings.payload !== undefined) {
    const value = output[bindings.payload[0]]
    if (isEventStream(bindings.payload[1])) {
      contentType = "application/vnd.amazon.eventstream"
      body = events(located, operation, (value ?? noEvents) as AsyncIterable<unknown>)
    } else [contentType, body] = payloadBody(located, operation, bindings.payload, value)
  } else if (bindings.body.length > 0) {
    contentType = contentTypes[protocol]
    body = asBytes(
      protocol === "restJson1"
        ? write("restJson", bindings.bodyShape, output)
        : xmlBody(service, operation, bindings.bodyShape, rootName(shape), output)
    )
  }
  if (contentType !== undefined) headers["content-type"] ??= contentType
  return answer(request.method, status, headers, body)
}

/** The answer to a request that succeeded. */
export const writeOutput = (located: Located, operation: Operation, output: Output, ids: Ids): Answer =>
  located.protocol === "restXml" || located.protocol === "restJson1"
    ? restAnswer(located, operation, output, ids)
    : rpcAnswer(located, operation, output, ids)
