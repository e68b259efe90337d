// What CloudWatch calls a metric of Effect's: its name, dimensions and unit, as far as CloudWatch accepts them.
import type { Dimension, StandardUnit } from "@aws-sdk/client-cloudwatch"

export const limits = { name: 255, dimensions: 30, value: 1_024, number: 2 ** 360 }

/** At least one character that isn't a space, and only ASCII characters that can be printed. */
const isText = (text: unknown, longest: number): text is string =>
  typeof text === "string" && text.length <= longest && /^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/.test(text)

export const isName = (text: unknown): text is string => isText(text, limits.name)

/** What a dimension would have to be; `undefined` if CloudWatch accepts it. */
export const dimensionProblem = (name: string, value: unknown): string | undefined =>
  !isName(name) || name.startsWith(":")
    ? `a name of 1 to ${limits.name} ASCII characters, of which the first is no ":"`
    : isText(value, limits.value)
    ? undefined
    : `a value of 1 to ${limits.value} ASCII characters, of which one is no space`

const sizes = ["Bytes", "Bits"].flatMap((size) => [
  size,
  ...["Kilo", "Mega", "Giga", "Tera"].map((prefix) => `${prefix}${size.toLowerCase()}`)
])
const named = [
  "Seconds",
  "Milliseconds",
  "Microseconds",
  "Percent",
  "None",
  ...["Count", ...sizes].flatMap((unit) => [unit, `${unit}/Second`])
] as ReadonlyArray<StandardUnit>

/** CloudWatch's units, by their names in lower case. */
const units = new Map<string, StandardUnit>([
  ...named.map((unit) => [unit.toLowerCase(), unit] as const),
  // As UCUM, and so OpenTelemetry, writes them.
  ["s", "Seconds"],
  ["ms", "Milliseconds"],
  ["us", "Microseconds"],
  ["by", "Bytes"],
  ["by/s", "Bytes/Second"],
  ["bit", "Bits"],
  ["bit/s", "Bits/Second"],
  ["%", "Percent"],
  ["1", "None"]
])

/** The attribute that says the unit, and the unit. Effect's timers have `time_unit`. */
const unitOf = (attributes: Readonly<Record<string, string>>) => {
  for (const attribute of ["unit", "time_unit"]) {
    const unit = units.get(String(attributes[attribute]).toLowerCase())
    if (Object.hasOwn(attributes, attribute) && unit !== undefined) return { attribute, unit }
  }
  return undefined
}

/** Writes what isn't ASCII as JSON may write it, so that different texts stay different. */
const escape = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)

export interface Identity {
  readonly MetricName: string
  readonly Dimensions: Array<Dimension>
  /** `None` if no attribute says it. */
  readonly Unit: StandardUnit
}

/**
 * The name, dimensions and unit of a metric. What CloudWatch wouldn't accept is changed or left out, and told to `tell`.
 * `undefined` if the metric can't have a name.
 *
 * - `extra` is a dimension that tells the parts of one metric apart, as the words of a frequency. It comes before all others.
 */
export const identityOf = (
  metric: { readonly id: string; readonly attributes: Readonly<Record<string, string>> | undefined },
  constant: Readonly<Record<string, string>>,
  extra: readonly [name: string, value: string] | undefined,
  tell: (problem: string) => void
): Identity | undefined => {
  const { attributes = {}, id } = metric
  const MetricName = escape(id)
  if (!isName(MetricName)) {
    tell(`a metric's name has 1 to ${limits.name} characters; the metric is left out`)
    return undefined
  }
  const problems = MetricName === id ? [] : ["a metric's name has only ASCII characters; the others are escaped"]
  const measured = unitOf(attributes)
  const taken = new Map<string, string>()
  const tooMany: Array<string> = []
  const add = ([name, given]: readonly [string, string]) => {
    const value = String(given)
    const key = escape(name).replace(/^:+/, "").slice(0, limits.name)
    const text = escape(value).slice(0, limits.value)
    if (dimensionProblem(key, text) !== undefined) {
      problems.push(`a dimension can't be blank; ${JSON.stringify(name)} is left out`)
    } else if (taken.has(key)) {
      problems.push(`there are two values of the dimension ${JSON.stringify(key)}; only the first is kept`)
    } else if (taken.size === limits.dimensions) {
      tooMany.push(name)
    } else {
      if (key !== name || text !== value) {
        problems.push(`the dimension ${JSON.stringify(key)} is changed to what CloudWatch accepts`)
      }
      taken.set(key, text)
    }
  }
  if (extra !== undefined) add(extra)
  for (const entry of Object.entries(constant)) {
    const isOverridden = Object.hasOwn(attributes, entry[0]) && String(attributes[entry[0]]).trim() !== ""
    if (!isOverridden) add(entry)
  }
  for (const entry of Object.entries(attributes)) {
    if (entry[0] !== measured?.attribute) add(entry)
  }
  if (tooMany.length > 0) {
    problems.push(`a metric has at most ${limits.dimensions} dimensions; left out: ${JSON.stringify(tooMany)}`)
  }
  if (problems.length > 0) tell(problems.join("; "))
  return {
    MetricName,
    Dimensions: [...taken].map(([Name, Value]) => ({ Name, Value })),
    Unit: measured?.unit ?? "None"
  }
}
