/** In-memory EC2: what is attached to transit gateways. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { defined } from "../support/members.ts"
import { addEni, planEni, removeEni } from "./enis.ts"
import { fault, invalidValue, missing, required } from "./faults.ts"
import { describe, type Filters } from "./filters.ts"
import { find, subnets, transitAttachments, vpcs } from "./kinds.ts"
import type { TransitAttachment } from "./networkState.ts"
import { type Ec2Handlers, schedule, seconds, type State, type Subnet } from "./state.ts"
import { newTags } from "./tags.ts"
import { availableGateway } from "./transit.ts"

/** How long an attachment takes from `pending` to `available`, and from `deleting` to `deleted`. */
const ATTACH = seconds(60)

/** How long a deleted attachment stays listed. */
const LISTED = seconds(3600)

const description = (id: string) => `Network Interface for Transit Gateway Attachment ${id}`

/** Associates an attachment that has become available with the default table of its gateway, and propagates its routes. */
export const useDefaultTables = (state: State, attachment: TransitAttachment): void => {
  const { AssociationDefaultRouteTableId, PropagationDefaultRouteTableId } =
    state.transitGateways.get(attachment.TransitGatewayId)?.Options ?? {}
  if (AssociationDefaultRouteTableId !== undefined) {
    attachment.Association = { TransitGatewayRouteTableId: AssociationDefaultRouteTableId, State: "associated" }
  }
  const table = state.transitTables.get(PropagationDefaultRouteTableId ?? "")
  if (table !== undefined) table.propagations = [...table.propagations, attachment.TransitGatewayAttachmentId]
}

/** Frees what a deleted attachment had. */
export const releaseAttachment = (state: State, attachment: TransitAttachment): void => {
  const id = attachment.TransitGatewayAttachmentId
  attachment.Association = undefined
  for (const table of state.transitTables.values()) table.propagations = table.propagations.filter((one) => one !== id)
  for (const eni of state.enis.values()) if (eni.Description === description(id)) removeEni(state, eni)
}

const add = (
  state: State,
  context: HandlerContext,
  now: number,
  attachment: Omit<TransitAttachment, "State" | "CreationTime" | "TransitGatewayOwnerId" | "ResourceOwnerId">
): TransitAttachment => {
  const added: TransitAttachment = {
    ...attachment,
    CreationTime: new Date(now),
    ResourceOwnerId: context.account,
    State: "pending",
    TransitGatewayOwnerId: context.account
  }
  const id = added.TransitGatewayAttachmentId
  state.transitAttachments.set(id, added)
  schedule(state, now + context.takes(ATTACH), { kind: "network", of: "transitAttachments", id, to: "available" })
  return added
}

const remove = (state: State, context: HandlerContext, now: number, attachment: TransitAttachment): void => {
  const id = attachment.TransitGatewayAttachmentId
  attachment.State = "deleting"
  schedule(state, now + context.takes(ATTACH), { kind: "network", of: "transitAttachments", id, to: "deleted" })
  schedule(state, now + context.takes(ATTACH + LISTED), { kind: "unlist", of: "transitAttachments", id })
}

/** Attaches a VPN connection to its transit gateway. */
export const attachVpn = (state: State, context: HandlerContext, now: number, gateway: string, vpn: string): void => {
  add(state, context, now, {
    TransitGatewayAttachmentId: context.id("tgw-attach-", 17),
    TransitGatewayId: gateway,
    ResourceId: vpn,
    ResourceType: "vpn",
    Tags: [],
    vpc: undefined
  })
}

/** Detaches a VPN connection that is deleted. */
export const detachVpn = (state: State, context: HandlerContext, now: number, vpn: string): void => {
  for (const attachment of state.transitAttachments.values()) {
    if (attachment.ResourceId === vpn) remove(state, context, now, attachment)
  }
}

const attachmentFilters: Filters<TransitAttachment> = {
  "association.state": ({ Association }) => Association?.State,
  "association.transit-gateway-route-table-id": ({ Association }) => Association?.TransitGatewayRouteTableId,
  "resource-id": (attachment) => attachment.ResourceId,
  "resource-owner-id": (attachment) => attachment.ResourceOwnerId,
  "resource-type": (attachment) => attachment.ResourceType,
  state: (attachment) => attachment.State,
  "transit-gateway-attachment-id": (attachment) => attachment.TransitGatewayAttachmentId,
  "transit-gateway-id": (attachment) => attachment.TransitGatewayId,
  "transit-gateway-owner-id": (attachment) => attachment.TransitGatewayOwnerId
}

const vpcAttachmentFilters: Filters<TransitAttachment> = {
  state: (attachment) => attachment.State,
  "transit-gateway-attachment-id": (attachment) => attachment.TransitGatewayAttachmentId,
  "transit-gateway-id": (attachment) => attachment.TransitGatewayId,
  "vpc-id": (attachment) => attachment.ResourceId
}

const asAttachment = (attachment: TransitAttachment): sdk.TransitGatewayAttachment => {
  const { vpc: _, ...members } = attachment
  return members
}

const asVpcAttachment = (attachment: TransitAttachment): sdk.TransitGatewayVpcAttachment => ({
  TransitGatewayAttachmentId: attachment.TransitGatewayAttachmentId,
  TransitGatewayId: attachment.TransitGatewayId,
  VpcId: attachment.ResourceId,
  VpcOwnerId: attachment.ResourceOwnerId,
  State: attachment.State,
  SubnetIds: [...attachment.vpc!.SubnetIds],
  CreationTime: attachment.CreationTime,
  Options: attachment.vpc!.Options,
  Tags: attachment.Tags
})

/** An attachment of a VPC that isn't deleted. */
const vpcAttachment = Effect.fnUntraced(function*(state: State, id: string | undefined) {
  const attachment = yield* find(state, transitAttachments, id, "transitGatewayAttachmentId")
  if (attachment.vpc === undefined || attachment.State === "deleted") {
    return yield* fault(transitAttachments.notFound, transitAttachments.message!(id!))
  }
  return attachment.State === "available"
    ? attachment as TransitAttachment & { readonly vpc: NonNullable<TransitAttachment["vpc"]> }
    : yield* fault("IncorrectState", `${attachment.TransitGatewayAttachmentId} is in invalid state`)
})

/** The subnets of an attachment: at most one in each zone. */
const subnetsOf = Effect.fnUntraced(function*(state: State, vpcId: string, ids: ReadonlyArray<string>) {
  const found = yield* Effect.forEach(ids, (id) => find(state, subnets, id, "subnetIds"))
  const foreign = found.find(({ VpcId }) => VpcId !== vpcId)
  if (foreign !== undefined) {
    return yield* fault(
      "InvalidSubnetID.NotFound",
      `The subnet ID '${foreign.SubnetId}' does not exist in VPC ${vpcId}`
    )
  }
  return new Set(found.map(({ AvailabilityZone }) => AvailabilityZone)).size < found.length
    ? yield* fault("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ")
    : found
})

const eniOptions = (id: string, subnet: Subnet) => ({
  subnet,
  type: "transit_gateway" as const,
  description: description(id),
  tags: [],
  managedBy: "amazon-aws"
})

const checkOptions = Effect.fnUntraced(function*(options: sdk.TransitGatewayVpcAttachmentOptions) {
  for (const [name, value] of Object.entries(options)) {
    if (value !== "enable" && value !== "disable") return yield* invalidValue(value, name, "Use enable or disable.")
  }
  return options
})

const optionsOf = (
  given: sdk.CreateTransitGatewayVpcAttachmentRequestOptions = {}
): Partial<sdk.TransitGatewayVpcAttachmentOptions> =>
  defined({
    ApplianceModeSupport: given.ApplianceModeSupport,
    DnsSupport: given.DnsSupport,
    Ipv6Support: given.Ipv6Support,
    SecurityGroupReferencingSupport: given.SecurityGroupReferencingSupport
  })

export const handlers: Ec2Handlers = {
  CreateTransitGatewayVpcAttachment: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const { TransitGatewayId } = yield* availableGateway(state, input.TransitGatewayId)
    const { VpcId } = yield* find(state, vpcs, input.VpcId, "vpcId")
    const ids = yield* required(input.SubnetIds, "subnetIds")
    if (ids.length === 0) return yield* missing("subnetIds")
    const inSubnets = yield* subnetsOf(state, VpcId, ids)
    const isTaken = [...state.transitAttachments.values()].some((attachment) =>
      attachment.TransitGatewayId === TransitGatewayId && attachment.ResourceId === VpcId &&
      attachment.State !== "deleted"
    )
    if (isTaken) {
      return yield* fault(
        "DuplicateTransitGatewayAttachment",
        `${TransitGatewayId} has non-deleted Transit Gateway Attachments with same VPC ID.`
      )
    }
    const Options = yield* checkOptions({
      ApplianceModeSupport: "disable",
      DnsSupport: "enable",
      Ipv6Support: "disable",
      SecurityGroupReferencingSupport: "enable",
      ...optionsOf(input.Options)
    })
    const Tags = yield* newTags(input.TagSpecifications, "transit-gateway-attachment")
    const id = context.id("tgw-attach-", 17)
    yield* Effect.forEach(inSubnets, (subnet) => planEni(state, context, eniOptions(id, subnet)))
    yield* Effect.forEach(inSubnets, (subnet) => addEni(state, context, eniOptions(id, subnet)))
    const attachment = add(state, context, now, {
      TransitGatewayAttachmentId: id,
      TransitGatewayId,
      ResourceId: VpcId,
      ResourceType: "vpc",
      Tags,
      vpc: { SubnetIds: [...ids], Options }
    })
    const { Tags: _, ...untagged } = asVpcAttachment(attachment)
    return { TransitGatewayVpcAttachment: Tags.length > 0 ? { ...untagged, Tags } : untagged }
  }),

  DescribeTransitGatewayVpcAttachments: Effect.fnUntraced(function*(input, state, context) {
    const [found, NextToken] = yield* describe(state, context, transitAttachments, {
      input,
      ids: input.TransitGatewayAttachmentIds,
      idsName: "transitGatewayAttachmentIds",
      filters: input.Filters,
      supported: vpcAttachmentFilters,
      where: ({ vpc }) => vpc !== undefined
    })
    return { TransitGatewayVpcAttachments: found.map(asVpcAttachment), NextToken }
  }),

  DescribeTransitGatewayAttachments: Effect.fnUntraced(function*(input, state, context) {
    const [found, NextToken] = yield* describe(state, context, transitAttachments, {
      input,
      ids: input.TransitGatewayAttachmentIds,
      idsName: "transitGatewayAttachmentIds",
      filters: input.Filters,
      supported: attachmentFilters
    })
    return { TransitGatewayAttachments: found.map(asAttachment), NextToken }
  }),

  ModifyTransitGatewayVpcAttachment: Effect.fnUntraced(function*(input, state, context) {
    const attachment = yield* vpcAttachment(state, input.TransitGatewayAttachmentId)
    const { AddSubnetIds = [], RemoveSubnetIds = [] } = input
    const id = attachment.TransitGatewayAttachmentId
    const before = attachment.vpc.SubnetIds
    const unknown = RemoveSubnetIds.find((subnet) => !before.includes(subnet))
    if (unknown !== undefined) {
      return yield* fault("InvalidSubnetID.NotFound", `The subnet ID '${unknown}' does not exist in ${id}`)
    }
    const after = [...new Set([...before.filter((subnet) => !RemoveSubnetIds.includes(subnet)), ...AddSubnetIds])]
    if (after.length === 0) {
      return yield* fault("InvalidParameterValue", "An attachment needs a subnet in at least one zone.")
    }
    const inSubnets = yield* subnetsOf(state, attachment.ResourceId, after)
    const Options = yield* checkOptions({ ...attachment.vpc.Options, ...optionsOf(input.Options) })
    const added = inSubnets.filter(({ SubnetId }) => !before.includes(SubnetId))
    yield* Effect.forEach(added, (subnet) => addEni(state, context, eniOptions(id, subnet)))
    for (const eni of state.enis.values()) {
      if (eni.Description === description(id) && !after.includes(eni.SubnetId)) removeEni(state, eni)
    }
    Object.assign(attachment.vpc, { SubnetIds: after, Options })
    return { TransitGatewayVpcAttachment: { ...asVpcAttachment(attachment), State: "modifying" } }
  }),

  DeleteTransitGatewayVpcAttachment: Effect.fnUntraced(function*(input, state, context) {
    const now = yield* Clock.currentTimeMillis
    const attachment = yield* vpcAttachment(state, input.TransitGatewayAttachmentId)
    remove(state, context, now, attachment)
    const { Tags: _, ...untagged } = asVpcAttachment(attachment)
    return { TransitGatewayVpcAttachment: untagged }
  })
}
