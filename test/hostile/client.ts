// A process that uses the library as a program of a user would: it runs what the judge asks for. Started with an operation
// as its second argument, it runs that one under `NodeRuntime.runMain` and ends.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Layer, Redacted } from "effect"
import { AwsClients } from "effect-aws-sdk/AwsClients"
import { setTimeout as sleep } from "node:timers/promises"
import type { Answer, Holdings, Operation, Outcome, Question } from "./operations.ts"
import { outcomeOf, run } from "./running.ts"

const [endpoint = "", once] = process.argv.slice(2)

const clients = AwsClients.layer({
  region: "eu-central-1",
  endpoint,
  credentials: { accessKeyId: "AKIATEST", secretAccessKey: Redacted.make("test") },
  clientOptions: { forcePathStyle: true }
}).pipe(Layer.orDie)

const complaints: Array<string> = []
process.on("warning", ({ message, name }) => {
  if (name !== "ExperimentalWarning") complaints.push(`${name}: ${message}`)
})
process.on("unhandledRejection", (cause) => complaints.push(`unhandled rejection: ${cause}`))
process.on("uncaughtException", (cause) => complaints.push(`uncaught exception: ${cause.stack}`))

const say = (answer: Answer) => process.send?.(answer)

const holdings = async (): Promise<Holdings> => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await sleep(20)
  }
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  return { listeners, heap: heapUsed, buffers: arrayBuffers, complaints }
}

if (once !== undefined) {
  const operation = JSON.parse(once) as Operation
  Effect.exit(run(operation)).pipe(
    Effect.tap((exit) => Effect.sync(() => say({ about: "run", outcome: outcomeOf(exit) }))),
    Effect.flatten,
    Effect.provide(clients),
    NodeRuntime.runMain
  )
} else {
  let interruption = new AbortController()
  const running = Effect.runPromise(
    Effect.gen(function*() {
      const context = yield* Effect.context<AwsClients>()
      process.on("message", async (question: Question) => {
        switch (question.ask) {
          case "interrupt":
            return interruption.abort()
          case "holdings":
            return say({ about: "holdings", holdings: await holdings() })
          case "run": {
            interruption = new AbortController()
            const { signal } = interruption
            const outcome: Outcome = outcomeOf(
              await Effect.runPromiseExit(Effect.provideContext(run(question.operation), context), { signal })
            )
            say({ about: "run", outcome })
          }
        }
      })
      say({ about: "ready" })
      yield* Effect.callback<void>((resume) => void process.once("disconnect", () => resume(Effect.void)))
    }).pipe(Effect.provide(clients))
  )
  void running.then(() => process.exit())
}
