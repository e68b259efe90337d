/** In-memory CloudWatch: computes the expressions of metric math. */
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { Unsupported, unsupported } from "../engine/unsupported.ts"
import { lookup } from "../support/members.ts"
import { type Expression, inExpression } from "./expressions.ts"
import { firstOf } from "./state.ts"

/** A time series: values by the start of their period, in milliseconds, the earliest first. */
export interface Series {
  readonly label: string
  /** Seconds. */
  readonly period: number
  readonly points: ReadonlyMap<number, number>
}

export type Value =
  | number
  | Series
  | ReadonlyArray<Series>
  | { readonly text: string }

/** What an expression can refer to. */
export interface Scope {
  /** The id of the query with the expression. */
  readonly id: string
  /** In milliseconds. */
  readonly start: number
  readonly end: number
  readonly now: number
  /** The result of the query with this id. */
  readonly query: (id: string) => Effect.Effect<Value, Fault>
  /** The metrics of the request whose ids contain a text. */
  readonly metrics: (part: string) => Effect.Effect<ReadonlyArray<Series>, Fault>
}

export const isList = (value: Value): value is ReadonlyArray<Series> => Array.isArray(value)
const isText = (value: Value): value is { readonly text: string } => typeof value === "object" && "text" in value
export const isSeries = (value: Value): value is Series => typeof value === "object" && "points" in value

type Call = (args: ReadonlyArray<Value>, scope: Scope) => Value | undefined

const withPoints = (series: Series, points: Iterable<readonly [number, number]>): Series => ({
  ...series,
  points: new Map([...points].filter(([, value]) => Number.isFinite(value)))
})

const mapPoints = (series: Series, change: (value: number, time: number) => number): Series =>
  withPoints(series, Array.from(series.points, ([time, value]) => [time, change(value, time)] as const))

/** How many values AWS returns in one answer. */
const mostPoints = 100_800

/** The starts of the periods in the range of a request, as far as they have begun. */
const gridOf = ({ end, now, start }: Scope, period: number): ReadonlyArray<number> => {
  const times: Array<number> = []
  const first = firstOf({ start, end, period })
  const last = Math.min(end - 1, now)
  if ((last - first) / (period * 1_000) > mostPoints) {
    throw new Unsupported(
      `The in-memory CloudWatch computes at most ${mostPoints} values of a time series. Ask for a shorter time or longer periods.`
    )
  }
  for (let time = first; time <= last; time += period * 1_000) times.push(time)
  return times
}

/** Applies to a number, or to each value of the series. */
const each = (change: (value: number) => number): Call => ([value]) =>
  typeof value === "number"
    ? change(value)
    : value === undefined || isText(value)
    ? undefined
    : isList(value)
    ? value.map((series) => mapPoints(series, change))
    : mapPoints(value, change)

const ofSeries = (change: (series: Series, scope: Scope) => Series): Call => ([value], scope) =>
  value === undefined || typeof value === "number" || isText(value)
    ? undefined
    : isList(value)
    ? value.map((series) => change(series, scope))
    : change(value, scope)

const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)
const average = (values: ReadonlyArray<number>) => sum(values) / values.length

/** Of one series, the number for all of its values; of several, the series of what they have at each time. */
const reduce = (combine: (values: ReadonlyArray<number>) => number): Call => (args, { id }) => {
  const [value] = args
  if (args.length > 1 || value === undefined || isText(value)) return undefined
  if (typeof value === "number") return value
  if (!isList(value)) return combine([...value.points.values()])
  const times = [...new Set(value.flatMap(({ points }) => [...points.keys()]))].sort((a, b) => a - b)
  return withPoints(
    { label: id, period: value[0]?.period ?? 60, points: new Map() },
    times.map((time) => [time, combine(value.flatMap(({ points }) => points.get(time) ?? []))] as const)
  )
}

const byTime = (change: (date: Date) => number): Call =>
  ofSeries((series) => mapPoints(series, (_, time) => change(new Date(time))))

/** Each value with the one before it. */
const pairs = ({ points }: Series) => {
  const all = [...points]
  return all.slice(1).map(([time, value], i) => ({ time, value, before: all[i]! }))
}

const fill = (series: Series, scope: Scope, filler: Value): Series | undefined => {
  const times = gridOf(scope, series.period)
  const known = [...series.points]
  const fillAt = (time: number): number | undefined => {
    if (typeof filler === "number") return filler
    if (isSeries(filler)) return filler.points.get(time)
    const before = known.findLast(([at]) => at < time)
    if (!isText(filler) || filler.text === "REPEAT") return before?.[1]
    const after = known.find(([at]) => at > time)
    return before === undefined || after === undefined
      ? undefined
      : before[1] + ((after[1] - before[1]) * (time - before[0])) / (after[0] - before[0])
  }
  if (isList(filler) || (isText(filler) && filler.text !== "REPEAT" && filler.text !== "LINEAR")) return undefined
  return withPoints(
    series,
    [...new Set([...times, ...series.points.keys()])].sort((a, b) => a - b).flatMap((time) => {
      const value = series.points.get(time) ?? fillAt(time)
      return value === undefined ? [] : [[time, value] as const]
    })
  )
}

const orders: Readonly<Record<string, (values: ReadonlyArray<number>) => number>> = {
  AVG: average,
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  SUM: sum
}

const sort: Call = ([value, by, order, count]) => {
  if (value === undefined || !isList(value) || by === undefined || !isText(by) || order === undefined) return undefined
  const rank = lookup(orders, by.text)
  if (rank === undefined || !isText(order) || !["ASC", "DESC"].includes(order.text)) return undefined
  if (count !== undefined && typeof count !== "number") return undefined
  const ranked = value.map((series) => ({ series, rank: rank([...series.points.values()]) }))
    .sort((a, b) => order.text === "ASC" ? a.rank - b.rank : b.rank - a.rank)
    .map(({ series }) => series)
  return ranked.slice(0, count)
}

/** The value that a condition chooses at each time. */
const choose: Call = ([condition, then, otherwise], { id }) => {
  const at = (value: Value | undefined, time: number): number | undefined =>
    value === undefined
      ? undefined
      : typeof value === "number"
      ? value
      : isSeries(value)
      ? value.points.get(time)
      : undefined
  if (condition === undefined || then === undefined) return undefined
  const all = [condition, then, otherwise].filter((value) => value !== undefined)
  if (all.some((value) => isText(value) || isList(value))) return undefined
  if (typeof condition === "number") return condition !== 0 ? then : otherwise
  const series = all.find(isSeries)!
  const times = [...new Set(all.flatMap((value) => isSeries(value) ? [...value.points.keys()] : []))].sort((a, b) =>
    a - b
  )
  return withPoints(
    { ...series, label: id },
    times.flatMap((time) => {
      const decides = at(condition, time)
      const value = decides === undefined ? undefined : at(decides !== 0 ? then : otherwise, time)
      return value === undefined ? [] : [[time, value] as const]
    })
  )
}

const functions: Readonly<Record<string, Call>> = {
  ABS: each(Math.abs),
  AVG: reduce(average),
  CEIL: each(Math.ceil),
  DATAPOINT_COUNT: reduce((values) => values.length),
  DATE: byTime((date) => date.getUTCDate()),
  DAY: byTime((date) => date.getUTCDay() === 0 ? 7 : date.getUTCDay()),
  DIFF: ofSeries((series) =>
    withPoints(series, pairs(series).map(({ before, time, value }) => [time, value - before[1]] as const))
  ),
  DIFF_TIME: ofSeries((series) =>
    withPoints(series, pairs(series).map(({ before, time }) => [time, (time - before[0]) / 1_000] as const))
  ),
  EPOCH: byTime((date) => date.getTime() / 1_000),
  FILL: ([value, filler], scope) => {
    if (value === undefined || filler === undefined || typeof value === "number" || isText(value)) return undefined
    if (!isList(value)) return fill(value, scope, filler)
    const all = value.map((series) => fill(series, scope, filler))
    return all.includes(undefined) ? undefined : all as ReadonlyArray<Series>
  },
  FIRST: ([value]) => value !== undefined && isList(value) ? value[0] : undefined,
  FLOOR: each(Math.floor),
  HOUR: byTime((date) => date.getUTCHours()),
  IF: choose,
  LAST: ([value]) => value !== undefined && isList(value) ? value.at(-1) : undefined,
  LOG: each(Math.log),
  LOG10: each(Math.log10),
  MAX: reduce(orders["MAX"]!),
  METRIC_COUNT: ([value]) => value !== undefined && isList(value) ? value.length : undefined,
  MIN: reduce(orders["MIN"]!),
  MINUTE: byTime((date) => date.getUTCMinutes()),
  MONTH: byTime((date) => date.getUTCMonth() + 1),
  PERIOD: ([value]) => value !== undefined && isSeries(value) ? value.period : undefined,
  RATE: ofSeries((series) =>
    withPoints(
      series,
      pairs(series).map(({ before, time, value }) => [time, (value - before[1]) * 1_000 / (time - before[0])] as const)
    )
  ),
  REMOVE_EMPTY: ([value]) =>
    value !== undefined && isList(value) ? value.filter(({ points }) => points.size > 0) : undefined,
  RUNNING_SUM: ofSeries((series) => {
    let total = 0
    return mapPoints(series, (value) => total += value)
  }),
  SLICE: ([value, start, end]) =>
    value !== undefined && isList(value) && typeof start === "number" && (end === undefined || typeof end === "number")
      ? end === undefined ? value[start] ?? [] : value.slice(start, end)
      : undefined,
  SORT: sort,
  STDDEV: reduce((values) => Math.sqrt(average(values.map((value) => (value - average(values)) ** 2)))),
  SUM: reduce(sum),
  TIME_SERIES: ([value], scope) =>
    typeof value === "number"
      ? { label: scope.id, period: 60, points: new Map(gridOf(scope, 60).map((time) => [time, value])) }
      : undefined,
  YEAR: byTime((date) => date.getUTCFullYear())
}

/** Functions of AWS that aren't here. */
const absent = [
  "ANOMALY_DETECTION_BAND",
  "DB_PERF_INSIGHTS",
  "INSIGHT_RULE_METRIC",
  "LAMBDA",
  "SEARCH",
  "SERVICE_QUOTA"
]

const operations: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "^": (left, right) => left ** right,
  "==": (left, right) => Number(left === right),
  "!=": (left, right) => Number(left !== right),
  "<": (left, right) => Number(left < right),
  "<=": (left, right) => Number(left <= right),
  ">": (left, right) => Number(left > right),
  ">=": (left, right) => Number(left >= right),
  "&&": (left, right) => Number(left !== 0 && right !== 0),
  "||": (left, right) => Number(left !== 0 || right !== 0)
}

/** Applies an operator to both sides, at the times that both have a value. */
const operate = (
  id: string,
  apply: (left: number, right: number) => number,
  left: Value,
  right: Value
): Value | undefined => {
  if (isText(left) || isText(right)) return undefined
  if (isList(left)) {
    return isList(right) ? undefined : left.map((one) => ({
      ...operate(id, apply, one, right) as Series,
      label: one.label
    }))
  }
  if (isList(right)) {
    return right.map((one) => ({ ...operate(id, apply, left, one) as Series, label: one.label }))
  }
  if (typeof left === "number") {
    return typeof right === "number"
      ? apply(left, right)
      : { ...mapPoints(right, (value) => apply(left, value)), label: id }
  }
  if (typeof right === "number") return { ...mapPoints(left, (value) => apply(value, right)), label: id }
  return withPoints(
    { ...left, label: id },
    [...left.points].flatMap(([time, value]) => {
      const other = right.points.get(time)
      return other === undefined ? [] : [[time, apply(value, other)] as const]
    })
  )
}

/** Computes an expression. */
export const evaluate = Effect.fnUntraced(function*(
  expression: Expression,
  scope: Scope
): Effect.fn.Return<Value, Fault> {
  const { id } = scope
  switch (expression.kind) {
    case "number":
      return expression.value
    case "text":
      return { text: expression.value }
    case "name":
      return /^[A-Z]/.test(expression.name) ? { text: expression.name } : yield* scope.query(expression.name)
    case "negation": {
      const value = functionOf("-", each((value) => -value)([yield* evaluate(expression.of, scope)], scope))
      return yield* orFail(id, value)
    }
    case "list": {
      const all = yield* Effect.forEach(expression.of, (one) => evaluate(one, scope))
      return all.every((value) => isSeries(value) || isList(value))
        ? all.flatMap((value) => value as Series | ReadonlyArray<Series>)
        : yield* inExpression(id, "An array has time series only")
    }
    case "operation": {
      const left = yield* evaluate(expression.left, scope)
      const right = yield* evaluate(expression.right, scope)
      const value = operate(id, operations[expression.operator]!, left, right)
      return yield* orFail(id, functionOf(expression.operator, value))
    }
    case "call": {
      const { name } = expression
      if (absent.includes(name)) {
        return yield* unsupported(`The in-memory CloudWatch doesn't compute the function ${name} of metric math.`)
      }
      const args = yield* Effect.forEach(expression.of, (one) => evaluate(one, scope))
      if (name === "METRICS") {
        const [part = { text: "" }] = args
        return isText(part) ? yield* scope.metrics(part.text) : yield* orFail(id, functionOf(name, undefined))
      }
      const call = lookup(functions, name)
      if (call === undefined) return yield* inExpression(id, `Unknown function ${name}`)
      return yield* orFail(id, functionOf(name, call(args, scope)))
    }
  }
})

const functionOf = (name: string, value: Value | undefined) => ({ name, value })

const orFail = (id: string, { name, value }: { readonly name: string; readonly value: Value | undefined }) =>
  value === undefined
    ? Effect.fail(inExpression(id, `Unsupported operand type(s) for ${name}`))
    : Effect.succeed(value)
