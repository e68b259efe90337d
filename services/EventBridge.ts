/**
 * Amazon EventBridge events.
 *
 * @since 0.1.0
 */
import type { PutEventsRequestEntry } from "@aws-sdk/client-eventbridge"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Concurrency } from "effect/Types"
import type { AwsError } from "../errors/internal/awsError.ts"
import {
  type EventDelivery,
  type EventFailure,
  EventNotDecodable,
  EventNotEncodable,
  EventsNotDelivered
} from "../errors/internal/eventBridgeErrors.ts"
import type { PublisherClosed } from "../errors/internal/publisherErrors.ts"
import { counted } from "../errors/internal/words.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import { type EventType, eventTypes } from "../src/internal/eventTypes.ts"
import type * as Retry from "../src/Retry.ts"
import { batches, type Part, sendParts } from "./internal/batches.ts"
import { elementsOf } from "./internal/elements.ts"
import * as put from "./internal/eventbridge/put.ts"
import * as eventBridge from "./internal/eventbridge/service.ts"
import type { MissingSelfGeneric } from "./internal/missingSelf.ts"
import * as Publishing from "./internal/publisher.ts"

export * from "../errors/EventBridgeErrors.ts"
export * from "../errors/PublisherErrors.ts"
export type { EventType } from "../src/internal/eventTypes.ts"

/**
 * Sends any command of EventBridge with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-eventbridge`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `events:DescribeEventBus`, for example.
 *
 * **Example** (Whether an event bus exists)
 *
 * ```ts
 * import { DescribeEventBusCommand } from "@aws-sdk/client-eventbridge"
 * import { Effect } from "effect"
 * import { AwsError, EventBridge } from "effect-aws-sdk"
 *
 * const exists = (Name: string) =>
 *   EventBridge.send(new DescribeEventBusCommand({ Name })).pipe(
 *     Effect.as(true),
 *     AwsError.catchCode("ResourceNotFoundException", () => Effect.succeed(false))
 *   )
 * ```
 *
 * AWS: [DescribeEventBus](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send = eventBridge.send

/**
 * The pages of any paginated command of EventBridge: the SDK's outputs. Each page is fetched when it is needed.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (Count the rules of an event bus)
 *
 * ```ts
 * import { ListRulesCommand } from "@aws-sdk/client-eventbridge"
 * import { Stream } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * const count = EventBridge.pages(new ListRulesCommand({ EventBusName: "orders" })).pipe(
 *   Stream.map(({ Rules = [] }) => Rules.length),
 *   Stream.runSum
 * )
 * ```
 *
 * AWS: [ListRules](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = eventBridge.pages

/**
 * The elements on all pages of any paginated command of EventBridge, page by page.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (Where a rule sends its events)
 *
 * ```ts
 * import { ListTargetsByRuleCommand } from "@aws-sdk/client-eventbridge"
 * import { Stream } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * const targets = EventBridge.items(
 *   new ListTargetsByRuleCommand({ EventBusName: "orders", Rule: "placed" }),
 *   (page) => page.Targets
 * ).pipe(Stream.map(({ Arn }) => Arn))
 * ```
 *
 * AWS: [ListTargetsByRule](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const items = eventBridge.items

/**
 * The key of an event's {@link EventType}. A class that {@link Event} defines has it already.
 *
 * **Example** (Make a class of your own an event)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * class Refund extends Schema.Class<Refund>("Refund")({ orderId: Schema.String, cents: Schema.Int }) {
 *   get [EventBridge.eventType](): EventBridge.EventType<Refund> {
 *     return { source: "billing", detailType: "Refunded", detail: Refund }
 *   }
 * }
 * ```
 *
 * @category events
 * @since 0.1.0
 */
export const eventType: unique symbol = Symbol.for("effect-aws-sdk/EventBridge/eventType")

/**
 * A class that {@link Event} defines: a `Schema.Class` that is also an {@link EventType}.
 *
 * @category events
 * @since 0.1.0
 */
export interface EventClass<
  Self,
  Source extends string,
  DetailType extends string,
  Fields extends Schema.Struct.Fields
> extends
  // The names are part of the instances' type, so that types of event with the same fields are different types.
  Schema.Class<Self, Schema.Struct<Fields>, { readonly [eventType]: EventType<unknown, Source, DetailType> }>
{
  /** The sender: `shop`. */
  readonly source: Source
  /** What happened: `OrderPlaced`. */
  readonly detailType: DetailType
  /** The schema of the detail, with the names that it has on the wire. */
  readonly detail: Schema.Codec<
    Self,
    object,
    Schema.Struct.DecodingServices<Fields>,
    Schema.Struct.EncodingServices<Fields>
  >
}

/**
 * The contract of events: any object with an {@link EventType} can be put. Any class with a schema can implement it.
 *
 * **Example** (Make an existing class an event)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * class Invoice extends Schema.Class<Invoice>("Invoice")({ number: Schema.Int }) implements EventBridge.Event {
 *   get [EventBridge.eventType](): EventBridge.EventType<Invoice> {
 *     return { source: "billing", detailType: "InvoiceWritten", detail: Invoice }
 *   }
 * }
 *
 * const put = EventBridge.putEvents([new Invoice({ number: 1 })], { eventBus: "default" })
 * ```
 *
 * AWS: [Events](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html)
 *
 * @category events
 * @since 0.1.0
 */
export interface Event {
  readonly [eventType]: EventType
}

/**
 * Defines a type of event as a `Schema.Class`: its instances are validated, can be compared with `Equal`, and encode to
 * JSON.
 *
 * - `source`, `detailType`: the names of the event on the wire.
 * - `fields`: the schemas of the detail's fields. They encode to JSON, including dates.
 * - `keys`: the fields that have a different name on the wire, with that name; none by default.
 *
 * **Example** (Two types of event)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * class OrderPlaced extends EventBridge.Event<OrderPlaced>()({
 *   source: "shop",
 *   detailType: "OrderPlaced",
 *   fields: { orderId: Schema.String, at: Schema.Date },
 *   keys: { orderId: "order_id" }
 * }) {}
 *
 * class OrderShipped extends EventBridge.Event<OrderShipped>()({
 *   source: "shop",
 *   detailType: "OrderShipped",
 *   fields: { orderId: Schema.String, parcels: Schema.Int }
 * }) {}
 *
 * const put = EventBridge.putEvents(
 *   [new OrderPlaced({ orderId: "1", at: new Date() }), new OrderShipped({ orderId: "1", parcels: 2 })],
 *   { eventBus: "orders" }
 * )
 *
 * // Handles the events that the bus delivers to a Lambda function
 * const handler = (delivered: unknown) =>
 *   EventBridge.decodeOneOf([OrderPlaced, OrderShipped])(delivered).pipe(
 *     Effect.map((event) => event instanceof OrderPlaced ? `placed at ${event.at}` : `${event.parcels} parcels`)
 *   )
 * ```
 *
 * AWS: [Events](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events.html)
 *
 * @category events
 * @since 0.1.0
 */
export const Event =
  <Self = never>() =>
  <const Source extends string, const DetailType extends string, const Fields extends Schema.Struct.Fields>(
    definition: {
      readonly source: Source
      readonly detailType: DetailType
      readonly fields: Fields
      readonly keys?: { readonly [K in keyof Fields]?: string } | undefined
    }
  ): [Self] extends [never] ? MissingSelfGeneric<"EventBridge.Event">
    : EventClass<Self, Source, DetailType, Fields> =>
  {
    const { detailType, fields, keys = {}, source } = definition
    const details = new WeakMap<object, Schema.Top>()
    // A Schema.Class binds its schema to the first class that reads it, so only the caller's subclass may read it.
    return class extends (Schema.Class<any>(`${source}/${detailType}`)(fields) as any) {
      static readonly source = source
      static readonly detailType = detailType
      static get detail() {
        let detail = details.get(this)
        if (detail === undefined) details.set(this, detail = Schema.encodeKeys(keys as {})(this as any) as Schema.Top)
        return detail
      }
      get [eventType]() {
        return this.constructor
      }
    } as any
  }

/**
 * An encoded event: an entry for the SDK's `PutEventsCommand`, without the event bus.
 *
 * **Example** (Put an event together with one that needs other members)
 *
 * ```ts
 * import { PutEventsCommand } from "@aws-sdk/client-eventbridge"
 * import { Effect } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * const put = (event: EventBridge.Event, traceHeader: string) =>
 *   EventBridge.encode(event).pipe(
 *     Effect.flatMap((entry) =>
 *       EventBridge.send(
 *         new PutEventsCommand({ Entries: [{ ...entry, EventBusName: "orders", TraceHeader: traceHeader }] })
 *       )
 *     )
 *   )
 * ```
 *
 * AWS: [PutEventsRequestEntry](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html)
 *
 * @category models
 * @since 0.1.0
 */
export class Entry extends Schema.Class<Entry>("effect-aws-sdk/EventBridge/Entry")({
  /** The sender: `shop`. */
  Source: Schema.String,
  /** What happened: `OrderPlaced`. */
  DetailType: Schema.String,
  /** The detail, as JSON. */
  Detail: Schema.String
}) {}

/**
 * Encodes an event to its form on the wire.
 *
 * **Errors**: `EventNotEncodable` if the event doesn't match its schema. This can't happen to an event that its schema's
 * own constructor created.
 *
 * **Example** (Encode an event)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * class OrderPlaced extends EventBridge.Event<OrderPlaced>()({
 *   source: "shop",
 *   detailType: "OrderPlaced",
 *   fields: { orderId: Schema.String }
 * }) {}
 *
 * const entry = EventBridge.encode(new OrderPlaced({ orderId: "1" }))
 * ```
 *
 * AWS: [PutEventsRequestEntry](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html)
 *
 * @category events
 * @since 0.1.0
 */
export const encode: (event: Event) => Effect.Effect<Entry, EventNotEncodable> = Effect.fn("EventBridge.encode")(
  (event: Event) => toEntry(event)
)

const toEntry = (event: Event): Effect.Effect<Entry, EventNotEncodable> => {
  const { detail, detailType, source } = event[eventType]
  return Schema.encodeUnknownEffect(Schema.toCodecJson(detail))(event).pipe(
    Effect.map((json) => new Entry({ Source: source, DetailType: detailType, Detail: JSON.stringify(json) })),
    Effect.mapError(({ message }) => new EventNotEncodable({ source, detailType, issue: message }))
  )
}

const Envelope = Schema.Struct({ source: Schema.String, "detail-type": Schema.String, detail: Schema.Unknown })

const nameIn = (value: unknown, name: "source" | "detail-type"): string | undefined => {
  const found = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined
  return typeof found === "string" ? found : undefined
}

/**
 * Decodes an event in the form in which a Lambda function receives it (`{ "source", "detail-type", "detail", … }`). Selects
 * one of several types of event by source and detail type.
 *
 * **Errors**: `EventNotDecodable`; its reason is `NotAnEvent` for a value that isn't an event, `OtherEvent` for an event of
 * another type, and `InvalidDetail` if the detail doesn't match the schema.
 *
 * **Example** (Ignore other types of event)
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
 * const decode = EventBridge.decodeOneOf([OrderPlaced])
 *
 * const handler = (delivered: unknown) =>
 *   decode(delivered).pipe(
 *     Effect.flatMap((event) => Effect.logInfo(event.orderId)),
 *     Effect.catchIf((error) => error.reason === "OtherEvent", () => Effect.void)
 *   )
 * ```
 *
 * AWS: [Event structure](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html)
 *
 * @category events
 * @since 0.1.0
 */
export const decodeOneOf = <const Types extends ReadonlyArray<EventType>>(
  types: Types
): (delivered: unknown) => Effect.Effect<Types[number]["detail"]["Type"], EventNotDecodable> => {
  const { codecOf, expected } = eventTypes(types)
  return Effect.fnUntraced(function*(delivered) {
    const named = { source: nameIn(delivered, "source"), detailType: nameIn(delivered, "detail-type") }
    const event = yield* Schema.decodeUnknownEffect(Envelope)(delivered).pipe(
      Effect.mapError(({ message }) => new EventNotDecodable({ ...named, reason: "NotAnEvent", issue: message }))
    )
    const codec = codecOf(event.source, event["detail-type"])
    if (codec === undefined) {
      return yield* new EventNotDecodable({ ...named, reason: "OtherEvent", issue: expected })
    }
    return yield* codec.decode(event.detail).pipe(
      Effect.mapError(({ message }) => new EventNotDecodable({ ...named, reason: "InvalidDetail", issue: message }))
    )
  })
}

/**
 * Decodes an event of one type, in the form in which a Lambda function receives it. Without the second argument, returns the
 * decoding function.
 *
 * **Errors**: `EventNotDecodable`, with the same reasons as {@link decodeOneOf}.
 *
 * **Example** (A handler)
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
 *   EventBridge.decode(OrderPlaced, delivered).pipe(Effect.map((event) => event.orderId))
 * ```
 *
 * AWS: [Event structure](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html)
 *
 * @category events
 * @since 0.1.0
 */
export const decode: {
  <A>(type: EventType<A>): (delivered: unknown) => Effect.Effect<A, EventNotDecodable>
  <A>(type: EventType<A>, delivered: unknown): Effect.Effect<A, EventNotDecodable>
} = <A>(...[type, ...rest]: readonly [type: EventType<A>, delivered?: unknown]): any => {
  const decoder = decodeOneOf([type])
  return rest.length === 0 ? decoder : decoder(rest[0])
}

/**
 * The size of an entry in bytes, as EventBridge counts it: 14 bytes for the time, if there is one, and the UTF-8 length of
 * the source, the detail type, the detail and the resources.
 *
 * **Example** (Whether an event would fit into a call)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * const fits = (event: EventBridge.Event) =>
 *   EventBridge.encode(event).pipe(Effect.map((entry) => EventBridge.entrySize(entry) <= EventBridge.maxSize))
 * ```
 *
 * AWS: [Event entry size](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size)
 *
 * @category putting
 * @since 0.1.0
 */
export const entrySize: (entry: PutEventsRequestEntry) => number = put.entrySize

/**
 * The maximum number of entries in one call: 10. {@link putEvents} makes as many calls as the events need.
 *
 * **Example** (Put as many as one call takes)
 *
 * ```ts
 * import { EventBridge } from "effect-aws-sdk"
 *
 * const put = (events: ReadonlyArray<EventBridge.Event>) =>
 *   EventBridge.putEvents(events.slice(0, EventBridge.maxEntries), { eventBus: "orders" })
 * ```
 *
 * AWS: [PutEvents](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html)
 *
 * @category putting
 * @since 0.1.0
 */
export const maxEntries = put.maxEntries

/**
 * The maximum total size of the entries in one call: 1,048,575 bytes, as AWS accepts less than 1 MB. {@link entrySize} is the size of
 * one.
 *
 * **Example** (Leave out the text of an event that is too large)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * class Received extends EventBridge.Event<Received>()({
 *   source: "mail",
 *   detailType: "Received",
 *   fields: { id: Schema.String, text: Schema.optionalKey(Schema.String) }
 * }) {}
 *
 * const shortened = (event: Received) =>
 *   EventBridge.encode(event).pipe(
 *     Effect.map((entry) =>
 *       EventBridge.entrySize(entry) > EventBridge.maxSize ? new Received({ id: event.id }) : event
 *     )
 *   )
 * ```
 *
 * AWS: [PutEvents](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html)
 *
 * @category putting
 * @since 0.1.0
 */
export const maxSize = put.maxSize

/**
 * The maximum length of a detail type: 128 characters. An event with a longer one isn't sent: its failure has the code
 * `DetailTypeTooLong`.
 *
 * **Example** (Check the name of a type of event)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { EventBridge } from "effect-aws-sdk"
 *
 * const DetailType = Schema.NonEmptyString.check(Schema.isMaxLength(EventBridge.maxDetailTypeLength))
 * ```
 *
 * AWS: [PutEventsRequestEntry](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html)
 *
 * @category putting
 * @since 0.1.0
 */
export const maxDetailTypeLength = put.maxDetailTypeLength

/**
 * Puts events of any types on an event bus. Returns the ids of the events, in the same order.
 *
 * - `eventBus`: the name or ARN of the bus. If no bus has this name, EventBridge still reports success, and drops the events.
 * - `concurrency`: the maximum number of concurrent calls; 1 by default. A call has at most 10 events, and less than 1 MB.
 * - `retry`: when to resend the entries that AWS rejects with a retryable code (throttled, internal failure);
 *   by default the policy of {@link Retry.withPolicy}, or else {@link Retry.standard}. Calls that fail as a whole are retried as
 *   the Layer or `Retry.withPolicy` says.
 *
 * A failure doesn't stop the other events. Delivery is at least once: if a connection is lost, the SDK resends events that
 * may have arrived already.
 *
 * **Errors**: `EventsNotDelivered`, which says for each event whether it was delivered, was not delivered, or may have been
 * delivered. If a call failed as a whole, its events have the `AwsError`. If EventBridge refuses a call because of some of
 * its events, the call is repeated in parts, and only these events fail. An event that is too large for any call, or has a
 * detail type of more than {@link maxDetailTypeLength} characters, isn't sent, and is listed here too.
 *
 * **Requires** the permission `events:PutEvents` on the bus.
 *
 * **Example** (Put on another bus what isn't, or may not be, delivered)
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
 * const put = (orders: ReadonlyArray<OrderPlaced>) =>
 *   EventBridge.putEvents(orders, { eventBus: "orders", concurrency: 4 }).pipe(
 *     Effect.catchTag("EventsNotDelivered", (error) =>
 *       // `unknown` has what a call without a clear answer carried: these events may arrive twice.
 *       EventBridge.putEvents([...error.notDelivered, ...error.unknown], { eventBus: "another-bus" }))
 *   )
 * ```
 *
 * AWS: [PutEvents](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html)
 *
 * @category putting
 * @since 0.1.0
 */
export const putEvents = Effect.fn("EventBridge.putEvents")(function*<E extends Event>(
  events: Iterable<E>,
  options: {
    readonly eventBus: string
    readonly concurrency?: Concurrency | undefined
    readonly retry?: Retry.Policy | undefined
  }
): Effect.fn.Return<ReadonlyArray<string>, EventsNotDelivered<E>, AwsClients> {
  const { concurrency = 1, eventBus, retry } = options
  const pending: Array<put.Pending<E>> = []
  const settled: Array<put.Settled<E>> = []
  let count = 0
  for (const event of elementsOf(events)) {
    const prepared = yield* prepare(event, count++, { EventBusName: eventBus })
    if (Result.isSuccess(prepared)) pending.push(prepared.success)
    else settled.push(prepared.failure)
  }
  const calls = batches(pending, put.limits).batches
  const what = `events on the event bus ${eventBus}`
  yield* Effect.logDebug(`Putting ${counted(pending.length, what)} in ${counted(calls.length, "calls")}`)
  const sent = yield* Effect.forEach(calls, (batch) => sendParts(batch, { what, retry }, put.putOnce<E>), {
    concurrency
  })
  const all = [...settled, ...sent.flat()].sort((a, b) => a.index - b.index)
  const delivered = all.filter(put.isDelivered)
  if (delivered.length === all.length) return delivered.map(({ id }) => id)
  const failures = all.filter((event): event is EventFailure<E> => !put.isDelivered(event))
  const error = notDelivered(eventBus, failures, delivered.map(({ event, id }) => ({ event, id })))
  yield* Effect.logError(error.message)
  return yield* error
})

/** What is sent of an event, or why it isn't sent. */
const prepare = <E extends Event>(
  event: E,
  index: number,
  members: Pick<PutEventsRequestEntry, "EventBusName" | "Time">
): Effect.Effect<Result.Result<put.Pending<E>, EventFailure<E>>> =>
  Effect.map(Effect.result(toEntry(event)), (encoded) => {
    if (Result.isFailure(encoded)) return Result.fail(put.notEncodable(event, index, encoded.failure.message))
    const pending = { event, index, entry: { ...encoded.success, ...members } }
    const refusal = put.refusalOf(pending)
    return refusal === undefined ? Result.succeed(pending) : Result.fail(refusal)
  })

const notDelivered = <E>(
  eventBus: string,
  failures: ReadonlyArray<EventFailure<E>>,
  delivered: ReadonlyArray<EventDelivery<E>> = []
) =>
  new EventsNotDelivered<E>({
    eventBus,
    delivered,
    failures,
    cause: failures.find(({ cause }) => cause !== undefined)?.cause
  })

/**
 * Options of {@link publisher}.
 *
 * @category models
 * @since 0.1.0
 */
export interface PublisherOptions<out R = never> extends Publishing.PublishingOptions {
  /** The name or ARN of the bus. If no bus has this name, EventBridge still reports success, and drops the events. */
  readonly eventBus: string
  /**
   * The longest time that an event waits in the queue for others to be sent with. By default 1 second. With 0, it's sent at
   * once.
   */
  readonly maxDelay?: Duration.Input | undefined
  /**
   * Takes care of events that could not be delivered, and of those that may not have been: puts them elsewhere, for example. By
   * default an error in the log says which types of event they are, how many, and why.
   *
   * The events in the error are those of one report. The publisher waits for this Effect, so it must not publish to the same
   * publisher. If it fails or dies, the log says so, and the publisher goes on.
   */
  readonly onFailure?: ((error: EventsNotDelivered<Event>) => Effect.Effect<unknown, unknown, R>) | undefined
}

/**
 * A queue of events that are sent in batches. It lasts as long as its scope.
 *
 * **Example** (A function that is given the publisher)
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
 * const place = (publisher: EventBridge.Publisher, ids: ReadonlyArray<string>) =>
 *   Effect.gen(function*() {
 *     yield* publisher.publishAll(ids.map((orderId) => new OrderPlaced({ orderId })))
 *     yield* Effect.logInfo(`${yield* publisher.pending} events wait`)
 *     yield* publisher.flush // each of them is delivered, or reported to `onFailure`
 *   })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export interface Publisher {
  /**
   * Puts an event in the queue. Waits while the queue is full.
   *
   * **Errors**: `EventsNotDelivered` if no call can carry the event: its schema doesn't encode it (`EventNotEncodable`), or it's
   * too large (`EntryTooLarge`, `DetailTypeTooLong`). `PublisherClosed` if the scope has ended.
   *
   * @since 0.1.0
   */
  readonly publish: <E extends Event>(event: E) => Effect.Effect<void, EventsNotDelivered<E> | PublisherClosed>
  /**
   * Puts events in the queue, in their order. Waits while the queue is full.
   *
   * **Errors**: `EventsNotDelivered` if no call can carry one of them; then none is put in the queue, and those that could be have
   * the code `NotPublished`. `PublisherClosed` if the scope has ended, or ends before all of them are in the queue; it says how
   * many are.
   *
   * @since 0.1.0
   */
  readonly publishAll: <E extends Event>(
    events: Iterable<E>
  ) => Effect.Effect<void, EventsNotDelivered<E> | PublisherClosed>
  /**
   * Publishes an event, and waits until EventBridge has accepted it. Returns its id.
   *
   * **Errors**: `EventsNotDelivered` if it could not be delivered, or may not have been. `onFailure` doesn't get it then, unless the
   * caller was interrupted. `PublisherClosed` if the scope has ended.
   *
   * @since 0.1.0
   */
  readonly deliver: <E extends Event>(event: E) => Effect.Effect<string, EventsNotDelivered<E> | PublisherClosed>
  /**
   * Sends all that is in the queue now, without further delay, and waits until each of these events is delivered or reported.
   *
   * @since 0.1.0
   */
  readonly flush: Effect.Effect<void>
  /**
   * How many events the publisher holds: in the queue, in calls, and waiting to be sent again.
   *
   * @since 0.1.0
   */
  readonly pending: Effect.Effect<number>
}

const toFailure = <E>(event: E, index: number, { cause, code, isUnknown, message }: Publishing.Failure) => ({
  event,
  index,
  delivery: isUnknown ? "Unknown" as const : "NotDelivered" as const,
  code,
  message,
  cause
})

/**
 * A publisher of events: a queue that is sent when a batch is full or its first event has waited for `maxDelay`. It is part of a
 * scope. When the scope ends, the publisher takes nothing more, sends all that it holds at once, and waits for it, for
 * `shutdownTimeout` at most.
 *
 * - `eventBus`: the name or ARN of the bus. If no bus has this name, EventBridge still reports success, and drops the events.
 *   The publisher can't tell: where it matters, send a `DescribeEventBusCommand` before you build it.
 * - `maxDelay`: the longest time that an event waits for a batch to fill up; 1 second by default.
 * - `capacity`: how many events the publisher holds at most; 1,000 by default. Publishing more than that waits.
 * - `concurrency`: the maximum number of concurrent calls; 1 by default, which keeps the order of the calls.
 * - `retry`: when to send again what failed for a transient reason; for up to an hour by default.
 * - `shutdownTimeout`: how long the end of the scope waits; 10 seconds by default, and as long again for `onFailure`.
 * - `onFailure`: takes care of what could not be delivered; by default an error in the log.
 *
 * An event has the time when it was published. Every event that was published is delivered, or `onFailure` learns why it wasn't.
 * Delivery is at least once: what may have arrived is sent again.
 *
 * Build it in a Layer over the one with the `AwsClients`, so that it ends before them.
 *
 * **Errors**: `AwsError`, whose reason is `Misconfigured`, if an option isn't valid.
 *
 * **Requires** the permission `events:PutEvents` on the bus, and what `onFailure` requires.
 *
 * **Example** (A service of the program's own)
 *
 * ```ts
 * import { Context, Effect, Layer, Schema } from "effect"
 * import { EventBridge, Profile } from "effect-aws-sdk"
 *
 * class OrderPlaced extends EventBridge.Event<OrderPlaced>()({
 *   source: "shop",
 *   detailType: "OrderPlaced",
 *   fields: { orderId: Schema.String }
 * }) {}
 *
 * class Orders extends Context.Service<Orders, EventBridge.Publisher>()("app/Orders") {
 *   static readonly layer = Layer.effect(Orders, EventBridge.publisher({ eventBus: "orders", maxDelay: "2 seconds" }))
 * }
 *
 * const program = Effect.gen(function*() {
 *   const orders = yield* Orders
 *   yield* orders.publish(new OrderPlaced({ orderId: "1" })) // in the queue
 *   return yield* orders.deliver(new OrderPlaced({ orderId: "2" })) // accepted by EventBridge
 * })
 *
 * const main = program.pipe(Effect.provide(Orders.layer.pipe(Layer.provide(Profile.layer({ profile: "dev" })))))
 * ```
 *
 * AWS: [PutEvents](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html)
 *
 * @category publishing
 * @since 0.1.0
 */
export const publisher = Effect.fnUntraced(function*<R = never>(
  options: PublisherOptions<R>
): Effect.fn.Return<Publisher, AwsError, AwsClients | R | Scope.Scope> {
  const { eventBus, maxDelay = "1 second", onFailure } = options
  const toError = (lost: ReadonlyArray<Publishing.Lost<put.Pending<Event>>>) =>
    notDelivered(eventBus, lost.map(({ element: { event }, failure }, index) => toFailure(event, index, failure)))
  const publishing = yield* Publishing.make<put.Pending<Event>, string, R>({
    ...options,
    service: "EventBridge",
    operation: "PutEvents",
    what: `events for the event bus ${eventBus}`,
    maxDelay,
    limits: put.limits,
    send: (batch) => Effect.map(put.putOnce(batch), (parts) => parts.map(toPart)),
    onFailure: onFailure && ((lost) => onFailure(toError(lost))),
    describe: (lost) => toError(lost).message,
    kindOf: ({ event: { [eventType]: { detailType, source } } }) => `${detailType} of ${source}`
  })

  const prepareAll = Effect.fnUntraced(function*<E extends Event>(events: Iterable<E>) {
    const members = { EventBusName: eventBus, Time: new Date(yield* Clock.currentTimeMillis) }
    const given = elementsOf(events)
    const prepared = yield* Effect.forEach(given, (event, index) => prepare(event, index, members))
    const pending = prepared.filter(Result.isSuccess).map(({ success }) => success)
    if (pending.length === given.length) return pending
    const message = "None of the events was published, because one of the others can't be sent."
    return yield* notDelivered(
      eventBus,
      prepared.map((result, index) =>
        Result.isFailure(result) ? result.failure : put.unsent(given[index]!, index, "NotPublished", message)
      )
    )
  })

  return {
    publish: (event) => Effect.flatMap(prepareAll([event]), publishing.publishAll),
    publishAll: (events) => Effect.flatMap(prepareAll(events), publishing.publishAll),
    deliver: Effect.fnUntraced(function*<E extends Event>(event: E) {
      const [pending] = yield* prepareAll([event])
      const fate = yield* publishing.deliver(pending!)
      if (Result.isSuccess(fate)) return fate.success
      return yield* notDelivered(eventBus, [toFailure(event, 0, fate.failure)])
    }),
    flush: publishing.flush,
    pending: publishing.pending
  }
})

/** What became of an event in one attempt. A call that failed as a whole for a transient reason is worth another one. */
const toPart = (
  { again, element, result }: Part<put.Pending<Event>, put.Settled<Event>>
): Part<put.Pending<Event>, Publishing.Fate<string>> => {
  if (put.isDelivered(result)) return { element, result: Result.succeed(result.id) }
  const { cause, code, delivery, message } = result
  return {
    element,
    result: Result.fail({ code, message, isUnknown: delivery === "Unknown", cause }),
    again: again ?? (cause?.isRetryable ? cause.reason : undefined)
  }
}
