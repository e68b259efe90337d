import type { AwsError } from "./awsError.ts"
import { TaggedError } from "./tagged.ts"
import { counted, fates, resend } from "./words.ts"

export class EventNotEncodable extends TaggedError("EventNotEncodable")<{
  readonly source: string
  readonly detailType: string
  /** What of the event its schema refuses. */
  readonly issue: string
}> {
  override get message(): string {
    return `The event ${this.detailType} of ${this.source} cannot be encoded by its own schema. ` +
      `Correct the event or the schema: ${this.issue}`
  }
}

export class EventNotDecodable extends TaggedError("EventNotDecodable")<{
  /** Whether it's no event, one of another source or type, or one whose detail doesn't match the schema. */
  readonly reason: "NotAnEvent" | "OtherEvent" | "InvalidDetail"
  /** The source that the delivered event names, if any. */
  readonly source: string | undefined
  /** The detail type that the delivered event names, if any. */
  readonly detailType: string | undefined
  /** What is wrong with it. */
  readonly issue: string
}> {
  override get message(): string {
    const { detailType, issue, reason, source } = this
    return reason === "NotAnEvent"
      ? `What was delivered is not an EventBridge event. Check what invokes this program: ${issue}`
      : reason === "OtherEvent"
      ? `The event ${detailType} of ${source} is not of an expected type. Check the rule's event pattern: ${issue}`
      : `The detail of the event ${detailType} of ${source} does not match its schema. Correct one of them: ${issue}`
  }
}

/**
 * An event that EventBridge accepted, and the id that it assigned.
 *
 * @category models
 * @since 0.1.0
 */
export interface EventDelivery<out E = unknown> {
  /** The event, as it was given. */
  readonly event: E
  /** The id that EventBridge assigned to it. */
  readonly id: string
}

/**
 * An event that EventBridge did not accept, or may not have accepted.
 *
 * @category models
 * @since 0.1.0
 */
export interface EventFailure<out E = unknown> {
  /** The event, as it was given. */
  readonly event: E
  /** The position of the event among those given, counted from 0. */
  readonly index: number
  /** `Unknown` if AWS's response, or the lack of one, leaves open whether the event was delivered. */
  readonly delivery: "NotDelivered" | "Unknown"
  /**
   * AWS's code for the entry (`MalformedDetail`) or for the whole call (`AccessDeniedException`), or one of this library's:
   * `DetailTypeTooLong`, `EntryTooLarge` and `EventNotEncodable` for an event that was not sent, `NotPublished` for one that a
   * publisher didn't take because of another, `ShutdownTimedOut` if a publisher closed before it had an answer, `NoAnswer` if AWS's answer
   * says nothing of the event.
   */
  readonly code: string
  /** What AWS said, or what is wrong with the event. */
  readonly message: string
  /** The failure of the whole call; `undefined` if AWS refused only this event, or it was not sent. */
  readonly cause: AwsError | undefined
}

export class EventsNotDelivered<out E = unknown> extends TaggedError("EventsNotDelivered")<{
  /** The bus that the events were for. */
  readonly eventBus: string
  /** The events that the bus has, with their ids. */
  readonly delivered: ReadonlyArray<EventDelivery<any>>
  /** The events that it doesn't have, or may not have, and why. */
  readonly failures: ReadonlyArray<EventFailure<any>>
  /** The first call that failed as a whole. */
  readonly cause: AwsError | undefined
}> {
  /** The events that the bus has, with their ids. */
  declare readonly delivered: ReadonlyArray<EventDelivery<E>>
  /** The events that it doesn't have, or may not have, and why. */
  declare readonly failures: ReadonlyArray<EventFailure<E>>

  /** The events that AWS certainly doesn't have: it's safe to put these again. */
  get notDelivered(): ReadonlyArray<E> {
    return this.failures.filter(({ delivery }) => delivery === "NotDelivered").map(({ event }) => event)
  }

  /** The events that AWS may have: putting these again may deliver them twice. */
  get unknown(): ReadonlyArray<E> {
    return this.failures.filter(({ delivery }) => delivery === "Unknown").map(({ event }) => event)
  }

  override get message(): string {
    const [missing, unknown] = [this.notDelivered.length, this.unknown.length]
    const codes = [...new Set(this.failures.map(({ code }) => code))].join(", ")
    return `Of ${
      counted(this.delivered.length + this.failures.length, "events")
    } for the event bus ${this.eventBus}, ` +
      `${fates(missing, unknown, "delivered")} (${codes}). ` +
      `${missing > 0 ? "Fix the causes in `failures`. " : ""}${resend("events", ["notDelivered", missing], unknown)}`
  }

  override toJSON(): unknown {
    return {
      ...super.toJSON() as object,
      delivered: this.delivered.map(({ id }) => ({ id })),
      failures: this.failures.map(({ cause, code, delivery, index, message }) => ({
        index,
        delivery,
        code,
        message,
        cause
      }))
    }
  }
}
