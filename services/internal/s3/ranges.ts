// Ranges of bytes: the one that was asked for, and the one that came.
import type { Range } from "./options.ts"

/** Bytes of an object: from `start` up to, but without, `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** What `Content-Range` says. `total` is the size of the object, unless the server doesn't tell it. */
export interface AnsweredRange extends Span {
  readonly total: number | undefined
}

export const parseContentRange = (header: string | undefined): AnsweredRange | undefined => {
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header?.trim() ?? "") ?? []
  if (first === undefined || last === undefined) return undefined
  const answered = { start: Number(first), end: Number(last) + 1, total: total === "*" ? undefined : Number(total) }
  const { end, start } = answered
  return start < end && end <= (answered.total ?? Infinity) ? answered : undefined
}

/** Whether this is the range that was asked for, as far as the object has it. */
export const isRange = ({ end, start, total }: AnsweredRange, asked: Range): boolean => {
  if ("last" in asked) {
    return total === undefined ? end - start <= asked.last : end === total && start === Math.max(0, total - asked.last)
  }
  if (start !== asked.start) return false
  const wanted = asked.end === undefined ? Infinity : asked.end + 1
  return total === undefined ? end <= wanted : end === Math.min(wanted, total)
}

/** The bytes of a range that an object of this size has; `undefined` if it has none. */
export const spanOf = (range: Range | undefined, size: number): Span | undefined => {
  const [start, end] = range === undefined
    ? [0, size]
    : "last" in range
    ? [Math.max(0, size - range.last), size]
    : [range.start, range.end === undefined ? size : Math.min(size, range.end + 1)]
  return start < end ? { start, end } : undefined
}
