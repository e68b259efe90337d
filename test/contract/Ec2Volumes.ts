// Volumes and their snapshots.
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  type CreateVolumeCommandInput,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  DescribeVolumeStatusCommand,
  DetachVolumeCommand,
  DisableEbsEncryptionByDefaultCommand,
  EnableEbsEncryptionByDefaultCommand,
  GetEbsEncryptionByDefaultCommand,
  ModifyVolumeCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput
} from "@aws-sdk/client-ec2"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, type AwsError, Ec2 } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { image } from "./ec2Resources.ts"

const AvailabilityZone = "us-east-1a"

const create = (input: Partial<CreateVolumeCommandInput> = {}) =>
  Ec2.send(new CreateVolumeCommand({ AvailabilityZone, Size: 10, ...input }))

const created = (input: Partial<CreateVolumeCommandInput> = {}) =>
  Effect.map(create(input), ({ VolumeId }) => VolumeId!)

const described = (id: string) =>
  Ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] })).pipe(Effect.map(({ Volumes }) => Volumes![0]!))

const launch = (input: Partial<RunInstancesCommandInput> = {}) =>
  Effect.flatMap(image, (ImageId) =>
    Ec2.send(
      new RunInstancesCommand({ ImageId, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1, ...input })
    )).pipe(Effect.map(({ Instances }) => Instances![0]!))

const instanceOf = (id: string) =>
  Ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })).pipe(
    Effect.map(({ Reservations }) => Reservations![0]!.Instances![0]!)
  )

const rejection = <A>(code: string, message: string, effect: Effect.Effect<A, AwsError, AwsClients>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.deepEqual([error.code, error.statusCode], [code, 400])
    assert.include(error.message, message)
  })

const unknownVolume = "vol-0123456789abcdef0"
const unknownSnapshot = "snap-0123456789abcdef0"

export const ec2Volumes = contract("Ec2", {
  "creates and describes a volume": documented(
    "API_CreateVolume",
    Effect.gen(function*() {
      const volume = yield* create({
        TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "Name", Value: "data" }] }]
      })
      const { VolumeId = "" } = volume
      assert.deepInclude(volume, {
        AvailabilityZone,
        Size: 10,
        State: "creating",
        VolumeType: "gp2",
        Encrypted: false,
        Iops: 100,
        SnapshotId: "",
        Tags: [{ Key: "Name", Value: "data" }]
      })
      assert.deepInclude(yield* described(VolumeId), { VolumeId, State: "available", Attachments: [] })
    })
  ),

  "gives a volume the speed of its type and size": documented(
    "API_CreateVolume",
    Effect.gen(function*() {
      const speed = (input: Partial<CreateVolumeCommandInput>) =>
        Effect.map(create(input), ({ Iops, Throughput }) => [Iops, Throughput])
      assert.deepEqual(yield* speed({ VolumeType: "gp3" }), [3000, 125])
      assert.deepEqual(yield* speed({ VolumeType: "gp3", Size: 100, Iops: 4000, Throughput: 500 }), [4000, 500])
      assert.deepEqual(yield* speed({ VolumeType: "gp2", Size: 500 }), [1500, undefined])
      assert.deepEqual(yield* speed({ VolumeType: "io1", Size: 100, Iops: 400 }), [400, undefined])
      assert.deepEqual(yield* speed({ VolumeType: "st1", Size: 500 }), [undefined, undefined])
    })
  ),

  "rejects a volume without a size or a snapshot": recorded(
    "test_ec2 test_raise_create_volume_without_size",
    rejection(
      "MissingParameter",
      "The request must contain the parameter size/snapshot",
      Ec2.send(new CreateVolumeCommand({ AvailabilityZone }))
    )
  ),

  "rejects a volume of an unknown type, zone or snapshot": documented(
    "errors-overview",
    Effect.gen(function*() {
      yield* rejection(
        "UnknownVolumeType",
        "Unsupported volume type 'gp9' for volume creation.",
        create({ VolumeType: "gp9" as "gp2" })
      )
      yield* rejection("InvalidZone.NotFound", "us-east-1z", create({ AvailabilityZone: "us-east-1z" }))
      yield* rejection(
        "InvalidSnapshot.NotFound",
        `The snapshot '${unknownSnapshot}' does not exist.`,
        create({ SnapshotId: unknownSnapshot })
      )
    })
  ),

  "rejects a volume that is too small or too fast for its type": believed(
    "bug reports show the codes and the messages",
    Effect.gen(function*() {
      yield* rejection(
        "InvalidParameterValue",
        "The volume size is invalid for st1 volumes: 10 GiB. st1 volumes must be at least 125 GiB in size.",
        create({ VolumeType: "st1" })
      )
      yield* rejection("InvalidParameterCombination", "iops is not supported", create({ Iops: 200 }))
      yield* rejection(
        "InvalidParameterCombination",
        "throughput can only be specified for volumeType gp3.",
        create({ Throughput: 200 })
      )
      yield* rejection("MissingParameter", "iops", create({ VolumeType: "io1" }))
      yield* rejection(
        "InvalidParameterValue",
        "Volume iops of 99 is too low; minimum is 100.",
        create({ VolumeType: "io1", Iops: 99 })
      )
      yield* rejection(
        "InvalidParameterValue",
        "Iops to volume size ratio of 400.000000 is too high; maximum is 50",
        create({ VolumeType: "io1", Iops: 4000 })
      )
    })
  ),

  "creates one volume for each client token": documented(
    "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html",
    Effect.gen(function*() {
      const ClientToken = "token"
      const VolumeId = yield* created({ ClientToken })
      assert.strictEqual(yield* created({ ClientToken }), VolumeId)
      yield* rejection("IdempotentParameterMismatch", "", create({ ClientToken, Size: 20 }))
    })
  ),

  "encrypts new volumes by default once the region is told to": documented(
    "API_EnableEbsEncryptionByDefault",
    Effect.gen(function*() {
      const isDefault = Effect.map(
        Ec2.send(new GetEbsEncryptionByDefaultCommand({})),
        ({ EbsEncryptionByDefault }) => EbsEncryptionByDefault
      )
      assert.isFalse(yield* isDefault)
      assert.isFalse((yield* create()).Encrypted)
      yield* Ec2.send(new EnableEbsEncryptionByDefaultCommand({}))
      assert.isTrue(yield* isDefault)
      const { Encrypted, KmsKeyId } = yield* create()
      assert.isTrue(Encrypted)
      assert.match(KmsKeyId ?? "", /^arn:aws:kms:us-east-1:\d{12}:key\/[0-9a-f-]{36}$/)
      yield* Ec2.send(new DisableEbsEncryptionByDefaultCommand({}))
      assert.isFalse((yield* create()).Encrypted)
    })
  ),

  "rejects volume ids that don't exist, and names all of them": believed(
    "bug reports show the messages",
    Effect.gen(function*() {
      const code = "InvalidVolume.NotFound"
      const message = `The volume '${unknownVolume}' does not exist.`
      yield* rejection(code, message, described(unknownVolume))
      yield* rejection(code, message, Ec2.send(new DeleteVolumeCommand({ VolumeId: unknownVolume })))
      yield* rejection(
        code,
        `The volumes '${unknownVolume}, vol-0123456789abcdef1' do not exist.`,
        Ec2.send(new DescribeVolumesCommand({ VolumeIds: [unknownVolume, "vol-0123456789abcdef1"] }))
      )
      yield* rejection("InvalidParameterValue", "Expected: 'vol-...'.", described("nonsense"))
    })
  ),

  "deletes a volume once": documented(
    "API_DeleteVolume",
    Effect.gen(function*() {
      const VolumeId = yield* created()
      yield* Ec2.send(new DeleteVolumeCommand({ VolumeId }))
      yield* rejection("InvalidVolume.NotFound", VolumeId, Ec2.send(new DeleteVolumeCommand({ VolumeId })))
    })
  ),

  "rejects detaching a volume that isn't attached": believed(
    "bug reports show the code and the message",
    Effect.gen(function*() {
      const VolumeId = yield* created()
      yield* rejection(
        "IncorrectState",
        `Volume '${VolumeId}' is in the 'available' state.`,
        Ec2.send(new DetachVolumeCommand({ VolumeId }))
      )
    })
  ),

  "gives an instance its root volume, which isn't deleted while it is attached": documented(
    "errors-overview",
    Effect.gen(function*() {
      const { BlockDeviceMappings: first, InstanceId = "", Placement, RootDeviceName } = yield* launch()
      assert.deepEqual(first, [])
      const [device] = (yield* instanceOf(InstanceId)).BlockDeviceMappings!
      assert.strictEqual(device?.DeviceName, RootDeviceName)
      const VolumeId = device?.Ebs?.VolumeId ?? ""
      const volume = yield* described(VolumeId)
      assert.deepInclude(volume, {
        State: "in-use",
        Size: 8,
        VolumeType: "gp3",
        AvailabilityZone: Placement?.AvailabilityZone
      })
      assert.deepInclude(volume.Attachments?.[0], {
        InstanceId,
        VolumeId,
        Device: RootDeviceName,
        State: "attached",
        DeleteOnTermination: true
      })
      yield* rejection(
        "VolumeInUse",
        `Volume ${VolumeId} is currently attached to ${InstanceId}`,
        Ec2.send(new DeleteVolumeCommand({ VolumeId }))
      )
    })
  ),

  "launches an instance with volumes as the request describes them": documented(
    "API_EbsBlockDevice",
    Effect.gen(function*() {
      const { InstanceId = "" } = yield* launch({
        BlockDeviceMappings: [
          { DeviceName: "/dev/xvda", Ebs: { VolumeSize: 20 } },
          { DeviceName: "/dev/sdb", Ebs: { VolumeSize: 100, VolumeType: "io1", Iops: 500, DeleteOnTermination: false } }
        ]
      })
      const { BlockDeviceMappings = [] } = yield* instanceOf(InstanceId)
      const volumes = yield* Effect.forEach(BlockDeviceMappings, ({ Ebs }) => described(Ebs?.VolumeId ?? ""))
      assert.deepEqual(volumes.map(({ Iops, Size, VolumeType }) => [Size, VolumeType, Iops]), [
        [20, "gp3", 3000],
        [100, "io1", 500]
      ])
      assert.deepEqual(BlockDeviceMappings.map(({ Ebs }) => Ebs?.DeleteOnTermination), [true, false])
    })
  ),

  "rejects a root volume smaller than its snapshot, and a device without a size": believed(
    "bug reports show the codes and the messages",
    Effect.gen(function*() {
      yield* rejection(
        "InvalidBlockDeviceMapping",
        "Volume of size 4GB is smaller than snapshot 'snap-",
        launch({ BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { VolumeSize: 4 } }] })
      )
      yield* rejection(
        "InvalidBlockDeviceMapping",
        "Either snapshot ID or volume size must be provided for: /dev/sdb",
        launch({ BlockDeviceMappings: [{ DeviceName: "/dev/sdb", Ebs: { DeleteOnTermination: true } }] })
      )
    })
  ),

  "finds volumes by their members, tags and attachments": documented(
    "API_DescribeVolumes",
    Effect.gen(function*() {
      const VolumeId = yield* created({
        Size: 77,
        TagSpecifications: [{ ResourceType: "volume", Tags: [{ Key: "Name", Value: "data" }] }]
      })
      const { InstanceId = "" } = yield* launch()
      const by = (Name: string, Value: string) =>
        Ec2.send(new DescribeVolumesCommand({ Filters: [{ Name, Values: [Value] }] })).pipe(
          Effect.map(({ Volumes }) => Volumes?.map((volume) => volume.VolumeId))
        )
      assert.deepEqual(yield* by("size", "77"), [VolumeId])
      assert.deepEqual(yield* by("tag:Name", "da*"), [VolumeId])
      assert.deepEqual(yield* by("status", "available"), [VolumeId])
      assert.lengthOf((yield* by("attachment.instance-id", InstanceId)) ?? [], 1)
      assert.deepEqual(yield* by("encrypted", "true"), [])
    })
  ),

  "reports the status of volumes": documented(
    "API_DescribeVolumeStatus",
    Effect.gen(function*() {
      const VolumeId = yield* created()
      const { VolumeStatuses } = yield* Ec2.send(new DescribeVolumeStatusCommand({ VolumeIds: [VolumeId] }))
      assert.strictEqual(VolumeStatuses?.[0]?.VolumeStatus?.Status, "ok")
    })
  ),

  "makes a volume larger and faster, and never smaller": documented(
    "API_ModifyVolume",
    Effect.gen(function*() {
      const VolumeId = yield* created()
      const { VolumeModification } = yield* Ec2.send(
        new ModifyVolumeCommand({ VolumeId, Size: 50, VolumeType: "gp3", Iops: 4000 })
      )
      assert.deepInclude(VolumeModification, {
        ModificationState: "modifying",
        OriginalSize: 10,
        OriginalVolumeType: "gp2",
        TargetSize: 50,
        TargetVolumeType: "gp3",
        TargetIops: 4000
      })
      assert.deepInclude(yield* described(VolumeId), { Size: 50, VolumeType: "gp3", Iops: 4000, Throughput: 125 })
      const { VolumesModifications } = yield* Ec2.send(
        new DescribeVolumesModificationsCommand({ VolumeIds: [VolumeId] })
      )
      assert.deepEqual(VolumesModifications?.map(({ TargetSize }) => TargetSize), [50])
      yield* rejection(
        "InvalidParameterValue",
        "New size cannot be smaller than existing size",
        Ec2.send(new ModifyVolumeCommand({ VolumeId, Size: 20 }))
      )
    })
  ),

  "takes a snapshot of a volume, and deletes it once": documented(
    "API_CreateSnapshot",
    Effect.gen(function*() {
      const VolumeId = yield* created()
      const snapshot = yield* Ec2.send(
        new CreateSnapshotCommand({
          VolumeId,
          Description: "before the update",
          TagSpecifications: [{ ResourceType: "snapshot", Tags: [{ Key: "Name", Value: "s" }] }]
        })
      )
      assert.deepInclude(snapshot, {
        VolumeId,
        VolumeSize: 10,
        State: "pending",
        Description: "before the update",
        Encrypted: false,
        Tags: [{ Key: "Name", Value: "s" }]
      })
      const { SnapshotId } = snapshot
      const { Snapshots } = yield* Ec2.send(
        new DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters: [{ Name: "volume-id", Values: [VolumeId] }] })
      )
      assert.deepEqual(Snapshots?.map((one) => one.SnapshotId), [SnapshotId])
      const remove = Ec2.send(new DeleteSnapshotCommand({ SnapshotId }))
      yield* remove
      yield* rejection("InvalidSnapshot.NotFound", `The snapshot '${SnapshotId}' does not exist.`, remove)
    })
  ),

  "rejects a snapshot of a missing volume": documented(
    "errors-overview",
    rejection(
      "InvalidVolume.NotFound",
      `The volume '${unknownVolume}' does not exist.`,
      Ec2.send(new CreateSnapshotCommand({ VolumeId: unknownVolume }))
    )
  )
})
