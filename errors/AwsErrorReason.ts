/**
 * Why a call to AWS failed. Every {@link AwsError} carries one of these as its `reason`.
 *
 * Handle one with `Effect.catchReason("AwsError", "Throttled", …)`, or replace the error with its reason with
 * `Effect.unwrapReason("AwsError")`. Each reason is also a Schema: [Errors](../docs/errors.md) says what crosses a process
 * boundary. {@link ReasonFields} lists the fields that every reason has.
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
 * AWS understood the request and refused it: the resource doesn't exist, exists already, or the input is invalid. The `code`
 * says which. To handle certain codes, use `AwsError.catchCode`.
 *
 * **Example** (Show a refusal to the person who chose the input)
 *
 * ```ts
 * import { CreateVpcCommand } from "@aws-sdk/client-ec2"
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const createVpc = (CidrBlock: string) =>
 *   Ec2.send(new CreateVpcCommand({ CidrBlock })).pipe(
 *     Effect.map(({ Vpc }) => `Created ${Vpc?.VpcId}`),
 *     Effect.catchReason("AwsError", "Rejected", ({ code, description }) => Effect.succeed(`${code}: ${description}`))
 *   )
 * ```
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
 * AWS knows the caller, but the caller isn't allowed to do this. The `description` is AWS's: it often names the policy that
 * decided. Usually, the caller's policy or that of the resource has to allow the action.
 *
 * **Example** (Leave out what may not be read)
 *
 * ```ts
 * import { GetBucketPolicyCommand } from "@aws-sdk/client-s3"
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const policyOf = (Bucket: string) =>
 *   S3.send(new GetBucketPolicyCommand({ Bucket })).pipe(
 *     Effect.map(({ Policy }) => Policy),
 *     Effect.catchReason("AwsError", "AccessDenied", ({ description }) =>
 *       Effect.as(Effect.logWarning(`The policy of ${Bucket} can't be read: ${description}`), undefined))
 *   )
 * ```
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
 * wrong clock). The `advice` says what to check.
 *
 * **Example** (Report whether keys work)
 *
 * ```ts
 * import { GetCallerIdentityCommand } from "@aws-sdk/client-sts"
 * import { Effect } from "effect"
 * import { Sts } from "effect-aws-sdk"
 *
 * const check = Sts.send(new GetCallerIdentityCommand({})).pipe(
 *   Effect.map(({ Arn }) => `The keys belong to ${Arn}`),
 *   Effect.catchReason("AwsError", "CredentialsRejected", ({ advice, code }) =>
 *     Effect.succeed(`AWS doesn't accept the keys (${code}). ${advice ?? ""}`))
 * )
 * ```
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
 * There were no credentials to sign with, so nothing was sent: the SSO session has expired, the role can't be assumed any more,
 * or the source of the credentials didn't answer. The `description` and the `advice` say what to do. If the source may have
 * credentials later, `isRetryable` is `true`. The Layer doesn't retry the call itself: the next call asks the source again.
 *
 * **Example** (Tell a person to sign in)
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import { Profile, Sts } from "effect-aws-sdk"
 *
 * const program = Sts.environment.pipe(
 *   Effect.flatMap(({ account }) => Console.log(account)),
 *   Effect.catchReason("AwsError", "CredentialsUnavailable", ({ advice = "", description }) =>
 *     Console.error(`${description} ${advice}`)),
 *   Effect.provide(Profile.layer({ profile: "dev" }))
 * )
 * ```
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
 * AWS throttled the call, and kept doing so until the retries were used up. AWS doesn't act on an attempt that it throttles, so the
 * same call is safe to repeat, unless an earlier attempt got no answer: then the error's `mayHaveSucceeded` is `true`. Make fewer
 * calls at once, for example with `Aspect.adaptive`, or give the Layer a longer `retry` schedule.
 *
 * **Example** (A nightly job has time to wait)
 *
 * ```ts
 * import { DescribeVolumesCommand } from "@aws-sdk/client-ec2"
 * import { Effect, Schedule } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const volumes = Ec2.send(new DescribeVolumesCommand({ MaxResults: 100 })).pipe(
 *   Effect.retry({
 *     while: ({ reason }) => reason._tag === "Throttled",
 *     schedule: Schedule.spaced("1 minute"),
 *     times: 10
 *   })
 * )
 * ```
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
 * AWS failed (HTTP 5xx), also after the retries. AWS may have acted before it failed: then the error's `mayHaveSucceeded` is
 * `true`.
 *
 * **Example** (Look whether a change was made)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const start = Ssm.putParameter({ name: "/app/state", value: "started" }).pipe(
 *   Effect.asVoid,
 *   Effect.catchReason("AwsError", "ServerFault", (_, error) =>
 *     Ssm.getParameter("/app/state").pipe(
 *       Effect.flatMap(({ value }) => value === "started" ? Effect.void : Effect.fail(error))
 *     ))
 * )
 * ```
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
 * AWS could not be reached, or the connection broke before the whole response had arrived. The `code` says how: `ENOTFOUND`,
 * `ECONNREFUSED`, `ECONNRESET` or `CERT_HAS_EXPIRED`, for example. If there was a connection, AWS may have acted: then the
 * error's `mayHaveSucceeded` is `true`.
 *
 * **Example** (Work offline with what was read last)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Ssm } from "effect-aws-sdk"
 *
 * const motd = (last: string) =>
 *   Ssm.getParameter("/app/motd").pipe(
 *     Effect.map(({ value }) => String(value)),
 *     Effect.catchReason("AwsError", "Unreachable", ({ code }) =>
 *       Effect.as(Effect.logWarning(`AWS can't be reached: ${code}`), last))
 *   )
 * ```
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
 * No connection was there in time, no response arrived in time, or AWS gave up waiting for the request. AWS may have acted on a
 * request that was sent: then the error's `mayHaveSucceeded` is `true`.
 *
 * The time for a connection is 3.1 seconds by default. A call as a whole has no limit: use `Effect.timeout` for that, which
 * fails with Effect's own `TimeoutError`.
 *
 * **Example** (Repeat a call only if nothing can have happened)
 *
 * ```ts
 * import { RunInstancesCommand } from "@aws-sdk/client-ec2"
 * import { Effect } from "effect"
 * import { Ec2 } from "effect-aws-sdk"
 *
 * const run = Ec2.send(new RunInstancesCommand({ ImageId: "ami-1", MinCount: 1, MaxCount: 1 })).pipe(
 *   Effect.retry({ while: (error) => error.reason._tag === "TimedOut" && !error.mayHaveSucceeded, times: 2 })
 * )
 * ```
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
 * - `MalformedResponse`: it isn't valid JSON, XML or CBOR, or the SDK refuses it, such as a message of SQS that doesn't match its checksum.
 * - `MemberMissing`: it lacks a member that AWS always sends; `MemberInvalid`: a value that AWS doesn't send.
 * - `PaginationTokenMissing`: a page announces more pages, and lacks the token for them; `PaginationTokenRepeated`: its token
 *   leads back to an earlier page.
 *
 * A wrong checksum is `Unreadable`, too. The message never quotes the response, which may hold a secret. It isn't retried: check
 * the endpoint, and what is between the program and AWS.
 *
 * **Example** (Behind the login page of a network)
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import { Sts } from "effect-aws-sdk"
 *
 * const account = Sts.environment.pipe(
 *   Effect.map(({ account }) => account),
 *   Effect.catchReason("AwsError", "Unreadable", ({ code }, error) =>
 *     code === "ForeignResponse"
 *       ? Effect.andThen(Console.error("Sign in to the network first."), Effect.fail(error))
 *       : Effect.fail(error))
 * )
 * ```
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
 * a URL or XML can't carry, a package that isn't installed, a pagination token that no rule covers, a Layer that has been
 * released, or bodies that the program doesn't read and that hold every connection. The `advice` says what to correct.
 *
 * **Example** (A mistake in the program is a defect)
 *
 * ```ts
 * import { GetObjectCommand } from "@aws-sdk/client-s3"
 * import { Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 *
 * const object = S3.send(new GetObjectCommand({ Bucket: "reports", Key: "latest.json" })).pipe(
 *   Effect.catchReason("AwsError", "Misconfigured", (_, error) => Effect.die(error))
 * )
 * ```
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
 * The code is `CircuitOpen`, or `CircuitHalfOpen` while another call tests whether AWS works again: then there is no
 * `retryAfter`. The Layer's retries don't repeat the call.
 *
 * **Example** (Tell clients of a server when to try again)
 *
 * ```ts
 * import { Duration, Effect } from "effect"
 * import { S3 } from "effect-aws-sdk"
 * import { HttpServerResponse } from "effect/http"
 *
 * const answer = S3.getBucketStatus("reports").pipe(
 *   Effect.map((status) => HttpServerResponse.text(status)),
 *   Effect.catchReason("AwsError", "CircuitOpen", ({ retryAfter }) => {
 *     const seconds = retryAfter === undefined ? 1 : Math.ceil(Duration.toSeconds(retryAfter))
 *     return Effect.succeed(HttpServerResponse.empty({ status: 503, headers: { "retry-after": String(seconds) } }))
 *   })
 * )
 * ```
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
 * **Example** (Each reason by its tag)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { type AwsErrorReason, Sts } from "effect-aws-sdk"
 *
 * const whoIsToBlame = ({ _tag }: AwsErrorReason.AwsErrorReason): string =>
 *   _tag === "ServerFault" || _tag === "Throttled" ? "AWS" : _tag === "Unreachable" ? "the network" : "us"
 *
 * const program = Sts.environment.pipe(
 *   Effect.tapErrorTag("AwsError", ({ reason }) => Effect.logError(whoIsToBlame(reason)))
 * )
 * ```
 *
 * **Example** (The reasons as errors of an endpoint)
 *
 * ```ts
 * import { Schema } from "effect"
 * import { AwsErrorReason } from "effect-aws-sdk"
 * import { HttpApiEndpoint } from "effect/http-api"
 *
 * const endpoint = HttpApiEndpoint.get("account", "/account", {
 *   success: Schema.String,
 *   error: AwsErrorReason.AwsErrorReason.members
 * })
 * ```
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
