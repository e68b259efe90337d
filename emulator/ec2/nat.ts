/** In-memory EC2: NAT gateways. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { addEni, associate } from "./enis.ts"
import { combination, oneOf } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { addresses, find, natGateways, subnets } from "./kinds.ts"
import { type Address, type Ec2Handlers, type NatGateway, schedule, seconds, type State, type Subnet } from "./state.ts"
import { newTags } from "./tags.ts"

/** How long a gateway takes from `pending` to `available`, and from `deleting` to `deleted`. */
const GATEWAY = seconds(60)

const natGatewayFilters: Filters<NatGateway> = {
  "nat-gateway-id": (gateway) => gateway.NatGatewayId,
  state: (gateway) => gateway.State,
  "subnet-id": (gateway) => gateway.SubnetId,
  "vpc-id": (gateway) => gateway.VpcId
}

/** Gives a gateway its interface, and its Elastic IP address if it has one. */
const connect = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  gateway: NatGateway,
  subnet: Subnet,
  address: Address | undefined,
  privateAddress: string | undefined
) {
  const eni = yield* addEni(state, context, {
    subnet,
    type: "nat_gateway",
    description: `Interface for NAT Gateway ${gateway.NatGatewayId}`,
    request: { PrivateIpAddress: privateAddress },
    tags: [],
    managedBy: "amazon-nat-gateway"
  })
  const association = address === undefined ? {} : {
    AllocationId: address.AllocationId,
    AssociationId: context.id("eipassoc-", 17),
    PublicIp: address.PublicIp
  }
  if (address !== undefined) {
    Object.assign(address, association, {
      NetworkInterfaceId: eni.NetworkInterfaceId,
      NetworkInterfaceOwnerId: context.account,
      PrivateIpAddress: eni.PrivateIpAddress
    })
    associate(eni, { ...association, IpOwnerId: context.account })
  }
  gateway.NatGatewayAddresses = [{
    ...association,
    IsPrimary: true,
    NetworkInterfaceId: eni.NetworkInterfaceId,
    PrivateIp: eni.PrivateIpAddress,
    Status: "succeeded"
  }]
})

export const handlers: Ec2Handlers = {
  CreateNatGateway: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        yield* oneOf(input.AvailabilityMode ?? "zonal", "availabilityMode", { here: ["zonal"], onAws: ["regional"] })
        const subnet = yield* find(state, subnets, input.SubnetId, "subnetId")
        const ConnectivityType = yield* oneOf(input.ConnectivityType ?? "public", "connectivityType", {
          here: ["public", "private"]
        })
        if (ConnectivityType === "private" && input.AllocationId !== undefined) {
          return yield* combination("The parameter AllocationId cannot be used with a private NAT gateway")
        }
        const address = ConnectivityType === "private"
          ? undefined
          : yield* find(state, addresses, input.AllocationId, "AllocationId")
        const { PrivateIpAddress } = input
        const gateway: NatGateway = {
          NatGatewayId: context.id("nat-", 17),
          AvailabilityMode: "zonal",
          ConnectivityType,
          CreateTime: new Date(now),
          NatGatewayAddresses: [],
          State: "pending",
          SubnetId: subnet.SubnetId,
          VpcId: subnet.VpcId,
          Tags: yield* newTags(input.TagSpecifications, "natgateway")
        }
        // AWS accepts an address that is in use, and the gateway fails later.
        const fails = address?.AssociationId !== undefined
        if (fails) {
          gateway.NatGatewayAddresses = [{ AllocationId: address.AllocationId, IsPrimary: true, Status: "failed" }]
        } else {
          yield* connect(state, context, gateway, subnet, address, PrivateIpAddress)
        }
        schedule(state, now + context.takes(GATEWAY), {
          kind: "natGateway",
          id: gateway.NatGatewayId,
          to: fails ? "failed" : "available"
        })
        state.natGateways.set(gateway.NatGatewayId, gateway)
        return gateway.NatGatewayId
      }),
      answer: (id) => {
        const NatGateway = state.natGateways.get(id)
        return NatGateway && { NatGateway, ClientToken: input.ClientToken }
      }
    }),

  DescribeNatGateways: Effect.fnUntraced(function*(input, state, context) {
    const [NatGateways, NextToken] = yield* describe(state, context, natGateways, {
      input,
      ids: input.NatGatewayIds,
      idsName: "natGatewayIds",
      filters: input.Filter,
      supported: natGatewayFilters
    })
    return { NatGateways: [...NatGateways], NextToken }
  }),

  DeleteNatGateway: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const gateway = yield* find(state, natGateways, input.NatGatewayId, "natGatewayId")
    if (gateway.State === "pending" || gateway.State === "available") {
      gateway.State = "deleting"
      gateway.DeleteTime = new Date(now)
      schedule(state, now + context.takes(GATEWAY), { kind: "natGateway", id: gateway.NatGatewayId, to: "deleted" })
    }
    return { NatGatewayId: gateway.NatGatewayId }
  })
}
