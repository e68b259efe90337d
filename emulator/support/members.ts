// The members of requests and answers.

/** Removes the members that are `undefined`. AWS leaves out members without a value. */
export const defined = <A extends object>(members: A): A =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as A

/** These members of a request, without those that weren't sent. */
export const pick = <I extends object, K extends keyof I>(input: I, keys: ReadonlyArray<K>): Partial<Pick<I, K>> =>
  defined(Object.fromEntries(keys.map((key) => [key, input[key]]))) as Partial<Pick<I, K>>

/** What a table has for a key that comes from a request: a key such as `constructor` isn't in any table. */
export const lookup = <A>(table: Readonly<Record<string, A>>, key: string): A | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined
