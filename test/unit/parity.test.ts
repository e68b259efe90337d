// Keeps docs/parity.md true: every test it cites exists, and every function and error is in it.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import * as library from "effect-aws-sdk"
import * as AppConfig from "effect-aws-sdk/AppConfig"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")

const citation = /`((?:contract|support|unit)\/\w+(?:\.test)?\.ts): "(.+?)"`/g

const rows = read("docs/parity.md").split("\n").flatMap((text, i) => {
  if (!text.startsWith("| ") || text.startsWith("| Python layer |")) return []
  const [, , here = "", , tests = "", ...more] = text.split("|")
  return [{
    line: `line ${i + 1}`,
    here,
    citations: [...tests.matchAll(citation)].map(([, file = "", title = ""]) => ({ file, title })),
    rest: [tests.replaceAll(citation, "").replaceAll("<br>", ""), ...more].join("").trim()
  }]
})

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** How many tests of a file have this title: contract cases, calls of `it` or `itFails`, or rows of a test table. */
const tests = (file: string, title: string) => {
  const before = file.startsWith("contract/")
    ? String.raw`^ {2}`
    : String.raw`(?:\bit(?:\.\w+|Fails)*\(|\[)\s*`
  return read(`test/${file}`).match(new RegExp(`${before}(["'\`])${escaped(title)}\\1[,:]`, "gm"))?.length ?? 0
}

// Errors and models are classes. A service's functions are everything else that can be called or run.
const isError = (value: unknown) => typeof value === "function" && value.prototype instanceof Error
const isFunction = (value: unknown) =>
  (typeof value === "function" && !isError(value) && !Schema.isSchema(value)) ||
  Effect.isEffect(value) || Stream.isStream(value)

// The root doesn't have the modules of services whose client it doesn't load.
const modules: Readonly<Record<string, object>> = { ...library, AppConfig, DynamoDb, SecretsManager }
const services = fs.readdirSync(path.join(root, "services")).filter((file) => file.endsWith(".ts"))
  .map((file) => path.basename(file, ".ts"))

/** The names in the tables' second column, such as `Ec2.getVpcDetails`. */
const names = [...new Set(rows.flatMap(({ here }) => here.match(/\b[A-Za-z]\w*(?:\.\w+)+/g) ?? []))]

describe("docs/parity.md", () => {
  it("cites at least one test in every row, and only tests that exist", () => {
    assert.isAbove(rows.length, 60)
    for (const { citations, line, rest } of rows) {
      assert.isNotEmpty(citations, line)
      assert.strictEqual(rest, "", `${line}: text that isn't a citation`)
    }
    const wrong = rows.flatMap(({ citations, line }) =>
      citations.flatMap(({ file, title }) => {
        const count = tests(file, title)
        return count === 1 ? [] : [`${line}: ${file} has ${count} tests with the title "${title}"`]
      })
    )
    assert.deepEqual(wrong, [])
  })

  it("names only members that exist", () => {
    const ours = names.map((name) => name.split(".")).filter(([module = ""]) => module in modules)
    assert.isAbove(ours.length, 60)
    for (const [module = "", ...members] of ours) {
      const found = members.reduce<unknown>(
        (value, member) => (value as Readonly<Record<string, unknown>> | undefined)?.[member],
        modules[module]
      )
      assert.isDefined(found, [module, ...members].join("."))
    }
  })

  for (const service of services) {
    it(`lists every function of ${service}`, () => {
      const functions = Object.entries(modules[service] ?? {}).filter(([name, value]) =>
        isFunction(value) && !["send", "pages", "items"].includes(name)
      )
      assert.isNotEmpty(functions)
      assert.includeMembers(names, functions.map(([name]) => `${service}.${name}`))
    })
  }

  it("lists every error of the services and Layers", () => {
    // The Python layer has nothing like a fleet.
    const { AwsErrorReason: _, Fleet: __, ...others } = modules
    const errors = Object.values(others).flatMap((module) =>
      Object.entries(module).flatMap(([name, value]) => isError(value) ? [name] : [])
    )
    assert.isAbove(errors.length, 30)
    assert.includeMembers(rows.flatMap(({ here }) => here.match(/\w+/g) ?? []), errors)
  })
})
