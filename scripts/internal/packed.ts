// The package as npm has it: packed, in a temporary folder, with what scripts need to install it.
import { execFileSync, type ExecFileSyncOptions, spawn, type SpawnOptions } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { root } from "./manifest.ts"

/** In milliseconds: when a command that hangs is ended, long before the CI's own limit. */
export const limit = 600_000

export const run = (command: string, args: ReadonlyArray<string>, options: ExecFileSyncOptions) =>
  execFileSync(command, args, {
    stdio: "inherit",
    shell: process.platform === "win32",
    timeout: limit,
    ...options
  })

/** Runs a command while this process goes on, for example to serve what the command asks for. Returns its output. */
export const runBeside = (command: string, args: ReadonlyArray<string>, options: SpawnOptions): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "inherit"],
      shell: process.platform === "win32",
      timeout: limit,
      ...options
    })
    let output = ""
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text
      process.stdout.write(text)
    })
    child.on("error", reject)
    child.on("close", (code, signal) => {
      if (code === 0) resolve(output)
      else reject(new Error(`${[command, ...args].join(" ")} ended with ${code ?? signal}.`))
    })
  })

/** Runs `use` with an empty folder, which is removed afterwards. */
export const withFolder = async (prefix: string, use: (folder: string) => Promise<void> | void): Promise<void> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), prefix))
  try {
    await use(folder)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Packs what `npm run build` has built. Returns the path of the tarball. */
export const pack = (folder: string): string => {
  run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: root, stdio: ["ignore", "ignore", "inherit"] })
  return path.join(folder, fs.readdirSync(folder).find((file) => file.endsWith(".tgz"))!)
}

/** The tsconfig.json of a project that compiles these files, with more options of the compiler. */
export const tsconfigOf = (files: ReadonlyArray<string>, options: Readonly<Record<string, boolean>>): string =>
  JSON.stringify({
    compilerOptions: {
      module: "NodeNext",
      target: "ES2023",
      lib: ["ES2024", "DOM", "DOM.Iterable"],
      types: ["node"],
      strict: true,
      ...options
    },
    files
  })

/**
 * The environment of a user's terminal: this Node, and nothing of the project from which `npm run` started this process, such as
 * the programs in its `node_modules`.
 */
export const userEnv = (temporary: string): NodeJS.ProcessEnv => {
  const programs = path.join(temporary, "programs")
  fs.mkdirSync(programs)
  fs.symlinkSync(process.execPath, path.join(programs, "node"))
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => !folder.includes("node_modules"))
  const others = Object.entries(process.env).filter(([name]) =>
    !/^(npm_|NODE$|NODE_OPTIONS$|INIT_CWD$|AWS_)/.test(name)
  )
  return { ...Object.fromEntries(others), PATH: [programs, ...folders].join(path.delimiter) }
}
