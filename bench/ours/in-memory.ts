import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  RunInstancesCommand
} from "@aws-sdk/client-ec2"
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import * as Ec2 from "effect-aws-sdk/Ec2"
import * as InMemory from "effect-aws-sdk/InMemory"
import * as S3 from "effect-aws-sdk/S3"
import * as Ssm from "effect-aws-sdk/Ssm"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { serve } from "../worker.ts"
import { repeat } from "./run.ts"

const Bucket = "bench-bucket"
const Key = "today.log"
const Name = "/bench/setting-0"

const fixture = Effect.gen(function*() {
  yield* S3.send(new CreateBucketCommand({ Bucket }))
  yield* S3.send(new PutObjectCommand({ Bucket, Key, Body: "hello" }))
  yield* S3.send(new PutObjectCommand({ Bucket, Key: "kilobyte", Body: Buffer.alloc(1024, "x") }))
  yield* Ssm.putParameter({ name: Name, value: "value 0 of a setting, as long as such values are" })
  const { Vpc } = yield* Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
  const { Subnet } = yield* Ec2.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId!, CidrBlock: "10.0.0.0/24" }))
  const { Images } = yield* Ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] }))
  yield* Ec2.send(
    new RunInstancesCommand({
      ImageId: Images![0]!.ImageId!,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      SubnetId: Subnet!.SubnetId!
    })
  )
})

const runtime = ManagedRuntime.make(InMemory.InMemory.layer())
await runtime.runPromise(fixture)

const getObject = Effect.flatMap(
  Effect.suspend(() => S3.send(new GetObjectCommand({ Bucket, Key: "kilobyte" }))),
  ({ Body }) => Effect.promise(() => Body!.transformToByteArray())
)

serve({
  getParameter: ({ count }) => runtime.runPromise(repeat(count, 1, () => Ssm.send(new GetParameterCommand({ Name })))),
  headObject: ({ count }) =>
    runtime.runPromise(repeat(count, 1, () => S3.send(new HeadObjectCommand({ Bucket, Key })))),
  getObject: ({ count }) => runtime.runPromise(repeat(count, 1, () => getObject)),
  describeInstances: ({ count }) =>
    runtime.runPromise(repeat(count, 1, () => Ec2.send(new DescribeInstancesCommand({}))))
})
