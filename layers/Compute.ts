/**
 * `AwsClients` with the credentials of the AWS compute service that runs the program: Lambda, ECS, EKS or EC2.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { CredentialsNotFound, type InvalidSetting, type RegionNotFound } from "../errors/internal/layerErrors.ts"
import { AwsClients } from "../src/AwsClients.ts"
import { unwrap } from "../src/internal/unwrap.ts"
import * as Sources from "./internal/computeSources.ts"
import { fromConfig, type Others } from "./internal/fromConfig.ts"
import * as InstanceMetadata from "./internal/instanceMetadata.ts"
import * as Region from "./internal/region.ts"
import * as Settings from "./internal/settings.ts"

export { CredentialsNotFound, InvalidSetting, RegionNotFound } from "../errors/LayerErrors.ts"

/**
 * The region, and options for the clients.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends AwsClients.ClientOptions {
  /** By default AWS_REGION, then AWS_DEFAULT_REGION, then the region in the instance metadata. */
  readonly region?: string | undefined
}

/** The source that the environment selects. If that one turns out to be broken, no other source replaces it. */
const source: Effect.Effect<Sources.Source, CredentialsNotFound> = Effect.gen(function*() {
  if ((yield* Sources.environment.whyNot) === undefined) return Sources.environment
  const isContainer = (yield* Sources.container.whyNot) === undefined
  // As in the SDK's chain, half a web identity is none where there is a container.
  const { whyNot } = Sources.webIdentity
  if ((yield* isContainer ? Effect.catch(whyNot, Effect.succeed) : whyNot) === undefined) return Sources.webIdentity
  if (isContainer) return Sources.container
  if ((yield* Sources.instanceMetadata.whyNot) === undefined) {
    return { ...Sources.instanceMetadata, advice: `${Sources.instanceMetadata.advice} ${outside}` }
  }
  return yield* new CredentialsNotFound({
    source: Sources.environment.name,
    description:
      "it has no access keys, no container credentials and no web identity, and AWS_EC2_METADATA_DISABLED is set",
    advice: outside
  })
})

const outside = "Outside AWS, use Default.layer, which takes profiles too, or Profile.layer."

const make = Effect.fnUntraced(function*(
  { region: given, ...rest }: Options
): Effect.fn.Return<AwsClients["Service"], RegionNotFound | CredentialsNotFound | InvalidSetting, Scope.Scope> {
  const options = yield* Settings.complete(rest)
  const selected = yield* source
  const region = yield* Region.resolve(given, ["the instance metadata", InstanceMetadata.region()])
  return yield* Sources.clientsOf(selected, region, options)
})

/**
 * `AwsClients` with the credentials of the AWS compute service that runs the program. They come from the first of these
 * sources that is configured:
 *
 * 1. the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (Lambda)
 * 2. a web identity: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN (IRSA)
 * 3. the container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI (ECS, EKS Pod Identity)
 * 4. the instance metadata, through IMDSv2 (EC2), unless AWS_EC2_METADATA_DISABLED is set
 *
 * - If that source has no credentials after all, the Layer fails. It doesn't try the next source, which would be another
 *   identity.
 * - The Layer never reads credentials or the region from files in the home directory, and ignores AWS_PROFILE.
 * - Credentials are fetched when the Layer is built, once for all clients, and again five minutes before they expire. Until
 *   the new ones are there, calls use those that still hold. A fetch may take a minute (`credentialsTimeout`). If it fails
 *   after they have expired, the call that needed it fails with an `AwsError` whose reason is `CredentialsUnavailable`, and
 *   the next call tries again.
 * - AWS's environment variables apply to all clients: endpoints (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 …,
 *   AWS_IGNORE_CONFIGURED_ENDPOINT_URLS) and retries (AWS_MAX_ATTEMPTS, AWS_RETRY_MODE). The options `endpoint` and `retry`
 *   come before them. Every retry mode means the standard mode.
 *
 * `Default.layer` takes the same sources, and profiles too: for a program that also runs on a laptop.
 *
 * **Errors**, when the Layer is built: `CredentialsNotFound`, `RegionNotFound`; `InvalidSetting` if an option or one of these
 * variables has a value that means nothing. Outside AWS, it fails within seconds.
 *
 * **A build that waits.** Effect builds a Layer once. A `ManagedRuntime` whose Layer failed keeps the failure, and every
 * later run fails with it. If the metadata or the credentials agent may come up after the program, retry the build inside of
 * the Layer:
 *
 * ```ts
 * import { Effect, Layer, ManagedRuntime, Schedule } from "effect"
 * import { Compute } from "effect-aws-sdk"
 *
 * const patient = Layer.effectContext(
 *   Layer.build(Compute.layer()).pipe(Effect.retry({ schedule: Schedule.spaced("2 seconds"), times: 30 }))
 * )
 *
 * const runtime = ManagedRuntime.make(patient)
 * ```
 *
 * **Example** (In a Lambda function, a task, a pod or an instance)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Compute, Sts } from "effect-aws-sdk"
 *
 * const program = Sts.environment.pipe(Effect.provide(Compute.layer()))
 * ```
 *
 * AWS: [Credential providers](https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html)
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: Options = {}
): Layer.Layer<AwsClients, RegionNotFound | CredentialsNotFound | InvalidSetting> =>
  Layer.effect(AwsClients, make(options))

/**
 * Like {@link layer}, with options from Effect's `Config`. `others` are the options that no `Config` has: `aspects`, `retry` …
 *
 * **Errors**, when the Layer is built: those of {@link layer}; `ConfigError` if a value is missing or malformed.
 *
 * **Example** (The region from the program's configuration)
 *
 * ```ts
 * import { Config } from "effect"
 * import { Compute } from "effect-aws-sdk"
 *
 * const layer = Compute.layerConfig({ region: Config.String("REGION") })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: Config.Wrap<Pick<Options, "region" | "endpoint">>,
  others?: Others
): Layer.Layer<AwsClients, Config.ConfigError | RegionNotFound | CredentialsNotFound | InvalidSetting> =>
  fromConfig(unwrap(options), others, make)
