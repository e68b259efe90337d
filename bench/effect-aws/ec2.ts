import { EC2 } from "@effect-aws/client-ec2"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { config, serve } from "../worker.ts"
import { runner } from "./run.ts"

const run = runner(EC2.layer(config))

serve({
  listSubnets: ({ count }) => {
    const input = { Filters: [{ Name: "vpc-id", Values: [`vpc-${count}`] }], MaxResults: 1000 }
    return run(
      Stream.paginateChunkEffect(undefined, (NextToken) =>
        Effect.map(
          EC2.describeSubnets({ ...input, NextToken }),
          (page) => [Chunk.unsafeFromArray(page.Subnets ?? []), Option.fromNullable(page.NextToken)]
        )).pipe(Stream.runFold(0, (subnets, { SubnetId }) => SubnetId ? subnets + 1 : subnets))
    )
  }
})
