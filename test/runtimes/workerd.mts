// Runs the bundle of the Worker in Cloudflare's own runtime, against the in-memory AWS on a port.
import { Effect } from "effect"
import { InMemory } from "effect-aws-sdk/InMemory"
import { Miniflare } from "miniflare"

const program = Effect.gen(function*() {
  const { url } = yield* InMemory.serve()
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() =>
      new Miniflare({
        modules: true,
        scriptPath: "worker.bundle.mjs",
        compatibilityDate: "2026-04-01",
        compatibilityFlags: ["nodejs_compat"],
        bindings: { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", ENDPOINT: url }
      })
    ),
    (worker) => Effect.promise(() => worker.dispose())
  )
  const response = yield* Effect.promise(() => worker.dispatchFetch("http://worker.test/"))
  return yield* Effect.promise(() => response.text())
}).pipe(Effect.scoped, Effect.provide(InMemory.layer()))

console.log(await Effect.runPromise(program))
