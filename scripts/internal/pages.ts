// Pages of the documentation as instructions: their code blocks are written to files, run, and compared with what they print.
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { root } from "./packed.ts"

export interface Block {
  readonly where: string
  readonly language: string
  readonly flags: string
  readonly title: string | undefined
  readonly text: string
}

/** The blocks of a page, or of these sections of it. */
export const blocksOf = (file: string, sections: ReadonlyArray<string>): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  const missing = new Set(sections)
  let section = ""
  let open: { readonly fence: ReadonlyArray<string>; readonly line: number; readonly text: Array<string> } | undefined
  fs.readFileSync(path.join(root, file), "utf8").split("\n").forEach((line, index) => {
    const isIncluded = sections.length === 0 || sections.includes(section)
    if (open !== undefined) {
      if (line !== "```") return void open.text.push(line)
      const [, language = "", flags = ""] = open.fence
      const title = /title="([^"]+)"/.exec(flags)?.[1]
      const text = open.text.map((line) => `${line}\n`).join("")
      if (isIncluded) blocks.push({ where: `${file}:${open.line}`, language, flags, title, text })
      open = undefined
      return
    }
    const fence = /^```(\w*) ?(.*)$/.exec(line)
    if (fence !== null) open = { fence, line: index + 1, text: [] }
    else if (line.startsWith("## ")) {
      section = line.slice(3)
      missing.delete(section)
    }
  })
  if (missing.size > 0) throw new Error(`${file} has no section ${[...missing].join(", ")}.`)
  return blocks
}

/** Whether an output is what the page shows, where `…` stands for any text. */
const fits = (output: string, shown: string): boolean => {
  const lines = (text: string) => text.trimEnd().split("\n").map((line) => line.trimEnd()).join("\n")
  const parts = lines(shown).split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
  return new RegExp(`^${parts.join("[^]*?")}$`).test(lines(output))
}

/** A shell whose folder and exported variables last from one block to the next, like a terminal. */
export class Terminal {
  private readonly background: Array<ChildProcess> = []
  private readonly memory: string
  private env: NodeJS.ProcessEnv

  constructor(folder: string, memory: string, env: NodeJS.ProcessEnv) {
    this.memory = memory
    this.env = { ...env, PWD: folder }
  }

  get folder(): string {
    return this.env["PWD"]!
  }

  private start(script: string, detached: boolean): ChildProcess {
    return spawn("bash", ["-euo", "pipefail", "-c", script], {
      cwd: this.folder,
      env: this.env,
      stdio: ["ignore", "pipe", "inherit"],
      detached
    })
  }

  async run({ text, where }: Block): Promise<string> {
    const child = this.start(`${text}\nenv -0 > '${this.memory}'`, false)
    let output = ""
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      output += text
      process.stdout.write(text)
    })
    const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve))
    if (code !== 0) throw new Error(`${where}: a command ended with ${code}.`)
    const variables = fs.readFileSync(this.memory, "utf8").split("\0").filter((variable) => variable.includes("="))
    this.env = Object.fromEntries(variables.map((variable) => {
      const at = variable.indexOf("=")
      return [variable.slice(0, at), variable.slice(at + 1)]
    }))
    return output
  }

  /** Starts what runs until the end of the walk, and waits for its first line. */
  async runInBackground({ text, where }: Block): Promise<string> {
    const child = this.start(text, true)
    this.background.push(child)
    return new Promise((resolve, reject) => {
      let output = ""
      child.stdout!.setEncoding("utf8").on("data", (text: string) => {
        output += text
        if (output.includes("\n")) resolve(output.slice(0, output.indexOf("\n")))
      })
      child.on("close", (code) => reject(new Error(`${where}: it ended with ${code}, before its first line.`)))
    })
  }

  /** Ends what runs in the background: the processes of the group that `bash` leads. */
  async close(): Promise<void> {
    for (const child of this.background) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue
      const closed = new Promise((resolve) => child.on("close", resolve))
      process.kill(-child.pid, "SIGTERM")
      await closed
    }
  }
}

const indented = (text: string): string => text.trimEnd().replace(/^/gm, "  ")

/** Follows the blocks. Returns the seconds from the first command that installs to the first output that a page shows. */
export const follow = async (blocks: ReadonlyArray<Block>, terminal: Terminal): Promise<number | undefined> => {
  if (!blocks.some(({ flags, language }) => language === "sh" && flags === "")) {
    throw new Error(`There is no command to run: ${blocks.map(({ where }) => where).join(", ")}.`)
  }
  let began: number | undefined
  let seconds: number | undefined
  for (const [index, block] of blocks.entries()) {
    const { flags, language, text, title, where } = block
    if (title !== undefined) {
      const file = path.join(terminal.folder, title)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, text)
      console.log(`\n${where}: wrote ${title}`)
    }
    if (language !== "sh" || /\bskip\b/.test(flags)) continue
    console.log(`\n${where}:\n${indented(text)}`)
    if (text.startsWith("npm install")) began ??= performance.now()
    const isBackground = /\bbackground\b/.test(flags)
    const output = isBackground ? await terminal.runInBackground(block) : await terminal.run(block)
    const next = blocks[index + 1]
    if (next?.language !== "text") continue
    const shown = isBackground ? next.text.split("\n")[0]! : next.text
    if (!fits(output, shown)) {
      throw new Error(`${next.where}: the page shows\n${indented(shown)}\nand the command printed\n${indented(output)}`)
    }
    if (began !== undefined) seconds ??= (performance.now() - began) / 1000
  }
  return seconds
}
