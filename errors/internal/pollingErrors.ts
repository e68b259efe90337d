import * as Duration from "effect/Duration"
import { TaggedError } from "./tagged.ts"

export class WaitTimedOut<out A = unknown> extends TaggedError("WaitTimedOut")<{
  /** What was awaited: `OpenSearch domain logs to be deleted`. */
  readonly waitingFor: string
  /** How long the wait took. */
  readonly waited: Duration.Duration
  /** The last value seen; `undefined` if there was none. It crosses only with the codec of `WaitTimedOut.schema`. */
  readonly last: A | undefined
}> {
  override get message(): string {
    const waited = Duration.format(Duration.seconds(Math.round(Duration.toSeconds(this.waited))))
    return `Gave up waiting for ${this.waitingFor} after ${waited}. ` +
      "It may still happen: check again later, or allow more time."
  }

  override toJSON(): unknown {
    const { last: _, ...json } = super.toJSON() as { readonly last?: unknown }
    const waited = Duration.toMillis(this.waited)
    return { ...json, waited: Number.isFinite(waited) ? waited : String(waited) }
  }
}
