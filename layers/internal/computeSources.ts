// The sources of credentials that the environment of a program selects. Layers choose among them.
import { setCredentialFeature } from "@aws-sdk/core/client"
import { fromEnv, fromHttp, fromTokenFile } from "@aws-sdk/credential-providers"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { CredentialsNotFound, type InvalidSetting } from "../../errors/internal/layerErrors.ts"
import { AwsClients } from "../../src/AwsClients.ts"
import * as InstanceMetadata from "./instanceMetadata.ts"
import * as Providers from "./providers.ts"

export interface Source {
  readonly name: string
  /** What to do if it turns out to have no credentials. */
  readonly advice: string
  readonly provider: (init: ReturnType<typeof Providers.init>) => Providers.Provider
  /** Why the environment doesn't configure it, or `undefined` if it does. It fails if only half of it is set. */
  readonly whyNot: Effect.Effect<string | undefined, CredentialsNotFound>
}

const isSet = (name: string): boolean => Boolean(process.env[name])

const half = (source: string, description: string, advice: string) =>
  Effect.fail(new CredentialsNotFound({ source, description, advice }))

const keyVariables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
const keyAdvice = "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."

export const environment: Source = {
  name: "the environment",
  advice: keyAdvice,
  provider: fromEnv,
  whyNot: Effect.suspend(() => {
    const keys = keyVariables.filter(isSet)
    return keys.length === 1
      ? half("the environment", `only ${keys[0]} is set`, keyAdvice)
      : Effect.succeed(keys.length === 2 ? undefined : `${keyVariables.join(" and ")} aren't set`)
  })
}

/** A failure that may pass: a source that doesn't answer yet. */
const noAnswer = (message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { name: "TimeoutError" })

// After its own timeout, the SDK only warns; this timeout fails.
const withTimeout = (provider: Providers.Provider): Providers.Provider => (caller) => {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(noAnswer("no whole answer came within 5 seconds")), 5_000)
  })
  return Promise.race([provider(caller), timeout]).finally(() => clearTimeout(timer))
}

export const webIdentity: Source = {
  name: "the web identity",
  advice: "Check the file that AWS_WEB_IDENTITY_TOKEN_FILE names, and that the role trusts the issuer of the token.",
  provider: fromTokenFile,
  whyNot: Effect.suspend(() => {
    if (!isSet("AWS_WEB_IDENTITY_TOKEN_FILE")) return Effect.succeed("AWS_WEB_IDENTITY_TOKEN_FILE isn't set")
    return isSet("AWS_ROLE_ARN") ? Effect.undefined : half(
      "the web identity",
      "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not",
      "Set AWS_ROLE_ARN."
    )
  })
}

const containerVariables = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]

export const container: Source = {
  name: "the container",
  advice: "Check that the task, or the pod's service account, has a role, and that its credentials agent is reachable.",
  provider: (init) => withTimeout(fromHttp({ ...init, timeout: 1_000, maxRetries: 1 })),
  whyNot: Effect.sync(() =>
    containerVariables.some(isSet) ? undefined : `neither ${containerVariables.join(" nor ")} is set`
  )
}

export const instanceMetadata: Source = {
  name: "the instance metadata",
  advice:
    "Check that the instance has an instance profile and, if the program runs in a container, that the hop limit " +
    "of the metadata is 2. If it may come up later, retry the build of the Layer, as its documentation shows.",
  // The SDK waits forever for the rest of an answer whose connection breaks.
  provider: (init) =>
    withTimeout(() =>
      // That of `@aws-sdk/credential-providers` is the same, but it imports all of the SDK's core at run time: a bundle would have
      // all of it, with a parser for the names of browsers. It's loaded here, as it loads Node's fetch, which takes 13 ms.
      import("@smithy/credential-provider-imds").then(({ fromInstanceMetadata }) =>
        fromInstanceMetadata({ ...init, timeout: 1_000, maxRetries: 1, ec2MetadataV1Disabled: true })()
      ).then(
        // The user agent tells AWS where the credentials come from.
        (credentials) => setCredentialFeature(credentials, "CREDENTIALS_IMDS", "0"),
        (cause: Error) => {
          // The SDK's message is about the disabled fallback to IMDSv1, and doesn't say why IMDSv2 failed.
          throw cause.name === "InstanceMetadataV1FallbackError"
            ? noAnswer(`${InstanceMetadata.endpoint()} did not return an IMDSv2 token`, cause)
            : cause
        }
      )
    ),
  whyNot: Effect.sync(() => InstanceMetadata.isDisabled() ? "AWS_EC2_METADATA_DISABLED is set" : undefined)
}

/** Clients with the credentials of this source, which are fetched now. */
export const clientsOf = Effect.fnUntraced(function*(
  { advice, name, provider }: Pick<Source, "advice" | "name" | "provider">,
  region: string,
  options: AwsClients.ClientOptions
): Effect.fn.Return<AwsClients["Service"], CredentialsNotFound | InvalidSetting, Scope.Scope> {
  yield* Effect.logDebug(`AWS credentials come from ${name}, for ${region}`)
  const clients = yield* AwsClients.make({
    ...options,
    region,
    credentials: (caller) =>
      Providers.ofSource(
        { source: name, advice },
        () => provider(Providers.init(options, caller, "STS"))(caller)
      )
  })
  const { credentials, requestHandler } = clients.config
  yield* Effect.tryPromise({
    try: () => credentials({ callerClientConfig: { region, requestHandler, logger: Providers.silentLogger } }),
    catch: (error) => (error as Error).cause as CredentialsNotFound
  })
  return clients
})
