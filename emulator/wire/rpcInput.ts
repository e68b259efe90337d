// Reads the input of an operation from a request in JSON 1.0, JSON 1.1, RPC v2 CBOR, AWS query or EC2 query.
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
import { parseCbor, type Shape } from "./sdk.ts"

const readData = makeReader(dataSource)
const readQuery = makeReader(querySource)
const readEc2Query = makeReader(ec2QuerySource)

const operationOf = ({ protocol, service }: Located, name: string): Operation => {
  const operation = service.operation(name)
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

/** The data of a body that is in the format of the protocol, and otherwise a `Fault`. */
const parsed = <A>({ protocol }: Located, parse: () => A): A => {
  try {
    return parse()
  } catch {
    throw malformedBody(protocol)
  }
}

const dataOf = async (located: Located, shape: Shape): Promise<Reading> => {
  const bytes = await wholeBody(plainPayload(located.request), located.request)
  const data = bytes.byteLength === 0
    ? {}
    : parsed(located, () => located.protocol === "rpcv2Cbor" ? parseCbor(bytes) : JSON.parse(strictTextOf(bytes)))
  return reading(located, () => readData(shape, data))
}

/** Parameters that are of the protocol and of no operation. A presigned URL has those of its signature too. */
const isOfProtocol = (name: string): boolean => name === "Action" || name === "Version" || name.startsWith("X-Amz-")

const readForm = async (located: Located): Promise<Input> => {
  const { form, parameters, protocol, request } = located
  const all = form ?? [
    ...parameters,
    ...parseParameters(parsedText(located, await wholeBody(plainPayload(request), request)))
  ]
  const action = all.find(([name]) => name === "Action")?.[1]
  if (action === undefined) throw missingAction(protocol)
  const operation = operationOf(located, action)
  const read = protocol === "ec2Query" ? readEc2Query : readQuery
  const { unknown, value } = reading(located, () => read(operation.input, parseForm(all, isOfProtocol)))
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
