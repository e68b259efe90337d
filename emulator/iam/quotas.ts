/** AWS's default quotas for IAM. */
import * as Effect from "effect/Effect"
import { nameIn, parseArn } from "../support/arn.ts"
import { limitExceeded, type PolicyHolder } from "./state.ts"

const quotas = {
  ACLSizePerRole: 2048,
  AccessKeysPerUser: 2,
  CertificatesPerUser: 2,
  ClientIdsPerOpenIdConnectProvider: 100,
  GroupsPerAccount: 300,
  GroupsPerUser: 10,
  InstanceProfilesPerAccount: 1000,
  InstanceSessionsPerInstanceProfile: 1,
  MFADevicesPerUser: 8,
  PoliciesPerAccount: 1500,
  PoliciesPerGroup: 10,
  PoliciesPerRole: 10,
  PoliciesPerUser: 10,
  PolicySize: 6144,
  RolesPerAccount: 1000,
  SSHPublicKeysPerUser: 5,
  ServiceSpecificCredentialsPerUser: 2,
  UsersPerAccount: 5000
} as const

/** How many versions a managed policy may have. The error for one more has its own words. */
export const VERSIONS_PER_POLICY = 5

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

/** The quotas that the summary of an account names. */
export const summary = {
  UsersQuota: quotas.UsersPerAccount,
  GroupsQuota: quotas.GroupsPerAccount,
  ServerCertificatesQuota: 20,
  UserPolicySizeQuota: kinds.user.inline,
  GroupPolicySizeQuota: kinds.group.inline,
  GroupsPerUserQuota: quotas.GroupsPerUser,
  SigningCertificatesPerUserQuota: quotas.CertificatesPerUser,
  AccessKeysPerUserQuota: quotas.AccessKeysPerUser,
  AttachedPoliciesPerGroupQuota: quotas.PoliciesPerGroup,
  AttachedPoliciesPerRoleQuota: quotas.PoliciesPerRole,
  AttachedPoliciesPerUserQuota: quotas.PoliciesPerUser,
  PoliciesQuota: quotas.PoliciesPerAccount,
  PolicySizeQuota: quotas.PolicySize,
  PolicyVersionsInUseQuota: 10_000,
  VersionsPerPolicyQuota: VERSIONS_PER_POLICY,
  AssumeRolePolicySizeQuota: quotas.ACLSizePerRole,
  InstanceProfilesQuota: quotas.InstanceProfilesPerAccount,
  RolePolicySizeQuota: kinds.role.inline,
  RolesQuota: quotas.RolesPerAccount
} as const

/** Fails if inline policies of this total size are too large for a role, a user or a group. */
export const checkInline = (holder: PolicyHolder, size: number) => {
  const kind = kindOf(holder)
  const { inline } = kinds[kind]
  return size > inline
    ? Effect.fail(limitExceeded(`Maximum policy size of ${inline} bytes exceeded for ${kind} ${nameIn(holder.arn)}`))
    : Effect.void
}
