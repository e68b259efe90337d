import type { AwsClients } from "effect-aws-sdk/AwsClients"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as LambdaHttp from "effect-aws-sdk/LambdaHttp"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Effect from "effect/Effect"
import { HttpServer } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

const setting = HttpApiEndpoint.get("setting", "/settings/:name", {
  params: { name: Schema.String },
  success: Schema.String,
  error: Ssm.ParameterDoesNotExist // 404
})
const Api = HttpApi.make("shop").add(HttpApiGroup.make("settings").add(setting))

const Settings = HttpApiBuilder.group(
  Api,
  "settings",
  (handlers) =>
    handlers.handle("setting", ({ params }) =>
      Ssm.getParameter(`/shop/${params.name}`).pipe(
        Effect.map(({ value }) => String(value)),
        Effect.catchTag("AwsError", Effect.die) // 500, without details
      ))
)
const App = HttpApiBuilder.layer(Api).pipe(Layer.provide([Settings, HttpServer.layerServices]))

// In the function's own file: export const handler = makeHandler(Compute.layer())
export const makeHandler = <E>(layer: Layer.Layer<AwsClients, E>) =>
  Lambda.handler({
    layer: LambdaHttp.layer(App).pipe(Layer.provide(layer)),
    handler: LambdaHttp.toEventHandler(LambdaHttp.app)
  })
