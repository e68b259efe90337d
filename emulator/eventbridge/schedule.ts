// The schedules of rules: `rate(5 minutes)`, `cron(0 12 * * ? *)`.

interface Field {
  readonly min: number
  readonly max: number
  /** The names that stand for the numbers from `min` on. */
  readonly names?: ReadonlyArray<string>
  /** What else the field may be, besides numbers, ranges, steps and `*`. */
  readonly special?: RegExp
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

const fields: ReadonlyArray<Field> = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31, special: /^(\?|L|LW|([1-9]|[12]\d|3[01])W)$/ },
  { min: 1, max: 12, names: months },
  { min: 1, max: 7, names: weekdays, special: /^(\?|L|[1-7]L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)#[1-5])$/ },
  { min: 1970, max: 2199 }
]

const isValue = (text: string, { max, min, names = [] }: Field): boolean =>
  names.includes(text.toUpperCase()) || (/^\d+$/.test(text) && Number(text) >= min && Number(text) <= max)

const isField = (text: string, field: Field): boolean =>
  text.split(",").every((part) => {
    if (field.special?.test(part.toUpperCase()) === true) return text === part
    const [range = "", step, ...more] = part.split("/")
    if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false
    if (range === "*") return true
    const ends = range.split("-")
    return ends.length <= 2 && ends.every((end) => isValue(end, field))
  })

const isCron = (text: string): boolean => {
  const parts = text.split(" ")
  // Exactly one of the two days is open.
  return parts.length === fields.length && (parts[2] === "?") !== (parts[4] === "?") &&
    parts.every((part, i) => isField(part, fields[i]!))
}

export const isSchedule = (expression: string): boolean => {
  const cron = /^cron\((.*)\)$/.exec(expression)?.[1]
  return cron === undefined
    ? /^rate\((1 (minute|hour|day)|(?!1 )[1-9]\d* (minutes|hours|days))\)$/.test(expression)
    : isCron(cron)
}
