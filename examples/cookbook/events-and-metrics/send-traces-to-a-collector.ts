import { Effect, Layer } from "effect"
import { Ssm } from "effect-aws-sdk"
import { FetchHttpClient } from "effect/http"
import { Otlp } from "effect/observability"

// Outermost in the program, so that it sends what is left when the program ends.
export const telemetry = (baseUrl: string) =>
  Otlp.layerJson({ baseUrl, resource: { serviceName: "shop", serviceVersion: "1.0.0" } }).pipe(
    Layer.provide(FetchHttpClient.layer)
  )

// Each call has a span of its own inside of yours: no code is needed for that.
export const program = Ssm.getParameter("/shop/currency").pipe(
  Effect.map(({ value }) => value),
  Effect.withSpan("currency", { attributes: { shop: "main" } })
)
