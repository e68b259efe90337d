// Two functions that serve HTTP, for test/lambda/http.test.ts: one whose responses are buffered, and one that streams.
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
import * as Effect from "effect/Effect"
import { HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

class NoOrder extends Schema.TaggedError<NoOrder>()("NoOrder", { id: Schema.String }, { httpApiStatus: 404 }) {}

const Api = HttpApi.make("shop").add(
  HttpApiGroup.make("orders").add(
    HttpApiEndpoint.get("order", "/orders/:id", {
      params: { id: Schema.String },
      success: Schema.Struct({ id: Schema.String, text: Schema.String }),
      error: NoOrder
    })
  )
)

const Orders = HttpApiBuilder.group(Api, "orders", (handlers) =>
  handlers.handle("order", ({ params: { id } }) => {
    switch (id) {
      case "missing":
        return Effect.fail(new NoOrder({ id }))
      case "broken":
        return Effect.die(new Error("planted-secret"))
      default:
        return Effect.succeed({ id, text: "ä €" })
    }
  }))

const AppLive = HttpApiBuilder.layer(Api).pipe(Layer.provide([Orders, HttpServer.layerServices]))

export const buffered = Lambda.handler({
  layer: LambdaHttp.layer(AppLive),
  handler: LambdaHttp.toEventHandler(LambdaHttp.app)
})

export const streamed = LambdaHttp.streamHandler({
  app: Effect.gen(function*() {
    const { url } = yield* HttpServerRequest.HttpServerRequest
    const lines = Stream.fromIterable(["one\n", "two\n", "three\n"]).pipe(
      Stream.tap((line) => line === "one\n" ? Effect.void : Effect.sleep("20 millis")),
      Stream.concat(url.startsWith("/breaks") ? Stream.fail(new Error("the body broke")) : Stream.empty),
      Stream.encodeText
    )
    const body = url.startsWith("/hangs") ? Stream.concat(lines, Stream.never) : lines
    return HttpServerResponse.stream(body, { status: 201, contentType: "text/plain", headers: { "x-shop": "socks" } })
  })
})
