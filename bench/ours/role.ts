import * as AssumeRole from "effect-aws-sdk/AssumeRole"
import * as AwsService from "effect-aws-sdk/AwsService"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { services } from "../services.ts"
import { serve } from "../worker.ts"
import { layer } from "./run.ts"

const calls = services.map(([Client, command]) => {
  const { send } = AwsService.make(Client)
  return () => send(command())
})

serve({
  firstCalls: ({ count }) => {
    const role = AssumeRole.layer({ roleArn: "arn:aws:iam::210987654321:role/bench", sessionName: "bench" })
    const all = Array.from({ length: count }, (_, i) => calls[i % calls.length]!())
    return Effect.all(all, { concurrency: "unbounded" }).pipe(
      Effect.map((answers) => answers.length),
      Effect.provide(role.pipe(Layer.provide(layer))),
      Effect.runPromise
    )
  }
})
