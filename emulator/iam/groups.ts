/** Groups: their users and their policies. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import { toSdkUser } from "./callers.ts"
import * as Holders from "./holders.ts"
import { checkQuota } from "./quotas.ts"
import { rename } from "./renames.ts"
import * as Iam from "./state.ts"

const GroupName = Iam.rules.name
const UserName = Iam.rules.name
const PolicyName = Iam.rules.name
const { Marker, MaxItems } = Iam.rules.list

const toSdkGroup = (group: Iam.Group): sdk.Group => ({
  Path: group.path,
  GroupName: group.name,
  GroupId: group.id,
  Arn: group.arn,
  CreateDate: group.created
})

const groupsOf = ({ groups }: Iam.State, user: Iam.User): ReadonlyArray<Iam.Group> =>
  [...groups.values()].filter(({ members }) => members.has(user))

const taken = (name: string) => Iam.alreadyExists(`Group with name ${name} already exists.`)

export const groups: Iam.IamHandlers = {
  CreateGroup: Effect.fnUntraced(function*(input, state, context) {
    const { GroupName: name, Path } = yield* Iam.check(input, { GroupName, Path: Iam.rules.path })
    if (state.groups.has(Iam.keyOf(name))) return yield* taken(name)
    yield* checkQuota("GroupsPerAccount", state.groups.size + 1)
    const group: Iam.Group = {
      ...(yield* Iam.newEntity(context, { prefix: "AGPA", arn: "group" }, { name, path: Path, tags: undefined })),
      boundary: undefined,
      inline: new Map(),
      attached: new Set(),
      members: new Set()
    }
    state.groups.set(Iam.keyOf(name), group)
    return { Group: toSdkGroup(group) }
  }),

  GetGroup: Effect.fnUntraced(function*(input, state, context) {
    const { GroupName: name } = yield* Iam.check(input, { GroupName, Marker, MaxItems })
    const group = yield* Iam.findGroup(state, name)
    const [page, next] = yield* Iam.listPage(context, input, group.members, ({ name }) => name)
    return { Group: toSdkGroup(group), Users: page.map(toSdkUser), ...next }
  }),

  ListGroups: Effect.fnUntraced(function*(input, state, context) {
    const { PathPrefix } = yield* Iam.check(input, Iam.rules.list)
    const found = Iam.underPath(state.groups.values(), PathPrefix)
    const [page, next] = yield* Iam.listPage(context, input, found, ({ name }) => name)
    return { Groups: page.map(toSdkGroup), ...next }
  }),

  ListGroupsForUser: Effect.fnUntraced(function*(input, state, context) {
    const { UserName: name } = yield* Iam.check(input, { UserName, Marker, MaxItems })
    const found = groupsOf(state, yield* Iam.findUser(state, name))
    const [page, next] = yield* Iam.listPage(context, input, found, ({ name }) => name)
    return { Groups: page.map(toSdkGroup), ...next }
  }),

  UpdateGroup: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      GroupName,
      NewGroupName: Iam.rules.optionalName,
      NewPath: Iam.rules.path
    })
    const group = yield* Iam.findGroup(state, checked.GroupName)
    const to = { name: checked.NewGroupName, path: checked.NewPath }
    yield* rename(group, to, { arn: "group", all: state.groups, taken }, context)
    return {}
  }),

  DeleteGroup: Effect.fnUntraced(function*(input, state) {
    const { GroupName: name } = yield* Iam.check(input, { GroupName })
    const group = yield* Iam.findGroup(state, name)
    const conflict = group.members.size > 0
      ? "Cannot delete entity, must remove users from group first."
      : Holders.deletionConflict(group)
    if (conflict !== undefined) return yield* Iam.deleteConflict(conflict)
    state.groups.delete(Iam.keyOf(name))
    return {}
  }),

  AddUserToGroup: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { GroupName, UserName })
    const group = yield* Iam.findGroup(state, checked.GroupName)
    const user = yield* Iam.findUser(state, checked.UserName)
    yield* checkQuota("GroupsPerUser", new Set([...groupsOf(state, user), group]).size)
    group.members.add(user)
    return {}
  }),

  RemoveUserFromGroup: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { GroupName, UserName })
    const group = yield* Iam.findGroup(state, checked.GroupName)
    const user = yield* Iam.findUser(state, checked.UserName)
    if (!group.members.delete(user)) {
      return yield* Iam.noSuchEntity(`User ${user.name} is not in group ${group.name}.`)
    }
    return {}
  }),

  PutGroupPolicy: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { GroupName, PolicyName, PolicyDocument: Iam.rules.document })
    const group = yield* Iam.findGroup(state, checked.GroupName)
    return yield* Holders.putInline(group, checked.PolicyName, checked.PolicyDocument)
  }),

  GetGroupPolicy: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { GroupName, PolicyName })
    const group = yield* Iam.findGroup(state, checked.GroupName)
    return { GroupName: group.name, ...(yield* Holders.getInline("group", group, checked.PolicyName)) }
  }),

  ListGroupPolicies: Effect.fnUntraced(function*(input, state, context) {
    const { GroupName: name } = yield* Iam.check(input, { GroupName, Marker, MaxItems })
    return yield* Holders.listInline(context, input, yield* Iam.findGroup(state, name))
  }),

  DeleteGroupPolicy: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { GroupName, PolicyName })
    return yield* Holders.deleteInline("group", yield* Iam.findGroup(state, checked.GroupName), checked.PolicyName)
  }),

  AttachGroupPolicy: Effect.fnUntraced(function*(input, state) {
    const { GroupName: name, PolicyArn } = yield* Iam.check(input, { GroupName, PolicyArn: Iam.rules.arn })
    return yield* Holders.attach(state, yield* Iam.findGroup(state, name), PolicyArn)
  }),

  DetachGroupPolicy: Effect.fnUntraced(function*(input, state) {
    const { GroupName: name, PolicyArn } = yield* Iam.check(input, { GroupName, PolicyArn: Iam.rules.arn })
    return yield* Holders.detach(yield* Iam.findGroup(state, name), PolicyArn)
  }),

  ListAttachedGroupPolicies: Effect.fnUntraced(function*(input, state, context) {
    const { GroupName: name } = yield* Iam.check(input, { GroupName, ...Iam.rules.list })
    return yield* Holders.listAttached(context, input, yield* Iam.findGroup(state, name))
  })
}
