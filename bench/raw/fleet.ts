import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts"
import { NodeHttpHandler } from "@smithy/node-http-handler"
import { accountsOf, regions } from "../accounts.ts"
import { atMost, config, repeat, serve, watchingHeap } from "../worker.ts"

const requestHandler = new NodeHttpHandler()
const sts = new STSClient({ ...config, requestHandler })

let places = 0

/** As one would write it by hand: a session for the account, and a client for each region, over the same connections. */
const inAccount = async (account: string): Promise<number> => {
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/bench`, RoleSessionName: "bench" })
  )
  const credentials = {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!
  }
  const answers = await Promise.all(regions.map(async (region) => {
    atMost("places", ++places)
    const answer = await new SSMClient({ ...config, region, credentials, requestHandler }).send(
      new GetParameterCommand({ Name: "/bench/setting-0" })
    )
    places--
    return answer
  }))
  return answers.length
}

serve({
  getParameter: ({ atOnce = 1, count }) =>
    watchingHeap(async () => {
      const accounts = accountsOf(count)
      let done = 0
      await repeat(count / regions.length, atOnce / regions.length, async () => {
        const answers = await inAccount(accounts.next().value!.account)
        done += answers
      })
      return done
    })
})
