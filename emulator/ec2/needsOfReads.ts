/** In-memory EC2: the permissions that reading needs. Most of it has no resources: a policy allows all of it, or nothing. */
import { ec2Needs, type Rules } from "./needs.ts"

const everything = [
  "DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones DescribeCustomerGateways DescribeDhcpOptions",
  "DescribeEgressOnlyInternetGateways DescribeFleets DescribeFlowLogs DescribeIamInstanceProfileAssociations",
  "DescribeImages DescribeInstanceCreditSpecifications DescribeInstances DescribeInstanceStatus",
  "DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeInternetGateways DescribeKeyPairs",
  "DescribeLaunchTemplates DescribeLaunchTemplateVersions DescribeManagedPrefixLists DescribeNatGateways",
  "DescribeNetworkAcls DescribeNetworkInterfaceAttribute DescribeNetworkInterfaces DescribePlacementGroups",
  "DescribePrefixLists DescribeRegions DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups",
  "DescribeSnapshots DescribeSubnets DescribeTags DescribeTrafficMirrorFilters DescribeTrafficMirrorSessions",
  "DescribeTrafficMirrorTargets DescribeTransitGatewayAttachments DescribeTransitGatewayRouteTables",
  "DescribeTransitGateways DescribeTransitGatewayVpcAttachments DescribeVolumes DescribeVolumesModifications",
  "DescribeVolumeStatus DescribeVpcEndpoints DescribeVpcEndpointServices DescribeVpcPeeringConnections DescribeVpcs",
  "DescribeVpnConnections DescribeVpnGateways GetEbsDefaultKmsKeyId GetEbsEncryptionByDefault",
  "GetTransitGatewayAttachmentPropagations GetTransitGatewayRouteTableAssociations GetTransitGatewayRouteTablePropagations"
].join(" ").split(" ")

const without: Rules = Object.fromEntries(everything.map((operation) => [operation, []]))

export const reads = ec2Needs({
  ...without,
  DescribeFleetInstances: ["FleetId"],
  DescribeImageAttribute: ["ImageId"],
  DescribeInstanceAttribute: ["InstanceId"],
  DescribeSnapshotAttribute: ["SnapshotId"],
  DescribeVpcAttribute: ["VpcId"],
  GetConsoleOutput: ["InstanceId"],
  GetLaunchTemplateData: ["InstanceId"],
  GetManagedPrefixListEntries: ["PrefixListId"],
  GetPasswordData: ["InstanceId"],
  GetSecurityGroupsForVpc: ["VpcId"],
  SearchTransitGatewayRoutes: ["TransitGatewayRouteTableId"]
})
