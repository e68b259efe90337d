// Volumes, snapshots and images of the in-memory EC2, as time goes by.
import {
  AttachVolumeCommand,
  CreateImageCommand,
  CreatePlacementGroupCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  ModifyInstanceAttributeCommand,
  ModifyInstancePlacementCommand,
  RegisterImageCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand
} from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { type AwsClients, type AwsError, Ec2, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const AvailabilityZone = "us-east-1a"

const launch = Effect.fnUntraced(function*(input: Partial<RunInstancesCommandInput> = {}) {
  const { Images } = yield* Ec2.send(
    new DescribeImagesCommand({ Owners: ["amazon"], Filters: [{ Name: "name", Values: ["al2023-ami-2023.*-x86_64"] }] })
  )
  const { Instances } = yield* Ec2.send(
    new RunInstancesCommand({
      ImageId: Images?.[0]?.ImageId,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      Placement: { AvailabilityZone },
      ...input
    })
  )
  return Instances![0]!
})

const instanceOf = (id: string) =>
  Ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })).pipe(
    Effect.map(({ Reservations }) => Reservations![0]!.Instances![0]!)
  )

const create = (input: { readonly AvailabilityZone?: string; readonly SnapshotId?: string } = {}) =>
  Ec2.send(
    new CreateVolumeCommand({ AvailabilityZone, ...(input.SnapshotId === undefined && { Size: 10 }), ...input })
  ).pipe(Effect.map(({ VolumeId = "" }) => VolumeId))

const volumeOf = (id: string) =>
  Ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] })).pipe(Effect.map(({ Volumes }) => Volumes![0]!))

const rejection = <A>(code: string, message: string, effect: Effect.Effect<A, AwsError, AwsClients>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.strictEqual(error.code, code)
    assert.include(error.message, message)
  })

const inMemory = <A, E>(effect: Effect.Effect<A, E, AwsClients>) => Effect.provide(effect, InMemory.layer())

describe("a volume of the in-memory EC2", () => {
  it.effect("is attached to a running instance and detached again", () =>
    Effect.gen(function*() {
      const { InstanceId = "" } = yield* launch()
      const VolumeId = yield* create()
      const attach = (Device = "/dev/sdf") => Ec2.send(new AttachVolumeCommand({ InstanceId, VolumeId, Device }))
      yield* rejection("IncorrectState", `Instance '${InstanceId}' is not 'running'.`, attach())
      yield* TestClock.adjust("1 minute")
      yield* rejection("InvalidParameterValue", "Attachment point /dev/xvda is already in use", attach("/dev/xvda"))
      yield* rejection("InvalidParameterValue", "is not a valid EBS device name", attach("disk"))
      assert.deepInclude(yield* attach(), { InstanceId, VolumeId, Device: "/dev/sdf", State: "attaching" })
      yield* rejection("VolumeInUse", `${VolumeId} is already attached to an instance`, attach("/dev/sdg"))
      assert.strictEqual((yield* volumeOf(VolumeId)).State, "in-use")
      const devices = Effect.map(instanceOf(InstanceId), ({ BlockDeviceMappings = [] }) =>
        BlockDeviceMappings.map(({ DeviceName }) => DeviceName))
      assert.deepEqual(yield* devices, ["/dev/xvda", "/dev/sdf"])
      assert.strictEqual((yield* Ec2.send(new DetachVolumeCommand({ VolumeId }))).State, "detaching")
      assert.deepEqual(yield* devices, ["/dev/xvda"])
      assert.deepInclude(yield* volumeOf(VolumeId), { State: "available", Attachments: [] })
    }).pipe(inMemory))

  it.effect("isn't attached to an instance in another zone", () =>
    Effect.gen(function*() {
      const { InstanceId } = yield* launch()
      const VolumeId = yield* create({ AvailabilityZone: "us-east-1b" })
      yield* TestClock.adjust("1 minute")
      yield* rejection(
        "InvalidVolume.ZoneMismatch",
        "is not in the same availability zone as instance",
        Ec2.send(new AttachVolumeCommand({ InstanceId, VolumeId, Device: "/dev/sdf" }))
      )
    }).pipe(inMemory))

  it.effect("stays when its instance is terminated, unless it is deleted with it", () =>
    Effect.gen(function*() {
      const { InstanceId = "" } = yield* launch()
      const { BlockDeviceMappings } = yield* instanceOf(InstanceId)
      const VolumeId = yield* create()
      yield* TestClock.adjust("1 minute")
      yield* Ec2.send(new AttachVolumeCommand({ InstanceId, VolumeId, Device: "/dev/sdf" }))
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }))
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(yield* volumeOf(VolumeId), { State: "available", Attachments: [] })
      const root = BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? ""
      yield* rejection("InvalidVolume.NotFound", `The volume '${root}' does not exist.`, volumeOf(root))
    }).pipe(inMemory))

  it.effect("is the root of an instance, which must be stopped to lose it", () =>
    Effect.gen(function*() {
      const { InstanceId = "" } = yield* launch()
      const { BlockDeviceMappings } = yield* instanceOf(InstanceId)
      const VolumeId = BlockDeviceMappings?.[0]?.Ebs?.VolumeId
      const detach = Ec2.send(new DetachVolumeCommand({ VolumeId }))
      yield* TestClock.adjust("1 minute")
      yield* rejection("OperationNotPermitted", `Unable to detach root volume '${VolumeId}'`, detach)
      yield* Ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }))
      yield* TestClock.adjust("1 minute")
      yield* detach
      assert.deepEqual((yield* instanceOf(InstanceId)).BlockDeviceMappings, [])
    }).pipe(inMemory))

  it.effect("is made from a snapshot once that is complete", () =>
    Effect.gen(function*() {
      const VolumeId = yield* create()
      const { SnapshotId = "" } = yield* Ec2.send(new CreateSnapshotCommand({ VolumeId }))
      yield* rejection("IncorrectState", "Snapshot is in invalid state - pending", create({ SnapshotId }))
      yield* TestClock.adjust("2 minutes")
      const { Snapshots } = yield* Ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))
      assert.deepInclude(Snapshots?.[0], { State: "completed", Progress: "100%" })
      assert.deepInclude(yield* volumeOf(yield* create({ SnapshotId })), { SnapshotId, Size: 10 })
    }).pipe(inMemory))
})

describe("an image of the in-memory EC2", () => {
  it.effect("is made from an instance, and launched once it is there", () =>
    Effect.gen(function*() {
      const { InstanceId = "" } = yield* launch()
      yield* TestClock.adjust("1 minute")
      const { ImageId = "" } = yield* Ec2.send(new CreateImageCommand({ InstanceId, Name: "golden" }))
      yield* rejection("InvalidAMIID.Unavailable", "pending", launch({ ImageId }))
      yield* TestClock.adjust("3 minutes")
      assert.strictEqual((yield* launch({ ImageId })).ImageId, ImageId)
      const { Images } = yield* Ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId] }))
      const SnapshotId = Images?.[0]?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId
      const remove = Ec2.send(new DeleteSnapshotCommand({ SnapshotId }))
      yield* rejection(
        "InvalidSnapshot.InUse",
        `The snapshot ${SnapshotId} is currently in use by ${ImageId}`,
        remove
      )
      yield* Ec2.send(new DeregisterImageCommand({ ImageId }))
      yield* remove
    }).pipe(inMemory))

  it.effect("is registered with a snapshot, and deregistered together with it", () =>
    Effect.gen(function*() {
      const { SnapshotId } = yield* Ec2.send(new CreateSnapshotCommand({ VolumeId: yield* create() }))
      yield* TestClock.adjust("2 minutes")
      const { ImageId = "" } = yield* Ec2.send(
        new RegisterImageCommand({
          Name: "registered",
          Architecture: "x86_64",
          VirtualizationType: "hvm",
          RootDeviceName: "/dev/xvda",
          BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { SnapshotId } }]
        })
      )
      assert.strictEqual((yield* launch({ ImageId })).ImageId, ImageId)
      const { DeleteSnapshotResults } = yield* Ec2.send(
        new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true })
      )
      assert.deepEqual(DeleteSnapshotResults, [{ SnapshotId, ReturnCode: "success" }])
    }).pipe(inMemory))
})

describe("an instance type that the in-memory EC2 doesn't describe", () => {
  it.effect("can be launched, and dies with its name when it is described", () =>
    Effect.gen(function*() {
      yield* launch({ InstanceType: "c7i.large" })
      const exit = yield* Effect.exit(Ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ["c7i.large"] })))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.include(String(Exit.isFailure(exit) && Cause.squash(exit.cause)), "the instance type c7i.large")
    }).pipe(inMemory))
})

describe("a stopped instance of the in-memory EC2", () => {
  it.effect("is moved to a placement group, and a running one isn't", () =>
    Effect.gen(function*() {
      yield* Ec2.send(new CreatePlacementGroupCommand({ GroupName: "near", Strategy: "cluster" }))
      const { InstanceId = "" } = yield* launch()
      const move = Ec2.send(new ModifyInstancePlacementCommand({ InstanceId, GroupName: "near" }))
      yield* TestClock.adjust("1 minute")
      yield* rejection("IncorrectInstanceState", `The instance '${InstanceId}' is not in the 'stopped' state.`, move)
      yield* Ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }))
      yield* TestClock.adjust("1 minute")
      yield* move
      assert.strictEqual((yield* instanceOf(InstanceId)).Placement?.GroupName, "near")
    }).pipe(inMemory))

  it.effect("says who stopped it, and no reason once it runs again", () =>
    Effect.gen(function*() {
      const { InstanceId = "" } = yield* launch()
      const InstanceIds = [InstanceId]
      yield* rejection(
        "IncorrectInstanceState",
        `Instance '${InstanceId}' cannot be stopped as it has never reached the 'running' state.`,
        Ec2.send(new StopInstancesCommand({ InstanceIds }))
      )
      yield* TestClock.adjust("1 minute")
      assert.isUndefined((yield* instanceOf(InstanceId)).StateReason)
      yield* Ec2.send(new StopInstancesCommand({ InstanceIds }))
      yield* TestClock.adjust("1 minute")
      const stopped = yield* instanceOf(InstanceId)
      assert.strictEqual(stopped.StateReason?.Code, "Client.UserInitiatedShutdown")
      assert.strictEqual(stopped.StateTransitionReason, "User initiated (1970-01-01 00:01:00 GMT)")
      yield* Ec2.send(new StartInstancesCommand({ InstanceIds }))
      yield* TestClock.adjust("1 minute")
      const running = yield* instanceOf(InstanceId)
      assert.deepEqual([running.StateReason, running.StateTransitionReason], [undefined, ""])
    }).pipe(inMemory))

  it.effect("gets another type, and its cores", () =>
    Effect.gen(function*() {
      const { InstanceId = "" } = yield* launch()
      const change = (Value: string) =>
        Ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, InstanceType: { Value } }))
      yield* TestClock.adjust("1 minute")
      yield* Ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }))
      yield* TestClock.adjust("1 minute")
      yield* rejection("InvalidInstanceAttributeValue", "Invalid value 't3.gigantic'", change("t3.gigantic"))
      yield* rejection("InvalidParameterCombination", "architecture", change("t4g.micro"))
      yield* change("t3.xlarge")
      assert.deepEqual((yield* instanceOf(InstanceId)).CpuOptions, { CoreCount: 2, ThreadsPerCore: 2 })
    }).pipe(inMemory))
})
