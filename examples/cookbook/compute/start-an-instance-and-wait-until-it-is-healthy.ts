import { RunInstancesCommand } from "@aws-sdk/client-ec2"
import { Effect } from "effect"
import { Ec2 } from "effect-aws-sdk"

const ImageId = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"

export const start = Effect.fn("start")(function*(name: string) {
  const { Instances = [] } = yield* Ec2.send(
    new RunInstancesCommand({
      ImageId,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      // The same token starts no second instance, however often the program runs.
      ClientToken: name,
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Name", Value: name }] }]
    })
  )
  const InstanceIds = Instances.flatMap(({ InstanceId }) => InstanceId ?? [])
  yield* Ec2.waitUntil("InstanceStatusOk", { InstanceIds }, { timeout: "15 minutes" })
  return InstanceIds
})
