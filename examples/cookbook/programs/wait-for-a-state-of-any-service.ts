import { CloudFrontClient, CreateInvalidationCommand, GetInvalidationCommand } from "@aws-sdk/client-cloudfront"
import { Effect } from "effect"
import { AwsService } from "effect-aws-sdk"

const cloudFront = AwsService.make(CloudFrontClient, {
  waiters: {
    InvalidationCompleted: AwsService.waiter({
      command: GetInvalidationCommand,
      delay: "20 seconds",
      attempts: 30,
      names: ["DistributionId", "Id"],
      acceptors: [{ state: "success", output: ({ Invalidation }) => Invalidation?.Status === "Completed" }]
    })
  }
})

export const invalidate = Effect.fn("invalidate")(function*(DistributionId: string, Items: Array<string>, run: string) {
  const { Invalidation } = yield* cloudFront.send(
    new CreateInvalidationCommand({
      DistributionId,
      // The same reference makes no second invalidation.
      InvalidationBatch: { CallerReference: run, Paths: { Quantity: Items.length, Items } }
    })
  )
  yield* cloudFront.waitUntil("InvalidationCompleted", { DistributionId, Id: Invalidation?.Id })
})
