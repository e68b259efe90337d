/** In-memory EC2: what can be done to instances that neither starts nor stops them. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { combination, fault, missing, oneOf } from "./faults.ts"
import { type Filters, matching, page } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { findSeveral } from "./instanceStates.ts"
import { find, instances } from "./kinds.ts"
import { changedMetadataOptions } from "./launchSettings.ts"
import { findPlacementGroup } from "./placementGroups.ts"
import type { Ec2Handlers, Instance, State } from "./state.ts"

const monitor = (to: "pending" | "disabling", then: "enabled" | "disabled") =>
  Effect.fnUntraced(function*({ InstanceIds }: { readonly InstanceIds: Array<string> | undefined }, state: State) {
    const all = yield* findSeveral(state, InstanceIds)
    for (const { InstanceId, State } of all) {
      if (State.Name === "terminated" || State.Name === "shutting-down") {
        return yield* fault("InvalidState", `The instance '${InstanceId}' is ${State.Name}.`)
      }
    }
    return {
      InstanceMonitorings: Array.from(all, (instance) => {
        const before = instance.Monitoring?.State
        instance.Monitoring = { State: then }
        return { InstanceId: instance.InstanceId, Monitoring: { State: before === then ? then : to } }
      })
    }
  })

const isBurstable = ({ InstanceType }: Instance) => /^t[234]/.test(InstanceType)

const creditFilters: Filters<Instance> = { "instance-id": (instance) => instance.InstanceId }

/** Fails unless the instance is there to be changed. */
const findLive = Effect.fnUntraced(function*(state: State, id: string | undefined) {
  const instance = yield* find(state, instances, id, "instanceId")
  return instance.State.Name === "terminated" || instance.State.Name === "shutting-down"
    ? yield* fault(
      "IncorrectInstanceState",
      `The instance '${instance.InstanceId}' is not in a state from which it can be modified.`
    )
    : instance
})

const modifyCredits = Effect.fnUntraced(function*(
  input: sdk.ModifyInstanceCreditSpecificationRequest,
  state: State
) {
  const SuccessfulInstanceCreditSpecifications: Array<sdk.SuccessfulInstanceCreditSpecificationItem> = []
  const UnsuccessfulInstanceCreditSpecifications: Array<sdk.UnsuccessfulInstanceCreditSpecificationItem> = []
  for (const { CpuCredits, InstanceId = "" } of input.InstanceCreditSpecifications ?? []) {
    const instance = state.instances.get(InstanceId)
    const credits = yield* oneOf(CpuCredits ?? "", "cpuCredits", { here: ["standard", "unlimited"] })
    const wrong = instance === undefined
      ? { Code: "InvalidInstanceID.NotFound" as const, Message: `The instance ID '${InstanceId}' does not exist` }
      : !isBurstable(instance)
      ? {
        Code: "InstanceCreditSpecification.NotSupported" as const,
        Message: `The instance '${InstanceId}' does not support CPU credits.`
      }
      : undefined
    if (wrong !== undefined) UnsuccessfulInstanceCreditSpecifications.push({ InstanceId, Error: wrong })
    else {
      instance!.attributes.cpuCredits = credits
      SuccessfulInstanceCreditSpecifications.push({ InstanceId })
    }
  }
  return { SuccessfulInstanceCreditSpecifications, UnsuccessfulInstanceCreditSpecifications }
})

export const handlers: Ec2Handlers = {
  RebootInstances: Effect.fnUntraced(function*({ InstanceIds }, state) {
    for (const { InstanceId, State } of yield* findSeveral(state, InstanceIds)) {
      if (State.Name !== "running" && State.Name !== "pending") {
        return yield* fault(
          "IncorrectInstanceState",
          `The instance '${InstanceId}' is not in a state from which it can be rebooted.`
        )
      }
    }
    return {}
  }),

  MonitorInstances: monitor("pending", "enabled"),
  UnmonitorInstances: monitor("disabling", "disabled"),

  // Nothing runs here that writes to a console.
  GetConsoleOutput: Effect.fnUntraced(function*(input, state) {
    const { InstanceId } = yield* find(state, instances, input.InstanceId, "instanceId")
    return { InstanceId, Timestamp: new Date(yield* Clock.currentTimeMillis) }
  }),

  GetPasswordData: Effect.fnUntraced(function*(input, state) {
    const { InstanceId } = yield* find(state, instances, input.InstanceId, "instanceId")
    return { InstanceId, PasswordData: "", Timestamp: new Date(yield* Clock.currentTimeMillis) }
  }),

  ModifyInstanceMetadataOptions: Effect.fnUntraced(function*(input, state) {
    const instance = yield* findLive(state, input.InstanceId)
    const options = yield* changedMetadataOptions(instance.MetadataOptions ?? {}, input)
    instance.MetadataOptions = { ...options, State: "applied" }
    return { InstanceId: instance.InstanceId, InstanceMetadataOptions: { ...options, State: "pending" as const } }
  }),

  ModifyInstanceMaintenanceOptions: Effect.fnUntraced(function*(input, state) {
    const instance = yield* findLive(state, input.InstanceId)
    if (input.AutoRecovery === undefined) return yield* missing("AutoRecovery")
    const AutoRecovery = yield* oneOf(input.AutoRecovery, "autoRecovery", { here: ["default", "disabled"] })
    instance.MaintenanceOptions = { ...instance.MaintenanceOptions, AutoRecovery }
    return { InstanceId: instance.InstanceId, AutoRecovery }
  }),

  ModifyPrivateDnsNameOptions: Effect.fnUntraced(function*(input, state) {
    const instance = yield* findLive(state, input.InstanceId)
    const hostname = input.PrivateDnsHostnameType
    if (hostname !== undefined && instance.State.Name !== "stopped") {
      return yield* fault(
        "IncorrectInstanceState",
        `The instance '${instance.InstanceId}' is not in the 'stopped' state.`
      )
    }
    const options = instance.PrivateDnsNameOptions ?? {}
    instance.PrivateDnsNameOptions = {
      HostnameType: hostname === undefined
        ? options.HostnameType
        : yield* oneOf(hostname, "privateDnsHostnameType", { here: ["ip-name", "resource-name"] }),
      EnableResourceNameDnsARecord: input.EnableResourceNameDnsARecord ?? options.EnableResourceNameDnsARecord,
      EnableResourceNameDnsAAAARecord: input.EnableResourceNameDnsAAAARecord ??
        options.EnableResourceNameDnsAAAARecord
    }
    return { Return: true }
  }),

  ModifyInstancePlacement: Effect.fnUntraced(function*(input, state) {
    const instance = yield* findLive(state, input.InstanceId)
    if (instance.State.Name !== "stopped") {
      return yield* fault(
        "IncorrectInstanceState",
        `The instance '${instance.InstanceId}' is not in the 'stopped' state.`
      )
    }
    const { GroupName } = input
    if (GroupName === undefined && input.Tenancy === undefined) return yield* missing("groupName or tenancy")
    if (GroupName !== undefined && GroupName !== "") yield* findPlacementGroup(state, GroupName)
    const Tenancy = input.Tenancy === undefined
      ? instance.Placement.Tenancy
      : yield* oneOf(input.Tenancy, "tenancy", { here: ["default", "dedicated"], onAws: ["host"] })
    instance.Placement = { ...instance.Placement, GroupName: GroupName ?? instance.Placement.GroupName, Tenancy }
    return { Return: true }
  }),

  DescribeInstanceCreditSpecifications: Effect.fnUntraced(function*(input, state, context) {
    const ids = input.InstanceIds ?? []
    if (ids.length > 0 && input.MaxResults !== undefined) {
      return yield* combination("The parameter instancesSet cannot be used with the parameter maxResults")
    }
    const all = ids.length > 0 ? [...yield* findSeveral(state, ids)] : [...state.instances.values()]
    const other = ids.length > 0 ? all.find((instance) => !isBurstable(instance)) : undefined
    if (other !== undefined) {
      return yield* fault(
        "InvalidInstanceID.NotBurstable",
        `The instance '${other.InstanceId}' is not a burstable performance instance.`
      )
    }
    // Without ids, AWS answers the instances that have the unlimited option.
    const wanted = all.filter((instance) =>
      isBurstable(instance) && (ids.length > 0 || instance.attributes.cpuCredits === "unlimited")
    )
    const found = yield* matching(context, wanted, input.Filters, creditFilters)
    const [some, NextToken] = yield* page(context, found, input, ({ InstanceId }) => InstanceId)
    return {
      InstanceCreditSpecifications: some.map(({ InstanceId, attributes }) => ({
        InstanceId,
        CpuCredits: attributes.cpuCredits
      })),
      NextToken
    }
  }),

  ModifyInstanceCreditSpecification: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.map(modifyCredits(input, state), (result) => JSON.stringify(result)),
      answer: (result): sdk.ModifyInstanceCreditSpecificationResult => JSON.parse(result)
    })
}
