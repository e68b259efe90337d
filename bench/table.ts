// Computes the medians and writes the table.
import type { Measured } from "./lab.ts"

/** The columns next to the raw SDK's, by the name of the variant. */
const columns = {
  ours: "effect-aws-sdk",
  untraced: "without a tracer",
  "effect-aws": "@effect-aws",
  distilled: "distilled",
  floor: "floor"
} as const

type Column = keyof typeof columns
const columnNames = Object.keys(columns) as ReadonlyArray<Column>

/** What a row measures. */
interface Subject {
  readonly topic: string
  readonly work: string
  readonly measure: string
  readonly unit: string
}

export interface Row extends Subject {
  readonly base: string
  readonly cells: Partial<Record<Column, string>>
}

/** A number for each variant, in each round. */
export type Numbers<Name extends string> = ReadonlyArray<Readonly<Record<Name, number>>>

/** By linear interpolation. */
const quantile = (values: ReadonlyArray<number>, q: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const below = sorted[Math.floor(at)] ?? Number.NaN
  return below + ((sorted[Math.ceil(at)] ?? below) - below) * (at % 1)
}

/** The median, with the quartiles if they differ. */
const spread = (values: ReadonlyArray<number>, format: (value: number) => string): string => {
  const [low, median, high] = [0.25, 0.5, 0.75].map((q) => format(quantile(values, q)))
  return low === high ? `${median}` : `${median} (${low}–${high})`
}

const absolute = (value: number) => Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toPrecision(3)

const rowOf = <Name extends string>(
  numbers: Numbers<Name>,
  base: Name,
  cell: (name: Name) => string,
  subject: Subject,
  names: Partial<Record<Column, Name>> | undefined
): Row => {
  const cells: Partial<Record<Column, string>> = {}
  for (const column of columnNames) {
    const name = names === undefined ? column as Name : names[column]
    if (name !== undefined && name !== base && numbers[0]?.[name] !== undefined) cells[column] = cell(name)
  }
  const own = spread(numbers.map((round) => round[base]), absolute)
  return { ...subject, base: [own, subject.unit, base === "raw" ? "" : `(${base})`].filter(Boolean).join(" "), cells }
}

export interface Options<Name> {
  /** The variant in the first column, which the ratios divide by. */
  readonly base?: Name
  /** Which variant goes into which column, if its name isn't the column's. */
  readonly names?: Partial<Record<Column, Name>>
}

/** Ratios of two values of the same round. */
export const ratios = <Name extends string>(
  numbers: Numbers<Name>,
  subject: Subject,
  options: Options<Name> = {}
): Row => {
  const { base = "raw" as Name, names } = options
  const cell = (name: Name) => spread(numbers.map((round) => round[name] / round[base]), (value) => value.toFixed(2))
  return rowOf(numbers, base, cell, subject, names)
}

/** Absolute numbers. */
export const counts = <Name extends string>(
  numbers: Numbers<Name>,
  subject: Subject,
  options: Options<Name> = {}
): Row => {
  const { base = "raw" as Name, names } = options
  return rowOf(numbers, base, (name) => spread(numbers.map((round) => round[name]), absolute), subject, names)
}

/** One measure of each variant, in each round. */
export const numbers = <Name extends string>(
  rounds: ReadonlyArray<Readonly<Record<Name, Measured>>>,
  of: (measured: Measured) => number
): Numbers<Name> =>
  rounds.map((round) =>
    Object.fromEntries(Object.entries<Measured>(round).map(([name, measured]) => [name, of(measured)])) as Record<
      Name,
      number
    >
  )

const measures = {
  wall: { measure: "wall", unit: "ms", of: (measured: Measured) => measured.wall },
  cpu: { measure: "CPU", unit: "ms", of: (measured: Measured) => measured.cpu },
  peak: { measure: "peak memory", unit: "MB", of: (measured: Measured) => measured.peak }
} as const

/** A row of ratios for each measure. */
export const compare = <Name extends string>(
  rounds: ReadonlyArray<Readonly<Record<Name, Measured>>>,
  wanted: ReadonlyArray<keyof typeof measures>,
  subject: Pick<Subject, "topic" | "work">,
  options: Options<Name> = {}
): ReadonlyArray<Row> =>
  wanted.map((name) => {
    const { measure, of, unit } = measures[name]
    return ratios(numbers(rounds, of), { ...subject, measure, unit }, options)
  })

/** Rows of ratios for a single call, where each round made `calls` calls. */
export const compareCalls = <Name extends string>(
  rounds: ReadonlyArray<Readonly<Record<Name, Measured>>>,
  calls: number,
  wanted: ReadonlyArray<"wall" | "cpu">,
  subject: Pick<Subject, "topic" | "work">
): ReadonlyArray<Row> =>
  wanted.map((name) => {
    const { measure, of } = measures[name]
    const perCall = numbers(rounds, (measured) => of(measured) * 1000 / calls)
    return ratios(perCall, { ...subject, measure: `${measure} per call`, unit: "µs" })
  })

export const markdown = (rows: ReadonlyArray<Row>): string => {
  const lines = rows.map(({ base, cells, measure, topic, work }, i) => [
    topic === rows[i - 1]?.topic ? "" : `\`${topic}\``,
    work,
    measure,
    base,
    ...columnNames.map((column) => cells[column] ?? "–")
  ])
  const head = ["topic", "work", "measure", "raw SDK", ...Object.values(columns)]
  return [head, head.map(() => "---"), ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n")
}
