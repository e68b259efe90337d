import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"

/**
 * What `Config.unwrap` does, as an Effect: a `Config` is an Effect already, which fails as its own. It isn't imported, because
 * Effect's module of it loads Schema, Stream and the file system.
 */
export const unwrap = <A>(wrapped: Config.Wrap<A>): Effect.Effect<A, Config.ConfigError> =>
  Effect.isEffect(wrapped)
    ? wrapped as Effect.Effect<A, Config.ConfigError>
    : Effect.all(
      Object.fromEntries(Object.entries<any>(wrapped).map(([name, value]) => [name, unwrap(value)]))
    ) as Effect.Effect<any, Config.ConfigError>
