/** In-memory CloudWatch: GetMetricData, which answers queries for metrics and expressions on them. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault } from "../engine/service.ts"
import { inExpression, readExpression } from "./expressions.ts"
import { isInsights, runInsights } from "./insights.ts"
import { fillLabel } from "./labels.ts"
import { evaluate, isList, isSeries, type Series, type Value } from "./math.ts"
import {
  bucketsOf,
  checkDimensions,
  checkPeriod,
  checkUnit,
  type CloudWatchHandlers,
  limits,
  missing,
  samplesOf,
  type State,
  validation
} from "./state.ts"
import { compute } from "./statistics.ts"

type Query = sdk.MetricDataQuery

/** Checks a query. `at` is its place in the request. */
export const checkQuery = Effect.fnUntraced(function*(at: string, query: Query) {
  const { Expression, Id, MetricStat } = query
  if (Id === undefined) return yield* missing(`${at}Id`)
  if (!/^[a-z][a-zA-Z0-9_]*$/.test(Id)) {
    return yield* validation(
      `The value ${Id} for parameter ${at}Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`
    )
  }
  if (Expression !== undefined && MetricStat !== undefined) {
    return yield* validation(
      `The parameters ${at}MetricStat and ${at}Expression are mutually exclusive and you have specified both.`
    )
  }
  if (Expression !== undefined) {
    if (Expression.length < 1 || Expression.length > 2_048) {
      return yield* validation(`The value of parameter ${at}Expression must have a length from 1 to 2048.`)
    }
    if (query.Period !== undefined) yield* checkPeriod(`${at}Period`, query.Period)
    else if (isInsights(Expression)) return yield* validation(`The parameter ${at}Period is required.`)
    return
  }
  if (MetricStat === undefined) return yield* validation(`The parameter ${at}MetricStat is required.\n`)
  const { Metric, Period, Stat, Unit } = MetricStat
  yield* checkPeriod(`${at}MetricStat.Period`, Period)
  yield* checkUnit(`${at}MetricStat.Unit`, Unit)
  yield* checkDimensions(`${at}MetricStat.Metric.`, Metric?.Dimensions)
  if (compute(Stat ?? "") === undefined) {
    return yield* validation(`The value ${Stat} for parameter ${at}MetricStat.Stat is not supported.`)
  }
})

const checkInput = Effect.fnUntraced(function*(input: sdk.GetMetricDataInput) {
  const { EndTime, MaxDatapoints, MetricDataQueries: queries = [], StartTime } = input
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
  const range = { start: StartTime.getTime(), end: EndTime.getTime() }
  if (range.start === range.end) {
    return yield* validation("The parameter StartTime must not equal parameter EndTime.")
  }
  if (range.start > range.end) {
    return yield* validation("The parameter EndTime must be greater than StartTime.")
  }
  for (const [i, query] of queries.entries()) yield* checkQuery(`MetricDataQueries.member.${i + 1}.`, query)
  if (new Set(queries.map(({ Id }) => Id)).size < queries.length) {
    return yield* validation("The values for parameter id in MetricDataQueries are not unique.")
  }
  return { queries, range }
})

const allSame = (values: ReadonlyArray<unknown>) => new Set(values).size <= 1

/** The usual labels of metrics: their names, and what else tells them apart. */
const usualLabels = (queries: ReadonlyArray<Query>) => {
  const stats = queries.flatMap(({ MetricStat }) => MetricStat ?? [])
  return ({ Metric, Period, Stat }: sdk.MetricStat): string =>
    [
      Metric?.MetricName,
      ...(allSame(stats.map(({ Stat }) => Stat)) ? [] : [Stat]),
      ...(allSame(stats.map(({ Period }) => Period)) ? [] : [Period])
    ].join(" ")
}

/** The series of a metric, and a message if it has several units, of which the series is one. */
const metricOf = (
  state: State,
  { Metric, Period = 60, Stat = "", Unit }: sdk.MetricStat,
  label: string,
  range: { readonly start: number; readonly end: number },
  now: number
) => {
  const buckets = bucketsOf(samplesOf(state, Metric ?? {}), { ...range, period: Period }, now)
  const units = [...new Set(buckets.map(({ unit }) => unit))].sort()
  const points = new Map(
    buckets.filter(({ unit }) => unit === (Unit ?? units[0])).flatMap((bucket) => {
      const value = compute(Stat)!(bucket)
      return value === undefined ? [] : [[bucket.time, value] as const]
    })
  )
  return {
    series: { label, period: Period, points },
    messages: Unit === undefined && units.length > 1
      ? [{ Code: "MultipleUnits", Value: `Multiple units returned: '[${units.join(", ")}]'` }]
      : undefined
  }
}

interface Result {
  readonly series: Series
  readonly messages: Array<sdk.MessageData> | undefined
}

/** Answers each query once, also those that only other queries refer to. */
export const solver = (
  state: State,
  queries: ReadonlyArray<Query>,
  range: { readonly start: number; readonly end: number },
  now: number
) => {
  const labelOf = usualLabels(queries)
  const values = new Map<string, Value>()
  const messages = new Map<string, Array<sdk.MessageData> | undefined>()
  const open = new Set<string>()

  const solve = Effect.fnUntraced(function*(from: string, id: string): Effect.fn.Return<Value, Fault> {
    const known = values.get(id)
    if (known !== undefined) return known
    const query = queries.find(({ Id }) => Id === id)
    if (query === undefined) return yield* inExpression(from, `Unknown identifier ${id}`)
    if (open.has(id)) return yield* inExpression(from, "The expression refers to itself")
    open.add(id)
    const value = yield* answer(query)
    open.delete(id)
    values.set(id, value)
    return value
  })

  const answer = Effect.fnUntraced(function*({ Expression, Id = "", Label, MetricStat, Period = 60 }: Query) {
    if (MetricStat !== undefined) {
      const usual = labelOf(MetricStat)
      const label = yield* fillLabel(Label ?? "${LABEL}", usual, MetricStat)
      const { messages: own, series } = metricOf(state, MetricStat, label, range, now)
      messages.set(Id, own)
      return series
    }
    const expression = Expression!
    if (isInsights(expression)) return yield* runInsights(Id, expression, state, { ...range, period: Period }, now)
    const metrics = queries.filter(({ MetricStat }) => MetricStat !== undefined)
    return yield* evaluate(yield* readExpression(Id, expression), {
      ...range,
      id: Id,
      now,
      query: (id) => solve(Id, id),
      metrics: (part) =>
        Effect.forEach(
          metrics.filter(({ Id: id = "" }) => id.includes(part)),
          ({ Id: id = "" }) => Effect.map(solve(Id, id), (value) => value as Series)
        )
    })
  })

  /** The time series that a query answers, with their labels. A query for others to refer to may also be a number. */
  return Effect.fnUntraced(function*({ Expression, Id = "", Label, ReturnData }: Query): Effect.fn.Return<
    ReadonlyArray<Result>,
    Fault
  > {
    const value = yield* solve(Id, Id)
    if (ReturnData === false) return []
    if (isSeries(value)) {
      const label = Expression === undefined ? value.label : yield* fillLabel(Label ?? Id, Id, undefined)
      return [{ series: { ...value, label }, messages: messages.get(Id) }]
    }
    if (!isList(value)) return yield* inExpression(Id, "The result isn't a time series or an array of time series")
    return yield* Effect.forEach(value, (series) => {
      const own = series.label === Id ? Label ?? Id : Label === undefined ? series.label : `${Label} ${series.label}`
      return Effect.map(fillLabel(own, series.label, undefined), (label) => ({
        series: { ...series, label },
        messages: undefined
      }))
    })
  })
}

export const handlers: CloudWatchHandlers = {
  GetMetricData: Effect.fnUntraced(function*(input, state, context) {
    const { MaxDatapoints, NextToken, ScanBy } = input
    const { queries, range } = yield* checkInput(input)
    const solve = solver(state, queries, range, yield* Clock.currentTimeMillis)
    const solved = yield* Effect.forEach(
      queries,
      (query) => Effect.map(solve(query), (all) => all.map((one) => ({ id: query.Id!, ...one })))
    )
    const results = solved.flat().map((result, position) => {
      const points = Array.from(result.series.points, ([time, value]) => ({ time, value }))
      return { ...result, position, points: ScanBy === "TimestampAscending" ? points : points.toReversed() }
    })
    const [page, token] = yield* context.page(
      results.flatMap(({ points, position }) => points.map((point, i) => ({ i, point, position }))),
      {
        token: NextToken,
        size: MaxDatapoints ?? limits.datapointsPage,
        key: ({ i, position }) => [position, i].map((n) => String(n).padStart(9, "0")).join("/"),
        query: input,
        invalid: new Fault({ code: "InvalidNextToken", message: "The next token specified is invalid." })
      }
    )
    return {
      Messages: [],
      MetricDataResults: results.flatMap(({ id, messages, points, position, series }) => {
        const own = page.filter((point) => point.position === position)
        // The first page has the queries without points. Other queries are on the pages that have their points.
        if (own.length === 0 && (points.length > 0 || NextToken !== undefined)) return []
        return [{
          Id: id,
          Label: series.label,
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
