/** The commands of the organization itself and its root. */
import type * as sdk from "@aws-sdk/client-organizations"
import * as Effect from "effect/Effect"
import { check, rules } from "./constraints.ts"
import * as Faults from "./faults.ts"
import { enter, join, leave, settle } from "./lifecycle.ts"
import { attachDefaults, managedPolicies } from "./policyDefaults.ts"
import * as Orgs from "./state.ts"

const toSdk = (organization: Orgs.Organization): sdk.Organization => {
  const { accounts, featureSet, id, management } = organization
  return {
    Id: id,
    Arn: `arn:${organization.partition}:organizations::${management}:organization/${id}`,
    FeatureSet: featureSet,
    MasterAccountArn: Orgs.arnOf(organization, "account", management),
    MasterAccountId: management,
    MasterAccountEmail: accounts.get(management)!.email,
    // AWS says not to use this member. It doesn't change with the types that are enabled in the root.
    AvailablePolicyTypes: featureSet === "ALL" ? [{ Type: "SERVICE_CONTROL_POLICY", Status: "ENABLED" }] : []
  }
}

export const toSdkRoot = (organization: Orgs.Organization): sdk.Root => ({
  Id: organization.root.id,
  Arn: Orgs.arnOf(organization, "root", organization.root.id),
  Name: "Root",
  PolicyTypes: [...organization.enabledTypes].map((Type) => ({ Type, Status: "ENABLED" }))
})

export const organization: Orgs.OrganizationsHandlers = {
  CreateOrganization: Effect.fnUntraced(function*(input, state, context) {
    const { FeatureSet: featureSet = "ALL" } = yield* check(input, {
      FeatureSet: { enum: ["ALL", "CONSOLIDATED_BILLING"] }
    })
    const now = yield* settle(state, context)
    const { account, partition } = context
    if (state.members.has(account)) return yield* Faults.alreadyInOrganization
    const root = { id: Orgs.newId(context, "r-", 4), tags: [] }
    const made: Orgs.Organization = {
      id: Orgs.newId(context, "o-", 10),
      partition,
      management: account,
      featureSet,
      root,
      accounts: new Map(),
      units: new Map(),
      policies: new Map(featureSet === "ALL" ? managedPolicies().map((policy) => [policy.id, policy]) : []),
      enabledTypes: new Set(),
      attachments: new Map(),
      requests: new Map(),
      services: new Map(),
      administrators: new Map(),
      closures: [],
      // After AWS's own policies.
      made: 2
    }
    attachDefaults(made, root.id)
    state.organizations.set(made.id, made)
    join(state, made, {
      id: account,
      ...Orgs.identityOf(state, account),
      joined: new Date(now),
      joinedMethod: "INVITED",
      tags: []
    })
    return { Organization: toSdk(made) }
  }),

  DescribeOrganization: Effect.fnUntraced(function*(_, state, context) {
    const [organization] = yield* enter(state, context, "members")
    return { Organization: toSdk(organization) }
  }),

  DeleteOrganization: Effect.fnUntraced(function*(_, state, context) {
    const [organization, now] = yield* enter(state, context, "management")
    if (organization.accounts.size > 1) return yield* Faults.organizationNotEmpty
    leave(state, organization, organization.management)
    state.organizations.delete(organization.id)
    for (const invitation of state.invitations.values()) {
      if (invitation.organization === organization.id) invitation.ended ??= { state: "CANCELED", at: now }
    }
    return {}
  }),

  ListRoots: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, rules.page)
    const [organization] = yield* enter(state, context, "administrators")
    const [page, token] = yield* Orgs.page(context, [toSdkRoot(organization)], checked, ({ Id = "" }) => Id)
    return { Roots: [...page], NextToken: token }
  })
}
