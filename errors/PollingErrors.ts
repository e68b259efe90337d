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
 * The awaited value didn't come within the time, or the number of checks, that was allowed.
 *
 * As a Schema it leaves `last` out, which may be secret. The codec of `WaitTimedOut.schema(last)` includes it, where `last`
 * is the Schema of the awaited value.
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
    /** The codec that includes `last`, by its Schema. */
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
