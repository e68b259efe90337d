// A process with a handler that logs, once its standard input has ended. Its console is replaced as AWS's runtime does it.
import { Effect } from "effect"
import * as Lambda from "effect-aws-sdk/Lambda"
import { text } from "node:stream/consumers"

console.log = (message: unknown) => void process.stdout.write(`${JSON.stringify({ level: "INFO", message })}\n`)

const handler = Lambda.handler({
  handler: () => Effect.forEach(Array.from({ length: 100 }), (_, i) => Effect.logInfo(`line ${i}`), { discard: true })
})

console.log("runtime")
await text(process.stdin)
await handler({}, Effect.runSync(Lambda.testContext({ awsRequestId: "request-1" })))
process.exitCode = 3
