// The parts of the SDK's internals that the wire uses: the structure of its schemas, and its codecs. The emulator has no fallback
// for them. It fails here, with a message, if an SDK has another structure.
import { AwsJson1_1Protocol, AwsRestJsonProtocol, AwsRestXmlProtocol } from "@aws-sdk/core/protocols"
import { SmithyRpcV2CborProtocol } from "@smithy/core/cbor"
import { EventStreamSerde, eventStreamSerdeProvider } from "@smithy/core/event-streams"
import { NormalizedSchema } from "@smithy/core/schema"
import { fromUtf8, toUtf8 } from "@smithy/core/serde"
import { isDeepStrictEqual } from "node:util"
import { parseCbor } from "./cbor.ts"

/** A schema of an operation, as the SDK's clients have it: `command.schema`. */
export type OperationSchema = ReadonlyArray<unknown>

/** A schema of an error, as the SDK's registries of types have it. */
export type ErrorSchema = ReadonlyArray<unknown>

export type Shape = NormalizedSchema

/** The SDK's internals differ from those that the wire relies on. */
class UnsupportedSdk extends Error {
  override readonly name = "UnsupportedSdk"
}

export const unsupported = (what: string, cause?: unknown): Error =>
  new UnsupportedSdk(
    `The emulator can't use this version of the AWS SDK: ${what}. ` +
      "Install versions of the SDK's clients, @aws-sdk/core and @smithy/core that the emulator supports.",
    { cause }
  )

// The SDK's types don't say what a schema's tuple contains.
const kinds = { operation: 9, error: -3 } as const

const isErrorSchema = (schema: unknown): schema is ErrorSchema => Array.isArray(schema) && schema[0] === kinds.error

export const isOperationSchema = (schema: unknown): schema is OperationSchema =>
  Array.isArray(schema) && schema[0] === kinds.operation

type Http = readonly [method: string, uri: string, status: number]

const isHttp = (http: unknown): http is Http | undefined =>
  http === undefined ||
  (Array.isArray(http) && typeof http[0] === "string" && typeof http[1] === "string" && typeof http[2] === "number")

/** The parts of an operation's schema. */
export const operationParts = (schema: OperationSchema) => {
  const [kind, , name, traits, input, output] = schema
  const http: unknown = typeof traits === "object" && traits !== null
    ? (traits as { readonly http?: unknown }).http
    : undefined
  if (
    kind !== kinds.operation || typeof name !== "string" || input === undefined || output === undefined || !isHttp(http)
  ) {
    throw unsupported("the schema of an operation has another form")
  }
  return {
    name,
    http,
    input: shapeOf(input),
    output: shapeOf(output)
  }
}

export const shapeOf = (schema: unknown): Shape =>
  NormalizedSchema.of(schema as Parameters<typeof NormalizedSchema.of>[0])

/** The name of an error's shape. */
export const errorName = (schema: ErrorSchema): string => {
  const name = schema[2]
  if (typeof name !== "string") throw unsupported("the schema of an error has another form")
  return name
}

export type Members = ReadonlyArray<readonly [name: string, shape: Shape]>

const noMembers: Members = []

/** The members of a structure or a union. Other shapes have none. */
export const membersOf = (shape: Shape): Members => {
  if (!shape.isStructSchema()) return noMembers
  const schema = shape.getSchema() as object
  const known = memberCache.get(schema)
  if (known !== undefined) return known
  const members = [...shape.structIterator()]
  memberCache.set(schema, members)
  return members
}
const memberCache = new WeakMap<object, Members>()

/** The names of the required members. A schema lists them first, and says how many there are. */
export const requiredMembers = (shape: Shape): ReadonlyArray<string> => {
  const schema: unknown = shape.getSchema()
  const count: unknown = Array.isArray(schema) ? schema[6] : undefined
  return typeof count === "number" ? membersOf(shape).slice(0, count).map(([name]) => name) : []
}

/** The error schemas in the registries of a client's configuration. Each client has at least one, its base error. */
export const errorSchemasOf = (
  registries: Iterable<{ readonly schemas?: unknown }>
): ReadonlyArray<ErrorSchema> => {
  const errors = Array.from(registries).flatMap(({ schemas }) =>
    schemas instanceof Map ? [...schemas.values()].filter(isErrorSchema) : []
  )
  if (errors.length === 0) throw unsupported("its registries have no schemas of errors")
  return errors
}

const structures = new WeakMap<Members, Map<string, Shape>>()

/** A structure that only the wire has: an envelope, or the members of a shape that go in the body. */
export const structureOf = (name: string, members: Members): Shape => {
  const known = structures.get(members)?.get(name)
  if (known !== undefined) return known
  const names = members.map(([name]) => name)
  const shapes = members.map(([, shape]) => shape)
  const shape = shapeOf([3, "effect-aws-sdk.emulator", name, { xmlName: name }, names, shapes])
  const others = structures.get(members)
  if (others === undefined) structures.set(members, new Map([[name, shape]]))
  else others.set(name, shape)
  return shape
}

export const textShape: Shape = shapeOf(0)

export const documentShape: Shape = shapeOf(15)

interface Codec {
  createSerializer(): { write(schema: Shape, value: unknown): void; flush(): string | Uint8Array }
  createDeserializer(): unknown
}

const noErrors = { defaultNamespace: "effect-aws-sdk.emulator", errorTypeRegistries: [] }

const makeCodecs = () =>
  ({
    json: new AwsJson1_1Protocol({ ...noErrors, serviceTarget: "", awsQueryCompatible: false }).getPayloadCodec(),
    restJson: new AwsRestJsonProtocol(noErrors).getPayloadCodec(),
    xml: new AwsRestXmlProtocol({ ...noErrors, xmlNamespace: undefined as unknown as string }).getPayloadCodec(),
    cbor: new SmithyRpcV2CborProtocol(noErrors).getPayloadCodec()
  }) as unknown as Record<Format, Codec>

// Made by the first check, so that an SDK with another structure fails the check, not the import.
let codecs: ReturnType<typeof makeCodecs> | undefined
const codecOf = (format: Format): Codec => (codecs ??= makeCodecs())[format]

export type Format = "json" | "restJson" | "xml" | "cbor"

/** Writes a structure by its shape. XML has no namespace and no declaration. */
export const write = (format: Format, shape: Shape, value: unknown): string | Uint8Array => {
  const serializer = codecOf(format).createSerializer()
  serializer.write(shape, value)
  return serializer.flush()
}

/** The bytes of an event stream. `shape` is the output that has the stream as a member. */
export const eventStreamOf = async (
  format: Format,
  contentType: string,
  shape: Shape,
  events: AsyncIterable<unknown>
): Promise<AsyncIterable<Uint8Array>> => {
  const serdeContext = { utf8Encoder: toUtf8, utf8Decoder: fromUtf8 }
  const serde = new EventStreamSerde(
    {
      marshaller: eventStreamSerdeProvider(serdeContext as unknown as Parameters<typeof eventStreamSerdeProvider>[0]),
      serializer: codecOf(format).createSerializer(),
      deserializer: codecOf(format).createDeserializer(),
      serdeContext,
      defaultContentType: contentType
    } as unknown as ConstructorParameters<typeof EventStreamSerde>[0]
  )
  return await serde.serializeEventStream({
    eventStream: events as AsyncIterable<never>,
    requestSchema: shape
  }) as AsyncIterable<Uint8Array>
}

/** The methods of a schema that the wire calls. */
export const schemaMethods = [
  "getKeySchema",
  "getMemberTraits",
  "getMergedTraits",
  "getName",
  "getSchema",
  "getValueSchema",
  "isBigDecimalSchema",
  "isBigIntegerSchema",
  "isBlobSchema",
  "isBooleanSchema",
  "isDocumentSchema",
  "isListSchema",
  "isMapSchema",
  "isNumericSchema",
  "isStreaming",
  "isStringSchema",
  "isStructSchema",
  "isTimestampSchema",
  "isUnitSchema",
  "structIterator"
]

const checkMethods = (): void => {
  const schema = NormalizedSchema.prototype as unknown as Readonly<Record<string, unknown>>
  const missing = schemaMethods.find((name) => typeof schema[name] !== "function")
  if (missing !== undefined) throw unsupported(`its schemas have no method ${missing}`)
  if (typeof EventStreamSerde.prototype.serializeEventStream !== "function") {
    throw unsupported("it writes event streams in another way")
  }
}

const checkTraits = (): void => {
  const shape = shapeOf([3, "a", "S", 0, ["h", "l"], [[0, { httpHeader: "x" }], [64, { xmlFlattened: 1 }]], 1])
  const [[name, header], [, list]] = membersOf(shape) as [Members[number], Members[number]]
  const isRead = name === "h" && header.getMergedTraits().httpHeader === "x" && list.isListSchema() &&
    list.getValueSchema().isStringSchema() && Boolean(list.getMergedTraits().xmlFlattened)
  if (!isRead || requiredMembers(shape)[0] !== "h") throw unsupported("its schemas have another form")
}

const specimen = [3, "a", "S", 0, ["t", "n", "l", "d"], [0, 1, 64, 4]]
const specimenValue = { t: "<&>", n: 1.5, l: ["a", "b"], d: new Date(1_500) }
const specimenJson = `{"t":"<&>","n":1.5,"l":["a","b"],"d":1.5}`
const specimens: Readonly<Record<Exclude<Format, "cbor">, string>> = {
  json: specimenJson,
  restJson: specimenJson,
  xml: "<S><t>&lt;&amp;&gt;</t><n>1.5</n><l><member>a</member><member>b</member></l><d>1970-01-01T00:00:01.500Z</d></S>"
}

const checkWriting = (): void => {
  const shape = shapeOf(specimen)
  for (const format of ["json", "restJson", "xml"] as const) {
    const written = write(format, shape, specimenValue)
    if ((typeof written === "string" ? written : toUtf8(written)) !== specimens[format]) {
      throw unsupported(`its codec for ${format} writes in another form`)
    }
  }
  const { d, ...others } = parseCbor(write("cbor", shape, specimenValue) as Uint8Array) as { readonly d?: unknown }
  const { tag, value: seconds } = d as { readonly tag?: unknown; readonly value?: unknown }
  if (tag !== 1 || seconds !== 1.5 || !isDeepStrictEqual(others, { t: "<&>", n: 1.5, l: ["a", "b"] })) {
    throw unsupported("its codec for cbor writes in another form")
  }
}

/** Checks the SDK's internals once, before the first service is described. */
export const checkCodecs = (): void => {
  if (areChecked) return
  try {
    checkMethods()
    checkTraits()
    checkWriting()
  } catch (error) {
    throw error instanceof UnsupportedSdk ? error : unsupported("its codecs have another form", error)
  }
  areChecked = true
}
let areChecked = false
