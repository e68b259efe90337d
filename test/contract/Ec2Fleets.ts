// Fleets of instances: what they launch, keep and give up.
import {
  CreateFleetCommand,
  type CreateFleetCommandInput,
  CreateLaunchTemplateCommand,
  DeleteFleetsCommand,
  DescribeFleetInstancesCommand,
  DescribeFleetsCommand,
  DescribeInstancesCommand,
  ModifyFleetCommand,
  type TargetCapacitySpecificationRequest
} from "@aws-sdk/client-ec2"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Ec2 } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"
import { image } from "./ec2Resources.ts"
import { expectRejected } from "./support/rejections.ts"

const missingId = "fleet-00000000-0000-0000-0000-000000000000"

/** The id of a template for instances of one type. */
const template = Effect.gen(function*() {
  const { LaunchTemplate } = yield* Ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: "web",
      LaunchTemplateData: {
        ImageId: yield* image,
        InstanceType: "t3.micro",
        TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "team", Value: "a" }] }]
      }
    })
  )
  return LaunchTemplate!.LaunchTemplateId!
})

type Overrides = NonNullable<CreateFleetCommandInput["LaunchTemplateConfigs"]>[number]["Overrides"]

const createFleet = (
  LaunchTemplateId: string,
  TargetCapacitySpecification: TargetCapacitySpecificationRequest,
  { Overrides, ...input }: Partial<CreateFleetCommandInput> & { readonly Overrides?: Overrides } = {}
) =>
  Ec2.send(
    new CreateFleetCommand({
      Type: "instant",
      LaunchTemplateConfigs: [{
        LaunchTemplateSpecification: { LaunchTemplateId, Version: "$Latest" },
        ...(Overrides !== undefined && { Overrides })
      }],
      TargetCapacitySpecification,
      ...input
    })
  )

const onDemand = (TotalTargetCapacity: number): TargetCapacitySpecificationRequest => ({
  TotalTargetCapacity,
  DefaultTargetCapacityType: "on-demand"
})

const fleetOf = (id: string) =>
  Effect.map(Ec2.send(new DescribeFleetsCommand({ FleetIds: [id] })), ({ Fleets }) => Fleets![0]!)

const instancesOf = (ids: ReadonlyArray<string>) =>
  Effect.map(
    Ec2.send(new DescribeInstancesCommand({ InstanceIds: [...ids] })),
    ({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances)
  )

const combinations: ReadonlyArray<readonly [TargetCapacitySpecificationRequest, onDemand: number, spot: number]> = [
  [{ TotalTargetCapacity: 2, DefaultTargetCapacityType: "on-demand" }, 2, 0],
  [{ TotalTargetCapacity: 2, DefaultTargetCapacityType: "spot" }, 0, 2],
  [
    {
      TotalTargetCapacity: 2,
      OnDemandTargetCapacity: 1,
      SpotTargetCapacity: 1,
      DefaultTargetCapacityType: "on-demand"
    },
    1,
    1
  ],
  [{ TotalTargetCapacity: 3, OnDemandTargetCapacity: 1, DefaultTargetCapacityType: "spot" }, 1, 2],
  [{ TotalTargetCapacity: 3, SpotTargetCapacity: 1, DefaultTargetCapacityType: "on-demand" }, 2, 1]
]

export const ec2Fleets = contract("Ec2", {
  "launches the capacity of each kind at once, and the rest of the default kind": recorded(
    "test_fleets test_create_instant_fleet_target_capacity_combinations",
    Effect.gen(function*() {
      const id = yield* template
      for (const [capacity, expectedOnDemand, expectedSpot] of combinations) {
        const { Errors = [], Instances = [] } = yield* createFleet(id, capacity)
        const count = (lifecycle: string) =>
          Instances.filter(({ Lifecycle }) => Lifecycle === lifecycle).flatMap(({ InstanceIds = [] }) => InstanceIds)
            .length
        assert.deepEqual([count("on-demand"), count("spot"), Errors.length], [expectedOnDemand, expectedSpot, 0])
      }
    })
  ),

  "names the version of the template that an instance was launched from": recorded(
    "test_fleets test_version_resolves_to_actual_version_number",
    Effect.gen(function*() {
      const LaunchTemplateId = yield* template
      const { Instances } = yield* createFleet(LaunchTemplateId, onDemand(1), {
        Overrides: [{ InstanceType: "t3.small" }]
      })
      assert.deepEqual(Instances![0]!.LaunchTemplateAndOverrides, {
        LaunchTemplateSpecification: { LaunchTemplateId, Version: "1" },
        Overrides: { InstanceType: "t3.small" }
      })
      assert.strictEqual(Instances![0]!.InstanceType, "t3.small")
    })
  ),

  "shows spot instances with their lifecycle and request, and all with the fleet's tags": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/tag-fleet.html",
    Effect.gen(function*() {
      const LaunchTemplateId = yield* template
      const { FleetId, Instances } = yield* createFleet(
        LaunchTemplateId,
        { TotalTargetCapacity: 1, DefaultTargetCapacityType: "spot" },
        {
          TagSpecifications: [
            { ResourceType: "fleet", Tags: [{ Key: "of", Value: "fleet" }] },
            { ResourceType: "instance", Tags: [{ Key: "of", Value: "instance" }] }
          ]
        }
      )
      const [instance] = yield* instancesOf(Instances![0]!.InstanceIds!)
      assert.strictEqual(instance!.InstanceLifecycle, "spot")
      assert.match(instance!.SpotInstanceRequestId!, /^sir-/)
      assert.deepEqual(Object.fromEntries(instance!.Tags!.map(({ Key, Value }) => [Key, Value])), {
        team: "a",
        of: "instance",
        "aws:ec2:fleet-id": FleetId,
        "aws:ec2launchtemplate:id": LaunchTemplateId,
        "aws:ec2launchtemplate:version": "1"
      })
      assert.deepEqual((yield* fleetOf(FleetId!)).Tags, [{ Key: "of", Value: "fleet" }])
    })
  ),

  "divides the capacity by the weight of an override": documented(
    "API_FleetLaunchTemplateOverridesRequest",
    Effect.gen(function*() {
      const { FleetId, Instances } = yield* createFleet(yield* template, onDemand(5), {
        Overrides: [{ InstanceType: "t3.large", WeightedCapacity: 2 }]
      })
      assert.strictEqual(Instances!.flatMap(({ InstanceIds = [] }) => InstanceIds).length, 3)
      const { FulfilledCapacity, FulfilledOnDemandCapacity } = yield* fleetOf(FleetId!)
      assert.deepEqual([FulfilledCapacity, FulfilledOnDemandCapacity], [6, 6])
    })
  ),

  "takes the override with the highest priority first": documented(
    "API_FleetLaunchTemplateOverridesRequest",
    Effect.gen(function*() {
      const { Instances } = yield* createFleet(yield* template, onDemand(2), {
        OnDemandOptions: { AllocationStrategy: "prioritized" },
        Overrides: [{ InstanceType: "t3.large", Priority: 2 }, { InstanceType: "t3.small", Priority: 1 }]
      })
      assert.deepEqual(Instances!.map(({ InstanceType }) => InstanceType), ["t3.small"])
    })
  ),

  "answers the errors of what couldn't be launched, and launches the rest": documented(
    "API_CreateFleetError",
    Effect.gen(function*() {
      const { Errors, Instances } = yield* createFleet(yield* template, onDemand(1), {
        Overrides: [{ SubnetId: "subnet-0123456789abcdef0" }, { InstanceType: "t3.small" }]
      })
      assert.deepEqual(Errors!.map(({ ErrorCode, Lifecycle }) => [ErrorCode, Lifecycle]), [
        ["InvalidSubnetID.NotFound", "on-demand"]
      ])
      assert.strictEqual(Errors![0]!.LaunchTemplateAndOverrides?.Overrides?.SubnetId, "subnet-0123456789abcdef0")
      assert.deepEqual(Instances!.map(({ InstanceType }) => InstanceType), ["t3.small"])
    })
  ),

  "rejects a fleet of a missing template": believed(
    "Karpenter handles this error of CreateFleet",
    expectRejected(
      createFleet("lt-07ff4bb0369cd679c", onDemand(1)),
      "InvalidLaunchTemplateId.NotFound"
    )
  ),

  "rejects a capacity that is less than its parts, or negative": believed(
    "the sum of both can't be more than the total",
    Effect.gen(function*() {
      const id = yield* template
      const parts = { OnDemandTargetCapacity: 1, SpotTargetCapacity: 1 }
      yield* expectRejected(createFleet(id, { TotalTargetCapacity: 1, ...parts }), "InvalidParameterValue")
      yield* expectRejected(createFleet(id, { TotalTargetCapacity: -1 }), "InvalidParameterValue")
    })
  ),

  "describes an instant fleet only to those who name it": documented(
    "API_DescribeFleets",
    Effect.gen(function*() {
      const { FleetId } = yield* createFleet(yield* template, onDemand(1))
      const { Fleets } = yield* Ec2.send(new DescribeFleetsCommand({}))
      assert.deepEqual(Fleets, [])
      const fleet = yield* fleetOf(FleetId!)
      assert.deepEqual([fleet.FleetState, fleet.Type, fleet.Instances?.length], ["active", "instant", 1])
      yield* expectRejected(Ec2.send(new DescribeFleetInstancesCommand({ FleetId: FleetId! })), "Unsupported")
    })
  ),

  "answers what a fleet was given, and the defaults of the rest": believed(
    "an answer of DescribeFleets in a pull request of aws-controllers-k8s/ec2-controller",
    Effect.gen(function*() {
      const LaunchTemplateId = yield* template
      const { FleetId } = yield* createFleet(
        LaunchTemplateId,
        { TotalTargetCapacity: 2, DefaultTargetCapacityType: "spot" },
        { Type: "maintain" }
      )
      const fleet = yield* fleetOf(FleetId!)
      assert.match(FleetId!, /^fleet-[0-9a-f-]{36}$/)
      assert.strictEqual(fleet.ExcessCapacityTerminationPolicy, "termination")
      assert.deepEqual(fleet.TargetCapacitySpecification, {
        TotalTargetCapacity: 2,
        OnDemandTargetCapacity: 0,
        SpotTargetCapacity: 2,
        DefaultTargetCapacityType: "spot"
      })
      assert.deepEqual([fleet.TerminateInstancesWithExpiration, fleet.ReplaceUnhealthyInstances], [false, false])
      assert.deepEqual(fleet.SpotOptions as unknown, {
        AllocationStrategy: "lowestPrice",
        InstanceInterruptionBehavior: "terminate",
        InstancePoolsToUseCount: 1
      })
      assert.deepEqual(fleet.OnDemandOptions as unknown, { AllocationStrategy: "lowestPrice" })
    })
  ),

  "deletes a fleet without its instances, and later with them": recorded(
    "test_fleets test_delete_fleet",
    Effect.gen(function*() {
      const { FleetId } = yield* createFleet(
        yield* template,
        { TotalTargetCapacity: 3, OnDemandTargetCapacity: 1, SpotTargetCapacity: 2, DefaultTargetCapacityType: "spot" },
        { Type: "maintain" }
      )
      const remove = (TerminateInstances: boolean) =>
        Effect.map(
          Ec2.send(new DeleteFleetsCommand({ FleetIds: [FleetId!], TerminateInstances })),
          ({ SuccessfulFleetDeletions = [] }) =>
            SuccessfulFleetDeletions.map((deletion) => [deletion.FleetId, deletion.CurrentFleetState])
        )
      assert.deepEqual(yield* remove(false), [[FleetId, "deleted_running"]])
      assert.deepEqual(yield* remove(true), [[FleetId, "deleted_terminating"]])
      const { ActiveInstances } = yield* Ec2.send(new DescribeFleetInstancesCommand({ FleetId: FleetId! }))
      assert.deepEqual(ActiveInstances, [])
    })
  ),

  "answers for each fleet that can't be deleted why": documented(
    "API_DeleteFleetError",
    Effect.gen(function*() {
      const { SuccessfulFleetDeletions = [], UnsuccessfulFleetDeletions = [] } = yield* Ec2.send(
        new DeleteFleetsCommand({ FleetIds: [missingId, "web"], TerminateInstances: true })
      )
      assert.deepEqual(SuccessfulFleetDeletions, [])
      assert.deepEqual(UnsuccessfulFleetDeletions.map((failure) => [failure.FleetId, failure.Error?.Code]), [
        [missingId, "fleetIdDoesNotExist"],
        ["web", "fleetIdMalformed"]
      ])
    })
  ),

  "doesn't keep the instances of an instant fleet that is deleted": documented(
    "API_DeleteFleets",
    Effect.gen(function*() {
      const { FleetId, Instances } = yield* createFleet(yield* template, onDemand(1))
      yield* expectRejected(
        Ec2.send(new DeleteFleetsCommand({ FleetIds: [FleetId!], TerminateInstances: false })),
        "InvalidParameterValue"
      )
      yield* Ec2.send(new DeleteFleetsCommand({ FleetIds: [FleetId!], TerminateInstances: true }))
      const [instance] = yield* instancesOf(Instances![0]!.InstanceIds!)
      assert.include(["shutting-down", "terminated"], instance!.State!.Name)
    })
  ),

  "modifies only a fleet that maintains its capacity": documented(
    "API_ModifyFleet",
    Effect.gen(function*() {
      const { FleetId } = yield* createFleet(yield* template, onDemand(1))
      yield* expectRejected(
        Ec2.send(
          new ModifyFleetCommand({ FleetId: FleetId!, TargetCapacitySpecification: { TotalTargetCapacity: 2 } })
        ),
        "FleetNotInModifiableState"
      )
    })
  ),

  "fails for a missing fleet": believed(
    "Terraform's aws_ec2_fleet expects this code",
    Effect.gen(function*() {
      yield* expectRejected(Ec2.send(new DescribeFleetsCommand({ FleetIds: [missingId] })), "InvalidFleetId.NotFound")
      yield* expectRejected(
        Ec2.send(new DescribeFleetInstancesCommand({ FleetId: missingId })),
        "InvalidFleetId.NotFound"
      )
    })
  ),

  "creates a fleet once per client token": documented(
    "API_CreateFleet",
    Effect.gen(function*() {
      const id = yield* template
      const first = yield* createFleet(id, onDemand(1), { ClientToken: "t" })
      const again = yield* createFleet(id, onDemand(1), { ClientToken: "t" })
      assert.deepEqual([again.FleetId, again.Instances], [first.FleetId, first.Instances])
      yield* expectRejected(createFleet(id, onDemand(2), { ClientToken: "t" }), "IdempotentParameterMismatch")
    })
  )
})
