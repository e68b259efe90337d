/** In-memory CloudWatch: puts and lists metrics. */
import type * as sdk from "@aws-sdk/client-cloudwatch"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { canonical } from "../engine/input.ts"
import { Fault, type HandlerContext } from "../engine/service.ts"
import { evaluationAfter } from "./evaluation.ts"
import { setDue } from "./schedule.ts"
import {
  addSample,
  checkDimensions,
  checkNumbers,
  checkText,
  checkUnit,
  type CloudWatchHandlers,
  combination,
  invalid,
  keyOf,
  limits,
  missing,
  type Sample,
  type State,
  threeHours,
  twoHours,
  twoWeeks
} from "./state.ts"

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
  yield* checkUnit(`${at}Unit`, Unit)
  const time = Timestamp?.getTime() ?? now
  if (time < now - twoWeeks) {
    return yield* invalid(`The parameter ${at}Timestamp must specify a time within the past two weeks.`)
  }
  if (time > now + twoHours) {
    return yield* invalid(`The parameter ${at}Timestamp must specify a time no more than two hours in the future.`)
  }
  // A metric of standard resolution has data for whole minutes.
  const grain = StorageResolution === 1 ? 1_000 : 60_000
  const sample = { time: Math.floor(time / grain) * grain, unit: Unit }
  if (StatisticValues !== undefined) {
    const { Maximum: max, Minimum: min, SampleCount: count, Sum: sum } = StatisticValues
    for (const [name, value] of Object.entries({ SampleCount: count, Sum: sum, Minimum: min, Maximum: max })) {
      if (value === undefined) return yield* missing(`${at}StatisticValues.${name}`)
      yield* checkNumbers(`${at}StatisticValues.${name}`, [value])
    }
    if (!(count! > 0)) {
      return yield* invalid(`The value ${count} for parameter ${at}StatisticValues.SampleCount must be greater than 0.`)
    }
    if (min! > max!) {
      return yield* invalid(
        `The parameter ${at}StatisticValues.Maximum must not be less than ${at}StatisticValues.Minimum.`
      )
    }
    const values: Sample["values"] = min === max || count === 1 ? [[sum! / count!, count!]] : undefined
    return { ...sample, count: count!, sum: sum!, min: min!, max: max!, values }
  }
  const values = Values ?? [Value!]
  yield* checkNumbers(`${at}${Values === undefined ? "Value" : "Values"}`, values)
  if (values.length > limits.values) {
    return yield* invalid(`The collection ${at}Values must not have a size greater than ${limits.values}.`)
  }
  if (values.length === 0) return yield* missing(`${at}Value`)
  const counts = Counts ?? values.map(() => 1)
  yield* checkNumbers(`${at}Counts`, counts)
  const low = counts.find((count) => !(count > 0))
  if (low !== undefined) return yield* invalid(`The value ${low} for parameter ${at}Counts must be greater than 0.`)
  if (counts.length !== values.length) {
    return yield* invalid(`The parameters ${at}Values and ${at}Counts must be of the same size.`)
  }
  return {
    ...sample,
    count: counts.reduce((sum, count) => sum + count, 0),
    sum: values.reduce((sum, value, i) => sum + value * counts[i]!, 0),
    min: Math.min(...values),
    max: Math.max(...values),
    values: values.map((value, i) => [value, counts[i]!] as const)
  }
})

/** Has the alarms on these metrics evaluated at the next time, because they have new data. */
const lookAgain = (state: State, context: HandlerContext, keys: ReadonlyArray<string>, now: number): void => {
  if (state.watchers.size === 0) return
  for (const key of new Set([...keys, ""])) {
    for (const name of state.watchers.get(key) ?? []) {
      const alarm = state.alarms.get(name)
      if (alarm?.kind === "MetricAlarm") setDue(state, context, name, evaluationAfter(alarm, now))
    }
  }
}

export const handlers: CloudWatchHandlers = {
  PutMetricData: Effect.fnUntraced(function*(input, state, context) {
    const { metrics } = state
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
    if (Buffer.byteLength(canonical(input)) > limits.bytes) {
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
    const keys = data.map(({ Dimensions, MetricName }) => keyOf(namespace, MetricName, Dimensions))
    for (const [i, { Dimensions = [], MetricName: name = "" }] of data.entries()) {
      const key = keys[i]!
      const metric = metrics.get(key) ?? { namespace, name, dimensions: Dimensions, samples: new Map() }
      addSample(metric.samples, samples[i]!)
      metrics.set(key, metric)
    }
    lookAgain(state, context, keys, now)
    return {}
  }),

  ListMetrics: Effect.fnUntraced(function*(input, { metrics }, context) {
    const { Dimensions = [], MetricName, Namespace, NextToken, RecentlyActive } = input
    const since = (yield* Clock.currentTimeMillis) - (RecentlyActive === "PT3H" ? threeHours : twoWeeks)
    const found = [...metrics].filter(([, { dimensions, name, namespace, samples }]) =>
      (Namespace === undefined || Namespace === namespace) &&
      (MetricName === undefined || MetricName === name) &&
      [...samples.values()].some(({ time }) => time >= since) &&
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
  })
}
