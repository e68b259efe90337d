import { CreateTagsCommand, DescribeVolumesCommand } from "@aws-sdk/client-ec2"
import { Effect, Stream } from "effect"
import { Aspect, Ec2 } from "effect-aws-sdk"

// For the Layer: Default.layer({ aspects })
export const aspects = [
  Aspect.rateLimit({ limit: 5, key: ({ operation }) => operation === "CreateTags" ? "tags" : undefined })
]

export const program = Ec2.items(
  new DescribeVolumesCommand({}),
  ({ Volumes }) => Volumes
).pipe(
  Stream.filter(({ Tags = [] }) => Tags.every(({ Key }) => Key !== "team")),
  Stream.mapEffect(({ Attachments, VolumeId = "" }) =>
    Ec2.send(
      new CreateTagsCommand({
        Resources: [VolumeId],
        Tags: [{ Key: "team", Value: "platform" }, { Key: "instance", Value: Attachments?.[0]?.InstanceId ?? "none" }]
      })
    ), { concurrency: 10 }),
  Stream.runCount,
  Effect.tap((tagged) => Effect.logInfo(`${tagged} volumes have tags now`))
)
