import { summarize, TaggedError } from "./tagged.ts"
import { sentence } from "./words.ts"

export class InvalidTarget extends TaggedError("InvalidTarget")<{
  /** The target, as it was given: an account id, or the ARN of a role. */
  readonly target: string
  /** What is wrong with it, and what it has to be. */
  readonly description: string
}> {
  override get message(): string {
    return `The target ${JSON.stringify(this.target)} can't be used. ${sentence(this.description)}`
  }
}

export class TargetDied extends TaggedError("TargetDied")<{
  /** The account where the effect died. */
  readonly account: string
  /** The region where it died. */
  readonly region: string
  /** What the effect threw, or died with. */
  readonly cause: unknown
}> {
  override get message(): string {
    // The cause may be a proxy that throws.
    let cause = "its cause can't be shown"
    try {
      cause = summarize(this.cause).message
    } catch {}
    return `The effect died in account ${this.account}, region ${this.region}, which is a fault of the program: ` +
      sentence(cause)
  }
}
