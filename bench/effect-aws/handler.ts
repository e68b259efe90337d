import { SSM } from "@effect-aws/client-ssm"
import { LambdaHandler } from "@effect-aws/lambda"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

// The peer keeps no values itself.
class Setting extends Context.Tag("Setting")() {}

const layer = Layer.effect(
  Setting,
  Effect.flatMap(
    SSM,
    (ssm) => Effect.cachedWithTTL(ssm.getParameter({ Name: "/bench/setting-0", WithDecryption: true }), "1 minute")
  )
)

export const handler = LambdaHandler.make({
  handler: () => Effect.map(Effect.flatten(Setting), ({ Parameter }) => Parameter?.Value),
  layer: Layer.provide(layer, SSM.defaultLayer)
})
