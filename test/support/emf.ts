// Reads lines of the embedded metric format as CloudWatch Logs does, by AWS's specification of the format.
import { assert } from "@effect/vitest"

/** One metric of a line, with how often each of its values occurred. */
export interface EmfMetric {
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly unit: string
  readonly resolution: number
  readonly time: number
  readonly count: number
  readonly sum: number
  readonly min: number
  readonly max: number
  readonly pairs: ReadonlyArray<readonly [value: number, count: number]>
  /** Whether its value is an object. The specification doesn't have these; AWS's distributions of OpenTelemetry write them. */
  readonly isObject: boolean
}

const units =
  /^(Seconds|Microseconds|Milliseconds|(Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Kilobits|Megabits|Gigabits|Terabits)(\/Second)?|Percent|Count(\/Second)?|None)$/

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const text = (value: unknown, longest: number): string => {
  assert.isString(value)
  assert.isAtLeast(String(value).length, 1)
  assert.isAtMost(String(value).length, longest)
  return String(value)
}

const list = (value: unknown, longest: number): ReadonlyArray<unknown> => {
  assert.isArray(value)
  assert.isAtMost((value as ReadonlyArray<unknown>).length, longest)
  return value as ReadonlyArray<unknown>
}

const numbers = (value: unknown): ReadonlyArray<number> =>
  list(value, 100).map((number) => {
    assert.isNumber(number)
    return number as number
  })

const only = (value: unknown, required: ReadonlyArray<string>, optional: ReadonlyArray<string> = []) => {
  assert.isTrue(isObject(value), JSON.stringify(value))
  const object = value as Readonly<Record<string, unknown>>
  assert.containsAllKeys(object, [...required])
  assert.includeMembers([...required, ...optional], Object.keys(object))
  return object
}

/** The values of a metric: a number, or an array of at most 100, or a distribution, or a set of statistics. */
const targetOf = (target: unknown) => {
  if (isObject(target)) {
    const isDistribution = "Values" in target
    const { Count, Counts, Max, Min, Sum, Values } = only(
      target,
      ["Count", "Sum", "Min", "Max"].concat(isDistribution ? ["Values", "Counts"] : [])
    )
    const statistics = { count: Number(Count), sum: Number(Sum), min: Number(Min), max: Number(Max), isObject: true }
    if (!isDistribution) return { ...statistics, pairs: [] }
    const counts = numbers(Counts)
    const pairs = numbers(Values).map((value, i) => [value, counts[i]!] as const)
    assert.lengthOf(counts, pairs.length)
    assert.strictEqual(pairs.reduce((all, [, count]) => all + count, 0), Count)
    return { ...statistics, pairs }
  }
  const values = typeof target === "number" ? [target] : numbers(target)
  return {
    count: values.length,
    sum: values.reduce((all, value) => all + value, 0),
    min: Math.min(...values),
    max: Math.max(...values),
    pairs: values.map((value) => [value, 1] as const),
    isObject: false
  }
}

/** Checks a line, and returns its metrics. */
export const readEmf = (line: string): ReadonlyArray<EmfMetric> => {
  assert.notInclude(line, "\n")
  assert.isAtMost(Buffer.byteLength(line), 256 * 1_024)
  const root = JSON.parse(line) as Readonly<Record<string, unknown>>
  const { CloudWatchMetrics, Timestamp } = only(root["_aws"], ["Timestamp", "CloudWatchMetrics"])
  assert.isTrue(Number.isInteger(Timestamp), String(Timestamp))
  const members = new Set(["_aws"])
  const metrics = list(CloudWatchMetrics, Infinity).flatMap((directive) => {
    const { Dimensions, Metrics, Namespace } = only(directive, ["Namespace", "Dimensions", "Metrics"])
    const namespace = text(Namespace, 255)
    const sets = list(Dimensions, Infinity)
    assert.isAtLeast(sets.length, 1)
    const definitions = list(Metrics, 100)
    assert.isAtLeast(definitions.length, 1)
    return sets.flatMap((set) => {
      const dimensions = Object.fromEntries(
        list(set, 30).map((name) => {
          members.add(text(name, 255))
          return [String(name), text(root[String(name)], 1_024)]
        })
      )
      return definitions.map((definition) => {
        const { Name, StorageResolution = 60, Unit = "None" } = only(definition, ["Name"], [
          "Unit",
          "StorageResolution"
        ])
        const name = text(Name, 255)
        assert.isFalse(members.has(name), `${name} is a metric twice, or a metric and a dimension`)
        members.add(name)
        assert.match(String(Unit), units)
        assert.include([1, 60], StorageResolution)
        const rest = { unit: String(Unit), resolution: Number(StorageResolution), time: Number(Timestamp) }
        return { namespace, name, dimensions, ...rest, ...targetOf(root[name]) }
      })
    })
  })
  // The format allows other members; there is no reason for any.
  assert.sameMembers(Object.keys(root), [...members])
  return metrics
}
