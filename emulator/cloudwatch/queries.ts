/** In-memory CloudWatch: the statistics of one metric over time. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import {
  bucketsOf,
  checkDimensions,
  checkPeriod,
  checkText,
  checkUnit,
  type CloudWatchHandlers,
  combination,
  invalid,
  limits,
  missing,
  samplesOf
} from "./state.ts"
import { compute, extended, isStatistic, statistics } from "./statistics.ts"

export const handlers: CloudWatchHandlers = {
  GetMetricStatistics: Effect.fnUntraced(function*(input, state) {
    const { Dimensions, EndTime, ExtendedStatistics = [], MetricName, Namespace, StartTime, Statistics = [] } = input
    yield* checkText("Namespace", Namespace, 255)
    yield* checkText("MetricName", MetricName, 255)
    yield* checkDimensions("", Dimensions)
    if (StartTime === undefined) return yield* missing("StartTime")
    if (EndTime === undefined) return yield* missing("EndTime")
    yield* checkPeriod("Period", input.Period)
    yield* checkUnit("Unit", input.Unit)
    if ((Statistics.length === 0) === (ExtendedStatistics.length === 0)) {
      return yield* combination("Must specify either Statistics or ExtendedStatistics")
    }
    for (const [i, name] of Statistics.entries()) {
      if (!isStatistic(name)) {
        return yield* invalid(
          `The parameter Statistics.member.${i + 1} must be a value in the set [ ${statistics.join(", ")} ].`
        )
      }
    }
    for (const [i, name] of ExtendedStatistics.entries()) {
      if (extended(name) === undefined) {
        return yield* invalid(`The value ${name} for parameter ExtendedStatistics.member.${i + 1} is invalid.`)
      }
    }
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
    const buckets = bucketsOf(samplesOf(state, input), range, yield* Clock.currentTimeMillis)
    const computed = (names: ReadonlyArray<string>, bucket: (typeof buckets)[number]) =>
      Object.fromEntries(names.flatMap((name) => {
        const value = compute(name)!(bucket)
        return value === undefined ? [] : [[name, value]]
      }))
    return {
      Label: MetricName,
      Datapoints: buckets.filter(({ unit }) => input.Unit === undefined || unit === input.Unit).flatMap((bucket) => {
        const extendedOnes = computed(ExtendedStatistics, bucket)
        // Percentiles can't be computed from a statistic set.
        if (ExtendedStatistics.length > 0 && Object.keys(extendedOnes).length === 0) return []
        return [{
          Timestamp: new Date(bucket.time),
          Unit: bucket.unit as sdk.StandardUnit,
          ...computed(Statistics, bucket),
          ...(ExtendedStatistics.length > 0 && { ExtendedStatistics: extendedOnes })
        }]
      })
    }
  })
}
