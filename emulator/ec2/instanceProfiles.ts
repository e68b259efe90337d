/** In-memory EC2: the instance profiles of instances. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { iam } from "../iam/iam.ts"
import { combination, fault, invalidValue, missing, required } from "./faults.ts"
import { type Filters, matching, page } from "./filters.ts"
import { find, instances } from "./kinds.ts"
import type { Ec2Handlers, ProfileAssociation, State } from "./state.ts"

/** The profile that a request names or gives the ARN of. */
export const findProfile = Effect.fnUntraced(function*(
  context: HandlerContext,
  given: sdk.IamInstanceProfileSpecification | undefined
) {
  const { Arn, Name } = given ?? {}
  if (Arn !== undefined && Name !== undefined) {
    return yield* combination(
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'"
    )
  }
  if (Arn === undefined && Name === undefined) return yield* missing("IamInstanceProfile")
  const found = [...context.stateOf(iam).profiles.values()].find(({ arn, name }) => arn === Arn || name === Name)
  if (found === undefined) {
    return yield* (Arn === undefined
      ? invalidValue(Name, "iamInstanceProfile.name", "Invalid IAM Instance Profile name")
      : invalidValue(Arn, "iamInstanceProfile.arn", "Invalid IAM Instance Profile ARN"))
  }
  return found.role === undefined
    ? yield* fault("InvalidParameterValue", `IAM Instance Profile "${found.arn}" has no associated IAM Roles`)
    : { Arn: found.arn, Id: found.id }
})

export const associationOf = (state: State, instanceId: string) =>
  [...state.profileAssociations.values()].find(({ InstanceId }) => InstanceId === instanceId)

export const associateProfile = (state: State, context: HandlerContext, options: {
  readonly instanceId: string
  readonly profile: sdk.IamInstanceProfile
}): ProfileAssociation => {
  const association: ProfileAssociation = {
    AssociationId: context.id("iip-assoc-", 17),
    InstanceId: options.instanceId,
    IamInstanceProfile: options.profile,
    State: "associated"
  }
  state.profileAssociations.set(association.AssociationId, association)
  return association
}

const notFound = (id: string) =>
  fault("InvalidAssociationID.NotFound", `An invalid association-id of '${id}' was given`)

const findAssociation = Effect.fnUntraced(function*(state: State, given: string | undefined) {
  const id = yield* required(given, "AssociationId")
  return state.profileAssociations.get(id) ?? (yield* notFound(id))
})

const associationFilters: Filters<ProfileAssociation> = {
  "instance-id": (association) => association.InstanceId,
  state: (association) => association.State
}

export const handlers: Ec2Handlers = {
  AssociateIamInstanceProfile: Effect.fnUntraced(function*(input, state, context) {
    const instance = yield* find(state, instances, input.InstanceId, "InstanceId")
    const profile = yield* findProfile(context, input.IamInstanceProfile)
    const { InstanceId } = instance
    if (instance.State.Name === "terminated" || instance.State.Name === "shutting-down") {
      return yield* fault(
        "IncorrectInstanceState",
        `The instance '${InstanceId}' is not in the 'pending', 'running', 'stopping' or 'stopped' states.`
      )
    }
    if (associationOf(state, InstanceId) !== undefined) {
      return yield* fault("IncorrectState", `There is an existing association for instance ${InstanceId}`)
    }
    const association = associateProfile(state, context, { instanceId: InstanceId, profile })
    return { IamInstanceProfileAssociation: { ...association, State: "associating" as const } }
  }),

  DescribeIamInstanceProfileAssociations: Effect.fnUntraced(function*(input, state, context) {
    const ids = input.AssociationIds ?? []
    const unknown = ids.find((id) => !state.profileAssociations.has(id))
    if (unknown !== undefined) return yield* notFound(unknown)
    const all = [...state.profileAssociations.values()].filter(({ AssociationId }) =>
      ids.length === 0 || ids.includes(AssociationId)
    )
    const found = yield* matching(context, all, input.Filters, associationFilters)
    const [associations, NextToken] = yield* page(context, found, input, ({ AssociationId }) => AssociationId)
    return { IamInstanceProfileAssociations: [...associations], NextToken }
  }),

  DisassociateIamInstanceProfile: Effect.fnUntraced(function*(input, state) {
    const association = yield* findAssociation(state, input.AssociationId)
    state.profileAssociations.delete(association.AssociationId)
    return { IamInstanceProfileAssociation: { ...association, State: "disassociating" as const } }
  }),

  ReplaceIamInstanceProfileAssociation: Effect.fnUntraced(function*(input, state, context) {
    const before = yield* findAssociation(state, input.AssociationId)
    const profile = yield* findProfile(context, input.IamInstanceProfile)
    state.profileAssociations.delete(before.AssociationId)
    const association = associateProfile(state, context, { instanceId: before.InstanceId, profile })
    const Timestamp = new Date(yield* Clock.currentTimeMillis)
    return { IamInstanceProfileAssociation: { ...association, State: "associating" as const, Timestamp } }
  })
}
