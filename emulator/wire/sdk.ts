// What the wire takes from inside of the SDK: the form of its schemas, and its codecs. The emulator has no slower way around
// them, so that an SDK of another form fails here, with a message that says so.
import { AwsJson1_1Protocol, AwsRestJsonProtocol, AwsRestXmlProtocol } from "@aws-sdk/core/protocols"
import { cbor, SmithyRpcV2CborProtocol } from "@smithy/core/cbor"
import { EventStreamSerde, eventStreamSerdeProvider } from "@smithy/core/event-streams"
import { NormalizedSchema } from "@smithy/core/schema"
import { fromUtf8, toUtf8 } from "@smithy/core/serde"
import { isDeepStrictEqual } from "node:util"

/** A schema of an operation, as the SDK's clients have it: `command.schema`. */
export type OperationSchema = ReadonlyArray<unknown>

/** A schema of an error, as the SDK's registries of types have it. */
export type ErrorSchema = ReadonlyArray<unknown>

export type Shape = NormalizedSchema

export type Traits = ReturnType<Shape["getMergedTraits"]>

const unsupported = (what: string): Error =>
  new Error(
    `The emulator can't use this version of the AWS SDK: ${what}. ` +
      "Install versions of @smithy/core and @aws-sdk/core that the emulator supports."
  )

// What the SDK's types don't tell about a schema: the positions in its tuple.
const kinds = { operation: 9, error: -3 } as const

export const isErrorSchema = (schema: unknown): schema is ErrorSchema =>
  Array.isArray(schema) && schema[0] === kinds.error

/** The parts of an operation's schema. */
export const operationParts = (schema: OperationSchema) => {
  const [kind, , name, traits, input, output] = schema
  if (kind !== kinds.operation || typeof name !== "string" || input === undefined || output === undefined) {
    throw unsupported("the schema of an operation has another form")
  }
  return {
    name,
    http: typeof traits === "object" && traits !== null
      ? (traits as { readonly http?: readonly [method: string, uri: string, status: number] }).http
      : undefined,
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

/** The members of a structure or a union; none of anything else. */
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

/** The names of the members that a request must have: a schema lists them first, and says how many they are. */
export const requiredMembers = (shape: Shape): ReadonlyArray<string> => {
  const schema: unknown = shape.getSchema()
  const count: unknown = Array.isArray(schema) ? schema[6] : undefined
  return typeof count === "number" ? membersOf(shape).slice(0, count).map(([name]) => name) : []
}

/** The registries of a client's configuration, as the schemas of its errors. */
export const errorSchemasOf = (
  registries: Iterable<{ readonly schemas: ReadonlyMap<string, unknown> }>
): ReadonlyArray<ErrorSchema> => [...registries].flatMap(({ schemas }) => [...schemas.values()].filter(isErrorSchema))

const structures = new WeakMap<Members, Map<string, Shape>>()

/** A structure that the wire makes up: an envelope, or those members of a shape that are in the body. */
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

const codecs = {
  json: new AwsJson1_1Protocol({ ...noErrors, serviceTarget: "", awsQueryCompatible: false }).getPayloadCodec(),
  restJson: new AwsRestJsonProtocol(noErrors).getPayloadCodec(),
  xml: new AwsRestXmlProtocol({ ...noErrors, xmlNamespace: undefined as unknown as string }).getPayloadCodec(),
  cbor: new SmithyRpcV2CborProtocol(noErrors).getPayloadCodec()
} as unknown as Record<Format, Codec>

export type Format = "json" | "restJson" | "xml" | "cbor"

/** Writes a structure by its shape. XML has no namespace and no declaration. */
export const write = (format: Format, shape: Shape, value: unknown): string | Uint8Array => {
  const serializer = codecs[format].createSerializer()
  serializer.write(shape, value)
  return serializer.flush()
}

/** The data in CBOR, without a schema. Throws if the bytes aren't CBOR. */
export const parseCbor = (bytes: Uint8Array): unknown => cbor.deserialize(bytes)

/** The bytes of an event stream, of which `shape` is the output that has it as a member. */
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
      serializer: codecs[format].createSerializer(),
      deserializer: codecs[format].createDeserializer(),
      serdeContext,
      defaultContentType: contentType
    } as unknown as ConstructorParameters<typeof EventStreamSerde>[0]
  )
  return await serde.serializeEventStream({
    eventStream: events as AsyncIterable<never>,
    requestSchema: shape
  }) as AsyncIterable<Uint8Array>
}

/** Writes a specimen in each format, once, before the first service is described. */
export const checkCodecs = (): void => {
  if (areChecked) return
  const shape = shapeOf([3, "a", "S", 0, ["t", "n", "l", "d"], [0, 1, 64, 4]])
  const value = { t: "<&>", n: 1.5, l: ["a", "b"], d: new Date(1_500) }
  const json = `{"t":"<&>","n":1.5,"l":["a","b"],"d":1.5}`
  const expected: Record<Exclude<Format, "cbor">, string> = {
    json,
    restJson: json,
    xml:
      "<S><t>&lt;&amp;&gt;</t><n>1.5</n><l><member>a</member><member>b</member></l><d>1970-01-01T00:00:01.500Z</d></S>"
  }
  for (const format of ["json", "restJson", "xml"] as const) {
    const written = write(format, shape, value)
    if ((typeof written === "string" ? written : toUtf8(written)) !== expected[format]) {
      throw unsupported(`its codec for ${format} writes in another form`)
    }
  }
  const { d, ...others } = parseCbor(write("cbor", shape, value) as Uint8Array) as { readonly d?: unknown }
  const { tag, value: seconds } = d as { readonly tag?: unknown; readonly value?: unknown }
  if (tag !== 1 || seconds !== 1.5 || !isDeepStrictEqual(others, { t: "<&>", n: 1.5, l: ["a", "b"] })) {
    throw unsupported("its codec for cbor writes in another form")
  }
  areChecked = true
}
let areChecked = false
