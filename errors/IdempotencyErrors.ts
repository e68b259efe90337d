/**
 * The errors of effects that run once for a key.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codec, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/idempotencyErrors.ts"

export type { NotSavedReason } from "./internal/idempotencyErrors.ts"

/**
 * There is no idempotency key: it's `undefined`, empty, or only white space. Nothing ran.
 *
 * @category errors
 * @since 0.1.0
 */
export const IdempotencyKeyMissing = /* @__PURE__ */ codec(
  Internal.IdempotencyKeyMissing,
  () => ({ operation: Schema.String }),
  400
)
/**
 * The type of {@link IdempotencyKeyMissing:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type IdempotencyKeyMissing = Internal.IdempotencyKeyMissing

/**
 * Another run has the key. Try again later: `until` is when the key is free, if that run doesn't end before.
 *
 * @category errors
 * @since 0.1.0
 */
export const IdempotencyInProgress = /* @__PURE__ */ codec(
  Internal.IdempotencyInProgress,
  () => ({ id: Schema.String, until: Schema.Date }),
  409
)
/**
 * The type of {@link IdempotencyInProgress:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type IdempotencyInProgress = Internal.IdempotencyInProgress

/**
 * The key was used with another payload before. Nothing ran.
 *
 * @category errors
 * @since 0.1.0
 */
export const IdempotencyPayloadMismatch = /* @__PURE__ */ codec(
  Internal.IdempotencyPayloadMismatch,
  () => ({ id: Schema.String }),
  422
)
/**
 * The type of {@link IdempotencyPayloadMismatch:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type IdempotencyPayloadMismatch = Internal.IdempotencyPayloadMismatch

/**
 * The stored result doesn't match the schema: another version of the program stored it. The effect didn't run again.
 *
 * @category errors
 * @since 0.1.0
 */
export const IdempotencyResultNotDecodable = /* @__PURE__ */ codec(
  Internal.IdempotencyResultNotDecodable,
  () => ({ id: Schema.String, issue: Schema.String }),
  500
)
/**
 * The type of {@link IdempotencyResultNotDecodable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type IdempotencyResultNotDecodable = Internal.IdempotencyResultNotDecodable

/**
 * The effect succeeded, and its result couldn't be stored: `reason` says why. The record stays in progress until `until`. Then a
 * call with the key runs the effect again. With the reason `TakenOver`, the run had held the key for too long, and another run
 * has it: a later call gets that one's result.
 *
 * The `result` is in the error, for a program that goes on with it. As a Schema, the error omits the `result` and the `cause`.
 *
 * @category errors
 * @since 0.1.0
 */
export const IdempotencyResultNotSaved = /* @__PURE__ */ codec(
  Internal.IdempotencyResultNotSaved,
  () => ({
    id: Schema.String,
    reason: Schema.Literals(["NotEncodable", "TooLarge", "TakenOver", "StoreFailed"]),
    issue: orUndefined(Schema.String),
    until: Schema.Date
  }),
  500
)
/**
 * The type of {@link IdempotencyResultNotSaved:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type IdempotencyResultNotSaved<A = unknown> = Internal.IdempotencyResultNotSaved<A>

/**
 * The store in memory holds as many records as it may, and none of them has expired. Nothing ran.
 *
 * @category errors
 * @since 0.1.0
 */
export const IdempotencyStoreFull = /* @__PURE__ */ codec(
  Internal.IdempotencyStoreFull,
  () => ({ capacity: Schema.Finite }),
  503
)
/**
 * The type of {@link IdempotencyStoreFull:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type IdempotencyStoreFull = Internal.IdempotencyStoreFull
