/** In-memory CloudWatch: the statistics of the values in a period. */
import type { Sample } from "./state.ts"

export const statistics = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] as const
export type Statistic = (typeof statistics)[number]

/** Computes a statistic of a sample. `undefined` if the sample hasn't the values for it. */
export type Compute = (sample: Sample) => number | undefined

const basic: Readonly<Record<Statistic, Compute>> = {
  SampleCount: ({ count }) => count,
  Average: ({ count, sum }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max
}

/** The values with how often each occurs, the lowest first. A statistic set reveals them only if they are all the same. */
const valuesOf = ({ values }: Sample) => values?.toSorted(([a], [b]) => a - b)

/** The value that this share of the values is not above. */
const percentile = (values: ReadonlyArray<readonly [number, number]>, share: number): number => {
  const total = values.reduce((sum, [, count]) => sum + count, 0)
  let seen = 0
  for (const [value, count] of values) {
    seen += count
    if (seen >= total * share - 1e-9) return value
  }
  return values.at(-1)![0]
}

/** A bound of a range: a share of the values (`10%`) or a value. */
type Bound = { readonly share: number } | { readonly value: number } | undefined

const valueOf = (bound: Bound, values: ReadonlyArray<readonly [number, number]>, otherwise: number): number =>
  bound === undefined ? otherwise : "value" in bound ? bound.value : percentile(values, bound.share)

const sumOf = (values: ReadonlyArray<readonly [number, number]>) =>
  values.reduce((sum, [value, count]) => sum + value * count, 0)
const countOf = (values: ReadonlyArray<readonly [number, number]>) => values.reduce((sum, [, count]) => sum + count, 0)

/** The part of the values that is in the range. Of shares, it is the values between the ranks. */
const within = (
  values: ReadonlyArray<readonly [number, number]>,
  lower: Bound,
  upper: Bound
): ReadonlyArray<readonly [number, number]> => {
  const total = countOf(values)
  const from = lower !== undefined && "share" in lower ? lower.share * total : 0
  const to = upper !== undefined && "share" in upper ? upper.share * total : total
  let seen = 0
  return values.flatMap(([value, count]): ReadonlyArray<readonly [number, number]> => {
    const start = seen
    seen += count
    if (lower !== undefined && "value" in lower && value <= lower.value) return []
    if (upper !== undefined && "value" in upper && value > upper.value) return []
    const kept = Math.min(seen, to) - Math.max(start, from)
    return kept > 1e-9 ? [[value, kept]] : []
  })
}

const functions: Readonly<Record<string, (lower: Bound, upper: Bound) => Compute>> = {
  tm: (lower, upper) => (sample) => {
    const values = valuesOf(sample)
    if (values === undefined) return undefined
    const kept = within(values, lower, upper)
    return kept.length === 0 ? undefined : sumOf(kept) / countOf(kept)
  },
  wm: (lower, upper) => (sample) => {
    const values = valuesOf(sample)
    if (values === undefined) return undefined
    const [least, most] = [valueOf(lower, values, -Infinity), valueOf(upper, values, Infinity)]
    return sumOf(values.map(([value, count]) => [Math.min(Math.max(value, least), most), count])) / countOf(values)
  },
  tc: (lower, upper) => (sample) => {
    const values = valuesOf(sample)
    return values && countOf(within(values, lower, upper))
  },
  ts: (lower, upper) => (sample) => {
    const values = valuesOf(sample)
    return values && sumOf(within(values, lower, upper))
  },
  pr: (lower, upper) => (sample) => {
    const values = valuesOf(sample)
    return values && (100 * countOf(within(values, lower, upper))) / countOf(values)
  }
}

const bound = (text: string): Bound | "invalid" => {
  if (text === "") return undefined
  const number = Number(text.replace(/%$/, ""))
  if (!Number.isFinite(number)) return "invalid"
  if (!text.endsWith("%")) return { value: number }
  return number >= 0 && number <= 100 ? { share: number / 100 } : "invalid"
}

/** A statistic that isn't one of the five: `p90`, `tm99`, `TM(10%:90%)`, `PR(:300)`, `IQM`. `undefined` if AWS has no such one. */
export const extended = (name: string): Compute | undefined => {
  if (name.toLowerCase() === "iqm") return functions["tm"]!({ share: 0.25 }, { share: 0.75 })
  const [, short, number] = /^(p|tm|wm|tc|ts)(\d{1,3}(?:\.\d{1,10})?)$/i.exec(name) ?? []
  if (short !== undefined) {
    const share = Number(number) / 100
    if (share > 1) return undefined
    return short.toLowerCase() === "p"
      ? (sample) => {
        const values = valuesOf(sample)
        return values && percentile(values, share)
      }
      : functions[short.toLowerCase()]!(undefined, { share })
  }
  const [, long, from = "", to = ""] = /^(TM|WM|TC|TS|PR)\(([\d.%]*):([\d.%]*)\)$/i.exec(name) ?? []
  if (long === undefined || (from === "" && to === "")) return undefined
  const [lower, upper] = [bound(from), bound(to)]
  if (lower === "invalid" || upper === "invalid") return undefined
  // The ranges of values and of shares don't mix, and a rank of shares makes no sense.
  const kinds = new Set([lower, upper].flatMap((one) => one === undefined ? [] : Object.keys(one)))
  if (kinds.size > 1 || (long.toUpperCase() === "PR" && kinds.has("share"))) return undefined
  return functions[long.toLowerCase()]!(lower, upper)
}

export const isStatistic = (name: string | undefined): name is Statistic => statistics.includes(name as Statistic)

/** How to compute the statistic of this name; `undefined` if AWS has no such one. */
export const compute = (name: string): Compute | undefined => isStatistic(name) ? basic[name] : extended(name)
