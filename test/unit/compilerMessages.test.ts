// What the compiler tells those who make a mistake.
import { assert, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.join(import.meta.dirname, "../..")

/** What the compiler says about a program. */
const messagesFor = (program: string): string => {
  const folder = fs.mkdtempSync(path.join(root, ".snippets-"))
  try {
    fs.writeFileSync(path.join(folder, "mistake.ts"), program)
    const compilerOptions = { noEmit: true, allowImportingTsExtensions: true, noErrorTruncation: true }
    const settings = { extends: "../tsconfig.base.json", compilerOptions, include: ["*.ts"] }
    fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(settings))
    const { stdout } = spawnSync(path.join(root, "node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" })
    return stdout.split("\n").filter((line) => line.includes("mistake.ts(") || line.startsWith(" ")).join("\n")
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

it("the compiler names the kinds of Ec2.lookup, and the type argument that a class of events or metrics lacks", () => {
  const messages = messagesFor([
    `import { CloudWatch, Ec2, EventBridge } from "../index.ts"`,
    `void Ec2.lookup("Instances", "i-1")`,
    `export class E extends EventBridge.Event()({ source: "s", detailType: "d", fields: {} }) {}`,
    `export class M extends CloudWatch.OutcomeMetric()({ namespace: "n", outcomes: ["Yes"], dimensions: {} }) {}`
  ].join("\n"))
  assert.include(messages, `"Instances"' is not assignable`)
  assert.include(messages, `| "Instance" |`)
  assert.include(messages, `| "VpnGateway"'`)
  assert.include(messages, "class Self extends EventBridge.Event<Self>()(...)")
  assert.include(messages, "class Self extends CloudWatch.OutcomeMetric<Self>()(...)")
}, 120_000)

it("the compiler names what a Lambda handler requires and its Layer doesn't provide", () => {
  const messages = messagesFor([
    `import { Context, Effect, Layer } from "effect"`,
    `import * as Lambda from "../lambda/Lambda.ts"`,
    `class Orders extends Context.Service<Orders, number>()("Orders") {}`,
    `class Mail extends Context.Service<Mail, number>()("Mail") {}`,
    `const layer = Layer.succeed(Orders, 1)`,
    `Lambda.handler({ layer, handler: () => Effect.andThen(Orders, Mail) })`,
    `Lambda.handler({ handler: () => Mail })`
  ].join("\n"))
  assert.include(messages, `Type 'Mail' is not assignable to type 'Scope | NoInfer<Orders>'`)
  assert.include(messages, "Property 'layer' is missing")
}, 120_000)
