/** All users, groups, roles and policies of the account in one list, with what they may do. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { nameIn } from "../support/arn.ts"
import { toSdkUser } from "./callers.ts"
import { encoded } from "./documents.ts"
import { toSdkBoundary } from "./holders.ts"
import { isAwsManaged } from "./managed.ts"
import { findPolicy, readAttached, toSdkPolicy, toSdkVersion, usageIn } from "./policies.ts"
import { toSdkProfile } from "./profiles.ts"
import { toSdkRole } from "./roles.ts"
import * as Iam from "./state.ts"

const kinds = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"] as const

/** An entity, by what it is filtered by, and how its details are made. */
interface Listed {
  readonly kind: (typeof kinds)[number]
  readonly key: string
  readonly holder?: Iam.PolicyHolder
  readonly arn?: string
}

const inlineOf = ({ inline }: Iam.PolicyHolder): Array<sdk.PolicyDetail> =>
  [...inline].map(([PolicyName, document]) => ({ PolicyName, PolicyDocument: encoded(document) }))

const attachedTo = ({ attached }: Iam.PolicyHolder): Array<sdk.AttachedPolicy> =>
  [...attached].map((PolicyArn) => ({ PolicyName: nameIn(PolicyArn), PolicyArn }))

const toUserDetail = ({ groups }: Iam.State, user: Iam.User): sdk.UserDetail => ({
  ...toSdkUser(user),
  ...(user.inline.size > 0 && { UserPolicyList: inlineOf(user) }),
  GroupList: [...groups.values()].filter(({ members }) => members.has(user)).map(({ name }) => name),
  AttachedManagedPolicies: attachedTo(user),
  ...toSdkBoundary(user),
  Tags: [...user.tags]
})

const toGroupDetail = (group: Iam.Group): sdk.GroupDetail => ({
  Path: group.path,
  GroupName: group.name,
  GroupId: group.id,
  Arn: group.arn,
  CreateDate: group.created,
  GroupPolicyList: inlineOf(group),
  AttachedManagedPolicies: attachedTo(group)
})

const toRoleDetail = ({ profiles }: Iam.State, role: Iam.Role): sdk.RoleDetail => ({
  ...toSdkRole(role, "profile"),
  InstanceProfileList: [...profiles.values()].filter((profile) => profile.role === role)
    .map((profile) => toSdkProfile(profile, undefined)),
  RolePolicyList: inlineOf(role),
  AttachedManagedPolicies: attachedTo(role),
  ...toSdkBoundary(role),
  Tags: [...role.tags],
  RoleLastUsed: {}
})

/** A policy with the documents of its versions. Of an AWS managed policy, that is the default version. */
const toPolicyDetail = Effect.fnUntraced(function*(
  state: Iam.State,
  arn: string,
  usageOf: ReturnType<typeof usageIn>,
  context: HandlerContext
) {
  const policy = yield* findPolicy(state, arn, context)
  const versions = "versions" in policy
    ? policy.versions
    : [{ id: policy.default, created: policy.updated, ...(yield* readAttached(state, arn)) }]
  return {
    ...toSdkPolicy(policy, usageOf),
    PolicyVersionList: versions.map((version) => ({
      ...toSdkVersion(version, policy),
      Document: encoded(version.document)
    }))
  } satisfies sdk.ManagedPolicyDetail
})

export const accountDetails: Iam.IamHandlers = {
  // Of the AWS managed policies, only those that are in use are listed.
  GetAccountAuthorizationDetails: Effect.fnUntraced(function*(input, state, context) {
    const { Marker, MaxItems } = Iam.rules.list
    const { Filter = kinds } = yield* Iam.check(input, { Filter: { each: { enum: kinds } }, Marker, MaxItems })
    const holders = (kind: Listed["kind"], all: Iterable<Iam.PolicyHolder>) =>
      [...all].map((holder): Listed => ({ kind, key: `${kind} ${holder.name}`, holder }))
    const ofArns = (kind: Listed["kind"], arns: Iterable<string>) =>
      [...arns].map((arn): Listed => ({ kind, key: `${kind} ${arn}`, arn }))
    const used = new Set(Iam.holdersOf(state).flatMap(({ attached, boundary = "" }) => [...attached, boundary]))
    const listed = [
      ...holders("User", state.users.values()),
      ...holders("Group", state.groups.values()),
      ...holders("Role", state.roles.values()),
      ...ofArns("LocalManagedPolicy", state.policies.keys()),
      ...ofArns("AWSManagedPolicy", [...used].filter(isAwsManaged))
    ].filter(({ kind }) => Filter.includes(kind))
    const [page, next] = yield* Iam.listPage(context, input, listed, ({ key }) => key)
    const of = (kind: Listed["kind"]) => page.filter((one) => one.kind === kind).map(({ holder }) => holder)
    const usageOf = usageIn(state)
    return {
      UserDetailList: of("User").map((user) => toUserDetail(state, user as Iam.User)),
      GroupDetailList: of("Group").map((group) => toGroupDetail(group as Iam.Group)),
      RoleDetailList: of("Role").map((role) => toRoleDetail(state, role as Iam.Role)),
      Policies: yield* Effect.forEach(
        page.flatMap(({ arn }) => arn ?? []),
        (arn) => toPolicyDetail(state, arn, usageOf, context)
      ),
      ...next
    }
  })
}
