// Writes a fault as an HTTP answer, in the protocol of the request.
import { answer, asBytes, boundHeaders, contentTypeOf, crc32Headers, idHeaders, type Ids } from "./answers.ts"
import { bindingsOf } from "./bindings.ts"
import type { Fault } from "./fault.ts"
import type { Answer, Request } from "./http.ts"
import { isQuery, type Protocol } from "./protocol.ts"
import { documentShape, type Members, structureOf, textShape, write } from "./sdk.ts"
import type { ModeledError, Service } from "./service.ts"
import { contentOf, declaration, element, escapeXml, withoutControls } from "./xmlOutput.ts"

/** The request that failed. It has no service if the emulator doesn't have the one it is for. */
interface FaultContext {
  readonly request: Request
  readonly protocol: Protocol
  readonly service: Service | undefined
}

const isMessage = (name: string): boolean => name.toLowerCase() === "message"

/** The members of a fault with their shapes: those of its schema, and others as text or as they are. */
const membersOf = (fault: Fault, error: ModeledError | undefined, isXml: boolean): Members => {
  const modeled = error === undefined ? [] : bindingsOf(error.shape).body
  const names = new Set(modeled.map(([name]) => name))
  const others = Object.entries(fault.members ?? {}).filter(([name]) => !names.has(name))
  return [
    ...modeled.filter(([name]) => !isMessage(name)),
    ...others.map(([name]) => [name, isXml ? textShape : documentShape] as const)
  ]
}

const isServerFault = (status: number, error: ModeledError | undefined): boolean =>
  error?.isServerFault ?? status >= 500

/** The members of a fault in XML. Without any, no codec of the SDK is needed, so it can answer even if the codecs don't work. */
const memberElements = (fault: Fault, error: ModeledError | undefined): string =>
  fault.members === undefined
    ? ""
    : contentOf(structureOf("Error", membersOf(fault, error, true)), "Error", fault.members)

/** A message can quote any text of the request. */
const messageText = ({ message }: Fault): string => escapeXml(withoutControls(message))

const s3Error = (fault: Fault, error: ModeledError | undefined, ids: Ids): string => {
  const ends = element("RequestId", ids.requestId) + element("HostId", ids.extendedRequestId ?? ids.requestId)
  const content = element("Code", escapeXml(error?.queryCode ?? fault.code)) +
    element("Message", messageText(fault)) +
    memberElements(fault, error) +
    ends
  return declaration + element("Error", content)
}

const queryError = (
  { protocol, service }: FaultContext,
  fault: Fault,
  error: ModeledError | undefined,
  status: number,
  ids: Ids
): string => {
  const code = element("Code", escapeXml(error?.queryCode ?? fault.code))
  const content = code +
    element("Message", messageText(fault)) +
    memberElements(fault, error)
  if (protocol === "ec2Query") {
    return declaration +
      element("Response", element("Errors", element("Error", content)) + element("RequestID", ids.requestId))
  }
  const type = element("Type", isServerFault(status, error) ? "Receiver" : "Sender")
  return (protocol === "restXml" ? declaration : "") + element(
    "ErrorResponse",
    element("Error", type + content) + element("RequestId", ids.requestId),
    service?.xmlNamespace
  )
}

const messageName = (error: ModeledError | undefined): string =>
  (error === undefined ? undefined : bindingsOf(error.shape).body.find(([name]) => isMessage(name))?.[0]) ?? "message"

const dataError = (
  { protocol, service }: FaultContext,
  fault: Fault,
  error: ModeledError | undefined
): string | Uint8Array => {
  const code = error?.name ?? fault.code
  const type = service?.errorType?.(code, error !== undefined) ??
    (protocol === "rpcv2Cbor" && service !== undefined ? `${service.namespace}#${code}` : code)
  const message = messageName(error)
  if (fault.members === undefined && protocol !== "rpcv2Cbor") {
    return JSON.stringify({ ...(protocol !== "restJson1" && { __type: type }), [message]: fault.message })
  }
  const head: Members = protocol === "restJson1" ? [] : [["__type", textShape]]
  const shape = structureOf("Error", [...head, [message, textShape], ...membersOf(fault, error, false)])
  const value = { ...fault.members, __type: type, [message]: fault.message }
  return protocol === "restJson1"
    ? write("restJson", shape, withoutType(value))
    : write(protocol === "rpcv2Cbor" ? "cbor" : "json", shape, value)
}

// The SDK writes all members of a value with a `__type`, even those that its shape doesn't have.
const withoutType = ({ __type, ...value }: Readonly<Record<string, unknown>>) => value

const isDataProtocol = (protocol: Protocol): boolean => !isQuery(protocol) && protocol !== "restXml"

/** The answer to a request that failed. */
export const writeFault = (context: FaultContext, fault: Fault, ids: Ids): Answer => {
  const { protocol, request, service } = context
  const error = service?.error(fault.code)
  const status = fault.statusCode ?? error?.status ?? 400
  const headers: Record<string, string> = {
    ...idHeaders(ids, service?.hasBuckets ?? protocol === "restXml"),
    "content-type": contentTypeOf(protocol),
    ...(error === undefined ? undefined : boundHeaders(error.shape, fault.members ?? {})),
    ...fault.headers
  }
  if (protocol === "rpcv2Cbor") headers["smithy-protocol"] = "rpc-v2-cbor"
  if (protocol === "restJson1") headers["x-amzn-errortype"] = error?.name ?? fault.code
  if (isDataProtocol(protocol) && service?.isQueryCompatible === true) {
    const type = isServerFault(status, error) ? "Receiver" : "Sender"
    headers["x-amzn-query-error"] = `${error?.queryCode ?? fault.code};${type}`
  }
  const body = asBytes(
    isQuery(protocol) || (protocol === "restXml" && service?.hasBuckets === false)
      ? queryError(context, fault, error, status, ids)
      : protocol === "restXml"
      ? s3Error(fault, error, ids)
      : dataError(context, fault, error)
  )
  return answer(request.method, status, { ...headers, ...crc32Headers(service, body) }, body)
}
