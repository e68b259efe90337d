/** In-memory EC2: VPN connections. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { cidrOf, ip } from "./cidr.ts"
import { publicAddress } from "./enis.ts"
import { fault, invalidValue, oneOf, required } from "./faults.ts"
import { describeAll, type Filters } from "./filters.ts"
import { customerGateways, find, vpnConnections, vpnGateways } from "./kinds.ts"
import type { CustomerGateway, VpnConnection } from "./networkState.ts"
import { type Ec2Handlers, schedule, seconds, type State } from "./state.ts"
import { newTags } from "./tags.ts"
import { attachVpn, detachVpn } from "./transitAttachments.ts"

/** How long a connection takes from `pending` to `available`, and from `deleting` to `deleted`. */
const CONNECT = seconds(180)
const DELETE = seconds(60)

/** How long a deleted connection stays listed. */
const LISTED = seconds(3600)

const connectionFilters = (state: State): Filters<VpnConnection> => ({
  "bgp-asn": ({ CustomerGatewayId }) => state.customerGateways.get(CustomerGatewayId ?? "")?.BgpAsn,
  "customer-gateway-configuration": (connection) => connection.CustomerGatewayConfiguration,
  "customer-gateway-id": (connection) => connection.CustomerGatewayId,
  "option.static-routes-only": (connection) => connection.Options?.StaticRoutesOnly,
  "route.destination-cidr-block": ({ Routes }) => Routes.map(({ DestinationCidrBlock }) => DestinationCidrBlock),
  state: (connection) => connection.State,
  "transit-gateway-id": (connection) => connection.TransitGatewayId,
  type: (connection) => connection.Type,
  "vpn-connection-id": (connection) => connection.VpnConnectionId,
  "vpn-gateway-id": (connection) => connection.VpnGatewayId
})

/** A tunnel: its address outside, its range inside, and its key. */
const tunnel = (
  state: State,
  context: HandlerContext,
  given: sdk.VpnTunnelOptionsSpecification = {}
): sdk.TunnelOption => ({
  OutsideIpAddress: publicAddress(state, context),
  TunnelInsideCidr: given.TunnelInsideCidr ??
    `${ip(169 * 2 ** 24 + 254 * 2 ** 16 + (parseInt(context.id("", 4), 16) & 0xfffc))}/30`,
  PreSharedKey: given.PreSharedKey ?? context.id("", 32)
})

const checkTunnel = Effect.fnUntraced(function*({ PreSharedKey, TunnelInsideCidr }: sdk.VpnTunnelOptionsSpecification) {
  if (TunnelInsideCidr !== undefined) {
    const cidr = cidrOf(TunnelInsideCidr)
    if (cidr === undefined || cidr.prefix !== 30 || !cidr.text.startsWith("169.254.")) {
      return yield* invalidValue(TunnelInsideCidr, "tunnelInsideCidr", "It must be a /30 of 169.254.0.0/16.")
    }
  }
  if (PreSharedKey !== undefined && !/^(?!0)[\w.]{8,64}$/.test(PreSharedKey)) {
    return yield* invalidValue(PreSharedKey, "preSharedKey", "A key has 8 to 64 characters and cannot start with zero.")
  }
})

const element = (name: string, content: string | number | ReadonlyArray<string>) =>
  `<${name}>${Array.isArray(content) ? content.join("") : content}</${name}>`

/** What to configure the customer's device with. */
const configuration = (connection: VpnConnection, customer: CustomerGateway): string => {
  const { TunnelOptions = [] } = connection.Options ?? {}
  const tunnels = TunnelOptions.map(({ OutsideIpAddress = "", PreSharedKey = "", TunnelInsideCidr = "" }) => {
    const inside = cidrOf(TunnelInsideCidr)!
    const end = (name: string, outside: string, address: number, asn: string) =>
      element(name, [
        element("tunnel_outside_address", [element("ip_address", outside)]),
        element("tunnel_inside_address", [
          element("ip_address", ip(address)),
          element("network_mask", "255.255.255.252"),
          element("network_cidr", 30)
        ]),
        element("bgp", [element("asn", asn), element("hold_time", 30)])
      ])
    return element("ipsec_tunnel", [
      end("customer_gateway", customer.IpAddress ?? "", inside.base + 2, customer.BgpAsn ?? "65000"),
      end("vpn_gateway", OutsideIpAddress, inside.base + 1, "64512"),
      element("ike", [
        element("authentication_protocol", "sha1"),
        element("encryption_protocol", "aes-128-cbc"),
        element("lifetime", 28800),
        element("perfect_forward_secrecy", "group2"),
        element("mode", "main"),
        element("pre_shared_key", PreSharedKey)
      ]),
      element("ipsec", [
        element("protocol", "esp"),
        element("authentication_protocol", "hmac-sha1-96"),
        element("encryption_protocol", "aes-128-cbc"),
        element("lifetime", 3600),
        element("perfect_forward_secrecy", "group2"),
        element("mode", "tunnel")
      ])
    ])
  })
  return `<?xml version="1.0" encoding="UTF-8"?><vpn_connection id="${connection.VpnConnectionId}">${
    [
      element("customer_gateway_id", customer.CustomerGatewayId),
      element("vpn_gateway_id", connection.VpnGatewayId ?? ""),
      element("vpn_connection_type", "ipsec.1"),
      ...tunnels
    ].join("")
  }</vpn_connection>`
}

const isGone = ({ State }: { readonly State?: string | undefined }) => State === "deleted" || State === "deleting"

/** The gateway on Amazon's side of a new connection. */
const amazonEnd = Effect.fnUntraced(
  function*(state: State, { TransitGatewayId, VpnGatewayId }: sdk.CreateVpnConnectionRequest) {
    if (VpnGatewayId !== undefined) {
      const gateway = yield* find(state, vpnGateways, VpnGatewayId, "vpnGatewayId")
      return isGone(gateway)
        ? yield* fault("InvalidVpnGatewayID.NotFound", `The vpnGateway ID '${VpnGatewayId}' does not exist`)
        : { VpnGatewayId }
    }
    if (TransitGatewayId === undefined) return {}
    const gateway = state.transitGateways.get(TransitGatewayId)
    return gateway === undefined || isGone(gateway)
      ? yield* fault("InvalidTransitGatewayID.NotFound", `The transitGateway ID '${TransitGatewayId}' does not exist`)
      : { TransitGatewayId }
  }
)

export const handlers: Ec2Handlers = {
  CreateVpnConnection: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const Type = yield* oneOf(yield* required(input.Type, "type"), "type", { here: ["ipsec.1"] })
    if (input.VpnGatewayId !== undefined && input.TransitGatewayId !== undefined) {
      return yield* fault(
        "InvalidParameterValue",
        "The request must not contain both parameter vpnGatewayId and transitGatewayId"
      )
    }
    const customer = yield* find(state, customerGateways, input.CustomerGatewayId, "customerGatewayId")
    if (isGone(customer)) {
      return yield* fault(
        "InvalidCustomerGatewayID.NotFound",
        `The customerGateway ID '${customer.CustomerGatewayId}' does not exist`
      )
    }
    const gateway = yield* amazonEnd(state, input)
    const { LocalIpv4NetworkCidr, RemoteIpv4NetworkCidr, StaticRoutesOnly = false, TunnelOptions = [] } =
      input.Options ?? {}
    if (TunnelOptions.length > 2) {
      return yield* invalidValue(TunnelOptions.length, "tunnelOptions", "There are 2 tunnels.")
    }
    for (const options of TunnelOptions) yield* checkTunnel(options)
    const EnableAcceleration = input.Options?.EnableAcceleration ?? false
    if (EnableAcceleration && gateway.TransitGatewayId === undefined) {
      return yield* fault("InvalidParameterValue", "Acceleration is only supported for transit gateway connections.")
    }
    const Tags = yield* newTags(input.TagSpecifications, "vpn-connection")
    const connection: VpnConnection = {
      VpnConnectionId: context.id("vpn-", 17),
      Category: "VPN",
      CustomerGatewayId: customer.CustomerGatewayId,
      ...gateway,
      GatewayAssociationState: Object.keys(gateway).length > 0 ? "associated" : "not-associated",
      Options: {
        EnableAcceleration,
        LocalIpv4NetworkCidr: LocalIpv4NetworkCidr ?? "0.0.0.0/0",
        OutsideIpAddressType: "PublicIpv4",
        RemoteIpv4NetworkCidr: RemoteIpv4NetworkCidr ?? "0.0.0.0/0",
        StaticRoutesOnly,
        TunnelInsideIpVersion: "ipv4",
        TunnelOptions: [tunnel(state, context, TunnelOptions[0]), tunnel(state, context, TunnelOptions[1])]
      },
      Routes: [],
      State: "pending",
      Type,
      VgwTelemetry: [],
      Tags
    }
    connection.CustomerGatewayConfiguration = configuration(connection, customer)
    connection.VgwTelemetry = connection.Options!.TunnelOptions!.map(({ OutsideIpAddress }) => ({
      AcceptedRouteCount: 0,
      LastStatusChange: new Date(now),
      OutsideIpAddress,
      Status: "DOWN",
      StatusMessage: ""
    }))
    state.vpnConnections.set(connection.VpnConnectionId, connection)
    if (gateway.TransitGatewayId !== undefined) {
      attachVpn(state, context, now, gateway.TransitGatewayId, connection.VpnConnectionId)
    }
    schedule(state, now + context.takes(CONNECT), {
      kind: "network",
      of: "vpnConnections",
      id: connection.VpnConnectionId,
      to: "available"
    })
    return { VpnConnection: connection }
  }),

  DescribeVpnConnections: Effect.fnUntraced(function*(input, state, context) {
    const found = yield* describeAll(state, context, vpnConnections, {
      ids: input.VpnConnectionIds,
      idsName: "vpnConnectionIds",
      filters: input.Filters,
      supported: connectionFilters(state)
    })
    return { VpnConnections: found }
  }),

  DeleteVpnConnection: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const connection = yield* find(state, vpnConnections, input.VpnConnectionId, "vpnConnectionId")
    if (isGone(connection)) return {}
    connection.State = "deleting"
    const id = connection.VpnConnectionId
    detachVpn(state, context, now, id)
    schedule(state, now + context.takes(DELETE), { kind: "network", of: "vpnConnections", id, to: "deleted" })
    schedule(state, now + context.takes(DELETE + LISTED), { kind: "unlist", of: "vpnConnections", id })
    return {}
  }),

  CreateVpnConnectionRoute: Effect.fnUntraced(function*(input, state) {
    const connection = yield* find(state, vpnConnections, input.VpnConnectionId, "vpnConnectionId")
    const text = yield* required(input.DestinationCidrBlock, "destinationCidrBlock")
    const cidr = cidrOf(text)
    if (cidr === undefined) return yield* invalidValue(text, "destinationCidrBlock", "This is not a valid CIDR block.")
    if (connection.Options?.StaticRoutesOnly !== true) {
      return yield* fault(
        "InvalidParameterValue",
        "Static routes are only supported for connections with static routing."
      )
    }
    if (!connection.Routes.some(({ DestinationCidrBlock }) => DestinationCidrBlock === cidr.text)) {
      connection.Routes.push({ DestinationCidrBlock: cidr.text, State: "available" })
    }
    return {}
  }),

  DeleteVpnConnectionRoute: Effect.fnUntraced(function*(input, state) {
    const connection = yield* find(state, vpnConnections, input.VpnConnectionId, "vpnConnectionId")
    const text = yield* required(input.DestinationCidrBlock, "destinationCidrBlock")
    if (!connection.Routes.some(({ DestinationCidrBlock }) => DestinationCidrBlock === text)) {
      return yield* fault("InvalidRoute.NotFound", `The specified route ${text} does not exist.`)
    }
    connection.Routes = connection.Routes.filter(({ DestinationCidrBlock }) => DestinationCidrBlock !== text)
    return {}
  })
}
