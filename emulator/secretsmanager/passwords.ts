/** GetRandomPassword. */
import * as Effect from "effect/Effect"
import type { CallContext } from "../engine/service.ts"
import { textOf } from "../support/ids.ts"
import * as Secrets from "./state.ts"

const LOWER = "abcdefghijklmnopqrstuvwxyz"
const UPPER = LOWER.toUpperCase()
const DIGITS = "0123456789"
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

/** Puts the first characters, one of each type, at random places. */
const shuffled = (context: Pick<CallContext, "id">, text: string): string => {
  const characters = [...text]
  for (let i = characters.length - 1; i > 0; i--) {
    const j = Number.parseInt(context.id("", 8), 16) % (i + 1)
    ;[characters[i], characters[j]] = [characters[j]!, characters[i]!]
  }
  return characters.join("")
}

export const passwords: Secrets.SecretsHandlers = {
  GetRandomPassword: Effect.fnUntraced(function*(input, _, context) {
    const checked = yield* Secrets.check(input, {
      PasswordLength: { min: 1, max: 4096 },
      ExcludeCharacters: { max: 4096 }
    })
    const { ExcludeCharacters = "", PasswordLength: length = 32, RequireEachIncludedType = true } = checked
    const types = [
      checked.ExcludeLowercase === true ? "" : LOWER,
      checked.ExcludeUppercase === true ? "" : UPPER,
      checked.ExcludeNumbers === true ? "" : DIGITS,
      checked.ExcludePunctuation === true ? "" : PUNCTUATION,
      checked.IncludeSpace === true ? " " : ""
    ].map((type) => [...type].filter((character) => !ExcludeCharacters.includes(character)).join(""))
      .filter((type) => type !== "")
    if (types.length === 0) {
      return yield* Secrets.invalidParameter("The password can't be generated: all characters are excluded.")
    }
    const required = RequireEachIncludedType ? types : []
    if (length < required.length) {
      return yield* Secrets.invalidParameter("Password length is too short based on the required types.")
    }
    const one = required.map((type) => textOf(context, type, 1)).join("")
    return { RandomPassword: shuffled(context, one + textOf(context, types.join(""), length - one.length)) }
  })
}
