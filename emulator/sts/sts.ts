/**
 * In-memory Security Token Service: identities, and sessions in other accounts.
 *
 * If the account has roles in IAM, an assumed role must be one of them, trust the caller, and allow the requested
 * session duration. If the account has no roles at all, any role can be assumed, so tests with two accounts need no IAM
 * setup, unless policies of identities are evaluated. The root user can assume roles, though AWS doesn't let it: a key that the
 * emulator didn't issue is one of the root user.
 */
import type * as sdk from "@aws-sdk/client-sts"
import * as Effect from "effect/Effect"
import { service } from "../engine/service.ts"
import { decodeMessage } from "../support/authorizationMessages.ts"
import { isRoot } from "../support/callers.ts"
import { assume } from "./assume.ts"
import { authorization } from "./authorization.ts"
import {
  accessDenied,
  arn,
  check,
  invalidMessage,
  mfaRules,
  policyRules,
  roleRules,
  shortPolicy,
  tagKey,
  tagRules,
  validation
} from "./faults.ts"
import { checkMfa } from "./mfa.ts"
import { checkLimits, limitsOf } from "./sessionPolicies.ts"
import { issue, sessionTags, type State } from "./sessions.ts"
import { readToken, toSdkIdentity } from "./webIdentity.ts"

/** How long a session of a user lasts. Those of the root user last an hour at most. */
const secondsOf = (principal: Parameters<typeof isRoot>[0], seconds: number): number =>
  isRoot(principal) ? Math.min(seconds, 3600) : seconds

const userDuration = { min: 900, max: 129_600 } as const

export const sts = service<typeof sdk>()({
  serviceId: "STS",
  namespace: "com.amazonaws.sts",
  scope: "global",
  authorization,
  state: (): State => ({ sessions: new Map() }),
  unsigned: ["AssumeRoleWithWebIdentity"],
  handlers: {
    GetCallerIdentity: (_, __, { principal }) =>
      Effect.succeed({ Account: principal.account, Arn: principal.arn, UserId: principal.userId }),

    AssumeRole: Effect.fnUntraced(function*(input, state, context) {
      const checked = yield* check(input, {
        ...roleRules,
        Tags: tagRules,
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
        Policy: shortPolicy,
        WebIdentityToken: { required: true, min: 4, max: 20_000 },
        ProviderId: { min: 4, max: 2048 }
      })
      const identity = yield* readToken(checked.WebIdentityToken)
      return { ...(yield* assume(checked, state, context, identity)), ...toSdkIdentity(identity) }
    }),

    GetSessionToken: Effect.fnUntraced(function*(input, state, context) {
      const checked = yield* check(input, {
        DurationSeconds: userDuration,
        MinimumSessionTokenSize: roleRules.MinimumSessionTokenSize,
        ...mfaRules
      })
      const { DurationSeconds = 43_200, MinimumSessionTokenSize } = checked
      const { principal } = context
      if (principal.sessionToken !== undefined) {
        return yield* accessDenied("Cannot call GetSessionToken with session credentials")
      }
      const { account, arn, userId } = principal
      const mfaAt = yield* checkMfa(checked, context)
      const session = { sourceIdentity: undefined, tags: [], transitiveTags: [], mfaAt }
      const seconds = secondsOf(principal, DurationSeconds)
      return {
        Credentials: yield* issue(state, context, { account, arn, userId }, session, seconds, MinimumSessionTokenSize)
      }
    }),

    GetFederationToken: Effect.fnUntraced(function*(input, state, context) {
      const checked = yield* check(input, {
        Name: { required: true, min: 2, max: 32, pattern: "[\\w+=,.@-]*" },
        ...policyRules,
        Policy: shortPolicy,
        DurationSeconds: userDuration,
        Tags: tagRules,
        MinimumSessionTokenSize: roleRules.MinimumSessionTokenSize
      })
      const { DurationSeconds = 43_200, MinimumSessionTokenSize, Name, Tags = [] } = checked
      const { account, principal } = context
      if (principal.sessionToken !== undefined) {
        return yield* accessDenied("Cannot call GetFederationToken with session credentials")
      }
      const tags = yield* sessionTags.add([], Tags)
      const limits = yield* checkLimits(checked, tags, account, context)
      const identity = {
        account,
        arn: context.arn("sts", `federated-user/${Name}`, { region: "" }),
        userId: `${account}:${Name}`
      }
      const session = {
        sourceIdentity: undefined,
        tags,
        transitiveTags: [],
        mfaAt: undefined,
        ...limitsOf(checked),
        issuer: { arn: principal.arn, userId: principal.userId }
      }
      const seconds = secondsOf(principal, DurationSeconds)
      return {
        Credentials: yield* issue(state, context, identity, session, seconds, MinimumSessionTokenSize),
        FederatedUser: { FederatedUserId: identity.userId, Arn: identity.arn },
        ...limits
      }
    }),

    DecodeAuthorizationMessage: Effect.fnUntraced(function*(input) {
      const { EncodedMessage } = yield* check(input, { EncodedMessage: { required: true, min: 1, max: 10_240 } })
      const DecodedMessage = decodeMessage(EncodedMessage)
      return DecodedMessage === undefined ? yield* invalidMessage("Message is not valid") : { DecodedMessage }
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
