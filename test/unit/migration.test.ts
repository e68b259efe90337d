// Runs what docs/migration/ shows. The SDK's code and this library's, side by side, each against a new in-memory AWS: both have to return
// the same, and to send the same operations. And the tests, as tests.
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, type Scope } from "effect"
import { type AwsClients, AwsService, Default, InMemory, S3, Ssm } from "effect-aws-sdk"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll } from "vitest"
import { blocksOf } from "../../scripts/internal/markdown.ts"

const root = path.resolve(import.meta.dirname, "../..")
const page = "docs/migration/sdk-v3.md"
// In the repository, so that the blocks find its packages.
const out = path.join(root, ".snippets-migration")

type Setup = Effect.Effect<unknown, unknown, AwsClients>

const bucket = S3.createBucket("reports-0a1b")

/** What each section needs before it runs. A section that isn't here needs nothing. */
const setups: Readonly<Record<string, Setup>> = {
  "Clients and their options": bucket,
  Pages: bucket.pipe(
    Effect.andThen(Effect.forEach(["a", "b", "c"], (key) => S3.putObject({ bucket: "reports-0a1b", key, body: key })))
  ),
  Waiters: bucket,
  Uploads: bucket,
  Bodies: bucket.pipe(Effect.andThen(S3.putObject({ bucket: "reports-0a1b", key: "today.csv", body: "1,1\n" }))),
  Retries: Ssm.putParameter({ name: "/app/state", value: "ready" }),
  "Timeouts and abort signals": Ssm.putParameter({ name: "/app/state", value: "ready" }),
  "DynamoDB's document client": AwsService.make(DynamoDBClient).send(
    new CreateTableCommand({
      TableName: "users",
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }]
    })
  )
}

/** What both programs return, so that a change of both is noticed. */
const expected: Readonly<Record<string, unknown>> = {
  "Clients and their options": ["reports-0a1b"],
  "Send a command": "ready",
  Errors: "blue",
  Pages: ["a", "b", "c"],
  Waiters: "it exists",
  Bodies: "1,1\n",
  Middleware: 1,
  Retries: "ready",
  "Timeouts and abort signals": "ready",
  "Credential providers": "210987654321",
  "DynamoDB's document client": { id: "1", name: "Ada" }
}

const text = fs.readFileSync(path.join(root, page), "utf8")
const headings = [...text.matchAll(/^## (.*)$/gm)].map(({ 1: title = "", index }) => ({
  title,
  line: text.slice(0, index).split("\n").length
}))
const titled = blocksOf(page, text).filter(({ title }) => title === "before.ts" || title === "after.ts")
const pairs = titled.flatMap((before, index) => {
  const after = titled[index + 1]
  if (before.title !== "before.ts") return []
  if (after?.title !== "after.ts") throw new Error(`${page}:${before.line}: no after.ts follows`)
  return [{ before, after, section: headings.findLast(({ line }) => line < before.line)?.title ?? "" }]
})

/**
 * What two presigned URLs have in common. The time and the keys decide about the rest. The SDK's also asks S3 for the checksum, which a
 * browser doesn't verify.
 */
const comparable = (result: unknown): unknown => {
  if (typeof result !== "string" || !URL.canParse(result)) return result
  const { pathname, searchParams } = new URL(result)
  const names = [...searchParams.keys()].filter((name) => name !== "x-amz-checksum-mode").toSorted()
  return { pathname, names, expires: searchParams.get("X-Amz-Expires") }
}

const settings = (url: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: "us-east-1",
  AWS_CONFIG_FILE: path.join(out, "none"),
  AWS_SHARED_CREDENTIALS_FILE: path.join(out, "none")
})

/** Sets the environment until the scope closes. */
const environment = (variables: Readonly<Record<string, string>>): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const former = Object.keys(variables).map((name) => [name, process.env[name]] as const)
      Object.assign(process.env, variables)
      return former
    }),
    (former) =>
      Effect.sync(() => {
        for (const [name, value] of former) {
          if (value === undefined) delete process.env[name]
          else process.env[name] = value
        }
      })
  ).pipe(Effect.asVoid)

interface Ran {
  readonly result: unknown
  readonly operations: ReadonlyArray<string>
}

/** Runs a block on a new AWS that is served, as the program of a user would run. */
const run = (file: string, setup: Setup): Effect.Effect<Ran, unknown> =>
  Effect.gen(function*() {
    const { url } = yield* InMemory.serve()
    yield* setup
    const { length } = yield* InMemory.calls
    yield* environment(settings(url))
    // Its client is made when the module loads.
    const { after, before }: Readonly<Record<string, unknown>> = yield* Effect.promise(() => import(file))
    const result: unknown = typeof before === "function"
      ? yield* Effect.tryPromise(async () => before())
      : Effect.isEffect(after)
      ? yield* Effect.provide(after as Setup, Default.layer().pipe(Layer.orDie))
      : yield* Effect.die(new Error(`${file} exports neither before nor after`))
    const calls = (yield* InMemory.calls).slice(length)
    return {
      result: comparable(result),
      operations: calls.map((call) => `${call.region} ${call.service}.${call.operation}`)
    }
  }).pipe(Effect.scoped, Effect.provide(InMemory.layer({ speed: 1e9 }))) // a table is there at once

fs.rmSync(out, { recursive: true, force: true })
fs.mkdirSync(out)
for (const { code, line } of titled) fs.writeFileSync(path.join(out, `${line}.ts`), code)

describe("the programs before and after a migration from the SDK", () => {
  afterAll(() => fs.rmSync(out, { recursive: true, force: true }))

  it("are on the page for each section that this test knows", () => {
    const sections = pairs.map(({ section }) => section)
    assert.isAtLeast(pairs.length, 15)
    assert.deepEqual([...Object.keys(setups), ...Object.keys(expected)].filter((name) => !sections.includes(name)), [])
  })

  for (const { after, before, section } of pairs) {
    it.live(`do the same: ${section}, line ${before.line}`, () =>
      Effect.gen(function*() {
        const setup = setups[section] ?? Effect.void
        const then = yield* run(path.join(out, `${before.line}.ts`), setup)
        const now = yield* run(path.join(out, `${after.line}.ts`), setup)
        assert.isDefined(then.result)
        assert.deepEqual(now.result, then.result)
        if (section in expected) assert.deepEqual(now.result, expected[section])
        assert.deepEqual(now.operations.toSorted(), then.operations.toSorted())
      }))
  }
})

const tests = fs.readdirSync(path.join(root, "docs/migration")).flatMap((name) => {
  const file = `docs/migration/${name}`
  return blocksOf(file, fs.readFileSync(path.join(root, file), "utf8"))
}).filter(({ code, project }) => project === undefined && /^it\./m.test(code))

for (const { code, file, line } of tests) {
  const written = path.join(out, `${path.basename(file, ".md")}-${line}.ts`)
  fs.writeFileSync(written, code)
  // A block registers its tests when it loads.
  describe(`${file}, line ${line}`, () => import(written))
}

it("shows tests on three pages", () => {
  assert.strictEqual(new Set(tests.map(({ file }) => file)).size, 3)
})
