// Describes a service for the wire, from the SDK's client.
import type { Protocol } from "./protocol.ts"
import { errorSchemasOf, type OperationSchema, unsupported } from "./sdk.ts"
import { makeService, type Service, type ServiceDescription } from "./service.ts"

type Registries = ReadonlyArray<{ readonly schemas: ReadonlyMap<string, unknown> }>

/** The part of a client's configuration that describes its service. */
export interface ClientConfig {
  readonly serviceId: string
  readonly defaultSigningName: string
  readonly protocol: { getShapeId(): string }
  readonly protocolSettings: {
    readonly defaultNamespace: string
    readonly errorTypeRegistries: Registries
    readonly version: string
    readonly xmlNamespace?: string
    readonly serviceTarget?: string
    readonly awsQueryCompatible?: boolean
  }
}

const otherSigningNames: Readonly<Record<string, ReadonlyArray<string>>> = {
  S3: ["s3express", "s3-object-lambda"]
}

/** The protocols that a service accepts besides that of the SDK's client. Other clients use them. */
const otherProtocols: Readonly<Record<string, ReadonlyArray<Protocol>>> = {
  CloudWatch: ["awsQuery", "rpcv2Cbor", "awsJson1_0"]
}

const errorTypes: Readonly<Record<string, ServiceDescription["errorType"]>> = {
  DynamoDB: (code, isModeled) =>
    isModeled
      ? `com.amazonaws.dynamodb.v20120810#${code}`
      : `com.amazon.coral.${code === "ValidationException" ? "validate" : "service"}#${code}`
}

/** Whether this is the configuration of a client that the wire can describe: one that is built on schemas. */
export const isDescribable = (config: object): config is ClientConfig => {
  const { protocol, protocolSettings, serviceId } = config as Partial<ClientConfig>
  return typeof serviceId === "string" && typeof protocol?.getShapeId === "function" &&
    Array.isArray(protocolSettings?.errorTypeRegistries)
}

export const describe = (
  { defaultSigningName, protocol, protocolSettings, serviceId }: ClientConfig,
  operations: Iterable<OperationSchema>
): ServiceDescription => {
  const usual = protocol.getShapeId().split("#")[1] as Protocol
  return {
    serviceId,
    namespace: protocolSettings.defaultNamespace,
    signingName: defaultSigningName,
    otherSigningNames: otherSigningNames[serviceId],
    protocols: [usual, ...(otherProtocols[serviceId] ?? []).filter((other) => other !== usual)],
    version: protocolSettings.version,
    target: protocolSettings.serviceTarget,
    xmlNamespace: protocolSettings.xmlNamespace,
    operations,
    errors: errorSchemasOf(protocolSettings.errorTypeRegistries).filter(([, namespace]) =>
      namespace === protocolSettings.defaultNamespace
    ),
    isQueryCompatible: protocolSettings.awsQueryCompatible,
    errorType: errorTypes[serviceId]
  }
}

/** Describes the service of a client with all of its operations. Throws if the client isn't built on schemas. */
export const describeWhole = (config: object, operations: ReadonlyArray<OperationSchema>): ServiceDescription => {
  if (isDescribable(config) && operations.length > 0) return describe(config, operations)
  const { serviceId } = config as { readonly serviceId?: unknown }
  throw unsupported(`its client of ${String(serviceId)} isn't built on schemas`)
}

// All clients of a class share their registries.
const services = new WeakMap<Registries, Service>()

/** The service of a client, without operations: in process, each call brings its own schema. */
export const serviceOfClient = (config: ClientConfig): Service => {
  const key = config.protocolSettings.errorTypeRegistries
  let service = services.get(key)
  if (service === undefined) services.set(key, service = makeService(describe(config, [])))
  return service
}
