/** The order of S3's keys, and the pages that are cut from it. */

/** What keys are sorted by: their UTF-8 bytes. */
export const orderOf = (key: string): string => Buffer.from(key).toString("latin1")

/** A map by key that is walked in S3's order, from any key on. Its index is made when it is first asked for. */
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

  /** The index keeps its place: a list that is emptied while it is walked need not be sorted again. */
  delete(key: string): void {
    this.#values.delete(key)
  }

  *from(key: string): Iterable<readonly [key: string, value: A]> {
    const index = this.#index ??= Array.from(this.#values.keys(), (key) => [orderOf(key), key] as const).sort(
      ([a], [b]) => a < b ? -1 : a > b ? 1 : 0
    )
    const first = orderOf(key)
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

export interface Cut<A> {
  readonly elements: ReadonlyArray<A>
  readonly prefixes: ReadonlyArray<string>
  /** The last element, where there are more after it. */
  readonly last: A | undefined
  /** The key, or the common prefix, that the next page starts after, where there is one. */
  readonly next: string | undefined
}

/** One page of what comes in S3's order, with the keys that share a prefix up to the delimiter rolled up to it. */
export const cut = <A>(
  elements: Iterable<A>,
  { after, delimiter, keyOf, prefix = "", size }: {
    readonly keyOf: (element: A) => string
    readonly after: string | undefined
    readonly prefix: string | undefined
    readonly delimiter: string | undefined
    readonly size: number
  }
): Cut<A> => {
  const page: Array<A> = []
  const prefixes: Array<string> = []
  let last: A | undefined
  let next: string | undefined
  for (const element of size === 0 ? [] : elements) {
    const key = keyOf(element)
    if (!key.startsWith(prefix)) break
    const end = delimiter === undefined || delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length)
    const rolled = end === -1 ? undefined : key.slice(0, end + delimiter!.length)
    if (rolled !== undefined && (rolled === after || rolled === prefixes.at(-1))) continue
    if (page.length + prefixes.length === size) return { elements: page, prefixes, last, next }
    if (rolled === undefined) page.push(element)
    else prefixes.push(rolled)
    last = rolled === undefined ? element : undefined
    next = rolled ?? key
  }
  return { elements: page, prefixes, last: undefined, next: undefined }
}
