/** In-memory Organizations: the permissions that calls need. ARNs have the ids of the organization and of its management account. */
import type * as sdk from "@aws-sdk/client-organizations"
import type { Authorization, ConditionValues, Need, Place } from "../engine/authorization.ts"
import { parseArn } from "../support/arn.ts"
import { needs } from "../support/needs.ts"
import { needsOfState, type Tag, tagRecord, tagValues, values } from "../support/needsOfState.ts"
import * as Orgs from "./state.ts"

type Id = string | undefined

const organizationOf = ({ members, organizations }: Orgs.State, { account }: Place): Orgs.Organization | undefined =>
  organizations.get(members.get(account) ?? "")

/** The ARN of what an id names. What isn't there has one too: AWS tells only those who may ask. */
const arnOf = (id: Id, place: Place, state: Orgs.State): string => {
  const invitation = state.invitations.get(id ?? "")
  if (invitation !== undefined) return Orgs.invitationArn(invitation)
  const organization = organizationOf(state, place)
  if (organization === undefined || id === undefined) return "*"
  const policy = organization.policies.get(id)
  if (policy !== undefined) return Orgs.policyArn(organization, policy)
  const [prefix] = id.split("-")
  const kind = { h: "handshake", ou: "ou", p: "policy", r: "root" }[prefix!] ?? "account"
  return Orgs.arnOf(organization, kind, kind === "policy" || kind === "handshake" ? `*/${id}` : id)
}

const typeOf = (id: Id, place: Place, state: Orgs.State): ConditionValues =>
  values({ "organizations:policytype": organizationOf(state, place)?.policies.get(id ?? "")?.type })

/** A call about what some of its members name by their ids. */
const on = <I extends object>(
  action: string,
  members: ReadonlyArray<keyof I & string>,
  keys?: (input: NoInfer<I>) => ConditionValues
) =>
(input: I, place: Place, state: Orgs.State): ReadonlyArray<Need> => {
  const ids = members.flatMap((member) => (input[member] as Id) ?? [])
  return (ids.length === 0 ? [undefined] : ids).map((id) => ({
    action: `organizations:${action}`,
    resource: arnOf(id, place, state),
    keys: {
      ...ids.map((one) => typeOf(one, place, state)).find((type) => Object.keys(type).length > 0),
      ...keys?.(input)
    }
  }))
}

const service = ({ ServicePrincipal }: { readonly ServicePrincipal?: string | undefined }) =>
  values({ "organizations:serviceprincipal": ServicePrincipal })

const policyType = (input: { readonly PolicyType?: string | undefined; readonly Filter?: string | undefined }) =>
  values({ "organizations:policytype": input.PolicyType ?? input.Filter })

/** Whoever gives tags to what is created needs a second permission. */
const tagged = (
  kind: string,
  id: string,
  tags: ReadonlyArray<Tag> = [],
  place: Place,
  state: Orgs.State
): ReadonlyArray<Need> => {
  const organization = organizationOf(state, place)
  return tags.length === 0 ? [] : [
    {
      action: "organizations:TagResource",
      resource: organization === undefined ? "*" : Orgs.arnOf(organization, kind, id),
      keys: tagValues(tags)
    }
  ]
}

const ofState = needsOfState<typeof sdk, Orgs.State>(Orgs.empty, {
  AcceptHandshake: on("AcceptHandshake", ["HandshakeId"]),
  CancelHandshake: on("CancelHandshake", ["HandshakeId"]),
  DeclineHandshake: on("DeclineHandshake", ["HandshakeId"]),
  DescribeHandshake: on("DescribeHandshake", ["HandshakeId"]),
  InviteAccountToOrganization: ({ Tags, Target }, place, state) => [
    {
      action: "organizations:InviteAccountToOrganization",
      resource: Target?.Type === "ACCOUNT" ? arnOf(Target.Id, place, state) : "*",
      keys: tagValues(Tags)
    },
    ...tagged("account", "*", Tags, place, state)
  ],

  CloseAccount: on("CloseAccount", ["AccountId"]),
  CreateAccount: ({ Tags }, place, state) => [
    { action: "organizations:CreateAccount", resource: "*", keys: tagValues(Tags) },
    ...tagged("account", "*", Tags, place, state)
  ],
  DescribeAccount: on("DescribeAccount", ["AccountId"]),
  MoveAccount: on("MoveAccount", ["AccountId", "SourceParentId", "DestinationParentId"]),
  RemoveAccountFromOrganization: on("RemoveAccountFromOrganization", ["AccountId"]),
  DeregisterDelegatedAdministrator: on("DeregisterDelegatedAdministrator", ["AccountId"], service),
  RegisterDelegatedAdministrator: on("RegisterDelegatedAdministrator", ["AccountId"], service),
  ListDelegatedServicesForAccount: on("ListDelegatedServicesForAccount", ["AccountId"]),

  CreateOrganizationalUnit: ({ ParentId, Tags }, place, state) => [
    {
      action: "organizations:CreateOrganizationalUnit",
      resource: arnOf(ParentId, place, state),
      keys: tagValues(Tags)
    },
    ...tagged("ou", "ou-*", Tags, place, state)
  ],
  DeleteOrganizationalUnit: on("DeleteOrganizationalUnit", ["OrganizationalUnitId"]),
  DescribeOrganizationalUnit: on("DescribeOrganizationalUnit", ["OrganizationalUnitId"]),
  UpdateOrganizationalUnit: on("UpdateOrganizationalUnit", ["OrganizationalUnitId"]),
  ListAccountsForParent: on("ListAccountsForParent", ["ParentId"]),
  ListChildren: on("ListChildren", ["ParentId"]),
  ListOrganizationalUnitsForParent: on("ListOrganizationalUnitsForParent", ["ParentId"]),
  ListParents: on("ListParents", ["ChildId"]),

  AttachPolicy: on("AttachPolicy", ["PolicyId", "TargetId"]),
  DetachPolicy: on("DetachPolicy", ["PolicyId", "TargetId"]),
  CreatePolicy: ({ Tags, Type }, place, state) => [
    {
      action: "organizations:CreatePolicy",
      resource: "*",
      keys: { ...policyType({ PolicyType: Type }), ...tagValues(Tags) }
    },
    ...tagged("policy", `${Type?.toLowerCase()}/p-*`, Tags, place, state)
  ],
  DeletePolicy: on("DeletePolicy", ["PolicyId"]),
  DescribePolicy: on("DescribePolicy", ["PolicyId"]),
  UpdatePolicy: on("UpdatePolicy", ["PolicyId"]),
  ListTargetsForPolicy: on("ListTargetsForPolicy", ["PolicyId"]),
  ListPoliciesForTarget: on("ListPoliciesForTarget", ["TargetId"], policyType),
  DisablePolicyType: on("DisablePolicyType", ["RootId"], policyType),
  EnablePolicyType: on("EnablePolicyType", ["RootId"], policyType),

  ListTagsForResource: on("ListTagsForResource", ["ResourceId"]),
  TagResource: on("TagResource", ["ResourceId"], ({ Tags }) => tagValues(Tags)),
  UntagResource: on("UntagResource", ["ResourceId"], ({ TagKeys }) => values({ "aws:tagkeys": TagKeys }))
})

const everywhere = needs<typeof sdk>()("organizations", {
  CreateOrganization: "*",
  DeleteOrganization: "*",
  DescribeOrganization: "*",
  LeaveOrganization: "*",
  DescribeCreateAccountStatus: "*",
  DisableAWSServiceAccess: { keys: service },
  EnableAWSServiceAccess: { keys: service },
  ListAWSServiceAccessForOrganization: "*",
  ListAccounts: "*",
  ListCreateAccountStatus: "*",
  ListDelegatedAdministrators: { keys: service },
  ListHandshakesForAccount: "*",
  ListHandshakesForOrganization: "*",
  ListPolicies: { keys: policyType },
  ListRoots: "*"
})

export const authorization: Authorization<Orgs.State> = {
  prefix: everywhere.prefix,
  needs: { ...everywhere.needs, ...ofState },
  tagsOf: (arn, { organizations }) => {
    const [, organizationId = "", ...path] = parseArn(arn)?.resource.split("/") ?? []
    const organization = organizations.get(organizationId)
    const id = path.at(-1) ?? ""
    if (organization === undefined) return undefined
    const { accounts, policies, root, units } = organization
    return tagRecord((id === root.id ? root : units.get(id) ?? accounts.get(id) ?? policies.get(id))?.tags)
  }
}
