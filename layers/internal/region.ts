import * as Effect from "effect/Effect"
import { RegionNotFound } from "../../errors/internal/layerErrors.ts"

/** A place where a region may be found; an empty one counts as none. */
export type Place = readonly [where: string, region: Effect.Effect<string | void>]

/** The region that the program gave, or the environment, or the first of these places that knows one. */
export const resolve = Effect.fnUntraced(function*(
  given: string | undefined,
  ...places: ReadonlyArray<Place>
): Effect.fn.Return<string, RegionNotFound> {
  const all: ReadonlyArray<Place> = [
    ["the `region` option", Effect.succeed(given)],
    ["AWS_REGION", Effect.sync(() => process.env["AWS_REGION"])],
    ["AWS_DEFAULT_REGION", Effect.sync(() => process.env["AWS_DEFAULT_REGION"])],
    ...places
  ]
  for (const [, place] of all) {
    const region = yield* place
    if (region) return region
  }
  return yield* new RegionNotFound({ looked: all.map(([where]) => where) })
})
