/** In-memory CloudWatch: metrics and their statistics. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Defect } from "../../src/internal/defect.ts"
import { Fault, service } from "./Service.ts"

/** The values of one datum, for one point in time. */
interface Sample {
  readonly time: number
  readonly unit: string
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
}

interface Metric {
  readonly namespace: string
  readonly name: string
  readonly dimensions: ReadonlyArray<sdk.Dimension>
  readonly samples: Array<Sample>
}

interface State {
  readonly metrics: Map<string, Metric>
}

const limits = {
  data: 1_000,
  bytes: 1_048_576,
  dimensions: 30,
  values: 150,
  value: 2 ** 360,
  datapoints: 1_440,
  queries: 500,
  metricsPage: 500,
  datapointsPage: 100_800
}
const twoWeeks = Duration.toMillis("14 days")
const twoHours = Duration.toMillis("2 hours")
const threeHours = Duration.toMillis("3 hours")

const missing = (parameter: string) =>
  new Fault({ code: "MissingParameter", message: `The parameter ${parameter} is required.` })
const invalid = (message: string) => new Fault({ code: "InvalidParameterValue", message })
const combination = (message: string) => new Fault({ code: "InvalidParameterCombination", message })
const validation = (message: string) => new Fault({ code: "ValidationError", message })

const statistics = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] as const
type Statistic = (typeof statistics)[number]

const isStatistic = (name: string | undefined): name is Statistic => statistics.includes(name as Statistic)

const unsupported = (what: string) =>
  Effect.die(
    new Defect(
      `The in-memory CloudWatch does not compute ${what}. Add a handler that does: InMemory.handle(GetMetricDataCommand, …).`
    )
  )

const keyOf = (
  namespace: string | undefined,
  name: string | undefined,
  dimensions: ReadonlyArray<sdk.Dimension> = []
): string => JSON.stringify([namespace, name, dimensions.map(({ Name, Value }) => [Name, Value]).sort()])

const checkText = (parameter: string, value: string | undefined, max: number) =>
  value === undefined
    ? Effect.fail(missing(parameter))
    : value.length < 1 || value.length > max
    ? Effect.fail(invalid(`The value ${value} for parameter ${parameter} is invalid.`))
    : Effect.void

const checkDimensions = Effect.fnUntraced(function*(at: string, dimensions: ReadonlyArray<sdk.Dimension> = []) {
  if (dimensions.length > limits.dimensions) {
    return yield* invalid(`The collection ${at}Dimensions must not have a size greater than ${limits.dimensions}.`)
  }
  for (const [i, { Name, Value }] of dimensions.entries()) {
    yield* checkText(`${at}Dimensions.member.${i + 1}.Name`, Name, 255)
    yield* checkText(`${at}Dimensions.member.${i + 1}.Value`, Value, 1_024)
  }
  if (new Set(dimensions.map(({ Name }) => Name)).size < dimensions.length) {
    return yield* invalid("No metric may specify the same dimension name twice.")
  }
})

const checkNumbers = (parameter: string, numbers: ReadonlyArray<number | undefined>) => {
  const bad = numbers.find((value) => value === undefined || !(Math.abs(value) <= limits.value))
  return numbers.length > 0 && numbers.includes(bad)
    ? Effect.fail(invalid(`The value ${bad} for parameter ${parameter} is invalid.`))
    : Effect.void
}

/** Checks a datum, and makes a sample of it. */
const toSample = Effect.fnUntraced(function*(at: string, datum: sdk.MetricDatum, now: number) {
  const { Counts, StatisticValues, StorageResolution, Timestamp, Unit = "None", Value, Values } = datum
  const given = Object.entries({ Value, Values, StatisticValues }).filter(([, value]) => value !== undefined)
  const [first, second] = given.map(([name]) => `${at}${name}`)
  if (first === undefined) {
    return yield* missing(`${at}Value`)
  }
  if (second !== undefined) {
    return yield* combination(
      `The parameters ${first} and ${second} are mutually exclusive and you have specified both.`
    )
  }
  if (StorageResolution !== undefined && StorageResolution !== 1 && StorageResolution !== 60) {
    return yield* invalid(`The value ${StorageResolution} for parameter ${at}StorageResolution is invalid.`)
  }
  const time = Timestamp?.getTime() ?? now
  if (time < now - twoWeeks) {
    return yield* invalid(`The parameter ${at}Timestamp must specify a time within the past two weeks.`)
  }
  if (time > now + twoHours) {
    return yield* invalid(`The parameter ${at}Timestamp must specify a time no more than two hours in the future.`)
  }
  const sample = { time: Math.floor(time / 1_000) * 1_000, unit: Unit }
  if (StatisticValues !== undefined) {
    const { Maximum: max, Minimum: min, SampleCount: count, Sum: sum } = StatisticValues
    yield* checkNumbers(`${at}StatisticValues`, [max, min, count, sum])
    return { ...sample, count: count!, sum: sum!, min: min!, max: max! }
  }
  const values = Values ?? [Value!]
  yield* checkNumbers(`${at}${Values === undefined ? "Value" : "Values"}`, values)
  if (values.length > limits.values) {
    return yield* invalid(`The collection ${at}Values must not have a size greater than ${limits.values}.`)
  }
  const counts = Counts ?? values.map(() => 1)
  if (counts.length !== values.length) {
    return yield* invalid(`The parameters ${at}Values and ${at}Counts must be of the same size.`)
  }
  return {
    ...sample,
    count: counts.reduce((sum, count) => sum + count, 0),
    sum: values.reduce((sum, value, i) => sum + value * counts[i]!, 0),
    min: Math.min(...values),
    max: Math.max(...values)
  }
})

const checkPeriod = (parameter: string, period: number | undefined) =>
  period === undefined
    ? Effect.fail(missing(parameter))
    : [1, 5, 10, 20, 30].includes(period) || (period >= 60 && period % 60 === 0)
    ? Effect.void
    : Effect.fail(invalid(`The parameter ${parameter} must be 1, 5, 10, 20, 30 or a multiple of 60.`))

interface Range {
  readonly start: number
  readonly end: number
  /** Seconds. */
  readonly period: number
}

interface Bucket {
  readonly time: number
  readonly unit: string
  readonly statistics: Readonly<Record<Statistic, number>>
}

/** Aggregates a range's samples by period and unit, the earliest first. Periods count from the full minute of its start. */
const bucketsOf = (samples: ReadonlyArray<Sample>, { end, period, start }: Range): ReadonlyArray<Bucket> => {
  const length = period * 1_000
  const grain = Math.min(length, 60_000)
  const from = Math.floor(start / grain) * grain
  const buckets = new Map<string, Sample>()
  for (const sample of samples) {
    if (sample.time < from || sample.time >= end) continue
    const time = from + Math.floor((sample.time - from) / length) * length
    const key = `${time}/${sample.unit}`
    const before = buckets.get(key)
    buckets.set(key, {
      time,
      unit: sample.unit,
      count: (before?.count ?? 0) + sample.count,
      sum: (before?.sum ?? 0) + sample.sum,
      min: Math.min(before?.min ?? Infinity, sample.min),
      max: Math.max(before?.max ?? -Infinity, sample.max)
    })
  }
  return [...buckets.values()].sort((a, b) => a.time - b.time).map(({ count, max, min, sum, time, unit }) => ({
    time,
    unit,
    statistics: { SampleCount: count, Average: sum / count, Sum: sum, Minimum: min, Maximum: max }
  }))
}

const allSame = (values: ReadonlyArray<unknown>) => new Set(values).size <= 1

export const cloudWatch = service<typeof sdk>()({
  serviceId: "CloudWatch",
  namespace: "com.amazonaws.cloudwatch",
  protocol: "query",
  scope: "region",
  state: (): State => ({ metrics: new Map() }),
  handlers: {
    PutMetricData: Effect.fnUntraced(function*(input, { metrics }) {
      const { EntityMetricData = [], MetricData = [], Namespace } = input
      yield* checkText("Namespace", Namespace, 255)
      const namespace = Namespace!
      if (namespace.startsWith("AWS/")) return yield* invalid("The value AWS/ for parameter Namespace is invalid.")
      if (namespace.startsWith(":")) return yield* invalid(`The value ${namespace} for parameter Namespace is invalid.`)
      const data = [...MetricData, ...EntityMetricData.flatMap(({ MetricData = [] }) => MetricData)]
      if (data.length === 0) return yield* missing("MetricData")
      if (data.length > limits.data) {
        return yield* invalid(`The collection MetricData must not have a size greater than ${limits.data}.`)
      }
      if (Buffer.byteLength(JSON.stringify(input)) > limits.bytes) {
        return yield* new Fault({
          code: "RequestEntityTooLarge",
          message: `Request size exceeds the limit of ${limits.bytes} bytes.`,
          statusCode: 413
        })
      }
      const now = yield* Clock.currentTimeMillis
      // All or nothing: one invalid datum fails the whole call.
      const samples = yield* Effect.forEach(data, (datum, i) => {
        const at = `MetricData.member.${i + 1}.`
        return checkText(`${at}MetricName`, datum.MetricName, 255).pipe(
          Effect.andThen(checkDimensions(at, datum.Dimensions)),
          Effect.andThen(toSample(at, datum, now))
        )
      })
      for (const [i, { Dimensions = [], MetricName: name = "" }] of data.entries()) {
        const key = keyOf(namespace, name, Dimensions)
        const metric = metrics.get(key) ?? { namespace, name, dimensions: Dimensions, samples: [] }
        metric.samples.push(samples[i]!)
        metrics.set(key, metric)
      }
      return {}
    }),

    ListMetrics: Effect.fnUntraced(function*(input, { metrics }, context) {
      const { Dimensions = [], MetricName, Namespace, NextToken, RecentlyActive } = input
      const since = (yield* Clock.currentTimeMillis) - (RecentlyActive === "PT3H" ? threeHours : twoWeeks)
      const found = [...metrics].filter(([, { dimensions, name, namespace, samples }]) =>
        (Namespace === undefined || Namespace === namespace) &&
        (MetricName === undefined || MetricName === name) &&
        samples.some(({ time }) => time >= since) &&
        Dimensions.every((filter) =>
          dimensions.some(({ Name, Value }) =>
            Name === filter.Name && (filter.Value === undefined || filter.Value === Value)
          )
        )
      )
      const [page, token] = yield* context.page(found, {
        token: NextToken,
        size: limits.metricsPage,
        key: ([key]) => key,
        query: input,
        invalid: invalid("Request parameter NextToken is invalid")
      })
      return {
        Metrics: page.map(([, { dimensions, name, namespace }]) => ({
          Namespace: namespace,
          MetricName: name,
          Dimensions: [...dimensions]
        })),
        NextToken: token
      }
    }),

    GetMetricStatistics: Effect.fnUntraced(function*(input, { metrics }) {
      const { Dimensions, EndTime, ExtendedStatistics = [], MetricName, Namespace, StartTime, Statistics = [] } = input
      yield* checkText("Namespace", Namespace, 255)
      yield* checkText("MetricName", MetricName, 255)
      yield* checkDimensions("", Dimensions)
      if (StartTime === undefined) return yield* missing("StartTime")
      if (EndTime === undefined) return yield* missing("EndTime")
      yield* checkPeriod("Period", input.Period)
      if (Statistics.length === 0 && ExtendedStatistics.length === 0) {
        return yield* combination("Must specify either Statistics or ExtendedStatistics")
      }
      if (ExtendedStatistics.length > 0) return yield* unsupported("percentiles")
      const range = { start: StartTime.getTime(), end: EndTime.getTime(), period: input.Period! }
      if (range.start >= range.end) {
        return yield* invalid("The parameter StartTime must be less than the parameter EndTime.")
      }
      const count = Math.ceil((range.end - range.start) / (range.period * 1_000))
      if (count > limits.datapoints) {
        return yield* combination(
          `You have requested up to ${count} datapoints, which exceeds the limit of ${limits.datapoints}. ` +
            "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
      }
      const buckets = bucketsOf(metrics.get(keyOf(Namespace, MetricName, Dimensions))?.samples ?? [], range)
      return {
        Label: MetricName,
        Datapoints: buckets.filter(({ unit }) => input.Unit === undefined || unit === input.Unit).map((bucket) => ({
          Timestamp: new Date(bucket.time),
          Unit: bucket.unit as sdk.StandardUnit,
          ...Object.fromEntries(Statistics.map((name) => [name, bucket.statistics[name as Statistic]]))
        }))
      }
    }),

    GetMetricData: Effect.fnUntraced(function*(input, { metrics }, context) {
      const { EndTime, MaxDatapoints, MetricDataQueries: queries = [], NextToken, ScanBy, StartTime } = input
      if (queries.length === 0) return yield* missing("MetricDataQueries")
      if (queries.length > limits.queries) {
        return yield* validation(
          `The collection MetricDataQueries must not have a size greater than ${limits.queries}.`
        )
      }
      if (StartTime === undefined) return yield* missing("StartTime")
      if (EndTime === undefined) return yield* missing("EndTime")
      if (StartTime.getTime() === EndTime.getTime()) {
        return yield* validation("The parameter StartTime must not equal parameter EndTime.")
      }
      if (StartTime.getTime() > EndTime.getTime()) {
        return yield* validation("The parameter EndTime must be greater than StartTime.")
      }
      for (const [i, { Expression, Id, MetricStat }] of queries.entries()) {
        const at = `MetricDataQueries.member.${i + 1}.`
        if (Id === undefined) return yield* missing(`${at}Id`)
        if (!/^[a-z][a-zA-Z0-9_]*$/.test(Id)) {
          return yield* validation(
            `The value ${Id} for parameter ${at}Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`
          )
        }
        if (Expression !== undefined) return yield* unsupported("expressions")
        if (MetricStat === undefined) return yield* validation(`The parameter ${at}MetricStat is required.\n`)
        yield* checkPeriod(`${at}MetricStat.Period`, MetricStat.Period)
        if (!isStatistic(MetricStat.Stat)) return yield* unsupported(`the statistic ${MetricStat.Stat}`)
      }
      if (new Set(queries.map(({ Id }) => Id)).size < queries.length) {
        return yield* validation("The values for parameter id in MetricDataQueries are not unique.")
      }
      const stats = queries.map(({ MetricStat }) => MetricStat!)
      const label = ({ Metric, Period, Stat }: sdk.MetricStat) =>
        [
          Metric?.MetricName,
          ...(allSame(stats.map(({ Stat }) => Stat)) ? [] : [Stat]),
          ...(allSame(stats.map(({ Period }) => Period)) ? [] : [Period])
        ].join(" ")
      const results = queries.filter(({ ReturnData }) => ReturnData !== false).map(({ Id, Label, MetricStat }) => {
        const { Metric, Period, Stat, Unit } = MetricStat!
        const { Dimensions, MetricName, Namespace } = Metric ?? {}
        const buckets = bucketsOf(metrics.get(keyOf(Namespace, MetricName, Dimensions))?.samples ?? [], {
          start: StartTime.getTime(),
          end: EndTime.getTime(),
          period: Period!
        })
        const units = [...new Set(buckets.map(({ unit }) => unit))].sort()
        const points = buckets.filter(({ unit }) => unit === (Unit ?? units[0])).map((bucket) => ({
          time: bucket.time,
          value: bucket.statistics[Stat as Statistic]
        }))
        return {
          id: Id!,
          label: Label ?? label(MetricStat!),
          points: ScanBy === "TimestampAscending" ? points : points.toReversed(),
          messages: Unit === undefined && units.length > 1
            ? [{ Code: "MultipleUnits", Value: `Multiple units returned: '[${units.join(", ")}]'` }]
            : undefined
        }
      })
      const [page, token] = yield* context.page(
        results.flatMap(({ id, points }) => points.map((point, i) => ({ id, i, point }))),
        {
          token: NextToken,
          size: MaxDatapoints ?? limits.datapointsPage,
          key: ({ i, id }) =>
            [results.findIndex((result) => result.id === id), i].map((n) => String(n).padStart(9, "0")).join("/"),
          query: input,
          invalid: new Fault({ code: "InvalidNextToken", message: "The next token specified is invalid." })
        }
      )
      return {
        Messages: [],
        MetricDataResults: results.flatMap(({ id, label, messages, points }) => {
          const own = page.filter((point) => point.id === id)
          // Only the first page answers a query without points. Other queries are on the pages that have their points.
          if (own.length === 0 && (points.length > 0 || NextToken !== undefined)) return []
          return [{
            Id: id,
            Label: label,
            Timestamps: own.map(({ point }) => new Date(point.time)),
            Values: own.map(({ point }) => point.value),
            StatusCode: (own.at(-1)?.i ?? -1) === points.length - 1 ? "Complete" as const : "PartialData" as const,
            ...(messages !== undefined && { Messages: messages })
          }]
        }),
        NextToken: token
      }
    })
  }
})
