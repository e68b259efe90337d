// Starts moto, an emulator of AWS that is written in Python.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import * as path from "node:path"
import * as Python from "./python.ts"

const server = path.join(import.meta.dirname, "serve.py")

/** moto doesn't start on this machine. */
export class EmulatorUnavailable extends Data.TaggedError("EmulatorUnavailable")<{ readonly message: string }> {}

/** A moto server that runs. */
export interface Emulator {
  readonly endpoint: string
  readonly pid: number
  /** Forgets all that it holds. */
  readonly reset: Effect.Effect<void>
  /** Whether the calls from now on are checked: their keys, signatures and IAM policies. At first they are not. */
  readonly checkCredentials: (check: boolean) => Effect.Effect<void>
}

// Each makes moto stricter, as AWS is. MOTO_ENABLE_AMI_VALIDATION isn't among them: with it, moto accepts only its own list of
// images.
const strict = {
  MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION: "true",
  MOTO_ENABLE_KEYPAIR_VALIDATION: "true"
}

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

const serve = (executable: string, environment: Record<string, string>) =>
  Effect.acquireRelease(
    // Its standard input is a pipe that only this process holds: the server ends when it closes, even by a SIGKILL.
    Effect.sync(() =>
      spawn(executable, [server], { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...environment } })
    ),
    (child) =>
      Effect.callback<void>((resume) => {
        if (child.pid === undefined || ended(child)) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        child.kill()
      })
  )

const portOf = (child: ChildProcess) =>
  Effect.callback<string, EmulatorUnavailable>((resume) => {
    let errors = ""
    const failed = (why: string) =>
      resume(Effect.fail(new EmulatorUnavailable({ message: `moto did not start: ${why}` })))
    child.once("error", (error) => failed(error.message))
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      errors = (errors + text).slice(-10_000)
    })
    child.once("close", (code) => failed(errors.trim().split("\n").at(-1) || `it ended with ${code}`))
    child.stdout!.setEncoding("utf8").once("data", (text: string) => resume(Effect.succeed(text.trim())))
  })

/** What the emulator is started with. */
export interface Options {
  /**
   * Whether the policies that AWS manages (`arn:aws:iam::aws:policy/ReadOnlyAccess`) exist. They cost moto about half a
   * second in each account and at each reset.
   */
  readonly managedPolicies?: boolean
}

/** Starts moto on a free port of loopback, for the rest of the scope. */
export const start = (options: Options = {}): Effect.Effect<
  Emulator,
  EmulatorUnavailable | Python.PythonUnavailable,
  Scope.Scope
> =>
  Effect.gen(function*() {
    const child = yield* serve(yield* Python.install("moto"), {
      ...strict,
      ...(options.managedPolicies && { MOTO_IAM_LOAD_MANAGED_POLICIES: "true" })
    })
    const endpoint = `http://127.0.0.1:${yield* portOf(child)}`
    const request = (method: string, where: string, body?: string) =>
      Effect.tryPromise({
        try: async (signal) => {
          const response = await fetch(`${endpoint}/moto-api/${where}`, { method, signal, ...(body && { body }) })
          await response.arrayBuffer()
          if (!response.ok) throw new Error(`HTTP ${response.status}`)
        },
        catch: (cause) =>
          new EmulatorUnavailable({ message: `moto did not answer /moto-api/${where}: ${String(cause)}` })
      })
    yield* request("GET", "data.json").pipe(
      Effect.retry(Schedule.spaced("100 millis").pipe(Schedule.upTo({ duration: "30 seconds" })))
    )
    return {
      endpoint,
      pid: child.pid!,
      reset: Effect.orDie(request("POST", "reset")),
      checkCredentials: (check) => Effect.orDie(request("POST", "reset-auth", check ? "0" : "inf"))
    }
  })
