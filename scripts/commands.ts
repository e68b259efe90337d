// Writes docs/commands.md: for each command of the in-memory AWS, how far it goes, and what the contract suite's expectations of it
// rest on. It runs the suite in memory and reads the journal. With `--check`, it fails if the page isn't up to date.
import { Effect, Logger } from "effect"
import { InMemory } from "effect-aws-sdk"
import * as fs from "node:fs"
import * as path from "node:path"
import { services } from "../emulator/services.ts"
import { isOperationSchema, membersOf, operationParts } from "../emulator/wire/sdk.ts"
import type { Source } from "../test/contract/Contract.ts"
import { contracts } from "../test/contract/contracts.ts"

/** Where AWS's pages about each service's API are. */
const references: Readonly<Record<string, string>> = {
  ACM: "acm/latest/APIReference",
  CloudWatch: "AmazonCloudWatch/latest/APIReference",
  EC2: "AWSEC2/latest/APIReference",
  ECS: "AmazonECS/latest/APIReference",
  EventBridge: "eventbridge/latest/APIReference",
  IAM: "IAM/latest/APIReference",
  OpenSearch: "opensearch-service/latest/APIReference",
  S3: "AmazonS3/latest/API",
  SSM: "systems-manager/latest/APIReference",
  STS: "STS/latest/APIReference"
}

const kinds = ["recorded", "documented", "believed"] as const satisfies ReadonlyArray<Source["kind"]>

/** What the cases show of a command. */
interface Shown {
  readonly sent: Set<string>
  readonly errors: Set<string>
  readonly cases: Record<Source["kind"], number>
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

const addCalls = (kind: Source["kind"], calls: ReadonlyArray<InMemory.JournalEntry>): void => {
  for (const { input, operation, outcome, service } of calls) {
    const { errors, sent } = shownOf(service, operation)
    for (const [member, value] of Object.entries(input)) if (value !== undefined) sent.add(member)
    if (outcome._tag === "Refused") errors.add(outcome.code)
  }
  for (const key of new Set(calls.map(({ operation, service }) => `${service} ${operation}`))) {
    shown.get(key)!.cases[kind]++
  }
}

const runCases = Effect.forEach(
  contracts.flatMap(({ cases }) => Object.values(cases)),
  ({ run, source }) =>
    Effect.andThen(run, InMemory.calls).pipe(
      Effect.tap((calls) => Effect.sync(() => addCalls(source.kind, calls))),
      Effect.scoped,
      Effect.provide(InMemory.layer())
    ),
  { concurrency: 4, discard: true }
)

const membersOfInputs = async (service: string): Promise<ReadonlyMap<string, ReadonlyArray<string>>> => {
  const module = await import(`@aws-sdk/client-${service.toLowerCase()}`) as Record<string, unknown>
  const found = new Map<string, ReadonlyArray<string>>()
  for (const [name, Command] of Object.entries(module)) {
    if (!/^[A-Z]\w*Command$/.test(name) || typeof Command !== "function") continue
    const { schema } = new (Command as new(input: object) => { readonly schema?: unknown })({})
    if (!isOperationSchema(schema)) continue
    const parts = operationParts(schema)
    found.set(parts.name, [...membersOf(parts.input)].map(([member]) => member))
  }
  return found
}

const code = (names: Iterable<string>): string => [...names].sort().map((name) => `\`${name}\``).join(", ") || "–"

const row = (
  service: string,
  operation: string,
  members: ReadonlyArray<string>,
  withoutEffect: ReadonlyArray<string>
): string => {
  const { cases, errors, sent } = shownOf(service, operation)
  const unsent = members.filter((member) => !sent.has(member))
  const cells = [
    `[\`${operation}\`](https://docs.aws.amazon.com/${references[service]}/API_${operation}.html)`,
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

const section = async (service: string, operations: ReadonlyArray<string>): Promise<string> => {
  const members = await membersOfInputs(service)
  const withoutEffect = services.find(({ serviceId }) => serviceId === service)?.withoutEffect ?? {}
  const cases = contracts
    .filter((contract) => contract.service.toLowerCase() === service.toLowerCase())
    .flatMap(({ cases }) => Object.entries(cases))
  return [
    `## ${service}`,
    `${operations.length} commands, ${cases.length} cases.`,
    [
      "| Command | Recorded | Documented | Believed | Members sent | Members without effect | Errors seen |",
      "| --- | --- | --- | --- | --- | --- | --- |",
      ...operations.map((operation) =>
        row(service, operation, members.get(operation) ?? [], withoutEffect[operation] ?? [])
      )
    ].join("\n"),
    `### What the cases of ${service} rest on`,
    kinds.flatMap((kind) =>
      cases
        .filter(([, { source }]) => source.kind === kind)
        .map(([title, { source }]) => `- ${text(title)} (${sourceOf(service, source)})`)
    ).join("\n")
  ].join("\n\n")
}

const all = Object.entries(InMemory.commands)

await Effect.runPromise(Effect.provide(runCases, Logger.layer([])))

const totals = kinds.map((kind) =>
  contracts.flatMap(({ cases }) => Object.values(cases)).filter(({ source }) => source.kind === kind).length
)

const page = [
  "# The commands of the in-memory AWS",
  `The in-memory AWS has ${all.flatMap(([, operations]) => operations).length} commands of ${all.length} services. ` +
  "`npm run commands` writes this page from the code, and from a run of the contract suite in memory.",
  [
    "Each case of the suite says what its expectation rests on:",
    "",
    `- **Recorded** (${totals[0]} cases): an answer that a test recorded on AWS. The case names the test.`,
    `- **Documented** (${totals[1]}): a page of AWS's documentation.`,
    `- **Believed** (${totals[2]}): neither. The case says why we believe it.`
  ].join("\n"),
  [
    "The tables show how far a command goes:",
    "",
    "- *Recorded*, *Documented* and *Believed* count the cases that call the command, also to prepare something else.",
    "- *Members sent* counts the members of the input that a case sends. Other members work too, or the call fails: the in-memory AWS",
    "  never ignores a member in silence.",
    "- *Members without effect* are accepted and change nothing.",
    "- *Errors seen* are the codes that the command answers in the cases. It can answer more of them."
  ].join("\n"),
  ...await Promise.all(all.map(([service, operations]) => section(service, operations)))
].join("\n\n") + "\n"

const file = path.resolve(import.meta.dirname, "../docs/commands.md")
if (process.argv.includes("--check")) {
  if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== page) {
    console.error("docs/commands.md is not up to date. Run: npm run commands")
    process.exit(1)
  }
} else {
  fs.writeFileSync(file, page)
}
console.log(`${all.flatMap(([, operations]) => operations).length} commands of ${all.length} services`)
