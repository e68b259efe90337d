/** Roles: their trust, their policies, and their tags. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import { checkTrust, encoded } from "./documents.ts"
import * as Holders from "./holders.ts"
import { checkBoundary } from "./policies.ts"
import { renamePrincipal } from "./principals.ts"
import { checkQuota } from "./quotas.ts"
import * as Iam from "./state.ts"

const RoleName = Iam.rules.shortName
const PolicyName = Iam.rules.name
const MaxSessionDuration = { min: 3600, max: 43_200 } as const

/** A role as each command answers it: AWS omits different members in different answers. */
export const toSdkRole = (role: Iam.Role, by: "create" | "get" | "list" | "profile"): sdk.Role => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: role.created,
  AssumeRolePolicyDocument: encoded(role.trust),
  ...((by === "get" || by === "list") && {
    MaxSessionDuration: role.maxSession,
    ...(role.description !== undefined && { Description: role.description })
  }),
  ...((by === "get" || by === "create") && { ...Holders.toSdkBoundary(role), ...Iam.withTags(role.tags) }),
  ...(by === "get" && { RoleLastUsed: {} })
})

export const roles: Iam.IamHandlers = {
  CreateRole: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      RoleName,
      Path: Iam.rules.path,
      AssumeRolePolicyDocument: Iam.rules.document,
      Description: Iam.rules.description,
      MaxSessionDuration,
      PermissionsBoundary: Iam.rules.optionalArn,
      Tags: Iam.rules.newTags
    })
    const { AssumeRolePolicyDocument, PermissionsBoundary, RoleName: name } = checked
    const trust = yield* checkTrust(AssumeRolePolicyDocument, state, context)
    const boundary = PermissionsBoundary === undefined
      ? undefined
      : yield* checkBoundary(state, PermissionsBoundary, context)
    if (state.roles.has(Iam.keyOf(name))) return yield* Iam.alreadyExists(`Role with name ${name} already exists.`)
    yield* checkQuota("RolesPerAccount", state.roles.size + 1)
    const role: Iam.Role = {
      ...(yield* Iam.newEntity(
        context,
        { prefix: "AROA", arn: "role" },
        { name, path: checked.Path, tags: checked.Tags }
      )),
      trust,
      description: checked.Description,
      maxSession: checked.MaxSessionDuration ?? 3600,
      boundary,
      inline: new Map(),
      attached: new Set()
    }
    state.roles.set(Iam.keyOf(name), role)
    return { Role: toSdkRole(role, "create") }
  }),

  GetRole: Effect.fnUntraced(function*(input, state) {
    const { RoleName: name } = yield* Iam.check(input, { RoleName })
    return { Role: toSdkRole(yield* Iam.findRole(state, name), "get") }
  }),

  ListRoles: Effect.fnUntraced(function*(input, state, context) {
    const { PathPrefix } = yield* Iam.check(input, Iam.rules.list)
    const [page, next] = yield* Iam.listPage(
      context,
      input,
      Iam.underPath(state.roles.values(), PathPrefix),
      ({ name }) => name
    )
    return { Roles: page.map((role) => toSdkRole(role, "list")), ...next }
  }),

  UpdateRole: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { RoleName, Description: Iam.rules.description, MaxSessionDuration })
    // Of a service-linked role, AWS changes the description only.
    const find = checked.MaxSessionDuration === undefined ? Iam.findRole : Iam.findOwnRole
    const role = yield* find(state, checked.RoleName)
    role.description = checked.Description ?? role.description
    role.maxSession = checked.MaxSessionDuration ?? role.maxSession
    return {}
  }),

  UpdateRoleDescription: Effect.fnUntraced(function*(input, state) {
    const { Description, RoleName: name } = yield* Iam.check(input, {
      RoleName,
      Description: { required: true, ...Iam.rules.description }
    })
    const role = yield* Iam.findRole(state, name)
    role.description = Description
    return { Role: toSdkRole(role, "list") }
  }),

  UpdateAssumeRolePolicy: Effect.fnUntraced(function*(input, state, context) {
    const { PolicyDocument, RoleName: name } = yield* Iam.check(input, {
      RoleName,
      PolicyDocument: Iam.rules.document
    })
    const role = yield* Iam.findOwnRole(state, name)
    role.trust = yield* checkTrust(PolicyDocument, state, context)
    return {}
  }),

  DeleteRole: Effect.fnUntraced(function*(input, state) {
    const { RoleName: name } = yield* Iam.check(input, { RoleName })
    const role = yield* Iam.findOwnRole(state, name)
    const conflict = Holders.deletionConflict(role)
    if (conflict !== undefined) return yield* Iam.deleteConflict(conflict)
    if ([...state.profiles.values()].some((profile) => profile.role === role)) {
      return yield* Iam.deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
    }
    state.roles.delete(Iam.keyOf(name))
    renamePrincipal(state, role.arn, role.id)
    return {}
  }),

  TagRole: Effect.fnUntraced(function*(input, state) {
    const { RoleName: name, Tags } = yield* Iam.check(input, { RoleName, Tags: Iam.rules.tags })
    const role = yield* Iam.findRole(state, name)
    role.tags = yield* Iam.tags.add(role.tags, Tags)
    return {}
  }),

  ListRoleTags: Effect.fnUntraced(function*(input, state, context) {
    const { Marker, MaxItems } = Iam.rules.list
    const { RoleName: name } = yield* Iam.check(input, { RoleName, Marker, MaxItems })
    return yield* Iam.tagPage(context, input, yield* Iam.findRole(state, name))
  }),

  UntagRole: Effect.fnUntraced(function*(input, state) {
    const { RoleName: name, TagKeys } = yield* Iam.check(input, { RoleName, TagKeys: Iam.rules.tagKeys })
    const role = yield* Iam.findRole(state, name)
    role.tags = Iam.tags.remove(role.tags, TagKeys)
    return {}
  }),

  PutRolePermissionsBoundary: Effect.fnUntraced(function*(input, state, context) {
    const { PermissionsBoundary, RoleName: name } = yield* Iam.check(input, {
      RoleName,
      PermissionsBoundary: Iam.rules.arn
    })
    const role = yield* Iam.findOwnRole(state, name)
    role.boundary = yield* checkBoundary(state, PermissionsBoundary, context)
    return {}
  }),

  DeleteRolePermissionsBoundary: Effect.fnUntraced(function*(input, state) {
    const { RoleName: name } = yield* Iam.check(input, { RoleName })
    const role = yield* Iam.findOwnRole(state, name)
    role.boundary = undefined
    return {}
  }),

  PutRolePolicy: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { RoleName, PolicyName, PolicyDocument: Iam.rules.document })
    const role = yield* Iam.findOwnRole(state, checked.RoleName)
    return yield* Holders.putInline(role, checked.PolicyName, checked.PolicyDocument)
  }),

  GetRolePolicy: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { RoleName, PolicyName })
    const role = yield* Iam.findRole(state, checked.RoleName)
    return { RoleName: role.name, ...(yield* Holders.getInline("role", role, checked.PolicyName)) }
  }),

  ListRolePolicies: Effect.fnUntraced(function*(input, state, context) {
    const { Marker, MaxItems } = Iam.rules.list
    const { RoleName: name } = yield* Iam.check(input, { RoleName, Marker, MaxItems })
    return yield* Holders.listInline(context, input, yield* Iam.findRole(state, name))
  }),

  DeleteRolePolicy: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { RoleName, PolicyName })
    return yield* Holders.deleteInline("role", yield* Iam.findOwnRole(state, checked.RoleName), checked.PolicyName)
  }),

  AttachRolePolicy: Effect.fnUntraced(function*(input, state) {
    const { PolicyArn, RoleName: name } = yield* Iam.check(input, { RoleName, PolicyArn: Iam.rules.arn })
    return yield* Holders.attach(state, yield* Iam.findOwnRole(state, name), PolicyArn)
  }),

  DetachRolePolicy: Effect.fnUntraced(function*(input, state) {
    const { PolicyArn, RoleName: name } = yield* Iam.check(input, { RoleName, PolicyArn: Iam.rules.arn })
    return yield* Holders.detach(yield* Iam.findOwnRole(state, name), PolicyArn)
  }),

  ListAttachedRolePolicies: Effect.fnUntraced(function*(input, state, context) {
    const { RoleName: name } = yield* Iam.check(input, { RoleName, ...Iam.rules.list })
    return yield* Holders.listAttached(context, input, yield* Iam.findRole(state, name))
  })
}
