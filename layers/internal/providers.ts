import type { AwsCredentialIdentity } from "@smithy/types"
import { classify } from "../../errors/internal/classify.ts"
import { CredentialsNotFound } from "../../errors/LayerErrors.ts"
import type { ClientOptions } from "../../src/AwsClients.ts"

/** What a client tells the provider of its credentials about itself. */
export interface Caller {
  readonly callerClientConfig?: any
}

/** A provider of the SDK's: `callerClientConfig` is whatever its version asks for. */
export type Provider = (caller?: any) => Promise<AwsCredentialIdentity>

// The SDK's providers write to the console unless they are given a logger.
export const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/** What the SDK's providers make clients of their own from (STS, SSO): those use the Layer's endpoint and connections. */
export const init = (
  { clientOptions, endpoint, plugins = [] }: ClientOptions,
  { callerClientConfig }: Caller = {}
) => ({
  logger: quiet,
  clientConfig: {
    ...clientOptions,
    logger: quiet,
    ...(endpoint !== undefined && { endpoint }),
    ...(callerClientConfig?.requestHandler !== undefined && { requestHandler: callerClientConfig.requestHandler })
  },
  clientPlugins: [...plugins]
})

/** The optional package that Node didn't find, if that's what was thrown. */
const missingPackage = (cause: unknown): string | undefined => {
  const { code, message } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  return code === "ERR_MODULE_NOT_FOUND" ? /Cannot find package '([^']+)'/.exec(String(message))?.[1] : undefined
}

/** Whatever a provider threw, as an error that names the source and says what to do. */
export const failure = (options: {
  readonly source: string
  readonly advice: string
  readonly cause: unknown
}): CredentialsNotFound => {
  // A message of JSON.parse quotes what it could not parse, which may be half of a secret.
  if (options.cause instanceof SyntaxError) {
    return new CredentialsNotFound({ ...options, description: "the answer is not JSON", cause: undefined })
  }
  const missing = missingPackage(options.cause)
  if (missing !== undefined) {
    const description = `the package ${missing} isn't installed`
    return new CredentialsNotFound({ ...options, description, advice: `Run: npm install ${missing}` })
  }
  const reason = classify(options.cause)
  const [code, said] = [reason.code, reason.description.trim()]
  return new CredentialsNotFound({
    ...options,
    description: said === "" ? code : code.endsWith("Error") || said.includes(code) ? said : `${code}: ${said}`
  })
}
