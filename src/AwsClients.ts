/**
 * The clients of a program: one of each class per Layer, built on first use, all with the same configuration.
 *
 * @since 0.1.0
 */
import type { AwsCredentialIdentityProvider, NodeHttpHandlerOptions, Pluggable, RequestHandler } from "@smithy/types"
import type * as EffectConfig from "effect/Config"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { InvalidSetting } from "../errors/internal/layerErrors.ts"
import type { Aspect } from "./Aspect.ts"
import type { SdkClient, SdkClientClass, Send } from "./Call.ts"
import { toProvider } from "./internal/accessKeys.ts"
import { layerReleased } from "./internal/connections.ts"
import * as Credentials from "./internal/credentials.ts"
import * as Endpoints from "./internal/endpoints.ts"
import { withMemo } from "./internal/memo.ts"
import * as Region from "./internal/region.ts"
import { prepareClient } from "./internal/sdk/client.ts"
import { makeHandler, silentLogger } from "./internal/sdk/handler.ts"
import * as RetryStrategy from "./internal/sdk/retry.ts"
import { makeSha256 } from "./internal/sdk/sha256.ts"
import { makeSend } from "./internal/send.ts"
import { unwrap } from "./internal/unwrap.ts"
import * as Retry from "./Retry.ts"

/**
 * The AWS clients of a program, delivered through `Context`. A Layer provides them: {@link AwsClients.layer} for your own
 * keys and endpoint; `Default`, `Profile`, `Compute`, `AssumeRole` and `InMemory` for everything else.
 *
 * - `config`: what the clients are built with.
 * - `get`: the Layer's one client of a class. It is built on first use, and its connections close with the Layer.
 * - `send`: sends a call, with the Layer's aspects around it.
 *
 * **Example** (Your own keys and endpoint)
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
  readonly config: AwsClients.Config
  readonly get: <Client extends SdkClient>(Client: SdkClientClass<Client>) => Client
  readonly send: Send
}>()("effect-aws-sdk/AwsClients") {
  /**
   * Builds the service in the current scope, for a Layer of your own. It sends no request. The connections close with the scope.
   *
   * - `region`, `credentials`: see {@link AwsClients.Options}.
   * - all other options: see {@link AwsClients.ClientOptions}.
   *
   * **Errors**: `InvalidSetting` if an endpoint isn't a whole http or https URL, the region can't be the
   * name of one, or the credentials can't be access keys.
   *
   * **Requires** `Scope`.
   *
   * **Example** (A Layer whose keys come from another service of the program)
   *
   * ```ts
   * import { Context, Effect, Layer, Redacted } from "effect"
   * import { AwsClients } from "effect-aws-sdk"
   *
   * class Vault extends Context.Service<Vault, {
   *   readonly read: (name: string) => Effect.Effect<string>
   * }>()("Vault") {}
   *
   * const layer = Layer.effect(
   *   AwsClients,
   *   Effect.gen(function*() {
   *     const vault = yield* Vault
   *     const accessKeyId = yield* vault.read("key-id")
   *     const secretAccessKey = Redacted.make(yield* vault.read("key-secret"))
   *     return yield* AwsClients.make({ region: "eu-central-1", credentials: { accessKeyId, secretAccessKey } })
   *   })
   * )
   * ```
   *
   * @category constructors
   * @since 0.1.0
   */
  static readonly make = (
    options: AwsClients.Options
  ): Effect.Effect<AwsClients["Service"], InvalidSetting, Scope.Scope> => makeClients(options)

  /**
   * Provides `AwsClients` for a region, credentials and, optionally, an endpoint. It sends no request.
   *
   * - `region`: the region of all clients. If it's empty, each call fails with `Misconfigured`, which says how to set one.
   * - `credentials`: access keys, or a credentials provider of the AWS SDK. A provider is asked at the first call, once for all
   *   clients, and again five minutes before its credentials expire.
   * - all other options: see {@link AwsClients.ClientOptions}.
   *
   * **Errors**, when the Layer is built: `InvalidSetting` if an endpoint isn't a whole http or https URL, the region can't be the
   * name of one, or the credentials can't be access keys.
   *
   * **Example** (A local DynamoDB; all other services are AWS's)
   *
   * ```ts
   * import { fromTemporaryCredentials } from "@aws-sdk/credential-providers"
   * import { AwsClients, Retry } from "effect-aws-sdk"
   *
   * const layer = AwsClients.layer({
   *   region: "eu-central-1",
   *   credentials: fromTemporaryCredentials({ params: { RoleArn: "arn:aws:iam::123456789012:role/dev" } }),
   *   endpoint: { dynamodb: "http://127.0.0.1:8000" },
   *   retry: Retry.standard({ attempts: 5 })
   * })
   * ```
   *
   * @category layers
   * @since 0.1.0
   */
  static readonly layer = (options: AwsClients.Options): Layer.Layer<AwsClients, InvalidSetting> =>
    Layer.effect(AwsClients, AwsClients.make(options))

  /**
   * Provides `AwsClients` with a region, keys and an endpoint from Effect's `Config`. `others` are the options that no `Config`
   * has: `aspects`, `retry` …
   *
   * **Errors**, when the Layer is built: those of {@link AwsClients.layer}; `ConfigError` if a value is missing or malformed.
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
   * @category layers
   * @since 0.1.0
   */
  static readonly layerConfig = (
    options: EffectConfig.Wrap<{
      readonly region: string
      readonly credentials: AwsClients.AccessKeys
      readonly endpoint?: AwsClients.Endpoints | undefined
    }>,
    others?: Omit<AwsClients.ClientOptions, "endpoint">
  ): Layer.Layer<AwsClients, EffectConfig.ConfigError | InvalidSetting> =>
    Layer.effect(
      AwsClients,
      Effect.flatMap(unwrap(options), (configured) => AwsClients.make({ ...others, ...configured }))
    )

  /**
   * Provides `AwsClients` for another region, with the credentials, the connections and all other options of the `AwsClients`
   * below.
   *
   * - Nothing is fetched for it: the Layer below goes on to get the credentials, and to refresh them.
   * - Its calls pass the aspects of the Layer below, which are applied again: their state is its own.
   * - What is computed once per Layer, such as `Sts.environment`, is computed for it again, with its region.
   *
   * **Errors**, when the Layer is built: `InvalidSetting` if the region can't be the name of one.
   * **Requires** `AwsClients`, for as long as this Layer is open.
   *
   * **Example** (One program in two regions)
   *
   * ```ts
   * import { Effect } from "effect"
   * import { AwsClients, Default, Ec2 } from "effect-aws-sdk"
   *
   * const zones = Ec2.availabilityZones
   *
   * const program = Effect.all([zones, zones.pipe(Effect.provide(AwsClients.inRegion("us-east-1")))]).pipe(
   *   Effect.provide(Default.layer({ region: "eu-central-1" }))
   * )
   * ```
   *
   * @category layers
   * @since 0.1.0
   */
  static readonly inRegion = (region: string): Layer.Layer<AwsClients, InvalidSetting, AwsClients> =>
    Layer.effect(
      AwsClients,
      Effect.gen(function*() {
        yield* Region.check(region, "The region")
        const below = yield* AwsClients
        return yield* makeClients({ ...below.config, region }, below)
      })
    )

  /**
   * Returns the Layer's client of this class, for the SDK's own helpers such as `lib-storage` or a presigner. It dies if the
   * SDK can't build the client, or if the Layer has been released; `send` fails with `Misconfigured` instead.
   *
   * Calls that a helper makes with the client have the Layer's credentials, connections and retries. They have no span and pass no
   * aspects, and they fail with what the SDK throws.
   *
   * **Requires** `AwsClients`.
   *
   * **Example** (A waiter of the SDK)
   *
   * ```ts
   * import { DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb"
   * import { Effect } from "effect"
   * import { AwsClients } from "effect-aws-sdk"
   *
   * const ready = Effect.flatMap(AwsClients.get(DynamoDBClient), (client) =>
   *   Effect.tryPromise((abortSignal) =>
   *     waitUntilTableExists({ client, maxWaitTime: 300, abortSignal }, { TableName: "orders" })
   *   ))
   * ```
   *
   * @category clients
   * @since 0.1.0
   */
  static readonly get = <Client extends SdkClient>(
    Client: SdkClientClass<Client>
  ): Effect.Effect<Client, never, AwsClients> => AwsClients.useSync((clients) => clients.get(Client))
}

/**
 * The types that go with {@link AwsClients:class}.
 *
 * @since 0.1.0
 */
export declare namespace AwsClients {
  /**
   * One URL for all services, or a URL for each service, by the name that AWS's configuration files use: the service's id
   * in lower case, with `_` in place of blanks (`s3`, `dynamodb`, `cloudwatch_logs`, `sfn`). `*` stands for all services
   * that have no name of their own here; without it, they are as they would be without this option.
   *
   * AWS: [Service-specific endpoints](https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html)
   *
   * @category models
   * @since 0.1.0
   */
  export type Endpoints = string | { readonly [service: string]: string | undefined }

  /**
   * Access keys that you pass yourself.
   *
   * @category models
   * @since 0.1.0
   */
  export interface AccessKeys {
    /** The id of the access key, such as `AKIAIOSFODNN7EXAMPLE`. It isn't secret. */
    readonly accessKeyId: string
    /** The secret that signs requests. */
    readonly secretAccessKey: Redacted.Redacted<string>
    /** The token that temporary keys need. Keys of an IAM user have none. */
    readonly sessionToken?: Redacted.Redacted<string> | undefined
  }

  /**
   * Options that every Layer passes on to its clients.
   *
   * @category models
   * @since 0.1.0
   */
  export interface ClientOptions {
    /**
     * Where to send requests instead of to AWS: an http or https URL for all services (`http://127.0.0.1:4566`), or a URL
     * for each service that you name: `{ dynamodb: "http://127.0.0.1:8000" }`. See {@link AwsClients.Endpoints}.
     */
    readonly endpoint?: Endpoints | undefined
    /** When to retry a call. By default {@link Retry.standard}. */
    readonly retry?: Retry.Policy | undefined
    /**
     * The HTTP handler that all clients share, or options for one. A handler that you pass stays yours to destroy, and
     * does what follows in its own way.
     *
     * By default a connection is kept alive, a host has at most 50 of them (`httpAgent` and `httpsAgent`, each with
     * `maxSockets`), and a connection may take 3.1 seconds to be established, TLS included (`connectionTimeout`, in
     * milliseconds). An attempt may take any time to be answered, unless you set `requestTimeout`, in milliseconds: then it
     * fails with `TimedOut`, and is retried. With `throwOnRequestTimeout: false`, it goes on.
     *
     * A call waits for a connection for as long as the others are in use. That wait isn't part of `connectionTimeout`; one
     * warning in the log says how many calls wait. A call fails with `Misconfigured` (`ConnectionsHeld`) once the program
     * itself has held every connection for 20 seconds: with streaming bodies that it neither reads nor closes.
     */
    readonly requestHandler?: RequestHandler<any, any, any> | NodeHttpHandlerOptions | undefined
    /**
     * How long a fetch of credentials may take. By default one minute. Raise it if a person has to answer, for example to a
     * `credential_process` that asks for a code.
     */
    readonly credentialsTimeout?: Duration.Input | undefined
    /** Wraps every call of the Layer. The first aspect is the outermost. */
    readonly aspects?: ReadonlyArray<Aspect> | undefined
    /** SDK middleware that every client uses. */
    readonly plugins?: ReadonlyArray<Pluggable<any, any>> | undefined
    /** Further options for the constructors of all clients, as the SDK names them: `forcePathStyle`, `useFipsEndpoint`. */
    readonly clientOptions?: Readonly<Record<string, unknown>> | undefined
  }

  /**
   * Options of `AwsClients.layer`.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Options extends ClientOptions {
    /** The region of all clients: `eu-central-1`. */
    readonly region: string
    /** Access keys, or a credentials provider of the AWS SDK (`fromEnv()`), which all clients share. */
    readonly credentials: AwsCredentialIdentityProvider | AccessKeys
  }

  /**
   * What the clients of a Layer are built with. `credentials` is a function, so the configuration holds no secret.
   *
   * @category models
   * @since 0.1.0
   */
  export interface Config extends ClientOptions {
    /** The region of the calls. */
    readonly region: string
    /** Gets the credentials, which all clients share. */
    readonly credentials: AwsCredentialIdentityProvider
  }
}

const isHandler = (
  handler: AwsClients.ClientOptions["requestHandler"]
): handler is RequestHandler<any, any, any> =>
  typeof (handler as RequestHandler<any, any> | undefined)?.handle === "function"

/** Whether the Layer of a `get` has been released. By `get`, as a copy of the service with other settings has the same one. */
const released = new WeakMap<AwsClients["Service"]["get"], () => boolean>()

/** Builds the service. It works no longer than the Layer `below` it, if it has that one's credentials. */
const makeClients = (
  options: AwsClients.Options,
  below?: AwsClients["Service"]
): Effect.Effect<AwsClients["Service"], InvalidSetting, Scope.Scope> =>
  Effect.gen(function*() {
    yield* Endpoints.check(options.endpoint)
    // Without a region, each call fails and says how to set one.
    if (options.region) yield* Region.check(options.region, "The `region` option")
    const context = yield* Effect.context<never>()
    const config: AwsClients.Config = {
      ...options,
      requestHandler: isHandler(options.requestHandler)
        ? options.requestHandler
        : yield* makeHandler(options.requestHandler, context),
      credentials: yield* Credentials.shared(yield* toProvider(options.credentials), options.credentialsTimeout)
    }
    // A program may make a class at run time (AwsService.wrapClient). Its client goes with it.
    const clients = new WeakMap<SdkClientClass<any>, SdkClient>()
    const sha256 = makeSha256()
    let isOver = false
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        isOver = true
      })
    )
    const get = <Client extends SdkClient>(Client: SdkClientClass<Client>): Client => {
      const known = clients.get(Client) as Client | undefined
      if (known !== undefined) return known
      const {
        aspects: _,
        clientOptions,
        credentialsTimeout: __,
        endpoint,
        plugins = [],
        retry = Retry.standard(),
        ...rest
      } = config
      const retryStrategy = RetryStrategy.make(retry, context)
      const build = (url: string | undefined) =>
        new Client({
          logger: silentLogger,
          retryStrategy,
          // Otherwise the SDK reads AWS_MAX_ATTEMPTS, and fails calls for a bad value of it.
          maxAttempts: 3,
          sha256,
          ...clientOptions,
          ...(url !== undefined && { endpoint: url }),
          ...rest
        })
      // Only a client that is built knows the id of its service.
      const client = Endpoints.differ(endpoint)
        ? build(Endpoints.ofService(endpoint, build(undefined).config.serviceId))
        : build(endpoint)
      prepareClient(client, retryStrategy, Client)
      for (const plugin of plugins) client.middlewareStack.use(plugin)
      clients.set(Client, client)
      return client
    }
    const isReleased = () => isOver || (below !== undefined && released.get(below.get)?.() === true)
    const getUnlessReleased: typeof get = (Client) => {
      if (isReleased()) throw layerReleased()
      return get(Client)
    }
    released.set(get, isReleased)
    const send = (config.aspects ?? []).reduceRight<Send>((send, aspect) => aspect(send), makeSend(getUnlessReleased))
    return withMemo(AwsClients.of({ config, get, send }))
  })
