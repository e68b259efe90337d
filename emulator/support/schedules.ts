// Schedules: `rate(5 minutes)`, `cron(0 12 * * ? *)` and, in Systems Manager, `at(2026-01-31T12:00:00)`.

export interface Rate {
  readonly kind: "rate"
  readonly millis: number
}

export interface At {
  readonly kind: "at"
  /** The local time, in milliseconds as if it were UTC. */
  readonly local: number
}

export interface Cron {
  readonly kind: "cron"
  readonly seconds: ReadonlyArray<number>
  readonly minutes: ReadonlyArray<number>
  readonly hours: ReadonlyArray<number>
  readonly years: ReadonlySet<number>
  /** Whether a day is one of the schedule, in any year. */
  readonly isDay: (day: Day) => boolean
}

export type Schedule = Rate | At | Cron

interface Day {
  /** 1 to 12. */
  readonly month: number
  readonly date: number
  /** 1 is Sunday. */
  readonly weekday: number
  /** The number of days of its month. */
  readonly last: number
}

const dayMillis = 86_400_000
const units: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: dayMillis }

/** A rate. A strict one has the singular after 1 only, and a space before the unit. */
const parseRate = (text: string, isStrict: boolean): Rate | undefined => {
  const [, count = "", space = "", unit = "", plural = ""] = /^(\d{1,9})( ?)(minute|hour|day)(s?)$/.exec(text) ?? []
  const isRight = !isStrict || (space !== "" && (count === "1") === (plural === ""))
  return units[unit] === undefined || !isRight || Number(count) === 0
    ? undefined
    : { kind: "rate", millis: Number(count) * units[unit] }
}

const parseAt = (text: string): At | undefined => {
  const local = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?$/.test(text) ? Date.parse(`${text}Z`) : NaN
  return Number.isNaN(local) ? undefined : { kind: "at", local }
}

interface Field {
  readonly min: number
  readonly max: number
  /** The names that stand for the numbers from `min` on. */
  readonly names?: ReadonlyArray<string>
}

const sixty = { min: 0, max: 59 }
const hours = { min: 0, max: 23 }
const dates = { min: 1, max: 31 }
const months = {
  min: 1,
  max: 12,
  names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
}
const weekdays = { min: 1, max: 7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] }
const years = { min: 1970, max: 2999 }

const numberOf = (text: string, { max, min, names = [] }: Field): number | undefined => {
  const name = names.indexOf(text.toUpperCase())
  if (name >= 0) return min + name
  const number = /^\d{1,4}$/.test(text) ? Number(text) : NaN
  return number >= min && number <= max ? number : undefined
}

/** The numbers of a part of a field: `5`, `1-5`, `MON-FRI`, `0/15`, `10-40/10` or `*`. */
const numbersOf = (part: string, field: Field): ReadonlyArray<number> | undefined => {
  const [range = "", step, ...more] = part.split("/")
  const [from = "", to, ...others] = range.split("-")
  const by = step === undefined ? 1 : /^[1-9]\d{0,3}$/.test(step) ? Number(step) : undefined
  if (by === undefined || more.length > 0 || others.length > 0) return undefined
  const first = range === "*" ? field.min : numberOf(from, field)
  const last = to === undefined
    ? (range === "*" || step !== undefined ? field.max : first)
    : range === "*"
    ? undefined
    : numberOf(to, field)
  if (first === undefined || last === undefined) return undefined
  // A range such as FRI-MON continues at the start of the field.
  const size = field.max - field.min + 1
  const length = last >= first ? last - first : last - first + size
  return Array.from({ length: Math.floor(length / by) + 1 }, (_, i) => field.min + (first - field.min + i * by) % size)
}

const setOf = (text: string, field: Field): ReadonlySet<number> | undefined => {
  const numbers = text.split(",").map((part) => numbersOf(part, field))
  return numbers.includes(undefined) ? undefined : new Set(numbers.flatMap((some) => some ?? []))
}

const isWeekday = (weekday: number): boolean => weekday >= 2 && weekday <= 6

/** The weekday of another date in the month of a day. */
const weekdayOf = (date: number, day: Day): number => (((day.weekday - 1 + date - day.date) % 7) + 7) % 7 + 1

/** The weekday that is nearest to a date, in the same month. */
const nearest = (date: number, day: Day): number => {
  const weekday = weekdayOf(date, day)
  if (isWeekday(weekday)) return date
  if (weekday === 7) return date > 1 ? date - 1 : date + 2
  return date < day.last ? date + 1 : date - 2
}

type Test = (day: Day) => boolean

/** The days that a field for dates selects. L and W stand alone. */
const testOfDates = (text: string): Test | undefined => {
  const upper = text.toUpperCase()
  if (upper === "L") return (day) => day.date === day.last
  if (upper === "LW") return (day) => day.date === nearest(day.last, day)
  const wanted = upper.endsWith("W") ? numberOf(upper.slice(0, -1), dates) : undefined
  if (wanted !== undefined) return (day) => wanted <= day.last && day.date === nearest(wanted, day)
  const numbers = setOf(text, dates)
  return numbers && ((day) => numbers.has(day.date))
}

/** The days that a field for weekdays selects. L and # stand alone. */
const testOfWeekdays = (text: string): Test | undefined => {
  const upper = text.toUpperCase()
  if (upper === "L") return (day) => day.weekday === 7
  const last = upper.endsWith("L") ? numberOf(upper.slice(0, -1), weekdays) : undefined
  if (last !== undefined) return (day) => day.weekday === last && day.date > day.last - 7
  const [, name = "", nth = ""] = /^(\w+)#([1-5])$/.exec(upper) ?? []
  const weekday = numberOf(name, weekdays)
  if (weekday !== undefined) return (day) => day.weekday === weekday && Math.ceil(day.date / 7) === Number(nth)
  const numbers = setOf(text, weekdays)
  return numbers && ((day) => numbers.has(day.weekday))
}

const sorted = (numbers: ReadonlySet<number>): ReadonlyArray<number> => [...numbers].sort((a, b) => a - b)

const parseCron = (text: string, hasSeconds: boolean): Cron | undefined => {
  const parts = text.trim().split(/ +/)
  const seconds = hasSeconds && parts.length === 7 ? setOf(parts.shift()!, sixty) : new Set([0])
  const [minute = "", hour = "", date = "", month = "", weekday = "", year = "", ...more] = parts
  const inMinutes = setOf(minute, sixty)
  const inHours = setOf(hour, hours)
  const inMonths = setOf(month, months)
  const inYears = setOf(year, years)
  // Exactly one of the two days is open.
  const isOpen = date === "?"
  const test = isOpen === (weekday === "?")
    ? undefined
    : isOpen
    ? testOfWeekdays(weekday)
    : testOfDates(date)
  if (!seconds || !inMinutes || !inHours || !inMonths || !inYears || !test || more.length > 0) return undefined
  return {
    kind: "cron",
    seconds: sorted(seconds),
    minutes: sorted(inMinutes),
    hours: sorted(inHours),
    years: inYears,
    isDay: (day) => inMonths.has(day.month) && test(day)
  }
}

/**
 * Reads a schedule; `undefined` if it is malformed. Systems Manager takes more than EventBridge: `at(…)`, seconds, rates such as
 * `rate(1 days)`, and capitals.
 */
export const parseSchedule = (expression: string, of: "EventBridge" | "Systems Manager"): Schedule | undefined => {
  const isStrict = of === "EventBridge"
  const [, kind = "", text = ""] = /^(\w+)\((.*)\)$/.exec(expression) ?? []
  switch (isStrict ? kind : kind.toLowerCase()) {
    case "rate":
      return parseRate(text, isStrict)
    case "at":
      return isStrict ? undefined : parseAt(text)
    case "cron":
      return parseCron(text, !isStrict)
    default:
      return undefined
  }
}

/** The days of a cron schedule from one on, as the milliseconds of their starts. */
function* daysOf({ isDay, years: inYears }: Cron, from: number): Generator<number, void> {
  const end = Date.UTC(years.max + 1, 0, 1)
  for (let start = from - (((from % dayMillis) + dayMillis) % dayMillis); start < end;) {
    const time = new Date(start)
    const year = time.getUTCFullYear()
    if (!inYears.has(year)) {
      start = Date.UTC(year + 1, 0, 1)
      continue
    }
    const month = time.getUTCMonth()
    const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
    if (isDay({ month: month + 1, date: time.getUTCDate(), weekday: time.getUTCDay() + 1, last })) yield start
    start += dayMillis
  }
}

/** Whether a schedule has a day in any year. That of `cron(0 0 31 2 ? *)` has none. */
export const hasRun = (schedule: Schedule): boolean =>
  schedule.kind !== "cron" || daysOf(schedule, Date.UTC(years.min, 0, 1)).next().done !== true

/** How far a time zone is ahead of UTC at a time. */
export const offsetAt = (zone: string, millis: number): number => {
  if (zone === "UTC") return 0
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric"
  }).formatToParts(millis)
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  const local = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"))
  return local - Math.floor(millis / 1_000) * 1_000
}

export const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone !== ""
  } catch {
    return false
  }
}

/** The time at which it is this local time in a zone. */
const utcOf = (local: number, zone: string): number => local - offsetAt(zone, local - offsetAt(zone, local))

/** The latest time that AWS's formats can write: a rate such as `rate(999999999 days)` would go beyond it. */
const latest = Date.UTC(9999, 11, 31)

/** The first run of a schedule after a time; `undefined` if there is none. A rate counts from `since`. */
export const nextRun = (
  schedule: Schedule,
  after: number,
  { since, zone = "UTC" }: { readonly since: number; readonly zone?: string | undefined }
): number | undefined => {
  switch (schedule.kind) {
    case "rate": {
      const at = since + schedule.millis * Math.max(1, Math.floor((after - since) / schedule.millis) + 1)
      return at <= latest ? at : undefined
    }
    case "at": {
      const at = utcOf(schedule.local, zone)
      return at > after ? at : undefined
    }
    case "cron":
      for (const day of daysOf(schedule, after + offsetAt(zone, after))) {
        for (const hour of schedule.hours) {
          for (const minute of schedule.minutes) {
            for (const second of schedule.seconds) {
              const at = utcOf(day + hour * 3_600_000 + minute * 60_000 + second * 1_000, zone)
              if (at > after) return at
            }
          }
        }
      }
      return undefined
  }
}
