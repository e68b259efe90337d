// The processes of a cluster: examples/fleet/runner.ts and examples/fleet/submit.ts, started as a user starts them.
import { Effect } from "effect"
import { spawn } from "node:child_process"
import * as path from "node:path"
import { waitingFor } from "./waiting.ts"

const root = path.join(import.meta.dirname, "../../..")

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process, until the end of the scope at most. */
export interface Process {
  readonly name: string
  readonly pid: number
  /** All that it has written. */
  readonly output: () => string
  /** Waits for a line. Dies if the process ends without it. */
  readonly line: (pattern: RegExp) => Effect.Effect<RegExpExecArray>
  readonly exit: Effect.Effect<Exit>
  /** Sends the signal. */
  readonly signal: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** `kill -9`, and waits until the process is gone. */
  readonly kill: Effect.Effect<Exit>
}

export const start = (
  name: string,
  program: "runner" | "submit" | "migrate",
  environment: Readonly<Record<string, string>>,
  args: ReadonlyArray<string> = []
) =>
  Effect.acquireRelease(
    Effect.sync((): Process => {
      const child = spawn(process.execPath, [
        "--conditions=@effect-aws-sdk/source",
        "--import",
        path.join(import.meta.dirname, "alive.ts"),
        path.join(root, "examples/fleet", `${program}.ts`),
        ...args
      ], {
        cwd: root,
        // Nothing of the developer's own settings.
        env: { PATH: process.env["PATH"], HOME: "/nonexistent", AWS_SDK_UA_APP_ID: name, ...environment },
        stdio: ["pipe", "pipe", "pipe"]
      })
      let output = ""
      let ended: Exit | undefined
      const listeners = new Set<() => void>()
      const told = () => {
        for (const listener of listeners) listener()
      }
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (chunk) => {
          output += chunk
          told()
        })
      }
      // After `exit`, output may still come.
      child.on("close", (code, signal) => {
        ended = { code, signal }
        told()
      })
      const until = <A>(what: string, check: () => Effect.Effect<A> | undefined) =>
        waitingFor(
          () => `${what} of ${name}:\n${output}`,
          Effect.callback<A>((resume) => {
            const listener = () => {
              const found = check()
              if (found === undefined) return
              listeners.delete(listener)
              resume(found)
            }
            listeners.add(listener)
            listener()
            return Effect.sync(() => listeners.delete(listener))
          })
        )
      const exit = until("the end", () => ended && Effect.succeed(ended))
      return {
        name,
        pid: child.pid!,
        output: () => output,
        line: (pattern) =>
          until(`the line ${pattern}`, () => {
            const match = pattern.exec(output)
            if (match !== null) return Effect.succeed(match)
            return ended && Effect.die(new Error(`${name} ended (${ended.code ?? ended.signal}):\n${output}`))
          }),
        exit,
        signal: (signal) => Effect.sync(() => child.kill(signal)),
        kill: Effect.andThen(Effect.sync(() => child.kill("SIGKILL")), exit)
      }
    }),
    (process) => process.kill
  )
