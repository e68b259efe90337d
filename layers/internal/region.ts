import * as Effect from "effect/Effect"
import { InvalidSetting, RegionNotFound } from "../../errors/internal/layerErrors.ts"

/** A place to look for a region. An empty region counts as missing. */
export type Place = readonly [where: string, region: Effect.Effect<string | void>]

/**
 * Whether a text can be the name of a region, which is a part of the names of AWS's hosts. `*` is for requests that are signed
 * for several regions.
 */
export const isRegion = (text: string): boolean => text === "*" || /^(?!-)[a-z\d-]{1,63}(?<!-)$/i.test(text)

/** Fails unless a text can be the name of a region. `setting` is where it comes from. */
export const check = (value: string, setting: string): Effect.Effect<void, InvalidSetting> =>
  isRegion(value)
    ? Effect.void
    : Effect.fail(new InvalidSetting({ setting, value, expected: "the name of a region, such as eu-central-1" }))

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
