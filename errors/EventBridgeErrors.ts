/**
 * What can go wrong with events.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type { AwsError } from "./AwsError.ts"

/**
 * The event has no form on the wire: its schema refuses to encode it. The message says where, never what the value is.
 *
 * @category errors
 * @since 0.1.0
 */
export class EventNotEncodable extends Data.TaggedError("EventNotEncodable")<{
  readonly source: string
  readonly detailType: string
  readonly issue: string
}> {
  override get message(): string {
    return `An event ${this.detailType} of ${this.source} cannot be encoded by its own schema: ${this.issue}`
  }
}

/**
 * What was delivered is not the event that was expected. The message says where, never what the value is.
 *
 * The reason is `NotAnEvent` (no `source`, `detail-type` or `detail`), `OtherEvent` (an event, but of a type that was not
 * asked for) or `InvalidDetail` (the type that was asked for, with a detail that its schema refuses).
 *
 * @category errors
 * @since 0.1.0
 */
export class EventNotDecodable extends Data.TaggedError("EventNotDecodable")<{
  readonly reason: "NotAnEvent" | "OtherEvent" | "InvalidDetail"
  /** The source that the delivered event names; `undefined` where it names none. */
  readonly source: string | undefined
  /** The detail type that the delivered event names; `undefined` where it names none. */
  readonly detailType: string | undefined
  readonly issue: string
}> {
  override get message(): string {
    return this.reason === "NotAnEvent"
      ? `What was delivered is no event of EventBridge: ${this.issue}`
      : `The event ${this.detailType} of ${this.source} is not what was expected: ${this.issue}`
  }
}

/**
 * An event that EventBridge took, and the id that it gave to it.
 *
 * @category models
 * @since 0.1.0
 */
export interface EventDelivery<out E = unknown> {
  readonly event: E
  readonly id: string
}

/**
 * An event that EventBridge did not take, or may not have taken.
 *
 * @category models
 * @since 0.1.0
 */
export interface EventFailure<out E = unknown> {
  readonly event: E
  /** Where the event stood in what was to be put, counted from 0. */
  readonly index: number
  /** `Unknown` where the call ended without AWS's answer: the event may have been delivered. */
  readonly delivery: "NotDelivered" | "Unknown"
  /**
   * AWS's code for the entry (`MalformedDetail`) or for the whole call (`AccessDeniedException`). `EntryTooLarge` and
   * `EventNotEncodable` are this library's: such an event is not sent. So is `NoAnswer`: AWS answered, but not for this
   * event.
   */
  readonly code: string
  readonly message: string
  /** What the whole call failed with; `undefined` where AWS refused this event by itself, or it was not sent. */
  readonly cause: AwsError | undefined
}

/**
 * Some events were not delivered, or may not have been. Every event that was to be put is in `delivered` or in
 * `failures`, and in one of them once; both are in the order in which the events were given.
 *
 * @category errors
 * @since 0.1.0
 */
export class EventsNotDelivered<out E = unknown> extends Data.TaggedError("EventsNotDelivered")<{
  readonly eventBus: string
  readonly delivered: ReadonlyArray<EventDelivery<any>>
  readonly failures: ReadonlyArray<EventFailure<any>>
  /** The first of the calls that failed as a whole. */
  readonly cause: AwsError | undefined
}> {
  declare readonly delivered: ReadonlyArray<EventDelivery<E>>
  declare readonly failures: ReadonlyArray<EventFailure<E>>

  /** The events that AWS certainly does not have: these can be put again. */
  get notDelivered(): ReadonlyArray<E> {
    return this.failures.filter(({ delivery }) => delivery === "NotDelivered").map(({ event }) => event)
  }

  /** The events that AWS may have: to put these again may deliver them twice. */
  get unknown(): ReadonlyArray<E> {
    return this.failures.filter(({ delivery }) => delivery === "Unknown").map(({ event }) => event)
  }

  override get message(): string {
    const { length: unknown } = this.unknown
    const codes = [...new Set(this.failures.map(({ code }) => code))].join(", ")
    return `Of ${this.delivered.length + this.failures.length} events for the event bus ${this.eventBus}, ` +
      `${this.failures.length - unknown} were not delivered` +
      `${unknown === 0 ? "" : ` and ${unknown} may or may not have been`} (${codes}). ` +
      "`failures` says which, and why; put again what may be."
  }

  /** What can be written down: all but the events, which may hold secrets. */
  override toJSON(): unknown {
    const { _tag, delivered, eventBus, failures, message } = this
    return {
      _tag,
      message,
      eventBus,
      delivered: delivered.map(({ id }) => id),
      failures: failures.map(({ cause, code, delivery, index, message }) => ({ index, delivery, code, message, cause }))
    }
  }
}
