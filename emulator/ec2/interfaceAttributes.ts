/** In-memory EC2: the attributes of network interfaces, and the addresses that they get and lose later. */
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { addressOf, ip } from "./cidr.ts"
import { chooseAddresses, disassociate, groupsIn, ipv6Addresses, privateName } from "./enis.ts"
import { combination, fault, invalidValue, missing, required } from "./faults.ts"
import { enis, find } from "./kinds.ts"
import type { Ec2Handlers, Eni, State } from "./state.ts"

const subnetOf = (state: State, { SubnetId }: Eni) => state.subnets.get(SubnetId)!

const setGroups = (state: State, eni: Eni, groups: Eni["Groups"]): void => {
  eni.Groups = groups
  const instance = eni.Attachment?.DeviceIndex === 0 ? state.instances.get(eni.Attachment.InstanceId ?? "") : undefined
  if (instance !== undefined) instance.SecurityGroups = groups.map((group) => ({ ...group }))
}

/** Gives an interface these private addresses besides those it has. */
const addPrivate = (state: State, context: HandlerContext, eni: Eni, added: ReadonlyArray<number>): void => {
  for (const address of added) {
    state.usedAddresses.get(eni.SubnetId)!.add(address)
    eni.PrivateIpAddresses.push({
      Primary: false,
      PrivateIpAddress: ip(address),
      PrivateDnsName: privateName(ip(address), context)
    })
  }
  subnetOf(state, eni).AvailableIpAddressCount -= added.length
}

const removePrivate = (state: State, eni: Eni, removed: ReadonlySet<string>): void => {
  for (const address of state.addresses.values()) {
    if (address.NetworkInterfaceId === eni.NetworkInterfaceId && removed.has(address.PrivateIpAddress ?? "")) {
      disassociate(state, address)
    }
  }
  eni.PrivateIpAddresses = eni.PrivateIpAddresses.filter(({ PrivateIpAddress = "" }) => !removed.has(PrivateIpAddress))
  for (const address of removed) state.usedAddresses.get(eni.SubnetId)!.delete(addressOf(address)!)
  subnetOf(state, eni).AvailableIpAddressCount += removed.size
}

const notAssigned = ({ NetworkInterfaceId }: Eni) =>
  fault("InvalidParameterValue", `Some of the specified addresses are not assigned to interface ${NetworkInterfaceId}`)

export const handlers: Ec2Handlers = {
  DescribeNetworkInterfaceAttribute: Effect.fnUntraced(function*(input, state) {
    const eni = yield* find(state, enis, input.NetworkInterfaceId, "networkInterfaceId")
    const { NetworkInterfaceId } = eni
    const name = yield* required<string>(input.Attribute, "attribute")
    switch (name) {
      case "attachment":
        return { NetworkInterfaceId, Attachment: eni.Attachment }
      case "description":
        return { NetworkInterfaceId, Description: { Value: eni.Description } }
      case "groupSet":
        return { NetworkInterfaceId, Groups: eni.Groups }
      case "sourceDestCheck":
        return { NetworkInterfaceId, SourceDestCheck: { Value: eni.SourceDestCheck } }
    }
    return yield* invalidValue(name, "attribute", "Unknown attribute.")
  }),

  ModifyNetworkInterfaceAttribute: Effect.fnUntraced(function*(input, state) {
    const eni = yield* find(state, enis, input.NetworkInterfaceId, "networkInterfaceId")
    const changes: Array<() => void> = []
    if (input.Description !== undefined) {
      const value = input.Description.Value ?? ""
      changes.push(() => eni.Description = value)
    }
    if (input.SourceDestCheck !== undefined) {
      const value = yield* required(input.SourceDestCheck.Value, "value")
      changes.push(() => eni.SourceDestCheck = value)
    }
    if (input.Groups !== undefined) {
      if (input.Groups.length === 0) return yield* missing("groupId")
      const groups = yield* groupsIn(state, subnetOf(state, eni), input.Groups)
      changes.push(() => setGroups(state, eni, groups.map(({ GroupId, GroupName }) => ({ GroupId, GroupName }))))
    }
    if (input.Attachment !== undefined) {
      const { AttachmentId, DeleteOnTermination } = input.Attachment
      const id = yield* required(AttachmentId, "attachment.attachmentId")
      const attachment = eni.Attachment
      if (attachment === undefined || attachment.AttachmentId !== id) {
        return yield* fault(
          "InvalidAttachmentID.NotFound",
          `The networkInterface attachment ID '${id}' does not exist`
        )
      }
      const value = yield* required(DeleteOnTermination, "attachment.deleteOnTermination")
      changes.push(() => attachment.DeleteOnTermination = value)
    }
    if (changes.length !== 1) {
      return yield* changes.length === 0
        ? combination("No attributes specified.")
        : combination("Fields for multiple attribute types specified")
    }
    for (const change of changes) change()
    return {}
  }),

  ResetNetworkInterfaceAttribute: Effect.fnUntraced(function*(input, state) {
    const eni = yield* find(state, enis, input.NetworkInterfaceId, "networkInterfaceId")
    yield* required(input.SourceDestCheck, "sourceDestCheck")
    eni.SourceDestCheck = true
    return {}
  }),

  AssignPrivateIpAddresses: Effect.fnUntraced(function*(input, state, context) {
    const eni = yield* find(state, enis, input.NetworkInterfaceId, "networkInterfaceId")
    const { AllowReassignment = false, PrivateIpAddresses, SecondaryPrivateIpAddressCount: count } = input
    if (PrivateIpAddresses !== undefined && count !== undefined) {
      return yield* combination(
        "The parameter secondaryPrivateIpAddressCount cannot be used with the parameter privateIpAddresses"
      )
    }
    if (PrivateIpAddresses === undefined && count === undefined) {
      return yield* missing("privateIpAddresses or secondaryPrivateIpAddressCount")
    }
    const own = new Set(eni.PrivateIpAddresses.map(({ PrivateIpAddress }) => PrivateIpAddress))
    const wanted = PrivateIpAddresses?.filter((address) => !own.has(address)) ?? []
    if (AllowReassignment) {
      for (const other of state.enis.values()) {
        const taken = new Set(
          other.PrivateIpAddresses.flatMap(({ Primary, PrivateIpAddress = "" }) =>
            other !== eni && other.SubnetId === eni.SubnetId && Primary !== true && wanted.includes(PrivateIpAddress)
              ? [PrivateIpAddress]
              : []
          )
        )
        if (taken.size > 0) removePrivate(state, other, taken)
      }
    }
    const added = yield* chooseAddresses(state, subnetOf(state, eni), wanted, count)
    addPrivate(state, context, eni, added)
    return {
      NetworkInterfaceId: eni.NetworkInterfaceId,
      AssignedPrivateIpAddresses: added.map((address) => ({ PrivateIpAddress: ip(address) }))
    }
  }),

  UnassignPrivateIpAddresses: Effect.fnUntraced(function*(input, state) {
    const eni = yield* find(state, enis, input.NetworkInterfaceId, "networkInterfaceId")
    const removed = new Set(yield* required(input.PrivateIpAddresses, "privateIpAddress"))
    const secondary = new Set(
      eni.PrivateIpAddresses.filter(({ Primary }) => Primary !== true).map(({ PrivateIpAddress }) => PrivateIpAddress)
    )
    for (const address of removed) if (!secondary.has(address)) return yield* notAssigned(eni)
    removePrivate(state, eni, removed)
    return {}
  }),

  AssignIpv6Addresses: Effect.fnUntraced(function*(input, state, context) {
    const eni = yield* find(state, enis, input.NetworkInterfaceId, "networkInterfaceId")
    const { Ipv6AddressCount, Ipv6Addresses } = input
    if (Ipv6Addresses === undefined && Ipv6AddressCount === undefined) {
      return yield* missing("ipv6Addresses or ipv6AddressCount")
    }
    const request = {
      Ipv6AddressCount,
      Ipv6Addresses: Ipv6Addresses?.map((Ipv6Address) => ({ Ipv6Address }))
    }
    const added = yield* ipv6Addresses(state, context, subnetOf(state, eni), request, false, false)
    eni.Ipv6Addresses.push(...added)
    eni.Ipv6Address ??= added[0]?.Ipv6Address
    return {
      NetworkInterfaceId: eni.NetworkInterfaceId,
      AssignedIpv6Addresses: added.map(({ Ipv6Address = "" }) => Ipv6Address)
    }
  }),

  UnassignIpv6Addresses: Effect.fnUntraced(function*(input, state) {
    const eni = yield* find(state, enis, input.NetworkInterfaceId, "networkInterfaceId")
    const removed = new Set(yield* required(input.Ipv6Addresses, "ipv6Addresses"))
    const own = new Set(eni.Ipv6Addresses.map(({ Ipv6Address }) => Ipv6Address))
    for (const address of removed) if (!own.has(address)) return yield* notAssigned(eni)
    eni.Ipv6Addresses = eni.Ipv6Addresses.filter(({ Ipv6Address = "" }) => !removed.has(Ipv6Address))
    eni.Ipv6Address = eni.Ipv6Addresses[0]?.Ipv6Address
    return { NetworkInterfaceId: eni.NetworkInterfaceId, UnassignedIpv6Addresses: [...removed] }
  })
}
