// The events of EC2 and of the OpenSearch Service, at the times at which something happens.
import {
  AttachVolumeCommand,
  CreateImageCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeInstancesCommand,
  ModifyVolumeCommand,
  RunInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand
} from "@aws-sdk/client-ec2"
import { PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge"
import { CreateDomainCommand, DeleteDomainCommand, UpdateDomainConfigCommand } from "@aws-sdk/client-opensearch"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2, EventBridge, InMemory, OpenSearch } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

/** Sends the events of a service on the default bus to a queue. */
const listen = (source: string, ...detailTypes: ReadonlyArray<string>) =>
  Effect.andThen(
    EventBridge.send(
      new PutRuleCommand({
        Name: "all",
        EventPattern: JSON.stringify({ source: [source], "detail-type": detailTypes })
      })
    ),
    EventBridge.send(
      new PutTargetsCommand({ Rule: "all", Targets: [{ Id: "q", Arn: "arn:aws:sqs:us-east-1:123456789012:all" }] })
    )
  )

interface Event {
  readonly time: string
  readonly resources: ReadonlyArray<string>
  readonly detail: Record<string, any>
}

const events = Effect.map(InMemory.delivered, (all) => all.map(({ input }) => input as Event))

const run = (members: object = {}) =>
  Effect.map(
    Ec2.send(
      new RunInstancesCommand({
        ImageId: "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        InstanceType: "t3.micro",
        MinCount: 1,
        MaxCount: 1,
        ...members
      })
    ),
    ({ Instances = [] }) => Instances[0]!.InstanceId!
  )

const rootOf = (id: string) =>
  Effect.map(
    Ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })),
    ({ Reservations = [] }) => Reservations[0]!.Instances![0]!.BlockDeviceMappings![0]!.Ebs!.VolumeId!
  )

const inMemory = <A, E>(name: string, run: Effect.Effect<A, E, any>) =>
  it.effect(name, () => Effect.provide(run as Effect.Effect<A, E, InMemory>, InMemory.layer()))

describe("EC2 tells the default bus", () => {
  inMemory(
    "each state of an instance, when it enters it",
    Effect.gen(function*() {
      yield* listen("aws.ec2", "EC2 Instance State-change Notification")
      const id = yield* run()
      yield* TestClock.adjust("1 minute")
      yield* Ec2.send(new StopInstancesCommand({ InstanceIds: [id] }))
      yield* TestClock.adjust("10 seconds")
      // It never stops: it is terminated before.
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
      yield* TestClock.adjust("3650 days")
      const all = yield* events
      assert.deepEqual(all.map(({ detail, time }) => [time.slice(11, 19), detail["state"]]), [
        ["00:00:00", "pending"],
        ["00:00:15", "running"],
        ["00:01:00", "stopping"],
        ["00:01:10", "shutting-down"],
        ["00:01:40", "terminated"]
      ])
      assert.deepEqual(all[1]?.detail, { "instance-id": id, state: "running" })
      assert.deepEqual(all[1]?.resources, [`arn:aws:ec2:us-east-1:123456789012:instance/${id}`])
    })
  )

  inMemory(
    "nothing of a dry run",
    Effect.gen(function*() {
      yield* listen("aws.ec2", "EC2 Instance State-change Notification", "EBS Volume Notification")
      yield* Effect.flip(run({ DryRun: true }))
      yield* TestClock.adjust("1 minute")
      assert.isEmpty(yield* events)
    })
  )

  inMemory(
    "what happens to volumes, also to those of a terminated instance",
    Effect.gen(function*() {
      yield* listen("aws.ec2", "EBS Volume Notification")
      const InstanceId = yield* run()
      const root = yield* rootOf(InstanceId)
      yield* TestClock.adjust("1 minute")
      const { AvailabilityZone } = (yield* Ec2.send(new DescribeInstancesCommand({}))).Reservations![0]!.Instances![0]!
        .Placement!
      const { VolumeId = "" } = yield* Ec2.send(new CreateVolumeCommand({ AvailabilityZone, Size: 1 }))
      yield* Ec2.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: "/dev/sdf" }))
      yield* Ec2.send(new ModifyVolumeCommand({ VolumeId, Size: 2 }))
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }))
      yield* TestClock.adjust("1 minute")
      yield* Ec2.send(new DeleteVolumeCommand({ VolumeId }))
      const all = yield* events
      const arnOf = (id: string) => `arn:aws:ec2:us-east-1:123456789012:volume/${id}`
      assert.deepEqual(
        all.map(({ detail, resources, time }) => [time.slice(11, 19), detail["event"], detail["result"], resources[0]]),
        [
          ["00:00:00", "createVolume", "available", arnOf(root)],
          ["00:00:00", "attachVolume", "attached", arnOf(root)],
          ["00:01:00", "createVolume", "available", arnOf(VolumeId)],
          ["00:01:00", "attachVolume", "attached", arnOf(VolumeId)],
          ["00:01:00", "modifyVolume", "optimizing", arnOf(VolumeId)],
          ["00:01:00", "modifyVolume", "completed", arnOf(VolumeId)],
          ["00:01:30", "deleteVolume", "deleted", arnOf(root)],
          ["00:02:00", "deleteVolume", "deleted", arnOf(VolumeId)]
        ]
      )
      const { "request-id": request, ...detail } = all[0]!.detail
      assert.deepEqual(detail, { event: "createVolume", result: "available", cause: "" })
      assert.match(request, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    })
  )

  inMemory(
    "that a snapshot is complete",
    Effect.gen(function*() {
      yield* listen("aws.ec2", "EBS Snapshot Notification")
      const VolumeId = yield* rootOf(yield* run())
      const { SnapshotId } = yield* Ec2.send(new CreateSnapshotCommand({ VolumeId }))
      yield* TestClock.adjust("59 seconds")
      assert.isEmpty(yield* events)
      yield* TestClock.adjust("1 hour")
      const arn = `arn:aws:ec2::us-east-1:snapshot/${SnapshotId}`
      const [event] = yield* events
      assert.deepEqual([event?.time, event?.resources], ["1970-01-01T00:01:00Z", [arn]])
      assert.deepEqual(event?.detail, {
        event: "createSnapshot",
        result: "succeeded",
        cause: "",
        "request-id": "",
        snapshot_id: arn,
        source: `arn:aws:ec2::us-east-1:volume/${VolumeId}`,
        startTime: "1970-01-01T00:00:00Z",
        endTime: "1970-01-01T00:01:00Z"
      })
    })
  )

  inMemory(
    "that an image is available or gone, but not that one is available which was deregistered before",
    Effect.gen(function*() {
      yield* listen("aws.ec2", "EC2 AMI State Change")
      const InstanceId = yield* run()
      yield* TestClock.adjust("1 minute")
      const { ImageId } = yield* Ec2.send(new CreateImageCommand({ InstanceId, Name: "first" }))
      const { ImageId: other } = yield* Ec2.send(new CreateImageCommand({ InstanceId, Name: "second" }))
      yield* Ec2.send(new DeregisterImageCommand({ ImageId: other }))
      yield* TestClock.adjust("1 hour")
      const all = yield* events
      assert.deepEqual(all.map(({ detail, time }) => [time.slice(11, 19), detail["ImageId"], detail["State"]]), [
        ["00:01:00", other, "deregistered"],
        ["00:03:00", ImageId, "available"]
      ])
      assert.deepEqual(all[1]?.resources, [`arn:aws:ec2:us-east-1::image/${ImageId}`])
      assert.strictEqual(all[1]?.detail["ErrorMessage"], "")
    })
  )
})

describe("the OpenSearch Service tells the default bus", () => {
  const settings = { DomainName: "logs", AutoTuneOptions: { DesiredState: "ENABLED" } } as const

  inMemory(
    "that Auto-Tune is disabled, when the change is complete",
    Effect.gen(function*() {
      yield* listen("aws.es", "Amazon OpenSearch Service Auto-Tune Notification")
      yield* OpenSearch.send(
        new CreateDomainCommand({
          ...settings,
          ClusterConfig: { InstanceType: "m6g.large.search" },
          EBSOptions: { EBSEnabled: true, VolumeSize: 10 }
        })
      )
      yield* TestClock.adjust("1 hour")
      const change = (DesiredState: "DISABLED" | "ENABLED", RollbackOnDisable?: "DEFAULT_ROLLBACK") =>
        Effect.andThen(
          OpenSearch.send(
            new UpdateDomainConfigCommand({ DomainName: "logs", AutoTuneOptions: { DesiredState, RollbackOnDisable } })
          ),
          TestClock.adjust("1 hour")
        )
      yield* change("DISABLED", "DEFAULT_ROLLBACK")
      yield* change("ENABLED")
      yield* OpenSearch.send(
        new UpdateDomainConfigCommand({ DomainName: "logs", AutoTuneOptions: { DesiredState: "DISABLED" } })
      )
      yield* OpenSearch.send(new DeleteDomainCommand({ DomainName: "logs" }))
      yield* TestClock.adjust("1 hour")
      const [event, ...more] = yield* events
      assert.isEmpty(more)
      assert.deepEqual(event?.resources, ["arn:aws:es:us-east-1:123456789012:domain/logs"])
      const { description, ...detail } = event!.detail
      assert.deepEqual(detail, {
        event: "Auto-Tune Event",
        severity: "Informational",
        status: "Completed",
        completionTime: "1970-01-01T01:10:00.000Z"
      })
      assert.include(description, "All settings have been reverted.")
    })
  )
})
