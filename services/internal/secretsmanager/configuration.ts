// Secrets as configuration.
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import {
  type SecretDoesNotExist,
  type SecretMarkedForDeletion,
  SecretNotDecodable,
  type SecretsNotRead
} from "../../../errors/internal/secretsManagerErrors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import type { Source } from "../configuration.ts"
import * as Tree from "../configurationTree.ts"
import type { Problem } from "../invalid.ts"
import type { Secret } from "./models.ts"
import { getSecret, getSecrets } from "./reads.ts"

/**
 * The secrets of a `ConfigProvider`, by name or ARN: one, whose keys are the provider's; several, each under its name; or several,
 * each under a key of yours.
 *
 * @category models
 * @since 0.1.0
 */
export type ConfigSecrets = string | ReadonlyArray<string> | Readonly<Record<string, string>>

/**
 * Why a `ConfigProvider` of secrets can't be built.
 *
 * @category models
 * @since 0.1.0
 */
export type ConfigSecretsError =
  | SecretDoesNotExist
  | SecretMarkedForDeletion
  | SecretNotDecodable
  | SecretsNotRead<Secret>
  | AwsError

/** Where a secret's keys are, and the secret. */
type Place = readonly [key: ReadonlyArray<string>, secret: string]

const isStructured = (json: unknown): boolean => typeof json === "object" && json !== null

/** A text as JSON if it's an object or an array; `undefined` for any other text. */
const structureOf = (text: string): Tree.Tree | undefined => {
  try {
    const json = Tree.parseJson(text)
    return isStructured(json) ? Tree.fromJson(json, (value) => Redacted.make(value)) : undefined
  } catch {
    return undefined
  }
}

const treeOf = (asked: string, { text }: Secret): Effect.Effect<Tree.Tree, SecretNotDecodable> =>
  text === undefined
    ? Effect.fail(
      new SecretNotDecodable({
        secret: asked,
        issue: "it is binary, and configuration is text. Read it with getSecret."
      })
    )
    : Effect.sync(() => {
      const tree = structureOf(Redacted.value(text)) ?? Tree.empty()
      // Config.Array would split the text at its commas, and not take the elements.
      return tree.isArray === true ? tree : { ...tree, value: text }
    })

const idsOf = (secrets: ConfigSecrets): ReadonlyArray<string> =>
  typeof secrets === "string" ? [secrets] : Object.values(secrets)

/** Without a check of types, a name may be a variable that isn't set. */
export const secretsProblem = (secrets: ConfigSecrets): Problem | undefined => {
  const ids: ReadonlyArray<unknown> = typeof secrets === "object" && secrets !== null ? idsOf(secrets) : [secrets]
  const wrong = ids.filter((id) => typeof id !== "string" || id === "").map((id) => id === "" ? "empty" : String(id))
  return ids.length > 0 && wrong.length === 0 ? undefined : {
    code: "InvalidSecrets",
    description: ids.length === 0 ? "no secret is named" : `the name of a secret is ${wrong[0]}`,
    advice: "Pass the name or ARN of a secret, a list of them, or an object with a name or ARN for each key."
  }
}

/** A slash in a key is a level, in a name as in a lookup. */
const levelsOf = (key: string): ReadonlyArray<string> => key.split("/")

/** The keys of a secret: those that its caller chose, or its name. */
const keyOf = (secrets: Exclude<ConfigSecrets, string>, id: string, secret: Secret): ReadonlyArray<Place> =>
  Array.isArray(secrets)
    ? [[levelsOf(secret.name), id]]
    : Object.entries(secrets).filter(([, own]) => own === id).map(([key]) => [levelsOf(key), id])

const startsWith = (path: ReadonlyArray<string>, key: ReadonlyArray<string>): boolean =>
  key.every((segment, i) => path[i] === segment)

export const sourceOf = (secrets: ConfigSecrets): Omit<Source<ConfigSecretsError>, "ttl"> => {
  let places: ReadonlyArray<Place> = typeof secrets === "string" ? [[[], secrets]] : []
  const sweepAll = Effect.fnUntraced(function*(
    secrets: Exclude<ConfigSecrets, string>
  ): Effect.fn.Return<Tree.Tree, ConfigSecretsError, AwsClients> {
    const root = Tree.empty()
    const read: Array<Place> = []
    for (const [id, secret] of yield* getSecrets(idsOf(secrets))) {
      const tree = yield* treeOf(id, secret)
      for (const place of keyOf(secrets, id, secret)) {
        Tree.graft(root, place[0], tree)
        read.push(place)
      }
    }
    // The longest first: it's the one that a key belongs to.
    places = read.toSorted(([a], [b]) => b.length - a.length)
    return root
  })
  return {
    service: "SecretsManager",
    what: typeof secrets === "string" ? `the secret ${secrets}` : `the secrets ${idsOf(secrets).join(", ")}`,
    sweep: typeof secrets === "string"
      ? Effect.flatMap(getSecret(secrets), (secret) => treeOf(secrets, secret))
      : sweepAll(secrets),
    nameOf: (keys) => {
      const path = keys.flatMap(levelsOf)
      const place = places.find(([key]) => startsWith(path, key))
      if (place === undefined) return `a secret for ${path.join("/")}`
      const key = path.slice(place[0].length)
      return key.length === 0 ? `the secret ${place[1]}` : `the key ${key.join(".")} of the secret ${place[1]}`
    }
  }
}
