/**
 * Configuration of AWS AppConfig. Import it by its subpath, `effect-aws-sdk/AppConfig`: the root doesn't load its client.
 *
 * @since 0.1.0
 */
import type { ConfigProvider } from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { ConfigurationDoesNotExist, ConfigurationNotDecodable } from "../errors/internal/appConfigErrors.ts"
import type { AwsError } from "../errors/internal/awsError.ts"
import type { AwsClients } from "../src/AwsClients.ts"
import { notDecodable, textOf, treeOf } from "./internal/appconfig/decode.ts"
import type { Configuration, ConfigurationId } from "./internal/appconfig/models.ts"
import * as appConfig from "./internal/appconfig/service.ts"
import { makeSession } from "./internal/appconfig/session.ts"
import * as watch from "./internal/appconfig/watch.ts"
import * as Providers from "./internal/configuration.ts"
import * as ConfigurationErrors from "./internal/configurationErrors.ts"

export * from "../errors/AppConfigErrors.ts"
export { Configuration, type ConfigurationId } from "./internal/appconfig/models.ts"
export type { WatchOptions } from "./internal/appconfig/watch.ts"
export type { LayerOptions, RefreshOptions } from "./internal/configuration.ts"

/**
 * Sends any command of AppConfig Data with the Layer's client, and returns the SDK's output. An interruption aborts the request.
 *
 * - `command`: an instance of a command class of `@aws-sdk/client-appconfigdata`.
 *
 * **Errors**: `AwsError`, in whose type are the codes that AWS documents for the command.
 *
 * **Requires** the permission of the command: `appconfig:StartConfigurationSession`, for example.
 *
 * **Example** (Begin a session whose polls are five minutes apart)
 *
 * ```ts
 * import { StartConfigurationSessionCommand } from "@aws-sdk/client-appconfigdata"
 * import { Effect } from "effect"
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const token = AppConfig.send(
 *   new StartConfigurationSessionCommand({
 *     ApplicationIdentifier: "shop",
 *     EnvironmentIdentifier: "prod",
 *     ConfigurationProfileIdentifier: "limits",
 *     RequiredMinimumPollIntervalInSeconds: 300
 *   })
 * ).pipe(Effect.map(({ InitialConfigurationToken }) => InitialConfigurationToken))
 * ```
 *
 * AWS: [StartConfigurationSession](https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_StartConfigurationSession.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const send = appConfig.send

/**
 * The pages of any command of AppConfig Data: the SDK's outputs. AppConfig Data has no lists. With `token`, the pages are the polls of
 * a session; {@link watchConfiguration} makes them for you.
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
 * **Example** (Poll when AppConfig says so)
 *
 * ```ts
 * import { GetLatestConfigurationCommand } from "@aws-sdk/client-appconfigdata"
 * import { Duration, Effect, Stream } from "effect"
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const polls = (ConfigurationToken: string) =>
 *   AppConfig.pages(new GetLatestConfigurationCommand({ ConfigurationToken }), {
 *     token: ({ NextPollConfigurationToken }) => ({ ConfigurationToken: NextPollConfigurationToken })
 *   }).pipe(
 *     Stream.tap(({ VersionLabel }) => Effect.logDebug(VersionLabel)),
 *     Stream.tap(({ NextPollIntervalInSeconds = 60 }) => Effect.sleep(Duration.seconds(NextPollIntervalInSeconds)))
 *   )
 * ```
 *
 * AWS: [GetLatestConfiguration](https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const pages = appConfig.pages

/**
 * The elements on all pages of any command of AppConfig Data, which has no lists today: without `token`, they are those of one output.
 *
 * - `select`: picks the elements of a page; `undefined` means that there are none.
 * - the others: as for {@link pages}.
 *
 * **Errors**: `AwsError`, as for {@link pages}.
 *
 * **Requires** the permission of the command.
 *
 * **Example** (The token of a new session)
 *
 * ```ts
 * import { StartConfigurationSessionCommand } from "@aws-sdk/client-appconfigdata"
 * import { Stream } from "effect"
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const token = AppConfig.items(
 *   new StartConfigurationSessionCommand({
 *     ApplicationIdentifier: "shop",
 *     EnvironmentIdentifier: "prod",
 *     ConfigurationProfileIdentifier: "limits"
 *   }),
 *   ({ InitialConfigurationToken: token }) => token === undefined ? undefined : [token]
 * ).pipe(Stream.runHead)
 * ```
 *
 * AWS: [StartConfigurationSession](https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_StartConfigurationSession.html)
 *
 * @category calls
 * @since 0.1.0
 */
export const items = appConfig.items

/**
 * Gets the deployed version of a configuration, in a session of its own, which takes two calls. To get it repeatedly, use
 * {@link watchConfiguration} or {@link configProvider}: they keep their session, and make one call each time.
 *
 * - `application`, `environment`, `profile`: names or IDs.
 *
 * **Errors**: `ConfigurationDoesNotExist`; `AwsError` for anything else.
 *
 * **Requires** the permissions `appconfig:StartConfigurationSession` and `appconfig:GetLatestConfiguration`.
 *
 * **Example** (The bytes of a configuration)
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const bytes = AppConfig.getConfiguration({ application: "shop", environment: "prod", profile: "limits" }).pipe(
 *   Effect.map((configuration) => configuration.bytes)
 * )
 * ```
 *
 * AWS: [StartConfigurationSession](https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_StartConfigurationSession.html),
 * [GetLatestConfiguration](https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html)
 *
 * @category configurations
 * @since 0.1.0
 */
export const getConfiguration = Effect.fn("AppConfig.getConfiguration")((
  id: ConfigurationId
): Effect.Effect<Configuration, ConfigurationDoesNotExist | AwsError, AwsClients> =>
  Effect.suspend(() => makeSession(id).poll)
)

/**
 * Gets the deployed version of a configuration as text in UTF-8, as {@link getConfiguration} does.
 *
 * - `application`, `environment`, `profile`: names or IDs.
 *
 * **Errors**: `ConfigurationDoesNotExist`; `ConfigurationNotDecodable` if it isn't text; `AwsError` for anything else.
 *
 * **Requires** what {@link getConfiguration} requires.
 *
 * **Example** (A text)
 *
 * ```ts
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const banner = AppConfig.getConfigurationText({ application: "shop", environment: "prod", profile: "banner" })
 * ```
 *
 * AWS: [GetLatestConfiguration](https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html)
 *
 * @category configurations
 * @since 0.1.0
 */
export const getConfigurationText = Effect.fn("AppConfig.getConfigurationText")((
  id: ConfigurationId
): Effect.Effect<string, ConfigurationDoesNotExist | ConfigurationNotDecodable | AwsError, AwsClients> =>
  Effect.flatMap(getConfiguration(id), textOf)
)

/**
 * Gets the deployed version of a configuration that is JSON, and decodes it with a schema. Feature flags are JSON, too.
 *
 * - `application`, `environment`, `profile`: names or IDs.
 *
 * **Errors**: `ConfigurationDoesNotExist`; `ConfigurationNotDecodable` if it isn't JSON or doesn't match the schema; `AwsError`
 * for anything else.
 *
 * **Requires** what {@link getConfiguration} requires, and the schema's decoding services.
 *
 * **Example** (A feature flag with an attribute)
 *
 * ```ts
 * import { Schema } from "effect"
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const flags = AppConfig.getConfigurationJson(
 *   { application: "shop", environment: "prod", profile: "flags" },
 *   Schema.Struct({ checkout: Schema.Struct({ enabled: Schema.Boolean, limit: Schema.optionalKey(Schema.Int) }) })
 * )
 * ```
 *
 * AWS: [GetLatestConfiguration](https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html)
 *
 * @category configurations
 * @since 0.1.0
 */
export const getConfigurationJson = Effect.fn("AppConfig.getConfigurationJson")(function*<S extends Schema.Constraint>(
  id: ConfigurationId,
  schema: S
): Effect.fn.Return<
  S["Type"],
  ConfigurationDoesNotExist | ConfigurationNotDecodable | AwsError,
  AwsClients | S["DecodingServices"]
> {
  const configuration = yield* getConfiguration(id)
  const text = yield* textOf(configuration)
  return yield* Schema.decodeEffect(Schema.fromJsonString(schema))(text).pipe(
    Effect.mapError((error) => notDecodable(configuration, error.message))
  )
})

/**
 * The deployed version of a configuration, and then each version that differs from the one before.
 *
 * - `application`, `environment`, `profile`: names or IDs.
 * - `schedule`: when to poll; every minute by default. See {@link WatchOptions}.
 *
 * All polls are in one session. A new one begins when the session has expired, after 24 hours without a poll, or when AWS
 * refuses its token. After the first version, a transient `AwsError` doesn't end the Stream: the log names it, and the next poll
 * follows, after 15 seconds at least.
 *
 * **Errors**: `ConfigurationDoesNotExist`; `AwsError` for anything else.
 *
 * **Requires** what {@link getConfiguration} requires.
 *
 * **Example** (Follow a configuration)
 *
 * ```ts
 * import { Effect, Schedule, Stream } from "effect"
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const follow = AppConfig.watchConfiguration(
 *   { application: "shop", environment: "prod", profile: "limits" },
 *   { schedule: Schedule.spaced("5 minutes") }
 * ).pipe(
 *   Stream.runForEach(({ versionLabel }) => Effect.log(`The limits are now ${versionLabel}`))
 * )
 * ```
 *
 * AWS: [GetLatestConfiguration](https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html)
 *
 * @category configurations
 * @since 0.1.0
 */
export const watchConfiguration: (
  id: ConfigurationId,
  options?: watch.WatchOptions
) => Stream.Stream<Configuration, ConfigurationDoesNotExist | AwsError, AwsClients> = watch.watchConfiguration

/**
 * The options of {@link configProvider}.
 *
 * - `parse`: parses the text of a configuration that isn't JSON, such as YAML, to an object or a `Map`. What it throws is a
 *   `ConfigurationNotDecodable`, and so is a Promise.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConfigProviderOptions extends Providers.RefreshOptions {
  /** Parses the text of a configuration that isn't JSON. By default only `application/json` and `text/plain` are read. */
  readonly parse?: ((text: string) => unknown) | undefined
}

/**
 * The options of {@link layerConfigProvider}.
 *
 * @category models
 * @since 0.1.0
 */
export interface LayerConfigProviderOptions extends ConfigProviderOptions, Providers.LayerOptions {}

/**
 * A `ConfigProvider` of the deployed version of a configuration.
 *
 * - Of JSON, the provider has the keys, and feature flags are JSON: `checkout` → `enabled`. `null` is a missing key. A text
 *   (`text/plain`) is one value, for a `Config` without a name. For another type, such as YAML, pass `parse`.
 * - It reads the configuration when it's built, and again after `ttl`: see {@link ConfigProviderOptions}. A lookup makes no call. The
 *   reads are one session, in which AppConfig sends only what has changed. It accepts a call every 15 seconds: with a shorter
 *   `ttl`, the values are 15 seconds old.
 *
 * **Errors**: `ConfigurationDoesNotExist`; `ConfigurationNotDecodable` for a type or a content that can't be read; `AwsError` for
 * anything else. For a `ttl` that isn't positive, its reason is `Misconfigured`.
 *
 * **Requires** what {@link getConfiguration} requires.
 *
 * **Example** (A feature flag)
 *
 * ```ts
 * import { Config, ConfigProvider, Effect } from "effect"
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const flags = AppConfig.configProvider({ application: "shop", environment: "prod", profile: "flags" }, { ttl: "1 minute" })
 *
 * const program = Config.Boolean("enabled").pipe(
 *   Config.nested("checkout"),
 *   Config.withDefault(false),
 *   Effect.provide(ConfigProvider.layer(flags))
 * )
 * ```
 *
 * AWS: [GetLatestConfiguration](https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html)
 *
 * @category configuration
 * @since 0.1.0
 */
export const configProvider = Effect.fn("AppConfig.configProvider")(function*(
  id: ConfigurationId,
  options?: ConfigProviderOptions
): Effect.fn.Return<ConfigProvider, ConfigurationDoesNotExist | ConfigurationNotDecodable | AwsError, AwsClients> {
  const { application, environment, profile } = id
  const session = makeSession(id)
  const what = `the AppConfig profile ${profile} of ${application} in ${environment}`
  return yield* Providers.make({
    service: "AppConfigData",
    what,
    ttl: options?.ttl,
    sweep: Effect.flatMap(session.poll, (configuration) => treeOf(configuration, options?.parse)),
    nameOf: (path) => path.length === 0 ? what : `the key ${path.join(".")} of ${what}`
  })
})

/**
 * Adds a configuration to the program's configuration, as {@link configProvider} reads it.
 *
 * - `asPrimary`: whether it takes precedence. By default it only fills in the keys that the present `ConfigProvider` lacks, so
 *   that an environment variable overrides them. To have the configuration alone, use
 *   `ConfigProvider.layer(AppConfig.configProvider(id))`.
 * - the others: see {@link ConfigProviderOptions}.
 *
 * The Layer is for lookups in the effect to which it's provided. With `Layer.provide`, that is the construction of a service, and not
 * its methods, whose lookups use their caller's `ConfigProvider`: use `Layer.provideMerge`, or capture the provider, as in the
 * section "In a service" of `docs/configuration.md`.
 *
 * **Errors**: as for {@link configProvider}: a missing configuration or permission fails the Layer.
 *
 * **Requires** what {@link getConfiguration} requires.
 *
 * **Example** (The limits of a shop)
 *
 * ```ts
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const limits = AppConfig.layerConfigProvider(
 *   { application: "shop", environment: "prod", profile: "limits" },
 *   { ttl: "1 minute", asPrimary: true }
 * )
 * ```
 *
 * AWS: [GetLatestConfiguration](https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html)
 *
 * @category configuration
 * @since 0.1.0
 */
export const layerConfigProvider = (
  id: ConfigurationId,
  options?: LayerConfigProviderOptions
): Layer.Layer<never, ConfigurationDoesNotExist | ConfigurationNotDecodable | AwsError, AwsClients> =>
  Providers.layer(configProvider(id, options), options)

/**
 * Names the configurations in the messages of an effect's `ConfigError`s: `Expected string, in the key host of the AppConfig
 * profile limits of shop in prod, which does not exist`. Effect's own message has the key alone. It names what all `ConfigProvider`s
 * of this library looked up, and leaves other errors as they are.
 *
 * Apply it before you provide the `ConfigProvider`, as in the example: it looks at the provider of the effect.
 *
 * **Errors**: those of the effect.
 *
 * **Example** (Name the configuration of a missing key)
 *
 * ```ts
 * import { Config, Effect } from "effect"
 * import * as AppConfig from "effect-aws-sdk/AppConfig"
 *
 * const program = Config.Int("limit").pipe(
 *   AppConfig.explainConfigErrors,
 *   Effect.provide(AppConfig.layerConfigProvider({ application: "shop", environment: "prod", profile: "limits" }))
 * )
 * ```
 *
 * @category configuration
 * @since 0.1.0
 */
export const explainConfigErrors: <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =
  ConfigurationErrors.explainConfigErrors
