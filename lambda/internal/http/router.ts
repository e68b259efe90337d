// An app that consists of Layers.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { App } from "./serve.ts"

/**
 * The app that {@link layer} has built, and that {@link app} runs. A program needs it only to put another app in its place.
 *
 * **Example** (A page for the time of maintenance)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import * as Lambda from "effect-aws-sdk/Lambda"
 * import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
 * import { HttpRouter, HttpServerResponse } from "effect/http"
 *
 * const Routes = HttpRouter.add("GET", "/", HttpServerResponse.text("hello"))
 * const closed = HttpServerResponse.text("We are back at noon.", { status: 503 })
 *
 * export const handler = Lambda.handler({
 *   layer: process.env["MAINTENANCE"] === "true"
 *     ? Layer.succeed(LambdaHttp.Built, Effect.succeed(closed))
 *     : LambdaHttp.layer(Routes),
 *   handler: LambdaHttp.toEventHandler(LambdaHttp.app)
 * })
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class Built extends Context.Service<Built, App<unknown, HttpServerRequest | Scope.Scope>>()(
  "effect-aws-sdk/LambdaHttp/Built"
) {}

/** What the routes require is there when the Layer is built. What an invocation has comes before it. */
const fromRouter = Effect.map(
  Effect.context<HttpRouter.HttpRouter>(),
  (services) =>
    Effect.updateContext(
      Context.get(services, HttpRouter.HttpRouter).asHttpEffect(),
      (ofRequest: Context.Context<HttpServerRequest | Scope.Scope>) => Context.merge(services, ofRequest)
    )
)

export const built = (appLayer: Layer.Layer<any, any, any>): Layer.Layer<any, any, any> =>
  Layer.effect(Built, fromRouter).pipe(
    Layer.provideMerge(appLayer),
    // One of its own for each app.
    Layer.provide(Layer.fresh(HttpRouter.layer))
  )
