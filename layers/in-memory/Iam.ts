/**
 * In-memory Identity and Access Management: roles, policies, instance profiles, users and their access keys. Policies
 * are stored but not enforced, except for trust policies, which STS evaluates.
 */
import type * as sdk from "@aws-sdk/client-iam"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { Fault, type HandlerContext, service } from "./Service.ts"

type Tags = ReadonlyArray<sdk.Tag>

interface Named {
  readonly name: string
  readonly path: string
  readonly id: string
  readonly arn: string
  readonly created: Date
  tags: Tags
}

interface Role extends Named {
  trust: string
  description: string | undefined
  maxSession: number
  boundary: string | undefined
  readonly inline: Map<string, string>
  /** ARNs of managed policies. */
  readonly attached: Set<string>
}

interface PolicyVersion {
  readonly id: string
  readonly document: string
  readonly created: Date
}

interface Policy extends Named {
  readonly description: string | undefined
  updated: Date
  default: string
  /** The number of the last version: AWS never reuses the number of a deleted one. */
  lastVersion: number
  versions: ReadonlyArray<PolicyVersion>
}

interface Profile extends Named {
  role: Role | undefined
}

interface User extends Named {
  readonly keys: Map<string, Date>
}

/** Names are case-insensitive in IAM, so the keys are in lower case; the keys of policies are their ARNs. */
interface State {
  readonly roles: Map<string, Role>
  readonly profiles: Map<string, Profile>
  readonly policies: Map<string, Policy>
  readonly users: Map<string, User>
}

const fault = (code: string, statusCode: number) => (message: string) => new Fault({ code, statusCode, message })
const noSuchEntity = fault("NoSuchEntity", 404)
const alreadyExists = fault("EntityAlreadyExists", 409)
const deleteConflict = fault("DeleteConflict", 409)
const limitExceeded = fault("LimitExceeded", 409)
const malformed = fault("MalformedPolicyDocument", 400)
const validation = fault("ValidationError", 400)
const invalidInput = fault("InvalidInput", 400)

const constraint = (member: string, what: string) =>
  validation(`1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must ${what}`)

const required = Effect.fnUntraced(function*(member: string, value: string | undefined) {
  if (value === undefined) return yield* constraint(member, "not be null")
  return value
})

/** Checks that a name is well-formed. */
const checkName = Effect.fnUntraced(function*(member: string, value: string | undefined, atMost = 128) {
  const name = yield* required(member, value)
  if (name.length === 0) return yield* constraint(member, "have length greater than or equal to 1")
  if (name.length > atMost) return yield* constraint(member, `have length less than or equal to ${atMost}`)
  if (!/^[\w+=,.@-]+$/.test(name)) {
    return yield* validation(
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`
    )
  }
  return name
})

const checkPath = Effect.fnUntraced(function*(path = "/") {
  if (path.length > 512 || !/^\/(?:[\x21-\x7f]+\/)?$/.test(path)) {
    return yield* validation(
      "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."
    )
  }
  return path
})

const checkTags = Effect.fnUntraced(function*(tags: Tags = []) {
  if (tags.length > 50) return yield* constraint("tags", "have length less than or equal to 50")
  for (const [i, { Key = "", Value = "" }] of tags.entries()) {
    const member = `tags.${i + 1}.member`
    if (Key.length < 1) return yield* constraint(`${member}.key`, "have length greater than or equal to 1")
    if (Key.length > 128) return yield* constraint(`${member}.key`, "have length less than or equal to 128")
    if (Value.length > 256) return yield* constraint(`${member}.value`, "have length less than or equal to 256")
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u.test(Key)) {
      return yield* constraint(`${member}.key`, "satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+")
    }
  }
  if (new Set(tags.map(({ Key }) => Key?.toLowerCase())).size < tags.length) {
    return yield* invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
  }
  return tags
})

const withoutTags = (tags: Tags, keys: ReadonlyArray<string | undefined>): Tags => {
  const gone = new Set(keys.map((key) => key?.toLowerCase()))
  return tags.filter(({ Key }) => !gone.has(Key?.toLowerCase()))
}

const oneOrMany = (value: unknown): ReadonlyArray<unknown> =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]

type Statement = Readonly<Record<string, unknown>>

const statementsOf = (document: string, message: string) =>
  Effect.try({
    try: (): { readonly version: unknown; readonly statements: ReadonlyArray<Statement> } => {
      const { Statement, Version } = JSON.parse(document) as Statement
      const statements = oneOrMany(Statement) as ReadonlyArray<Statement>
      if (statements.length === 0) throw new Error("empty")
      for (const { Effect } of statements) if (Effect !== "Allow" && Effect !== "Deny") throw new Error("effect")
      return { version: Version, statements }
    },
    catch: () => malformed(message)
  })

const checkTrust = Effect.fnUntraced(function*(member: string, value: string | undefined) {
  const document = yield* required(member, value)
  const { statements } = yield* statementsOf(document, "This policy contains invalid Json")
  for (const statement of statements) {
    if (statement["Resource"] !== undefined || statement["NotResource"] !== undefined) {
      return yield* malformed("Has prohibited field Resource")
    }
    if (statement["Principal"] === undefined && statement["NotPrincipal"] === undefined) {
      return yield* malformed("Missing required field Principal")
    }
    const actions = oneOrMany(statement["Action"])
    if (actions.length === 0) return yield* malformed("Missing required field Action")
    if (
      !actions.every((action) => /^sts:(?:AssumeRole|TagSession|SetSourceIdentity|SetContext)/i.test(String(action)))
    ) {
      return yield* malformed("AssumeRole policy may only specify STS AssumeRole actions.")
    }
  }
  if (document.replace(/\s/g, "").length > 2048) {
    return yield* limitExceeded("Cannot exceed quota for ACLSizePerRole: 2048")
  }
  return document
})

/** Checks a permissions policy, inline or managed. */
const checkPolicy = Effect.fnUntraced(function*(value: string | undefined) {
  const document = yield* required("policyDocument", value)
  const { statements, version } = yield* statementsOf(document, "Syntax errors in policy.")
  if (version !== "2012-10-17") return yield* malformed("Policy document must be version 2012-10-17 or greater.")
  const sids = statements.flatMap(({ Sid }) => oneOrMany(Sid))
  if (new Set(sids).size < sids.length) {
    return yield* malformed("Statement IDs (SID) in a single policy must be unique.")
  }
  for (const statement of statements) {
    if (statement["Principal"] !== undefined || statement["NotPrincipal"] !== undefined) {
      return yield* malformed("Policy document should not specify a principal.")
    }
    const actions = oneOrMany(statement["Action"] ?? statement["NotAction"]).map(String)
    if (actions.length === 0) return yield* malformed("Policy statement must contain actions.")
    const resources = oneOrMany(statement["Resource"] ?? statement["NotResource"]).map(String)
    if (resources.length === 0) return yield* malformed("Policy statement must contain resources.")
    const resource = resources.find((resource) => resource !== "*" && !resource.startsWith("arn:"))
    if (resource !== undefined) return yield* malformed(`Resource ${resource} must be in ARN format or "*".`)
    if (actions.some((action) => action !== "*" && !action.includes(":"))) {
      return yield* malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    }
    if (actions.some((action) => action.split(":").length > 2)) {
      return yield* malformed("Actions/Condition can contain only one colon.")
    }
  }
  return document
})

/** Percent-encodes a policy document by RFC 3986, as IAM does in its answers. */
const percentEncode = (document: string): string =>
  encodeURIComponent(document).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

const findRole = Effect.fnUntraced(function*(state: State, RoleName: string | undefined) {
  const name = yield* checkName("roleName", RoleName, 64)
  return state.roles.get(name.toLowerCase()) ?? (yield* noSuchEntity(`The role with name ${name} cannot be found.`))
})

const findProfile = Effect.fnUntraced(function*(state: State, InstanceProfileName: string | undefined) {
  const name = yield* checkName("instanceProfileName", InstanceProfileName)
  return state.profiles.get(name.toLowerCase()) ??
    (yield* noSuchEntity(`Instance Profile ${name} cannot be found.`))
})

const findUser = Effect.fnUntraced(function*(state: State, UserName: string | undefined) {
  const name = yield* checkName("userName", UserName)
  return state.users.get(name.toLowerCase()) ?? (yield* noSuchEntity(`The user with name ${name} cannot be found.`))
})

const policyArn = /^arn:aws[\w-]*:iam::(?:aws|\d{12}):policy\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]+)$/
const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1)
const pathIn = (arn: string): string => arn.slice(arn.indexOf("/"), arn.lastIndexOf("/") + 1)

// There are too many AWS managed policies to keep here, and they change too often, so any name is accepted.
const isAwsManaged = (arn: string): boolean => /^arn:aws[\w-]*:iam::aws:policy\//.test(arn)

const checkArn = Effect.fnUntraced(function*(
  PolicyArn: string | undefined,
  refuse: (message: string) => Fault = validation
) {
  const arn = yield* required("policyArn", PolicyArn)
  if (!policyArn.test(arn)) return yield* refuse(`ARN ${arn} is not valid.`)
  return arn
})

const findPolicy = Effect.fnUntraced(function*(state: State, PolicyArn: string | undefined) {
  const arn = yield* checkArn(PolicyArn)
  return state.policies.get(arn) ?? (yield* noSuchEntity(`Policy ${arn} was not found.`))
})

const checkBoundary = Effect.fnUntraced(function*(state: State, PermissionsBoundary: string | undefined) {
  const arn = yield* checkArn(PermissionsBoundary, invalidInput)
  if (!isAwsManaged(arn) && !state.policies.has(arn)) {
    return yield* noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`)
  }
  return arn
})

const listPage = Effect.fnUntraced(function*<A>(
  context: HandlerContext,
  input: { readonly Marker?: string | undefined; readonly MaxItems?: number | undefined },
  list: Iterable<A>,
  key: (element: A) => string
) {
  const { Marker, MaxItems = 100 } = input
  if (MaxItems < 1) return yield* constraint("maxItems", "have value greater than or equal to 1")
  if (MaxItems > 1000) return yield* constraint("maxItems", "have value less than or equal to 1000")
  const [page, token] = yield* context.page(list, {
    token: Marker,
    size: MaxItems,
    key,
    query: input,
    invalid: validation("Invalid Marker.")
  })
  return [page, { IsTruncated: token !== undefined, ...(token !== undefined && { Marker: token }) }] as const
})

const underPath = <A extends { readonly path: string }>(all: Iterable<A>, prefix = "/"): ReadonlyArray<A> =>
  [...all].filter(({ path }) => path.startsWith(prefix))

const newId = (context: HandlerContext, prefix: string): string =>
  context.id(prefix, prefix === "AKIA" ? 16 : 17).toUpperCase()

const newEntity = Effect.fnUntraced(function*(
  context: HandlerContext,
  kind: { readonly prefix: string; readonly arn: string },
  input: { readonly name: string; readonly path: string; readonly tags: Tags }
) {
  return {
    ...input,
    id: newId(context, kind.prefix),
    arn: `arn:aws:iam::${context.account}:${kind.arn}${input.path}${input.name}`,
    created: new Date(yield* Clock.currentTimeMillis)
  }
})

/** A role as each command answers it: AWS omits different members in different answers. */
const toSdkRole = (role: Role, by: "create" | "get" | "list" | "profile"): sdk.Role => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: role.created,
  AssumeRolePolicyDocument: percentEncode(role.trust),
  ...((by === "get" || by === "list") && {
    MaxSessionDuration: role.maxSession,
    ...(role.description !== undefined && { Description: role.description })
  }),
  ...((by === "get" || by === "create") && {
    ...(role.boundary !== undefined && {
      // AWS answers "Policy", unlike its documentation and the SDK's types.
      PermissionsBoundary: { PermissionsBoundaryType: "Policy" as never, PermissionsBoundaryArn: role.boundary }
    }),
    ...(role.tags.length > 0 && { Tags: [...role.tags] })
  }),
  ...(by === "get" && { RoleLastUsed: {} })
})

const toSdkProfile = (profile: Profile, tags: Tags | undefined): sdk.InstanceProfile => ({
  Path: profile.path,
  InstanceProfileName: profile.name,
  InstanceProfileId: profile.id,
  Arn: profile.arn,
  CreateDate: profile.created,
  Roles: profile.role === undefined ? [] : [toSdkRole(profile.role, "profile")],
  ...(tags !== undefined && { Tags: [...tags] })
})

const usage = (state: State, arn: string) => {
  const roles = [...state.roles.values()]
  return {
    AttachmentCount: roles.filter(({ attached }) => attached.has(arn)).length,
    PermissionsBoundaryUsageCount: roles.filter(({ boundary }) => boundary === arn).length,
    IsAttachable: true
  }
}

const toSdkPolicy = (state: State, policy: Policy): sdk.Policy => ({
  PolicyName: policy.name,
  PolicyId: policy.id,
  Arn: policy.arn,
  Path: policy.path,
  DefaultVersionId: policy.default,
  ...usage(state, policy.arn),
  CreateDate: policy.created,
  UpdateDate: policy.updated
})

const toAwsManagedPolicy = (state: State, arn: string): sdk.Policy => ({
  PolicyName: nameIn(arn),
  Arn: arn,
  Path: pathIn(arn),
  DefaultVersionId: "v1",
  ...usage(state, arn)
})

const toSdkUser = (user: User): sdk.User => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  CreateDate: user.created
})

const noVersion = (arn: string, version: string | undefined) =>
  noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`)

const findVersion = Effect.fnUntraced(function*(state: State, PolicyArn: string | undefined, VersionId = "") {
  const arn = yield* checkArn(PolicyArn)
  const policy = state.policies.get(arn) ?? (yield* noVersion(arn, VersionId))
  const version = policy.versions.find(({ id }) => id === VersionId) ?? (yield* noVersion(arn, VersionId))
  return { policy, version }
})

const toSdkVersion = ({ created, id }: PolicyVersion, policy: Policy): sdk.PolicyVersion => ({
  VersionId: id,
  IsDefaultVersion: policy.default === id,
  CreateDate: created
})

/** The user name in the request. By default, IAM uses the user who signed it. */
const userNameOf = (UserName: string | undefined, { principal }: HandlerContext) => {
  if (UserName !== undefined) return Effect.succeed(UserName)
  return /:user\//.test(principal.arn)
    ? Effect.succeed(nameIn(principal.arn))
    : Effect.fail(validation("Must specify userName when calling with non-User credentials"))
}

export const iam = service<typeof sdk>()({
  serviceId: "IAM",
  namespace: "com.amazonaws.iam",
  protocol: "query",
  scope: "account",
  state: (): State => ({ roles: new Map(), profiles: new Map(), policies: new Map(), users: new Map() }),
  handlers: {
    CreateRole: Effect.fnUntraced(function*(input, state, context) {
      const name = yield* checkName("roleName", input.RoleName, 64)
      const path = yield* checkPath(input.Path)
      const tags = yield* checkTags(input.Tags)
      const maxSession = input.MaxSessionDuration ?? 3600
      if (maxSession < 3600) {
        return yield* constraint("maxSessionDuration", "have value greater than or equal to 3600")
      }
      if (maxSession > 43_200) return yield* constraint("maxSessionDuration", "have value less than or equal to 43200")
      if ((input.Description ?? "").length > 1000) {
        return yield* constraint("description", "have length less than or equal to 1000")
      }
      const trust = yield* checkTrust("assumeRolePolicyDocument", input.AssumeRolePolicyDocument)
      const boundary = input.PermissionsBoundary === undefined
        ? undefined
        : yield* checkBoundary(state, input.PermissionsBoundary)
      if (state.roles.has(name.toLowerCase())) return yield* alreadyExists(`Role with name ${name} already exists.`)
      const role: Role = {
        ...(yield* newEntity(context, { prefix: "AROA", arn: "role" }, { name, path, tags })),
        trust,
        description: input.Description,
        maxSession,
        boundary,
        inline: new Map(),
        attached: new Set()
      }
      state.roles.set(name.toLowerCase(), role)
      return { Role: toSdkRole(role, "create") }
    }),

    GetRole: Effect.fnUntraced(function*({ RoleName }, state) {
      return { Role: toSdkRole(yield* findRole(state, RoleName), "get") }
    }),

    ListRoles: Effect.fnUntraced(function*(input, state, context) {
      const [page, next] = yield* listPage(
        context,
        input,
        underPath(state.roles.values(), input.PathPrefix),
        ({ name }) => name
      )
      return { Roles: page.map((role) => toSdkRole(role, "list")), ...next }
    }),

    UpdateRole: Effect.fnUntraced(function*({ Description, MaxSessionDuration, RoleName }, state) {
      const role = yield* findRole(state, RoleName)
      role.description = Description ?? role.description
      role.maxSession = MaxSessionDuration ?? role.maxSession
      return {}
    }),

    UpdateAssumeRolePolicy: Effect.fnUntraced(function*({ PolicyDocument, RoleName }, state) {
      const role = yield* findRole(state, RoleName)
      role.trust = yield* checkTrust("policyDocument", PolicyDocument)
      return {}
    }),

    DeleteRole: Effect.fnUntraced(function*({ RoleName }, state) {
      const role = yield* findRole(state, RoleName)
      if (role.attached.size > 0) return yield* deleteConflict("Cannot delete entity, must detach all policies first.")
      if (role.inline.size > 0) return yield* deleteConflict("Cannot delete entity, must delete policies first.")
      if ([...state.profiles.values()].some((profile) => profile.role === role)) {
        return yield* deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
      }
      state.roles.delete(role.name.toLowerCase())
      return {}
    }),

    TagRole: Effect.fnUntraced(function*({ RoleName, Tags }, state) {
      const tags = yield* checkTags(Tags)
      const role = yield* findRole(state, RoleName)
      const all = [...withoutTags(role.tags, tags.map(({ Key }) => Key)), ...tags]
      if (all.length > 50) return yield* limitExceeded("Cannot exceed quota for TagsPerRole: 50")
      role.tags = all
      return {}
    }),

    ListRoleTags: Effect.fnUntraced(function*(input, state, context) {
      const role = yield* findRole(state, input.RoleName)
      const [page, next] = yield* listPage(context, input, role.tags, ({ Key = "" }) => Key)
      return { Tags: [...page], ...next }
    }),

    UntagRole: Effect.fnUntraced(function*({ RoleName, TagKeys = [] }, state) {
      if (TagKeys.length > 50) return yield* constraint("tagKeys", "have length less than or equal to 50")
      const role = yield* findRole(state, RoleName)
      role.tags = withoutTags(role.tags, TagKeys)
      return {}
    }),

    PutRolePermissionsBoundary: Effect.fnUntraced(function*({ PermissionsBoundary, RoleName }, state) {
      const role = yield* findRole(state, RoleName)
      role.boundary = yield* checkBoundary(state, PermissionsBoundary)
      return {}
    }),

    DeleteRolePermissionsBoundary: Effect.fnUntraced(function*({ RoleName }, state) {
      const role = yield* findRole(state, RoleName)
      role.boundary = undefined
      return {}
    }),

    // AWS limits a role's inline policies to 10,240 characters. Not enforced: tests need roles with hundreds of policies.
    PutRolePolicy: Effect.fnUntraced(function*({ PolicyDocument, PolicyName, RoleName }, state) {
      const role = yield* findRole(state, RoleName)
      const name = yield* checkName("policyName", PolicyName)
      role.inline.set(name, yield* checkPolicy(PolicyDocument))
      return {}
    }),

    GetRolePolicy: Effect.fnUntraced(function*({ PolicyName, RoleName }, state) {
      const role = yield* findRole(state, RoleName)
      const name = yield* checkName("policyName", PolicyName)
      const document = role.inline.get(name) ??
        (yield* noSuchEntity(`The role policy with name ${name} cannot be found.`))
      return { RoleName: role.name, PolicyName: name, PolicyDocument: percentEncode(document) }
    }),

    ListRolePolicies: Effect.fnUntraced(function*(input, state, context) {
      const role = yield* findRole(state, input.RoleName)
      const [page, next] = yield* listPage(context, input, role.inline.keys(), (name) => name)
      return { PolicyNames: [...page], ...next }
    }),

    DeleteRolePolicy: Effect.fnUntraced(function*({ PolicyName, RoleName }, state) {
      const role = yield* findRole(state, RoleName)
      const name = yield* checkName("policyName", PolicyName)
      return role.inline.delete(name)
        ? {}
        : yield* noSuchEntity(`The role policy with name ${name} cannot be found.`)
    }),

    // AWS limits a role to 10 attached policies, or 20 on request. Not enforced, for the same reason.
    AttachRolePolicy: Effect.fnUntraced(function*({ PolicyArn, RoleName }, state) {
      const role = yield* findRole(state, RoleName)
      const arn = yield* checkArn(PolicyArn)
      if (!isAwsManaged(arn) && !state.policies.has(arn)) {
        return yield* noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
      }
      role.attached.add(arn)
      return {}
    }),

    DetachRolePolicy: Effect.fnUntraced(function*({ PolicyArn, RoleName }, state) {
      const role = yield* findRole(state, RoleName)
      const arn = yield* checkArn(PolicyArn)
      return role.attached.delete(arn) ? {} : yield* noSuchEntity(`Policy ${arn} was not found.`)
    }),

    ListAttachedRolePolicies: Effect.fnUntraced(function*(input, state, context) {
      const role = yield* findRole(state, input.RoleName)
      const attached = [...role.attached].filter((arn) => pathIn(arn).startsWith(input.PathPrefix ?? "/"))
      const [page, next] = yield* listPage(context, input, attached, (arn) => `${nameIn(arn)} ${arn}`)
      return { AttachedPolicies: page.map((arn) => ({ PolicyName: nameIn(arn), PolicyArn: arn })), ...next }
    }),

    CreatePolicy: Effect.fnUntraced(function*(input, state, context) {
      const name = yield* checkName("policyName", input.PolicyName)
      const path = yield* checkPath(input.Path)
      const tags = yield* checkTags(input.Tags)
      const document = yield* checkPolicy(input.PolicyDocument)
      if (document.replace(/\s/g, "").length > 6144) {
        return yield* limitExceeded("Cannot exceed quota for PolicySize: 6144")
      }
      if ([...state.policies.values()].some((policy) => policy.name.toLowerCase() === name.toLowerCase())) {
        return yield* alreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`)
      }
      const base = yield* newEntity(context, { prefix: "ANPA", arn: "policy" }, { name, path, tags })
      const policy: Policy = {
        ...base,
        description: input.Description,
        updated: base.created,
        default: "v1",
        lastVersion: 1,
        versions: [{ id: "v1", document, created: base.created }]
      }
      state.policies.set(policy.arn, policy)
      return { Policy: { ...toSdkPolicy(state, policy), ...(tags.length > 0 && { Tags: [...tags] }) } }
    }),

    GetPolicy: Effect.fnUntraced(function*({ PolicyArn }, state) {
      const arn = yield* checkArn(PolicyArn)
      if (isAwsManaged(arn)) return { Policy: toAwsManagedPolicy(state, arn) }
      const policy = yield* findPolicy(state, arn)
      return {
        Policy: {
          ...toSdkPolicy(state, policy),
          ...(policy.description !== undefined && { Description: policy.description }),
          Tags: [...policy.tags]
        }
      }
    }),

    // Lists only those AWS managed policies that are attached to a role.
    ListPolicies: Effect.fnUntraced(function*(input, state, context) {
      const { OnlyAttached = false, PathPrefix = "/", Scope = "All" } = input
      const used = new Set([...state.roles.values()].flatMap(({ attached }) => [...attached]).filter(isAwsManaged))
      const all = [
        ...(Scope === "AWS" ? [] : [...state.policies.values()].map((policy) => toSdkPolicy(state, policy))),
        ...(Scope === "Local" ? [] : [...used].map((arn) => toAwsManagedPolicy(state, arn)))
      ].filter(({ AttachmentCount = 0, Path = "" }) =>
        Path.startsWith(PathPrefix) && (!OnlyAttached || AttachmentCount > 0)
      )
      const [page, next] = yield* listPage(context, input, all, ({ Arn = "", PolicyName }) => `${PolicyName} ${Arn}`)
      return { Policies: [...page], ...next }
    }),

    DeletePolicy: Effect.fnUntraced(function*({ PolicyArn }, state) {
      const policy = yield* findPolicy(state, PolicyArn)
      const { AttachmentCount, PermissionsBoundaryUsageCount } = usage(state, policy.arn)
      if (AttachmentCount + PermissionsBoundaryUsageCount > 0) {
        return yield* deleteConflict("Cannot delete a policy attached to entities.")
      }
      if (policy.versions.length > 1) {
        return yield* deleteConflict(
          "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."
        )
      }
      state.policies.delete(policy.arn)
      return {}
    }),

    CreatePolicyVersion: Effect.fnUntraced(function*({ PolicyArn, PolicyDocument, SetAsDefault = false }, state) {
      const policy = yield* findPolicy(state, PolicyArn)
      const document = yield* checkPolicy(PolicyDocument)
      if (policy.versions.length >= 5) {
        return yield* limitExceeded(
          "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."
        )
      }
      policy.lastVersion++
      const version = { id: `v${policy.lastVersion}`, document, created: new Date(yield* Clock.currentTimeMillis) }
      policy.versions = [version, ...policy.versions]
      policy.updated = version.created
      if (SetAsDefault) policy.default = version.id
      return { PolicyVersion: toSdkVersion(version, policy) }
    }),

    GetPolicyVersion: Effect.fnUntraced(function*({ PolicyArn, VersionId }, state) {
      const { policy, version } = yield* findVersion(state, PolicyArn, VersionId)
      return { PolicyVersion: { ...toSdkVersion(version, policy), Document: percentEncode(version.document) } }
    }),

    ListPolicyVersions: Effect.fnUntraced(function*(input, state, context) {
      const policy = yield* findPolicy(state, input.PolicyArn)
      // The newest version comes first, so its key has to be the lowest.
      const [page, next] = yield* listPage(
        context,
        input,
        policy.versions,
        ({ id }) => String(1e6 - Number(id.slice(1))).padStart(7, "0")
      )
      return { Versions: page.map((version) => toSdkVersion(version, policy)), ...next }
    }),

    DeletePolicyVersion: Effect.fnUntraced(function*({ PolicyArn, VersionId }, state) {
      const { policy, version } = yield* findVersion(state, PolicyArn, VersionId)
      if (version.id === policy.default) {
        return yield* deleteConflict("Cannot delete the default version of a policy.")
      }
      policy.versions = policy.versions.filter((other) => other !== version)
      return {}
    }),

    CreateInstanceProfile: Effect.fnUntraced(function*(input, state, context) {
      const name = yield* checkName("instanceProfileName", input.InstanceProfileName)
      const path = yield* checkPath(input.Path)
      const tags = yield* checkTags(input.Tags)
      if (state.profiles.has(name.toLowerCase())) {
        return yield* alreadyExists(`Instance Profile ${name} already exists.`)
      }
      const profile: Profile = {
        ...(yield* newEntity(context, { prefix: "AIPA", arn: "instance-profile" }, { name, path, tags })),
        role: undefined
      }
      state.profiles.set(name.toLowerCase(), profile)
      return { InstanceProfile: toSdkProfile(profile, tags.length > 0 ? tags : undefined) }
    }),

    GetInstanceProfile: Effect.fnUntraced(function*({ InstanceProfileName }, state) {
      const profile = yield* findProfile(state, InstanceProfileName)
      return { InstanceProfile: toSdkProfile(profile, profile.tags) }
    }),

    ListInstanceProfiles: Effect.fnUntraced(function*(input, state, context) {
      const profiles = underPath(state.profiles.values(), input.PathPrefix)
      const [page, next] = yield* listPage(context, input, profiles, ({ name }) => name)
      return { InstanceProfiles: page.map((profile) => toSdkProfile(profile, undefined)), ...next }
    }),

    ListInstanceProfilesForRole: Effect.fnUntraced(function*(input, state, context) {
      const role = yield* findRole(state, input.RoleName)
      const profiles = [...state.profiles.values()].filter((profile) => profile.role === role)
      const [page, next] = yield* listPage(context, input, profiles, ({ name }) => name)
      return { InstanceProfiles: page.map((profile) => toSdkProfile(profile, undefined)), ...next }
    }),

    AddRoleToInstanceProfile: Effect.fnUntraced(function*({ InstanceProfileName, RoleName }, state) {
      const profile = yield* findProfile(state, InstanceProfileName)
      const role = yield* findRole(state, RoleName)
      if (profile.role !== undefined) {
        return yield* limitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
      }
      profile.role = role
      return {}
    }),

    RemoveRoleFromInstanceProfile: Effect.fnUntraced(function*({ InstanceProfileName, RoleName }, state) {
      const profile = yield* findProfile(state, InstanceProfileName)
      const role = yield* findRole(state, RoleName)
      if (profile.role !== role) {
        return yield* noSuchEntity(`Role ${role.name} in Instance Profile ${profile.name} cannot be found.`)
      }
      profile.role = undefined
      return {}
    }),

    DeleteInstanceProfile: Effect.fnUntraced(function*({ InstanceProfileName }, state) {
      const profile = yield* findProfile(state, InstanceProfileName)
      if (profile.role !== undefined) {
        return yield* deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
      }
      state.profiles.delete(profile.name.toLowerCase())
      return {}
    }),

    CreateUser: Effect.fnUntraced(function*(input, state, context) {
      const name = yield* checkName("userName", input.UserName, 64)
      const path = yield* checkPath(input.Path)
      const tags = yield* checkTags(input.Tags)
      if (state.users.has(name.toLowerCase())) return yield* alreadyExists(`User with name ${name} already exists.`)
      const user: User = {
        ...(yield* newEntity(context, { prefix: "AIDA", arn: "user" }, { name, path, tags })),
        keys: new Map()
      }
      state.users.set(name.toLowerCase(), user)
      return { User: { ...toSdkUser(user), ...(tags.length > 0 && { Tags: [...tags] }) } }
    }),

    GetUser: Effect.fnUntraced(function*({ UserName }, state, context) {
      const user = yield* findUser(state, yield* userNameOf(UserName, context))
      return { User: { ...toSdkUser(user), ...(user.tags.length > 0 && { Tags: [...user.tags] }) } }
    }),

    ListUsers: Effect.fnUntraced(function*(input, state, context) {
      const [page, next] = yield* listPage(
        context,
        input,
        underPath(state.users.values(), input.PathPrefix),
        ({ name }) => name
      )
      return { Users: page.map(toSdkUser), ...next }
    }),

    DeleteUser: Effect.fnUntraced(function*({ UserName }, state) {
      const user = yield* findUser(state, UserName)
      if (user.keys.size > 0) return yield* deleteConflict("Cannot delete entity, must delete access keys first.")
      state.users.delete(user.name.toLowerCase())
      return {}
    }),

    CreateAccessKey: Effect.fnUntraced(function*({ UserName }, state, context) {
      const user = yield* findUser(state, yield* userNameOf(UserName, context))
      if (user.keys.size >= 2) return yield* limitExceeded("Cannot exceed quota for AccessKeysPerUser: 2")
      const principal = {
        account: context.account,
        arn: user.arn,
        userId: user.id,
        accessKeyId: newId(context, "AKIA"),
        secretAccessKey: context.id("", 40)
      }
      const created = new Date(yield* Clock.currentTimeMillis)
      user.keys.set(principal.accessKeyId, created)
      context.issue(principal)
      return {
        AccessKey: {
          UserName: user.name,
          AccessKeyId: principal.accessKeyId,
          Status: "Active" as const,
          SecretAccessKey: principal.secretAccessKey,
          CreateDate: created
        }
      }
    }),

    ListAccessKeys: Effect.fnUntraced(function*(input, state, context) {
      const user = yield* findUser(state, yield* userNameOf(input.UserName, context))
      const [page, next] = yield* listPage(context, input, user.keys, ([id]) => id)
      return {
        AccessKeyMetadata: page.map(([id, created]) => ({
          UserName: user.name,
          AccessKeyId: id,
          Status: "Active" as const,
          CreateDate: created
        })),
        ...next
      }
    }),

    DeleteAccessKey: Effect.fnUntraced(function*({ AccessKeyId = "", UserName }, state, context) {
      const user = yield* findUser(state, yield* userNameOf(UserName, context))
      if (!user.keys.delete(AccessKeyId)) {
        return yield* noSuchEntity(`The Access Key with id ${AccessKeyId} cannot be found.`)
      }
      context.revoke(AccessKeyId)
      return {}
    })
  }
})
