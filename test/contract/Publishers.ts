import { type Dimension, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch"
import { assert } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Schema, Scope } from "effect"
import { CloudWatch, EventBridge } from "effect-aws-sdk"
import { contract, documented } from "./Contract.ts"

class Ordered extends EventBridge.Event<Ordered>()({
  source: "contract.publishers",
  detailType: "Ordered",
  fields: { order: Schema.Int }
}) {}

/** EventBridge requires a detail type. */
class Untyped extends EventBridge.Event<Untyped>()({
  source: "contract.publishers",
  detailType: "",
  fields: { order: Schema.Int }
}) {}

class Backup extends CloudWatch.OutcomeMetric<Backup>()({
  namespace: "Contract/Publishers",
  outcomes: ["Success", "Failure"],
  dimensions: { volume: "Volume" }
}) {}

const orders = (count: number) => Array.from({ length: count }, (_, order) => new Ordered({ order }))

/** The time of the publisher's clock, and of AWS's, is either the real one or the test's. */
const sumOf = Effect.fnUntraced(function*(volume: string, MetricName: string) {
  const now = yield* Clock.currentTimeMillis
  const Dimensions: Array<Dimension> = [{ Name: "Volume", Value: volume }]
  const { Datapoints = [] } = yield* CloudWatch.send(
    new GetMetricStatisticsCommand({
      Namespace: Backup.namespace,
      MetricName,
      Dimensions,
      StartTime: new Date(now - 3_600_000),
      EndTime: new Date(now + 3_600_000),
      Period: 7_200,
      Statistics: ["Sum", "SampleCount"]
    })
  )
  const total = (of: "Sum" | "SampleCount") => Datapoints.reduce((sum, datapoint) => sum + (datapoint[of] ?? 0), 0)
  return [total("Sum"), total("SampleCount")]
})

export const eventPublishers = contract("EventBridge", {
  "a publisher sends what it holds before its scope ends": documented(
    "API_PutEvents",
    Effect.gen(function*() {
      const lost: Array<unknown> = []
      const scope = yield* Scope.make()
      const publisher = yield* EventBridge.publisher({
        eventBus: "default",
        maxDelay: "1 hour",
        onFailure: (error) => Effect.sync(() => lost.push(error))
      }).pipe(Scope.provide(scope))
      yield* publisher.publishAll(orders(25))
      yield* Scope.close(scope, Exit.void)
      assert.isEmpty(lost)
      assert.strictEqual(yield* publisher.pending, 0)
      const error = yield* Effect.flip(publisher.publish(new Ordered({ order: 26 })))
      assert.strictEqual(error._tag, "PublisherClosed")
    })
  ),

  "a publisher returns the ids of the events that callers wait for": documented(
    "API_PutEventsResultEntry",
    Effect.gen(function*() {
      const publisher = yield* EventBridge.publisher({ eventBus: "default", maxDelay: "1 hour" })
      const fibers = yield* Effect.forEach(orders(10), (order) => Effect.forkChild(publisher.deliver(order)))
      const ids = yield* Fiber.joinAll(fibers)
      assert.strictEqual(new Set(ids).size, 10)
      for (const id of ids) assert.match(id, /^[0-9a-f-]{36}$/)
    })
  ),

  "a publisher reports only the events that EventBridge refuses": documented(
    "API_PutEventsResultEntry",
    Effect.gen(function*() {
      const lost: Array<unknown> = []
      const publisher = yield* EventBridge.publisher({
        eventBus: "default",
        maxDelay: "1 hour",
        onFailure: ({ failures }) =>
          Effect.sync(() => lost.push(...failures.map(({ delivery, event }) => [(event as Untyped).order, delivery])))
      })
      yield* publisher.publishAll([...orders(2), new Untyped({ order: 2 }), ...orders(2)])
      yield* publisher.flush
      assert.deepEqual(lost, [[2, "NotDelivered"]])
    })
  )
})

export const metricPublishers = contract("CloudWatch", {
  "a publisher puts what it holds before its scope ends": documented(
    "API_PutMetricData",
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const publisher = yield* CloudWatch.publisher({ maxDelay: "1 hour" }).pipe(Scope.provide(scope))
      yield* publisher.publishAll([
        new Backup({ volume: "closing", outcome: "Success" }),
        new Backup({ volume: "closing", outcome: "Failure" }),
        new Backup({ volume: "closing", outcome: "Failure" })
      ])
      yield* Scope.close(scope, Exit.void)
      assert.deepEqual(yield* sumOf("closing", "Success"), [1, 3])
      assert.deepEqual(yield* sumOf("closing", "Failure"), [2, 3])
    })
  ),

  "a publisher puts a metric for a caller that waits": documented(
    "API_PutMetricData",
    Effect.gen(function*() {
      const publisher = yield* CloudWatch.publisher({ maxDelay: 0 })
      yield* publisher.deliver(new Backup({ volume: "waiting", outcome: "Success" }))
      assert.deepEqual(yield* sumOf("waiting", "Success"), [1, 1])
    })
  )
})
