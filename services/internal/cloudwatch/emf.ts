// The embedded metric format: metrics as lines of JSON, which CloudWatch Logs reads.
import type { MetricDatum } from "@aws-sdk/client-cloudwatch"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { summarize } from "../../../errors/internal/tagged.ts"
import { writeLine } from "../../../src/internal/stdout.ts"
import { batches } from "../batches.ts"
import type { Delta } from "./metricDeltas.ts"
import type { Sent, Sink } from "./metricRounds.ts"

/** The limits of a line: metrics, values in an array, and bytes. Of the bytes, CloudWatch Logs has always accepted these. */
const limits = { metrics: 100, values: 100, bytes: 250_000 }

const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((all, number) => all + number, 0)

/**
 * The value of a metric in a line. The specification knows numbers and arrays of at most 100 numbers. Beyond these, it's an
 * object as AWS's own distributions of OpenTelemetry write it.
 */
const targetOf = ({ Counts = [], StatisticValues, Value, Values }: MetricDatum): unknown => {
  if (StatisticValues !== undefined) {
    const { Maximum: Max, Minimum: Min, SampleCount: Count, Sum } = StatisticValues
    return { Count, Sum, Min, Max }
  }
  if (Values === undefined) return Value
  const Count = sum(Counts)
  if (Count <= limits.values) return Values.flatMap((value, i) => Array.from({ length: Counts[i]! }, () => value))
  return {
    Values,
    Counts,
    Count,
    Sum: sum(Values.map((value, i) => value * Counts[i]!)),
    Min: Math.min(...Values),
    Max: Math.max(...Values)
  }
}

/** The member of a line that says what the others are. */
const META = "_aws"

interface Entry {
  readonly delta: Delta
  readonly datum: MetricDatum
  readonly target: unknown
}

/** The metrics of one line: all have the same dimensions and the same time, and names of their own. */
const lineOf = (namespace: string, entries: ReadonlyArray<Entry>): string => {
  const { Dimensions = [], Timestamp } = entries[0]!.datum
  const names = Dimensions.map(({ Name }) => Name!)
  const Metrics = entries.map(({ datum: { MetricName, StorageResolution, Unit } }) => ({
    Name: MetricName,
    Unit,
    ...(StorageResolution === 1 && { StorageResolution })
  }))
  return JSON.stringify({
    [META]: {
      Timestamp: Timestamp!.getTime(),
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [names], Metrics }]
    },
    ...Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
    ...Object.fromEntries(entries.map(({ datum, target }) => [datum.MetricName, target]))
  })
}

/** Groups entries so that each group has a name once at most. */
const withoutRepeats = (entries: ReadonlyArray<Entry>): ReadonlyArray<ReadonlyArray<Entry>> => {
  const seen = new Map<string, number>()
  const groups: Array<Array<Entry>> = []
  for (const entry of entries) {
    const name = entry.datum.MetricName!
    const nth = seen.get(name) ?? 0
    seen.set(name, nth + 1)
    ;(groups[nth] ??= []).push(entry)
  }
  return groups
}

/** What a line can't have: its metrics and its dimensions are members of one object. */
const problemOf = ({ data }: Delta): string | undefined => {
  const dimensions = new Set(data.flatMap(({ Dimensions = [] }) => Dimensions.map(({ Name }) => Name)))
  const name = data[0]?.MetricName
  if (dimensions.has(META)) return `in the embedded metric format, no dimension can be named "${META}"`
  return name === META || dimensions.has(name)
    ? `in the embedded metric format, a metric can't be named ${JSON.stringify(name)} as one of its dimensions is`
    : undefined
}

interface Line {
  readonly text: string
  readonly deltas: ReadonlyArray<Delta>
}

/** The lines that say these metrics. */
export const linesOf = (deltas: ReadonlyArray<Delta>): ReadonlyArray<Line> => {
  const entries = deltas.flatMap((delta) => delta.data.map((datum) => ({ delta, datum, target: targetOf(datum) })))
  const alike = Map.groupBy(
    entries,
    ({ datum: { Dimensions }, delta: { namespace } }) => JSON.stringify([namespace, ...(Dimensions ?? [])])
  )
  return [...alike.values()].flatMap(withoutRepeats).flatMap((entries) => {
    const base = JSON.stringify(entries[0]!.datum.Dimensions).length * 2
    const split = batches(entries, [
      { of: () => 1, atMost: limits.metrics },
      { of: ({ datum, target }) => JSON.stringify([datum, target]).length, atMost: limits.bytes - base }
    ])
    // Of what is acceptable in dimensions and values, no datum alone is too large for a line.
    return [...split.batches, ...split.tooLarge.map((entry) => [entry])].map((batch) => ({
      text: lineOf(batch[0]!.delta.namespace, batch),
      deltas: batch.map(({ delta }) => delta)
    }))
  })
}

/** Writes a line to standard output, which CloudWatch's agents and Lambda take as it is. */
export const writeToStdout = (line: string): Effect.Effect<void, Error> =>
  Effect.callback((resume) => writeLine(line, (error) => resume(error ? Effect.fail(error) : Effect.void)))

/** Writes metrics as lines. */
export const emfSink = <E, R>(write: (line: string) => Effect.Effect<void, E, R>): Sink<R> => ({
  valuesPerDatum: limits.values,
  send: Effect.fnUntraced(function*(deltas) {
    const refused: ReadonlyArray<Sent> = deltas.flatMap((delta) => {
      const why = problemOf(delta)
      return why === undefined ? [] : [{ delta, outcome: "Refused", why }]
    })
    const unwritable = new Set(refused.map(({ delta }) => delta))
    const rest = deltas.filter((delta) => !unwritable.has(delta))
    const written = new Set<Delta>()
    const failed = new Map<Delta, string>()
    for (const { deltas, text } of linesOf(rest)) {
      const exit = yield* Effect.exit(write(text))
      for (const delta of deltas) {
        if (Exit.isSuccess(exit)) written.add(delta)
        else failed.set(delta, summarize(Cause.squash(exit.cause)).message)
      }
    }
    return [
      ...refused,
      ...rest.map((delta): Sent => {
        const why = failed.get(delta)
        // Of several lines, some may be written.
        const outcome = why === undefined ? "Put" : written.has(delta) ? "Unknown" : "NotPut"
        return { delta, outcome, why: why ?? "" }
      })
    ]
  })
})
