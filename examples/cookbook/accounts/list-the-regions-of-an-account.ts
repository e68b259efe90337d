import { DescribeRegionsCommand } from "@aws-sdk/client-ec2"
import { Effect } from "effect"
import { Ec2 } from "effect-aws-sdk"

/** The regions in which the account can work: those that it has enabled, and those that need no opt-in. */
export const regions = Ec2.send(new DescribeRegionsCommand({})).pipe(
  Effect.map(({ Regions = [] }) => Regions.flatMap(({ RegionName }) => RegionName ?? []).sort())
)
