import { Effect, Schema } from "effect"
import { EventBridge } from "effect-aws-sdk"

export class OrderPlaced extends EventBridge.Event<OrderPlaced>()({
  source: "shop",
  detailType: "OrderPlaced",
  fields: { orderId: Schema.String, cents: Schema.Int }
}) {}

export const publish = (orders: ReadonlyArray<OrderPlaced>) =>
  EventBridge.putEvents(orders, { eventBus: "default" }).pipe(
    Effect.catchTag("EventsNotDelivered", ({ message, notDelivered, unknown }) =>
      // `unknown` has the events that AWS may have: consumers have to ignore the second one of a pair.
      Effect.logWarning(message).pipe(
        Effect.andThen(EventBridge.putEvents([...notDelivered, ...unknown], { eventBus: "default" }))
      ))
  )
