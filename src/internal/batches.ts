/** What a batch has a limit of: how many elements, how many bytes. */
export interface Limit<in A> {
  readonly of: (element: A) => number
  /** The most that a batch may have. */
  readonly atMost: number
}

/**
 * Cuts a list into batches within all limits, in its order, each as large as it can be. What is over a limit by itself
 * is in none of them.
 */
export const batches = <A>(
  elements: Iterable<A>,
  limits: ReadonlyArray<Limit<A>>
): { readonly batches: ReadonlyArray<ReadonlyArray<A>>; readonly tooLarge: ReadonlyArray<A> } => {
  const all: Array<Array<A>> = []
  const tooLarge: Array<A> = []
  let left: ReadonlyArray<number> = []
  for (const element of elements) {
    const sizes = limits.map((limit) => limit.of(element))
    if (sizes.some((size, i) => size > limits[i]!.atMost)) {
      tooLarge.push(element)
      continue
    }
    const last = all.at(-1)
    const fits = last !== undefined && sizes.every((size, i) => size <= left[i]!)
    if (fits) last.push(element)
    else all.push([element])
    left = sizes.map((size, i) => (fits ? left[i]! : limits[i]!.atMost) - size)
  }
  return { batches: all, tooLarge }
}
