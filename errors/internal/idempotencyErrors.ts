import { TaggedError } from "./tagged.ts"

/** What the key is for, in a message. */
const named = (operation: string): string => operation === "" ? "" : ` of ${operation}`

export class IdempotencyKeyMissing extends TaggedError("IdempotencyKeyMissing")<{
  /** What the key is for: the option `name`, or the name of the function. */
  readonly operation: string
}> {
  override get message(): string {
    return `The idempotency key${named(this.operation)} is missing or empty, so nothing ran. ` +
      "Make the key of a part of the event that is always there and differs between events."
  }
}

export class IdempotencyInProgress extends TaggedError("IdempotencyInProgress")<{
  /** The id of the record. It doesn't show the key. */
  readonly id: string
  /** When the key is free at the latest. */
  readonly until: Date
}> {
  /** Whether the same call may succeed later. */
  get isRetryable(): boolean {
    return true
  }

  override get message(): string {
    return `Another run has the idempotency key of the record ${this.id}. Try again: its result is stored when it ends, ` +
      `and the key is free at ${this.until.toISOString()} at the latest.`
  }
}

export class IdempotencyPayloadMismatch extends TaggedError("IdempotencyPayloadMismatch")<{
  /** The id of the record. It doesn't show the key. */
  readonly id: string
}> {
  override get message(): string {
    return `The idempotency key of the record ${this.id} was used with another payload before, so nothing ran. ` +
      "Use a key of its own for each payload."
  }
}

export class IdempotencyResultNotDecodable extends TaggedError("IdempotencyResultNotDecodable")<{
  /** The id of the record. It doesn't show the key. */
  readonly id: string
  /** Where the mismatch is. */
  readonly issue: string
}> {
  override get message(): string {
    return `The result in the record ${this.id} doesn't match the schema, and nothing ran again. ` +
      "Let the schema decode results of earlier versions too, or wait until the record expires. " +
      `The mismatch: ${this.issue}`
  }
}

/**
 * Why a result wasn't saved.
 *
 * - `NotEncodable`: the schema can't encode it.
 * - `TooLarge`: the store doesn't take a record of this size.
 * - `TakenOver`: the run lasted longer than its key was reserved for, and another run took the key. Its record was left alone.
 * - `StoreFailed`: the store failed. Its error is the `cause`.
 *
 * @category models
 * @since 0.1.0
 */
export type NotSavedReason = "NotEncodable" | "TooLarge" | "TakenOver" | "StoreFailed"

const notSaved: Readonly<Record<NotSavedReason, string>> = {
  NotEncodable: "The schema can't encode it, so correct one of them",
  TooLarge: "It is larger than a record of the store may be. Return less, such as the id of what was made",
  TakenOver: "The run lasted longer than its key was reserved for, and another run took the key. " +
    "Raise `inProgressFor`, or make the run shorter",
  StoreFailed: "The store failed"
}

export class IdempotencyResultNotSaved<out A = unknown> extends TaggedError("IdempotencyResultNotSaved")<{
  /** The id of the record. It doesn't show the key. */
  readonly id: string
  /** Why the result wasn't saved. */
  readonly reason: NotSavedReason
  /** What the schema or the store said. */
  readonly issue: string | undefined
  /** When the key is free again at the latest; with the reason `TakenOver`, when it was. */
  readonly until: Date
  /** The result of the effect. It stays in the process. */
  readonly result?: any
  /** What the store failed with. It stays in the process. */
  readonly cause?: unknown
}> {
  declare readonly result: A

  override get message(): string {
    const { id, issue, reason, until } = this
    return `The effect succeeded, but its result wasn't saved in the record ${id}. ${notSaved[reason]}` +
      `${issue === undefined ? "" : `: ${issue}`}${issue?.endsWith(".") === true ? "" : "."} ` +
      (reason === "TakenOver"
        ? "A later call gets the result of the other run."
        : `From ${until.toISOString()} on, a call with the key runs the effect again.`)
  }

  /** Everything but the result and what the store threw, which may hold secrets. */
  override toJSON(): unknown {
    const { cause: _, result: __, ...json } = super.toJSON() as { readonly cause?: unknown; readonly result?: unknown }
    return json
  }
}

export class IdempotencyStoreFull extends TaggedError("IdempotencyStoreFull")<{
  /** The most records that the store holds. */
  readonly capacity: number
}> {
  override get message(): string {
    return `The idempotency store in memory holds ${this.capacity} records that haven't expired, so nothing ran. ` +
      "Raise its `capacity`, shorten `expiry`, or use a store on DynamoDB."
  }
}
