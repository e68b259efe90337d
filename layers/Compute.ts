/**
 * `AwsClients` with the credentials of the AWS compute service that runs the program: Lambda, ECS, EKS or EC2.
 *
 * @since 0.1.0
 */
import { fromEnv, fromHttp, fromInstanceMetadata, fromTokenFile } from "@aws-sdk/credential-providers"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { CredentialsNotFound, type InvalidSetting, type RegionNotFound } from "../errors/internal/layerErrors.ts"
import { AwsClients } from "../src/AwsClients.ts"
import * as InstanceMetadata from "./internal/instanceMetadata.ts"
import * as Providers from "./internal/providers.ts"
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

interface Source {
  readonly name: string
  readonly advice: string
  readonly provider: (init: ReturnType<typeof Providers.init>) => Providers.Provider
}

const environment: Source = {
  name: "the environment",
  advice: "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.",
  provider: fromEnv
}

/** A failure that may pass: a source that doesn't answer yet. */
const noAnswer = (message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { name: "TimeoutError" })

// After its own timeout, the SDK only warns; this timeout fails.
const withTimeout = (provider: Providers.Provider): Providers.Provider => (caller) => {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(noAnswer("no answer came within 5 seconds")), 5_000)
  })
  return Promise.race([provider(caller), timeout]).finally(() => clearTimeout(timer))
}

const container: Source = {
  name: "the container",
  advice: "Check that the task, or the pod's service account, has a role, and that its credentials agent is reachable.",
  provider: (init) => withTimeout(fromHttp({ ...init, timeout: 1_000, maxRetries: 1 }))
}

const webIdentity: Source = {
  name: "the web identity",
  advice: "Check the file that AWS_WEB_IDENTITY_TOKEN_FILE names, and that the role trusts the issuer of the token.",
  provider: fromTokenFile
}

const instanceMetadata: Source = {
  name: "the instance metadata",
  advice:
    "Check that the instance has an instance profile and, if the program runs in a container, that the hop limit " +
    "of the metadata is 2. If it may come up later, retry the build of the Layer, as Compute.layer's documentation " +
    "shows. Outside AWS, use Profile.layer.",
  provider: (init) => (caller) =>
    fromInstanceMetadata({ ...init, timeout: 1_000, maxRetries: 1, ec2MetadataV1Disabled: true })(caller).catch(
      (cause: Error) => {
        // The SDK's message is about the disabled fallback to IMDSv1, and doesn't say why IMDSv2 failed.
        throw cause.name === "InstanceMetadataV1FallbackError"
          ? noAnswer(`${InstanceMetadata.endpoint()} did not return an IMDSv2 token`, cause)
          : cause
      }
    )
}

/** The source that the environment selects. If that one turns out to be broken, no other source replaces it. */
const sourceOf = (environ: NodeJS.ProcessEnv): Effect.Effect<Source, CredentialsNotFound> => {
  const has = (...names: ReadonlyArray<string>) => names.filter((name) => environ[name])
  const notFound = (source: string, description: string, advice: string) =>
    Effect.fail(new CredentialsNotFound({ source, description, advice }))
  const keys = has("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
  if (keys.length === 2) return Effect.succeed(environment)
  if (keys.length === 1) return notFound(environment.name, `only ${keys[0]} is set`, environment.advice)
  if (has("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN").length === 2) return Effect.succeed(webIdentity)
  if (has("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI").length > 0) {
    return Effect.succeed(container)
  }
  if (has("AWS_WEB_IDENTITY_TOKEN_FILE").length > 0) {
    return notFound(
      webIdentity.name,
      "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not",
      "Set AWS_ROLE_ARN."
    )
  }
  return InstanceMetadata.isDisabled()
    ? notFound(
      environment.name,
      "it has no access keys, no container credentials and no web identity, and AWS_EC2_METADATA_DISABLED is set",
      "Outside AWS, use Profile.layer."
    )
    : Effect.succeed(instanceMetadata)
}

const make = Effect.fnUntraced(function*(
  { region: given, ...rest }: Options
): Effect.fn.Return<AwsClients["Service"], RegionNotFound | CredentialsNotFound | InvalidSetting, Scope.Scope> {
  const options = yield* Settings.complete(rest)
  const { advice, name, provider } = yield* Effect.suspend(() => sourceOf(process.env))
  const region = yield* Region.resolve(given, ["the instance metadata", InstanceMetadata.region])
  yield* Effect.logDebug(`AWS credentials come from ${name}, for ${region}`)
  const clients = yield* AwsClients.make({
    ...options,
    region,
    credentials: async (caller) => {
      try {
        return await provider(Providers.init(options, caller, "STS"))(caller)
      } catch (cause) {
        throw Providers.failure({ source: name, advice, cause })
      }
    }
  })
  const { credentials, requestHandler } = clients.config
  yield* Effect.tryPromise({
    try: () => credentials({ callerClientConfig: { region, requestHandler, logger: Providers.silentLogger } }),
    catch: (error) => (error as Error).cause as CredentialsNotFound
  })
  return clients
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
 * Like {@link layer}, with options from Effect's `Config`.
 *
 * **Errors**: those of {@link layer}; `ConfigError`.
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
  options: Config.Wrap<Pick<Options, "region" | "endpoint">>
): Layer.Layer<AwsClients, Config.ConfigError | RegionNotFound | CredentialsNotFound | InvalidSetting> =>
  Layer.effect(AwsClients, Effect.flatMap(Config.unwrap(options), make))
