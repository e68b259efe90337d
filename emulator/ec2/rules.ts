/** In-memory EC2: the rules of security groups. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import type { Fault } from "../wire/fault.ts"
import { cidr6Of, cidrOf } from "./cidr.ts"
import { arnOf } from "./enis.ts"
import { combination, fault, invalidValue, missing } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { find, groups, prefixLists, rules } from "./kinds.ts"
import type { Ec2Handlers, Group, Rule, State } from "./state.ts"
import { newTags } from "./tags.ts"

/** How many rules a group can have in each direction. */
const MAX_RULES = 60

/** A rule as requests give it. */
export type RuleRequest = Omit<
  Rule,
  "SecurityGroupRuleId" | "GroupId" | "GroupOwnerId" | "SecurityGroupRuleArn" | "IsEgress" | "Tags"
>

export const addRule = (
  state: State,
  context: HandlerContext,
  group: Group,
  IsEgress: boolean,
  request: RuleRequest,
  tags: ReadonlyArray<sdk.Tag> = []
): Rule => {
  const SecurityGroupRuleId = context.id("sgr-", 17)
  const rule: Rule = {
    SecurityGroupRuleId,
    GroupId: group.GroupId,
    GroupOwnerId: group.OwnerId,
    IsEgress,
    ...request,
    SecurityGroupRuleArn: arnOf(context, `security-group-rule/${SecurityGroupRuleId}`),
    Tags: tags.map((tag) => ({ ...tag }))
  }
  state.rules.set(SecurityGroupRuleId, rule)
  return rule
}

export const rulesOf = (state: State, groupId: string) =>
  [...state.rules.values()].filter(({ GroupId }) => GroupId === groupId)

const peerOf = (rule: Pick<RuleRequest, "CidrIpv4" | "CidrIpv6" | "PrefixListId" | "ReferencedGroupInfo">) =>
  rule.CidrIpv4 ?? rule.CidrIpv6 ?? rule.PrefixListId ?? rule.ReferencedGroupInfo?.GroupId

/** What tells one rule of a group from another. */
export const keyOf = ({ FromPort, IpProtocol, ToPort, ...peer }: RuleRequest) =>
  [IpProtocol, FromPort, ToPort, peerOf(peer)].join(" ")

/** Rules as DescribeSecurityGroups shows them: by protocol and ports. */
export const permissionsOf = (rules: ReadonlyArray<Rule>): Array<sdk.IpPermission> =>
  Array.from(
    Map.groupBy(rules, ({ FromPort, IpProtocol, ToPort }) => [IpProtocol, FromPort, ToPort].join(" ")).values(),
    (alike): sdk.IpPermission => {
      const { FromPort, IpProtocol, ToPort } = alike[0]!
      return {
        IpProtocol,
        ...(IpProtocol !== "-1" && { FromPort, ToPort }),
        IpRanges: alike.flatMap(({ CidrIpv4: CidrIp, Description }) => CidrIp ? [{ CidrIp, Description }] : []),
        Ipv6Ranges: alike.flatMap(({ CidrIpv6, Description }) => CidrIpv6 ? [{ CidrIpv6, Description }] : []),
        PrefixListIds: alike.flatMap(({ Description, PrefixListId }) =>
          PrefixListId ? [{ PrefixListId, Description }] : []
        ),
        UserIdGroupPairs: alike.flatMap(({ Description, ReferencedGroupInfo }) =>
          ReferencedGroupInfo
            ? [{ GroupId: ReferencedGroupInfo.GroupId, UserId: ReferencedGroupInfo.UserId, Description }]
            : []
        )
      }
    }
  )

const protocols: Readonly<Record<string, string>> = { all: "-1", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6" }

/** The protocol and ports of a permission. */
export const checkPorts = Effect.fnUntraced(
  function*(given: string | undefined, from: number | undefined, to: number | undefined) {
    if (given === undefined || given === "") return yield* missing("ipProtocol")
    const IpProtocol = protocols[given.toLowerCase()] ?? given.toLowerCase()
    if (!/^(-1|tcp|udp|icmp|icmpv6|1?\d?\d|2[0-4]\d|25[0-5])$/.test(IpProtocol)) {
      return yield* fault("InvalidPermission.Malformed", `Invalid value '${given}' for IP protocol. Unknown protocol.`)
    }
    if (IpProtocol === "-1") return { IpProtocol, FromPort: -1, ToPort: -1 }
    if (IpProtocol === "tcp" || IpProtocol === "udp") {
      if (from === undefined || to === undefined) {
        return yield* fault(
          "InvalidParameterValue",
          "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
        )
      }
      for (const port of [from, to]) {
        if (!(port >= 0 && port <= 65535)) {
          return yield* fault("InvalidParameterValue", `Invalid value '${port}' for portRange. Port out of range.`)
        }
      }
      if (from > to) return yield* fault("InvalidParameterValue", `Invalid TCP/UDP port range (${from}:${to})`)
    }
    return { IpProtocol, FromPort: from ?? -1, ToPort: to ?? -1 }
  }
)

type Flat = Pick<sdk.IpPermission, "IpProtocol" | "FromPort" | "ToPort"> & { readonly CidrIp?: string | undefined }

export const checkCidr = Effect.fnUntraced(function*(text: string | undefined, parse: typeof cidrOf | typeof cidr6Of) {
  const cidr = parse(text ?? "")
  return cidr === undefined
    ? yield* fault("InvalidParameterValue", `CIDR block ${text ?? null} is malformed`)
    : cidr.text
})

const checkPermission = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  group: Group,
  permission: sdk.IpPermission
): Effect.fn.Return<ReadonlyArray<RuleRequest>, Fault> {
  const ports = yield* checkPorts(permission.IpProtocol, permission.FromPort, permission.ToPort)
  const ranges = yield* Effect.forEach(
    permission.IpRanges ?? [],
    ({ CidrIp, Description }) => Effect.map(checkCidr(CidrIp, cidrOf), (CidrIpv4) => ({ CidrIpv4, Description }))
  )
  const ranges6 = yield* Effect.forEach(
    permission.Ipv6Ranges ?? [],
    ({ CidrIpv6, Description }) => Effect.map(checkCidr(CidrIpv6, cidr6Of), (CidrIpv6) => ({ CidrIpv6, Description }))
  )
  const referenced = yield* Effect.forEach(
    permission.UserIdGroupPairs ?? [],
    Effect.fnUntraced(function*({ Description, GroupId, GroupName, UserId = context.account }) {
      if (UserId !== context.account) {
        // Another account's group is known by its id only.
        if (GroupId === undefined) return yield* missing("groupId")
        return { ReferencedGroupInfo: { GroupId, UserId }, Description }
      }
      const named = GroupId === undefined
        ? [...state.groups.values()].find((other) => other.GroupName === GroupName && other.VpcId === group.VpcId)
        : yield* find(state, groups, GroupId, "groupId")
      if (named === undefined) {
        return yield* fault(
          "InvalidGroup.NotFound",
          `The security group '${GroupName ?? null}' does not exist in VPC '${group.VpcId}'`
        )
      }
      return { ReferencedGroupInfo: { GroupId: named.GroupId, UserId }, Description }
    })
  )
  const lists = yield* Effect.forEach(
    permission.PrefixListIds ?? [],
    ({ Description, PrefixListId }) =>
      Effect.map(find(state, prefixLists, PrefixListId, "prefixListId"), (list) => ({
        PrefixListId: list.PrefixListId,
        Description
      }))
  )
  const all = [...ranges, ...ranges6, ...lists, ...referenced]
  for (const { Description } of all) yield* checkDescription(Description)
  return all.length === 0
    ? yield* fault("InvalidParameterValue", "At least one peer must be specified in each permission.")
    : all.map((peer) => ({ ...ports, ...peer }))
})

export const checkDescription = (description: string | undefined) =>
  description === undefined || /^[\w. \-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(description)
    ? Effect.void
    : fault(
      "InvalidParameterValue",
      "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  " +
        "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
    )

/** The rules that a request names, by its permissions or by its own members for a single permission. */
export const requestedRules = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  group: Group,
  { CidrIp, FromPort, IpProtocol, ToPort }: Flat,
  permissions: ReadonlyArray<sdk.IpPermission> | undefined
) {
  const isFlat = IpProtocol !== undefined || FromPort !== undefined || ToPort !== undefined || CidrIp !== undefined
  if (isFlat && permissions !== undefined) {
    return yield* combination("The parameter ipPermissions cannot be used with the parameter ipProtocol")
  }
  const all = isFlat ? [{ IpProtocol, FromPort, ToPort, IpRanges: [{ CidrIp }] }] : permissions ?? []
  if (all.length === 0) return yield* missing("ipPermissions")
  const requested = (yield* Effect.forEach(all, (one) => checkPermission(state, context, group, one))).flat()
  if (new Set(requested.map(keyOf)).size < requested.length) {
    return yield* fault("InvalidParameterValue", "The same permission must not appear multiple times")
  }
  return requested
})

export const duplicateRule = (rule: RuleRequest) => {
  const protocol = rule.IpProtocol === "-1" ? "ALL" : rule.IpProtocol.toUpperCase()
  const ports = rule.FromPort === -1 ? "" : `, from port: ${rule.FromPort}, to port: ${rule.ToPort}`
  return fault(
    "InvalidPermission.Duplicate",
    `the specified rule "peer: ${peerOf(rule)}, ${protocol}${ports}, ALLOW" already exists`
  )
}

/** How many rules a rule counts as: one with a prefix list as many as the list can have entries. */
const entriesOf = (state: State, prefixListId: string | undefined) =>
  prefixListId === undefined ? 1 : state.prefixLists.get(prefixListId)?.MaxEntries ?? 1

const authorize = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  group: Group,
  isEgress: boolean,
  input: Flat & Pick<sdk.AuthorizeSecurityGroupIngressRequest, "IpPermissions" | "TagSpecifications">
) {
  const requested = yield* requestedRules(state, context, group, input, input.IpPermissions)
  const tags = yield* newTags(input.TagSpecifications, "security-group-rule")
  const existing = rulesOf(state, group.GroupId).filter(({ IsEgress }) => IsEgress === isEgress)
  const keys = new Set(existing.map(keyOf))
  const duplicate = requested.find((rule) => keys.has(keyOf(rule)))
  if (duplicate !== undefined) return yield* duplicateRule(duplicate)
  const count = [...existing, ...requested].reduce((sum, { PrefixListId }) => sum + entriesOf(state, PrefixListId), 0)
  if (count > MAX_RULES) {
    return yield* fault(
      "RulesPerSecurityGroupLimitExceeded",
      "The maximum number of rules per security group has been reached."
    )
  }
  return {
    Return: true,
    SecurityGroupRules: requested.map((rule) => addRule(state, context, group, isEgress, rule, tags))
  }
})

const revoke = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  group: Group,
  isEgress: boolean,
  input: Flat & Pick<sdk.RevokeSecurityGroupIngressRequest, "IpPermissions" | "SecurityGroupRuleIds">
) {
  const own = rulesOf(state, group.GroupId).filter(({ IsEgress }) => IsEgress === isEgress)
  const found: Array<Rule> = []
  const unknown: Array<RuleRequest> = []
  const ids = input.SecurityGroupRuleIds
  if (ids !== undefined) {
    for (const id of ids) {
      const rule = yield* find(state, rules, id, "securityGroupRuleId")
      if (!own.includes(rule)) {
        return yield* invalidValue(id, "securityGroupRuleId", "The rule is not one of the security group.")
      }
      found.push(rule)
    }
  } else {
    const byKey = new Map(own.map((rule) => [keyOf(rule), rule]))
    for (const rule of yield* requestedRules(state, context, group, input, input.IpPermissions)) {
      const known = byKey.get(keyOf(rule))
      if (known === undefined) unknown.push(rule)
      else found.push(known)
    }
    // In the default VPC, AWS only reports the rules that aren't there.
    if (unknown.length > 0 && state.vpcs.get(group.VpcId)?.IsDefault !== true) {
      return yield* fault(
        "InvalidPermission.NotFound",
        "The specified rule does not exist in this security group."
      )
    }
  }
  for (const { SecurityGroupRuleId } of found) state.rules.delete(SecurityGroupRuleId)
  return {
    Return: true,
    RevokedSecurityGroupRules: found.map(({ ReferencedGroupInfo, ...rule }) => ({
      ...rule,
      ReferencedGroupId: ReferencedGroupInfo?.GroupId
    })),
    ...(unknown.length > 0 && {
      UnknownIpPermissions: permissionsOf(unknown.map((rule) => ({
        ...rule,
        SecurityGroupRuleId: "",
        GroupId: group.GroupId,
        IsEgress: isEgress,
        Tags: []
      })))
    })
  }
})

/** A security group by its id or, in the default VPC, by its name. */
export const groupOf = Effect.fnUntraced(
  function*(
    state: State,
    { GroupId, GroupName }: { readonly GroupId?: string | undefined; readonly GroupName?: string | undefined }
  ) {
    if (GroupName === undefined) {
      return GroupId === undefined
        ? yield* fault("MissingParameter", "The request must contain the parameter groupName or groupId")
        : yield* find(state, groups, GroupId, "groupId")
    }
    if (GroupId !== undefined) {
      return yield* combination("The parameter groupName cannot be used with the parameter groupId")
    }
    return yield* groupByName(state, GroupName)
  }
)

export const groupByName = Effect.fnUntraced(function*(state: State, name: string) {
  const vpc = [...state.vpcs.values()].find(({ IsDefault }) => IsDefault)
  const found = [...state.groups.values()].find(({ GroupName, VpcId }) => GroupName === name && VpcId === vpc?.VpcId)
  return found ?? (yield* fault(
    "InvalidGroup.NotFound",
    `The security group '${name}' does not exist in default VPC '${vpc?.VpcId ?? "none"}'`
  ))
})

const ruleFilters: Filters<Rule> = {
  "group-id": (rule) => rule.GroupId,
  "security-group-rule-id": (rule) => rule.SecurityGroupRuleId
}

export const handlers: Ec2Handlers = {
  AuthorizeSecurityGroupIngress: Effect.fnUntraced(function*(input, state, context) {
    return yield* authorize(state, context, yield* groupOf(state, input), false, input)
  }),

  AuthorizeSecurityGroupEgress: Effect.fnUntraced(function*(input, state, context) {
    return yield* authorize(state, context, yield* find(state, groups, input.GroupId, "groupId"), true, {
      IpPermissions: input.IpPermissions,
      TagSpecifications: input.TagSpecifications
    })
  }),

  RevokeSecurityGroupIngress: Effect.fnUntraced(function*(input, state, context) {
    return yield* revoke(state, context, yield* groupOf(state, input), false, input)
  }),

  RevokeSecurityGroupEgress: Effect.fnUntraced(function*(input, state, context) {
    return yield* revoke(state, context, yield* find(state, groups, input.GroupId, "groupId"), true, {
      IpPermissions: input.IpPermissions,
      SecurityGroupRuleIds: input.SecurityGroupRuleIds
    })
  }),

  DescribeSecurityGroupRules: Effect.fnUntraced(function*(input, state, context) {
    for (const { Name, Values = [] } of input.Filters ?? []) {
      const malformed = Name === "group-id" ? Values.find((value) => !/^sg-[0-9a-f*?]+$/.test(value)) : undefined
      if (malformed !== undefined && !/[*?]/.test(malformed)) {
        return yield* fault("InvalidGroupId.Malformed", `The security group ID '${malformed}' is malformed`)
      }
    }
    const [SecurityGroupRules, NextToken] = yield* describe(state, context, rules, {
      input,
      ids: input.SecurityGroupRuleIds,
      idsName: "securityGroupRuleIds",
      filters: input.Filters,
      supported: ruleFilters
    })
    return { SecurityGroupRules: [...SecurityGroupRules], NextToken }
  })
}
