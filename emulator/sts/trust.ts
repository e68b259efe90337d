/** Trust policies: who may assume a role. */
import * as Effect from "effect/Effect"
import type { Principal } from "../engine/service.ts"
import type { ValuesOf } from "../support/policyConditions.ts"
import { parseDocument } from "../support/policyDocuments.ts"
import * as Evaluation from "../support/policyEvaluation.ts"

/** What the caller wants to do, and how it is identified. */
export interface Attempt {
  /** Such as `sts:AssumeRole`, or `sts:TagSession` along with it. */
  readonly action: string
  /** The ARN of the role. */
  readonly role: string
  readonly caller: Principal
  /** The identity provider whose token identifies the caller, if one does: `accounts.google.com`. */
  readonly provider: string | undefined
  readonly valuesOf: ValuesOf
}

/** The decision of a trust policy. Dies if the policy asks for the value of a condition key that isn't known. */
export const verdictOf = (
  document: string,
  { action, caller, provider, role, valuesOf }: Attempt
): Effect.Effect<Evaluation.Verdict> =>
  Effect.sync(() => {
    const policies = [{ policy: parseDocument(document), source: undefined }]
    const principal = { account: caller.account, arn: caller.arn, provider }
    return Evaluation.verdictOf(Evaluation.matchesOf(policies, { action, resource: role, principal, valuesOf }))
  })
