/**
 * Why a call to AWS failed. Every {@link AwsError} carries one of these as its `reason`.
 *
 * Handle one with `Effect.catchReason("AwsError", "Throttled", …)`, or turn them into the error itself with
 * `Effect.unwrapReason("AwsError")`.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * What every reason tells.
 *
 * @category models
 * @since 0.1.0
 */
export interface ReasonFields {
  /** The error code: AWS's own (`NoSuchKey`), or the name of what failed on the way (`ECONNREFUSED`). */
  readonly code: string
  /** What AWS, or the way to it, said. */
  readonly description: string
  /** The HTTP status of the answer, where there was one. */
  readonly statusCode?: number | undefined
  /** The request id to give to AWS Support, where there was an answer. */
  readonly requestId?: string | undefined
  /** Whether the same call may succeed when it is made again later. */
  readonly isRetryable: boolean
  /** What to do about it, where something can be done. */
  readonly advice?: string | undefined
}

const describe = ({ advice, code, description, requestId, statusCode }: ReasonFields): string =>
  `${code}${statusCode === undefined ? "" : ` (HTTP ${statusCode})`}` +
  (description === "" || description === code ? "" : `: ${description}`) +
  (advice === undefined ? "" : `${/[.!?]\s*$/.test(description) ? "" : "."} ${advice}`) +
  (requestId === undefined ? "" : ` [request ${requestId}]`)

/**
 * AWS understood the request, and said no: the thing is not there, is there already, or the input is wrong.
 *
 * @category errors
 * @since 0.1.0
 */
export class Rejected extends Data.TaggedError("Rejected")<ReasonFields> {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The caller is known, but may not do this.
 *
 * @category errors
 * @since 0.1.0
 */
export class AccessDenied extends Data.TaggedError("AccessDenied")<ReasonFields> {
  override get message(): string {
    return describe(this)
  }
}

/**
 * AWS did not accept the credentials: unknown, expired, or the signature does not match (a wrong secret or a wrong clock).
 *
 * @category errors
 * @since 0.1.0
 */
export class CredentialsRejected extends Data.TaggedError("CredentialsRejected")<ReasonFields> {
  override get message(): string {
    return describe(this)
  }
}

/**
 * No credentials could be had, so nothing was sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class CredentialsUnavailable extends Data.TaggedError("CredentialsUnavailable")<ReasonFields> {
  override get message(): string {
    return describe(this)
  }
}

/**
 * AWS asked to slow down, more often than the retries allow.
 *
 * @category errors
 * @since 0.1.0
 */
export class Throttled extends Data.TaggedError("Throttled")<ReasonFields> {
  override get message(): string {
    return describe(this)
  }
}

/**
 * AWS failed (HTTP 5xx).
 *
 * @category errors
 * @since 0.1.0
 */
export class ServerFault extends Data.TaggedError("ServerFault")<ReasonFields> {
  override get message(): string {
    return describe(this)
  }
}

/**
 * AWS could not be reached, or the connection was cut before the answer was whole.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unreachable extends Data.TaggedError("Unreachable")<ReasonFields> {
  override get message(): string {
    return describe(this)
  }
}

/**
 * No answer came in time.
 *
 * @category errors
 * @since 0.1.0
 */
export class TimedOut extends Data.TaggedError("TimedOut")<ReasonFields> {
  override get message(): string {
    return describe(this)
  }
}

/**
 * An answer came that is not one: no valid XML or JSON, a wrong checksum, a page token that leads back to itself.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unreadable extends Data.TaggedError("Unreadable")<ReasonFields> {
  override get message(): string {
    return describe(this)
  }
}

/**
 * The request could not be made: no region, a malformed endpoint, an input that the SDK refuses.
 *
 * @category errors
 * @since 0.1.0
 */
export class Misconfigured extends Data.TaggedError("Misconfigured")<ReasonFields> {
  override get message(): string {
    return describe(this)
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
