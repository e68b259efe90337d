// The control API under /_emulator/, for tests in other languages.
import * as Effect from "effect/Effect"
import { messageOf } from "../engine/message.ts"
import { problemWithNames } from "../engine/names.ts"
import { type Answer, bytesOf, noBytes, parseParameters, type Request, strictTextOf } from "../wire/http.ts"
import { callOf, deliveryOf } from "./callsJson.ts"
import { problemWithPage } from "./otherSites.ts"
import { callsExample, clockExample, deliveredExample, deniedExample, injectExample, Refused } from "./refused.ts"
import { version } from "./version.ts"
import type { World } from "./world.ts"

const json = (status: number, value: object, headers: Readonly<Record<string, string>> = {}): Answer => {
  const body = bytesOf(`${JSON.stringify(value)}\n`)
  return {
    status,
    headers: { "content-type": "application/json", "content-length": String(body.byteLength), ...headers },
    body
  }
}

const done: Answer = { status: 204, headers: {}, body: noBytes }

const longestBody = 1_000_000

// Loaded on first use: it takes a while to load, and the first request is usually for the health.
const inputs = Effect.promise(() => import("./controlInput.ts"))

/** Reads the body as JSON. No request to the control API needs a long body. */
const readJson = (request: Request, example: object): Effect.Effect<unknown, Refused> =>
  Effect.tryPromise({
    try: async () => {
      const { body } = request
      const chunks: Array<Uint8Array> = []
      let length = 0
      for await (const chunk of body instanceof Uint8Array ? [body] : body) {
        length += chunk.byteLength
        if (length > longestBody) {
          throw new Refused({ status: 413, message: `The body is longer than ${longestBody} bytes.`, example })
        }
        chunks.push(chunk)
      }
      if (length === 0) throw new Refused({ status: 400, message: "There is no body. Send JSON.", example })
      return JSON.parse(strictTextOf(Buffer.concat(chunks))) as unknown
    },
    catch: (error) =>
      error instanceof Refused
        ? error
        : new Refused({ status: 400, message: `The body isn't JSON: ${(error as Error).message}`, example })
  })

type Route = (world: World, request: Request) => Effect.Effect<Answer, Refused>

/** How many calls or deliveries it lists if the request doesn't say. */
const defaultLimit = 100

/** The parameters of a request, of which there are these, and the number that `limit` has. */
const readQuery = Effect.fnUntraced(function*(request: Request, filters: ReadonlyArray<string>, example: object) {
  const refuse = (message: string) => new Refused({ status: 400, message, example })
  const parameters = yield* Effect.try({
    try: () => parseParameters(request.query),
    catch: () => refuse("The query isn't percent-encoded correctly.")
  })
  const only = new Map(parameters)
  const other = [...only.keys()].find((name) => !filters.includes(name))
  if (other !== undefined) {
    return yield* refuse(
      `There is no parameter ${JSON.stringify(other)}. The parameters are ${filters.join(", ")}.`
    )
  }
  const twice = parameters.find(([name], index) => parameters.findIndex(([one]) => one === name) < index)
  if (twice !== undefined) return yield* refuse(`The parameter ${twice[0]} is there twice. Send it once.`)
  const limit = only.get("limit")
  return {
    only,
    refuse,
    newest: limit === undefined || /^[1-9]\d{0,8}$/.test(limit)
      ? Effect.succeed(<A>(all: ReadonlyArray<A>) => all.slice(-Number(limit ?? defaultLimit)))
      : Effect.fail(refuse(`limit has to be a number from 1, and ${JSON.stringify(limit)} isn't.`))
  }
})

const listCalls: Route = Effect.fnUntraced(function*(world, request) {
  const { newest, only, refuse } = yield* readQuery(request, ["service", "operation", "limit"], callsExample)
  const [service, operation] = [only.get("service"), only.get("operation")]
  const all = world.calls()
  // A service without any handler has calls in the journal, too.
  const isKnown = all.some((call) =>
    call.service === service && (operation === undefined || call.operation === operation)
  )
  const problem = isKnown ? undefined : problemWithNames(world.names(), { service, operation })
  if (problem !== undefined) return yield* refuse(problem)
  const calls = all.filter((call) =>
    (service === undefined || call.service === service) && (operation === undefined || call.operation === operation)
  )
  return json(200, { calls: (yield* newest)(calls).map(callOf) })
})

const listDelivered: Route = Effect.fnUntraced(function*(world, request) {
  const { newest, only } = yield* readQuery(request, ["target", "limit"], deliveredExample)
  const target = only.get("target")
  const limited = yield* newest
  const delivered = (yield* world.delivered).filter((one) => target === undefined || one.target === target)
  return json(200, { delivered: limited(delivered).map(deliveryOf) })
})

const listDenied: Route = Effect.fnUntraced(function*({ denied }, request) {
  const { newest, only } = yield* readQuery(request, ["principal", "action", "limit"], deniedExample)
  const limited = yield* newest
  if (denied === undefined) {
    return yield* new Refused({
      status: 409,
      message: "Nothing is refused: policies of identities aren't evaluated. Start the emulator with --enforce-iam."
    })
  }
  const [principal, action] = [only.get("principal"), only.get("action")]
  const selected = denied().filter((one) =>
    (principal === undefined || one.principal === principal) && (action === undefined || one.action === action)
  )
  return json(200, { denied: limited(selected) })
})

const time = (world: World): string => new Date(world.clock.currentTimeMillisUnsafe()).toISOString()

const act = (change: (world: World) => void): Route => (world) =>
  Effect.sync(() => {
    change(world)
    return done
  })

const clock: Route = (world) => Effect.sync(() => json(200, { time: time(world) }))

// Services write years of four digits, and times that are years after the present one: when a certificate expires, for example.
const latest = Date.parse("9000-12-31T23:59:59.999Z")

const moveClock: Route = Effect.fnUntraced(function*(world, request) {
  const { readMove } = yield* inputs
  const move = yield* readMove(yield* readJson(request, clockExample))
  const to = "set" in move ? move.set : world.clock.currentTimeMillisUnsafe() + move.advance
  if (!(to >= 0 && to <= latest)) {
    return yield* new Refused({
      status: 400,
      message: "The clock can be set to times from the year 1970 to the year 9000.",
      example: clockExample
    })
  }
  if ("set" in move) world.clock.set(move.set)
  else world.clock.advance(move.advance)
  return json(200, { time: time(world) })
})

const inject: Route = Effect.fnUntraced(function*(world, request) {
  const { readInjection } = yield* inputs
  world.inject(yield* readInjection(world.names(), yield* readJson(request, injectExample)))
  return done
})

const listInjections: Route = (world) =>
  Effect.map(
    inputs,
    ({ writeInjection }) =>
      json(200, {
        injections: world.injections().map(({ injection, seen }) => ({ ...writeInjection(injection), seen }))
      })
  )

const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  health: {
    GET: (world) =>
      Effect.sync(() =>
        json(200, {
          status: "running",
          version: version(),
          services: Object.keys(world.names().services),
          time: time(world)
        })
      )
  },
  reset: {
    POST: act((world) => {
      world.reset()
      world.clock.reset()
    })
  },
  calls: { GET: listCalls, DELETE: act((world) => world.clearCalls()) },
  delivered: { GET: listDelivered, DELETE: act((world) => world.clearDelivered()) },
  denied: { GET: listDenied, DELETE: act((world) => world.clearDenied()) },
  inject: { GET: listInjections, POST: inject, DELETE: act((world) => world.clearInjections()) },
  clock: { GET: clock, POST: moveClock, DELETE: act((world) => world.clock.reset()) }
}

const route = Effect.fnUntraced(function*(
  world: World,
  request: Request,
  host: string
): Effect.fn.Return<Answer, Refused> {
  const problem = problemWithPage(request, host)
  if (problem !== undefined) return yield* new Refused({ status: 403, message: problem })
  const name = request.path.replace(/^\/(_emulator|moto-api)\/?/, "").replace(/\/$/, "")
  const methods = Object.hasOwn(routes, name) ? routes[name]! : undefined
  if (methods === undefined) {
    const paths = Object.keys(routes).map((path) => `/_emulator/${path}`)
    return yield* new Refused({ status: 404, message: `There is no ${request.path}. There are ${paths.join(", ")}.` })
  }
  const method = request.method === "HEAD" ? "GET" : request.method
  const run = Object.hasOwn(methods, method) ? methods[method]! : undefined
  if (run === undefined) {
    const allow = Object.keys(methods).join(", ")
    const message = `${request.path} doesn't take ${request.method}. It takes ${allow}.`
    return yield* new Refused({ status: 405, message, headers: { allow } })
  }
  return yield* run(world, request)
})

/** Answers a request to the control API of a server that listens on this host. */
export const control = (world: World, request: Request, host: string): Effect.Effect<Answer> =>
  route(world, request, host).pipe(
    Effect.catch(({ example, headers, message, status }) =>
      Effect.succeed(json(status, { error: { message, example } }, headers))
    ),
    Effect.catchDefect((defect) =>
      Effect.succeed(json(500, { error: { message: `The control API died: ${messageOf(defect)}` } }))
    )
  )
