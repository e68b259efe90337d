// A world as bytes. They are Node's own format of plain data, in which maps, sets, dates and bytes stay what they are.
import { DefaultDeserializer, DefaultSerializer } from "node:v8"
import type { Tokens } from "./pages.ts"
import type { Principal, Service } from "./service.ts"
import type { Timer } from "./timers.ts"

export interface Saved {
  readonly states: ReadonlyMap<string, unknown>
  readonly principals: ReadonlyMap<string, Principal>
  readonly tokens: Tokens
  readonly timers: ReadonlyMap<string, Timer>
  readonly random: ReadonlyArray<number>
}

/**
 * A saved world: first its graph of objects, then the large byte arrays of this graph, in order. The graph refers to them by number,
 * because Node serializes 2 GiB at most. They are the arrays of the world itself, not copies.
 */
export type Parts = ReadonlyArray<Uint8Array>

const format = "effect-aws-sdk emulator"

/** Changes with the form of any service's state: a saved world of another version isn't read. */
const version = 4

/** Byte arrays of this length and more are parts of their own. */
const large = 1_024

const ofGraph = 0
const ofPart = 1

/** The methods that Node's serializers call for byte arrays. Its documentation has them, its types don't. */
interface Hosts {
  _writeHostObject(view: NodeJS.ArrayBufferView): void
  _readHostObject(): unknown
}

const inherited = (prototype: object): Hosts => prototype as Hosts

class Serializer extends DefaultSerializer {
  readonly parts: Array<Uint8Array> = []

  _writeHostObject(view: NodeJS.ArrayBufferView): void {
    if (!(view instanceof Uint8Array) || view.byteLength < large) {
      this.writeUint32(ofGraph)
      inherited(DefaultSerializer.prototype)._writeHostObject.call(this, view)
      return
    }
    this.writeUint32(ofPart)
    this.writeUint32(Buffer.isBuffer(view) ? 1 : 0)
    this.writeUint32(this.parts.push(view) - 1)
  }
}

class Deserializer extends DefaultDeserializer {
  readonly #parts: Parts

  constructor(graph: Uint8Array, parts: Parts) {
    super(graph)
    this.#parts = parts
  }

  _readHostObject(): unknown {
    if (this.readUint32() === ofGraph) return inherited(DefaultDeserializer.prototype)._readHostObject.call(this)
    const isBuffer = this.readUint32() === 1
    const part = this.#parts[this.readUint32()]
    if (part === undefined) throw new Error("A part is missing.")
    const { buffer, byteLength, byteOffset } = part
    return isBuffer
      ? Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
      : new Uint8Array(buffer, byteOffset, byteLength)
  }
}

export const write = (saved: Saved): Parts => {
  const serializer = new Serializer()
  serializer.writeHeader()
  serializer.writeValue({ format, version, ...saved })
  return [serializer.releaseBuffer(), ...serializer.parts]
}

const deserialize = ([graph, ...parts]: Parts): unknown => {
  const deserializer = new Deserializer(graph!, parts)
  deserializer.readHeader()
  return deserializer.readValue()
}

const kindOf = (value: unknown): string =>
  typeof value !== "object" || value === null ? typeof value : Object.prototype.toString.call(value).slice(8, -1)

/** Whether a state is of the form that this service's state begins with. */
const isStateOf = (service: Service<any>, state: unknown): boolean => {
  const first: unknown = service.state()
  return kindOf(state) === kindOf(first) &&
    Object.entries(first as object).every(([name, value]) =>
      value === undefined || kindOf((state as Readonly<Record<string, unknown>>)[name]) === kindOf(value)
    )
}

const isMapOf = (value: unknown, members: Readonly<Record<string, string>>): boolean =>
  value instanceof Map && Array.from(value).every(([key, one]) =>
    typeof key === "string" && kindOf(one) === "Object" &&
    Object.entries(members).every(([name, kind]) => kindOf(one[name]) === kind)
  )

const isRight: { readonly [K in Exclude<keyof Saved, "states">]: (value: unknown) => boolean } = {
  principals: (value) =>
    isMapOf(value, {
      account: "string",
      arn: "string",
      userId: "string",
      accessKeyId: "string",
      secretAccessKey: "string"
    }),
  tokens: (value) => isMapOf(value, { list: "string", after: "string" }),
  timers: (value) =>
    isMapOf(value, { at: "number", namespace: "string", account: "string", region: "string", key: "string" }),
  random: (value) => Array.isArray(value) && value.length === 4 && value.every(Number.isInteger)
}

/** What a saved world has that a world of these services can't take, if anything. */
const problemWith = (saved: Partial<Saved>, services: ReadonlyArray<Service<any>>): string | undefined => {
  for (const [name, check] of Object.entries(isRight)) {
    if (!check(saved[name as keyof Saved])) return `its ${name} are missing or not as this version writes them`
  }
  if (!(saved.states instanceof Map)) return "it has no states"
  for (const [key, state] of saved.states) {
    const [namespace, ...where] = String(key).split("/")
    const service = services.find((one) => one.namespace === namespace)
    if (service === undefined) return `it has a state of ${namespace}, a service that this version doesn't have`
    const depth = { global: 0, account: 1, region: 2 }[service.scope]
    if (where.length !== depth || !isStateOf(service, state)) {
      return `its state of ${service.serviceId} has another form than in this version`
    }
  }
  return undefined
}

/** Throws an error that says why a world of these services can't take what was saved. */
export const read = (parts: Parts, services: ReadonlyArray<Service<any>>): Saved => {
  let saved: Partial<Saved & { readonly format: unknown; readonly version: unknown }>
  try {
    saved = deserialize(parts) as typeof saved
  } catch (error) {
    throw new Error("This isn't a saved emulator, or it is damaged.", { cause: error })
  }
  if (typeof saved !== "object" || saved === null || saved.format !== format) {
    throw new Error("This isn't a saved emulator.")
  }
  if (saved.version !== version) {
    throw new Error(
      `This emulator was saved in format ${saved.version}, and this version reads format ${version}. Start with a new file.`
    )
  }
  const problem = problemWith(saved, services)
  if (problem !== undefined) throw new Error(`This emulator can't be restored: ${problem}. Start with a new file.`)
  return saved as Saved
}
