// Requests as other clients than the SDK's send them.
import { Effect } from "effect"
import { bytesOf, noBytes, type Request } from "../../../emulator/wire/http.ts"
import { identify, readInput } from "../../../emulator/wire/wire.ts"
import { services } from "./clients.ts"

const authorization = (service: string, region = "us-east-1") =>
  `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`

interface Options {
  readonly service?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array
}

/** A request of a method and a target such as `/bucket?acl`. */
export const request = (method: string, target: string, { body, headers, service }: Options = {}): Request => {
  const at = target.indexOf("?")
  return {
    method,
    path: at === -1 ? target : target.slice(0, at),
    query: at === -1 ? "" : target.slice(at + 1),
    headers: {
      host: "127.0.0.1:4566",
      ...(service === undefined ? undefined : { authorization: authorization(service) }),
      ...headers
    },
    body: body === undefined ? noBytes : typeof body === "string" ? bytesOf(body) : body
  }
}

export const form = (service: string | undefined, body: string) =>
  request("POST", "/", {
    ...(service === undefined ? undefined : { service }),
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body
  })

export const json = (service: string, target: string, body: string | Uint8Array) =>
  request("POST", "/", {
    service,
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": target },
    body
  })

/** The service, the operation and the input that a request is read as. */
export const read = (request: Request) =>
  Effect.gen(function*() {
    const located = yield* identify(services, request)
    const { input, operation, unknown } = yield* readInput(located)
    return { service: located.service.serviceId, operation: operation.name, input, unknown, protocol: located.protocol }
  })

/** The code, the status and the message of the fault that a request is answered with. */
export const rejected = (request: Request) =>
  Effect.flip(read(request)).pipe(Effect.map(({ code, message, statusCode }) => [code, statusCode, message] as const))
