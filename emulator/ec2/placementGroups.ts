/** In-memory EC2: placement groups. */
import * as Effect from "effect/Effect"
import { arnOf } from "./enis.ts"
import { combination, fault, invalidValue, oneOf, required } from "./faults.ts"
import { type Filters, matching } from "./filters.ts"
import { findAll, placementGroups } from "./kinds.ts"
import type { Ec2Handlers, PlacementGroup, State } from "./state.ts"
import { newTags, tagsIfAny } from "./tags.ts"

const unknown = (name: string) => fault(placementGroups.notFound, `The Placement Group '${name}' is unknown.`)

/** Finds a placement group by its name. */
export const findPlacementGroup = Effect.fnUntraced(function*(state: State, name: string) {
  return [...state.placementGroups.values()].find(({ GroupName }) => GroupName === name) ?? (yield* unknown(name))
})

const described = ({ Tags, ...group }: PlacementGroup) => ({ ...group, ...tagsIfAny(Tags) })

const groupFilters: Filters<PlacementGroup> = {
  "group-arn": (group) => group.GroupArn,
  "group-name": (group) => group.GroupName,
  "spread-level": (group) => group.SpreadLevel,
  state: (group) => group.State,
  strategy: (group) => group.Strategy
}

export const handlers: Ec2Handlers = {
  CreatePlacementGroup: Effect.fnUntraced(function*(input, state, context) {
    const GroupName = yield* required(input.GroupName, "groupName")
    if (!/^[\x20-\x7e]{1,255}$/.test(GroupName)) return yield* invalidValue(GroupName, "groupName")
    const Strategy = yield* oneOf(yield* required<string>(input.Strategy, "strategy"), "strategy", {
      here: ["cluster", "partition", "spread"]
    })
    if (input.PartitionCount !== undefined && Strategy !== "partition") {
      return yield* combination("The parameter PartitionCount is only supported with the partition strategy.")
    }
    const PartitionCount = Strategy === "partition" ? input.PartitionCount ?? 2 : undefined
    if (PartitionCount !== undefined && !(PartitionCount >= 1 && PartitionCount <= 7)) {
      return yield* invalidValue(PartitionCount, "partitionCount", "It must be between 1 and 7.")
    }
    if (input.SpreadLevel !== undefined && Strategy !== "spread") {
      return yield* combination("The parameter SpreadLevel is only supported with the spread strategy.")
    }
    const SpreadLevel = Strategy === "spread"
      ? yield* oneOf(input.SpreadLevel ?? "rack", "spreadLevel", { here: ["rack"], onAws: ["host"] })
      : undefined
    const Tags = yield* newTags(input.TagSpecifications, "placement-group")
    if ([...state.placementGroups.values()].some((group) => group.GroupName === GroupName)) {
      return yield* fault("InvalidPlacementGroup.Duplicate", `The placement group '${GroupName}' already exists.`)
    }
    const group: PlacementGroup = {
      GroupId: context.id("pg-", 17),
      GroupName,
      GroupArn: arnOf(context, `placement-group/${GroupName}`),
      PartitionCount,
      SpreadLevel,
      State: "available",
      Strategy,
      Tags
    }
    state.placementGroups.set(group.GroupId, group)
    return { PlacementGroup: described(group) }
  }),

  DescribePlacementGroups: Effect.fnUntraced(function*(input, state, context) {
    const { Filters, GroupIds = [], GroupNames = [] } = input
    const wanted = new Set([
      ...yield* Effect.forEach(GroupNames, (name) => findPlacementGroup(state, name)),
      ...yield* findAll(state, placementGroups, GroupIds, "GroupIds")
    ])
    const all = wanted.size > 0 ? wanted : state.placementGroups.values()
    const found = yield* matching(context, all, Filters, groupFilters, ({ Tags }) => Tags)
    return { PlacementGroups: found.map(described) }
  }),

  DeletePlacementGroup: Effect.fnUntraced(function*(input, state) {
    const group = yield* findPlacementGroup(state, yield* required(input.GroupName, "groupName"))
    const isUsed = [...state.instances.values()].some(({ Placement, State }) =>
      Placement.GroupName === group.GroupName && State.Name !== "terminated"
    )
    if (isUsed) {
      return yield* fault(
        "InvalidPlacementGroup.InUse",
        `The placement group '${group.GroupName}' is in use and may not be deleted.`
      )
    }
    state.placementGroups.delete(group.GroupId)
    return {}
  })
}
