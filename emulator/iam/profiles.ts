/** Instance profiles. */
import type * as sdk from "@aws-sdk/client-iam"
import * as Effect from "effect/Effect"
import { checkQuota } from "./quotas.ts"
import { toSdkRole } from "./roles.ts"
import * as Iam from "./state.ts"

const InstanceProfileName = Iam.rules.name
const RoleName = Iam.rules.shortName

export const findProfile = (state: Iam.State, name: string) =>
  Effect.fromNullishOr(state.profiles.get(Iam.keyOf(name))).pipe(
    Effect.mapError(() => Iam.noSuchEntity(`Instance Profile ${name} cannot be found.`))
  )

export const toSdkProfile = (profile: Iam.Profile, tags: Iam.Tags | undefined): sdk.InstanceProfile => ({
  Path: profile.path,
  InstanceProfileName: profile.name,
  InstanceProfileId: profile.id,
  Arn: profile.arn,
  CreateDate: profile.created,
  Roles: profile.role === undefined ? [] : [toSdkRole(profile.role, "profile")],
  ...(tags !== undefined && { Tags: [...tags] })
})

export const profiles: Iam.IamHandlers = {
  CreateInstanceProfile: Effect.fnUntraced(function*(input, state, context) {
    const checked = yield* Iam.check(input, {
      InstanceProfileName,
      Path: Iam.rules.path,
      Tags: Iam.rules.newTags
    })
    const name = checked.InstanceProfileName
    if (state.profiles.has(Iam.keyOf(name))) {
      return yield* Iam.alreadyExists(`Instance Profile ${name} already exists.`)
    }
    yield* checkQuota("InstanceProfilesPerAccount", state.profiles.size + 1)
    const profile: Iam.Profile = {
      ...(yield* Iam.newEntity(
        context,
        { prefix: "AIPA", arn: "instance-profile" },
        { name, path: checked.Path, tags: checked.Tags }
      )),
      role: undefined
    }
    state.profiles.set(Iam.keyOf(name), profile)
    return { InstanceProfile: toSdkProfile(profile, profile.tags.length > 0 ? profile.tags : undefined) }
  }),

  GetInstanceProfile: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { InstanceProfileName })
    const profile = yield* findProfile(state, checked.InstanceProfileName)
    return { InstanceProfile: toSdkProfile(profile, profile.tags) }
  }),

  ListInstanceProfiles: Effect.fnUntraced(function*(input, state, context) {
    const { PathPrefix } = yield* Iam.check(input, Iam.rules.list)
    const found = Iam.underPath(state.profiles.values(), PathPrefix)
    const [page, next] = yield* Iam.listPage(context, input, found, ({ name }) => name)
    return { InstanceProfiles: page.map((profile) => toSdkProfile(profile, undefined)), ...next }
  }),

  ListInstanceProfilesForRole: Effect.fnUntraced(function*(input, state, context) {
    const { Marker, MaxItems } = Iam.rules.list
    const checked = yield* Iam.check(input, { RoleName, Marker, MaxItems })
    const role = yield* Iam.findRole(state, checked.RoleName)
    const found = [...state.profiles.values()].filter((profile) => profile.role === role)
    const [page, next] = yield* Iam.listPage(context, input, found, ({ name }) => name)
    return { InstanceProfiles: page.map((profile) => toSdkProfile(profile, undefined)), ...next }
  }),

  AddRoleToInstanceProfile: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { InstanceProfileName, RoleName })
    const profile = yield* findProfile(state, checked.InstanceProfileName)
    const role = yield* Iam.findOwnRole(state, checked.RoleName)
    yield* checkQuota("InstanceSessionsPerInstanceProfile", profile.role === undefined ? 1 : 2)
    profile.role = role
    return {}
  }),

  RemoveRoleFromInstanceProfile: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { InstanceProfileName, RoleName })
    const profile = yield* findProfile(state, checked.InstanceProfileName)
    const role = yield* Iam.findOwnRole(state, checked.RoleName)
    if (profile.role !== role) {
      return yield* Iam.noSuchEntity(`Role ${role.name} in Instance Profile ${profile.name} cannot be found.`)
    }
    profile.role = undefined
    return {}
  }),

  DeleteInstanceProfile: Effect.fnUntraced(function*(input, state) {
    const checked = yield* Iam.check(input, { InstanceProfileName })
    const profile = yield* findProfile(state, checked.InstanceProfileName)
    if (profile.role !== undefined) {
      return yield* Iam.deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
    }
    state.profiles.delete(Iam.keyOf(profile.name))
    return {}
  })
}
