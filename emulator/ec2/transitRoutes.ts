/** In-memory EC2: the routes of transit gateways. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { cidr6Of, cidrOf, contains, has6 } from "./cidr.ts"
import { combination, fault, invalidValue, missing, required } from "./faults.ts"
import { type Filters, matching, page } from "./filters.ts"
import type { TransitTable } from "./networkState.ts"
import type { Ec2Handlers, State } from "./state.ts"
import { transitAttachment, transitTable } from "./transit.ts"

/** The ranges that an attachment propagates: those of its VPC, or the static routes of its VPN connection. */
const rangesOf = (state: State, resource: string): ReadonlyArray<string | undefined> => {
  const vpc = state.vpcs.get(resource)
  return vpc === undefined
    ? (state.vpnConnections.get(resource)?.Routes ?? []).map(({ DestinationCidrBlock }) => DestinationCidrBlock)
    : vpc.CidrBlockAssociationSet.filter(({ CidrBlockState }) => CidrBlockState?.State === "associated")
      .map(({ CidrBlock }) => CidrBlock)
}

const routeOf = (
  state: State,
  DestinationCidrBlock: string | undefined,
  attachment: string | undefined,
  Type: sdk.TransitGatewayRouteType
): sdk.TransitGatewayRoute => {
  const found = state.transitAttachments.get(attachment ?? "")
  const isActive = found !== undefined && found.State !== "deleted" && found.State !== "deleting"
  return {
    DestinationCidrBlock,
    Type,
    State: isActive ? "active" : "blackhole",
    ...(found !== undefined && {
      TransitGatewayAttachments: [{
        TransitGatewayAttachmentId: found.TransitGatewayAttachmentId,
        ResourceId: found.ResourceId,
        ResourceType: found.ResourceType
      }]
    })
  }
}

/** The routes of a table. A static route hides a propagated one to the same range. */
const routesOf = (state: State, { propagations, routes }: TransitTable): ReadonlyArray<sdk.TransitGatewayRoute> => {
  const fixed = routes.map(({ attachment, cidr }) => routeOf(state, cidr, attachment, "static"))
  const taken = new Set(routes.map(({ cidr }) => cidr))
  const propagated = propagations.flatMap((id) =>
    rangesOf(state, state.transitAttachments.get(id)?.ResourceId ?? "")
      .filter((cidr) => !taken.has(cidr ?? ""))
      .map((cidr) => routeOf(state, cidr, id, "propagated"))
  )
  return [...fixed, ...propagated]
}

const destination = Effect.fnUntraced(function*(given: string | undefined) {
  const text = yield* required(given, "destinationCidrBlock")
  const cidr = cidrOf(text) ?? cidr6Of(text)
  return cidr === undefined
    ? yield* invalidValue(text, "destinationCidrBlock", "This is not a valid CIDR block.")
    : cidr.text
})

const contain = (outer: string, inner: string): boolean => {
  const [a, b] = [cidrOf(outer), cidrOf(inner)]
  if (a !== undefined && b !== undefined) return contains(a, b)
  const [a6, b6] = [cidr6Of(outer), cidr6Of(inner)]
  return a6 !== undefined && b6 !== undefined && a6.prefix <= b6.prefix && has6(a6, b6.base)
}

const prefixLength = (cidr: string) => Number(cidr.split("/")[1])

/** The filters of a search, some of which compare ranges. */
const search = Effect.fnUntraced(function*(
  context: HandlerContext,
  routes: ReadonlyArray<sdk.TransitGatewayRoute>,
  filters: ReadonlyArray<sdk.Filter>
) {
  const ofAttachments =
    (valueOf: (attachment: sdk.TransitGatewayRouteAttachment) => string | undefined) =>
    ({ TransitGatewayAttachments = [] }: sdk.TransitGatewayRoute) => TransitGatewayAttachments.map(valueOf)
  const plain: Filters<sdk.TransitGatewayRoute> = {
    "attachment.resource-id": ofAttachments(({ ResourceId }) => ResourceId),
    "attachment.resource-type": ofAttachments(({ ResourceType }) => ResourceType),
    "attachment.transit-gateway-attachment-id": ofAttachments((one) => one.TransitGatewayAttachmentId),
    "prefix-list-id": () => undefined,
    "route-search.exact-match": (route) => route.DestinationCidrBlock,
    state: (route) => route.State,
    type: (route) => route.Type
  }
  let found = routes
  const rest: Array<sdk.Filter> = []
  for (const filter of filters) {
    const { Name = "", Values = [] } = filter
    const cidrOfRoute = ({ DestinationCidrBlock = "" }: sdk.TransitGatewayRoute) => DestinationCidrBlock
    switch (Name) {
      case "route-search.subnet-of-match":
        found = found.filter((route) => Values.some((value) => contain(value, cidrOfRoute(route))))
        break
      case "route-search.supernet-of-match":
        found = found.filter((route) => Values.some((value) => contain(cidrOfRoute(route), value)))
        break
      case "route-search.longest-prefix-match": {
        const matches = found.filter((route) => Values.some((value) => contain(cidrOfRoute(route), value)))
        const longest = Math.max(...matches.map((route) => prefixLength(cidrOfRoute(route))))
        found = matches.filter((route) => prefixLength(cidrOfRoute(route)) === longest)
        break
      }
      default:
        rest.push(filter)
    }
  }
  return yield* matching(context, found, rest, plain)
})

/** The attachment that a static route leads to, or nothing for a blackhole. */
const targetOf = Effect.fnUntraced(function*(state: State, table: TransitTable, input: {
  readonly Blackhole?: boolean | undefined
  readonly TransitGatewayAttachmentId?: string | undefined
}) {
  const { Blackhole = false, TransitGatewayAttachmentId } = input
  if (Blackhole && TransitGatewayAttachmentId !== undefined) {
    return yield* combination("The parameter blackhole cannot be used with the parameter transitGatewayAttachmentId")
  }
  if (Blackhole) return undefined
  if (TransitGatewayAttachmentId === undefined) return yield* missing("transitGatewayAttachmentId")
  return (yield* transitAttachment(state, table, TransitGatewayAttachmentId)).TransitGatewayAttachmentId
})

export const handlers: Ec2Handlers = {
  CreateTransitGatewayRoute: Effect.fnUntraced(function*(input, state) {
    const table = yield* transitTable(state, input.TransitGatewayRouteTableId)
    const cidr = yield* destination(input.DestinationCidrBlock)
    const attachment = yield* targetOf(state, table, input)
    if (table.routes.some((route) => route.cidr === cidr)) {
      return yield* fault(
        "RouteAlreadyExists",
        `Route ${cidr} already exists in Transit Gateway Route Table ${table.TransitGatewayRouteTableId}.`
      )
    }
    table.routes = [...table.routes, { cidr, attachment }]
    return { Route: routeOf(state, cidr, attachment, "static") }
  }),

  ReplaceTransitGatewayRoute: Effect.fnUntraced(function*(input, state) {
    const table = yield* transitTable(state, input.TransitGatewayRouteTableId)
    const cidr = yield* destination(input.DestinationCidrBlock)
    const attachment = yield* targetOf(state, table, input)
    if (!table.routes.some((route) => route.cidr === cidr)) return yield* noRoute(table, cidr)
    table.routes = table.routes.map((route) => route.cidr === cidr ? { cidr, attachment } : route)
    return { Route: routeOf(state, cidr, attachment, "static") }
  }),

  DeleteTransitGatewayRoute: Effect.fnUntraced(function*(input, state) {
    const table = yield* transitTable(state, input.TransitGatewayRouteTableId)
    const cidr = yield* destination(input.DestinationCidrBlock)
    const found = table.routes.find((route) => route.cidr === cidr)
    if (found === undefined) return yield* noRoute(table, cidr)
    table.routes = table.routes.filter((route) => route !== found)
    return { Route: { ...routeOf(state, cidr, found.attachment, "static"), State: "deleted" } }
  }),

  SearchTransitGatewayRoutes: Effect.fnUntraced(function*(input, state, context) {
    const table = yield* transitTable(state, input.TransitGatewayRouteTableId)
    const filters = yield* required(input.Filters, "filters")
    if (filters.length === 0) return yield* missing("filters")
    const found = yield* search(context, routesOf(state, table), filters)
    const [Routes, NextToken] = yield* page(
      context,
      found,
      input,
      ({ DestinationCidrBlock = "", Type }) => `${DestinationCidrBlock} ${Type}`
    )
    return { Routes: [...Routes], AdditionalRoutesAvailable: NextToken !== undefined, NextToken }
  })
}

const noRoute = ({ TransitGatewayRouteTableId }: TransitTable, cidr: string) =>
  fault(
    "InvalidRoute.NotFound",
    `Route ${cidr} does not exist in Transit Gateway Route Table ${TransitGatewayRouteTableId}.`
  )
