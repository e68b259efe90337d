// Effect's metrics in CloudWatch: what each becomes, and that no value is lost or counted twice.
import {
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  type MetricDatum,
  PutMetricDataCommand,
  StandardUnit
} from "@aws-sdk/client-cloudwatch"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Layer, Metric, Schema, Scope, Struct, Tracer } from "effect"
import { type Aspect, type AwsClients, CloudWatch, InMemory, Retry, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { keepingWarnings, withOwnMetrics } from "../support/metrics.ts"

type Options = Partial<CloudWatch.ExporterOptions>

/** Runs with an exporter, which closes at the end. */
const exporting = (options: Options = {}) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, CloudWatch.exporter({ namespace: "Test", ...options }))

const inMemory =
  (options?: InMemory.Options) => <A, E>(effect: Effect.Effect<A, E, AwsClients | InMemory | Scope.Scope>) =>
    withOwnMetrics(Effect.provide(effect, InMemory.layer(options)))

interface Put {
  readonly Namespace: string
  readonly MetricData: ReadonlyArray<MetricDatum>
}

const calls = Effect.map(InMemory.calls, (calls) => calls.filter(({ operation }) => operation === "PutMetricData"))

const puts = Effect.map(calls, (calls) => calls.map(({ input }) => input as Put))

/** What was put, without what all data have. */
const data = Effect.map(
  puts,
  (puts) =>
    puts.flatMap(({ MetricData }) => MetricData.map((datum) => Struct.omit(datum, ["StorageResolution", "Timestamp"])))
)

/** The values by the name of the metric. */
const valuesOf = (name: string) =>
  Effect.map(data, (data) => data.filter(({ MetricName }) => MetricName === name).map(({ Value }) => Value))

/** What CloudWatch has of a metric, over all time. */
const statistics = Effect.fnUntraced(function*(MetricName: string, dimensions: Readonly<Record<string, string>> = {}) {
  const { Datapoints = [] } = yield* CloudWatch.send(
    new GetMetricStatisticsCommand({
      Namespace: "Test",
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(0),
      EndTime: new Date(10 * 365 * 86_400_000),
      Period: 86_400 * 365 * 100,
      Statistics: ["Sum", "SampleCount", "Minimum", "Maximum", "Average"]
    })
  )
  return Datapoints[0]
})

const counter = Metric.counter("orders", { incremental: true })
const timer = Metric.timer("latency")

/** Flushes, while the time that its calls may take passes. */
const flushInTime = Effect.raceFirst(
  CloudWatch.flush,
  Effect.forever(Effect.andThen(TestClock.adjust("10 seconds"), Effect.yieldNow))
)

describe("a counter in CloudWatch", () => {
  it.effect("is put by what it grew in each interval, with the interval's end as its time", () =>
    Effect.gen(function*() {
      yield* Metric.update(counter, 3)
      yield* TestClock.adjust("1 minute")
      yield* CloudWatch.flush
      yield* Metric.update(counter, 4)
      yield* TestClock.adjust("1 minute")
      yield* CloudWatch.flush
      assert.deepEqual(
        yield* puts,
        [3, 4].map((Value, i) => ({
          Namespace: "Test",
          MetricData: [{
            MetricName: "orders",
            Dimensions: [],
            Timestamp: new Date(60_000 * (i + 1)),
            Unit: "None",
            StorageResolution: 60,
            Value
          }]
        }))
      )
    }).pipe(exporting(), inMemory()))

  it.effect("isn't put while it doesn't change, unless `zeros` is set", () =>
    Effect.gen(function*() {
      const rounds = Effect.gen(function*() {
        yield* Metric.update(counter, 1)
        yield* CloudWatch.flush
        yield* CloudWatch.flush
        yield* CloudWatch.flush
      })
      yield* rounds.pipe(exporting())
      assert.deepEqual(yield* valuesOf("orders"), [1])
      yield* rounds.pipe(exporting({ zeros: true }))
      assert.deepEqual(yield* valuesOf("orders"), [1, 1, 0, 0, 0])
    }).pipe(inMemory()))

  it.effect("is put by what it fell, if it isn't incremental", () =>
    Effect.gen(function*() {
      const balance = Metric.counter("balance")
      for (const change of [5, -7, 2]) {
        yield* Metric.update(balance, change)
        yield* CloudWatch.flush
      }
      assert.deepEqual(yield* valuesOf("balance"), [5, -7, 2])
    }).pipe(exporting(), inMemory()))

  it.effect("may be a bigint, whose differences are exact beyond 2^53", () =>
    Effect.gen(function*() {
      const bytes = Metric.counter("bytes", { bigint: true, incremental: true })
      for (const change of [2n ** 70n, 3n, 1n]) {
        yield* Metric.update(bytes, change)
        yield* CloudWatch.flush
      }
      assert.deepEqual(yield* valuesOf("bytes"), [2 ** 70, 3, 1])
    }).pipe(exporting(), inMemory()))

  it.effect("starts anew when it's removed and comes back, and nothing of it is lost", () =>
    Effect.gen(function*() {
      yield* Metric.update(counter, 5)
      yield* CloudWatch.flush
      yield* Metric.update(counter, 2)
      yield* Metric.remove(counter)
      yield* Metric.update(counter, 4)
      yield* CloudWatch.flush
      yield* CloudWatch.flush
      assert.strictEqual((yield* statistics("orders"))?.Sum, 11)
      assert.sameMembers(yield* valuesOf("orders"), [5, 2, 4])
    }).pipe(exporting(), inMemory()))

  it.effect("isn't put as 0 any more when it's removed, nor are the words of a frequency", () =>
    Effect.gen(function*() {
      const answers = Metric.frequency("answers")
      yield* Metric.update(counter, 5)
      yield* Metric.update(answers, "200")
      yield* CloudWatch.flush
      yield* Metric.update(counter, 2)
      yield* Metric.remove(counter)
      yield* Metric.remove(answers)
      yield* Effect.repeat(CloudWatch.flush, { times: 3 })
      assert.deepEqual(yield* valuesOf("orders"), [5, 2])
      assert.deepEqual(yield* valuesOf("answers"), [1])
    }).pipe(exporting({ zeros: true, include: ({ id }) => !id.startsWith("aws_") }), inMemory()))

  it.effect("that reads what something else counts has started anew if it's less than before", () =>
    Effect.gen(function*() {
      let count = 7
      const context = yield* Effect.context()
      const pages = Metric.counter("pages", { incremental: true })
      const registration = Metric.registerUnsafe(pages, context, {
        get: () => ({ count, incremental: true }),
        update: () => {},
        modify: () => {}
      })
      yield* CloudWatch.flush
      count = 2
      yield* CloudWatch.flush
      count = 100
      registration.remove()
      yield* CloudWatch.flush
      assert.deepEqual(yield* valuesOf("pages"), [7, 2])
    }).pipe(exporting(), inMemory()))

  it.effect("isn't put for what it counted before the exporter was built", () =>
    Effect.gen(function*() {
      for (const _ of [1, 2]) {
        yield* Metric.update(counter, 10)
        yield* Metric.update(counter, 1).pipe(exporting())
      }
      assert.deepEqual(yield* valuesOf("orders"), [1, 1])
    }).pipe(inMemory()))
})

describe("a gauge in CloudWatch", () => {
  it.effect("is put with its value in every interval, changed or not", () =>
    Effect.gen(function*() {
      const queue = Metric.gauge("queue")
      yield* Metric.update(queue, 5)
      yield* CloudWatch.flush
      yield* CloudWatch.flush
      yield* Metric.update(queue, 0)
      yield* CloudWatch.flush
      yield* Metric.update(Metric.gauge("big", { bigint: true }), 12n)
      yield* CloudWatch.flush
      assert.deepEqual(yield* valuesOf("queue"), [5, 5, 0, 0])
      assert.deepEqual(yield* valuesOf("big"), [12])
      yield* Metric.remove(queue)
      yield* CloudWatch.flush
      assert.lengthOf(yield* valuesOf("queue"), 4)
    }).pipe(exporting(), inMemory()))
})

describe("a frequency in CloudWatch", () => {
  it.effect("is a count for each word, in the dimension `key`", () =>
    Effect.gen(function*() {
      const answers = Metric.frequency("answers", { attributes: { route: "/cart" }, preregisteredWords: ["never"] })
      for (const word of ["200", "404", "200"]) yield* Metric.update(answers, word)
      yield* CloudWatch.flush
      yield* Metric.update(answers, "404")
      yield* CloudWatch.flush
      const Dimensions = (word: string) => [{ Name: "key", Value: word }, { Name: "route", Value: "/cart" }]
      assert.deepEqual(
        yield* data,
        [["200", 2], ["404", 1], ["404", 1]].map(([word, Value]) => ({
          MetricName: "answers",
          Dimensions: Dimensions(String(word)),
          Unit: "Count",
          Value: Number(Value)
        }))
      )
    }).pipe(exporting(), inMemory()))
})

describe("a histogram in CloudWatch", () => {
  const sizes = Metric.histogram("sizes", { boundaries: [10, 20, 50] })

  it.effect("has a value within each bucket, so that the count and the sum are exact", () =>
    Effect.gen(function*() {
      for (const size of [4, 8, 11, 30, 45, 700]) yield* Metric.update(sizes, size)
      yield* CloudWatch.flush
      const [datum, ...more] = yield* data
      assert.isEmpty(more)
      assert.deepEqual(datum?.Counts, [2, 1, 2, 1])
      const [a = NaN, b = NaN, c = NaN, d = NaN] = datum?.Values ?? []
      assert.isTrue(a >= 4 && a <= 10 && b > 10 && b <= 20 && c > 20 && c <= 50 && d > 50 && d <= 700)
      const found = yield* statistics("sizes")
      assert.strictEqual(found?.SampleCount, 6)
      assert.closeTo(found?.Sum ?? 0, 798, 1e-9)
    }).pipe(exporting(), inMemory()))

  it.effect("is put by its new values only, of which one is put as it is", () =>
    Effect.gen(function*() {
      for (const size of [4, 45]) yield* Metric.update(sizes, size)
      yield* CloudWatch.flush
      yield* Metric.update(sizes, 17)
      yield* CloudWatch.flush
      yield* CloudWatch.flush
      for (const size of [12, 16]) yield* Metric.update(sizes, size)
      yield* CloudWatch.flush
      const [, second, third, ...more] = yield* data
      assert.isEmpty(more)
      assert.strictEqual(second?.Value, 17)
      assert.deepEqual([third?.Values, third?.Counts], [[14], [2]])
    }).pipe(exporting(), inMemory()))

  it.effect("is a set of statistics if the option says so, with bounds of the interval's extremes", () =>
    Effect.gen(function*() {
      for (const size of [4, 45]) yield* Metric.update(sizes, size)
      yield* CloudWatch.flush
      for (const size of [12, 16]) yield* Metric.update(sizes, size)
      yield* CloudWatch.flush
      assert.deepEqual((yield* data).map(({ StatisticValues }) => StatisticValues), [
        { SampleCount: 2, Sum: 49, Minimum: 4, Maximum: 45 },
        // A histogram doesn't tell more of these two than the bucket that they are in.
        { SampleCount: 2, Sum: 28, Minimum: 10, Maximum: 20 }
      ])
    }).pipe(exporting({ histograms: "statistics" }), inMemory()))

  it.effect("with more buckets than a datum may have values takes several data of one call", () =>
    Effect.gen(function*() {
      const wide = Metric.histogram("wide", {
        boundaries: Metric.linearBoundaries({ start: 1, width: 1, count: 400 })
      })
      for (let i = 1; i <= 390; i++) yield* Metric.update(wide, i)
      yield* CloudWatch.flush
      assert.deepEqual((yield* puts).map(({ MetricData }) => MetricData.map(({ Values = [] }) => Values.length)), [
        [150, 150, 90]
      ])
      assert.closeTo((yield* statistics("wide"))?.Sum ?? 0, 390 * 391 / 2, 1e-6)
    }).pipe(exporting(), inMemory()))

  it.effect("keeps percentiles within the bucket that the observed values were in", () =>
    Effect.gen(function*() {
      for (let i = 1; i <= 1_000; i++) yield* Metric.update(timer, Duration.millis(i))
      yield* CloudWatch.flush
      const { Datapoints = [] } = yield* CloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace: "Test",
          MetricName: "latency",
          StartTime: new Date(0),
          EndTime: new Date(86_400_000),
          Period: 86_400,
          ExtendedStatistics: ["p50", "p99"]
        })
      )
      const { p50 = NaN, p99 = NaN } = Datapoints[0]?.ExtendedStatistics ?? {}
      // The boundaries of a timer are 0.5 × 2^n.
      assert.isTrue(p50 > 256 && p50 <= 512, `p50 is ${p50}`)
      assert.isTrue(p99 > 512 && p99 <= 1_000, `p99 is ${p99}`)
    }).pipe(exporting(), inMemory()))

  it.effect.prop(
    "has the count and the sum of the observed values, each within its bucket, whatever they are",
    {
      boundaries: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: -1_000, maximum: 1_000 }))).check(
        Schema.isMaxLength(12)
      ),
      before: Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: -2_000, maximum: 2_000 }))),
      values: Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: -2_000, maximum: 2_000 }))),
      withInfinity: Schema.Boolean
    },
    ({ before, boundaries, values, withInfinity }) =>
      Effect.gen(function*() {
        const bounds = [...new Set(boundaries)].sort((a, b) => a - b)
        const histogram = Metric.histogram("h", { boundaries: withInfinity ? [...bounds, Infinity] : bounds })
        for (const value of before) yield* Metric.update(histogram, value)
        yield* CloudWatch.flush
        const put = (yield* data).length
        for (const value of values) yield* Metric.update(histogram, value)
        yield* CloudWatch.flush
        const pairs = (yield* data).slice(put).flatMap(({ Counts = [1], Value, Values = [Value!] }) =>
          Values.map((value, i) => [value, Counts[i]!] as const)
        )
        assert.strictEqual(pairs.reduce((sum, [, count]) => sum + count, 0), values.length)
        const sum = values.reduce((all, value) => all + value, 0)
        assert.closeTo(pairs.reduce((all, [value, count]) => all + value * count, 0), sum, 1e-6)
        // Each value stands for as many observed ones as lie in its bucket. One that is next to a bound may be in either.
        const bucketOf = (value: number) => bounds.filter((bound) => bound < value).length
        const bucketsNear = (value: number) => [bucketOf(value - 1e-9), bucketOf(value + 1e-9)]
        for (const [value, count] of pairs) {
          const near = bucketsNear(value)
          const stoodFor = values.filter((one) => bucketsNear(one).some((bucket) => near.includes(bucket)))
          assert.isAtLeast(stoodFor.length, count)
        }
      }).pipe(exporting(), inMemory()),
    { arbitrary: { runs: 40 }, timeout: 60_000 }
  )
})

describe("a summary in CloudWatch", () => {
  it.effect("has its new count and sum, and its quantiles in the dimension `quantile`", () =>
    Effect.gen(function*() {
      const summary = Metric.summary("wait", { maxAge: "1 hour", maxSize: 100, quantiles: [0.5, 0.99] })
      for (const wait of [1, 2, 9]) yield* Metric.update(summary, wait)
      yield* CloudWatch.flush
      yield* Metric.update(summary, 6)
      yield* CloudWatch.flush
      const quantile = (name: string, Value: number) => ({
        MetricName: "wait",
        Dimensions: [{ Name: "quantile", Value: name }],
        Unit: "None",
        Value
      })
      const main = { MetricName: "wait", Dimensions: [], Unit: "None" }
      assert.deepEqual<unknown>(yield* data, [
        { ...main, StatisticValues: { SampleCount: 3, Sum: 12, Minimum: 1, Maximum: 9 } },
        quantile("0.5", 2),
        quantile("0.99", 9),
        { ...main, Value: 6 },
        quantile("0.5", 2),
        quantile("0.99", 9)
      ])
      // What is older than `maxAge` is in no quantile.
      yield* TestClock.adjust("3 hours")
      const before = (yield* data).length
      yield* CloudWatch.flush
      assert.lengthOf(yield* data, before)
    }).pipe(exporting({ every: "Infinity" }), inMemory()))
})

describe("names, dimensions and units", () => {
  it.effect("takes the unit from the attributes, which are dimensions otherwise", () =>
    Effect.gen(function*() {
      yield* Metric.update(timer, Duration.seconds(2))
      const units = { a: "bytes", b: "Percent", c: "s", d: "apples", e: "1" }
      for (const [name, unit] of Object.entries(units)) {
        yield* Metric.update(Metric.gauge(name, { attributes: { unit, kind: "x" } }), 1)
      }
      yield* CloudWatch.flush
      const found = (yield* data).map(({ Dimensions = [], MetricName, Unit }) =>
        [MetricName, Unit, ...Dimensions.map(({ Name, Value }) => `${Name}=${Value}`)].join(" ")
      )
      assert.deepEqual(found, [
        "latency Milliseconds",
        "a Bytes kind=x",
        "b Percent kind=x",
        "c Seconds kind=x",
        "d None unit=apples kind=x",
        "e None kind=x"
      ])
      assert.strictEqual((yield* data)[0]?.Value, 2_000)
    }).pipe(exporting(), inMemory()))

  it.effect("knows every unit that the SDK has", () =>
    Effect.gen(function*() {
      const units = Object.values(StandardUnit)
      for (const unit of units) yield* Metric.update(Metric.gauge(unit, { attributes: { unit } }), 1)
      yield* CloudWatch.flush
      assert.isAtLeast(units.length, 27)
      assert.deepEqual((yield* data).map(({ Unit }) => Unit), units)
      assert.isTrue((yield* data).every(({ Dimensions = [] }) => Dimensions.length === 0))
    }).pipe(exporting(), inMemory()))

  it.effect("gives each metric the exporter's dimensions, unless an attribute has the same name", () =>
    Effect.gen(function*() {
      yield* Metric.update(Metric.withAttributes(counter, { Service: "mine", shop: "7" }), 1)
      yield* Metric.update(counter, 2).pipe(
        Effect.provideService(Metric.CurrentMetricAttributes, { tenant: "t1" })
      )
      yield* Metric.update(Metric.withAttributes(counter, { Service: " " }), 3)
      yield* CloudWatch.flush
      assert.deepEqual((yield* data).map(({ Dimensions = [] }) => Dimensions.map(({ Name, Value }) => [Name, Value])), [
        [["Stage", "prod"], ["Service", "mine"], ["shop", "7"]],
        [["Service", "checkout"], ["Stage", "prod"], ["tenant", "t1"]],
        [["Service", "checkout"], ["Stage", "prod"]]
      ])
    }).pipe(
      exporting({ dimensions: { Service: "checkout", Stage: "prod" } }),
      inMemory(),
      keepingWarnings([])
    ))

  it.effect("makes acceptable, or leaves out, what CloudWatch would refuse, and says so once", () => {
    const warnings: Array<string> = []
    const gauge = (name: string, value: number, attributes: Readonly<Record<string, string>> = {}) =>
      Metric.update(Metric.gauge(name, { attributes }), value)
    return Effect.gen(function*() {
      yield* gauge("good", 1)
      yield* gauge("NaN", NaN)
      yield* gauge("infinite", -Infinity)
      yield* gauge("huge", 2 ** 361)
      yield* gauge("tiny", 2 ** -361)
      yield* gauge("x".repeat(256), 1)
      yield* gauge("", 1)
      yield* gauge("café", 1)
      yield* gauge("blank", 1, { empty: "", spaces: "  ", kept: "v" })
      yield* gauge("foreign", 1, { "größe": "naïve\n", ":colon": "v" })
      yield* gauge("long", 1, { ["n".repeat(300)]: "v".repeat(2_000) })
      yield* gauge("many", 1, Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`d${i}`, "v"])))
      yield* gauge("twice", 1, { ":a": "1", a: "2" })
      const poisoned = Metric.histogram("poisoned", { boundaries: [1] })
      yield* Metric.update(poisoned, NaN)
      yield* Metric.update(poisoned, 2)
      yield* CloudWatch.flush
      yield* CloudWatch.flush
      const [first, second, ...more] = yield* calls
      assert.isEmpty(more)
      assert.deepEqual([first?.outcome._tag, second?.outcome._tag], ["Answered", "Answered"])
      const byName = new Map((yield* puts)[0]?.MetricData.map((datum) => [datum.MetricName, datum]))
      assert.deepEqual([...byName.keys()], "good tiny caf\\u00e9 blank foreign long many twice".split(" "))
      const dimensions = (name: string) => byName.get(name)?.Dimensions?.map(({ Name, Value }) => [Name, Value])
      assert.strictEqual(byName.get("tiny")?.Value, 0)
      assert.deepEqual(dimensions("blank"), [["kept", "v"]])
      assert.deepEqual(dimensions("foreign"), [["gr\\u00f6\\u00dfe", "na\\u00efve\\u000a"], ["colon", "v"]])
      assert.deepEqual(dimensions("long"), [["n".repeat(255), "v".repeat(1_024)]])
      assert.lengthOf(dimensions("many") ?? [], 30)
      assert.deepEqual(dimensions("twice"), [["a", "1"]])
      for (const name of ["NaN", "infinite", "huge", "café", "blank", "foreign", "long", "many", "twice", "poisoned"]) {
        assert.lengthOf(warnings.filter((line) => line.startsWith(`The metric ${JSON.stringify(name)}: `)), 1, name)
      }
      assert.lengthOf(warnings, new Set(warnings).size)
      assert.isFalse(warnings.some((line) => line.includes(`"good"`) || line.includes(`"tiny"`)))
    }).pipe(exporting(), inMemory(), keepingWarnings(warnings))
  })

  it.effect("leaves out a metric whose state can't be read, and puts the others", () => {
    const warnings: Array<string> = []
    const fail = (message: string) => {
      throw new Error(message)
    }
    return Effect.gen(function*() {
      const context = yield* Effect.context()
      const ignore = { update: () => {}, modify: () => {} }
      Metric.registerUnsafe(Metric.gauge("pool"), context, { get: () => fail("closed"), ...ignore })
      Metric.registerUnsafe(Metric.histogram("odd", { boundaries: [] }), context, {
        get: () => undefined as never,
        ...ignore
      })
      yield* Metric.update(Metric.gauge("unwanted"), 1)
      // What plain JavaScript can pass for a text.
      yield* Metric.update(Metric.gauge("shapeless", { attributes: { by: Object.create(null) } }), 1)
      for (let i = 0; i < 2; i++) {
        yield* Metric.update(counter, 1)
        yield* TestClock.adjust("1 minute")
      }
      assert.deepEqual((yield* data).map(({ MetricName }) => MetricName), ["orders", "orders"])
      assert.lengthOf(warnings, 4)
      assert.strictEqual(warnings[0], `The metric "pool": it can't be read: Error: closed`)
      assert.match(warnings[1]!, /^The metric "odd": it can't be read: TypeError/)
      assert.strictEqual(warnings[2], `The metric "unwanted": it can't be read: Error: no opinion`)
      assert.match(warnings[3]!, /^The metric "shapeless": it can't be read: TypeError/)
    }).pipe(
      exporting({ include: ({ id }) => id === "unwanted" ? fail("no opinion") : true }),
      inMemory(),
      keepingWarnings(warnings)
    )
  })

  it.effect("puts only the metrics that `include` chooses", () =>
    Effect.gen(function*() {
      yield* Sts.environment
      yield* Metric.update(counter, 1)
      yield* CloudWatch.flush
      assert.deepEqual((yield* data).map(({ MetricName }) => MetricName), ["orders"])
    }).pipe(exporting({ include: ({ id }) => !id.startsWith("aws_") }), inMemory()))

  it.effect("puts what a metric did while it's included, not what it did before", () => {
    let isIncluded = false
    return Effect.gen(function*() {
      yield* Metric.update(counter, 5)
      yield* CloudWatch.flush
      isIncluded = true
      yield* Metric.update(counter, 2)
      yield* CloudWatch.flush
      assert.deepEqual(yield* valuesOf("orders"), [2])
    }).pipe(exporting({ include: () => isIncluded }), inMemory())
  })

  it.effect("leaves out the metrics of the library's calls by default, which CloudWatch would charge for", () =>
    Effect.gen(function*() {
      yield* Sts.environment
      yield* Metric.update(counter, 2)
      yield* CloudWatch.flush
      assert.deepEqual((yield* data).map(({ MetricName }) => MetricName), ["orders"])
    }).pipe(exporting(), inMemory()))

  it.effect("puts the metrics of the library's calls if `include` says so, but neither metrics nor spans of its own", () =>
    Effect.gen(function*() {
      const spans: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          spans.push(options.name)
          return new Tracer.NativeSpan(options)
        }
      })
      yield* Effect.gen(function*() {
        yield* Sts.environment
        for (let i = 0; i < 3; i++) yield* CloudWatch.flush
        const names = (yield* data).map(({ Dimensions = [], MetricName }) =>
          [MetricName, ...Dimensions.map(({ Value }) => Value)].join(" ")
        )
        assert.sameMembers(names, ["aws_calls STS GetCallerIdentity", "aws_duration STS GetCallerIdentity"])
        assert.lengthOf(yield* puts, 1)
      }).pipe(exporting({ include: () => true }), Effect.withTracer(tracer))
      assert.deepEqual(spans.filter((name) => name.includes("CloudWatch")), [])
    }).pipe(inMemory()))

  it.effect("stores by the second if the option says so", () =>
    Effect.gen(function*() {
      yield* Metric.update(counter, 1)
      yield* CloudWatch.flush
      assert.strictEqual((yield* puts)[0]?.MetricData[0]?.StorageResolution, 1)
    }).pipe(exporting({ storageResolution: 1 }), inMemory()))
})

describe("metrics that read what something else measures", () => {
  it.effect("have started anew if they have less than before, of whatever type they are", () =>
    Effect.gen(function*() {
      const context = yield* Effect.context()
      const ignore = { update: () => {}, modify: () => {} }
      let count = 0
      const observed = () => ({ count, sum: count * 5, min: 5, max: 5 })
      Metric.registerUnsafe(Metric.histogram("h", { boundaries: [10] }), context, {
        get: () => ({ ...observed(), buckets: [[10, count] as [number, number]] }),
        ...ignore
      })
      Metric.registerUnsafe(Metric.summary("s", { maxAge: 1, maxSize: 1, quantiles: [] }), context, {
        get: () => ({ ...observed(), quantiles: [] }),
        ...ignore
      })
      Metric.registerUnsafe(Metric.frequency("f"), context, {
        get: () => ({ occurrences: new Map([["w", count]]) }),
        ...ignore
      })
      for (count of [4, 10, 3]) yield* CloudWatch.flush
      const counts = (yield* data).map(({ Counts, MetricName, StatisticValues, Value }) =>
        [MetricName, Counts?.[0] ?? StatisticValues?.SampleCount ?? Value] as const
      )
      assert.deepEqual(counts, [4, 6, 3].flatMap((count) => ["h", "s", "f"].map((name) => [name, count] as const)))
      assert.deepEqual((yield* data).flatMap(({ Values = [] }) => Values), [5, 5, 5])
    }).pipe(exporting({ every: "Infinity" }), inMemory()))
})

describe("the options of CloudWatch.exporter", () => {
  const problemWith = (options: Options) =>
    Effect.map(Effect.flip(Effect.void.pipe(exporting(options), inMemory())), (error) => {
      assert.strictEqual(error._tag, "InvalidSetting")
      return error.setting
    })

  it.effect("are refused if CloudWatch would refuse them", () =>
    Effect.gen(function*() {
      for (const namespace of ["", " ", "AWS/Mine", ":x", "x".repeat(256), "größe", undefined as never]) {
        assert.strictEqual(yield* problemWith({ namespace }), "the `namespace` option")
      }
      for (const every of ["0 seconds", -1, NaN, "soon" as "1 minute"] as const) {
        assert.strictEqual(yield* problemWith({ every }), "the `every` option")
      }
      assert.strictEqual(yield* problemWith({ shutdownTimeout: 0 }), "the `shutdownTimeout` option")
      for (const dimensions of [{ a: "" }, { "": "a" }, { ":a": "a" }, { a: "é" }, { a: "x".repeat(1_025) }]) {
        assert.strictEqual(yield* problemWith({ dimensions }), "the `dimensions` option")
      }
      const many = Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`d${i}`, "v"]))
      assert.strictEqual(yield* problemWith({ dimensions: many }), "the `dimensions` option")
      assert.strictEqual(yield* problemWith({ histograms: "all" as "statistics" }), "the `histograms` option")
      assert.strictEqual(yield* problemWith({ storageResolution: 5 as 1 }), "the `storageResolution` option")
    }))

  it.effect("say what they have to be", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.void.pipe(exporting({ namespace: "AWS/EC2" }), inMemory()))
      assert.strictEqual(
        error.message,
        "The `namespace` option is \"AWS/EC2\". It has to be one that doesn't start with \"AWS/\", which is for AWS's own metrics."
      )
    }))

  it.effect("may be at the limits", () =>
    Effect.void.pipe(
      exporting({
        namespace: "x".repeat(255),
        every: "Infinity",
        dimensions: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`d${i}`, "v".repeat(1_024)]))
      }),
      inMemory()
    ))
})

describe("the rounds of CloudWatch.exporter", () => {
  it.effect("put each interval, and the rest when the Layer closes", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        for (const value of [1, 2]) {
          yield* Metric.update(counter, value)
          yield* TestClock.adjust("30 seconds")
          yield* CloudWatch.flush
        }
        yield* Metric.update(counter, 4)
      }).pipe(exporting({ every: "30 seconds" }))
      assert.strictEqual((yield* statistics("orders"))?.Sum, 7)
      const times = (yield* puts).flatMap(({ MetricData }) => MetricData.map(({ Timestamp }) => Number(Timestamp)))
      assert.deepEqual(times, [30_000, 60_000, 60_000])
    }).pipe(inMemory()))

  it.effect("put nothing without news, and nothing at the end if all is put", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        yield* TestClock.adjust("1 hour")
        yield* Metric.update(counter, 1)
        yield* CloudWatch.flush
        yield* TestClock.adjust("1 hour")
      }).pipe(exporting())
      assert.lengthOf(yield* puts, 1)
    }).pipe(inMemory()))

  it.effect("put when the program fails or is interrupted, too", () =>
    Effect.gen(function*() {
      yield* Effect.exit(Effect.andThen(Metric.update(counter, 1), Effect.fail("no")).pipe(exporting()))
      const fiber = yield* Effect.forkChild(
        Effect.andThen(Metric.update(counter, 2), Effect.never).pipe(exporting()),
        { startImmediately: true }
      )
      while ((yield* Metric.value(counter)).count < 3) yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      assert.strictEqual((yield* statistics("orders"))?.Sum, 3)
    }).pipe(inMemory()))

  it.effect("count once what happens while a put takes longer than the interval", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({
        operation: "PutMetricData",
        fault: InMemory.delay("50 seconds", "before")
      })
      yield* Effect.gen(function*() {
        for (let i = 0; i < 20; i++) {
          yield* Metric.update(counter, 1)
          yield* TestClock.adjust("7 seconds")
          yield* Effect.yieldNow
        }
      }).pipe(
        exporting({ every: "10 seconds", shutdownTimeout: "10 minutes" }),
        Effect.forkChild,
        Effect.tap(() => Effect.repeat(Effect.andThen(TestClock.adjust("20 seconds"), Effect.yieldNow), { times: 40 })),
        Effect.flatMap(Fiber.join)
      )
      assert.strictEqual((yield* statistics("orders"))?.Sum, 20)
      const intervals = (yield* calls).map(({ time }) => time.getTime())
      for (const [i, time] of intervals.entries()) {
        assert.isAtLeast(
          time - (intervals[i - 1] ?? -Infinity),
          50_000,
          "a put starts only when the one before has ended"
        )
      }
    }).pipe(inMemory()))

  it.effect("go on when `flush` is interrupted, so that no value counts twice", () => {
    const called = Deferred.makeUnsafe<void>()
    const aspect: Aspect.Aspect = (send) => (call) => Effect.andThen(Deferred.succeed(called, undefined), send(call))
    return Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutMetricData", times: 1, fault: InMemory.delay("10 seconds", "after") })
      yield* Effect.gen(function*() {
        yield* Metric.update(counter, 1)
        const flushing = yield* Effect.forkChild(CloudWatch.flush)
        yield* Deferred.await(called)
        yield* Fiber.interrupt(flushing)
        yield* Metric.update(counter, 1)
        yield* flushInTime
      }).pipe(exporting({ every: "Infinity" }))
      assert.deepEqual(yield* valuesOf("orders"), [1, 1])
      assert.strictEqual((yield* statistics("orders"))?.Sum, 2)
    }).pipe(inMemory({ aspects: [aspect] }))
  })

  it.effect("end in time when the Layer closes and AWS doesn't answer", () => {
    const warnings: Array<string> = []
    return Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutMetricData", fault: InMemory.delay("1 day", "before") })
      const scope = yield* Scope.make()
      const layer = CloudWatch.exporter({ namespace: "Test", shutdownTimeout: "3 seconds" })
      yield* Layer.buildWithScope(layer, scope)
      yield* Metric.update(counter, 1)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* TestClock.adjust("2900 millis")
      assert.isUndefined(closing.pollUnsafe())
      yield* TestClock.adjust("100 millis")
      yield* Fiber.join(closing)
      assert.deepEqual(warnings, [
        "The last metrics were not put within the `shutdownTimeout`: they may be lost"
      ])
    }).pipe(inMemory(), keepingWarnings(warnings))
  })

  it.effect("end in time when the program is interrupted and AWS doesn't answer", () => {
    const warnings: Array<string> = []
    return Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutMetricData", fault: InMemory.delay("1 day", "before") })
      const counted = yield* Deferred.make<void>()
      const program = yield* Effect.forkChild(
        Metric.update(counter, 1).pipe(
          Effect.andThen(Deferred.succeed(counted, undefined)),
          Effect.andThen(Effect.never),
          exporting()
        )
      )
      yield* Deferred.await(counted)
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(program), { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(interrupting)
      assert.lengthOf(warnings, 1)
    }).pipe(inMemory(), keepingWarnings(warnings))
  })

  it.effect("that the end of the Layer cuts off end without an interruption for whoever flushes", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutMetricData", fault: InMemory.delay("1 day", "before") })
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(CloudWatch.exporter({ namespace: "Test" }), scope)
      yield* Metric.update(counter, 1)
      const flushing = yield* Effect.forkChild(Effect.provide(CloudWatch.flush, context), { startImmediately: true })
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(closing)
      assert.deepEqual(yield* Fiber.await(flushing), Exit.void)
    }).pipe(inMemory()))

  it.effect("say that values are lost only if no round follows", () => {
    const warnings: Array<string> = []
    return Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutMetricData", times: 1, fault: InMemory.delay("1 second", "before") })
      yield* InMemory.inject({ operation: "PutMetricData", times: 1, fault: InMemory.throttled })
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(CloudWatch.exporter({ namespace: "Test" }), scope)
      yield* Metric.update(counter, 1)
      yield* Effect.forkChild(Effect.provide(CloudWatch.flush, context), { startImmediately: true })
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.strictEqual((yield* statistics("orders"))?.Sum, 1)
      assert.deepEqual(warnings.map((line) => line.replace(/: CloudWatch.*/, "")), [
        "1 of 1 data of metrics were not put, and go into the next interval"
      ])
    }).pipe(inMemory({ retry: Retry.none }), keepingWarnings(warnings))
  })

  it.effect("do nothing for a `flush` after the Layer has closed", () =>
    Effect.gen(function*() {
      const exporter = yield* Effect.scoped(Layer.build(CloudWatch.exporter({ namespace: "Test" })))
      yield* Metric.update(counter, 1)
      yield* Effect.provide(CloudWatch.flush, exporter)
      assert.isEmpty(yield* puts)
    }).pipe(inMemory()))
})

describe("a put that fails", () => {
  it.effect("leaves its values for the next interval if AWS certainly didn't take them", () => {
    const warnings: Array<string> = []
    return Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutMetricData", times: 2, fault: InMemory.throttled })
      const answers = Metric.frequency("answers")
      const sizes = Metric.histogram("sizes", { boundaries: [10] })
      for (let i = 0; i < 3; i++) {
        yield* Metric.update(counter, 1)
        yield* Metric.update(answers, "200")
        yield* Metric.update(sizes, 3)
        yield* CloudWatch.flush
      }
      const [, , last] = yield* puts
      assert.deepEqual(last?.MetricData.map(({ Counts, Value, Values }) => Value ?? [Values, Counts]), [
        3,
        3,
        [[3], [3]]
      ])
      assert.deepEqual(warnings.map((line) => line.replace(/: CloudWatch.*/, "")), [
        "3 of 3 data of metrics were not put, and go into the next interval",
        "3 of 3 data of metrics were not put, and go into the next interval"
      ])
    }).pipe(exporting(), inMemory({ retry: Retry.none }), keepingWarnings(warnings))
  })

  it.effect("isn't repeated if AWS may have taken its values", () => {
    const warnings: Array<string> = []
    return Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutMetricData", nth: 1, fault: InMemory.cut("after") })
      for (let i = 0; i < 2; i++) {
        yield* Metric.update(counter, 1)
        yield* CloudWatch.flush
      }
      assert.deepEqual(yield* valuesOf("orders"), [1, 1])
      assert.strictEqual((yield* statistics("orders"))?.Sum, 2)
      assert.lengthOf(warnings, 1)
      assert.match(
        warnings[0]!,
        /^1 of 1 data of metrics may or may not have been put, and are not put again: .*ECONNRESET/
      )
    }).pipe(exporting(), inMemory({ retry: Retry.none }), keepingWarnings(warnings))
  })

  it.effect("isn't repeated if it dies, and the next one goes on", () => {
    const warnings: Array<string> = []
    let isBroken = true
    const aspect: Aspect.Aspect = (send) => (call) =>
      Effect.suspend(() => isBroken && call.operation === "PutMetricData" ? Effect.die(new Error("a bug")) : send(call))
    return Effect.gen(function*() {
      yield* Metric.update(counter, 1)
      yield* TestClock.adjust("1 minute")
      isBroken = false
      yield* Metric.update(counter, 2)
      yield* CloudWatch.flush
      assert.deepEqual(yield* valuesOf("orders"), [2])
      assert.deepEqual(warnings, [
        "1 of 1 data of metrics may or may not have been put, and are not put again: a bug"
      ])
    }).pipe(exporting(), inMemory({ aspects: [aspect] }), keepingWarnings(warnings))
  })

  it.effect("is given up after a minute without an answer, and holds up no later one", () => {
    const warnings: Array<string> = []
    return Effect.gen(function*() {
      yield* InMemory.inject({ operation: "PutMetricData", times: 1, fault: InMemory.delay("1 day", "before") })
      yield* Metric.update(counter, 1)
      yield* flushInTime
      yield* Metric.update(counter, 1)
      yield* CloudWatch.flush
      assert.strictEqual((yield* statistics("orders"))?.Sum, 1)
      assert.lengthOf(warnings, 1)
      assert.include(warnings[0], "the call did not end within 1 minute")
    }).pipe(exporting({ every: "Infinity" }), inMemory({ retry: Retry.none }), keepingWarnings(warnings))
  })

  /** Refuses each call that has one of these metrics, as CloudWatch would. */
  const refusing = (...names: ReadonlyArray<string>) =>
    InMemory.handle(
      PutMetricDataCommand,
      ({ MetricData = [] }) =>
        MetricData.some(({ MetricName = "" }) => names.includes(MetricName))
          ? Effect.fail(InMemory.fault({ code: "InvalidParameterValue", message: "no", statusCode: 400 }))
          : Effect.succeed({})
    )

  it.effect("leaves out from then on the one metric that CloudWatch refuses, and puts the others", () => {
    const warnings: Array<string> = []
    return Effect.gen(function*() {
      yield* refusing("odd")
      for (let i = 0; i < 3; i++) {
        yield* Metric.update(counter, 1)
        for (const name of ["a", "b", "odd", "c"]) yield* Metric.update(Metric.gauge(name), i)
        yield* CloudWatch.flush
      }
      const landed = (yield* calls).flatMap(({ input, outcome }) =>
        outcome._tag === "Answered" ? (input as Put).MetricData.map(({ MetricName }) => MetricName) : []
      )
      const all = ["orders", "a", "b", "c"]
      assert.sameMembers(landed, [...all, ...all, ...all])
      assert.lengthOf(warnings, 1)
      assert.match(warnings[0]!, /^The metric "odd" is left out from now on: .*InvalidParameterValue/)
    }).pipe(exporting(), inMemory(), keepingWarnings(warnings))
  })

  it.effect("keeps all values if CloudWatch refuses every metric, as it may for another reason than the metrics", () => {
    const warnings: Array<string> = []
    return Effect.gen(function*() {
      yield* refusing("orders", "balance")
      const balance = Metric.counter("balance")
      yield* Metric.update(counter, 1)
      yield* Metric.update(balance, 1)
      yield* CloudWatch.flush
      yield* refusing()
      yield* Metric.update(counter, 1)
      yield* CloudWatch.flush
      assert.deepEqual((yield* puts).at(-1)?.MetricData.map(({ Value }) => Value), [2, 1])
      assert.lengthOf(warnings, 1)
      assert.match(warnings[0]!, /^2 of 2 data of metrics were not put, and go into the next interval: /)
    }).pipe(exporting(), inMemory(), keepingWarnings(warnings))
  })
})

describe("the sum over all intervals", () => {
  const step = Schema.Union([
    Schema.TaggedStruct("Count", { by: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })) }),
    Schema.TaggedStruct("Move", { by: Schema.Int.check(Schema.isBetween({ minimum: -9, maximum: 9 })) }),
    Schema.TaggedStruct("Big", { by: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })) }),
    Schema.TaggedStruct("Word", { word: Schema.Literals(["a", "b", "c"]) }),
    Schema.TaggedStruct("Time", { ms: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5_000 })) }),
    Schema.TaggedStruct("Wait", { seconds: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 })) }),
    Schema.TaggedStruct("Flush", {}),
    Schema.TaggedStruct("Removed", {})
  ])

  const balance = Metric.counter("balance")
  const big = Metric.counter("big", { bigint: true, incremental: true })
  const words = Metric.frequency("words")

  const faults = {
    Throttled: InMemory.throttled,
    Denied: InMemory.fault({ code: "AccessDenied", message: "no", statusCode: 403 }),
    CutBefore: InMemory.cut("before"),
    CutAfter: InMemory.cut("after"),
    Slow: InMemory.delay("40 seconds", "before")
  }

  it.effect.prop(
    "is what the metrics counted, whatever the intervals and faults: each value is in one call that AWS may have taken",
    {
      steps: Schema.Array(step).check(Schema.isMinLength(5), Schema.isMaxLength(60)),
      faulty: Schema.Array(Schema.Literals(["Throttled", "Denied", "CutBefore", "CutAfter", "Slow"])).check(
        Schema.isMaxLength(10)
      )
    },
    ({ faulty, steps }) =>
      Effect.gen(function*() {
        for (const [i, fault] of faulty.entries()) {
          yield* InMemory.inject({ operation: "PutMetricData", nth: 2 * i + 1, fault: faults[fault] })
        }
        const expected = { orders: 0, balance: 0, big: 0, a: 0, b: 0, c: 0, count: 0, ms: 0 }
        const run = Effect.gen(function*() {
          for (const step of steps) {
            switch (step._tag) {
              case "Count": {
                yield* Metric.update(counter, step.by)
                expected.orders += step.by
                break
              }
              case "Move": {
                yield* Metric.update(balance, step.by)
                expected.balance += step.by
                break
              }
              case "Big": {
                yield* Metric.update(big, BigInt(step.by))
                expected.big += step.by
                break
              }
              case "Word": {
                yield* Metric.update(words, step.word)
                expected[step.word]++
                break
              }
              case "Time": {
                yield* Metric.update(timer, Duration.millis(step.ms))
                expected.count++
                expected.ms += step.ms
                break
              }
              case "Wait": {
                yield* TestClock.adjust(Duration.seconds(step.seconds))
                break
              }
              case "Flush": {
                yield* flushInTime
                break
              }
              case "Removed": {
                // What a series counts before the exporter has seen it is lost with it.
                yield* flushInTime
                yield* Metric.remove(counter)
                break
              }
            }
          }
          // The faults that are left hit these rounds, not the last one.
          for (let i = 0; i < 2 * faulty.length + 1; i++) {
            yield* Metric.update(counter, 1)
            expected.orders++
            yield* flushInTime
          }
          yield* Metric.update(counter, 1)
          expected.orders++
        })
        yield* run.pipe(exporting({ every: "30 seconds" }))
        const found = { orders: 0, balance: 0, big: 0, a: 0, b: 0, c: 0, count: 0, ms: 0 }
        for (const { input, outcome } of yield* calls) {
          if (outcome._tag === "Refused") continue
          for (
            const { Counts = [1], Dimensions = [], MetricName, Value, Values = [Value!] } of (input as Put).MetricData
          ) {
            const sum = Values.reduce((all, value, i) => all + value * Counts[i]!, 0)
            if (MetricName === "latency") {
              found.ms += sum
              found.count += Counts.reduce((all, count) => all + count, 0)
            } else found[(MetricName === "words" ? Dimensions[0]?.Value : MetricName) as "orders"] += sum
          }
        }
        found.ms = Math.round(found.ms * 1e6) / 1e6
        assert.deepEqual(found, expected)
      }).pipe(inMemory({ retry: Retry.none })),
    { arbitrary: { runs: 60 }, timeout: 120_000 }
  )
})

describe("more metrics than fit in one call", () => {
  it.effect("are put in several calls, each of which counts by itself", () =>
    Effect.gen(function*() {
      const words = Metric.frequency("words")
      for (let i = 0; i < 2_500; i++) yield* Metric.update(words, `w${i}`)
      yield* InMemory.inject({ operation: "PutMetricData", nth: 2, fault: InMemory.throttled })
      yield* CloudWatch.flush
      yield* CloudWatch.flush
      assert.deepEqual((yield* puts).map(({ MetricData }) => MetricData.length), [1_000, 1_000, 500, 1_000])
      const { Metrics = [] } = yield* CloudWatch.send(new ListMetricsCommand({ Namespace: "Test" }))
      assert.lengthOf(Metrics, 500)
      const landed = (yield* calls).flatMap(({ input, outcome }) =>
        outcome._tag === "Answered" ? (input as Put).MetricData.map(({ Dimensions }) => Dimensions?.[0]?.Value) : []
      )
      assert.strictEqual(new Set(landed).size, 2_500)
      assert.lengthOf(landed, 2_500)
    }).pipe(exporting({ every: "Infinity" }), inMemory({ retry: Retry.none })))
})
