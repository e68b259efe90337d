// A service as the wire knows it: its names, and the schemas of its operations and errors.
import type { Operation } from "./operation.ts"
import { isRest, type Protocol } from "./protocol.ts"
import { makeRoutes, type Routes } from "./routes.ts"
import {
  checkCodecs,
  errorName,
  type ErrorSchema,
  operationParts,
  type OperationSchema,
  type Shape,
  shapeOf,
  unsupported
} from "./sdk.ts"

export interface ServiceDescription {
  /** The name in AWS's models: `S3`, `CloudWatch`. */
  readonly serviceId: string
  /** The namespace of its shapes: `com.amazonaws.s3`. */
  readonly namespace: string
  /** The name in the scope of a signature: `s3`, `monitoring`. */
  readonly signingName: string
  /** Other names of the service in signatures: `s3express`. */
  readonly otherSigningNames?: ReadonlyArray<string> | undefined
  /** The protocols that it supports, the usual one first. */
  readonly protocols: readonly [Protocol, ...Array<Protocol>]
  /** The version of its API: `2006-03-01`. */
  readonly version: string
  /** The name of the service's shape, as in `X-Amz-Target` and in paths of RPC v2: `AmazonSSM`. */
  readonly target?: string | undefined
  readonly xmlNamespace?: string | undefined
  readonly operations: Iterable<OperationSchema>
  readonly errors: ReadonlyArray<ErrorSchema>
  /** Whether it used AWS query before. Its errors in JSON and CBOR then also have the code of AWS query. */
  readonly isQueryCompatible?: boolean | undefined
  /** Makes the `__type` of an error in JSON if it isn't just the code. */
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
  readonly errors: ReadonlyArray<ModeledError>
  readonly operation: (name: string) => Operation | undefined
  readonly routes: () => Routes
  /** An operation by its schema, whether or not the service has been described with it. */
  readonly operationOf: (schema: OperationSchema) => Operation
  /** The routes to this operation alone. */
  readonly routesOf: (operation: Operation) => Routes
  /** The error with this name, or else the one with this code on the wire. */
  readonly error: (code: string) => ModeledError | undefined
  /** Whether its hosts and paths contain buckets. */
  readonly hasBuckets: boolean
}

/** Whether the service speaks AWS query or has spoken it: only then are the statuses of query those of its answers. */
const hasQueryErrors = ({ isQueryCompatible, protocols }: ServiceDescription): boolean =>
  isQueryCompatible === true || protocols.some((protocol) => protocol === "awsQuery" || protocol === "ec2Query")

const makeError = (schema: ErrorSchema, hasQueryErrors: boolean): ModeledError => {
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
    status: traits.httpError ?? (hasQueryErrors ? traits.awsQueryError?.[1] : undefined) ?? (isServerFault ? 500 : 400),
    isServerFault,
    shape
  }
}

export const makeService = (description: ServiceDescription): Service => {
  checkCodecs()
  const operations = new Map<string, OperationSchema>()
  for (const schema of description.operations) operations.set(String(schema[2]), schema)
  const made = new WeakMap<OperationSchema, Operation>()
  const operationOf = (schema: OperationSchema): Operation => {
    const known = made.get(schema)
    if (known !== undefined) return known
    const { http, input, name, output } = operationParts(schema)
    if (http === undefined && description.protocols.some(isRest)) {
      throw unsupported("the schema of an operation has no path")
    }
    const one: Operation = {
      name,
      http: http && { method: http[0], uri: http[1], status: http[2] },
      input,
      output
    }
    made.set(schema, one)
    return one
  }
  const operation = (name: string): Operation | undefined => {
    const schema = operations.get(name)
    return schema === undefined ? undefined : operationOf(schema)
  }
  const byName = new Map<string, ModeledError>()
  const byCode = new Map<string, ModeledError>()
  const isQuery = hasQueryErrors(description)
  const errors = Array.from(description.errors, (schema) => makeError(schema, isQuery))
  for (const error of errors) {
    byName.set(error.name, error)
    if (!byCode.has(error.queryCode)) byCode.set(error.queryCode, error)
  }
  const hasBuckets = description.serviceId === "S3"
  let routes: Routes | undefined
  const ownRoutes = new WeakMap<Operation, Routes>()
  const routesOf = (operation: Operation): Routes => {
    let routes = ownRoutes.get(operation)
    if (routes === undefined) ownRoutes.set(operation, routes = makeRoutes([operation], hasBuckets))
    return routes
  }
  return {
    ...description,
    operations,
    errors,
    operation,
    operationOf,
    routesOf,
    routes: () => routes ??= makeRoutes(Array.from(operations.keys(), (name) => operation(name)!), hasBuckets),
    error: (code) => byName.get(code) ?? byCode.get(code),
    hasBuckets
  }
}

/** The services of an emulator, by every name that a request may use. */
export interface Services {
  readonly bySigningName: ReadonlyMap<string, ReadonlyArray<Service>>
  readonly byTarget: ReadonlyMap<string, Service>
  readonly all: ReadonlyArray<Service>
}

export const makeServices = (descriptions: Iterable<ServiceDescription>): Services =>
  indexServices(Array.from(descriptions, makeService))

export const indexServices = (all: ReadonlyArray<Service>): Services => {
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
