import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2"
import * as Ec2 from "effect-aws-sdk/Ec2"
import * as Stream from "effect/Stream"
import { serve } from "../worker.ts"
import { run } from "./run.ts"

serve({
  listSubnets: ({ count }) => {
    const input = { Filters: [{ Name: "vpc-id", Values: [`vpc-${count}`] }], MaxResults: 1000 }
    return run(
      Ec2.items(new DescribeSubnetsCommand(input), (page) => page.Subnets).pipe(
        Stream.runFold(() => 0, (subnets, { SubnetId }) => SubnetId ? subnets + 1 : subnets)
      )
    )
  }
})
