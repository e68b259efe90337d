// Waiting in a workflow: polls are activities, and the time between them is a durable timer.
import { Duration, Effect, Schema } from "effect"
import type { AwsClients, Fleet } from "effect-aws-sdk"
import { DurableClock } from "effect/workflow"
import { type Place, step, type Unavailable } from "./Place.ts"

/** Something didn't come true in time. */
export class StillWaiting extends Schema.TaggedError<StillWaiting>()("StillWaiting", {
  waitingFor: Schema.String,
  seconds: Schema.Finite
}) {
  override get message(): string {
    const duration = Duration.format(Duration.seconds(this.seconds))
    return `Waited ${duration} for ${this.waitingFor}. Run again under another name to wait longer.`
  }
}

export interface Wait {
  /** How long to wait before the first poll. */
  readonly first: Duration.Input
  /** How long to wait between polls. */
  readonly every: Duration.Input
  /** How often to poll. */
  readonly polls: number
}

/** As fast as the place is. */
const inPlaceTime = ({ speed = 1 }: Place, duration: Duration.Input) =>
  Duration.millis(Math.ceil(Duration.toMillis(Duration.fromInputUnsafe(duration)) / speed))

/**
 * Waits until the check succeeds with `true`.
 *
 * A poll loop inside of one activity would begin again when its runner dies. Here each poll is an activity of its own, and
 * the engine keeps when the next one is due: a runner that takes over waits for the rest of the time only. The number of
 * polls limits the wait, as code outside of activities can't look at the clock: a replay has to do the same again.
 */
export const waitUntil = Effect.fnUntraced(function*<E extends Schema.Constraint = typeof Schema.Never>(
  place: Place,
  options: Wait & {
    /** Different for each wait of an execution. */
    readonly name: string
    /** For the error: `the tasks to stop`. */
    readonly waitingFor: string
    readonly error?: E | undefined
    readonly check: Effect.Effect<boolean, E["Type"] | Unavailable, AwsClients | Fleet.Fleet>
  }
) {
  const { check, error, every, first, name, polls, waitingFor } = options
  for (let poll = 1; poll <= polls; poll++) {
    yield* DurableClock.sleep({
      name: `${name}: wait ${poll}`,
      duration: inPlaceTime(place, poll === 1 ? first : every),
      // Shorter waits would otherwise be activities, which begin again after a crash.
      inMemoryThreshold: 0
    })
    if (yield* step(place, { name: `${name}: poll ${poll}`, success: Schema.Boolean, error, execute: check })) return
  }
  const millis = Duration.toMillis(Duration.fromInputUnsafe(first)) +
    Duration.toMillis(Duration.fromInputUnsafe(every)) * (polls - 1)
  return yield* new StillWaiting({ waitingFor, seconds: millis / 1000 })
})
