// The permissions that calls to EC2 need, as its user guide tells them in examples of policies.
import { assert, describe, it } from "@effect/vitest"
import { ec2 } from "../../emulator/ec2/ec2.ts"
import type { State } from "../../emulator/ec2/state.ts"
import { iam } from "../../emulator/iam/iam.ts"
import { imageId, publicImages } from "../../emulator/support/publicImages.ts"
import { keyOf, needsOf, place, shown } from "./support/needs.ts"

const arn = (resource: string) => `arn:aws:ec2:us-east-1:123456789012:${resource}`

const subnet = { SubnetId: "subnet-1", VpcId: "vpc-1", AvailabilityZone: "us-east-1a", DefaultForAz: true, Tags: [] }
const group = { GroupId: "sg-1", GroupName: "default", VpcId: "vpc-1", Tags: [{ Key: "Team", Value: "web" }] }

/** A VPC with a subnet and its default group. */
const network = (): State => {
  const state = ec2.state()
  state.subnets.set("subnet-1", subnet as never)
  state.groups.set("sg-1", group as never)
  return state
}

const template = (data: object): State => {
  const state = network()
  const version = { LaunchTemplateId: "lt-1", VersionNumber: 1, LaunchTemplateData: data }
  state.launchTemplates.set("lt-1", {
    LaunchTemplateId: "lt-1",
    LaunchTemplateName: "web",
    DefaultVersionNumber: 1,
    LatestVersionNumber: 1,
    Tags: [],
    versions: new Map([[1, version as never]]),
    next: 2
  })
  return state
}

const launch = {
  ImageId: "ami-1",
  InstanceType: "t3.micro",
  KeyName: "mine",
  MinCount: 1,
  MaxCount: 1
}

describe("the permissions for a launch", () => {
  it("are those of the user guide: image, instance, subnet, network interface, security group, volume and key pair", () => {
    const input = {
      ...launch,
      SubnetId: "subnet-1",
      SecurityGroupIds: ["sg-2"],
      BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { VolumeSize: 8 } }]
    }
    assert.sameMembers([...shown(needsOf(ec2, "RunInstances", input, network()))], [
      "ec2:RunInstances ec2 image/ami-1",
      "ec2:RunInstances ec2 instance/*",
      "ec2:RunInstances ec2 key-pair/mine",
      "ec2:RunInstances ec2 network-interface/*",
      "ec2:RunInstances ec2 security-group/sg-2",
      "ec2:RunInstances ec2 subnet/subnet-1",
      "ec2:RunInstances ec2 volume/*"
    ])
  })

  it("are for the default subnet and its default group, unless the request names others", () => {
    const needs = shown(needsOf(ec2, "RunInstances", launch, network()))
    assert.include(needs, "ec2:RunInstances ec2 subnet/subnet-1")
    assert.include(needs, "ec2:RunInstances ec2 security-group/sg-1")
  })

  it("can depend on the type of the instance, its metadata options, and the VPC of its network interface", () => {
    const input = { ...launch, MetadataOptions: { HttpTokens: "required" } }
    const needs = needsOf(ec2, "RunInstances", input, network())
    assert.deepEqual(keyOf(needs, "instance/*", "ec2:InstanceType"), ["t3.micro"])
    assert.deepEqual(keyOf(needs, "instance/*", "ec2:MetadataHttpTokens"), ["required"])
    assert.deepEqual(keyOf(needs, "network-interface/*", "ec2:Vpc"), [arn("vpc/vpc-1")])
    assert.deepEqual(keyOf(needs, "network-interface/*", "ec2:Subnet"), [arn("subnet/subnet-1")])
    assert.deepEqual(keyOf(needs, "instance/*", "ec2:Region"), ["us-east-1"])
    // Whoever denies a launch without the option counts on it that the key isn't there.
    assert.isUndefined(keyOf(needsOf(ec2, "RunInstances", launch, network()), "instance/*", "ec2:MetadataHttpTokens"))
  })

  it("include the one to create tags, for this call, on the types of resources that get tags", () => {
    const TagSpecifications = [
      { ResourceType: "instance", Tags: [{ Key: "Environment", Value: "production" }] },
      { ResourceType: "volume", Tags: [{ Key: "Cost", Value: "7" }] }
    ]
    const needs = needsOf(ec2, "RunInstances", { ...launch, TagSpecifications }, network())
    const tagging = needs.filter(({ action }) => action === "ec2:CreateTags")
    assert.deepEqual(shown(tagging), ["ec2:CreateTags ec2 instance/*", "ec2:CreateTags ec2 volume/*"])
    assert.deepEqual(keyOf(tagging, "instance/*", "ec2:CreateAction"), ["RunInstances"])
    assert.deepEqual(keyOf(tagging, "instance/*", "aws:RequestTag/Environment"), ["production"])
    assert.deepEqual(keyOf(needs, "instance/*", "aws:TagKeys"), ["Environment"])
    assert.isUndefined(keyOf(needs, "instance/*", "aws:RequestTag/Cost"))
    assert.isEmpty(needsOf(ec2, "RunInstances", launch).filter(({ action }) => action === "ec2:CreateTags"))
  })

  it("are for what a launch template has, and tell what comes from it", () => {
    const state = template({
      ImageId: "ami-7",
      SubnetId: "subnet-1",
      SecurityGroupIds: ["sg-3"],
      InstanceType: "m5.large"
    })
    const needs = needsOf(ec2, "RunInstances", {
      LaunchTemplate: { LaunchTemplateName: "web" },
      InstanceType: "t3.nano"
    }, state)
    assert.includeMembers([...shown(needs)], [
      "ec2:RunInstances ec2 image/ami-7",
      "ec2:RunInstances ec2 launch-template/lt-1",
      "ec2:RunInstances ec2 security-group/sg-3"
    ])
    assert.deepEqual(keyOf(needs, "image/ami-7", "ec2:LaunchTemplate"), [arn("launch-template/lt-1")])
    assert.deepEqual(keyOf(needs, "image/ami-7", "ec2:IsLaunchTemplateResource"), ["true"])
    assert.deepEqual(keyOf(needs, "instance/*", "ec2:IsLaunchTemplateResource"), ["false"])
    assert.deepEqual(keyOf(needs, "instance/*", "ec2:InstanceType"), ["t3.nano"])
  })

  it("include the one to pass the role that is in the instance profile", () => {
    const state = iam.state()
    const role = { arn: "arn:aws:iam::123456789012:role/app/worker" }
    state.profiles.set("p", { name: "p", arn: "arn:aws:iam::123456789012:instance-profile/p", role } as never)
    const where = { ...place, stateOf: () => state as never }
    const needs = needsOf(ec2, "RunInstances", { ...launch, IamInstanceProfile: { Name: "p" } }, network(), where)
    const passing = needs.filter(({ action }) => action === "iam:PassRole")
    assert.deepEqual(passing, [
      { action: "iam:PassRole", resource: role.arn, keys: { "iam:passedtoservice": ["ec2.amazonaws.com"] } }
    ])
    assert.deepEqual(keyOf(needs, "instance/*", "ec2:InstanceProfile"), [
      "arn:aws:iam::123456789012:instance-profile/p"
    ])
  })

  it("are also to pass the role of another profile to an instance that runs", () => {
    const profile = "arn:aws:iam::123456789012:instance-profile/p"
    const input = { InstanceId: "i-1", IamInstanceProfile: { Name: "p" } }
    const needs = needsOf(ec2, "AssociateIamInstanceProfile", input)
    assert.deepEqual(shown(needs), [
      "ec2:AssociateIamInstanceProfile ec2 instance/i-1",
      "iam:PassRole arn:aws:iam::123456789012:role/*"
    ])
    assert.deepEqual(keyOf(needs, "instance/i-1", "ec2:NewInstanceProfile"), [profile])
  })

  it("are also those of a fleet that is ready at once", () => {
    const state = template({ ImageId: "ami-7" })
    const input = (Type: string) => ({
      Type,
      LaunchTemplateConfigs: [{
        LaunchTemplateSpecification: { LaunchTemplateId: "lt-1", Version: "$Latest" },
        Overrides: [{ InstanceType: "t3.nano", SubnetId: "subnet-1" }]
      }]
    })
    assert.includeMembers([...shown(needsOf(ec2, "CreateFleet", input("instant"), state))], [
      "ec2:CreateFleet ec2 fleet/*",
      "ec2:CreateFleet ec2 launch-template/lt-1",
      "ec2:CreateFleet ec2 subnet/subnet-1",
      "ec2:RunInstances ec2 image/ami-7",
      "ec2:RunInstances ec2 instance/*"
    ])
    const maintained = needsOf(ec2, "CreateFleet", input("maintain"), state)
    assert.isEmpty(maintained.filter(({ action }) => action === "ec2:RunInstances"))
  })
})

describe("the permissions for calls to EC2", () => {
  it("are for everything where reading has no resources", () => {
    assert.deepEqual(shown(needsOf(ec2, "DescribeInstances", { InstanceIds: ["i-1"] })), ["ec2:DescribeInstances *"])
    assert.deepEqual(shown(needsOf(ec2, "GetConsoleOutput", { InstanceId: "i-1" })), [
      "ec2:GetConsoleOutput ec2 instance/i-1"
    ])
  })

  it("are for each resource, of which images and snapshots have no account in their ARNs", () => {
    assert.deepEqual(shown(needsOf(ec2, "TerminateInstances", { InstanceIds: ["i-1", "i-2"] })), [
      "ec2:TerminateInstances ec2 instance/i-1",
      "ec2:TerminateInstances ec2 instance/i-2"
    ])
    assert.deepEqual(shown(needsOf(ec2, "AttachVolume", { InstanceId: "i-1", VolumeId: "vol-1" })), [
      "ec2:AttachVolume ec2 instance/i-1",
      "ec2:AttachVolume ec2 volume/vol-1"
    ])
    const [image] = needsOf(ec2, "DeregisterImage", { ImageId: "ami-1" })
    assert.strictEqual(image?.resource, "arn:aws:ec2:us-east-1::image/ami-1")
  })

  it("name by name what has a name in its ARN", () => {
    const state = ec2.state()
    state.keyPairs.set("key-1", { KeyPairId: "key-1", KeyName: "mine", Tags: [] } as never)
    assert.deepEqual(shown(needsOf(ec2, "DeleteKeyPair", { KeyPairId: "key-1" }, state)), [
      "ec2:DeleteKeyPair ec2 key-pair/mine"
    ])
  })

  it("are for what an association, an address or a name means", () => {
    const state = network()
    state.routeTables.set("rtb-1", {
      RouteTableId: "rtb-1",
      Associations: [{ RouteTableAssociationId: "rtbassoc-1", SubnetId: "subnet-1" }]
    } as never)
    state.addresses.set("eipalloc-1", { AllocationId: "eipalloc-1", PublicIp: "192.0.2.1" } as never)
    assert.deepEqual(shown(needsOf(ec2, "DisassociateRouteTable", { AssociationId: "rtbassoc-1" }, state)), [
      "ec2:DisassociateRouteTable ec2 route-table/rtb-1",
      "ec2:DisassociateRouteTable ec2 subnet/subnet-1"
    ])
    assert.deepEqual(shown(needsOf(ec2, "ReleaseAddress", { PublicIp: "192.0.2.1" }, state)), [
      "ec2:ReleaseAddress ec2 elastic-ip/eipalloc-1"
    ])
    assert.deepEqual(shown(needsOf(ec2, "DeleteSecurityGroup", { GroupName: "default" }, state)), [
      "ec2:DeleteSecurityGroup ec2 security-group/sg-1"
    ])
    assert.deepEqual(shown(needsOf(ec2, "DisassociateRouteTable", { AssociationId: "rtbassoc-2" }, state)), [
      "ec2:DisassociateRouteTable ec2 route-table/*"
    ])
  })

  it("can depend on an attribute that is changed to a single value", () => {
    const input = { ImageId: "ami-1", Description: { Value: "Production" } }
    const needs = needsOf(ec2, "ModifyImageAttribute", input)
    assert.deepEqual(keyOf(needs, "image/ami-1", "ec2:Attribute/Description"), ["Production"])
    assert.deepEqual(keyOf(needs, "image/ami-1", "ec2:Attribute"), ["Description"])
    const options = needsOf(ec2, "ModifyInstanceMetadataOptions", { InstanceId: "i-1", HttpTokens: "optional" })
    assert.deepEqual(keyOf(options, "instance/i-1", "ec2:Attribute/HttpTokens"), ["optional"])
  })

  it("include the one to pass the role that delivers a flow log", () => {
    const role = "arn:aws:iam::123456789012:role/logs"
    const input = { ResourceIds: ["vpc-1"], ResourceType: "VPC", DeliverLogsPermissionArn: role }
    assert.deepEqual(shown(needsOf(ec2, "CreateFlowLogs", input)), [
      "ec2:CreateFlowLogs ec2 vpc-flow-log/*",
      "ec2:CreateFlowLogs ec2 vpc/vpc-1",
      `iam:PassRole ${role}`
    ])
  })
})

describe("what policies can ask about a resource of EC2", () => {
  const { keysOf, tagsOf } = ec2.authorization!

  it("is the VPC of a security group, and its tags under both keys", () => {
    const state = network()
    assert.deepEqual(keysOf!(arn("security-group/sg-1"), state, place), {
      "ec2:resourcetag/team": ["web"],
      "ec2:securitygroupid": ["sg-1"],
      "ec2:vpc": [arn("vpc/vpc-1")]
    })
    assert.deepEqual(tagsOf!(arn("security-group/sg-1"), state, place), { Team: "web" })
    assert.isUndefined(tagsOf!(arn("security-group/*"), state, place))
  })

  it("is the owner of an image: the account, or Amazon's alias", () => {
    const state = ec2.state()
    const ownerOf = (id: string) => keysOf!(`arn:aws:ec2:us-east-1::image/${id}`, state, place)["ec2:owner"]
    state.images.set("ami-1", { ImageId: "ami-1", OwnerId: "123456789012", Public: false, Tags: [] } as never)
    assert.deepEqual(ownerOf("ami-1"), ["123456789012"])
    assert.deepEqual(ownerOf(imageId("us-east-1", publicImages.find(({ alias }) => alias === "amazon")!)), ["amazon"])
  })

  it("is the type and the metadata options of an instance", () => {
    const state = ec2.state()
    state.instances.set("i-1", {
      InstanceId: "i-1",
      InstanceType: "t3.micro",
      MetadataOptions: { HttpTokens: "required" },
      Placement: { AvailabilityZone: "us-east-1a" },
      Tags: []
    } as never)
    const keys = keysOf!(arn("instance/i-1"), state, place)
    assert.deepEqual(keys["ec2:instancetype"], ["t3.micro"])
    assert.deepEqual(keys["ec2:metadatahttptokens"], ["required"])
    assert.deepEqual(keys["ec2:availabilityzone"], ["us-east-1a"])
  })
})
