/**
 * Why a call to AWS failed. Every {@link AwsError} carries one of these as its `reason`.
 *
 * Handle one with `Effect.catchReason("AwsError", "Throttled", …)`, or replace the error with its reason with
 * `Effect.unwrapReason("AwsError")`. Each reason is also a Schema: [Errors](../docs/errors.md) says what crosses a process
 * boundary.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codec, orUndefined } from "./internal/codec.ts"
import * as Reason from "./internal/reasons.ts"

export type { CircuitOpenFields, ReasonFields } from "./internal/reasons.ts"

const fields = () => ({
  code: Schema.String,
  description: Schema.String,
  statusCode: orUndefined(Schema.Finite),
  requestId: orUndefined(Schema.String),
  isRetryable: Schema.Boolean,
  advice: orUndefined(Schema.String)
})

/**
 * AWS understood the request and refused it: the resource doesn't exist, exists already, or the input is invalid.
 *
 * @category errors
 * @since 0.1.0
 */
export const Rejected = /* @__PURE__ */ codec(Reason.Rejected, fields, 400)
/**
 * The type of {@link Rejected:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type Rejected = Reason.Rejected

/**
 * AWS knows the caller, but the caller isn't allowed to do this.
 *
 * @category errors
 * @since 0.1.0
 */
export const AccessDenied = /* @__PURE__ */ codec(Reason.AccessDenied, fields, 403)
/**
 * The type of {@link AccessDenied:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type AccessDenied = Reason.AccessDenied

/**
 * AWS didn't accept the credentials: they are unknown or expired, or the signature doesn't match (a wrong secret, or a
 * wrong clock).
 *
 * @category errors
 * @since 0.1.0
 */
export const CredentialsRejected = /* @__PURE__ */ codec(Reason.CredentialsRejected, fields, 502)
/**
 * The type of {@link CredentialsRejected:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CredentialsRejected = Reason.CredentialsRejected

/**
 * There were no credentials to sign with, so nothing was sent.
 *
 * @category errors
 * @since 0.1.0
 */
export const CredentialsUnavailable = /* @__PURE__ */ codec(Reason.CredentialsUnavailable, fields, 500)
/**
 * The type of {@link CredentialsUnavailable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CredentialsUnavailable = Reason.CredentialsUnavailable

/**
 * AWS throttled the call, and kept doing so until the retries were used up.
 *
 * @category errors
 * @since 0.1.0
 */
export const Throttled = /* @__PURE__ */ codec(Reason.Throttled, fields, 503)
/**
 * The type of {@link Throttled:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type Throttled = Reason.Throttled

/**
 * AWS failed (HTTP 5xx).
 *
 * @category errors
 * @since 0.1.0
 */
export const ServerFault = /* @__PURE__ */ codec(Reason.ServerFault, fields, 502)
/**
 * The type of {@link ServerFault:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ServerFault = Reason.ServerFault

/**
 * AWS could not be reached, or the connection broke before the whole response had arrived.
 *
 * @category errors
 * @since 0.1.0
 */
export const Unreachable = /* @__PURE__ */ codec(Reason.Unreachable, fields, 502)
/**
 * The type of {@link Unreachable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type Unreachable = Reason.Unreachable

/**
 * No response arrived in time.
 *
 * @category errors
 * @since 0.1.0
 */
export const TimedOut = /* @__PURE__ */ codec(Reason.TimedOut, fields, 504)
/**
 * The type of {@link TimedOut:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type TimedOut = Reason.TimedOut

/**
 * The response could not be read, or isn't AWS's. The code says which:
 *
 * - `ForeignResponse`: something else answered in AWS's place, such as a proxy or the login page of a network. The response
 *   is an HTML page, empty, or that of another operation.
 * - `MalformedResponse`: it isn't valid JSON, XML or CBOR.
 * - `MemberMissing`: it lacks a member that AWS always sends; `MemberInvalid`: a value that AWS doesn't send.
 * - `PaginationTokenRepeated`: its pagination token leads back to the same page, or isn't known.
 *
 * A wrong checksum is `Unreadable`, too. The message never quotes the response, which may hold a secret.
 *
 * @category errors
 * @since 0.1.0
 */
export const Unreadable = /* @__PURE__ */ codec(Reason.Unreadable, fields, 502)
/**
 * The type of {@link Unreadable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type Unreadable = Reason.Unreadable

/**
 * The program's own mistake, so nothing was sent: no region, a malformed endpoint, an input that the SDK refuses or that HTTP,
 * a URL or XML can't carry, a pagination token that no rule covers, a Layer that has been released, or bodies that the program
 * doesn't read and that hold every connection.
 *
 * @category errors
 * @since 0.1.0
 */
export const Misconfigured = /* @__PURE__ */ codec(Reason.Misconfigured, fields, 500)
/**
 * The type of {@link Misconfigured:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type Misconfigured = Reason.Misconfigured

/**
 * `Aspect.circuitBreaker` rejected the call because recent calls failed, so nothing was sent. `retryAfter` says when it lets
 * a call through again. As JSON, it's a number of milliseconds.
 *
 * The code is `CircuitOpen`, or `CircuitHalfOpen` while another call tests whether AWS works again.
 *
 * @category errors
 * @since 0.1.0
 */
export const CircuitOpen = /* @__PURE__ */ codec(
  Reason.CircuitOpen,
  () => ({ ...fields(), retryAfter: orUndefined(Schema.DurationFromMillis) }),
  503
)
/**
 * The type of {@link CircuitOpen:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type CircuitOpen = Reason.CircuitOpen

/**
 * Any reason. The Schema decodes each to its class.
 *
 * @category models
 * @since 0.1.0
 */
export const AwsErrorReason = /* @__PURE__ */ Schema.Union([
  Rejected,
  AccessDenied,
  CredentialsRejected,
  CredentialsUnavailable,
  Throttled,
  ServerFault,
  Unreachable,
  TimedOut,
  Unreadable,
  Misconfigured,
  CircuitOpen
])
/**
 * The type of {@link AwsErrorReason:var}.
 *
 * @category models
 * @since 0.1.0
 */
export type AwsErrorReason = Reason.AwsErrorReason
