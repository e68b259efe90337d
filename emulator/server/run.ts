// The program behind `effect-aws-sdk emulator`.
import * as Effect from "effect/Effect"
import { messageOf } from "../engine/message.ts"
import { Unsupported } from "../engine/unsupported.ts"
import type { ServeError } from "./serveError.ts"
import { isControl, serve, type Served } from "./server.ts"
import { load, save, type StateFileError } from "./stateFile.ts"
import type { World } from "./world.ts"

export interface WorldOptions {
  readonly account: string
  readonly region: string
  readonly seed: string
  /** Accepts only keys that the world has issued. */
  readonly strict: boolean
  /** Evaluates the policies of users, roles and sessions. */
  readonly enforceIam: boolean
  /** How many times faster than on AWS resources change their state. */
  readonly speed: number
}

export interface RunOptions extends WorldOptions {
  readonly port: number
  readonly host: string
  readonly state: string | undefined
  readonly quiet: boolean
}

export interface Environment {
  readonly makeWorld: (options: WorldOptions) => Effect.Effect<World>
  readonly print: (line: string) => void
  /** Ends when the program has to stop. */
  readonly stopped: Effect.Effect<void>
}

/** `S3 GetObject 404 NoSuchKey 2 ms 123456789012 us-east-1` */
export const logLine = ({ call, defect, millis, request, status }: Served): string => {
  const what = call === undefined ? `${request.method} ${request.path}` : `${call.service} ${call.operation || "?"}`
  const code = call?.outcome._tag === "Refused" ? [call.outcome.code] : []
  const where = call === undefined ? [] : [call.account, call.region]
  const line = [what, String(status), ...code, `${Math.round(millis)} ms`, ...where].join(" ")
  if (defect === undefined) return line
  // A gap needs no trace of where in the emulator it is.
  const trace = defect instanceof Unsupported || !(defect instanceof Error) ? undefined : defect.stack
  return `${line}\n${(trace ?? messageOf(defect)).replace(/^(?! {2})/gm, "  ")}`
}

/** Runs the emulator until it has to stop. */
export const run = (
  { host, port, quiet, state, ...options }: RunOptions,
  { makeWorld, print, stopped }: Environment
): Effect.Effect<void, ServeError | StateFileError> =>
  Effect.gen(function*() {
    const world = yield* makeWorld(options)
    const found = state === undefined ? undefined : yield* load(world, state)
    yield* Effect.scoped(Effect.gen(function*() {
      const { url } = yield* serve(world, {
        host,
        port,
        onServed: quiet ? undefined : (served) => {
          if (!isControl(served.request)) print(logLine(served))
        }
      })
      const from = found === undefined ? "" : found === "new" ? `, saving to ${state}` : `, from and to ${state}`
      // The first line has the endpoint: programs that start the emulator read it from there.
      print(`AWS in memory on ${url}${from}. To use it: export AWS_ENDPOINT_URL=${url}`)
      if (options.strict) {
        const { accessKeyId, secretAccessKey } = world.credentials
        print(`Its first key: export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`)
      }
      yield* stopped
    }))
    // After the last request, so that the file has every change that a client knows of.
    if (state !== undefined) {
      yield* save(world, state)
      print(`Saved the state to ${state}.`)
    }
  })
