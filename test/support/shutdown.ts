// A process with a handler, as Lambda's runtime runs it. Its arguments say what happens; its output is what it did.
import { Effect, Layer } from "effect"
import * as Lambda from "effect-aws-sdk/Lambda"

const has = (what: string) => process.argv.includes(what)
const say = (text: string) => Effect.sync(() => process.stdout.write(`${text}\n`))

const handlerOf = (name: string) =>
  Lambda.handler({
    layer: Layer.effectDiscard(Effect.acquireRelease(say(`${name} acquired`), () =>
      has("broken")
        ? Effect.die(new Error("a broken finalizer"))
        : has("hanging")
        ? Effect.never
        : Effect.andThen(Effect.sleep("20 millis"), say(`${name} released`)))),
    handler: (event) =>
      event === "hang"
        ? Effect.onInterrupt(Effect.never, () => say(`${name} interrupted`))
        : say(`${name} served`)
  })

const context = Effect.runSync(Lambda.testContext({ timeout: "1 minute" }))
const names = has("two") ? ["a", "b"] : ["a"]
if (has("listener")) {
  process.on("SIGTERM", () => {
    process.stdout.write("listener called\n")
    setTimeout(() => process.exit(7), 200)
  })
}
for (const name of names) {
  const handler = handlerOf(name)
  if (has("unused")) continue
  await handler({}, context)
  if (has("closed")) await handler.close()
  if (has("running")) {
    void handler("hang", context).catch((error: Error) => process.stdout.write(`${name} answered ${error.name}\n`))
  }
}
// The runtime waits for the next invocation.
setInterval(() => {}, 60_000)
process.stdout.write("waiting\n")
