/** AWS's default quotas for IAM. */
import * as Effect from "effect/Effect"
import { nameIn, parseArn } from "../support/arn.ts"
import { limitExceeded, type PolicyHolder } from "./state.ts"

const quotas = {
  ACLSizePerRole: 2048,
  AccessKeysPerUser: 2,
  GroupsPerAccount: 300,
  GroupsPerUser: 10,
  InstanceProfilesPerAccount: 1000,
  PoliciesPerAccount: 1500,
  PoliciesPerGroup: 10,
  PoliciesPerRole: 10,
  PoliciesPerUser: 10,
  PolicySize: 6144,
  RolesPerAccount: 1000,
  UsersPerAccount: 5000
} as const

/** Fails if there would be more than a quota allows. */
export const checkQuota = (quota: keyof typeof quotas, size: number) =>
  size > quotas[quota]
    ? Effect.fail(limitExceeded(`Cannot exceed quota for ${quota}: ${quotas[quota]}`))
    : Effect.void

/** The size of a document as quotas count it: without white space. */
export const sizeOf = (document: string): number => document.replace(/\s/g, "").length

const kinds = {
  group: { attached: "PoliciesPerGroup", inline: 5120 },
  role: { attached: "PoliciesPerRole", inline: 10_240 },
  user: { attached: "PoliciesPerUser", inline: 2048 }
} as const

/** The kind of a holder of policies, which its ARN tells. */
export const kindOf = ({ arn }: Pick<PolicyHolder, "arn">): keyof typeof kinds =>
  parseArn(arn)?.resource.split("/")[0] as keyof typeof kinds

/** Fails if a role, a user or a group can't have as many managed policies. */
export const checkAttached = (holder: PolicyHolder, count: number) => checkQuota(kinds[kindOf(holder)].attached, count)

/** Fails if inline policies of this total size are too large for a role, a user or a group. */
export const checkInline = (holder: PolicyHolder, size: number) => {
  const kind = kindOf(holder)
  const { inline } = kinds[kind]
  return size > inline
    ? Effect.fail(limitExceeded(`Maximum policy size of ${inline} bytes exceeded for ${kind} ${nameIn(holder.arn)}`))
    : Effect.void
}
