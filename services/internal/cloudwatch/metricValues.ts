// The values of an interval, from the states of a histogram or a summary at its start and its end.
import type { MetricDatum } from "@aws-sdk/client-cloudwatch"
import type * as Metric from "effect/Metric"
import { limits } from "./metricNames.ts"

/** The part of a datum that has its values. */
export type Values = Pick<MetricDatum, "Value" | "Values" | "Counts" | "StatisticValues">

/** How many values of an interval lie between two bounds. */
interface Bucket {
  readonly low: number
  readonly high: number
  readonly count: number
}

/** The number of values in each bucket. The last one has what is above all bounds. */
const countsOf = ({ buckets, count }: Metric.HistogramState): ReadonlyArray<number> => {
  const below = buckets.map(([, cumulated]) => cumulated)
  return [...below, count].map((cumulated, i) => cumulated - (below[i - 1] ?? 0))
}

/**
 * The buckets that have values of the interval. A histogram knows only the least and the greatest value of all time, which
 * narrow the first and the last bucket.
 */
const bucketsOf = (
  state: Metric.HistogramState,
  before: Metric.HistogramState | undefined
): ReadonlyArray<Bucket> => {
  const earlier = before && countsOf(before)
  const bound = (i: number) => state.buckets[i]?.[0]
  return countsOf(state).flatMap((count, i) => {
    const added = count - (earlier?.[i] ?? 0)
    const low = Math.max(bound(i - 1) ?? -Infinity, state.min)
    return added > 0 ? [{ low, high: Math.max(low, Math.min(bound(i) ?? Infinity, state.max)), count: added }] : []
  })
}

/**
 * A value for each bucket, so that they add up to the sum. Each lies in its bucket, at the same share of the way from its
 * lower to its upper bound. There is always such a share, because the observed values lie in their buckets, too.
 */
const distributionOf = (buckets: ReadonlyArray<Bucket>, sum: number): ReadonlyArray<readonly [number, number]> => {
  const total = buckets.reduce((all, { count }) => all + count, 0)
  if (buckets.length === 1) return [[sum / total, total]]
  const least = buckets.reduce((all, { count, low }) => all + count * low, 0)
  const most = buckets.reduce((all, { count, high }) => all + count * high, 0)
  const share = most > least ? Math.min(Math.max((sum - least) / (most - least), 0), 1) : 0
  const values = new Map<number, number>()
  for (const { count, high, low } of buckets) {
    const value = small(low + share * (high - low))
    values.set(value, (values.get(value) ?? 0) + count)
  }
  return [...values]
}

/** CloudWatch doesn't promise to accept numbers that are closer to 0 than this. */
const small = (value: number): number => Math.abs(value) < 1 / limits.number ? 0 : value

const isNumber = (value: number): boolean => Math.abs(value) <= limits.number

/** One value; `undefined` if CloudWatch doesn't accept it. */
export const valueOf = (value: number): Values | undefined => isNumber(value) ? { Value: small(value) } : undefined

const statisticsOf = (SampleCount: number, sum: number, min: number, max: number): Values | undefined =>
  [sum, min, max].every(isNumber)
    ? { StatisticValues: { SampleCount, Sum: small(sum), Minimum: small(min), Maximum: small(max) } }
    : undefined

/**
 * The values that a histogram got since its earlier state, in as many data as it takes if one has so many values at most.
 * `undefined` if CloudWatch doesn't accept them.
 */
export const histogramValues = (
  state: Metric.HistogramState,
  before: Metric.HistogramState | undefined,
  as: "distribution" | "statistics",
  atMost: number
): ReadonlyArray<Values> | undefined => {
  const buckets = bucketsOf(state, before)
  const [first, last] = [buckets[0], buckets.at(-1)]
  if (first === undefined || last === undefined) return []
  const sum = state.sum - (before?.sum ?? 0)
  const count = buckets.reduce((all, { count }) => all + count, 0)
  if (count === 1 || as === "statistics") {
    const values = count === 1 ? valueOf(sum) : statisticsOf(count, sum, first.low, last.high)
    return values && [values]
  }
  const distribution = distributionOf(buckets, sum)
  if (!distribution.every(([value]) => isNumber(value))) return undefined
  return Array.from({ length: Math.ceil(distribution.length / atMost) }, (_, i) => {
    const part = distribution.slice(i * atMost, (i + 1) * atMost)
    return { Values: part.map(([value]) => value), Counts: part.map(([, count]) => count) }
  })
}

/** The count and the sum of what a summary got since its earlier state, within the least and greatest value of all time. */
export const summaryValues = (
  { count, max, min, sum }: Metric.SummaryState,
  before: Metric.SummaryState | undefined
): Values | undefined => {
  const added = sum - (before?.sum ?? 0)
  const samples = count - (before?.count ?? 0)
  return samples === 1 ? valueOf(added) : statisticsOf(samples, added, min, max)
}
