// Whatever a run chooses follows from its seed: a step can be run again alone.
import { createCipheriv, createHash } from "node:crypto"

export interface Random {
  /** At least 0, less than 1. */
  readonly next: () => number
  /** At least `from`, less than `to`. */
  readonly whole: (from: number, to: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <A>(choices: ReadonlyArray<A>) => A
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** The ETag of an object that was put in one request. */
export const etagOf = (bytes: Uint8Array): string => `"${createHash("md5").update(bytes).digest("hex")}"`

/** The random numbers of whatever these labels name, independent of those of any other. */
export const randomOf = (...labels: ReadonlyArray<string | number>): Random => {
  let state = createHash("sha256").update(labels.join("\n")).digest().readUInt32LE(0)
  // Mulberry32.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (from: number, to: number) => from + Math.floor(next() * (to - from))
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick: (choices) => choices[whole(0, choices.length)]!
  }
}

/** Bytes that no other labels have, and in which no two parts are equal. */
export const contentOf = (size: number, ...labels: ReadonlyArray<string | number>): Buffer => {
  const key = createHash("sha256").update(labels.join("\n")).digest().subarray(0, 16)
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size))
}
