/**
 * In-memory Security Token Service: identities, and sessions in other accounts.
 *
 * If the account has roles in IAM, an assumed role must be one of them, trust the caller, and allow the requested
 * session duration. If the account has no roles at all, any role can be assumed, so tests with two accounts need no IAM
 * setup. The caller's own policies and the policies of a session are not evaluated.
 */
import type * as sdk from "@aws-sdk/client-sts"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, type Principal, service } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { checker } from "../support/constraints.ts"
import { tagging } from "../support/tags.ts"
import { isTrusted } from "./trust.ts"
import { readToken } from "./webIdentity.ts"

/** The parts of a role session that the next session in a chain inherits. */
interface Session {
  readonly sourceIdentity: string | undefined
  readonly transitiveTags: ReadonlyArray<sdk.Tag>
}

interface State {
  /** The sessions with something to inherit, by access key. */
  readonly sessions: Map<string, Session>
}

interface Input {
  readonly RoleArn: string
  readonly RoleSessionName: string
  readonly DurationSeconds?: number | undefined
  readonly Policy?: string | undefined
  readonly ExternalId?: string | undefined
  readonly SourceIdentity?: string | undefined
  readonly MinimumSessionTokenSize?: number | undefined
  readonly Tags?: ReadonlyArray<sdk.Tag> | undefined
  readonly TransitiveTagKeys?: ReadonlyArray<string> | undefined
}

const validation = (message: string) => new Fault({ code: "ValidationError", message, statusCode: 400 })
const invalidValue = (message: string) => new Fault({ code: "InvalidParameterValue", message, statusCode: 400 })
const accessDenied = (message: string) => new Fault({ code: "AccessDenied", message, statusCode: 403 })

const check = checker({ code: "ValidationError" })

const text = "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+"
const arn = { min: 20, max: 2048, pattern: text } as const
const tagKey = { min: 1, max: 128, pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+" } as const
const policy = { min: 1, pattern: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+" } as const

const roleRules = {
  RoleArn: { required: true, ...arn },
  RoleSessionName: { required: true, min: 2, max: 64, pattern: "[\\w+=,.@-]*" },
  PolicyArns: { members: { arn } },
  Policy: policy,
  DurationSeconds: { min: 900, max: 43_200 },
  MinimumSessionTokenSize: { min: 0, max: 4096 }
} as const

const mfaRules = {
  SerialNumber: { min: 9, max: 256, pattern: "[\\w+=/:,.@-]*" },
  TokenCode: { min: 6, max: 6, pattern: "[\\d]*" }
} as const

const sessionTags = tagging<sdk.Tag>({
  key: ({ Key }) => Key,
  limit: 50,
  tooMany: invalidValue("A session can't have more than 50 tags."),
  duplicate: () => invalidValue("Duplicate tag keys found. Please note that Tag keys are case insensitive."),
  ignoresCase: true
})

const lower = (keys: ReadonlyArray<string | undefined>): ReadonlyArray<string> =>
  keys.map((key = "") => key.toLowerCase())

/** The tags that a new session passes on: those that it inherits, and its own transitive tags. */
const tagsOf = Effect.fnUntraced(function*(input: Input, inherited: ReadonlyArray<sdk.Tag>) {
  const { Tags = [], TransitiveTagKeys = [] } = input
  const own = yield* sessionTags.add([], Tags)
  const keys = lower(own.map(({ Key }) => Key))
  if (inherited.some(({ Key = "" }) => keys.includes(Key.toLowerCase()))) {
    return yield* invalidValue(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
    )
  }
  const transitive = lower(TransitiveTagKeys)
  if (!transitive.every((key) => keys.includes(key))) {
    return yield* invalidValue("The specified transitive tag key must be included in the requested tags.")
  }
  return [...inherited, ...own.filter(({ Key = "" }) => transitive.includes(Key.toLowerCase()))]
})

const isRoleSession = ({ arn }: Principal): boolean => arn.includes(":assumed-role/")

/** Issues temporary credentials. */
const issue = Effect.fnUntraced(function*(
  context: HandlerContext,
  identity: Pick<Principal, "account" | "arn" | "userId">,
  seconds: number,
  minimumSize = 0
) {
  const session = {
    ...identity,
    accessKeyId: context.id("ASIA", 16).toUpperCase(),
    secretAccessKey: context.id("", 40),
    sessionToken: context.id("IQoJb3JpZ2luX2Vj", Math.max(128, minimumSize - 16)),
    expiresAt: (yield* Clock.currentTimeMillis) + seconds * 1000
  }
  context.issue(session)
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: new Date(session.expiresAt)
  }
})

const assume = Effect.fnUntraced(function*(input: Input, { sessions }: State, context: HandlerContext) {
  const { DurationSeconds = 3600, ExternalId, Policy, RoleArn, RoleSessionName, SourceIdentity, Tags = [] } = input
  const { operation, principal } = context
  const { account = "", region, resource = "", service } = parseArn(RoleArn) ?? {}
  const isRoleArn = service === "iam" && region === "" && /^\d{12}$/.test(account) &&
    /^role\/(?:[\w+=,.@/-]*\/)?[\w+=,.@-]{1,64}$/.test(resource)
  if (!isRoleArn) return yield* validation(`${RoleArn} is invalid`)
  // Role chaining limits a session to one hour.
  if (isRoleSession(principal) && DurationSeconds > 3600) {
    return yield* validation(
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    )
  }
  if (Policy !== undefined) {
    yield* Effect.try({
      try: () => JSON.parse(Policy) as unknown,
      catch: () =>
        new Fault({ code: "MalformedPolicyDocument", message: "This policy contains invalid Json", statusCode: 400 })
    })
  }
  const before = sessions.get(principal.accessKeyId)
  const transitiveTags = yield* tagsOf(input, before?.transitiveTags ?? [])
  const sourceIdentity = before?.sourceIdentity ?? SourceIdentity
  const denied = (action: string) =>
    accessDenied(
      operation === "AssumeRole"
        ? `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${RoleArn}`
        : `Not authorized to perform ${action}`
    )
  // A source identity can't change along a chain.
  if (SourceIdentity !== undefined && SourceIdentity !== sourceIdentity) return yield* denied("sts:SetSourceIdentity")
  const name = nameIn(resource)
  const { roles } = context.stateOf(iam, { account })
  const known = roles.get(name.toLowerCase())
  if (roles.size > 0) {
    const actions = [
      `sts:${operation}`,
      ...(Tags.length + transitiveTags.length > 0 ? ["sts:TagSession"] : []),
      ...(sourceIdentity !== undefined ? ["sts:SetSourceIdentity"] : [])
    ]
    const isFederated = operation !== "AssumeRole"
    const untrusted = actions.find((action) =>
      known?.arn !== RoleArn ||
      !isTrusted(known.trust, { action, caller: principal, isFederated, externalId: ExternalId })
    )
    if (untrusted !== undefined) return yield* denied(untrusted)
  }
  if (known !== undefined && DurationSeconds > known.maxSession) {
    return yield* validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
  }
  const identity = {
    account,
    arn: context.arn("sts", `assumed-role/${name}/${RoleSessionName}`, { region: "", account }),
    userId: `${known?.id ?? context.id("AROA", 17).toUpperCase()}:${RoleSessionName}`
  }
  const Credentials = yield* issue(context, identity, DurationSeconds, input.MinimumSessionTokenSize)
  if (sourceIdentity !== undefined || transitiveTags.length > 0) {
    sessions.set(Credentials.AccessKeyId, { sourceIdentity, transitiveTags })
  }
  return {
    Credentials,
    AssumedRoleUser: { Arn: identity.arn, AssumedRoleId: identity.userId },
    ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity })
  }
})

export const sts = service<typeof sdk>()({
  serviceId: "STS",
  namespace: "com.amazonaws.sts",
  scope: "global",
  state: (): State => ({ sessions: new Map() }),
  unsigned: ["AssumeRoleWithWebIdentity"],
  withoutEffect: {
    // Permissions aren't evaluated, so policies that restrict a session change nothing.
    // There are no MFA devices here: any code is right, and conditions about MFA count as met.
    AssumeRole: ["PolicyArns", "SerialNumber", "TokenCode"],
    AssumeRoleWithWebIdentity: ["PolicyArns"],
    GetSessionToken: ["SerialNumber", "TokenCode"]
  },
  handlers: {
    GetCallerIdentity: (_, __, { principal }) =>
      Effect.succeed({ Account: principal.account, Arn: principal.arn, UserId: principal.userId }),

    AssumeRole: Effect.fnUntraced(function*(input, state, context) {
      const checked = yield* check(input, {
        ...roleRules,
        Tags: {
          max: 50,
          members: {
            Key: { required: true, ...tagKey },
            Value: { required: true, max: 256, pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*" }
          }
        },
        TransitiveTagKeys: { max: 50, each: tagKey },
        ProvidedContexts: {
          min: 1,
          max: 5,
          members: { ProviderArn: arn, ContextAssertion: { min: 4, max: 2048 } }
        },
        ExternalId: { min: 2, max: 1224, pattern: "[\\w+=,.@:\\/-]*" },
        ...mfaRules,
        SourceIdentity: { min: 2, max: 64, pattern: "[\\w+=,.@-]*" }
      })
      return yield* assume(checked, state, context)
    }),

    AssumeRoleWithWebIdentity: Effect.fnUntraced(function*(input, state, context) {
      const checked = yield* check(input, {
        ...roleRules,
        Policy: { ...policy, max: 2048 },
        WebIdentityToken: { required: true, min: 4, max: 20_000 },
        ProviderId: { min: 4, max: 2048 }
      })
      const about = yield* readToken(checked.WebIdentityToken)
      return { ...(yield* assume(checked, state, context)), ...about }
    }),

    GetSessionToken: Effect.fnUntraced(function*(input, _, context) {
      const { DurationSeconds = 43_200, MinimumSessionTokenSize } = yield* check(input, {
        DurationSeconds: { min: 900, max: 129_600 },
        MinimumSessionTokenSize: roleRules.MinimumSessionTokenSize,
        ...mfaRules
      })
      const { principal } = context
      if (principal.sessionToken !== undefined) {
        return yield* accessDenied("Cannot call GetSessionToken with session credentials")
      }
      const { account, arn, userId } = principal
      return { Credentials: yield* issue(context, { account, arn, userId }, DurationSeconds, MinimumSessionTokenSize) }
    }),

    GetAccessKeyInfo: Effect.fnUntraced(function*(input, _, context) {
      const { AccessKeyId } = yield* check(input, {
        AccessKeyId: { required: true, min: 16, max: 128, pattern: "[\\w]*" }
      })
      const principal = context.principalOf(AccessKeyId)
      if (principal === undefined) return yield* validation(`The access key ${AccessKeyId} is not known.`)
      return { Account: principal.account }
    })
  }
})
