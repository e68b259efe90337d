// Fleets over time, and what the in-memory EC2 can't launch from a template.
import {
  CreateFleetCommand,
  type CreateFleetCommandInput,
  CreateLaunchTemplateCommand,
  DeleteFleetsCommand,
  DescribeFleetInstancesCommand,
  DescribeFleetsCommand,
  DescribeImagesCommand,
  ModifyFleetCommand,
  type RequestLaunchTemplateData,
  RunInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand
} from "@aws-sdk/client-ec2"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { Ec2, InMemory } from "effect-aws-sdk"
import { TestClock } from "effect/testing"

const inMemory = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, InMemory.layer())

const image = Ec2.send(new DescribeImagesCommand({ Filters: [{ Name: "architecture", Values: ["x86_64"] }] })).pipe(
  Effect.map(({ Images }) => Images![0]!.ImageId!)
)

const createTemplate = Effect.fnUntraced(function*(data: RequestLaunchTemplateData = {}) {
  const ImageId = yield* image
  yield* Ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: "web",
      LaunchTemplateData: { ImageId, InstanceType: "t3.micro", ...data }
    })
  )
})

const createFleet = (total: number, input: Partial<CreateFleetCommandInput> = {}) =>
  Ec2.send(
    new CreateFleetCommand({
      LaunchTemplateConfigs: [{ LaunchTemplateSpecification: { LaunchTemplateName: "web", Version: "$Default" } }],
      TargetCapacitySpecification: { TotalTargetCapacity: total, DefaultTargetCapacityType: "spot" },
      ...input
    })
  ).pipe(Effect.map(({ FleetId }) => FleetId!))

const fleetOf = (id: string) =>
  Effect.map(Ec2.send(new DescribeFleetsCommand({ FleetIds: [id] })), ({ Fleets }) => Fleets![0]!)

const statesOf = (id: string) =>
  Effect.map(fleetOf(id), ({ ActivityStatus, FleetState }) => [FleetState, ActivityStatus])

const instancesOf = (FleetId: string) =>
  Effect.map(
    Ec2.send(new DescribeFleetInstancesCommand({ FleetId })),
    ({ ActiveInstances = [] }) => ActiveInstances.map(({ InstanceId }) => InstanceId!)
  )

const gapOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert.isTrue(Exit.isFailure(exit))
    return Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : ""
  })

describe("Fleets in memory", () => {
  it.effect("a fleet launches its capacity, launches it again when it is lost, and ends with its instances", () =>
    inMemory(Effect.gen(function*() {
      yield* createTemplate()
      const id = yield* createFleet(2)
      assert.deepEqual(yield* statesOf(id), ["submitted", "pending_fulfillment"])
      yield* TestClock.adjust("10 seconds")
      assert.deepEqual(yield* statesOf(id), ["active", "fulfilled"])
      const [first, second] = yield* instancesOf(id)
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds: [first!] }))
      const later = yield* instancesOf(id)
      assert.strictEqual(later.length, 2)
      assert.include(later, second)
      assert.notInclude(later, first)
      yield* Ec2.send(new DeleteFleetsCommand({ FleetIds: [id], TerminateInstances: true }))
      assert.deepEqual(yield* instancesOf(id), [])
      yield* TestClock.adjust("2 minutes")
      assert.deepEqual(yield* statesOf(id), ["deleted", undefined])
    })))

  it.effect("a running spot instance can't be stopped", () =>
    inMemory(Effect.gen(function*() {
      yield* createTemplate()
      const id = yield* createFleet(1)
      yield* TestClock.adjust("10 seconds")
      const InstanceIds = yield* instancesOf(id)
      yield* TestClock.adjust("1 minute")
      const error = yield* Effect.flip(Ec2.send(new StopInstancesCommand({ InstanceIds })))
      assert.strictEqual(error.code, "UnsupportedOperation")
    })))

  it.effect("a fleet of type request launches its capacity once", () =>
    inMemory(Effect.gen(function*() {
      yield* createTemplate()
      const id = yield* createFleet(1, { Type: "request" })
      yield* TestClock.adjust("10 seconds")
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds: yield* instancesOf(id) }))
      assert.deepEqual(yield* instancesOf(id), [])
    })))

  it.effect("a fleet grows and shrinks to its new capacity, and keeps what it may not terminate", () =>
    inMemory(Effect.gen(function*() {
      yield* createTemplate()
      const id = yield* createFleet(1)
      yield* TestClock.adjust("10 seconds")
      const modify = (TotalTargetCapacity: number, ExcessCapacityTerminationPolicy?: "no-termination") =>
        Ec2.send(
          new ModifyFleetCommand({
            FleetId: id,
            TargetCapacitySpecification: { TotalTargetCapacity, DefaultTargetCapacityType: "spot" },
            ...(ExcessCapacityTerminationPolicy !== undefined && { ExcessCapacityTerminationPolicy })
          })
        ).pipe(Effect.andThen(TestClock.adjust("10 seconds")))
      yield* modify(3)
      assert.strictEqual((yield* instancesOf(id)).length, 3)
      yield* modify(2)
      assert.strictEqual((yield* instancesOf(id)).length, 2)
      yield* modify(0, "no-termination")
      assert.strictEqual((yield* instancesOf(id)).length, 2)
    })))

  it.effect("a fleet starts and ends when its request says", () =>
    inMemory(Effect.gen(function*() {
      yield* createTemplate()
      const id = yield* createFleet(1, {
        ValidFrom: new Date(60_000),
        ValidUntil: new Date(600_000),
        TerminateInstancesWithExpiration: true
      })
      yield* TestClock.adjust("30 seconds")
      assert.deepEqual(yield* instancesOf(id), [])
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* instancesOf(id)).length, 1)
      yield* TestClock.adjust("10 minutes")
      assert.deepEqual(yield* instancesOf(id), [])
      assert.strictEqual((yield* fleetOf(id)).FleetState, "deleted_terminating")
    })))

  it.effect("a fleet that can't launch its capacity is in error", () =>
    inMemory(Effect.gen(function*() {
      yield* createTemplate({ NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: "subnet-0123456789abcdef0" }] })
      const id = yield* createFleet(1)
      yield* TestClock.adjust("10 seconds")
      assert.deepEqual(yield* statesOf(id), ["active", "error"])
    })))

  it.effect("names what it can't launch from a template, also in a fleet", () =>
    inMemory(Effect.gen(function*() {
      yield* createTemplate({ LicenseSpecifications: [{ LicenseConfigurationArn: "arn:aws:license-manager:x" }] })
      const run = new RunInstancesCommand({ MinCount: 1, MaxCount: 1, LaunchTemplate: { LaunchTemplateName: "web" } })
      assert.include(yield* gapOf(Ec2.send(run)), "LicenseSpecifications of a launch template")
      assert.include(yield* gapOf(createFleet(1)), "LicenseSpecifications of a launch template")
    })))

  it.effect("names a member inside of a template that it can't launch", () =>
    inMemory(Effect.gen(function*() {
      yield* createTemplate({ Placement: { SpreadDomain: "a" } })
      const run = new RunInstancesCommand({ MinCount: 1, MaxCount: 1, LaunchTemplate: { LaunchTemplateName: "web" } })
      assert.include(yield* gapOf(Ec2.send(run)), "Placement.SpreadDomain of a launch template")
    })))

  it.effect("doesn't choose instance types by requirements", () =>
    inMemory(Effect.gen(function*() {
      yield* createTemplate()
      const InstanceRequirements = { VCpuCount: { Min: 1 }, MemoryMiB: { Min: 1 } }
      const LaunchTemplateSpecification = { LaunchTemplateName: "web", Version: "1" }
      assert.include(
        yield* gapOf(
          createFleet(1, {
            LaunchTemplateConfigs: [{ LaunchTemplateSpecification, Overrides: [{ InstanceRequirements }] }]
          })
        ),
        "InstanceRequirements"
      )
    })))
})
