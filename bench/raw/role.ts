import { fromTemporaryCredentials } from "@aws-sdk/credential-providers"
import { services } from "../services.ts"
import { config, keys, serve } from "../worker.ts"

const params = { RoleArn: "arn:aws:iam::210987654321:role/bench", RoleSessionName: "bench" }

serve({
  firstCalls: async ({ count }) => {
    const clients = services.map(([Client, command]) => {
      const credentials = fromTemporaryCredentials({ masterCredentials: keys, params, clientConfig: config })
      return { client: new Client({ ...config, credentials, forcePathStyle: true }), command }
    })
    const calls = Array.from({ length: count }, (_, i) => {
      const { client, command } = clients[i % clients.length]!
      return client.send(command())
    })
    return (await Promise.all(calls)).length
  }
})
