import { Effect, Metric } from "effect"
import { CloudWatch } from "effect-aws-sdk"

const orders = Metric.counter("orders", { incremental: true })
const latency = Metric.timer("latency")

export const measured = <A, E, R>(order: Effect.Effect<A, E, R>) =>
  order.pipe(
    Effect.trackDuration(latency),
    Effect.tap(Metric.update(orders, 1))
  )

// Around the whole program, over a Layer with the clients
export const metrics = CloudWatch.exporter({
  namespace: "Shop",
  dimensions: { Service: "checkout" },
  every: "1 minute"
})
