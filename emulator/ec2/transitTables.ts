/** In-memory EC2: the route tables of transit gateways. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { fault } from "./faults.ts"
import { describe, type Filters, matching, page } from "./filters.ts"
import { find, transitAttachments, transitTables } from "./kinds.ts"
import type { TransitAttachment, TransitTable } from "./networkState.ts"
import { type Ec2Handlers, schedule, seconds, type State } from "./state.ts"
import { newTags } from "./tags.ts"
import { availableGateway, transitAttachment, transitTable } from "./transit.ts"

/** How long a table takes from `pending` to `available`, and from `deleting` to `deleted`. */
const TABLE = seconds(30)

/** How long a deleted table stays listed. */
const LISTED = seconds(3600)

export const addTransitTable = (state: State, context: HandlerContext, now: number, options: {
  readonly gateway: string
  readonly associates: boolean
  readonly propagates: boolean
  readonly tags: ReadonlyArray<sdk.Tag>
}): TransitTable => {
  const id = context.id("tgw-rtb-", 17)
  const table: TransitTable = {
    TransitGatewayRouteTableId: id,
    TransitGatewayId: options.gateway,
    CreationTime: new Date(now),
    DefaultAssociationRouteTable: options.associates,
    DefaultPropagationRouteTable: options.propagates,
    State: "pending",
    Tags: options.tags.map((tag) => ({ ...tag })),
    propagations: [],
    routes: []
  }
  state.transitTables.set(id, table)
  schedule(state, now + context.takes(TABLE), { kind: "network", of: "transitTables", id, to: "available" })
  return table
}

const described = (table: TransitTable): sdk.TransitGatewayRouteTable => {
  const { propagations: _, routes: __, ...members } = table
  return members
}

const associatedWith = (state: State, { TransitGatewayRouteTableId: id }: TransitTable) =>
  [...state.transitAttachments.values()].filter(({ Association }) => Association?.TransitGatewayRouteTableId === id)

const attachmentMembers = ({ ResourceId, ResourceType, TransitGatewayAttachmentId }: TransitAttachment) => ({
  TransitGatewayAttachmentId,
  ResourceId,
  ResourceType
})

const tableFilters: Filters<TransitTable> = {
  "default-association-route-table": (table) => table.DefaultAssociationRouteTable,
  "default-propagation-route-table": (table) => table.DefaultPropagationRouteTable,
  state: (table) => table.State,
  "transit-gateway-id": (table) => table.TransitGatewayId,
  "transit-gateway-route-table-id": (table) => table.TransitGatewayRouteTableId
}

const attachmentFilters: Filters<TransitAttachment> = {
  "resource-id": (attachment) => attachment.ResourceId,
  "resource-type": (attachment) => attachment.ResourceType,
  "transit-gateway-attachment-id": (attachment) => attachment.TransitGatewayAttachmentId
}

export const handlers: Ec2Handlers = {
  CreateTransitGatewayRouteTable: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const { TransitGatewayId } = yield* availableGateway(state, input.TransitGatewayId)
    const tags = yield* newTags(input.TagSpecifications, "transit-gateway-route-table")
    const table = addTransitTable(state, context, now, {
      gateway: TransitGatewayId,
      associates: false,
      propagates: false,
      tags
    })
    return { TransitGatewayRouteTable: described(table) }
  }),

  DescribeTransitGatewayRouteTables: Effect.fnUntraced(function*(input, state, context) {
    const [found, NextToken] = yield* describe(state, context, transitTables, {
      input,
      ids: input.TransitGatewayRouteTableIds,
      idsName: "transitGatewayRouteTableIds",
      filters: input.Filters,
      supported: tableFilters
    })
    return { TransitGatewayRouteTables: found.map(described), NextToken }
  }),

  DeleteTransitGatewayRouteTable: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const table = yield* transitTable(state, input.TransitGatewayRouteTableId)
    const id = table.TransitGatewayRouteTableId
    if (table.DefaultAssociationRouteTable === true || table.DefaultPropagationRouteTable === true) {
      return yield* fault("IncorrectState", `Cannot delete the default route table ${id}.`)
    }
    if (associatedWith(state, table).length > 0) {
      return yield* fault("IncorrectState", `${id} has associations, and cannot be deleted.`)
    }
    table.State = "deleting"
    table.propagations = []
    schedule(state, now + context.takes(TABLE), { kind: "network", of: "transitTables", id, to: "deleted" })
    schedule(state, now + context.takes(TABLE + LISTED), { kind: "unlist", of: "transitTables", id })
    return { TransitGatewayRouteTable: described(table) }
  }),

  AssociateTransitGatewayRouteTable: Effect.fnUntraced(function*(input, state) {
    const table = yield* transitTable(state, input.TransitGatewayRouteTableId)
    const attachment = yield* transitAttachment(state, table, input.TransitGatewayAttachmentId)
    if (attachment.Association !== undefined) {
      return yield* fault(
        "Resource.AlreadyAssociated",
        `Transit Gateway Attachment ${attachment.TransitGatewayAttachmentId} is already associated to a route table.`
      )
    }
    const { TransitGatewayRouteTableId } = table
    attachment.Association = { TransitGatewayRouteTableId, State: "associated" }
    return {
      Association: { TransitGatewayRouteTableId, ...attachmentMembers(attachment), State: "associating" }
    }
  }),

  DisassociateTransitGatewayRouteTable: Effect.fnUntraced(function*(input, state) {
    const table = yield* transitTable(state, input.TransitGatewayRouteTableId)
    const attachment = yield* transitAttachment(state, table, input.TransitGatewayAttachmentId)
    const { TransitGatewayRouteTableId } = table
    if (attachment.Association?.TransitGatewayRouteTableId !== TransitGatewayRouteTableId) {
      return yield* fault(
        "InvalidAssociation.NotFound",
        `The association of ${attachment.TransitGatewayAttachmentId} with ${TransitGatewayRouteTableId} does not exist.`
      )
    }
    attachment.Association = undefined
    return {
      Association: { TransitGatewayRouteTableId, ...attachmentMembers(attachment), State: "disassociating" }
    }
  }),

  EnableTransitGatewayRouteTablePropagation: Effect.fnUntraced(function*(input, state) {
    const table = yield* transitTable(state, input.TransitGatewayRouteTableId)
    const attachment = yield* transitAttachment(state, table, input.TransitGatewayAttachmentId)
    const { TransitGatewayRouteTableId } = table
    const id = attachment.TransitGatewayAttachmentId
    if (table.propagations.includes(id)) {
      return yield* fault(
        "TransitGatewayRouteTablePropagation.Duplicate",
        `Propagation ${id} and ${TransitGatewayRouteTableId} already exist`
      )
    }
    table.propagations = [...table.propagations, id]
    return { Propagation: { TransitGatewayRouteTableId, ...attachmentMembers(attachment), State: "enabled" } }
  }),

  DisableTransitGatewayRouteTablePropagation: Effect.fnUntraced(function*(input, state) {
    const table = yield* transitTable(state, input.TransitGatewayRouteTableId)
    const attachment = yield* transitAttachment(state, table, input.TransitGatewayAttachmentId)
    const { TransitGatewayRouteTableId } = table
    const id = attachment.TransitGatewayAttachmentId
    if (!table.propagations.includes(id)) {
      return yield* fault(
        "TransitGatewayRouteTablePropagation.NotFound",
        `Propagation ${id} and ${TransitGatewayRouteTableId} does not exist`
      )
    }
    table.propagations = table.propagations.filter((one) => one !== id)
    return { Propagation: { TransitGatewayRouteTableId, ...attachmentMembers(attachment), State: "disabled" } }
  }),

  GetTransitGatewayRouteTableAssociations: Effect.fnUntraced(function*(input, state, context) {
    const table = yield* transitTable(state, input.TransitGatewayRouteTableId)
    const all = yield* matching(context, associatedWith(state, table), input.Filters, attachmentFilters)
    const [found, NextToken] = yield* page(context, all, input, (one) => one.TransitGatewayAttachmentId)
    return {
      Associations: found.map((attachment) => ({
        ...attachmentMembers(attachment),
        State: attachment.Association?.State
      })),
      NextToken
    }
  }),

  GetTransitGatewayRouteTablePropagations: Effect.fnUntraced(function*(input, state, context) {
    const { propagations } = yield* transitTable(state, input.TransitGatewayRouteTableId)
    const attachments = propagations.map((id) => state.transitAttachments.get(id)!)
    const all = yield* matching(context, attachments, input.Filters, attachmentFilters)
    const [found, NextToken] = yield* page(context, all, input, (one) => one.TransitGatewayAttachmentId)
    return {
      TransitGatewayRouteTablePropagations: found.map((attachment) => ({
        ...attachmentMembers(attachment),
        State: "enabled"
      })),
      NextToken
    }
  }),

  GetTransitGatewayAttachmentPropagations: Effect.fnUntraced(function*(input, state, context) {
    const { TransitGatewayAttachmentId: id } = yield* find(
      state,
      transitAttachments,
      input.TransitGatewayAttachmentId,
      "transitGatewayAttachmentId"
    )
    const tables = [...state.transitTables.values()].filter(({ propagations }) => propagations.includes(id))
    const all = yield* matching(context, tables, input.Filters, {
      "transit-gateway-route-table-id": (table) => table.TransitGatewayRouteTableId
    })
    const [found, NextToken] = yield* page(context, all, input, (one) => one.TransitGatewayRouteTableId)
    return {
      TransitGatewayAttachmentPropagations: found.map(({ TransitGatewayRouteTableId }) => ({
        TransitGatewayRouteTableId,
        State: "enabled"
      })),
      NextToken
    }
  })
}
