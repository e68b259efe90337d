// `tsc` checks this file: the types of the Layers that put Effect's metrics.
import { Console, type Effect, type Layer, type Metric } from "effect"
import { type AwsClients, CloudWatch, type Profile } from "effect-aws-sdk"
import { expectTypeOf } from "vitest"

expectTypeOf(CloudWatch.exporter({ namespace: "n" })).toEqualTypeOf<
  Layer.Layer<CloudWatch.MetricExporter, CloudWatch.InvalidSetting, AwsClients>
>()
expectTypeOf(CloudWatch.emf({ namespace: "n" })).toEqualTypeOf<
  Layer.Layer<CloudWatch.MetricExporter, CloudWatch.InvalidSetting>
>()
expectTypeOf(CloudWatch.flush).toEqualTypeOf<Effect.Effect<void, never, CloudWatch.MetricExporter>>()
expectTypeOf<CloudWatch.InvalidSetting>().toEqualTypeOf<Profile.InvalidSetting>()

// A program that doesn't flush needs nothing of the Layer.
const nothing: Layer.Layer<never, CloudWatch.InvalidSetting, AwsClients> = CloudWatch.exporter({ namespace: "n" })
void nothing

CloudWatch.exporter({
  namespace: "n",
  every: "30 seconds",
  dimensions: { Service: "s" },
  include: (metric) => {
    expectTypeOf(metric).toEqualTypeOf<Metric.Metric.Snapshot>()
    return true
  },
  histograms: "statistics",
  zeros: true,
  storageResolution: 1,
  shutdownTimeout: "10 seconds"
})
CloudWatch.emf({ namespace: "n", write: Console.log })

// @ts-expect-error: a namespace is required
CloudWatch.exporter({})
// @ts-expect-error: CloudWatch has two resolutions
CloudWatch.exporter({ namespace: "n", storageResolution: 30 })
// @ts-expect-error: `write` is an Effect
CloudWatch.emf({ namespace: "n", write: (line) => console.log(line) })
// @ts-expect-error: calls have no `write`
CloudWatch.exporter({ namespace: "n", write: Console.log })
const options: CloudWatch.EmfOptions = { namespace: "n" }
expectTypeOf(options).toExtend<CloudWatch.MetricOptions>()
expectTypeOf<CloudWatch.ExporterOptions>().toExtend<CloudWatch.MetricOptions>()
