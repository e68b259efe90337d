/**
 * `AwsClients` with the credentials of a role that other `AwsClients` assume: for another account, or fewer
 * permissions.
 *
 * @since 0.1.0
 */
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts"
import type { AwsCredentialIdentity } from "@smithy/types"
import type * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { AwsError } from "../errors/internal/awsError.ts"
import { AssumeRoleFailed, InvalidSetting } from "../errors/internal/layerErrors.ts"
import { AwsClients } from "../src/AwsClients.ts"
import { millisOf } from "../src/internal/durations.ts"
import * as Endpoints from "../src/internal/endpoints.ts"
import { readMembers } from "../src/internal/members.ts"
import { CallPolicy } from "../src/internal/perCall.ts"
import * as Region from "../src/internal/region.ts"
import * as Service from "../src/internal/service.ts"
import { unwrap } from "../src/internal/unwrap.ts"
import { fromConfig, type Others } from "./internal/fromConfig.ts"

export { AssumeRoleFailed, InvalidSetting } from "../errors/LayerErrors.ts"

/**
 * The role, and how to assume it. Client options replace those of the underlying `AwsClients`, except for `plugins`,
 * `aspects` and `clientOptions`, which are added to theirs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends AwsClients.ClientOptions {
  /** The role to assume: `arn:aws:iam::123456789012:role/audit`. */
  readonly roleArn: string
  /** The name of the session in CloudTrail: 2 to 64 letters, digits and `_+=,.@-`. */
  readonly sessionName: string
  /** The external id that the role's trust policy requires of third parties. */
  readonly externalId?: string | undefined
  /**
   * How long a session's credentials last: from 15 minutes to the role's maximum session duration. If the caller is itself
   * a role, the maximum is one hour. By default one hour.
   */
  readonly duration?: Duration.Input | undefined
  /** A session policy, as JSON or as an object: the session can do what the role and this policy both allow. */
  readonly policy?: string | object | undefined
  /** The ARNs of managed policies to use as session policies. */
  readonly policyArns?: ReadonlyArray<string> | undefined
  /** Session tags. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** The keys of the session tags that are passed on to the next role in a chain. */
  readonly transitiveTagKeys?: ReadonlyArray<string> | undefined
  /** The serial number or ARN of the MFA device that `tokenCode` belongs to. */
  readonly serialNumber?: string | undefined
  /**
   * Gets a code from the MFA device. A code is valid for one call only, so this runs when the Layer is built and again for
   * each refresh. Calls that need the refreshed credentials wait for it, without a time limit unless `credentialsTimeout`
   * sets one.
   */
  readonly tokenCode?: Effect.Effect<string | Redacted.Redacted<string>> | undefined
  /** By default, or if it is empty, the region of the underlying `AwsClients`. */
  readonly region?: string | undefined
}

const send = Service.sendOf(Service.ofXml(STSClient))

const revealed = (value: string | Redacted.Redacted<string>): string =>
  Redacted.isRedacted(value) ? Redacted.value(value) : value

interface Session {
  readonly seconds: number | undefined
  readonly policy: string | undefined
}

/** The options that need a translation for AWS. */
const sessionOf = Effect.fnUntraced(function*(
  { duration, policy }: Options
): Effect.fn.Return<Session, InvalidSetting> {
  const seconds = duration === undefined
    ? undefined
    : millisOf(duration) / 1000
  if (seconds !== undefined && !Number.isFinite(seconds)) {
    return yield* new InvalidSetting({
      setting: "The `duration` option",
      value: String(duration),
      expected: "a finite duration, such as \"1 hour\""
    })
  }
  return {
    seconds: seconds === undefined ? undefined : Math.round(seconds),
    policy: typeof policy !== "object" ? policy : yield* Effect.try({
      try: () => JSON.stringify(policy),
      catch: () =>
        new InvalidSetting({ setting: "The `policy` option", value: "an object", expected: "an object that JSON has" })
    })
  }
})

const assume = Effect.fnUntraced(function*(
  options: Options,
  { policy, seconds }: Session
): Effect.fn.Return<AwsCredentialIdentity, AssumeRoleFailed, AwsClients> {
  const { policyArns, roleArn, sessionName, tags, tokenCode, transitiveTagKeys } = options
  yield* Effect.logDebug(`Assuming ${roleArn} as ${sessionName}`)
  const failed = (cause: AwsError) => new AssumeRoleFailed({ roleArn, sessionName, cause })
  const output = yield* send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      ExternalId: options.externalId,
      DurationSeconds: seconds,
      Policy: policy,
      PolicyArns: policyArns?.map((arn) => ({ arn })),
      Tags: tags && Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      TransitiveTagKeys: transitiveTagKeys && [...transitiveTagKeys],
      SerialNumber: options.serialNumber,
      TokenCode: tokenCode && revealed(yield* tokenCode)
    })
  ).pipe(Effect.mapError(failed))
  return yield* readMembers({ service: "STS", operation: "AssumeRole" }, output, (output, need) => {
    const credentials = need(output.Credentials, "Credentials")
    const accountId = output.AssumedRoleUser?.Arn?.split(":")[4]
    return {
      accessKeyId: need(credentials.AccessKeyId, "AccessKeyId"),
      secretAccessKey: need(credentials.SecretAccessKey, "SecretAccessKey"),
      sessionToken: need(credentials.SessionToken, "SessionToken"),
      expiration: need(credentials.Expiration, "Expiration"),
      ...(accountId && { accountId })
    }
  }).pipe(Effect.mapError(failed))
})

const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<AwsClients["Service"], AssumeRoleFailed | InvalidSetting, AwsClients | Scope.Scope> {
  const { config } = yield* AwsClients
  const { aspects = [], clientOptions, endpoint, plugins = [], region, requestHandler, retry, tokenCode } = options
  yield* Endpoints.check(endpoint)
  if (region) yield* Region.check(region, "The `region` option")
  const session = yield* sessionOf(options)
  // A person may take longer over a token code than AWS may over its answer.
  const credentialsTimeout = options.credentialsTimeout ??
    (tokenCode === undefined ? config.credentialsTimeout : Duration.infinity)
  // Credentials serve all calls of the Layer, so they are fetched by its policy, whoever builds it.
  const assumed = Effect.provideService(assume(options, session), CallPolicy, undefined)
  let initial: AwsCredentialIdentity | undefined = yield* assumed
  // A refresh isn't part of the span in which the Layer was built: that span has ended by then.
  const run = Effect.runPromiseWith(Context.omit(Tracer.ParentSpan)(yield* Effect.context<AwsClients>()))
  const closing = yield* Effect.abortSignal
  const clients = yield* AwsClients.make({
    ...config,
    ...(region && { region }),
    ...(endpoint !== undefined && { endpoint: Endpoints.merge(endpoint, config.endpoint) }),
    ...(credentialsTimeout !== undefined && { credentialsTimeout }),
    ...(retry !== undefined && { retry }),
    ...(requestHandler !== undefined && { requestHandler }),
    aspects: [...config.aspects ?? [], ...aspects],
    plugins: [...config.plugins ?? [], ...plugins],
    clientOptions: { ...config.clientOptions, ...clientOptions },
    credentials: async () => {
      const identity = initial ?? await run(assumed, { signal: closing })
      initial = undefined
      return identity
    }
  })
  yield* Effect.promise(() => clients.config.credentials())
  return clients
})

/**
 * `AwsClients` with the credentials of an assumed role, on top of any other `AwsClients`: `Default`, `Profile`, `Compute`,
 * `InMemory`, or another `AssumeRole` (a role chain).
 *
 * - The role is assumed when the Layer is built, and again five minutes before its credentials expire. One call to STS
 *   serves all clients, however many calls wait for the credentials. Until the new ones are there, calls use those that
 *   still hold. If a refresh fails, or takes longer than a minute (`credentialsTimeout`), after they have expired, the call
 *   that needed it fails with an `AwsError` whose reason is `CredentialsUnavailable`, and the next call tries again.
 * - Region, endpoint, retries, connections and middleware are those of the underlying `AwsClients`. The connections are
 *   shared with it, and close when it does.
 *
 * **Errors**, when the Layer is built: `AssumeRoleFailed`; its `cause` is the `AwsError` that says why. `InvalidSetting` if
 * the `endpoint` isn't a whole http or https URL, the `region` can't be the name of one, the `duration` isn't finite, or the
 * `policy` is an object that JSON doesn't have.
 * **Requires** `AwsClients` that are allowed `sts:AssumeRole`.
 *
 * **Example** (From one account into another)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AssumeRole, Profile, Sts } from "effect-aws-sdk"
 *
 * const audit = AssumeRole.layer({
 *   roleArn: "arn:aws:iam::123456789012:role/audit",
 *   sessionName: "nightly-report",
 *   duration: "30 minutes"
 * }).pipe(Layer.provide(Profile.layer({ profile: "central" })))
 *
 * const program = Sts.environment.pipe(Effect.provide(audit))
 * ```
 *
 * AWS: [AssumeRole](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html)
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<AwsClients, AssumeRoleFailed | InvalidSetting, AwsClients> =>
  Layer.effect(AwsClients, make(options))

/**
 * Like {@link layer}, with options from Effect's `Config`. `others` are the options that no `Config` has: `aspects`, `retry` …
 *
 * **Errors**: `AssumeRoleFailed`, `InvalidSetting`, `ConfigError`. **Requires** `AwsClients` that are allowed `sts:AssumeRole`.
 *
 * **Example** (The role from the program's configuration)
 *
 * ```ts
 * import { Config } from "effect"
 * import { AssumeRole } from "effect-aws-sdk"
 *
 * const layer = AssumeRole.layerConfig({ roleArn: Config.String("ROLE_ARN"), sessionName: Config.String("SESSION") })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig = (
  options: Config.Wrap<
    Pick<Options, "roleArn" | "sessionName" | "externalId" | "duration" | "serialNumber" | "region" | "endpoint">
  >,
  others?: Others
): Layer.Layer<AwsClients, AssumeRoleFailed | InvalidSetting | Config.ConfigError, AwsClients> =>
  fromConfig(unwrap(options), others, make)
