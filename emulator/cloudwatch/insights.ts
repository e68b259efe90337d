/** In-memory CloudWatch: Metrics Insights, which selects metrics with a query. */
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { inExpression } from "./expressions.ts"
import type { Series } from "./math.ts"
import { bucketsOf, type Metric, type Range, type State } from "./state.ts"
import { compute } from "./statistics.ts"

interface Query {
  readonly statistic: string
  readonly metric: string
  readonly namespace: string
  /** The names of all dimensions that a metric must have. */
  readonly schema: ReadonlyArray<string> | undefined
  readonly where: ReadonlyArray<{ readonly name: string; readonly isEqual: boolean; readonly value: string }>
  readonly groupBy: ReadonlyArray<string>
  readonly order: { readonly statistic: string; readonly isDescending: boolean } | undefined
  readonly limit: number | undefined
}

const names: Readonly<Record<string, string>> = {
  AVG: "Average",
  COUNT: "SampleCount",
  MAX: "Maximum",
  MIN: "Minimum",
  SUM: "Sum"
}

/** At most this many series are in an answer. */
const mostSeries = 500

const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([A-Za-z_][\w./:-]*|\d+)|(!=|[=(),]))/y

interface Token {
  readonly kind: "name" | "text" | "word" | "sign" | "end"
  readonly text: string
}

class Unreadable extends Error {}

const tokensOf = (text: string): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  const end = text.trimEnd().length
  for (let at = 0; at < end; at = pattern.lastIndex) {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found === null) throw new Unreadable(text.slice(at).trim())
    const [, name, value, word, sign] = found
    const plain = (quoted: string) => quoted.replace(/\\(.)/g, "$1")
    tokens.push(
      name !== undefined
        ? { kind: "name", text: plain(name) }
        : value !== undefined
        ? { kind: "text", text: plain(value) }
        : word !== undefined
        ? { kind: "word", text: word }
        : { kind: "sign", text: sign! }
    )
  }
  return [...tokens, { kind: "end", text: "" }]
}

const parse = (text: string): Query => {
  const tokens = tokensOf(text)
  let at = 0
  const isWord = (word: string) => tokens[at]!.kind === "word" && tokens[at]!.text.toUpperCase() === word
  const fail = (): never => {
    throw new Unreadable(tokens[at]!.text)
  }
  const skip = (word: string): boolean => {
    const is = isWord(word) || (tokens[at]!.kind === "sign" && tokens[at]!.text === word)
    if (is) at++
    return is
  }
  const expect = (...all: ReadonlyArray<string>) => {
    for (const word of all) if (!skip(word)) fail()
  }
  const name = (): string => {
    const { kind, text } = tokens[at]!
    if (kind !== "name" && kind !== "word") fail()
    at++
    return text
  }
  const statistic = (): string => names[name().toUpperCase()] ?? fail()
  const list = (): ReadonlyArray<string> => {
    const all = [name()]
    while (skip(",")) all.push(name())
    return all
  }

  expect("SELECT")
  const selected = statistic()
  expect("(")
  const metric = name()
  expect(")", "FROM")
  let namespace: string
  let schema: ReadonlyArray<string> | undefined
  if (isWord("SCHEMA")) {
    expect("SCHEMA", "(")
    namespace = name()
    schema = skip(",") ? list() : []
    expect(")")
  } else namespace = name()
  const where: Array<Query["where"][number]> = []
  if (skip("WHERE")) {
    do {
      const dimension = name()
      const isEqual = skip("=")
      if (!isEqual) expect("!=")
      const { kind, text: value } = tokens[at]!
      if (kind !== "text") fail()
      at++
      where.push({ name: dimension, isEqual, value })
    } while (skip("AND"))
  }
  let groupBy: ReadonlyArray<string> = []
  if (skip("GROUP")) {
    expect("BY")
    groupBy = list()
  }
  let order: Query["order"]
  if (skip("ORDER")) {
    expect("BY")
    const by = statistic()
    expect("(", ")")
    const isDescending = skip("DESC")
    if (!isDescending) skip("ASC")
    order = { statistic: by, isDescending }
  }
  let limit: number | undefined
  if (skip("LIMIT")) {
    limit = Number(name())
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= mostSeries)) fail()
  }
  if (tokens[at]!.kind !== "end") fail()
  return { statistic: selected, metric, namespace, schema, where, groupBy, order, limit }
}

export const isInsights = (expression: string): boolean => /^\s*SELECT\s/i.test(expression)

const valueOf = ({ dimensions }: Metric, name: string) => dimensions.find(({ Name }) => Name === name)?.Value

const select = ({ metrics }: State, { groupBy, metric, namespace, schema, where }: Query): ReadonlyArray<Metric> =>
  [...metrics.values()].filter((one) =>
    one.namespace === namespace &&
    one.name === metric &&
    groupBy.every((name) => valueOf(one, name) !== undefined) &&
    (schema === undefined ||
      (schema.length === one.dimensions.length && schema.every((name) => valueOf(one, name) !== undefined))) &&
    where.every(({ isEqual, name, value }) => {
      const own = valueOf(one, name)
      return own !== undefined && (own === value) === isEqual
    })
  )

const seriesOf = (metrics: ReadonlyArray<Metric>, label: string, statistic: string, range: Range, now: number) => {
  const samples = metrics.flatMap(({ samples }) => [...samples.values()].map((sample) => ({ ...sample, unit: "None" })))
  return {
    label,
    period: range.period,
    points: new Map(bucketsOf(samples, range, now).map((bucket) => [bucket.time, compute(statistic)!(bucket)!]))
  }
}

/** The series that a query selects: one for each group, or one for all. */
export const runInsights = (
  id: string,
  text: string,
  state: State,
  range: Range,
  now: number
): Effect.Effect<ReadonlyArray<Series>, Fault> =>
  Effect.suspend(() => {
    let query: Query
    try {
      query = parse(text)
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      return Effect.fail(
        inExpression(id, error.message === "" ? "Unexpected end of the query" : `Unexpected token '${error.message}'`)
      )
    }
    const { groupBy, limit, order, statistic } = query
    const groups = Map.groupBy(
      select(state, query),
      (metric) => groupBy.map((name) => valueOf(metric, name)).join(" ")
    )
    const whole = { ...range, period: Math.max(range.period, Math.ceil((range.end - range.start) / 60_000 + 1) * 60) }
    const all = Array.from(groups, ([group, metrics]) => ({
      series: seriesOf(metrics, groupBy.length === 0 ? id : group, statistic, range, now),
      rank: order === undefined ? 0 : [...seriesOf(metrics, group, order.statistic, whole, now).points.values()][0] ?? 0
    })).filter(({ series }) => series.points.size > 0)
    const ordered = all.sort((a, b) =>
      order === undefined
        ? a.series.label < b.series.label ? -1 : 1
        : order.isDescending
        ? b.rank - a.rank
        : a.rank - b.rank
    )
    return Effect.succeed(ordered.slice(0, limit ?? mostSeries).map(({ series }) => series))
  })
