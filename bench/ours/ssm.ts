import { GetParameterCommand, GetParametersByPathCommand } from "@aws-sdk/client-ssm"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Stream from "effect/Stream"
import { serve } from "../worker.ts"
import { repeat, run } from "./run.ts"

serve({
  getParameter: ({ atOnce = 1, count }) =>
    run(repeat(count, atOnce, () => Ssm.send(new GetParameterCommand({ Name: "/bench/setting-0" })))),

  listParameters: ({ count }) =>
    run(
      Ssm.items(new GetParametersByPathCommand({ Path: `/bench/${count}` }), (page) => page.Parameters).pipe(
        Stream.runFold(() => 0, (parameters, { Value }) => Value ? parameters + 1 : parameters)
      )
    )
})
