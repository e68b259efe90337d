// What happens while an effect runs over a fleet.
import type * as Result from "effect/Result"
import type { AwsError } from "../../errors/internal/awsError.ts"
import type { InvalidTarget, TargetDied } from "../../errors/internal/fleetErrors.ts"
import type { AssumeRoleFailed } from "../../errors/internal/layerErrors.ts"
import type { Place, Target } from "./targets.ts"

/**
 * Why a place has no clients: its role can't be assumed, the target is malformed, or a call that was needed for it failed.
 *
 * @category models
 * @since 0.1.0
 */
export type Unavailable = AssumeRoleFailed | InvalidTarget | AwsError

/**
 * What became of one account and region. `account` and `region` are empty if a malformed target has none.
 *
 * @category models
 * @since 0.1.0
 */
export interface Outcome<A, E = never, T extends Target = Target> extends Place<T> {
  /** What the effect returned, what it failed with, or why it couldn't run or end. */
  readonly result: Result.Result<A, E | Unavailable | TargetDied>
}

/**
 * How far a run is. A place that is `running`, `succeeded` or `failed` counts in one of them only; those that are left of `places`
 * wait for their turn.
 *
 * @category models
 * @since 0.1.0
 */
export interface Progress {
  /** The places that are known: of all targets that were read so far. */
  readonly places: number
  /** Whether the last target was read, so that `places` is the number of all. */
  readonly isComplete: boolean
  /** The places where the effect is at work. */
  readonly running: number
  /** The places where it has succeeded. */
  readonly succeeded: number
  /** The places where it has failed or died, or that couldn't be used. */
  readonly failed: number
}

/**
 * The work in a place starts. A target that is malformed never starts: it is `Finished` at once.
 *
 * @category models
 * @since 0.1.0
 */
export interface Started<T extends Target = Target> extends Place<T> {
  /** Tells the start from the end. */
  readonly _tag: "Started"
  /** How far the run is at this event. */
  readonly progress: Progress
}

/**
 * The work in a place has ended, with this `result`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Finished<A, E = never, T extends Target = Target> extends Outcome<A, E, T> {
  /** Tells the end from the start. */
  readonly _tag: "Finished"
  /** How far the run is at this event. */
  readonly progress: Progress
}

/**
 * What happens while an effect runs over a fleet, with how far the run is by then.
 *
 * @category models
 * @since 0.1.0
 */
export type Event<A, E = never, T extends Target = Target> = Started<T> | Finished<A, E, T>
