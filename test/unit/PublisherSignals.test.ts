// A process that is told to end sends what its publishers hold, for shutdownTimeout at most.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { InMemory } from "effect-aws-sdk"
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as path from "node:path"

/** Runs the program until it has published, and sends it the signal. Returns all that it writes after that. */
const told = Effect.fnUntraced(function*(signal: NodeJS.Signals) {
  const { url } = yield* InMemory.serve()
  const program = path.resolve(import.meta.dirname, "../support/publishing.ts")
  const child = spawn(process.execPath, ["--conditions=@effect-aws-sdk/source", program, url], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => child.kill("SIGKILL")))
  const ended = once(child, "exit")
  yield* Effect.promise(() => Promise.race([once(child.stdout, "data"), ended]))
  const before = (yield* InMemory.calls).length
  let written = ""
  child.stdout.on("data", (text) => written += text)
  child.kill(signal)
  const [code] = yield* Effect.promise(() => ended)
  return { before, code, written }
})

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  it.live(`a process that gets ${signal} sends what its publishers hold before it ends`, () =>
    Effect.gen(function*() {
      const { before, code } = yield* told(signal)
      assert.deepEqual([before, code], [0, 130])
      const calls = yield* InMemory.calls
      assert.deepEqual(calls.map(({ operation, outcome }) => [operation, outcome._tag]).sort(), [
        ["PutEvents", "Answered"],
        ["PutMetricData", "Answered"]
      ])
      const entries = calls.flatMap(({ input }) => (input as { readonly Entries?: Array<unknown> }).Entries ?? [])
      assert.lengthOf(entries, 9)
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())), 60_000)
}

it.live(
  "a process that is told to end doesn't wait for AWS longer than shutdownTimeout, and logs what is lost",
  () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ fault: InMemory.delay("1 hour", "before") })
      const { code, written } = yield* told("SIGTERM")
      assert.strictEqual(code, 130)
      assert.include(written, "9 may or may not have been delivered (ShutdownTimedOut)")
      assert.include(written, "9 Placed of shop")
      assert.include(written, "1 Yes in Signals")
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())),
  60_000
)
