// Medians, and the table of them.
import type { Measured } from "./lab.ts"

/** The columns beside that of the raw SDK, by the name of a variant. */
const columns = {
  ours: "effect-aws-sdk",
  untraced: "the same, no tracer",
  "effect-aws": "@effect-aws",
  distilled: "distilled",
  floor: "floor"
} as const

type Column = keyof typeof columns
const columnNames = Object.keys(columns) as ReadonlyArray<Column>

/** What is measured of what. */
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

/** A number for each variant, of each round. */
export type Numbers<Name extends string> = ReadonlyArray<Readonly<Record<Name, number>>>

/** By linear interpolation. */
const quantile = (values: ReadonlyArray<number>, q: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const below = sorted[Math.floor(at)] ?? Number.NaN
  return below + ((sorted[Math.ceil(at)] ?? below) - below) * (at % 1)
}

/** The median, and the quartiles where they are not the same. */
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
  /** What stands in the first column, and is divided by. */
  readonly base?: Name
  /** Which variant is in which column, where its name does not say so. */
  readonly names?: Partial<Record<Column, Name>>
}

/** Ratios, each taken within a round. */
export const ratios = <Name extends string>(
  numbers: Numbers<Name>,
  subject: Subject,
  options: Options<Name> = {}
): Row => {
  const { base = "raw" as Name, names } = options
  const cell = (name: Name) => spread(numbers.map((round) => round[name] / round[base]), (value) => value.toFixed(2))
  return rowOf(numbers, base, cell, subject, names)
}

/** The numbers as they are. */
export const counts = <Name extends string>(
  numbers: Numbers<Name>,
  subject: Subject,
  options: Options<Name> = {}
): Row => {
  const { base = "raw" as Name, names } = options
  return rowOf(numbers, base, (name) => spread(numbers.map((round) => round[name]), absolute), subject, names)
}

/** What was measured of each variant, as numbers. */
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

/** The same for one call of `calls`. */
export const compareCalls = <Name extends string>(
  rounds: ReadonlyArray<Readonly<Record<Name, Measured>>>,
  calls: number,
  wanted: ReadonlyArray<"wall" | "cpu">,
  subject: Pick<Subject, "topic" | "work">
): ReadonlyArray<Row> =>
  wanted.map((name) => {
    const { measure, of } = measures[name]
    const perCall = numbers(rounds, (measured) => of(measured) * 1000 / calls)
    return ratios(perCall, { ...subject, measure: `${measure} a call`, unit: "µs" })
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
