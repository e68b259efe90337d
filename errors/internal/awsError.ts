// The class of every AwsError, without Schema: the library's own code takes it from here, so that Schema stays out of the
// bundle of a program that encodes no error. The public `AwsError` is this class with its codec.
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import { isUnanswered } from "./attempts.ts"
import { classify } from "./classify.ts"
import type { AwsErrorReason } from "./reasons.ts"
import { hasTypeId, TaggedError } from "./tagged.ts"

export type CodeOf<E> = E extends AwsError<infer Code> ? Code : never

/** A documented code, or any other: AWS documents only some of its codes, and for no service all of them. */
type OpenCode<E> = CodeOf<E> | (string & {})

type WithoutCode<E, Code> = E extends AwsError<infer C> ? AwsError<string extends C ? string : Exclude<C, Code>> : E

type ListedCode<Codes> = Codes extends string ? Codes : Codes extends ReadonlyArray<infer C extends string> ? C : never

/**
 * What an `AwsError` is constructed from.
 *
 * @category models
 * @since 0.1.0
 */
export interface AwsErrorOptions {
  /** The service, as the SDK names it: `S3`. */
  readonly service: string
  /** The operation, as AWS names it: `HeadBucket`. */
  readonly operation: string
  /** The region of the call. */
  readonly region: string
  /** Why the call failed. */
  readonly reason: AwsErrorReason
  /** What the SDK threw. It stays in the process: the codec and `toJSON` leave it out. */
  readonly cause?: unknown
  /** By default `true` if the reason doesn't rule it out. */
  readonly mayHaveSucceeded?: boolean | undefined
}

export class AwsError<out Code extends string = string> extends TaggedError("AwsError")<
  Omit<AwsErrorOptions, "mayHaveSucceeded"> & {
    /**
     * Whether AWS may have done what the call asked for, although the call failed: at least one attempt was sent and got
     * no response that settles it. If it's `false`, nothing has happened.
     */
    readonly mayHaveSucceeded: boolean
  }
> {
  /** Ties the type to its codes. */
  declare readonly "~codes": Code

  constructor(options: AwsErrorOptions) {
    super({ ...options, mayHaveSucceeded: options.mayHaveSucceeded ?? isUnanswered(options.reason) })
  }

  /** AWS's error code (`NoSuchKey`), or the name of the failure on the way to AWS (`ECONNREFUSED`). */
  get code(): Code | (string & {}) {
    return this.reason.code
  }

  /** The HTTP status of the response, if there was one. */
  get statusCode(): number | undefined {
    return this.reason.statusCode
  }

  /** The request id to give to AWS Support, if AWS responded. */
  get requestId(): string | undefined {
    return this.reason.requestId
  }

  /** Whether the same call may succeed later. */
  get isRetryable(): boolean {
    return this.reason.isRetryable
  }

  override get message(): string {
    return `${this.service}.${this.operation} in ${this.region || "no region"}: ${this.reason.message}`
  }

  /** Everything but the SDK's exception, which holds on to the whole response. */
  override toJSON(): unknown {
    const { cause: _, ...json } = super.toJSON() as { readonly cause?: unknown }
    return json
  }

  /**
   * Whether a value is an `AwsError`, of this copy of the package or of another one.
   *
   * **Example** (An error of unknown origin)
   *
   * ```ts
   * import { AwsError } from "effect-aws-sdk"
   *
   * const statusOf = (error: unknown): number => AwsError.isAwsError(error) && error.isRetryable ? 503 : 500
   * ```
   *
   * @category guards
   * @since 0.1.0
   */
  static readonly isAwsError = (u: unknown): u is AwsError => hasTypeId(u, "AwsError")

  /**
   * Turns whatever a call threw into an `AwsError`. The library's own clients do this already; use it for calls that
   * bypass them (`lib-storage`, a presigner).
   *
   * - `call`: the call that failed.
   * - `cause`: what it threw. An `AwsError` is returned as it is.
   * - `reason`: what the cause means, if that's known already. By default the cause is classified.
   *
   * **Example** (An upload by `lib-storage`)
   *
   * ```ts
   * import { S3Client } from "@aws-sdk/client-s3"
   * import { Upload } from "@aws-sdk/lib-storage"
   * import { Effect } from "effect"
   * import { AwsClients, AwsError } from "effect-aws-sdk"
   *
   * const upload = (Body: ReadableStream) =>
   *   Effect.flatMap(AwsClients, ({ config: { region }, get }) =>
   *     Effect.tryPromise({
   *       try: () => new Upload({ client: get(S3Client), params: { Bucket: "b", Key: "k", Body } }).done(),
   *       catch: (cause) => AwsError.fromUnknown({ service: "S3", operation: "Upload", region }, cause)
   *     }))
   * ```
   *
   * @category constructors
   * @since 0.1.0
   */
  static fromUnknown<Code extends string = string>(
    call: { readonly service: string; readonly operation: string; readonly region: string },
    cause: unknown,
    reason: AwsErrorReason = AwsError.isAwsError(cause) ? cause.reason : classify(cause)
  ): AwsError<Code> {
    if (AwsError.isAwsError(cause)) return cause as AwsError<Code>
    const { operation, region, service } = call
    return new AwsError<Code>({ service, operation, region, reason, cause })
  }

  /**
   * A guard for `AwsError`s with one of these codes: for `Effect.catchIf`, `Stream.catchIf`, and the `while` of a retry.
   * If the codes' type is only `string`, it's a plain predicate, which narrows nothing.
   *
   * **Example** (Retry until a role that was just created is known)
   *
   * ```ts
   * import { CreateFunctionCommand, LambdaClient } from "@aws-sdk/client-lambda"
   * import { Effect, Schedule } from "effect"
   * import { AwsError, AwsService } from "effect-aws-sdk"
   *
   * const create = (command: CreateFunctionCommand) =>
   *   AwsService.make(LambdaClient).send(command).pipe(
   *     Effect.retry({
   *       while: AwsError.hasCode("InvalidParameterValueException"),
   *       schedule: Schedule.spaced("2 seconds"),
   *       times: 5
   *     })
   *   )
   * ```
   *
   * @category guards
   * @since 0.1.0
   */
  static readonly hasCode =
    ((...codes: ReadonlyArray<string>) => (error: unknown) =>
      AwsError.isAwsError(error) && codes.includes(error.code)) as <const Codes extends ReadonlyArray<string>>(
        ...codes: Codes
      ) => string extends Codes[number] ? (error: unknown) => boolean
        : <E>(error: E) => error is Extract<E, AwsError> & { readonly code: Codes[number] }

  /**
   * Handles failures with this code, or with one of these codes. Editors suggest the codes that AWS documents for the
   * command; any other string is accepted too. Failures with other codes, and failures that aren't an `AwsError`, stay as they
   * are.
   *
   * **Errors**: those of the effect, without the listed codes; those of the handler.
   *
   * **Requires** what the effect and the handler require.
   *
   * **Example** (A bucket that may be gone)
   *
   * ```ts
   * import { DeleteBucketCommand } from "@aws-sdk/client-s3"
   * import { Effect } from "effect"
   * import { AwsError, S3 } from "effect-aws-sdk"
   *
   * const gone = S3.send(new DeleteBucketCommand({ Bucket: "bucket" })).pipe(
   *   AwsError.catchCode(["NoSuchBucket", "NotFound"], () => Effect.logInfo("The bucket was already gone"))
   * )
   * ```
   *
   * @category handling
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
