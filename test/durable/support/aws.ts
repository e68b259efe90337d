// An AWS for several processes, which can stop a call in its middle: the emulator on a port, with a hand on each call.
import { Clock, Deferred, Effect, Latch } from "effect"
import { adjustable } from "../../../emulator/engine/clock.ts"
import type { JournalEntry } from "../../../emulator/engine/journal.ts"
import { type Parts, read } from "../../../emulator/engine/saved.ts"
import { serve } from "../../../emulator/server/server.ts"
import { worldOf } from "../../../emulator/server/world.ts"
import { services } from "../../../emulator/services.ts"
import { makeWorld } from "../../support/world.ts"
import { waitingFor } from "./waiting.ts"

/** A call, and the process that made it. */
export interface Call {
  readonly entry: JournalEntry
  /** What the process put into AWS_SDK_UA_APP_ID. */
  readonly by: string | undefined
  /** When it arrived, in milliseconds of `performance.now()`. */
  readonly at: number
}

/** A call that waits: for its release, or until whoever made it is gone. */
export interface Held {
  readonly by: string
  readonly number: number
  /** Where it was to act, if that is known. */
  readonly account: string | undefined
  readonly region: string | undefined
  /** Lets it go on, if whoever made it is still there. */
  readonly release: Effect.Effect<void>
}

/**
 * `before` holds the call before AWS acts on it, `after` when AWS has acted and the answer is still on its way: then the process
 * can't know that it is done.
 */
export interface Point {
  readonly call: number
  readonly when: "before" | "after"
  /** If it's given, only calls in accounts that match are counted, from now on. */
  readonly account?: RegExp
}

const nameOf = (userAgent: string | undefined) => / app\/([\w-]+)/.exec(userAgent ?? "")?.[1]

export const makeAws = Effect.fnUntraced(function*(options: { readonly speed: number }) {
  const clock = adjustable(yield* Clock.Clock)
  const world = makeWorld({ services, journal: 0, seed: "durable", ...options })
  const inner = worldOf(world, services, { anyKey: false, anyTime: true }, clock)
  const accounts = new Map<string, string>()
  let calls: Array<Call> = []
  let count = 0
  let arrival = Latch.makeUnsafe(false)
  let wanted: { readonly point: Point; readonly is: Deferred.Deferred<Held>; counted: number } | undefined

  const isWanted = (number: number, key: string) => {
    if (wanted === undefined) return false
    const { account, call } = wanted.point
    return account === undefined ? number === call : account.test(accounts.get(key) ?? "") && ++wanted.counted === call
  }

  const { url } = yield* serve({
    ...inner,
    answer: (request, note) =>
      Effect.suspend(() => {
        const by = nameOf(request.headers["user-agent"])
        const at = performance.now()
        const number = ++count
        const [, key = "", region] = /Credential=(\w+)\/\d+\/([\w-]+)\//.exec(request.headers["authorization"] ?? "") ??
          []
        const held = by !== undefined && isWanted(number, key) ? wanted : undefined
        if (held !== undefined) wanted = undefined
        const hold = Effect.suspend(() => {
          const latch = Latch.makeUnsafe(false)
          const account = accounts.get(key)
          Deferred.doneUnsafe(held!.is, Effect.succeed({ by: by!, number, account, region, release: latch.open }))
          return latch.await
        })
        return Effect.andThen(
          held?.point.when === "before" ? hold : Effect.void,
          inner.answer(request, (entry) => {
            accounts.set(key, entry.account)
            calls.push({ entry, by, at })
            arrival.openUnsafe()
            arrival = Latch.makeUnsafe(false)
            note?.(entry)
          })
        ).pipe(Effect.tap(() => held?.point.when === "after" ? hold : Effect.void))
      })
  })

  return {
    world,
    clock,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: inner.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: inner.credentials.secretAccessKey,
      AWS_REGION: "us-east-1",
      // The bucket's name in the host would have to be resolved.
      AWS_EC2_METADATA_DISABLED: "true"
    },
    /** The calls so far, the oldest first. */
    calls: () => calls,
    /** The calls so far. */
    count: () => count,
    /** Waits for the next call. */
    next: Effect.suspend(() => arrival.await),
    /** Goes back to a state, and forgets the calls. */
    restore: (parts: Parts) => {
      inner.restore(parts)
      calls = []
      count = 0
      wanted = undefined
    },
    /** Holds a call, and returns once it has come. */
    holdAt: (point: Point): Effect.Effect<Held> => {
      const is = Deferred.makeUnsafe<Held>()
      wanted = { point, is, counted: 0 }
      return waitingFor(
        () => `the call ${point.call} of those to hold: ${count} calls have come in all`,
        Deferred.await(is)
      )
    }
  }
})

// What AWS makes up: ids, keys and tokens.
const madeUp =
  /\b[a-z]{2,6}-[0-9a-f]{8,17}\b|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b[A-Z0-9]{16,}\b|\b[0-9a-f]{32,}\b/g
const times = /\b1[789]\d{11}\b|\b20\d\d-\d\d-\d\dT[\d:.]+Z/g

/** The states that a program leaves. How many sessions it had is none of them: each runner has its own. */
const statesOf = (parts: Parts) =>
  new Map([...read(parts, services).states].filter(([place]) => !place.startsWith("com.amazonaws.sts")))

/**
 * A state as text: the same for equal states, whatever ids and times they have that were not in the state `before`. A parameter that
 * was written twice with the same value also has a version more; that doesn't count.
 */
export const textOf = (parts: Parts, before: Parts): string => {
  const known = [...textOfValue(statesOf(before), (text) => text).matchAll(madeUp)].map(([id]) => id)
  const ids = new Set(known)
  return textOfValue(
    statesOf(parts),
    (text) => text.replaceAll(madeUp, (id) => ids.has(id) ? id : "(new id)").replaceAll(times, "(time)")
  )
}

/** In an order that doesn't depend on who was first. */
const textOfValue = (
  value: unknown,
  rename: (text: string) => string,
  around: ReadonlyArray<unknown> = []
): string => {
  if (around.includes(value)) return "(around this)"
  const inside = typeof value === "object" ? [...around, value] : around
  const block = (entries: Iterable<string>) =>
    Array.from(entries, (one) => `\n${one}`.replaceAll("\n", "\n  ")).sort().join("")
  const all = (values: Iterable<unknown>) => {
    const texts = Array.from(values, (one) => `- ${textOfValue(one, rename, inside)}`)
    return block(
      texts.every((text) => text.includes("\n  tier: "))
        ? new Set(texts.map((text) => text.replace(/\n +version: \d+/, "")))
        : texts
    )
  }
  const members = (entries: Iterable<readonly [unknown, unknown]>) =>
    block(Array.from(entries, ([name, one]) => `${rename(String(name))}: ${textOfValue(one, rename, inside)}`))
  if (value instanceof Date) return "(time)"
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64")
  if (value instanceof Map) return members(value)
  if (value instanceof Set || Array.isArray(value)) return all(value)
  return typeof value === "object" && value !== null ? members(Object.entries(value)) : rename(String(value))
}
