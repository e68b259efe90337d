/** In-memory EC2: security groups. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { arnOf } from "./enis.ts"
import { fault, invalidValue, required } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { find, groups, vpcs } from "./kinds.ts"
import { addRule, groupByName, groupOf, permissionsOf, rulesOf } from "./rules.ts"
import type { Ec2Handlers, Group, State } from "./state.ts"
import { newTags, tagsIfAny } from "./tags.ts"

const everything = { IpProtocol: "-1", FromPort: -1, ToPort: -1 }

export const addGroup = (state: State, context: HandlerContext, options: {
  readonly name: string
  readonly description: string
  readonly vpcId: string
  readonly tags: ReadonlyArray<sdk.Tag>
}): Group => {
  const GroupId = context.id("sg-", 17)
  const group: Group = {
    GroupId,
    GroupName: options.name,
    Description: options.description,
    VpcId: options.vpcId,
    OwnerId: context.account,
    SecurityGroupArn: arnOf(context, `security-group/${GroupId}`),
    Tags: options.tags.map((tag) => ({ ...tag }))
  }
  state.groups.set(GroupId, group)
  if (options.name === "default") {
    addRule(state, context, group, false, {
      ...everything,
      ReferencedGroupInfo: { GroupId, UserId: context.account }
    })
  }
  addRule(state, context, group, true, { ...everything, CidrIpv4: "0.0.0.0/0" })
  if ((state.vpcs.get(options.vpcId)?.Ipv6CidrBlockAssociationSet ?? []).length > 0) {
    addRule(state, context, group, true, { ...everything, CidrIpv6: "::/0" })
  }
  return group
}

export const removeGroup = (state: State, { GroupId }: Group): void => {
  for (const { SecurityGroupRuleId } of rulesOf(state, GroupId)) state.rules.delete(SecurityGroupRuleId)
  state.groups.delete(GroupId)
}

const described = (state: State, { Tags, ...group }: Group): sdk.SecurityGroup => {
  const own = rulesOf(state, group.GroupId)
  return {
    ...group,
    ...tagsIfAny(Tags),
    IpPermissions: permissionsOf(own.filter(({ IsEgress }) => !IsEgress)),
    IpPermissionsEgress: permissionsOf(own.filter(({ IsEgress }) => IsEgress))
  }
}

const ruleFilters = (state: State, prefix: string, isEgress: boolean): Filters<Group> => {
  const ofRules =
    (valueOf: (permission: sdk.IpPermission) => ReadonlyArray<string | number | undefined>) => (group: Group) =>
      permissionsOf(rulesOf(state, group.GroupId).filter(({ IsEgress }) => IsEgress === isEgress)).flatMap(valueOf)
  return Object.fromEntries(
    Object.entries(
      {
        cidr: ({ IpRanges = [] }) => IpRanges.map(({ CidrIp }) => CidrIp),
        "from-port": ({ FromPort }) => [FromPort],
        "group-id": ({ UserIdGroupPairs = [] }) => UserIdGroupPairs.map(({ GroupId }) => GroupId),
        "group-name": ({ UserIdGroupPairs = [] }) =>
          UserIdGroupPairs.map(({ GroupId = "" }) => state.groups.get(GroupId)?.GroupName),
        "ipv6-cidr": ({ Ipv6Ranges = [] }) => Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
        "prefix-list-id": ({ PrefixListIds = [] }) => PrefixListIds.map(({ PrefixListId }) => PrefixListId),
        protocol: ({ IpProtocol }) => [IpProtocol],
        "to-port": ({ ToPort }) => [ToPort],
        "user-id": ({ UserIdGroupPairs = [] }) => UserIdGroupPairs.map(({ UserId }) => UserId)
      } satisfies Record<string, (permission: sdk.IpPermission) => ReadonlyArray<string | number | undefined>>
    ).map(([name, valueOf]) => [prefix + name, ofRules(valueOf)])
  )
}

const groupFilters = (state: State): Filters<Group> => ({
  ...ruleFilters(state, "ip-permission.", false),
  ...ruleFilters(state, "egress.ip-permission.", true),
  "group-id": (group) => group.GroupId,
  "group-name": (group) => group.GroupName,
  description: (group) => group.Description,
  "owner-id": (group) => group.OwnerId,
  "vpc-id": (group) => group.VpcId
})

const groupInVpcFilters: Filters<Group> = {
  description: (group) => group.Description,
  "group-id": (group) => group.GroupId,
  "group-name": (group) => group.GroupName,
  "owner-id": (group) => group.OwnerId,
  "primary-vpc-id": (group) => group.VpcId
}

/** Checks the name or the description of a new group. */
const checkText = (text: string, parameter: string, what: string) =>
  /[^\x20-\x7e]/.test(text)
    ? Effect.fail(invalidValue(text, parameter, "Character sets beyond ASCII are not supported."))
    : /^[\w. \-:/()#,@[\]+=&;{}!$*]{1,255}$/.test(text)
    ? Effect.void
    : Effect.fail(
      fault(
        "InvalidParameterValue",
        `Invalid security group ${what}. Valid ${what}s are strings less than 256 characters from the following set:  ` +
          "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
      )
    )

export const handlers: Ec2Handlers = {
  CreateSecurityGroup: Effect.fnUntraced(function*(input, state, context) {
    const name = yield* required(input.GroupName, "groupName")
    const description = yield* required(input.Description, "groupDescription")
    const vpcId = input.VpcId ?? [...state.vpcs.values()].find(({ IsDefault }) => IsDefault)?.VpcId
    if (vpcId === undefined) return yield* fault("VPCIdNotSpecified", "No default VPC for this user.")
    yield* find(state, vpcs, vpcId, "vpcId")
    if (name === "default") {
      return yield* fault("InvalidGroup.Reserved", "Cannot use reserved security group name: default")
    }
    if (name.startsWith("sg-")) return yield* invalidValue(name, "groupName")
    yield* checkText(name, "GroupName", "name")
    yield* checkText(description, "GroupDescription", "description")
    if ([...state.groups.values()].some((group) => group.VpcId === vpcId && group.GroupName === name)) {
      return yield* fault("InvalidGroup.Duplicate", `The security group '${name}' already exists for VPC '${vpcId}'`)
    }
    const tags = yield* newTags(input.TagSpecifications, "security-group")
    const group = addGroup(state, context, { name, description, vpcId, tags })
    return {
      GroupId: group.GroupId,
      SecurityGroupArn: group.SecurityGroupArn,
      ...tagsIfAny(group.Tags)
    }
  }),

  DescribeSecurityGroups: Effect.fnUntraced(function*(input, state, context) {
    const named = yield* Effect.forEach(input.GroupNames ?? [], (name) => groupByName(state, name))
    const ids = [...input.GroupIds ?? [], ...named.map(({ GroupId }) => GroupId)]
    const [found, NextToken] = yield* describe(state, context, groups, {
      input,
      ids,
      idsName: "groupIds",
      filters: input.Filters,
      supported: groupFilters(state)
    })
    return { SecurityGroups: found.map((group) => described(state, group)), NextToken }
  }),

  GetSecurityGroupsForVpc: Effect.fnUntraced(function*(input, state, context) {
    const { VpcId } = yield* find(state, vpcs, input.VpcId, "vpcId")
    const [found, NextToken] = yield* describe(state, context, groups, {
      input,
      ids: undefined,
      idsName: "groupIds",
      filters: input.Filters,
      supported: groupInVpcFilters,
      where: (group) => group.VpcId === VpcId
    })
    return {
      SecurityGroupForVpcs: found.map(({ Description, GroupId, GroupName, OwnerId, Tags, VpcId }) => ({
        Description,
        GroupId,
        GroupName,
        OwnerId,
        PrimaryVpcId: VpcId,
        Tags
      })),
      NextToken
    }
  }),

  DeleteSecurityGroup: Effect.fnUntraced(function*(input, state) {
    const group = yield* groupOf(state, input)
    const { GroupId, GroupName } = group
    if (GroupName === "default") {
      return yield* fault(
        "CannotDelete",
        `the specified group: "${GroupId}" name: "default" cannot be deleted by a user`
      )
    }
    const isUsed = [...state.enis.values()].some(({ Groups }) => Groups.some((one) => one.GroupId === GroupId)) ||
      [...state.rules.values()].some((rule) =>
        rule.GroupId !== GroupId && rule.ReferencedGroupInfo?.GroupId === GroupId
      )
    if (isUsed) return yield* fault("DependencyViolation", `resource ${GroupId} has a dependent object`)
    removeGroup(state, group)
    return { Return: true, GroupId }
  })
}
