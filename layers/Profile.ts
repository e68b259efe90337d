/**
 * `AwsClients` with the credentials of a profile in AWS's configuration files: for developers' machines.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type {
  CredentialsNotFound,
  InvalidSetting,
  ProfileDoesNotExist,
  RegionNotFound
} from "../errors/internal/layerErrors.ts"
import { AwsClients } from "../src/AwsClients.ts"
import { unwrap } from "../src/internal/unwrap.ts"
import * as ConfigFiles from "./internal/configFiles.ts"
import { fromConfig, type Others } from "./internal/fromConfig.ts"
import { clientsOf } from "./internal/profileClients.ts"
import { sourceOf } from "./internal/profileSource.ts"
import * as Region from "./internal/region.ts"
import * as Settings from "./internal/settings.ts"

export { CredentialsNotFound, InvalidSetting, ProfileDoesNotExist, RegionNotFound } from "../errors/LayerErrors.ts"

/**
 * The profile, the region, and options for the clients.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends AwsClients.ClientOptions {
  /** By default AWS_PROFILE, then `default`. */
  readonly profile?: string | undefined
  /** By default AWS_REGION, then AWS_DEFAULT_REGION, then the profile's `region`. */
  readonly region?: string | undefined
}

const make = Effect.fnUntraced(function*(
  { profile: named, region: given, ...rest }: Options
): Effect.fn.Return<
  AwsClients["Service"],
  ProfileDoesNotExist | RegionNotFound | CredentialsNotFound | InvalidSetting,
  Scope.Scope
> {
  const name = named ?? (process.env["AWS_PROFILE"] || "default")
  const files = yield* ConfigFiles.load(ConfigFiles.inEnvironment())
  const settings = yield* files.profile(name)
  const region = yield* Region.resolve(given, [
    `the \`region\` of the profile ${name}`,
    Effect.succeed(settings["region"])
  ])
  const source = yield* sourceOf(files, name)
  const profile = { name, settings, files }
  return yield* clientsOf(profile, source, region, yield* Settings.complete(rest, profile))
})

/**
 * `AwsClients` with the credentials of a profile in `~/.aws/config` and `~/.aws/credentials`, or in the files that
 * AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name.
 *
 * - A profile can have access keys, SSO (`aws sso login`), `aws login`, a `credential_process`, a web identity, or a role
 *   (`source_profile`, `credential_source`). For a profile with `mfa_serial`, use `AssumeRole.layer`.
 * - Building the Layer reads the files, and sends no requests. Credentials are fetched at the first call, once for all
 *   clients, and again five minutes before they expire. Until the new ones are there, calls use those that still hold. A
 *   fetch may take a minute (`credentialsTimeout`). If it fails and there are no credentials that hold, the call fails with
 *   an `AwsError` whose reason is `CredentialsUnavailable`, and the next call tries again.
 * - Nothing replaces the profile's credentials: neither credentials in the environment, nor another profile's. For a program
 *   that takes the credentials that it finds where it runs, use `Default.layer`.
 * - The endpoint of a service is the first of these: the `endpoint` option; AWS_ENDPOINT_URL_S3 (for S3); AWS_ENDPOINT_URL;
 *   the service's `endpoint_url` in the profile's `services` section; the profile's `endpoint_url`. Another profile's is never
 *   used. AWS_IGNORE_CONFIGURED_ENDPOINT_URLS or the profile's `ignore_configured_endpoint_urls` leaves only the option.
 * - A call is attempted as often as AWS_MAX_ATTEMPTS or the profile's `max_attempts` says, unless there is a `retry` option.
 *   Every `retry_mode` (`standard`, `adaptive`, `legacy`) means the standard mode.
 *
 * **Errors**, when the Layer is built: `ProfileDoesNotExist`, for the profile or one that it refers to; `RegionNotFound`;
 * `CredentialsNotFound` if the profile has no usable source of credentials, or a file can't be read; `InvalidSetting` if one
 * of the settings above has a value that means nothing.
 *
 * **Example** (A developer's machine)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Profile, Sts } from "effect-aws-sdk"
 *
 * const program = Sts.environment.pipe(Effect.provide(Profile.layer({ profile: "dev", region: "eu-central-1" })))
 * ```
 *
 * AWS: [Shared config and credentials files](https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html),
 * [Service-specific endpoints](https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html),
 * [Retry behavior](https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html)
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options = {}
): Layer.Layer<AwsClients, ProfileDoesNotExist | RegionNotFound | CredentialsNotFound | InvalidSetting> =>
  Layer.effect(AwsClients, make(options))

/**
 * Like {@link layer}, with options from Effect's `Config`. `others` are the options that no `Config` has: `aspects`, `retry` …
 *
 * **Errors**, when the Layer is built: those of {@link layer}; `ConfigError` if a value is missing or malformed.
 *
 * **Example** (The profile from the program's configuration)
 *
 * ```ts
 * import { Config } from "effect"
 * import { Profile } from "effect-aws-sdk"
 *
 * const layer = Profile.layerConfig({ profile: Config.String("PROFILE") })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: Config.Wrap<Pick<Options, "profile" | "region" | "endpoint">>,
  others?: Others
): Layer.Layer<
  AwsClients,
  Config.ConfigError | ProfileDoesNotExist | RegionNotFound | CredentialsNotFound | InvalidSetting
> => fromConfig(unwrap(options), others, make)
