// Which service a request is for, and in which protocol it speaks.
import { Fault } from "./fault.ts"
import { noService } from "./faults.ts"
import { type Body, collect, type Parameters, parseParameters, type Request, textOf } from "./http.ts"
import { isJsonRpc, isQuery, isRest, type Protocol } from "./protocol.ts"
import type { Service, Services } from "./service.ts"
import { type Scope, scopeOf } from "./sigv4/scope.ts"

export interface Located {
  readonly request: Request
  readonly service: Service
  readonly protocol: Protocol
  /** What the signature says that it is for; absent from an unsigned request. */
  readonly scope: Scope | undefined
  readonly parameters: Parameters
  /** The parameters of the body, where they had to be read to find the service. */
  readonly form: Parameters | undefined
}

const contentType = (request: Request): string => request.headers["content-type"] ?? ""

const isForm = (request: Request): boolean => contentType(request).startsWith("application/x-www-form-urlencoded")

const rpcPath = /\/service\/([^/]+)\/operation\/([^/]+)$/

/** The protocol as far as the request alone tells it, for answers before the service is known. */
export const protocolOf = (request: Request): Protocol => {
  if (request.headers["smithy-protocol"] === "rpc-v2-cbor") return "rpcv2Cbor"
  if (request.headers["x-amz-target"] !== undefined) {
    return contentType(request).includes("json-1.0") ? "awsJson1_0" : "awsJson1_1"
  }
  if (isForm(request) || /(^|&)Action=/.test(request.query)) return "awsQuery"
  return contentType(request).includes("json") ? "restJson1" : "restXml"
}

const valueOf = (parameters: Parameters | undefined, name: string): string | undefined =>
  parameters?.find(([other]) => other === name)?.[1]

const targetOf = (request: Request): string | undefined => {
  const target = request.headers["x-amz-target"]
  if (target !== undefined) return target.slice(0, Math.max(0, target.lastIndexOf(".")))
  const path = rpcPath.exec(request.path)?.[1]
  return path !== undefined && protocolOf(request) === "rpcv2Cbor" ? path : undefined
}

const asOfService = (protocol: Protocol, { protocols }: Service): Protocol | undefined => {
  if (isQuery(protocol)) return protocols.find(isQuery)
  if (isRest(protocol)) return protocols.find(isRest)
  // AWS's services take both versions of JSON.
  return isJsonRpc(protocol) && protocols.some(isJsonRpc) ? protocol : protocols.find((other) => other === protocol)
}

/** Finds the service of a request. Rejects with a `Fault` if the emulator doesn't have it. */
export const identify = async (services: Services, original: Request): Promise<Located> => {
  let request = original
  let form: Parameters | undefined
  const guess = protocolOf(request)
  const parameters = parseParameters(request.query)
  const scope = scopeOf(request, parameters)

  const readForm = async (): Promise<Parameters> => {
    if (form !== undefined) return form
    const bytes: Body = isForm(request) ? await collect(request.body) : new Uint8Array(0)
    if (isForm(request)) request = { ...request, body: bytes }
    return form = [...parameters, ...parseParameters(textOf(bytes))]
  }

  const byAction = async (candidates: ReadonlyArray<Service>): Promise<Service | undefined> => {
    const all = await readForm()
    const action = valueOf(all, "Action")
    const version = valueOf(all, "Version")
    const having = candidates.filter((service) =>
      action !== undefined && service.operations.has(action) && service.protocols.some(isQuery)
    )
    return having.find((service) => service.version === version) ?? having[0]
  }

  const find = async (): Promise<Service> => {
    const target = targetOf(request)
    const byTarget = target === undefined ? undefined : services.byTarget.get(target)
    if (scope !== undefined) {
      const named = services.bySigningName.get(scope.service) ?? []
      if (named.length === 0) throw noService(scope.service)
      if (named.length === 1) return named[0]!
      if (byTarget !== undefined && named.includes(byTarget)) return byTarget
      return (isQuery(guess) ? await byAction(named) : undefined) ??
        named.find((service) => asOfService(guess, service) !== undefined) ??
        named[0]!
    }
    if (byTarget !== undefined) return byTarget
    if (target !== undefined) throw noService(target)
    if (isQuery(guess)) {
      const service = await byAction(services.all)
      if (service !== undefined) return service
    }
    // Only Amazon S3 takes requests that no one signed and that don't say which service they are for.
    return services.all.find(({ hasBuckets }) => hasBuckets) ??
      (() => {
        throw new Fault({
          code: "MissingAuthenticationToken",
          message: "Request is missing Authentication Token",
          status: 403
        })
      })()
  }

  const service = await find()
  return {
    service,
    protocol: asOfService(guess, service) ?? service.protocols[0],
    scope,
    parameters,
    form,
    request
  }
}
