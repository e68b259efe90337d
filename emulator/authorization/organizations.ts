// What an organization says about its accounts: their place in it, and the policies that limit them.
import type { HandlerContext } from "../engine/service.ts"
import { Unsupported } from "../engine/unsupported.ts"
import { organizations } from "../organizations/organizations.ts"
import { arnOf, type Organization, pathOf, type Policy, type PolicyType } from "../organizations/state.ts"
import { parseDocument } from "../support/policyDocuments.ts"
import type { Source } from "../support/policyEvaluation.ts"
import type { Entry } from "../support/requestKeys.ts"
import type { PolicyReference } from "./denials.ts"

interface Membership {
  readonly organization: Organization
  /** The path of the account's parent: `o-a1b2c3d4e5/r-ab12/`. */
  readonly path: string
}

/** The organization of an account, and its place there; `undefined` if the account is in none. */
const membershipOf = (context: HandlerContext, account: string): Membership | undefined => {
  const { members, organizations: all } = context.stateOf(organizations)
  const organization = all.get(members.get(account) ?? "")
  const parent = organization?.accounts.get(account)?.parent
  return organization === undefined || parent === undefined
    ? undefined
    : { organization, path: pathOf(organization, parent) }
}

/** The condition keys about the organization of an account: of the caller's, or of a resource's. */
export const organizationEntries = (
  context: HandlerContext,
  account: string,
  of: "Principal" | "Resource"
): ReadonlyArray<Entry> => {
  const membership = membershipOf(context, account)
  if (membership === undefined) return []
  const { organization: { id, management }, path } = membership
  return [
    [`aws:${of}OrgID`, [id]],
    [`aws:${of}OrgPaths`, [path]],
    ...(of === "Principal" ? [["aws:PrincipalOrgMasterAccountId", [management]] as const] : [])
  ]
}

/** The policies of a type that are attached to the account and to what it is in, from the root down. */
const attachedTo = ({ organization, path }: Membership, account: string, type: PolicyType) => {
  const line = [...path.split("/").slice(1, -1), account]
  return line.map((target) => ({
    target,
    policies: [...organization.attachments.get(target) ?? []]
      .flatMap((id) => organization.policies.get(id) ?? [])
      .filter((policy) => policy.type === type)
  }))
}

const arnOfPolicy = (organization: Organization, { id, isManaged, type }: Policy): string => {
  const kind = type.toLowerCase()
  return isManaged
    ? `arn:${organization.partition}:organizations::aws:policy/${kind}/${id}`
    : arnOf(organization, "policy", `${kind}/${id}`)
}

/** The service control policies that limit an account, level by level. They never limit the management account. */
export const controlOf = (
  context: HandlerContext,
  account: string
): ReadonlyArray<ReadonlyArray<Source<PolicyReference>>> | undefined => {
  const membership = membershipOf(context, account)
  if (membership === undefined) return undefined
  const { organization } = membership
  if (organization.management === account || !organization.enabledTypes.has("SERVICE_CONTROL_POLICY")) return undefined
  return attachedTo(membership, account, "SERVICE_CONTROL_POLICY").map(({ policies, target }) =>
    policies.map((policy) => ({
      policy: parseDocument(policy.content),
      source: {
        type: "service control policy",
        name: policy.name,
        arn: arnOfPolicy(organization, policy),
        of: target
      }
    }))
  )
}

/** Throws if a resource control policy limits the resources of an account. Nothing here evaluates these. */
export const checkResourceControl = (context: HandlerContext, account: string): void => {
  const membership = membershipOf(context, account)
  if (membership === undefined || !membership.organization.enabledTypes.has("RESOURCE_CONTROL_POLICY")) return
  const own = attachedTo(membership, account, "RESOURCE_CONTROL_POLICY").flatMap(({ policies }) => policies)
    .find(({ isManaged }) => !isManaged)
  if (own !== undefined && membership.organization.management !== account) {
    throw new Unsupported(
      `The in-memory AWS doesn't evaluate resource control policies, and ${own.name} limits the account ${account}. ` +
        "Detach it, or test without enforceIam."
    )
  }
}
