// Checked by `tsc`: what the types of the waiters promise.
import { DescribeTableCommand, type DescribeTableCommandOutput, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import type { DescribeInstancesCommandOutput, DescribeVolumesCommandOutput } from "@aws-sdk/client-ec2"
import type { GetRoleCommandOutput } from "@aws-sdk/client-iam"
import {
  HeadBucketCommand,
  type HeadBucketCommandOutput,
  type HeadObjectCommandOutput,
  S3Client
} from "@aws-sdk/client-s3"
import { GetCommand } from "@aws-sdk/lib-dynamodb"
import { Context, Effect, type Schedule } from "effect"
import { type AwsClients, type AwsError, AwsService, Ec2, EventBridge, Iam, type Polling, S3 } from "effect-aws-sdk"
import { expectTypeOf } from "vitest"

type Wait<Output, Code extends string, Result = Output, R = never> = Effect.Effect<
  Result,
  AwsError<Code> | Polling.WaitFailed<Output> | Polling.WaitTimedOut<Output>,
  AwsClients | R
>

// The result is the output of the waiter's command, and the codes are those of the command.
const running = Ec2.waitUntil("InstanceRunning", { InstanceIds: ["i-1"] })
expectTypeOf(running).toEqualTypeOf<Wait<DescribeInstancesCommandOutput, string>>()
expectTypeOf(Iam.waitUntil("RoleExists", { RoleName: "r" })).toEqualTypeOf<
  Wait<GetRoleCommandOutput, "NoSuchEntityException" | "ServiceFailureException">
>()
expectTypeOf(S3.waitUntil("ObjectExists", { Bucket: "b", Key: "k" })).toExtend<
  Effect.Effect<HeadObjectCommandOutput, unknown, AwsClients>
>()

// There is no output if an error is the success.
type Result<W> = W extends Effect.Effect<infer A, any, any> ? A : never
const bucketGone = S3.waitUntil("BucketNotExists", { Bucket: "b" })
expectTypeOf<Result<typeof bucketGone>>().toEqualTypeOf<undefined>()
const bucket = S3.waitUntil("BucketExists", { Bucket: "b" })
expectTypeOf<Result<typeof bucket>>().toEqualTypeOf<HeadBucketCommandOutput | undefined>()
const volumeGone = Ec2.waitUntil("VolumeDeleted", { VolumeIds: [] })
expectTypeOf<Result<typeof volumeGone>>().toEqualTypeOf<DescribeVolumesCommandOutput | undefined>()

// The requirements of a schedule are those of the wait.
class Pace extends Context.Service<Pace, number>()("Pace") {}
declare const paced: Schedule.Schedule<unknown, unknown, never, Pace>
expectTypeOf(Ec2.waitUntil("InstanceRunning", {}, { schedule: paced, timeout: "1 hour", waitingFor: "w" }))
  .toEqualTypeOf<Wait<DescribeInstancesCommandOutput, string, DescribeInstancesCommandOutput, Pace>>()

export const refused = () => [
  // @ts-expect-error: not a waiter
  Ec2.waitUntil("InstanceRuns", {}),
  // @ts-expect-error: a waiter of another service
  Ec2.waitUntil("BucketExists", { Bucket: "b" }),
  // @ts-expect-error: not a member of the input
  Ec2.waitUntil("InstanceRunning", { InstanceId: "i-1" }),
  // @ts-expect-error: a list of ids
  Ec2.waitUntil("InstanceRunning", { InstanceIds: "i-1" }),
  // @ts-expect-error: the bucket is missing
  S3.waitUntil("ObjectExists", { Key: "k" }),
  // @ts-expect-error: not an option
  S3.waitUntil("BucketExists", { Bucket: "b" }, { maxWaitTime: 60 }),
  // @ts-expect-error: not a duration
  S3.waitUntil("BucketExists", { Bucket: "b" }, { timeout: "soon" })
]
// @ts-expect-error: AWS models no waiters for EventBridge
void EventBridge.waitUntil

// Waiters of one's own: the result follows from the acceptors.
const waiterOf = { command: DescribeTableCommand, delay: "20 seconds", attempts: 25 } as const
const dynamo = AwsService.make(DynamoDBClient, {
  waiters: {
    TableExists: AwsService.waiter({
      ...waiterOf,
      names: ["TableName"],
      acceptors: [
        { state: "success", output: ({ Table }) => Table?.TableStatus === "ACTIVE" },
        { state: "retry", error: "ResourceNotFoundException" }
      ]
    }),
    TableNotExists: AwsService.waiter({
      ...waiterOf,
      acceptors: [{ state: "success", error: "ResourceNotFoundException" }]
    }),
    Either: AwsService.waiter({
      ...waiterOf,
      acceptors: [{ state: "success", status: 200 }, { state: "success", status: 404 }]
    })
  }
})
const exists = dynamo.waitUntil("TableExists", { TableName: "t" })
expectTypeOf(exists).toEqualTypeOf<Wait<DescribeTableCommandOutput, string>>()
const tableGone = dynamo.waitUntil("TableNotExists", { TableName: "t" })
expectTypeOf<Result<typeof tableGone>>().toEqualTypeOf<undefined>()
const either = dynamo.waitUntil("Either", { TableName: "t" })
expectTypeOf<Result<typeof either>>().toEqualTypeOf<DescribeTableCommandOutput | undefined>()

export const refusedOfOwn = () => [
  // @ts-expect-error: not a waiter of the table
  dynamo.waitUntil("TableIsThere", { TableName: "t" }),
  // @ts-expect-error: the input of DescribeTable
  dynamo.waitUntil("TableExists", { Table: "t" }),
  // @ts-expect-error: a service without waiters has none to wait for
  AwsService.make(DynamoDBClient).waitUntil("TableExists", { TableName: "t" })
]

const bucketExists = AwsService.waiter({
  command: HeadBucketCommand,
  delay: "5 seconds",
  attempts: 20,
  acceptors: [{ state: "success", status: 200 }]
})
AwsService.make(S3Client, { waiters: { BucketExists: bucketExists } })
// @ts-expect-error: a command of another service
AwsService.make(DynamoDBClient, { waiters: { BucketExists: bucketExists } })
declare const untyped: AwsService.Waiters
AwsService.make(DynamoDBClient, { waiters: untyped })
// The document client's commands are sent by DynamoDB's client.
AwsService.make(DynamoDBClient, {
  waiters: {
    ItemExists: AwsService.waiter({
      ...waiterOf,
      command: GetCommand,
      acceptors: [{ state: "success", output: ({ Item }) => Item?.["id"] !== undefined }]
    })
  }
})

// @ts-expect-error: not a member of the input
AwsService.waiter({ ...waiterOf, names: ["Table"], acceptors: [{ state: "success", status: 200 }] })
// @ts-expect-error: not a state
AwsService.waiter({ ...waiterOf, acceptors: [{ state: "SUCCESS", status: 200 }] })
// @ts-expect-error: an acceptor goes by one thing
AwsService.waiter({ ...waiterOf, acceptors: [{ state: "success", status: 200, error: "x" }] })
AwsService.waiter({
  ...waiterOf,
  // @ts-expect-error: not a member of the output
  acceptors: [{ state: "success", output: ({ Tables }) => Tables !== undefined }]
})

export const checked = Effect.all([running, exists])
