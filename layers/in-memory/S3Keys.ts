/** S3's key order, and pages of lists in that order. */

/** The sort key of an object key: its UTF-8 bytes. */
export const sortKeyOf = (key: string): string => Buffer.from(key).toString("latin1")

/** A map that iterates in S3's key order, starting at any key. It builds its index when it is first needed. */
export class Keys<A> {
  readonly #values = new Map<string, A>()
  #index: ReadonlyArray<readonly [order: string, key: string]> | undefined

  get size(): number {
    return this.#values.size
  }

  get(key: string): A | undefined {
    return this.#values.get(key)
  }

  set(key: string, value: A): void {
    if (!this.#values.has(key)) this.#index = undefined
    this.#values.set(key, value)
  }

  /** Leaves the key in the index, so that deleting objects while listing them doesn't sort the keys again each time. */
  delete(key: string): void {
    this.#values.delete(key)
  }

  *from(key: string): Iterable<readonly [key: string, value: A]> {
    const index = this.#index ??= Array.from(this.#values.keys(), (key) => [sortKeyOf(key), key] as const).sort(
      ([a], [b]) => a < b ? -1 : a > b ? 1 : 0
    )
    const first = sortKeyOf(key)
    let [low, high] = [0, index.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (index[middle]![0] < first) low = middle + 1
      else high = middle
    }
    for (let i = low; i < index.length; i++) {
      const key = index[i]![1]
      const value = this.#values.get(key)
      if (value !== undefined) yield [key, value]
    }
  }
}

export interface Page<A> {
  readonly elements: ReadonlyArray<A>
  readonly prefixes: ReadonlyArray<string>
  /** The page's last element, if it has no common prefix and more elements follow. */
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
    if (commonPrefix !== undefined && (commonPrefix === after || commonPrefix === prefixes.at(-1))) continue
    if (page.length + prefixes.length === size) return { elements: page, prefixes, last, next }
    if (commonPrefix === undefined) page.push(element)
    else prefixes.push(commonPrefix)
    last = commonPrefix === undefined ? element : undefined
    next = commonPrefix ?? key
  }
  return { elements: page, prefixes, last: undefined, next: undefined }
}
