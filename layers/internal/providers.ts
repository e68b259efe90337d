import type { AwsCredentialIdentity, HttpRequest, RequestHandler } from "@smithy/types"
import { classify } from "../../errors/internal/classify.ts"
import { CredentialsNotFound } from "../../errors/internal/layerErrors.ts"
import { missingPackage } from "../../errors/internal/missingPackage.ts"
import type { AwsClients } from "../../src/AwsClients.ts"
import * as Endpoints from "../../src/internal/endpoints.ts"

/** What a client passes to its credential provider. */
export interface Caller {
  readonly callerClientConfig?: any
}

/** A credential provider of the SDK. The type of `callerClientConfig` varies between versions of the SDK. */
export type Provider = (caller?: any) => Promise<AwsCredentialIdentity>

// Without a logger, the SDK's providers write to the console.
export const silentLogger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/**
 * Options for the client of this service that a provider of the SDK creates: it uses the Layer's endpoint for the service,
 * and the Layer's connections.
 */
export const init = (
  { clientOptions, endpoint: endpoints, plugins = [] }: AwsClients.ClientOptions,
  { callerClientConfig }: Caller = {},
  service: "STS" | "SSO" | "Signin" = "STS"
) => {
  const endpoint = Endpoints.ofService(endpoints, service)
  const oidcEndpoint = Endpoints.ofService(endpoints, "SSO OIDC")
  const requestHandler = callerClientConfig?.requestHandler
  const isRouted = service === "SSO" && endpoint !== oidcEndpoint && requestHandler !== undefined
  return {
    logger: silentLogger,
    clientConfig: {
      // As for the Layer's own clients.
      maxAttempts: 3,
      ...clientOptions,
      logger: silentLogger,
      ...(endpoint !== undefined && !isRouted && { endpoint }),
      ...(requestHandler !== undefined && {
        requestHandler: isRouted
          ? routed(requestHandler, { "/token": oidcEndpoint, "/federation/": endpoint })
          : requestHandler
      })
    },
    clientPlugins: [...plugins]
  }
}

/**
 * Sends the requests with these paths to other endpoints. The SDK's SSO provider has one configuration for the clients of
 * two services, SSO and SSO OIDC. Their requests aren't signed, so their host may change.
 */
const routed = (
  handler: RequestHandler<any, any>,
  routes: Readonly<Record<string, string | undefined>>
): RequestHandler<any, any> =>
  Object.create(handler, {
    handle: {
      value: (request: HttpRequest, options: unknown) => {
        const [, endpoint] = Object.entries(routes).find(([path]) => request.path.startsWith(path)) ?? []
        if (endpoint === undefined) return handler.handle(request, options as any)
        const { hostname, pathname, port, protocol } = new URL(endpoint)
        const moved = Object.assign(Object.create(Object.getPrototypeOf(request)), request, {
          protocol,
          hostname,
          port: port === "" ? undefined : Number(port),
          path: pathname.replace(/\/$/, "") + request.path,
          headers: { ...request.headers, host: port === "" ? hostname : `${hostname}:${port}` }
        })
        return handler.handle(moved, options as any)
      }
    }
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
  const missing = missingPackage(options.cause)
  if (missing !== undefined) {
    return new CredentialsNotFound({ ...options, description: missing.description, advice: missing.advice! })
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

/** What a source's provider gives. Whatever it throws, or gives in place of credentials, becomes a failure of the source. */
export const ofSource = async (
  source: { readonly source: string; readonly advice: string | ((cause: unknown) => string) },
  get: () => Promise<AwsCredentialIdentity>
): Promise<AwsCredentialIdentity> => {
  try {
    const identity: Partial<AwsCredentialIdentity> | undefined = await get()
    const keys: ReadonlyArray<unknown> = [identity?.accessKeyId, identity?.secretAccessKey]
    if (!keys.every((key) => typeof key === "string" && key !== "")) throw new Error("it gave no access keys")
    const { expiration } = identity ?? {}
    // Such credentials would never be refreshed.
    if (expiration !== undefined && Number.isNaN(new Date(expiration).getTime())) {
      throw new Error("the expiration that it gave is not a date")
    }
    return identity as AwsCredentialIdentity
  } catch (cause) {
    const advice = typeof source.advice === "string" ? source.advice : source.advice(cause)
    throw failure({ source: source.source, advice, cause })
  }
}
