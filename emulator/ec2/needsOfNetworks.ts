/** In-memory EC2: the permissions that calls about VPCs and what is in them need. */
import type * as sdk from "@aws-sdk/client-ec2"
import type { Place } from "../engine/authorization.ts"
import { tagValues, values } from "../support/needsOfState.ts"
import { arnOf, ec2Needs, groupsNamed, orAny, tagging, tagsFor } from "./needs.ts"
import type { State } from "./state.ts"

/** The group of a request, by its id or by its name. */
const groupOf = (
  { GroupId, GroupName = "" }: { readonly GroupId?: string | undefined; readonly GroupName?: string | undefined },
  place: Place,
  state: State
): ReadonlyArray<string> =>
  GroupId !== undefined ? [GroupId] : orAny("security-group", groupsNamed([GroupName], state), place)

/** New rules with tags are resources of their own. */
const authorize = (operation: string) =>
(
  input: sdk.AuthorizeSecurityGroupIngressRequest | sdk.AuthorizeSecurityGroupEgressRequest,
  place: Place,
  state: State
) => {
  const tags = tagsFor(input, "security-group-rule")
  return [
    ...groupOf(input, place, state),
    ...(tags.length === 0
      ? []
      : [
        { action: `ec2:${operation}`, resource: arnOf(place, "security-group-rule"), keys: tagValues(tags) },
        ...tagging(operation, input, place)
      ])
  ]
}

const addressOf = (
  { AllocationId, AssociationId, PublicIp }: {
    readonly AllocationId?: string | undefined
    readonly AssociationId?: string | undefined
    readonly PublicIp?: string | undefined
  },
  place: Place,
  { addresses }: State
): ReadonlyArray<string> => {
  if (AllocationId !== undefined) return [AllocationId]
  const found = [...addresses.values()].find((address) =>
    AssociationId === undefined ? address.PublicIp === PublicIp : address.AssociationId === AssociationId
  )
  return [found?.AllocationId ?? arnOf(place, "elastic-ip")]
}

const associatedTable = (
  id: string | undefined,
  place: Place,
  { routeTables }: State
): ReadonlyArray<string> => {
  for (const { Associations, RouteTableId } of routeTables.values()) {
    const found = Associations.find(({ RouteTableAssociationId }) => RouteTableAssociationId === id)
    if (found !== undefined) return defined(RouteTableId, found.SubnetId ?? found.GatewayId)
  }
  return [arnOf(place, "route-table")]
}

const defined = (...ids: ReadonlyArray<string | undefined>): ReadonlyArray<string> =>
  ids.filter((id) => id !== undefined)

const vpcArn = (id: string | undefined, account: string | undefined, region: string | undefined, place: Place) =>
  id === undefined
    ? undefined
    : arnOf({ ...place, account: account ?? place.account, region: region ?? place.region }, "vpc", id)

export const networks = ec2Needs({
  CreateVpc: { creates: "vpc" },
  DeleteVpc: ["VpcId"],
  ModifyVpcAttribute: ["VpcId"],
  ModifyVpcTenancy: ["VpcId"],
  AssociateVpcCidrBlock: ["VpcId"],
  DisassociateVpcCidrBlock: ({ AssociationId }, place, { vpcs }) => {
    const found = [...vpcs.values()].filter(({ CidrBlockAssociationSet, Ipv6CidrBlockAssociationSet }) =>
      [...CidrBlockAssociationSet, ...Ipv6CidrBlockAssociationSet].some((one) => one.AssociationId === AssociationId)
    )
    return orAny("vpc", found.map(({ VpcId }) => VpcId), place)
  },
  CreateDefaultVpc: [],
  CreateSubnet: { creates: "subnet", of: ["VpcId"] },
  CreateDefaultSubnet: [],
  DeleteSubnet: ["SubnetId"],
  ModifySubnetAttribute: ["SubnetId"],
  AssociateSubnetCidrBlock: ["SubnetId"],
  DisassociateSubnetCidrBlock: ({ AssociationId }, place, { subnets }) => {
    const found = [...subnets.values()].filter(({ Ipv6CidrBlockAssociationSet }) =>
      Ipv6CidrBlockAssociationSet.some((one) => one.AssociationId === AssociationId)
    )
    return orAny("subnet", found.map(({ SubnetId }) => SubnetId), place)
  },

  CreateInternetGateway: { creates: "internet-gateway" },
  DeleteInternetGateway: ["InternetGatewayId"],
  AttachInternetGateway: ["InternetGatewayId", "VpcId"],
  DetachInternetGateway: ["InternetGatewayId", "VpcId"],
  CreateEgressOnlyInternetGateway: { creates: "egress-only-internet-gateway", of: ["VpcId"] },
  DeleteEgressOnlyInternetGateway: ["EgressOnlyInternetGatewayId"],
  CreateNatGateway: {
    creates: "natgateway",
    of: ["SubnetId", "VpcId", "AllocationId", "SecondaryAllocationIds"]
  },
  DeleteNatGateway: ["NatGatewayId"],

  CreateRouteTable: { creates: "route-table", of: ["VpcId"] },
  DeleteRouteTable: ["RouteTableId"],
  CreateRoute: ["RouteTableId"],
  DeleteRoute: ["RouteTableId"],
  ReplaceRoute: ["RouteTableId"],
  AssociateRouteTable: ["RouteTableId", "SubnetId", "GatewayId"],
  DisassociateRouteTable: ({ AssociationId }, place, state) => associatedTable(AssociationId, place, state),
  ReplaceRouteTableAssociation: ({ AssociationId, RouteTableId }, place, state) => [
    ...defined(RouteTableId),
    ...associatedTable(AssociationId, place, state)
  ],

  CreateNetworkAcl: { creates: "network-acl", of: ["VpcId"] },
  DeleteNetworkAcl: ["NetworkAclId"],
  CreateNetworkAclEntry: ["NetworkAclId"],
  DeleteNetworkAclEntry: ["NetworkAclId"],
  ReplaceNetworkAclEntry: ["NetworkAclId"],
  ReplaceNetworkAclAssociation: ({ AssociationId, NetworkAclId }, place, { networkAcls }) => {
    const found = [...networkAcls.values()].flatMap(({ Associations }) => Associations)
      .find(({ NetworkAclAssociationId }) => NetworkAclAssociationId === AssociationId)
    return defined(NetworkAclId, found?.NetworkAclId, found?.SubnetId ?? arnOf(place, "subnet"))
  },

  CreateDhcpOptions: { creates: "dhcp-options" },
  DeleteDhcpOptions: ["DhcpOptionsId"],
  // `default` stands for no options of the account.
  AssociateDhcpOptions: ({ DhcpOptionsId, VpcId }) => defined(VpcId, DhcpOptionsId).filter((id) => id !== "default"),

  CreateSecurityGroup: { creates: "security-group", of: ["VpcId"] },
  DeleteSecurityGroup: groupOf,
  AuthorizeSecurityGroupEgress: authorize("AuthorizeSecurityGroupEgress"),
  AuthorizeSecurityGroupIngress: authorize("AuthorizeSecurityGroupIngress"),
  RevokeSecurityGroupEgress: groupOf,
  RevokeSecurityGroupIngress: groupOf,
  ModifySecurityGroupRules: ({ GroupId, SecurityGroupRules = [] }) =>
    defined(
      GroupId,
      ...SecurityGroupRules.flatMap(({ SecurityGroupRule, SecurityGroupRuleId }) => [
        SecurityGroupRuleId,
        SecurityGroupRule?.PrefixListId
      ])
    ),
  UpdateSecurityGroupRuleDescriptionsEgress: groupOf,
  UpdateSecurityGroupRuleDescriptionsIngress: groupOf,

  CreateVpcPeeringConnection: {
    creates: "vpc-peering-connection",
    of: ["VpcId"],
    keys: ({ PeerOwnerId, PeerRegion, PeerVpcId, VpcId }, place) =>
      values({
        "ec2:acceptervpc": vpcArn(PeerVpcId, PeerOwnerId, PeerRegion, place),
        "ec2:requestervpc": vpcArn(VpcId, undefined, undefined, place)
      })
  },
  AcceptVpcPeeringConnection: ({ VpcPeeringConnectionId }, place, { peerings }) =>
    defined(
      VpcPeeringConnectionId,
      peerings.get(VpcPeeringConnectionId ?? "")?.AccepterVpcInfo.VpcId ?? arnOf(place, "vpc")
    ),
  DeleteVpcPeeringConnection: ["VpcPeeringConnectionId"],
  ModifyVpcPeeringConnectionOptions: ["VpcPeeringConnectionId"],
  RejectVpcPeeringConnection: ["VpcPeeringConnectionId"],

  CreateVpcEndpoint: {
    creates: "vpc-endpoint",
    of: ["VpcId", "RouteTableIds", "SubnetIds", "SecurityGroupIds"],
    keys: ({ ServiceName }) =>
      values({
        "ec2:vpceservicename": ServiceName,
        "ec2:vpceserviceowner": ServiceName?.startsWith("com.amazonaws.") === true ? "amazon" : undefined
      })
  },
  DeleteVpcEndpoints: ["VpcEndpointIds"],
  ModifyVpcEndpoint: [
    "VpcEndpointId",
    "AddRouteTableIds",
    "RemoveRouteTableIds",
    "AddSubnetIds",
    "RemoveSubnetIds",
    "AddSecurityGroupIds",
    "RemoveSecurityGroupIds"
  ],

  CreateManagedPrefixList: { creates: "prefix-list" },
  DeleteManagedPrefixList: ["PrefixListId"],
  ModifyManagedPrefixList: ["PrefixListId"],
  RestoreManagedPrefixListVersion: ["PrefixListId"],

  CreateFlowLogs: {
    creates: "vpc-flow-log",
    of: ["ResourceIds"],
    and: ({ DeliverLogsPermissionArn, LogDestinationType }) => [
      ...(DeliverLogsPermissionArn === undefined ? [] : [
        {
          action: "iam:PassRole",
          resource: DeliverLogsPermissionArn,
          keys: { "iam:passedtoservice": ["vpc-flow-logs.amazonaws.com"] }
        }
      ]),
      ...(LogDestinationType === "s3" || LogDestinationType === "kinesis-data-firehose"
        ? [{ action: "logs:CreateLogDelivery", resource: "*" }]
        : [])
    ]
  },
  DeleteFlowLogs: ["FlowLogIds"],

  AllocateAddress: { creates: "elastic-ip", keys: () => ({ "ec2:domain": ["vpc"] }) },
  AssociateAddress: (input, place, state) => [
    ...addressOf(input, place, state),
    ...defined(input.InstanceId, input.NetworkInterfaceId)
  ],
  DisassociateAddress: (input, place, state) => {
    const ids = addressOf(input, place, state)
    return [...ids, ...defined(...ids.map((id) => state.addresses.get(id)?.NetworkInterfaceId))]
  },
  ModifyAddressAttribute: ["AllocationId"],
  ReleaseAddress: addressOf,
  ResetAddressAttribute: ["AllocationId"],

  CreateNetworkInterface: { creates: "network-interface", of: ["SubnetId", "Groups"] },
  DeleteNetworkInterface: ["NetworkInterfaceId"],
  AttachNetworkInterface: ["InstanceId", "NetworkInterfaceId"],
  DetachNetworkInterface: ({ AttachmentId }, place, { enis }) => {
    const found = [...enis.values()].find(({ Attachment }) => Attachment?.AttachmentId === AttachmentId)
    return [
      found?.Attachment?.InstanceId ?? arnOf(place, "instance"),
      found?.NetworkInterfaceId ?? arnOf(place, "network-interface")
    ]
  },
  AssignIpv6Addresses: ["NetworkInterfaceId"],
  AssignPrivateIpAddresses: ["NetworkInterfaceId"],
  UnassignIpv6Addresses: ["NetworkInterfaceId"],
  UnassignPrivateIpAddresses: ["NetworkInterfaceId"],
  ModifyNetworkInterfaceAttribute: ["NetworkInterfaceId", "Groups", "AssociatedSubnetIds"],
  ResetNetworkInterfaceAttribute: ["NetworkInterfaceId"]
})
