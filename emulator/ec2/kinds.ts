/** In-memory EC2: the kinds of resources, with the errors of their ids. */
import type * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type { Fault } from "../wire/fault.ts"
import { fault, required } from "./faults.ts"
import type { Eni, State } from "./state.ts"

export interface Kind<A> {
  readonly prefix: string
  /** What follows the prefix, as a regular expression: 8 or 17 hexadecimal digits if not given. */
  readonly form?: string
  readonly type: sdk.ResourceType
  readonly name: string
  readonly notFound: string
  readonly malformed: string
  /** AWS ends the message with a full stop for some kinds. */
  readonly stop?: "."
  /** What stands between ids in the message. AWS puts each id in quotes for some kinds. */
  readonly separator?: string
  /** Some kinds have their own message for a malformed id. */
  readonly malformedMessage?: (id: string) => string
  /** The members that hold the id and the tags. */
  readonly id: keyof A & string
  readonly tags: keyof A & ("Tags" | "TagSet")
  readonly of: (state: State) => Map<string, A>
  /** The message for an id that doesn't exist, if it isn't the usual one. */
  readonly message?: (id: string) => string
}

const kind = <A>(of: Kind<A>["of"], options: Omit<Kind<A>, "of" | "tags">): Kind<A> => ({
  tags: "Tags" as Kind<A>["tags"],
  of,
  ...options
})

export const vpcs = kind((state) => state.vpcs, {
  prefix: "vpc-",
  type: "vpc",
  name: "vpc ID",
  notFound: "InvalidVpcID.NotFound",
  malformed: "InvalidVpcID.Malformed",
  id: "VpcId"
})
export const subnets = kind((state) => state.subnets, {
  prefix: "subnet-",
  type: "subnet",
  name: "subnet ID",
  notFound: "InvalidSubnetID.NotFound",
  malformed: "InvalidSubnetID.Malformed",
  id: "SubnetId"
})
export const enis: Kind<Eni> = {
  of: (state) => state.enis,
  prefix: "eni-",
  type: "network-interface",
  name: "networkInterface ID",
  notFound: "InvalidNetworkInterfaceID.NotFound",
  malformed: "InvalidNetworkInterfaceId.Malformed",
  id: "NetworkInterfaceId",
  tags: "TagSet"
}
export const groups = kind((state) => state.groups, {
  prefix: "sg-",
  type: "security-group",
  name: "security group",
  notFound: "InvalidGroup.NotFound",
  malformed: "InvalidGroupId.Malformed",
  separator: "', '",
  id: "GroupId"
})
export const rules = kind((state) => state.rules, {
  prefix: "sgr-",
  type: "security-group-rule",
  name: "security group rule ID",
  notFound: "InvalidSecurityGroupRuleId.NotFound",
  malformed: "InvalidSecurityGroupRuleId.Malformed",
  id: "SecurityGroupRuleId"
})
export const instances = kind((state) => state.instances, {
  prefix: "i-",
  type: "instance",
  name: "instance ID",
  notFound: "InvalidInstanceID.NotFound",
  malformed: "InvalidInstanceID.Malformed",
  malformedMessage: (id) => `Invalid id: "${id}"`,
  id: "InstanceId"
})
export const volumes = kind((state) => state.volumes, {
  prefix: "vol-",
  type: "volume",
  name: "volume",
  notFound: "InvalidVolume.NotFound",
  malformed: "InvalidParameterValue",
  stop: ".",
  malformedMessage: (id) => `Value (${id}) for parameter volumes is invalid. Expected: 'vol-...'.`,
  id: "VolumeId"
})
export const snapshots = kind((state) => state.snapshots, {
  prefix: "snap-",
  type: "snapshot",
  name: "snapshot",
  notFound: "InvalidSnapshot.NotFound",
  malformed: "InvalidParameterValue",
  stop: ".",
  malformedMessage: (id) => `Value (${id}) for parameter snapshotId is invalid. Expected: 'snap-...'.`,
  id: "SnapshotId"
})
export const images = kind((state) => state.images, {
  prefix: "ami-",
  type: "image",
  name: "image id",
  notFound: "InvalidAMIID.NotFound",
  malformed: "InvalidAMIID.Malformed",
  id: "ImageId"
})
export const placementGroups = kind((state) => state.placementGroups, {
  prefix: "pg-",
  type: "placement-group",
  name: "Placement Group",
  notFound: "InvalidPlacementGroup.Unknown",
  malformed: "InvalidPlacementGroupId.Malformed",
  id: "GroupId"
})
export const natGateways = kind((state) => state.natGateways, {
  prefix: "nat-",
  type: "natgateway",
  name: "NAT gateway",
  notFound: "NatGatewayNotFound",
  malformed: "NatGatewayMalformed",
  id: "NatGatewayId"
})
export const addresses = kind((state) => state.addresses, {
  prefix: "eipalloc-",
  type: "elastic-ip",
  name: "allocation ID",
  notFound: "InvalidAllocationID.NotFound",
  malformed: "InvalidAllocationID.NotFound",
  id: "AllocationId"
})
export const endpoints = kind((state) => state.endpoints, {
  prefix: "vpce-",
  type: "vpc-endpoint",
  name: "Vpc Endpoint Id",
  notFound: "InvalidVpcEndpointId.NotFound",
  malformed: "InvalidVpcEndpointId.Malformed",
  id: "VpcEndpointId"
})
export const fleets = kind((state) => state.fleets, {
  prefix: "fleet-",
  form: "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
  type: "fleet",
  name: "fleet ID",
  notFound: "InvalidFleetId.NotFound",
  malformed: "InvalidFleetId.Malformed",
  id: "FleetId"
})
export const routeTables = kind((state) => state.routeTables, {
  prefix: "rtb-",
  type: "route-table",
  name: "routeTable ID",
  notFound: "InvalidRouteTableID.NotFound",
  malformed: "InvalidRouteTableId.Malformed",
  id: "RouteTableId"
})
export const internetGateways = kind((state) => state.internetGateways, {
  prefix: "igw-",
  type: "internet-gateway",
  name: "internetGateway ID",
  notFound: "InvalidInternetGatewayID.NotFound",
  malformed: "InvalidInternetGatewayId.Malformed",
  id: "InternetGatewayId"
})
export const egressGateways = kind((state) => state.egressGateways, {
  prefix: "eigw-",
  type: "egress-only-internet-gateway",
  name: "eigw ID",
  notFound: "InvalidGatewayID.NotFound",
  malformed: "InvalidEgressOnlyInternetGatewayId.Malformed",
  id: "EgressOnlyInternetGatewayId"
})
export const dhcpOptions = kind((state) => state.dhcpOptions, {
  prefix: "dopt-",
  type: "dhcp-options",
  name: "dhcpOption ID",
  notFound: "InvalidDhcpOptionID.NotFound",
  malformed: "InvalidDhcpOptionsId.Malformed",
  id: "DhcpOptionsId"
})
export const networkAcls = kind((state) => state.networkAcls, {
  prefix: "acl-",
  type: "network-acl",
  name: "networkAcl ID",
  notFound: "InvalidNetworkAclID.NotFound",
  malformed: "InvalidNetworkAclId.Malformed",
  id: "NetworkAclId"
})
export const peerings = kind((state) => state.peerings, {
  prefix: "pcx-",
  type: "vpc-peering-connection",
  name: "vpcPeeringConnection ID",
  notFound: "InvalidVpcPeeringConnectionID.NotFound",
  malformed: "InvalidVpcPeeringConnectionId.Malformed",
  id: "VpcPeeringConnectionId"
})
export const flowLogs = kind((state) => state.flowLogs, {
  prefix: "fl-",
  type: "vpc-flow-log",
  name: "flow log ID",
  notFound: "InvalidFlowLogId.NotFound",
  malformed: "InvalidFlowLogId.NotFound",
  id: "FlowLogId"
})
export const prefixLists = kind((state) => state.prefixLists, {
  prefix: "pl-",
  type: "prefix-list",
  name: "prefix list ID",
  notFound: "InvalidPrefixListID.NotFound",
  malformed: "InvalidPrefixListId.Malformed",
  id: "PrefixListId"
})
export const vpnGateways = kind((state) => state.vpnGateways, {
  prefix: "vgw-",
  type: "vpn-gateway",
  name: "vpnGateway ID",
  notFound: "InvalidVpnGatewayID.NotFound",
  malformed: "InvalidVpnGatewayId.Malformed",
  id: "VpnGatewayId"
})
export const customerGateways = kind((state) => state.customerGateways, {
  prefix: "cgw-",
  type: "customer-gateway",
  name: "customerGateway ID",
  notFound: "InvalidCustomerGatewayID.NotFound",
  malformed: "InvalidCustomerGatewayId.Malformed",
  id: "CustomerGatewayId"
})
export const vpnConnections = kind((state) => state.vpnConnections, {
  prefix: "vpn-",
  type: "vpn-connection",
  name: "vpnConnection ID",
  notFound: "InvalidVpnConnectionID.NotFound",
  malformed: "InvalidVpnConnectionId.Malformed",
  id: "VpnConnectionId"
})
export const transitAttachments = kind((state) => state.transitAttachments, {
  prefix: "tgw-attach-",
  type: "transit-gateway-attachment",
  name: "transitGatewayAttachment ID",
  notFound: "InvalidTransitGatewayAttachmentID.NotFound",
  malformed: "InvalidTransitGatewayAttachmentID.Malformed",
  id: "TransitGatewayAttachmentId",
  message: (id) => `Transit Gateway Attachment ${id} was deleted or does not exist.`
})
export const transitTables = kind((state) => state.transitTables, {
  prefix: "tgw-rtb-",
  type: "transit-gateway-route-table",
  name: "transitGatewayRouteTable ID",
  notFound: "InvalidRouteTableID.NotFound",
  malformed: "InvalidRouteTableId.Malformed",
  id: "TransitGatewayRouteTableId",
  message: (id) => `Transit Gateway Route Table ${id} was deleted or does not exist.`
})
export const transitGateways = kind((state) => state.transitGateways, {
  prefix: "tgw-",
  type: "transit-gateway",
  name: "transitGateway ID",
  notFound: "InvalidTransitGatewayID.NotFound",
  malformed: "InvalidTransitGatewayID.Malformed",
  id: "TransitGatewayId",
  message: (id) => `Transit Gateway ${id} was deleted or does not exist.`
})
export const keyPairs = kind((state) => state.keyPairs, {
  prefix: "key-",
  type: "key-pair",
  name: "key pair",
  notFound: "InvalidKeyPair.NotFound",
  malformed: "InvalidKeyPair.NotFound",
  id: "KeyPairId"
})
export const launchTemplates = kind((state) => state.launchTemplates, {
  prefix: "lt-",
  type: "launch-template",
  name: "launch template ID",
  notFound: "InvalidLaunchTemplateId.NotFound",
  malformed: "InvalidLaunchTemplateId.Malformed",
  id: "LaunchTemplateId"
})
export const targets = kind((state) => state.targets, {
  prefix: "tmt-",
  type: "traffic-mirror-target",
  name: "traffic mirror target ID",
  notFound: "InvalidTrafficMirrorTargetId.NotFound",
  malformed: "InvalidTrafficMirrorTargetId.Malformed",
  id: "TrafficMirrorTargetId"
})
export const filters = kind((state) => state.filters, {
  prefix: "tmf-",
  type: "traffic-mirror-filter",
  name: "traffic mirror filter ID",
  notFound: "InvalidTrafficMirrorFilterId.NotFound",
  malformed: "InvalidTrafficMirrorFilterId.Malformed",
  id: "TrafficMirrorFilterId"
})
export const sessions = kind((state) => state.sessions, {
  prefix: "tms-",
  type: "traffic-mirror-session",
  name: "traffic mirror session ID",
  notFound: "InvalidTrafficMirrorSessionId.NotFound",
  malformed: "InvalidTrafficMirrorSessionId.Malformed",
  id: "TrafficMirrorSessionId"
})

/** Every kind of resource that can have tags. */
export const kinds: ReadonlyArray<Kind<any>> = [
  vpcs,
  subnets,
  enis,
  groups,
  rules,
  instances,
  volumes,
  snapshots,
  images,
  placementGroups,
  natGateways,
  addresses,
  endpoints,
  fleets,
  routeTables,
  internetGateways,
  egressGateways,
  dhcpOptions,
  networkAcls,
  peerings,
  flowLogs,
  prefixLists,
  vpnGateways,
  customerGateways,
  vpnConnections,
  // Before the gateways, whose prefix theirs begin with.
  transitAttachments,
  transitTables,
  transitGateways,
  keyPairs,
  launchTemplates,
  targets,
  filters,
  sessions
]

/** Fails if no resource of this kind could have the id. */
export const checkId = Effect.fnUntraced(function*(
  { form = "[0-9a-f]{8}|[0-9a-f]{17}", malformed, malformedMessage, prefix }: Kind<any>,
  id: string
) {
  if (new RegExp(`^${prefix}(${form})$`).test(id)) return
  return yield* fault(
    malformed,
    malformedMessage?.(id) ?? `Invalid id: "${id}"${id.startsWith(prefix) ? "" : ` (expecting "${prefix}...")`}`
  )
})

/** The error for ids that no resource has. AWS names all of them at once. */
const noneWith = (
  { message, name, notFound, separator, stop }: Kind<any>,
  ids: ReadonlyArray<string>
) =>
  fault(
    notFound,
    ids.length === 1
      ? message?.(ids[0]!) ?? `The ${name} '${ids[0]}' does not exist${stop ?? ""}`
      : `The ${name}s '${ids.join(separator ?? ", ")}' do not exist${stop ?? ""}`
  )

/** Finds resources by their ids. */
export const findAll = Effect.fnUntraced(function*<A>(
  state: State,
  kind: Kind<A>,
  ids: ReadonlyArray<string>,
  parameter: string
): Effect.fn.Return<Array<A>, Fault> {
  const all = kind.of(state)
  const found: Array<A> = []
  const unknown: Array<string> = []
  for (const id of ids) {
    const one = all.get(yield* required(id, parameter))
    if (one !== undefined) {
      found.push(one)
      continue
    }
    yield* checkId(kind, id)
    unknown.push(id)
  }
  return unknown.length === 0 ? found : yield* noneWith(kind, unknown)
})

/** Finds a resource by its id. */
export const find = <A>(state: State, kind: Kind<A>, given: string | undefined, parameter: string) =>
  Effect.map(findAll(state, kind, [given ?? ""], parameter), ([found]) => found!)
