/** Prints what a program gets from the in-memory AWS, as JSON, to compare two versions of the SDK. */
import { ListMetricsCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch"
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb"
import { CreateVpcCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2"
import { GetRoleCommand } from "@aws-sdk/client-iam"
import {
  CreateBucketCommand,
  GetBucketTaggingCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
  S3Client
} from "@aws-sdk/client-s3"
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import { Cause, Effect, Exit } from "effect"
import { type AwsClients, AwsService, CloudWatch, Ec2, Iam, InMemory, Retry, S3, Ssm } from "effect-aws-sdk"

const text = "ü <&> \"q\""
const DynamoDb = AwsService.make(DynamoDBClient)

/** What an SDK client without this library gets from the port. */
const raw = (endpoint: string, client: "s3" | "ssm") =>
  Effect.promise(async () => {
    const options = {
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1
    }
    if (client === "ssm") return (await new SSMClient(options).send(new GetParameterCommand({ Name: "/p" }))).Parameter
    const s3 = new S3Client({ ...options, forcePathStyle: true })
    return (await s3.send(new ListObjectsV2Command({ Bucket: "bucket-1" }))).Contents?.map((
      { Key, Size }
    ) => [Key, Size])
  })

const steps: Readonly<Record<string, Effect.Effect<unknown, unknown, AwsClients | InMemory>>> = {
  "CreateBucket": S3.send(new CreateBucketCommand({ Bucket: "bucket-1" })),
  "PutObject": S3.send(new PutObjectCommand({ Bucket: "bucket-1", Key: text, Body: text, Metadata: { a: "b" } })),
  "GetObject": Effect.flatMap(
    S3.send(new GetObjectCommand({ Bucket: "bucket-1", Key: text })),
    ({ Body, Metadata }) => Effect.promise(async () => [await Body!.transformToString(), Metadata])
  ),
  "GetObject of a missing key": S3.send(new GetObjectCommand({ Bucket: "bucket-1", Key: "none" })),
  "PutBucketTagging": S3.send(
    new PutBucketTaggingCommand({ Bucket: "bucket-1", Tagging: { TagSet: [{ Key: "k", Value: text }] } })
  ),
  "GetBucketTagging": S3.send(new GetBucketTaggingCommand({ Bucket: "bucket-1" })),
  "CreateVpc": Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" })),
  "DescribeVpcs": Ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "cidr", Values: ["10.0.0.0/16"] }] })),
  "DescribeVpcs of a missing one": Ec2.send(new DescribeVpcsCommand({ VpcIds: ["vpc-0000000000000000f"] })),
  "GetRole of a missing one": Iam.send(new GetRoleCommand({ RoleName: "none" })),
  "PutParameter": Ssm.send(new PutParameterCommand({ Name: "/p", Value: text, Type: "String" })),
  "GetParameter": Ssm.send(new GetParameterCommand({ Name: "/p" })),
  "GetParameter of a missing one": Ssm.send(new GetParameterCommand({ Name: "/none" })),
  "PutMetricData": CloudWatch.send(
    new PutMetricDataCommand({ Namespace: "n", MetricData: [{ MetricName: "m", Value: 1.5, Timestamp: new Date() }] })
  ),
  "ListMetrics": CloudWatch.send(new ListMetricsCommand({ Namespace: "n" })),
  "GetItem of a handler": InMemory.handle(
    GetItemCommand,
    ({ Key }) => Effect.succeed({ Item: { ...Key, b: { N: "1" } } })
  ).pipe(
    Effect.andThen(DynamoDb.send(new GetItemCommand({ TableName: "t", Key: { a: { B: new Uint8Array([1]) } } })))
  ),
  "a raw client of the port": Effect.scoped(Effect.gen(function*() {
    const { url } = yield* (yield* InMemory).serve({ port: 0 })
    return [yield* raw(url, "ssm"), yield* raw(url, "s3")]
  }))
}

/** Ids are made in order, so that they differ after a call that fails in one version. */
const comparable = (key: string, value: unknown): unknown =>
  key === "$metadata" || (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value))
    ? undefined
    : typeof value === "string"
    ? value.replace(/[0-9a-f]{8,}(-[0-9a-f]{4,})*/g, "ID")
    : value

const program = Effect.gen(function*() {
  const results: Record<string, unknown> = {}
  for (const [name, step] of Object.entries(steps)) {
    const exit = yield* Effect.exit(step)
    if (Exit.isSuccess(exit)) results[name] = { value: exit.value }
    else {
      const error = Cause.squash(exit.cause) as {
        readonly code?: string
        readonly name: string
        readonly message: string
      }
      results[name] = { failed: error.code ?? error.name, message: error.message }
    }
  }
  return results
})

const results = await Effect.runPromise(program.pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))
console.log(JSON.stringify(results, comparable))
