// Scripts in Python that check a server from the outside.
import { it } from "@effect/vitest"
import { Effect } from "effect"
import * as path from "node:path"
import { describe } from "vitest"
import * as Python from "../../scripts/internal/python.ts"
import { run, Served } from "./served.ts"

interface Outcome {
  readonly name: string
  /** Why the check failed, or `undefined` if it passed. */
  readonly failure: string | undefined
}

/** `ok NAME`, or `FAIL NAME: line 12: why`. */
const outcomeOf = (line: string): ReadonlyArray<Outcome> => {
  const [, isOk, name, failure] = /^(?:(ok)|FAIL) (.*?)(?:: (line \d+: .*))?$/.exec(line) ?? []
  return name === undefined ? [] : [{ name, failure: isOk === undefined ? failure ?? "it failed" : undefined }]
}

/** `CLIENTS_ENDPOINT` names another server to check, such as moto's. */
const endpointOf = Effect.map(Served, ({ url }) => process.env["CLIENTS_ENDPOINT"] ?? url)

/**
 * Runs a script on an AWS of its own, with the pinned clients, and registers each of its checks as a test. Its arguments come
 * after the endpoint. Without Python there is a message, and in CI an error.
 */
export const check = async (title: string, script: string, ...args: ReadonlyArray<string>): Promise<void> => {
  const ran = await Effect.runPromise(
    Python.install("clients").pipe(
      Effect.flatMap((python) =>
        Effect.gen(function*() {
          const file = path.join(import.meta.dirname, script)
          const result = yield* run(python, [file, yield* endpointOf, ...args])
          const lines = result.stdout.split("\n")
          return { ...result, done: lines.find((line) => line.startsWith("done ")), outcomes: lines.flatMap(outcomeOf) }
        }).pipe(Effect.provide(Served.layer()))
      ),
      Effect.catchTag("PythonUnavailable", ({ message }) => Effect.succeed(message))
    )
  )
  if (typeof ran === "string") {
    const message = `Can't check the in-memory AWS with ${title}: ${ran}.`
    if (process.env["CI"]) throw new Error(message)
    console.log(message)
  }
  const { done, outcomes, stderr } = typeof ran === "string" ? { done: undefined, outcomes: [], stderr: "" } : ran
  describe.skipIf(typeof ran === "string")(title, () => {
    for (const { failure, name } of outcomes) {
      it(name, () => {
        if (failure !== undefined) throw new Error(`${script}, ${failure}`)
      })
    }
    it("runs to its end", ({ expect }) => {
      expect(stderr).not.toContain("Traceback")
      expect(done).toBe(`done ${outcomes.length}`)
    })
  })
}
