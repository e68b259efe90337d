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
 * There is no idempotency key: it's `undefined`, empty, or only white space. Nothing ran. Make the key of a part of the event that is
 * always there and differs between events.
 *
 * - `operation`: what the key is for: the option `name`, or the name of the function.
 *
 * **Example** (The key is a header of a request)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as LambdaDynamoDb from "effect-aws-sdk/LambdaDynamoDb"
 *
 * const store = LambdaDynamoDb.idempotencyStore({ table: "idempotency" })
 *
 * const onRequest = Lambda.on(Lambda.FunctionUrlEvent(), ({ headers }) =>
 *   Effect.logInfo("ordered").pipe(
 *     Lambda.idempotent(headers["idempotency-key"], { store, expiry: "1 day", name: "orders" }),
 *     Effect.as({ statusCode: 201 }),
 *     Effect.catchTag("IdempotencyKeyMissing", () =>
 *       Effect.succeed({ statusCode: 400, body: "Send the header Idempotency-Key." }))
 *   ))
 * ```
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
 * Another run has the key. Nothing ran. Try again later: when that run has succeeded, a call gets its result.
 *
 * - `id`: the id of the record.
 * - `until`: when the key is free at the latest. If the run fails, it's free before.
 * - `isRetryable`: always `true`.
 *
 * **Example** (Wait for the other run)
 *
 * ```ts
 * import { Effect, Schedule, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * declare const charge: (orderId: string) => Effect.Effect<string>
 *
 * const pay = (orderId: string, store: Lambda.IdempotencyStore) =>
 *   charge(orderId).pipe(
 *     Lambda.idempotent(orderId, { store, expiry: "1 day", result: Schema.String }),
 *     Effect.retry({
 *       while: ({ _tag }) => _tag === "IdempotencyInProgress",
 *       schedule: Schedule.spaced("1 second"),
 *       times: 5
 *     })
 *   )
 * ```
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
 * The key was used with another payload before. Nothing ran. Use a key of its own for each payload.
 *
 * - `id`: the id of the record.
 *
 * **Example** (Refuse a request that reuses a key)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as LambdaDynamoDb from "effect-aws-sdk/LambdaDynamoDb"
 *
 * const Order = Schema.Struct({ id: Schema.String, amount: Schema.Int })
 * const store = LambdaDynamoDb.idempotencyStore({ table: "idempotency" })
 *
 * const onOrder = Lambda.on(Lambda.ApiGatewayV2Event(Order), ({ body: order }) =>
 *   Effect.logInfo(`order ${order.id}`).pipe(
 *     Lambda.idempotent(order.id, { store, expiry: "1 day", payload: order }),
 *     Effect.as({ statusCode: 201 }),
 *     Effect.catchTag("IdempotencyPayloadMismatch", () =>
 *       Effect.succeed({ statusCode: 422, body: `The order ${order.id} exists with another amount.` }))
 *   ))
 * ```
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
 * The stored result doesn't match the schema: another version of the program stored it. The effect didn't run again. Let the schema
 * decode the results of earlier versions, too, or wait until the record expires.
 *
 * - `id`: the id of the record.
 * - `issue`: where the mismatch is.
 *
 * **Example** (A schema that also takes what the last version stored)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const Receipt = Schema.Struct({ paymentId: Schema.String, currency: Schema.optionalKey(Schema.String) })
 *
 * const pay = (orderId: string, charge: Effect.Effect<typeof Receipt.Type>, store: Lambda.IdempotencyStore) =>
 *   charge.pipe(
 *     Lambda.idempotent(orderId, { store, expiry: "1 day", result: Receipt }),
 *     Effect.tapErrorTag("IdempotencyResultNotDecodable", ({ id, issue }) =>
 *       Effect.logError(`The result in ${id} is of another version: ${issue}`))
 *   )
 * ```
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
 * - `id`: the id of the record.
 * - `reason`: why; see {@link NotSavedReason}.
 * - `issue`: what the schema or the store said, if it said something.
 * - `until`: when the key is free again at the latest; with the reason `TakenOver`, when it was.
 * - `result`: the result of the effect, for a program that goes on with it.
 * - `cause`: what the store failed with.
 *
 * As a Schema, the error omits the `result` and the `cause`.
 *
 * **Example** (Go on with the result, unless another run has the key)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const pay = (orderId: string, charge: Effect.Effect<string>, store: Lambda.IdempotencyStore) =>
 *   charge.pipe(
 *     Lambda.idempotent(orderId, { store, expiry: "1 day", result: Schema.String }),
 *     Effect.catchTag("IdempotencyResultNotSaved", (error) =>
 *       error.reason === "TakenOver"
 *         ? Effect.fail(error)
 *         : Effect.as(Effect.logError(error.message), error.result))
 *   )
 * ```
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
 * The store in memory holds as many records as it may, and none of them has expired. Nothing ran. Raise its `capacity`, shorten the
 * `expiry`, or use a store on DynamoDB.
 *
 * - `capacity`: the most records that the store holds.
 *
 * **Example** (Ask the client to come back)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const answer = Effect.gen(function*() {
 *   const store = yield* Lambda.memoryStore({ capacity: 1_000 })
 *   return (requestId: string) =>
 *     Effect.logInfo("sent").pipe(
 *       Lambda.idempotent(requestId, { store, expiry: "10 minutes", name: "mails" }),
 *       Effect.as({ statusCode: 202 }),
 *       Effect.catchTag("IdempotencyStoreFull", () => Effect.succeed({ statusCode: 503 }))
 *     )
 * })
 * ```
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
