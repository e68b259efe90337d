// One-time passwords by time, as RFC 6238 describes them: six digits that change every 30 seconds.
import { createHmac } from "node:crypto"
import { base32 } from "../engine/random.ts"

const STEP = 30_000

/** The bytes of a text in Base32. */
const fromBase32 = (text: string): Buffer => {
  const bits = [...text].map((letter) => base32.indexOf(letter).toString(2).padStart(5, "0")).join("")
  return Buffer.from((bits.match(/[01]{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

const codeAt = (seed: string, step: number): string => {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac("sha1", fromBase32(seed)).update(counter).digest()
  const number = digest.readUInt32BE(digest.at(-1)! & 0xf) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, "0")
}

/** The steps about a time in milliseconds. The clock of a device may be off by `tolerance` steps. */
const stepsAbout = (now: number, tolerance: number): ReadonlyArray<number> => {
  const step = Math.floor(now / STEP)
  return Array.from({ length: 2 * tolerance + 1 }, (_, i) => step - tolerance + i).filter((step) => step >= 0)
}

/** Whether a seed in Base32 has this code about now. */
export const isCurrent = (seed: string, now: number, code: string, tolerance: number): boolean =>
  stepsAbout(now, tolerance).some((step) => codeAt(seed, step) === code)

/** Whether a seed in Base32 has these codes one after the other, about now. */
export const areConsecutive = (
  seed: string,
  now: number,
  [first, second]: readonly [string, string],
  tolerance: number
): boolean =>
  stepsAbout(now, tolerance).some((step) => codeAt(seed, step) === first && codeAt(seed, step + 1) === second)
