// The SDK internals that the library relies on may change in any release. Each of these tests runs the same program on
// an SDK whose internals have changed, and on the installed one.
import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import { emulatorMutations, mutations } from "../mutations/mutations.ts"

const root = path.resolve(import.meta.dirname, "../..")

type Results = Readonly<Record<string, { readonly failed?: string; readonly message?: string }>>

const run = async (mutation: string, program = "program"): Promise<Results> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--conditions=@effect-aws-sdk/source",
      "--import",
      "./test/mutations/hooks.ts",
      `test/mutations/${program}.ts`
    ],
    { cwd: root, env: { ...process.env, MUTATION: mutation }, timeout: 60_000 }
  )
  return JSON.parse(stdout)
}

const original = run("none")

describe("an SDK whose internals have changed", () => {
  for (const mutation of Object.keys(mutations)) {
    it(`sends the same requests and gives the same results when ${mutation}`, { timeout: 90_000 }, async () => {
      assert.deepStrictEqual(await run(mutation), await original)
    })
  }

  it("sends no request that would reach AWS otherwise than it is meant", async () => {
    const codes = {
      "DeleteObject without a key": "EmptyKey",
      "DeleteObject in a bucket of dots": "RelativeBucket",
      "PutObject with metadata beyond ASCII": "UnsendableMetadata",
      "DeleteObject of half a character": "UnsendableKey"
    }
    for (const [step, failed] of Object.entries(codes)) {
      assert.deepStrictEqual((await original)[step], { failed, requests: [] } as object, step)
    }
  })
})

describe("the in-memory AWS on an SDK whose internals have changed", () => {
  const emulated = run("none", "emulated")
  const unsupported =
    /can't use this version of the AWS SDK|isn't a command of an AWS SDK client that is built on schemas/
  const relevant = Object.keys(mutations).filter((mutation) => /schema|protocols/.test(mutation))

  for (const mutation of [...relevant, ...Object.keys(emulatorMutations)]) {
    it(`answers as before, or says that it can't use the SDK, when ${mutation}`, { timeout: 90_000 }, async () => {
      const results = await run(mutation, "emulated")
      for (const [step, expected] of Object.entries(await emulated)) {
        const result = results[step]
        if (!unsupported.test(result?.message ?? "")) assert.deepStrictEqual(result, expected, step)
      }
      // A change that the emulator doesn't notice proves nothing.
      if (mutation in emulatorMutations) assert.match(results["GetObject"]?.message ?? "", unsupported)
    })
  }
})
