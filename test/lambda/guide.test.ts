// The commands of docs/lambda.md that need no account, with the program that the page has: it's bundled, run by Node, and run under
// AWS's runtime client.
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { InMemory, Ssm } from "effect-aws-sdk"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { promisify } from "node:util"
import { blocksIn } from "../../scripts/internal/pages.ts"
import { commands, esbuild, root } from "../support/lambda/bundles.ts"
import * as Functions from "../support/lambda/functions.ts"

const page = "docs/lambda.md"
const blocks = blocksIn(page)

/** The only block in which this stands. */
const blockWith = (language: string, text: string): string => {
  const [found, ...others] = blocks.filter((block) => block.language === language && block.code.includes(text))
  if (found === undefined || others.length > 0) throw new Error(`exactly one block has to have ${text}`)
  return found.code
}

const program = blockWith("ts", "Effect.fn(\"price\")")
const invoke = blockWith("js", "handler.close").trim()
const command = blockWith("sh", "node invoke.mjs").trim()

const event = /'(\{.*\})'/.exec(command)![1]!
const answer = { orderId: "o-1", price: "12.50 EUR" }

/** A folder with the files of the page, bundled as the page says. It's in the repository, where the bundler finds the package. */
class Folder extends Context.Service<Folder, string>()("test/Folder") {
  static readonly layer = Layer.effect(
    Folder,
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(path.join(root, "test/.lambda-"))),
        (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
      )
      fs.writeFileSync(path.join(folder, "app.ts"), program)
      fs.writeFileSync(path.join(folder, "invoke.mjs"), invoke)
      yield* Effect.forEach(commands, (command) => esbuild(command, folder), { concurrency: 2 })
      return folder
    })
  )
}

/** The variables that the page sets, for an AWS that has what the page puts into it. */
const aws = Effect.gen(function*() {
  const { url } = yield* InMemory.serve()
  yield* Ssm.putParameter({ name: "/shop/currency", value: "EUR" })
  return { AWS_ENDPOINT_URL: url, AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" }
})

layer(Folder.layer, { timeout: 60_000, excludeTestServices: true })("the guide to Lambda", (it) => {
  it.effect("has a program that Node runs with the page's command", () =>
    Effect.gen(function*() {
      const cwd = yield* Folder
      const env = { PATH: `${path.dirname(process.execPath)}:${process.env["PATH"]}`, ...(yield* aws) }
      const { stdout } = yield* Effect.promise(() => promisify(execFile)("sh", ["-c", command], { cwd, env }))
      assert.include(stdout, "orderId: 'o-1', price: '12.50 EUR'")
    }).pipe(Effect.provide(InMemory.layer())))

  it("bundles with a command of README", () => {
    assert.deepEqual(
      fs.readFileSync(path.join(root, page), "utf8").match(/^npx esbuild .*$/gm),
      commands.filter((command) => command.includes("--format=esm"))
    )
  })

  for (const format of ["mjs", "cjs"]) {
    it.effect(`has a program that runs under AWS's runtime client: app.${format}`, () =>
      Effect.gen(function*() {
        const folder = path.join(yield* Folder, format)
        fs.mkdirSync(folder)
        fs.copyFileSync(path.join(folder, `../app.${format}`), path.join(folder, `app.${format}`))
        const subject = yield* Functions.make({
          folder,
          handler: "app.handler",
          timeout: 20_000,
          variables: yield* aws
        })
        assert.deepEqual((yield* subject.invoke(JSON.parse(event))).payload, answer)
        const [line, ...others] = yield* subject.log
        assert.isEmpty(others)
        assert.deepInclude(JSON.parse(line!), { level: "INFO", message: "priced", annotations: { orderId: "o-1" } })
        const refused = (yield* subject.invoke({ orderId: "o-1" })).payload as { readonly errorType: string }
        assert.strictEqual(refused.errorType, "LambdaEventNotDecodable")
      }).pipe(Effect.provide(InMemory.layer())))
  }
})
