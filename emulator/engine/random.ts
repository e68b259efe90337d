// Random numbers that a seed determines. Their state can be saved, so that a restored world never gives out an ID a second time.
import { createHash } from "node:crypto"

/** The digits of Base32, of which AWS makes the ids of users and keys. */
export const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

export interface Random {
  /** A number from 0 to less than 1. */
  readonly next: () => number
  readonly digits: (count: number, alphabet?: string) => string
  readonly uuid: () => string
  readonly save: () => ReadonlyArray<number>
  readonly restore: (state: ReadonlyArray<number>) => void
}

/** The generator sfc32, which is small, fast, and passes the usual batteries of tests. */
export const makeRandom = (seed: string | number): Random => {
  const hash = createHash("sha256").update(`${typeof seed}:${seed}`).digest()
  const state = new Uint32Array([hash.readUInt32LE(0), hash.readUInt32LE(4), hash.readUInt32LE(8), 1])
  const next = (): number => {
    const [a, b, c, counter] = state as unknown as readonly [number, number, number, number]
    const sum = (a + b + counter) >>> 0
    state[3] = counter + 1
    state[0] = b ^ (b >>> 9)
    state[1] = c + (c << 3)
    state[2] = ((c << 21) | (c >>> 11)) + sum
    return sum / 2 ** 32
  }
  const digits = (count: number, alphabet = "0123456789abcdef") => {
    let text = ""
    for (let i = 0; i < count; i++) text += alphabet[Math.floor(next() * alphabet.length)]
    return text
  }
  return {
    next,
    digits,
    uuid: () => `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-${digits(12)}`,
    save: () => [...state],
    restore: (saved) => state.set(saved)
  }
}
