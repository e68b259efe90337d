/** Role sessions: who gets one, and what it has. */
import type * as sdk from "@aws-sdk/client-sts"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { keyOf } from "../iam/state.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { isFederated, roleOf } from "../support/callers.ts"
import { lettersId } from "../support/ids.ts"
import { keysOf } from "./conditionKeys.ts"
import { accessDenied, validation } from "./faults.ts"
import { checkMfa } from "./mfa.ts"
import { checkLimits, limitsOf } from "./sessionPolicies.ts"
import { issue, type State, tagsOf } from "./sessions.ts"
import { verdictOf } from "./trust.ts"
import { checkProvider, type WebIdentity } from "./webIdentity.ts"

interface Input {
  readonly RoleArn: string
  readonly RoleSessionName: string
  readonly DurationSeconds?: number | undefined
  readonly Policy?: string | undefined
  readonly PolicyArns?: ReadonlyArray<sdk.PolicyDescriptorType> | undefined
  readonly ExternalId?: string | undefined
  readonly SourceIdentity?: string | undefined
  readonly MinimumSessionTokenSize?: number | undefined
  readonly Tags?: ReadonlyArray<sdk.Tag> | undefined
  readonly TransitiveTagKeys?: ReadonlyArray<string> | undefined
  readonly SerialNumber?: string | undefined
  readonly TokenCode?: string | undefined
}

const roleNamed = (RoleArn: string) => {
  const { account = "", region, resource = "", service } = parseArn(RoleArn) ?? {}
  const isRoleArn = service === "iam" && region === "" && /^\d{12}$/.test(account) &&
    /^role\/(?:[\w+=,.@/-]*\/)?[\w+=,.@-]{1,64}$/.test(resource)
  return isRoleArn
    ? Effect.succeed({ account, name: nameIn(resource) })
    : Effect.fail(validation(`${RoleArn} is invalid`))
}

/** Answers a request to assume a role, for the caller or for the owner of a web identity token. */
export const assume = Effect.fnUntraced(
  function*(input: Input, state: State, context: HandlerContext, webIdentity?: WebIdentity) {
    const { DurationSeconds = 3600, RoleArn, RoleSessionName, SourceIdentity, Tags = [] } = input
    const { operation, principal } = context
    const { account, name } = yield* roleNamed(RoleArn)
    // Role chaining limits a session to one hour.
    if (roleOf(principal) !== undefined && DurationSeconds > 3600) {
      return yield* validation(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
      )
    }
    const before = state.sessions.get(principal.accessKeyId)
    const { tags, transitiveTags } = yield* tagsOf(input, before?.transitiveTags ?? [])
    const limits = yield* checkLimits(input, tags, account, context)
    const mfaAt = yield* checkMfa(input, context)
    const sourceIdentity = before?.sourceIdentity ?? SourceIdentity
    const denied = (action: string, why = "") =>
      accessDenied(
        operation === "AssumeRole"
          ? `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${RoleArn}${why}`
          : `Not authorized to perform ${action}`
      )
    // A federated user can only ask who it is.
    if (isFederated(principal)) return yield* denied(`sts:${operation}`)
    // A source identity can't change along a chain.
    if (SourceIdentity !== undefined && SourceIdentity !== sourceIdentity) return yield* denied("sts:SetSourceIdentity")
    const { oidcProviders, roles } = context.stateOf(iam, { account })
    if (webIdentity !== undefined) yield* checkProvider(webIdentity, oidcProviders)
    const found = roles.get(keyOf(name))
    const role = found?.arn === RoleArn ? found : undefined
    const now = yield* Clock.currentTimeMillis
    const valuesOf = keysOf(context, { input, role, session: before, mfaAt, now, webIdentity })
    if (roles.size > 0 || context.enforcesIam) {
      const actions = [
        `sts:${operation}`,
        ...(Tags.length + transitiveTags.length > 0 ? ["sts:TagSession"] : []),
        ...(sourceIdentity !== undefined ? ["sts:SetSourceIdentity"] : [])
      ]
      for (const action of actions) {
        // Then the policies of the caller count, too.
        if (context.enforcesIam && webIdentity === undefined) {
          if (role === undefined || !context.may({ action, resource: RoleArn })) return yield* denied(action)
          continue
        }
        const attempt = { action, role: RoleArn, caller: principal, provider: webIdentity?.provider, valuesOf }
        const verdict = role && (yield* verdictOf(role.trust, attempt))
        if (verdict === "explicitDeny") return yield* denied(action, " with an explicit deny in the role trust policy")
        if (verdict !== "allowed") return yield* denied(action)
      }
    }
    if (role !== undefined && DurationSeconds > role.maxSession) {
      return yield* validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    }
    const identity = {
      account,
      arn: context.arn("sts", `assumed-role/${name}/${RoleSessionName}`, { region: "", account }),
      roleArn: RoleArn,
      userId: `${role?.id ?? lettersId(context, "AROA", 17)}:${RoleSessionName}`
    }
    const session = {
      sourceIdentity,
      tags,
      transitiveTags,
      mfaAt: undefined,
      ...limitsOf(input),
      ...(webIdentity !== undefined && { webIdentity })
    }
    return {
      Credentials: yield* issue(state, context, identity, session, DurationSeconds, input.MinimumSessionTokenSize),
      AssumedRoleUser: { Arn: identity.arn, AssumedRoleId: identity.userId },
      ...limits,
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity })
    }
  }
)
