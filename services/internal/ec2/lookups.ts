// Resources of EC2 that are looked up by their ids, many in a call.
import * as sdk from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import type { AwsError } from "../../../errors/internal/awsError.ts"
import { ResourceDoesNotExist } from "../../../errors/internal/ec2Errors.ts"
import type { AwsClients } from "../../../src/AwsClients.ts"
import { type Need, readPages } from "../../../src/internal/members.ts"
import { oncePerKey } from "../../../src/internal/memo.ts"
import * as Lookups from "../lookups.ts"
import * as ec2 from "./service.ts"

/**
 * The resources that `lookup` finds, by their kind.
 *
 * @category models
 * @since 0.1.0
 */
export interface Resources {
  /** By its allocation id, `eipalloc-…`. */
  readonly Address: sdk.Address
  /** By its id, `cgw-…`. */
  readonly CustomerGateway: sdk.CustomerGateway
  /** By its id, `dopt-…`. */
  readonly DhcpOptions: sdk.DhcpOptions
  /** By its id, `fl-…`. */
  readonly FlowLog: sdk.FlowLog
  /** By its id, `ami-…`. */
  readonly Image: sdk.Image
  /** By its id, `i-…`. */
  readonly Instance: sdk.Instance
  /** By its id, `igw-…`. */
  readonly InternetGateway: sdk.InternetGateway
  /** By its id, `key-…`, not by its name. */
  readonly KeyPair: sdk.KeyPairInfo
  /** By its id, `nat-…`. */
  readonly NatGateway: sdk.NatGateway
  /** By its id, `acl-…`. */
  readonly NetworkAcl: sdk.NetworkAcl
  /** By its id, `eni-…`. */
  readonly NetworkInterface: sdk.NetworkInterface
  /** By its id, `rtb-…`. */
  readonly RouteTable: sdk.RouteTable
  /** By its id, `sg-…`, not by its name. */
  readonly SecurityGroup: sdk.SecurityGroup
  /** By its id, `sgr-…`. */
  readonly SecurityGroupRule: sdk.SecurityGroupRule
  /** By its id, `snap-…`. */
  readonly Snapshot: sdk.Snapshot
  /** By its id, `subnet-…`. */
  readonly Subnet: sdk.Subnet
  /** By its id, `tgw-…`. */
  readonly TransitGateway: sdk.TransitGateway
  /** By its id, `tgw-attach-…`. */
  readonly TransitGatewayAttachment: sdk.TransitGatewayAttachment
  /** By its id, `vol-…`. */
  readonly Volume: sdk.Volume
  /** By its id, `vpc-…`. */
  readonly Vpc: sdk.Vpc
  /** By its id, `vpce-…`. */
  readonly VpcEndpoint: sdk.VpcEndpoint
  /** By its id, `pcx-…`. */
  readonly VpcPeeringConnection: sdk.VpcPeeringConnection
  /** By its id, `vpn-…`. */
  readonly VpnConnection: sdk.VpnConnection
  /** By its id, `vgw-…`. */
  readonly VpnGateway: sdk.VpnGateway
}

/**
 * A kind of resource that `lookup` finds.
 *
 * @category models
 * @since 0.1.0
 */
// As a union of its own, which the compiler's messages can spell out. They print `keyof Resources` as such.
export type ResourceKind = { readonly [K in keyof Resources]: K }[keyof Resources]

/** A resource of an answer, and its id. */
type Found<A> = readonly [id: string | undefined, resource: A]

interface Kind<A> {
  readonly filter: string
  readonly operation: string
  readonly list: (
    filters: Array<sdk.Filter>,
    read: <Page extends object>(
      pages: Stream.Stream<Page, AwsError, AwsClients>,
      select: (page: Page, need: Need) => ReadonlyArray<Found<A>>
    ) => Stream.Stream<readonly [string, A], AwsError, AwsClients>
  ) => Stream.Stream<readonly [string, A], AwsError, AwsClients>
}

// By a filter, because AWS refuses a call that has one unknown id. EC2 has no filter for the ids of launch templates, among
// others. A page size would only split what is one page.
const kinds: { readonly [K in ResourceKind]: Kind<Resources[K]> } = {
  Address: {
    filter: "allocation-id",
    operation: "DescribeAddresses",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeAddressesCommand({ Filters })),
        ({ Addresses }, need) => need(Addresses, "Addresses").map((one) => [one.AllocationId, one])
      )
  },
  CustomerGateway: {
    filter: "customer-gateway-id",
    operation: "DescribeCustomerGateways",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeCustomerGatewaysCommand({ Filters })),
        ({ CustomerGateways }, need) =>
          need(CustomerGateways, "CustomerGateways").map((one) => [one.CustomerGatewayId, one])
      )
  },
  DhcpOptions: {
    filter: "dhcp-options-id",
    operation: "DescribeDhcpOptions",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeDhcpOptionsCommand({ Filters })),
        ({ DhcpOptions }, need) => need(DhcpOptions, "DhcpOptions").map((one) => [one.DhcpOptionsId, one])
      )
  },
  FlowLog: {
    filter: "flow-log-id",
    operation: "DescribeFlowLogs",
    list: (Filter, read) =>
      read(
        ec2.pages(new sdk.DescribeFlowLogsCommand({ Filter })),
        ({ FlowLogs }, need) => need(FlowLogs, "FlowLogs").map((one) => [one.FlowLogId, one])
      )
  },
  Image: {
    filter: "image-id",
    operation: "DescribeImages",
    list: (Filters, read) =>
      read(
        // Otherwise AWS leaves out deprecated and disabled images, which it does describe by their ids.
        ec2.pages(new sdk.DescribeImagesCommand({ Filters, IncludeDeprecated: true, IncludeDisabled: true })),
        ({ Images }, need) => need(Images, "Images").map((one) => [one.ImageId, one])
      )
  },
  Instance: {
    filter: "instance-id",
    operation: "DescribeInstances",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeInstancesCommand({ Filters })),
        ({ Reservations }, need) =>
          need(Reservations, "Reservations").flatMap(({ Instances }) =>
            need(Instances, "Instances").map((one) => [one.InstanceId, one] as const)
          )
      )
  },
  InternetGateway: {
    filter: "internet-gateway-id",
    operation: "DescribeInternetGateways",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeInternetGatewaysCommand({ Filters })),
        ({ InternetGateways }, need) =>
          need(InternetGateways, "InternetGateways").map((one) => [one.InternetGatewayId, one])
      )
  },
  KeyPair: {
    filter: "key-pair-id",
    operation: "DescribeKeyPairs",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeKeyPairsCommand({ Filters })),
        ({ KeyPairs }, need) => need(KeyPairs, "KeyPairs").map((one) => [one.KeyPairId, one])
      )
  },
  NatGateway: {
    filter: "nat-gateway-id",
    operation: "DescribeNatGateways",
    list: (Filter, read) =>
      read(
        ec2.pages(new sdk.DescribeNatGatewaysCommand({ Filter })),
        ({ NatGateways }, need) => need(NatGateways, "NatGateways").map((one) => [one.NatGatewayId, one])
      )
  },
  NetworkAcl: {
    filter: "network-acl-id",
    operation: "DescribeNetworkAcls",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeNetworkAclsCommand({ Filters })),
        ({ NetworkAcls }, need) => need(NetworkAcls, "NetworkAcls").map((one) => [one.NetworkAclId, one])
      )
  },
  NetworkInterface: {
    filter: "network-interface-id",
    operation: "DescribeNetworkInterfaces",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeNetworkInterfacesCommand({ Filters })),
        ({ NetworkInterfaces }, need) =>
          need(NetworkInterfaces, "NetworkInterfaces").map((one) => [one.NetworkInterfaceId, one])
      )
  },
  RouteTable: {
    filter: "route-table-id",
    operation: "DescribeRouteTables",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeRouteTablesCommand({ Filters })),
        ({ RouteTables }, need) => need(RouteTables, "RouteTables").map((one) => [one.RouteTableId, one])
      )
  },
  SecurityGroup: {
    filter: "group-id",
    operation: "DescribeSecurityGroups",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeSecurityGroupsCommand({ Filters })),
        ({ SecurityGroups }, need) => need(SecurityGroups, "SecurityGroups").map((one) => [one.GroupId, one])
      )
  },
  SecurityGroupRule: {
    filter: "security-group-rule-id",
    operation: "DescribeSecurityGroupRules",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeSecurityGroupRulesCommand({ Filters })),
        ({ SecurityGroupRules }, need) =>
          need(SecurityGroupRules, "SecurityGroupRules").map((one) => [one.SecurityGroupRuleId, one])
      )
  },
  Snapshot: {
    filter: "snapshot-id",
    operation: "DescribeSnapshots",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeSnapshotsCommand({ Filters })),
        ({ Snapshots }, need) => need(Snapshots, "Snapshots").map((one) => [one.SnapshotId, one])
      )
  },
  Subnet: {
    filter: "subnet-id",
    operation: "DescribeSubnets",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeSubnetsCommand({ Filters })),
        ({ Subnets }, need) => need(Subnets, "Subnets").map((one) => [one.SubnetId, one])
      )
  },
  TransitGateway: {
    filter: "transit-gateway-id",
    operation: "DescribeTransitGateways",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeTransitGatewaysCommand({ Filters })),
        ({ TransitGateways }, need) =>
          need(TransitGateways, "TransitGateways").map((one) => [one.TransitGatewayId, one])
      )
  },
  TransitGatewayAttachment: {
    filter: "transit-gateway-attachment-id",
    operation: "DescribeTransitGatewayAttachments",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeTransitGatewayAttachmentsCommand({ Filters })),
        ({ TransitGatewayAttachments }, need) =>
          need(TransitGatewayAttachments, "TransitGatewayAttachments")
            .map((one) => [one.TransitGatewayAttachmentId, one])
      )
  },
  Volume: {
    filter: "volume-id",
    operation: "DescribeVolumes",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeVolumesCommand({ Filters })),
        ({ Volumes }, need) => need(Volumes, "Volumes").map((one) => [one.VolumeId, one])
      )
  },
  Vpc: {
    filter: "vpc-id",
    operation: "DescribeVpcs",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeVpcsCommand({ Filters })),
        ({ Vpcs }, need) => need(Vpcs, "Vpcs").map((one) => [one.VpcId, one])
      )
  },
  VpcEndpoint: {
    filter: "vpc-endpoint-id",
    operation: "DescribeVpcEndpoints",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeVpcEndpointsCommand({ Filters })),
        ({ VpcEndpoints }, need) => need(VpcEndpoints, "VpcEndpoints").map((one) => [one.VpcEndpointId, one])
      )
  },
  VpcPeeringConnection: {
    filter: "vpc-peering-connection-id",
    operation: "DescribeVpcPeeringConnections",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeVpcPeeringConnectionsCommand({ Filters })),
        ({ VpcPeeringConnections }, need) =>
          need(VpcPeeringConnections, "VpcPeeringConnections").map((one) => [one.VpcPeeringConnectionId, one])
      )
  },
  VpnConnection: {
    filter: "vpn-connection-id",
    operation: "DescribeVpnConnections",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeVpnConnectionsCommand({ Filters })),
        ({ VpnConnections }, need) => need(VpnConnections, "VpnConnections").map((one) => [one.VpnConnectionId, one])
      )
  },
  VpnGateway: {
    filter: "vpn-gateway-id",
    operation: "DescribeVpnGateways",
    list: (Filters, read) =>
      read(
        ec2.pages(new sdk.DescribeVpnGatewaysCommand({ Filters })),
        ({ VpnGateways }, need) => need(VpnGateways, "VpnGateways").map((one) => [one.VpnGatewayId, one])
      )
  }
}

type LookupError = ResourceDoesNotExist | AwsError

/** How many values a filter takes. */
const PER_CALL = 200

const lookupsOf = <K extends ResourceKind>(kind: K) => {
  const { filter, list, operation } = kinds[kind] as Kind<Resources[K]>
  return Lookups.shared<string, Resources[K], LookupError>({
    kind: `Ec2.lookup/${kind}`,
    span: `Ec2.lookup${kind}s`,
    keyOf: (id) => id,
    idsPerCall: PER_CALL,
    collect: PER_CALL,
    concurrency: 10,
    call: (ids) =>
      list(
        [{ Name: filter, Values: [...ids] }],
        (pages, select) =>
          readPages({ service: "EC2", operation }, pages, (page, need) =>
            select(page, need).map(([id, resource]) =>
              [need(id, "id"), resource] as const
            ))
      ).pipe(
        Stream.runCollect,
        Effect.map((found) => {
          const byId = new Map(found)
          return (id: string) => {
            const resource = byId.get(id)
            return resource === undefined
              ? Exit.fail(new ResourceDoesNotExist({ kind, id }))
              : Exit.succeed(resource)
          }
        })
      )
  })
}

const of: <K extends ResourceKind>(kind: K) => (id: string) => Effect.Effect<Resources[K], LookupError, AwsClients> =
  oncePerKey<ResourceKind, any>(lookupsOf)

/**
 * What an id may look like. A filter would take anything else for a pattern: `*` matches every id. It has values of at most 255
 * characters, and a longer one would fail the call for all.
 */
const isId = (id: string): boolean => /^[a-zA-Z0-9-]{1,255}$/.test(id)

export const lookup = Effect.fn("Ec2.lookup")(
  <K extends ResourceKind>(kind: K, id: string): Effect.Effect<Resources[K], LookupError, AwsClients> =>
    isId(id) ? of(kind)(id) : Effect.fail(new ResourceDoesNotExist({ kind, id }))
)
