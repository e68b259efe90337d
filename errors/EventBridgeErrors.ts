/**
 * The errors of events.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AwsError } from "./AwsError.ts"
import { type AnyCodec, type Codec, codec, codecWithPayload, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/eventBridgeErrors.ts"

export type { EventDelivery, EventFailure } from "./internal/eventBridgeErrors.ts"

/**
 * The event's own schema can't encode it, so it isn't sent: it was changed after it was made, or its type and its schema differ.
 * `encode` fails with it; `putEvents` lists such an event in `EventsNotDelivered`, with the code `EventNotEncodable`.
 *
 * - `source`, `detailType`: the names of the event's type.
 * - `issue`: where the problem is. It never shows a value.
 *
 * **Example** (Keep the rest of a batch)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * const entries = (events: ReadonlyArray<EventBridge.Event>) =>
 *   Effect.forEach(events, (event) =>
 *     EventBridge.encode(event).pipe(
 *       Effect.map((entry) => [entry]),
 *       Effect.catchTag("EventNotEncodable", ({ detailType, issue }) =>
 *         Effect.as(Effect.logError(`Left out ${detailType}: ${issue}`), []))
 *     )).pipe(Effect.map((lists) => lists.flat()))
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const EventNotEncodable = /* @__PURE__ */ codec(
  Internal.EventNotEncodable,
  () => ({ source: Schema.String, detailType: Schema.String, issue: Schema.String }),
  422
)
/**
 * The type of {@link EventNotEncodable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type EventNotEncodable = Internal.EventNotEncodable

/**
 * What was delivered isn't an event of the types that `decode` or `decodeOneOf` was given. The message says where the mismatch is, and
 * never shows a value.
 *
 * - `reason`: `NotAnEvent` (without `source`, `detail-type` or `detail`), `OtherEvent` (an event of a type that was not asked for), or
 *   `InvalidDetail` (the right type, with a detail that its schema refuses).
 * - `source`, `detailType`: the names in what was delivered; `undefined` if it has none.
 * - `issue`: where the mismatch is, or which types were expected.
 *
 * **Example** (Leave other events alone, and fail for a wrong detail)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * class OrderPlaced extends EventBridge.Event<OrderPlaced>()({
 *   source: "shop",
 *   detailType: "OrderPlaced",
 *   fields: { orderId: Schema.String }
 * }) {}
 *
 * const handler = (delivered: unknown) =>
 *   EventBridge.decode(OrderPlaced, delivered).pipe(
 *     Effect.flatMap(({ orderId }) => Effect.logInfo(`Order ${orderId}`)),
 *     Effect.catchTag("EventNotDecodable", (error) =>
 *       error.reason === "OtherEvent" ? Effect.logDebug(`Ignored ${error.detailType}`) : Effect.fail(error))
 *   )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const EventNotDecodable = /* @__PURE__ */ codec(
  Internal.EventNotDecodable,
  () => ({
    reason: Schema.Literals(["NotAnEvent", "OtherEvent", "InvalidDetail"]),
    source: orUndefined(Schema.String),
    detailType: orUndefined(Schema.String),
    issue: Schema.String
  }),
  422
)
/**
 * The type of {@link EventNotDecodable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type EventNotDecodable = Internal.EventNotDecodable

const fields = (event?: AnyCodec) => ({
  eventBus: Schema.String,
  delivered: Schema.Array(Schema.Struct({ ...(event && { event }), id: Schema.String })),
  failures: Schema.Array(Schema.Struct({
    ...(event && { event }),
    index: Schema.Finite,
    delivery: Schema.Literals(["NotDelivered", "Unknown"]),
    code: Schema.String,
    message: Schema.String,
    cause: orUndefined(AwsError)
  })),
  cause: orUndefined(AwsError)
})

/**
 * Some events were not delivered, or may not have been. Every event that was given is either in `delivered` or in `failures`,
 * exactly once. Both keep the order in which the events were given.
 *
 * - `eventBus`: the name or ARN of the bus, as it was given.
 * - `delivered`: the events that EventBridge accepted, each with its id.
 * - `failures`: the others, each with its index, a code and a message, and with the `AwsError` if its whole call failed.
 * - `notDelivered`: of the failures, the events that AWS certainly doesn't have. It's safe to put these again.
 * - `unknown`: of the failures, the events that AWS may have. Putting these again may deliver them twice.
 * - `cause`: the first call that failed as a whole; `undefined` if none did.
 *
 * As a Schema, it omits the events, and keeps the ids and the failures with their indexes. To include the events, use
 * the codec `EventsNotDelivered.schema(event)`, where `event` is their Schema.
 *
 * **Example** (Tell the events that can never be sent from the others)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * class OrderPlaced extends EventBridge.Event<OrderPlaced>()({
 *   source: "shop",
 *   detailType: "OrderPlaced",
 *   fields: { orderId: Schema.String, note: Schema.String }
 * }) {}
 *
 * const put = (orders: ReadonlyArray<OrderPlaced>) =>
 *   EventBridge.putEvents(orders, { eventBus: "orders" }).pipe(
 *     Effect.catchTag("EventsNotDelivered", (error) => {
 *       const tooLarge = error.failures.filter(({ code }) => code === "EntryTooLarge")
 *       return tooLarge.length < error.failures.length
 *         ? Effect.fail(error)
 *         : Effect.logError("Too large", tooLarge.map(({ event }) => event.orderId))
 *     })
 *   )
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const EventsNotDelivered:
  & typeof Internal.EventsNotDelivered
  & Codec<Internal.EventsNotDelivered, {
    readonly _tag: "EventsNotDelivered"
    readonly message?: string
    readonly eventBus: string
    readonly delivered: ReadonlyArray<{ readonly id: string }>
    readonly failures: ReadonlyArray<{
      readonly index: number
      readonly delivery: "NotDelivered" | "Unknown"
      readonly code: string
      readonly message: string
      readonly cause?: (typeof AwsError)["Encoded"]
    }>
    readonly cause?: (typeof AwsError)["Encoded"]
  }>
  & {
    /** A codec that includes the events, encoded by their Schema. */
    schema<E, I, RD, RE>(
      event: Schema.Codec<E, I, RD, RE>
    ): Schema.Codec<Internal.EventsNotDelivered<E>, unknown, RD, RE>
  } = /* @__PURE__ */ codecWithPayload(Internal.EventsNotDelivered, fields, 502)
/**
 * The type of {@link EventsNotDelivered:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type EventsNotDelivered<E = unknown> = Internal.EventsNotDelivered<E>
