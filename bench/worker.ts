// A process that measures: one variant, and one service of it.
import * as fs from "node:fs"

/** What a workload is told. It answers with the number of things that it has seen, which is to be `count`. */
export interface Task {
  readonly count: number
  readonly atOnce?: number
  readonly bucket?: string
  readonly file?: string
}

export type Workload = (task: Task) => Promise<number>

export interface Result {
  /** Milliseconds. */
  readonly wall: number
  /** Milliseconds, of all threads of the process. */
  readonly cpu: number
  /** The most memory that the process has held until now, in megabytes. */
  readonly peak: number
}

/** Where the server is. */
export const endpoint = process.argv[2] ?? ""

/** Whether spans are made, which is Effect's default. */
export const isTraced = !process.argv.includes("untraced")

export const keys = { accessKeyId: "AKIABENCH", secretAccessKey: "secret" }

/** For the clients of the SDK: nothing but where to and as whom. */
export const config = { endpoint, region: "us-east-1", credentials: keys }

const STATUS = "/proc/self/status"

// What the kernel counts for getrusage begins with the memory of the process that forked this one.
const peak = (): number =>
  fs.existsSync(STATUS)
    ? Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(STATUS, "utf8"))?.[1]) * 1024 / 1e6
    : process.resourceUsage().maxRSS * 1024 / 1e6

const run = async (workload: Workload | undefined, task: Task): Promise<Result> => {
  if (workload === undefined) throw new Error("There is no such workload")
  const before = process.cpuUsage()
  const start = performance.now()
  const seen = await workload(task)
  const wall = performance.now() - start
  const { system, user } = process.cpuUsage(before)
  if (seen !== task.count) throw new Error(`Saw ${seen}, not ${task.count}`)
  return { wall, cpu: (system + user) / 1000, peak: peak() }
}

/** Lets the parent process run these workloads by their names. */
export const serve = (workloads: Record<string, Workload>): void => {
  process.on("disconnect", () => process.exit())
  process.on("message", ({ task, workload }: { readonly task: Task; readonly workload: string }) => {
    run(workloads[workload], task).then(
      (result) => process.send?.({ result }),
      (cause) => process.send?.({ failure: `${workload}: ${cause instanceof Error ? cause.stack : cause}` })
    )
  })
  process.send?.("ready")
}

/** The same for the raw SDK, and for what has no Effect: `count` times, `atOnce` of them under way. */
export const repeat = async (count: number, atOnce: number, call: () => Promise<unknown>): Promise<number> => {
  let left = count
  let done = 0
  const one = async () => {
    while (left-- > 0) {
      await call()
      done++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return done
}
