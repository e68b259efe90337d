// The attributes and ranges of VPCs and subnets, and the default ones.
import {
  AllocateAddressCommand,
  AssociateSubnetCidrBlockCommand,
  AssociateVpcCidrBlockCommand,
  CreateDefaultSubnetCommand,
  CreateDefaultVpcCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteSubnetCommand,
  DescribeAddressesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  ReleaseAddressCommand
} from "@aws-sdk/client-ec2"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2 } from "effect-aws-sdk"
import { contract, documented, recorded } from "./Contract.ts"
import { createGroup, createSubnet, createVpc } from "./ec2Resources.ts"
import { expectRejected } from "./support/rejections.ts"

const vpcOf = (id: string) =>
  Ec2.send(new DescribeVpcsCommand({ VpcIds: [id] })).pipe(Effect.map(({ Vpcs }) => Vpcs?.[0]))

const subnetOf = (id: string) =>
  Ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] })).pipe(Effect.map(({ Subnets }) => Subnets?.[0]))

export const ec2Vpcs = contract("Ec2", {
  "resolves names in a VPC, and gives its addresses names once asked to": documented(
    "API_ModifyVpcAttribute",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const hasNames = Ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: "enableDnsHostnames" })).pipe(
        Effect.map(({ EnableDnsHostnames }) => EnableDnsHostnames?.Value)
      )
      const { EnableDnsSupport } = yield* Ec2.send(
        new DescribeVpcAttributeCommand({ VpcId, Attribute: "enableDnsSupport" })
      )
      assert.deepEqual([EnableDnsSupport?.Value, yield* hasNames], [true, false])
      yield* Ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }))
      assert.isTrue(yield* hasNames)
      yield* expectRejected(
        Ec2.send(
          new ModifyVpcAttributeCommand({
            VpcId,
            EnableDnsHostnames: { Value: false },
            EnableDnsSupport: { Value: false }
          })
        ),
        "InvalidParameterCombination"
      )
    })
  ),

  "sets each attribute of a subnet by itself": documented(
    "API_ModifySubnetAttribute",
    Effect.gen(function*() {
      const SubnetId = yield* createSubnet(yield* createVpc())
      const modify = (input: Partial<ModifySubnetAttributeCommand["input"]>) =>
        Ec2.send(new ModifySubnetAttributeCommand({ SubnetId, ...input }))
      yield* modify({ MapPublicIpOnLaunch: { Value: true } })
      yield* modify({ EnableDns64: { Value: true } })
      yield* modify({ EnableResourceNameDnsARecordOnLaunch: { Value: true } })
      const subnet = yield* subnetOf(SubnetId)
      assert.deepEqual([subnet?.MapPublicIpOnLaunch, subnet?.EnableDns64], [true, true])
      assert.deepEqual(subnet?.PrivateDnsNameOptionsOnLaunch, {
        HostnameType: "ip-name",
        EnableResourceNameDnsARecord: true,
        EnableResourceNameDnsAAAARecord: false
      })
      yield* expectRejected(
        modify({ MapPublicIpOnLaunch: { Value: false }, EnableDns64: { Value: false } }),
        "InvalidParameterCombination"
      )
      yield* expectRejected(modify({ AssignIpv6AddressOnCreation: { Value: true } }), "InvalidParameterValue")
    })
  ),

  "rejects a subnet for IPv6 only that has IPv4 addresses, or none for IPv6": recorded(
    "test_subnets test_create_ipv6native_subnet_with_ipv4_cidr",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const create = (input: Partial<CreateSubnetCommand["input"]>) =>
        Ec2.send(new CreateSubnetCommand({ VpcId, ...input }))
      const message = "Either 'ipv6CidrBlock' or 'ipv6IpamPoolId' should be provided."
      yield* expectRejected(create({ Ipv6Native: true }), "MissingParameter", message)
      yield* expectRejected(create({ Ipv6Native: true, CidrBlock: "10.0.0.0/24" }), "MissingParameter", message)
      yield* expectRejected(
        create({ Ipv6Native: true, CidrBlock: "10.0.0.0/24", Ipv6CidrBlock: "1080::1:200C:417A/112" }),
        "InvalidParameterCombination",
        "When specifying ipv4 parameters, cidrBlock or ipv4IpamPoolId, you cannot set ipv6Native to true."
      )
    })
  ),

  "creates a subnet for IPv6 only": recorded(
    "test_subnets test_create_ipv6native_subnet",
    Effect.gen(function*() {
      const { Vpc } = yield* Ec2.send(
        new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", AmazonProvidedIpv6CidrBlock: true })
      )
      const vpc = yield* vpcOf(Vpc?.VpcId ?? "")
      const { Ipv6CidrBlock } = vpc?.Ipv6CidrBlockAssociationSet?.[0] ?? {}
      const { Subnet } = yield* Ec2.send(
        new CreateSubnetCommand({ VpcId: Vpc?.VpcId, Ipv6Native: true, Ipv6CidrBlock })
      )
      assert.deepEqual([Subnet?.Ipv6Native, Subnet?.AssignIpv6AddressOnCreation, Subnet?.State], [
        true,
        true,
        "available"
      ])
      assert.isUndefined(Subnet?.CidrBlock)
      yield* Ec2.send(new DeleteSubnetCommand({ SubnetId: Subnet?.SubnetId }))
    })
  ),

  "gives a subnet one range of IPv6 addresses, from its VPC": documented(
    "API_AssociateSubnetCidrBlock",
    Effect.gen(function*() {
      const { Vpc } = yield* Ec2.send(
        new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", AmazonProvidedIpv6CidrBlock: true })
      )
      const vpc = yield* vpcOf(Vpc?.VpcId ?? "")
      const range = vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock?.replace("/56", "/64")
      const SubnetId = yield* createSubnet(Vpc?.VpcId ?? "")
      const { Ipv6CidrBlockAssociation } = yield* Ec2.send(
        new AssociateSubnetCidrBlockCommand({ SubnetId, Ipv6CidrBlock: range })
      )
      assert.strictEqual(Ipv6CidrBlockAssociation?.Ipv6CidrBlockState?.State, "associating")
      const subnet = yield* subnetOf(SubnetId)
      assert.deepEqual(subnet?.Ipv6CidrBlockAssociationSet?.map(({ Ipv6CidrBlock }) => Ipv6CidrBlock), [range])
    })
  ),

  "limits a VPC to five ranges of IPv4 addresses": recorded(
    "test_vpcs test_associate_vpc_ipv4_cidr_block",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const associate = (CidrBlock: string) => Ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, CidrBlock }))
      for (const number of [43, 44, 45, 46]) yield* associate(`10.10.${number}.0/24`)
      yield* expectRejected(
        associate("10.10.50.0/22"),
        "CidrLimitExceeded",
        `This network ${VpcId} has met its maximum number of allowed CIDRs: 5`
      )
    })
  ),

  "rejects a range from another private network than the VPC's": documented(
    "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const associate = (CidrBlock: string) => Ec2.send(new AssociateVpcCidrBlockCommand({ VpcId, CidrBlock }))
      for (const range of ["172.16.0.0/16", "192.168.0.0/16", "198.19.0.0/16"]) {
        yield* expectRejected(associate(range), "InvalidVpc.Range", `The CIDR '${range}' is restricted.`)
      }
      yield* associate("100.64.0.0/16")
    })
  ),

  "VPCs, subnets, security groups and addresses without tags are described without a list of tags": documented(
    "https://docs.aws.amazon.com/cli/latest/reference/ec2/describe-subnets.html",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const SubnetId = yield* createSubnet(VpcId)
      const GroupId = yield* createGroup(VpcId, "untagged")
      const { AllocationId = "" } = yield* Ec2.send(new AllocateAddressCommand({}))
      const described = Effect.gen(function*() {
        const vpc = yield* vpcOf(VpcId)
        const subnet = yield* subnetOf(SubnetId)
        const { SecurityGroups = [] } = yield* Ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }))
        const { Addresses = [] } = yield* Ec2.send(new DescribeAddressesCommand({ AllocationIds: [AllocationId] }))
        return [vpc, subnet, ...SecurityGroups, ...Addresses]
      })
      const [vpc, subnet, ...others] = yield* described
      for (const resource of [vpc, subnet, ...others]) assert.notProperty(resource, "Tags")
      assert.notProperty(vpc, "Ipv6CidrBlockAssociationSet")
      assert.deepEqual(subnet && "Ipv6CidrBlockAssociationSet" in subnet && subnet.Ipv6CidrBlockAssociationSet, [])
      const Tags = [{ Key: "a", Value: "b" }]
      yield* Ec2.send(new CreateTagsCommand({ Resources: [VpcId, SubnetId, GroupId, AllocationId], Tags }))
      for (const resource of yield* described) assert.deepEqual(resource?.Tags, Tags)
      yield* Ec2.send(new ReleaseAddressCommand({ AllocationId }))
    })
  ),

  "rejects names and descriptions of security groups with characters that AWS doesn't take": documented(
    "API_CreateSecurityGroup",
    Effect.gen(function*() {
      const VpcId = yield* createVpc()
      const create = (GroupName: string, Description: string) =>
        Ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName, Description }))
      const invalid = "InvalidParameterValue"
      yield* expectRejected(
        create("web", "Für alle"),
        invalid,
        "Value (Für alle) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported."
      )
      yield* expectRejected(create("web\u2014", "web"), invalid)
      yield* expectRejected(
        create("web", "the web's"),
        invalid,
        "Invalid security group description. Valid descriptions are strings less than 256 characters from the following set:  " +
          "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
      )
      yield* expectRejected(create("web?", "web"), invalid)
      yield* expectRejected(create("web", "w".repeat(256)), invalid)
      yield* create("a_Z. -:/()#,@[]+=&;{}!$*", "a_Z. -:/()#,@[]+=&;{}!$*")
    })
  ),

  "has one default VPC, with one default subnet in each zone": documented(
    "API_CreateDefaultVpc",
    Effect.gen(function*() {
      yield* expectRejected(Ec2.send(new CreateDefaultVpcCommand({})), "DefaultVpcAlreadyExists")
      const { Subnets } = yield* Ec2.send(
        new DescribeSubnetsCommand({ Filters: [{ Name: "default-for-az", Values: ["true"] }] })
      )
      const [{ AvailabilityZone, SubnetId } = {}] = Subnets ?? []
      const create = Ec2.send(new CreateDefaultSubnetCommand({ AvailabilityZone }))
      yield* expectRejected(
        create,
        "DefaultSubnetAlreadyExistsInAvailabilityZone",
        `'${SubnetId}' is already the default subnet in ${AvailabilityZone}.`
      )
      yield* Ec2.send(new DeleteSubnetCommand({ SubnetId }))
      assert.isTrue((yield* create).Subnet?.DefaultForAz)
    })
  )
})
