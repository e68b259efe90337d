import {
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  type MetricDatum,
  PutMetricDataCommand
} from "@aws-sdk/client-cloudwatch"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Equal, Exit, Fiber, Schema, Stream } from "effect"
import { CloudWatch, InMemory, Retry } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

class Backup extends CloudWatch.OutcomeMetric<Backup>()({
  namespace: "Backups",
  outcomes: ["Success", "NothingToDo", "Failure"],
  dimensions: { volume: "Volume" },
  constants: { Kind: "Nightly" }
}) {}

class Restore extends CloudWatch.OutcomeMetric<Restore>()({
  namespace: "Restores",
  outcomes: ["Success", "Failure"],
  dimensions: { volume: "Volume", host: "Host" }
}) {}

/** The input of each PutMetricData call, in order. */
const putInputs = Effect.map(
  InMemory.calls,
  (calls) =>
    calls.filter(({ operation }) => operation === "PutMetricData").map(({ input }) =>
      input as { readonly Namespace: string; readonly MetricData: ReadonlyArray<MetricDatum> }
    )
)

const at = (seconds: number) => new Date(seconds * 1_000)

const datum = (value: number, seconds?: number): MetricDatum => ({
  MetricName: "m",
  Value: value,
  ...(seconds !== undefined && { Timestamp: at(seconds) })
})

const putData = (...MetricData: Array<MetricDatum>) =>
  CloudWatch.send(new PutMetricDataCommand({ Namespace: "test", MetricData }))

describe("an outcome metric", () => {
  it.effect.prop(
    "sets the actual outcome to 1 and every other to 0",
    { metric: Backup },
    ({ metric }) =>
      Effect.sync(() => {
        const data = CloudWatch.metricData(metric)
        assert.deepEqual(data.map(({ MetricName }) => MetricName), ["Success", "NothingToDo", "Failure"])
        assert.deepEqual(data.filter(({ Value }) => Value === 1).map(({ MetricName }) => MetricName), [metric.outcome])
        assert.deepEqual(data.filter(({ Value }) => Value !== 1).map(({ Value }) => Value), [0, 0])
        for (const { Dimensions, Unit } of data) {
          assert.strictEqual(Unit, "None")
          assert.deepEqual(Dimensions, [{ Name: "Volume", Value: metric.volume }, { Name: "Kind", Value: "Nightly" }])
        }
      })
  )

  it("compares metrics by their fields and encodes them as JSON", () => {
    const metric = new Backup({ volume: "data", outcome: "Success" })
    assert.isTrue(Equal.equals(metric, new Backup({ volume: "data", outcome: "Success" })))
    assert.isFalse(Equal.equals(metric, new Backup({ volume: "data", outcome: "Failure" })))
    assert.strictEqual(JSON.stringify(metric), `{"volume":"data","outcome":"Success"}`)
    assert.isTrue(Equal.equals(Schema.decodeUnknownSync(Backup)(JSON.parse(JSON.stringify(metric))), metric))
    assert.strictEqual(Backup.namespace, "Backups")
    assert.deepEqual(Backup.outcomes, ["Success", "NothingToDo", "Failure"])
  })

  it("rejects an outcome that the metric doesn't declare", () => {
    assert.throws(() => new Backup({ volume: "data", outcome: "Odd" as "Success" }))
    assert.throws(() =>
      CloudWatch.metricData({ namespace: "n", dimensions: {}, outcomes: ["Success"], outcome: "Odd" })
    )
  })
})

describe("putMetrics", () => {
  it.effect("makes one call per namespace, and none without metrics", () =>
    Effect.gen(function*() {
      yield* CloudWatch.putMetrics([])
      assert.isEmpty(yield* putInputs)
      yield* CloudWatch.putMetrics([
        new Backup({ volume: "a", outcome: "Success" }),
        new Restore({ volume: "a", host: "h", outcome: "Failure" }),
        new Backup({ volume: "b", outcome: "Failure" })
      ])
      assert.deepEqual((yield* putInputs).map(({ MetricData, Namespace }) => [Namespace, MetricData.length]), [
        ["Backups", 6],
        ["Restores", 2]
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect.prop(
    "puts each datum once, in calls within both limits, without splitting a metric",
    {
      shapes: Schema.Array(Schema.Struct({
        outcomes: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 400 })),
        bytes: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000 }))
      })).check(Schema.isMaxLength(20))
    },
    ({ shapes }) =>
      Effect.gen(function*() {
        const metrics = shapes.map(({ bytes, outcomes }, i): CloudWatch.OutcomeMetric => ({
          namespace: "test",
          dimensions: Object.fromEntries(Array.from({ length: 5 }, (_, d) => [`d${d}`, "x".repeat(bytes)])),
          outcomes: Array.from({ length: outcomes }, (_, o) => `m${i}-${o}`),
          outcome: `m${i}-0`
        }))
        yield* Effect.exit(CloudWatch.putMetrics(metrics))
        const calls = yield* putInputs
        assert.deepEqual(
          calls.flatMap(({ MetricData }) => MetricData.map(({ MetricName }) => MetricName)).sort(),
          metrics.flatMap(({ outcomes }) => outcomes).sort()
        )
        const owners = calls.map(({ MetricData }) => new Set(MetricData.map((d) => d.MetricName?.split("-")[0])))
        assert.strictEqual(owners.reduce((sum, { size }) => sum + size, 0), metrics.length)
        for (const [i, { MetricData }] of calls.entries()) {
          assert.isAtMost(MetricData.length, 1_000)
          const bytes = Buffer.byteLength(JSON.stringify({ Namespace: "test", MetricData }))
          // A metric too large for any call goes alone, and AWS rejects it.
          assert.isTrue(bytes <= 1_048_576 || owners[i]?.size === 1)
        }
      }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))),
    { arbitrary: { runs: 20 }, timeout: 60_000 }
  )

  it.effect("continues after a failed call and reports what happened to each metric", () =>
    Effect.gen(function*() {
      const [a, b] = [new Backup({ volume: "a", outcome: "Success" }), new Backup({ volume: "b", outcome: "Failure" })]
      const restore = new Restore({ volume: "a", host: "h", outcome: "Failure" })
      const nowhere = { namespace: "AWS/Mine", dimensions: {}, outcomes: ["Yes"], outcome: "Yes" }
      yield* InMemory.inject({ nth: 1, fault: InMemory.cut("before") })
      const error = yield* Effect.flip(CloudWatch.putMetrics([a, nowhere, restore, b]))
      assert.strictEqual(error._tag, "MetricsNotPut")
      assert.deepEqual(error.put, [restore])
      assert.deepEqual(error.unknown, [a, b])
      assert.deepEqual(error.notPut, [nowhere])
      assert.strictEqual(error.cause.code, "ECONNRESET")
      assert.strictEqual(error.failures[2]?.cause.code, "InvalidParameterValueException")
      assert.include(error.message, "Of 4 metrics, 1 was not put and 2 may or may not have been. ")
      assert.include(
        error.message,
        "Put the metrics in `notPut` again, and those in `unknown` if twice is better than never."
      )
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  const backups = (count: number, isBad: (index: number) => boolean) =>
    Array.from({ length: count }, (_, i): CloudWatch.OutcomeMetric => ({
      namespace: "Backups",
      // A dimension without a value is invalid.
      dimensions: { Volume: isBad(i) ? "" : `v${i}` },
      outcomes: ["Success"],
      outcome: "Success"
    }))

  it.effect("fails only the one metric of a thousand that CloudWatch refuses", () =>
    Effect.gen(function*() {
      for (const bad of [0, 499, 500, 999]) {
        const before = (yield* InMemory.calls).length
        const metrics = backups(1_000, (i) => i === bad)
        const error = yield* Effect.flip(CloudWatch.putMetrics(metrics))
        assert.deepEqual(error.notPut, [metrics[bad]!])
        assert.lengthOf(error.put, 999)
        assert.isAtMost((yield* InMemory.calls).length - before, 1 + 2 * 10)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails only the metrics that CloudWatch refuses, wherever they are", () =>
    Effect.gen(function*() {
      const metrics = backups(1_000, (i) => i % 50 === 0)
      const error = yield* Effect.flip(CloudWatch.putMetrics(metrics))
      assert.sameMembers([...error.notPut], metrics.filter((_, i) => i % 50 === 0))
      assert.lengthOf(error.put, 980)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("stops splitting a call when CloudWatch refuses all of its parts", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(CloudWatch.putMetrics(backups(1_000, () => true)))
      assert.lengthOf(error.notPut, 1_000)
      assert.lengthOf(yield* InMemory.calls, 1 + 2 + 4 + 8 + 16 + 32)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("doesn't split a call that fails for another reason, or that may have succeeded", () =>
    Effect.gen(function*() {
      for (
        const fault of [
          InMemory.fault({ code: "AccessDenied", message: "no", statusCode: 403 }),
          InMemory.throttled,
          InMemory.serverFault,
          InMemory.cut("after")
        ]
      ) {
        const before = (yield* InMemory.calls).length
        yield* InMemory.inject({ times: 1, fault })
        yield* Effect.flip(CloudWatch.putMetrics(backups(10, () => false)))
        assert.lengthOf(yield* InMemory.calls, before + 1)
      }
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  it.effect("retries by the Layer's policy", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ times: 2, fault: InMemory.throttled })
      const fiber = yield* Effect.forkChild(
        CloudWatch.putMetrics([new Backup({ volume: "a", outcome: "Success" })])
      )
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(fiber)
      assert.lengthOf(yield* putInputs, 3)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("the in-memory CloudWatch", () => {
  it.effect("timestamps data with Effect's Clock", () =>
    Effect.gen(function*() {
      yield* TestClock.adjust("1 hour")
      yield* putData(datum(1))
      yield* TestClock.adjust("1 minute")
      yield* putData(datum(3), datum(5))
      const { Datapoints = [] } = yield* CloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace: "test",
          MetricName: "m",
          StartTime: at(0),
          EndTime: at(7_200),
          Period: 60,
          Statistics: ["Sum", "Average", "Minimum", "Maximum", "SampleCount"]
        })
      )
      assert.deepEqual(Datapoints, [
        { Timestamp: at(3_600), Unit: "None", Sum: 1, Average: 1, Minimum: 1, Maximum: 1, SampleCount: 1 },
        { Timestamp: at(3_660), Unit: "None", Sum: 8, Average: 4, Minimum: 3, Maximum: 5, SampleCount: 2 }
      ])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("rejects timestamps out of range, and stops listing old metrics", () =>
    Effect.gen(function*() {
      const list = Stream.runCount(CloudWatch.items(new ListMetricsCommand({}), ({ Metrics }) => Metrics))
      yield* putData(datum(1))
      yield* TestClock.adjust("4 hours")
      assert.strictEqual(yield* list, 1)
      const { Metrics } = yield* CloudWatch.send(new ListMetricsCommand({ RecentlyActive: "PT3H" }))
      assert.isEmpty(Metrics)
      yield* TestClock.adjust("11 days")
      yield* TestClock.adjust("4 days")
      assert.strictEqual(yield* list, 0)
      for (const seconds of [0, 16 * 86_400]) {
        const error = yield* Effect.flip(putData(datum(1, seconds)))
        assert.strictEqual(error.code, "InvalidParameterValueException")
        assert.include(error.message, "MetricData.member.1.Timestamp")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("pages through GetMetricData, latest first, and marks incomplete results", () =>
    Effect.gen(function*() {
      yield* putData(...[0, 60, 120, 180, 240].map((seconds) => datum(seconds, seconds)))
      const query = (Id: string, MetricName: string) => ({
        Id,
        MetricStat: { Metric: { Namespace: "test", MetricName }, Period: 60, Stat: "Sum" }
      })
      const command = new GetMetricDataCommand({
        MetricDataQueries: [query("a", "m"), query("none", "other")],
        StartTime: at(0),
        EndTime: at(300)
      })
      const pages = yield* Stream.runCollect(CloudWatch.pages(command))
      assert.deepEqual(
        pages.map(({ MetricDataResults = [] }) =>
          MetricDataResults.map(({ Id, StatusCode, Values }) => [Id, StatusCode, Values])
        ),
        [
          [["a", "PartialData", [240, 180]], ["none", "Complete", []]],
          [["a", "PartialData", [120, 60]]],
          [["a", "Complete", [0]]]
        ]
      )
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))

  it.effect("stores all data of a call or none", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(putData(datum(1), datum(NaN)))
      assert.strictEqual(error.code, "InvalidParameterValueException")
      assert.include(error.message, "MetricData.member.2.Value")
      assert.isEmpty((yield* CloudWatch.send(new ListMetricsCommand({}))).Metrics)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("dies with the name of a function that it can't compute", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(CloudWatch.send(
        new GetMetricDataCommand({
          MetricDataQueries: [{ Id: "e", Expression: "SEARCH('{Test,Host} m', 'Sum', 60)" }],
          StartTime: at(0),
          EndTime: at(60)
        })
      ))
      assert.isTrue(Exit.hasDies(exit))
      if (Exit.isFailure(exit)) assert.include(String(Cause.squash(exit.cause)), "the function SEARCH")
    }).pipe(Effect.provide(InMemory.layer())))
})
