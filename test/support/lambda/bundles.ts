// Functions, bundled with the command that README gives.
import { Effect } from "effect"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { promisify } from "node:util"
import { folder } from "../Environment.ts"

export const root = path.resolve(import.meta.dirname, "../../..")

/** README's commands. */
export const commands = fs.readFileSync(path.join(root, "README.md"), "utf8").match(/^npx esbuild app\.ts .*$/gm) ?? []

const command = commands.find((command) => command.includes("--format=esm"))!

/** Runs a command that bundles, as on a user's machine: it starts with `npx esbuild`. */
export const esbuild = Effect.fnUntraced(function*(command: string, cwd: string) {
  const [, , ...args] = command.split(" ")
  // esbuild drops its own condition "module" as soon as another one is given.
  const conditions = "--conditions=@effect-aws-sdk/source,module"
  yield* Effect.promise(() =>
    promisify(execFile)(path.join(root, "node_modules/.bin/esbuild"), [...args, conditions, "--log-level=error"], {
      cwd
    })
  )
})

/** A folder with the bundle of a program of this repository, for the rest of the scope. Its file is `index.mjs`. */
export const bundled = Effect.fnUntraced(function*(program: string, flags = "") {
  const out = yield* folder()
  const named = command.replace("app.ts", program).replace("app.mjs", path.join(out, "index.mjs"))
  yield* esbuild(`${named} ${flags}`.trim(), root)
  return out
})
