// Writes a fault as an HTTP answer, in the protocol of the request.
import { answer, asBytes, boundHeaders, contentTypeOf, idHeaders, type Ids } from "./answers.ts"
import { bindingsOf } from "./bindings.ts"
import type { Fault } from "./fault.ts"
import { type Answer, type Request } from "./http.ts"
import { isQuery, type Protocol } from "./protocol.ts"
import { documentShape, type Members, structureOf, textShape, write } from "./sdk.ts"
import type { ModeledError, Service } from "./service.ts"
import { contentOf, declaration, element, escapeXml } from "./xmlOutput.ts"

/** Where a fault is answered. The service is missing where the request asks for one that isn't there. */
export interface FaultContext {
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

const s3Error = (fault: Fault, error: ModeledError | undefined, ids: Ids): string => {
  const members = membersOf(fault, error, true)
  const ends = element("RequestId", ids.requestId) + element("HostId", ids.extendedRequestId ?? ids.requestId)
  const content = element("Code", escapeXml(error?.queryCode ?? fault.code)) +
    element("Message", escapeXml(fault.message)) +
    contentOf(structureOf("Error", members), "Error", fault.members ?? {}) +
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
    element("Message", escapeXml(fault.message)) +
    contentOf(structureOf("Error", membersOf(fault, error, true)), "Error", fault.members ?? {})
  if (protocol === "ec2Query") {
    return declaration +
      element("Response", element("Errors", element("Error", content)) + element("RequestID", ids.requestId))
  }
  const type = element("Type", isServerFault(status, error) ? "Receiver" : "Sender")
  return element(
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
  const head: Members = protocol === "restJson1" ? [] : [["__type", textShape]]
  const message = messageName(error)
  const shape = structureOf("Error", [...head, [message, textShape], ...membersOf(fault, error, false)])
  const value = { ...fault.members, __type: type, [message]: fault.message }
  return protocol === "restJson1"
    ? write("restJson", shape, withoutType(value))
    : write(protocol === "rpcv2Cbor" ? "cbor" : "json", shape, value)
}

// A value with a `__type` has all of its members written, also those that aren't of its shape.
const withoutType = ({ __type, ...value }: Readonly<Record<string, unknown>>) => value

const isDataProtocol = (protocol: Protocol): boolean => !isQuery(protocol) && protocol !== "restXml"

/** The answer to a request that has failed. */
export const writeFault = (context: FaultContext, fault: Fault, ids: Ids): Answer => {
  const { protocol, request, service } = context
  const error = service?.error(fault.code)
  const status = fault.status ?? error?.status ?? 400
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
  const body = protocol === "restXml"
    ? s3Error(fault, error, ids)
    : isQuery(protocol)
    ? queryError(context, fault, error, status, ids)
    : dataError(context, fault, error)
  return answer(request.method, status, headers, asBytes(body))
}
