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
 * The event's own schema can't encode it. The message says where the problem is, and never shows a value.
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
 * What was delivered isn't the expected event. The message says where the mismatch is, and never shows a value.
 *
 * The reason is `NotAnEvent` (without `source`, `detail-type` or `detail`), `OtherEvent` (an event of a type that was not
 * asked for), or `InvalidDetail` (the right type, with a detail that its schema refuses).
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
 * Some events were not delivered, or may not have been. Every given event is either in `delivered` or in `failures`,
 * exactly once. Both keep the order in which the events were given.
 *
 * As a Schema, it omits the events, and keeps the ids and the failures with their indexes. To include the events, use
 * the codec `EventsNotDelivered.schema(event)`, where `event` is their Schema.
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
