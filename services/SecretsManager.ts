/**
 * Secrets of AWS Secrets Manager. Import it by its subpath, `effect-aws-sdk/SecretsManager`: the root doesn't load its client.
 *
 * @since 0.1.0
 */
import type { ConfigProvider } from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { AwsError } from "../errors/internal/awsError.ts"
import {
  type SecretDoesNotExist,
  type SecretMarkedForDeletion,
  SecretNotDecodable,
  type SecretsNotRead
} from "../errors/internal/secretsManagerErrors.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import * as Configuration from "./internal/configuration.ts"
import * as ConfigurationErrors from "./internal/configurationErrors.ts"
import { refuse } from "./internal/invalid.ts"
import {
  type ConfigSecrets,
  type ConfigSecretsError,
  secretsProblem,
  sourceOf
} from "./internal/secretsmanager/configuration.ts"
import type { Secret } from "./internal/secretsmanager/models.ts"
import * as reads from "./internal/secretsmanager/reads.ts"
import * as secretsManager from "./internal/secretsmanager/service.ts"

export * from "../errors/SecretsManagerErrors.ts"
export type { LayerOptions, RefreshOptions } from "./internal/configuration.ts"
export type { ConfigSecrets, ConfigSecretsError } from "./internal/secretsmanager/configuration.ts"
export { Secret } from "./internal/secretsmanager/models.ts"
export type { GetSecretsOptions, VersionOptions } from "./internal/secretsmanager/reads.ts"

/**
 * Sends any command of Secrets Manager with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-secrets-manager`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `secretsmanager:RotateSecret` on the secret, for example.
 *
 * **Example** (Rotate a secret now)
 *
 * ```ts
 * import { RotateSecretCommand } from "@aws-sdk/client-secrets-manager"
 * import { Effect } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const newVersion = SecretsManager.send(new RotateSecretCommand({ SecretId: "app/password" })).pipe(
 *   Effect.map(({ VersionId }) => VersionId)
 * )
 * ```
 *
 * AWS: [RotateSecret](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send = secretsManager.send

/**
 * The pages of any paginated command of Secrets Manager: the SDK's outputs. Each page is fetched when it is needed.
 *
 * - `command`: the command for the first page.
 * - `readAhead`: whether to fetch the next page while your program processes the current one; `false` by default.
 * - `token`: makes the next input from a page, for a command whose tokens aren't known.
 *
 * **Errors**: the `AwsError` of the first page that fails. It ends the Stream. If a page has a token that isn't known, its reason is
 * `Misconfigured` and its code `PaginationTokenUnknown`.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The versions of a secret, and their labels)
 *
 * ```ts
 * import { ListSecretVersionIdsCommand } from "@aws-sdk/client-secrets-manager"
 * import { Stream } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const versions = SecretsManager.pages(new ListSecretVersionIdsCommand({ SecretId: "app/password" })).pipe(
 *   Stream.map(({ Versions = [] }) => Versions.map(({ VersionId, VersionStages }) => ({ VersionId, VersionStages })))
 * )
 * ```
 *
 * AWS: [ListSecretVersionIds](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = secretsManager.pages

/**
 * The elements on all pages of any paginated command of Secrets Manager, page by page.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The names of an application's secrets)
 *
 * ```ts
 * import { ListSecretsCommand } from "@aws-sdk/client-secrets-manager"
 * import { Stream } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const names = SecretsManager.items(
 *   new ListSecretsCommand({ Filters: [{ Key: "name", Values: ["app/"] }] }),
 *   (page) => page.SecretList
 * ).pipe(Stream.map(({ Name }) => Name))
 * ```
 *
 * AWS: [ListSecrets](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const items = secretsManager.items

/**
 * Gets a secret by name or ARN. Its value is `Redacted`.
 *
 * - `versionId`, `versionStage`: which version to get; the current one by default. See {@link VersionOptions}.
 *
 * **Errors**: `SecretDoesNotExist`, `SecretMarkedForDeletion`; `AwsError` for anything else.
 *
 * **Requires** the permission `secretsmanager:GetSecretValue` on the secret and, for a key of your own, `kms:Decrypt`.
 *
 * **Example** (The password before the last rotation)
 *
 * ```ts
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const previous = SecretsManager.getSecret("app/password", { versionStage: "AWSPREVIOUS" })
 * ```
 *
 * AWS: [GetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html)
 *
 * @category secrets
 * @since 0.1.0
 */
export const getSecret: (
  secret: string,
  options?: reads.VersionOptions
) => Effect.Effect<Secret, SecretDoesNotExist | SecretMarkedForDeletion | AwsError, AwsClients> = reads.getSecret

/**
 * Gets the text of a secret, `Redacted`.
 *
 * - `versionId`, `versionStage`: as in {@link getSecret}.
 *
 * **Errors**: those of {@link getSecret}; `SecretNotDecodable` if the secret was stored as bytes.
 *
 * **Requires** what {@link getSecret} requires.
 *
 * **Example** (An API key)
 *
 * ```ts
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const apiKey = SecretsManager.getSecretText("app/api-key") // Redacted<string>
 * ```
 *
 * AWS: [GetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html)
 *
 * @category secrets
 * @since 0.1.0
 */
export const getSecretText = Effect.fn("SecretsManager.getSecretText")(function*(
  secret: string,
  options?: reads.VersionOptions
): Effect.fn.Return<
  Redacted.Redacted<string>,
  SecretDoesNotExist | SecretMarkedForDeletion | SecretNotDecodable | AwsError,
  AwsClients
> {
  const { text } = yield* getSecret(secret, options)
  return text ?? (yield* new SecretNotDecodable({ secret, issue: "it is binary, not text. Read it with getSecret." }))
})

/**
 * Gets a secret whose value is JSON, and decodes it with a schema. Give what is secret in it the schema `Schema.RedactedFromValue`.
 *
 * - `versionId`, `versionStage`: as in {@link getSecret}.
 *
 * **Errors**: those of {@link getSecret}; `SecretNotDecodable` if the value isn't JSON or doesn't match the schema.
 *
 * **Requires** what {@link getSecret} requires, and the schema's decoding services.
 *
 * **Example** (The credentials of a database)
 *
 * ```ts
 * import { Schema } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const database = SecretsManager.getSecretJson(
 *   "app/database",
 *   Schema.Struct({ username: Schema.String, password: Schema.RedactedFromValue(Schema.String) })
 * )
 * ```
 *
 * AWS: [GetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html)
 *
 * @category secrets
 * @since 0.1.0
 */
export const getSecretJson = Effect.fn("SecretsManager.getSecretJson")(function*<S extends Schema.Constraint>(
  secret: string,
  schema: S,
  options?: reads.VersionOptions
): Effect.fn.Return<
  S["Type"],
  SecretDoesNotExist | SecretMarkedForDeletion | SecretNotDecodable | AwsError,
  AwsClients | S["DecodingServices"]
> {
  const text = yield* getSecretText(secret, options)
  return yield* Schema.decodeEffect(Schema.fromJsonString(schema))(Redacted.value(text)).pipe(
    Effect.mapError((error) => new SecretNotDecodable({ secret, issue: error.message }))
  )
})

/**
 * Gets the current versions of secrets by name or ARN, twenty in a call.
 *
 * - `concurrency`: the maximum number of concurrent calls; 4 by default.
 *
 * The result has each secret under what was asked for. Secrets that AWS fails to read for a transient reason are asked for again.
 *
 * **Errors**: `SecretsNotRead`, which says for each of the others why it wasn't read, and has those that were; `AwsError` if a
 * call fails as a whole.
 *
 * **Requires** the permissions `secretsmanager:BatchGetSecretValue`, `secretsmanager:GetSecretValue` on each secret and, for keys
 * of your own, `kms:Decrypt`.
 *
 * **Example** (The secrets that could be read)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const secrets = SecretsManager.getSecrets(["app/database", "app/mail"]).pipe(
 *   Effect.catchTag("SecretsNotRead", ({ failures, found }) => Effect.as(Effect.logWarning(failures), found))
 * )
 * ```
 *
 * AWS: [BatchGetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html)
 *
 * @category secrets
 * @since 0.1.0
 */
export const getSecrets: (
  secrets: Iterable<string> & object,
  options?: reads.GetSecretsOptions
) => Effect.Effect<ReadonlyMap<string, Secret>, SecretsNotRead<Secret> | AwsError, AwsClients> = reads.getSecrets

/**
 * The options of {@link configProvider}.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigProviderOptions extends Configuration.RefreshOptions {}

/**
 * The options of {@link layerConfigProvider}.
 *
 * @category models
 * @since 0.1.0
 */
export interface LayerConfigProviderOptions extends ConfigProviderOptions, Configuration.LayerOptions {}

/**
 * A `ConfigProvider` of secrets.
 *
 * - `secrets`: one name or ARN, whose keys are those of the provider; several, each under its name, where `app/database` is
 *   `database` in `app`; or an object with a name or ARN for each key.
 * - A secret whose text is a JSON object or array has the keys of the JSON; `null` is a missing key. Any other text is one value. The
 *   text itself is the value of the secret's key, so that `Config.Redacted` and `Schema.fromJsonString` read it, too. The text of an
 *   array isn't, as `Config.Array` would split it at its commas.
 * - A slash in a key of yours is a level, as it is in a name.
 * - It reads all secrets at once when it's built, and again after `ttl`: see {@link ConfigProviderOptions}. A lookup makes no call.
 * - The provider shows no value in a log, error, span or JSON.
 *
 * **Errors**: for one secret, those of {@link getSecret}; for several, those of {@link getSecrets}. `SecretNotDecodable` for a secret
 * that was stored as bytes. If no secret is named or `ttl` isn't positive, it's an `AwsError` whose reason is `Misconfigured`.
 *
 * **Requires** what {@link getSecret} requires, and {@link getSecrets} for several secrets.
 *
 * **Example** (Two secrets under keys of your own, read again after five minutes)
 *
 * ```ts
 * import { Config, ConfigProvider, Effect } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const secrets = SecretsManager.configProvider({ database: "prod/database", apiKey: "prod/api-key" }, { ttl: "5 minutes" })
 *
 * const program = Effect.gen(function*() {
 *   const password = yield* Config.Redacted("password").pipe(Config.nested("database"))
 *   const apiKey = yield* Config.Redacted("apiKey")
 * }).pipe(Effect.provide(ConfigProvider.layer(secrets)))
 * ```
 *
 * AWS: [GetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html),
 * [BatchGetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html)
 *
 * @category configuration
 * @since 0.1.0
 */
export const configProvider = Effect.fn("SecretsManager.configProvider")(function*(
  secrets: ConfigSecrets,
  options?: ConfigProviderOptions
): Effect.fn.Return<ConfigProvider, ConfigSecretsError, AwsClients> {
  const problem = secretsProblem(secrets)
  if (problem !== undefined) return yield* refuse("SecretsManager", "configProvider", problem)
  return yield* Configuration.make({ ...sourceOf(secrets), ttl: options?.ttl })
})

/**
 * Adds secrets to the program's configuration, as {@link configProvider} reads them.
 *
 * - `asPrimary`: whether they take precedence. By default they only fill in the keys that the present `ConfigProvider` lacks,
 *   so that an environment variable overrides them. To have the secrets alone, use
 *   `ConfigProvider.layer(SecretsManager.configProvider(secrets))`.
 * - the others: see {@link ConfigProviderOptions}.
 *
 * A secret that is one value has no key: `Config.Redacted()` reads it, also with the environment in front of it.
 *
 * The Layer is for lookups in the effect to which it's provided. With `Layer.provide`, that is the construction of a service, and not
 * its methods, whose lookups use their caller's `ConfigProvider`: use `Layer.provideMerge`, or capture the provider, as in the
 * section "In a service" of `docs/configuration.md`.
 *
 * **Errors**: as for {@link configProvider}: a missing secret or permission fails the Layer.
 *
 * **Requires** what {@link configProvider} requires.
 *
 * **Example** (Secrets and parameters)
 *
 * ```ts
 * import { Layer } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 * import * as Ssm from "effect-aws-sdk/Ssm"
 *
 * const configuration = SecretsManager.layerConfigProvider({ database: "prod/database" }).pipe(
 *   Layer.provideMerge(Ssm.layerConfigProvider("/prod"))
 * )
 * ```
 *
 * AWS: [GetSecretValue](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html)
 *
 * @category configuration
 * @since 0.1.0
 */
export const layerConfigProvider = (
  secrets: ConfigSecrets,
  options?: LayerConfigProviderOptions
): Layer.Layer<never, ConfigSecretsError, AwsClients> => Configuration.layer(configProvider(secrets, options), options)

/**
 * Names the secrets in the messages of an effect's `ConfigError`s: `Expected string, in the key host of the secret app/database,
 * which does not exist`. Effect's own message has the key alone. It names what all `ConfigProvider`s of this library looked up, and
 * leaves other errors as they are.
 *
 * Apply it before you provide the `ConfigProvider`, as in the example: it looks at the provider of the effect.
 *
 * **Errors**: those of the effect.
 *
 * **Example** (Name the secret of a missing key)
 *
 * ```ts
 * import { Config, Effect } from "effect"
 * import * as SecretsManager from "effect-aws-sdk/SecretsManager"
 *
 * const program = Config.Redacted("password").pipe(
 *   SecretsManager.explainConfigErrors,
 *   Effect.provide(SecretsManager.layerConfigProvider("app/database"))
 * )
 * ```
 *
 * @category configuration
 * @since 0.1.0
 */
export const explainConfigErrors: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =
  ConfigurationErrors.explainConfigErrors
