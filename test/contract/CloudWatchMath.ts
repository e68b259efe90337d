// What GetMetricData computes: expressions, queries that select metrics, and statistics of the distribution of values.
import {
  type Dimension,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  GetMetricStatisticsCommand,
  type MetricDataQuery,
  type MetricDatum,
  PutMetricAlarmCommand,
  PutMetricDataCommand
} from "@aws-sdk/client-cloudwatch"
import { assert } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { CloudWatch } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { expectRejected } from "./support/rejections.ts"

const math = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html"
const definitions = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html"

const namespace = "Contract/Math"

const put = (...MetricData: Array<MetricDatum>) =>
  CloudWatch.send(new PutMetricDataCommand({ Namespace: namespace, MetricData }))

/** The start of the first of five minutes in the past. */
const begin = Effect.map(Clock.currentTimeMillis, (now) => Math.floor(now / 60_000) * 60_000 - 5 * 60_000)

/** Puts a value for each minute. No value leaves the minute out. */
const putMinutes = Effect.fnUntraced(function*(MetricName: string, values: ReadonlyArray<number | undefined>) {
  const first = yield* begin
  yield* put(
    ...values.flatMap((Value, i) =>
      Value === undefined ? [] : [{ MetricName, Value, Timestamp: new Date(first + i * 60_000) }]
    )
  )
})

const metric = (
  Id: string,
  MetricName: string,
  rest: Partial<MetricDataQuery> = {},
  Stat = "Sum"
): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: namespace, MetricName }, Period: 60, Stat },
  ...rest
})

const get = Effect.fnUntraced(function*(
  queries: ReadonlyArray<MetricDataQuery>,
  input: Partial<GetMetricDataCommandInput> = {}
) {
  const first = yield* begin
  const { MetricDataResults = [] } = yield* CloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(first),
      EndTime: new Date(first + 5 * 60_000),
      ScanBy: "TimestampAscending",
      MetricDataQueries: [...queries],
      ...input
    })
  )
  return MetricDataResults
})

const hidden = { ReturnData: false }

/** The values of an expression on the metrics a and b, and the minutes that they are for. */
const computed = Effect.fnUntraced(function*(Expression: string) {
  const [result] = yield* get([metric("a", "a", hidden), metric("b", "b", hidden), { Id: "e", Expression }])
  const first = yield* begin
  return result!.Timestamps!.map((time, i) => [(time.getTime() - first) / 60_000, result!.Values![i]])
})

const values = (Expression: string) => Effect.map(computed(Expression), (points) => points.map(([, value]) => value))

const setup = Effect.andThen(putMinutes("a", [1, 4, undefined, 10, 6]), putMinutes("b", [2, 2, 3, undefined, 3]))

const distribution = put({ MetricName: "d", Values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], Counts: Array(10).fill(1) })

const statistic = Effect.fnUntraced(function*(Stat: string) {
  const now = yield* Clock.currentTimeMillis
  const [result] = yield* get([metric("d", "d", {}, Stat)], {
    StartTime: new Date(now - 3_600_000),
    EndTime: new Date(now + 3_600_000)
  })
  return result!.Values![0]
})

const dimensions = (...all: ReadonlyArray<readonly [string, string]>): Array<Dimension> =>
  all.map(([Name, Value]) => ({ Name, Value }))

const select = Effect.fnUntraced(function*(Expression: string, rest: Partial<MetricDataQuery> = {}) {
  const now = yield* Clock.currentTimeMillis
  const results = yield* get([{ Id: "q", Expression, Period: 7_200, ...rest }], {
    StartTime: new Date(Math.floor(now / 60_000) * 60_000 - 3_600_000),
    EndTime: new Date(now + 3_600_000)
  })
  return results.map(({ Label, Values }) => [Label, Values?.[0]])
})

const hosts = put(
  { MetricName: "hits", Value: 1, Dimensions: dimensions(["Host", "x"], ["Zone", "1"]) },
  { MetricName: "hits", Value: 5, Dimensions: dimensions(["Host", "y"], ["Zone", "1"]) },
  { MetricName: "hits", Value: 3, Dimensions: dimensions(["Host", "z"], ["Zone", "2"]) },
  { MetricName: "hits", Value: 9, Dimensions: dimensions(["Host", "x"]) }
)

export const cloudWatchMath = contract("CloudWatch", {
  "adds, subtracts, multiplies and divides at the times that both metrics have a value": documented(
    math,
    Effect.gen(function*() {
      yield* setup
      assert.deepEqual(yield* computed("a + b"), [[0, 3], [1, 6], [4, 9]])
      assert.deepEqual(yield* values("a - b * 2"), [-3, 0, 0])
      assert.deepEqual(yield* values("(a - b) * 2"), [-2, 4, 6])
      assert.deepEqual(yield* values("100 * a / b"), [50, 200, 200])
      assert.deepEqual(yield* values("b ^ 2"), [4, 4, 9, 9])
      assert.deepEqual(yield* values("-a"), [-1, -4, -10, -6])
    })
  ),

  "omits the points of an expression that divides by zero": believed(
    "a time series has no infinite values",
    Effect.gen(function*() {
      yield* setup
      assert.deepEqual(yield* computed("a / (b - 2)"), [[4, 6]])
    })
  ),

  "computes one number of a metric, and one series of several": documented(
    math,
    Effect.gen(function*() {
      yield* setup
      assert.deepEqual(yield* values("a - MIN(a)"), [0, 3, 9, 5])
      assert.deepEqual(yield* values("a * 0 + MAX(a)"), [10, 10, 10, 10])
      assert.deepEqual(yield* values("b * 0 + AVG(b)"), [2.5, 2.5, 2.5, 2.5])
      assert.deepEqual(yield* computed("SUM([a, b])"), [[0, 3], [1, 6], [2, 3], [3, 10], [4, 9]])
      assert.deepEqual(yield* values("SUM(METRICS())"), [3, 6, 3, 10, 9])
      assert.deepEqual(yield* values("MAX(METRICS(\"b\"))"), [2, 2, 3, 3])
      assert.deepEqual(yield* values("a * 0 + METRIC_COUNT(METRICS())"), [2, 2, 2, 2])
    })
  ),

  "fills the gaps of a metric with FILL": documented(
    math,
    Effect.gen(function*() {
      yield* setup
      assert.deepEqual(yield* computed("FILL(a, 0)"), [[0, 1], [1, 4], [2, 0], [3, 10], [4, 6]])
      assert.deepEqual(yield* values("FILL(a, REPEAT)"), [1, 4, 4, 10, 6])
      assert.deepEqual(yield* values("FILL(a, LINEAR)"), [1, 4, 7, 10, 6])
      assert.deepEqual(yield* values("FILL(a, b)"), [1, 4, 3, 10, 6])
    })
  ),

  "chooses between values with IF": documented(
    math,
    Effect.gen(function*() {
      yield* setup
      assert.deepEqual(yield* values("IF(a > 3, a, 0)"), [0, 4, 10, 6])
      assert.deepEqual(yield* computed("IF(a > 3, a)"), [[1, 4], [3, 10], [4, 6]])
      assert.deepEqual(yield* values("IF(a > 3 AND b == 2, 1, 2)"), [2, 1, 2])
      assert.deepEqual(yield* values("a >= 4"), [0, 1, 1, 1])
      assert.deepEqual(yield* values("a < 4 || b == 3"), [1, 0, 1])
    })
  ),

  "computes changes, rates and running sums": documented(
    math,
    Effect.gen(function*() {
      yield* setup
      assert.deepEqual(yield* computed("DIFF(a)"), [[1, 3], [3, 6], [4, -4]])
      assert.deepEqual(yield* values("DIFF_TIME(a)"), [60, 120, 60])
      assert.deepEqual(yield* values("RATE(a)"), [3 / 60, 6 / 120, -4 / 60])
      assert.deepEqual(yield* values("RUNNING_SUM(a)"), [1, 5, 15, 21])
      assert.deepEqual(yield* values("a / PERIOD(a) * 60"), [1, 4, 10, 6])
    })
  ),

  "rounds, and takes absolute values and logarithms": documented(
    math,
    Effect.gen(function*() {
      yield* putMinutes("a", [-1.5, 100])
      assert.deepEqual(yield* values("ABS(a)"), [1.5, 100])
      assert.deepEqual(yield* values("CEIL(a)"), [-1, 100])
      assert.deepEqual(yield* values("FLOOR(a)"), [-2, 100])
      assert.deepEqual(yield* values("LOG10(ABS(a) + 0 * a)"), [Math.log10(1.5), 2])
    })
  ),

  "answers an array with the label of each metric, in the order that SORT gives": documented(
    math,
    Effect.gen(function*() {
      yield* setup
      const labels = Effect.fnUntraced(function*(Expression: string) {
        const results = yield* get([metric("a", "a", hidden), metric("b", "b", hidden), { Id: "e", Expression }])
        assert.isTrue(results.every(({ Id }) => Id === "e"))
        return results.map(({ Label }) => Label)
      })
      assert.deepEqual(yield* labels("METRICS()"), ["a", "b"])
      assert.deepEqual(yield* labels("SORT(METRICS(), MAX, ASC)"), ["b", "a"])
      assert.deepEqual(yield* labels("SORT(METRICS(), SUM, DESC, 1)"), ["a"])
      assert.deepEqual(yield* labels("SLICE(METRICS(), 1, 2)"), ["b"])
    })
  ),

  "labels an expression with its id, or as the query says": documented(
    "API_MetricDataQuery",
    Effect.gen(function*() {
      yield* setup
      const results = yield* get([
        metric("a", "a", hidden),
        { Id: "plain", Expression: "a + 1" },
        { Id: "named", Expression: "a + 2", Label: "more" },
        metric("dynamic", "a", { Label: "${PROP('Namespace')} ${PROP('MetricName')} ${PROP('Stat')}" })
      ])
      assert.deepEqual(results.map(({ Label }) => Label), ["plain", "more", `${namespace} a Sum`])
    })
  ),

  "computes expressions that refer to others, in any order": documented(
    math,
    Effect.gen(function*() {
      yield* setup
      const [result] = yield* get([
        { Id: "top", Expression: "half * 4" },
        { Id: "half", Expression: "a / 2", ...hidden },
        metric("a", "a", hidden)
      ])
      assert.deepEqual(result!.Values, [2, 8, 20, 12])
    })
  ),

  "rejects an expression that it can't read, or that refers to nothing or to itself": believed(
    "a ValidationError; the words after its first ones aren't AWS's",
    Effect.gen(function*() {
      yield* setup
      for (const Expression of ["a +", "a + + )", "c + 1", "e + 1", "NOSUCH(a)", "1 + 1", "a + \"x\"", "AVG(a)"]) {
        yield* expectRejected(values(Expression), "ValidationException", "Error in expression 'e'")
      }
    })
  ),

  "rejects a query with a metric and an expression, or with an unknown statistic": documented(
    "API_MetricDataQuery",
    Effect.gen(function*() {
      yield* expectRejected(get([metric("a", "a", { Expression: "a" })]), "ValidationException")
      yield* expectRejected(get([metric("a", "a", {}, "Median")]), "ValidationException")
      yield* expectRejected(get([metric("a", "a", {}, "p101")]), "ValidationException")
    })
  ),

  "selects the metrics of a namespace by their dimensions, and adds them up": recorded(
    "test_cloudwatch_expressions test_get_metric_data_with_expressive_expression",
    Effect.gen(function*() {
      yield* hosts
      const from = `FROM "${namespace}"`
      assert.deepEqual(yield* select(`SELECT SUM(hits) ${from} WHERE Zone = '1' GROUP BY Host`), [["x", 1], ["y", 5]])
      assert.deepEqual(yield* select(`SELECT SUM(hits) ${from} WHERE Zone = 'none' GROUP BY Host`), [])
    })
  ),

  "selects metrics with a schema, an order and a limit": documented(
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html",
    Effect.gen(function*() {
      yield* hosts
      const schema = `FROM SCHEMA("${namespace}", Host, Zone)`
      assert.deepEqual(yield* select(`SELECT MAX(hits) ${schema}`), [["q", 5]])
      assert.deepEqual(yield* select(`SELECT MAX(hits) FROM "${namespace}"`), [["q", 9]])
      assert.deepEqual(yield* select(`SELECT SUM(hits) ${schema} GROUP BY Zone ORDER BY SUM() ASC`), [
        ["2", 3],
        ["1", 6]
      ])
      assert.deepEqual(yield* select(`SELECT SUM(hits) ${schema} GROUP BY Host ORDER BY MAX() DESC LIMIT 2`), [
        ["y", 5],
        ["z", 3]
      ])
      assert.deepEqual(yield* select(`SELECT COUNT(hits) ${schema} WHERE Host != 'x'`), [["q", 2]])
      yield* expectRejected(select(`SELECT hits ${schema}`), "ValidationException")
      yield* expectRejected(select(`SELECT SUM(hits) ${schema}`, { Period: undefined }), "ValidationException")
    })
  ),

  "computes percentiles": documented(
    definitions,
    Effect.gen(function*() {
      yield* distribution
      assert.strictEqual(yield* statistic("p50"), 5)
      assert.strictEqual(yield* statistic("p90"), 9)
      assert.strictEqual(yield* statistic("p100"), 10)
    })
  ),

  "computes trimmed and winsorized means, counts, sums and ranks": documented(
    definitions,
    Effect.gen(function*() {
      yield* distribution
      assert.strictEqual(yield* statistic("tm90"), 5)
      assert.strictEqual(yield* statistic("TM(20%:80%)"), 5.5)
      assert.strictEqual(yield* statistic("TC(2:8)"), 6)
      assert.strictEqual(yield* statistic("TS(80%:)"), 19)
      assert.strictEqual(yield* statistic("PR(:3)"), 30)
      assert.strictEqual(yield* statistic("wm80"), 5.2)
    })
  ),

  "answers extended statistics in GetMetricStatistics, or plain ones, not both": documented(
    "API_GetMetricStatistics",
    Effect.gen(function*() {
      yield* distribution
      const now = yield* Clock.currentTimeMillis
      const input = {
        Namespace: namespace,
        MetricName: "d",
        StartTime: new Date(now - 3_600_000),
        EndTime: new Date(now + 3_600_000),
        Period: 7_200
      }
      const { Datapoints } = yield* CloudWatch.send(
        new GetMetricStatisticsCommand({ ...input, ExtendedStatistics: ["p90"] })
      )
      assert.deepEqual(Datapoints!.map(({ ExtendedStatistics }) => ExtendedStatistics), [{ p90: 9 }])
      yield* expectRejected(
        CloudWatch.send(new GetMetricStatisticsCommand({ ...input, Statistics: ["Sum"], ExtendedStatistics: ["p90"] })),
        "InvalidParameterCombinationException"
      )
      yield* expectRejected(
        CloudWatch.send(new GetMetricStatisticsCommand({ ...input, ExtendedStatistics: ["p200"] })),
        "InvalidParameterValueException"
      )
    })
  ),

  "has no percentile of a statistic set of several values": documented(
    definitions,
    Effect.gen(function*() {
      yield* put({ MetricName: "d", StatisticValues: { SampleCount: 3, Sum: 6, Minimum: 1, Maximum: 3 } })
      assert.isUndefined(yield* statistic("p50"))
      assert.strictEqual(yield* statistic("Average"), 2)
    })
  ),

  "rejects a unit that CloudWatch doesn't have": believed(
    "https://github.com/micrometer-metrics/micrometer/issues/1645",
    expectRejected(
      put({ MetricName: "m", Value: 1, Unit: "Apples" as "Count" }),
      "InvalidParameterValueException",
      "The parameter MetricData.member.1.Unit must be a value in the set [ Seconds, Microseconds,"
    )
  ),

  "keeps the data of each unit apart": documented(
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html",
    Effect.gen(function*() {
      yield* put({ MetricName: "u", Value: 1, Unit: "Count" }, { MetricName: "u", Value: 5, Unit: "Bytes" })
      const now = yield* Clock.currentTimeMillis
      const sums = (Unit?: "Bytes" | "Count" | "Percent") =>
        CloudWatch.send(
          new GetMetricStatisticsCommand({
            Namespace: namespace,
            MetricName: "u",
            StartTime: new Date(now - 3_600_000),
            EndTime: new Date(now + 3_600_000),
            Period: 7_200,
            Statistics: ["Sum"],
            ...(Unit !== undefined && { Unit })
          })
        ).pipe(Effect.map(({ Datapoints = [] }) => Datapoints.map(({ Sum, Unit }) => `${Sum} ${Unit}`).sort()))
      assert.deepEqual(yield* sums(), ["1 Count", "5 Bytes"])
      assert.deepEqual(yield* sums("Bytes"), ["5 Bytes"])
      assert.deepEqual(yield* sums("Percent"), [])
    })
  ),

  "rejects dimensions with other than ASCII characters, and an inverted statistic set": documented(
    "API_Dimension",
    Effect.gen(function*() {
      const code = "InvalidParameterValueException"
      yield* expectRejected(put({ MetricName: "m", Value: 1, Dimensions: dimensions(["Host", "schön"]) }), code)
      yield* expectRejected(put({ MetricName: "m", Value: 1, Dimensions: dimensions([":Host", "x"]) }), code)
      yield* expectRejected(
        put({ MetricName: "m", StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 2, Maximum: 1 } }),
        code
      )
    })
  ),

  "rejects an alarm with two statistics, or with one that CloudWatch doesn't have": documented(
    "API_PutMetricAlarm",
    Effect.gen(function*() {
      const create = (input: object) =>
        CloudWatch.send(
          new PutMetricAlarmCommand({
            AlarmName: "percentile",
            Namespace: namespace,
            MetricName: "m",
            Period: 60,
            EvaluationPeriods: 1,
            Threshold: 1,
            ComparisonOperator: "GreaterThanThreshold",
            ...input
          })
        )
      yield* create({ ExtendedStatistic: "p99" })
      yield* expectRejected(
        create({ Statistic: "Sum", ExtendedStatistic: "p99" }),
        "InvalidParameterCombinationException"
      )
      yield* expectRejected(create({ ExtendedStatistic: "p101" }), "InvalidParameterValueException")
    })
  )
})
