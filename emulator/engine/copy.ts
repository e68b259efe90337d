/**
 * Copies plain data, because the two ends of a wire share no objects. Doesn't copy other values: dates, bytes, streams.
 */
export const copyData = <A>(value: A): A => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(copyData) as A
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return value
  const copy = { ...value }
  for (const key in copy) if (typeof copy[key] === "object") copy[key] = copyData(copy[key])
  return copy
}

/** Roughly how many bytes plain data takes. */
export const weightOf = (value: unknown): number => {
  if (typeof value === "string") return 24 + value.length
  if (typeof value !== "object" || value === null) return 8
  if (ArrayBuffer.isView(value)) return 100 + value.byteLength
  let weight = 40
  for (const key in value) weight += 8 + weightOf((value as Record<string, unknown>)[key])
  return weight
}
