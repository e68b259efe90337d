// How the trust policy of a role decides about the owner of a web identity token, who is no caller that policies limit.
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { keyOf } from "../iam/state.ts"
import { keysOf } from "../sts/conditionKeys.ts"
import { readToken } from "../sts/webIdentity.ts"
import { nameIn, parseArn } from "../support/arn.ts"
import { parseDocument } from "../support/policyDocuments.ts"
import { type Decision, matchesOf, type Policies, type PolicyRequest, verdictOf } from "../support/policyEvaluation.ts"
import type { PolicyReference } from "./denials.ts"

interface Input {
  readonly RoleArn: string
  readonly RoleSessionName: string
  readonly WebIdentityToken: string
}

/** Whether the input of a call has such a token. */
export const hasToken = (input: object): input is Input => "WebIdentityToken" in input && "RoleArn" in input

/** Decides again, to tell which statement it was. */
export const judgeToken = Effect.fnUntraced(
  function*(input: Input, action: string, context: HandlerContext, now: number) {
    const { RoleArn, WebIdentityToken } = input
    const { account, arn } = context.principal
    const webIdentity = yield* Effect.orDie(readToken(WebIdentityToken))
    const { roles } = context.stateOf(iam, { account: parseArn(RoleArn)?.account ?? "" })
    const found = roles.get(keyOf(nameIn(RoleArn)))
    const role = found?.arn === RoleArn ? found : undefined
    const request: PolicyRequest = {
      action,
      resource: RoleArn,
      principal: { account, arn, provider: webIdentity.provider },
      valuesOf: keysOf(context, { input, role, session: undefined, mfaAt: undefined, now, webIdentity })
    }
    const policies: Policies<PolicyReference> = {
      identity: [],
      boundary: undefined,
      resource: role === undefined
        ? []
        : [{ policy: parseDocument(role.trust), source: { type: "role trust policy", of: RoleArn } }]
    }
    const matches = matchesOf(policies.resource, request)
    const verdict = verdictOf(matches)
    const decision: Decision<PolicyReference> = {
      verdict,
      matches: matches.filter(({ statement }) => !statement.isAllowed),
      identity: "implicitDeny",
      boundary: undefined,
      resource: verdict,
      deniedBy: "resource"
    }
    return { policies, request, decision }
  }
)
