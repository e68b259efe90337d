/** In-memory EC2: Elastic IP addresses. */
import * as Effect from "effect/Effect"
import { publicAddress } from "./enis.ts"
import { combination, fault, missing, oneOf } from "./faults.ts"
import { type Filters, matching } from "./filters.ts"
import { addresses, find, findAll } from "./kinds.ts"
import type { Address, Ec2Handlers, State } from "./state.ts"
import { newTags, tagsIfAny } from "./tags.ts"

/** An address as it is described: with the instance of its interface. */
const described = (state: State, address: Address): Address => {
  const InstanceId = state.enis.get(address.NetworkInterfaceId ?? "")?.Attachment?.InstanceId
  return InstanceId === undefined ? address : { ...address, InstanceId }
}

const addressFilters: Filters<Address> = {
  "allocation-id": (address) => address.AllocationId,
  "association-id": (address) => address.AssociationId,
  domain: (address) => address.Domain,
  "instance-id": (address) => address.InstanceId,
  "network-border-group": (address) => address.NetworkBorderGroup,
  "network-interface-id": (address) => address.NetworkInterfaceId,
  "network-interface-owner-id": (address) => address.NetworkInterfaceOwnerId,
  "private-ip-address": (address) => address.PrivateIpAddress,
  "public-ip": (address) => address.PublicIp
}

export const handlers: Ec2Handlers = {
  AllocateAddress: Effect.fnUntraced(function*(input, state, context) {
    yield* oneOf(input.Domain ?? "vpc", "domain", { here: ["vpc"], onAws: ["standard"] })
    const NetworkBorderGroup = input.NetworkBorderGroup ?? context.region
    yield* oneOf(NetworkBorderGroup, "networkBorderGroup", { here: [context.region], onAws: [NetworkBorderGroup] })
    const pool = input.PublicIpv4Pool ?? "amazon"
    yield* oneOf(pool, "publicIpv4Pool", { here: ["amazon"], onAws: [pool] })
    const Tags = yield* newTags(input.TagSpecifications, "elastic-ip")
    const address: Address = {
      AllocationId: context.id("eipalloc-", 17),
      Domain: "vpc",
      NetworkBorderGroup,
      PublicIp: publicAddress(state, context),
      PublicIpv4Pool: "amazon",
      Tags
    }
    state.addresses.set(address.AllocationId, address)
    const { Tags: _, ...answer } = address
    return answer
  }),

  DescribeAddresses: Effect.fnUntraced(function*(input, state, context) {
    const { AllocationIds = [], Filters, PublicIps = [] } = input
    yield* findAll(state, addresses, AllocationIds, "allocationId")
    const all = Array.from(state.addresses.values(), (address) => described(state, address))
    const unknown = PublicIps.find((publicIp) => !all.some(({ PublicIp }) => PublicIp === publicIp))
    if (unknown !== undefined) {
      return yield* fault("InvalidAddress.NotFound", `Address '${unknown}' not found.`)
    }
    const named = all.filter(({ AllocationId, PublicIp }) =>
      AllocationIds.length + PublicIps.length === 0 || AllocationIds.includes(AllocationId) ||
      PublicIps.includes(PublicIp)
    )
    const found = yield* matching(context, named, Filters, addressFilters, ({ Tags }) => Tags)
    return { Addresses: found.map(({ Tags, ...address }) => ({ ...address, ...tagsIfAny(Tags) })) }
  }),

  ReleaseAddress: Effect.fnUntraced(function*(input, state) {
    const { AllocationId, NetworkBorderGroup, PublicIp } = input
    if (PublicIp !== undefined) {
      return yield* AllocationId === undefined
        ? fault(
          "InvalidParameterValue",
          "You must specify an allocation id when releasing a VPC elastic IP address"
        )
        : combination("You may specify public IP or allocation id, but not both in the same call")
    }
    if (AllocationId === undefined) return yield* missing("AllocationId")
    const address = yield* find(state, addresses, AllocationId, "allocationId")
    if (NetworkBorderGroup !== undefined && NetworkBorderGroup !== address.NetworkBorderGroup) {
      return yield* fault(
        "InvalidParameterCombination",
        `The address ${address.PublicIp} is not in the network border group ${NetworkBorderGroup}`
      )
    }
    if (address.AssociationId !== undefined) {
      return yield* fault("InvalidIPAddress.InUse", `Address ${address.PublicIp} is in use.`)
    }
    state.addresses.delete(address.AllocationId)
    state.addressNames.delete(address.AllocationId)
    return {}
  })
}
