// Images that an account makes, and instance types.
import {
  CopyImageCommand,
  CreateImageCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  ModifyImageAttributeCommand,
  RegisterImageCommand,
  RunInstancesCommand
} from "@aws-sdk/client-ec2"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type AwsClients, type AwsError, Ec2 } from "effect-aws-sdk"
import { believed, contract, documented, recorded } from "./Contract.ts"

const publicImage = Ec2.send(
  new DescribeImagesCommand({
    Owners: ["amazon"],
    Filters: [{ Name: "name", Values: ["al2023-ami-2023.*-kernel-6.1-x86_64"] }]
  })
).pipe(Effect.map(({ Images }) => Images![0]!))

const rejection = <A>(
  code: string,
  message: string,
  effect: Effect.Effect<A, AwsError, AwsClients>,
  statusCode = 400
) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.deepEqual([error.code, error.statusCode], [code, statusCode])
    assert.include(error.message, message)
  })

const copy = (Name: string) =>
  Effect.flatMap(
    publicImage,
    ({ ImageId }) => Ec2.send(new CopyImageCommand({ SourceImageId: ImageId, SourceRegion: "us-east-1", Name }))
  ).pipe(
    Effect.map(({ ImageId = "" }) => ImageId)
  )

const described = (id: string) =>
  Ec2.send(new DescribeImagesCommand({ ImageIds: [id] })).pipe(Effect.map(({ Images }) => Images![0]!))

const oneUnknown = ["t3.micro", "t3.gigantic"] as Array<string> as Array<"t3.micro">

export const ec2Images = contract("Ec2", {
  "rejects image ids that don't exist, and names all of them": recorded(
    "test_amis test_ami_describe_non_existent",
    Effect.gen(function*() {
      const describe = (ImageIds: Array<string>) => Ec2.send(new DescribeImagesCommand({ ImageIds }))
      yield* rejection(
        "InvalidAMIID.NotFound",
        "The image id '[ami-abcd1234]' does not exist",
        describe(["ami-abcd1234"])
      )
      yield* rejection(
        "InvalidAMIID.NotFound",
        "The image ids '[ami-abcd1234, ami-1234abcd]' do not exist",
        describe(["ami-abcd1234", "ami-1234abcd"])
      )
      yield* rejection(
        "InvalidAMIID.Malformed",
        "Invalid id: \"not_an_ami_id\" (expecting \"ami-...\")",
        describe(["not_an_ami_id"])
      )
    })
  ),

  "copies an image under another name": documented(
    "API_CopyImage",
    Effect.gen(function*() {
      const source = yield* publicImage
      const id = yield* copy("golden")
      const image = yield* described(id)
      assert.deepInclude(image, {
        Name: "golden",
        Public: false,
        Architecture: source.Architecture,
        RootDeviceName: source.RootDeviceName
      })
      assert.notStrictEqual(
        image.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId,
        source.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId
      )
      const { Images } = yield* Ec2.send(new DescribeImagesCommand({ Owners: ["self"] }))
      assert.deepEqual(Images?.map(({ ImageId }) => ImageId), [id])
    })
  ),

  "rejects two images of the same name, and a name with other characters": documented(
    "errors-overview",
    Effect.gen(function*() {
      const id = yield* copy("golden")
      yield* rejection("InvalidAMIName.Duplicate", `AMI name golden is already in use by AMI ${id}`, copy("golden"))
      yield* rejection("InvalidAMIName.Malformed", "AMI names must be between 3 and 128 characters long", copy("g%"))
    })
  ),

  "deregisters an image, which can't be launched any more": documented(
    "errors-overview",
    Effect.gen(function*() {
      const ImageId = yield* copy("golden")
      const deregister = Ec2.send(new DeregisterImageCommand({ ImageId }))
      yield* deregister
      const message = `The image id '[${ImageId}]' is no longer available`
      yield* rejection("InvalidAMIID.Unavailable", message, deregister)
      yield* rejection(
        "InvalidAMIID.Unavailable",
        message,
        Ec2.send(new RunInstancesCommand({ ImageId, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1 }))
      )
      yield* rejection("InvalidAMIID.NotFound", `The image id '[${ImageId}]' does not exist`, described(ImageId))
    })
  ),

  "refuses to deregister or describe the attributes of another account's image": believed(
    "bug reports show the code and the message",
    Effect.gen(function*() {
      const { ImageId } = yield* publicImage
      yield* rejection(
        "AuthFailure",
        `Not authorized for image:${ImageId}`,
        Ec2.send(new DeregisterImageCommand({ ImageId })),
        403
      )
    })
  ),

  "changes the description of an image": documented(
    "API_ModifyImageAttribute",
    Effect.gen(function*() {
      const ImageId = yield* copy("golden")
      yield* Ec2.send(new ModifyImageAttributeCommand({ ImageId, Description: { Value: "for tests" } }))
      const { Description } = yield* Ec2.send(
        new DescribeImageAttributeCommand({ ImageId, Attribute: "description" })
      )
      assert.deepEqual(Description, { Value: "for tests" })
      assert.strictEqual((yield* described(ImageId)).Description, "for tests")
    })
  ),

  "rejects an image of a missing instance or snapshot": documented(
    "errors-overview",
    Effect.gen(function*() {
      yield* rejection(
        "InvalidInstanceID.NotFound",
        "The instance ID 'i-0123456789abcdef0' does not exist",
        Ec2.send(new CreateImageCommand({ InstanceId: "i-0123456789abcdef0", Name: "golden" }))
      )
      yield* rejection(
        "InvalidSnapshot.NotFound",
        "The snapshot 'snap-0123456789abcdef0' does not exist.",
        Ec2.send(
          new RegisterImageCommand({
            Name: "golden",
            RootDeviceName: "/dev/xvda",
            BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { SnapshotId: "snap-0123456789abcdef0" } }]
          })
        )
      )
    })
  ),

  "describes an instance type": documented(
    "API_InstanceTypeInfo",
    Effect.gen(function*() {
      const { InstanceTypes } = yield* Ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ["t3.micro"] }))
      const [type] = InstanceTypes!
      assert.deepInclude(type, { InstanceType: "t3.micro", Hypervisor: "nitro", BurstablePerformanceSupported: true })
      assert.deepInclude(type?.VCpuInfo, { DefaultVCpus: 2, DefaultCores: 1, DefaultThreadsPerCore: 2 })
      assert.deepEqual(type?.MemoryInfo, { SizeInMiB: 1024 })
      assert.deepEqual(type?.ProcessorInfo?.SupportedArchitectures, ["x86_64"])
      assert.deepInclude(type?.NetworkInfo, { MaximumNetworkInterfaces: 2, Ipv4AddressesPerInterface: 2 })
    })
  ),

  "rejects describing an instance type that doesn't exist, and names it": believed(
    "bug reports show the code and the message",
    rejection(
      "InvalidInstanceType",
      "The following supplied instance types do not exist: [t3.gigantic]",
      Ec2.send(
        new DescribeInstanceTypesCommand({ InstanceTypes: oneUnknown })
      )
    )
  ),

  "finds instance types by their processor, memory and name": documented(
    "API_DescribeInstanceTypes",
    Effect.gen(function*() {
      const { InstanceTypes = [] } = yield* Ec2.send(
        new DescribeInstanceTypesCommand({
          Filters: [
            { Name: "instance-type", Values: ["t4g.*", "t3.*"] },
            { Name: "processor-info.supported-architecture", Values: ["arm64"] },
            { Name: "memory-info.size-in-mib", Values: ["2048", "4096"] },
            { Name: "current-generation", Values: ["true"] }
          ]
        })
      )
      assert.sameMembers(InstanceTypes.map(({ InstanceType }) => InstanceType), ["t4g.small", "t4g.medium"])
    })
  ),

  "returns instance types in pages": documented(
    "API_DescribeInstanceTypes",
    Effect.gen(function*() {
      const pages = yield* Stream.runCollect(Ec2.pages(
        new DescribeInstanceTypesCommand({ Filters: [{ Name: "instance-type", Values: ["t3.*"] }], MaxResults: 5 })
      ))
      assert.deepEqual(pages.map(({ InstanceTypes }) => InstanceTypes?.length), [5, 2])
      yield* rejection("InvalidParameterValue", "", Ec2.send(new DescribeInstanceTypesCommand({ MaxResults: 101 })))
    })
  ),

  "finds where an instance type is offered": documented(
    "API_DescribeInstanceTypeOfferings",
    Effect.gen(function*() {
      const offered = (LocationType?: "region" | "availability-zone" | "availability-zone-id") =>
        Ec2.send(
          new DescribeInstanceTypeOfferingsCommand({
            LocationType,
            Filters: [{ Name: "instance-type", Values: ["t3.micro"] }]
          })
        ).pipe(
          Effect.map(({ InstanceTypeOfferings = [] }) => InstanceTypeOfferings.map(({ Location }) => Location).sort())
        )
      assert.deepEqual(yield* offered(), ["us-east-1"])
      assert.deepEqual(
        yield* offered("availability-zone"),
        ["a", "b", "c", "d", "f"].map((letter) => `us-east-1${letter}`)
      )
      assert.lengthOf(yield* offered("availability-zone-id"), 5)
    })
  )
})
