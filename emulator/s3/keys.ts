// S3's order of keys, that of their UTF-8 bytes, and pages of lists in that order.

// UTF-16 has the characters beyond the BMP, as surrogates, before U+E000 to U+FFFF; UTF-8 has them after.
const rank = (unit: number): number => unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit

export const compareKeys = (a: string, b: string): number => {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export const laterKey = (a: string, b: string): string => compareKeys(a, b) > 0 ? a : b

/** The keys of maps in their order. They follow from the map, so they are no part of what is saved. */
const orders = new WeakMap<ReadonlyMap<string, unknown>, Array<string>>()

/** Where a key is in the order, or would be. */
const placeOf = (order: ReadonlyArray<string>, key: string): number => {
  let [low, high] = [0, order.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareKeys(order[middle]!, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** Sets a value, and keeps the order of the map up to date if it has been needed before. */
export const setKey = <A>(map: Map<string, A>, key: string, value: A): void => {
  const order = map.has(key) ? undefined : orders.get(map)
  if (order !== undefined) order.splice(placeOf(order, key), 0, key)
  map.set(key, value)
}

export const deleteKey = (map: Map<string, unknown>, key: string): void => {
  const order = map.has(key) ? orders.get(map) : undefined
  if (order !== undefined) order.splice(placeOf(order, key), 1)
  map.delete(key)
}

/** The entries in the order of their keys, beginning with this key. */
export const entriesFrom = function*<A>(
  map: ReadonlyMap<string, A>,
  key: string
): Iterable<readonly [key: string, value: A]> {
  let order = orders.get(map)
  if (order === undefined) orders.set(map, order = [...map.keys()].sort(compareKeys))
  for (let i = placeOf(order, key); i < order.length; i++) yield [order[i]!, map.get(order[i]!)!]
}

interface Page<A> {
  readonly elements: ReadonlyArray<A>
  readonly prefixes: ReadonlyArray<string>
  /** The page's last element, if it has no common prefix. */
  readonly last: A | undefined
  /** The key or common prefix that the next page starts after, if there is a next page. */
  readonly next: string | undefined
}

/** One page of elements in S3's order. Keys that share a prefix up to the delimiter are rolled up into that prefix. */
export const pageOf = <A>(
  elements: Iterable<A>,
  { after, delimiter, keyOf, prefix = "", size }: {
    readonly keyOf: (element: A) => string
    readonly after: string | undefined
    readonly prefix: string | undefined
    readonly delimiter: string | undefined
    readonly size: number
  }
): Page<A> => {
  const page: Array<A> = []
  const prefixes: Array<string> = []
  let last: A | undefined
  let next: string | undefined
  for (const element of size === 0 ? [] : elements) {
    const key = keyOf(element)
    if (!key.startsWith(prefix)) break
    const end = delimiter === undefined || delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length)
    const commonPrefix = end === -1 ? undefined : key.slice(0, end + delimiter!.length)
    // A marker inside of a common prefix skips the rest of that prefix.
    if (commonPrefix !== undefined && (after?.startsWith(commonPrefix) || commonPrefix === prefixes.at(-1))) continue
    if (page.length + prefixes.length === size) return { elements: page, prefixes, last, next }
    if (commonPrefix === undefined) page.push(element)
    else prefixes.push(commonPrefix)
    last = commonPrefix === undefined ? element : undefined
    next = commonPrefix ?? key
  }
  return { elements: page, prefixes, last, next: undefined }
}
