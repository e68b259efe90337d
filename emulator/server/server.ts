// Serves a world by HTTP/1.1, so that clients in other processes and other languages can use it.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type * as http from "node:http"
import type { AddressInfo } from "node:net"
import type { JournalEntry } from "../engine/journal.ts"
import type { Answer, Request } from "../wire/http.ts"
import { corsHeaders, preflight } from "./cors.ts"
import { requestOf } from "./incoming.ts"
import { send } from "./outgoing.ts"
import { type ServeError, serveErrorOf } from "./serveError.ts"
import type { World } from "./world.ts"

/** A request that has been answered, or that won't be. */
export interface Served {
  readonly request: Request
  /** The call. `undefined` if the request was for no known service. */
  readonly call: JournalEntry | undefined
  /** The status of the answer, or why there was none: an injected fault cut the connection, or the client went away. */
  readonly status: number | "cut" | "gone"
  /** From the request's headers to the end of the answer, in milliseconds. */
  readonly millis: number
  /** The defect, if the emulator itself failed. */
  readonly defect: unknown
}

export interface Options {
  /** By default 0: any free port. */
  readonly port?: number | undefined
  /** The address to listen on. By default `127.0.0.1`, which other machines can't reach. */
  readonly host?: string | undefined
  readonly onServed?: ((served: Served) => void) | undefined
}

export interface Server {
  /** The endpoint for clients: `http://127.0.0.1:4566`. */
  readonly url: string
  /** The address that it listens on. */
  readonly host: string
  /** The port that it listens on. */
  readonly port: number
}

/** For how long running requests may go on when the server stops, in milliseconds. */
const grace = 1_000

/** Whether a request is for the control API. So is moto's path for a reset: tests that were written for moto's server run here, too. */
export const isControl = ({ path }: Request): boolean => /^\/_emulator(\/|$)/.test(path) || path === "/moto-api/reset"

// Not an import: importing node:http also loads the whole of Node's fetch, which takes as long to load as Effect.
const { createServer } = process.getBuiltinModule("node:http")

// No timeouts: someone may be debugging the client, and a server that closes an idle connection sometimes does so just as the next
// request arrives.
const settings: http.ServerOptions = { requestTimeout: 0, keepAliveTimeout: 0, maxHeaderSize: 64 * 1024 }

const urlOf = (host: string, port: number): string =>
  `http://${
    host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host
  }:${port}`

const listen = (server: http.Server, host: string, port: number): Effect.Effect<void, ServeError> =>
  Effect.callback((resume) => {
    const failed = (cause: unknown) => resume(Effect.fail(serveErrorOf(host, port, cause)))
    try {
      server.once("error", failed).listen(port, host, () => {
        server.off("error", failed)
        resume(Effect.void)
      })
    } catch (cause) {
      failed(cause)
    }
  })

/** Stops listening, closes idle connections at once, and gives the others a second to end. */
const stop = (server: http.Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    // Not on Effect's Clock: under TestClock, no time would pass for the sockets.
    const timer = setTimeout(() => server.closeAllConnections(), grace)
    server.close(() => {
      clearTimeout(timer)
      resume(Effect.void)
    })
  })

/**
 * Serves a world until the scope closes. Then it stops listening, closes idle connections at once, and gives running requests a
 * second to end.
 */
export const serve = Effect.fnUntraced(function*(
  world: World,
  { host = "127.0.0.1", onServed, port = 0 }: Options = {}
): Effect.fn.Return<Server, ServeError, Scope.Scope> {
  const run = yield* FiberSet.makeRuntime<never, void, never>()

  const answer = (request: Request, note: (call: JournalEntry) => void): Effect.Effect<Answer, "Cut"> => {
    if (isControl(request)) {
      return Effect.flatMap(
        Effect.promise(() => import("./control.ts")),
        ({ control }) => control(world, request, host)
      )
    }
    const allowed = preflight(world, request)
    return allowed === undefined ? world.answer(request, note) : Effect.succeed(allowed)
  }

  const handle = (request: Request, response: http.ServerResponse): Effect.Effect<void> => {
    const start = performance.now()
    let call: JournalEntry | undefined
    let defect: unknown
    const served = (status: Served["status"]) =>
      onServed?.({ request, call, status, millis: performance.now() - start, defect })

    const write = (answer: Answer): Effect.Effect<void> =>
      Effect.andThen(
        send(response, answer, isControl(request) ? {} : corsHeaders(world, request, answer)),
        Effect.sync(() => served(answer.status))
      )

    return answer(request, (entry) => {
      call = entry
    }).pipe(
      Effect.flatMap(write),
      Effect.catchDefect((died) =>
        Effect.flatMap(Effect.promise(() => import("./defects.ts")), ({ answerDefect }) => {
          defect = died
          return write(answerDefect(request, died))
        })
      ),
      Effect.onExit((exit) =>
        Effect.sync(() => {
          if (Exit.isSuccess(exit)) return
          served(Exit.hasInterrupts(exit) ? "gone" : "cut")
          response.destroy()
        })
      ),
      Effect.ignoreCause
    )
  }

  const listener = (message: http.IncomingMessage, response: http.ServerResponse, onRead?: () => void): void => {
    const fiber = run(handle(requestOf(message, onRead), response))
    // The rest of an unread body would block the connection's next request.
    response.on("finish", () => message.resume())
    response.on("close", () => {
      if (!response.writableFinished) fiber.interruptUnsafe()
      // While the server stops, a connection that becomes idle can close.
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
  }

  const server = createServer(settings, listener)
  // The client sends the body only after the server asks for it. If the server never asks, it can't know whether the body will
  // still come, so the connection can't be reused.
  server.on("checkContinue", (message: http.IncomingMessage, response: http.ServerResponse) => {
    const { shouldKeepAlive } = response
    response.shouldKeepAlive = false
    listener(message, response, () => {
      response.shouldKeepAlive = shouldKeepAlive
      response.writeContinue()
    })
  })

  yield* Effect.acquireRelease(listen(server, host, port), () => stop(server))
  const { port: actual } = server.address() as AddressInfo
  return { url: urlOf(host, actual), host, port: actual }
})
