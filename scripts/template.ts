// Creates a project from the packed library, with the commands of docs/template.md: they run its demo, check its types, test it
// and bundle it. Then runs the bundles where there is nothing else, the function against a served AWS in memory. Run
// `npm run build` first.
import * as fs from "node:fs"
import * as path from "node:path"
import { pack, runBeside, userEnv, withFolder } from "./internal/packed.ts"
import { blocksIn, follow, Terminal } from "./internal/pages.ts"
import { withRegistry } from "./internal/registry.ts"

/** The project on the page. */
const name = "price-list"

const expect = (output: string, text: string): void => {
  if (!output.includes(text)) throw new Error(`The output doesn't have ${JSON.stringify(text)}.`)
}

/** Serves an AWS with what the program expects, and invokes the function of the bundle there. */
const invoke = `
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { InMemory } from "effect-aws-sdk/InMemory"
import * as World from "./src/World.ts"

const program = Effect.gen(function*() {
  const { url } = yield* InMemory.serve()
  yield* World.setUp
  yield* World.addPhotos
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test"
  })
  const { handler } = yield* Effect.promise(() => import(process.env.BUNDLE))
  yield* Console.log(JSON.stringify(yield* handler.invoke({})))
  yield* Effect.promise(() => handler.close())
})

program.pipe(Effect.scoped, Effect.provide(InMemory.layer()), NodeRuntime.runMain)
`

await withFolder("a template ", async (temporary) => {
  await withRegistry(pack(temporary), userEnv(temporary), async (env) => {
    const folder = path.join(temporary, "projects")
    fs.mkdirSync(folder)
    const terminal = new Terminal(folder, path.join(temporary, "memory"), env)
    try {
      await follow(blocksIn("docs/template.md"), terminal)
    } finally {
      await terminal.close()
    }
    const project = path.join(folder, name)
    const outputOf = (cwd: string, ...args: ReadonlyArray<string>) => runBeside(process.execPath, args, { cwd, env })

    // As in the container and on Lambda: the bundle alone, without node_modules.
    const alone = path.join(temporary, "alone")
    fs.cpSync(path.join(project, "dist"), alone, { recursive: true })
    expect(await outputOf(path.join(alone, "program"), "main.mjs", "--demo"), `"bucket": "${name}-photos"`)
    fs.writeFileSync(path.join(project, "invoke.ts"), invoke)
    env["BUNDLE"] = path.join(alone, "function", "handler.mjs")
    expect(await outputOf(project, "invoke.ts"), `"bucket":"${name}-photos"`)
  })
})
