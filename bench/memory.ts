// `npm run bench:memory` shows whether memory stays flat over many Layers and many calls. README.md has the last results.
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { HttpResponse } from "@smithy/core/protocols"
import { AwsClients } from "effect-aws-sdk/AwsClients"
import * as Fleet from "effect-aws-sdk/Fleet"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { Readable } from "node:stream"
import { accountsOf, regions } from "./accounts.ts"
import { assumeRole } from "./answers.ts"

const answer = Buffer.from(JSON.stringify({ Parameter: { Name: "/p", Type: "String", Value: "v", Version: 1 } }))

/** Answers in place of the network. */
const requestHandler = {
  metadata: { handlerProtocol: "http/1.1" },
  handle: async (request: { readonly hostname: string }) => ({
    response: new HttpResponse({
      statusCode: 200,
      headers: {},
      body: Readable.from([request.hostname.startsWith("sts.") ? Buffer.from(assumeRole()) : answer])
    })
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

const fleet = Fleet.layer({ role: "bench", sessionName: "bench", regions }).pipe(
  Layer.provide(AwsClients.layer({ ...options, requestHandler }))
)

/** Prints the heap in megabytes, and how many sessions and places are open, after each tenth of a run over a fleet. */
const measureFleet = async (accounts: number) => {
  const places = accounts * regions.length
  const seen: Array<string> = []
  let done = 0
  await Effect.runPromise(
    Fleet.forEach(accountsOf(places), call).pipe(
      Stream.mapEffect(({ result }) => Effect.andThen(Effect.fromResult(result), Fleet.Fleet.use(({ open }) => open))),
      Stream.runForEach(({ places: open, sessions }) =>
        Effect.sync(() => {
          if (++done % (places / 10) !== 0) return
          globalThis.gc?.()
          seen.push(`${Math.round(process.memoryUsage().heapUsed / 1e5) / 10} (${sessions}, ${open})`)
        })
      ),
      Effect.provide(fleet)
    )
  )
  console.log(
    `make a call in ${accounts} accounts × ${regions.length} regions; heap in MB, and open sessions and places, after each ` +
      `tenth: ${seen.join(" ")}`
  )
}

await measureFleet(500)
await measureFleet(2_000)
