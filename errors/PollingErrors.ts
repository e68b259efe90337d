/**
 * The errors of waiting.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Cause } from "./internal/cause.ts"
import { type AnyCodec, type Codec, codecWithPayload, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/pollingErrors.ts"

const fields = (last?: AnyCodec) => ({
  waitingFor: Schema.String,
  waited: Schema.DurationFromMillis,
  ...(last && { last: orUndefined(last) })
})

/**
 * The awaited value didn't appear before the timeout, or before the schedule ended.
 *
 * As a Schema, it omits `last`, which may be secret. To include it, use the codec `WaitTimedOut.schema(last)`, where
 * `last` is the Schema of the awaited value.
 *
 * @category errors
 * @since 0.1.0
 */
export const WaitTimedOut:
  & typeof Internal.WaitTimedOut
  & Codec<Internal.WaitTimedOut, {
    readonly _tag: "WaitTimedOut"
    readonly message?: string
    readonly waitingFor: string
    readonly waited: number
  }>
  & {
    /** A codec that includes `last`, encoded by its Schema. */
    schema<A, I, RD, RE>(
      last: Schema.Codec<A, I, RD, RE>
    ): Schema.Codec<Internal.WaitTimedOut<A>, unknown, RD, RE>
  } = /* @__PURE__ */ codecWithPayload(Internal.WaitTimedOut, fields, 504)
/**
 * The type of {@link WaitTimedOut:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type WaitTimedOut<A = unknown> = Internal.WaitTimedOut<A>

/**
 * The awaited state can't be reached any more: AWS's answer shows a state that a waiter names as its end, such as an instance
 * that was terminated while the program waited for it to run. `reason` says which.
 *
 * As a Schema, it omits `last`, which may be secret. To include it, use the codec `WaitFailed.schema(last)`, where `last`
 * is the Schema of the last answer.
 *
 * @category errors
 * @since 0.1.0
 */
export const WaitFailed:
  & typeof Internal.WaitFailed
  & Codec<Internal.WaitFailed, {
    readonly _tag: "WaitFailed"
    readonly message?: string
    readonly waitingFor: string
    readonly waited: number
    readonly reason: string
    readonly cause?: (typeof Cause)["Encoded"]
  }>
  & {
    /** A codec that includes `last`, encoded by its Schema. */
    schema<A, I, RD, RE>(
      last: Schema.Codec<A, I, RD, RE>
    ): Schema.Codec<Internal.WaitFailed<A>, unknown, RD, RE>
  } = /* @__PURE__ */ codecWithPayload(
    Internal.WaitFailed,
    (last) => ({ ...fields(last), reason: Schema.String, cause: orUndefined(Cause) }),
    502
  )
/**
 * The type of {@link WaitFailed:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type WaitFailed<A = unknown> = Internal.WaitFailed<A>
