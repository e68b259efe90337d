import * as Effect from "effect/Effect"
import { RegionNotFound } from "../../errors/internal/layerErrors.ts"

/** A place to look for a region. An empty region counts as missing. */
export type Place = readonly [where: string, region: Effect.Effect<string | void>]

/** The region from the program's option, the environment, or the first of these places that has one. */
export const resolve = Effect.fnUntraced(function*(
  option: string | undefined,
  ...places: ReadonlyArray<Place>
): Effect.fn.Return<string, RegionNotFound> {
  const all: ReadonlyArray<Place> = [
    ["the `region` option", Effect.succeed(option)],
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
