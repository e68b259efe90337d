/** In-memory EC2: virtual private gateways and customer gateways, the two ends of a VPN connection. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { isIPv4 } from "node:net"
import type { HandlerContext } from "../engine/service.ts"
import { combination, fault, invalidValue, missing, oneOf, required } from "./faults.ts"
import { describeAll, type Filters } from "./filters.ts"
import { customerGateways, find, routeTables, vpcs, vpnGateways } from "./kinds.ts"
import type { CustomerGateway, VpnGateway } from "./networkState.ts"
import { forgetInTables } from "./routeTables.ts"
import { type Ec2Handlers, schedule, seconds, type State } from "./state.ts"
import { newTags } from "./tags.ts"
import { zonesOf } from "./zones.ts"

/** How long a gateway takes to be attached or detached. */
const ATTACH = seconds(10)

/** How long a deleted gateway stays listed. */
const LISTED = seconds(3600)

/** The gateways and connections that a VPN still uses. */
const isUsed = (state: State, id: string) =>
  [...state.vpnConnections.values()].some(({ CustomerGatewayId, State, VpnGatewayId }) =>
    (CustomerGatewayId === id || VpnGatewayId === id) && State !== "deleted" && State !== "deleting"
  )

const checkAsn = Effect.fnUntraced(function*(asn: number, name: string) {
  const isPrivate = (asn >= 64512 && asn <= 65534) || (asn >= 4200000000 && asn <= 4294967294)
  return isPrivate || asn === 7224 || asn === 9059 || asn === 10124 || asn === 17493
    ? asn
    : yield* invalidValue(asn, name, "The ASN must be a private one: 64512 to 65534, or 4200000000 to 4294967294.")
})

/** The private ASN of Amazon's side. */
export const amazonSide = (asn: number | undefined) =>
  asn === undefined ? Effect.succeed(64512) : checkAsn(asn, "amazonSideAsn")

const gatewayFilters: Filters<VpnGateway> = {
  "amazon-side-asn": (gateway) => gateway.AmazonSideAsn,
  "attachment.state": ({ VpcAttachments }) => VpcAttachments.map(({ State }) => State),
  "attachment.vpc-id": ({ VpcAttachments }) => VpcAttachments.map(({ VpcId }) => VpcId),
  "availability-zone": (gateway) => gateway.AvailabilityZone,
  state: (gateway) => gateway.State,
  type: (gateway) => gateway.Type,
  "vpn-gateway-id": (gateway) => gateway.VpnGatewayId
}

const customerFilters: Filters<CustomerGateway> = {
  "bgp-asn": (gateway) => gateway.BgpAsn ?? gateway.BgpAsnExtended,
  "customer-gateway-id": (gateway) => gateway.CustomerGatewayId,
  "ip-address": (gateway) => gateway.IpAddress,
  state: (gateway) => gateway.State,
  type: (gateway) => gateway.Type
}

const isAttached = ({ State }: { readonly State?: string | undefined }) => State === "attached" || State === "attaching"

/** A gateway that isn't deleted. */
const findGateway = Effect.fnUntraced(function*(state: State, id: string | undefined) {
  const gateway = yield* find(state, vpnGateways, id, "vpnGatewayId")
  return gateway.State === "deleted"
    ? yield* fault("InvalidVpnGatewayID.NotFound", `The vpnGateway ID '${id}' does not exist`)
    : gateway
})

const checkZone = Effect.fnUntraced(function*(context: HandlerContext, zone: string | undefined) {
  if (zone !== undefined && !zonesOf(context.region).some(({ name }) => name === zone)) {
    return yield* fault("InvalidParameterValue", `Invalid availability zone: [${zone}]`)
  }
})

/** Deletes a gateway, which stays listed for a while. */
const end = Effect.fnUntraced(function*(
  state: State,
  context: HandlerContext,
  of: "customerGateways" | "vpnGateways",
  id: string
) {
  const now = yield* Clock.currentTimeMillis
  schedule(state, now + context.takes(LISTED), { kind: "unlist", of, id })
})

export const handlers: Ec2Handlers = {
  CreateVpnGateway: Effect.fnUntraced(function*(input, state, context) {
    const Type = yield* oneOf(yield* required<string>(input.Type, "type"), "type", { here: ["ipsec.1"] })
    yield* checkZone(context, input.AvailabilityZone)
    const AmazonSideAsn = yield* amazonSide(input.AmazonSideAsn)
    const Tags = yield* newTags(input.TagSpecifications, "vpn-gateway")
    const gateway: VpnGateway = {
      VpnGatewayId: context.id("vgw-", 17),
      AmazonSideAsn,
      State: "available",
      Type,
      VpcAttachments: [],
      Tags
    }
    state.vpnGateways.set(gateway.VpnGatewayId, gateway)
    const { Tags: _, ...untagged } = gateway
    return { VpnGateway: Tags.length > 0 ? gateway : untagged }
  }),

  DescribeVpnGateways: Effect.fnUntraced(function*(input, state, context) {
    const found = yield* describeAll(state, context, vpnGateways, {
      ids: input.VpnGatewayIds,
      idsName: "vpnGatewayIds",
      filters: input.Filters,
      supported: gatewayFilters
    })
    return { VpnGateways: found }
  }),

  AttachVpnGateway: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const { VpcId } = yield* find(state, vpcs, input.VpcId, "vpcId")
    const gateway = yield* findGateway(state, input.VpnGatewayId)
    const before = gateway.VpcAttachments.find(isAttached)
    if (before !== undefined && before.VpcId !== VpcId) {
      return yield* fault(
        "VpnGatewayAttachmentLimitExceeded",
        `The VPN gateway ${gateway.VpnGatewayId} is already attached to a VPC.`
      )
    }
    const other = [...state.vpnGateways.values()].find((one) =>
      one !== gateway && one.VpcAttachments.some((attachment) => attachment.VpcId === VpcId && isAttached(attachment))
    )
    if (other !== undefined) {
      return yield* fault("InvalidParameterValue", `The VPC ${VpcId} already has a VPN gateway attached`)
    }
    if (before === undefined) {
      gateway.VpcAttachments = [{ State: "attaching", VpcId }]
      schedule(state, now + context.takes(ATTACH), {
        kind: "attachment",
        id: gateway.VpnGatewayId,
        vpc: VpcId,
        to: "attached"
      })
    }
    return { VpcAttachment: gateway.VpcAttachments[0] }
  }),

  DetachVpnGateway: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const { VpcId } = yield* find(state, vpcs, input.VpcId, "vpcId")
    const gateway = yield* findGateway(state, input.VpnGatewayId)
    const attachment = gateway.VpcAttachments.find((one) => one.VpcId === VpcId && isAttached(one))
    if (attachment === undefined) {
      return yield* fault(
        "InvalidVpnGatewayAttachment.NotFound",
        `The attachment with vpn gateway ID '${gateway.VpnGatewayId}' and vpc ID '${VpcId}' does not exist`
      )
    }
    attachment.State = "detaching"
    forgetInTables(state, gateway.VpnGatewayId)
    schedule(state, now + context.takes(ATTACH), {
      kind: "attachment",
      id: gateway.VpnGatewayId,
      vpc: VpcId,
      to: "detached"
    })
    return {}
  }),

  DeleteVpnGateway: Effect.fnUntraced(function*(input, state, context) {
    const gateway = yield* findGateway(state, input.VpnGatewayId)
    if (gateway.VpcAttachments.some(({ State }) => State !== "detached")) {
      return yield* fault("IncorrectState", "The VPN gateway is in use.")
    }
    if (isUsed(state, gateway.VpnGatewayId)) return yield* fault("IncorrectState", "The VPN gateway is in use.")
    gateway.State = "deleted"
    yield* end(state, context, "vpnGateways", gateway.VpnGatewayId)
    return {}
  }),

  EnableVgwRoutePropagation: Effect.fnUntraced(function*(input, state) {
    const table = yield* find(state, routeTables, input.RouteTableId, "routeTableId")
    const { VpcAttachments, VpnGatewayId } = yield* findGateway(state, input.GatewayId)
    if (!VpcAttachments.some((one) => one.VpcId === table.VpcId && isAttached(one))) {
      return yield* fault(
        "Gateway.NotAttached",
        `resource ${VpnGatewayId} is not attached to network ${table.VpcId}`
      )
    }
    if (!table.PropagatingVgws.some(({ GatewayId }) => GatewayId === VpnGatewayId)) {
      table.PropagatingVgws.push({ GatewayId: VpnGatewayId })
    }
    return {}
  }),

  DisableVgwRoutePropagation: Effect.fnUntraced(function*(input, state) {
    const table = yield* find(state, routeTables, input.RouteTableId, "routeTableId")
    const { VpnGatewayId } = yield* findGateway(state, input.GatewayId)
    table.PropagatingVgws = table.PropagatingVgws.filter(({ GatewayId }) => GatewayId !== VpnGatewayId)
    return {}
  }),

  CreateCustomerGateway: Effect.fnUntraced(function*(input, state, context) {
    const Type = yield* oneOf(yield* required<string>(input.Type, "type"), "type", { here: ["ipsec.1"] })
    const { BgpAsn, BgpAsnExtended, CertificateArn, DeviceName } = input
    if (BgpAsn !== undefined && BgpAsnExtended !== undefined) {
      return yield* combination("The parameter bgpAsn cannot be used with the parameter bgpAsnExtended")
    }
    const IpAddress = input.IpAddress ?? input.PublicIp
    if (IpAddress === undefined && CertificateArn === undefined) return yield* missing("ipAddress")
    if (IpAddress !== undefined && !isIPv4(IpAddress)) return yield* invalidValue(IpAddress, "ipAddress")
    const asn = BgpAsn ?? BgpAsnExtended ?? 65000
    if (!(asn >= 1 && asn <= 4294967294)) return yield* invalidValue(asn, "bgpAsn")
    const Tags = yield* newTags(input.TagSpecifications, "customer-gateway")
    const same = [...state.customerGateways.values()].find((gateway) =>
      gateway.State === "available" && IpAddress !== undefined && gateway.IpAddress === IpAddress &&
      (gateway.BgpAsn ?? gateway.BgpAsnExtended) === String(asn) && gateway.DeviceName === DeviceName
    )
    if (same !== undefined) return { CustomerGateway: same }
    const gateway: CustomerGateway = {
      CustomerGatewayId: context.id("cgw-", 17),
      ...(asn > 2147483647 ? { BgpAsnExtended: String(asn) } : { BgpAsn: String(asn) }),
      ...(IpAddress !== undefined && { IpAddress }),
      ...(CertificateArn !== undefined && { CertificateArn }),
      ...(DeviceName !== undefined && { DeviceName }),
      State: "available",
      Type,
      Tags
    }
    state.customerGateways.set(gateway.CustomerGatewayId, gateway)
    return { CustomerGateway: gateway }
  }),

  DescribeCustomerGateways: Effect.fnUntraced(function*(input, state, context) {
    const found = yield* describeAll(state, context, customerGateways, {
      ids: input.CustomerGatewayIds,
      idsName: "customerGatewayIds",
      filters: input.Filters,
      supported: customerFilters
    })
    return { CustomerGateways: found }
  }),

  DeleteCustomerGateway: Effect.fnUntraced(function*(input, state, context) {
    const gateway = yield* find(state, customerGateways, input.CustomerGatewayId, "customerGatewayId")
    if (isUsed(state, gateway.CustomerGatewayId)) {
      return yield* fault("IncorrectState", "The customer gateway is in use.")
    }
    if (gateway.State !== "deleted") {
      gateway.State = "deleted"
      yield* end(state, context, "customerGateways", gateway.CustomerGatewayId)
    }
    return {}
  })
}
