// The steps of a run: which operations, in which weather, and what happens meanwhile. All of it follows from the seed.
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { bucket, type Found, type ObjectHeaders } from "./aws.ts"
import { calm, type FaultTag, type Weather } from "./faults.ts"
import type { Disk, Options } from "./operations.ts"
import { contentOf, type Random, sha256 } from "./random.ts"
import type { Event, Expected, Place, Step } from "./steps.ts"

export const MiB = 2 ** 20

const breaks: ReadonlyArray<FaultTag> = [
  "Delay",
  "Reset",
  "Answer",
  "CutRequest",
  "StallRequest",
  "Lose",
  "CutResponse",
  "StallResponse",
  "LateError"
]

/** The weather of a step. In half of the steps, each request meets at most one fault, so that a retry gets through. */
export const weatherOf = (random: Random): Weather => {
  if (random.chance(0.25)) return calm
  const rate = random.pick([0.1, 0.3, 0.6, 1])
  return { rate, kinds: breaks, attempts: random.pick([1, 1, 2, 9]) }
}

/** Small sizes often, and those on both sides of where a transfer is cut into parts. */
export const sizeOf = (random: Random): number =>
  random.chance(0.2)
    ? random.pick([
      16 * MiB + random.pick([-1, 0, 1]),
      random.whole(17 * MiB, 34 * MiB),
      random.whole(17 * MiB, 34 * MiB)
    ])
    : random.pick([0, 1, random.whole(2, 1_000), random.whole(1_000, 300_000), random.whole(MiB, 6 * MiB)])

const names = ["plain", "with space", "ü/ñ.txt", "a+b%20c&d=e?.json", "deep/er/and/deeper.html", "'quotes'(1)!*"]

export const keyOf = ({ prefix, random }: Place): string => prefix + random.pick(names)

export const headersOf = (random: Random): ObjectHeaders => ({
  metadata: random.chance(0.5) ? { step: String(random.whole(0, 1_000)), "with-dash": "a b, c" } : {}
})

export const expectedOf = (body: Uint8Array, headers: ObjectHeaders = {}): Expected => ({
  sha256: sha256(body),
  size: body.length,
  ...headers
})

/** An interruption at a random moment of a transfer of this size, or nothing. */
export const interruptionOf = (random: Random, size: number): Step["event"] => {
  if (random.chance(0.7)) return undefined
  const event: Event = random.chance(0.75)
    ? { _tag: "Interrupt" }
    : { _tag: "Signal", signal: random.pick(["SIGINT", "SIGTERM", "SIGKILL"]) }
  return { event, bytes: Math.floor(random.next() * random.next() * (size + 1)) }
}

const isSignal = (event: Step["event"]) => event?.event._tag === "Signal"

export const diskOf = (random: Random): Disk | undefined =>
  random.chance(0.15) ? { _tag: "Slow", milliseconds: random.whole(1, 60) } : undefined

const nothing = { objects: {}, files: {}, written: {}, saved: {}, explained: [] }

/** The step's weather and event. A network that hangs is there only with an interruption. */
export const circumstances = (random: Random, size: number): Pick<Step, "weather" | "event" | "isAlone"> => {
  const weather = weatherOf(random)
  const event = interruptionOf(random, size)
  if (event === undefined || event.event._tag === "Change" || !random.chance(0.3)) {
    return { weather, event, isAlone: isSignal(event) }
  }
  // Whatever hangs doesn't get to the byte of the event.
  return {
    weather: { rate: 1, kinds: ["Hang"], attempts: 9 },
    event: { ...event, bytes: 0 },
    isAlone: isSignal(event)
  }
}

/** Changes of a file while it is being uploaded, and the contents that an upload of it may still have. */
const changesOf = (
  random: Random,
  name: string,
  bytes: Buffer,
  other: Buffer
): readonly [Event, ReadonlyArray<Buffer>] => {
  const change = (what: string, run: () => Promise<void>, after?: Buffer): readonly [Event, ReadonlyArray<Buffer>] => [
    { _tag: "Change", what, run },
    after === undefined ? [bytes] : [bytes, after]
  ]
  return random.pick([
    () =>
      change(
        "append",
        () => fs.appendFile(name, other.subarray(0, 100)),
        Buffer.concat([bytes, other.subarray(0, 100)])
      ),
    () => {
      const left = Math.floor(bytes.length / 2)
      return change("shrink", () => fs.truncate(name, left), bytes.subarray(0, left))
    },
    () => change("rewrite", () => fs.writeFile(name, other), other),
    () =>
      change("rename", async () => {
        await fs.writeFile(`${name}.new`, other)
        await fs.rename(`${name}.new`, name)
      }, other),
    () => change("remove", () => fs.rm(name))
  ])()
}

/** The object that an upload replaces, or nothing. */
export const replaced = (place: Place, key: string): Step["objects"] =>
  place.random.chance(0.6) ? { [key]: { body: contentOf(777, "old", ...place.labels), metadata: { old: "yes" } } } : {}

/** What is wrong with what a function says that it wrote. */
export const checkWritten = (key: string) => (value: any, found: (key: string) => Found | undefined) => {
  const object = found(key)
  // A function that returns nothing says nothing.
  if (value === null || object === undefined) return []
  return value.etag === object.etag && value.size === object.size && value.key === key
    ? []
    : [
      `it says that it wrote ${
        JSON.stringify(value)
      }, but the object has ${object.size} bytes and the ETag ${object.etag}`
    ]
}

const uploadFile = (place: Place, more: Options = {}): Step => {
  const { directory, labels, random } = place
  const size = sizeOf(random)
  const key = keyOf(place)
  const name = path.join(directory, "source.bin")
  const bytes = contentOf(size, "body", ...labels)
  const headers = headersOf(random)
  const base: Step = {
    ...nothing,
    ...circumstances(random, size),
    objects: replaced(place, key),
    files: { [name]: bytes },
    operation: { _tag: "uploadFile", options: { path: name, bucket, key, ...headers, ...more }, disk: diskOf(random) },
    written: { [key]: [expectedOf(bytes, headers)] },
    check: checkWritten(key)
  }
  if (base.event !== undefined || !random.chance(0.3)) return base
  const [event, contents] = changesOf(random, name, bytes, contentOf(size, "changed", ...labels))
  return {
    ...base,
    event: { event, bytes: Math.floor(random.next() * size) },
    written: { [key]: contents.map((content) => expectedOf(content, headers)) },
    explained: ["CannotReadFile"]
  }
}

/** An object to read, and what may happen to it meanwhile. */
const source = ({ labels, random }: Place, key: string, size: number) => {
  const body = contentOf(size, "body", ...labels)
  const headers = headersOf(random)
  const isMissing = random.chance(0.05)
  return { body, headers, isMissing, objects: isMissing ? {} : { [key]: { body, ...headers } } }
}

const getObject = (place: Place): Step => {
  const { random } = place
  const key = keyOf(place)
  const size = sizeOf(random)
  const { body, isMissing, objects } = source(place, key, size)
  const take = random.chance(0.15) ? random.whole(0, size + 1) : undefined
  return {
    ...nothing,
    ...circumstances(random, size),
    objects,
    operation: {
      _tag: "getObject",
      bucket,
      key,
      take,
      slow: random.chance(0.1) ? random.whole(0, 20) : undefined
    },
    explained: isMissing ? ["ObjectDoesNotExist"] : [],
    mustFail: isMissing,
    check: (value) =>
      take !== undefined || (value.size === size && value.sha256 === sha256(body))
        ? []
        : [`it read ${value.size} bytes, ${value.sha256.slice(0, 8)}, of ${size}, ${sha256(body).slice(0, 8)}`]
  }
}

const downloadFile = (place: Place, tools: Tools): Step => {
  const { directory, labels, random } = place
  const key = keyOf(place)
  const size = sizeOf(random)
  const { body, headers, isMissing, objects } = source(place, key, size)
  const name = path.join(directory, "target.bin")
  const exists = random.chance(0.1)
  const disk: Disk | undefined = random.chance(0.1)
    ? { _tag: "Full", bytes: Math.floor(random.next() * size) }
    : diskOf(random)
  const isFull = disk?._tag === "Full"
  const base: Step = {
    ...nothing,
    ...circumstances(random, size),
    objects,
    files: exists ? { [name]: Buffer.from("mine") } : {},
    operation: { _tag: "downloadFile", options: { bucket, key, path: name }, disk },
    saved: { [name]: [sha256(body)] },
    explained: [
      ...isMissing ? ["ObjectDoesNotExist"] : [],
      ...exists ? ["FileAlreadyExists"] : [],
      ...isFull ? ["CannotWriteFile"] : []
    ],
    mustFail: isMissing || exists,
    check: (value) =>
      value.size === size && JSON.stringify(value.metadata) === JSON.stringify(headers.metadata)
        ? []
        : [`it says that it saved ${JSON.stringify(value)}`]
  }
  if (base.event !== undefined || isMissing || exists || isFull || !random.chance(0.3)) return base
  const other = contentOf(random.pick([size, Math.floor(size / 2), size + 10]), "replaced", ...labels)
  const isDeleted = random.chance(0.3)
  const event: Event = {
    _tag: "Change",
    what: isDeleted ? "delete the object" : "replace the object",
    run: () => isDeleted ? tools.delete(key) : tools.put(key, other)
  }
  return {
    ...base,
    event: { event, bytes: Math.floor(random.next() * size) },
    saved: { [name]: isDeleted ? [sha256(body)] : [sha256(body), sha256(other)] },
    explained: ["ObjectChanged", ...isDeleted ? ["ObjectDoesNotExist"] : []],
    check: () => []
  }
}

const listObjects = (place: Place): Step => {
  const { prefix, random } = place
  const count = random.whole(0, 30)
  const keys = Array.from({ length: count }, (_, index) => `${prefix}${index}/${random.pick(names)}`).sort()
  return {
    ...nothing,
    ...circumstances(random, 100 * count),
    objects: Object.fromEntries(keys.map((key) => [key, { body: Buffer.from(key) }])),
    operation: { _tag: "listObjects", bucket, prefix },
    check: (value: ReadonlyArray<{ key: string }>) =>
      value.length === count && keys.every((key) => value.some((object) => object.key === key))
        ? []
        : [`it listed ${value.length} of ${count} keys`]
  }
}

/** What a step changes the world with. */
export interface Tools {
  readonly put: (key: string, body: Uint8Array) => Promise<void>
  readonly delete: (key: string) => Promise<void>
}

type Scenario = (place: Place, tools: Tools) => Step

/** The scenarios, and how often each is run. */
const scenarios: ReadonlyArray<readonly [weight: number, Scenario]> = [
  [4, (place) => uploadFile(place)],
  [3, getObject],
  [4, downloadFile],
  [1, listObjects]
]

export const stepOf = (place: Place, tools: Tools): Step => {
  const all = scenarios.flatMap(([weight, scenario]) => Array.from({ length: weight }, () => scenario))
  return place.random.pick(all)(place, tools)
}
