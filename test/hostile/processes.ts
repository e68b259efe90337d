// The processes that use the library, as the judge sees them from outside.
import { type ChildProcess, fork } from "node:child_process"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import type { Answer, Holdings, Operation, Outcome, Question } from "./operations.ts"

const program = path.join(import.meta.dirname, "client.ts")

const children = new Set<ChildProcess>()
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")))

const start = (endpoint: string, ...args: ReadonlyArray<string>): ChildProcess => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS_|NODE_|.*_proxy$)/i.test(name)))
  const child = fork(program, [endpoint, ...args], {
    execArgv: ["--conditions=@effect-aws-sdk/source", "--expose-gc", "--no-warnings"],
    env,
    stdio: ["ignore", "ignore", "pipe", "ipc"]
  })
  children.add(child)
  child.once("exit", () => children.delete(child))
  return child
}

/** A process that runs operations, and how an operation ended in it. */
export interface Client {
  readonly pid: number
  readonly run: (operation: Operation) => Promise<Outcome>
  readonly kill: (signal: NodeJS.Signals) => void
  readonly interrupt: () => void
  /** What the process holds; `undefined` for one that has ended. */
  readonly holdings: () => Promise<Holdings | undefined>
  /** The files below the directory that the process has open. */
  readonly openFiles: (directory: string) => Promise<ReadonlyArray<string>>
  readonly close: () => Promise<void>
}

const openFiles = async (pid: number, directory: string): Promise<ReadonlyArray<string>> => {
  const folder = `/proc/${pid}/fd`
  // A system without `/proc`, or a process that has ended.
  const names = await fs.readdir(folder).catch(() => [])
  const targets = await Promise.all(names.map((name) => fs.readlink(path.join(folder, name)).catch(() => "")))
  return targets.filter((target) => target.startsWith(directory))
}

const closed = async (child: ChildProcess) => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once("exit", resolve))
  child.kill("SIGKILL")
  await ended
}

const errorsOf = (child: ChildProcess) => {
  let text = ""
  child.stderr?.on("data", (chunk: Buffer) => text = (text + chunk.toString()).slice(-2_000))
  return () => text
}

/** The next answer about this. */
const heard = <About extends Answer["about"]>(child: ChildProcess, about: About) =>
  new Promise<Extract<Answer, { about: About }>>((resolve, reject) => {
    const onMessage = (answer: Answer) => answer.about === about && settle(() => resolve(answer as never))
    const onExit = (code: number | null, signal: string | null) =>
      settle(() => reject(new Error(`it ended: ${signal ?? code}`)))
    const settle = (done: () => void) => {
      child.off("message", onMessage).off("exit", onExit)
      done()
    }
    child.on("message", onMessage).on("exit", onExit)
  })

/** A process that runs one operation after another. */
export const startClient = async (endpoint: string): Promise<Client> => {
  const child = start(endpoint)
  const errors = errorsOf(child)
  await heard(child, "ready")
  const ask = (question: Question) => child.connected && child.send(question)
  return {
    pid: child.pid!,
    run: (operation) => {
      const answer = heard(child, "run")
      ask({ ask: "run", operation })
      return answer.then(
        ({ outcome }) => outcome,
        () => ({ _tag: "Defect", text: `the process ended: ${errors()}` })
      )
    },
    kill: (signal) => void child.kill(signal),
    interrupt: () => void ask({ ask: "interrupt" }),
    holdings: () => {
      const answer = heard(child, "holdings")
      ask({ ask: "holdings" })
      return answer.then(({ holdings }) => holdings, () => undefined)
    },
    openFiles: (directory) => openFiles(child.pid!, directory),
    close: () => closed(child)
  }
}

/** A process that runs one operation, as a program of a user would, and ends. */
export const startOnce = (endpoint: string, operation: Operation): Client => {
  const child = start(endpoint, JSON.stringify(operation))
  const errors = errorsOf(child)
  let said: Outcome | undefined
  child.on("message", (answer: Answer) => {
    if (answer.about === "run") said = answer.outcome
  })
  const ended = new Promise<Outcome>((resolve) =>
    child.once("exit", (code, signal) => {
      // What a process that ends by itself printed may be the reason.
      const isCrash = said === undefined && code !== null && code !== 130
      resolve(isCrash ? { _tag: "Defect", text: errors() } : said ?? { _tag: "Gone", status: signal ?? code })
    })
  )
  return {
    pid: child.pid!,
    run: () => ended,
    kill: (signal) => void child.kill(signal),
    interrupt: () => void child.kill("SIGINT"),
    holdings: async () => undefined,
    openFiles: async () => [],
    close: () => closed(child)
  }
}
