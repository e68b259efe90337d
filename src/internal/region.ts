import * as Effect from "effect/Effect"
import { InvalidSetting } from "../../errors/internal/layerErrors.ts"
import { shown } from "../../errors/internal/words.ts"

/**
 * Whether a text can be the name of a region, which is a part of the names of AWS's hosts. `*` is for requests that are signed
 * for several regions.
 */
export const isRegion = (text: string): boolean =>
  // A regular expression takes `null` for the text "null".
  typeof text === "string" && (text === "*" || /^(?!-)[a-z\d-]{1,63}(?<!-)$/i.test(text))

/** Fails unless a text can be the name of a region. `setting` is where it comes from. */
export const check = (value: string, setting: string): Effect.Effect<void, InvalidSetting> =>
  isRegion(value)
    ? Effect.void
    : Effect.fail(
      new InvalidSetting({ setting, value: shown(value), expected: "the name of a region, such as eu-central-1" })
    )
