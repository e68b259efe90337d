/** Users: their policies, their tags, and their access keys, which sign requests. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { isRoot } from "../support/callers.ts"
import { toRootUser, toSdkUser, userOf } from "./callers.ts"
import * as Holders from "./holders.ts"
import { checkBoundary } from "./policies.ts"
import { renamePrincipal } from "./principals.ts"
import { checkQuota } from "./quotas.ts"
import { rename } from "./renames.ts"
import * as Iam from "./state.ts"

const UserName = Iam.rules.name
const shortName = Iam.rules.shortName
const optionalName = Iam.rules.optionalName
const PolicyName = Iam.rules.name
const AccessKeyId = { required: true, min: 16, max: 128, pattern: "[\\w]+" } as const

const issue = (
  context: HandlerContext,
  user: Iam.User,
  accessKeyId: string,
  { lastUsed, secret }: Iam.AccessKey
): void =>
  context.issue({
    account: context.account,
    arn: user.arn,
    userId: user.id,
    accessKeyId,
    secretAccessKey: secret,
    lastUsed: context.principalOf(accessKeyId)?.lastUsed ?? lastUsed
  })

const noKey = (id: string) => Iam.noSuchEntity(`The Access Key with id ${id} cannot be found.`)

/** Why a user can't be deleted, if the user still has something. */
const userConflict = ({ groups, mfaDevices }: Iam.State, user: Iam.User): string | undefined =>
  [...groups.values()].some(({ members }) => members.has(user))
    ? "Cannot delete entity, must remove users from group first."
    : user.keys.size > 0
    ? "Cannot delete entity, must delete access keys first."
    : user.certificates.size > 0
    ? "Cannot delete entity, must delete signing certificates first."
    : user.login !== undefined
    ? "Cannot delete entity, must delete login profile first."
    : [...mfaDevices.values()].some(({ enabled }) => enabled?.user === user)
    ? "Cannot delete entity, must delete MFA device first."
    : user.services.size + user.sshKeys.size > 0
    ? "Cannot delete entity, must remove referenced objects first."
    : Holders.deletionConflict(user)

const taken = (name: string) => Iam.alreadyExists(`User with name ${name} already exists.`)

export const users: Iam.IamHandlers = {
  CreateUser: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      UserName: shortName,
      Path: Iam.rules.path,
      PermissionsBoundary: Iam.rules.optionalArn,
      Tags: Iam.rules.newTags
    })
    const { PermissionsBoundary, UserName: name } = checked
    const boundary = PermissionsBoundary === undefined
      ? undefined
      : yield* checkBoundary(state, PermissionsBoundary, context)
    if (state.users.has(Iam.keyOf(name))) return yield* taken(name)
    yield* checkQuota("UsersPerAccount", state.users.size + 1)
    const user: Iam.User = {
      ...(yield* Iam.newEntity(
        context,
        { prefix: "AIDA", arn: "user" },
        { name, path: checked.Path, tags: checked.Tags }
      )),
      boundary,
      inline: new Map(),
      attached: new Set(),
      keys: new Map(),
      services: new Map(),
      certificates: new Map(),
      sshKeys: new Map(),
      login: undefined
    }
    state.users.set(Iam.keyOf(name), user)
    return { User: { ...toSdkUser(user), ...Holders.toSdkBoundary(user), ...Iam.withTags(user.tags) } }
  }),

  GetUser: Effect.fnUntraced(function*(input, state, context) {
    const { UserName: name } = yield* Iam.check(input, { UserName: optionalName })
    if (name === undefined && isRoot(context.principal)) return { User: toRootUser(state, context) }
    const user = yield* userOf(state, name, context)
    return { User: { ...toSdkUser(user), ...Holders.toSdkBoundary(user), ...Iam.withTags(user.tags) } }
  }),

  ListUsers: Effect.fnUntraced(function*(input, state, context) {
    const { PathPrefix } = yield* Iam.check(input, Iam.rules.list)
    const found = Iam.underPath(state.users.values(), PathPrefix)
    const [page, next] = yield* Iam.listPage(context, input, found, ({ name }) => name)
    return { Users: page.map(toSdkUser), ...next }
  }),

  UpdateUser: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      UserName,
      NewUserName: { min: 1, max: 64 },
      NewPath: Iam.rules.path
    })
    const user = yield* Iam.findUser(state, checked.UserName)
    const before = user.arn
    const to = { name: checked.NewUserName, path: checked.NewPath }
    yield* rename(user, to, { arn: "user", all: state.users, taken }, context)
    renamePrincipal(state, before, user.arn)
    // The keys go on to work, and sign as the user's new ARN.
    for (const [id, key] of user.keys) if (key.status === "Active") issue(context, user, id, key)
    return {}
  }),

  DeleteUser: Effect.fnUntraced(function*(input, state) {
    const { UserName: name } = yield* Iam.check(input, { UserName })
    const user = yield* Iam.findUser(state, name)
    const conflict = userConflict(state, user)
    if (conflict !== undefined) return yield* Iam.deleteConflict(conflict)
    state.users.delete(Iam.keyOf(name))
    renamePrincipal(state, user.arn, user.id)
    return {}
  }),

  TagUser: Effect.fnUntraced(function*(input, state) {
    const { Tags, UserName: name } = yield* Iam.check(input, { UserName, Tags: Iam.rules.tags })
    const user = yield* Iam.findUser(state, name)
    user.tags = yield* Iam.tags.add(user.tags, Tags)
    return {}
  }),

  ListUserTags: Effect.fnUntraced(function*(input, state, context) {
    const { Marker, MaxItems } = Iam.rules.list
    const { UserName: name } = yield* Iam.check(input, { UserName, Marker, MaxItems })
    return yield* Iam.tagPage(context, input, yield* Iam.findUser(state, name))
  }),

  UntagUser: Effect.fnUntraced(function*(input, state) {
    const { TagKeys, UserName: name } = yield* Iam.check(input, { UserName, TagKeys: Iam.rules.tagKeys })
    const user = yield* Iam.findUser(state, name)
    user.tags = Iam.tags.remove(user.tags, TagKeys)
    return {}
  }),

  PutUserPermissionsBoundary: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, { UserName: shortName, PermissionsBoundary: Iam.rules.arn })
    const user = yield* Iam.findUser(state, checked.UserName)
    user.boundary = yield* checkBoundary(state, checked.PermissionsBoundary, context)
    return {}
  }),

  DeleteUserPermissionsBoundary: Effect.fnUntraced(function*(input, state) {
    const { UserName: name } = yield* Iam.check(input, { UserName: shortName })
    const user = yield* Iam.findUser(state, name)
    user.boundary = undefined
    return {}
  }),

  PutUserPolicy: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { UserName, PolicyName, PolicyDocument: Iam.rules.document })
    const user = yield* Iam.findUser(state, checked.UserName)
    return yield* Holders.putInline(user, checked.PolicyName, checked.PolicyDocument)
  }),

  GetUserPolicy: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { UserName, PolicyName })
    const user = yield* Iam.findUser(state, checked.UserName)
    return { UserName: user.name, ...(yield* Holders.getInline("user", user, checked.PolicyName)) }
  }),

  ListUserPolicies: Effect.fnUntraced(function*(input, state, context) {
    const { Marker, MaxItems } = Iam.rules.list
    const { UserName: name } = yield* Iam.check(input, { UserName, Marker, MaxItems })
    return yield* Holders.listInline(context, input, yield* Iam.findUser(state, name))
  }),

  DeleteUserPolicy: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { UserName, PolicyName })
    return yield* Holders.deleteInline("user", yield* Iam.findUser(state, checked.UserName), checked.PolicyName)
  }),

  AttachUserPolicy: Effect.fnUntraced(function*(input, state) {
    const { PolicyArn, UserName: name } = yield* Iam.check(input, { UserName: shortName, PolicyArn: Iam.rules.arn })
    return yield* Holders.attach(state, yield* Iam.findUser(state, name), PolicyArn)
  }),

  DetachUserPolicy: Effect.fnUntraced(function*(input, state) {
    const { PolicyArn, UserName: name } = yield* Iam.check(input, { UserName: shortName, PolicyArn: Iam.rules.arn })
    return yield* Holders.detach(yield* Iam.findUser(state, name), PolicyArn)
  }),

  ListAttachedUserPolicies: Effect.fnUntraced(function*(input, state, context) {
    const { UserName: name } = yield* Iam.check(input, { UserName: shortName, ...Iam.rules.list })
    return yield* Holders.listAttached(context, input, yield* Iam.findUser(state, name))
  }),

  CreateAccessKey: Effect.fnUntraced(function*(input, state, context) {
    const { UserName: name } = yield* Iam.check(input, { UserName: optionalName })
    const user = yield* userOf(state, name, context)
    yield* checkQuota("AccessKeysPerUser", user.keys.size + 1)
    const id = Iam.newId(context, "AKIA")
    const key: Iam.AccessKey = {
      secret: context.id("", 40),
      created: yield* Iam.now,
      status: "Active"
    }
    user.keys.set(id, key)
    issue(context, user, id, key)
    return {
      AccessKey: {
        UserName: user.name,
        AccessKeyId: id,
        Status: key.status,
        SecretAccessKey: key.secret,
        CreateDate: key.created
      }
    }
  }),

  ListAccessKeys: Effect.fnUntraced(function*(input, state, context) {
    const { Marker, MaxItems } = Iam.rules.list
    const { UserName: name } = yield* Iam.check(input, { UserName: optionalName, Marker, MaxItems })
    const user = yield* userOf(state, name, context)
    const [page, next] = yield* Iam.listPage(context, input, user.keys, ([id]) => id)
    return {
      AccessKeyMetadata: page.map(([id, { created, status }]) => ({
        UserName: user.name,
        AccessKeyId: id,
        Status: status,
        CreateDate: created
      })),
      ...next
    }
  }),

  UpdateAccessKey: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      UserName: optionalName,
      AccessKeyId,
      Status: Iam.rules.status
    })
    const { AccessKeyId: id, Status } = checked
    const user = yield* userOf(state, checked.UserName, context)
    const key = user.keys.get(id) ?? (yield* noKey(id))
    key.status = yield* Iam.checkStatus(Status)
    const { lastUsed = key.lastUsed } = context.principalOf(id) ?? {}
    key.lastUsed = lastUsed
    if (Status === "Active") issue(context, user, id, key)
    else context.revoke(id)
    return {}
  }),

  GetAccessKeyLastUsed: Effect.fnUntraced(function*(input, state, context) {
    const { AccessKeyId: id } = yield* Iam.check(input, { AccessKeyId })
    const user = [...state.users.values()].find(({ keys }) => keys.has(id)) ?? (yield* noKey(id))
    const used = context.principalOf(id)?.lastUsed ?? user.keys.get(id)!.lastUsed
    return {
      UserName: user.name,
      AccessKeyLastUsed: {
        ...(used !== undefined && { LastUsedDate: used.date }),
        ServiceName: used?.service ?? "N/A",
        Region: used?.region ?? "N/A"
      } as sdk.AccessKeyLastUsed
    }
  }),

  DeleteAccessKey: Effect.fnUntraced(function*(input, state, context) {
    const { AccessKeyId: id, UserName: name } = yield* Iam.check(input, { UserName: optionalName, AccessKeyId })
    const user = yield* userOf(state, name, context)
    if (!user.keys.delete(id)) return yield* noKey(id)
    context.revoke(id)
    return {}
  })
}
