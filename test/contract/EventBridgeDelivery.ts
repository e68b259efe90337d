import { PutEventsCommand, type PutEventsRequestEntry, PutPermissionCommand } from "@aws-sdk/client-eventbridge"
import { assert } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { AssumeRole, EventBridge } from "effect-aws-sdk"
import { contract, documented } from "./Contract.ts"
import { codeOf } from "./support/rejections.ts"

const other = "222222222222"
const bus = "arn:aws:events:us-east-1:123456789012:event-bus/default"

const fromOther = Effect.provide(Layer.orDie(
  AssumeRole.layer({ roleArn: `arn:aws:iam::${other}:role/sender`, sessionName: "contract" })
))

const put = (entry: Partial<PutEventsRequestEntry>) =>
  EventBridge.send(
    new PutEventsCommand({ Entries: [{ EventBusName: bus, DetailType: "order", Detail: "{}", ...entry }] })
  )

const allow = (Condition: object) => {
  const statement = {
    Sid: "other",
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${other}:root` },
    Action: "events:PutEvents",
    Resource: bus,
    Condition
  }
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] })
  return EventBridge.send(new PutPermissionCommand({ Policy }))
}

export const eventBridgeDelivery = contract("EventBridge", {
  "takes events of another account only from the source that the bus's policy names": documented(
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html",
    Effect.gen(function*() {
      yield* allow({ StringEquals: { "events:source": "contract.shop" } })
      const { FailedEntryCount } = yield* fromOther(put({ Source: "contract.shop" }))
      assert.strictEqual(FailedEntryCount, 0)
      assert.strictEqual(yield* codeOf(fromOther(put({ Source: "contract.bank" }))), "AccessDeniedException")
    })
  ),

  "takes events of another account only of the types that the bus's policy names": documented(
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html",
    Effect.gen(function*() {
      yield* allow({ StringLike: { "events:detail-type": ["order*", "bill"] } })
      const { FailedEntryCount } = yield* fromOther(put({ Source: "contract.shop", DetailType: "order placed" }))
      assert.strictEqual(FailedEntryCount, 0)
      const denied = fromOther(put({ Source: "contract.shop", DetailType: "payment" }))
      assert.strictEqual(yield* codeOf(denied), "AccessDeniedException")
    })
  )
})
