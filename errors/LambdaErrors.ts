/**
 * The errors of Lambda functions.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codec } from "./internal/codec.ts"
import * as Internal from "./internal/lambdaErrors.ts"

export type { FailedRecord } from "./internal/lambdaErrors.ts"

/**
 * The function was invoked with an event that its handler doesn't take. The message says where the mismatch is, and never
 * shows a value.
 *
 * It isn't retryable: the same event fails again. For an asynchronous invocation, AWS retries it all the same; set the
 * function's `MaximumRetryAttempts` or a destination on failure for events that nobody should see again.
 *
 * @category errors
 * @since 0.1.0
 */
export const LambdaEventNotDecodable = /* @__PURE__ */ codec(
  Internal.LambdaEventNotDecodable,
  () => ({ expected: Schema.String, issue: Schema.String }),
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
