// Every command of the installed clients: `send` accepts it, and `pages` finds its token.
import { assert, describe, it } from "@effect/vitest"
import { Exit } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { services } from "../../scripts/internal/services.ts"
import { run } from "../support/pages.ts"

const root = path.resolve(import.meta.dirname, "../..")

const read = (client: string, folder: string) => {
  const at = path.join(root, "node_modules/@aws-sdk", `client-${client}`, folder)
  return fs.existsSync(at) ? fs.readdirSync(at).map((file) => [file, path.join(at, file)] as const) : []
}

type Client = new(config: object) => { readonly config: { readonly serviceId: string } }
type Command = new(input: object) => object

/** The clients that the SDK has installed here, those of services without a module too. */
const clients = await Promise.all(
  fs.readdirSync(path.join(root, "node_modules/@aws-sdk")).flatMap((folder) => /^client-(.+)$/.exec(folder)?.[1] ?? [])
    .map(async (client) => {
      const exports: Record<string, unknown> = await import(`@aws-sdk/client-${client}`)
      const [, Client] = Object.entries(exports).find(([name]) => /^[A-Z]\w+Client$/.test(name))!
      const { serviceId } = new (Client as Client)({ region: "us-east-1" }).config
      return { client, exports: exports as Readonly<Record<string, Command>>, serviceId }
    })
)

/** The SDK's own paginators: which output member becomes which input member. */
const paginators = clients.flatMap(({ client, exports, serviceId }) =>
  read(client, "dist-es/pagination").flatMap(([, file]) =>
    [...fs.readFileSync(file, "utf8").matchAll(/createPaginator\(\w+, (\w+), "(\w+)", "(\w+)"/g)].map(
      ([, command, input, output]) => ({
        serviceId,
        Command: exports[command!]!,
        command,
        input: input!,
        output: output!
      })
    )
  )
)

const eventBridge = clients.find(({ client }) => client === "eventbridge")!

/** EventBridge's list commands, which have tokens but no paginator in the SDK. Tags come on one page. */
const lists = Object.entries(eventBridge.exports).filter(([name]) =>
  /^List\w+Command$/.test(name) && name !== "ListTagsForResourceCommand"
)

describe("pages", () => {
  it(`follows the tokens of the SDK's ${paginators.length} paginators`, () => {
    assert.isAbove(paginators.length, 250)
    for (const { Command, command, input, output, serviceId } of paginators) {
      // S3 returns the token of the request alongside the next one.
      const { exit, inputs } = run(serviceId, new Command({ Filter: "f" }), [
        { [output]: "1", IsTruncated: true },
        { [input]: "1", [output]: "2", IsTruncated: true },
        { IsTruncated: false }
      ])
      assert.isTrue(Exit.isSuccess(exit), command)
      assert.deepEqual(inputs, [{ Filter: "f" }, { Filter: "f", [input]: "1" }, { Filter: "f", [input]: "2" }], command)
    }
  })

  it("follows the tokens of EventBridge's lists", () => {
    assert.isAbove(lists.length, 10)
    for (const [name, Command] of lists) {
      const { inputs } = run(eventBridge.serviceId, new Command({}), [{ NextToken: "1" }, {}])
      assert.deepEqual(inputs, [{}, { NextToken: "1" }], name)
    }
  })
})

describe("send", () => {
  const commands = Object.entries(services).map(([module, client]) =>
    [
      module,
      client,
      read(client, "dist-types/commands").flatMap(([file]) =>
        file.endsWith("Command.d.ts") ? [file.slice(0, -".d.ts".length)] : []
      )
    ] as const
  )
  const count = commands.reduce((sum, [, , names]) => sum + names.length, 0)

  it(`types each of the ${count} commands, and rejects it for another service`, () => {
    // The oldest clients that the ranges allow have fewer.
    assert.isAbove(count, 1_400)
    const program = [
      ...commands.map(([module]) => `import * as ${module} from "effect-aws-sdk/${module}"`),
      ...commands.map(([module, client]) => `import type * as ${module}Sdk from "@aws-sdk/client-${client}"`),
      `import type { Effect } from "effect"`,
      `declare const output: <A>(effect: Effect.Effect<A, unknown, unknown>) => A`,
      ...commands.flatMap(([module, , names], at) => {
        const other = commands[(at + 1) % commands.length]![0]
        return names.flatMap((name) => [
          `export const ${module}${name}: ${module}Sdk.${name}Output = output(${module}.send({} as ${module}Sdk.${name}))`,
          "// @ts-expect-error",
          `void ${other}.send({} as ${module}Sdk.${name})`
        ])
      })
    ].join("\n")
    const folder = fs.mkdtempSync(path.join(root, ".snippets-"))
    try {
      fs.writeFileSync(path.join(folder, "commands.ts"), program)
      fs.writeFileSync(
        path.join(folder, "tsconfig.json"),
        JSON.stringify({
          extends: "../tsconfig.base.json",
          compilerOptions: { noEmit: true, allowImportingTsExtensions: true },
          include: ["*.ts"]
        })
      )
      let errors = ""
      try {
        execFileSync(path.join(root, "node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" })
      } catch (error) {
        errors = String((error as { stdout?: unknown }).stdout)
      }
      // `npm run check` covers the imported modules, so only errors in the program itself count.
      assert.strictEqual(errors.split("\n").filter((line) => line.includes("commands.ts(")).slice(0, 5).join("\n"), "")
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  }, 120_000)
})
