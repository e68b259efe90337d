// The progress bar. Pure functions: a test needs neither a terminal nor a clock.
import * as Text from "./Text.ts"

/** How fast a transfer goes, from what it reports. */
export interface Meter {
  /** Where the first report found it: a transfer that is resumed doesn't start at 0. */
  readonly began: { readonly at: number; readonly bytes: number }
  readonly at: number
  readonly bytes: number
  /** In bytes per second; `undefined` until it is known. */
  readonly rate: number | undefined
}

/** How long the past counts, in milliseconds: a rate that followed each report would jump. */
const memory = 3_000

export const start = (at: number, bytes: number): Meter => ({ began: { at, bytes }, at, bytes, rate: undefined })

/** The meter after a report. `at` is in milliseconds. */
export const advance = (meter: Meter, at: number, bytes: number): Meter => {
  const elapsed = at - meter.at
  // Two reports at once say nothing about the speed.
  if (elapsed <= 0) return { ...meter, bytes }
  const current = Math.max(0, bytes - meter.bytes) * 1000 / elapsed
  const weight = 1 - Math.exp(-elapsed / memory)
  const rate = meter.rate === undefined ? current : meter.rate + weight * (current - meter.rate)
  return { ...meter, at, bytes, rate }
}

/** The rate from the beginning to now, for the summary. */
export const average = ({ at, began, bytes }: Meter): number | undefined =>
  at > began.at ? (bytes - began.bytes) * 1000 / (at - began.at) : undefined

export interface View {
  /** What is transferred, such as a file's name. */
  readonly label: string
  readonly bytes: number
  /** `undefined` as long as it isn't known. */
  readonly total: number | undefined
  readonly rate: number | undefined
}

export interface Look {
  /** How wide the terminal is. */
  readonly columns: number
  readonly color: boolean
}

const bar = (share: number, cells: number, color: boolean): string => {
  const full = Math.round(share * cells)
  const done = "█".repeat(full)
  return `${color && full > 0 ? `\u001b[32m${done}\u001b[39m` : done}${"░".repeat(cells - full)}`
}

const leastLabel = 12
const mostLabel = 40

/**
 * One line: `today.csv ████████░░░░  67 %  18.2 MiB of 27.1 MiB  8.4 MiB/s  0:02 left`. It is always shorter than the terminal
 * is wide. In a narrow one, it leaves out the time, the rate, the sizes and the bar, in this order, and shortens the label.
 */
export const render = ({ bytes, label, rate, total }: View, { color, columns }: Look): string => {
  // The last column stays free: some terminals break the line there.
  const room = Math.max(0, columns - 1)
  const known = total !== undefined && total > 0
  const share = known ? Math.min(1, bytes / total) : total === 0 ? 1 : 0
  // Only what is complete is 100 %.
  const percent = total === undefined ? "" : `${String(Math.floor(share * 100)).padStart(3)} %`
  const sizes = total === undefined ? Text.size(bytes) : `${Text.size(bytes)} of ${Text.size(total)}`
  const speed = rate === undefined ? "" : `${Text.size(rate)}/s`
  const left = known && rate !== undefined && rate > 0 && bytes < total
    ? `${Text.time((total - bytes) / rate)} left`
    : ""
  const variants = [[percent, sizes, speed, left], [percent, sizes, speed], [percent, sizes], [percent || sizes]]
  const name = Text.printable(label)
  const wanted = Math.min(Text.width(name), mostLabel)
  const needed = Math.min(wanted, leastLabel)
  const texts = variants.map((parts) => parts.filter((part) => part !== "").join("  "))
  const text = texts.find((text) => needed + 1 + Text.width(text) <= room) ?? texts.at(-1) ?? ""
  const labelRoom = Math.min(wanted, room - Text.width(text) - 1)
  if (labelRoom < 1) return Text.shorten(text, room)
  const shown = Text.shorten(name, labelRoom)
  const cells = Math.min(30, room - Text.width(shown) - 1 - Text.width(text) - 1)
  return total !== undefined && cells >= 5 ? `${shown} ${bar(share, cells, color)} ${text}` : `${shown} ${text}`
}
