/** Policies, their types, and what they are attached to. The guard enforces service control policies, if the world has one. */
import type * as sdk from "@aws-sdk/client-organizations"
import * as Effect from "effect/Effect"
import type { Fault } from "../engine/service.ts"
import { check, rules } from "./constraints.ts"
import * as Faults from "./faults.ts"
import { enter } from "./lifecycle.ts"
import { toSdkRoot } from "./organization.ts"
import { checkContent, quotasOf } from "./policyContents.ts"
import { resetAttachments } from "./policyDefaults.ts"
import * as Orgs from "./state.ts"

const Description = { max: 512 } as const
const Content = { min: 1 } as const

const toSummary = (organization: Orgs.Organization, policy: Orgs.Policy): sdk.PolicySummary => {
  const { description, id, isManaged, name, type } = policy
  return {
    Id: id,
    Arn: Orgs.policyArn(organization, policy),
    Name: name,
    Description: description,
    Type: type,
    AwsManaged: isManaged
  }
}

const toSdk = (organization: Orgs.Organization, policy: Orgs.Policy): sdk.Policy => ({
  PolicySummary: toSummary(organization, policy),
  Content: policy.content
})

const find = ({ policies }: Orgs.Organization, id: string): Effect.Effect<Orgs.Policy, Fault> => {
  const policy = policies.get(id)
  return policy === undefined ? Effect.fail(Faults.noPolicy) : Effect.succeed(policy)
}

/** A policy that isn't AWS's own. */
const findOwn = (organization: Orgs.Organization, id: string) =>
  Effect.tap(find(organization, id), ({ isManaged }) =>
    isManaged
      ? Effect.fail(Faults.invalidInput("IMMUTABLE_POLICY", "You can't change a policy that AWS manages."))
      : Effect.void)

const checkName = ({ policies }: Orgs.Organization, type: Orgs.PolicyType, name: string): Effect.Effect<void, Fault> =>
  [...policies.values()].some((policy) => policy.type === type && policy.name === name)
    ? Effect.fail(Faults.duplicatePolicy)
    : Effect.void

/** The policies that are attached to a root, an OU or an account. */
const attachedTo = ({ attachments }: Orgs.Organization, target: string): Effect.Effect<Set<string>, Fault> => {
  const attached = attachments.get(target)
  return attached === undefined ? Effect.fail(Faults.noTarget) : Effect.succeed(attached)
}

const ofType = (
  { policies }: Orgs.Organization,
  ids: Iterable<string>,
  type: Orgs.PolicyType
): ReadonlyArray<Orgs.Policy> =>
  [...ids].flatMap((id) => policies.get(id) ?? []).filter((policy) => policy.type === type)

const toTarget = (organization: Orgs.Organization, id: string): sdk.PolicyTargetSummary => {
  const { accounts, root, units } = organization
  const [kind, Type, name] = id === root.id
    ? ["root", "ROOT", "Root"] as const
    : units.has(id)
    ? ["ou", "ORGANIZATIONAL_UNIT", units.get(id)!.name] as const
    : ["account", "ACCOUNT", accounts.get(id)!.name] as const
  return { TargetId: id, Arn: Orgs.arnOf(organization, kind, id), Name: name, Type }
}

/** The input of a command that enables or disables a type, and the organization that has all features. */
const typeOf = Effect.fnUntraced(function*(
  input: { readonly RootId: string | undefined; readonly PolicyType: sdk.PolicyType | undefined },
  state: Orgs.State,
  context: Parameters<typeof enter>[1]
) {
  const { PolicyType: type, RootId } = yield* check(input, { RootId: rules.root, PolicyType: rules.policyType })
  const [organization] = yield* enter(state, context, "management")
  if (organization.root.id !== RootId) return yield* Faults.noRoot
  return [organization, type] as const
})

export const policies: Orgs.OrganizationsHandlers = {
  CreatePolicy: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, {
      Content: { required: true, ...Content },
      Description: { required: true, ...Description },
      Name: { required: true, ...rules.name },
      Type: rules.policyType,
      Tags: rules.tags
    })
    const { Content: content, Description: description, Name: name, Type: type } = checked
    const [organization] = yield* enter(state, context, "management")
    if (organization.featureSet !== "ALL") return yield* Faults.typeNotAvailable
    const quotas = yield* quotasOf(type)
    yield* checkContent(content, type)
    const tags = yield* Orgs.tags.add([], checked.Tags ?? [])
    yield* checkName(organization, type, name)
    if (ofType(organization, organization.policies.keys(), type).length >= quotas.policies) {
      return yield* Faults.violation("POLICY_NUMBER_LIMIT_EXCEEDED", "You have exceeded the number of policies.")
    }
    const policy: Orgs.Policy = {
      id: Orgs.newId(context, "p-", 10),
      type,
      isManaged: false,
      order: organization.made++,
      name,
      description,
      content,
      tags
    }
    organization.policies.set(policy.id, policy)
    return { Policy: toSdk(organization, policy) }
  }),

  DescribePolicy: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyId } = yield* check(input, { PolicyId: rules.policy })
    const [organization] = yield* enter(state, context, "administrators")
    return { Policy: toSdk(organization, yield* find(organization, PolicyId)) }
  }),

  UpdatePolicy: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, { PolicyId: rules.policy, Name: rules.name, Description, Content })
    const { Content: content, Description: description, Name: name } = checked
    const [organization] = yield* enter(state, context, "management")
    const policy = yield* findOwn(organization, checked.PolicyId)
    if (content !== undefined) yield* checkContent(content, policy.type)
    if (name !== undefined && name !== policy.name) yield* checkName(organization, policy.type, name)
    policy.name = name ?? policy.name
    policy.description = description ?? policy.description
    policy.content = content ?? policy.content
    return { Policy: toSdk(organization, policy) }
  }),

  DeletePolicy: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyId } = yield* check(input, { PolicyId: rules.policy })
    const [organization] = yield* enter(state, context, "management")
    const { id } = yield* findOwn(organization, PolicyId)
    if ([...organization.attachments.values()].some((attached) => attached.has(id))) return yield* Faults.policyInUse
    organization.policies.delete(id)
    return {}
  }),

  ListPolicies: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, { Filter: rules.policyType, ...rules.page })
    const [organization] = yield* enter(state, context, "administrators")
    const found = ofType(organization, organization.policies.keys(), checked.Filter)
    const [page, token] = yield* Orgs.page(context, found, checked, Orgs.byOrder)
    return { Policies: page.map((policy) => toSummary(organization, policy)), NextToken: token }
  }),

  AttachPolicy: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyId, TargetId } = yield* check(input, { PolicyId: rules.policy, TargetId: rules.target })
    const [organization] = yield* enter(state, context, "management")
    const { id, type } = yield* find(organization, PolicyId)
    const attached = yield* attachedTo(organization, TargetId)
    if (!organization.enabledTypes.has(type)) return yield* Faults.typeNotEnabled
    if (attached.has(id)) return yield* Faults.policyAttached
    if (ofType(organization, attached, type).length >= (yield* quotasOf(type)).attached) {
      return yield* Faults.violation(
        "MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
        "You have attached the maximum number of policies to the specified target."
      )
    }
    attached.add(id)
    return {}
  }),

  DetachPolicy: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyId, TargetId } = yield* check(input, { PolicyId: rules.policy, TargetId: rules.target })
    const [organization] = yield* enter(state, context, "management")
    const { id, isManaged, type } = yield* find(organization, PolicyId)
    const attached = yield* attachedTo(organization, TargetId)
    if (!attached.has(id)) return yield* Faults.policyNotAttached
    if (isManaged && type === "RESOURCE_CONTROL_POLICY") {
      return yield* Faults.invalidInput("NON_DETACHABLE_POLICY", "You can't detach this policy, which AWS manages.")
    }
    if (type === "SERVICE_CONTROL_POLICY" && ofType(organization, attached, type).length === 1) {
      return yield* Faults.violation(
        "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
        "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times."
      )
    }
    attached.delete(id)
    return {}
  }),

  ListPoliciesForTarget: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, { TargetId: rules.target, Filter: rules.policyType, ...rules.page })
    const [organization] = yield* enter(state, context, "administrators")
    const attached = yield* attachedTo(organization, checked.TargetId)
    const found = ofType(organization, attached, checked.Filter)
    const [page, token] = yield* Orgs.page(context, found, checked, Orgs.byOrder)
    return { Policies: page.map((policy) => toSummary(organization, policy)), NextToken: token }
  }),

  ListTargetsForPolicy: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* check(input, { PolicyId: rules.policy, ...rules.page })
    const [organization] = yield* enter(state, context, "administrators")
    const { id } = yield* find(organization, checked.PolicyId)
    const targets = [...organization.attachments].flatMap(([target, attached]) => attached.has(id) ? [target] : [])
    const [page, token] = yield* Orgs.page(context, targets, checked, (target) => target)
    return { Targets: page.map((target) => toTarget(organization, target)), NextToken: token }
  }),

  EnablePolicyType: Effect.fnUntraced(function*(input, state, context) {
    const [organization, type] = yield* typeOf(input, state, context)
    if (organization.featureSet !== "ALL") return yield* Faults.typeNotAvailable
    yield* quotasOf(type)
    if (organization.enabledTypes.has(type)) return yield* Faults.typeEnabled
    organization.enabledTypes.add(type)
    return { Root: toSdkRoot(organization) }
  }),

  DisablePolicyType: Effect.fnUntraced(function*(input, state, context) {
    const [organization, type] = yield* typeOf(input, state, context)
    if (!organization.enabledTypes.delete(type)) return yield* Faults.typeNotEnabled
    resetAttachments(organization, type)
    return { Root: toSdkRoot(organization) }
  })
}
