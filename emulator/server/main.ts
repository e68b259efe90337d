// The emulator as a process: its signals and its output.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import { makeGuard } from "../authorization/guard.ts"
import { makeCatalog } from "../engine/catalog.ts"
import { adjustable } from "../engine/clock.ts"
import * as Engine from "../engine/world.ts"
import { services } from "../services.ts"
import { packed } from "./packed.ts"
import { run, type RunOptions, type WorldOptions } from "./run.ts"
import { type World, worldOf } from "./world.ts"

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const

// npx forwards a Ctrl-C that the terminal has already sent to the program. Only a later signal is a second Ctrl-C.
const patience = 500

/** Listens to signals from now on. The effect ends with the first one, or with npx; another signal, later on, ends the process. */
const watchSignals = (state: string | undefined): Effect.Effect<void> => {
  const stopped = Latch.makeUnsafe()
  let first: number | undefined
  for (const signal of signals) {
    process.on(signal, () => {
      if (first !== undefined && performance.now() - first > patience) {
        const lost = state === undefined ? "" : ` The state isn't saved, and ${state} is as it was before.`
        process.stderr.write(`Stopped at once.${lost}\n`)
        process.exit(130)
      }
      first ??= performance.now()
      stopped.openUnsafe()
    })
  }
  // npx runs the program in a shell. A signal that ends npx ends this shell too, but doesn't reach the program.
  if (process.env["npm_command"] === "exec") {
    const parent = process.ppid
    const timer = setInterval(() => {
      if (process.ppid !== parent) stopped.openUnsafe()
    }, 200)
    timer.unref()
  }
  return stopped.await
}

/** How many calls the journal keeps. */
const journal = 1_000

const makeWorld = ({ enforceIam, strict, ...options }: WorldOptions): Effect.Effect<World> =>
  Clock.clockWith((clock) => {
    const guard = enforceIam ? makeGuard(services, journal) : undefined
    const world = Engine.make({
      ...options,
      catalog: makeCatalog(packed),
      journal,
      pageSize: undefined,
      services,
      guard: guard && (() => guard)
    })
    return Effect.succeed(worldOf(world, services, { anyKey: !strict, anyTime: !strict }, adjustable(clock), guard))
  })

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Runs the emulator. Returns the exit code. */
export const main = (options: RunOptions): Promise<number> => {
  // The emulator keeps running when the reader of its log goes away.
  process.stdout.on("error", () => {})
  const stopped = watchSignals(options.state)
  return Effect.runPromise(
    run(options, { makeWorld, print, stopped }).pipe(
      Effect.as(0),
      Effect.catch((error) => {
        process.stderr.write(`${error.message}\n`)
        return Effect.succeed(1)
      })
    )
  )
}
