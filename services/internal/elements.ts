// What a program passes as an iterable.

const isReadOnce = (iterable: Iterable<unknown>): boolean => (iterable[Symbol.iterator]() as unknown) === iterable

const kept = new WeakMap<object, ReadonlyArray<unknown>>()

/**
 * The elements of an iterable. An iterator, such as the keys of a Map, can be read only once, but an Effect may run again: in a
 * retry, for example. So what was read of it is kept for the next run, which would find nothing, and succeed.
 */
export const elementsOf = <A>(iterable: Iterable<A>): ReadonlyArray<A> => {
  if (!isReadOnce(iterable)) return Array.from(iterable)
  let elements = kept.get(iterable) as ReadonlyArray<A> | undefined
  if (elements === undefined) kept.set(iterable, elements = Array.from(iterable))
  return elements
}

const begun = new WeakSet<object>()

/** Whether somebody has begun to read an iterable that can be read only once. The first who asks is the one who reads it. */
export const isReadAlready = (iterable: Iterable<unknown> & object): boolean => {
  if (!isReadOnce(iterable)) return false
  if (begun.has(iterable)) return true
  begun.add(iterable)
  return false
}
