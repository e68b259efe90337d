/**
 * The errors of Lambda functions.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { codec, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/lambdaErrors.ts"

/**
 * The time of an invocation ended, so its effect was interrupted, or the build of the handler's Layer. The invocation fails with it.
 * Give the function a longer timeout or more memory, or an invocation less to do.
 *
 * - `functionName`: the function.
 * - `during`: whether the effect was interrupted, or the build of the Layer.
 * - `availableMillis`: how long it had, in milliseconds.
 * - `marginMillis`: how long before Lambda's deadline it was interrupted, in milliseconds.
 *
 * **Example** (A test of a function that takes too long)
 *
 * ```ts
 * import { assert, it } from "@effect/vitest"
 * import { Effect } from "effect"
 * import { InMemory } from "effect-aws-sdk/InMemory"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const handler = Lambda.handler({ handler: () => Effect.never })
 *
 * it.effect("answers before Lambda ends it", () =>
 *   Effect.gen(function*() {
 *     const context = yield* Lambda.testContext({ timeout: "10 seconds" })
 *     const error = yield* Effect.flip(handler.invoke({}, context))
 *     assert.strictEqual(error.name, "DeadlineExceeded")
 *   }).pipe(Effect.provide(InMemory.virtualTime)))
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const DeadlineExceeded = /* @__PURE__ */ codec(
  Internal.DeadlineExceeded,
  () => ({
    functionName: Schema.String,
    during: Schema.Literals(["Invocation", "LayerBuild"]),
    availableMillis: Schema.Finite,
    marginMillis: Schema.Finite
  }),
  504
)
/**
 * The type of {@link DeadlineExceeded:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type DeadlineExceeded = Internal.DeadlineExceeded

/**
 * The effect of an invocation was interrupted, and not by the deadline. The invocation fails with it.
 *
 * - `functionName`: the function.
 * - `by`: `Shutdown` if the execution environment ended: invoke the function again. `Effect` if the effect, or the build of the Layer,
 *   interrupted itself: let it fail with an error instead, or handle the interruption.
 *
 * **Example** (An interruption as a failure)
 *
 * ```ts
 * import { Data, Effect, Fiber } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * class ImportStopped extends Data.TaggedError("ImportStopped") {}
 *
 * declare const startImport: Effect.Effect<Fiber.Fiber<number>>
 *
 * export const handler = Lambda.handler({
 *   handler: Effect.fn(function*() {
 *     const fiber = yield* startImport
 *     // `Fiber.join` would interrupt the invocation, too, if somebody stopped the import.
 *     const exit = yield* Fiber.await(fiber)
 *     return exit._tag === "Success" ? exit.value : yield* new ImportStopped()
 *   })
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const InvocationInterrupted = /* @__PURE__ */ codec(
  Internal.InvocationInterrupted,
  () => ({ functionName: Schema.String, by: Schema.Literals(["Shutdown", "Effect"]) }),
  503
)
/**
 * The type of {@link InvocationInterrupted:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type InvocationInterrupted = Internal.InvocationInterrupted

/**
 * The answer of a handler has a value that JSON can't have, such as a `BigInt`, or one that JSON would lose: a Map, a Set, a Promise,
 * an Effect that nobody ran. The invocation fails with it. Encode the answer, for example with a Schema.
 *
 * - `path`: where in the answer the value is: `answer.items[3].id`.
 * - `why`: why JSON can't have it: `is a BigInt`.
 *
 * **Example** (An answer with a balance that is a BigInt)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const Account = Schema.Struct({ id: Schema.String, balance: Schema.BigInt })
 * const encode = Schema.encodeEffect(Schema.toCodecJson(Account))
 *
 * export const handler = Lambda.handler({ handler: () => encode({ id: "a-1", balance: 12n }) })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const AnswerNotSerializable = /* @__PURE__ */ codec(
  Internal.AnswerNotSerializable,
  () => ({ path: Schema.String, why: Schema.String }),
  500
)
/**
 * The type of {@link AnswerNotSerializable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type AnswerNotSerializable = Internal.AnswerNotSerializable

/**
 * The answer of a handler is larger than what Lambda accepts: 6 MB as JSON. The invocation fails with it. Return less, put the data
 * into S3 and return where it is, or stream the response with `LambdaHttp.streamHandler`.
 *
 * - `bytes`: the size of the answer as JSON.
 * - `limitBytes`: what Lambda accepts.
 *
 * **Example** (Return where the data is)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Compute from "effect-aws-sdk/Compute"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as S3 from "effect-aws-sdk/S3"
 *
 * declare const report: Effect.Effect<string>
 *
 * export const handler = Lambda.handler({
 *   layer: Compute.layer(),
 *   handler: Effect.fn(function*(_event, { awsRequestId: key }) {
 *     yield* S3.putObject({ bucket: "reports", key, body: yield* report })
 *     return yield* S3.presignGet("reports", key)
 *   })
 * })
 * ```
 *
 * AWS: [Quotas](https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)
 *
 * @category errors
 * @since 0.1.0
 */
export const AnswerTooLarge = /* @__PURE__ */ codec(
  Internal.AnswerTooLarge,
  () => ({ bytes: Schema.Finite, limitBytes: Schema.Finite }),
  500
)
/**
 * The type of {@link AnswerTooLarge:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type AnswerTooLarge = Internal.AnswerTooLarge

export type { FailedRecord } from "./internal/lambdaErrors.ts"

/**
 * The function was invoked with an event that its handler doesn't take. The message says where the mismatch is, and
 * shows no value but the source and the detail type of an event of EventBridge. `mismatch` says of an event of AWS's whether AWS's
 * part of it or what it carries doesn't match.
 *
 * It isn't retryable: the same event fails again. For an asynchronous invocation, AWS retries it all the same; set the
 * function's `MaximumRetryAttempts` or a destination on failure for events that nobody should see again.
 *
 * - `expected`: what the handler takes: `an event of SQS`.
 * - `issue`: where the mismatch is.
 * - `mismatch`: `Event` if AWS's part of the event is missing or different, so that something else invokes the function; `Content` if
 *   what the event carries doesn't match the handler's schema. Absent if the whole event is by the handler's own schema.
 *
 * **Example** (Don't let AWS retry an event that nobody can read)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const onInvoice = Lambda.on(Schema.Struct({ number: Schema.Int }), ({ number }) => Effect.logInfo(`invoice ${number}`))
 *
 * export const handler = Lambda.handler({
 *   handler: (event, context) =>
 *     onInvoice(event, context).pipe(
 *       Effect.catchTag("LambdaEventNotDecodable", ({ message }) => Effect.logError(message))
 *     )
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const LambdaEventNotDecodable = /* @__PURE__ */ codec(
  Internal.LambdaEventNotDecodable,
  () => ({
    expected: Schema.String,
    issue: Schema.String,
    mismatch: orUndefined(Schema.Literals(["Event", "Content"]))
  }),
  422
)
/**
 * The type of {@link LambdaEventNotDecodable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type LambdaEventNotDecodable = Internal.LambdaEventNotDecodable

/**
 * Nothing of a batch can be taken as done: all messages of a queue failed, or the first record of a stream. AWS delivers the
 * whole batch again, as it does after a list of all of its records. The handlers of {@link sqsBatch}, {@link kinesisBatch} and
 * {@link dynamoDbBatch} fail with it, unless their option `whenNothingIsDone` is `"Report"`.
 *
 * - `records`: what the batch consists of: `SQS messages`.
 * - `count`: how many of them it has.
 * - `failures`: the ids of those that failed and why, in the order of the batch.
 *
 * **Example** (Count batches of which nothing was done)
 *
 * ```ts
 * import { Effect, Metric, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const stuck = Metric.counter("stuck_batches", { incremental: true })
 * const onOrders = Lambda.sqsBatch(Schema.Struct({ id: Schema.String }), ({ id }) => Effect.logInfo(`order ${id}`))
 *
 * export const handler = Lambda.handler({
 *   handler: (event, context) =>
 *     onOrders(event, context).pipe(Effect.tapErrorTag("BatchFailed", () => Metric.update(stuck, 1)))
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const BatchFailed = /* @__PURE__ */ codec(
  Internal.BatchFailed,
  () => ({
    records: Schema.String,
    count: Schema.Finite,
    failures: Schema.Array(Schema.Struct({ id: Schema.String, reason: Schema.String }))
  }),
  500
)
/**
 * The type of {@link BatchFailed:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type BatchFailed = Internal.BatchFailed
