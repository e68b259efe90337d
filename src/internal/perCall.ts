// What the code around a call asks of the call's attempts. It's in the fiber's context, so each call reads its own.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type { AwsErrorReason } from "../../errors/internal/reasons.ts"

/** The retry policy of the call sites, in place of the Layer's. */
export const CallPolicy = Context.Reference<Schedule.Schedule<unknown, AwsErrorReason> | undefined>(
  "effect-aws-sdk/CallPolicy",
  { defaultValue: () => undefined }
)

/** What an aspect does around the attempts of a call. The aspect itself sees the call as a whole. */
export interface AttemptHook {
  /** Delays each attempt but the first, after the wait of the retry policy. */
  readonly beforeRetry: Effect.Effect<void>
  /** Learns how an attempt ended: `undefined` is success. */
  readonly afterAttempt: (reason: AwsErrorReason | undefined) => void
}

/** The hooks of the aspects around a call, the outermost first. */
export const AttemptHooks = Context.Reference<ReadonlyArray<AttemptHook>>("effect-aws-sdk/AttemptHooks", {
  defaultValue: () => []
})
