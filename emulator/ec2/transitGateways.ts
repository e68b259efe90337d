/** In-memory EC2: transit gateways. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { defined } from "../support/members.ts"
import { cidr6Of, cidrOf } from "./cidr.ts"
import { arnOf } from "./enis.ts"
import { fault, invalidValue, missing } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { find, transitGateways, transitTables } from "./kinds.ts"
import type { TransitGateway } from "./networkState.ts"
import { type Ec2Handlers, schedule, seconds, type State } from "./state.ts"
import { newTags } from "./tags.ts"
import { availableGateway } from "./transit.ts"
import { addTransitTable } from "./transitTables.ts"
import { amazonSide } from "./vpnGateways.ts"

/** How long a gateway takes from `pending` to `available`, and from `deleting` to `deleted`. */
const GATEWAY = seconds(90)

/** How long a deleted gateway stays listed. */
const LISTED = seconds(3600)

const gatewayFilters: Filters<TransitGateway> = {
  "options.amazon-side-asn": ({ Options }) => Options.AmazonSideAsn,
  "options.association-default-route-table-id": ({ Options }) => Options.AssociationDefaultRouteTableId,
  "options.auto-accept-shared-attachments": ({ Options }) => Options.AutoAcceptSharedAttachments,
  "options.default-route-table-association": ({ Options }) => Options.DefaultRouteTableAssociation,
  "options.default-route-table-propagation": ({ Options }) => Options.DefaultRouteTablePropagation,
  "options.dns-support": ({ Options }) => Options.DnsSupport,
  "options.propagation-default-route-table-id": ({ Options }) => Options.PropagationDefaultRouteTableId,
  "options.vpn-ecmp-support": ({ Options }) => Options.VpnEcmpSupport,
  "owner-id": (gateway) => gateway.OwnerId,
  state: (gateway) => gateway.State,
  "transit-gateway-id": (gateway) => gateway.TransitGatewayId
}

const checkRanges = (ranges: ReadonlyArray<string> | undefined = []) =>
  Effect.forEach(ranges, (text) => {
    const cidr = cidrOf(text) ?? cidr6Of(text)
    return cidr === undefined
      ? invalidValue(text, "transitGatewayCidrBlocks", "This is not a valid CIDR block.")
      : Effect.succeed(cidr.text)
  })

/** Options that are either `enable` or `disable`. */
const switches = [
  "AutoAcceptSharedAttachments",
  "DefaultRouteTableAssociation",
  "DefaultRouteTablePropagation",
  "DnsSupport",
  "MulticastSupport",
  "SecurityGroupReferencingSupport",
  "VpnEcmpSupport"
] as const

const checkSwitches = Effect.fnUntraced(
  function*(options: { readonly [K in (typeof switches)[number]]?: string | undefined }) {
    for (const name of switches) {
      const value = options[name]
      if (value !== undefined && value !== "enable" && value !== "disable") {
        return yield* invalidValue(value, name, "Use enable or disable.")
      }
    }
  }
)

const newOptions = Effect.fnUntraced(function*(given: sdk.TransitGatewayRequestOptions = {}) {
  const options: sdk.TransitGatewayOptions = {
    AmazonSideAsn: yield* amazonSide(given.AmazonSideAsn),
    AutoAcceptSharedAttachments: given.AutoAcceptSharedAttachments ?? "disable",
    DefaultRouteTableAssociation: given.DefaultRouteTableAssociation ?? "enable",
    DefaultRouteTablePropagation: given.DefaultRouteTablePropagation ?? "enable",
    DnsSupport: given.DnsSupport ?? "enable",
    MulticastSupport: given.MulticastSupport ?? "disable",
    SecurityGroupReferencingSupport: given.SecurityGroupReferencingSupport ?? "disable",
    VpnEcmpSupport: given.VpnEcmpSupport ?? "enable"
  }
  yield* checkSwitches(options)
  const ranges = yield* checkRanges(given.TransitGatewayCidrBlocks)
  return { ...options, ...(ranges.length > 0 && { TransitGatewayCidrBlocks: ranges }) }
})

/** Gives a gateway its default table, if its options ask for one. */
const addDefaultTable = (state: State, context: HandlerContext, gateway: TransitGateway, now: number): void => {
  const { Options } = gateway
  const associates = Options.DefaultRouteTableAssociation === "enable"
  const propagates = Options.DefaultRouteTablePropagation === "enable"
  const needed = (associates && Options.AssociationDefaultRouteTableId === undefined) ||
    (propagates && Options.PropagationDefaultRouteTableId === undefined)
  if (!needed) return
  const { TransitGatewayRouteTableId } = addTransitTable(state, context, now, {
    gateway: gateway.TransitGatewayId,
    associates,
    propagates,
    tags: []
  })
  if (associates) Options.AssociationDefaultRouteTableId ??= TransitGatewayRouteTableId
  if (propagates) Options.PropagationDefaultRouteTableId ??= TransitGatewayRouteTableId
}

const isGone = (state: string | undefined) => state === "deleted"

export const handlers: Ec2Handlers = {
  CreateTransitGateway: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const TransitGatewayId = context.id("tgw-", 17)
    const gateway: TransitGateway = {
      TransitGatewayId,
      TransitGatewayArn: arnOf(context, `transit-gateway/${TransitGatewayId}`),
      CreationTime: new Date(now),
      ...(input.Description !== undefined && { Description: input.Description }),
      Options: yield* newOptions(input.Options),
      OwnerId: context.account,
      State: "pending",
      Tags: yield* newTags(input.TagSpecifications, "transit-gateway")
    }
    addDefaultTable(state, context, gateway, now)
    state.transitGateways.set(TransitGatewayId, gateway)
    schedule(state, now + context.takes(GATEWAY), {
      kind: "network",
      of: "transitGateways",
      id: TransitGatewayId,
      to: "available"
    })
    return { TransitGateway: gateway }
  }),

  DescribeTransitGateways: Effect.fnUntraced(function*(input, state, context) {
    const [TransitGateways, NextToken] = yield* describe(state, context, transitGateways, {
      input,
      ids: input.TransitGatewayIds,
      idsName: "transitGatewayIds",
      filters: input.Filters,
      supported: gatewayFilters
    })
    return { TransitGateways: [...TransitGateways], NextToken }
  }),

  ModifyTransitGateway: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const gateway = yield* availableGateway(state, input.TransitGatewayId)
    const { Description, Options } = input
    if (Description === undefined && Options === undefined) return yield* missing("description or options")
    const changed: sdk.TransitGatewayOptions = { ...gateway.Options }
    if (Options !== undefined) {
      const {
        AddTransitGatewayCidrBlocks,
        AmazonSideAsn,
        AssociationDefaultRouteTableId,
        PropagationDefaultRouteTableId,
        RemoveTransitGatewayCidrBlocks = []
      } = Options
      const given = defined({
        AutoAcceptSharedAttachments: Options.AutoAcceptSharedAttachments,
        DefaultRouteTableAssociation: Options.DefaultRouteTableAssociation,
        DefaultRouteTablePropagation: Options.DefaultRouteTablePropagation,
        DnsSupport: Options.DnsSupport,
        SecurityGroupReferencingSupport: Options.SecurityGroupReferencingSupport,
        VpnEcmpSupport: Options.VpnEcmpSupport,
        AssociationDefaultRouteTableId,
        PropagationDefaultRouteTableId
      })
      yield* checkSwitches(given)
      for (const id of [AssociationDefaultRouteTableId, PropagationDefaultRouteTableId]) {
        if (id !== undefined) yield* find(state, transitTables, id, "transitGatewayRouteTableId")
      }
      const added = yield* checkRanges(AddTransitGatewayCidrBlocks)
      const ranges = new Set([...changed.TransitGatewayCidrBlocks ?? [], ...added])
      for (const range of RemoveTransitGatewayCidrBlocks) ranges.delete(range)
      Object.assign(changed, given, {
        AmazonSideAsn: AmazonSideAsn === undefined ? changed.AmazonSideAsn : yield* amazonSide(AmazonSideAsn),
        TransitGatewayCidrBlocks: ranges.size > 0 ? [...ranges] : undefined
      })
      if (changed.DefaultRouteTableAssociation === "disable") delete changed.AssociationDefaultRouteTableId
      if (changed.DefaultRouteTablePropagation === "disable") delete changed.PropagationDefaultRouteTableId
    }
    gateway.Options = defined(changed)
    addDefaultTable(state, context, gateway, now)
    if (Description !== undefined) gateway.Description = Description
    for (const table of state.transitTables.values()) {
      if (table.TransitGatewayId !== gateway.TransitGatewayId) continue
      const id = table.TransitGatewayRouteTableId
      table.DefaultAssociationRouteTable = id === gateway.Options.AssociationDefaultRouteTableId
      table.DefaultPropagationRouteTable = id === gateway.Options.PropagationDefaultRouteTableId
    }
    return { TransitGateway: { ...gateway, State: "modifying" } }
  }),

  DeleteTransitGateway: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const gateway = yield* availableGateway(state, input.TransitGatewayId)
    const id = gateway.TransitGatewayId
    const left = [...state.transitAttachments.values()].filter((attachment) =>
      attachment.TransitGatewayId === id && !isGone(attachment.State)
    )
    if (left.length > 0) {
      const type = left[0]!.ResourceType === "vpc" ? "VPC" : "VPN"
      return yield* fault(
        "IncorrectState",
        `${id} has non-deleted ${type} Attachments: ${
          left.map(({ TransitGatewayAttachmentId }) => TransitGatewayAttachmentId).join(", ")
        }.`
      )
    }
    gateway.State = "deleting"
    schedule(state, now + context.takes(GATEWAY), { kind: "network", of: "transitGateways", id, to: "deleted" })
    schedule(state, now + context.takes(GATEWAY + LISTED), { kind: "unlist", of: "transitGateways", id })
    for (const table of state.transitTables.values()) {
      if (table.TransitGatewayId !== id) continue
      const change = { of: "transitTables", id: table.TransitGatewayRouteTableId } as const
      table.State = "deleting"
      schedule(state, now + context.takes(GATEWAY), { kind: "network", ...change, to: "deleted" })
      schedule(state, now + context.takes(GATEWAY + LISTED), { kind: "unlist", ...change })
    }
    return { TransitGateway: gateway }
  })
}
