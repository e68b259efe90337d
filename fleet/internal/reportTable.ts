// A report as text.
import * as DateTime from "effect/DateTime"
import {
  accountLabel,
  accountOf,
  countsOf,
  incomplete,
  noteOf,
  outcomeOf,
  regionLabel,
  type Report,
  summarize,
  type TableOptions
} from "./reportModel.ts"
import { reasonsOf } from "./reportReasons.ts"
import { amount, count, pad, printable, shorten, time, width, wrap } from "./text.ts"

interface Column {
  readonly title: string
  /** The most columns of the terminal that it takes. */
  readonly most: number
  readonly isNumber?: boolean
}

const columns: ReadonlyArray<Column> = [
  { title: "Account", most: 14 },
  { title: "Name", most: 24 },
  { title: "Region", most: 20 },
  { title: "Outcome", most: 9 },
  { title: "Done", most: 10, isNumber: true },
  { title: "Found", most: 10, isNumber: true },
  { title: "Unchanged", most: 10, isNumber: true },
  { title: "Refused", most: 10, isNumber: true }
]

/** The reasons that are below the table, the most frequent first, and how much of each. */
const REASONS = 10
const CUT = 600

const reasonLines = ({ entries }: Report, room: number): ReadonlyArray<string> => {
  const all = reasonsOf(entries)
  if (all.length === 0) return []
  const lines = all.slice(0, REASONS).flatMap(({ items, outcome, places, why }) => {
    const text = printable((why === "" ? "Without a reason" : why).replace(/\s+/g, " ").trim())
    return [
      `${outcome} in ${count(places, "place")}${items === 0 ? "" : `, ${count(items, "item")}`}:`,
      ...wrap(shorten(text, CUT), room - 2).map((line) => `  ${line}`)
    ]
  })
  const others = all.length - REASONS
  return [...lines, ...(others > 0 ? [`The JSON and the page have ${count(others, "more reason")}.`] : []), ""]
}

export const renderTable = (report: Report, options: TableOptions = {}): string => {
  const room = Math.max(60, Math.floor(options.columns ?? 120))
  const { only } = options
  const listed = only === undefined ? report.entries : report.entries.filter((entry) => only.includes(outcomeOf(entry)))
  const rows = listed.map((entry) => {
    const { done, found, refused, unchanged } = countsOf(entry)
    const cells = [
      accountLabel(accountOf(entry)),
      entry.name ?? "",
      regionLabel(entry.region),
      outcomeOf(entry),
      amount(done),
      amount(found),
      amount(unchanged),
      amount(refused)
    ]
    return { cells: cells.map(printable), note: printable(noteOf(entry).replace(/\s+/g, " ").trim()) }
  })
  const widest = columns.map(({ most, title }, i) => {
    const content = rows.reduce((most, { cells }) => Math.max(most, width(cells[i] ?? "")), 0)
    // A column without any content, such as the names of accounts, is left out.
    return content === 0 ? 0 : Math.min(most, Math.max(width(title), content))
  })
  const line = (cells: ReadonlyArray<string>, note: string): string => {
    const shown = cells.flatMap((cell, i) => {
      const columnWidth = widest[i] ?? 0
      return columnWidth === 0
        ? []
        : [pad(shorten(cell, columnWidth), columnWidth, columns[i]?.isNumber === true ? "start" : "end")]
    })
    const start = shown.join("  ")
    // The reason is what matters: it always has room, and wraps in the narrowest terminals.
    return `${start}  ${shorten(note, Math.max(20, room - width(start) - 2))}`.trimEnd()
  }
  const { accounts, done, failed, found, items, places, refused, regions, unchanged } = summarize(report)
  const seconds = DateTime.toEpochMillis(report.endedAt) / 1_000 - DateTime.toEpochMillis(report.startedAt) / 1_000
  const head = [
    printable(report.title),
    `${DateTime.formatIso(report.startedAt)}, ${time(seconds)}`,
    ...(report.isComplete ? [] : ["", ...wrap(`INCOMPLETE. ${incomplete}`, room)])
  ]
  const sums = [
    `${count(places, "place")} in ${count(accounts, "account")} and ${count(regions, "region")}, ${
      amount(failed)
    } of them failed`,
    `${count(items, "item")}: ${amount(done)} done, ${amount(found)} found, ${amount(unchanged)} unchanged, ${
      amount(refused)
    } refused`,
    ...(only === undefined ? [] : [`${amount(rows.length)} of the places are listed: ${only.join(", ")}`])
  ]
  const body = rows.length === 0 ? [] : [
    line(columns.map(({ title }) => title), "Why"),
    line(widest.map((columnWidth) => "-".repeat(columnWidth)), "---"),
    ...rows.map(({ cells, note }) => line(cells, note)),
    ""
  ]
  return [...head, "", ...body, ...reasonLines(report, room), ...sums].join("\n")
}
