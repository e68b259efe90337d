// A process that measures one variant on one service.
import fs from "node:fs"

/** The input of a workload. The workload returns the number of results it saw, which must equal `count`. */
export interface Task {
  readonly count: number
  readonly atOnce?: number
  readonly bucket?: string
  readonly file?: string
  /** How many bytes a second the disk takes. By default as many as it can. */
  readonly disk?: number
  readonly directory?: string
}

export type Workload = (task: Task) => Promise<number>

export interface Result {
  /** Milliseconds. */
  readonly wall: number
  /** Milliseconds, for all threads of the process. */
  readonly cpu: number
  /** The process's peak memory so far, in megabytes. */
  readonly peak: number
  /** What the workload has measured itself. */
  readonly gauges: Readonly<Record<string, number>>
}

/** The largest values that a workload has seen, by what they are. */
let gauges: Record<string, number> = {}

export const atMost = (name: string, value: number): void => {
  gauges[name] = Math.max(gauges[name] ?? 0, value)
}

/** Watches the JavaScript heap while the workload runs, garbage included. In megabytes. */
export const watchingHeap = async <A>(work: () => Promise<A>): Promise<A> => {
  const look = () => atMost("heap", process.memoryUsage().heapUsed / 1e6)
  const timer = setInterval(look, 10)
  try {
    return await work()
  } finally {
    clearInterval(timer)
    look()
  }
}

/** The server's URL. */
export const endpoint = process.argv[2] ?? ""

/** Whether calls make spans, which is Effect's default. */
export const isTraced = !process.argv.includes("untraced")

export const keys = { accessKeyId: "AKIABENCH", secretAccessKey: "secret" }

/** The configuration of the SDK's clients: only endpoint, region and keys. */
export const config = { endpoint, region: "us-east-1", credentials: keys }

const STATUS = "/proc/self/status"

// Reads /proc where it can: the peak that getrusage reports starts with the memory of the process that forked this one.
const peak = (): number =>
  fs.existsSync(STATUS)
    ? Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(STATUS, "utf8"))?.[1]) * 1024 / 1e6
    : process.resourceUsage().maxRSS * 1024 / 1e6

/** Makes the disk take this many bytes a second: whatever Node writes waits for its turn. */
const slowDown = async (rate: number): Promise<void> => {
  let busyUntil = performance.now()
  const turn = (bytes: number) => {
    busyUntil = Math.max(busyUntil, performance.now()) + bytes / rate * 1000
    return new Promise((resolve) => setTimeout(resolve, busyUntil - performance.now()))
  }
  const sizeOf = (data: Uint8Array | ReadonlyArray<Uint8Array>): number =>
    Array.isArray(data) ? data.reduce((sum, { byteLength }) => sum + byteLength, 0) : (data as Uint8Array).byteLength
  const handle = await fs.promises.open("/dev/null", "r+")
  await handle.close()
  for (const method of ["write", "writev"] as const) {
    const ofModule: (...args: ReadonlyArray<any>) => void = fs[method]
    fs[method] = ((...args: ReadonlyArray<any>) => void turn(sizeOf(args[1])).then(() => ofModule(...args))) as never
    const prototype = Object.getPrototypeOf(handle)
    const ofHandle: (...args: ReadonlyArray<any>) => unknown = prototype[method]
    prototype[method] = async function(...args: ReadonlyArray<any>) {
      await turn(sizeOf(args[0]))
      return ofHandle.apply(this, args as never)
    }
  }
}

const run = async (workload: Workload | undefined, task: Task): Promise<Result> => {
  if (workload === undefined) throw new Error("Unknown workload")
  if (task.disk !== undefined) await slowDown(task.disk)
  gauges = {}
  const before = process.cpuUsage()
  const start = performance.now()
  const seen = await workload(task)
  const wall = performance.now() - start
  const { system, user } = process.cpuUsage(before)
  if (seen !== task.count) throw new Error(`Expected ${task.count} results, but saw ${seen}`)
  return { wall, cpu: (system + user) / 1000, peak: peak(), gauges }
}

/** A source of this many bytes that waits 2 ms for each MiB. */
export const slow = async function*(count: number) {
  for (let sent = 0; sent < count; sent += 2 ** 20) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    for (let i = 0; i < 16; i++) yield Buffer.alloc(2 ** 16, "x")
  }
}

/** Runs the workloads that the parent process asks for by name. */
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

/** For variants without Effect: makes `count` calls, `atOnce` of them at a time. */
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
