// The in-memory EC2: what it can't do, and what only it can show.
import {
  AllocateAddressCommand,
  AttachNetworkInterfaceCommand,
  CreateFleetCommand,
  CreateLaunchTemplateCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateTrafficMirrorTargetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteNetworkInterfaceCommand,
  DeleteTrafficMirrorTargetCommand,
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeFleetInstancesCommand,
  DescribeFleetsCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeImagesCommand,
  DescribeInstanceCreditSpecificationsCommand,
  DescribeInstancesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeKeyPairsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribePlacementGroupsCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  DescribeVolumeStatusCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type Filter,
  GetSecurityGroupsForVpcCommand,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand
} from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Schema } from "effect"
import { type AwsClients, type AwsError, Ec2, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { documented } from "../../emulator/ec2/filterNames.ts"

const imageOf = (architecture: string) =>
  Ec2.send(
    new DescribeImagesCommand({ Owners: ["amazon"], Filters: [{ Name: "architecture", Values: [architecture] }] })
  ).pipe(Effect.map(({ Images }) => Images?.[0]?.ImageId ?? ""))

const runInstances = Effect.fnUntraced(function*(input: Partial<RunInstancesCommandInput> = {}) {
  const ImageId = yield* imageOf("x86_64")
  const { Instances = [] } = yield* Ec2.send(
    new RunInstancesCommand({ ImageId, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1, ...input })
  )
  return Instances.map(({ InstanceId = "" }) => InstanceId)
})

const instanceOf = (id: string) =>
  Ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })).pipe(
    Effect.map(({ Reservations }) => Reservations?.[0]?.Instances?.[0])
  )

const network = Effect.gen(function*() {
  const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
  const { Subnet } = yield* Ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.0.0/24" }))
  return { vpcId: Vpc?.VpcId ?? "", subnetId: Subnet?.SubnetId ?? "" }
})

const createEni = (SubnetId: string, ClientToken?: string) =>
  Ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, ClientToken })).pipe(
    Effect.map(({ NetworkInterface }) => NetworkInterface?.NetworkInterfaceId ?? "")
  )

const codeOf = <A>(effect: Effect.Effect<A, AwsError, AwsClients>) =>
  Effect.map(Effect.flip(effect), ({ code }) => code)

/** What the call that dies with this effect says. */
const deathOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    if (Exit.isSuccess(exit)) return "it succeeded"
    assert.isTrue(Cause.hasDies(exit.cause), "it failed, and didn't die")
    return String((Cause.squash(exit.cause) as Error).message)
  })

let templates = 0

/** A fleet of one instance. */
const fleet = Effect.gen(function*() {
  const LaunchTemplateName = `web${yield* Effect.sync(() => templates++)}`
  const LaunchTemplateData = { ImageId: yield* imageOf("x86_64"), InstanceType: "t3.micro" as const }
  yield* Ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData }))
  const { FleetId } = yield* Ec2.send(
    new CreateFleetCommand({
      LaunchTemplateConfigs: [{ LaunchTemplateSpecification: { LaunchTemplateName, Version: "1" } }],
      TargetCapacitySpecification: { TotalTargetCapacity: 1 }
    })
  )
  return FleetId
})

const describers: Readonly<Record<string, (filters: Array<Filter>) => Effect.Effect<unknown, AwsError, AwsClients>>> = {
  DescribeAddresses: (Filters) => Ec2.send(new DescribeAddressesCommand({ Filters })),
  DescribeAvailabilityZones: (Filters) => Ec2.send(new DescribeAvailabilityZonesCommand({ Filters })),
  DescribeFleetInstances: (Filters) =>
    Effect.flatMap(fleet, (FleetId) => Ec2.send(new DescribeFleetInstancesCommand({ FleetId, Filters }))),
  DescribeFleets: (Filters) => Ec2.send(new DescribeFleetsCommand({ Filters })),
  DescribeImages: (Filters) => Ec2.send(new DescribeImagesCommand({ Filters })),
  DescribeInstanceStatus: (Filters) => Ec2.send(new DescribeInstanceStatusCommand({ Filters })),
  DescribeIamInstanceProfileAssociations: (Filters) =>
    Ec2.send(new DescribeIamInstanceProfileAssociationsCommand({ Filters })),
  DescribeInstanceCreditSpecifications: (Filters) =>
    Ec2.send(new DescribeInstanceCreditSpecificationsCommand({ Filters })),
  DescribeInstanceTypeOfferings: (Filters) => Ec2.send(new DescribeInstanceTypeOfferingsCommand({ Filters })),
  DescribeInstanceTypes: (Filters) => Ec2.send(new DescribeInstanceTypesCommand({ Filters })),
  DescribePlacementGroups: (Filters) => Ec2.send(new DescribePlacementGroupsCommand({ Filters })),
  DescribeSnapshots: (Filters) => Ec2.send(new DescribeSnapshotsCommand({ Filters })),
  DescribeVolumeStatus: (Filters) => Ec2.send(new DescribeVolumeStatusCommand({ Filters })),
  DescribeVolumes: (Filters) => Ec2.send(new DescribeVolumesCommand({ Filters })),
  DescribeVolumesModifications: (Filters) => Ec2.send(new DescribeVolumesModificationsCommand({ Filters })),
  DescribeInstances: (Filters) => Ec2.send(new DescribeInstancesCommand({ Filters })),
  DescribeKeyPairs: (Filters) => Ec2.send(new DescribeKeyPairsCommand({ Filters })),
  DescribeLaunchTemplateVersions: (Filters) =>
    Ec2.send(new DescribeLaunchTemplateVersionsCommand({ Versions: ["$Latest"], Filters })),
  DescribeLaunchTemplates: (Filters) => Ec2.send(new DescribeLaunchTemplatesCommand({ Filters })),
  DescribeNatGateways: (Filter) => Ec2.send(new DescribeNatGatewaysCommand({ Filter })),
  DescribeNetworkInterfaces: (Filters) => Ec2.send(new DescribeNetworkInterfacesCommand({ Filters })),
  DescribeRegions: (Filters) => Ec2.send(new DescribeRegionsCommand({ Filters })),
  DescribeSecurityGroupRules: (Filters) => Ec2.send(new DescribeSecurityGroupRulesCommand({ Filters })),
  DescribeSecurityGroups: (Filters) => Ec2.send(new DescribeSecurityGroupsCommand({ Filters })),
  DescribeSubnets: (Filters) => Ec2.send(new DescribeSubnetsCommand({ Filters })),
  DescribeTags: (Filters) => Ec2.send(new DescribeTagsCommand({ Filters })),
  DescribeTrafficMirrorFilters: (Filters) => Ec2.send(new DescribeTrafficMirrorFiltersCommand({ Filters })),
  DescribeTrafficMirrorSessions: (Filters) => Ec2.send(new DescribeTrafficMirrorSessionsCommand({ Filters })),
  DescribeTrafficMirrorTargets: (Filters) => Ec2.send(new DescribeTrafficMirrorTargetsCommand({ Filters })),
  DescribeVpcEndpoints: (Filters) => Ec2.send(new DescribeVpcEndpointsCommand({ Filters })),
  DescribeVpcs: (Filters) => Ec2.send(new DescribeVpcsCommand({ Filters })),
  GetSecurityGroupsForVpc: (Filters) =>
    Effect.flatMap(network, ({ vpcId }) => Ec2.send(new GetSecurityGroupsForVpcCommand({ VpcId: vpcId, Filters })))
}

/** Something of every kind, so that no filter is untried for want of a resource. */
const everything = Effect.gen(function*() {
  const { subnetId, vpcId } = yield* network
  yield* runInstances({ SubnetId: subnetId })
  const { AllocationId } = yield* Ec2.send(new AllocateAddressCommand({}))
  yield* Ec2.send(new CreateNatGatewayCommand({ SubnetId: subnetId, AllocationId, ClientToken: "nat" }))
  yield* Ec2.send(
    new CreateVpcEndpointCommand({
      VpcId: vpcId,
      VpcEndpointType: "Interface",
      ServiceName: "com.amazonaws.us-east-1.ec2",
      SubnetIds: [subnetId]
    })
  )
  yield* Ec2.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: yield* createEni(subnetId) }))
  return { subnetId, vpcId }
})

describe("a filter of the in-memory EC2", () => {
  it.effect("is known, or dies with its name, for every filter that AWS documents", () =>
    Effect.gen(function*() {
      yield* everything
      assert.sameMembers(Object.keys(describers), Object.keys(documented))
      const unsupported: Array<string> = []
      for (const [operation, names] of Object.entries(documented)) {
        for (const Name of names) {
          const exit = yield* Effect.exit(describers[operation]!([{ Name, Values: ["*"] }]))
          if (Exit.isSuccess(exit)) continue
          assert.isTrue(Cause.hasDies(exit.cause), `${operation} ${Name}`)
          assert.include(String((Cause.squash(exit.cause) as Error).message), `the filter ${Name} in ${operation}`)
          unsupported.push(`${operation} ${Name}`)
        }
      }
      for (const name of unsupported) {
        assert.match(name, /^(DescribeImages|DescribeInstanceStatus application-status)/)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is invalid if AWS doesn't document it", () =>
    Effect.gen(function*() {
      for (const [operation, describeBy] of Object.entries(describers)) {
        const error = yield* Effect.flip(describeBy([{ Name: "colour", Values: ["red"] }]))
        assert.strictEqual(error.code, "InvalidParameterValue", operation)
        assert.include(error.message, "The filter 'colour' is invalid")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("by tag is invalid where nothing has tags", () =>
    Effect.gen(function*() {
      const byTag = [{ Name: "tag:Name", Values: ["x"] }]
      assert.strictEqual(
        yield* codeOf(Ec2.send(new DescribeRegionsCommand({ Filters: byTag }))),
        "InvalidParameterValue"
      )
      yield* Ec2.send(new DescribeVpcsCommand({ Filters: byTag }))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("takes at most 200 values in all filters of a call", () =>
    Effect.gen(function*() {
      const of = (count: number) => ({ Name: "vpc-id", Values: Array.from({ length: count }, (_, i) => `vpc-${i}`) })
      yield* Ec2.send(new DescribeVpcsCommand({ Filters: [of(100), of(100)] }))
      const many = Ec2.send(new DescribeVpcsCommand({ Filters: [of(100), of(101)] }))
      assert.strictEqual(yield* codeOf(many), "FilterLimitExceeded")
    }).pipe(Effect.provide(InMemory.layer())))

  // Whether the text matches the pattern: by the first character of each, and then the rest.
  const matches = (pattern: ReadonlyArray<string>, text: ReadonlyArray<string>): boolean => {
    const [first, ...rest] = pattern
    if (first === undefined) return text.length === 0
    if (first === "*") return matches(rest, text) || (text.length > 0 && matches(pattern, text.slice(1)))
    if (first === "\\" && rest.length > 0) return text[0] === rest[0] && matches(rest.slice(1), text.slice(1))
    return text.length > 0 && (first === "?" || first === text[0]) && matches(rest, text.slice(1))
  }

  const Characters = Schema.Array(Schema.Literals(["a", "b", ".", "*", "?", "\\", "😀", "\n"])).check(
    Schema.isMaxLength(5)
  )

  it.effect.prop(
    "matches as a simple model of wildcards and escapes does",
    [
      Schema.Array(Characters).check(Schema.isMinLength(1), Schema.isMaxLength(3)),
      Schema.Array(Characters).check(
        Schema.isMinLength(1),
        Schema.isMaxLength(5)
      )
    ],
    ([patterns, texts]) =>
      Effect.gen(function*() {
        const { vpcId } = yield* network
        const Tags = texts.map((text, i) => ({ Key: `k${i}`, Value: text.join("") }))
        yield* Ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags }))
        const { Tags: found = [] } = yield* Ec2.send(
          new DescribeTagsCommand({ Filters: [{ Name: "value", Values: patterns.map((one) => one.join("")) }] })
        )
        const expected = texts.flatMap((text, i) => patterns.some((one) => matches(one, text)) ? [`k${i}`] : [])
        assert.deepEqual(found.map(({ Key }) => Key).sort(), expected)
      }).pipe(Effect.provide(InMemory.layer()))
  )
})

describe("the in-memory EC2 dies with the name of", () => {
  const cases: Readonly<Record<string, readonly [input: Partial<RunInstancesCommandInput>, named: string]>> = {
    "a member that it can't do": [
      { LicenseSpecifications: [{ LicenseConfigurationArn: "arn:aws:license-manager:x" }] },
      "LicenseSpecifications"
    ],
    "a nested member that it can't do, sent alone": [{ Placement: { HostId: "h-1" } }, "Placement.HostId"],
    "a member of a list that it can't do": [
      { BlockDeviceMappings: [{ DeviceName: "/dev/sdb", VirtualName: "ephemeral0", Ebs: { VolumeSize: 8 } }] },
      "BlockDeviceMappings[].VirtualName"
    ],
    "a virtual device that is no instance store": [
      { BlockDeviceMappings: [{ DeviceName: "/dev/sdb", VirtualName: "floppy" }] },
      "BlockDeviceMappings[].VirtualName floppy"
    ],
    "a value that it can't do": [{ Placement: { Tenancy: "host" } }, "the value host for tenancy"]
  }
  for (const [title, [input, named]] of Object.entries(cases)) {
    it.effect(title, () =>
      Effect.gen(function*() {
        assert.include(yield* deathOf(runInstances(input)), named)
      }).pipe(Effect.provide(InMemory.layer())))
  }
})

describe("the in-memory EC2", () => {
  it.effect("makes a dry run of a command whatever the state holds", () =>
    Effect.gen(function*() {
      const { subnetId } = yield* everything
      const before = yield* Ec2.send(new DescribeNetworkInterfacesCommand({}))
      const dry = Ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnetId, DryRun: true }))
      assert.strictEqual(yield* codeOf(dry), "DryRunOperation")
      assert.deepEqual(
        (yield* Ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces,
        before.NetworkInterfaces
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("answers a repeated token with the resource as it is now, and frees the token with the resource", () =>
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const eniId = yield* createEni(subnetId, "token")
      yield* Ec2.send(new CreateTagsCommand({ Resources: [eniId], Tags: [{ Key: "Name", Value: "x" }] }))
      const { NetworkInterface } = yield* Ec2.send(
        new CreateNetworkInterfaceCommand({ SubnetId: subnetId, ClientToken: "token" })
      )
      assert.strictEqual(NetworkInterface?.NetworkInterfaceId, eniId)
      assert.deepEqual(NetworkInterface?.TagSet, [{ Key: "Name", Value: "x" }])
      yield* Ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: eniId }))
      assert.notStrictEqual(yield* createEni(subnetId, "token"), eniId)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("rejects the token of an instance that has been terminated", () =>
    Effect.gen(function*() {
      const InstanceIds = yield* runInstances({ ClientToken: "token" })
      assert.deepEqual(yield* runInstances({ ClientToken: "token" }), InstanceIds)
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds }))
      assert.strictEqual(yield* codeOf(runInstances({ ClientToken: "token" })), "IdempotentInstanceTerminated")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("takes a public address from an instance that stops, and gives it another one when it starts", () =>
    Effect.gen(function*() {
      const InstanceIds = yield* runInstances()
      const id = InstanceIds[0] ?? ""
      yield* TestClock.adjust("1 minute")
      const first = yield* instanceOf(id)
      assert.include(first?.PublicDnsName, `ec2-${first?.PublicIpAddress?.replaceAll(".", "-")}.`)
      yield* Ec2.send(new StopInstancesCommand({ InstanceIds }))
      yield* TestClock.adjust("1 minute")
      const stopped = yield* instanceOf(id)
      assert.deepEqual([stopped?.PublicIpAddress, stopped?.PrivateIpAddress], [undefined, first?.PrivateIpAddress])
      yield* Ec2.send(new StartInstancesCommand({ InstanceIds }))
      const second = yield* instanceOf(id)
      assert.isString(second?.PublicIpAddress)
      assert.notStrictEqual(second?.PublicIpAddress, first?.PublicIpAddress)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("protects all instances of a zone that has a protected one, and terminates those of other zones", () =>
    Effect.gen(function*() {
      const inZone = (AvailabilityZone: string, DisableApiTermination = false) =>
        Effect.map(runInstances({ Placement: { AvailabilityZone }, DisableApiTermination }), ([id = ""]) => id)
      const kept = yield* inZone("us-east-1a", true)
      const beside = yield* inZone("us-east-1a")
      const other = yield* inZone("us-east-1b")
      const terminate = Ec2.send(new TerminateInstancesCommand({ InstanceIds: [kept, beside, other] }))
      assert.strictEqual(yield* codeOf(terminate), "OperationNotPermitted")
      const states = yield* Effect.forEach([kept, beside, other], instanceOf)
      assert.deepEqual(states.map((instance) => instance?.State?.Name), ["pending", "pending", "shutting-down"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("stops an instance only without protection, and hibernates it only if it was launched for that", () =>
    Effect.gen(function*() {
      const InstanceIds = yield* runInstances({ DisableApiStop: true })
      const [InstanceId = ""] = InstanceIds
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* codeOf(Ec2.send(new StopInstancesCommand({ InstanceIds }))), "OperationNotPermitted")
      yield* Ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, Attribute: "disableApiStop", Value: "false" }))
      const hibernate = Ec2.send(new StopInstancesCommand({ InstanceIds, Hibernate: true }))
      assert.strictEqual(yield* codeOf(hibernate), "UnsupportedHibernationConfiguration")
      yield* Ec2.send(new StopInstancesCommand({ InstanceIds, Force: true }))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("changes the type of a stopped instance, and of no other", () =>
    Effect.gen(function*() {
      const InstanceIds = yield* runInstances()
      const [InstanceId = ""] = InstanceIds
      const change = Ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, InstanceType: { Value: "t3.large" } }))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* codeOf(change), "IncorrectInstanceState")
      yield* Ec2.send(new StopInstancesCommand({ InstanceIds }))
      yield* TestClock.adjust("1 minute")
      yield* change
      assert.strictEqual((yield* instanceOf(InstanceId))?.InstanceType, "t3.large")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reports the status of running instances, and of all when asked", () =>
    Effect.gen(function*() {
      yield* runInstances()
      const statuses = (IncludeAllInstances: boolean) =>
        Ec2.send(new DescribeInstanceStatusCommand({ IncludeAllInstances })).pipe(
          Effect.map(({ InstanceStatuses }) => InstanceStatuses?.map(({ InstanceStatus }) => InstanceStatus?.Status))
        )
      assert.deepEqual(yield* statuses(false), [])
      assert.deepEqual(yield* statuses(true), ["not-applicable"])
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* statuses(false), ["ok"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps the tags of a volume until its instance is terminated", () =>
    Effect.gen(function*() {
      const InstanceIds = yield* runInstances({
        BlockDeviceMappings: [{ DeviceName: "/dev/sdb", Ebs: { VolumeSize: 10, DeleteOnTermination: false } }],
        TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "Name", Value: "data" }] }]
      })
      const volumes = Ec2.send(
        new DescribeTagsCommand({ Filters: [{ Name: "resource-type", Values: ["volume"] }] })
      ).pipe(Effect.map(({ Tags }) => Tags?.map(({ ResourceId }) => ResourceId)))
      const instance = yield* instanceOf(InstanceIds[0] ?? "")
      const devices = new Map(instance?.BlockDeviceMappings?.map(({ DeviceName, Ebs }) => [DeviceName, Ebs?.VolumeId]))
      assert.deepEqual([...devices.keys()], [instance?.RootDeviceName, "/dev/sdb"])
      assert.sameMembers((yield* volumes) ?? [], [...devices.values()])
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds }))
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* volumes, [devices.get("/dev/sdb")])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("launches no instance when one of its interfaces can't be made", () =>
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const NetworkInterfaces = [
        { DeviceIndex: 0, SubnetId: subnetId },
        { DeviceIndex: 1, SubnetId: subnetId, Groups: ["sg-0123456789abcdef0"] }
      ]
      assert.strictEqual(yield* codeOf(runInstances({ NetworkInterfaces })), "InvalidGroup.NotFound")
      assert.deepEqual((yield* Ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces, [])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("attaches an interface to the network card that the request names", () =>
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const [InstanceId = ""] = yield* runInstances({ SubnetId: subnetId })
      const NetworkInterfaceId = yield* createEni(subnetId)
      yield* TestClock.adjust("1 minute")
      const attached = yield* Ec2.send(
        new AttachNetworkInterfaceCommand({ InstanceId, NetworkInterfaceId, DeviceIndex: 1, NetworkCardIndex: 1 })
      )
      assert.strictEqual(attached.NetworkCardIndex, 1)
      const interfaces = (yield* instanceOf(InstanceId))?.NetworkInterfaces
      assert.deepEqual(interfaces?.map(({ Attachment }) => Attachment?.NetworkCardIndex), [0, 1])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("names the regions and resources of another partition as AWS does there", () =>
    Effect.gen(function*() {
      const { Regions } = yield* Ec2.send(new DescribeRegionsCommand({ AllRegions: true }))
      assert.deepEqual(Regions?.map(({ Endpoint }) => Endpoint), [
        "ec2.cn-north-1.amazonaws.com.cn",
        "ec2.cn-northwest-1.amazonaws.com.cn"
      ])
      const { Subnets } = yield* Ec2.send(new DescribeSubnetsCommand({}))
      for (const { SubnetArn } of Subnets ?? []) {
        assert.match(SubnetArn ?? "", /^arn:aws-cn:ec2:cn-north-1:\d{12}:subnet\//)
      }
    }).pipe(Effect.provide(InMemory.layer({ region: "cn-north-1" }))))

  it.effect("has images with the same ids in every world", () =>
    Effect.gen(function*() {
      const here = yield* Effect.provide(imageOf("arm64"), InMemory.layer({ seed: 1 }))
      assert.strictEqual(yield* Effect.provide(imageOf("arm64"), InMemory.layer({ seed: 2 })), here)
      assert.notStrictEqual(yield* Effect.provide(imageOf("arm64"), InMemory.layer({ region: "eu-west-1" })), here)
    }))

  it.effect("launches the image that a public parameter names", () =>
    Effect.gen(function*() {
      const name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64"
      const { Images = [] } = yield* Ec2.send(
        new DescribeImagesCommand({ Filters: [{ Name: "public-ssm-parameter-name", Values: [name] }] })
      )
      assert.match(Images[0]?.Name ?? "", /^al2023-ami-2023/)
      const [id = ""] = yield* runInstances({ ImageId: `resolve:ssm:${name}` })
      assert.strictEqual((yield* instanceOf(id))?.ImageId, Images[0]?.ImageId)
      assert.include(yield* deathOf(runInstances({ ImageId: "resolve:ssm:/golden" })), "the parameter /golden")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("deletes a mirror target, and creates another one with the freed token", () =>
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const NetworkInterfaceId = yield* createEni(subnetId)
      const create = Ec2.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId, ClientToken: "token" })).pipe(
        Effect.map(({ TrafficMirrorTarget }) => TrafficMirrorTarget?.TrafficMirrorTargetId)
      )
      const TrafficMirrorTargetId = yield* create
      assert.strictEqual(yield* create, TrafficMirrorTargetId)
      yield* Ec2.send(new DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId }))
      assert.notStrictEqual(yield* create, TrafficMirrorTargetId)
    }).pipe(Effect.provide(InMemory.layer())))
})
