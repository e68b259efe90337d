/**
 * The error of waiting.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
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
