/**
 * `AwsClients` in a role that is assumed with other `AwsClients`: another account, or fewer permissions.
 *
 * @since 0.1.0
 */
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts"
import type { AwsCredentialIdentity } from "@smithy/types"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { AwsError } from "../errors/internal/awsError.ts"
import { AssumeRoleFailed } from "../errors/internal/layerErrors.ts"
import { Unreadable } from "../errors/internal/reasons.ts"
import { AwsClients } from "../src/AwsClients.ts"
import * as AwsService from "../src/AwsService.ts"

export { AssumeRoleFailed } from "../errors/LayerErrors.ts"

/**
 * Which role, and as whom. The client options that are given take the place of those of the `AwsClients` below;
 * `plugins`, `aspects` and `clientOptions` are added to theirs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends AwsClients.ClientOptions {
  /** `arn:aws:iam::123456789012:role/audit`. */
  readonly roleArn: string
  /** Who asks, as it stands in the role's CloudTrail: 2 to 64 of letters, digits and `_+=,.@-`. */
  readonly sessionName: string
  /** What the role's trust policy asks of third parties. */
  readonly externalId?: string | undefined
  /** How long credentials last: 15 minutes to the role's own limit; where the caller is a role itself, an hour at most. By default an hour. */
  readonly duration?: Duration.Input | undefined
  /** A session policy, as JSON or an object: the session may do what the role and this policy both allow. */
  readonly policy?: string | object | undefined
  /** Managed policies as session policies. */
  readonly policyArns?: ReadonlyArray<string> | undefined
  /** Session tags. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** The keys of session tags that go on to the next role of a chain. */
  readonly transitiveTagKeys?: ReadonlyArray<string> | undefined
  /** The MFA device whose code is sent: its serial number or ARN. */
  readonly serialNumber?: string | undefined
  /**
   * Asks for the code of the MFA device. A code is good for one call, so this is run when the Layer is built and again at
   * each refresh; the calls that wait for the refresh wait for it.
   */
  readonly tokenCode?: Effect.Effect<string | Redacted.Redacted<string>> | undefined
  /** By default that of the `AwsClients` below. */
  readonly region?: string | undefined
}

const sts = AwsService.make(STSClient)

const plain = (value: string | Redacted.Redacted<string>): string =>
  Redacted.isRedacted(value) ? Redacted.value(value) : value

const assume = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<AwsCredentialIdentity, AssumeRoleFailed, AwsClients> {
  const { duration, policy, policyArns, roleArn, sessionName, tags, tokenCode, transitiveTagKeys } = options
  yield* Effect.logDebug(`Assuming ${roleArn} as ${sessionName}`)
  const failed = (cause: AwsError) => new AssumeRoleFailed({ roleArn, sessionName, cause })
  const { AssumedRoleUser, Credentials } = yield* sts.send(
    new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      ExternalId: options.externalId,
      DurationSeconds: duration === undefined
        ? undefined
        : Math.round(Duration.toSeconds(Duration.fromInputUnsafe(duration))),
      Policy: typeof policy === "object" ? JSON.stringify(policy) : policy,
      PolicyArns: policyArns?.map((arn) => ({ arn })),
      Tags: tags && Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      TransitiveTagKeys: transitiveTagKeys && [...transitiveTagKeys],
      SerialNumber: options.serialNumber,
      TokenCode: tokenCode && plain(yield* tokenCode)
    })
  ).pipe(Effect.mapError(failed))
  const { AccessKeyId, Expiration, SecretAccessKey, SessionToken } = Credentials ?? {}
  if (!AccessKeyId || !SecretAccessKey || !SessionToken) {
    const { config } = yield* AwsClients
    return yield* failed(
      new AwsError({
        service: "STS",
        operation: "AssumeRole",
        region: config.region,
        reason: new Unreadable({
          code: "CredentialsMissing",
          description: "the answer holds no credentials",
          isRetryable: false,
          advice: "Is the endpoint really AWS's?"
        }),
        cause: undefined
      })
    )
  }
  const accountId = AssumedRoleUser?.Arn?.split(":")[4]
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    ...(Expiration && { expiration: Expiration }),
    ...(accountId && { accountId })
  }
})

const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<AwsClients["Service"], AssumeRoleFailed, AwsClients | Scope.Scope> {
  const { config } = yield* AwsClients
  const { aspects = [], clientOptions, endpoint, plugins = [], region, requestHandler, retry } = options
  let first: AwsCredentialIdentity | undefined = yield* assume(options)
  // A refresh is no part of the span that the Layer was built in, which has ended by then.
  const run = Effect.runPromiseWith(Context.omit(Tracer.ParentSpan)(yield* Effect.context<AwsClients>()))
  const clients = yield* AwsClients.make({
    ...config,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(retry !== undefined && { retry }),
    ...(requestHandler !== undefined && { requestHandler }),
    aspects: [...config.aspects ?? [], ...aspects],
    plugins: [...config.plugins ?? [], ...plugins],
    clientOptions: { ...config.clientOptions, ...clientOptions },
    credentials: async () => {
      const identity = first ?? await run(assume(options))
      first = undefined
      return identity
    }
  })
  yield* Effect.promise(() => clients.config.credentials())
  return clients
})

/**
 * `AwsClients` in a role, over any other: `Profile`, `Compute`, `InMemory`, or another `AssumeRole` (a chain).
 *
 * - The role is assumed when the Layer is built, by one call that serves all clients, and again five minutes before its
 *   credentials expire, however many calls wait for them. Where a refresh fails after they have expired, the call that
 *   needed it fails with an `AwsError` whose reason is `CredentialsUnavailable`, and the next call tries again.
 * - Region, endpoint, retries, connections and middleware are those of the `AwsClients` below; they stay theirs.
 *
 * **Errors**, when the Layer is built: `AssumeRoleFailed`; its `cause` is the `AwsError` that tells why.
 * **Requires** `AwsClients` that may `sts:AssumeRole`.
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
export const layer = (options: Options): Layer.Layer<AwsClients, AssumeRoleFailed, AwsClients> =>
  Layer.effect(AwsClients, make(options))

/**
 * The same from Effect's `Config`.
 *
 * **Errors**: `AssumeRoleFailed`, `ConfigError`. **Requires** `AwsClients` that may `sts:AssumeRole`.
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
  >
): Layer.Layer<AwsClients, AssumeRoleFailed | Config.ConfigError, AwsClients> =>
  Layer.effect(AwsClients, Effect.flatMap(Config.unwrap(options), make))
