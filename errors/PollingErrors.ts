/**
 * What can go wrong while waiting.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"

/**
 * What was waited for did not come in the time, or in the number of looks, that were given.
 *
 * @category errors
 * @since 0.1.0
 */
export class WaitTimedOut<out A = unknown> extends Data.TaggedError("WaitTimedOut")<{
  /** What was waited for: `OpenSearch domain logs to be deleted`. */
  readonly waitingFor: string
  /** How long was waited. */
  readonly waited: Duration.Duration
  /** The last value seen; `undefined` where none came in time. */
  readonly last: A | undefined
}> {
  override get message(): string {
    const waited = Duration.format(Duration.seconds(Math.round(Duration.toSeconds(this.waited))))
    return `Waited ${waited} for ${this.waitingFor}, and it has not come. ` +
      "It may still come: look again later, or give a longer timeout."
  }
}
