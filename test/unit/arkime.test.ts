import { assert, describe, it } from "@effect/vitest"
import { Effect, Equal, Schema } from "effect"
import { arkime, CloudWatch, EventBridge, InMemory } from "effect-aws-sdk"

const AnyEvent = Schema.Union([arkime.ConfigureIsmEvent, arkime.CreateEniMirrorEvent, arkime.DestroyEniMirrorEvent])

const delivered = ({ Detail, DetailType, Source }: EventBridge.Entry) => ({
  source: Source,
  "detail-type": DetailType,
  detail: JSON.parse(Detail)
})

// As Arkime's own Lambda functions read and write them.
const wire = [
  [
    new arkime.ConfigureIsmEvent({ historyDays: 365, spiDays: 30, replicas: 1 }),
    "ConfigureIsm",
    { history_days: 365, spi_days: 30, replicas: 1 }
  ],
  [
    new arkime.CreateEniMirrorEvent({
      clusterName: "cluster-1",
      vpcId: "vpc-1",
      subnetId: "subnet-1",
      eniId: "eni-1",
      eniType: "interface",
      trafficFilterId: "tmf-1",
      vni: 1234
    }),
    "CreateEniMirror",
    {
      cluster_name: "cluster-1",
      vpc_id: "vpc-1",
      subnet_id: "subnet-1",
      eni_id: "eni-1",
      eni_type: "interface",
      traffic_filter_id: "tmf-1",
      vni: 1234
    }
  ],
  [
    new arkime.DestroyEniMirrorEvent({
      clusterName: "cluster-1",
      vpcId: "vpc-1",
      subnetId: "subnet-1",
      eniId: "eni-1"
    }),
    "DestroyEniMirror",
    { cluster_name: "cluster-1", vpc_id: "vpc-1", subnet_id: "subnet-1", eni_id: "eni-1" }
  ]
] as const

describe("Arkime's events", () => {
  it.effect.prop(
    "round-trips an event through encoding and delivery",
    { event: AnyEvent },
    ({ event }) =>
      Effect.gen(function*() {
        const decoded = yield* arkime.decodeEvent(delivered(yield* EventBridge.encode(event)))
        assert.isTrue(Equal.equals(decoded, event))
        assert.strictEqual(decoded.constructor, event.constructor)
      })
  )

  it.effect("encodes events under Arkime's wire names", () =>
    Effect.gen(function*() {
      for (const [event, detailType, detail] of wire) {
        const entry = yield* EventBridge.encode(event)
        assert.strictEqual(entry.Source, "arkime")
        assert.strictEqual(entry.DetailType, detailType)
        assert.deepEqual(JSON.parse(entry.Detail), detail)
        const decoded = yield* arkime.decodeEvent({ source: "arkime", "detail-type": detailType, detail })
        assert.isTrue(Equal.equals(decoded, event))
      }
    }))

  it.effect("puts all kinds of events in one call", () =>
    Effect.gen(function*() {
      const ids = yield* EventBridge.putEvents(wire.map(([event]) => event), { eventBus: "default" })
      assert.lengthOf(ids, 3)
      assert.lengthOf(yield* InMemory.calls, 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with InvalidDetail when a field is missing", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        arkime.decodeEvent({
          source: "arkime",
          "detail-type": "ConfigureIsm",
          detail: { history_days: 1, replicas: 1 }
        })
      )
      assert.strictEqual(error.reason, "InvalidDetail")
      assert.include(error.message, "spi_days")
    }))
})

const names = (metric: CloudWatch.OutcomeMetric) =>
  CloudWatch.metricData(metric).map(({ MetricName, Value }) => [MetricName, Value])

describe("Arkime's metrics", () => {
  it("builds the metrics of ConfigureIsm", () => {
    const metric = new arkime.ConfigureIsmEventMetrics({ clusterName: "cluster-1", outcome: "Failure" })
    assert.strictEqual(metric.namespace, "Arkime/Events")
    assert.deepEqual(names(metric), [["Success", 0], ["Failure", 1]])
    assert.deepEqual(metric.dimensions, { ClusterName: "cluster-1", EventType: "ConfigureIsm" })
  })

  it("builds the metrics of CreateEniMirror", () => {
    const outcomes = ["Success", "AbortedExists", "AbortedEniType", "Failure"] as const
    assert.deepEqual(arkime.CreateEniMirrorEventMetrics.outcomes, outcomes)
    for (const outcome of outcomes) {
      const metric = new arkime.CreateEniMirrorEventMetrics({ clusterName: "cluster-1", vpcId: "vpc-1", outcome })
      assert.strictEqual(metric.namespace, "Arkime/Events")
      assert.deepEqual(names(metric), outcomes.map((name) => [name, name === outcome ? 1 : 0]))
      assert.deepEqual(CloudWatch.metricData(metric)[0]?.Dimensions, [
        { Name: "ClusterName", Value: "cluster-1" },
        { Name: "VpcId", Value: "vpc-1" },
        { Name: "EventType", Value: "CreateEniMirror" }
      ])
    }
  })

  it("builds the metrics of DestroyEniMirror", () => {
    const metric = new arkime.DestroyEniMirrorEventMetrics({
      clusterName: "cluster-1",
      vpcId: "vpc-1",
      outcome: "Success"
    })
    assert.strictEqual(metric.namespace, "Arkime/Events")
    assert.deepEqual(names(metric), [["Success", 1], ["Failure", 0]])
    assert.deepEqual(metric.dimensions, {
      ClusterName: "cluster-1",
      VpcId: "vpc-1",
      EventType: "DestroyEniMirror"
    })
  })

  it("distinguishes metrics of different classes with the same fields", () => {
    const fields = { clusterName: "cluster-1", vpcId: "vpc-1", outcome: "Success" } as const
    assert.isFalse(
      Equal.equals(
        new arkime.CreateEniMirrorEventMetrics(fields) as CloudWatch.OutcomeMetric,
        new arkime.DestroyEniMirrorEventMetrics(fields)
      )
    )
  })
})
