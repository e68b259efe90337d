import * as Ec2 from "@distilled.cloud/aws/ec2"
import * as Stream from "effect/Stream"
import { serve } from "../worker.ts"
import { run } from "./run.ts"

serve({
  listSubnets: ({ count }) => {
    const input = { Filters: [{ Name: "vpc-id", Values: [`vpc-${count}`] }], MaxResults: 1000 }
    return run(
      Ec2.describeSubnets.pages(input).pipe(
        Stream.flatMap(({ Subnets = [] }) => Stream.fromIterable(Subnets)),
        Stream.runFold(() => 0, (subnets, { SubnetId }) => SubnetId ? subnets + 1 : subnets)
      )
    )
  }
})
