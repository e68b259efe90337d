// Installs and starts moto, an emulator of AWS that is written in Python.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")
const requirements = path.join(root, "scripts/moto-requirements.txt")
const server = path.join(import.meta.dirname, "serve.py")

/** The emulator cannot be had on this machine. */
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

const run = (file: string, args: ReadonlyArray<string>) =>
  Effect.callback<string, string>((resume) => {
    const child = execFile(file, args, (error, stdout, stderr) =>
      resume(
        error === null
          ? Effect.succeed(stdout)
          : Effect.fail(stderr.trim().split("\n").at(-1) || error.message.split("\n")[0]!)
      ))
    return Effect.sync(() => child.kill())
  })

const supported = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"

/** A Python that can make environments. Names that are only shims, and older versions, fail the check. */
const python = Effect.firstSuccessOf(
  ["python3.13", "python3.12", "python3.11", "python3.10", "python3"].map((name) =>
    Effect.as(run(name, ["-c", supported]), name)
  )
).pipe(
  Effect.mapError(() => new EmulatorUnavailable({ message: "there is no Python 3.10 or later with venv" }))
)

const pythonOf = (environment: string): string =>
  path.join(environment, ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]))

/** Makes an environment that is whole or not there: it gets its name in one step, and the first to do so wins. */
const makeEnvironment = (environment: string) =>
  Effect.scoped(Effect.gen(function*() {
    const name = yield* python
    fs.mkdirSync(path.dirname(environment), { recursive: true })
    const unfinished = yield* Effect.acquireRelease(
      Effect.sync(() => fs.mkdtempSync(`${environment}-`)),
      (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
    )
    const pip = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--retries", "2"]
    yield* run(name, ["-m", "venv", unfinished]).pipe(
      Effect.andThen(
        run(pythonOf(unfinished), [...pip, "--timeout", "20", "--only-binary", ":all:", "-r", requirements])
      ),
      Effect.mapError((cause) => new EmulatorUnavailable({ message: `moto could not be installed: ${cause}` })),
      Effect.timeoutOrElse({
        duration: "10 minutes",
        orElse: () => Effect.fail(new EmulatorUnavailable({ message: "moto was not installed in 10 minutes" }))
      })
    )
    yield* Effect.try({
      try: () => fs.renameSync(unfinished, environment),
      catch: (cause) => new EmulatorUnavailable({ message: `moto could not be installed: ${String(cause)}` })
    }).pipe(Effect.catchIf(() => fs.existsSync(pythonOf(environment)), () => Effect.void))
  }))

/**
 * The Python that has the pinned moto, in `.moto/` of the project; installed on first use, and again when the pins change.
 */
export const install: Effect.Effect<string, EmulatorUnavailable> = Effect.gen(function*() {
  const pins = createHash("sha256").update(fs.readFileSync(requirements)).digest("hex").slice(0, 12)
  const environment = path.join(root, ".moto", pins)
  const executable = pythonOf(environment)
  // An environment whose Python was uninstalled: its link leads nowhere.
  const broken = fs.existsSync(environment) && !fs.existsSync(executable)
  if (broken) fs.rmSync(environment, { recursive: true, force: true })
  if (!fs.existsSync(executable)) yield* makeEnvironment(environment)
  return executable
})

// Each makes moto stricter, as AWS is. MOTO_ENABLE_AMI_VALIDATION is not among them: it takes the images that moto knows
// only, and the contract's cases cannot look for one, since the in-memory AWS has no images.
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
export const start = (options: Options = {}): Effect.Effect<Emulator, EmulatorUnavailable, Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* serve(yield* install, {
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
