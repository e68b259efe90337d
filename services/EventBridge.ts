/**
 * Events of Amazon EventBridge.
 *
 * @since 0.1.0
 */
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry
} from "@aws-sdk/client-eventbridge"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Concurrency } from "effect/Types"
import type { AwsError } from "../errors/AwsError.ts"
import * as Reason from "../errors/AwsErrorReason.ts"
import type { EventBridgeCodes } from "../errors/codes/EventBridge.ts"
import {
  type EventDelivery,
  type EventFailure,
  EventNotDecodable,
  EventNotEncodable,
  EventsNotDelivered
} from "../errors/EventBridgeErrors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import * as AwsService from "../src/AwsService.ts"
import * as Retry from "../src/Retry.ts"
import { batches, type Part, sendParts } from "./internal/batches.ts"

export * from "../errors/EventBridgeErrors.ts"

const service = AwsService.make<EventBridgeClient, EventBridgeCodes>(EventBridgeClient)

/**
 * Sends any command of EventBridge.
 *
 * @category calls
 * @since 0.1.0
 */
export const send = service.send

/**
 * The pages of any command of EventBridge that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = service.pages

/**
 * The elements of all pages of any command of EventBridge that pages.
 *
 * @category calls
 * @since 0.1.0
 */
export const items = service.items

/**
 * Where an event keeps its {@link EventType}.
 *
 * @category events
 * @since 0.1.0
 */
export const eventType: unique symbol = Symbol.for("effect-aws-sdk/EventBridge/eventType")

/**
 * A type of event: how it is named, and the schema of its detail, which encodes to an object.
 *
 * @category events
 * @since 0.1.0
 */
export interface EventType<
  out A = unknown,
  out Source extends string = string,
  out DetailType extends string = string
> {
  /** Who sends it: `shop`. Names that begin with `aws.` are AWS's own. */
  readonly source: Source
  /** What happened: `OrderPlaced`. */
  readonly detailType: DetailType
  readonly detail: Schema.Codec<A, object>
}

/**
 * What {@link Event} makes: a `Schema.Class` that is an {@link EventType} too.
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
  // The names are in the type of the instances, so that two types of event with the same fields are told apart.
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
 * The contract of events: whatever knows its {@link EventType} can be put. Any class with a schema can meet it.
 *
 * **Example** (A class of one's own)
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
 * Defines a type of event as a `Schema.Class`: instances are validated, compared by `Equal`, and written as JSON.
 *
 * - `source`, `detailType`: how the event is named on the wire.
 * - `fields`: the schemas of the detail's fields. They encode to JSON, dates too.
 * - `keys`: the names on the wire of the fields that are named otherwise there.
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
 * // What a Lambda function of the bus is called with
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
    // A Schema.Class belongs to the first class that is asked for its schema: only the caller's, never this one.
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
 * An event as it is put: an entry of the SDK's `PutEventsCommand`, still without its event bus.
 *
 * @category models
 * @since 0.1.0
 */
export class Entry extends Schema.Class<Entry>("effect-aws-sdk/EventBridge/Entry")({
  Source: Schema.String,
  DetailType: Schema.String,
  /** JSON. */
  Detail: Schema.String
}) {}

/**
 * An event in its form on the wire.
 *
 * **Errors**: `EventNotEncodable` where the event's schema refuses it, which does not happen to what the schema's own
 * constructor made.
 *
 * **Example** (As JSON)
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
 * Decodes a delivered event, as a Lambda function gets it (`{ "source", "detail-type", "detail", … }`), into one of several
 * types of event, by its source and detail type.
 *
 * **Errors**: `EventNotDecodable`, whose reason tells an event of another type (`OtherEvent`) from one of these with a
 * detail that its schema refuses (`InvalidDetail`).
 *
 * **Example** (Ignoring what is not ours)
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
 * Decodes a delivered event, as a Lambda function gets it, into this type of event. Without the event: the function that
 * decodes.
 *
 * **Errors**: `EventNotDecodable`.
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
 * The size of an entry in bytes, as EventBridge counts it: 14 for the time, and the UTF-8 of the source, the detail type,
 * the detail and the resources.
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
 * How many entries a call may have.
 *
 * @category putting
 * @since 0.1.0
 */
export const maxEntries = 10

/**
 * How many bytes the entries of a call may have together: AWS takes less than 1 MB.
 *
 * @category putting
 * @since 0.1.0
 */
export const maxSize = 1_048_575

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

/** What AWS's answer for an entry means for the next attempt; `undefined` where another one is of no use. */
const retryReason = ({ ErrorCode: code = "", ErrorMessage: description = "" }: PutEventsResultEntry) => {
  const fields = { code, description, isRetryable: true }
  return code === "ThrottlingException"
    ? new Reason.Throttled(fields)
    : code === "InternalFailure" || code === "InternalException"
    ? new Reason.ServerFault(fields)
    : undefined
}

const refused = <E>({ event, index }: Pending<E>, answer: PutEventsResultEntry | undefined): EventFailure<E> => ({
  event,
  index,
  delivery: answer?.ErrorCode === undefined ? "Unknown" : "NotDelivered",
  code: answer?.ErrorCode ?? "NoAnswer",
  message: answer?.ErrorMessage ?? "",
  cause: undefined
})

const notSent = (code: "EntryTooLarge" | "EventNotEncodable", message: string) => ({
  delivery: "NotDelivered" as const,
  code,
  message,
  cause: undefined
})

/** Sends one batch; a call that fails as a whole is the last word on all of its entries. */
const putBatch = <E>(
  batch: ReadonlyArray<Pending<E>>,
  eventBus: string,
  retry: Retry.Policy
): Effect.Effect<ReadonlyArray<Settled<E>>, never, AwsClients> =>
  sendParts(
    batch,
    { what: `events on the event bus ${eventBus}`, retry },
    (pending) =>
      send(new PutEventsCommand({ Entries: pending.map(({ entry }) => entry) })).pipe(
        Effect.map(({ Entries }) =>
          pending.map((element, i): Part<Pending<E>, Settled<E>> => {
            const answer = Entries?.[i]
            return answer?.EventId === undefined
              ? { element, result: refused(element, answer), again: answer && retryReason(answer) }
              : { element, result: { event: element.event, index: element.index, id: answer.EventId } }
          })
        ),
        Effect.catch((cause: AwsError) => {
          const delivery = cause.mayHaveSucceeded ? "Unknown" as const : "NotDelivered" as const
          const { code, message } = cause
          return Effect.succeed(pending.map((element): Part<Pending<E>, Settled<E>> => ({
            element,
            result: { event: element.event, index: element.index, delivery, code, message, cause }
          })))
        })
      )
  )

/**
 * Puts events of any types on an event bus; gives their ids, in the events' order.
 *
 * - `eventBus`: name or ARN. EventBridge answers that an event is delivered, and drops it, where there is no bus of that
 *   name: this cannot be seen from here.
 * - `concurrency`: how many calls are under way at once; 1 by default. A call has at most 10 events and less than 1 MB.
 * - `retry`: when the entries that AWS refuses for the moment (throttled, internal failure) are sent again, and only
 *   these. {@link Retry.standard} by default. Calls that fail as a whole are retried by the Layer's policy.
 *
 * All events are tried, whatever becomes of the others. EventBridge delivers at least once: after a connection that was cut,
 * the SDK sends again what may have arrived.
 *
 * **Errors**: `EventsNotDelivered`, which says for each event whether it was delivered, was not, or may have been. A call
 * that failed as a whole is in it, as an `AwsError`. An event that alone is too large for a call is in it too, and is not
 * sent.
 *
 * **Example** (Putting again what can be)
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
  const { concurrency = 1, eventBus, retry = Retry.standard() } = options
  const pending: Array<Pending<E>> = []
  const settled: Array<Settled<E>> = []
  let count = 0
  for (const event of events) {
    const index = count++
    const entry = yield* Effect.result(toEntry(event))
    if (Result.isFailure(entry)) {
      settled.push({ event, index, ...notSent("EventNotEncodable", entry.failure.message) })
    } else {
      pending.push({ event, index, entry: { ...entry.success, EventBusName: eventBus } })
    }
  }
  const cut = batches(pending, [
    { of: () => 1, atMost: maxEntries },
    { of: ({ entry }) => entrySize(entry), atMost: maxSize }
  ])
  for (const { entry, event, index } of cut.tooLarge) {
    const message = `The entry has ${entrySize(entry)} bytes; EventBridge takes at most ${maxSize} in a call.`
    settled.push({ event, index, ...notSent("EntryTooLarge", message) })
  }
  yield* Effect.logDebug(`Putting ${pending.length} events on the event bus ${eventBus} in ${cut.batches.length} calls`)
  const put = yield* Effect.forEach(cut.batches, (batch) => putBatch(batch, eventBus, retry), { concurrency })
  const all = [...settled, ...put.flat()].sort((a, b) => a.index - b.index)
  const delivered = all.filter(isDelivered)
  if (delivered.length === all.length) return delivered.map(({ id }) => id)
  const failures = all.filter((one): one is EventFailure<E> => !isDelivered(one))
  const error = new EventsNotDelivered<E>({
    eventBus,
    delivered: delivered.map(({ event, id }) => ({ event, id })),
    failures,
    cause: failures.find(({ cause }) => cause !== undefined)?.cause
  })
  yield* Effect.logError(error.message)
  return yield* error
})
