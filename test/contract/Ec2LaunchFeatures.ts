// Features that instances are launched with if their types and their root devices can do them, and their instance stores.
import {
  type BlockDeviceMapping,
  CreateLaunchTemplateCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput
} from "@aws-sdk/client-ec2"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, type AwsError, Ec2 } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

/** An image of Amazon Linux. */
const image = Ec2.send(
  new DescribeImagesCommand({
    Owners: ["amazon"],
    Filters: [{ Name: "name", Values: ["al2023-ami-2023.*-kernel-6.1-x86_64"] }]
  })
).pipe(Effect.map(({ Images }) => Images![0]!))

const launch = (input: Partial<RunInstancesCommandInput> = {}) =>
  Effect.flatMap(image, ({ ImageId }) =>
    Ec2.send(
      new RunInstancesCommand({ ImageId, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1, ...input })
    )).pipe(Effect.map(({ Instances }) => Instances![0]!))

const described = ({ InstanceId = "" }: { readonly InstanceId?: string | undefined }) =>
  Ec2.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId] })).pipe(
    Effect.map(({ Reservations }) => Reservations![0]!.Instances![0]!)
  )

const rejection = <A>(code: string, message: string, effect: Effect.Effect<A, AwsError, AwsClients>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.deepEqual([error.code, error.statusCode], [code, 400])
    assert.include(error.message, message)
  })

const encrypted = Effect.map(image, ({ RootDeviceName }): Array<BlockDeviceMapping> => [
  { DeviceName: RootDeviceName, Ebs: { Encrypted: true, VolumeSize: 30 } }
])

export const ec2LaunchFeatures = contract("Ec2", {
  "launches an instance with an instance store, which has no volume and isn't shown": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-device-mapping-concepts.html",
    Effect.gen(function*() {
      const stores = [
        { DeviceName: "/dev/sdb", VirtualName: "ephemeral0" },
        { DeviceName: "/dev/sdc", VirtualName: "ephemeral1" }
      ]
      const instance = yield* launch({ BlockDeviceMappings: stores })
      const { BlockDeviceMappings = [], RootDeviceName } = yield* described(instance)
      assert.deepEqual(BlockDeviceMappings.map(({ DeviceName }) => DeviceName), [RootDeviceName])
      const { Volumes = [] } = yield* Ec2.send(
        new DescribeVolumesCommand({ Filters: [{ Name: "attachment.instance-id", Values: [instance.InstanceId!] }] })
      )
      assert.lengthOf(Volumes, 1)
    })
  ),

  "launches an instance with the instance store of a launch template": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-device-mapping-concepts.html",
    Effect.gen(function*() {
      yield* Ec2.send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName: "with-store",
          LaunchTemplateData: { BlockDeviceMappings: [{ DeviceName: "/dev/sdb", VirtualName: "ephemeral0" }] }
        })
      )
      const { BlockDeviceMappings } = yield* described(
        yield* launch({ LaunchTemplate: { LaunchTemplateName: "with-store" } })
      )
      assert.lengthOf(BlockDeviceMappings!, 1)
    })
  ),

  "refuses hibernation of an instance whose root device isn't encrypted": believed(
    "the documentation requires it; users quote the message",
    rejection(
      "UnsupportedHibernationConfiguration",
      "For hibernation, the root device volume must be encrypted.",
      launch({ HibernationOptions: { Configured: true } })
    )
  ),

  "launches an instance for hibernation if its root device is encrypted": documented(
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/hibernating-prerequisites.html",
    Effect.gen(function*() {
      const instance = yield* launch({
        BlockDeviceMappings: yield* encrypted,
        HibernationOptions: { Configured: true }
      })
      assert.deepEqual((yield* described(instance)).HibernationOptions, { Configured: true })
    })
  ),

  "refuses hibernation of an instance type that can't hibernate": believed(
    "the documentation has the code for what doesn't meet the prerequisites; the message is ours",
    Effect.gen(function*() {
      yield* rejection(
        "UnsupportedHibernationConfiguration",
        "m5.24xlarge",
        launch({
          InstanceType: "m5.24xlarge",
          BlockDeviceMappings: yield* encrypted,
          HibernationOptions: { Configured: true }
        })
      )
    })
  ),

  "refuses enclaves on an instance type that doesn't support them": believed(
    "the documentation lists the types that do; the code and the message are EC2's for configurations that it doesn't support",
    Effect.gen(function*() {
      for (const InstanceType of ["t3.micro", "m5.large"] as const) {
        yield* rejection("Unsupported", "not supported", launch({ InstanceType, EnclaveOptions: { Enabled: true } }))
      }
    })
  ),

  "launches an instance with enclaves if its type supports them": documented(
    "https://docs.aws.amazon.com/enclaves/latest/user/nitro-enclave.html",
    Effect.gen(function*() {
      const instance = yield* launch({ InstanceType: "m5.xlarge", EnclaveOptions: { Enabled: true } })
      assert.deepEqual((yield* described(instance)).EnclaveOptions, { Enabled: true })
    })
  ),

  "refuses both hibernation and enclaves of an instance": believed(
    "the documentation rules it out; the code is EC2's for combinations, and the message is the documentation's",
    Effect.gen(function*() {
      yield* rejection(
        "InvalidParameterCombination",
        "hibernation",
        launch({
          InstanceType: "m5.xlarge",
          BlockDeviceMappings: yield* encrypted,
          EnclaveOptions: { Enabled: true },
          HibernationOptions: { Configured: true }
        })
      )
    })
  )
})
