// Writes docs/commands.md and docs/commands/: for each command of the in-memory AWS, how far it goes, and what the contract suite's expectations of it
// rest on. It runs the suite in memory and reads the journal. With `--check`, it fails if a page isn't up to date.
import { Effect, Layer, Logger } from "effect"
import { type Aspect, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as path from "node:path"
import { services } from "../emulator/services.ts"
import { isOperationSchema, membersOf, operationParts, type Shape } from "../emulator/wire/sdk.ts"
import type { Case, Source } from "../test/contract/Contract.ts"
import { contracts } from "../test/contract/contracts.ts"

/** Where AWS's pages about each service's API are. */
const references: Readonly<Record<string, string>> = {
  ACM: "acm/latest/APIReference",
  AppConfig: "appconfig/2019-10-09/APIReference",
  AppConfigData: "appconfig/2019-10-09/APIReference",
  CloudWatch: "AmazonCloudWatch/latest/APIReference",
  DynamoDB: "amazondynamodb/latest/APIReference",
  EC2: "AWSEC2/latest/APIReference",
  ECS: "AmazonECS/latest/APIReference",
  EventBridge: "eventbridge/latest/APIReference",
  IAM: "IAM/latest/APIReference",
  OpenSearch: "opensearch-service/latest/APIReference",
  Organizations: "organizations/latest/APIReference",
  S3: "AmazonS3/latest/API",
  "Secrets Manager": "secretsmanager/latest/apireference",
  SSM: "systems-manager/latest/APIReference",
  STS: "STS/latest/APIReference"
}

/** How the page of an operation begins where it isn't `API_`. */
const pagePrefixes: Readonly<Record<string, string>> = { AppConfigData: "API_appconfigdata_" }

const kinds = ["recorded", "documented", "believed"] as const satisfies ReadonlyArray<Source["kind"]>

/** What the cases show of a command. */
interface Shown {
  readonly sent: Set<string>
  readonly errors: Set<string>
  readonly cases: Record<Source["kind"], number>
}

/** The name of a service in those of clients and files: `secrets-manager`. */
const fileName = (service: string): string => service.toLowerCase().replaceAll(" ", "-")

/** The inputs of all commands, by service and operation. */
const shapes = new Map<string, Shape>()
for (const service of Object.keys(InMemory.commands)) {
  const module = await import(`@aws-sdk/client-${fileName(service)}`) as Record<string, unknown>
  for (const [name, Command] of Object.entries(module)) {
    if (!/^[A-Z]\w*Command$/.test(name) || typeof Command !== "function") continue
    const { schema } = new (Command as new(input: object) => { readonly schema?: unknown })({})
    if (!isOperationSchema(schema)) continue
    const parts = operationParts(schema)
    shapes.set(`${service} ${parts.name}`, parts.input)
  }
}

const shown = new Map<string, Shown>()

const shownOf = (service: string, operation: string): Shown => {
  const key = `${service} ${operation}`
  let one = shown.get(key)
  if (one === undefined) {
    shown.set(key, one = { sent: new Set(), errors: new Set(), cases: { recorded: 0, documented: 0, believed: 0 } })
  }
  return one
}

/** The paths of the members that an input has: `Filters`, `Filters[].Name`. */
const pathsIn = function*(shape: Shape, value: unknown, path = ""): Iterable<string> {
  if (typeof value !== "object" || value === null) return
  if (shape.isListSchema() && Array.isArray(value)) {
    for (const one of value) yield* pathsIn(shape.getValueSchema(), one, `${path}[]`)
  } else if (shape.isStructSchema()) {
    for (const [name, member] of membersOf(shape)) {
      const inner = (value as Readonly<Record<string, unknown>>)[name]
      if (inner === undefined) continue
      const at = path === "" ? name : `${path}.${name}`
      yield at
      yield* pathsIn(member, inner, at)
    }
  }
}

/** The paths of all members that an input can have. A structure within itself counts once. */
const pathsOf = function*(shape: Shape, path = "", around: ReadonlyArray<unknown> = []): Iterable<string> {
  if (shape.isListSchema()) return yield* pathsOf(shape.getValueSchema(), `${path}[]`, around)
  const schema: unknown = shape.getSchema()
  if (!shape.isStructSchema() || around.includes(schema)) return
  for (const [name, member] of membersOf(shape)) {
    const at = path === "" ? name : `${path}.${name}`
    yield at
    yield* pathsOf(member, at, [...around, schema])
  }
}

const addCalls = (kind: Source["kind"], calls: ReadonlyArray<InMemory.JournalEntry>): void => {
  for (const { input, operation, service } of calls) {
    const shape = shapes.get(`${service} ${operation}`)
    if (shape === undefined) continue
    const { sent } = shownOf(service, operation)
    for (const path of pathsIn(shape, input)) sent.add(path)
  }
  for (const key of new Set(calls.map(({ operation, service }) => `${service} ${operation}`))) {
    // A form that a browser posts is no command.
    const command = shown.get(key)
    if (command !== undefined) command.cases[kind]++
  }
}

/** Notes the codes of errors as a program sees them: some services write others on the wire. */
const noteErrors: Aspect.Aspect = (send) => (call) =>
  Effect.tapError(send(call), (error) =>
    Effect.sync(() => {
      if (error.code !== undefined) shownOf(error.service, error.operation).errors.add(error.code)
    }))

const runCases = Effect.forEach(
  contracts.flatMap(({ cases }) => Object.values(cases)),
  ({ run, source }) =>
    Effect.andThen(run, InMemory.calls).pipe(
      Effect.tap((calls) => Effect.sync(() => addCalls(source.kind, calls))),
      Effect.scoped,
      // Waits take no time.
      Effect.provide(Layer.provideMerge(InMemory.layer({ aspects: [noteErrors] }), TestClock.layer()))
    ),
  { concurrency: 4, discard: true }
)

const pathOf = (service: string): string => `commands/${fileName(service)}.md`

const code = (names: Iterable<string>): string => [...names].sort().map((name) => `\`${name}\``).join(", ") || "–"

const row = (
  service: string,
  operation: string,
  withoutEffect: ReadonlyArray<string>
): string => {
  const { cases, errors, sent } = shownOf(service, operation)
  const shape = shapes.get(`${service} ${operation}`)
  const members = shape === undefined ? [] : [...new Set(pathsOf(shape))]
  const unsent = members.filter((member) => !sent.has(member))
  const cells = [
    `[\`${operation}\`](https://docs.aws.amazon.com/${references[service]}/${
      pagePrefixes[service] ?? "API_"
    }${operation}.html)`,
    ...kinds.map((kind) => String(cases[kind] || "–")),
    unsent.length === 0 ? "all" : `${members.length - unsent.length} of ${members.length}`,
    code(withoutEffect),
    code(errors)
  ]
  return `| ${cells.join(" | ")} |`
}

const text = (words: string): string => words.replaceAll("|", "\\|").replaceAll("<", "&lt;")

const sourceOf = (service: string, { by, kind }: Source): string => {
  if (kind === "recorded") return `recorded: \`${by}\``
  if (kind === "believed") return `believed: ${text(by)}`
  const url = by.startsWith("https://") ? by : `https://docs.aws.amazon.com/${references[service]}/${by}.html`
  return `documented: [${text(by.replace(/^https:\/\/docs\.aws\.amazon\.com\//, ""))}](${url})`
}

const casesOf = (service: string) =>
  contracts
    .filter((contract) => contract.service.toLowerCase() === service.toLowerCase().replaceAll(" ", ""))
    .flatMap(({ cases }) => Object.entries(cases))

const countOf = (cases: ReadonlyArray<readonly [string, Case]>, kind: Source["kind"]): number =>
  cases.filter(([, { source }]) => source.kind === kind).length

/** The commands of the SDK's client that have no handler. */
const missingOf = (service: string, operations: ReadonlyArray<string>): string => {
  const missing = [...shapes.keys()].filter((key) => key.startsWith(`${service} `))
    .map((key) => key.slice(service.length + 1)).filter((operation) => !operations.includes(operation))
  return missing.length === 0
    ? "None: it has all commands of the SDK's client."
    : `A call of one of these ${missing.length} dies with a defect that names it, until you ` +
      `[handle it](../testing.md#what-the-in-memory-aws-doesnt-support): ${code(missing)}.`
}

const pageOf = (service: string, operations: ReadonlyArray<string>): string => {
  const withoutEffect = services.find(({ serviceId }) => serviceId === service)?.withoutEffect ?? {}
  const cases = casesOf(service)
  return [
    `# ${service} in memory`,
    `${operations.length} commands, ${cases.length} cases. [Commands](../commands.md) says how to read this page.`,
    [
      "| Command | Recorded | Documented | Believed | Members sent | Members without effect | Errors seen |",
      "| --- | --- | --- | --- | --- | --- | --- |",
      ...operations.map((operation) => row(service, operation, withoutEffect[operation] ?? []))
    ].join("\n"),
    "## Commands that it doesn't have",
    missingOf(service, operations),
    "## What the cases rest on",
    kinds.flatMap((kind) =>
      cases
        .filter(([, { source }]) => source.kind === kind)
        .map(([title, { source }]) => `- ${text(title)} (${sourceOf(service, source)})`)
    ).join("\n")
  ].join("\n\n") + "\n"
}

const all = Object.entries(InMemory.commands)

await Effect.runPromise(Effect.provide(runCases, Logger.layer([])))

const every = contracts.flatMap(({ cases }) => Object.entries(cases))
const count = all.flatMap(([, operations]) => operations).length

const index = [
  "# The commands of the in-memory AWS",
  `The in-memory AWS has ${count} commands of ${all.length} services. \`npm run commands\` writes these pages from the code, and from a run ` +
  "of the contract suite in memory. [Coverage](coverage.md) says how much of what public programs call that is.",
  [
    "Each case of the suite says what its expectation rests on:",
    "",
    `- **Recorded** (${
      countOf(every, "recorded")
    } cases): an answer that a test recorded on AWS. The case names the test.`,
    `- **Documented** (${countOf(every, "documented")}): a page of AWS's documentation.`,
    `- **Believed** (${countOf(every, "believed")}): neither. The case says why we believe it.`
  ].join("\n"),
  [
    "| Service | Commands | Recorded | Documented | Believed |",
    "| --- | --- | --- | --- | --- |",
    ...all.map(([service, operations]) => {
      const counts = kinds.map((kind) => countOf(casesOf(service), kind))
      return `| [${service}](${pathOf(service)}) | ${operations.length} | ${counts.join(" | ")} |`
    })
  ].join("\n"),
  [
    "The page of a service shows how far its commands go:",
    "",
    "- *Recorded*, *Documented* and *Believed* count the cases that call the command, also to prepare something else.",
    "- *Members sent* counts the members of the input that a case sends, with those of nested structures. Any other member works too, or",
    "  the call fails with its name: the in-memory AWS never ignores a member in silence.",
    "- *Members without effect* are accepted and change nothing.",
    "- *Errors seen* are the codes of the `AwsError`s that the command fails with in the cases. It can fail with more of them.",
    "- *Commands that it doesn't have* lists the rest of the commands of the SDK's client."
  ].join("\n")
].join("\n\n") + "\n"

const pages: ReadonlyArray<readonly [name: string, content: string]> = [
  ["commands.md", index],
  ...all.map(([service, operations]) => [pathOf(service), pageOf(service, operations)] as const)
]

const docs = path.resolve(import.meta.dirname, "../docs")
if (process.argv.includes("--check")) {
  const old = pages.filter(([name, content]) => {
    const file = path.join(docs, name)
    return !fs.existsSync(file) || fs.readFileSync(file, "utf8") !== content
  })
  if (old.length > 0) {
    console.error(
      `These pages of docs/ are not up to date: ${old.map(([name]) => name).join(", ")}. Run: npm run commands`
    )
    process.exit(1)
  }
} else {
  fs.mkdirSync(path.join(docs, "commands"), { recursive: true })
  for (const [name, content] of pages) fs.writeFileSync(path.join(docs, name), content)
}
console.log(`${count} commands of ${all.length} services`)
