// Starts moto by hand, and stops it at Ctrl-C.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Emulator from "./internal/moto.ts"

const program = Effect.gen(function*() {
  const { endpoint, pid } = yield* Emulator.start({ managedPolicies: true })
  console.log(
    `moto is at ${endpoint} (process ${pid}), until Ctrl-C. It forgets everything at: curl -X POST ${endpoint}/moto-api/reset

AwsClients.layer({
  region: "us-east-1",
  endpoint: "${endpoint}",
  credentials: { accessKeyId: "test", secretAccessKey: Redacted.make("test") },
  clientOptions: { forcePathStyle: true, disableRequestCompression: true }
})`
  )
  return yield* Effect.never
})

NodeRuntime.runMain(Effect.scoped(program))
