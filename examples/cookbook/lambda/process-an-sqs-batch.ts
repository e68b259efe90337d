import type { AwsClients } from "effect-aws-sdk/AwsClients"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as Ssm from "effect-aws-sdk/Ssm"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

const Order = Schema.Struct({ orderId: Schema.String, cents: Schema.Int })

// In the function's own file: export const handler = makeHandler(Compute.layer())
export const makeHandler = <E>(layer: Layer.Layer<AwsClients, E>) =>
  Lambda.handler({
    layer,
    handler: Lambda.sqsBatch(Order, ({ cents, orderId }) =>
      Ssm.putParameter({ name: `/orders/${orderId}`, value: String(cents) }), { concurrency: 10 })
  })
