/** In-memory EC2: route tables, and what they are associated with. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { combination, dependency, fault, missing, required } from "./faults.ts"
import { absent, describe, type Filters } from "./filters.ts"
import { idempotent } from "./idempotency.ts"
import { find, internetGateways, routeTables, subnets, vpcs, vpnGateways } from "./kinds.ts"
import type { RouteTable } from "./networkState.ts"
import { localRoutes, stateOfRoute } from "./routes.ts"
import type { Ec2Handlers, State, Vpc } from "./state.ts"
import { newTags } from "./tags.ts"

const associated = { State: "associated" } as const

const association = (
  context: HandlerContext,
  table: RouteTable,
  target: Pick<sdk.RouteTableAssociation, "Main" | "SubnetId" | "GatewayId">
): sdk.RouteTableAssociation => ({
  RouteTableAssociationId: context.id("rtbassoc-", 17),
  RouteTableId: table.RouteTableId,
  Main: false,
  ...target,
  AssociationState: associated
})

export const addRouteTable = (state: State, context: HandlerContext, vpc: Vpc, options: {
  readonly isMain: boolean
  readonly tags: ReadonlyArray<sdk.Tag>
}): RouteTable => {
  const table: RouteTable = {
    RouteTableId: context.id("rtb-", 17),
    VpcId: vpc.VpcId,
    OwnerId: context.account,
    Associations: [],
    PropagatingVgws: [],
    Routes: [...localRoutes(vpc)],
    Tags: options.tags.map((tag) => ({ ...tag }))
  }
  if (options.isMain) table.Associations.push(association(context, table, { Main: true }))
  state.routeTables.set(table.RouteTableId, table)
  return table
}

const isMain = ({ Associations }: RouteTable) => Associations.some(({ Main }) => Main)

/** The table that the subnets of a VPC use if they have none of their own. */
export const mainTable = (state: State, vpcId: string) =>
  [...state.routeTables.values()].find((table) => table.VpcId === vpcId && isMain(table))!

/** Ends the associations of a subnet or a gateway that is gone. */
export const forgetInTables = (state: State, id: string): void => {
  for (const table of state.routeTables.values()) {
    table.Associations = table.Associations.filter(({ GatewayId, SubnetId }) => GatewayId !== id && SubnetId !== id)
    table.PropagatingVgws = table.PropagatingVgws.filter(({ GatewayId }) => GatewayId !== id)
  }
}

const byAssociation = Effect.fnUntraced(function*(state: State, given: string | undefined) {
  const id = yield* required(given, "associationId")
  for (const table of state.routeTables.values()) {
    const found = table.Associations.find(({ RouteTableAssociationId }) => RouteTableAssociationId === id)
    if (found !== undefined) return { table, found }
  }
  return yield* fault("InvalidAssociationID.NotFound", `The association ID '${id}' does not exist`)
})

const ofRoutes = (valueOf: (route: sdk.Route) => string | undefined) => ({ Routes }: RouteTable) => Routes.map(valueOf)

const ofAssociations =
  (valueOf: (association: sdk.RouteTableAssociation) => string | boolean | undefined) =>
  ({ Associations }: RouteTable) => Associations.map(valueOf)

const tableFilters: Filters<RouteTable> = {
  ...absent("route.carrier-gateway-id", "route.local-gateway-id", "route.core-network-arn"),
  "association.gateway-id": ofAssociations(({ GatewayId }) => GatewayId),
  "association.main": ofAssociations(({ Main }) => Main),
  "association.route-table-association-id": ofAssociations(({ RouteTableAssociationId }) => RouteTableAssociationId),
  "association.route-table-id": ofAssociations(({ RouteTableId }) => RouteTableId),
  "association.subnet-id": ofAssociations(({ SubnetId }) => SubnetId),
  "owner-id": (table) => table.OwnerId,
  "route-table-id": (table) => table.RouteTableId,
  "route.destination-cidr-block": ofRoutes(({ DestinationCidrBlock }) => DestinationCidrBlock),
  "route.destination-ipv6-cidr-block": ofRoutes(({ DestinationIpv6CidrBlock }) => DestinationIpv6CidrBlock),
  "route.destination-prefix-list-id": ofRoutes(({ DestinationPrefixListId }) => DestinationPrefixListId),
  "route.egress-only-internet-gateway-id": ofRoutes(({ EgressOnlyInternetGatewayId }) => EgressOnlyInternetGatewayId),
  "route.gateway-id": ofRoutes(({ GatewayId }) => GatewayId),
  "route.instance-id": ofRoutes(({ InstanceId }) => InstanceId),
  "route.nat-gateway-id": ofRoutes(({ NatGatewayId }) => NatGatewayId),
  "route.origin": ofRoutes(({ Origin }) => Origin),
  "route.state": ofRoutes(({ State }) => State),
  "route.transit-gateway-id": ofRoutes(({ TransitGatewayId }) => TransitGatewayId),
  "route.vpc-peering-connection-id": ofRoutes(({ VpcPeeringConnectionId }) => VpcPeeringConnectionId),
  "vpc-id": (table) => table.VpcId
}

/** The subnet or gateway of a request, if it is in the VPC of the table. */
const targetOf = Effect.fnUntraced(
  function*(state: State, table: RouteTable, { GatewayId, SubnetId }: sdk.AssociateRouteTableRequest) {
    if (SubnetId !== undefined && GatewayId !== undefined) {
      return yield* combination("The parameter subnetId cannot be used with the parameter gatewayId")
    }
    if (SubnetId !== undefined) {
      const { VpcId } = yield* find(state, subnets, SubnetId, "subnetId")
      if (VpcId !== table.VpcId) {
        return yield* fault(
          "InvalidParameterValue",
          `Route table ${table.RouteTableId} and subnet ${SubnetId} belong to different networks`
        )
      }
      return { SubnetId }
    }
    if (GatewayId === undefined) return yield* missing("subnetId or gatewayId")
    const attachments = GatewayId.startsWith("vgw-")
      ? (yield* find(state, vpnGateways, GatewayId, "gatewayId")).VpcAttachments
      : (yield* find(state, internetGateways, GatewayId, "gatewayId")).Attachments
    if (!attachments.some(({ VpcId }) => VpcId === table.VpcId)) {
      return yield* fault(
        "InvalidParameterValue",
        `Route table ${table.RouteTableId} and network gateway ${GatewayId} belong to different networks`
      )
    }
    return { GatewayId }
  }
)

const described = (state: State, table: RouteTable): RouteTable => ({
  ...table,
  Routes: table.Routes.map((route) => ({ ...route, State: stateOfRoute(state, table.VpcId, route) }))
})

export const handlers: Ec2Handlers = {
  CreateRouteTable: (input, state, context) =>
    idempotent(state, context, input, {
      create: Effect.gen(function*() {
        const vpc = yield* find(state, vpcs, input.VpcId, "vpcId")
        const tags = yield* newTags(input.TagSpecifications, "route-table")
        return addRouteTable(state, context, vpc, { isMain: false, tags }).RouteTableId
      }),
      answer: (id) => {
        const table = state.routeTables.get(id)
        return table && { RouteTable: described(state, table), ClientToken: input.ClientToken ?? context.uuid() }
      }
    }),

  DescribeRouteTables: Effect.fnUntraced(function*(input, state, context) {
    // The filters compare the state of routes too, which depends on what the routes lead to.
    const tables = new Map(Array.from(state.routeTables, ([id, table]) => [id, described(state, table)]))
    const [found, NextToken] = yield* describe({ ...state, routeTables: tables }, context, routeTables, {
      input,
      ids: input.RouteTableIds,
      idsName: "routeTableIds",
      filters: input.Filters,
      supported: tableFilters
    })
    return { RouteTables: [...found], NextToken }
  }),

  DeleteRouteTable: Effect.fnUntraced(function*(input, state) {
    const table = yield* find(state, routeTables, input.RouteTableId, "routeTableId")
    if (table.Associations.length > 0) return yield* dependency("routeTable", table.RouteTableId)
    state.routeTables.delete(table.RouteTableId)
    for (const endpoint of state.endpoints.values()) {
      endpoint.RouteTableIds = endpoint.RouteTableIds?.filter((id) => id !== table.RouteTableId)
    }
    return {}
  }),

  AssociateRouteTable: Effect.fnUntraced(function*(input, state, context) {
    const table = yield* find(state, routeTables, input.RouteTableId, "routeTableId")
    const target = yield* targetOf(state, table, input)
    const id = target.SubnetId ?? target.GatewayId
    for (const { Associations, RouteTableId } of state.routeTables.values()) {
      const before = Associations.find(({ GatewayId, SubnetId }) => (SubnetId ?? GatewayId) === id)
      if (before === undefined) continue
      return RouteTableId === table.RouteTableId
        ? { AssociationId: before.RouteTableAssociationId, AssociationState: associated }
        : yield* fault(
          "Resource.AlreadyAssociated",
          `the specified association for route table ${table.RouteTableId} conflicts with an existing association`
        )
    }
    const added = association(context, table, target)
    table.Associations.push(added)
    return { AssociationId: added.RouteTableAssociationId, AssociationState: associated }
  }),

  DisassociateRouteTable: Effect.fnUntraced(function*(input, state) {
    const { found, table } = yield* byAssociation(state, input.AssociationId)
    if (found.Main === true) {
      return yield* fault(
        "InvalidParameterValue",
        `cannot disassociate the main route table association ${found.RouteTableAssociationId}`
      )
    }
    table.Associations = table.Associations.filter((one) => one !== found)
    return {}
  }),

  ReplaceRouteTableAssociation: Effect.fnUntraced(function*(input, state, context) {
    const { found, table: before } = yield* byAssociation(state, input.AssociationId)
    const table = yield* find(state, routeTables, input.RouteTableId, "routeTableId")
    if (table.VpcId !== before.VpcId) {
      return yield* fault(
        "InvalidParameterValue",
        `Route table ${table.RouteTableId} and route table ${before.RouteTableId} belong to different networks`
      )
    }
    before.Associations = before.Associations.filter((one) => one !== found)
    const { GatewayId, Main, SubnetId } = found
    const added = association(context, table, {
      Main,
      ...(SubnetId !== undefined && { SubnetId }),
      ...(GatewayId !== undefined && { GatewayId })
    })
    table.Associations.push(added)
    return { NewAssociationId: added.RouteTableAssociationId, AssociationState: associated }
  })
}
