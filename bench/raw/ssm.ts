import { GetParameterCommand, paginateGetParametersByPath, SSMClient } from "@aws-sdk/client-ssm"
import { config, repeat, serve } from "../worker.ts"

const client = new SSMClient(config)

serve({
  getParameter: ({ atOnce = 1, count }) =>
    repeat(count, atOnce, () => client.send(new GetParameterCommand({ Name: "/bench/setting-0" }))),

  listParameters: async ({ count }) => {
    let parameters = 0
    for await (const page of paginateGetParametersByPath({ client }, { Path: `/bench/${count}` })) {
      for (const { Value } of page.Parameters ?? []) if (Value) parameters++
    }
    return parameters
  }
})
