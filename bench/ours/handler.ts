import * as Compute from "effect-aws-sdk/Compute"
import * as Lambda from "effect-aws-sdk/Lambda"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Effect from "effect/Effect"

const setting = Ssm.cached("/bench/setting-0", { ttl: "1 minute" })

export const handler = Lambda.handler({
  layer: Compute.layer(),
  handler: () => Effect.map(setting, ({ value }) => value)
})
