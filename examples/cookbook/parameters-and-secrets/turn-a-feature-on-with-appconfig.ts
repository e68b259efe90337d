import { Config, Effect } from "effect"
import * as AppConfig from "effect-aws-sdk/AppConfig"

// The flag `checkout`, as AppConfig's console makes it. Without it, the feature is off.
const isNewCheckout = Config.Boolean("enabled").pipe(Config.nested("checkout"), Config.withDefault(false))

export const checkout = Effect.gen(function*() {
  return (yield* isNewCheckout) ? "the new checkout" : "the old checkout"
})

export const flags = AppConfig.layerConfigProvider(
  { application: "shop", environment: "prod", profile: "flags" },
  { ttl: "1 minute", asPrimary: true }
)

export const program = checkout.pipe(Effect.provide(flags))
