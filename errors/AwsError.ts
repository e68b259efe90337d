/**
 * What AWS, or the way to it, did.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type { AwsErrorReason } from "./AwsErrorReason.ts"
import { isUnanswered, unanswered } from "./internal/attempts.ts"
import { classify } from "./internal/classify.ts"

/**
 * The codes that the `AwsError`s in an error type are known to carry.
 *
 * @category type-level
 * @since 0.1.0
 */
export type CodeOf<E> = E extends AwsError<infer Code> ? Code : never

/** A code that is documented, or any other: AWS documents few, and no service all, of its codes. */
type OpenCode<E> = CodeOf<E> | (string & {})

type WithoutCode<E, Code> = E extends AwsError<infer C> ? AwsError<string extends C ? string : Exclude<C, Code>> : E

/**
 * The one error for a call to AWS that failed: which call, and the `reason`.
 *
 * - `code`, `statusCode`, `requestId` and `isRetryable` are those of the reason; `mayHaveSucceeded` tells whether AWS may have acted.
 * - `cause` is the SDK's exception, unchanged.
 * - `Code` is what AWS documents for the command; the code stays open, since no service documents all of its codes.
 *
 * **Example** (Three ways to catch)
 *
 * ```ts
 * import { GetObjectCommand } from "@aws-sdk/client-s3"
 * import { Effect } from "effect"
 * import { AwsError, S3 } from "effect-aws-sdk"
 *
 * const get = S3.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" }))
 *
 * const byCode = get.pipe(AwsError.catchCode("NoSuchKey", () => Effect.succeed(undefined)))
 * const byReason = get.pipe(Effect.catchReason("AwsError", "AccessDenied", () => Effect.succeed(undefined)))
 * const byTag = get.pipe(Effect.catchTag("AwsError", (error) => Effect.logError(error.message)))
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class AwsError<out Code extends string = string> extends Data.TaggedError("AwsError")<{
  /** The service, as the SDK names it: `S3`. */
  readonly service: string
  /** The operation, as AWS names it: `HeadBucket`. */
  readonly operation: string
  /** The region that was asked. */
  readonly region: string
  readonly reason: AwsErrorReason
  readonly cause: unknown
}> {
  /** Ties the type to its codes. */
  declare readonly "~codes": Code

  /** AWS's error code (`NoSuchKey`), or the name of what failed on the way (`ECONNREFUSED`). */
  get code(): Code | (string & {}) {
    return this.reason.code
  }

  /** The HTTP status of the answer, where there was one. */
  get statusCode(): number | undefined {
    return this.reason.statusCode
  }

  /** The id to give to AWS Support, where there was an answer. */
  get requestId(): string | undefined {
    return this.reason.requestId
  }

  /** Whether the same call may succeed when it is made again later. */
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }

  /**
   * Whether AWS may have done what the call asked for, although the call failed: this attempt, or one before it, was sent
   * and had no answer. Where it is `false`, nothing has happened.
   */
  get mayHaveSucceeded(): boolean {
    const { cause, reason } = this
    return isUnanswered(reason) || (typeof cause === "object" && cause !== null && unanswered.has(cause))
  }

  override get message(): string {
    return `${this.service}.${this.operation} in ${this.region || "no region"}: ${this.reason.message}`
  }

  /** What can be written down: all but the SDK's exception, which holds on to the whole answer. */
  override toJSON(): unknown {
    const { _tag, message, operation, region, service } = this
    const { code, description, isRetryable, requestId, statusCode } = this.reason
    return {
      _tag,
      message,
      service,
      operation,
      region,
      reason: { _tag: this.reason._tag, code, description, isRetryable, requestId, statusCode }
    }
  }

  /**
   * Turns whatever a call threw into an `AwsError`. Every client of this library does so already; this is for calls
   * that are made past it (`lib-storage`, a presigner).
   *
   * @since 0.1.0
   */
  static fromUnknown<Code extends string = string>(
    call: { readonly service: string; readonly operation: string; readonly region: string },
    cause: unknown
  ): AwsError<Code> {
    if (cause instanceof AwsError) return cause as AwsError<Code>
    const { operation, region, service } = call
    return new AwsError<Code>({ service, operation, region, reason: classify(cause), cause })
  }

  /**
   * A guard for `AwsError`s with one of these codes: for `Effect.catchIf`, `Stream.catchIf`, and the `while` of a retry.
   * Codes that are only known to be strings make a predicate, which narrows nothing.
   *
   * @since 0.1.0
   */
  static readonly hasCode =
    ((...codes: ReadonlyArray<string>) => (error: unknown) =>
      error instanceof AwsError && codes.includes(error.code)) as <const Codes extends ReadonlyArray<string>>(
        ...codes: Codes
      ) => string extends Codes[number] ? (error: unknown) => boolean
        : <E>(error: E) => error is Extract<E, AwsError> & { readonly code: Codes[number] }

  /**
   * Handles the failures that carry this code, or one of these codes. The codes that AWS documents for the command are
   * offered; any other may be given.
   *
   * **Example** (A bucket that may be gone)
   *
   * ```ts
   * import { DeleteBucketCommand } from "@aws-sdk/client-s3"
   * import { Effect } from "effect"
   * import { AwsError, S3 } from "effect-aws-sdk"
   *
   * const gone = S3.send(new DeleteBucketCommand({ Bucket: "bucket" })).pipe(
   *   AwsError.catchCode(["NoSuchBucket", "NotFound"], () => Effect.logInfo("it was gone already"))
   * )
   * ```
   *
   * @since 0.1.0
   */
  static readonly catchCode: {
    <E, const Codes extends OpenCode<E> | ReadonlyArray<OpenCode<E>>, A2, E2, R2>(
      codes: Codes,
      handler: (error: AwsError<ListedCode<Codes>>) => Effect.Effect<A2, E2, R2>
    ): <A, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A | A2, WithoutCode<E, ListedCode<Codes>> | E2, R | R2>
    <A, E, R, const Codes extends OpenCode<E> | ReadonlyArray<OpenCode<E>>, A2, E2, R2>(
      self: Effect.Effect<A, E, R>,
      codes: Codes,
      handler: (error: AwsError<ListedCode<Codes>>) => Effect.Effect<A2, E2, R2>
    ): Effect.Effect<A | A2, WithoutCode<E, ListedCode<Codes>> | E2, R | R2>
  } = dual(3, (
    self: Effect.Effect<unknown, unknown, unknown>,
    codes: string | ReadonlyArray<string>,
    handler: (error: AwsError) => Effect.Effect<unknown, unknown, unknown>
  ) =>
    Effect.catchIf(
      self,
      AwsError.hasCode(...(typeof codes === "string" ? [codes] : codes)),
      (e) => handler(e as AwsError)
    ))
}

type ListedCode<Codes> = Codes extends string ? Codes : Codes extends ReadonlyArray<infer C extends string> ? C : never
