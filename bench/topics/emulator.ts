// The in-memory AWS in the same process, beside a stub; and served, beside moto's server: calls a second, start and memory.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as http from "node:http"
import * as path from "node:path"
import * as Moto from "../../scripts/internal/moto.ts"
import { env, folder, measure, type Server, temporary, type Variant } from "../lab.ts"
import { counts, type Numbers, ratios, type Row } from "../table.ts"
import { inMemory } from "./inMemory.ts"

const root = path.dirname(folder)
const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))
const program: string = manifest.bin["effect-aws-sdk"]
const topic = "emulator"

interface Started {
  readonly endpoint: string
  readonly pid: number
  readonly stop: () => Promise<void>
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once("exit", () => resolve())
  })

/** Starts the emulator by a command, and waits for the line that says where it is. */
const startOurs = (cwd: string, command: string, args: ReadonlyArray<string>): Promise<Started> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, [...args, "emulator", "--port", "0", "--quiet"], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "inherit"]
    })
    let text = ""
    child.once("error", reject)
    child.once("exit", (code) => reject(new Error(`The emulator ended with ${code}`)))
    child.stdout.setEncoding("utf8").on("data", (more: string) => {
      text += more
      const endpoint = /http:\/\/[\d.]+:\d+/.exec(text)?.[0]
      if (endpoint === undefined) return
      const kill = () => child.kill("SIGKILL")
      process.once("exit", kill)
      const stop = () => {
        process.off("exit", kill)
        child.kill()
        return ended(child)
      }
      resolve({ endpoint, pid: child.pid!, stop })
    })
  })

const startMoto = async (): Promise<Started> => {
  const scope = Scope.makeUnsafe()
  const { endpoint, pid } = await Effect.runPromise(Scope.provide(Moto.start(), scope))
  return { endpoint, pid, stop: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}

const startDist = () => startOurs(root, process.execPath, [path.join(root, program)])

/** The resident memory of a process, in megabytes. */
const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024 / 1e6

/** The CPU time that a process has taken, in milliseconds. The kernel counts it in hundredths of a second. */
const cpuOf = (pid: number): number => {
  const [user, system] = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ").slice(11, 13)
  return (Number(user) + Number(system)) * 10
}

const CALLS = 2_000

const commands = [
  { workload: "getParameter", command: "SSM GetParameter" },
  { workload: "putObject", command: "S3 PutObject of 1 KB" },
  { workload: "getObject", command: "S3 GetObject of 1 KB" },
  { workload: "describeInstances", command: "EC2 DescribeInstances" }
]

/** Calls a second, by the same program on both servers, and what they cost the server. */
const speed = async (server: Server, rounds: number): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  const ours = await startDist()
  const moto = await startMoto()
  try {
    for (const { command, workload } of commands) {
      for (const atOnce of [1, 16]) {
        const variant = ({ endpoint }: Started, count: number): Variant => ({
          program: "raw/served",
          workload,
          endpoint,
          task: { count, atOnce }
        })
        const spent: Array<Record<"moto" | "ours", number>> = []
        let before = { moto: 0, ours: 0 }
        const cpus = () => ({ moto: cpuOf(moto.pid), ours: cpuOf(ours.pid) })
        const measured = await measure(server, {
          processes: 1,
          rounds,
          around: {
            before: () => {
              before = cpus()
              return {}
            },
            after: () => {
              const now = cpus()
              spent.push({ moto: now.moto - before.moto, ours: now.ours - before.ours })
            }
          },
          warmUp: { count: CALLS / 4 },
          // moto gets a quarter of the calls, so that its rounds take about as long.
          variants: { moto: variant(moto, CALLS / 4), ours: variant(ours, CALLS) }
        })
        const perSecond: Numbers<"moto" | "ours"> = measured.map(({ moto, ours }) => ({
          moto: CALLS / 4 / moto.wall * 1000,
          ours: CALLS / ours.wall * 1000
        }))
        // Two runs warm up, and then there are two in each round. While one server works, the other one rests.
        const perCall: Numbers<"moto" | "ours"> = measured.map((_, round) => {
          const runs = spent.slice(2 * round + 2, 2 * round + 4)
          const sum = (name: "moto" | "ours") => runs.reduce((all, run) => all + run[name], 0) * 1000
          return { moto: sum("moto") / (CALLS / 4), ours: sum("ours") / CALLS }
        })
        const work = `${command}, served, ${atOnce === 1 ? "one at a time" : `${atOnce} at once`}, compared with moto`
        rows.push(
          ratios(perSecond, { topic, work, measure: "calls a second", unit: "" }, { base: "moto" }),
          ratios(perCall, { topic, work, measure: "CPU of the server per call", unit: "µs" }, { base: "moto" })
        )
      }
    }
  } finally {
    await ours.stop()
    await moto.stop()
  }
  return rows
}

const OBJECTS = 10_000

/** The memory of a new server that has stored objects. */
const memory = async (server: Server, rounds: number): Promise<ReadonlyArray<Row>> => {
  const measured: Array<Record<"moto" | "ours", number>> = []
  const after = async (started: Started) => {
    try {
      const variant: Variant = {
        program: "raw/served",
        workload: "putObject",
        endpoint: started.endpoint,
        task: { count: OBJECTS, atOnce: 16 }
      }
      await measure(server, { processes: 1, variants: { variant } })
      return memoryOf(started.pid)
    } finally {
      await started.stop()
    }
  }
  for (let round = 0; round < rounds; round++) {
    measured.push({ moto: await after(await startMoto()), ours: await after(await startDist()) })
  }
  const work = "10,000 objects of 1 KB in a new server, compared with moto"
  return [counts(measured, { topic, work, measure: "memory", unit: "MB" }, { base: "moto" })]
}

/** The first answer of a server. It needs no signature. */
const answered = (endpoint: string): Promise<void> =>
  new Promise((resolve, reject) => {
    http.get(endpoint, (response) => response.resume().once("end", resolve)).once("error", reject)
  })

/** A project that has the packed library installed. */
const install = (): string => {
  const project = path.join(temporary, "project")
  fs.mkdirSync(project)
  const npm = (cwd: string, ...args: ReadonlyArray<string>) => {
    const { status, stderr } = spawnSync("npm", args, { cwd, encoding: "utf8" })
    if (status !== 0) throw new Error(`npm ${args.join(" ")} failed: ${stderr}`)
  }
  npm(root, "pack", "--silent", "--pack-destination", temporary)
  const packed = fs.readdirSync(temporary).find((file) => file.endsWith(".tgz"))!
  const { devDependencies, peerDependencies } = manifest
  const peers = Object.keys(peerDependencies).map((name) => [name, devDependencies[name]])
  const dependencies = { ...Object.fromEntries(peers), "effect-aws-sdk": `file:../${packed}` }
  fs.writeFileSync(path.join(project, "package.json"), JSON.stringify({ private: true, dependencies }))
  npm(project, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
  return project
}

/** The time from the start of a process until it says that it is ready, and until it has answered. */
const start = async (rounds: number): Promise<ReadonlyArray<Row>> => {
  const project = install()
  const variants = {
    moto: startMoto,
    node: () => startOurs(project, process.execPath, [path.join(project, "node_modules/effect-aws-sdk", program)]),
    npx: () => startOurs(project, "npx", ["effect-aws-sdk"])
  }
  type Name = keyof typeof variants
  const names = Object.keys(variants) as ReadonlyArray<Name>
  const ready: Array<Record<Name, number>> = []
  const first: Array<Record<Name, number>> = []
  // Round -1 warms the file system's cache, and doesn't count.
  for (let round = -1; round < rounds; round++) {
    const readies = {} as Record<Name, number>
    const firsts = {} as Record<Name, number>
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const begin = performance.now()
      const started = await variants[name]()
      readies[name] = performance.now() - begin
      await answered(started.endpoint)
      firsts[name] = performance.now() - begin
      await started.stop()
    }
    if (round < 0) continue
    ready.push(readies)
    first.push(firsts)
  }
  const rows = (ours: "node" | "npx", what: string): ReadonlyArray<Row> =>
    ([["until it is ready", ready], ["until its first answer", first]] as const).map(([measure, times]) =>
      counts(times, { topic, work: `start by ${what}, compared with moto`, measure, unit: "ms" }, {
        base: "moto",
        names: { ours }
      })
    )
  return [...rows("npx", "npx"), ...rows("node", "node")]
}

export const emulator = async (server: Server, rounds = 5): Promise<ReadonlyArray<Row>> => [
  ...await inMemory(server, rounds),
  ...await speed(server, rounds),
  ...await start(2 * rounds + 1),
  ...await memory(server, 3)
]
