// What instances are launched with, and what can't be launched.
import {
  AssociateIamInstanceProfileCommand,
  CreatePlacementGroupCommand,
  DeletePlacementGroupCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceCreditSpecificationsCommand,
  DescribeInstancesCommand,
  DescribePlacementGroupsCommand,
  DisassociateIamInstanceProfileCommand,
  GetPasswordDataCommand,
  ModifyInstanceAttributeCommand,
  ModifyInstanceMetadataOptionsCommand,
  MonitorInstancesCommand,
  RebootInstancesCommand,
  ReplaceIamInstanceProfileAssociationCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  TerminateInstancesCommand,
  UnmonitorInstancesCommand
} from "@aws-sdk/client-ec2"
import { AddRoleToInstanceProfileCommand, CreateInstanceProfileCommand, CreateRoleCommand } from "@aws-sdk/client-iam"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, type AwsError, Ec2, Iam } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"
import { image } from "./ec2Resources.ts"

const launch = (input: Partial<RunInstancesCommandInput> = {}) =>
  Effect.flatMap(image, (ImageId) =>
    Ec2.send(
      new RunInstancesCommand({ ImageId, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1, ...input })
    )).pipe(Effect.map(({ Instances }) => Instances![0]!))

const launched = (input: Partial<RunInstancesCommandInput> = {}) =>
  Effect.map(launch(input), ({ InstanceId }) => InstanceId!)

const described = (id: string) =>
  Ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })).pipe(
    Effect.map(({ Reservations }) => Reservations![0]!.Instances![0]!)
  )

const rejection = <A>(code: string, message: string, effect: Effect.Effect<A, AwsError, AwsClients>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.deepEqual([error.code, error.statusCode], [code, 400])
    assert.include(error.message, message)
  })

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }]
})

/** An instance profile with a role, or without one. */
const profile = Effect.fnUntraced(function*(InstanceProfileName: string, hasRole = true) {
  const { InstanceProfile } = yield* Iam.send(new CreateInstanceProfileCommand({ InstanceProfileName }))
  if (hasRole) {
    yield* Iam.send(new CreateRoleCommand({ RoleName: InstanceProfileName, AssumeRolePolicyDocument: trust }))
    yield* Iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: InstanceProfileName }))
  }
  return { Arn: InstanceProfile!.Arn!, Id: InstanceProfile!.InstanceProfileId! }
})

const unknown = ["i-0123456789abcdef0", "i-0123456789abcdef1"]

export const ec2Launch = contract("Ec2", {
  "rejects launching an instance type that doesn't exist": believed(
    "bug reports show the code and the message",
    Effect.gen(function*() {
      for (const type of ["t3.gigantic", "nonsense"]) {
        yield* rejection(
          "InvalidParameterValue",
          `Invalid value '${type}' for InstanceType.`,
          launch({ InstanceType: type as "t3.micro" })
        )
      }
    })
  ),

  "rejects launching with a key pair that doesn't exist": documented(
    "errors-overview",
    rejection("InvalidKeyPair.NotFound", "The key pair 'nobody' does not exist", launch({ KeyName: "nobody" }))
  ),

  "rejects launching with a security group that doesn't exist, by id or by name": documented(
    "errors-overview",
    Effect.gen(function*() {
      yield* rejection(
        "InvalidGroup.NotFound",
        "The security group 'sg-0123456789abcdef0' does not exist",
        launch({ SecurityGroupIds: ["sg-0123456789abcdef0"] })
      )
      yield* rejection(
        "InvalidGroup.NotFound",
        "The security group 'nobody' does not exist in default VPC 'vpc-",
        launch({ SecurityGroups: ["nobody"] })
      )
    })
  ),

  "rejects launching with an instance profile that doesn't exist or has no role": believed(
    "bug reports show the codes and the messages",
    Effect.gen(function*() {
      yield* rejection(
        "InvalidParameterValue",
        "Value (nobody) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        launch({ IamInstanceProfile: { Name: "nobody" } })
      )
      const { Arn } = yield* profile("empty", false)
      yield* rejection(
        "InvalidParameterValue",
        `Value (${Arn}x) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`,
        launch({ IamInstanceProfile: { Arn: `${Arn}x` } })
      )
      yield* rejection(
        "InvalidParameterValue",
        "has no associated IAM Roles",
        launch({ IamInstanceProfile: { Arn } })
      )
    })
  ),

  "launches an instance with a profile, and replaces and removes it": documented(
    "API_ReplaceIamInstanceProfileAssociation",
    Effect.gen(function*() {
      const web = yield* profile("web")
      const batch = yield* profile("batch")
      const id = yield* launched({ IamInstanceProfile: { Name: "web" } })
      assert.deepEqual((yield* described(id)).IamInstanceProfile, web)
      const associations = Ec2.send(
        new DescribeIamInstanceProfileAssociationsCommand({ Filters: [{ Name: "instance-id", Values: [id] }] })
      ).pipe(Effect.map(({ IamInstanceProfileAssociations = [] }) => IamInstanceProfileAssociations))
      const [first] = yield* associations
      assert.deepInclude(first, { InstanceId: id, IamInstanceProfile: web, State: "associated" })
      yield* Ec2.send(
        new ReplaceIamInstanceProfileAssociationCommand({
          AssociationId: first?.AssociationId,
          IamInstanceProfile: { Arn: batch.Arn }
        })
      )
      const [second] = yield* associations
      assert.deepInclude(second, { InstanceId: id, IamInstanceProfile: batch })
      yield* Ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId: second?.AssociationId }))
      assert.deepEqual(yield* associations, [])
      assert.isUndefined((yield* described(id)).IamInstanceProfile)
    })
  ),

  "rejects a second instance profile for an instance": believed(
    "bug reports show the code and the message",
    Effect.gen(function*() {
      yield* profile("web")
      const InstanceId = yield* launched()
      const associate = Ec2.send(
        new AssociateIamInstanceProfileCommand({ InstanceId, IamInstanceProfile: { Name: "web" } })
      )
      assert.strictEqual((yield* associate).IamInstanceProfileAssociation?.State, "associating")
      yield* rejection("IncorrectState", `There is an existing association for instance ${InstanceId}`, associate)
    })
  ),

  "launches instances in a placement group, which can't be deleted before them": documented(
    "API_DeletePlacementGroup",
    Effect.gen(function*() {
      const GroupName = "near"
      const { PlacementGroup } = yield* Ec2.send(new CreatePlacementGroupCommand({ GroupName, Strategy: "spread" }))
      assert.deepInclude(PlacementGroup, { GroupName, Strategy: "spread", State: "available" })
      const instance = yield* launch({ Placement: { GroupName } })
      assert.strictEqual(instance.Placement?.GroupName, GroupName)
      yield* rejection(
        "InvalidPlacementGroup.InUse",
        `The placement group '${GroupName}' is in use and may not be deleted.`,
        Ec2.send(new DeletePlacementGroupCommand({ GroupName }))
      )
    })
  ),

  "rejects a placement group that exists already or doesn't exist": documented(
    "errors-overview",
    Effect.gen(function*() {
      const GroupName = "near"
      const create = Ec2.send(new CreatePlacementGroupCommand({ GroupName, Strategy: "cluster" }))
      yield* create
      yield* rejection("InvalidPlacementGroup.Duplicate", "already exists", create)
      yield* Ec2.send(new DeletePlacementGroupCommand({ GroupName }))
      const code = "InvalidPlacementGroup.Unknown"
      const message = `The Placement Group '${GroupName}' is unknown.`
      yield* rejection(code, message, Ec2.send(new DeletePlacementGroupCommand({ GroupName })))
      yield* rejection(code, message, Ec2.send(new DescribePlacementGroupsCommand({ GroupNames: [GroupName] })))
      yield* rejection(code, message, launch({ Placement: { GroupName } }))
    })
  ),

  "rejects launching in a zone that doesn't exist": believed(
    "bug reports show the code and the message",
    rejection(
      "InvalidParameterValue",
      "Invalid availability zone: [us-east-1z]",
      launch({ Placement: { AvailabilityZone: "us-east-1z" } })
    )
  ),

  "rejects EBS optimization of a type that can't have it": believed(
    "bug reports show the code and the message",
    rejection(
      "Unsupported",
      "EBS-optimized instances are not supported for your requested configuration.",
      launch({ InstanceType: "t2.micro", EbsOptimized: true })
    )
  ),

  "rejects user data that isn't Base64 or is too long": believed(
    "bug reports show the codes and the messages",
    Effect.gen(function*() {
      yield* rejection(
        "InvalidParameterValue",
        "Invalid BASE64 encoding of user data",
        launch({ UserData: "#!/bin/sh" })
      )
      const UserData = Buffer.alloc(16_385, "x").toString("base64")
      yield* rejection("InvalidParameterValue", "User data is limited to 16384 bytes", launch({ UserData }))
    })
  ),

  "rejects more network interfaces than the type can have": believed(
    "bug reports show the code and the message",
    Effect.gen(function*() {
      const NetworkInterfaces = [0, 1, 2].map((DeviceIndex) => ({ DeviceIndex }))
      yield* rejection(
        "AttachmentLimitExceeded",
        "Interface count 3 exceeds the limit for t3.micro",
        launch({ NetworkInterfaces })
      )
    })
  ),

  "rejects instance ids that don't exist, and names all of them": believed(
    "a bug report shows the message of TerminateInstances",
    Effect.gen(function*() {
      const message = `The instance IDs '${unknown.join(", ")}' do not exist`
      const code = "InvalidInstanceID.NotFound"
      yield* rejection(code, message, Ec2.send(new TerminateInstancesCommand({ InstanceIds: unknown })))
      yield* rejection(code, message, Ec2.send(new StartInstancesCommand({ InstanceIds: unknown })))
      yield* rejection(code, message, Ec2.send(new DescribeInstancesCommand({ InstanceIds: unknown })))
      yield* rejection(
        code,
        "The instance ID 'i-0123456789abcdef0' does not exist",
        Ec2.send(new RebootInstancesCommand({ InstanceIds: unknown.slice(0, 1) }))
      )
    })
  ),

  "says why an instance is pending, and why it terminates": documented(
    "API_StateReason",
    Effect.gen(function*() {
      const instance = yield* launch()
      assert.deepEqual(instance.StateReason, { Code: "pending", Message: "pending" })
      yield* Ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance.InstanceId!] }))
      const { StateReason, StateTransitionReason } = yield* described(instance.InstanceId!)
      assert.deepEqual(StateReason, {
        Code: "Client.UserInitiatedShutdown",
        Message: "Client.UserInitiatedShutdown: User initiated shutdown"
      })
      assert.match(StateTransitionReason ?? "", /^User initiated \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT\)$/)
    })
  ),

  "answers a new instance before it has volumes and a public address": believed(
    "answers of AWS that people have published",
    Effect.gen(function*() {
      const instance = yield* launch()
      assert.deepInclude(instance, { BlockDeviceMappings: [], PublicDnsName: "", State: { Code: 0, Name: "pending" } })
      assert.isUndefined(instance.PublicIpAddress)
      assert.strictEqual(instance.NetworkInterfaces?.[0]?.Attachment?.Status, "attaching")
      assert.strictEqual(instance.MetadataOptions?.State, "pending")
      const later = yield* described(instance.InstanceId!)
      assert.lengthOf(later.BlockDeviceMappings!, 1)
      assert.strictEqual(later.NetworkInterfaces?.[0]?.Attachment?.Status, "attached")
    })
  ),

  "returns the members that every instance has": believed(
    "API_Instance documents the members, and answers of AWS that people have published show their values",
    Effect.gen(function*() {
      assert.deepInclude(yield* described(yield* launched()), {
        AmiLaunchIndex: 0,
        Architecture: "x86_64",
        BootMode: "uefi-preferred",
        CapacityReservationSpecification: { CapacityReservationPreference: "open" },
        CpuOptions: { CoreCount: 1, ThreadsPerCore: 2 },
        CurrentInstanceBootMode: "uefi",
        EbsOptimized: false,
        EnaSupport: true,
        EnclaveOptions: { Enabled: false },
        HibernationOptions: { Configured: false },
        Hypervisor: "xen",
        MaintenanceOptions: { AutoRecovery: "default", RebootMigration: "default" },
        Monitoring: { State: "disabled" },
        NetworkPerformanceOptions: { BandwidthWeighting: "default" },
        Operator: { Managed: false },
        PlatformDetails: "Linux/UNIX",
        ProductCodes: [],
        RootDeviceName: "/dev/xvda",
        RootDeviceType: "ebs",
        SourceDestCheck: true,
        StateTransitionReason: "",
        UsageOperation: "RunInstances",
        VirtualizationType: "hvm"
      })
    })
  ),

  "leaves out the list of tags of an instance that has none": believed(
    "programs that expect the list fail on AWS",
    Effect.gen(function*() {
      const id = yield* launched()
      assert.isUndefined((yield* described(id)).Tags)
    })
  ),

  "changes the metadata options of an instance one by one": documented(
    "API_ModifyInstanceMetadataOptions",
    Effect.gen(function*() {
      const InstanceId = yield* launched({ MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 3 } })
      yield* Ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId, HttpEndpoint: "disabled" }))
      assert.deepInclude((yield* described(InstanceId)).MetadataOptions, {
        HttpEndpoint: "disabled",
        HttpTokens: "required",
        HttpPutResponseHopLimit: 3
      })
    })
  ),

  "switches detailed monitoring on and off": documented(
    "API_MonitorInstances",
    Effect.gen(function*() {
      const InstanceId = yield* launched()
      const on = yield* Ec2.send(new MonitorInstancesCommand({ InstanceIds: [InstanceId] }))
      assert.deepEqual(on.InstanceMonitorings, [{ InstanceId, Monitoring: { State: "pending" } }])
      assert.strictEqual((yield* described(InstanceId)).Monitoring?.State, "enabled")
      const off = yield* Ec2.send(new UnmonitorInstancesCommand({ InstanceIds: [InstanceId] }))
      assert.deepEqual(off.InstanceMonitorings, [{ InstanceId, Monitoring: { State: "disabling" } }])
      assert.strictEqual((yield* described(InstanceId)).Monitoring?.State, "disabled")
    })
  ),

  "answers the CPU credits of burstable instances, by default and as launched": documented(
    "API_DescribeInstanceCreditSpecifications",
    Effect.gen(function*() {
      const byDefault = yield* launched()
      const standard = yield* launched({ CreditSpecification: { CpuCredits: "standard" } })
      const { InstanceCreditSpecifications = [] } = yield* Ec2.send(
        new DescribeInstanceCreditSpecificationsCommand({ InstanceIds: [byDefault, standard] })
      )
      assert.sameDeepMembers(InstanceCreditSpecifications, [
        { InstanceId: byDefault, CpuCredits: "unlimited" },
        { InstanceId: standard, CpuCredits: "standard" }
      ])
    })
  ),

  "keeps the volume of an instance when a change of the attribute says so": documented(
    "API_ModifyInstanceAttribute",
    Effect.gen(function*() {
      const InstanceId = yield* launched()
      const [device] = (yield* described(InstanceId)).BlockDeviceMappings!
      assert.isTrue(device?.Ebs?.DeleteOnTermination)
      yield* Ec2.send(
        new ModifyInstanceAttributeCommand({
          InstanceId,
          BlockDeviceMappings: [{ DeviceName: device?.DeviceName, Ebs: { DeleteOnTermination: false } }]
        })
      )
      const { BlockDeviceMappings } = yield* Ec2.send(
        new DescribeInstanceAttributeCommand({ InstanceId, Attribute: "blockDeviceMapping" })
      )
      assert.isFalse(BlockDeviceMappings?.[0]?.Ebs?.DeleteOnTermination)
    })
  ),

  "returns no password for an instance that doesn't run Windows": documented(
    "API_GetPasswordData",
    Effect.gen(function*() {
      const InstanceId = yield* launched()
      assert.strictEqual((yield* Ec2.send(new GetPasswordDataCommand({ InstanceId }))).PasswordData, "")
    })
  )
})
