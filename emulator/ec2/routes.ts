/** In-memory EC2: the routes of route tables. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { Fault } from "../wire/fault.ts"
import { cidr6Of, cidrOf } from "./cidr.ts"
import { attachedTo } from "./enis.ts"
import { combination, fault, invalidValue, missing } from "./faults.ts"
import { egressGateways, endpoints, enis, find, instances, peerings, prefixLists, routeTables } from "./kinds.ts"
import type { RouteTable } from "./networkState.ts"
import type { Ec2Handlers, State, Vpc } from "./state.ts"

/** The routes to a VPC's own ranges, which every one of its tables has. */
export const localRoutes = (vpc: Vpc): ReadonlyArray<sdk.Route> => {
  const local = { GatewayId: "local", Origin: "CreateRouteTable", State: "active" } as const
  return [
    ...vpc.CidrBlockAssociationSet.filter(({ CidrBlockState }) => CidrBlockState?.State === "associated")
      .map(({ CidrBlock }) => ({ DestinationCidrBlock: CidrBlock, ...local })),
    ...vpc.Ipv6CidrBlockAssociationSet.filter(({ Ipv6CidrBlockState }) => Ipv6CidrBlockState?.State === "associated")
      .map(({ Ipv6CidrBlock }) => ({ DestinationIpv6CidrBlock: Ipv6CidrBlock, ...local }))
  ]
}

const destinationOf = (route: sdk.Route) =>
  route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? route.DestinationPrefixListId

/** Gives the tables of a VPC the routes to its ranges as they are now. */
export const updateLocalRoutes = (state: State, vpc: Vpc): void => {
  const local = localRoutes(vpc)
  for (const table of state.routeTables.values()) {
    if (table.VpcId !== vpc.VpcId) continue
    const before = new Map(
      table.Routes.filter(({ Origin }) => Origin === "CreateRouteTable").map((route) => [destinationOf(route), route])
    )
    table.Routes = [
      ...local.map((route) => before.get(destinationOf(route)) ?? { ...route }),
      ...table.Routes.filter(({ Origin }) => Origin !== "CreateRouteTable")
    ]
  }
}

const hasGateway = (state: State, vpcId: string, id: string): boolean => {
  if (id === "local") return true
  if (id.startsWith("vpce-")) return state.endpoints.has(id)
  const attachments = state.internetGateways.get(id)?.Attachments ?? state.vpnGateways.get(id)?.VpcAttachments ?? []
  return attachments.some(({ State, VpcId }) => VpcId === vpcId && State !== "detached" && State !== "detaching")
}

/** A route is a blackhole if what it leads to is gone. */
export const stateOfRoute = (state: State, vpcId: string, route: sdk.Route): sdk.RouteState => {
  const { EgressOnlyInternetGatewayId, GatewayId, NatGatewayId, NetworkInterfaceId } = route
  const nat = state.natGateways.get(NatGatewayId ?? "")?.State
  const isActive = (GatewayId === undefined || hasGateway(state, vpcId, GatewayId)) &&
    (EgressOnlyInternetGatewayId === undefined || state.egressGateways.has(EgressOnlyInternetGatewayId)) &&
    (NatGatewayId === undefined || nat === "available" || nat === "pending") &&
    (NetworkInterfaceId === undefined || state.enis.get(NetworkInterfaceId)?.Status === "in-use") &&
    (route.VpcPeeringConnectionId === undefined ||
      state.peerings.get(route.VpcPeeringConnectionId)?.Status.Code === "active") &&
    (route.TransitGatewayId === undefined || isAttached(state, route.TransitGatewayId, vpcId))
  return isActive ? "active" : "blackhole"
}

const isAttached = (state: State, gateway: string, vpcId: string) =>
  [...state.transitAttachments.values()].some(({ ResourceId, State, TransitGatewayId }) =>
    TransitGatewayId === gateway && ResourceId === vpcId && (State === "available" || State === "pending")
  )

type Destination = Pick<sdk.Route, "DestinationCidrBlock" | "DestinationIpv6CidrBlock" | "DestinationPrefixListId">

const destination = Effect.fnUntraced(function*(state: State, input: Destination) {
  const { DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId } = input
  const given = Object.entries({
    destinationCidrBlock: DestinationCidrBlock,
    destinationIpv6CidrBlock: DestinationIpv6CidrBlock,
    destinationPrefixListId: DestinationPrefixListId
  }).filter(([, value]) => value !== undefined && value !== "").map(([name]) => name)
  if (given.length === 0) {
    return yield* missing("destinationCidrBlock or destinationIpv6CidrBlock or destinationPrefixListId")
  }
  if (given.length > 1) {
    return yield* combination(`The parameter ${given[0]} cannot be used with the parameter ${given[1]}`)
  }
  if (DestinationPrefixListId !== undefined) {
    yield* find(state, prefixLists, DestinationPrefixListId, "destinationPrefixListId")
    return { DestinationPrefixListId }
  }
  const text = DestinationCidrBlock ?? DestinationIpv6CidrBlock ?? ""
  const cidr = DestinationCidrBlock === undefined ? cidr6Of(text) : cidrOf(text)
  if (cidr === undefined) return yield* invalidValue(text, given[0]!, "This is not a valid CIDR block.")
  return DestinationCidrBlock === undefined
    ? { DestinationIpv6CidrBlock: cidr.text }
    : { DestinationCidrBlock: cidr.text }
})

const targetNames = {
  gatewayId: "GatewayId",
  natGatewayId: "NatGatewayId",
  networkInterfaceId: "NetworkInterfaceId",
  vpcPeeringConnectionId: "VpcPeeringConnectionId",
  egressOnlyInternetGatewayId: "EgressOnlyInternetGatewayId",
  transitGatewayId: "TransitGatewayId",
  vpcEndpointId: "VpcEndpointId",
  instanceId: "InstanceId"
} as const

type Targets = { readonly [K in (typeof targetNames)[keyof typeof targetNames]]?: string | undefined }

const foreign = ({ RouteTableId }: RouteTable, what: string, id: string) =>
  fault("InvalidParameterValue", `route table ${RouteTableId} and ${what} ${id} belong to different networks`)

const ofInterface = Effect.fnUntraced(function*(state: State, table: RouteTable, id: string) {
  const eni = yield* find(state, enis, id, "networkInterfaceId")
  if (eni.VpcId !== table.VpcId) return yield* foreign(table, "interface", id)
  const { InstanceId, InstanceOwnerId } = eni.Attachment ?? {}
  return {
    NetworkInterfaceId: id,
    ...(InstanceId !== undefined && { InstanceId, InstanceOwnerId })
  }
})

const ofGateway = Effect.fnUntraced(function*(state: State, table: RouteTable, id: string) {
  if (id.startsWith("vpce-")) return yield* ofEndpoint(state, table, id)
  if (id !== "local" && !state.internetGateways.has(id) && !state.vpnGateways.has(id)) {
    return yield* /^(igw|vgw)-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)
      ? fault("InvalidGatewayID.NotFound", `The gateway ID '${id}' does not exist`)
      : fault("InvalidGatewayID.Malformed", `Invalid id: "${id}" (expecting "igw-..." or "vgw-...")`)
  }
  return hasGateway(state, table.VpcId, id) ? { GatewayId: id } : yield* foreign(table, "network gateway", id)
})

const ofEndpoint = Effect.fnUntraced(function*(state: State, table: RouteTable, id: string) {
  const endpoint = yield* find(state, endpoints, id, "vpcEndpointId")
  if (endpoint.VpcEndpointType !== "GatewayLoadBalancer") {
    return yield* fault(
      "RouteNotSupported",
      `Route table contains unsupported route target: ${id}. VPC Endpoints of this type cannot be used as route targets.`
    )
  }
  return endpoint.VpcId === table.VpcId ? { GatewayId: id } : yield* foreign(table, "vpc endpoint", id)
})

/** What a route leads to, by the one member of the request that says so. */
const target = Effect.fnUntraced(function*(
  state: State,
  table: RouteTable,
  to: Destination,
  input: Targets
): Effect.fn.Return<Omit<sdk.Route, "Origin" | "State">, Fault> {
  const given = Object.entries(targetNames).filter(([, member]) => (input[member] ?? "") !== "")
  if (given.length !== 1) {
    const names = Object.keys(targetNames)
    return yield* fault(
      given.length === 0 ? "MissingParameter" : "InvalidParameterCombination",
      `The request must contain exactly one of ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`
    )
  }
  const member = given[0]![1]
  const id = input[member] ?? ""
  switch (member) {
    case "GatewayId":
      return yield* ofGateway(state, table, id)
    case "VpcEndpointId":
      return yield* ofEndpoint(state, table, id)
    case "NetworkInterfaceId":
      return yield* ofInterface(state, table, id)
    case "InstanceId": {
      const own = attachedTo(state, yield* find(state, instances, id, "instanceId"))
      if (own.length !== 1) {
        return yield* fault(
          "InvalidInstanceID",
          own.length === 0
            ? `The instance '${id}' has no network interface.`
            : `There are multiple interfaces attached to instance '${id}'. Please specify an interface ID for the operation instead.`
        )
      }
      return yield* ofInterface(state, table, own[0]!.NetworkInterfaceId)
    }
    case "NatGatewayId": {
      const gateway = state.natGateways.get(id)
      if (gateway === undefined || gateway.State === "deleted") {
        return yield* fault("InvalidNatGatewayID.NotFound", `The natGateway ID '${id}' does not exist`)
      }
      return gateway.VpcId === table.VpcId ? { NatGatewayId: id } : yield* foreign(table, "nat gateway", id)
    }
    case "VpcPeeringConnectionId": {
      const peering = yield* find(state, peerings, id, "vpcPeeringConnectionId")
      const ends = [peering.AccepterVpcInfo.VpcId, peering.RequesterVpcInfo.VpcId]
      return ends.includes(table.VpcId)
        ? { VpcPeeringConnectionId: id }
        : yield* foreign(table, "vpc peering connection", id)
    }
    case "EgressOnlyInternetGatewayId": {
      const { Attachments } = yield* find(state, egressGateways, id, "egressOnlyInternetGatewayId")
      if (to.DestinationCidrBlock !== undefined) {
        return yield* combination(
          "The parameter destinationCidrBlock cannot be used with the parameter egressOnlyInternetGatewayId"
        )
      }
      return Attachments.some(({ VpcId }) => VpcId === table.VpcId)
        ? { EgressOnlyInternetGatewayId: id }
        : yield* foreign(table, "network gateway", id)
    }
    case "TransitGatewayId":
      return isAttached(state, id, table.VpcId)
        ? { TransitGatewayId: id }
        : yield* fault("InvalidTransitGatewayID.NotFound", `The transitGateway ID '${id}' does not exist`)
  }
})

const findRoute = ({ Routes }: RouteTable, to: Destination) =>
  Routes.findIndex((route) => destinationOf(route) === destinationOf(to))

const isRange = (to: Destination) => to.DestinationPrefixListId === undefined

export const handlers: Ec2Handlers = {
  CreateRoute: Effect.fnUntraced(function*(input, state) {
    const table = yield* find(state, routeTables, input.RouteTableId, "routeTableId")
    const to = yield* destination(state, input)
    const found = yield* target(state, table, to, input)
    if (findRoute(table, to) >= 0) {
      return yield* fault("RouteAlreadyExists", `The route identified by ${destinationOf(to)} already exists.`)
    }
    table.Routes.push({ ...to, ...found, Origin: "CreateRoute", State: "active" })
    return { Return: true }
  }),

  ReplaceRoute: Effect.fnUntraced(function*(input, state) {
    const table = yield* find(state, routeTables, input.RouteTableId, "routeTableId")
    const to = yield* destination(state, input)
    const index = findRoute(table, to)
    const before = table.Routes[index]
    if (before === undefined) {
      return yield* fault(
        "InvalidParameterValue",
        `There is no route defined for '${destinationOf(to)}' in the route table. Use CreateRoute instead.`
      )
    }
    if (input.LocalTarget === true) {
      if (before.Origin !== "CreateRouteTable") {
        return yield* combination("The parameter localTarget can only be used with a local route")
      }
      table.Routes[index] = { ...to, GatewayId: "local", Origin: before.Origin, State: "active" }
      return {}
    }
    const found = yield* target(state, table, to, input)
    table.Routes[index] = { ...to, ...found, Origin: before.Origin, State: "active" }
    return {}
  }),

  DeleteRoute: Effect.fnUntraced(function*(input, state) {
    const table = yield* find(state, routeTables, input.RouteTableId, "routeTableId")
    const to = yield* destination(state, input)
    const index = findRoute(table, to)
    const name = destinationOf(to)
    if (index < 0) {
      return yield* fault(
        "InvalidRoute.NotFound",
        `no route with destination-${
          isRange(to) ? "cidr-block" : "prefix-list-id"
        } ${name} in route table ${table.RouteTableId}`
      )
    }
    if (table.Routes[index]!.Origin === "CreateRouteTable") {
      return yield* fault(
        "InvalidParameterValue",
        `cannot remove local route ${name} in route table ${table.RouteTableId}`
      )
    }
    table.Routes.splice(index, 1)
    return {}
  })
}

/** The routes to the services of gateway endpoints, which endpoints add to their tables and remove from them. */
export const setEndpointRoutes = (
  state: State,
  endpoint: { readonly VpcEndpointId: string; readonly RouteTableIds?: ReadonlyArray<string> | undefined },
  prefixList: string
): void => {
  for (const table of state.routeTables.values()) {
    table.Routes = table.Routes.filter(({ GatewayId }) => GatewayId !== endpoint.VpcEndpointId)
    if (endpoint.RouteTableIds?.includes(table.RouteTableId) !== true) continue
    table.Routes.push({
      DestinationPrefixListId: prefixList,
      GatewayId: endpoint.VpcEndpointId,
      Origin: "CreateRoute",
      State: "active"
    })
  }
}
