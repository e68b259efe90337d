import { DescribeInstancesCommand } from "@aws-sdk/client-ec2"
import { Effect, Stream } from "effect"
import { AwsClients, Ec2 } from "effect-aws-sdk"

const running = Ec2.items(
  new DescribeInstancesCommand({ Filters: [{ Name: "instance-state-name", Values: ["running"] }] }),
  ({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances)
).pipe(Stream.runCount)

export const count = (regions: ReadonlyArray<string>) =>
  Effect.forEach(regions, (region) =>
    running.pipe(
      Effect.map((instances) => ({ region, instances })),
      Effect.provide(AwsClients.inRegion(region))
    ), { concurrency: 8 })
