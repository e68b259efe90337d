/** The dates that conditions in policies compare. */

const date =
  /^(-?\d+)(?:-(\d+))?(?:-(\d+))?(?:t(?:(\d+)(?::(\d+)(?::(\d+)(?:\.\d{1,9})?(?:z|\+(\d\d)(?::(\d\d))?)?)?)?)?)?$/i

const within = (text: string | undefined, from: number, to: number): boolean =>
  text === undefined || (Number(text) >= from && Number(text) <= to)

/** Whether AWS reads the text as a date: in ISO 8601, the least significant parts of which may be missing, or in seconds. */
export const isDate = (value: unknown): boolean => {
  const text = String(value)
  if (!/t|-/i.test(text)) return /^\d{1,19}$/.test(text) && BigInt(text) <= 9_223_372_036_854_775_807n
  const parts = date.exec(text)
  if (parts === null) return false
  const [, year, month, day, hours, minutes, seconds, zoneHours, zoneMinutes] = parts
  return within(year, -292_275_054, 292_278_993) && within(month, 1, 12) && within(day, 1, 31) &&
    within(hours, 0, 23) && within(minutes, 0, 59) && within(seconds, 0, 59) && within(zoneHours, 0, 23) &&
    within(zoneMinutes, 0, 59)
}
