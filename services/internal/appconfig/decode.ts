// The content of a configuration as text, JSON and keys.
import * as Effect from "effect/Effect"
import { ConfigurationNotDecodable } from "../../../errors/internal/appConfigErrors.ts"
import * as Tree from "../configurationTree.ts"
import type { Configuration } from "./models.ts"

export const notDecodable = (configuration: Configuration, issue: string): ConfigurationNotDecodable => {
  const { application, contentType, environment, profile } = configuration
  return new ConfigurationNotDecodable({ application, environment, profile, contentType, issue })
}

const attempt = <A>(
  configuration: Configuration,
  evaluate: () => A,
  issue: (error: unknown) => string
): Effect.Effect<A, ConfigurationNotDecodable> =>
  Effect.try({ try: evaluate, catch: (error) => notDecodable(configuration, issue(error)) })

export const textOf = (configuration: Configuration): Effect.Effect<string, ConfigurationNotDecodable> =>
  attempt(
    configuration,
    () => new TextDecoder("utf-8", { fatal: true }).decode(configuration.bytes),
    () => "it is not text in UTF-8."
  )

const isJson = (contentType: string): boolean => /^[^;]*[/+]json\s*(;|$)/i.test(contentType)
const isText = (contentType: string): boolean => /^text\/plain\s*(;|$)/i.test(contentType)

/** The keys of a configuration. The messages of parsers quote what they parse, so they aren't shown. */
export const treeOf = Effect.fnUntraced(function*(
  configuration: Configuration,
  parse: ((text: string) => unknown) | undefined
): Effect.fn.Return<Tree.Tree, ConfigurationNotDecodable> {
  const { contentType = "text/plain" } = configuration
  if (parse === undefined && !isJson(contentType) && !isText(contentType)) {
    return yield* notDecodable(
      configuration,
      `configuration is read from application/json and text/plain only. For another type, pass a \`parse\` function.`
    )
  }
  const text = yield* textOf(configuration)
  if (parse === undefined && isText(contentType)) return { ...Tree.empty(), value: text }
  const parsed = yield* attempt(
    configuration,
    () => (parse ?? Tree.parseJson)(text),
    (error) =>
      parse === undefined
        ? "it is not JSON."
        : `the \`parse\` function threw ${error instanceof Error ? error.name : "what is not an Error"}.`
  )
  // It would be a configuration without keys.
  if (parsed instanceof Promise) {
    parsed.catch(() => {})
    return yield* notDecodable(
      configuration,
      "the `parse` function returned a Promise, and has to return the value itself."
    )
  }
  return yield* attempt(
    configuration,
    () => Tree.fromJson(parsed),
    () => "it is nested too deeply, or refers to itself."
  )
})
