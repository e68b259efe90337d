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
  /** The values with how often each occurs. A statistic set of several values doesn't reveal them. */
  readonly values: Array<readonly [value: number, count: number]> | undefined
}

/** The samples by time and unit. CloudWatch adds up the data for the same point in time. */
type Samples = Map<string, Sample>

export interface Metric {
  readonly namespace: string
  readonly name: string
  readonly dimensions: ReadonlyArray<sdk.Dimension>
  readonly samples: Samples
}

/** What alarms on metrics and composite alarms have in common. */
interface Stateful {
  readonly name: string
  readonly tags: ReadonlyArray<sdk.Tag>
  /** When it was last configured. */
  readonly configured: Date
  readonly state: sdk.StateValue
  readonly reason: string
  readonly reasonData: string | undefined
  /** When its state was last set, and when it last became another one. */
  readonly updated: Date
  readonly transitioned: Date
}

export interface MetricAlarm extends Stateful {
  readonly kind: "MetricAlarm"
  readonly settings: Partial<sdk.MetricAlarm>
}

export interface CompositeAlarm extends Stateful {
  readonly kind: "CompositeAlarm"
  readonly settings: Partial<sdk.CompositeAlarm> & { readonly AlarmRule: string }
  /** If it has yet to perform the actions of its state, because they are suppressed: the state before. */
  readonly pendingFrom: sdk.StateValue | undefined
  readonly suppressedBy: sdk.ActionsSuppressedBy | undefined
  /** When its period of suppression ends, in milliseconds. */
  readonly suppressedUntil: number | undefined
}

export type Alarm = MetricAlarm | CompositeAlarm

/** What happened to an alarm. */
export interface HistoryItem {
  /** They count up. */
  readonly id: number
  readonly alarm: string
  readonly kind: Alarm["kind"]
  readonly at: number
  readonly type: "ConfigurationUpdate" | "StateUpdate" | "Action"
  readonly summary: string
  readonly data: string
}

export interface Dashboard {
  readonly name: string
  readonly body: string
  readonly modified: Date
  readonly tags: ReadonlyArray<sdk.Tag>
}

export interface State {
  readonly metrics: Map<string, Metric>
  readonly alarms: Map<string, Alarm>
  /** The names of the composite alarms among them. */
  readonly composites: Set<string>
  /** The names of the alarms that watch a metric, by its key. Those whose query selects metrics are in the set of `""`. */
  readonly watchers: Map<string, Set<string>>
  /** When each alarm has to be looked at next, in milliseconds. An alarm at rest isn't in it. */
  readonly due: Map<string, number>
  /** When the timer of the alarms rings. */
  rings: number | undefined
  /** The oldest first. */
  readonly history: Array<HistoryItem>
  readonly dashboards: Map<string, Dashboard>
}

export const empty = (): State => ({
  metrics: new Map(),
  alarms: new Map(),
  composites: new Set(),
  watchers: new Map(),
  due: new Map(),
  rings: undefined,
  history: [],
  dashboards: new Map()
})

export type CloudWatchHandlers = Handlers<typeof sdk, State>

/** The states of alarms. */
export const states = ["INSUFFICIENT_DATA", "ALARM", "OK"]

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
    const members = [["Name", Name, 255], ["Value", Value, 1_024]] as const
    for (const [member, text, max] of members) {
      const parameter = `${at}Dimensions.member.${i + 1}.${member}`
      yield* checkText(parameter, text, max)
      if (!/^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/.test(text ?? "")) {
        return yield* invalid(`The value ${text} for parameter ${parameter} must contain only ASCII characters.`)
      }
    }
    if (Name?.startsWith(":") === true) {
      return yield* invalid(`The value ${Name} for parameter ${at}Dimensions.member.${i + 1}.Name is invalid.`)
    }
  }
  if (new Set(dimensions.map(({ Name }) => Name)).size < dimensions.length) {
    return yield* invalid("No metric may specify the same dimension name twice.")
  }
})

const units = [
  "Seconds Microseconds Milliseconds",
  "Bytes Kilobytes Megabytes Gigabytes Terabytes",
  "Bits Kilobits Megabits Gigabits Terabits",
  "Percent Count",
  "Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second",
  "Bits/Second Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second",
  "Count/Second None"
].flatMap((line) => line.split(" "))

export const checkUnit = (parameter: string, unit: string | undefined) =>
  unit === undefined || units.includes(unit)
    ? Effect.void
    : Effect.fail(invalid(`The parameter ${parameter} must be a value in the set [ ${units.join(", ")} ].`))

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

/** Adds a sample to those of its time and unit. Its list of values becomes theirs. */
export const addSample = (samples: Samples, { count, max, min, sum, time, unit, values }: Sample): void => {
  const key = `${time}/${unit}`
  const before = samples.get(key)
  // The list grows in place: a copy for each of many calls would take the square of the time.
  const all = before === undefined ? values : values && before.values
  if (before !== undefined && all !== undefined) { for (const value of values!) all.push(value) }
  samples.set(key, {
    time,
    unit,
    count: (before?.count ?? 0) + count,
    sum: (before?.sum ?? 0) + sum,
    min: Math.min(before?.min ?? Infinity, min),
    max: Math.max(before?.max ?? -Infinity, max),
    values: all
  })
}

/** The samples of a metric. */
export const samplesOf = (
  { metrics }: State,
  { Dimensions, MetricName, Namespace }: sdk.Metric
): ReadonlyArray<Sample> => [...metrics.get(keyOf(Namespace, MetricName, Dimensions))?.samples.values() ?? []]

/** How long CloudWatch keeps the data for periods of less than a number of seconds. */
const retention = [
  [60, threeHours],
  [300, Duration.toMillis("15 days")],
  [3_600, Duration.toMillis("63 days")],
  [Infinity, Duration.toMillis("455 days")]
] as const

/** The start of the first period of a range: periods count from the full minute of its start. */
export const firstOf = ({ period, start }: Range): number => {
  const grain = Math.min(period * 1_000, 60_000)
  return Math.floor(start / grain) * grain
}

/** Aggregates a range's samples by period and unit, the earliest first, as far as they are kept. */
export const bucketsOf = (samples: ReadonlyArray<Sample>, range: Range, now: number): ReadonlyArray<Sample> => {
  const { end, period } = range
  const length = period * 1_000
  const from = firstOf(range)
  const oldest = now - retention.find(([below]) => period < below)![1]
  const buckets: Samples = new Map()
  for (const sample of samples) {
    if (sample.time < from || sample.time >= end || sample.time < oldest) continue
    const values = sample.values && [...sample.values]
    addSample(buckets, { ...sample, values, time: from + Math.floor((sample.time - from) / length) * length })
  }
  return [...buckets.values()].sort((a, b) => a.time - b.time)
}
