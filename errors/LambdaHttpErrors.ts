/**
 * The errors of HTTP on Lambda.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Cause } from "./internal/cause.ts"
import { codec, orUndefined } from "./internal/codec.ts"
import * as Internal from "./internal/lambdaHttpErrors.ts"

/**
 * The event isn't an HTTP request that `LambdaHttp` knows. The invocation fails with it. Invoke the function through API Gateway, a
 * function URL or a load balancer, or handle the event with another handler.
 *
 * - `keys`: the keys of the event, which tell what sent it. Never its values.
 * - `issue`: what is wrong with the event.
 *
 * **Example** (One function for requests and for a schedule)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import { HttpServerResponse } from "effect/http"
 *
 * const onRequest = LambdaHttp.toEventHandler(Effect.succeed(HttpServerResponse.text("hello")))
 * const onSchedule = Lambda.on(Lambda.ScheduledEvent, ({ time }) => Effect.logInfo(`It is ${time.toISOString()}`))
 *
 * export const handler = Lambda.handler({
 *   handler: (event, context) =>
 *     Effect.catchTag(onRequest(event, context), "EventNotHttp", () => onSchedule(event, context))
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const EventNotHttp = /* @__PURE__ */ codec(
  Internal.EventNotHttp,
  () => ({ keys: Schema.Array(Schema.String), issue: Schema.String }),
  422
)
/**
 * The type of {@link EventNotHttp:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type EventNotHttp = Internal.EventNotHttp

/**
 * A buffered answer is larger than Lambda sends: 6 MB, or 1 MB to a load balancer. `LambdaHttp` logs it, and answers with a 500. Send
 * less, such as a link to an object in S3, or stream the response.
 *
 * - `size`: the bytes that the answer has at least. A body that is sent as base64 takes a third more.
 * - `limit`: the bytes that Lambda sends.
 *
 * **Example** (Stream what is large)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { AwsClients } from "effect-aws-sdk/AwsClients"
 * import * as Compute from "effect-aws-sdk/Compute"
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import * as S3 from "effect-aws-sdk/S3"
 * import { HttpServerResponse } from "effect/http"
 *
 * export const handler = LambdaHttp.streamHandler({
 *   layer: Compute.layer(),
 *   app: Effect.map(AwsClients, (clients) =>
 *     HttpServerResponse.stream(
 *       S3.getObject("exports", "all.csv").pipe(Stream.provideService(AwsClients, clients)),
 *       { contentType: "text/csv" }
 *     ))
 * })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const ResponseTooLarge = /* @__PURE__ */ codec(
  Internal.ResponseTooLarge,
  () => ({ size: Schema.Int, limit: Schema.Int }),
  500
)
/**
 * The type of {@link ResponseTooLarge:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ResponseTooLarge = Internal.ResponseTooLarge

/**
 * The app's response can't be sent: its status isn't from 200 to 599, a header has a character that HTTP can't carry, or it sets
 * several cookies where a load balancer takes one. `LambdaHttp` logs it, and answers with a 500.
 *
 * - `issue`: what is wrong with the response.
 *
 * **Example** (A header with a name that people choose)
 *
 * ```ts
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import { Effect } from "effect"
 * import { HttpServerResponse } from "effect/http"
 *
 * const download = (fileName: string) =>
 *   HttpServerResponse.text("a,b", {
 *     contentType: "text/csv",
 *     headers: { "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}` }
 *   })
 *
 * const handler = LambdaHttp.toEventHandler(Effect.succeed(download("Zürich.csv")))
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const ResponseNotSendable = /* @__PURE__ */ codec(
  Internal.ResponseNotSendable,
  () => ({ issue: Schema.String }),
  500
)
/**
 * The type of {@link ResponseNotSendable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ResponseNotSendable = Internal.ResponseNotSendable

/**
 * The body of a response failed, ended too soon or too late for its `content-length`, or had no time left; or the stream to Lambda
 * closed before the end, as it does when the client is gone. A buffered response is a 500 then, and the log has this error. A
 * streamed response fails the invocation with it, so that the client doesn't take a part for the whole.
 *
 * - `written`: the bytes of the body that were written before the end.
 * - `issue`: what has happened.
 * - `cause`: what the stream of the body failed with, if it failed.
 *
 * **Example** (A test of a body that fails in the middle)
 *
 * ```ts
 * import { assert, it } from "@effect/vitest"
 * import { Effect, Stream } from "effect"
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import { HttpServerResponse } from "effect/http"
 *
 * const body = Stream.concat(Stream.make(new Uint8Array(3)), Stream.fail("the disk is gone"))
 * const handler = LambdaHttp.streamHandler({ app: Effect.succeed(HttpServerResponse.stream(body)) })
 *
 * it.effect("doesn't end the response as if it were whole", () =>
 *   Effect.gen(function*() {
 *     const requestContext = { domainName: "x.lambda-url.us-east-1.on.aws", http: { method: "GET", path: "/" } }
 *     const error = yield* Effect.flip(handler.invoke({ version: "2.0", requestContext }, LambdaHttp.testStream()))
 *     assert.strictEqual(error.name, "ResponseIncomplete")
 *   }))
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const ResponseIncomplete = /* @__PURE__ */ codec(
  Internal.ResponseIncomplete,
  () => ({ written: Schema.Int, issue: Schema.String, cause: orUndefined(Cause) }),
  500
)
/**
 * The type of {@link ResponseIncomplete:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type ResponseIncomplete = Internal.ResponseIncomplete

/**
 * The handler of `LambdaHttp.streamHandler` runs where responses can't be streamed: the global `awslambda` is missing, which Lambda's
 * Node.js runtime defines. The call fails with it. In a test, use `invoke`, which needs no runtime.
 *
 * - `missing`: what the runtime would define.
 *
 * **Example** (A server for development)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import { HttpServerResponse } from "effect/http"
 *
 * const handler = LambdaHttp.streamHandler({ app: Effect.succeed(HttpServerResponse.text("hello")) })
 *
 * // `handler(event, stream, context)` would fail here.
 * const answer = (event: unknown) =>
 *   Effect.suspend(() => {
 *     const stream = LambdaHttp.testStream()
 *     return Effect.map(handler.invoke(event, stream), () => stream.response?.body)
 *   })
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export const StreamingUnavailable = /* @__PURE__ */ codec(
  Internal.StreamingUnavailable,
  () => ({ missing: Schema.String }),
  500
)
/**
 * The type of {@link StreamingUnavailable:var}.
 *
 * @category errors
 * @since 0.1.0
 */
export type StreamingUnavailable = Internal.StreamingUnavailable
