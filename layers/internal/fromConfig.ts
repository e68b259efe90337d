import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { AwsClients } from "../../src/AwsClients.ts"

/** The options that no `Config` has. */
export type Others = Omit<AwsClients.ClientOptions, "endpoint">

/** A Layer with options from Effect's `Config`, and with others beside them. */
export const fromConfig = <Configured extends object, E, R>(
  configured: Effect.Effect<Configured, Config.ConfigError>,
  others: Others | undefined,
  make: (options: Configured & Others) => Effect.Effect<AwsClients["Service"], E, R>
): Layer.Layer<AwsClients, E | Config.ConfigError, Exclude<R, Scope.Scope>> =>
  Layer.effect(AwsClients, Effect.flatMap(configured, (options) => make({ ...others, ...options })))
