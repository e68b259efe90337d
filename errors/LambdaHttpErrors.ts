/**
 * The errors of HTTP on Lambda.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Cause } from "./internal/cause.ts"
import { codec, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/lambdaHttpErrors.ts"

/**
 * The event isn't an HTTP request that `LambdaHttp` knows. The invocation fails with it. It lists the event's keys, never its
 * values.
 *
 * @category errors
 * @since 0.1.0
 */
export const EventNotHttp = /* @__PURE__ */ codec(
  Internal.EventNotHttp,
  () => ({ keys: Schema.Array(Schema.String), issue: Schema.String }),
  422
)
/**
 * The type of {@link EventNotHttp:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type EventNotHttp = Internal.EventNotHttp

/**
 * A buffered answer is larger than Lambda sends. `LambdaHttp` logs it, and answers with a 500.
 *
 * @category errors
 * @since 0.1.0
 */
export const ResponseTooLarge = /* @__PURE__ */ codec(
  Internal.ResponseTooLarge,
  () => ({ size: Schema.Int, limit: Schema.Int }),
  500
)
/**
 * The type of {@link ResponseTooLarge:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ResponseTooLarge = Internal.ResponseTooLarge

/**
 * The app's response has a status or a header that can't be sent. `LambdaHttp` logs it, and answers with a 500.
 *
 * @category errors
 * @since 0.1.0
 */
export const ResponseNotSendable = /* @__PURE__ */ codec(
  Internal.ResponseNotSendable,
  () => ({ issue: Schema.String }),
  500
)
/**
 * The type of {@link ResponseNotSendable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ResponseNotSendable = Internal.ResponseNotSendable

/**
 * The body of a response failed or stopped before its end. If no byte was sent yet, `LambdaHttp` logs it and answers with a 500.
 * A streamed response that has begun fails the invocation with it, so that the client doesn't take a part for the whole.
 *
 * @category errors
 * @since 0.1.0
 */
export const ResponseIncomplete = /* @__PURE__ */ codec(
  Internal.ResponseIncomplete,
  () => ({ written: Schema.Int, issue: Schema.String, cause: orUndefined(Cause) }),
  500
)
/**
 * The type of {@link ResponseIncomplete:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ResponseIncomplete = Internal.ResponseIncomplete

/**
 * The handler of `LambdaHttp.streamHandler` runs where responses can't be streamed: the global `awslambda` is missing.
 *
 * @category errors
 * @since 0.1.0
 */
export const StreamingUnavailable = /* @__PURE__ */ codec(
  Internal.StreamingUnavailable,
  () => ({ missing: Schema.String }),
  500
)
/**
 * The type of {@link StreamingUnavailable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type StreamingUnavailable = Internal.StreamingUnavailable
