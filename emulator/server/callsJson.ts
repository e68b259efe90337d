// The calls in the journal, and the deliveries, as JSON.
import type { Delivery } from "../engine/events.ts"
import type { JournalEntry, Outcome } from "../engine/journal.ts"
import { messageOf } from "../engine/message.ts"

/** About how many bytes of JSON an input or an output may take. A page of a long list takes more. */
const most = 64 * 1024

/** About how many bytes a name or a value takes besides its text. */
const overhead = 8

const isStream = (value: object): boolean => Symbol.asyncIterator in value || "getReader" in value

class TooLong extends Error {}

/** Data as JSON. Shows only the number of bytes in binary data, which may be long and isn't text. */
const plain = (whole: unknown): unknown => {
  let left = most
  const spend = (bytes: number): void => {
    left -= bytes
    if (left < 0) throw new TooLong()
  }
  const entryOf = ([name, value]: readonly [unknown, unknown]): [string, unknown] => {
    spend(String(name).length)
    return [String(name), jsonOf(value)]
  }
  const jsonOf = (value: unknown): unknown => {
    spend(typeof value === "string" ? overhead + value.length : overhead)
    if (typeof value === "bigint") return String(value)
    if (typeof value !== "object" || value === null || value instanceof Date) return value
    if (value instanceof Uint8Array) return { bytes: value.byteLength }
    if (Array.isArray(value) || value instanceof Set) return Array.from(value, jsonOf)
    if (value instanceof Map) return Object.fromEntries(Array.from(value, entryOf))
    if (isStream(value)) return { stream: true }
    return Object.fromEntries(Object.entries(value).map(entryOf))
  }
  try {
    return jsonOf(whole)
  } catch (error) {
    if (error instanceof TooLong) return { truncated: true }
    throw error
  }
}

const outcomeOf = (outcome: Outcome): object => {
  switch (outcome._tag) {
    case "Answered":
      return { _tag: outcome._tag, output: plain(outcome.output) }
    case "Died":
      return { _tag: outcome._tag, message: messageOf(outcome.defect) }
    default:
      return outcome
  }
}

export const callOf = ({ input, outcome, time, ...call }: JournalEntry): object => ({
  ...call,
  time: time.toISOString(),
  input: plain(input),
  outcome: outcomeOf(outcome)
})

export const deliveryOf = ({ input, settings, time, ...delivery }: Delivery): object => ({
  ...delivery,
  time: time.toISOString(),
  input: plain(input),
  settings: plain(settings)
})
