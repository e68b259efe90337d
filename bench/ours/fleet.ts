import { GetParameterCommand } from "@aws-sdk/client-ssm"
import * as Fleet from "effect-aws-sdk/Fleet"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { accountsOf, regions } from "../accounts.ts"
import { atMost, serve, watchingHeap } from "../worker.ts"
import { layer } from "./run.ts"

const fleet = Fleet.layer({ role: "bench", sessionName: "bench", regions }).pipe(Layer.provide(layer))
const call = Effect.andThen(
  Ssm.send(new GetParameterCommand({ Name: "/bench/setting-0" })),
  Fleet.Fleet.use(({ open }) => Effect.map(open, ({ places }) => atMost("places", places)))
)

serve({
  getParameter: ({ atOnce = 1, count }) =>
    watchingHeap(() =>
      Fleet.forEach(accountsOf(count), call, { concurrency: atOnce }).pipe(
        Stream.runFold(() => 0, (done, { result }) => Result.isSuccess(result) ? done + 1 : done),
        Effect.provide(fleet),
        Effect.runPromise
      )
    )
})
