// What the contract of EC2's networks creates, and how it expects errors.
import {
  CreateInternetGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteTableCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeRouteTablesCommand
} from "@aws-sdk/client-ec2"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsError, Ec2 } from "effect-aws-sdk"

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

/** Expects an error of this code and, if given, this message. */
export const expectRejected = <A, E, R>(
  effect: Effect.Effect<A, E | AwsError, R>,
  code: string,
  message?: string
) =>
  Effect.map(Effect.flip(effect as Effect.Effect<A, AwsError, R>), (error) => {
    assert.strictEqual(error._tag, "AwsError")
    assert.strictEqual(error.code, code)
    assert.strictEqual(error.statusCode, 400)
    if (message !== undefined) assert.include(error.message, message)
  })
