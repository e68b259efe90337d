import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import { TaggedError } from "./tagged.ts"

/**
 * The fields of every reason.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReasonFields {
  /** The error code: AWS's own (`NoSuchKey`), or the name of the failure on the way to AWS (`ECONNREFUSED`). */
  readonly code: string
  /** What AWS said, or what went wrong on the way. */
  readonly description: string
  /** The HTTP status of the response, if there was one. */
  readonly statusCode?: number | undefined
  /** The request id to give to AWS Support, if AWS responded. */
  readonly requestId?: string | undefined
  /** Whether the same call may succeed later. */
  readonly isRetryable: boolean
  /** What to do about it, if anything can be done. */
  readonly advice?: string | undefined
}

interface ReasonClass<Tag extends string, Fields extends ReasonFields> {
  new(fields: Fields): Cause.YieldableError & Fields & { readonly _tag: Tag; toJSON(): unknown }
}

const Reason = <Tag extends string, Fields extends ReasonFields = ReasonFields>(tag: Tag): ReasonClass<Tag, Fields> =>
  class extends TaggedError(tag)<ReasonFields> {
    override get message(): string {
      const { advice, code, description, requestId, statusCode } = this as ReasonFields
      return `${code}${statusCode === undefined ? "" : ` (HTTP ${statusCode})`}` +
        (description === "" || description === code ? "" : `: ${description}`) +
        (advice === undefined ? "" : `${/[.!?]\s*$/.test(description) ? "" : "."} ${advice}`) +
        (requestId === undefined ? "" : ` [request ${requestId}]`)
    }
  } as any

export class Rejected extends Reason("Rejected") {}
export class AccessDenied extends Reason("AccessDenied") {}
export class CredentialsRejected extends Reason("CredentialsRejected") {}
export class CredentialsUnavailable extends Reason("CredentialsUnavailable") {}
export class Throttled extends Reason("Throttled") {}
export class ServerFault extends Reason("ServerFault") {}
export class Unreachable extends Reason("Unreachable") {}
export class TimedOut extends Reason("TimedOut") {}
export class Unreadable extends Reason("Unreadable") {}
export class Misconfigured extends Reason("Misconfigured") {}

/**
 * The fields of `CircuitOpen`.
 *
 * @category models
 * @since 0.1.0
 */
export interface CircuitOpenFields extends ReasonFields {
  /** How long until a call tests whether AWS works again; `undefined` while one does. */
  readonly retryAfter?: Duration.Duration | undefined
}

/** A time that JSON carries: in whole milliseconds. */
const whole = (time: Duration.Duration): Duration.Duration =>
  Duration.millis(Math.min(Math.max(0, Math.ceil(Duration.toMillis(time))), Number.MAX_SAFE_INTEGER))

export class CircuitOpen extends Reason<"CircuitOpen", CircuitOpenFields>("CircuitOpen") {
  constructor(fields: CircuitOpenFields) {
    super(fields.retryAfter === undefined ? fields : { ...fields, retryAfter: whole(fields.retryAfter) })
  }

  override toJSON(): unknown {
    const json = super.toJSON() as object
    const { retryAfter } = this
    return retryAfter === undefined ? json : { ...json, retryAfter: Duration.toMillis(retryAfter) }
  }
}

/**
 * Any reason.
 *
 * @category models
 * @since 0.1.0
 */
export type AwsErrorReason =
  | Rejected
  | AccessDenied
  | CredentialsRejected
  | CredentialsUnavailable
  | Throttled
  | ServerFault
  | Unreachable
  | TimedOut
  | Unreadable
  | Misconfigured
  | CircuitOpen
