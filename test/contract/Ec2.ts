import {
  AllocateAddressCommand,
  AssociateVpcCidrBlockCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  type CreateNetworkInterfaceCommandInput,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorSessionCommand,
  CreateTrafficMirrorTargetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteTagsCommand,
  DeleteTrafficMirrorFilterCommand,
  DeleteTrafficMirrorTargetCommand,
  DeleteVpcCommand,
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeVpcsCommand,
  DisassociateVpcCidrBlockCommand,
  GetSecurityGroupsForVpcCommand,
  type Instance,
  type InstanceAttributeName,
  type IpPermission,
  ModifyInstanceAttributeCommand,
  ReleaseAddressCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand
} from "@aws-sdk/client-ec2"
import { assert } from "@effect/vitest"
import { Effect, Equal, Option, Stream } from "effect"
import { type AwsError, Ec2 } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { image } from "./ec2Resources.ts"

const createVpc = (CidrBlock = "10.0.0.0/16") =>
  Ec2.send(new CreateVpcCommand({ CidrBlock })).pipe(Effect.map(({ Vpc }) => Vpc?.VpcId ?? ""))

const createSubnet = (VpcId: string, CidrBlock: string) =>
  Ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock })).pipe(Effect.map(({ Subnet }) => Subnet?.SubnetId ?? ""))

const createEni = (SubnetId: string, input: Partial<CreateNetworkInterfaceCommandInput> = {}) =>
  Ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, ...input })).pipe(
    Effect.map(({ NetworkInterface }) => NetworkInterface?.NetworkInterfaceId ?? "")
  )

const runInstances = (SubnetId: string, input: Partial<RunInstancesCommandInput> = {}) =>
  Effect.flatMap(image, (ImageId) =>
    Ec2.send(
      new RunInstancesCommand({ ImageId, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1, SubnetId, ...input })
    )).pipe(Effect.map(({ Instances = [] }) => Instances))

const runInstance = (SubnetId: string, input: Partial<RunInstancesCommandInput> = {}) =>
  Effect.map(runInstances(SubnetId, input), ([instance]) => instance?.InstanceId ?? "")

/** A VPC with one subnet. */
const network = Effect.gen(function*() {
  const vpcId = yield* createVpc()
  return { vpcId, subnetId: yield* createSubnet(vpcId, "10.0.1.0/24") }
})

const createTarget = (NetworkInterfaceId: string) =>
  Ec2.send(new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId })).pipe(
    Effect.map(({ TrafficMirrorTarget }) => TrafficMirrorTarget?.TrafficMirrorTargetId ?? "")
  )

/** What a mirror session needs: the interface of an instance, a target and a filter. */
const mirrorSetup = Effect.gen(function*() {
  const { subnetId, vpcId } = yield* network
  const [eni] = yield* Ec2.getEnisOfInstance(yield* runInstance(subnetId))
  const trafficTarget = yield* createTarget(yield* createEni(subnetId))
  const { TrafficMirrorFilter } = yield* Ec2.send(new CreateTrafficMirrorFilterCommand({}))
  return { eni: eni!, trafficTarget, trafficFilter: TrafficMirrorFilter?.TrafficMirrorFilterId ?? "", vpcId, subnetId }
})

const sessionOf = (id: string) =>
  Ec2.send(new DescribeTrafficMirrorSessionsCommand({ TrafficMirrorSessionIds: [id] })).pipe(
    Effect.map(({ TrafficMirrorSessions }) => TrafficMirrorSessions?.[0])
  )

const expectRejected = <A, E, R>(code: string, effect: Effect.Effect<A, E | AwsError, R>) =>
  Effect.map(Effect.flip(effect as Effect.Effect<A, AwsError, R>), (error) => {
    assert.strictEqual(error._tag, "AwsError")
    assert.strictEqual(error.reason._tag, "Rejected")
    assert.strictEqual(error.code, code)
    assert.strictEqual(error.statusCode, 400)
    return error
  })

const securityGroups = (vpcId: string) =>
  Ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }))

/** The ids of the VPC's subnets that match all filters. */
const subnetsMatching =
  (vpcId: string) => (...filters: ReadonlyArray<readonly [name: string, ...values: ReadonlyArray<string>]>) =>
    Ec2.send(
      new DescribeSubnetsCommand({
        Filters: [["vpc-id", vpcId] as const, ...filters].map(([Name, ...Values]) => ({ Name, Values }))
      })
    ).pipe(Effect.map(({ Subnets }) => Subnets?.map(({ SubnetId }) => SubnetId).sort()))

const instancesMatching = (subnetId: string) => (Name: string, ...Values: Array<string>) =>
  Ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: "subnet-id", Values: [subnetId] }, { Name, Values }] })
  ).pipe(
    Effect.map(({ Reservations }) =>
      Reservations?.flatMap(({ Instances }) => Instances?.map(({ InstanceId }) => InstanceId) ?? [])
    )
  )

const createGroup = (VpcId: string, GroupName: string) =>
  Ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName, Description: GroupName })).pipe(
    Effect.map(({ GroupId }) => GroupId ?? "")
  )

const groupOf = (id: string) =>
  Ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] })).pipe(
    Effect.map(({ SecurityGroups }) => SecurityGroups?.[0])
  )

const rulesOf = (groupId: string) =>
  Ec2.send(new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: [groupId] }] })).pipe(
    Effect.map(({ SecurityGroupRules = [] }) => SecurityGroupRules)
  )

const https = (CidrIp: string, Description?: string): IpPermission => ({
  IpProtocol: "tcp",
  FromPort: 443,
  ToPort: 443,
  IpRanges: [{ CidrIp, ...(Description !== undefined && { Description }) }]
})

const twelveCidrs = Array.from({ length: 12 }, (_, i) => `10.0.${i}.0/24`)
const unknownVpc = "vpc-0123456789abcdef0"

export const ec2 = contract("Ec2", {
  "streams only the subnets of the given VPC": documented(
    "API_DescribeSubnets",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      const other = yield* createSubnet(vpcId, "10.0.2.0/24")
      yield* network
      const found = yield* Stream.runCollect(Ec2.listSubnetsOfVpc(vpcId))
      assert.deepEqual(found.sort(), [subnetId, other].sort())
    })
  ),

  "streams no subnets for a VPC without any": documented(
    "API_DescribeSubnets",
    Effect.gen(function*() {
      assert.deepEqual(yield* Stream.runCollect(Ec2.listSubnetsOfVpc(yield* createVpc())), [])
    })
  ),

  "fails with VpcDoesNotExist when listing the subnets of a missing VPC": documented(
    "errors-overview",
    Effect.gen(function*() {
      const error = yield* Effect.flip(Stream.runDrain(Ec2.listSubnetsOfVpc(unknownVpc)))
      assert.deepEqual(error, new Ec2.VpcDoesNotExist({ vpcId: unknownVpc }))
      assert.include(error.message, unknownVpc)
    })
  ),

  "fails with VpcDoesNotExist when the VPC has been deleted": documented(
    "errors-overview",
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      yield* Ec2.send(new DeleteVpcCommand({ VpcId: vpcId }))
      const gone = new Ec2.VpcDoesNotExist({ vpcId })
      assert.deepEqual(yield* Effect.flip(Stream.runDrain(Ec2.listSubnetsOfVpc(vpcId))), gone)
      assert.deepEqual(yield* Effect.flip(Ec2.getVpcDetails(vpcId)), gone)
    })
  ),

  "returns each of twelve subnets once, in three pages": documented(
    "API_DescribeSubnets",
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      const created = yield* Effect.forEach(twelveCidrs, (cidr) => createSubnet(vpcId, cidr))
      const pages = yield* Stream.runCollect(Ec2.pages(
        new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }], MaxResults: 5 })
      ))
      assert.deepEqual(pages.map(({ Subnets }) => Subnets?.length), [5, 5, 2])
      const found = pages.flatMap(({ Subnets = [] }) => Subnets.map(({ SubnetId }) => SubnetId))
      assert.deepEqual(found.sort(), created.sort())
    })
  ),

  "returns each of twelve network interfaces once, in three pages": documented(
    "API_DescribeNetworkInterfaces",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const created = yield* Effect.forEach(twelveCidrs, () => createEni(subnetId))
      const pages = yield* Stream.runCollect(Ec2.pages(
        new DescribeNetworkInterfacesCommand({ Filters: [{ Name: "subnet-id", Values: [subnetId] }], MaxResults: 5 })
      ))
      assert.deepEqual(pages.map(({ NetworkInterfaces }) => NetworkInterfaces?.length), [5, 5, 2])
      const found = pages.flatMap(({ NetworkInterfaces = [] }) =>
        NetworkInterfaces.map(({ NetworkInterfaceId }) => NetworkInterfaceId)
      )
      assert.deepEqual(found.sort(), created.sort())
    })
  ),

  "rejects a pagination token from another list": documented(
    "errors-overview",
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      yield* Effect.forEach(twelveCidrs, (cidr) => createSubnet(vpcId, cidr))
      const first = yield* Stream.runHead(Ec2.pages(
        new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }], MaxResults: 5 })
      ))
      const NextToken = Option.getOrThrow(first).NextToken
      assert.isString(NextToken)
      yield* expectRejected("InvalidNextToken", Ec2.send(new DescribeVpcsCommand({ NextToken, MaxResults: 5 })))
    })
  ),

  "streams only the network interfaces of the given subnet": documented(
    "API_DescribeNetworkInterfaces",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      const eniId = yield* createEni(subnetId)
      yield* createEni(yield* createSubnet(vpcId, "10.0.2.0/24"))
      const found = yield* Stream.runCollect(Ec2.listEnisOfSubnet(subnetId))
      assert.lengthOf(found, 1)
      assert.instanceOf(found[0], Ec2.NetworkInterface)
      assert.isTrue(Equal.equals(found[0], new Ec2.NetworkInterface({ vpcId, subnetId, eniId, eniType: "interface" })))
    })
  ),

  "streams no network interfaces for an empty or missing subnet": documented(
    "API_DescribeNetworkInterfaces",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      assert.deepEqual(yield* Stream.runCollect(Ec2.listEnisOfSubnet(subnetId)), [])
      assert.deepEqual(yield* Stream.runCollect(Ec2.listEnisOfSubnet("subnet-0123456789abcdef0")), [])
    })
  ),

  "identifies the interface of a NAT gateway by its type": documented(
    "API_NetworkInterface",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const { AllocationId } = yield* Ec2.send(new AllocateAddressCommand({ Domain: "vpc" }))
      yield* Ec2.send(new CreateNatGatewayCommand({ SubnetId: subnetId, AllocationId }))
      const nat = yield* Stream.runCollect(Ec2.listEnisOfSubnet(subnetId))
      assert.deepEqual(nat.map(({ eniType }) => eniType), ["nat_gateway"])
    })
  ),

  "identifies the interface of a Gateway Load Balancer endpoint by its type": documented(
    "API_NetworkInterface",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      yield* Ec2.send(
        new CreateVpcEndpointCommand({
          VpcId: vpcId,
          VpcEndpointType: "GatewayLoadBalancer",
          ServiceName: "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
          SubnetIds: [subnetId]
        })
      )
      const endpoint = yield* Stream.runCollect(Ec2.listEnisOfSubnet(subnetId))
      assert.deepEqual(endpoint.map(({ eniType }) => eniType), ["gateway_load_balancer_endpoint"])
    })
  ),

  "returns the network interface of an instance": documented(
    "API_Instance",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      const [eni, ...others] = yield* Ec2.getEnisOfInstance(yield* runInstance(subnetId))
      assert.instanceOf(eni, Ec2.NetworkInterface)
      assert.deepInclude({ ...eni }, { vpcId, subnetId, eniType: "interface" })
      assert.deepEqual(others, [])
      const ofSubnet = yield* Stream.runCollect(Ec2.listEnisOfSubnet(subnetId))
      assert.isTrue(Equal.equals(ofSubnet, [eni]))
    })
  ),

  "returns both network interfaces of an instance that has two": documented(
    "API_RunInstances",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      const second = yield* createSubnet(vpcId, "10.0.2.0/24")
      const instanceId = yield* runInstance(subnetId, {
        SubnetId: undefined,
        NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnetId }, { DeviceIndex: 1, SubnetId: second }]
      })
      const enis = yield* Ec2.getEnisOfInstance(instanceId)
      assert.deepEqual(enis.map((eni) => eni.subnetId).sort(), [subnetId, second].sort())
    })
  ),

  "fails with InstanceDoesNotExist when the instance is missing": documented(
    "errors-overview",
    Effect.gen(function*() {
      const instanceId = "i-0123456789abcdef0"
      const error = yield* Effect.flip(Ec2.getEnisOfInstance(instanceId))
      assert.deepEqual(error, new Ec2.InstanceDoesNotExist({ instanceId }))
      assert.include(error.message, instanceId)
    })
  ),

  "rejects malformed instance, VPC and session ids": believed(
    "the codes of instances and VPCs are documented in errors-overview; the one of sessions has the same form",
    Effect.gen(function*() {
      yield* expectRejected("InvalidInstanceID.Malformed", Ec2.getEnisOfInstance("i-nonsense"))
      yield* expectRejected("InvalidVpcID.Malformed", Ec2.getVpcDetails("nonsense"))
      yield* expectRejected("InvalidTrafficMirrorSessionId.Malformed", Ec2.deleteEniMirroring("nonsense"))
    })
  ),

  "returns the owner, tenancy and CIDR block of a VPC": documented(
    "API_Vpc",
    Effect.gen(function*() {
      const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16", InstanceTenancy: "dedicated" }))
      const vpcId = Vpc?.VpcId ?? ""
      const details = yield* Ec2.getVpcDetails(vpcId)
      assert.instanceOf(details, Ec2.VpcDetails)
      assert.match(details.ownerId, /^\d{12}$/)
      assert.deepInclude({ ...details }, { vpcId, cidrBlocks: ["10.9.0.0/16"], tenancy: "dedicated" })
    })
  ),

  "returns CIDR blocks that are associated or associating, and omits disassociated ones": documented(
    "API_DisassociateVpcCidrBlock",
    Effect.gen(
      function*() {
        const vpcId = yield* createVpc()
        const associated = yield* Ec2.send(
          new AssociateVpcCidrBlockCommand({ VpcId: vpcId, CidrBlock: "10.1.0.0/16" })
        )
        assert.deepEqual([...(yield* Ec2.getVpcDetails(vpcId)).cidrBlocks].sort(), ["10.0.0.0/16", "10.1.0.0/16"])
        const { AssociationId } = associated.CidrBlockAssociation ?? {}
        yield* Ec2.send(new DisassociateVpcCidrBlockCommand({ AssociationId }))
        assert.deepEqual((yield* Ec2.getVpcDetails(vpcId)).cidrBlocks, ["10.0.0.0/16"])
      }
    )
  ),

  "fails with VpcDoesNotExist when getting the details of a missing VPC": documented(
    "errors-overview",
    Effect.gen(function*() {
      const error = yield* Effect.flip(Ec2.getVpcDetails(unknownVpc))
      assert.deepEqual(error, new Ec2.VpcDoesNotExist({ vpcId: unknownVpc }))
    })
  ),

  "returns the names of the Availability Zones, sorted": recorded(
    "test_ec2 test_describe_availability_zones_filter_with_zone_names",
    Effect.gen(function*() {
      const zones = yield* Ec2.availabilityZones
      assert.deepEqual(zones, ["a", "b", "c", "d", "e", "f"].map((letter) => `us-east-1${letter}`))
      const { AvailabilityZones } = yield* Ec2.send(
        new DescribeAvailabilityZonesCommand({ Filters: [{ Name: "zone-name", Values: ["us-east-1b"] }] })
      )
      assert.deepEqual(AvailabilityZones?.map(({ ZoneName }) => ZoneName), ["us-east-1b"])
    })
  ),

  "creates a traffic mirror session": documented(
    "API_CreateTrafficMirrorSession",
    Effect.gen(function*() {
      const { subnetId: _, ...options } = yield* mirrorSetup
      const { eni, trafficFilter, trafficTarget, vpcId } = options
      const id = yield* Ec2.mirrorEni(options)
      const session = yield* sessionOf(id)
      assert.deepInclude(session, {
        TrafficMirrorSessionId: id,
        NetworkInterfaceId: eni.eniId,
        TrafficMirrorTargetId: trafficTarget,
        TrafficMirrorFilterId: trafficFilter,
        SessionNumber: 1,
        VirtualNetworkId: 123,
        Tags: [{ Key: "Name", Value: `${vpcId}-${eni.eniId}` }]
      })
    })
  ),

  "deletes a mirror session once, then fails with MirrorDoesNotExist": believed(
    "errors-overview documents InvalidTrafficMirrorSessionNotFound, but AWS answers the code in the form of all other ids",
    Effect.gen(function*() {
      const { subnetId: _, ...options } = yield* mirrorSetup
      const id = yield* Ec2.mirrorEni(options)
      yield* Ec2.deleteEniMirroring(id)
      const error = yield* Effect.flip(Ec2.deleteEniMirroring(id))
      assert.deepEqual(error, new Ec2.MirrorDoesNotExist({ sessionId: id }))
      assert.include(error.message, id)
    })
  ),

  "creates a mirror session with the given virtual network id": documented(
    "API_CreateTrafficMirrorSession",
    Effect.gen(function*() {
      const { subnetId: _, ...options } = yield* mirrorSetup
      const id = yield* Ec2.mirrorEni({ ...options, virtualNetwork: 77 })
      assert.strictEqual((yield* sessionOf(id))?.VirtualNetworkId, 77)
    })
  ),

  "fails with NonMirrorableEniType for the interface of a NAT gateway": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { subnetId, ...options } = yield* mirrorSetup
      const { AllocationId } = yield* Ec2.send(new AllocateAddressCommand({ Domain: "vpc" }))
      yield* Ec2.send(new CreateNatGatewayCommand({ SubnetId: subnetId, AllocationId }))
      const eni = yield* Ec2.listEnisOfSubnet(subnetId).pipe(
        Stream.filter(({ eniType }) => eniType === "nat_gateway"),
        Stream.runHead,
        Effect.map(Option.getOrThrow)
      )
      const { eniId, eniType } = eni
      const error = yield* Effect.flip(Ec2.mirrorEni({ ...options, eni }))
      assert.deepEqual(error, new Ec2.NonMirrorableEniType({ eniId, eniType }))
      assert.include(error.message, eniId)
      // AWS rejects the interface even if the caller doesn't know its type.
      const disguised = new Ec2.NetworkInterface({ ...eni, eniType: "interface" })
      yield* expectRejected("NetworkInterfaceNotSupported", Ec2.mirrorEni({ ...options, eni: disguised }))
    })
  ),

  "rejects mirroring an interface that is already mirrored": believed(
    "API_CreateTrafficMirrorSession says that numbers are unique for each interface; the code and the message are from bug reports",
    Effect.gen(function*() {
      const { subnetId: _, ...options } = yield* mirrorSetup
      const id = yield* Ec2.mirrorEni(options)
      const error = yield* expectRejected("InvalidParameterValue", Ec2.mirrorEni(options))
      assert.include(error.message, "SessionNumber 1 already in use")
      yield* Ec2.deleteEniMirroring(id)
      assert.notStrictEqual(yield* Ec2.mirrorEni(options), id)
    })
  ),

  "creates a mirror session once for a client token": documented(
    "API_CreateTrafficMirrorSession",
    Effect.gen(function*() {
      const { subnetId, ...options } = yield* mirrorSetup
      const clientToken = "run-1/eni-1"
      const id = yield* Ec2.mirrorEni({ ...options, clientToken })
      assert.strictEqual(yield* Ec2.mirrorEni({ ...options, clientToken }), id)
      yield* expectRejected(
        "IdempotentParameterMismatch",
        Ec2.mirrorEni({ ...options, clientToken, virtualNetwork: 77 })
      )
      const [other] = yield* Ec2.getEnisOfInstance(yield* runInstance(subnetId))
      assert.notStrictEqual(yield* Ec2.mirrorEni({ ...options, eni: other!, clientToken: "run-1/eni-2" }), id)
    })
  ),

  "rejects mirroring an interface without a supported instance": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { subnetId, ...options } = yield* mirrorSetup
      const { vpcId } = options
      const eniId = yield* createEni(subnetId)
      const free = new Ec2.NetworkInterface({ vpcId, subnetId, eniId, eniType: "interface" })
      yield* expectRejected("NetworkInterfaceNotSupported", Ec2.mirrorEni({ ...options, eni: free }))
      const [old] = yield* Ec2.getEnisOfInstance(yield* runInstance(subnetId, { InstanceType: "t2.micro" }))
      yield* expectRejected("NetworkInterfaceNotSupported", Ec2.mirrorEni({ ...options, eni: old! }))
    })
  ),

  "rejects mirroring with a missing target, filter or interface": believed(
    "errors-overview documents codes of another form for targets and filters; bug reports show the form of all other ids",
    Effect.gen(function*() {
      const { subnetId: _, ...options } = yield* mirrorSetup
      yield* expectRejected(
        "InvalidTrafficMirrorTargetId.NotFound",
        Ec2.mirrorEni({ ...options, trafficTarget: "tmt-0123456789abcdef0" })
      )
      yield* expectRejected(
        "InvalidTrafficMirrorFilterId.NotFound",
        Ec2.mirrorEni({ ...options, trafficFilter: "tmf-0123456789abcdef0" })
      )
      const eni = new Ec2.NetworkInterface({ ...options.eni, eniId: "eni-0123456789abcdef0" })
      yield* expectRejected("InvalidNetworkInterfaceID.NotFound", Ec2.mirrorEni({ ...options, eni }))
      yield* expectRejected("InvalidParameterValue", Ec2.mirrorEni({ ...options, virtualNetwork: 16_777_216 }))
    })
  ),

  "allows at most three mirror sessions per interface": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { eni, trafficFilter, trafficTarget } = yield* mirrorSetup
      const create = (SessionNumber: number) =>
        Ec2.send(
          new CreateTrafficMirrorSessionCommand({
            NetworkInterfaceId: eni.eniId,
            TrafficMirrorTargetId: trafficTarget,
            TrafficMirrorFilterId: trafficFilter,
            SessionNumber
          })
        )
      yield* Effect.forEach([1, 2, 32_766], create)
      yield* expectRejected("TrafficMirrorSessionsPerInterfaceLimitExceeded", create(4))
      yield* expectRejected("InvalidParameterValue", create(0))
      yield* expectRejected("InvalidParameterValue", create(32_767))
    })
  ),

  "rejects an interface as both mirror source and mirror target": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { subnetId, ...options } = yield* mirrorSetup
      yield* Ec2.mirrorEni(options)
      yield* expectRejected("InterfaceInUseByTrafficMirrorSession", createTarget(options.eni.eniId))
      const [other] = yield* Ec2.getEnisOfInstance(yield* runInstance(subnetId))
      yield* createTarget(other!.eniId)
      yield* expectRejected("InterfaceInUseByTrafficMirrorTarget", createTarget(other!.eniId))
      yield* expectRejected("InterfaceInUseByTrafficMirrorTarget", Ec2.mirrorEni({ ...options, eni: other! }))
    })
  ),

  "allows at most ten mirror sources per target": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { subnetId, ...options } = yield* mirrorSetup
      const enis = yield* Effect.forEach(
        Array.from({ length: 11 }),
        () => Effect.flatMap(runInstance(subnetId), Ec2.getEnisOfInstance)
      )
      const [last, ...ten] = enis.flat()
      yield* Effect.forEach(ten, (eni) => Ec2.mirrorEni({ ...options, eni }))
      yield* expectRejected("TrafficMirrorSourcesPerTargetLimitExceeded", Ec2.mirrorEni({ ...options, eni: last! }))
    })
  ),

  "refuses to delete a mirror target or filter in use": believed(
    "errors-overview documents TrafficMirrorFilterInUse; the code for targets is like it",
    Effect.gen(function*() {
      const { subnetId: _, ...options } = yield* mirrorSetup
      const id = yield* Ec2.mirrorEni(options)
      const target = Ec2.send(new DeleteTrafficMirrorTargetCommand({ TrafficMirrorTargetId: options.trafficTarget }))
      const filter = Ec2.send(new DeleteTrafficMirrorFilterCommand({ TrafficMirrorFilterId: options.trafficFilter }))
      yield* expectRejected("TrafficMirrorTargetInUse", target)
      yield* expectRejected("TrafficMirrorFilterInUse", filter)
      yield* Ec2.deleteEniMirroring(id)
      yield* target
      yield* filter
      yield* expectRejected("InvalidTrafficMirrorTargetId.NotFound", target)
      yield* expectRejected("InvalidTrafficMirrorFilterId.NotFound", filter)
    })
  ),

  "rejects a mirror target for a missing interface": believed(
    "errors-overview documents codes of another form for targets and filters; bug reports show the form of all other ids",
    expectRejected(
      "InvalidTrafficMirrorTarget",
      createTarget("eni-0123456789abcdef0")
    )
  ),

  "creates one session per client token, and rejects the token with other parameters": documented(
    "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html",
    Effect.gen(function*() {
      const { eni, trafficFilter, trafficTarget } = yield* mirrorSetup
      const create = (SessionNumber: number) =>
        Ec2.send(
          new CreateTrafficMirrorSessionCommand({
            NetworkInterfaceId: eni.eniId,
            TrafficMirrorTargetId: trafficTarget,
            TrafficMirrorFilterId: trafficFilter,
            SessionNumber,
            ClientToken: `token-${eni.eniId}`
          })
        )
      const first = yield* create(1)
      const second = yield* create(1)
      assert.strictEqual(
        second.TrafficMirrorSession?.TrafficMirrorSessionId,
        first.TrafficMirrorSession?.TrafficMirrorSessionId
      )
      yield* expectRejected("IdempotentParameterMismatch", create(2))
    })
  ),

  "runs instances once per client token": documented(
    "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const ClientToken = `token-${subnetId}`
      const first = yield* runInstance(subnetId, { ClientToken })
      assert.strictEqual(yield* runInstance(subnetId, { ClientToken }), first)
      assert.lengthOf(yield* Stream.runCollect(Ec2.listEnisOfSubnet(subnetId)), 1)
      yield* expectRejected("IdempotentParameterMismatch", runInstance(subnetId, { ClientToken, MaxCount: 2 }))
    })
  ),

  "runs several instances and finds them by subnet and tag": documented(
    "API_RunInstances",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      const Instances = yield* runInstances(subnetId, {
        MinCount: 3,
        MaxCount: 3,
        TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Name", Value: `capture-${vpcId}` }] }]
      })
      assert.deepEqual(Instances.map(({ State }) => State?.Name), ["pending", "pending", "pending"])
      const by = (Name: string, ...Values: Array<string>) =>
        Ec2.items(
          new DescribeInstancesCommand({ Filters: [{ Name, Values }] }),
          ({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances)
        ).pipe(Stream.map(({ InstanceId }) => InstanceId), Stream.runCollect, Effect.map((ids) => ids.sort()))
      const ids = Instances.map(({ InstanceId }) => InstanceId).sort()
      assert.deepEqual(yield* by("subnet-id", subnetId), ids)
      assert.deepEqual(yield* by("tag:Name", `capture-${vpcId}`), ids)
      assert.deepEqual(yield* by("vpc-id", unknownVpc), [])
    })
  ),

  "rejects an instance with a missing or malformed image id": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      yield* expectRejected("MissingParameter", runInstance(subnetId, { ImageId: undefined }))
      yield* expectRejected("InvalidAMIID.Malformed", runInstance(subnetId, { ImageId: "nonsense" }))
    })
  ),

  "rejects instances and interfaces in a missing subnet": documented(
    "errors-overview",
    Effect.gen(function*() {
      yield* expectRejected("InvalidSubnetID.NotFound", runInstance("subnet-0123456789abcdef0"))
      yield* expectRejected("InvalidSubnetID.NotFound", createEni("subnet-0123456789abcdef0"))
    })
  ),

  "rejects an interface when its subnet has no free address": documented(
    "errors-overview",
    Effect.gen(function*() {
      const subnetId = yield* createSubnet(yield* createVpc(), "10.0.0.0/28")
      yield* Effect.forEach(Array.from({ length: 11 }), () => createEni(subnetId))
      yield* expectRejected("InsufficientFreeAddressesInSubnet", createEni(subnetId))
      const { Subnets } = yield* Ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] }))
      assert.strictEqual(Subnets?.[0]?.AvailableIpAddressCount, 0)
    })
  ),

  "assigns a requested private address only once": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const { NetworkInterface } = yield* Ec2.send(
        new CreateNetworkInterfaceCommand({ SubnetId: subnetId, PrivateIpAddress: "10.0.1.77" })
      )
      assert.strictEqual(NetworkInterface?.PrivateIpAddress, "10.0.1.77")
      yield* expectRejected("InvalidIPAddress.InUse", createEni(subnetId, { PrivateIpAddress: "10.0.1.77" }))
      yield* expectRejected("InvalidParameterValue", createEni(subnetId, { PrivateIpAddress: "10.0.2.77" }))
    })
  ),

  "provides a default VPC with a subnet in each zone": documented(
    "https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html",
    Effect.gen(function*() {
      const { Vpcs } = yield* Ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["true"] }] }))
      assert.lengthOf(Vpcs ?? [], 1)
      assert.strictEqual(Vpcs?.[0]?.CidrBlock, "172.31.0.0/16")
      const subnets = yield* Stream.runCollect(Ec2.listSubnetsOfVpc(Vpcs?.[0]?.VpcId ?? ""))
      assert.lengthOf(subnets, 6)
    })
  ),

  "launches an instance without a subnet in the default VPC": documented(
    "API_RunInstances",
    Effect.gen(function*() {
      const [eni] = yield* Ec2.getEnisOfInstance(yield* runInstance("", { SubnetId: undefined }))
      const { Vpcs } = yield* Ec2.send(new DescribeVpcsCommand({ VpcIds: [eni?.vpcId ?? ""] }))
      assert.isTrue(Vpcs?.[0]?.IsDefault)
    })
  ),

  "rejects CIDR blocks that are malformed, too large, outside the VPC or in use": believed(
    "errors-overview documents the codes of subnets; the one of VPC ranges is from bug reports",
    Effect.gen(function*() {
      yield* expectRejected("InvalidParameterValue", createVpc("nonsense"))
      yield* expectRejected("InvalidVpc.Range", createVpc("10.0.0.0/8"))
      const vpcId = yield* createVpc()
      yield* expectRejected("InvalidSubnet.Range", createSubnet(vpcId, "10.1.0.0/24"))
      yield* createSubnet(vpcId, "10.0.1.0/24")
      yield* expectRejected("InvalidSubnet.Conflict", createSubnet(vpcId, "10.0.1.128/25"))
      yield* expectRejected("InvalidVpcID.NotFound", createSubnet(unknownVpc, "10.0.1.0/24"))
    })
  ),

  "rejects a subnet that is too small": documented(
    "errors-overview",
    Effect.gen(function*() {
      yield* expectRejected("InvalidSubnet.Range", createSubnet(yield* createVpc(), "10.0.0.0/29"))
    })
  ),

  "refuses to delete a VPC or subnet that isn't empty": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      yield* createEni(subnetId)
      yield* expectRejected("DependencyViolation", Ec2.send(new DeleteVpcCommand({ VpcId: vpcId })))
      yield* expectRejected("DependencyViolation", Ec2.send(new DeleteSubnetCommand({ SubnetId: subnetId })))
    })
  ),

  "rejects deleting a VPC, subnet or interface twice": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      const eniId = yield* createEni(subnetId)
      const deleteVpc = Ec2.send(new DeleteVpcCommand({ VpcId: vpcId }))
      const deleteSubnet = Ec2.send(new DeleteSubnetCommand({ SubnetId: subnetId }))
      const deleteEni = Ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: eniId }))
      yield* deleteEni
      yield* expectRejected("InvalidNetworkInterfaceID.NotFound", deleteEni)
      yield* deleteSubnet
      yield* expectRejected("InvalidSubnetID.NotFound", deleteSubnet)
      yield* deleteVpc
      yield* expectRejected("InvalidVpcID.NotFound", deleteVpc)
    })
  ),

  "refuses to delete the interface of an instance": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const [eni] = yield* Ec2.getEnisOfInstance(yield* runInstance(subnetId))
      yield* expectRejected(
        "InvalidParameterValue",
        Ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: eni?.eniId }))
      )
    })
  ),

  "refuses to release the address of a NAT gateway": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const { AllocationId } = yield* Ec2.send(new AllocateAddressCommand({ Domain: "vpc" }))
      yield* Ec2.send(new CreateNatGatewayCommand({ SubnetId: subnetId, AllocationId }))
      yield* expectRejected("InvalidIPAddress.InUse", Ec2.send(new ReleaseAddressCommand({ AllocationId })))
    })
  ),

  "gives each VPC a default security group that can't be deleted": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { SecurityGroups } = yield* securityGroups(yield* createVpc())
      assert.deepEqual(SecurityGroups?.map(({ GroupName }) => GroupName), ["default"])
      yield* expectRejected(
        "CannotDelete",
        Ec2.send(new DeleteSecurityGroupCommand({ GroupId: SecurityGroups?.[0]?.GroupId }))
      )
    })
  ),

  "creates, attaches and deletes a security group": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      const create = Ec2.send(
        new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName: "capture", Description: "capture nodes" })
      )
      const { GroupId = "" } = yield* create
      yield* expectRejected("InvalidGroup.Duplicate", create)
      const eniId = yield* createEni(subnetId, { Groups: [GroupId] })
      const { NetworkInterfaces } = yield* Ec2.send(
        new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [eniId] })
      )
      assert.deepEqual(NetworkInterfaces?.[0]?.Groups, [{ GroupId, GroupName: "capture" }])
      yield* expectRejected("DependencyViolation", Ec2.send(new DeleteSecurityGroupCommand({ GroupId })))
      yield* Ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: eniId }))
      yield* Ec2.send(new DeleteSecurityGroupCommand({ GroupId }))
      assert.lengthOf((yield* securityGroups(vpcId)).SecurityGroups ?? [], 1)
    })
  ),

  "matches any value of every filter, with wildcards": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html",
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      const [a, b, c] = yield* Effect.forEach(
        ["10.0.1.0/24", "10.0.2.0/24", "10.0.30.0/24"],
        (cidr) => createSubnet(vpcId, cidr)
      )
      yield* Ec2.send(new CreateTagsCommand({ Resources: [a!, b!], Tags: [{ Key: "Tier", Value: "front" }] }))
      const by = subnetsMatching(vpcId)
      assert.deepEqual(yield* by(["cidr-block", "10.0.?.0/24"]), [a, b].sort())
      assert.deepEqual(yield* by(["cidr-block", "10.0.*"]), [a, b, c].sort())
      assert.deepEqual(yield* by(["cidr-block", "10.0.1.0/24", "10.0.30.0/24"]), [a, c].sort())
      assert.deepEqual(yield* by(["cidr-block", "10.0.*"], ["tag:Tier", "front"]), [a, b].sort())
      assert.deepEqual(yield* by(["tag-key", "Tier"], ["subnet-id", b!, c!]), [b])
      assert.deepEqual(yield* by(["tag:Tier", "none"]), [])
    })
  ),

  "matches an escaped wildcard and other filter characters literally": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      yield* Ec2.send(new CreateTagsCommand({ Resources: [subnetId], Tags: [{ Key: "Tier", Value: "a.b*" }] }))
      const by = subnetsMatching(vpcId)
      assert.deepEqual(yield* by(["tag:Tier", "a.b\\*"]), [subnetId])
      assert.deepEqual(yield* by(["tag:Tier", "a.\\*"]), [])
      assert.deepEqual(yield* by(["tag:Tier", "a..*"]), [])
      assert.deepEqual(yield* by(["tag:Tier", "A*"]), [])
    })
  ),

  "rejects an unknown filter": believed(
    "bug reports show the code and the message: The filter 'x' is invalid",
    expectRejected(
      "InvalidParameterValue",
      Ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: "colour", Values: ["red"] }] }))
    )
  ),

  "rejects page sizes out of range": documented(
    "API_DescribeSubnets",
    Effect.gen(function*() {
      yield* expectRejected("InvalidParameterValue", Ec2.send(new DescribeSubnetsCommand({ MaxResults: 4 })))
      yield* expectRejected("InvalidParameterValue", Ec2.send(new DescribeSubnetsCommand({ MaxResults: 1001 })))
    })
  ),

  "rejects a page size together with ids": documented(
    "API_DescribeSubnets",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      yield* expectRejected(
        "InvalidParameterCombination",
        Ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId], MaxResults: 5 }))
      )
      const instanceId = yield* runInstance(subnetId)
      yield* expectRejected(
        "InvalidParameterCombination",
        Ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId], MaxResults: 5 }))
      )
    })
  ),

  "sets, replaces, lists and deletes tags": documented(
    "API_CreateTags",
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      const Resources = [vpcId, subnetId]
      const tags = Ec2.send(new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: Resources }] })).pipe(
        Effect.map(({ Tags }) => Tags?.map((tag) => `${tag.ResourceType} ${tag.Key}=${tag.Value}`).sort())
      )
      yield* Ec2.send(
        new CreateTagsCommand({ Resources, Tags: [{ Key: "Name", Value: "x" }, { Key: "Tier", Value: "1" }] })
      )
      yield* Ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key: "Name", Value: "y" }] }))
      assert.deepEqual(yield* tags, ["subnet Name=x", "subnet Tier=1", "vpc Name=y", "vpc Tier=1"])
      yield* Ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: "Name", Value: "x" }] }))
      assert.deepEqual(yield* tags, ["subnet Tier=1", "vpc Name=y", "vpc Tier=1"])
      yield* expectRejected(
        "InvalidVpcID.NotFound",
        Ec2.send(new CreateTagsCommand({ Resources: [unknownVpc], Tags: [{ Key: "Name", Value: "x" }] }))
      )
      yield* expectRejected(
        "InvalidParameterValue",
        Ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: "aws:x", Value: "x" }] }))
      )
    })
  ),

  "deletes all tags when none is named": documented(
    "API_DeleteTags",
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      yield* Ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key: "Name", Value: "x" }] }))
      yield* Ec2.send(new DeleteTagsCommand({ Resources: [vpcId] }))
      const { Vpcs } = yield* Ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }))
      assert.deepEqual(Vpcs?.[0]?.Tags ?? [], [])
    })
  ),

  "finds the images of an owner by name and architecture": documented(
    "API_DescribeImages",
    Effect.gen(function*() {
      const { Images = [] } = yield* Ec2.send(
        new DescribeImagesCommand({
          Owners: ["amazon"],
          Filters: [{ Name: "name", Values: ["amzn2-ami-hvm-2.0.*-arm64-gp2"] }, {
            Name: "architecture",
            Values: ["arm64"]
          }]
        })
      )
      assert.isNotEmpty(Images)
      for (const { Architecture, ImageId, OwnerId, Public, State } of Images) {
        assert.match(ImageId ?? "", /^ami-[0-9a-f]{17}$/)
        assert.deepEqual([Architecture, OwnerId, Public, State], ["arm64", "137112412989", true, "available"])
      }
      const none = new DescribeImagesCommand({
        Owners: ["self"],
        Filters: [{ Name: "architecture", Values: ["arm64"] }]
      })
      assert.deepEqual((yield* Ec2.send(none)).Images, [])
    })
  ),

  "rejects describing or launching a missing image": recorded(
    "test_amis test_ami_describe_non_existent",
    Effect.gen(function*() {
      const ImageId = "ami-0123456789abcdef0"
      yield* expectRejected("InvalidAMIID.NotFound", Ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId] })))
      const { subnetId } = yield* network
      yield* expectRejected("InvalidAMIID.NotFound", runInstance(subnetId, { ImageId }))
    })
  ),

  "rejects an instance type whose architecture isn't that of the image": believed(
    "bug reports show the code and the message",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      yield* expectRejected("InvalidParameterValue", runInstance(subnetId, { InstanceType: "t4g.micro" }))
    })
  ),

  "adds, describes and revokes the rules of a security group": documented(
    "API_AuthorizeSecurityGroupIngress",
    Effect.gen(function*() {
      const GroupId = yield* createGroup(yield* createVpc(), "web")
      const authorize = (permission: IpPermission) =>
        Ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission] }))
      const added = yield* authorize(https("10.0.0.0/8", "office"))
      yield* authorize({ IpProtocol: "-1", IpRanges: [{ CidrIp: "192.0.2.0/24" }] })
      assert.lengthOf(added.SecurityGroupRules ?? [], 1)
      assert.deepInclude(added.SecurityGroupRules?.[0], {
        GroupId,
        IsEgress: false,
        IpProtocol: "tcp",
        FromPort: 443,
        ToPort: 443,
        CidrIpv4: "10.0.0.0/8",
        Description: "office"
      })
      const rules = yield* rulesOf(GroupId)
      assert.deepEqual(
        rules.map(({ CidrIpv4, IsEgress }) => `${IsEgress ? "to" : "from"} ${CidrIpv4}`).sort(),
        ["from 10.0.0.0/8", "from 192.0.2.0/24", "to 0.0.0.0/0"]
      )
      const group = yield* groupOf(GroupId)
      assert.deepEqual(
        group?.IpPermissions?.map(({ FromPort, IpProtocol, IpRanges }) => ({ FromPort, IpProtocol, IpRanges })).sort(
          (a, b) => String(b.IpProtocol).localeCompare(String(a.IpProtocol))
        ),
        [
          { FromPort: 443, IpProtocol: "tcp", IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "office" }] },
          { FromPort: undefined, IpProtocol: "-1", IpRanges: [{ CidrIp: "192.0.2.0/24" }] }
        ]
      )
      yield* Ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [https("10.0.0.0/8")] }))
      const all = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }
      yield* Ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: [all] }))
      const [left, ...others] = yield* rulesOf(GroupId)
      assert.strictEqual(left?.CidrIpv4, "192.0.2.0/24")
      assert.deepEqual(others, [])
    })
  ),

  "answers every rule that a call adds": documented(
    "API_AuthorizeSecurityGroupIngress",
    Effect.gen(function*() {
      const GroupId = yield* createGroup(yield* createVpc(), "web")
      const IpPermissions = [https("10.0.0.0/8"), https("192.0.2.0/24")]
      const { SecurityGroupRules } = yield* Ec2.send(
        new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions })
      )
      assert.deepEqual(SecurityGroupRules?.map(({ CidrIpv4 }) => CidrIpv4), ["10.0.0.0/8", "192.0.2.0/24"])
    })
  ),

  "revokes a rule by its id": documented(
    "API_RevokeSecurityGroupIngress",
    Effect.gen(function*() {
      const GroupId = yield* createGroup(yield* createVpc(), "web")
      const IpPermissions = [https("10.0.0.0/8"), https("192.0.2.0/24")]
      yield* Ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
      const ids = (yield* rulesOf(GroupId)).filter(({ CidrIpv4 }) => CidrIpv4 === "10.0.0.0/8")
        .map(({ SecurityGroupRuleId = "" }) => SecurityGroupRuleId)
      yield* Ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: ids }))
      assert.deepEqual((yield* rulesOf(GroupId)).map(({ CidrIpv4 }) => CidrIpv4).sort(), ["0.0.0.0/0", "192.0.2.0/24"])
    })
  ),

  "rejects revoking a rule by an id that doesn't exist": documented(
    "errors-overview",
    Effect.gen(function*() {
      const GroupId = yield* createGroup(yield* createVpc(), "web")
      yield* expectRejected(
        "InvalidSecurityGroupRuleId.NotFound",
        Ec2.send(
          new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: ["sgr-0123456789abcdef0"] })
        )
      )
    })
  ),

  "rejects a rule that exists, or that isn't there to revoke": documented(
    "errors-overview",
    Effect.gen(function*() {
      const GroupId = yield* createGroup(yield* createVpc(), "web")
      const authorize = (...IpPermissions: Array<IpPermission>) =>
        Ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
      yield* authorize(https("10.0.0.0/8"))
      yield* expectRejected("InvalidPermission.Duplicate", authorize(https("10.0.0.0/8", "another description")))
      yield* expectRejected("InvalidPermission.Duplicate", authorize(https("192.0.2.0/24"), https("10.0.0.0/8")))
      assert.lengthOf(yield* rulesOf(GroupId), 2)
      yield* expectRejected(
        "InvalidPermission.NotFound",
        Ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [https("192.0.2.0/24")] }))
      )
    })
  ),

  "rejects a rule with a malformed address range, a wrong port or an unknown protocol": believed(
    "errors-overview documents InvalidPermission.Malformed; bug reports show the codes of each case",
    Effect.gen(function*() {
      const GroupId = yield* createGroup(yield* createVpc(), "web")
      const authorize = (permission: IpPermission) =>
        Ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission] }))
      yield* expectRejected("InvalidParameterValue", authorize(https("10.0.0.0/33")))
      yield* expectRejected("InvalidParameterValue", authorize({ ...https("10.0.0.0/8"), FromPort: 444 }))
      yield* expectRejected("InvalidPermission.Malformed", authorize({ ...https("10.0.0.0/8"), IpProtocol: "smtp" }))
    })
  ),

  "rejects a call that has the same rule twice": believed(
    "bug reports show the code and the message",
    Effect.gen(function*() {
      const GroupId = yield* createGroup(yield* createVpc(), "web")
      const IpPermissions = [https("192.0.2.0/24"), https("192.0.2.0/24")]
      yield* expectRejected(
        "InvalidParameterValue",
        Ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
      )
    })
  ),

  "finds security groups by the ranges, ports and groups of their rules": documented(
    "API_DescribeSecurityGroups",
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      const front = yield* createGroup(vpcId, "front")
      const back = yield* createGroup(vpcId, "back")
      yield* Ec2.send(
        new AuthorizeSecurityGroupIngressCommand({ GroupId: front, IpPermissions: [https("10.0.0.0/8")] })
      )
      yield* Ec2.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: back,
          IpPermissions: [{
            IpProtocol: "tcp",
            FromPort: 8080,
            ToPort: 8090,
            UserIdGroupPairs: [{ GroupId: front }]
          }]
        })
      )
      const by = (Name: string, ...Values: Array<string>) =>
        Ec2.send(
          new DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }, { Name, Values }] })
        ).pipe(Effect.map(({ SecurityGroups }) => SecurityGroups?.map(({ GroupName }) => GroupName).sort()))
      assert.deepEqual(yield* by("ip-permission.cidr", "10.0.0.0/8"), ["front"])
      assert.deepEqual(yield* by("ip-permission.from-port", "8080"), ["back"])
      assert.deepEqual(yield* by("ip-permission.to-port", "8090", "443"), ["back", "front"])
      assert.deepEqual(yield* by("ip-permission.group-id", front), ["back"])
      assert.deepEqual(yield* by("ip-permission.protocol", "tcp"), ["back", "front"])
      assert.deepEqual(yield* by("egress.ip-permission.cidr", "0.0.0.0/0"), ["back", "default", "front"])
    })
  ),

  "lists the security groups that can be used in a VPC": recorded(
    "test_ec2 TestEc2Integrations::test_get_security_groups_for_vpc",
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      yield* createGroup(yield* createVpc(), "elsewhere")
      const GroupId = yield* createGroup(vpcId, "web")
      const { SecurityGroupForVpcs = [] } = yield* Ec2.send(new GetSecurityGroupsForVpcCommand({ VpcId: vpcId }))
      assert.deepEqual(SecurityGroupForVpcs.map(({ GroupName }) => GroupName).sort(), ["default", "web"])
      assert.deepInclude(SecurityGroupForVpcs.find((group) => group.GroupId === GroupId), {
        Description: "web",
        PrimaryVpcId: vpcId
      })
    })
  ),

  "rejects listing the security groups that can be used in a missing VPC": documented(
    "errors-overview",
    expectRejected(
      "InvalidVpcID.NotFound",
      Ec2.send(new GetSecurityGroupsForVpcCommand({ VpcId: unknownVpc }))
    )
  ),

  "refuses to delete a security group that a rule of another one names": documented(
    "errors-overview",
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      const front = yield* createGroup(vpcId, "front")
      const GroupId = yield* createGroup(vpcId, "back")
      const IpPermissions = [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: front }] }]
      yield* Ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
      yield* expectRejected("DependencyViolation", Ec2.send(new DeleteSecurityGroupCommand({ GroupId: front })))
      yield* Ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
      yield* Ec2.send(new DeleteSecurityGroupCommand({ GroupId: front }))
    })
  ),

  "answers a dry run with DryRunOperation and changes nothing": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const error = yield* Effect.flip(runInstance(subnetId, { DryRun: true }))
      assert.deepEqual([error.code, error.statusCode], ["DryRunOperation", 412])
      assert.deepEqual(yield* Stream.runCollect(Ec2.listEnisOfSubnet(subnetId)), [])
    })
  ),

  "fails a dry run as the command itself would fail": believed(
    "API_CreateSubnet says that a dry run checks permissions; AWS checks the parameters first",
    expectRejected(
      "InvalidVpcID.NotFound",
      Ec2.send(new CreateSubnetCommand({ VpcId: unknownVpc, CidrBlock: "10.0.0.0/24", DryRun: true }))
    )
  ),

  "terminates a protected instance only when its protection has been lifted": documented(
    "API_TerminateInstances",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const InstanceId = yield* runInstance(subnetId)
      yield* Ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: true } }))
      const terminate = Ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }))
      yield* expectRejected("OperationNotPermitted", terminate)
      const attribute = Ec2.send(
        new DescribeInstanceAttributeCommand({ InstanceId, Attribute: "disableApiTermination" })
      )
      assert.deepEqual((yield* attribute).DisableApiTermination, { Value: true })
      yield* Ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: false } }))
      assert.deepEqual((yield* attribute).DisableApiTermination, { Value: false })
      yield* terminate
    })
  ),

  "returns the user data and the shutdown behavior of an instance": documented(
    "API_DescribeInstanceAttribute",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const UserData = Buffer.from("#!/bin/sh\n").toString("base64")
      const InstanceId = yield* runInstance(subnetId, { UserData, InstanceInitiatedShutdownBehavior: "terminate" })
      const get = (Attribute: InstanceAttributeName) =>
        Ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }))
      assert.deepEqual((yield* get("userData")).UserData, { Value: UserData })
      assert.deepEqual((yield* get("instanceInitiatedShutdownBehavior")).InstanceInitiatedShutdownBehavior, {
        Value: "terminate"
      })
    })
  ),

  "describes an instance as it was launched": documented(
    "API_RunInstances",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const InstanceId = yield* runInstance(subnetId, {
        EbsOptimized: true,
        Monitoring: { Enabled: true },
        MetadataOptions: { HttpTokens: "optional", HttpPutResponseHopLimit: 5, InstanceMetadataTags: "enabled" }
      })
      const { Reservations } = yield* Ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] }))
      const instance = Reservations?.[0]?.Instances?.[0]
      assert.strictEqual(instance?.EbsOptimized, true)
      assert.strictEqual(instance?.Monitoring?.State, "enabled")
      assert.deepInclude(instance?.MetadataOptions, {
        HttpTokens: "optional",
        HttpPutResponseHopLimit: 5,
        InstanceMetadataTags: "enabled",
        HttpEndpoint: "enabled"
      })
    })
  ),

  "launches dedicated instances, by the request or by their VPC": documented(
    "API_RunInstances",
    Effect.gen(function*() {
      const tenancies = (instances: ReadonlyArray<Instance>) => instances.map(({ Placement }) => Placement?.Tenancy)
      const { subnetId } = yield* network
      assert.deepEqual(tenancies(yield* runInstances(subnetId)), ["default"])
      assert.deepEqual(tenancies(yield* runInstances(subnetId, { Placement: { Tenancy: "dedicated" } })), ["dedicated"])
      const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16", InstanceTenancy: "dedicated" }))
      const dedicated = yield* createSubnet(Vpc?.VpcId ?? "", "10.9.0.0/24")
      assert.deepEqual(tenancies(yield* runInstances(dedicated)), ["dedicated"])
    })
  ),

  "finds instances by their image and their private address": documented(
    "API_DescribeInstances",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const InstanceId = yield* runInstance(subnetId, { PrivateIpAddress: "10.0.1.77" })
      yield* runInstance(subnetId)
      const by = instancesMatching(subnetId)
      assert.lengthOf((yield* by("image-id", yield* image)) ?? [], 2)
      assert.deepEqual(yield* by("private-ip-address", "10.0.1.77"), [InstanceId])
    })
  ),

  "finds instances by their options and the addresses of their interfaces, with wildcards": documented(
    "API_DescribeInstances",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const InstanceId = yield* runInstance(subnetId, {
        PrivateIpAddress: "10.0.1.77",
        MetadataOptions: { HttpTokens: "optional" }
      })
      yield* runInstance(subnetId)
      const by = instancesMatching(subnetId)
      assert.deepEqual(yield* by("private-ip-address", "10.0.1.7?"), [InstanceId])
      assert.deepEqual(yield* by("network-interface.addresses.private-ip-address", "10.0.1.77"), [InstanceId])
      assert.deepEqual(yield* by("metadata-options.http-tokens", "optional"), [InstanceId])
    })
  ),

  "gives an interface secondary private addresses": documented(
    "API_CreateNetworkInterface",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const { NetworkInterface } = yield* Ec2.send(
        new CreateNetworkInterfaceCommand({
          SubnetId: subnetId,
          PrivateIpAddresses: [
            { PrivateIpAddress: "10.0.1.20", Primary: true },
            { PrivateIpAddress: "10.0.1.21", Primary: false }
          ]
        })
      )
      assert.strictEqual(NetworkInterface?.PrivateIpAddress, "10.0.1.20")
      assert.deepEqual(
        NetworkInterface?.PrivateIpAddresses?.map(({ Primary, PrivateIpAddress }) => [PrivateIpAddress, Primary]),
        [["10.0.1.20", true], ["10.0.1.21", false]]
      )
      const { NetworkInterface: other } = yield* Ec2.send(
        new CreateNetworkInterfaceCommand({ SubnetId: subnetId, SecondaryPrivateIpAddressCount: 2 })
      )
      assert.lengthOf(other?.PrivateIpAddresses ?? [], 3)
    })
  ),

  "gives VPCs, subnets and interfaces IPv6 addresses": documented(
    "API_CreateVpc",
    Effect.gen(function*() {
      const { Vpc } = yield* Ec2.send(
        new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", AmazonProvidedIpv6CidrBlock: true })
      )
      const range = Vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock ?? ""
      assert.match(range, /^[0-9a-f:]+::\/56$/)
      const Ipv6CidrBlock = range.replace("/56", "/64")
      const { Subnet } = yield* Ec2.send(
        new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.1.0/24", Ipv6CidrBlock })
      )
      assert.strictEqual(Subnet?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock, Ipv6CidrBlock)
      const { NetworkInterface } = yield* Ec2.send(
        new CreateNetworkInterfaceCommand({ SubnetId: Subnet?.SubnetId, Ipv6AddressCount: 2 })
      )
      const addresses = NetworkInterface?.Ipv6Addresses?.map(({ Ipv6Address = "" }) => Ipv6Address) ?? []
      assert.lengthOf(new Set(addresses), 2)
      // URLs have addresses in their shortest form.
      const shortest = (address: string) => new URL(`http://[${address}]`).hostname.slice(1, -1)
      const prefix = shortest(range.replace("/56", "")).replace("::", ":")
      for (const address of addresses) assert.isTrue(shortest(address).startsWith(prefix), `${address} in ${range}`)
      yield* expectRejected(
        "InvalidSubnet.Conflict",
        Ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.2.0/24", Ipv6CidrBlock }))
      )
    })
  ),

  "gives an instance in the default VPC a public address, and one in another VPC none": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html",
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const inDefault = yield* runInstance("", { SubnetId: undefined })
      const [elsewhere, asked] = [
        yield* runInstance(subnetId),
        yield* runInstance(subnetId, {
          SubnetId: undefined,
          NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnetId, AssociatePublicIpAddress: true }]
        })
      ]
      const publicAddress = (id: string) =>
        Ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })).pipe(
          Effect.map(({ Reservations }) => Reservations?.[0]?.Instances?.[0]?.PublicIpAddress)
        )
      assert.match((yield* publicAddress(inDefault)) ?? "", /^\d+\.\d+\.\d+\.\d+$/)
      assert.isUndefined(yield* publicAddress(elsewhere))
      assert.match((yield* publicAddress(asked)) ?? "", /^\d+\.\d+\.\d+\.\d+$/)
    })
  ),

  "refuses to release an address by its public IP": documented(
    "API_ReleaseAddress",
    Effect.gen(function*() {
      const { PublicIp } = yield* Ec2.send(new AllocateAddressCommand({ Domain: "vpc" }))
      yield* expectRejected("InvalidParameterValue", Ec2.send(new ReleaseAddressCommand({ PublicIp })))
    })
  )
})
