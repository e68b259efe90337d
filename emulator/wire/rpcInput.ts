// Reads the input of an operation from a request in JSON 1.0, JSON 1.1, RPC v2 CBOR, AWS query or EC2 query.
import { parseCbor } from "./cbor.ts"
import { dataSource } from "./dataSource.ts"
import { malformedBody, missingAction, unknownOperation, wrongBodyValue } from "./faults.ts"
import { ec2QuerySource, parseForm, querySource } from "./formSource.ts"
import { parseParameters, strictTextOf } from "./http.ts"
import type { Located } from "./identify.ts"
import type { Operation } from "./operation.ts"
import { plainPayload, wholeBody } from "./payload.ts"
import { isQuery } from "./protocol.ts"
import { makeReader, type Reading } from "./reader.ts"
import type { Input } from "./restInput.ts"
import { WrongValue } from "./scalars.ts"
import type { Shape } from "./sdk.ts"
import { withoutSignature } from "./sigv4/scope.ts"

const readData = makeReader(dataSource)
const readQuery = makeReader(querySource)
const readEc2Query = makeReader(ec2QuerySource)

const operationOf = ({ operation: known, protocol, service }: Located, name: string): Operation => {
  const operation = known ?? service.operation(name)
  if (operation === undefined) throw unknownOperation(protocol, name, service.version)
  return operation
}

const reading = ({ protocol }: Located, read: () => Reading): Reading => {
  try {
    return read()
  } catch (error) {
    throw error instanceof WrongValue ? wrongBodyValue(protocol, error) : error
  }
}

/** Parses a body. Throws a `Fault` if it isn't in the format of the protocol. */
const parsed = <A>({ protocol }: Located, parse: () => A): A => {
  try {
    return parse()
  } catch {
    throw malformedBody(protocol)
  }
}

const dataOf = async (located: Located, shape: Shape): Promise<Reading> => {
  const bytes = await wholeBody(plainPayload(located.request), located.request, located.protocol)
  const data = bytes.byteLength === 0
    ? {}
    : parsed(located, () => located.protocol === "rpcv2Cbor" ? parseCbor(bytes) : JSON.parse(strictTextOf(bytes)))
  return reading(located, () => readData(shape, data))
}

/** Parameters of the protocol, which belong to no operation. */
const isOfProtocol = (name: string): boolean => name === "Action" || name === "Version" || name.startsWith("X-Amz-")

const readForm = async (located: Located): Promise<Input> => {
  const { form, parameters, protocol, request } = located
  const all = form ?? [
    ...parameters,
    ...parseParameters(parsedText(located, await wholeBody(plainPayload(request), request, protocol)))
  ]
  const action = all.find(([name]) => name === "Action")?.[1]
  if (action === undefined) throw missingAction(protocol)
  const operation = operationOf(located, action)
  const read = protocol === "ec2Query" ? readEc2Query : readQuery
  const { unknown, value } = reading(
    located,
    () => read(operation.input, parseForm(withoutSignature(all), isOfProtocol))
  )
  return { operation, input: value as Input["input"], unknown, trailers: () => ({}) }
}

const parsedText = (located: Located, bytes: Uint8Array): string => parsed(located, () => strictTextOf(bytes))

const operationName = ({ protocol, request }: Located): string => {
  if (protocol === "rpcv2Cbor") return request.path.slice(request.path.lastIndexOf("/") + 1)
  const target = request.headers["x-amz-target"] ?? ""
  return target.slice(target.lastIndexOf(".") + 1)
}

/** Reads the input of a request. Rejects with a `Fault`. */
export const readRpcInput = async (located: Located): Promise<Input> => {
  if (isQuery(located.protocol)) return await readForm(located)
  const operation = operationOf(located, operationName(located))
  const { unknown, value } = await dataOf(located, operation.input)
  return { operation, input: value as Input["input"], unknown, trailers: () => ({}) }
}
