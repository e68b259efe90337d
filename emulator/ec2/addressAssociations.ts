/** In-memory EC2: what Elastic IP addresses are associated with, and the names that they are resolved to. */
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { associate, attachedTo, disassociate, publicNameIn } from "./enis.ts"
import { combination, fault, invalidValue, missing, oneOf, required } from "./faults.ts"
import { page } from "./filters.ts"
import { gatewayOf } from "./gateways.ts"
import { addresses, enis, find, instances } from "./kinds.ts"
import type { Address, Ec2Handlers, Eni, State } from "./state.ts"

/** An address by its id or itself. */
const addressOf = Effect.fnUntraced(function*(
  state: State,
  { AllocationId, PublicIp }: { readonly AllocationId?: string | undefined; readonly PublicIp?: string | undefined }
) {
  if (AllocationId !== undefined && PublicIp !== undefined) {
    return yield* combination("You may specify public IP or allocation id, but not both in the same call")
  }
  if (AllocationId !== undefined) return yield* find(state, addresses, AllocationId, "allocationId")
  if (PublicIp === undefined) {
    return yield* fault("MissingParameter", "Either public IP or allocation id must be specified")
  }
  const found = [...state.addresses.values()].find((address) => address.PublicIp === PublicIp)
  return found ?? (yield* fault("InvalidAddress.NotFound", `Address '${PublicIp}' not found.`))
})

/** The interface of a request, which names it or an instance that has no other one. */
const interfaceOf = Effect.fnUntraced(function*(state: State, input: {
  readonly InstanceId?: string | undefined
  readonly NetworkInterfaceId?: string | undefined
}) {
  const { InstanceId, NetworkInterfaceId } = input
  if (NetworkInterfaceId !== undefined) {
    if (InstanceId !== undefined) {
      return yield* combination("The parameter instanceId cannot be used with the parameter networkInterfaceId")
    }
    return yield* find(state, enis, NetworkInterfaceId, "networkInterfaceId")
  }
  if (InstanceId === undefined) return yield* missing("instanceId or networkInterfaceId")
  const instance = yield* find(state, instances, InstanceId, "instanceId")
  const { Name } = instance.State
  if (Name !== "running" && Name !== "stopped" && Name !== "stopping") {
    return yield* fault(
      "InvalidInstanceID",
      `The ${Name} instance '${InstanceId}' is not in a valid state for this operation.`
    )
  }
  const own = attachedTo(state, instance)
  return own.length === 1 ? own[0]! : yield* fault(
    "InvalidInstanceID",
    `There are multiple interfaces attached to instance '${InstanceId}'. Please specify an interface ID for the operation instead.`
  )
})

const privateAddressOf = Effect.fnUntraced(function*(eni: Eni, wanted: string | undefined) {
  if (wanted === undefined) return eni.PrivateIpAddress
  return eni.PrivateIpAddresses.some(({ PrivateIpAddress }) => PrivateIpAddress === wanted)
    ? wanted
    : yield* invalidValue(wanted, "privateIpAddress", `The address is not one of ${eni.NetworkInterfaceId}.`)
})

const nameOf = (state: State, { AllocationId, PublicIp }: Address) => {
  const PtrRecord = state.addressNames.get(AllocationId)
  return { AllocationId, PublicIp, ...(PtrRecord !== undefined && { PtrRecord }) }
}

const link = (state: State, context: HandlerContext, address: Address, eni: Eni, PrivateIpAddress: string): string => {
  const AssociationId = context.id("eipassoc-", 17)
  Object.assign(address, {
    AssociationId,
    NetworkInterfaceId: eni.NetworkInterfaceId,
    NetworkInterfaceOwnerId: eni.OwnerId,
    PrivateIpAddress
  })
  const { AllocationId, PublicIp } = address
  const PublicDnsName = publicNameIn(state, context, eni.VpcId, PublicIp)
  associate(eni, { AllocationId, AssociationId, IpOwnerId: context.account, PublicDnsName, PublicIp }, PrivateIpAddress)
  return AssociationId
}

export const handlers: Ec2Handlers = {
  AssociateAddress: Effect.fnUntraced(function*(input, state, context) {
    const address = yield* addressOf(state, input)
    const eni = yield* interfaceOf(state, input)
    const PrivateIpAddress = yield* privateAddressOf(eni, input.PrivateIpAddress)
    if (gatewayOf(state, eni.VpcId) === undefined) {
      return yield* fault("Gateway.NotAttached", `Network ${eni.VpcId} is not attached to any internet gateway`)
    }
    const { AssociationId, NetworkInterfaceId } = address
    if (AssociationId !== undefined) {
      if (NetworkInterfaceId === eni.NetworkInterfaceId && address.PrivateIpAddress === PrivateIpAddress) {
        return { AssociationId }
      }
      if (input.AllowReassociation === false) {
        return yield* fault(
          "Resource.AlreadyAssociated",
          `resource ${address.AllocationId} is already associated with associate-id ${AssociationId}`
        )
      }
    }
    disassociate(state, address)
    // The address that the interface had before is free again.
    for (const other of state.addresses.values()) {
      if (other.NetworkInterfaceId === eni.NetworkInterfaceId && other.PrivateIpAddress === PrivateIpAddress) {
        disassociate(state, other)
      }
    }
    return { AssociationId: link(state, context, address, eni, PrivateIpAddress) }
  }),

  DisassociateAddress: Effect.fnUntraced(function*(input, state) {
    const { AssociationId, PublicIp } = input
    if (AssociationId !== undefined && PublicIp !== undefined) {
      return yield* combination("You may specify public IP or association id, but not both in the same call")
    }
    const address = AssociationId === undefined
      ? yield* addressOf(state, { PublicIp: yield* required(PublicIp, "associationId or publicIp") })
      : [...state.addresses.values()].find((one) => one.AssociationId === AssociationId)
    if (address?.AssociationId === undefined) {
      return yield* fault(
        "InvalidAssociationID.NotFound",
        `The association ID '${AssociationId ?? PublicIp}' does not exist`
      )
    }
    if (state.enis.get(address.NetworkInterfaceId ?? "")?.RequesterManaged === true) {
      return yield* fault("AuthFailure", "You do not have permission to access the specified resource.")
    }
    disassociate(state, address)
    return {}
  }),

  DescribeAddressesAttribute: Effect.fnUntraced(function*(input, state, context) {
    yield* oneOf(input.Attribute ?? "domain-name", "attribute", { here: ["domain-name"] })
    const { AllocationIds = [] } = input
    const named = yield* Effect.forEach(new Set(AllocationIds), (id) => find(state, addresses, id, "allocationIds"))
    const all = AllocationIds.length > 0 ? named : [...state.addresses.values()]
    const [found, NextToken] = yield* page(context, all, input, ({ AllocationId }) => AllocationId)
    return { Addresses: found.map((address) => nameOf(state, address)), NextToken }
  }),

  ModifyAddressAttribute: Effect.fnUntraced(function*(input, state) {
    const address = yield* find(state, addresses, input.AllocationId, "allocationId")
    const name = yield* required(input.DomainName, "domainName")
    const Value = name.endsWith(".") ? name : `${name}.`
    const before = nameOf(state, address)
    state.addressNames.set(address.AllocationId, Value)
    return { Address: { ...before, PtrRecordUpdate: { Value, Status: "PENDING" } } }
  }),

  ResetAddressAttribute: Effect.fnUntraced(function*(input, state) {
    const address = yield* find(state, addresses, input.AllocationId, "allocationId")
    yield* oneOf(yield* required<string>(input.Attribute, "attribute"), "attribute", { here: ["domain-name"] })
    const before = nameOf(state, address)
    state.addressNames.delete(address.AllocationId)
    return { Address: { ...before, PtrRecordUpdate: { Status: "PENDING" } } }
  })
}
