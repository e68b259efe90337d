import * as Effect from "effect/Effect"
import { type InvalidSetting, RegionNotFound } from "../../errors/internal/layerErrors.ts"
import { check } from "../../src/internal/region.ts"

/** A place to look for a region. An empty region counts as missing. */
export type Place = readonly [where: string, region: Effect.Effect<string | void>]

/** The region from the program's option, the environment, or the first of these places that has one. */
export const resolve = Effect.fnUntraced(function*(
  option: string | undefined,
  ...places: ReadonlyArray<Place>
): Effect.fn.Return<string, RegionNotFound | InvalidSetting> {
  const all: ReadonlyArray<Place> = [
    ["the `region` option", Effect.succeed(option)],
    ["AWS_REGION", Effect.sync(() => process.env["AWS_REGION"])],
    ["AWS_DEFAULT_REGION", Effect.sync(() => process.env["AWS_DEFAULT_REGION"])],
    ...places
  ]
  for (const [setting, place] of all) {
    const value = yield* place
    if (!value) continue
    yield* check(value, setting)
    return value
  }
  return yield* new RegionNotFound({ looked: all.map(([where]) => where) })
})
