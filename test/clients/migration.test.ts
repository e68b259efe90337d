// Runs the tests in Python that docs/migration/localstack-and-moto.md shows: before, with moto in the same process, and after, against
// the served in-memory AWS.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Python from "../../scripts/internal/python.ts"
import { run, Served } from "./served.ts"

const page = path.resolve(import.meta.dirname, "../../docs/migration/localstack-and-moto.md")
const blocks = [...fs.readFileSync(page, "utf8").matchAll(/^```python\n(# (before|after).*?)^```$/gms)]
const codeOf = (when: string) => blocks.find(([, , name]) => name === when)?.[1] ?? ""

const pythons = await Effect.runPromise(
  Effect.result(Effect.all({ before: Python.install("moto"), after: Python.install("clients") }))
)
if (Result.isFailure(pythons)) {
  const message = `Can't run the tests in Python: ${pythons.failure.message}.`
  if (process.env["CI"]) throw new Error(message)
  console.log(message)
}

const surroundings = {
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_CONFIG_FILE: path.join(import.meta.dirname, "none"),
  AWS_SHARED_CREDENTIALS_FILE: path.join(import.meta.dirname, "none"),
  NO_PROXY: "*"
}

/** Runs the test of a block, as pytest would. */
const runTest = (python: string, code: string, env: NodeJS.ProcessEnv) =>
  Effect.map(
    run(python, ["-c", `${code}\ntest_remembers_a_parameter()\nprint("passed")`], {
      ...process.env,
      ...surroundings,
      ...env
    }),
    ({ status, stderr, stdout }) => {
      assert.strictEqual(status, 0, stderr)
      assert.strictEqual(stdout.trim(), "passed")
    }
  )

describe.skipIf(Result.isFailure(pythons))("the tests in Python before and after a migration", () => {
  const { after, before } = Result.getOrElse(pythons, () => ({ after: "", before: "" }))

  it.live("passes with moto", () => runTest(before, codeOf("before"), {}))

  it.live("passes with the emulator", () =>
    Effect.gen(function*() {
      const { url } = yield* Served
      yield* runTest(after, codeOf("after"), { AWS_ENDPOINT_URL: url })
    }).pipe(Effect.provide(Layer.orDie(Served.layer()))))
})
