/**
 * How complex the wildcards of an event pattern are.
 *
 * EventBridge matches all wildcards of a field at the same time, byte by byte, and refuses a pattern with which it could be in more
 * than a few places of them at once. That isn't documented; AWS's rule engine, which is open source, computes it like this, and the
 * limit is what patterns that AWS has accepted and refused agree on.
 */

const MOST_PLACES = 10

/** How many sets of places are looked at. No pattern that AWS accepts comes near it. */
const MOST_SETS = 20_000

const star = Symbol("star")

type Token = number | typeof star

/** The bytes of a wildcard, between the quotes of the JSON text that it matches. */
const tokensOf = (wildcard: string): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  const bytes = Buffer.from(`"${wildcard}"`)
  for (let i = 0; i < bytes.length; i++) {
    const isEscape = bytes[i] === 0x5c
    if (isEscape) i++
    tokens.push(!isEscape && bytes[i] === 0x2a ? star : bytes[i]!)
  }
  return tokens
}

/** A place is after a token. After a star, it stays there for any byte. */
const isTooComplexFor = (wildcards: ReadonlyArray<ReadonlyArray<Token>>): boolean => {
  const offsets: Array<number> = []
  let size = 0
  for (const tokens of wildcards) {
    offsets.push(size)
    size += tokens.length + 1
  }
  const tokenAt = new Map<number, Token>()
  wildcards.forEach((tokens, i) => tokens.forEach((token, j) => tokenAt.set(offsets[i]! + j, token)))

  // Any other byte leads nowhere but to the same stars.
  const bytesAfter = (places: ReadonlySet<number>): Iterable<number | undefined> =>
    new Set([...places].flatMap((place) => {
      const token = tokenAt.get(place)
      const next = token === star ? tokenAt.get(place + 1) : token
      return [undefined, next === star ? undefined : next]
    }))

  // The places that a byte leads to, or any other byte if there is none. A star may also stand for nothing.
  const next = (places: ReadonlySet<number>, byte: number | undefined): ReadonlySet<number> => {
    const found = new Set<number>()
    for (const place of places) {
      if (tokenAt.get(place - 1) === star) found.add(place)
      const token = tokenAt.get(place)
      if (token === star) {
        found.add(place + 1)
        if (byte !== undefined && tokenAt.get(place + 1) === byte) found.add(place + 2)
      } else if (byte !== undefined && token === byte) found.add(place + 1)
    }
    return found
  }

  const placesIn = (places: ReadonlySet<number>): number => {
    const all = new Set(places)
    for (const place of places) if (tokenAt.get(place) === star) all.add(place + 1)
    return all.size
  }

  const seen = new Set<string>()
  const pending: Array<ReadonlySet<number>> = [new Set(offsets)]
  while (pending.length > 0 && seen.size < MOST_SETS) {
    const places = pending.pop()!
    for (const byte of bytesAfter(places)) {
      const reached = next(places, byte)
      if (placesIn(reached) > MOST_PLACES) return true
      const key = [...reached].sort((a, b) => a - b).join()
      if (reached.size > 0 && !seen.has(key)) {
        seen.add(key)
        pending.push(reached)
      }
    }
  }
  return false
}

/** Whether a field has wildcards that are too complex together. */
export const isTooComplex = (wildcards: ReadonlyArray<string>): boolean =>
  wildcards.length > 0 && isTooComplexFor(wildcards.map(tokensOf))
