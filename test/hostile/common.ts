// What the steps have in common: sizes, names, headers, the weather, and what happens meanwhile.
import type { Found, ObjectHeaders } from "./aws.ts"
import { calm, type FaultTag, type Weather } from "./faults.ts"
import type { Disk } from "./operations.ts"
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
  random.chance(0.12)
    ? random.pick([
      16 * MiB + random.pick([-1, 0, 1]),
      random.whole(17 * MiB, 34 * MiB),
      random.whole(17 * MiB, 34 * MiB)
    ])
    : random.pick([0, 1, random.whole(2, 1_000), random.whole(1_000, 300_000), random.whole(MiB, 6 * MiB)])

export const names = ["plain", "with space", "ü/ñ.txt", "a+b%20c&d=e?.json", "deep/er/and/deeper.html", "'quotes'(1)!*"]

export const keyOf = ({ prefix, random }: Place): string => prefix + random.pick(names)

export const headersOf = (random: Random): ObjectHeaders => ({
  metadata: random.chance(0.5) ? { step: String(random.whole(0, 1_000)), "with-dash": "a b, c" } : {}
})

/** Like {@link headersOf}, with the other headers that an object can have. */
export const fullHeadersOf = (random: Random): ObjectHeaders => ({
  ...headersOf(random),
  contentType: random.pick(["text/plain", "application/json; charset=utf-8", "x/y"]),
  cacheControl: random.pick(["max-age=60", "no-store"]),
  tags: random.chance(0.5) ? { team: "a b+c", empty: "" } : {}
})

export const expectedOf = (body: Uint8Array, headers: ObjectHeaders = {}): NonNullable<Expected> => ({
  sha256: sha256(body),
  size: body.length,
  ...headers
})

/** An interruption at a random moment of a transfer of this size, or nothing. */
export const interruptionOf = (random: Random, size: number): Step["event"] => {
  if (random.chance(0.7)) return undefined
  const event: Event = random.chance(0.85)
    ? { _tag: "Interrupt" }
    : { _tag: "Signal", signal: random.pick(["SIGINT", "SIGTERM", "SIGKILL"]) }
  return { event, bytes: Math.floor(random.next() * random.next() * (size + 1)) }
}

const isSignal = (event: Step["event"]) => event?.event._tag === "Signal"

export const diskOf = (random: Random): Disk | undefined =>
  random.chance(0.15) ? { _tag: "Slow", milliseconds: random.whole(1, 60) } : undefined

export const nothing = { objects: {}, files: {}, written: {}, saved: {}, explained: [] }

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

/** What a step changes the world with. */
export interface Tools {
  readonly put: (key: string, body: Uint8Array) => Promise<void>
  readonly delete: (key: string) => Promise<void>
}

export type Scenario = (place: Place, tools: Tools) => Step
