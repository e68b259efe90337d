/**
 * HTTP on Lambda: an `HttpApi`, or any other HTTP app of Effect's, behind API Gateway, a function URL or an Application Load
 * Balancer. The responses are buffered, or streamed.
 *
 * It builds on `effect/http`, which Effect calls unstable, and is a module of its own: `effect-aws-sdk/Lambda` doesn't load
 * it.
 *
 * | | Event | Buffered | Streamed |
 * | --- | --- | --- | --- |
 * | HTTP API | payload format 2.0, or 1.0 | yes | AWS doesn't stream these |
 * | REST API | Lambda proxy integration | yes | with the response transfer mode STREAM |
 * | Function URL | payload format 2.0 | yes | with the invoke mode RESPONSE_STREAM |
 * | Application Load Balancer | with and without multi-value headers | yes | AWS doesn't stream these |
 *
 * **The app**: an Effect that makes the response to the request of its context. {@link layer} makes one of a Layer, as
 * `HttpApiBuilder.layer` and `HttpRouter.add` give; it's then {@link app}.
 *
 * **Requests** are as the client sent them, with these exceptions:
 *
 * - The stage that begins the paths of an HTTP API is removed. A base path stays, unless you set `basePath`.
 * - HTTP APIs decode the path. It's encoded again, so that its parameters are what the client meant; but AWS has made `/` of each
 *   `%2F`, and has cut the path at a `%3F`. Function URLs, REST APIs and load balancers keep the path as it is.
 * - REST APIs and load balancers keep the order of the values of a query parameter, but not the order of the parameters.
 *
 * The request's address is that of the client as API Gateway, the function URL or the load balancer saw it. {@link Event} has
 * the rest of the event.
 *
 * **Responses** whose type is one of text, and that aren't compressed, are sent as text; all others as base64, which a REST API
 * decodes only for its `binaryMediaTypes`.
 *
 * **Failures**:
 *
 * - A failure of the app is the response that Effect makes of it: the status of an error of an `HttpApi`; a 500 without details for
 *   anything else, which is also logged as an error.
 * - An app that has no response in time is interrupted, logged, and answered with a 504, a tenth of a second before
 *   `Lambda.handler` would interrupt it. See its `deadlineMargin`.
 * - A response that can't be sent is a 500, with `ResponseTooLarge`, `ResponseNotSendable` or `ResponseIncomplete` in the
 *   log. A part of a body is never sent as the whole.
 * - An event that isn't an HTTP request fails the invocation with `EventNotHttp`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as HttpRouter from "effect/http/HttpRouter"
import type * as Layer from "effect/Layer"
import type { EventNotHttp } from "../errors/internal/lambdaHttpErrors.ts"
import { handle } from "./internal/http/buffered.ts"
import type { Answer } from "./internal/http/outgoing.ts"
import { baseOf } from "./internal/http/paths.ts"
import { Built, built } from "./internal/http/router.ts"
import { type App, appOf, type Provided } from "./internal/http/serve.ts"
import { make, type StreamHandler } from "./internal/http/streaming.ts"
import { makeTestStream, type TestStream } from "./internal/http/testStream.ts"
import type { EventHandler } from "./internal/invocation.ts"
import type { InvocationOptions } from "./internal/models.ts"

export * from "../errors/LambdaHttpErrors.ts"
export type { Source } from "./internal/http/incoming.ts"
export type { Answer } from "./internal/http/outgoing.ts"
export { Built } from "./internal/http/router.ts"
export { type App, Event, type Provided } from "./internal/http/serve.ts"
export type { StreamHandler } from "./internal/http/streaming.ts"
export type { ResponseStream, TestResponse, TestStream } from "./internal/http/testStream.ts"

/**
 * How events become requests.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The base path of a custom domain, as `"/v1"`. It's removed from the paths that begin with it, which are those of REST APIs and
   * of HTTP APIs with payload format 1.0. By default the app gets the paths with it.
   *
   * AWS: [API mappings](https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html)
   */
  readonly basePath?: string | undefined
}

/**
 * The Layer of an app that consists of Layers: an `HttpApi`, or the routes of an `HttpRouter`. {@link app} runs it.
 *
 * It's built with the other Layers of the handler, once for each execution environment. It requires what the app and its routes
 * require, but not the router, and not what each request has: see {@link Provided}. `HttpServer.layerServices` of
 * `effect/http` is enough for most of an `HttpApi`; for uploads of files and for files as responses, provide
 * `NodeHttpServer.layerHttpServices` of `@effect/platform-node` instead.
 *
 * **Errors**: those of the Layer. The router answers the errors of its routes: what isn't a response is a 500.
 *
 * **Example** (An HttpApi behind an HTTP API, a REST API or a function URL)
 *
 * ```ts
 * import { Effect, Layer, Schema } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import { HttpServer } from "effect/http"
 * import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
 *
 * const Api = HttpApi.make("shop").add(
 *   HttpApiGroup.make("orders").add(
 *     HttpApiEndpoint.get("order", "/orders/:id", { params: { id: Schema.String }, success: Schema.String })
 *   )
 * )
 *
 * const Orders = HttpApiBuilder.group(Api, "orders", (handlers) =>
 *   handlers.handle("order", ({ params }) => Effect.succeed(`Order ${params.id}`)))
 *
 * const AppLive = HttpApiBuilder.layer(Api).pipe(Layer.provide([Orders, HttpServer.layerServices]))
 *
 * export const handler = Lambda.handler({
 *   layer: LambdaHttp.layer(AppLive),
 *   handler: LambdaHttp.toEventHandler(LambdaHttp.app)
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: <A, E, R>(appLayer: Layer.Layer<A, E, R>) => Layer.Layer<
  A | Built,
  HttpRouter.Request.Without<E>,
  | Exclude<HttpRouter.Request.Without<R>, HttpRouter.HttpRouter>
  | Exclude<HttpRouter.Request.Only<"Requires" | "GlobalRequires", R>, A | Provided>
> = built

/**
 * The app that {@link layer} builds, for {@link toEventHandler} and {@link streamHandler}. It answers failures of its routes itself.
 *
 * **Requires** {@link Built}, which {@link layer} provides, and what each request has.
 *
 * **Example** (A header in all responses)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import { HttpRouter, HttpServerResponse } from "effect/http"
 *
 * const Routes = HttpRouter.add("GET", "/orders/:id", HttpServerResponse.text("an order"))
 *
 * export const handler = Lambda.handler({
 *   layer: LambdaHttp.layer(Routes),
 *   handler: LambdaHttp.toEventHandler(
 *     Effect.map(LambdaHttp.app, HttpServerResponse.setHeader("cache-control", "no-store"))
 *   )
 * })
 * ```
 *
 * @category apps
 * @since 0.1.0
 */
export const app: App<unknown, Built | Provided> = /* @__PURE__ */ Effect.flatMap(
  Built,
  // Its routes are interrupted at the deadline, but for those that say they aren't interruptible.
  (app) => Effect.uninterruptible(app)
)

/**
 * An app as what `Lambda.handler` runs. Each event is answered whole, with up to 6 MB.
 *
 * - `app`: an Effect that makes the response, or {@link app}.
 * - `basePath`: see {@link Options}.
 *
 * **Errors**: `EventNotHttp`. All other failures are responses. Throws `InvalidSetting` if `app` isn't an Effect or `basePath` isn't a
 * text.
 *
 * **Requires** what the app requires, without what each request has.
 *
 * **Example** (A function URL without a router, that knows who called)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import { HttpServerRequest, HttpServerResponse } from "effect/http"
 *
 * const greet = Effect.gen(function*() {
 *   const request = yield* HttpServerRequest.HttpServerRequest
 *   const { authorizer } = yield* LambdaHttp.Event
 *   return yield* HttpServerResponse.json({ path: request.url, authorizer })
 * })
 *
 * export const handler = Lambda.handler({ handler: LambdaHttp.toEventHandler(greet) })
 * ```
 *
 * AWS: [Payload formats](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html),
 * [Lambda proxy integrations of REST
 * APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html),
 * [Function URLs](https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html), [Lambda functions as
 * targets](https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html)
 *
 * @category handlers
 * @since 0.1.0
 */
export const toEventHandler = <E, R>(
  app: App<E, R>,
  options: Options = {}
): EventHandler<Answer, EventNotHttp, Exclude<R, Provided>> => {
  const basePath = baseOf(options.basePath)
  const checked = appOf(app)
  return (event, context) => handle(checked, basePath, event, context)
}

/**
 * What {@link streamHandler} takes, besides the Layer that provides `R`: the options of `Lambda.handler`, but with an app in place of a
 * handler. When `flush` runs, the client has the response.
 *
 * @category models
 * @since 0.1.0
 */
export interface StreamHandlerOptions<E, R> extends Options, InvocationOptions<R> {
  /** Makes the response: an Effect, or {@link app}. */
  readonly app: App<E, R | Provided>
}

/**
 * A handler whose responses Lambda streams: it sends the status and the headers as soon as the app has them, and the body as the app
 * makes it, no faster than Lambda takes it. A body may have 200 MB.
 *
 * It's for function URLs with the invoke mode RESPONSE_STREAM, and for REST APIs with the response transfer mode STREAM. HTTP
 * APIs and load balancers can call it too, and get the answer whole.
 *
 * - `app`: an Effect that makes the response, or {@link app}.
 * - `layer` and the others: as in `Lambda.handler`.
 * - `basePath`: see {@link Options}.
 *
 * **Errors**: none as types, as Lambda calls it. An invocation fails with `EventNotHttp`; with `StreamingUnavailable` outside
 * of Lambda's runtime, where {@link testStream} is for tests; and with `ResponseIncomplete` if a body fails or its time ends after
 * the status is sent. Lambda then ends the client's response as broken. When Lambda closes the stream, the body is interrupted.
 * Throws `InvalidSetting` if an option can't be right.
 *
 * **Example** (Lines, as they come)
 *
 * ```ts
 * import { Effect, Schedule, Stream } from "effect"
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import { HttpServerResponse } from "effect/http"
 *
 * const lines = Stream.fromSchedule(Schedule.spaced("1 second")).pipe(
 *   Stream.take(10),
 *   Stream.map((n) => `line ${n}\n`),
 *   Stream.encodeText
 * )
 *
 * export const handler = LambdaHttp.streamHandler({
 *   app: Effect.succeed(HttpServerResponse.stream(lines, { contentType: "text/plain" }))
 * })
 * ```
 *
 * **Example** (An HttpApi)
 *
 * ```ts
 * import { Layer } from "effect"
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import { HttpServer } from "effect/http"
 * import { HttpApi, HttpApiBuilder } from "effect/http-api"
 *
 * const AppLive = HttpApiBuilder.layer(HttpApi.make("api")).pipe(Layer.provide(HttpServer.layerServices))
 *
 * export const handler = LambdaHttp.streamHandler({ layer: LambdaHttp.layer(AppLive), app: LambdaHttp.app })
 * ```
 *
 * AWS: [Response streaming](https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html), [of REST
 * APIs](https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html)
 *
 * @category handlers
 * @since 0.1.0
 */
export const streamHandler: {
  // TypeScript explains a mistake by the last signature.
  <E>(options: StreamHandlerOptions<E, never> & { readonly layer?: undefined }): StreamHandler
  <E, LayerServices, LayerError>(
    options: StreamHandlerOptions<E, NoInfer<LayerServices>> & {
      readonly layer: Layer.Layer<LayerServices, LayerError>
    }
  ): StreamHandler
} = <E, LayerServices, LayerError>(
  options: StreamHandlerOptions<E, LayerServices> & {
    readonly layer?: Layer.Layer<LayerServices, LayerError> | undefined
  }
): StreamHandler => make(options, options.layer, baseOf(options.basePath))

/**
 * Makes a stream for a test of {@link streamHandler}. It keeps what the handler writes, as fast as the handler writes it.
 *
 * **Example** (Test a handler that streams, without AWS and without Lambda)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import { HttpServerResponse } from "effect/http"
 *
 * const handler = LambdaHttp.streamHandler({ app: Effect.succeed(HttpServerResponse.text("hello")) })
 *
 * const test = (event: unknown) =>
 *   Effect.gen(function*() {
 *     const stream = LambdaHttp.testStream()
 *     yield* handler.invoke(event, stream)
 *     return stream.response // { status: 200, body: "hello", … }
 *   })
 * ```
 *
 * @category testing
 * @since 0.1.0
 */
export const testStream: () => TestStream = makeTestStream
