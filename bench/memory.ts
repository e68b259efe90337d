// `npm run bench:memory` shows whether memory stays flat over many Layers and many calls. README.md has the last results.
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { HttpResponse } from "@smithy/core/protocols"
import { AwsClients } from "effect-aws-sdk/AwsClients"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Readable } from "node:stream"

const answer = Buffer.from(JSON.stringify({ Parameter: { Name: "/p", Type: "String", Value: "v", Version: 1 } }))

/** Answers in place of the network. */
const requestHandler = {
  metadata: { handlerProtocol: "http/1.1" },
  handle: async () => ({
    response: new HttpResponse({ statusCode: 200, headers: {}, body: Readable.from([answer]) })
  }),
  updateHttpClientConfig() {},
  httpHandlerConfigs: () => ({})
}

const options = {
  region: "us-east-1",
  credentials: { accessKeyId: "AKIATEST", secretAccessKey: Redacted.make("test") }
}

const call = Ssm.send(new GetParameterCommand({ Name: "/p" }))

/** Prints the heap in megabytes after each tenth of the work. */
const measure = async (what: string, times: number, work: (times: number) => Promise<unknown>) => {
  const heap: Array<number> = []
  for (let part = 0; part < 10; part++) {
    await work(times / 10)
    globalThis.gc?.()
    heap.push(Math.round(process.memoryUsage().heapUsed / 1e5) / 10)
  }
  console.log(`${what}, ${times} times; heap in MB after each tenth: ${heap.join(" ")}`)
}

await measure("build a Layer, make a call on a stub through it, release it", 10_000, async (times) => {
  for (let i = 0; i < times; i++) {
    await Effect.runPromise(call.pipe(Effect.provide(AwsClients.layer({ ...options, requestHandler }))))
  }
})

await measure("build a Layer with its own connection pool, release it", 10_000, async (times) => {
  const built = AwsClients.use(() => Effect.void)
  for (let i = 0; i < times; i++) await Effect.runPromise(built.pipe(Effect.provide(AwsClients.layer(options))))
})

await measure("make a call through one Layer", 1_000_000, (times) =>
  Effect.runPromise(
    Effect.repeat(call, { times: times - 1 }).pipe(
      Effect.provide(AwsClients.layer({ ...options, requestHandler }))
    )
  ))
