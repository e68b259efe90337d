/**
 * The clients: one of each class in a Layer, built on first use, all with the same configuration.
 *
 * @since 0.1.0
 */
import { NodeHttpHandler } from "@smithy/node-http-handler"
import type {
  AwsCredentialIdentityProvider,
  MiddlewareStack,
  NodeHttpHandlerOptions,
  Pluggable,
  RequestHandler
} from "@smithy/types"
import * as EffectConfig from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import toFastProperties from "to-fast-properties"
import type { Aspect } from "./Aspect.ts"
import * as Credentials from "./internal/credentials.ts"
import * as RetryStrategy from "./internal/retryStrategy.ts"
import { readFaster } from "./internal/xml.ts"
import * as Retry from "./Retry.ts"

/**
 * What any client of the AWS SDK v3 looks like.
 *
 * @category models
 * @since 0.1.0
 */
export interface SdkClient {
  readonly config: { readonly serviceId: string }
  readonly middlewareStack: MiddlewareStack<any, any>
  send(command: any, options?: any): Promise<any>
  destroy(): void
}

/**
 * The class of a client: `S3Client`.
 *
 * @category models
 * @since 0.1.0
 */
export type SdkClientClass<Client extends SdkClient> = new(config: any) => Client

/**
 * Access keys of one's own.
 *
 * @category models
 * @since 0.1.0
 */
export interface AccessKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: Redacted.Redacted<string>
  readonly sessionToken?: Redacted.Redacted<string> | undefined
}

/**
 * What every Layer variant passes on to the clients.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClientOptions {
  /** Where to send requests, instead of to AWS: `http://127.0.0.1:5000`. */
  readonly endpoint?: string | undefined
  /** When a call is sent again. By default {@link Retry.standard}. */
  readonly retry?: Retry.Policy | undefined
  /**
   * The HTTP handler that all clients share, or the options of one. An instance is the caller's to destroy. By default:
   * keep-alive, at most 50 connections a host, 3.1 seconds to connect.
   */
  readonly requestHandler?: RequestHandler<any, any, any> | NodeHttpHandlerOptions | undefined
  /** What is put around every call; the first is the outermost. */
  readonly aspects?: ReadonlyArray<Aspect> | undefined
  /** Middleware that is put on every client. */
  readonly plugins?: ReadonlyArray<Pluggable<any, any>> | undefined
  /** Further options for every client's constructor, as the SDK names them: `forcePathStyle`, `useFipsEndpoint`. */
  readonly clientOptions?: Readonly<Record<string, unknown>> | undefined
}

/**
 * What `AwsClients` are made from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends ClientOptions {
  readonly region: string
  /** A provider of the AWS SDK (`fromEnv()`), asked once for all clients, or access keys. */
  readonly credentials: AwsCredentialIdentityProvider | AccessKeys
}

/**
 * What every client of a Layer is built with. Its `credentials` is a function: nothing in here holds a secret.
 *
 * @category models
 * @since 0.1.0
 */
export interface Config extends ClientOptions {
  readonly region: string
  readonly credentials: AwsCredentialIdentityProvider
}

const isHandler = (handler: ClientOptions["requestHandler"]): handler is RequestHandler<any, any, any> =>
  typeof (handler as RequestHandler<any, any> | undefined)?.handle === "function"

const provider = (credentials: Options["credentials"]): AwsCredentialIdentityProvider => {
  if (typeof credentials === "function") return credentials
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  return async () => ({
    accessKeyId,
    secretAccessKey: Redacted.value(secretAccessKey),
    ...(sessionToken && { sessionToken: Redacted.value(sessionToken) })
  })
}

// The SDK and its HTTP handler write warnings to the console unless they are given a logger. Failures are the caller's.
const logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

/**
 * The AWS clients of a program, delivered through `Context`. A Layer builds it: {@link AwsClients.layer} for keys and an
 * endpoint of one's own, `Profile`, `Compute`, `AssumeRole` and `InMemory` for the rest.
 *
 * **Example** (Keys and an endpoint of one's own)
 *
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { AwsClients, Sts } from "effect-aws-sdk"
 *
 * const program = Sts.environment.pipe(
 *   Effect.provide(AwsClients.layer({
 *     region: "eu-central-1",
 *     endpoint: "http://127.0.0.1:5000",
 *     credentials: { accessKeyId: "test", secretAccessKey: Redacted.make("test") }
 *   }))
 * )
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class AwsClients extends Context.Service<AwsClients, {
  readonly config: Config
  /** The one client of this class in the Layer; built on first use, destroyed with the Layer. */
  readonly get: <Client extends SdkClient>(Client: SdkClientClass<Client>) => Client
}>()("effect-aws-sdk/AwsClients") {
  /**
   * Builds the service in the current scope. No request is made.
   *
   * @since 0.1.0
   */
  static readonly make = (options: Options): Effect.Effect<AwsClients["Service"], never, Scope.Scope> =>
    Effect.gen(function*() {
      const context = yield* Effect.context<never>()
      const config: Config = {
        ...options,
        requestHandler: isHandler(options.requestHandler)
          ? options.requestHandler
          : yield* Effect.acquireRelease(
            Effect.sync(() => new NodeHttpHandler({ connectionTimeout: 3_100, logger, ...options.requestHandler })),
            (handler) => Effect.sync(() => handler.destroy())
          ),
        credentials: yield* Credentials.shared(provider(options.credentials))
      }
      const clients = new Map<SdkClientClass<any>, SdkClient>()
      return AwsClients.of({
        config,
        get: <Client extends SdkClient>(Client: SdkClientClass<Client>): Client => {
          const known = clients.get(Client) as Client | undefined
          if (known !== undefined) return known
          const { aspects: _, clientOptions, endpoint, plugins = [], retry = Retry.standard(), ...rest } = config
          const client = new Client({
            logger,
            retryStrategy: RetryStrategy.make(retry, context),
            ...clientOptions,
            ...(endpoint !== undefined && { endpoint }),
            ...rest
          })
          // It would put inputs and outputs into the log, and reads them for that even where there is no logger.
          client.middlewareStack.remove("loggerMiddleware")
          for (const plugin of [RetryStrategy.abortable, ...plugins]) client.middlewareStack.use(plugin)
          readFaster((client.config as { readonly protocol?: unknown }).protocol)
          // The SDK copies the whole configuration four times a call; as the constructor leaves it, it is slow to copy.
          toFastProperties(client.config)
          clients.set(Client, client)
          return client
        }
      })
    })

  /**
   * `AwsClients` for a region, credentials and, perhaps, an endpoint of one's own.
   *
   * @since 0.1.0
   */
  static readonly layer = (options: Options): Layer.Layer<AwsClients> =>
    Layer.effect(AwsClients, AwsClients.make(options))

  /**
   * The same from Effect's `Config`.
   *
   * **Example** (From the program's configuration)
   *
   * ```ts
   * import { Config } from "effect"
   * import { AwsClients } from "effect-aws-sdk"
   *
   * const layer = AwsClients.layerConfig({
   *   region: Config.String("REGION"),
   *   credentials: { accessKeyId: Config.String("KEY_ID"), secretAccessKey: Config.Redacted("KEY_SECRET") }
   * })
   * ```
   *
   * @since 0.1.0
   */
  static readonly layerConfig = (
    options: EffectConfig.Wrap<{
      readonly region: string
      readonly credentials: AccessKeys
      readonly endpoint?: string | undefined
    }>
  ): Layer.Layer<AwsClients, EffectConfig.ConfigError> =>
    Layer.effect(AwsClients, Effect.flatMap(EffectConfig.unwrap(options), AwsClients.make))

  /**
   * The Layer's client of this class: for the SDK's own helpers, such as `lib-storage` or a presigner. It dies where the
   * client cannot be built, which is so for a malformed region only; `send` fails there.
   *
   * @since 0.1.0
   */
  static readonly get = <Client extends SdkClient>(
    Client: SdkClientClass<Client>
  ): Effect.Effect<Client, never, AwsClients> => AwsClients.useSync((clients) => clients.get(Client))
}
