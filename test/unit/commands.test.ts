// Every command of the ten clients that are installed: `send` takes it, and `pages` finds its token.
import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { services } from "../../scripts/internal/services.ts"
import { nextInput } from "../../src/internal/tokens.ts"

const root = path.resolve(import.meta.dirname, "../..")

const read = (client: string, folder: string) => {
  const at = path.join(root, "node_modules/@aws-sdk", `client-${client}`, folder)
  return fs.existsSync(at) ? fs.readdirSync(at).map((file) => [file, path.join(at, file)] as const) : []
}

/** The SDK's own paginators: which member of the output goes into which member of the input. */
const paginators = Object.values(services).flatMap((client) =>
  read(client, "dist-es/pagination").flatMap(([, file]) =>
    [...fs.readFileSync(file, "utf8").matchAll(/createPaginator\(\w+, (\w+), "(\w+)", "(\w+)"/g)].map(
      ([, command, input, output]) => ({ client, command: command!, input: input!, output: output! })
    )
  )
)

/** Commands that take a token and give one, which the SDK has no paginator for: EventBridge's lists. */
const lists = read("eventbridge", "dist-es/commands").map(([file]) => path.basename(file, ".js"))
  .filter((command) => command.startsWith("List"))

describe("pages", () => {
  it(`goes by the tokens of the SDK's ${paginators.length} paginators`, () => {
    assert.isAbove(paginators.length, 250)
    for (const { client, command, input, output } of paginators) {
      const first = nextInput({ Filter: "f" }, { [output]: "token", IsTruncated: true })
      assert.deepEqual(
        first,
        { _tag: "Next", input: { Filter: "f", [input]: "token" } },
        `${client} ${command}: ${output} → ${input}`
      )
      assert.deepEqual(nextInput({ [input]: "token" }, { IsTruncated: false }), { _tag: "Last" })
      assert.deepEqual(nextInput({ [input]: "token" }, {}), { _tag: "Last" })
      // S3 answers with the token that it was asked with, beside the next one.
      const second = nextInput({ [input]: "token" }, { [input]: "token", [output]: "token 2", IsTruncated: true })
      assert.deepEqual(second, { _tag: "Next", input: { [input]: "token 2" } }, `${client} ${command}`)
    }
  })

  it("goes by the tokens of EventBridge's lists", () => {
    assert.isNotEmpty(lists)
    const models = read("eventbridge", "dist-types/models").map(([, file]) => fs.readFileSync(file, "utf8")).join("\n")
    for (const command of lists) {
      const name = command.replace(/Command$/, "")
      const members = (suffix: string) =>
        new RegExp(`interface ${name}${suffix} \\{([\\s\\S]*?)\\n\\}`).exec(models)?.[1] ?? ""
      if (!members("Request").includes("NextToken?")) continue
      assert.include(members("Response"), "NextToken?", command)
    }
    assert.deepEqual(nextInput({}, { NextToken: "t" }), { _tag: "Next", input: { NextToken: "t" } })
  })

  it("goes by both markers of a listing of versions or uploads, and forgets the one that is not given", () => {
    const next = nextInput({ KeyMarker: "a", VersionIdMarker: "1" }, {
      IsTruncated: true,
      KeyMarker: "a",
      VersionIdMarker: "1",
      NextKeyMarker: "b"
    })
    assert.deepEqual(next, { _tag: "Next", input: { KeyMarker: "b", VersionIdMarker: undefined } })
    assert.deepEqual(
      nextInput({ KeyMarker: "a", VersionIdMarker: "1" }, {
        IsTruncated: true,
        NextKeyMarker: "a",
        NextVersionIdMarker: "2"
      }),
      { _tag: "Next", input: { KeyMarker: "a", VersionIdMarker: "2" } }
    )
  })

  it("is lost where more is said to come, and no token is given", () => {
    assert.strictEqual(nextInput({}, { IsTruncated: true })._tag, "Lost")
    assert.strictEqual(nextInput({}, { HasMoreStreams: true })._tag, "Lost")
  })

  it("is lost, not at its end, where a service has a token of a name that is not known", () => {
    for (const token of ["NextPageToken", "nextForwardToken", "NextRecordName", "LastEvaluatedTableName"]) {
      assert.strictEqual(nextInput({}, { [token]: "t" })._tag, "Lost", token)
    }
    for (const member of ["NextExecutionTime", "LastModifiedDate", "Name"]) {
      assert.strictEqual(nextInput({}, { [member]: "t" })._tag, "Last", member)
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

  it(`types each of the ${count} commands, and takes none of them for another service's`, () => {
    assert.isAbove(count, 1_400)
    const program = [
      `import { ${commands.map(([module]) => module).join(", ")} } from "effect-aws-sdk"`,
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
      // Modules that the program imports are checked with the rest of the tree, not here.
      assert.strictEqual(errors.split("\n").filter((line) => line.includes("commands.ts(")).slice(0, 5).join("\n"), "")
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  }, 120_000)
})
