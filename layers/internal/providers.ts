import type { AwsCredentialIdentity } from "@smithy/types"
import { classify } from "../../errors/internal/classify.ts"
import { CredentialsNotFound } from "../../errors/internal/layerErrors.ts"
import type { AwsClients } from "../../src/AwsClients.ts"

/** What a client passes to its credential provider. */
export interface Caller {
  readonly callerClientConfig?: any
}

/** A credential provider of the SDK. The type of `callerClientConfig` varies between versions of the SDK. */
export type Provider = (caller?: any) => Promise<AwsCredentialIdentity>

// Without a logger, the SDK's providers write to the console.
export const silentLogger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/** Options for the clients that the SDK's providers create (STS, SSO): they use the Layer's endpoint and connections. */
export const init = (
  { clientOptions, endpoint, plugins = [] }: AwsClients.ClientOptions,
  { callerClientConfig }: Caller = {}
) => ({
  logger: silentLogger,
  clientConfig: {
    ...clientOptions,
    logger: silentLogger,
    ...(endpoint !== undefined && { endpoint }),
    ...(callerClientConfig?.requestHandler !== undefined && { requestHandler: callerClientConfig.requestHandler })
  },
  clientPlugins: [...plugins]
})

/** Turns whatever a provider threw into an error that names the source and says what to do. */
export const failure = (options: {
  readonly source: string
  readonly advice: string
  readonly cause: unknown
}): CredentialsNotFound => {
  // JSON.parse quotes its input in its error message, and that input may contain part of a secret.
  if (options.cause instanceof SyntaxError) {
    return new CredentialsNotFound({ ...options, description: "the response is not JSON", cause: undefined })
  }
  const reason = classify(options.cause)
  const [code, description] = [reason.code, reason.description.trim()]
  return new CredentialsNotFound({
    ...options,
    description: description === ""
      ? code
      : code.endsWith("Error") || description.includes(code)
      ? description
      : `${code}: ${description}`
  })
}
