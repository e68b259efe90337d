// The processes of a run: the server, and a worker for each variant. All of them end when this process ends, in any way.
import * as esbuild from "esbuild"
import { type ChildProcess, fork } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import type { Counts, Port } from "./server.ts"
import type { Result, Task } from "./worker.ts"

export const folder = import.meta.dirname

const children = new Set<ChildProcess>()

/** A folder for files of a gigabyte. Removed at the end. */
export const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "bench-"))

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL")
  fs.rmSync(temporary, { recursive: true, force: true })
})
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130))

/** This shell's environment without AWS accounts, proxies and Node options. */
export const env: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(AWS_|NODE_|.*_proxy$)/i.test(name))
)

const start = (module: string, args: ReadonlyArray<string>): ChildProcess => {
  // Programs do the work of logging, but their output is dropped.
  const child = fork(module, args, { execArgv: [], env, stdio: ["ignore", "ignore", "inherit", "ipc"] })
  children.add(child)
  child.once("exit", () => children.delete(child))
  return child
}

/** The next message from the process. */
const heard = <A>(child: ChildProcess): Promise<A> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null) =>
      reject(new Error(`${child.spawnargs.slice(1).join(" ")} ended with ${signal ?? code}`))
    child.once("exit", ended)
    child.once("message", (message) => {
      child.off("exit", ended)
      resolve(message as A)
    })
  })

const asked = <A>(child: ChildProcess, question: object): Promise<A> => {
  const answer = heard<A>(child)
  child.send(question)
  return answer
}

const stopped = async (child: ChildProcess) => {
  if (!children.has(child)) return
  const ended = new Promise((resolve) => child.once("exit", resolve))
  child.kill()
  await ended
}

export interface Server extends AsyncDisposable {
  readonly endpoints: Record<Port, string>
  /** The requests since the last call of `take`. */
  readonly take: () => Promise<Counts>
}

export const startServer = async (): Promise<Server> => {
  const child = start(path.join(folder, "server.ts"), [])
  const endpoints = await heard<Record<Port, string>>(child)
  return {
    endpoints,
    take: () => asked(child, {}),
    [Symbol.asyncDispose]: () => stopped(child)
  }
}

export interface Variant {
  /** The owner and the service of the program: `raw/s3`. */
  readonly program: string
  /** Without spans. */
  readonly untraced?: boolean
  readonly workload: string
  readonly task: Task
  /** The server that the program calls, if it isn't the one of the run. */
  readonly endpoint?: string
}

/** Compiles the programs to JavaScript, so that no process holds Node's TypeScript compiler in its memory. */
export const buildPrograms = async (): Promise<void> => {
  for (const owner of ["raw", "ours", "floor", "effect-aws", "distilled", "s3-sync-client"]) {
    const directory = path.join(folder, owner)
    await esbuild.build({
      entryPoints: fs.readdirSync(directory).filter((name) => name.endsWith(".ts")).map((name) =>
        path.join(directory, name)
      ),
      outdir: path.join(directory, "dist"),
      bundle: true,
      packages: "external",
      format: "esm",
      platform: "node",
      target: "esnext"
    })
  }
}

const startWorker = async (
  { endpoint, program, untraced = false }: Variant,
  server: string
): Promise<ChildProcess> => {
  const [owner = "", name = ""] = program.split("/")
  const child = start(path.join(folder, owner, "dist", `${name}.js`), [
    endpoint ?? server,
    ...untraced ? ["untraced"] : []
  ])
  await heard(child)
  return child
}

/** The measurements of a variant in one round. */
export interface Measured extends Result, Counts {}

export type Rounds<Name extends string> = ReadonlyArray<Readonly<Record<Name, Measured>>>

/**
 * Runs the variants in rounds: each variant once per round, one after another, and in reverse order in the next round.
 *
 * - `processes`: how many times to start a new process for each variant.
 * - `rounds`: how many rounds to run with the same processes.
 * - `warmUp`: the task that each process runs before its first round.
 */
export const measure = async <Name extends string>(server: Server, options: {
  readonly latency?: Port
  readonly variants: Readonly<Record<Name, Variant>>
  readonly processes: number
  readonly rounds?: number
  readonly warmUp?: Partial<Task>
  /** Prepares each run of a workload, and cleans up after it. */
  readonly around?: { readonly before: () => Partial<Task>; readonly after: () => void }
}): Promise<Rounds<Name>> => {
  const { around, latency = 0, processes, rounds = 1, variants, warmUp } = options
  const names = Object.keys(variants) as Array<Name>
  const all: Array<Record<Name, Measured>> = []
  for (let i = 0; i < processes; i++) {
    const workers = new Map<Name, ChildProcess>()
    const run = async (name: Name, change: Partial<Task> = {}): Promise<Measured> => {
      let worker = workers.get(name)
      if (worker === undefined) workers.set(name, worker = await startWorker(variants[name], server.endpoints[latency]))
      const { task, workload } = variants[name]
      await server.take()
      const answer = await asked<{ readonly result: Result } | { readonly failure: string }>(worker, {
        workload,
        task: { ...task, ...change, ...around?.before() }
      })
      around?.after()
      if ("failure" in answer) throw new Error(`${variants[name].program}, ${answer.failure}`)
      return { ...answer.result, ...await server.take() }
    }
    try {
      if (warmUp !== undefined) { for (const name of names) await run(name, warmUp) }
      for (let round = 0; round < rounds; round++) {
        const measured: Partial<Record<Name, Measured>> = {}
        for (const name of all.length % 2 === 0 ? names : names.toReversed()) {
          measured[name] = await run(name)
          // If no further round needs the process, end it, so that only one runs at a time.
          if (rounds === 1) await stopped(workers.get(name)!)
        }
        all.push(measured as Record<Name, Measured>)
      }
    } finally {
      for (const worker of workers.values()) await stopped(worker)
    }
  }
  return all
}
