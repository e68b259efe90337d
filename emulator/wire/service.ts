// A service as the wire knows it: its names, and the schemas of its operations and errors.
import type { Operation } from "./operation.ts"
import type { Protocol } from "./protocol.ts"
import { makeRoutes, type Routes } from "./routes.ts"
import {
  checkCodecs,
  errorName,
  type ErrorSchema,
  operationParts,
  type OperationSchema,
  type Shape,
  shapeOf
} from "./sdk.ts"

export interface ServiceDescription {
  /** The name in AWS's models: `S3`, `CloudWatch`. */
  readonly serviceId: string
  /** The namespace of its shapes: `com.amazonaws.s3`. */
  readonly namespace: string
  /** The name in the scope of a signature: `s3`, `monitoring`. */
  readonly signingName: string
  /** Further names that it has in signatures: `s3express`. */
  readonly otherSigningNames?: ReadonlyArray<string> | undefined
  /** The protocols that it speaks, its usual one first. */
  readonly protocols: readonly [Protocol, ...Array<Protocol>]
  /** The version of its API: `2006-03-01`. */
  readonly version: string
  /** The name of the service's shape, which `X-Amz-Target` and the paths of RPC v2 have: `AmazonSSM`. */
  readonly target?: string | undefined
  readonly xmlNamespace?: string | undefined
  readonly operations: Iterable<OperationSchema>
  readonly errors: Iterable<ErrorSchema>
  /** Whether it spoke AWS query before, so that its errors in JSON and CBOR tell the code that query has. */
  readonly isQueryCompatible?: boolean | undefined
  /** The `__type` of an error in JSON, where it isn't the code alone. */
  readonly errorType?: ((code: string, isModeled: boolean) => string) | undefined
}

export interface ModeledError {
  readonly name: string
  /** The code in XML, which may differ from the name of the shape. */
  readonly queryCode: string
  readonly status: number
  readonly isServerFault: boolean
  readonly shape: Shape
}

export interface Service extends Omit<ServiceDescription, "operations" | "errors"> {
  readonly operations: ReadonlyMap<string, OperationSchema>
  readonly operation: (name: string) => Operation | undefined
  readonly routes: () => Routes
  /** The error with this name or, if no error has it as its name, with this code on the wire. */
  readonly error: (code: string) => ModeledError | undefined
  /** Whether buckets are in its hosts and paths. */
  readonly hasBuckets: boolean
}

const makeError = (schema: ErrorSchema): ModeledError => {
  const shape = shapeOf(schema)
  const traits = shape.getMergedTraits() as {
    readonly error?: "client" | "server"
    readonly httpError?: number
    readonly awsQueryError?: readonly [code: string, status: number]
  }
  const name = errorName(schema)
  const isServerFault = traits.error === "server"
  return {
    name,
    queryCode: traits.awsQueryError?.[0] ?? name,
    status: traits.httpError ?? traits.awsQueryError?.[1] ?? (isServerFault ? 500 : 400),
    isServerFault,
    shape
  }
}

export const makeService = (description: ServiceDescription): Service => {
  checkCodecs()
  const operations = new Map<string, OperationSchema>()
  for (const schema of description.operations) operations.set(String(schema[2]), schema)
  const made = new Map<string, Operation>()
  const operation = (name: string): Operation | undefined => {
    const known = made.get(name)
    if (known !== undefined) return known
    const schema = operations.get(name)
    if (schema === undefined) return undefined
    const { http, input, output } = operationParts(schema)
    const one: Operation = {
      name,
      http: http && { method: http[0], uri: http[1], status: http[2] },
      input,
      output
    }
    made.set(name, one)
    return one
  }
  const byName = new Map<string, ModeledError>()
  const byCode = new Map<string, ModeledError>()
  for (const error of Array.from(description.errors, makeError)) {
    byName.set(error.name, error)
    if (!byCode.has(error.queryCode)) byCode.set(error.queryCode, error)
  }
  const hasBuckets = description.serviceId === "S3"
  let routes: Routes | undefined
  return {
    ...description,
    operations,
    operation,
    routes: () => routes ??= makeRoutes(Array.from(operations.keys(), (name) => operation(name)!), hasBuckets),
    error: (code) => byName.get(code) ?? byCode.get(code),
    hasBuckets
  }
}

/** The services of an emulator, by all the names under which a request may ask for one. */
export interface Services {
  readonly bySigningName: ReadonlyMap<string, ReadonlyArray<Service>>
  readonly byTarget: ReadonlyMap<string, Service>
  readonly all: ReadonlyArray<Service>
}

export const makeServices = (descriptions: Iterable<ServiceDescription>): Services => {
  const all = Array.from(descriptions, makeService)
  const bySigningName = new Map<string, Array<Service>>()
  const byTarget = new Map<string, Service>()
  for (const service of all) {
    for (const name of [service.signingName, ...service.otherSigningNames ?? []]) {
      const others = bySigningName.get(name)
      if (others === undefined) bySigningName.set(name, [service])
      else others.push(service)
    }
    if (service.target !== undefined) byTarget.set(service.target, service)
  }
  return { bySigningName, byTarget, all }
}
