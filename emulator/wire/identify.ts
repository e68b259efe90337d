// Which service a request is for, and which protocol it uses.
import { Fault } from "./fault.ts"
import { noService } from "./faults.ts"
import { MalformedUri, type Parameters, parseParameters, type Request, strictTextOf, valueOf } from "./http.ts"
import type { Operation } from "./operation.ts"
import { decompressed, limitedBody } from "./payload.ts"
import { isJsonRpc, isQuery, isRest, type Protocol } from "./protocol.ts"
import { queryOf } from "./routes.ts"
import type { Service, Services } from "./service.ts"
import { type Scope, signerOf } from "./sigv4/scope.ts"

export interface Located {
  readonly request: Request
  readonly service: Service
  readonly protocol: Protocol
  /** The operation, if a client in the same process has named it. */
  readonly operation?: Operation | undefined
  /** The scope of the signature. Absent if the request is unsigned, or if only its body names the signer. */
  readonly scope: Scope | undefined
  readonly parameters: Parameters
  /** The parameters of the query and the body, if they had to be read to find the service. */
  readonly form: Parameters | undefined
}

const contentType = (request: Request): string => request.headers["content-type"] ?? ""

const isForm = (request: Request): boolean => contentType(request).startsWith("application/x-www-form-urlencoded")

const formText = (bytes: Uint8Array, request: Request, protocol: Protocol): string => {
  const content = decompressed(bytes, request, protocol)
  try {
    return strictTextOf(content)
  } catch {
    throw new MalformedUri("The form isn't UTF-8.")
  }
}

const rpcPath = /\/service\/([^/]+)\/operation\/([^/]+)$/

/** The few services that speak REST-XML, as signatures name them. */
const ofRestXml = /^(s3.*|route53|cloudfront)$/

/** The protocol according to the request alone, for answers before the service is known. */
export const protocolOf = (request: Request): Protocol => {
  if (request.headers["smithy-protocol"] === "rpc-v2-cbor") return "rpcv2Cbor"
  if (request.headers["x-amz-target"] !== undefined) {
    return contentType(request).includes("json-1.0") ? "awsJson1_0" : "awsJson1_1"
  }
  const signedFor = signerOf(request, [])?.scope.service ?? ""
  if (isForm(request) || /(^|&)Action=/.test(request.query)) return signedFor === "ec2" ? "ec2Query" : "awsQuery"
  return contentType(request).includes("json") || (signedFor !== "" && !ofRestXml.test(signedFor))
    ? "restJson1"
    : "restXml"
}

const targetOf = (request: Request): string | undefined => {
  const target = request.headers["x-amz-target"]
  if (target !== undefined) return target.slice(0, Math.max(0, target.lastIndexOf(".")))
  const path = rpcPath.exec(request.path)?.[1]
  return path !== undefined && protocolOf(request) === "rpcv2Cbor" ? path : undefined
}

const asOfService = (protocol: Protocol, { protocols }: Service): Protocol | undefined => {
  if (isQuery(protocol)) return protocols.find(isQuery)
  if (isRest(protocol)) return protocols.find(isRest)
  // AWS's services accept both versions of JSON.
  return isJsonRpc(protocol) && protocols.some(isJsonRpc) ? protocol : protocols.find((other) => other === protocol)
}

const targets: ReadonlyMap<string, string> = new Map([
  ["AmazonEC2ContainerServiceV20141113", "ecs"],
  ["AmazonSSM", "ssm"],
  ["AWSEvents", "events"],
  ["CertificateManager", "acm"],
  ["GraniteServiceVersion20100801", "monitoring"]
])

/**
 * The name of the service that a request is for, as signatures have it. An unsigned request has it in
 * its target. Without a target, a query is for STS, and anything else for Amazon S3.
 */
export const signingNameOf = (request: Request): string => {
  const signer = signerOf(request, parseParameters(request.query))
  if (signer !== undefined && signer.scope.service !== "") return signer.scope.service
  const target = targetOf(request)
  if (target !== undefined) return targets.get(target) ?? target
  return isQuery(protocolOf(request)) ? "sts" : "s3"
}

/** Locates a request of a client in the same process, which names its service and operation. */
export const locate = (service: Service, operation: Operation, request: Request): Located => {
  const parameters = parseParameters(request.query)
  return {
    service,
    operation,
    protocol: asOfService(protocolOf(request), service) ?? service.protocols[0],
    scope: signerOf(request, parameters)?.scope,
    parameters,
    form: undefined,
    request
  }
}

/** Finds the service of a request. Rejects with a `Fault` if the emulator doesn't have it. */
export const identify = async (services: Services, original: Request): Promise<Located> => {
  let request = original
  let form: Parameters | undefined
  const guess = protocolOf(request)
  const parameters = parseParameters(request.query)
  const scope = signerOf(request, parameters)?.scope

  const readForm = async (): Promise<Parameters> => {
    if (form !== undefined) return form
    if (!isForm(request)) return form = parameters
    const bytes = await limitedBody(request.body, request.headers, guess)
    request = { ...request, body: bytes }
    return form = [...parameters, ...parseParameters(formText(bytes, request, guess))]
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

  const byPath = (candidates: ReadonlyArray<Service>): Service | undefined => {
    const query = queryOf(parameters)
    return candidates.find((service) =>
      service.protocols.some(isRest) &&
      service.routes().find(request.method, request.path, query, request.headers, false) !== undefined
    )
  }

  const find = async (): Promise<Service> => {
    const target = targetOf(request)
    const byTarget = target === undefined ? undefined : services.byTarget.get(target)
    if (scope !== undefined && scope.service !== "") {
      const named = services.bySigningName.get(scope.service) ?? []
      if (named.length === 0) throw noService(scope.service)
      if (named.length === 1) return named[0]!
      if (byTarget !== undefined && named.includes(byTarget)) return byTarget
      return (isQuery(guess) ? await byAction(named) : isRest(guess) ? byPath(named) : undefined) ??
        named.find((service) => asOfService(guess, service) !== undefined) ??
        named[0]!
    }
    if (byTarget !== undefined) return byTarget
    if (target !== undefined) throw noService(target)
    if (isQuery(guess)) {
      const service = await byAction(services.all)
      if (service !== undefined) return service
    }
    // Only Amazon S3 accepts unsigned requests that don't name a service.
    return services.all.find(({ hasBuckets }) => hasBuckets) ??
      (() => {
        throw new Fault({
          code: "MissingAuthenticationToken",
          message: "Request is missing Authentication Token",
          statusCode: 403
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
