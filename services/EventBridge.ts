/**
 * Amazon EventBridge events.
 *
 * @since 0.1.0
 */
import {
  PutEventsCommand,
  type PutEventsCommandOutput,
  type PutEventsRequestEntry,
  type PutEventsResultEntry
} from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Concurrency } from "effect/Types"
import type { AwsError } from "../errors/AwsError.ts"
import {
  type EventDelivery,
  type EventFailure,
  EventNotDecodable,
  EventNotEncodable,
  EventsNotDelivered
} from "../errors/internal/eventBridgeErrors.ts"
import * as Reason from "../errors/internal/reasons.ts"
import { shorten } from "../errors/internal/shorten.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import type * as Retry from "../src/Retry.ts"
import { batches, isContentRefused, type Part, sendInPieces, sendParts } from "./internal/batches.ts"
import { eventBridge } from "./internal/eventbridge/service.ts"

export * from "../errors/EventBridgeErrors.ts"

/**
 * Sends any EventBridge command.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = eventBridge.send

/**
 * The pages of any paginated EventBridge command.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = eventBridge.pages

/**
 * The elements on all pages of any paginated EventBridge command.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = eventBridge.items

/**
 * The key of an event's {@link EventType}.
 *
 * @category events
 * @since 0.1.0
 */
export const eventType: unique symbol = Symbol.for("effect-aws-sdk/EventBridge/eventType")

/**
 * A type of event: its names, and the schema of its detail, which encodes to an object.
 *
 * @category events
 * @since 0.1.0
 */
export interface EventType<
  out A = unknown,
  out Source extends string = string,
  out DetailType extends string = string
> {
  /** The sender: `shop`. Names that begin with `aws.` are reserved for AWS. */
  readonly source: Source
  /** What happened: `OrderPlaced`. */
  readonly detailType: DetailType
  readonly detail: Schema.Codec<A, object>
}

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
  readonly source: Source
  readonly detailType: DetailType
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
 * - `keys`: the fields that have a different name on the wire, with that name.
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
  ): EventClass<Self, Source, DetailType, Fields> => {
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
 * @category models
 * @since 0.1.0
 */
export class Entry extends Schema.Class<Entry>("effect-aws-sdk/EventBridge/Entry")({
  Source: Schema.String,
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
  const decoders = types.map(({ detail, detailType, source }) => ({
    source,
    detailType,
    decode: Schema.decodeUnknownEffect(Schema.toCodecJson(detail))
  }))
  return Effect.fnUntraced(function*(delivered) {
    const named = { source: nameIn(delivered, "source"), detailType: nameIn(delivered, "detail-type") }
    const event = yield* Schema.decodeUnknownEffect(Envelope)(delivered).pipe(
      Effect.mapError(({ message }) => new EventNotDecodable({ ...named, reason: "NotAnEvent", issue: message }))
    )
    const decoder = decoders.find(({ detailType, source }) =>
      source === event.source && detailType === event["detail-type"]
    )
    if (decoder === undefined) {
      const expected = types.map(({ detailType, source }) => `${detailType} of ${source}`).join(" or ")
      return yield* new EventNotDecodable({ ...named, reason: "OtherEvent", issue: `Expected ${expected}` })
    }
    return yield* decoder.decode(event.detail).pipe(
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

const bytes = (text: string | undefined): number => text === undefined ? 0 : Buffer.byteLength(text)

/**
 * The size of an entry in bytes, as EventBridge counts it: 14 bytes for the time, if there is one, and the UTF-8 length of
 * the source, the detail type, the detail and the resources.
 *
 * AWS: [Event entry size](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size)
 *
 * @category putting
 * @since 0.1.0
 */
export const entrySize = (entry: PutEventsRequestEntry): number =>
  (entry.Time === undefined ? 0 : 14) + bytes(entry.Source) + bytes(entry.DetailType) + bytes(entry.Detail) +
  (entry.Resources ?? []).reduce((sum, resource) => sum + bytes(resource), 0)

/**
 * The maximum number of entries in one call.
 *
 * @category putting
 * @since 0.1.0
 */
export const maxEntries = 10

/**
 * The maximum total size of the entries in one call, in bytes: AWS accepts less than 1 MB.
 *
 * @category putting
 * @since 0.1.0
 */
export const maxSize = 1_048_575

/**
 * The maximum length of a detail type, in characters.
 *
 * AWS: [PutEventsRequestEntry](https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html)
 *
 * @category putting
 * @since 0.1.0
 */
export const maxDetailTypeLength = 128

interface Pending<E> {
  readonly event: E
  readonly index: number
  readonly entry: PutEventsRequestEntry
}

interface Delivered<E> extends EventDelivery<E> {
  readonly index: number
}

type Settled<E> = Delivered<E> | EventFailure<E>

const isDelivered = <E>(settled: Settled<E>): settled is Delivered<E> => "id" in settled

/** The reason to send an entry again; `undefined` if AWS's result for it isn't retryable. */
const retryReason = ({ ErrorCode: code = "", ErrorMessage: description = "" }: PutEventsResultEntry) => {
  const fields = { code, description, isRetryable: true }
  return code === "ThrottlingException"
    ? new Reason.Throttled(fields)
    : code === "InternalFailure" || code === "InternalException"
    ? new Reason.ServerFault(fields)
    : undefined
}

const toFailure = <E>({ event, index }: Pending<E>, result: PutEventsResultEntry | undefined): EventFailure<E> => ({
  event,
  index,
  delivery: result?.ErrorCode === undefined ? "Unknown" : "NotDelivered",
  code: result?.ErrorCode ?? "NoAnswer",
  message: shorten(result?.ErrorMessage ?? ""),
  cause: undefined
})

const failedBeforeSending = (
  code: "DetailTypeTooLong" | "EntryTooLarge" | "EventNotEncodable",
  message: string
) => ({
  delivery: "NotDelivered" as const,
  code,
  message,
  cause: undefined
})

/** What became of the entries of a call that AWS answered. */
const partsOf = <E>(pending: ReadonlyArray<Pending<E>>, { Entries }: PutEventsCommandOutput) =>
  pending.map((element, i): Part<Pending<E>, Settled<E>> => {
    const answer = Entries?.[i]
    return answer?.EventId === undefined
      ? { element, result: toFailure(element, answer), again: answer && retryReason(answer) }
      : { element, result: { event: element.event, index: element.index, id: answer.EventId } }
  })

/** What became of the entries of a call that failed. */
const failedParts = <E>(pending: ReadonlyArray<Pending<E>>, cause: AwsError) => {
  const delivery = cause.mayHaveSucceeded ? "Unknown" as const : "NotDelivered" as const
  const { code, message } = cause
  return pending.map((element): Part<Pending<E>, Settled<E>> => ({
    element,
    result: { event: element.event, index: element.index, delivery, code, message, cause }
  }))
}

/**
 * Sends one batch. If AWS refuses it as a whole, it's sent again in parts. If a call fails as a whole for another reason, its
 * entries aren't sent again.
 */
const putBatch = <E>(
  batch: ReadonlyArray<Pending<E>>,
  eventBus: string,
  retry: Retry.Policy | undefined
): Effect.Effect<ReadonlyArray<Settled<E>>, never, AwsClients> =>
  sendParts(
    batch,
    { what: `events on the event bus ${eventBus}`, retry },
    (pending) =>
      sendInPieces(
        pending,
        (pending) => send(new PutEventsCommand({ Entries: pending.map(({ entry }) => entry) })),
        isContentRefused
      ).pipe(
        Effect.map((pieces) =>
          pieces.flatMap(({ elements, result }) =>
            Result.isSuccess(result) ? partsOf(elements, result.success) : failedParts(elements, result.failure)
          )
        )
      )
  )

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
 * **Example** (Put the remaining events on another bus)
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
 *       EventBridge.putEvents(error.notDelivered, { eventBus: "another-bus" }))
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
  const pending: Array<Pending<E>> = []
  const settled: Array<Settled<E>> = []
  let count = 0
  for (const event of events) {
    const index = count++
    const entry = yield* Effect.result(toEntry(event))
    if (Result.isFailure(entry)) {
      settled.push({ event, index, ...failedBeforeSending("EventNotEncodable", entry.failure.message) })
    } else if (entry.success.DetailType.length > maxDetailTypeLength) {
      const message =
        `The detail type has ${entry.success.DetailType.length} characters; EventBridge accepts at most ` +
        `${maxDetailTypeLength}. Shorten it.`
      settled.push({ event, index, ...failedBeforeSending("DetailTypeTooLong", message) })
    } else {
      pending.push({ event, index, entry: { ...entry.success, EventBusName: eventBus } })
    }
  }
  const split = batches(pending, [
    { of: () => 1, atMost: maxEntries },
    { of: ({ entry }) => entrySize(entry), atMost: maxSize }
  ])
  for (const { entry, event, index } of split.tooLarge) {
    const message = `The entry has ${entrySize(entry)} bytes; EventBridge accepts at most ${maxSize} in one call.`
    settled.push({ event, index, ...failedBeforeSending("EntryTooLarge", message) })
  }
  yield* Effect.logDebug(
    `Putting ${pending.length} events on the event bus ${eventBus} in ${split.batches.length} calls`
  )
  const put = yield* Effect.forEach(split.batches, (batch) => putBatch(batch, eventBus, retry), { concurrency })
  const all = [...settled, ...put.flat()].sort((a, b) => a.index - b.index)
  const delivered = all.filter(isDelivered)
  if (delivered.length === all.length) return delivered.map(({ id }) => id)
  const failures = all.filter((event): event is EventFailure<E> => !isDelivered(event))
  const error = new EventsNotDelivered<E>({
    eventBus,
    delivered: delivered.map(({ event, id }) => ({ event, id })),
    failures,
    cause: failures.find(({ cause }) => cause !== undefined)?.cause
  })
  yield* Effect.logError(error.message)
  return yield* error
})
