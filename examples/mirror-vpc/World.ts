// Two accounts, set up with the same commands as on AWS. One has a VPC of two subnets with six interfaces: one belongs to a
// NAT gateway, and one is already mirrored. The other has the cluster's records of that VPC.
import {
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorTargetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  RunInstancesCommand
} from "@aws-sdk/client-ec2"
import { CreateEventBusCommand, DescribeEventBusCommand } from "@aws-sdk/client-eventbridge"
import { Effect, Schema } from "effect"
import { AwsError, Ec2, EventBridge, Ssm } from "effect-aws-sdk"
import { inClusterAccount, inVpcAccount } from "./Accounts.ts"
import { EniRecord, names, SubnetRecord, VpcRecord } from "./Records.ts"

export const clusterRole = "arn:aws:iam::222222222222:role/mirror-vpc"

const record = Effect.fnUntraced(function*<S extends Schema.Constraint>(name: string, schema: S, value: S["Type"]) {
  const json = yield* Schema.encodeEffect(Schema.fromJsonString(schema))(value)
  yield* inClusterAccount(Ssm.putParameter({ name, value: json }))
})

const networkInterface = (SubnetId: string) =>
  Ec2.send(new CreateNetworkInterfaceCommand({ SubnetId })).pipe(
    Effect.map((output) => output.NetworkInterface?.NetworkInterfaceId ?? "")
  )

const linux = Ec2.send(
  new DescribeImagesCommand({
    Owners: ["amazon"],
    Filters: [{ Name: "name", Values: ["al2023-ami-2023.*-kernel-6.1-x86_64"] }]
  })
).pipe(Effect.map(({ Images }) => Images?.[0]?.ImageId))

const interfaceOfInstance = (ImageId: string | undefined) => (SubnetId: string) =>
  Ec2.send(new RunInstancesCommand({ ImageId, InstanceType: "m5.large", SubnetId, MinCount: 1, MaxCount: 1 })).pipe(
    Effect.map((output) => output.Instances?.[0]?.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? "")
  )

export const cluster = "north"

/** The ARN of the cluster's bus. Other VPCs of the cluster may have created it. */
const eventBus = (Name: string) =>
  EventBridge.send(new CreateEventBusCommand({ Name })).pipe(
    Effect.map(({ EventBusArn }) => EventBusArn),
    AwsError.catchCode(
      "ResourceAlreadyExistsException",
      () => Effect.map(EventBridge.send(new DescribeEventBusCommand({ Name })), ({ Arn }) => Arn)
    )
  )

export const setUp = Effect.gen(function*() {
  const vpc = yield* inVpcAccount(Effect.gen(function*() {
    const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
    const vpcId = Vpc?.VpcId ?? ""
    const subnets = yield* Effect.forEach(
      ["10.0.1.0/24", "10.0.2.0/24"],
      (CidrBlock) =>
        Ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock })).pipe(
          Effect.map(({ Subnet }) => Subnet?.SubnetId ?? "")
        )
    )
    const [first = "", second = ""] = subnets
    // The target of the mirrored traffic, in a VPC of its own.
    const { Vpc: capture } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.1.0.0/16" }))
    const { Subnet: sink } = yield* Ec2.send(
      new CreateSubnetCommand({ VpcId: capture?.VpcId, CidrBlock: "10.1.1.0/24" })
    )
    const target = yield* Ec2.send(
      new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: yield* networkInterface(sink?.SubnetId ?? "") })
    )
    const filter = yield* Ec2.send(new CreateTrafficMirrorFilterCommand({ Description: cluster }))

    // Mirroring needs interfaces that are attached to instances.
    const enis = yield* Effect.forEach([first, first, first, second, second], interfaceOfInstance(yield* linux))
    const { AllocationId } = yield* Ec2.send(new AllocateAddressCommand({ Domain: "vpc" }))
    yield* Ec2.send(new CreateNatGatewayCommand({ SubnetId: second, AllocationId }))

    const mirrorTargetId = target.TrafficMirrorTarget?.TrafficMirrorTargetId ?? ""
    const mirrorFilterId = filter.TrafficMirrorFilter?.TrafficMirrorFilterId ?? ""
    const eni = new Ec2.NetworkInterface({ vpcId, subnetId: first, eniId: enis[0] ?? "", eniType: "interface" })
    const trafficSessionId = yield* Ec2.mirrorEni({
      eni,
      vpcId,
      trafficTarget: mirrorTargetId,
      trafficFilter: mirrorFilterId,
      virtualNetwork: 123
    })
    return { vpcId, subnets, mirrorFilterId, mirrorTargetId, mirrored: { ...eni, trafficSessionId } }
  }))

  const busArn = yield* inClusterAccount(eventBus(`arkime-${cluster}`))
  const { mirrorFilterId, mirrorTargetId, mirrored, subnets, vpcId } = vpc
  yield* record(names.vpc(cluster, vpcId), VpcRecord, { busArn: busArn ?? "", mirrorFilterId, mirrorVni: 123 })
  for (const subnetId of subnets) {
    yield* record(names.subnet(cluster, vpcId, subnetId), SubnetRecord, { mirrorTargetId })
  }
  const { eniId, subnetId, trafficSessionId } = mirrored
  yield* record(names.eni(cluster, vpcId, subnetId, eniId), EniRecord, { eniId, trafficSessionId })
  return { cluster, vpcId }
})
