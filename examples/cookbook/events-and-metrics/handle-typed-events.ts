import { Effect, type Layer, Schema } from "effect"
import type { AwsClients } from "effect-aws-sdk/AwsClients"
import * as EventBridge from "effect-aws-sdk/EventBridge"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as Ssm from "effect-aws-sdk/Ssm"

class OrderPlaced extends EventBridge.Event<OrderPlaced>()({
  source: "shop",
  detailType: "OrderPlaced",
  fields: { orderId: Schema.String, cents: Schema.Int }
}) {}

const handle = Effect.fn("handle")(function*({ cents, orderId }: OrderPlaced) {
  yield* Ssm.putParameter({ name: `/orders/${orderId}`, value: String(cents), overwrite: true })
})

// In the function's own file: export const handler = makeHandler(Compute.layer())
export const makeHandler = <E>(layer: Layer.Layer<AwsClients, E>) =>
  Lambda.handler({
    layer,
    handler: Lambda.on(Lambda.EventBridgeEvent([OrderPlaced]), ({ detail }) => handle(detail))
  })
