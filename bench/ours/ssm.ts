import { GetParameterCommand, GetParametersByPathCommand } from "@aws-sdk/client-ssm"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { serve } from "../worker.ts"
import { repeat, run } from "./run.ts"

serve({
  getParameter: ({ atOnce = 1, count }) =>
    run(repeat(count, atOnce, () => Ssm.send(new GetParameterCommand({ Name: "/bench/setting-0" })))),

  lookupParameters: ({ count }) =>
    run(
      Effect.forEach(Array.from({ length: count }, (_, i) => i), (i) => Ssm.lookupParameter(`/bench/setting-${i}`), {
        concurrency: "unbounded"
      }).pipe(Effect.map((found) => found.length))
    ),

  listParameters: ({ count }) =>
    run(
      Ssm.items(new GetParametersByPathCommand({ Path: `/bench/${count}` }), (page) => page.Parameters).pipe(
        Stream.runFold(() => 0, (parameters, { Value }) => Value ? parameters + 1 : parameters)
      )
    )
})
