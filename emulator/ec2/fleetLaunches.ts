/** In-memory EC2: how fleets launch instances, keep their capacity and give it up. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { defined } from "../support/members.ts"
import { fault } from "./faults.ts"
import { isEnded, terminate } from "./instanceStates.ts"
import { launch, launched } from "./launch.ts"
import { findTemplate, findVersion } from "./launchTemplates.ts"
import { type Fleet, type FleetLaunch, type Instance, schedule, seconds, type State } from "./state.ts"

type Lifecycle = FleetLaunch["Lifecycle"]

/** What a fleet can launch: a version of a template with one of its overrides. */
export interface Candidate {
  readonly specification: sdk.FleetLaunchTemplateSpecification
  readonly override: sdk.FleetLaunchTemplateOverrides
}

/** How long a fleet takes, at least, from the request that deletes it to `deleted`. */
const DELETE = seconds(60)
/** How long a deleted fleet stays listed. */
const LISTED = seconds(48 * 3600)

export const candidatesOf = ({ LaunchTemplateConfigs }: Fleet): ReadonlyArray<Candidate> =>
  LaunchTemplateConfigs.flatMap(({ LaunchTemplateSpecification: specification = {}, Overrides = [] }) =>
    (Overrides.length === 0 ? [{}] : Overrides).map((override) => ({ specification, override }))
  )

/** The data of a template with an override in it. */
const dataWith = (
  data: sdk.ResponseLaunchTemplateData,
  override: sdk.FleetLaunchTemplateOverrides
): sdk.ResponseLaunchTemplateData => {
  const { AvailabilityZone, AvailabilityZoneId, BlockDeviceMappings, ImageId, InstanceType, SubnetId } = override
  const { NetworkInterfaces } = data
  const placement = defined({ AvailabilityZone, AvailabilityZoneId, ...override.Placement })
  return {
    ...data,
    ...defined({ ImageId, InstanceType, BlockDeviceMappings }),
    ...(Object.keys(placement).length > 0 && { Placement: { ...data.Placement, ...placement } }),
    // A subnet is the one of the interfaces if the template has interfaces.
    ...(SubnetId !== undefined && (NetworkInterfaces === undefined
      ? { SubnetId }
      : { NetworkInterfaces: NetworkInterfaces.map((one) => ({ ...one, SubnetId })) }))
  }
}

/** Launches up to this many instances of a candidate. */
export const launchCandidate = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  fleet: Fleet,
  { override, specification }: Candidate,
  lifecycle: Lifecycle,
  count: number
) {
  const { LaunchTemplateId, Version } = specification
  const version = yield* findVersion(yield* findTemplate(state, { LaunchTemplateId }, "launch instances"), Version)
  const LaunchTemplateData = dataWith(version.LaunchTemplateData, override)
  if (LaunchTemplateData.InstanceRequirements !== undefined || override.InstanceRequirements !== undefined) {
    return yield* unsupported("The in-memory EC2 doesn't support InstanceRequirements. Name the instance types.")
  }
  if (LaunchTemplateData.InstanceType === undefined) {
    return yield* fault("InvalidFleetConfig", "The fleet configuration has no instance type for a launch template.")
  }
  const reservation = yield* launch(
    state,
    context,
    { MinCount: 1, MaxCount: count, TagSpecifications: [...fleet.launchTags] },
    {
      template: { ...version, LaunchTemplateData },
      systemTags: [{ Key: "aws:ec2:fleet-id", Value: fleet.FleetId }],
      isSpot: lifecycle === "spot"
    }
  )
  return { instances: launched(state, reservation), version }
})

const byPriority = (candidates: ReadonlyArray<Candidate>) =>
  candidates.toSorted((a, b) => (a.override.Priority ?? Infinity) - (b.override.Priority ?? Infinity) || 0)

const weightOf = ({ override }: Candidate) => override.WeightedCapacity ?? 1

/** How many instances of each candidate to ask for, in turn, until the capacity is reached. Nothing here has a price. */
const planOf = (fleet: Fleet, lifecycle: Lifecycle, capacity: number): ReadonlyArray<readonly [Candidate, number]> => {
  const all = candidatesOf(fleet)
  const strategy = (lifecycle === "spot" ? fleet.SpotOptions : fleet.OnDemandOptions)?.AllocationStrategy as
    | string
    | undefined
  if (strategy !== "diversified") {
    const ordered = strategy?.toLowerCase().endsWith("prioritized") === true ? byPriority(all) : all
    return ordered.map((candidate) => [candidate, Infinity])
  }
  const counts = new Map(all.map((candidate) => [candidate, 0]))
  for (let at = 0, rest = capacity; rest > 0; at++) {
    const candidate = all[at % all.length]!
    counts.set(candidate, counts.get(candidate)! + 1)
    rest -= weightOf(candidate)
  }
  // If one of them can't be launched, the others make up for it.
  return [...counts, ...all.map((candidate) => [candidate, Infinity] as const)]
}

const place = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  fleet: Fleet,
  lifecycle: Lifecycle,
  capacity: number
) {
  const errors: Array<sdk.DescribeFleetError> = []
  const failed = new Set<Candidate>()
  let rest = capacity
  for (const [candidate, most] of planOf(fleet, lifecycle, capacity)) {
    const weight = weightOf(candidate)
    const count = Math.min(most, Math.ceil(rest / weight))
    if (!(count > 0) || failed.has(candidate)) continue
    const { override, specification } = candidate
    const result = yield* Effect.result(launchCandidate(state, context, fleet, candidate, lifecycle, count))
    const LaunchTemplateAndOverrides = {
      LaunchTemplateSpecification: {
        ...specification,
        ...(Result.isSuccess(result) && { Version: String(result.success.version.VersionNumber) })
      },
      Overrides: override
    }
    if (Result.isFailure(result)) {
      failed.add(candidate)
      const { code: ErrorCode, message: ErrorMessage } = result.failure
      errors.push({ LaunchTemplateAndOverrides, Lifecycle: lifecycle, ErrorCode, ErrorMessage })
      continue
    }
    const { instances } = result.success
    fleet.launches.push({
      LaunchTemplateAndOverrides,
      Lifecycle: lifecycle,
      InstanceIds: instances.map(({ InstanceId }) => InstanceId),
      InstanceType: instances[0]?.InstanceType as sdk._InstanceType | undefined,
      Platform: instances[0]?.Platform,
      weight
    })
    rest -= instances.length * weight
  }
  return errors
})

/** The instances of a fleet that aren't terminated or about to be, the newest last. */
export const liveOf = (state: State, { launches }: Fleet) =>
  launches.flatMap(({ InstanceIds, Lifecycle, weight }) =>
    InstanceIds.flatMap((id) => {
      const instance = state.instances.get(id)
      return instance === undefined || isEnded(instance) ? [] : [{ instance, Lifecycle, weight }]
    })
  )

/** The capacity that the live instances of a fleet are, in all or of one lifecycle. */
export const fulfilled = (state: State, fleet: Fleet, lifecycle?: Lifecycle): number =>
  liveOf(state, fleet).reduce(
    (sum, { Lifecycle, weight }) => lifecycle === undefined || lifecycle === Lifecycle ? sum + weight : sum,
    0
  )

/** Launches what a fleet lacks of its capacity. */
export const fill = Effect.fnUntraced(function*(state: State, context: HandlerContext, fleet: Fleet) {
  const { OnDemandTargetCapacity = 0, SpotTargetCapacity = 0 } = fleet.TargetCapacitySpecification
  const targets: ReadonlyArray<readonly [Lifecycle, number]> = [
    ["on-demand", OnDemandTargetCapacity],
    ["spot", SpotTargetCapacity]
  ]
  const errors: Array<sdk.DescribeFleetError> = []
  for (const [lifecycle, target] of targets) {
    errors.push(...yield* place(state, context, fleet, lifecycle, target - fulfilled(state, fleet, lifecycle)))
  }
  fleet.isPlaced = true
  fleet.errors = errors
})

const terminateAll = (state: State, context: HandlerContext, instances: Iterable<Instance>, now: number) => {
  for (const instance of instances) terminate(state, context, instance, now)
}

/** Terminates the newest instances that a fleet has beyond its capacity. */
export const trim = (state: State, context: HandlerContext, fleet: Fleet, now: number) => {
  const { OnDemandTargetCapacity = 0, SpotTargetCapacity = 0 } = fleet.TargetCapacitySpecification
  for (const [lifecycle, target] of [["on-demand", OnDemandTargetCapacity], ["spot", SpotTargetCapacity]] as const) {
    let excess = fulfilled(state, fleet, lifecycle) - target
    for (
      const { instance, weight } of liveOf(state, fleet).filter(({ Lifecycle }) => Lifecycle === lifecycle).toReversed()
    ) {
      if (weight > excess) break
      terminate(state, context, instance, now)
      excess -= weight
    }
  }
}

/** Ends a fleet, with or without its instances. */
export const end = (state: State, context: HandlerContext, fleet: Fleet, terminates: boolean, now: number) => {
  fleet.FleetState = terminates ? "deleted_terminating" : "deleted_running"
  fleet.endedAt = now
  if (terminates) terminateAll(state, context, liveOf(state, fleet).map(({ instance }) => instance), now)
}

/** Brings the fleets up to now: they launch what they lack, expire, and are deleted once their instances are gone. */
export const maintain = Effect.fnUntraced(function*(state: State, context: HandlerContext, now: number) {
  for (const fleet of state.fleets.values()) {
    const { FleetState, Type, ValidFrom, ValidUntil } = fleet
    if (FleetState === "deleted_running" || FleetState === "deleted_terminating") {
      const isGone = fleet.launches.every(({ InstanceIds }) =>
        InstanceIds.every((id) => (state.instances.get(id)?.State.Name ?? "terminated") === "terminated")
      )
      if (!isGone || now < (fleet.endedAt ?? 0) + context.takes(DELETE)) continue
      fleet.FleetState = "deleted"
      schedule(state, now + context.takes(LISTED), { kind: "unlist", of: "fleets", id: fleet.FleetId })
    } else if (FleetState === "active" && Type !== "instant") {
      if (ValidUntil !== undefined && ValidUntil.getTime() <= now) {
        end(state, context, fleet, fleet.TerminateInstancesWithExpiration === true, now)
      } else if ((ValidFrom === undefined || ValidFrom.getTime() <= now) && (Type === "maintain" || !fleet.isPlaced)) {
        yield* fill(state, context, fleet)
      }
    }
  }
})
