// The session of a role, for AssumeRole and for fleets.
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts"
import type { AwsCredentialIdentity } from "@smithy/types"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type { AwsError } from "../../errors/internal/awsError.ts"
import { AssumeRoleFailed, InvalidSetting } from "../../errors/internal/layerErrors.ts"
import { shown } from "../../errors/internal/words.ts"
import { AwsClients } from "../../src/AwsClients.ts"
import * as Credentials from "../../src/internal/credentials.ts"
import { millisOf } from "../../src/internal/durations.ts"
import * as Endpoints from "../../src/internal/endpoints.ts"
import { readMembers } from "../../src/internal/members.ts"
import { CallPolicy } from "../../src/internal/perCall.ts"
import * as Region from "../../src/internal/region.ts"
import * as Service from "../../src/internal/service.ts"

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
export const sessionOf = Effect.fnUntraced(function*(
  { duration, policy, policyArns, tags, transitiveTagKeys }: Pick<
    Options,
    "duration" | "policy" | "policyArns" | "tags" | "transitiveTagKeys"
  >
): Effect.fn.Return<Session, InvalidSetting> {
  for (const [name, list] of Object.entries({ policyArns, transitiveTagKeys })) {
    if (list !== undefined && !Array.isArray(list)) {
      return yield* new InvalidSetting({ setting: `The \`${name}\` option`, value: shown(list), expected: "a list" })
    }
  }
  if (tags !== undefined && (typeof tags !== "object" || tags === null)) {
    const expected = "an object with a value for each key"
    return yield* new InvalidSetting({ setting: "The `tags` option", value: shown(tags), expected })
  }
  const seconds = duration === undefined
    ? undefined
    : millisOf(duration) / 1000
  if (seconds !== undefined && !Number.isFinite(seconds)) {
    return yield* new InvalidSetting({
      setting: "The `duration` option",
      value: shown(duration),
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

/** The options of clients that stand above others: what they set replaces what those have, or is added to it. */
export const above = (
  config: AwsClients.Config,
  options: AwsClients.ClientOptions & { readonly region?: string | undefined }
): AwsClients.Config => {
  const { aspects = [], clientOptions, credentialsTimeout, endpoint, plugins = [], region, requestHandler, retry } =
    options
  return {
    ...config,
    ...(region && { region }),
    ...(endpoint !== undefined && { endpoint: Endpoints.merge(endpoint, config.endpoint) }),
    ...(credentialsTimeout !== undefined && { credentialsTimeout }),
    ...(retry !== undefined && { retry }),
    ...(requestHandler !== undefined && { requestHandler }),
    aspects: [...config.aspects ?? [], ...aspects],
    plugins: [...config.plugins ?? [], ...plugins],
    clientOptions: { ...config.clientOptions, ...clientOptions }
  }
}

/** Assumes a role, for clients with these options. Their credentials are refreshed for the rest of the scope. */
export const assumeRole = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<
  AwsClients.Config,
  AssumeRoleFailed | InvalidSetting,
  AwsClients | Scope.Scope
> {
  const { config } = yield* AwsClients
  yield* Endpoints.check(options.endpoint)
  if (options.region) yield* Region.check(options.region, "The `region` option")
  const session = yield* sessionOf(options)
  // A person may take longer over a token code than AWS may over its answer.
  const credentialsTimeout = options.credentialsTimeout ??
    (options.tokenCode === undefined ? config.credentialsTimeout : Duration.infinity)
  // Credentials serve all calls of the Layer, so they are fetched by its policy, whoever builds it.
  const assumed = Effect.provideService(assume(options, session), CallPolicy, undefined)
  let initial: AwsCredentialIdentity | undefined = yield* assumed
  // A refresh isn't part of the span in which the Layer was built: that span has ended by then.
  const run = Effect.runPromiseWith(Context.omit(Tracer.ParentSpan)(yield* Effect.context<AwsClients>()))
  const closing = yield* Effect.abortSignal
  const credentials = yield* Credentials.shared(async () => {
    const identity = initial ?? await run(assumed, { signal: closing })
    initial = undefined
    return identity
  }, credentialsTimeout)
  yield* Effect.promise(() => credentials())
  return { ...above(config, { ...options, credentialsTimeout }), credentials }
})
