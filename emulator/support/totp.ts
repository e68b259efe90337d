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

/** The code of a seed in Base32 at a time in milliseconds. */
export const totp = (seed: string, now: number): string => codeAt(seed, Math.floor(now / STEP))

/** Whether two codes follow each other, about now. The clock of a device may be off by `tolerance` steps. */
export const areConsecutive = (seed: string, now: number, codes: readonly [string, string], tolerance: number) => {
  const step = Math.floor(now / STEP)
  for (let i = Math.max(0, step - tolerance); i <= step + tolerance; i++) {
    if (codeAt(seed, i) === codes[0] && codeAt(seed, i + 1) === codes[1]) return true
  }
  return false
}
