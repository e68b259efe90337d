// What the contract of EC2 launches and creates.
import {
  CreateInternetGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeRouteTablesCommand
} from "@aws-sdk/client-ec2"
import { Effect } from "effect"
import { Ec2 } from "effect-aws-sdk"

/** The id of an image of Amazon Linux. */
export const image = Ec2.send(
  new DescribeImagesCommand({
    Owners: ["amazon"],
    Filters: [{ Name: "name", Values: ["al2023-ami-2023.*-kernel-6.1-x86_64"] }]
  })
).pipe(Effect.map(({ Images }) => Images?.[0]?.ImageId ?? ""))

export const createVpc = (CidrBlock = "10.0.0.0/16") =>
  Ec2.send(new CreateVpcCommand({ CidrBlock })).pipe(Effect.map(({ Vpc }) => Vpc?.VpcId ?? ""))

export const createSubnet = (VpcId: string, CidrBlock = "10.0.1.0/24") =>
  Ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock })).pipe(Effect.map(({ Subnet }) => Subnet?.SubnetId ?? ""))

export const createTable = (VpcId: string) =>
  Ec2.send(new CreateRouteTableCommand({ VpcId })).pipe(Effect.map(({ RouteTable }) => RouteTable?.RouteTableId ?? ""))

export const createGateway = Ec2.send(new CreateInternetGatewayCommand({})).pipe(
  Effect.map(({ InternetGateway }) => InternetGateway?.InternetGatewayId ?? "")
)

export const createEni = (SubnetId: string) =>
  Ec2.send(new CreateNetworkInterfaceCommand({ SubnetId })).pipe(
    Effect.map(({ NetworkInterface }) => NetworkInterface?.NetworkInterfaceId ?? "")
  )

export const createGroup = (VpcId: string, GroupName: string) =>
  Ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName, Description: GroupName })).pipe(
    Effect.map(({ GroupId }) => GroupId ?? "")
  )

export const tableOf = (id: string) =>
  Ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [id] })).pipe(
    Effect.map(({ RouteTables }) => RouteTables?.[0])
  )
