import * as Duration from "effect/Duration"
import { TaggedError } from "./tagged.ts"

interface Wait<A> {
  /** What was awaited: `OpenSearch domain logs to be deleted`. */
  readonly waitingFor: string
  /** How long the wait took. */
  readonly waited: Duration.Duration
  /** The last value seen; `undefined` if there was none. It crosses only with the codec of `schema`. */
  readonly last: A | undefined
}

/** The JSON of the error of a wait, without the last value, which may be secret. */
const withoutLast = (json: unknown, { waited }: Wait<unknown>): unknown => {
  const { last: _, ...rest } = json as { readonly last?: unknown }
  const millis = Duration.toMillis(waited)
  return { ...rest, waited: Number.isFinite(millis) ? millis : String(millis) }
}

const inSeconds = (waited: Duration.Duration): string => {
  const seconds = Math.round(Duration.toSeconds(waited))
  // `format` writes no unit for nothing.
  return seconds === 0 ? "0s" : Duration.format(Duration.seconds(seconds))
}

export class WaitTimedOut<out A = unknown> extends TaggedError("WaitTimedOut")<Wait<A>> {
  override get message(): string {
    return `Gave up waiting for ${this.waitingFor} after ${inSeconds(this.waited)}. ` +
      "It may still happen: check again later, or allow more time."
  }

  override toJSON(): unknown {
    return withoutLast(super.toJSON(), this)
  }
}

export class WaitFailed<out A = unknown> extends TaggedError("WaitFailed")<
  Wait<A> & {
    /** What ended the wait: `Reservations[].Instances[].State.Name has "terminated"`. */
    readonly reason: string
    /** The `AwsError` that ended the wait, if it was one. */
    readonly cause: unknown
  }
> {
  override get message(): string {
    return `Stopped waiting for ${this.waitingFor} after ${inSeconds(this.waited)}: ${this.reason}. ` +
      "It won't happen by itself any more: find out what brought the resource into this state, repair it or make a new " +
      "one, and wait again."
  }

  override toJSON(): unknown {
    return withoutLast(super.toJSON(), this)
  }
}
