// Checked by `tsc`: what the types of LambdaHttp promise.
// @effect-diagnostics missingEffectContext:off
import type {
  ALBEvent,
  ALBResult,
  APIGatewayProxyEvent,
  APIGatewayProxyHandlerV2,
  APIGatewayProxyResult,
  APIGatewayProxyStructuredResultV2,
  Context as AwsContext,
  LambdaFunctionURLResult,
  StreamifyHandler
} from "aws-lambda"
import { Context, Effect, Layer, Schema, Scope } from "effect"
import type { FileSystem, Path } from "effect"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
import type { Etag, HttpPlatform } from "effect/http"
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import type { Writable } from "node:stream"
import { expectTypeOf } from "vitest"

class Db extends Context.Service<Db, { readonly name: string }>()("test/types/Db") {}
class Cache extends Context.Service<Cache, { readonly name: string }>()("test/types/Cache") {}
class DbError extends Schema.TaggedError<DbError>()("DbError", {}) {}

const response = HttpServerResponse.empty()

// An app's requirements are the handler's, but for what each request has. Its errors become responses.
const app = Effect.gen(function*() {
  yield* HttpServerRequest.HttpServerRequest
  yield* LambdaHttp.Event
  yield* Scope.Scope
  const { name } = yield* Db
  return name === "" ? yield* new DbError({}) : response
})
expectTypeOf(LambdaHttp.toEventHandler(app)).toEqualTypeOf<
  Lambda.EventHandler<LambdaHttp.Answer, LambdaHttp.EventNotHttp, Db>
>()
expectTypeOf(LambdaHttp.toEventHandler(LambdaHttp.app, { basePath: "/v1" })).toEqualTypeOf<
  Lambda.EventHandler<LambdaHttp.Answer, LambdaHttp.EventNotHttp, LambdaHttp.Built>
>()

// @ts-expect-error an app makes a response
LambdaHttp.toEventHandler(Effect.succeed("text"))

// A Layer's requirements, and those of its routes, are the Layer's. What a request has isn't among them.
const route = HttpRouter.add("GET", "/", app)
expectTypeOf(LambdaHttp.layer(route)).toEqualTypeOf<Layer.Layer<LambdaHttp.Built, never, Db>>()

const Api = HttpApi.make("api").add(
  HttpApiGroup.make("group").add(HttpApiEndpoint.get("read", "/read", { success: Schema.String, error: DbError }))
)
const group = HttpApiBuilder.group(Api, "group", (handlers) =>
  Effect.gen(function*() {
    const { name } = yield* Cache
    if (name === "") return yield* new DbError({})
    return handlers.handle("read", () =>
      Effect.gen(function*() {
        const { source } = yield* LambdaHttp.Event
        return source + (yield* Db).name
      }))
  }))
const api = HttpApiBuilder.layer(Api).pipe(Layer.provide(group))
expectTypeOf(LambdaHttp.layer(api)).toEqualTypeOf<
  Layer.Layer<
    LambdaHttp.Built,
    DbError,
    Etag.Generator | FileSystem.FileSystem | HttpPlatform.HttpPlatform | Path.Path | Cache | Db
  >
>()

const live = LambdaHttp.layer(api.pipe(Layer.provide(HttpServer.layerServices)))
const services = Layer.mergeAll(Layer.succeed(Db, { name: "db" }), Layer.succeed(Cache, { name: "cache" }))
const handler = Lambda.handler({
  layer: Layer.provide(live, services),
  handler: LambdaHttp.toEventHandler(LambdaHttp.app)
})
expectTypeOf(handler).toEqualTypeOf<Lambda.Handler<LambdaHttp.Answer>>()

// @ts-expect-error the Layer lacks Db
Lambda.handler({ handler: LambdaHttp.toEventHandler(app) })

// The same of streams.
expectTypeOf(LambdaHttp.streamHandler({ layer: Layer.provide(live, services), app: LambdaHttp.app })).toEqualTypeOf<
  LambdaHttp.StreamHandler
>()
expectTypeOf(LambdaHttp.streamHandler({ layer: services, app, deadlineMargin: "1 second", basePath: "/v1" }))
  .toEqualTypeOf<LambdaHttp.StreamHandler>()
// @ts-expect-error the Layer lacks Db
LambdaHttp.streamHandler({ layer: Layer.succeed(Cache, { name: "cache" }), app })
// @ts-expect-error there is no Layer
LambdaHttp.streamHandler({ app })

// AWS's types for Node.js: what a handler answers, and what calls it.
expectTypeOf<LambdaHttp.Answer>().toExtend<APIGatewayProxyResult>()
expectTypeOf<LambdaHttp.Answer>().toExtend<APIGatewayProxyStructuredResultV2>()
expectTypeOf<LambdaHttp.Answer>().toExtend<LambdaFunctionURLResult>()
expectTypeOf<LambdaHttp.Answer>().toExtend<ALBResult>()
expectTypeOf(handler).toExtend<(event: APIGatewayProxyEvent, context: AwsContext) => Promise<APIGatewayProxyResult>>()
expectTypeOf(handler).toExtend<(event: ALBEvent, context: AwsContext) => Promise<ALBResult>>()
expectTypeOf(handler).toExtend<APIGatewayProxyHandlerV2>()
expectTypeOf<LambdaHttp.StreamHandler>().toExtend<StreamifyHandler>()
expectTypeOf<Writable>().toExtend<LambdaHttp.ResponseStream>()
expectTypeOf<awslambda.HttpResponseStream>().toExtend<LambdaHttp.ResponseStream>()
