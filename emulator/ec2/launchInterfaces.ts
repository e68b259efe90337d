/** In-memory EC2: the network interfaces that new instances get. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import type { Fault } from "../wire/fault.ts"
import { type EniOptions, planEni } from "./enis.ts"
import { combination, fault, invalidValue } from "./faults.ts"
import { eniTypes } from "./interfaces.ts"
import { enis, find, subnets } from "./kinds.ts"
import { groupByName } from "./rules.ts"
import type { Eni, State, Subnet } from "./state.ts"
import { newTags } from "./tags.ts"
import { zonesOf } from "./zones.ts"

type Input = sdk.RunInstancesRequest

/** An interface that each of the instances is to have. */
export interface Wanted {
  readonly specification: sdk.InstanceNetworkInterfaceSpecification
  readonly subnet: Subnet
  /** The interface itself if there is one already, and otherwise how to make it. */
  readonly eni?: Eni
  readonly options?: EniOptions
  /** How many addresses of the subnet it takes. */
  readonly size: number
}

const defaultSubnet = Effect.fnUntraced(
  function*(state: State, { region }: HandlerContext, { AvailabilityZone, AvailabilityZoneId }: sdk.Placement) {
    const zones = zonesOf(region)
    if (AvailabilityZone !== undefined && !zones.some(({ name }) => name === AvailabilityZone)) {
      return yield* fault("InvalidParameterValue", `Invalid availability zone: [${AvailabilityZone}]`)
    }
    if (AvailabilityZoneId !== undefined && !zones.some(({ id }) => id === AvailabilityZoneId)) {
      return yield* fault("InvalidParameterValue", `Invalid availability zone-id: [${AvailabilityZoneId}]`)
    }
    const [subnet] = [...state.subnets.values()].filter((subnet) =>
      subnet.DefaultForAz === true &&
      (AvailabilityZone === undefined || AvailabilityZone === subnet.AvailabilityZone) &&
      (AvailabilityZoneId === undefined || AvailabilityZoneId === subnet.AvailabilityZoneId)
    ).sort((a, b) => a.AvailabilityZone < b.AvailabilityZone ? -1 : 1)
    return subnet ?? (yield* fault("VPCIdNotSpecified", "No default VPC for this user."))
  }
)

/** Fails if the request names both: what each interface has is not said for the instance. */
const checkCombinations = Effect.fnUntraced(function*(input: Input) {
  const both = (one: string, other: string) =>
    combination(`The parameter ${one} cannot be used with the parameter ${other}`)
  if (input.NetworkInterfaces !== undefined) {
    if (input.SubnetId !== undefined || input.SecurityGroupIds !== undefined || input.SecurityGroups !== undefined) {
      return yield* combination(
        `Network interfaces and an instance-level ${
          input.SubnetId === undefined ? "security groups" : "subnet ID"
        } may not be specified on the same request`
      )
    }
    for (const name of ["PrivateIpAddress", "Ipv6AddressCount", "Ipv6Addresses", "EnablePrimaryIpv6"] as const) {
      if (input[name] !== undefined) return yield* both("networkInterfaces", name)
    }
  }
  if (input.SecurityGroups !== undefined && input.SubnetId !== undefined) {
    return yield* both("groupName", "subnet")
  }
})

/** The interfaces that a request asks for, without the ones of an instance. */
const specificationsOf = Effect.fnUntraced(function*(state: State, input: Input) {
  yield* checkCombinations(input)
  if (input.NetworkInterfaces !== undefined) return input.NetworkInterfaces
  const named = yield* Effect.forEach(input.SecurityGroups ?? [], (name) => groupByName(state, name))
  const groups = [...input.SecurityGroupIds ?? [], ...named.map(({ GroupId }) => GroupId)]
  return [{
    SubnetId: input.SubnetId,
    Groups: groups,
    PrivateIpAddress: input.PrivateIpAddress,
    Ipv6AddressCount: input.Ipv6AddressCount,
    Ipv6Addresses: input.Ipv6Addresses,
    PrimaryIpv6: input.EnablePrimaryIpv6,
    DeviceIndex: 0,
    DeleteOnTermination: true
  }]
})

/** An interface that is there already. What it has isn't said again. */
const existingInterface = Effect.fnUntraced(function*(
  state: State,
  specification: sdk.InstanceNetworkInterfaceSpecification,
  max: number
): Effect.fn.Return<Wanted, Fault> {
  const eni = yield* find(state, enis, specification.NetworkInterfaceId, "networkInterfaceId")
  for (const name of ["SubnetId", "Groups", "PrivateIpAddress"] as const) {
    if (specification[name] !== undefined) {
      return yield* combination(`A network interface may not specify both a network interface ID and ${name}`)
    }
  }
  return eni.Attachment === undefined && max === 1
    ? { specification, subnet: state.subnets.get(eni.SubnetId)!, eni, size: 0 }
    : yield* fault("InvalidNetworkInterface.InUse", `Interface: ${eni.NetworkInterfaceId} in use.`)
})

const checkZone = Effect.fnUntraced(function*(subnet: Subnet, { AvailabilityZone, AvailabilityZoneId }: sdk.Placement) {
  for (
    const [wanted, actual, name] of [
      [AvailabilityZone, subnet.AvailabilityZone, "availabilityZone"],
      [AvailabilityZoneId, subnet.AvailabilityZoneId, "availabilityZoneId"]
    ] as const
  ) {
    if (wanted !== undefined && wanted !== actual) {
      return yield* invalidValue(wanted, name, `The subnet '${subnet.SubnetId}' is in the availability zone ${actual}`)
    }
  }
})

const newInterface = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  input: Input,
  { isOnly, max, specification, tags }: {
    readonly specification: sdk.InstanceNetworkInterfaceSpecification
    readonly tags: ReadonlyArray<sdk.Tag>
    readonly max: number
    readonly isOnly: boolean
  }
): Effect.fn.Return<Wanted, Fault> {
  const placement = input.Placement ?? {}
  const subnet = specification.SubnetId === undefined
    ? yield* defaultSubnet(state, context, placement)
    : yield* find(state, subnets, specification.SubnetId, "subnetId")
  yield* checkZone(subnet, placement)
  if (specification.AssociatePublicIpAddress === true && !isOnly) {
    return yield* combination(
      "The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces."
    )
  }
  const type = specification.InterfaceType ?? "interface"
  if (!eniTypes.some((known) => known === type)) {
    return yield* invalidValue(type, "interfaceType", "Use interface, efa or efa-only.")
  }
  if (max > 1 && specification.PrivateIpAddress !== undefined) {
    return yield* combination("A private IP address can be specified for one instance only")
  }
  const options: EniOptions = {
    subnet,
    type: type as sdk.NetworkInterfaceType,
    description: specification.Description ?? "",
    request: specification,
    hasPrimaryIpv6: specification.PrimaryIpv6,
    tags
  }
  return { specification, subnet, options, size: (yield* planEni(state, context, options)).addresses.length }
})

/** The interfaces that each of the instances is to have, once they are checked. */
export const wantedInterfaces = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  input: Input,
  max: number
) {
  const tags = yield* newTags(input.TagSpecifications, "network-interface", ["instance", "volume"])
  const specifications = yield* specificationsOf(state, input)
  const indexes = specifications.map(({ DeviceIndex }, position) => DeviceIndex ?? position)
  if (new Set(indexes).size < indexes.length) {
    return yield* fault("InvalidParameterValue", "Each network interface requires a unique device index.")
  }
  return yield* Effect.forEach(
    specifications,
    (specification) =>
      specification.NetworkInterfaceId === undefined
        ? newInterface(state, context, input, { specification, tags, max, isOnly: specifications.length === 1 })
        : existingInterface(state, specification, max)
  )
})
