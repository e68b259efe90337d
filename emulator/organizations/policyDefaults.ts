/** AWS's own policies, which each root, OU and account has from its beginning. */
import type * as sdk from "@aws-sdk/client-organizations"
import type { Organization, Policy } from "./state.ts"

const managed = (
  order: number,
  id: string,
  type: sdk.PolicyType,
  description: string,
  statement: object
): Policy => ({
  id: `p-${id}`,
  type,
  isManaged: true,
  order,
  name: id,
  description,
  content: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, undefined, 2),
  tags: []
})

/** The policies of a new organization with all features. */
export const managedPolicies = (): ReadonlyArray<Policy> => [
  managed(0, "FullAWSAccess", "SERVICE_CONTROL_POLICY", "Allows access to every operation", {
    Effect: "Allow",
    Action: "*",
    Resource: "*"
  }),
  managed(1, "RCPFullAWSAccess", "RESOURCE_CONTROL_POLICY", "Allows access to every resource", {
    Effect: "Allow",
    Principal: "*",
    Action: "*",
    Resource: "*"
  })
]

const defaultsOf = ({ policies }: Organization, type?: sdk.PolicyType): ReadonlyArray<string> =>
  [...policies.values()].filter((policy) => policy.isManaged && (type === undefined || policy.type === type))
    .map(({ id }) => id)

export const attachDefaults = (organization: Organization, target: string): void => {
  organization.attachments.set(target, new Set(defaultsOf(organization)))
}

export const detachAll = ({ attachments }: Organization, target: string): void => void attachments.delete(target)

/** Leaves AWS's own policies alone attached, of this type, as AWS does when the type is disabled. */
export const resetAttachments = (organization: Organization, type: sdk.PolicyType): void => {
  for (const attached of organization.attachments.values()) {
    for (const id of attached) if (organization.policies.get(id)?.type === type) attached.delete(id)
    for (const id of defaultsOf(organization, type)) attached.add(id)
  }
}
