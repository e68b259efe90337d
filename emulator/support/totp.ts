// One-time passwords by time, as RFC 6238 describes them: six digits that change every 30 seconds.
import { createHmac } from "node:crypto"
import { base32 } from "../engine/random.ts"

const STEP = 30_000
/** How many steps of used codes are remembered: more than any tolerance spans. */
const remembered = 32

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

/** A device, and the steps of the codes that it gave lately. */
interface Device {
  readonly seed: string
  usedSteps: ReadonlyArray<number>
}

/**
 * Uses up codes of a device, if they are right: if they follow each other about now, and were not used before. The clock of a device may
 * be off by `tolerance` steps. Answers whether they are right.
 */
export const useCodes = (device: Device, now: number, codes: ReadonlyArray<string>, tolerance: number): boolean => {
  const step = Math.floor(now / STEP)
  for (let first = Math.max(0, step - tolerance); first <= step + tolerance; first++) {
    const steps = codes.map((_, i) => first + i)
    if (steps.some((one) => device.usedSteps.includes(one))) continue
    if (!steps.every((one, i) => codeAt(device.seed, one) === codes[i])) continue
    device.usedSteps = [...steps, ...device.usedSteps].slice(0, remembered)
    return true
  }
  return false
}
