// A program whose commands come from another version of S3's client than the library uses, and from a wrapped client:
// see scripts/consumers.ts.
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb"
import { HeadBucketCommand as LibraryHeadBucketCommand } from "@aws-sdk/client-s3"
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb"
import { Effect, Stream } from "effect"
import { AwsService, InMemory, S3, Ssm } from "effect-aws-sdk"
import assert from "node:assert/strict"
import { GetObjectCommand, HeadBucketCommand, ListObjectsV2Command, PutObjectCommand } from "other-client-s3"

assert.notEqual(HeadBucketCommand, LibraryHeadBucketCommand, "only one version of the client is installed")

const bucket = { Bucket: "my-bucket-1" }
const program = Effect.gen(function*() {
  yield* S3.createBucket(bucket.Bucket)
  yield* S3.send(new PutObjectCommand({ ...bucket, Key: "key", Body: "body" }))
  const { Body } = yield* S3.send(new GetObjectCommand({ ...bucket, Key: "key" }))
  const body: string | undefined = yield* Effect.promise(async () => Body?.transformToString())
  const keys: ReadonlyArray<string | undefined> = yield* S3.items(
    new ListObjectsV2Command(bucket),
    (page) => page.Contents?.map(({ Key }) => Key)
  ).pipe(Stream.runCollect)
  yield* S3.send(new HeadBucketCommand(bucket))
  assert.deepEqual({ body, keys }, { body: "body", keys: ["key"] })
})
await Effect.runPromise(program.pipe(Effect.provide(InMemory.layer())))

const wrapped = AwsService.wrapClient(DynamoDBClient, (client) => DynamoDBDocumentClient.from(client))
const item = Effect.gen(function*() {
  yield* InMemory.handle(GetItemCommand, ({ Key }) => Effect.succeed({ Item: Key }))
  for (const service of [AwsService.make(DynamoDBClient), AwsService.make(wrapped)]) {
    const { Item } = yield* service.send(new GetCommand({ TableName: "table", Key: { id: 1 } }))
    assert.deepEqual(Item, { id: 1 })
  }
})
await Effect.runPromise(item.pipe(Effect.provide(InMemory.layer())))

export const others = () => [
  // @ts-expect-error: a command of S3's other version is still none of SSM's.
  Ssm.send(new HeadBucketCommand(bucket)),
  // @ts-expect-error
  S3.send(new GetCommand({ TableName: "table", Key: { id: 1 } }))
]
console.log("Commands of two versions of @aws-sdk/client-s3 work side by side")
