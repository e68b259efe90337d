// A world that answers as a test wants it to, behind the real server.
import { Clock, Effect, Queue } from "effect"
import { adjustable } from "../../../emulator/engine/clock.ts"
import type { Delivery } from "../../../emulator/engine/events.ts"
import type { Injection } from "../../../emulator/engine/injections.ts"
import type { JournalEntry } from "../../../emulator/engine/journal.ts"
import { type Options, serve, type Served } from "../../../emulator/server/server.ts"
import type { World } from "../../../emulator/server/world.ts"
import { type Answer, type Body, bytesOf, collect, type Request } from "../../../emulator/wire/http.ts"

export const text = (body: Body): Effect.Effect<string> =>
  Effect.promise(async () => new TextDecoder().decode(await collect(body)))

export const ok = (body: Body | string = "", headers: Record<string, string> = {}, status = 200): Answer => ({
  status,
  headers,
  body: typeof body === "string" ? bytesOf(body) : body
})

export const call: JournalEntry = {
  service: "S3",
  operation: "GetObject",
  input: { Bucket: "b", Key: "k" },
  account: "123456789012",
  region: "us-east-1",
  principal: "arn:aws:iam::123456789012:user/in-memory",
  time: new Date(0),
  requestId: "request-1",
  outcome: { _tag: "Refused", code: "NoSuchKey", message: "The specified key does not exist.", statusCode: 404 }
}

export interface Stub extends World {
  readonly journal: Array<JournalEntry>
  readonly deliveries: Array<Delivery>
  readonly injected: Array<Injection>
  readonly resets: () => number
}

export const stub = (answer: World["answer"] = () => Effect.succeed(ok())): Effect.Effect<Stub> =>
  Clock.clockWith((clock) =>
    Effect.sync(() => {
      const journal: Array<JournalEntry> = []
      const deliveries: Array<Delivery> = []
      const injected: Array<Injection> = []
      let resets = 0
      let state = "empty"
      return {
        answer,
        journal,
        deliveries,
        injected,
        resets: () => resets,
        calls: () => journal,
        clearCalls: () => void journal.splice(0),
        delivered: Effect.sync(() => [...deliveries]),
        clearDelivered: () => void deliveries.splice(0),
        denied: undefined,
        clearDenied: () => {},
        inject: (injection) => void injected.push(injection),
        injections: () => injected.map((injection) => ({ injection, seen: 0 })),
        clearInjections: () => void injected.splice(0),
        reset: () => {
          resets++
        },
        stateOf: (service) => service.state(),
        save: () => [bytesOf(`stub ${state}`)],
        restore: ([bytes]) => {
          const saved = /^stub (.*)$/.exec(new TextDecoder().decode(bytes))
          if (saved === null) throw new Error("It isn't a stub's.")
          state = `${saved[1]}+`
        },
        clock: adjustable(clock),
        credentials: { accessKeyId: "AKIASTUB", secretAccessKey: "stub-secret" },
        names: () => ({ services: { S3: ["GetObject", "PutObject"], SSM: ["GetParameter"] }, others: {} })
      }
    })
  )

/** A served stub, and the requests that it has served. */
export const served = (answer?: World["answer"], options?: Options) =>
  Effect.gen(function*() {
    const world = yield* stub(answer)
    const log = yield* Queue.unbounded<Served>()
    const server = yield* serve(world, { ...options, onServed: (one) => Queue.offerUnsafe(log, one) })
    return { ...server, world, next: Queue.take(log) }
  })

export const get = (url: string, init?: RequestInit) => Effect.promise(() => fetch(url, init))

/** A request whose body is sent back, with its line and its headers. */
export const echo = (request: Request): Effect.Effect<Answer> =>
  Effect.map(text(request.body), (body) => ok(JSON.stringify({ ...request, body })))
