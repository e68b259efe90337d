import {
  type Dimension,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand
} from "@aws-sdk/client-cloudwatch"
import { assert } from "@effect/vitest"
import { Duration, Effect, Metric, References, Stream } from "effect"
import { CloudWatch } from "effect-aws-sdk"
import { withOwnMetrics } from "../support/metrics.ts"
import { contract, documented } from "./Contract.ts"

// One period that covers both clocks, the test's and the real one.
const entireRange = {
  StartTime: new Date(0),
  EndTime: new Date(Date.now() + 365 * 86_400_000),
  Period: 86_400 * 365 * 100
}

/** Runs with an exporter to this namespace, which closes at the end. */
const exporting =
  (namespace: string, options: Partial<CloudWatch.ExporterOptions> = {}) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    withOwnMetrics(
      Effect.provide(effect, CloudWatch.exporter({ namespace, dimensions: { Service: "checkout" }, ...options }))
    )

const service = { Name: "Service", Value: "checkout" }

const statisticsOf = (Namespace: string, MetricName: string, ...dimensions: ReadonlyArray<Dimension>) =>
  CloudWatch.send(
    new GetMetricStatisticsCommand({
      ...entireRange,
      Namespace,
      MetricName,
      Dimensions: [service, ...dimensions],
      Statistics: ["Sum", "SampleCount", "Average", "Minimum", "Maximum"]
    })
  ).pipe(Effect.map(({ Datapoints = [] }) => ({ ...Datapoints[0] })))

/** The metrics of a namespace, each as its name and its dimensions. */
const listed = (Namespace: string) =>
  CloudWatch.items(new ListMetricsCommand({ Namespace }), ({ Metrics }) => Metrics).pipe(
    Stream.map(({ Dimensions = [], MetricName }) =>
      [MetricName, ...Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort()].join(" ")
    ),
    Stream.runCollect,
    Effect.map((all) => [...all].sort())
  )

const shop = (shop: string) => Metric.counter("orders", { incremental: true, attributes: { shop } })

export const metrics = contract("CloudWatch", {
  "has the sum of what a counter of Effect's counted, put in several rounds": documented(
    "API_GetMetricStatistics",
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        for (const count of [1, 2, 3]) {
          yield* Metric.update(shop("7"), count)
          yield* Metric.update(shop("8"), 10 * count)
          yield* CloudWatch.flush
        }
        yield* Metric.update(shop("7"), 4)
      }).pipe(exporting("Contract/Counter"))
      const found = (Value: string) => statisticsOf("Contract/Counter", "orders", { Name: "shop", Value })
      assert.deepInclude(yield* found("7"), { Sum: 10, SampleCount: 4, Minimum: 1, Maximum: 4 })
      assert.deepInclude(yield* found("8"), { Sum: 60, SampleCount: 3, Minimum: 10, Maximum: 30 })
    })
  ),

  "has the value that a gauge of Effect's had in each round": documented(
    "API_GetMetricData",
    Effect.gen(function*() {
      const queue = Metric.gauge("queue")
      yield* Effect.gen(function*() {
        for (const length of [5, 9, 1]) {
          yield* Metric.update(queue, length)
          yield* CloudWatch.flush
        }
      }).pipe(exporting("Contract/Gauge", { shutdownTimeout: "1 minute" }))
      const query = (Stat: string) => ({
        Id: Stat.toLowerCase(),
        MetricStat: {
          Metric: { Namespace: "Contract/Gauge", MetricName: "queue", Dimensions: [service] },
          Period: entireRange.Period,
          Stat
        }
      })
      const { MetricDataResults = [] } = yield* CloudWatch.send(
        new GetMetricDataCommand({
          StartTime: entireRange.StartTime,
          EndTime: entireRange.EndTime,
          MetricDataQueries: [query("Minimum"), query("Maximum"), query("Sum")]
        })
      )
      // The last round of all, when the Layer closes, has the gauge once more.
      assert.deepEqual(MetricDataResults.map(({ Values }) => Values), [[1], [9], [16]])
    })
  ),

  "has the count and the sum of a timer of Effect's, put as values and counts": documented(
    "API_MetricDatum",
    Effect.gen(function*() {
      const timer = Metric.timer("latency")
      yield* Effect.gen(function*() {
        for (const millis of [3, 20, 20, 700]) yield* Metric.update(timer, Duration.millis(millis))
        yield* CloudWatch.flush
        for (const millis of [1, 6_000]) yield* Metric.update(timer, Duration.millis(millis))
      }).pipe(exporting("Contract/Timer"))
      const found = yield* statisticsOf("Contract/Timer", "latency")
      assert.deepInclude(found, { SampleCount: 6, Unit: "Milliseconds" })
      assert.closeTo(found.Sum ?? 0, 6_744, 1e-6)
      assert.closeTo(found.Average ?? 0, 1_124, 1e-6)
      assert.isTrue(found.Minimum! >= 0.5 && found.Minimum! <= 3, String(found.Minimum))
      assert.isTrue(found.Maximum! > 4_096 && found.Maximum! <= 6_000, String(found.Maximum))
    })
  ),

  "has the statistics of a histogram of Effect's, put as a statistic set": documented(
    "API_StatisticSet",
    Effect.gen(function*() {
      const sizes = Metric.histogram("sizes", { boundaries: [10, 100], attributes: { unit: "bytes" } })
      yield* Effect.forEach([4, 8, 500], (size) => Metric.update(sizes, size)).pipe(
        exporting("Contract/Sizes", { histograms: "statistics" })
      )
      assert.deepInclude(yield* statisticsOf("Contract/Sizes", "sizes"), {
        SampleCount: 3,
        Sum: 512,
        Minimum: 4,
        Maximum: 500,
        Unit: "Bytes"
      })
    })
  ),

  "lists a metric for each word of a frequency and each quantile of a summary of Effect's": documented(
    "API_ListMetrics",
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        const answers = Metric.frequency("answers")
        for (const answer of ["200", "404", "200"]) yield* Metric.update(answers, answer)
        const wait = Metric.summary("wait", { maxAge: "1 hour", maxSize: 10, quantiles: [0.5, 0.9] })
        for (const value of [1, 2, 3]) yield* Metric.update(wait, value)
      }).pipe(exporting("Contract/Words"))
      assert.deepEqual(yield* listed("Contract/Words"), [
        "answers Service=checkout key=200",
        "answers Service=checkout key=404",
        "wait Service=checkout",
        "wait Service=checkout quantile=0.5",
        "wait Service=checkout quantile=0.9"
      ])
      const answer = yield* statisticsOf("Contract/Words", "answers", { Name: "key", Value: "200" })
      assert.deepInclude(answer, { Sum: 2, Unit: "Count" })
      const median = yield* statisticsOf("Contract/Words", "wait", { Name: "quantile", Value: "0.5" })
      assert.deepInclude(median, { Maximum: 2 })
    })
  ),

  "takes what the exporter makes of names, attributes and values that CloudWatch refuses": documented(
    "API_Dimension",
    Effect.gen(function*() {
      const attributes: ReadonlyArray<Readonly<Record<string, string>>> = [
        { "": "empty name", empty: "", blank: "   ", ":colon": "x", "größe": "groß\n" },
        { ["n".repeat(300)]: "v".repeat(3_000) },
        Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`d${i}`, `v${i}`])),
        { Service: "of its own" }
      ]
      yield* Effect.gen(function*() {
        for (const [i, one] of attributes.entries()) {
          yield* Metric.update(Metric.gauge(`g${i}`, { attributes: one }), i)
        }
        for (const [i, value] of [NaN, Infinity, 2 ** 400, 2 ** -400, -(2 ** 360)].entries()) {
          yield* Metric.update(Metric.gauge(`v${i}`), value)
        }
        for (const name of ["", "x".repeat(256), "x".repeat(255), "naïve"]) yield* Metric.update(Metric.gauge(name), 1)
      }).pipe(exporting("Contract/Hostile"), Effect.provideService(References.MinimumLogLevel, "Error"))
      const names = (yield* listed("Contract/Hostile")).map((text) => text.split(" ")[0])
      assert.sameMembers(names, ["g0", "g1", "g2", "g3", "v3", "v4", "x".repeat(255), "na\\u00efve"])
    })
  )
})
