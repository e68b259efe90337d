// Follows pages of the documentation word by word, each in an empty folder, as a new user would: writes the blocks that have a
// title to files, runs the `sh` blocks, and compares what they print with the `text` blocks. Installs the packed library; run
// `npm run build` first. With names of pages, it follows only these. CONTRIBUTING.md says how to write the blocks.
// `npm run template` follows the page about the template.
//
// `--fresh` begins with an empty cache of npm, and fails if the first output of "Getting started" takes more than two minutes.
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { root } from "./internal/manifest.ts"
import { pack, userEnv, withFolder } from "./internal/packed.ts"
import { blocksIn, follow, Terminal } from "./internal/pages.ts"
import * as Python from "./internal/python.ts"
import { withRegistry } from "./internal/registry.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { fresh: { type: "boolean", default: false } }
})

interface Walk {
  /** The pages that are followed in one folder, and the sections; without any, the whole page. */
  readonly pages: ReadonlyArray<readonly [file: string, ...sections: ReadonlyArray<string>]>
  /** Whether they use the AWS CLI. */
  readonly cli?: boolean
}

const gettingStarted = "docs/getting-started.md"

const walks: ReadonlyArray<Walk> = [
  { pages: [[gettingStarted]] },
  { pages: [["README.md", "Install"]] },
  { pages: [["docs/testing.md", "What to install", "Swap the Layer"]] },
  { pages: [["docs/emulator.md", "Start it", "Use it"]], cli: true },
  {
    pages: [["docs/lambda.md", "First function", "Run it on your machine"], ["docs/bundling.md", "The two commands"]],
    cli: true
  }
]

/** The folder of the AWS CLI. */
const cli = (): Promise<string | void> =>
  Effect.runPromise(
    Python.install("clients").pipe(
      Effect.map((python) => path.dirname(python)),
      Effect.catchTag("PythonUnavailable", ({ message }) => {
        if (process.env["CI"]) return Effect.die(new Error(message))
        console.log(`\nWithout the AWS CLI: ${message}.`)
        return Effect.void
      })
    )
  )

const asked = positionals.map((file) => path.relative(root, path.resolve(file)))
const chosen = walks.filter(({ pages }) => asked.length === 0 || pages.some(([file]) => asked.includes(file)))
if (chosen.length === 0) throw new Error(`None of these is followed: ${asked.join(", ")}.`)

await withFolder("walkthrough-", async (temporary) => {
  await withRegistry(pack(temporary), userEnv(temporary), async (registryEnv) => {
    for (const [index, walk] of chosen.entries()) {
      const clients = walk.cli ? await cli() : ""
      if (clients === undefined) {
        console.log(`Not followed: ${walk.pages.map(([file]) => file).join(", ")}.`)
        continue
      }
      const env = { ...registryEnv, PATH: `${registryEnv["PATH"]}${path.delimiter}${clients}` }
      const folder = path.join(temporary, `walk-${index}`)
      fs.mkdirSync(folder)
      const cache = values.fresh ? { npm_config_cache: path.join(temporary, `cache-${index}`) } : {}
      const terminal = new Terminal(folder, path.join(temporary, "memory"), { ...env, ...cache })
      try {
        const blocks = walk.pages.flatMap(([file, ...sections]) => blocksIn(file, sections))
        const seconds = await follow(blocks, terminal)
        if (walk.pages[0]![0] !== gettingStarted || seconds === undefined) continue
        console.log(`\nFrom npm install to the first output: ${Math.round(seconds)} seconds.`)
        if (values.fresh && seconds > 120) throw new Error("The first program takes more than two minutes.")
      } finally {
        await terminal.close()
      }
    }
  })
})
