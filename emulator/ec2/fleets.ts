/** In-memory EC2: fleets of instances. How they launch them is in `fleetLaunches.ts`. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { unobserved } from "../engine/input.ts"
import type { HandlerContext } from "../engine/service.ts"
import { unsupported } from "../engine/unsupported.ts"
import { defined } from "../support/members.ts"
import { silent } from "./events.ts"
import { fault, invalidValue, missing, oneOf, required } from "./faults.ts"
import { type Filters, matching, page } from "./filters.ts"
import { candidatesOf, end, fill, fulfilled, launchCandidate, liveOf, trim } from "./fleetLaunches.ts"
import { idempotent } from "./idempotency.ts"
import { find, fleets } from "./kinds.ts"
import { requestedVersion } from "./launchTemplates.ts"
import { type Ec2Handlers, type Fleet, type Instance, schedule, seconds, type State } from "./state.ts"
import { newTags } from "./tags.ts"

/** How long a fleet takes from `submitted` or `modifying` to `active`. */
const START = seconds(5)

/** `lowest-price` → `lowestPrice`, as AWS's answers write the strategies. */
const camelCase = (text: string) => text.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

const policies = { here: ["no-termination", "termination"] as const }

const strategies = {
  spot: ["lowestPrice", "diversified", "capacityOptimized", "capacityOptimizedPrioritized", "priceCapacityOptimized"],
  onDemand: ["lowestPrice", "prioritized"]
}

const strategyOf = Effect.fnUntraced(function*(given: string | undefined, known: ReadonlyArray<string>) {
  const strategy = camelCase(given ?? "lowestPrice")
  return known.includes(strategy) ? strategy : yield* invalidValue(given, "AllocationStrategy")
})

/** Dies if the options want a fleet to launch all of its instances alike or none at all. */
const checkOptions = (options: sdk.SpotOptionsRequest | sdk.OnDemandOptionsRequest) => {
  const name = (["MinTargetCapacity", "SingleAvailabilityZone", "SingleInstanceType"] as const)
    .find((name) => options[name] !== undefined && options[name] !== false)
  return name === undefined
    ? Effect.void
    : unsupported(`The in-memory EC2 doesn't support ${name} of a fleet. Leave it out.`)
}

const spotOptions = Effect.fnUntraced(function*(observed: sdk.SpotOptionsRequest = {}) {
  const options = unobserved(observed)
  yield* checkOptions(options)
  const AllocationStrategy =
    (yield* strategyOf(options.AllocationStrategy, strategies.spot)) as sdk.SpotAllocationStrategy
  return {
    ...options,
    AllocationStrategy,
    InstanceInterruptionBehavior: yield* oneOf(
      options.InstanceInterruptionBehavior ?? "terminate",
      "InstanceInterruptionBehavior",
      { here: ["hibernate", "stop", "terminate"] }
    ),
    ...(AllocationStrategy as string === "lowestPrice" && {
      InstancePoolsToUseCount: options.InstancePoolsToUseCount ?? 1
    })
  } as sdk.SpotOptions
})

const onDemandOptions = Effect.fnUntraced(function*(observed: sdk.OnDemandOptionsRequest = {}) {
  const options = unobserved(observed)
  yield* checkOptions(options)
  if (options.CapacityReservationOptions !== undefined) {
    return yield* unsupported(
      "The in-memory EC2 doesn't support CapacityReservationOptions of a fleet. Leave them out."
    )
  }
  return {
    ...options,
    AllocationStrategy: yield* strategyOf(options.AllocationStrategy, strategies.onDemand)
  } as sdk.OnDemandOptions
})

/** The capacity that a request wants of each lifecycle. What it doesn't say is of the default one. */
const capacityOf = Effect.fnUntraced(function*(
  specification: sdk.TargetCapacitySpecificationRequest | undefined
): Effect.fn.Return<sdk.TargetCapacitySpecification, ReturnType<typeof fault>> {
  const wanted = yield* required(specification, "TargetCapacitySpecification")
  const total = yield* required(wanted.TotalTargetCapacity, "TargetCapacitySpecification.TotalTargetCapacity")
  const DefaultTargetCapacityType = yield* oneOf(
    wanted.DefaultTargetCapacityType ?? "on-demand",
    "DefaultTargetCapacityType",
    { here: ["spot", "on-demand"], onAws: ["capacity-block"] }
  )
  const unit = yield* oneOf(wanted.TargetCapacityUnitType ?? "units", "TargetCapacityUnitType", {
    here: ["units"],
    onAws: ["memory-mib", "vcpu"]
  })
  const { OnDemandTargetCapacity: onDemand = 0, SpotTargetCapacity: spot = 0 } = wanted
  for (const capacity of [total, onDemand, spot]) {
    if (!(capacity >= 0)) return yield* invalidValue(capacity, "TargetCapacity", "It must not be negative.")
  }
  const rest = total - onDemand - spot
  if (rest < 0) {
    return yield* invalidValue(
      total,
      "TotalTargetCapacity",
      "It must not be less than the sum of OnDemandTargetCapacity and SpotTargetCapacity."
    )
  }
  return {
    TotalTargetCapacity: total,
    OnDemandTargetCapacity: DefaultTargetCapacityType === "spot" ? onDemand : onDemand + rest,
    SpotTargetCapacity: DefaultTargetCapacityType === "spot" ? spot + rest : spot,
    DefaultTargetCapacityType,
    ...(wanted.TargetCapacityUnitType !== undefined && { TargetCapacityUnitType: unit })
  }
})

/** The templates of a request with their overrides. AWS's answers name a template by its id. */
const configsOf = Effect.fnUntraced(function*(
  state: State,
  given: ReadonlyArray<sdk.FleetLaunchTemplateConfigRequest> | undefined
) {
  if (given === undefined || given.length === 0) return yield* missing("LaunchTemplateConfigs")
  return yield* Effect.forEach(
    given.map(unobserved),
    Effect.fnUntraced(function*({ LaunchTemplateSpecification: specification, Overrides = [] }) {
      if (specification === undefined) return yield* missing("LaunchTemplateConfigs.LaunchTemplateSpecification")
      const Version = yield* required(
        specification.Version,
        "LaunchTemplateConfigs.LaunchTemplateSpecification.Version"
      )
      const version = (yield* requestedVersion(state, specification))!
      if (Overrides.some(({ InstanceRequirements }) => InstanceRequirements !== undefined)) {
        return yield* unsupported("The in-memory EC2 doesn't support InstanceRequirements. Name the instance types.")
      }
      const weight = Overrides.find(({ WeightedCapacity }) => WeightedCapacity !== undefined && !(WeightedCapacity > 0))
      if (weight !== undefined) return yield* invalidValue(weight.WeightedCapacity, "WeightedCapacity")
      return {
        LaunchTemplateSpecification: { LaunchTemplateId: version.LaunchTemplateId, Version },
        Overrides: structuredClone(Overrides) as Array<sdk.FleetLaunchTemplateOverrides>
      }
    })
  )
})

/** Tries every launch on a copy of the state. A gap of the emulator has to show in the call, not in a later one. */
const rehearse = Effect.fnUntraced(function*(state: State, context: HandlerContext, fleet: Fleet) {
  const copy = structuredClone(state)
  for (const candidate of candidatesOf(fleet)) {
    yield* Effect.result(launchCandidate(copy, silent(context), structuredClone(fleet), candidate, "spot", 1))
  }
})

const newFleet = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  input: sdk.CreateFleetRequest,
  now: number
) {
  const LaunchTemplateConfigs = yield* configsOf(state, input.LaunchTemplateConfigs)
  const Type = yield* oneOf(input.Type ?? "maintain", "Type", { here: ["instant", "request", "maintain"] })
  const others = ["instance", "network-interface", "spot-instances-request", "volume"] as const
  const Tags = yield* newTags(input.TagSpecifications, "fleet", Type === "instant" ? others : [])
  const { ExcessCapacityTerminationPolicy: policy = "termination", ValidUntil } = input
  // AWS looks at these values after it has answered a dry run.
  if (input.DryRun !== true) {
    yield* oneOf(policy, "ExcessCapacityTerminationPolicy", policies)
    if (ValidUntil !== undefined && !(ValidUntil.getTime() > now)) {
      return yield* invalidValue(ValidUntil.toISOString(), "ValidUntil", "It must be in the future.")
    }
  }
  const fleet: Fleet = {
    FleetId: `fleet-${context.uuid()}`,
    FleetState: Type === "instant" ? "active" : "submitted",
    CreateTime: new Date(now),
    ClientToken: input.ClientToken,
    ExcessCapacityTerminationPolicy: Type === "maintain" ? policy : undefined,
    LaunchTemplateConfigs,
    TargetCapacitySpecification: yield* capacityOf(input.TargetCapacitySpecification),
    TerminateInstancesWithExpiration: input.TerminateInstancesWithExpiration ?? false,
    Type,
    ValidFrom: input.ValidFrom,
    ValidUntil,
    ReplaceUnhealthyInstances: input.ReplaceUnhealthyInstances ?? false,
    SpotOptions: yield* spotOptions(input.SpotOptions),
    OnDemandOptions: yield* onDemandOptions(input.OnDemandOptions),
    Tags,
    launches: [],
    errors: [],
    launchTags: (input.TagSpecifications ?? []).filter(({ ResourceType }) => ResourceType !== "fleet").map(unobserved),
    isPlaced: false
  }
  yield* rehearse(state, context, fleet)
  return fleet
})

const instancesOf = ({ launches }: Fleet) =>
  launches.map(({ weight: _1, ...launch }) => ({ ...launch, InstanceIds: [...launch.InstanceIds] }))

const statusOf = (state: State, fleet: Fleet): sdk.FleetActivityStatus | undefined => {
  if (fleet.FleetState.startsWith("deleted")) return undefined
  const target = fleet.TargetCapacitySpecification.TotalTargetCapacity ?? 0
  const capacity = fulfilled(state, fleet)
  if (capacity > target) return liveOf(state, fleet).length > 0 && target === 0 ? "pending_termination" : "fulfilled"
  return capacity === target ? "fulfilled" : fleet.errors.length > 0 ? "error" : "pending_fulfillment"
}

const described = (state: State, fleet: Fleet): sdk.FleetData => {
  const { endedAt: _1, errors, isPlaced: _2, launchTags: _3, launches: _4, ...rest } = fleet
  return {
    ...rest,
    ActivityStatus: statusOf(state, fleet),
    FulfilledCapacity: fulfilled(state, fleet),
    FulfilledOnDemandCapacity: fulfilled(state, fleet, "on-demand"),
    ...(fleet.Type === "instant" && { Errors: [...errors], Instances: instancesOf(fleet) })
  }
}

/** AWS documents the values of the filters with hyphens, and answers them with underscores. */
const hyphens = (text: string | undefined) => [text, text?.replaceAll("_", "-")]

const fleetFilters: Filters<sdk.FleetData> = {
  "activity-status": ({ ActivityStatus }) => hyphens(ActivityStatus),
  "excess-capacity-termination-policy": (
    { ExcessCapacityTerminationPolicy: policy }
  ) => [policy, policy === "termination"],
  "fleet-state": ({ FleetState }) => hyphens(FleetState),
  "replace-unhealthy-instances": (fleet) => fleet.ReplaceUnhealthyInstances,
  type: (fleet) => fleet.Type
}

const deletable: ReadonlyArray<sdk.FleetStateCode> = ["submitted", "active", "modifying", "deleted_running", "failed"]

export const handlers: Ec2Handlers = {
  CreateFleet: Effect.fnUntraced(function*(input, state, context) {
    const id = yield* idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const fleet = yield* newFleet(state, context, input, now)
        state.fleets.set(fleet.FleetId, fleet)
        if (fleet.Type === "instant") yield* fill(state, context, fleet)
        else schedule(state, now + context.takes(START), { kind: "fleet", id: fleet.FleetId })
        return fleet.FleetId
      }),
      answer: (id) => state.fleets.has(id) ? id : undefined
    })
    const fleet = state.fleets.get(id)!
    return fleet.Type === "instant"
      ? { FleetId: id, Errors: [...fleet.errors], Instances: instancesOf(fleet) }
      : { FleetId: id }
  }),

  DescribeFleets: Effect.fnUntraced(function*(input, state, context) {
    const { FleetIds = [], Filters } = input
    const selected = FleetIds.length > 0
      ? new Set(yield* Effect.forEach(FleetIds, (id) => find(state, fleets, id, "FleetId")))
      // An instant fleet shows only to those who name it.
      : [...state.fleets.values()].filter(({ Type }) => Type !== "instant")
    const all = Array.from(selected, (fleet) => described(state, fleet))
    const found = yield* matching(context, all, Filters, fleetFilters, ({ Tags = [] }) => Tags)
    const [Fleets, NextToken] = yield* page(context, found, input, ({ FleetId = "" }) => FleetId)
    return { Fleets: [...Fleets], NextToken }
  }),

  DescribeFleetInstances: Effect.fnUntraced(function*(input, state, context) {
    const fleet = yield* find(state, fleets, input.FleetId, "FleetId")
    if (fleet.Type === "instant") {
      return yield* fault(
        "Unsupported",
        `Fleet ${fleet.FleetId} is instant fleet. Describe fleet instances is not supported by this type of fleet`
      )
    }
    const live = liveOf(state, fleet).map(({ instance }) => instance)
    const byType: Filters<Instance> = { "instance-type": ({ InstanceType }) => InstanceType }
    const found = yield* matching(context, live, input.Filters, byType)
    const [instances, NextToken] = yield* page(context, found, input, ({ InstanceId }) => InstanceId)
    return {
      ActiveInstances: instances.map(({ InstanceId, InstanceType, SpotInstanceRequestId }) =>
        defined({ InstanceId, InstanceType, SpotInstanceRequestId, InstanceHealth: "healthy" as const })
      ),
      FleetId: fleet.FleetId,
      NextToken
    }
  }),

  ModifyFleet: Effect.fnUntraced(function*(input, state, context) {
    const fleet = yield* find(state, fleets, input.FleetId, "FleetId")
    if (fleet.Type !== "maintain") {
      return yield* fault(
        "FleetNotInModifiableState",
        `Fleet Request: ${fleet.FleetId} is not a modifiable fleet request type.`
      )
    }
    if (fleet.FleetState !== "active" && fleet.FleetState !== "submitted") {
      return yield* fault("FleetNotInModifiableState", `Fleet Request: ${fleet.FleetId} is not in a modifiable state.`)
    }
    const { ExcessCapacityTerminationPolicy: policy, LaunchTemplateConfigs, TargetCapacitySpecification } = input
    const changed: Fleet = {
      ...fleet,
      ...(policy !== undefined && {
        ExcessCapacityTerminationPolicy: yield* oneOf(policy, "ExcessCapacityTerminationPolicy", policies)
      }),
      ...(LaunchTemplateConfigs !== undefined && {
        LaunchTemplateConfigs: yield* configsOf(state, LaunchTemplateConfigs)
      }),
      ...(TargetCapacitySpecification !== undefined && {
        TargetCapacitySpecification: yield* capacityOf(TargetCapacitySpecification)
      }),
      FleetState: "modifying"
    }
    yield* rehearse(state, context, changed)
    const now = yield* Clock.currentTimeMillis
    state.fleets.set(fleet.FleetId, changed)
    if (changed.ExcessCapacityTerminationPolicy === "termination") trim(state, context, changed, now)
    schedule(state, now + context.takes(START), { kind: "fleet", id: fleet.FleetId })
    return { Return: true }
  }),

  DeleteFleets: Effect.fnUntraced(function*({ FleetIds = [], TerminateInstances }, state, context) {
    if (FleetIds.length === 0) return yield* missing("FleetId")
    const terminates = yield* required(TerminateInstances, "TerminateInstances")
    const instant = FleetIds.filter((id) => state.fleets.get(id)?.Type === "instant")
    if (instant.length > 25 || FleetIds.length - instant.length > 100) {
      return yield* fault(
        "InvalidParameterValue",
        "You can delete at most 25 instant fleets and 100 fleets of other types in a request."
      )
    }
    if (instant.length > 0 && !terminates) {
      return yield* invalidValue(
        terminates,
        "TerminateInstances",
        "NoTerminateInstances option is not supported for instant fleets."
      )
    }
    const now = yield* Clock.currentTimeMillis
    const SuccessfulFleetDeletions: Array<sdk.DeleteFleetSuccessItem> = []
    const UnsuccessfulFleetDeletions: Array<sdk.DeleteFleetErrorItem> = []
    for (const FleetId of new Set(FleetIds)) {
      const fleet = state.fleets.get(FleetId)
      if (fleet !== undefined && deletable.includes(fleet.FleetState)) {
        const PreviousFleetState = fleet.FleetState
        end(state, context, fleet, terminates, now)
        SuccessfulFleetDeletions.push({ FleetId, PreviousFleetState, CurrentFleetState: fleet.FleetState })
      } else {
        const error = yield* Effect.flip(find(state, fleets, FleetId, "FleetId")).pipe(
          Effect.orElseSucceed(() => undefined)
        )
        UnsuccessfulFleetDeletions.push({
          FleetId,
          Error: error === undefined
            ? { Code: "fleetNotInDeletableState", Message: `The fleet '${FleetId}' is not in a deletable state.` }
            : {
              Code: error.code === fleets.malformed ? "fleetIdMalformed" : "fleetIdDoesNotExist",
              Message: error.message
            }
        })
      }
    }
    return { SuccessfulFleetDeletions, UnsuccessfulFleetDeletions }
  })
}
