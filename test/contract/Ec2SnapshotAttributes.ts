import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeAvailabilityZonesCommand,
  DescribeSnapshotAttributeCommand,
  GetEbsDefaultKmsKeyIdCommand,
  ModifyEbsDefaultKmsKeyIdCommand,
  ModifySnapshotAttributeCommand,
  type ModifySnapshotAttributeCommandInput,
  ResetEbsDefaultKmsKeyIdCommand,
  ResetSnapshotAttributeCommand
} from "@aws-sdk/client-ec2"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2 } from "effect-aws-sdk"
import { contract, documented } from "./Contract.ts"
import { codeOf } from "./support/rejections.ts"

const createVolume = (Encrypted: boolean) =>
  Ec2.send(new DescribeAvailabilityZonesCommand({})).pipe(
    Effect.flatMap(({ AvailabilityZones }) =>
      Ec2.send(
        new CreateVolumeCommand({ AvailabilityZone: AvailabilityZones?.[0]?.ZoneName, Size: 1, Encrypted })
      )
    )
  )

const createSnapshot = (isEncrypted = false) =>
  createVolume(isEncrypted).pipe(
    Effect.flatMap(({ VolumeId }) => Ec2.send(new CreateSnapshotCommand({ VolumeId }))),
    Effect.map(({ SnapshotId = "" }) => SnapshotId)
  )

const modify = (SnapshotId: string, members: Partial<ModifySnapshotAttributeCommandInput>) =>
  Ec2.send(new ModifySnapshotAttributeCommand({ SnapshotId, Attribute: "createVolumePermission", ...members }))

const permissions = (SnapshotId: string) =>
  Effect.map(
    Ec2.send(new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: "createVolumePermission" })),
    ({ CreateVolumePermissions = [] }) => CreateVolumePermissions.map(({ Group, UserId }) => UserId ?? Group)
  )

export const ec2SnapshotAttributes = contract("Ec2", {
  "shares a snapshot with accounts or with all, and takes that back": documented(
    "API_ModifySnapshotAttribute",
    Effect.gen(function*() {
      const id = yield* createSnapshot()
      assert.deepEqual(yield* permissions(id), [])
      yield* modify(id, { OperationType: "add", UserIds: ["111122223333"] })
      yield* modify(id, { CreateVolumePermission: { Add: [{ Group: "all" }] } })
      assert.sameMembers(yield* permissions(id), ["111122223333", "all"])
      yield* modify(id, { OperationType: "remove", UserIds: ["111122223333"] })
      assert.deepEqual(yield* permissions(id), ["all"])
      yield* Ec2.send(new ResetSnapshotAttributeCommand({ SnapshotId: id, Attribute: "createVolumePermission" }))
      assert.deepEqual(yield* permissions(id), [])
      assert.strictEqual(yield* codeOf(permissions("snap-00000000000000000")), "InvalidSnapshot.NotFound")
    })
  ),

  "refuses to make an encrypted snapshot public": documented(
    "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html",
    Effect.gen(function*() {
      const id = yield* createSnapshot(true)
      const share = modify(id, { CreateVolumePermission: { Add: [{ Group: "all" }] } })
      assert.strictEqual(yield* codeOf(share), "OperationNotPermitted")
    })
  ),

  "encrypts new volumes with the key that the account has chosen": documented(
    "API_ModifyEbsDefaultKmsKeyId",
    Effect.gen(function*() {
      const key = Effect.map(Ec2.send(new GetEbsDefaultKmsKeyIdCommand({})), ({ KmsKeyId }) => KmsKeyId)
      assert.strictEqual(yield* key, "alias/aws/ebs")
      const KmsKeyId = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
      yield* Ec2.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId }))
      assert.strictEqual(yield* key, KmsKeyId)
      assert.strictEqual((yield* createVolume(true)).KmsKeyId, KmsKeyId)
      yield* Ec2.send(new ResetEbsDefaultKmsKeyIdCommand({}))
      assert.strictEqual(yield* key, "alias/aws/ebs")
    })
  )
})
