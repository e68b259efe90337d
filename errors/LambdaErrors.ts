/**
 * The errors of Lambda functions.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codec, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/lambdaErrors.ts"

/**
 * The time of an invocation ended, so its effect was interrupted, or the build of the handler's Layer.
 *
 * @category errors
 * @since 0.1.0
 */
export const DeadlineExceeded = /* @__PURE__ */ codec(
  Internal.DeadlineExceeded,
  () => ({
    functionName: Schema.String,
    during: Schema.Literals(["Invocation", "LayerBuild"]),
    availableMillis: Schema.Finite,
    marginMillis: Schema.Finite
  }),
  504
)
/**
 * The type of {@link DeadlineExceeded:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type DeadlineExceeded = Internal.DeadlineExceeded

/**
 * The effect of an invocation was interrupted, and not by the deadline.
 *
 * @category errors
 * @since 0.1.0
 */
export const InvocationInterrupted = /* @__PURE__ */ codec(
  Internal.InvocationInterrupted,
  () => ({ functionName: Schema.String, by: Schema.Literals(["Shutdown", "Effect"]) }),
  503
)
/**
 * The type of {@link InvocationInterrupted:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type InvocationInterrupted = Internal.InvocationInterrupted

/**
 * The answer of a handler has a value that JSON can't have.
 *
 * @category errors
 * @since 0.1.0
 */
export const AnswerNotSerializable = /* @__PURE__ */ codec(
  Internal.AnswerNotSerializable,
  () => ({ path: Schema.String, why: Schema.String }),
  500
)
/**
 * The type of {@link AnswerNotSerializable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type AnswerNotSerializable = Internal.AnswerNotSerializable

/**
 * The answer of a handler is larger than what Lambda accepts.
 *
 * @category errors
 * @since 0.1.0
 */
export const AnswerTooLarge = /* @__PURE__ */ codec(
  Internal.AnswerTooLarge,
  () => ({ bytes: Schema.Finite, limitBytes: Schema.Finite }),
  500
)
/**
 * The type of {@link AnswerTooLarge:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type AnswerTooLarge = Internal.AnswerTooLarge

export type { FailedRecord } from "./internal/lambdaErrors.ts"

/**
 * The function was invoked with an event that its handler doesn't take. The message says where the mismatch is, and
 * shows no value but the source and the detail type of an event of EventBridge. `mismatch` says of an event of AWS's whether AWS's
 * part of it or what it carries doesn't match.
 *
 * It isn't retryable: the same event fails again. For an asynchronous invocation, AWS retries it all the same; set the
 * function's `MaximumRetryAttempts` or a destination on failure for events that nobody should see again.
 *
 * @category errors
 * @since 0.1.0
 */
export const LambdaEventNotDecodable = /* @__PURE__ */ codec(
  Internal.LambdaEventNotDecodable,
  () => ({
    expected: Schema.String,
    issue: Schema.String,
    mismatch: orUndefined(Schema.Literals(["Event", "Content"]))
  }),
  422
)
/**
 * The type of {@link LambdaEventNotDecodable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type LambdaEventNotDecodable = Internal.LambdaEventNotDecodable

/**
 * Nothing of a batch can be taken as done: all messages of a queue failed, or the first record of a stream. AWS delivers the
 * whole batch again, as it does after a list of all of its records.
 *
 * `failures` has why, in the order of the batch.
 *
 * @category errors
 * @since 0.1.0
 */
export const BatchFailed = /* @__PURE__ */ codec(
  Internal.BatchFailed,
  () => ({
    records: Schema.String,
    count: Schema.Finite,
    failures: Schema.Array(Schema.Struct({ id: Schema.String, reason: Schema.String }))
  }),
  500
)
/**
 * The type of {@link BatchFailed:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type BatchFailed = Internal.BatchFailed
