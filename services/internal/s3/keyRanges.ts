// A list of keys, cut into ranges that are listed side by side.
//
// S3 tells nothing of the keys that it hasn't listed yet, so a range is cut where its keys so far suggest it: at a character in
// which they may differ. A wrong guess costs one call. It loses and repeats nothing, as ranges meet at their bounds.
import { compareKeys } from "./keys.ts"

/** A range of keys that is being listed. */
export interface KeyRange {
  /** The keys of the range come after this one. */
  readonly after: string | undefined
  /** The range that this one has been cut off from. */
  readonly lower: KeyRange | undefined
  /** The last key that had been listed by then. */
  readonly below: string | undefined
  /** The last key that the range may have; `undefined` if it goes on to the end. It moves down when the range is cut. */
  end: string | undefined
  /** The last key that has been listed; `undefined` before the first page, and when nothing is left. */
  last: string | undefined
  /** How many characters all keys that aren't listed yet share, as far as is known. */
  shared: number
  /** The first character, from `shared` on, in which keys differ, as far as is known. */
  differing: number
  /** How many characters the keys of the last page share. */
  sharedByPage: number
  /** How many pages say that the range is a large one: those that it and what it was cut off from had by then. */
  weight: number
  /** Whether it is unknown yet what is in the part that was last cut off. */
  isCutting: boolean
}

const pointsOf = (text: string): Array<number> => Array.from(text, (character) => character.codePointAt(0)!)

/** How many characters two texts share at their start. */
const sharedLength = (a: string, b: string): number => {
  const [as, bs] = [pointsOf(a), pointsOf(b)]
  const end = as.findIndex((point, i) => point !== bs[i])
  return end === -1 ? as.length : end
}

const rangeOf = (
  fixed: Pick<KeyRange, "after" | "below" | "lower">,
  variable: Pick<KeyRange, "end" | "shared" | "weight">
): KeyRange => ({
  ...fixed,
  ...variable,
  last: undefined,
  differing: Infinity,
  sharedByPage: Infinity,
  isCutting: false
})

/** The range of all keys with this prefix that come after a key. */
export const wholeRange = (prefix: string, after: string | undefined): KeyRange =>
  rangeOf({ after, below: undefined, lower: undefined }, { end: undefined, shared: pointsOf(prefix).length, weight: 0 })

/** What the range below learns from a page of this one, or from its end. */
const settle = ({ lower, weight }: KeyRange, isEmpty: boolean): void => {
  if (lower === undefined) return
  lower.isCutting = false
  if (isEmpty) lower.weight += weight
}

/** Remembers what a page tells of a range: its first key and its last one. */
export const advance = (range: KeyRange, first: string, last: string): void => {
  const isFirst = range.last === undefined
  // Where this page and what is below differ, what comes may differ too.
  const differing = isFirst && range.below !== undefined ? sharedLength(range.below, first) : range.differing
  if (isFirst) settle(range, false)
  range.last = last
  range.sharedByPage = sharedLength(first, last)
  range.differing = Math.max(range.shared, Math.min(differing, range.sharedByPage))
  range.weight++
}

/** Remembers that all keys of a range have been listed. */
export const finish = (range: KeyRange): void => {
  settle(range, range.sharedByPage === Infinity)
  range.last = undefined
}

/** The end, which is excluded, of the digits or letters that a character belongs to; else that of ASCII, and so on. */
const ends = [0x3a, 0x5b, 0x7b, 0x7f, 0x800, 0xd800, 0x10000, 0x110000]
const starts = [0x30, 0x41, 0x61, 0, 0, 0, 0, 0]

/** The character halfway to the last one that is likely; `undefined` if there is none. UTF-8 has no surrogates. */
const halfway = (point: number, end: number | undefined): number | undefined => {
  const bound = end ?? ends.find((end, i) => starts[i]! <= point && point + 2 < end)
  if (bound === undefined) return undefined
  const middle = Math.floor((point + bound) / 2)
  return middle <= point || (middle >= 0xd800 && middle < 0xe000) ? undefined : middle
}

const following = (point: number): number => point === 0xd7ff ? 0xe000 : point + 1

/**
 * Cuts a range, and returns its upper part; `undefined` if there is no place to cut it. First it looks how many characters
 * the keys share, as one looks up a word: it cuts behind all keys that begin like the last one, up to a character. Then it
 * halves the characters that may come at this place.
 */
const cut = (range: KeyRange): KeyRange | undefined => {
  const { end, last } = range
  if (last === undefined || range.isCutting) return undefined
  const points = pointsOf(last)
  const endPoints = end === undefined ? [] : pointsOf(end)
  const share = (shared: number) => {
    range.shared = shared
    range.differing = Math.max(shared, range.sharedByPage)
  }
  while (range.shared <= points.length) {
    const { differing, shared } = range
    const isDeeper = differing > shared
    const length = isDeeper ? shared + Math.ceil((differing - shared) / 2) : shared + 1
    const start = points.slice(0, length - 1)
    const point = points[length - 1] ?? 0x1f
    const endPoint = endPoints[length - 1]
    const isBelowEnd = endPoint !== undefined && endPoint > point && start.every((point, i) => point === endPoints[i])
    const next = isDeeper ? following(point) : halfway(point, isBelowEnd ? endPoint : undefined)
    const middle = next === undefined || next > 0x10ffff ? undefined : String.fromCodePoint(...start, next)
    const isWithin = middle !== undefined && compareKeys(last, middle) < 0 &&
      (end === undefined || compareKeys(middle, end) < 0)
    if (isDeeper || !isWithin) share(length)
    if (isWithin) {
      range.end = middle
      range.weight /= 2
      range.isCutting = true
      return rangeOf({ after: middle, below: last, lower: range }, { end, shared, weight: range.weight })
    }
  }
  return undefined
}

/** Cuts the range that has most left, as far as is known, among those that can be cut. */
export const cutLargest = (ranges: Iterable<KeyRange>): KeyRange | undefined => {
  for (const range of [...ranges].sort((a, b) => b.weight - a.weight)) {
    const upper = cut(range)
    if (upper !== undefined) return upper
  }
  return undefined
}
