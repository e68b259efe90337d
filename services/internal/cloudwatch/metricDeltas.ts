// What Effect's metrics did since they were last put.
import type { MetricDatum } from "@aws-sdk/client-cloudwatch"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import { constVoid } from "effect/Function"
import * as Metric from "effect/Metric"
import { shorten } from "../../../errors/internal/shorten.ts"
import { identityOf } from "./metricNames.ts"
import type { Settings } from "./metricOptions.ts"
import { histogramValues, summaryValues, valueOf, type Values } from "./metricValues.ts"
import type { Group } from "./put.ts"

/** Data that are put or not put together. */
export interface Delta extends Group {
  /** The name of the metric, for the log. */
  readonly metric: string
  /** Its data are put: they aren't part of what comes next. */
  readonly commit: () => void
  /** CloudWatch will never accept it: leave it out from now on. */
  readonly refuse: () => void
}

export interface Deltas {
  /** Takes the present state as put. */
  readonly skip: () => void
  /** What isn't put yet. Nothing of it counts as put before its `commit`. */
  readonly collect: () => {
    readonly deltas: ReadonlyArray<Delta>
    /** What can't be put as it is. Each is here once, not with every collection. */
    readonly problems: ReadonlyArray<string>
  }
}

type Metadata = Metric.Metric.Metadata<unknown, Metric.Metric.Snapshot["state"]>

/** What is known of a metric with its attributes. The registry has a new one if it's removed and comes back. */
interface Series {
  /** The state that is put; `undefined` before the first. */
  count: number | bigint | undefined
  histogram: Metric.HistogramState | undefined
  summary: Metric.SummaryState | undefined
  readonly occurrences: Map<string, number>
  /** The parts that CloudWatch refuses, by the value of their extra dimension. */
  readonly refused: Set<string>
}

/** A part of a metric that has an extra dimension of its own, or none. */
interface Part {
  readonly extra?: readonly [name: string, value: string]
  /** `undefined` if CloudWatch doesn't accept them. */
  readonly values: ReadonlyArray<Values> | undefined
  readonly commit: () => void
}

/** So many different problems are told at most, lest values that keep changing fill the memory and the log. */
const maxProblems = 1_000

const counterDelta = ({ count, incremental }: Metric.CounterState<number | bigint>, put: number | bigint = 0) => {
  // A counter that only grows and is less than it was has started anew.
  if (incremental && count < put) return Number(count)
  return typeof count === "bigint" ? Number(count - BigInt(put)) : count - Number(put)
}

const one = (values: Values | undefined) => values && [values]

const partsOf = (
  { state, type }: Metric.Metric.Snapshot,
  series: Series,
  { histograms, zeros }: Settings,
  valuesPerDatum: number
): ReadonlyArray<Part> => {
  switch (type) {
    case "Counter": {
      const delta = counterDelta(state, series.count)
      const commit = () => {
        series.count = state.count
      }
      return delta === 0 && !zeros ? [] : [{ values: one(valueOf(delta)), commit }]
    }
    case "Gauge":
      return [{ values: one(valueOf(Number(state.value))), commit: constVoid }]
    case "Frequency":
      return [...state.occurrences].flatMap(([word, count]) => {
        const put = series.occurrences.get(word) ?? 0
        const delta = count < put ? count : count - put
        const commit = () => {
          series.occurrences.set(word, count)
        }
        return delta === 0 && !zeros ? [] : [{ extra: ["key", word], values: one(valueOf(delta)), commit }]
      })
    case "Histogram": {
      const before = series.histogram
      const isSame = before !== undefined && before.count <= state.count &&
        before.buckets.length === state.buckets.length
      if (state.count === 0 || (isSame && before.count === state.count)) return []
      const commit = () => {
        series.histogram = state
      }
      return [{ values: histogramValues(state, isSame ? before : undefined, histograms, valuesPerDatum), commit }]
    }
    case "Summary": {
      const before = series.summary !== undefined && series.summary.count <= state.count ? series.summary : undefined
      const commit = () => {
        series.summary = state
      }
      const quantiles = state.quantiles.flatMap(([quantile, value]): ReadonlyArray<Part> =>
        value === undefined
          ? []
          : [{ extra: ["quantile", String(quantile)], values: one(valueOf(value)), commit: constVoid }]
      )
      return state.count === (before?.count ?? 0)
        ? quantiles
        : [{ values: one(summaryValues(state, before)), commit }, ...quantiles]
    }
  }
}

/**
 * Follows the metrics of the context's registry.
 *
 * - `valuesPerDatum`: how many different values a datum may have.
 */
export const deltasOf = (
  context: Context.Context<never>,
  settings: Settings,
  valuesPerDatum: number
): Deltas => {
  const registry = Context.get(context, Metric.MetricRegistry)
  const known = new Map<Metadata, Series>()
  const told = new Set<string>()

  const seriesOf = (metadata: Metadata): Series => {
    let series = known.get(metadata)
    if (series === undefined) {
      const refused = new Set<string>()
      series = { count: undefined, histogram: undefined, summary: undefined, occurrences: new Map(), refused }
      known.set(metadata, series)
    }
    return series
  }

  const deltasOfOne = (
    metadata: Metadata,
    Timestamp: Date,
    zeros: boolean,
    tell: (problem: string) => void
  ): ReadonlyArray<Delta> => {
    const series = seriesOf(metadata)
    const { attributes, description, hooks, id, type } = metadata
    const snapshot = { id, type, description, attributes, state: hooks.get(context) } as Metric.Metric.Snapshot
    const isIncluded = settings.include(snapshot)
    const parts = partsOf(snapshot, series, { ...settings, zeros }, valuesPerDatum)
    if (!isIncluded) {
      for (const { commit } of parts) commit()
      return []
    }
    return parts.flatMap(({ commit, extra, values }): ReadonlyArray<Delta> => {
      const part = extra?.[1] ?? ""
      if (series.refused.has(part)) return []
      if (values === undefined) {
        tell("CloudWatch accepts neither NaN, nor infinite numbers, nor those beyond 2^360; they are left out")
        return []
      }
      const identity = identityOf(snapshot, settings.dimensions, extra, tell)
      if (identity === undefined) return []
      const { Dimensions, MetricName, Unit } = identity
      const data = values.map((values): MetricDatum => ({
        MetricName,
        Dimensions,
        Timestamp,
        Unit: snapshot.type === "Frequency" && Unit === "None" ? "Count" : Unit,
        StorageResolution: settings.storageResolution,
        ...values
      }))
      const { namespace } = settings
      return [{ namespace, data, metric: snapshot.id, commit, refuse: () => series.refused.add(part) }]
    })
  }

  const collect = () => {
    const Timestamp = new Date(Context.get(context, Clock.Clock).currentTimeMillisUnsafe())
    const problems: Array<string> = []
    const collectOne = (metadata: Metadata, zeros: boolean) => {
      const tell = (problem: string) => {
        const text = `The metric ${JSON.stringify(shorten(metadata.id))}: ${shorten(problem)}`
        if (told.has(text) || told.size >= maxProblems) return
        told.add(text)
        problems.push(text)
      }
      try {
        return deltasOfOne(metadata, Timestamp, zeros, tell)
      } catch (error) {
        // The program's own code may compute the state, the attributes, or whether to put the metric.
        tell(`it can't be read: ${String(error)}`)
        return []
      }
    }
    const present = new Set<Metadata>(registry.values())
    const deltas = [...present].flatMap((metadata) => collectOne(metadata, settings.zeros))
    for (const metadata of known.keys()) {
      if (present.has(metadata)) continue
      // It was removed since the last time. What it counted until then is left, if its values are the registry's own.
      const isGone = metadata.hooks.update === constVoid || metadata.type === "Gauge"
      const rest = isGone ? [] : collectOne(metadata, false).filter(({ commit }) => commit !== constVoid)
      if (rest.length === 0) known.delete(metadata)
      for (const delta of rest) deltas.push(delta)
    }
    return { deltas, problems }
  }

  const skip = () => {
    for (const { commit } of collect().deltas) commit()
    told.clear()
  }

  return { collect, skip }
}
