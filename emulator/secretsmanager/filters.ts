/** The filters of secrets. */
import type * as sdk from "@aws-sdk/client-secrets-manager"
import * as Effect from "effect/Effect"
import * as Secrets from "./state.ts"

export const filterRules = {
  max: 10,
  members: {
    Key: { enum: ["all", "name", "tag-key", "description", "tag-value", "primary-region", "owning-service"] },
    Values: {
      min: 1,
      max: 10,
      each: { max: 512, pattern: "^\\!?[a-zA-Z0-9 :_@\\/\\+\\=\\.\\-\\!]*$" }
    }
  }
} as const

interface Filter {
  readonly key: string
  readonly values: ReadonlyArray<string>
}

export const parse = Effect.fnUntraced(function*(filters: ReadonlyArray<sdk.Filter> = []) {
  const parsed: Array<Filter> = []
  for (const { Key: key, Values: values } of filters) {
    if (key === undefined) return yield* Secrets.invalidParameter("Invalid filter key")
    if (values === undefined) return yield* Secrets.invalidParameter(`Invalid filter values for key: ${key}`)
    parsed.push({ key, values })
  }
  return parsed
})

const wordsOf = (text: string): ReadonlyArray<string> =>
  text.toLowerCase().split(/[^a-z0-9]+/).filter((one) => one !== "")

/** Whether each word of a value is the beginning of a word of a text, whatever the case. */
const hasWords = (texts: ReadonlyArray<string>, value: string): boolean => {
  const words = texts.flatMap(wordsOf)
  return wordsOf(value).every((wanted) => words.some((word) => word.startsWith(wanted)))
}

/** Whether a secret has what a value of a filter says. No secret here is a replica or belongs to another service. */
const has = ({ description = "", name, tags }: Secrets.Secret, key: string, value: string): boolean => {
  switch (key) {
    case "name":
      return name.startsWith(value)
    case "description":
      return hasWords([description], value)
    case "tag-key":
      return tags.some(({ Key = "" }) => Key.startsWith(value))
    case "tag-value":
      return tags.some(({ Value = "" }) => Value.startsWith(value))
    case "all":
      return hasWords([name, description, ...tags.flatMap(({ Key = "", Value = "" }) => [Key, Value])], value)
    default:
      return false
  }
}

/** Whether a secret matches all filters: one of the values of each, and none of those after an exclamation mark. */
export const matches = (secret: Secrets.Secret, filters: ReadonlyArray<Filter>): boolean =>
  filters.every(({ key, values }) => {
    const wanted = values.filter((value) => !value.startsWith("!"))
    const unwanted = values.filter((value) => value.startsWith("!")).map((value) => value.slice(1))
    return (wanted.length === 0 || wanted.some((value) => has(secret, key, value))) &&
      !unwanted.some((value) => has(secret, key, value))
  })
