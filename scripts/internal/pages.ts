// Pages of the documentation as instructions: their code blocks are written to files, run, and compared with what they print.
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { root } from "./manifest.ts"
import { type Block, blocksOf } from "./markdown.ts"

/** The blocks of a page, or of these sections of it. */
export const blocksIn = (file: string, sections: ReadonlyArray<string> = []): ReadonlyArray<Block> => {
  const text = fs.readFileSync(path.join(root, file), "utf8")
  const missing = sections.filter((section) => !text.split("\n").includes(`## ${section}`))
  if (missing.length > 0) throw new Error(`${file} has no section ${missing.join(", ")}.`)
  return blocksOf(file, text).filter(({ section }) => sections.length === 0 || sections.includes(section))
}

const placeOf = ({ file, line }: Block): string => `${file}:${line}`

/** Whether an output is what the page shows, where `…` stands for any text. */
const fits = (output: string, shown: string): boolean => {
  const lines = (text: string) => text.trimEnd().split("\n").map((line) => line.trimEnd()).join("\n")
  const parts = lines(shown).split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
  return new RegExp(`^${parts.join("[^]*?")}$`).test(lines(output))
}

/** In milliseconds: how long a block may run, or a server may take to its first line; and how long it may take to end. */
export interface Limits {
  readonly block: number
  readonly end: number
}

/** Sends a signal to the processes of the group that `bash` leads. */
const signal = ({ pid }: ChildProcess, name: NodeJS.Signals): void => {
  try {
    if (pid !== undefined) process.kill(-pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}

/** A shell whose folder and exported variables last from one block to the next, like a terminal. */
export class Terminal {
  private readonly background: Array<{ readonly child: ChildProcess; readonly where: string }> = []
  private readonly running = new Set<ChildProcess>()
  private readonly memory: string
  private readonly limits: Limits
  private env: NodeJS.ProcessEnv
  private readonly interrupted = () => {
    for (const child of this.running) signal(child, "SIGKILL")
    process.exit(130)
  }

  constructor(
    folder: string,
    memory: string,
    env: NodeJS.ProcessEnv,
    limits: Limits = { block: 15 * 60_000, end: 10_000 }
  ) {
    this.memory = memory
    this.env = { ...env, PWD: folder }
    this.limits = limits
    // A group of its own gets no Ctrl-C from the terminal.
    for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, this.interrupted)
  }

  get folder(): string {
    return this.env["PWD"]!
  }

  private start(script: string): ChildProcess {
    const child = spawn("bash", ["-euo", "pipefail", "-c", script], {
      cwd: this.folder,
      env: this.env,
      stdio: ["ignore", "pipe", "inherit"],
      detached: true
    })
    this.running.add(child)
    child.on("close", () => this.running.delete(child))
    return child
  }

  /** Waits for a block, and ends it if that takes too long. */
  private async within<A>(child: ChildProcess, block: Block, what: string, result: Promise<A>): Promise<A> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        signal(child, "SIGKILL")
        reject(new Error(`${placeOf(block)}: ${what} within ${this.limits.block / 1000} seconds.`))
      }, this.limits.block)
    })
    return Promise.race([result, late]).finally(() => clearTimeout(timer))
  }

  async run(block: Block): Promise<string> {
    const child = this.start(`${block.code}\nenv -0 > '${this.memory}'`)
    let output = ""
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      output += text
      process.stdout.write(text)
    })
    const closed = new Promise((resolve, reject) => child.on("error", reject).on("close", resolve))
    const code = await this.within(child, block, "it didn't end", closed)
    const server = this.background.find(({ child }) => child.exitCode !== null || child.signalCode !== null)
    if (server !== undefined) {
      const { exitCode, signalCode } = server.child
      throw new Error(`${server.where}: it ended with ${exitCode ?? signalCode}, before the page did.`)
    }
    if (code !== 0) throw new Error(`${placeOf(block)}: a command ended with ${code}.`)
    const variables = fs.readFileSync(this.memory, "utf8").split("\0").filter((variable) => variable.includes("="))
    this.env = Object.fromEntries(variables.map((variable) => {
      const at = variable.indexOf("=")
      return [variable.slice(0, at), variable.slice(at + 1)]
    }))
    return output
  }

  /** Starts what runs until the end of the walk, and waits for its first line. */
  async runInBackground(block: Block): Promise<string> {
    const where = placeOf(block)
    const child = this.start(block.code)
    this.background.push({ child, where })
    const line = new Promise<string>((resolve, reject) => {
      let output = ""
      child.stdout!.setEncoding("utf8").on("data", (text: string) => {
        output += text
        if (output.includes("\n")) resolve(output.slice(0, output.indexOf("\n")))
      })
      child.on("error", reject)
      child.on("close", (code) => reject(new Error(`${where}: it ended with ${code}, before its first line.`)))
    })
    return this.within(child, block, "it printed no line", line)
  }

  /** Ends what runs. */
  async close(): Promise<void> {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, this.interrupted)
    for (const child of this.running) {
      const closed = new Promise((resolve) => child.on("close", resolve))
      signal(child, "SIGTERM")
      const timer = setTimeout(() => signal(child, "SIGKILL"), this.limits.end)
      await closed
      clearTimeout(timer)
    }
  }
}

const indented = (text: string): string => text.trimEnd().replace(/^/gm, "  ")

/** Follows the blocks. Returns the seconds from the first command that installs to the first output that a page shows. */
export const follow = async (blocks: ReadonlyArray<Block>, terminal: Terminal): Promise<number | undefined> => {
  if (!blocks.some(({ flags, language }) => language === "sh" && flags === "")) {
    throw new Error(`There is no command to run: ${blocks.map(placeOf).join(", ")}.`)
  }
  for (const block of blocks) {
    const { flags, language } = block
    const unknown = flags.replace(/title="[^"]+"/, "").split(" ").find((word) =>
      !["", "skip", "background"].includes(word)
    )
    if (language === "sh" && unknown !== undefined) {
      throw new Error(
        `${placeOf(block)}: it's unknown what ${unknown} means after sh. There are skip, background and title="FILE".`
      )
    }
  }
  let began: number | undefined
  let seconds: number | undefined
  for (const [index, block] of blocks.entries()) {
    const { code, flags, language, title } = block
    const where = placeOf(block)
    if (title !== undefined) {
      const file = path.join(terminal.folder, title)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, code)
      console.log(`\n${where}: wrote ${title}`)
    }
    if (language !== "sh" || /\bskip\b/.test(flags)) continue
    console.log(`\n${where}:\n${indented(code)}`)
    if (code.startsWith("npm install")) began ??= performance.now()
    const isBackground = /\bbackground\b/.test(flags)
    const output = isBackground ? await terminal.runInBackground(block) : await terminal.run(block)
    const next = blocks[index + 1]
    if (next?.language !== "text") continue
    const shown = isBackground ? next.code.split("\n")[0]! : next.code
    if (!fits(output, shown)) {
      throw new Error(
        `${placeOf(next)}: the page shows\n${indented(shown)}\nand the command printed\n${indented(output)}`
      )
    }
    if (began !== undefined) seconds ??= (performance.now() - began) / 1000
  }
  return seconds
}
