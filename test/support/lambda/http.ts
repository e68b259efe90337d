// Functions that answer HTTP requests, for test/lambda/httpResponses.test.ts, which bundles them.
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

const part = Buffer.from("part ")

const echo = Effect.flatMap(
  HttpServerRequest.HttpServerRequest,
  (request) =>
    Effect.map(request.arrayBuffer, (body) =>
      HttpServerResponse.uint8Array(new Uint8Array(body), {
        headers: { "x-method": request.method, "x-url": request.url },
        contentType: request.headers["content-type"] ?? "text/plain"
      }))
)

const app = Layer.mergeAll(
  HttpRouter.add("*", "/echo/:name", echo),
  HttpRouter.add("GET", "/empty", HttpServerResponse.empty({ headers: { "x-a": "b" } })),
  HttpRouter.add("GET", "/broken", Effect.die(new Error("planted-secret"))),
  HttpRouter.add("GET", "/late", Effect.never),
  HttpRouter.add(
    "GET",
    "/stream/:end",
    Effect.map(HttpRouter.params, ({ end }) => {
      const last = { fails: Stream.fail(new Error("planted-secret")), hangs: Stream.never }[end ?? ""] ?? Stream.empty
      return HttpServerResponse.stream(Stream.concat(Stream.make(part, part), last), { contentType: "text/plain" })
    })
  ),
  HttpRouter.add(
    "GET",
    "/large",
    HttpServerResponse.stream(Stream.rechunk(Stream.map(Stream.range(1, 20), () => Buffer.alloc(1024 ** 2, "a")), 1), {
      contentType: "text/plain"
    })
  )
).pipe(Layer.provide(HttpServer.layerServices))

const layer = LambdaHttp.layer(app)

export const handler = Lambda.handler({ layer, handler: LambdaHttp.toEventHandler(LambdaHttp.app) })

export const streaming = LambdaHttp.streamHandler({ layer, app: LambdaHttp.app })
