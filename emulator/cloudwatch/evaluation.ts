/**
 * In-memory CloudWatch: evaluates alarms against their metrics.
 *
 * CloudWatch evaluates an alarm every minute, or every ten seconds if its period is shorter than a minute. Here, it is evaluated at
 * those of these times at which its state could change.
 */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Effect from "effect/Effect"
import { solver } from "./data.ts"
import { isInsights } from "./insights.ts"
import { bucketsOf, keyOf, type Metric, type MetricAlarm, samplesOf, type State } from "./state.ts"
import { compute } from "./statistics.ts"

/** How many periods CloudWatch looks at beyond those that it evaluates, in search of data. */
const spare = 2

interface Point {
  readonly start: number
  readonly value: number
  /** How many samples it has, if it is of one metric. */
  readonly count: number | undefined
}

/** A state, and why an alarm is in it. */
export type Outcome = Pick<MetricAlarm, "reason" | "reasonData" | "state">

const comparisons: Readonly<
  Record<string, readonly [words: string, breaches: (value: number, threshold: number) => boolean]>
> = {
  GreaterThanOrEqualToThreshold: ["greater than or equal to", (value, threshold) => value >= threshold],
  GreaterThanThreshold: ["greater than", (value, threshold) => value > threshold],
  LessThanThreshold: ["less than", (value, threshold) => value < threshold],
  LessThanOrEqualToThreshold: ["less than or equal to", (value, threshold) => value <= threshold]
}

/** The comparisons with a fixed threshold. */
export const operators = Object.keys(comparisons)

/** A number as CloudWatch writes it: with a decimal point. */
const number = (value: number) => Number.isInteger(value) ? value.toFixed(1) : String(value)

const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`

const were = (count: number) => count === 1 ? "was" : "were"

/** How reasons name what missing datapoints count as. */
const treatments: Readonly<Record<string, string>> = { breaching: "Breaching", notBreaching: "NonBreaching" }

/** `02/05/19 16:59:00` */
const shortDate = (millis: number) => {
  const [date = "", time = ""] = new Date(millis).toISOString().split("T")
  return `${date.slice(2).split("-").toReversed().join("/")} ${time.slice(0, 8)}`
}

export const longDate = (millis: number) => new Date(millis).toISOString().replace("Z", "+0000")

/** The query whose data an alarm watches, if it watches one of several. */
const watchedOf = ({ Metrics }: MetricAlarm["settings"]) => Metrics?.find(({ ReturnData }) => ReturnData !== false)

/** The period of an alarm, in seconds: that of its metric, or of the data that it watches. */
export const periodOf = (settings: MetricAlarm["settings"]): number => {
  const { Metrics = [], Period } = settings
  const watched = watchedOf(settings)
  return Period ?? watched?.MetricStat?.Period ?? watched?.Period ??
    Metrics.flatMap(({ MetricStat }) => MetricStat?.Period ?? [])[0] ?? 60
}

/** The metrics that an alarm depends on. `undefined` if a query selects them. */
const metricsOf = ({ settings }: MetricAlarm): ReadonlyArray<sdk.Metric> | undefined =>
  settings.Metrics === undefined
    ? [settings]
    : settings.Metrics.some(({ Expression = "" }) => isInsights(Expression))
    ? undefined
    : settings.Metrics.flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])

/** The data of the periods that end at this time or before, the earliest first. */
const pointsAt = Effect.fnUntraced(function*(
  state: State,
  alarm: MetricAlarm,
  at: number
): Effect.fn.Return<ReadonlyArray<Point>> {
  const { EvaluationPeriods = 1, ExtendedStatistic, Metrics, Statistic = "", Unit } = alarm.settings
  const period = periodOf(alarm.settings)
  const range = { start: at - (EvaluationPeriods + spare) * period * 1_000, end: at }
  const watched = watchedOf(alarm.settings)
  if (Metrics !== undefined && watched !== undefined) {
    // It was computed once when the alarm was configured, so an error now is one of the emulator.
    const [result] = yield* Effect.orDie(solver(state, Metrics, range, at)(watched))
    return Array.from(result?.series.points ?? [], ([start, value]) => ({ start, value, count: undefined }))
      .slice(-EvaluationPeriods)
  }
  const statistic = compute(ExtendedStatistic ?? Statistic)!
  const buckets = bucketsOf(samplesOf(state, alarm.settings), { ...range, period }, at)
  const unit = Unit ?? buckets.map(({ unit }) => unit).sort()[0]
  return buckets.filter((bucket) => bucket.unit === unit).flatMap((bucket) => {
    const value = statistic(bucket)
    return value === undefined ? [] : [{ start: bucket.time, value, count: bucket.count }]
  }).slice(-EvaluationPeriods)
})

/** The state according to the data. `undefined` if the state doesn't change. */
const judge = (alarm: MetricAlarm, points: ReadonlyArray<Point>): sdk.StateValue | undefined => {
  const { ComparisonOperator = "", EvaluationPeriods = 1, Threshold = 0, TreatMissingData } = alarm.settings
  const needed = alarm.settings.DatapointsToAlarm ?? EvaluationPeriods
  const breaching = points.filter(({ value }) => comparisons[ComparisonOperator]![1](value, Threshold)).length
  const missing = EvaluationPeriods - points.length
  if (breaching >= needed) return "ALARM"
  if (breaching + missing < needed) return "OK"
  switch (TreatMissingData) {
    case "breaching":
      return "ALARM"
    case "notBreaching":
      return "OK"
    case "ignore":
      return breaching < points.length ? "OK" : undefined
    default:
      return points.length === 0 ? "INSUFFICIENT_DATA" : breaching < points.length ? "OK" : "ALARM"
  }
}

const describe = (
  alarm: MetricAlarm,
  points: ReadonlyArray<Point>,
  state: sdk.StateValue,
  at: number
): Outcome => {
  const {
    ComparisonOperator = "",
    DatapointsToAlarm,
    EvaluationPeriods = 1,
    ExtendedStatistic,
    Metrics,
    Statistic,
    Threshold = 0,
    TreatMissingData,
    Unit
  } = alarm.settings
  const start = points[0]?.start
  const evaluated = points.toReversed().map(({ count, start, value }) => {
    const samples = count === undefined ? "" : `"sampleCount":${number(count)},`
    return `{"timestamp":"${longDate(start)}",${samples}"value":${number(value)}}`
  })
  const reasonData = "{" + [
    `"version":"1.0"`,
    `"queryDate":"${longDate(at)}"`,
    ...(start === undefined ? [] : [`"startDate":"${longDate(start)}"`]),
    ...(Unit === undefined ? [] : [`"unit":"${Unit}"`]),
    // An alarm on queries has no statistic of its own.
    ...(Metrics === undefined ? [`"statistic":"${ExtendedStatistic ?? Statistic}"`] : []),
    `"period":${periodOf(alarm.settings)}`,
    `"recentDatapoints":[${points.map(({ value }) => number(value)).join(",")}]`,
    `"threshold":${number(Threshold)}`,
    `"evaluatedDatapoints":[${evaluated.join(",")}]`
  ].join(",") + "}"
  if (state === "INSUFFICIENT_DATA") {
    const count = plural(EvaluationPeriods, "datapoint")
    return { state, reasonData, reason: `Insufficient Data: ${count} ${were(EvaluationPeriods)} unknown.` }
  }
  const [words, breaches] = comparisons[ComparisonOperator]!
  const deciding = points.filter(({ value }) => breaches(value, Threshold) === (state === "ALARM"))
  const unknown = EvaluationPeriods - points.length
  const treatment = TreatMissingData === undefined ? undefined : treatments[TreatMissingData]
  const missing = unknown === 0 || treatment === undefined
    ? ""
    : ` and ${plural(unknown, "missing datapoint")} ${were(unknown)} treated as [${treatment}]`
  if (deciding.length === 0) {
    const received = points.length === 0 ? "no datapoints" : plural(points.length, "datapoint")
    const periods = plural(EvaluationPeriods, "period")
    return {
      state,
      reasonData,
      reason: `Threshold Crossed: ${received} ${were(points.length)} received for ${periods}${missing}.`
    }
  }
  // The latest datapoint comes first.
  const shown = deciding.toReversed().map(({ start, value }) => `${number(value)} (${shortDate(start)})`).join(", ")
  const verb = `${were(deciding.length)} ${state === "ALARM" ? "" : "not "}`
  const needed = DatapointsToAlarm ?? EvaluationPeriods
  const [minimum, transition] = state === "ALARM"
    ? [needed, "OK -> ALARM"]
    : [EvaluationPeriods - needed + 1, "ALARM -> OK"]
  // An alarm that says how many datapoints it needs names that number, and a transition from the opposite state.
  const [count, condition] = DatapointsToAlarm === undefined
    ? [plural(deciding.length, "datapoint"), ""]
    : [
      `${deciding.length} out of the last ${EvaluationPeriods} datapoints`,
      ` (minimum ${plural(minimum, "datapoint")} for ${transition} transition)`
    ]
  const threshold = `the threshold (${number(Threshold)})`
  return {
    state,
    reasonData,
    reason: `Threshold Crossed: ${count} [${shown}] ${verb}${words} ${threshold}${missing}${condition}.`
  }
}

/** The state that an alarm gets at this time. `undefined` if it keeps its state. */
export const evaluate = Effect.fnUntraced(function*(state: State, alarm: MetricAlarm, at: number) {
  const points = yield* pointsAt(state, alarm, at)
  const next = judge(alarm, points)
  return next === undefined || next === alarm.state ? undefined : describe(alarm, points, next, at)
})

/** How often CloudWatch evaluates an alarm, in milliseconds. */
const stepOf = (period: number) => period < 60 ? 10_000 : 60_000

/** The first evaluation after this time. */
export const evaluationAfter = ({ settings }: MetricAlarm, at: number): number => {
  const step = stepOf(periodOf(settings))
  return (Math.floor(at / step) + 1) * step
}

/**
 * The first evaluation after this time that could come to another state because time passes. `undefined` if none could: all data
 * have been looked at for the last time.
 *
 * Periods are counted back from the evaluation, so a sample counts from the first evaluation after it, moves to another period when
 * a whole number of periods has passed, and is too old in the end.
 */
export const nextEvaluation = (state: State, alarm: MetricAlarm, after: number): number | undefined => {
  const { EvaluationPeriods = 1, Metrics } = alarm.settings
  const period = periodOf(alarm.settings)
  const length = period * 1_000
  const periods = EvaluationPeriods + spare
  const step = stepOf(period)
  const samples = (metricsOf(alarm) ?? [...state.metrics.values()].map(toMetric)).flatMap((one) =>
    samplesOf(state, one)
  )
  if (Metrics !== undefined || period < 60) {
    // Other periods than that of the alarm may matter here, so each evaluation could come to another state.
    const last = samples.reduce((last, { time }) => Math.max(last, time), -Infinity) + periods * length + step
    const next = evaluationAfter(alarm, after)
    return next <= last ? next : undefined
  }
  let next = Infinity
  for (const { time } of samples) {
    if (time + periods * length + step <= after) continue
    let passed = Math.max(0, Math.floor((after - time) / length) - 1)
    while (passed <= periods && evaluationAfter(alarm, time + passed * length) <= after) passed++
    if (passed <= periods) next = Math.min(next, evaluationAfter(alarm, time + passed * length))
  }
  return next === Infinity ? undefined : next
}

const toMetric = ({ dimensions, name, namespace }: Metric): sdk.Metric => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: [...dimensions]
})

/** The keys of the metrics that an alarm depends on. If a query selects them, it is the key of none: `""`. */
export const watchedBy = (alarm: MetricAlarm): ReadonlyArray<string> =>
  metricsOf(alarm)?.map((one) => keyOf(one.Namespace, one.MetricName, one.Dimensions)) ?? [""]
