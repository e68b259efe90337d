/**
 * AWS Lambda functions as Effects.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Logger from "effect/Logger"
import type * as Schema from "effect/Schema"
import type { IdempotencyStoreFull } from "../errors/internal/idempotencyErrors.ts"
import * as Handlers from "./internal/handler.ts"
import * as Idempotency from "./internal/idempotency.ts"
import * as Invocation from "./internal/invocation.ts"
import * as Logging from "./internal/logging.ts"
import type { DataAnswer, Handler, HandlerOptions } from "./internal/models.ts"
import * as Testing from "./internal/testContext.ts"

export * from "../errors/IdempotencyErrors.ts"
export * from "../errors/LambdaErrors.ts"
export type { BatchOptions, BatchResponse } from "./internal/batches/batch.ts"
export { sqsBatch } from "./internal/batches/sqs.ts"
export { dynamoDbBatch, kinesisBatch } from "./internal/batches/streams.ts"
export * from "./internal/events/events.ts"
export type {
  IdempotencyBeginning,
  IdempotencyError,
  IdempotencyRecord,
  IdempotencyRun,
  IdempotencyStore,
  IdempotentOptions,
  WithoutResult
} from "./internal/idempotency.ts"
export type { Context, EventHandler } from "./internal/invocation.ts"
export type { DataAnswer, Handler, HandlerOptions, InvocationOptions } from "./internal/models.ts"
export type { TestContextOptions } from "./internal/testContext.ts"

/**
 * A handler for Lambda's Node.js runtime.
 *
 * - `handler`: takes the event and the context, and returns an Effect. {@link on}, {@link sqsBatch}, {@link kinesisBatch},
 *   {@link dynamoDbBatch} and `LambdaHttp.toEventHandler` make one.
 * - `layer`: provides what the effect requires. By default, the effect may require nothing but a `Scope`.
 * - `flush`, `flushTimeout` (2 seconds), `deadlineMargin` (500 milliseconds), `logger`, `xray`: see {@link InvocationOptions}.
 *
 * **The Layer** is built once for each execution environment, at the first invocation, and serves all later ones. If the build
 * fails, the invocation fails with that error, and the next invocation builds it again. To build it in Lambda's init phase, end the
 * module with `await handler.init()`.
 *
 * **The deadline.** The effect is interrupted 500 milliseconds before Lambda would end the invocation (`deadlineMargin`), and its
 * finalizers run. The invocation then fails with `DeadlineExceeded`, in the answer and in the log. If Lambda ended it, no finalizer
 * would run. An effect that can't be interrupted doesn't hold up the answer. While code blocks Node's event loop, nothing can
 * interrupt it.
 *
 * **Failures** become Lambda errors. `errorType` is the `_tag` of the error, AWS's code of an `AwsError`, or else the `name`;
 * `errorMessage` is the message; `trace` has the lines of the stack that name code. Fields of an error and its `cause` stay in the
 * process. Defects are sent in the same way, as Lambda sends whatever a function throws: keep secrets out of messages. Of several
 * failures, the first is sent. The log has all of them, with their causes.
 *
 * **The answer** is what JSON makes of the success. A value that JSON can't have or loses (an Effect that nobody ran, a Promise, a
 * Map, a Set), and an answer of more than 6 MB, is an error that says so: `AnswerNotSerializable`, `AnswerTooLarge`.
 *
 * **Logs** are lines of JSON, as {@link jsonLogger} writes them.
 *
 * **Traces.** Each invocation has a span, named as the function, of the kind `server`, with OpenTelemetry's attributes of functions.
 * Its parent is the span in X-Ray's header. If active tracing is off, the header usually says that the trace isn't sampled, and
 * then no span is: switch active tracing on, or pass `xray: false`.
 *
 * **Telemetry.** Lambda freezes the process as soon as the answer is there, so what exporters send at intervals is late or lost.
 * `flush` runs before the answer: `CloudWatch.flush`, the `flush` of a publisher, or
 * `OtlpExporter.Flusher.use(({ flush }) => flush)` of `effect/observability`. If it fails or takes longer than `flushTimeout`, the log
 * says so, and the answer stays as it is. Effect's OTLP exporter can't wait for an export that its own interval had begun, so give
 * it long intervals.
 *
 * **The end.** On SIGTERM, invocations that are running are interrupted, the finalizers of the Layer run, and the process exits,
 * unless it has other listeners for SIGTERM, which then decide on the exit. Lambda sends SIGTERM only to functions with an extension,
 * such as CloudWatch Lambda Insights, and kills the process 300 to 500 milliseconds later. Without an extension, it just kills
 * the process. The worker threads of Lambda Managed Instances get no signals.
 *
 * Invocations may run at the same time in one process, as on Lambda Managed Instances: they share nothing but the Layer.
 *
 * **Errors**: throws `InvalidSetting` if an option can't be right: a `deadlineMargin` or a `flushTimeout` that is negative or infinite,
 * a `handler` that isn't a function.
 *
 * **Example** (A function that reads a parameter, and puts metrics)
 *
 * ```ts
 * import { Effect, Layer, Metric } from "effect"
 * import * as CloudWatch from "effect-aws-sdk/CloudWatch"
 * import * as Compute from "effect-aws-sdk/Compute"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as Ssm from "effect-aws-sdk/Ssm"
 *
 * const greetings = Metric.counter("greetings", { incremental: true })
 *
 * export const handler = Lambda.handler({
 *   layer: Layer.merge(Compute.layer(), CloudWatch.emf({ namespace: "Greeter", every: "Infinity" })),
 *   handler: Effect.fn(function*() {
 *     const { value } = yield* Ssm.getParameter("/greeter/greeting")
 *     yield* Metric.update(greetings, 1)
 *     return { value }
 *   }),
 *   flush: CloudWatch.flush
 * })
 * ```
 *
 * AWS: [Define a handler in TypeScript](https://docs.aws.amazon.com/lambda/latest/dg/typescript-handler.html),
 * [The execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html)
 *
 * @category handlers
 * @since 0.1.0
 */
export const handler: {
  // TypeScript explains a mistake by the last signature.
  <A, E>(options: HandlerOptions<A, E, never> & { readonly layer?: undefined } & DataAnswer<A>): Handler<A>
  <A, E, Provided, LayerError>(
    options:
      & HandlerOptions<A, E, NoInfer<Provided>>
      & { readonly layer: Layer.Layer<Provided, LayerError> }
      & DataAnswer<A>
  ): Handler<A>
} = <A, E, Provided, LayerError>(
  options: HandlerOptions<A, E, Provided> & { readonly layer?: Layer.Layer<Provided, LayerError> | undefined }
): Handler<A> => Handlers.make(options, options.layer)

/**
 * The context of the invocation that the effect serves, or `undefined` outside of a {@link handler}. Code that is far from the
 * handler gets the request id from it.
 *
 * **Example** (The request id as an idempotency token)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const token = Effect.map(Lambda.invocation, (context) => context?.awsRequestId ?? "local")
 * ```
 *
 * AWS: [The context object](https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html)
 *
 * @category invocations
 * @since 0.1.0
 */
export const invocation: Effect.Effect<Invocation.Context | undefined> = /* @__PURE__ */ Effect.map(
  Invocation.Current,
  (current) => current?.context
)

/**
 * How long the effect may run until the {@link handler} interrupts it: Lambda's remaining time without the margin. Outside of a
 * handler it's infinite.
 *
 * **Example** (Process what there is time for)
 *
 * ```ts
 * import { Duration, Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const hasTime = Effect.map(Lambda.timeLeft, Duration.isGreaterThan(Duration.seconds(2)))
 * ```
 *
 * AWS: [Configure the timeout](https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html)
 *
 * @category invocations
 * @since 0.1.0
 */
export const timeLeft: Effect.Effect<Duration.Duration> = /* @__PURE__ */ Effect.flatMap(
  Invocation.Cutoff,
  (cutoff) =>
    Clock.clockWith((clock) =>
      Effect.succeed(
        cutoff === undefined
          ? Duration.infinity
          : Duration.millis(Math.max(0, cutoff - clock.currentTimeMillisUnsafe()))
      )
    )
)

/**
 * A logger that writes a line of JSON for each entry, in the form of Lambda's JSON logs: `timestamp`, `level`, `requestId`,
 * `message`, and `errorType`, `errorMessage` and `stackTrace` if there is a cause. It adds `xrayTraceId`, the `traceId` and `spanId`
 * of the current span, `annotations` and `spans`. {@link handler} puts it in the place of Effect's default logger.
 *
 * - Lines go to standard output, past `console`, which Lambda's runtime replaces: it would put them into another line.
 *   They are JSON in both log formats of a function, as CloudWatch Logs Insights finds their fields in both. For other lines, pass
 *   another `logger` to the handler.
 * - {@link handler} sets Effect's minimum log level to AWS_LAMBDA_LOG_LEVEL, the application log level of the function, if that is set.
 * - Redacted values stay redacted. Values that JSON can't have are written as text, and of binary data only the size.
 * - An entry of more than 250,000 bytes is shortened and says so: of a line, Lambda takes 256 KB.
 *
 * - `write`: takes a line, which has no line break at its end; by default it writes to standard output.
 *
 * **Example** (Lines of a test)
 *
 * ```ts
 * import { Effect, Logger } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const lines: Array<string> = []
 * const program = Effect.logInfo("sent").pipe(
 *   Effect.annotateLogs("order", 7),
 *   Effect.provide(Logger.layer([Lambda.jsonLogger((line) => lines.push(line))]))
 * )
 * ```
 *
 * AWS: [Log formats](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html),
 * [Log-level filtering](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html)
 *
 * @category logging
 * @since 0.1.0
 */
export const jsonLogger: (write?: (line: string) => void) => Logger.Logger<unknown, void> = Logging.jsonLogger

/**
 * A context as Lambda passes it to a handler, for tests. Its remaining time follows Effect's `Clock`, so `TestClock` moves it.
 *
 * - `timeout`: the time that the invocation has, from now on; 3 seconds by default, as a new function has.
 * - all other members of the context have values that a test may set.
 *
 * **Example** (Test a handler, without AWS and without Lambda)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const handler = Lambda.handler({ handler: (_event, context) => Effect.succeed(context.awsRequestId) })
 *
 * const test = Effect.gen(function*() {
 *   const context = yield* Lambda.testContext({ awsRequestId: "request-1", timeout: "10 seconds" })
 *   return yield* handler.invoke({ order: 7 }, context) // "request-1"
 * })
 * ```
 *
 * AWS: [The context object](https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html)
 *
 * @category testing
 * @since 0.1.0
 */
export const testContext: (options?: Testing.TestContextOptions) => Effect.Effect<Invocation.Context> =
  Testing.testContext

/**
 * Runs an effect once for a key: until `expiry`, a later call with the key gets the stored result, and the effect doesn't run. It's
 * for events that Lambda delivers more than once, which is what Lambda does: with a retry, from a queue, from a stream.
 *
 * - `key`: what tells an event from others, such as the id of an order. A store sees its hash only.
 * - `store`: where results are kept: {@link memoryStore}, `idempotencyStore` of `effect-aws-sdk/LambdaDynamoDb`, or one of your own.
 * - `expiry`: how long a result is kept after the effect has succeeded.
 * - `result`: the schema of the success, by which the store keeps it as JSON. Without it, the effect has to succeed with `void`.
 * - `name`: what the keys are for. Two effects of one function need a name each, or their keys would meet. By default it's the name
 *   of the function.
 * - `payload`: any JSON. A call with the same key and another payload fails with `IdempotencyPayloadMismatch`. A call without a
 *   payload isn't checked.
 * - `inProgressFor`: how long a run may hold its key without ending. By default until the invocation's deadline; outside of
 *   {@link handler}, 15 minutes.
 * - `hash`: the hash of keys and payloads, `"sha256"` by default.
 *
 * While a run has the key, another call fails with `IdempotencyInProgress`: try again later. If the effect fails, dies or is
 * interrupted, the record is removed, so that the next call runs the effect again. If it can't be removed, or if the function is
 * killed, the key is free when the run's time is over.
 *
 * The effect doesn't run if the store can't be asked. If the effect succeeds and its result can't be stored, the call fails with
 * `IdempotencyResultNotSaved`, and the record stays in progress until its time is over. Then a retry runs the effect *again*. If that
 * is worse than a missing record, go on with the `result` that is in the error: the second example.
 *
 * No store can make a call of the outside world and its record one step. An effect whose function is killed after the call and before
 * the record runs again. Make the call itself idempotent where you can, for example by a token made of the same key.
 *
 * **Errors**: those of the effect and the store; `IdempotencyKeyMissing`, `IdempotencyInProgress`, `IdempotencyPayloadMismatch`,
 * `IdempotencyResultNotDecodable` if the stored result is another version's, `IdempotencyResultNotSaved`. Dies if `expiry` or
 * `inProgressFor` isn't a finite time above 0, or if `payload` isn't JSON.
 *
 * **Requires** what the effect, the store and the schema require.
 *
 * **Example** (A payment for an order)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as LambdaDynamoDb from "effect-aws-sdk/LambdaDynamoDb"
 *
 * const Receipt = Schema.Struct({ paymentId: Schema.String })
 * declare const charge: (order: { readonly id: string; readonly amount: number }) => Effect.Effect<typeof Receipt.Type>
 *
 * const pay = (order: { readonly id: string; readonly amount: number }) =>
 *   Lambda.idempotent(order.id, charge(order), {
 *     store: LambdaDynamoDb.idempotencyStore({ table: "idempotency" }),
 *     expiry: "1 day",
 *     name: "payments",
 *     result: Receipt,
 *     payload: order
 *   })
 * ```
 *
 * **Example** (Go on if the result can't be stored)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as LambdaDynamoDb from "effect-aws-sdk/LambdaDynamoDb"
 *
 * const store = LambdaDynamoDb.idempotencyStore({ table: "idempotency" })
 *
 * const once = (messageId: string) =>
 *   Effect.log("sent").pipe(
 *     Lambda.idempotent(messageId, { store, expiry: "1 hour" }),
 *     Effect.catchTag("IdempotencyResultNotSaved", ({ result }) => Effect.succeed(result))
 *   )
 * ```
 *
 * AWS: [Understanding retry behavior in Lambda](https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html)
 *
 * @category idempotency
 * @since 0.1.0
 */
export const idempotent: {
  <S extends Schema.Constraint, SE, SR>(
    key: string | undefined,
    options: Idempotency.IdempotentOptions<SE, SR> & { readonly result: S }
  ): <E, R>(
    effect: Effect.Effect<S["Type"], E, R>
  ) => Effect.Effect<
    S["Type"],
    E | SE | Idempotency.IdempotencyError<S["Type"]>,
    R | SR | S["DecodingServices"] | S["EncodingServices"]
  >
  <SE, SR>(
    key: string | undefined,
    options: Idempotency.IdempotentOptions<SE, SR> & { readonly result?: undefined }
  ): <A, E, R>(
    effect: Effect.Effect<A, E, R> & Idempotency.WithoutResult<A>
  ) => Effect.Effect<void, E | SE | Idempotency.IdempotencyError<void>, R | SR>
  <S extends Schema.Constraint, E, R, SE, SR>(
    key: string | undefined,
    effect: Effect.Effect<S["Type"], E, R>,
    options: Idempotency.IdempotentOptions<SE, SR> & { readonly result: S }
  ): Effect.Effect<
    S["Type"],
    E | SE | Idempotency.IdempotencyError<S["Type"]>,
    R | SR | S["DecodingServices"] | S["EncodingServices"]
  >
  <A, E, R, SE, SR>(
    key: string | undefined,
    effect: Effect.Effect<A, E, R> & Idempotency.WithoutResult<A>,
    options: Idempotency.IdempotentOptions<SE, SR> & { readonly result?: undefined }
  ): Effect.Effect<void, E | SE | Idempotency.IdempotencyError<void>, R | SR>
} = (key: string | undefined, ...rest: ReadonlyArray<any>): any =>
  rest.length > 1
    ? Idempotency.run(key, rest[0], rest[1])
    : (effect: Effect.Effect<unknown, unknown, unknown>) => Idempotency.run(key, effect, rest[0])

/**
 * Makes a store in the memory of this process, for tests and for programs of one process. Other environments of a Lambda function
 * don't see it, and it ends with the process.
 *
 * - `capacity`: the most records, 10,000 by default. If the store is full of records that haven't expired, {@link idempotent} fails
 *   with `IdempotencyStoreFull`: a store that forgets a record would let its effect run twice.
 *
 * It has no errors. It dies if `capacity` isn't a whole number from 1.
 *
 * **Example** (One store for the process)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 *
 * const program = Effect.gen(function*() {
 *   const store = yield* Lambda.memoryStore()
 *   const once = Lambda.idempotent("order-1", Effect.log("runs once"), { store, expiry: "1 hour" })
 *   yield* once
 *   yield* once
 * })
 * ```
 *
 * @category idempotency
 * @since 0.1.0
 */
export const memoryStore = (
  options?: { readonly capacity?: number | undefined }
): Effect.Effect<Idempotency.IdempotencyStore<IdempotencyStoreFull>> =>
  Effect.sync(() => Idempotency.makeMemoryStore(options?.capacity ?? 10_000))
