// Creates a project from the template as a user does, from the packed library, and runs all that the project can do: its demo,
// types, tests, bundles, and its function against a served AWS in memory. Run `npm run build` first.
import * as fs from "node:fs"
import * as path from "node:path"
import { pack, runBeside, userEnv, withFolder } from "./internal/packed.ts"
import { withRegistry } from "./internal/registry.ts"

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
    const project = path.join(temporary, "projects", name)
    const step = (command: string, ...args: ReadonlyArray<string>) => {
      console.log(`\n> ${[command, ...args].join(" ")}`)
      return runBeside(command, args, { cwd: project, env })
    }
    const outputOf = (cwd: string, ...args: ReadonlyArray<string>) => runBeside(process.execPath, args, { cwd, env })

    await runBeside("npx", ["effect-aws-sdk", "create", `projects/${name}`], { cwd: temporary, env })
    await step("npm", "install", "--silent")
    await step("npm", "run", "demo")
    await step("npm", "run", "check")
    await step("npm", "test")
    await step("npm", "run", "build")

    // As in the container and on Lambda: the bundle alone, without node_modules.
    const alone = path.join(temporary, "alone")
    fs.cpSync(path.join(project, "dist"), alone, { recursive: true })
    expect(await outputOf(path.join(alone, "program"), "main.mjs", "--demo"), `"bucket": "${name}-photos"`)
    fs.writeFileSync(path.join(project, "invoke.ts"), invoke)
    env["BUNDLE"] = path.join(alone, "function", "handler.mjs")
    expect(await outputOf(project, "invoke.ts"), `"bucket":"${name}-photos"`)

    for (const file of fs.readdirSync(alone, { recursive: true, encoding: "utf8" })) {
      const { size } = fs.statSync(path.join(alone, file))
      if (file.endsWith(".mjs")) console.log(`${file}: ${Math.round(size / 1000)} KB`)
    }
  })
})
