import type { AwsClients } from "effect-aws-sdk/AwsClients"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaDynamoDb from "effect-aws-sdk/LambdaDynamoDb"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

const Order = Schema.Struct({ orderId: Schema.String, cents: Schema.Int })
const Receipt = Schema.Struct({ paymentId: Schema.String })

const store = LambdaDynamoDb.idempotencyStore({ table: "idempotency" })

export const makeHandler = <E, R>(
  layer: Layer.Layer<AwsClients | R, E>,
  charge: (order: typeof Order.Type) => Effect.Effect<typeof Receipt.Type, never, R>
) =>
  Lambda.handler({
    layer,
    handler: Lambda.on(Order, (order) =>
      Lambda.idempotent(order.orderId, charge(order), {
        store,
        expiry: "1 day",
        name: "payments",
        result: Receipt,
        payload: order
      }))
  })
