/** In-memory EC2: changes of the rules of security groups. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import type { Fault } from "../wire/fault.ts"
import { cidr6Of, cidrOf } from "./cidr.ts"
import { combination, fault, invalidValue, missing, required } from "./faults.ts"
import { find, groups, prefixLists, rules } from "./kinds.ts"
import {
  checkCidr,
  checkDescription,
  checkPorts,
  duplicateRule,
  groupOf,
  keyOf,
  requestedRules,
  type RuleRequest,
  rulesOf
} from "./rules.ts"
import type { Ec2Handlers, Group, Rule, State } from "./state.ts"

/** One of a group's rules, by its id. */
const ruleOf = Effect.fnUntraced(function*(state: State, { GroupId }: Group, id: string | undefined) {
  const rule = yield* find(state, rules, id, "securityGroupRuleId")
  return rule.GroupId === GroupId
    ? rule
    : yield* invalidValue(id, "securityGroupRuleId", "The rule is not one of the security group.")
})

const peers = "cidrIp, cidrIpv6, prefixListId, or referencedGroupId"

/** A rule as a request describes it. */
const described = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  given: sdk.SecurityGroupRuleRequest
): Effect.fn.Return<RuleRequest, Fault> {
  const { CidrIpv4, CidrIpv6, Description, FromPort, IpProtocol, PrefixListId, ReferencedGroupId, ToPort } = given
  if (IpProtocol === undefined) {
    return yield* fault(
      "InvalidParameterValue",
      "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly."
    )
  }
  if (/^(tcp|udp|6|17)$/i.test(IpProtocol) && (FromPort === undefined || ToPort === undefined)) {
    return yield* fault(
      "InvalidParameterValue",
      "Invalid value for portRange. Must specify both from and to ports with TCP/UDP."
    )
  }
  const ports = yield* checkPorts(IpProtocol, FromPort, ToPort)
  const count = [CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupId].filter((peer) => peer !== undefined).length
  if (count === 0) return yield* fault("MissingParameter", `The request must contain exactly one of: ${peers}`)
  if (count > 1) return yield* combination(`Only one of ${peers} can be specified`)
  yield* checkDescription(Description)
  const common = { ...ports, ...(Description !== undefined && { Description }) }
  if (CidrIpv4 !== undefined) return { ...common, CidrIpv4: yield* checkCidr(CidrIpv4, cidrOf) }
  if (CidrIpv6 !== undefined) return { ...common, CidrIpv6: yield* checkCidr(CidrIpv6, cidr6Of) }
  if (PrefixListId !== undefined) {
    yield* find(state, prefixLists, PrefixListId, "prefixListId")
    return { ...common, PrefixListId }
  }
  const { GroupId } = yield* find(state, groups, ReferencedGroupId, "groupId")
  return { ...common, ReferencedGroupInfo: { GroupId, UserId: context.account } }
})

type DescriptionsRequest =
  & Pick<sdk.UpdateSecurityGroupRuleDescriptionsIngressRequest, "GroupId" | "GroupName" | "IpPermissions">
  & Pick<sdk.UpdateSecurityGroupRuleDescriptionsIngressRequest, "SecurityGroupRuleDescriptions">

const describeRules = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  isEgress: boolean,
  input: DescriptionsRequest
) {
  const group = yield* groupOf(state, input)
  const { IpPermissions, SecurityGroupRuleDescriptions } = input
  if (IpPermissions !== undefined && SecurityGroupRuleDescriptions !== undefined) {
    return yield* combination(
      "The parameter ipPermissions cannot be used with the parameter securityGroupRuleDescriptions"
    )
  }
  const changes: Array<readonly [rule: Rule, description: string | undefined]> = []
  const absent = fault("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
  if (SecurityGroupRuleDescriptions !== undefined) {
    for (const { Description, SecurityGroupRuleId } of SecurityGroupRuleDescriptions) {
      yield* checkDescription(Description)
      const rule = yield* ruleOf(state, group, SecurityGroupRuleId)
      if (rule.IsEgress !== isEgress) return yield* absent
      changes.push([rule, Description])
    }
  } else if (IpPermissions !== undefined) {
    const own = new Map(
      rulesOf(state, group.GroupId).filter(({ IsEgress }) => IsEgress === isEgress).map((rule) => [keyOf(rule), rule])
    )
    for (const wanted of yield* requestedRules(state, context, group, {}, IpPermissions)) {
      const rule = own.get(keyOf(wanted))
      if (rule === undefined) return yield* absent
      changes.push([rule, wanted.Description])
    }
  } else return yield* missing("ipPermissions or securityGroupRuleDescriptions")
  for (const [rule, description] of changes) {
    if (description === undefined || description === "") delete rule.Description
    else rule.Description = description
  }
  return { Return: true }
})

export const handlers: Ec2Handlers = {
  ModifySecurityGroupRules: Effect.fnUntraced(function*(input, state, context) {
    const group = yield* find(state, groups, input.GroupId, "groupId")
    const updates = yield* required(input.SecurityGroupRules, "securityGroupRule")
    if (updates.length === 0) return yield* missing("securityGroupRule")
    const changed = new Map<Rule, RuleRequest>()
    for (const { SecurityGroupRule, SecurityGroupRuleId } of updates) {
      const rule = yield* ruleOf(state, group, SecurityGroupRuleId)
      changed.set(rule, yield* described(state, context, yield* required(SecurityGroupRule, "securityGroupRule")))
    }
    const keys = new Set<string>()
    for (const rule of rulesOf(state, group.GroupId)) {
      const after = changed.get(rule) ?? rule
      const key = `${rule.IsEgress} ${keyOf(after)}`
      if (keys.has(key)) return yield* duplicateRule(after)
      keys.add(key)
    }
    for (const [rule, after] of changed) {
      const { GroupId, GroupOwnerId, IsEgress, SecurityGroupRuleArn, SecurityGroupRuleId, Tags } = rule
      state.rules.set(SecurityGroupRuleId, {
        SecurityGroupRuleId,
        GroupId,
        GroupOwnerId,
        IsEgress,
        ...after,
        SecurityGroupRuleArn,
        Tags
      })
    }
    return { Return: true }
  }),

  UpdateSecurityGroupRuleDescriptionsIngress: (input, state, context) => describeRules(state, context, false, input),

  UpdateSecurityGroupRuleDescriptionsEgress: (input, state, context) => describeRules(state, context, true, input)
}
