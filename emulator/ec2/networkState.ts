/** In-memory EC2: the state of what connects subnets and VPCs with each other and with other networks, as plain data. */
import type * as sdk from "@aws-sdk/client-ec2"

export type With<A, K extends keyof A> = A & { [Member in K]-?: NonNullable<A[Member]> }

export type RouteTable = With<
  sdk.RouteTable,
  "RouteTableId" | "VpcId" | "Associations" | "Routes" | "PropagatingVgws" | "Tags"
>
export type InternetGateway = With<sdk.InternetGateway, "InternetGatewayId" | "Attachments" | "Tags">
export type EgressGateway = With<sdk.EgressOnlyInternetGateway, "EgressOnlyInternetGatewayId" | "Attachments" | "Tags">
export type DhcpOptions = With<sdk.DhcpOptions, "DhcpOptionsId" | "DhcpConfigurations" | "Tags">
export type NetworkAcl = With<sdk.NetworkAcl, "NetworkAclId" | "VpcId" | "Associations" | "Entries" | "Tags">
export type Peering = With<
  sdk.VpcPeeringConnection,
  "VpcPeeringConnectionId" | "AccepterVpcInfo" | "RequesterVpcInfo" | "Status" | "Tags"
>
export type FlowLog = With<sdk.FlowLog, "FlowLogId" | "Tags">
export type PrefixList =
  & With<Omit<sdk.ManagedPrefixList, "Version">, "PrefixListId" | "PrefixListName" | "AddressFamily" | "Tags">
  & {
    /** The entries of every version, the first version first. */
    readonly versions: Array<ReadonlyArray<sdk.PrefixListEntry>>
  }
export type VpnGateway = With<sdk.VpnGateway, "VpnGatewayId" | "VpcAttachments" | "Tags">
export type CustomerGateway = With<sdk.CustomerGateway, "CustomerGatewayId" | "State" | "Tags">
export type VpnConnection = With<sdk.VpnConnection, "VpnConnectionId" | "State" | "Routes" | "Tags">
export type TransitGateway = With<sdk.TransitGateway, "TransitGatewayId" | "State" | "Options" | "Tags">
/** An attachment of any type. `vpc` has what those of VPCs have besides. */
export type TransitAttachment =
  & With<
    sdk.TransitGatewayAttachment,
    "TransitGatewayAttachmentId" | "TransitGatewayId" | "ResourceId" | "ResourceType" | "State" | "Tags"
  >
  & {
    readonly vpc:
      | { SubnetIds: ReadonlyArray<string>; Options: sdk.TransitGatewayVpcAttachmentOptions }
      | undefined
  }
export type TransitTable =
  & With<sdk.TransitGatewayRouteTable, "TransitGatewayRouteTableId" | "TransitGatewayId" | "State" | "Tags">
  & {
    /** The attachments whose networks the table knows. */
    propagations: ReadonlyArray<string>
    /** The static routes: a range, and the attachment that it leads to, unless it is a blackhole. */
    routes: ReadonlyArray<{ readonly cidr: string; readonly attachment: string | undefined }>
  }

/** The attributes of a VPC that DescribeVpcs doesn't answer. */
export interface VpcAttributes {
  EnableDnsHostnames: boolean
  EnableDnsSupport: boolean
  EnableNetworkAddressUsageMetrics: boolean
}

export interface Networks {
  readonly routeTables: Map<string, RouteTable>
  readonly internetGateways: Map<string, InternetGateway>
  readonly egressGateways: Map<string, EgressGateway>
  readonly dhcpOptions: Map<string, DhcpOptions>
  /** The set that a new VPC gets. */
  defaultDhcpOptions: string | undefined
  readonly networkAcls: Map<string, NetworkAcl>
  /** Connections that a VPC of this account and region is an end of. The other end's state has a copy. */
  readonly peerings: Map<string, Peering>
  readonly flowLogs: Map<string, FlowLog>
  readonly prefixLists: Map<string, PrefixList>
  readonly vpnGateways: Map<string, VpnGateway>
  readonly customerGateways: Map<string, CustomerGateway>
  readonly vpnConnections: Map<string, VpnConnection>
  readonly transitGateways: Map<string, TransitGateway>
  readonly transitAttachments: Map<string, TransitAttachment>
  readonly transitTables: Map<string, TransitTable>
  readonly vpcAttributes: Map<string, VpcAttributes>
  /** The names that addresses are resolved to, by the id of their allocation. */
  readonly addressNames: Map<string, string>
}

export const emptyNetworks = (): Networks => ({
  routeTables: new Map(),
  internetGateways: new Map(),
  egressGateways: new Map(),
  dhcpOptions: new Map(),
  defaultDhcpOptions: undefined,
  networkAcls: new Map(),
  peerings: new Map(),
  flowLogs: new Map(),
  prefixLists: new Map(),
  vpnGateways: new Map(),
  customerGateways: new Map(),
  vpnConnections: new Map(),
  transitGateways: new Map(),
  transitAttachments: new Map(),
  transitTables: new Map(),
  vpcAttributes: new Map(),
  addressNames: new Map()
})

/** A resource reaches a state. */
export interface NetworkChange {
  readonly kind: "network"
  readonly of:
    | "customerGateways"
    | "transitAttachments"
    | "transitGateways"
    | "transitTables"
    | "vpnConnections"
    | "vpnGateways"
  readonly id: string
  readonly to: string
}

/** A virtual private gateway is attached to a VPC, or detached from it. */
export interface AttachmentChange {
  readonly kind: "attachment"
  readonly id: string
  readonly vpc: string
  readonly to: "attached" | "detached"
}
