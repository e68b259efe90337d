import {
  AllocateAddressCommand,
  AssociateVpcCidrBlockCommand,
  AttachNetworkInterfaceCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorTargetCommand,
  CreateVpcCommand,
  CreateVpcEndpointCommand,
  DeleteNatGatewayCommand,
  DeleteVpcEndpointsCommand,
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeNatGatewaysCommand,
  DescribeRegionsCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  DetachNetworkInterfaceCommand,
  DisassociateVpcCidrBlockCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand
} from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Stream } from "effect"
import { AwsClients, type AwsError, Ec2, InMemory, Retry } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const createVpc = (CidrBlock = "10.0.0.0/16") =>
  Ec2.send(new CreateVpcCommand({ CidrBlock })).pipe(Effect.map(({ Vpc }) => Vpc?.VpcId ?? ""))

const createSubnet = (VpcId: string, CidrBlock: string) =>
  Ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock })).pipe(Effect.map(({ Subnet }) => Subnet?.SubnetId ?? ""))

const createEni = (SubnetId: string) =>
  Ec2.send(new CreateNetworkInterfaceCommand({ SubnetId })).pipe(
    Effect.map(({ NetworkInterface }) => NetworkInterface?.NetworkInterfaceId ?? "")
  )

const runInstance = Effect.fnUntraced(function*(SubnetId: string) {
  const { Images } = yield* Ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] }))
  const ImageId = Images?.find(({ Architecture }) => Architecture === "x86_64")?.ImageId
  const { Instances } = yield* Ec2.send(
    new RunInstancesCommand({ ImageId, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1, SubnetId })
  )
  return Instances?.[0]?.InstanceId ?? ""
})

const network = Effect.gen(function*() {
  const vpcId = yield* createVpc()
  return { vpcId, subnetId: yield* createSubnet(vpcId, "10.0.0.0/24") }
})

const mirrorSetup = Effect.gen(function*() {
  const { subnetId, vpcId } = yield* network
  const instanceId = yield* runInstance(subnetId)
  const [eni] = yield* Ec2.getEnisOfInstance(instanceId)
  const { TrafficMirrorTarget } = yield* Ec2.send(
    new CreateTrafficMirrorTargetCommand({ NetworkInterfaceId: yield* createEni(subnetId) })
  )
  const { TrafficMirrorFilter } = yield* Ec2.send(new CreateTrafficMirrorFilterCommand({}))
  return {
    instanceId,
    options: {
      eni: eni!,
      trafficTarget: TrafficMirrorTarget?.TrafficMirrorTargetId ?? "",
      trafficFilter: TrafficMirrorFilter?.TrafficMirrorFilterId ?? "",
      vpcId
    }
  }
})

/** Creates a VPC with seven subnets, and seven interfaces in the first of them. */
const sevenSubnets = Effect.gen(function*() {
  const vpcId = yield* createVpc()
  const subnets = yield* Effect.forEach([0, 1, 2, 3, 4, 5, 6], (i) => createSubnet(vpcId, `10.0.${i}.0/24`))
  const enis = yield* Effect.forEach(subnets, () => createEni(subnets[0]!))
  return { vpcId, subnets, subnetId: subnets[0]!, enis }
})

/** Runs the effect and returns the operations that it called, in order. */
const operationsOf = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const before = (yield* InMemory.calls).length
  yield* effect
  return (yield* InMemory.calls).slice(before).map(({ operation }) => operation)
})

const codeOf = <A, E, R>(effect: Effect.Effect<A, E | AwsError, R>) =>
  Effect.map(Effect.flip(effect as Effect.Effect<A, AwsError, R>), (error) => error.code)

const describeSubnets = (count: number) => Array.from({ length: count }, () => "DescribeSubnets")

describe("listSubnetsOfVpc", () => {
  it.effect("reads three pages with one call each, on every run", () =>
    Effect.gen(function*() {
      const { subnets, vpcId } = yield* sevenSubnets
      const stream = Ec2.listSubnetsOfVpc(vpcId)
      for (const _ of [1, 2]) {
        let found: ReadonlyArray<string> = []
        const calls = yield* operationsOf(Effect.tap(Stream.runCollect(stream), (ids) =>
          Effect.sync(() => {
            found = ids
          })))
        assert.deepEqual([...found].sort(), [...subnets].sort())
        assert.deepEqual(calls, describeSubnets(3))
      }
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))

  it.effect("reads one page when one subnet is taken", () =>
    Effect.gen(function*() {
      const { vpcId } = yield* sevenSubnets
      assert.deepEqual(
        yield* operationsOf(Stream.runDrain(Stream.take(Ec2.listSubnetsOfVpc(vpcId), 1))),
        describeSubnets(1)
      )
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))

  it.effect("looks up the VPC only when it has no subnets", () =>
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      assert.deepEqual(yield* operationsOf(Stream.runDrain(Ec2.listSubnetsOfVpc(vpcId))), [
        "DescribeSubnets",
        "DescribeVpcs"
      ])
      const none = "vpc-0123456789abcdef0"
      const failed = Effect.exit(Stream.runDrain(Ec2.listSubnetsOfVpc(none)))
      assert.deepEqual(yield* operationsOf(failed), ["DescribeSubnets", "DescribeVpcs"])
      assert.deepEqual(yield* failed, Exit.fail(new Ec2.VpcDoesNotExist({ vpcId: none })))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes no further call when interrupted between two pages", () =>
    Effect.gen(function*() {
      const { vpcId } = yield* sevenSubnets
      let seen = 0
      const fiber = yield* Ec2.listSubnetsOfVpc(vpcId).pipe(
        Stream.tap(() => Effect.andThen(Effect.sync(() => seen++), Effect.sleep("1 minute"))),
        Stream.runDrain,
        Effect.forkChild
      )
      yield* TestClock.adjust("150 seconds")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(seen, 3)
      const calls = (yield* InMemory.calls).filter(({ operation }) => operation === "DescribeSubnets")
      assert.lengthOf(calls, 1)
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))

  it.effect("retries a throttled page and goes on from it", () =>
    Effect.gen(function*() {
      const { subnets, vpcId } = yield* sevenSubnets
      yield* InMemory.inject({ operation: "DescribeSubnets", nth: 2, fault: InMemory.throttled })
      const fiber = yield* Effect.forkChild(Stream.runCollect(Ec2.listSubnetsOfVpc(vpcId)))
      yield* TestClock.adjust("20 seconds")
      assert.deepEqual((yield* Fiber.join(fiber)).sort(), subnets.sort())
      const calls = (yield* InMemory.calls).filter(({ operation }) => operation === "DescribeSubnets")
      assert.deepEqual(calls.map(({ outcome }) => outcome._tag), ["Answered", "Refused", "Answered", "Answered"])
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))

  it.effect("fails with Throttled, not VpcDoesNotExist, when looking up the VPC is throttled", () =>
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      yield* InMemory.inject({ operation: "DescribeVpcs", fault: InMemory.throttled })
      const error = yield* Effect.flip(Stream.runDrain(Ec2.listSubnetsOfVpc(vpcId)))
      assert.strictEqual(error._tag, "AwsError")
      if (error._tag === "AwsError") assert.strictEqual(error.reason._tag, "Throttled")
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))
})

describe("listEnisOfSubnet", () => {
  it.effect("reads three pages with one call each, and one page when one interface is taken", () =>
    Effect.gen(function*() {
      const { enis, subnetId } = yield* sevenSubnets
      const stream = Ec2.listEnisOfSubnet(subnetId)
      const found = yield* Stream.runCollect(stream)
      assert.deepEqual(found.map(({ eniId }) => eniId).sort(), enis.sort())
      const page = "DescribeNetworkInterfaces"
      assert.deepEqual(yield* operationsOf(Stream.runDrain(stream)), [page, page, page])
      assert.deepEqual(yield* operationsOf(Stream.runDrain(Stream.take(stream, 1))), [page])
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))

  it.effect("asks for pages of a thousand interfaces", () =>
    Effect.gen(function*() {
      yield* Stream.runDrain(Ec2.listEnisOfSubnet("subnet-0123456789abcdef0"))
      const [call] = yield* InMemory.calls
      assert.propertyVal(call?.input, "MaxResults", 1000)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("getEnisOfInstance", () => {
  it.effect("fails with InstanceDoesNotExist when AWS's answer is empty", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(DescribeInstancesCommand, () => Effect.succeed({ Reservations: [] }))
      const instanceId = "i-0123456789abcdef0"
      const error = yield* Effect.flip(Ec2.getEnisOfInstance(instanceId))
      assert.deepEqual(error, new Ec2.InstanceDoesNotExist({ instanceId }))
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("getVpcDetails", () => {
  it.effect("fails with VpcDoesNotExist when AWS's answer is empty", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(DescribeVpcsCommand, () => Effect.succeed({ Vpcs: [] }))
      const vpcId = "vpc-0123456789abcdef0"
      assert.deepEqual(yield* Effect.flip(Ec2.getVpcDetails(vpcId)), new Ec2.VpcDoesNotExist({ vpcId }))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("returns a CIDR block from its association until its disassociation", () =>
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      const { CidrBlockAssociation: association } = yield* Ec2.send(
        new AssociateVpcCidrBlockCommand({ VpcId: vpcId, CidrBlock: "10.1.0.0/16" })
      )
      const states = Ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] })).pipe(
        Effect.map(({ Vpcs }) => Vpcs?.[0]?.CidrBlockAssociationSet?.map(({ CidrBlockState }) => CidrBlockState?.State))
      )
      assert.deepEqual(yield* states, ["associated", "associating"])
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* states, ["associated", "associated"])
      assert.deepEqual((yield* Ec2.getVpcDetails(vpcId)).cidrBlocks, ["10.0.0.0/16", "10.1.0.0/16"])
      yield* Ec2.send(new DisassociateVpcCidrBlockCommand({ AssociationId: association?.AssociationId }))
      assert.deepEqual(yield* states, ["associated", "disassociating"])
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* states, ["associated"])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("availabilityZones", () => {
  it.effect("returns only Availability Zones, sorted", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(DescribeAvailabilityZonesCommand, () =>
        Effect.succeed({
          AvailabilityZones: [
            { ZoneName: "us-west-2b", ZoneType: "availability-zone" },
            { ZoneName: "us-west-2-lax-1a", ZoneType: "local-zone" },
            { ZoneName: "us-west-2a", ZoneType: "availability-zone" }
          ]
        }))
      assert.deepEqual(yield* Ec2.availabilityZones, ["us-west-2a", "us-west-2b"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("returns the zones of the Layer's region", () =>
    Effect.gen(function*() {
      assert.deepEqual(yield* Ec2.availabilityZones, ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"])
      const { AvailabilityZones } = yield* Ec2.send(new DescribeAvailabilityZonesCommand({}))
      assert.strictEqual(AvailabilityZones?.[0]?.ZoneId, "apne1-az4")
      const { Regions } = yield* Ec2.send(
        new DescribeRegionsCommand({ Filters: [{ Name: "region-name", Values: ["ap-*"] }] })
      )
      assert.includeMembers(Regions?.map(({ RegionName }) => RegionName) ?? [], ["ap-northeast-1", "ap-south-1"])
    }).pipe(Effect.provide(InMemory.layer({ region: "ap-northeast-1" }))))
})

describe("mirrorEni", () => {
  it.effect("makes no call for an interface type that can't be mirrored", () =>
    Effect.gen(function*() {
      for (const eniType of ["nat_gateway", "gateway_load_balancer_endpoint"]) {
        const eni = new Ec2.NetworkInterface({ vpcId: "vpc-1", subnetId: "subnet-1", eniId: "eni-1", eniType })
        const error = yield* Effect.flip(
          Ec2.mirrorEni({ eni, trafficTarget: "tmt-1", trafficFilter: "tmf-1", vpcId: "vpc-1" })
        )
        assert.deepEqual(error, new Ec2.NonMirrorableEniType({ eniId: "eni-1", eniType }))
      }
      assert.deepEqual(yield* InMemory.calls, [])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("creates one session when the first answer is lost", () =>
    Effect.gen(function*() {
      const { options } = yield* mirrorSetup
      yield* InMemory.inject({ operation: "CreateTrafficMirrorSession", nth: 1, fault: InMemory.cut("after") })
      const fiber = yield* Effect.forkChild(Ec2.mirrorEni(options))
      yield* TestClock.adjust("10 seconds")
      const id = yield* Fiber.join(fiber)
      const { TrafficMirrorSessions } = yield* Ec2.send(new DescribeTrafficMirrorSessionsCommand({}))
      assert.deepEqual(TrafficMirrorSessions?.map(({ TrafficMirrorSessionId }) => TrafficMirrorSessionId), [id])
      const calls = (yield* InMemory.calls).filter(({ operation }) => operation === "CreateTrafficMirrorSession")
      assert.deepEqual(calls.map(({ outcome }) => outcome._tag), ["Cut", "Answered"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("ends a mirror session when its instance is terminated", () =>
    Effect.gen(function*() {
      const { instanceId, options } = yield* mirrorSetup
      const sessionId = yield* Ec2.mirrorEni(options)
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }))
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* Effect.flip(Ec2.deleteEniMirroring(sessionId)), new Ec2.MirrorDoesNotExist({ sessionId }))
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("deleteEniMirroring", () => {
  it.effect("fails with MirrorDoesNotExist for the documented error code too", () =>
    Effect.gen(function*() {
      yield* InMemory.inject({
        operation: "DeleteTrafficMirrorSession",
        fault: InMemory.fault({ code: "InvalidTrafficMirrorSessionNotFound", message: "none" })
      })
      const sessionId = "tms-0123456789abcdef0"
      assert.deepEqual(yield* Effect.flip(Ec2.deleteEniMirroring(sessionId)), new Ec2.MirrorDoesNotExist({ sessionId }))
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("EC2 in memory, on the test clock", () => {
  const stateOf = (id: string) =>
    Ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })).pipe(
      Effect.map(({ Reservations }) => Reservations?.[0]?.Instances?.[0]?.State?.Name)
    )

  it.effect("starts, stops, restarts and terminates an instance", () =>
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const id = yield* runInstance(subnetId)
      const InstanceIds = [id]
      const stop = Ec2.send(new StopInstancesCommand({ InstanceIds }))
      assert.strictEqual(yield* stateOf(id), "pending")
      assert.strictEqual(yield* codeOf(stop), "IncorrectInstanceState")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* stateOf(id), "running")
      const { StoppingInstances } = yield* stop
      assert.deepEqual(StoppingInstances, [{
        InstanceId: id,
        PreviousState: { Code: 16, Name: "running" },
        CurrentState: { Code: 64, Name: "stopping" }
      }])
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* stateOf(id), "stopped")
      yield* Ec2.send(new StartInstancesCommand({ InstanceIds }))
      assert.strictEqual(yield* stateOf(id), "pending")
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds }))
      assert.strictEqual(yield* stateOf(id), "shutting-down")
      assert.lengthOf(yield* Ec2.getEnisOfInstance(id), 1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* stateOf(id), "terminated")
      assert.deepEqual(yield* Ec2.getEnisOfInstance(id), [])
      assert.deepEqual(yield* Stream.runCollect(Ec2.listEnisOfSubnet(subnetId)), [])
      yield* TestClock.adjust("2 hours")
      assert.strictEqual((yield* Effect.flip(Ec2.getEnisOfInstance(id)))._tag, "InstanceDoesNotExist")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("attaches an interface, keeps it when its instance is terminated, and detaches it", () =>
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const [first, second] = [yield* runInstance(subnetId), yield* runInstance(subnetId)]
      const eniId = yield* createEni(subnetId)
      const attach = (InstanceId: string) =>
        Ec2.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId: eniId, InstanceId, DeviceIndex: 1 }))
      assert.strictEqual(yield* codeOf(attach(first)), "IncorrectState")
      yield* TestClock.adjust("1 minute")
      yield* attach(first)
      assert.strictEqual(yield* codeOf(attach(second)), "InvalidNetworkInterface.InUse")
      assert.deepEqual((yield* Ec2.getEnisOfInstance(first)).map((eni) => eni.eniId)[1], eniId)
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds: [first] }))
      yield* TestClock.adjust("1 minute")
      const { AttachmentId } = yield* attach(second)
      yield* Ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId }))
      assert.lengthOf(yield* Ec2.getEnisOfInstance(second), 1)
      assert.lengthOf(yield* Stream.runCollect(Ec2.listEnisOfSubnet(subnetId)), 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes a NAT gateway available, and frees its interface and address on deletion", () =>
    Effect.gen(function*() {
      const { subnetId } = yield* network
      const { AllocationId } = yield* Ec2.send(new AllocateAddressCommand({ Domain: "vpc" }))
      const create = Ec2.send(new CreateNatGatewayCommand({ SubnetId: subnetId, AllocationId }))
      const NatGatewayId = (yield* create).NatGateway?.NatGatewayId ?? ""
      const gateway = (id: string) =>
        Ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] })).pipe(
          Effect.map(({ NatGateways }) => NatGateways?.[0])
        )
      assert.strictEqual((yield* gateway(NatGatewayId))?.State, "pending")
      const second = (yield* create).NatGateway?.NatGatewayId ?? ""
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* gateway(NatGatewayId))?.State, "available")
      assert.deepInclude(yield* gateway(second), { State: "failed", FailureCode: "Resource.AlreadyAssociated" })
      yield* Ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }))
      assert.strictEqual((yield* gateway(NatGatewayId))?.State, "deleting")
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual((yield* gateway(NatGatewayId))?.State, "deleted")
      assert.deepEqual(yield* Stream.runCollect(Ec2.listEnisOfSubnet(subnetId)), [])
      const { Addresses } = yield* Ec2.send(new DescribeAddressesCommand({}))
      assert.deepEqual(Addresses?.map(({ AssociationId }) => AssociationId), [undefined])
      yield* TestClock.adjust("2 hours")
      assert.strictEqual(yield* codeOf(gateway(NatGatewayId)), "NatGatewayNotFound")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("makes an endpoint available, and deletes it with its interface", () =>
    Effect.gen(function*() {
      const { subnetId, vpcId } = yield* network
      const { VpcEndpoint } = yield* Ec2.send(
        new CreateVpcEndpointCommand({
          VpcId: vpcId,
          VpcEndpointType: "GatewayLoadBalancer",
          ServiceName: "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
          SubnetIds: [subnetId]
        })
      )
      const ids = [VpcEndpoint?.VpcEndpointId ?? ""]
      const described = Ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: ids })).pipe(
        Effect.map(({ VpcEndpoints }): string | undefined => VpcEndpoints?.[0]?.State)
      )
      assert.strictEqual(yield* described, "pending")
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(yield* described, "available")
      yield* Ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: ids }))
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(yield* codeOf(described), "InvalidVpcEndpointId.NotFound")
      assert.deepEqual(yield* Stream.runCollect(Ec2.listEnisOfSubnet(subnetId)), [])
      const { Unsuccessful } = yield* Ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: ids }))
      assert.deepEqual(Unsuccessful?.map(({ ResourceId }) => ResourceId), ids)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("EC2 in memory", () => {
  it.effect("changes nothing in a dry run", () =>
    Effect.gen(function*() {
      const before = (yield* Ec2.send(new DescribeVpcsCommand({}))).Vpcs
      assert.strictEqual(
        yield* codeOf(Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", DryRun: true }))),
        "DryRunOperation"
      )
      assert.deepEqual((yield* Ec2.send(new DescribeVpcsCommand({}))).Vpcs, before)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("returns copies, so changing an answer doesn't change the state", () =>
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      const { Vpcs } = yield* Ec2.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }))
      Vpcs?.[0]?.CidrBlockAssociationSet?.pop()
      assert.deepEqual((yield* Ec2.getVpcDetails(vpcId)).cidrBlocks, ["10.0.0.0/16"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps separate state for each region", () =>
    Effect.gen(function*() {
      const vpcId = yield* createVpc()
      const { config } = yield* AwsClients
      const there = AwsClients.layer({ ...config, region: "eu-west-1" })
      const error = yield* Effect.flip(Effect.provide(Ec2.getVpcDetails(vpcId), there))
      assert.deepEqual(error, new Ec2.VpcDoesNotExist({ vpcId }))
      assert.include(yield* Effect.provide(Ec2.availabilityZones, there), "eu-west-1a")
      assert.strictEqual((yield* Ec2.getVpcDetails(vpcId)).vpcId, vpcId)
    }).pipe(Effect.provide(InMemory.layer())))
})
