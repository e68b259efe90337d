/** The state of the in-memory CloudWatch, its checks, and the statistics of its metrics. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Fault, type Handlers } from "../engine/service.ts"
import { checker } from "../support/constraints.ts"

/** The values of one point in time, in one unit. */
export interface Sample {
  readonly time: number
  readonly unit: string
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
}

/** The samples by time and unit. CloudWatch adds up the data for the same point in time. */
type Samples = Map<string, Sample>

export interface Metric {
  readonly namespace: string
  readonly name: string
  readonly dimensions: ReadonlyArray<sdk.Dimension>
  readonly samples: Samples
}

export interface Alarm {
  readonly name: string
  readonly settings: Partial<sdk.MetricAlarm>
  readonly tags: ReadonlyArray<sdk.Tag>
  /** When it was last configured. */
  readonly configured: Date
  readonly state: sdk.StateValue
  readonly reason: string
  readonly reasonData: string | undefined
  /** When its state was last set, and when it last became another one. */
  readonly updated: Date
  readonly transitioned: Date
  /** When it was last evaluated, in milliseconds. */
  readonly evaluated: number
}

export interface State {
  readonly metrics: Map<string, Metric>
  readonly alarms: Map<string, Alarm>
}

export type CloudWatchHandlers = Handlers<typeof sdk, State>

export const limits = {
  data: 1_000,
  bytes: 1_048_576,
  dimensions: 30,
  values: 150,
  value: 2 ** 360,
  datapoints: 1_440,
  queries: 500,
  metricsPage: 500,
  alarmsPage: 100,
  datapointsPage: 100_800
}
export const twoWeeks = Duration.toMillis("14 days")
export const twoHours = Duration.toMillis("2 hours")
export const threeHours = Duration.toMillis("3 hours")

export const missing = (parameter: string) =>
  new Fault({ code: "MissingParameter", message: `The parameter ${parameter} is required.` })
export const invalid = (message: string) => new Fault({ code: "InvalidParameterValue", message })
export const combination = (message: string) => new Fault({ code: "InvalidParameterCombination", message })
export const validation = (message: string) => new Fault({ code: "ValidationError", message })

/** Checks the inputs of alarm operations. The other operations have different messages. */
export const check = checker({ code: "ValidationError" })

export const statistics = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] as const
export type Statistic = (typeof statistics)[number]

export const isStatistic = (name: string | undefined): name is Statistic => statistics.includes(name as Statistic)

export const keyOf = (
  namespace: string | undefined,
  name: string | undefined,
  dimensions: ReadonlyArray<sdk.Dimension> = []
): string => JSON.stringify([namespace, name, dimensions.map(({ Name, Value }) => [Name, Value]).sort()])

export const checkText = (parameter: string, value: string | undefined, max: number) =>
  value === undefined
    ? Effect.fail(missing(parameter))
    : value.length < 1 || value.length > max
    ? Effect.fail(invalid(`The value ${value} for parameter ${parameter} is invalid.`))
    : Effect.void

export const checkDimensions = Effect.fnUntraced(function*(at: string, dimensions: ReadonlyArray<sdk.Dimension> = []) {
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

export const checkNumbers = (parameter: string, numbers: ReadonlyArray<number | undefined>) => {
  const bad = numbers.find((value) => value === undefined || !(Math.abs(value) <= limits.value))
  return numbers.length > 0 && numbers.includes(bad)
    ? Effect.fail(invalid(`The value ${bad} for parameter ${parameter} is invalid.`))
    : Effect.void
}

export const checkPeriod = (parameter: string, period: number | undefined) =>
  period === undefined
    ? Effect.fail(missing(parameter))
    : [1, 5, 10, 20, 30].includes(period) || (period >= 60 && period % 60 === 0)
    ? Effect.void
    : Effect.fail(invalid(`The parameter ${parameter} must be 1, 5, 10, 20, 30 or a multiple of 60.`))

export interface Range {
  readonly start: number
  readonly end: number
  /** Seconds. */
  readonly period: number
}

export interface Bucket {
  readonly time: number
  readonly unit: string
  readonly statistics: Readonly<Record<Statistic, number>>
}

export const addSample = (samples: Samples, { count, max, min, sum, time, unit }: Sample): void => {
  const key = `${time}/${unit}`
  const before = samples.get(key)
  samples.set(key, {
    time,
    unit,
    count: (before?.count ?? 0) + count,
    sum: (before?.sum ?? 0) + sum,
    min: Math.min(before?.min ?? Infinity, min),
    max: Math.max(before?.max ?? -Infinity, max)
  })
}

/** The samples of a metric. */
export const samplesOf = (
  { metrics }: State,
  { Dimensions, MetricName, Namespace }: sdk.Metric
): ReadonlyArray<Sample> => [...metrics.get(keyOf(Namespace, MetricName, Dimensions))?.samples.values() ?? []]

/** Aggregates a range's samples by period and unit, the earliest first. Periods count from the full minute of its start. */
export const bucketsOf = (samples: ReadonlyArray<Sample>, { end, period, start }: Range): ReadonlyArray<Bucket> => {
  const length = period * 1_000
  const grain = Math.min(length, 60_000)
  const from = Math.floor(start / grain) * grain
  const buckets: Samples = new Map()
  for (const sample of samples) {
    if (sample.time < from || sample.time >= end) continue
    addSample(buckets, { ...sample, time: from + Math.floor((sample.time - from) / length) * length })
  }
  return [...buckets.values()].sort((a, b) => a.time - b.time).map(({ count, max, min, sum, time, unit }) => ({
    time,
    unit,
    statistics: { SampleCount: count, Average: sum / count, Sum: sum, Minimum: min, Maximum: max }
  }))
}
