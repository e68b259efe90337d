/**
 * The error of every failed call to AWS.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AwsErrorReason } from "./AwsErrorReason.ts"
import * as Internal from "./internal/awsError.ts"
import { codec } from "./internal/codec.ts"

/**
 * The one error for every failed call to AWS. It names the call, and has the `reason` why it failed.
 *
 * - `code`, `statusCode`, `requestId` and `isRetryable` come from the reason. `mayHaveSucceeded` says whether AWS may
 *   have acted anyway.
 * - `cause` is the SDK's exception, unchanged.
 * - `Code` lists what AWS documents for the command. Other codes remain possible, because AWS doesn't document them
 *   all.
 * - The class has four functions: `catchCode` handles failures by their code, `hasCode` makes a guard of codes, `isAwsError` tells
 *   an `AwsError` from anything else, and `fromUnknown` makes one of what another library threw.
 * - It's also a Schema: after it has crossed HttpApi, RPC or a worker, the same tags, reasons and codes still catch it.
 *   `cause` doesn't cross. [Errors](../docs/errors.md) has the details.
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
export const AwsError = /* @__PURE__ */ codec(Internal.AwsError, () => ({
  service: Schema.String,
  operation: Schema.String,
  region: Schema.String,
  reason: AwsErrorReason,
  mayHaveSucceeded: Schema.Boolean
}), 502)
/**
 * The type of {@link AwsError:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type AwsError<Code extends string = string> = Internal.AwsError<Code>

/**
 * The types that go with {@link AwsError:var}.
 *
 * @since 0.1.0
 */
export declare namespace AwsError {
  /**
   * The codes that the `AwsError`s in an error type are known to carry.
   *
   * @category type-level
   * @since 0.1.0
   */
  export type CodeOf<E> = Internal.CodeOf<E>

  /**
   * What an `AwsError` is constructed from.
   *
   * @category models
   * @since 0.1.0
   */
  export type Options = Internal.AwsErrorOptions
}
