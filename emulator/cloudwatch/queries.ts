/** In-memory CloudWatch: the statistics of metrics over time. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import {
  bucketsOf,
  checkDimensions,
  checkPeriod,
  checkText,
  type CloudWatchHandlers,
  combination,
  invalid,
  isStatistic,
  limits,
  missing,
  samplesOf,
  type Statistic,
  validation
} from "./state.ts"

const notComputed = (what: string) =>
  unsupported(
    `The in-memory CloudWatch doesn't compute ${what}. Add a handler that does: InMemory.handle(GetMetricDataCommand, …).`
  )

const allSame = (values: ReadonlyArray<unknown>) => new Set(values).size <= 1

export const handlers: CloudWatchHandlers = {
  GetMetricStatistics: Effect.fnUntraced(function*(input, state) {
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
    if (ExtendedStatistics.length > 0) return yield* notComputed("percentiles")
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
    const buckets = bucketsOf(samplesOf(state, input), range)
    return {
      Label: MetricName,
      Datapoints: buckets.filter(({ unit }) => input.Unit === undefined || unit === input.Unit).map((bucket) => ({
        Timestamp: new Date(bucket.time),
        Unit: bucket.unit as sdk.StandardUnit,
        ...Object.fromEntries(Statistics.map((name) => [name, bucket.statistics[name as Statistic]]))
      }))
    }
  }),

  GetMetricData: Effect.fnUntraced(function*(input, state, context) {
    const { EndTime, MaxDatapoints, MetricDataQueries: queries = [], NextToken, ScanBy, StartTime } = input
    if (queries.length === 0) return yield* missing("MetricDataQueries")
    if (queries.length > limits.queries) {
      return yield* validation(
        `The collection MetricDataQueries must not have a size greater than ${limits.queries}.`
      )
    }
    if (StartTime === undefined) return yield* missing("StartTime")
    if (EndTime === undefined) return yield* missing("EndTime")
    if (MaxDatapoints !== undefined && !(MaxDatapoints >= 1 && MaxDatapoints <= limits.datapointsPage)) {
      return yield* validation(`The value ${MaxDatapoints} for parameter MaxDatapoints is invalid.`)
    }
    if (StartTime.getTime() === EndTime.getTime()) {
      return yield* validation("The parameter StartTime must not equal parameter EndTime.")
    }
    if (StartTime.getTime() > EndTime.getTime()) {
      return yield* validation("The parameter EndTime must be greater than StartTime.")
    }
    for (const [i, { Expression, Id, Label, MetricStat }] of queries.entries()) {
      const at = `MetricDataQueries.member.${i + 1}.`
      if (Id === undefined) return yield* missing(`${at}Id`)
      if (!/^[a-z][a-zA-Z0-9_]*$/.test(Id)) {
        return yield* validation(
          `The value ${Id} for parameter ${at}Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`
        )
      }
      if (Label?.includes("${") === true) return yield* notComputed("dynamic labels")
      if (Expression !== undefined) return yield* notComputed("expressions")
      if (MetricStat === undefined) return yield* validation(`The parameter ${at}MetricStat is required.\n`)
      yield* checkPeriod(`${at}MetricStat.Period`, MetricStat.Period)
      if (!isStatistic(MetricStat.Stat)) return yield* notComputed(`the statistic ${MetricStat.Stat}`)
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
      const buckets = bucketsOf(samplesOf(state, Metric ?? {}), {
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
        // The first page has the queries without points. Other queries are on the pages that have their points.
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
