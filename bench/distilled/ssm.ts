import * as Ssm from "@distilled.cloud/aws/ssm"
import * as Stream from "effect/Stream"
import { serve } from "../worker.ts"
import { repeat, run } from "./run.ts"

serve({
  getParameter: ({ atOnce = 1, count }) =>
    run(repeat(count, atOnce, () => Ssm.getParameter({ Name: "/bench/setting-0" }))),

  listParameters: ({ count }) =>
    run(
      Ssm.getParametersByPath.pages({ Path: `/bench/${count}` }).pipe(
        Stream.flatMap(({ Parameters = [] }) => Stream.fromIterable(Parameters)),
        Stream.runFold(() => 0, (parameters, { Value }) => Value ? parameters + 1 : parameters)
      )
    )
})
