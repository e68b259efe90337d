// The same program for each server: raw clients, without a layer of this library.
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand
} from "@aws-sdk/client-ec2"
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { config, repeat, serve } from "../worker.ts"

const Bucket = `bench-${process.pid}`
const Name = `/bench/${process.pid}`
const Body = Buffer.alloc(1024, "x")

const s3 = new S3Client({ ...config, forcePathStyle: true })
const ssm = new SSMClient(config)
const ec2 = new EC2Client(config)

await s3.send(new CreateBucketCommand({ Bucket }))
await s3.send(new PutObjectCommand({ Bucket, Key: "kilobyte", Body }))
await ssm.send(new PutParameterCommand({ Name, Value: "value", Type: "String" }))
const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }))
const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId!, CidrBlock: "10.0.0.0/24" }))
const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] }))
const { Instances } = await ec2.send(
  new RunInstancesCommand({
    ImageId: Images![0]!.ImageId!,
    InstanceType: "t3.micro",
    MinCount: 1,
    MaxCount: 1,
    SubnetId: Subnet!.SubnetId!
  })
)
const InstanceIds = [Instances![0]!.InstanceId!]

let objects = 0

serve({
  getParameter: ({ atOnce = 1, count }) => repeat(count, atOnce, () => ssm.send(new GetParameterCommand({ Name }))),
  putObject: ({ atOnce = 1, count }) =>
    repeat(count, atOnce, () => s3.send(new PutObjectCommand({ Bucket, Key: `objects/${objects++}`, Body }))),
  getObject: ({ atOnce = 1, count }) =>
    repeat(count, atOnce, async () => {
      const got = await s3.send(new GetObjectCommand({ Bucket, Key: "kilobyte" }))
      await got.Body!.transformToByteArray()
    }),
  describeInstances: ({ atOnce = 1, count }) =>
    repeat(count, atOnce, () => ec2.send(new DescribeInstancesCommand({ InstanceIds })))
})
