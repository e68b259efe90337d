/**
 * `AwsClients` from the compute of AWS's that the program runs on.
 *
 * @since 0.1.0
 */
import { fromEnv, fromHttp, fromInstanceMetadata, fromTokenFile } from "@aws-sdk/credential-providers"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { CredentialsNotFound, type RegionNotFound } from "../errors/internal/layerErrors.ts"
import { AwsClients } from "../src/AwsClients.ts"
import * as InstanceMetadata from "./internal/instanceMetadata.ts"
import * as Providers from "./internal/providers.ts"
import * as Region from "./internal/region.ts"

export { CredentialsNotFound, RegionNotFound } from "../errors/LayerErrors.ts"

/**
 * Which region.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends AwsClients.ClientOptions {
  /** By default AWS_REGION, then AWS_DEFAULT_REGION, then the instance metadata's. */
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

// The SDK's own time limit is a warning, not an end.
const inTime = (provider: Providers.Provider): Providers.Provider => (caller) => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("there was no answer within 5 seconds")), 5_000)
  })
  return Promise.race([provider(caller), late]).finally(() => clearTimeout(timer))
}

const container: Source = {
  name: "the container",
  advice: "Check that the task, or the service account of the pod, has a role, and that its agent can be reached.",
  provider: (init) => inTime(fromHttp({ ...init, timeout: 1_000, maxRetries: 1 }))
}

const webIdentity: Source = {
  name: "the web identity",
  advice: "Check the file that AWS_WEB_IDENTITY_TOKEN_FILE names, and that the role trusts who issued the token.",
  provider: fromTokenFile
}

const instanceMetadata: Source = {
  name: "the instance metadata",
  advice: "Check that the instance has an instance profile, and, in a container on it, that the metadata's hop limit " +
    "is 2. On a machine that is not AWS's, use Profile.layer.",
  provider: (init) => (caller) =>
    fromInstanceMetadata({ ...init, timeout: 1_000, maxRetries: 1, ec2MetadataV1Disabled: true })(caller).catch(
      (cause: Error) => {
        // The SDK speaks of a fallback that it did not take, instead of what made it need one.
        throw cause.name === "InstanceMetadataV1FallbackError"
          ? new Error(`${InstanceMetadata.endpoint()} gives no IMDSv2 token`, { cause })
          : cause
      }
    )
}

/** What the environment points to; the next source is never a stand-in for one that it points to and that is broken. */
const sourceOf = (environ: NodeJS.ProcessEnv): Effect.Effect<Source, CredentialsNotFound> => {
  const has = (...names: ReadonlyArray<string>) => names.filter((name) => environ[name])
  const none = (source: string, description: string, advice: string) =>
    Effect.fail(new CredentialsNotFound({ source, description, advice }))
  const keys = has("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
  if (keys.length === 2) return Effect.succeed(environment)
  if (keys.length === 1) return none(environment.name, `it has only ${keys[0]}`, environment.advice)
  if (has("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI").length > 0) {
    return Effect.succeed(container)
  }
  if (has("AWS_WEB_IDENTITY_TOKEN_FILE").length > 0) {
    return has("AWS_ROLE_ARN").length > 0
      ? Effect.succeed(webIdentity)
      : none(webIdentity.name, "AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not", "Set AWS_ROLE_ARN.")
  }
  return InstanceMetadata.isDisabled()
    ? none(
      "this compute",
      "the environment has neither keys, nor a container's address, nor a web identity, and AWS_EC2_METADATA_DISABLED is set",
      "On a machine that is not AWS's, use Profile.layer."
    )
    : Effect.succeed(instanceMetadata)
}

const make = Effect.fnUntraced(function*(
  { region: given, ...options }: Options
): Effect.fn.Return<AwsClients["Service"], RegionNotFound | CredentialsNotFound, Scope.Scope> {
  const { advice, name, provider } = yield* Effect.suspend(() => sourceOf(process.env))
  const region = yield* Region.resolve(given, ["the instance metadata", InstanceMetadata.region])
  yield* Effect.logDebug(`AWS credentials come from ${name}, for ${region}`)
  const clients = yield* AwsClients.make({
    ...options,
    region,
    credentials: async (caller) => {
      try {
        return await provider(Providers.init(options, caller))(caller)
      } catch (cause) {
        throw Providers.failure({ source: name, advice, cause })
      }
    }
  })
  const { credentials, requestHandler } = clients.config
  yield* Effect.tryPromise({
    try: () => credentials({ callerClientConfig: { region, requestHandler, logger: Providers.quiet } }),
    catch: (error) => (error as Error).cause as CredentialsNotFound
  })
  return clients
})

/**
 * `AwsClients` with the credentials of the compute that the program runs on. The first of these that is set up is the one:
 *
 * 1. the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (Lambda)
 * 2. the container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI (ECS, EKS Pod Identity)
 * 3. a web identity: AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN (IRSA)
 * 4. the instance metadata, by IMDSv2 (EC2), unless AWS_EC2_METADATA_DISABLED is set
 *
 * - Where that one is set up and gives no credentials, the next is not tried: it would be another identity.
 * - Neither credentials nor the region are ever read from a file in the home directory; AWS_PROFILE is not looked at.
 * - Credentials are fetched when the Layer is built, once for all clients, and again five minutes before they expire.
 *
 * **Errors**, when the Layer is built: `CredentialsNotFound`, `RegionNotFound`. On a machine that is not AWS's they come
 * within seconds.
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
export const layer = (options: Options = {}): Layer.Layer<AwsClients, RegionNotFound | CredentialsNotFound> =>
  Layer.effect(AwsClients, make(options))

/**
 * The same from Effect's `Config`.
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
): Layer.Layer<AwsClients, Config.ConfigError | RegionNotFound | CredentialsNotFound> =>
  Layer.effect(AwsClients, Effect.flatMap(Config.unwrap(options), make))
