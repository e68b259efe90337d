/** In-memory EC2: the state changes that happen later. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { HandlerContext } from "../engine/service.ts"
import { release } from "./devices.ts"
import { associate, attachedTo, detach, removeEni } from "./enis.ts"
import { type Happening, ringNext, tell } from "./events.ts"
import { stateOf } from "./instanceStates.ts"
import { openAclsToIpv6 } from "./networkAcls.ts"
import type { AttachmentChange, NetworkChange } from "./networkState.ts"
import { available } from "./ownImages.ts"
import { updateLocalRoutes } from "./routes.ts"
import { complete } from "./snapshots.ts"
import { type Change, type Listed, schedule, seconds, type State, type Vpc } from "./state.ts"
import { releaseAttachment, useDefaultTables } from "./transitAttachments.ts"

/** How long a terminated instance, and a deleted or failed NAT gateway, stays listed. At any speed: programs look at it later. */
const LISTED = seconds(3600)

const changeCidr = (state: State, { id, to, vpc: vpcId }: Change & { readonly kind: "cidr" }) => {
  const vpc = state.vpcs.get(vpcId)
  if (vpc === undefined) return
  associateCidr(vpc, id, to)
  updateLocalRoutes(state, vpc)
  if (vpc.Ipv6CidrBlockAssociationSet.length > 0) openAclsToIpv6(state, vpc)
}

const associateCidr = (vpc: Vpc, id: string, to: "associated" | "disassociated") => {
  if (to === "disassociated") {
    vpc.CidrBlockAssociationSet = vpc.CidrBlockAssociationSet.filter(({ AssociationId }) => AssociationId !== id)
    vpc.Ipv6CidrBlockAssociationSet = vpc.Ipv6CidrBlockAssociationSet.filter(({ AssociationId }) =>
      AssociationId !== id
    )
    return
  }
  for (const association of vpc.CidrBlockAssociationSet) {
    if (association.AssociationId === id && association.CidrBlockState?.State === "associating") {
      association.CidrBlockState = { State: to }
    }
  }
  for (const association of vpc.Ipv6CidrBlockAssociationSet) {
    if (association.AssociationId === id && association.Ipv6CidrBlockState?.State === "associating") {
      association.Ipv6CidrBlockState = { State: to }
    }
  }
}

const changeInstance = (
  state: State,
  { from, id, to }: Change & { readonly kind: "instance" },
  unlist: () => void
): ReadonlyArray<Happening> => {
  const instance = state.instances.get(id)
  if (instance === undefined || instance.State.Name !== from) return []
  instance.State = stateOf(to)
  const happenings: Array<Happening> = [{ is: "instance", id, state: to }]
  if (to === "running") {
    delete instance.StateReason
    instance.attributes.hasRun = true
  }
  if (to === "stopped") {
    for (const eni of attachedTo(state, instance)) {
      if (eni.Association?.IpOwnerId === "amazon") associate(eni, undefined)
    }
  }
  if (to !== "terminated") return happenings
  for (const eni of attachedTo(state, instance)) {
    if (eni.Attachment?.DeleteOnTermination === true) removeEni(state, eni)
    else detach(eni)
  }
  for (const { Ebs } of instance.BlockDeviceMappings) {
    const volume = state.volumes.get(Ebs?.VolumeId ?? "")
    if (volume === undefined) continue
    if (Ebs?.DeleteOnTermination === true) {
      state.volumes.delete(volume.VolumeId)
      happenings.push({ is: "deletedVolume", id: volume.VolumeId })
    } else release(state, volume)
  }
  for (const { AssociationId, InstanceId } of state.profileAssociations.values()) {
    if (InstanceId === id) state.profileAssociations.delete(AssociationId)
  }
  Object.assign(instance, {
    VpcId: undefined,
    SubnetId: undefined,
    PrivateIpAddress: undefined,
    PrivateDnsName: "",
    SecurityGroups: [],
    BlockDeviceMappings: []
  })
  unlist()
  return happenings
}

const changeNatGateway = (
  state: State,
  { id, to }: Change & { readonly kind: "natGateway" },
  unlist: () => void
) => {
  const gateway = state.natGateways.get(id)
  if (gateway === undefined) return
  if (to !== "deleted" && gateway.State !== "pending") return
  gateway.State = to
  if (to === "available") return
  if (to === "failed") {
    gateway.FailureCode = "Resource.AlreadyAssociated"
    gateway.FailureMessage = `Elastic IP address [${
      gateway.NatGatewayAddresses[0]?.AllocationId
    }] is already associated`
    // Otherwise deleting the gateway would free an address that belongs to another resource.
    gateway.NatGatewayAddresses = []
  } else {
    for (const { NetworkInterfaceId } of gateway.NatGatewayAddresses) {
      const eni = state.enis.get(NetworkInterfaceId ?? "")
      if (eni !== undefined) removeEni(state, eni)
    }
  }
  unlist()
}

const changeEndpoint = (state: State, { id, to }: Change & { readonly kind: "endpoint" }) => {
  const endpoint = state.endpoints.get(id)
  if (endpoint === undefined) return
  if (to === "available") {
    if (endpoint.State === "pending") endpoint.State = to
    return
  }
  for (const eni of endpoint.NetworkInterfaceIds) removeEni(state, state.enis.get(eni)!)
  state.endpoints.delete(id)
}

const changeNetwork = (state: State, { id, of, to }: NetworkChange) => {
  const resource = state[of].get(id)
  if (resource === undefined || resource.State === "deleted") return
  if (to === "available" && resource.State !== "pending") return
  Object.assign(resource, { State: to })
  const attachment = of === "transitAttachments" ? state.transitAttachments.get(id) : undefined
  if (attachment === undefined) return
  if (to === "available") useDefaultTables(state, attachment)
  else releaseAttachment(state, attachment)
}

const changeAttachment = (state: State, { id, to, vpc }: AttachmentChange) => {
  for (const attachment of state.vpnGateways.get(id)?.VpcAttachments ?? []) {
    const from = to === "attached" ? "attaching" : "detaching"
    if (attachment.VpcId === vpc && attachment.State === from) attachment.State = to
  }
}

/** Makes a change. Returns what EventBridge hears of. */
const apply = (state: State, change: Change & { readonly at: number }): ReadonlyArray<Happening> | void => {
  const unlist = (of: Listed, id: string) => () => schedule(state, change.at + LISTED, { kind: "unlist", of, id })
  switch (change.kind) {
    case "cidr":
      return changeCidr(state, change)
    case "instance":
      return changeInstance(state, change, unlist("instances", change.id))
    case "natGateway":
      return changeNatGateway(state, change, unlist("natGateways", change.id))
    case "endpoint":
      return changeEndpoint(state, change)
    case "snapshot":
      return complete(state, change.id, change.at)
    case "image":
      return available(state, change.id)
    case "fleet": {
      const fleet = state.fleets.get(change.id)
      if (fleet?.FleetState === "submitted" || fleet?.FleetState === "modifying") fleet.FleetState = "active"
      return
    }
    case "network":
      return changeNetwork(state, change)
    case "attachment":
      return changeAttachment(state, change)
    case "unlist":
      state[change.of].delete(change.id)
  }
}

/** Applies the state changes that are due. EventBridge has heard of those that it hears of, because a timer has rung for them. */
export const settle = (state: State, now: number): void => {
  while (state.due[0] !== undefined && state.due[0].at <= now) apply(state, state.due.shift()!)
}

/** Applies the state changes that are due, and tells EventBridge. */
export const wake = (_key: string, state: State, context: HandlerContext): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    while (state.due[0] !== undefined && state.due[0].at <= now) {
      for (const happening of apply(state, state.due.shift()!) ?? []) tell(context, happening)
    }
    ringNext(state, context)
  })
