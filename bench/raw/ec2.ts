import { EC2Client, paginateDescribeSubnets } from "@aws-sdk/client-ec2"
import { config, serve } from "../worker.ts"

const client = new EC2Client(config)

serve({
  listSubnets: async ({ count }) => {
    let subnets = 0
    const input = { Filters: [{ Name: "vpc-id", Values: [`vpc-${count}`] }], MaxResults: 1000 }
    for await (const { Subnets = [] } of paginateDescribeSubnets({ client }, input)) {
      for (const { SubnetId } of Subnets) if (SubnetId) subnets++
    }
    return subnets
  }
})
