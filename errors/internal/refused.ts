import type { Misconfigured } from "./reasons.ts"

/** Thrown in place of a request that would not reach AWS as the program means it. Nothing has been sent. */
export class Refused extends Error {
  override readonly name = "Refused"
  readonly reason: Misconfigured
  constructor(reason: Misconfigured) {
    super(reason.message)
    this.reason = reason
  }
}
