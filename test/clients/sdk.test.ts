// Clients of the AWS SDK for JavaScript as any program makes them, on a served AWS.
import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch"
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb"
import {
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  DescribeVpcsCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
  waitUntilInstanceRunning,
  waitUntilInstanceTerminated
} from "@aws-sdk/client-ec2"
import {
  CreateRoleCommand,
  GetRoleCommand,
  IAMClient,
  NoSuchEntityException,
  waitUntilRoleExists
} from "@aws-sdk/client-iam"
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketReplicationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  waitUntilBucketExists,
  waitUntilObjectExists,
  waitUntilObjectNotExists
} from "@aws-sdk/client-s3"
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs"
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm"
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient
} from "@aws-sdk/client-sts"
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand as DocumentQuery } from "@aws-sdk/lib-dynamodb"
import { Upload } from "@aws-sdk/lib-storage"
import { createPresignedPost } from "@aws-sdk/s3-presigned-post"
import { getSignedUrl } from "@aws-sdk/s3-request-presigner"
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { InMemory } from "effect-aws-sdk"
import { createHash } from "node:crypto"
import { Readable } from "node:stream"
import { Served } from "./served.ts"

const credentials = { accessKeyId: "test", secretAccessKey: "test" }

/** What a program tells its clients. */
const config = Effect.map(Served, ({ url }) => ({ endpoint: url, region: "us-east-1", credentials }))

const call = <A>(run: () => Promise<A>) => Effect.promise(run)

/** What a call is rejected with. */
const failure = <E>(run: () => Promise<unknown>): Effect.Effect<E> =>
  Effect.promise(() =>
    run().then(
      () => {
        throw new Error("The call succeeded")
      },
      (error: E) => error
    )
  )

interface WireError extends Error {
  readonly Code?: string
  readonly Type?: string
  readonly $fault?: string
  readonly $metadata: {
    readonly httpStatusCode?: number
    readonly requestId?: string
    readonly extendedRequestId?: string
  }
  readonly $response?: { readonly statusCode: number; readonly headers: Record<string, string> }
}

let buckets = 0

/** A client of S3, and a new bucket. */
const s3 = Effect.gen(function*() {
  const client = new S3Client({ ...yield* config, forcePathStyle: true })
  const Bucket = `bucket-${++buckets}`
  yield* call(() => client.send(new CreateBucketCommand({ Bucket })))
  return { client, Bucket }
})

const textOf = async (client: S3Client, Bucket: string, Key: string) =>
  (await client.send(new GetObjectCommand({ Bucket, Key }))).Body!.transformToString()

// As short as a waiter lets it be; the resources change a thousand times as fast as on AWS.
const waiter = { maxWaitTime: 30, minDelay: 0.01, maxDelay: 0.02 }

layer(Served.layer({}, { speed: 10_000 }), { excludeTestServices: true })("a client of the AWS SDK", (it) => {
  it.effect("marshals items through a DynamoDB document client", () =>
    Effect.gen(function*() {
      type Item = Record<string, { readonly S?: string }>
      const items: Array<Item> = []
      yield* InMemory.handle(PutItemCommand, ({ Item }) =>
        Effect.sync(() => {
          items.push(Item as Item)
          return {}
        }))
      yield* InMemory.handle(GetItemCommand, ({ Key }) =>
        Effect.sync(() =>
          ({ Item: items.find((item) => item["id"]?.S === (Key as Item)["id"]?.S) }) as object
        ))
      yield* InMemory.handle(QueryCommand, () => Effect.sync(() => ({ Items: items, Count: items.length }) as object))
      const client = DynamoDBDocumentClient.from(new DynamoDBClient(yield* config))
      const item = {
        id: "a",
        count: 3,
        price: 1.5,
        open: true,
        nothing: null,
        list: [1, "two", { three: 3 }],
        set: new Set(["x", "y"]),
        bytes: new Uint8Array([1, 2, 255])
      }
      yield* call(() => client.send(new PutCommand({ TableName: "table", Item: item })))
      assert.deepEqual(
        (yield* call(() => client.send(new GetCommand({ TableName: "table", Key: { id: "a" } })))).Item,
        item
      )
      const missing = yield* call(() => client.send(new GetCommand({ TableName: "table", Key: { id: "b" } })))
      assert.isUndefined(missing.Item)
      const all = yield* call(() =>
        client.send(new DocumentQuery({ TableName: "table", KeyConditionExpression: "id = a" }))
      )
      assert.deepEqual([all.Count, all.Items], [1, [item]])
    }))

  it.effect("retries a throttled call of DynamoDB", () =>
    Effect.gen(function*() {
      yield* InMemory.handle(GetItemCommand, () => Effect.succeed({ Item: { id: { S: "a" } } }))
      yield* InMemory.inject({ service: "DynamoDB", operation: "GetItem", times: 1, fault: InMemory.throttled })
      const client = new DynamoDBClient(yield* config)
      const { $metadata, Item } = yield* call(() =>
        client.send(new GetItemCommand({ TableName: "table", Key: { id: { S: "a" } } }))
      )
      assert.deepEqual([$metadata.attempts, Item], [2, { id: { S: "a" } }])
    }))

  it.effect("verifies the MD5 of messages of SQS", () =>
    Effect.gen(function*() {
      const md5 = (text: string) => createHash("md5").update(text).digest("hex")
      let sent = ""
      yield* InMemory.handle(SendMessageCommand, ({ MessageBody = "" }) =>
        Effect.sync(() => {
          sent = MessageBody
          return { MessageId: "1", MD5OfMessageBody: md5(sent) }
        }))
      yield* InMemory.handle(ReceiveMessageCommand, () =>
        Effect.sync(() => ({ Messages: [{ MessageId: "1", Body: sent, MD5OfBody: md5(sent), ReceiptHandle: "r" }] })))
      const client = new SQSClient(yield* config)
      const QueueUrl = `${(yield* Served).url}/123456789012/queue`
      yield* call(() =>
        client.send(new SendMessageCommand({ QueueUrl, MessageBody: "grüße <&>" }))
      )
      const { Messages } = yield* call(() => client.send(new ReceiveMessageCommand({ QueueUrl })))
      assert.strictEqual(Messages?.[0]?.Body, "grüße <&>")
      yield* InMemory.handle(SendMessageCommand, () =>
        Effect.succeed({ MessageId: "1", MD5OfMessageBody: md5("another") }))
      const error = yield* failure<Error>(() =>
        client.send(new SendMessageCommand({ QueueUrl, MessageBody: "text" }))
      )
      assert.strictEqual(error.message, "InvalidChecksumError")
    }))

  it.effect("gets an error of S3 with its code, key, status and request ids", () =>
    Effect.gen(function*() {
      const { Bucket, client } = yield* s3
      const error = yield* failure<WireError & { readonly Key?: string }>(() =>
        client.send(new GetObjectCommand({ Bucket, Key: "missing" }))
      )
      assert.isTrue(error instanceof NoSuchKey)
      assert.deepEqual([error.name, error.Code, error.Key, error.$fault], [
        "NoSuchKey",
        "NoSuchKey",
        "missing",
        "client"
      ])
      assert.strictEqual(error.message, "The specified key does not exist.")
      assert.strictEqual(error.$metadata.httpStatusCode, 404)
      assert.isNotEmpty(error.$metadata.requestId)
      assert.isNotEmpty(error.$metadata.extendedRequestId)
      assert.strictEqual(error.$response?.headers["content-type"], "application/xml")
      const head = yield* failure<WireError>(() => client.send(new HeadObjectCommand({ Bucket, Key: "missing" })))
      assert.deepEqual([head.name, head.$metadata.httpStatusCode], ["NotFound", 404])
    }))

  it.effect("gets errors of the other protocols with their code, class and request id", () =>
    Effect.gen(function*() {
      const own = yield* config
      const iam = yield* failure<WireError>(() => new IAMClient(own).send(new GetRoleCommand({ RoleName: "missing" })))
      assert.isTrue(iam instanceof NoSuchEntityException)
      assert.deepEqual([iam.name, iam.Code, iam.Type], ["NoSuchEntityException", "NoSuchEntity", "Sender"])
      const ec2 = yield* failure<WireError>(() =>
        new EC2Client(own).send(new DescribeVpcsCommand({ VpcIds: ["vpc-0123456789abcdef0"] }))
      )
      assert.deepEqual([ec2.name, ec2.Code], ["InvalidVpcID.NotFound", "InvalidVpcID.NotFound"])
      const ssm = yield* failure<WireError>(() =>
        new SSMClient(own).send(new GetParameterCommand({ Name: "/missing" }))
      )
      assert.isTrue(ssm instanceof ParameterNotFound)
      assert.strictEqual(ssm.$metadata.httpStatusCode, 400)
      const cloudWatch = yield* failure<WireError>(() =>
        new CloudWatchClient(own).send(
          new GetMetricStatisticsCommand({
            Namespace: "n",
            MetricName: "m",
            StartTime: new Date(2_000_000),
            EndTime: new Date(1_000_000),
            Period: 60,
            Statistics: ["Sum"]
          })
        )
      )
      assert.strictEqual(cloudWatch.name, "InvalidParameterValueException")
      for (const error of [iam, ec2, ssm, cloudWatch]) assert.match(String(error.$metadata.requestId), /^[\w-]{36}$/)
    }))

  it.effect("gets the status, the request id and the headers of a success", () =>
    Effect.gen(function*() {
      const { Bucket, client } = yield* s3
      const { $metadata } = yield* call(() => client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" })))
      assert.deepInclude($metadata, { httpStatusCode: 200, attempts: 1 })
      assert.isNotEmpty($metadata.requestId)
      const deleted = yield* call(() => client.send(new DeleteObjectCommand({ Bucket, Key: "k" })))
      assert.strictEqual(deleted.$metadata.httpStatusCode, 204)
    }))

  it.effect("puts a stream of a known length, and reads a stream", () =>
    Effect.gen(function*() {
      const { Bucket, client } = yield* s3
      const bytes = Buffer.alloc(3_000_000, "0123456789")
      const Body = Readable.from([bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)])
      yield* call(() =>
        client.send(new PutObjectCommand({ Bucket, Key: "stream", Body, ContentLength: bytes.byteLength }))
      )
      const got = yield* call(() => client.send(new GetObjectCommand({ Bucket, Key: "stream" })))
      assert.instanceOf(got.Body, Readable)
      const chunks = yield* call(() => (got.Body as Readable).toArray())
      assert.isTrue(Buffer.concat(chunks).equals(bytes), "the bytes are the same")
      const part = yield* call(() => client.send(new GetObjectCommand({ Bucket, Key: "stream", Range: "bytes=-5" })))
      assert.deepEqual([part.ContentRange, yield* call(() => part.Body!.transformToString())], [
        "bytes 2999995-2999999/3000000",
        "56789"
      ])
    }))

  it.effect("uploads a stream of unknown length in parts through lib-storage", () =>
    Effect.gen(function*() {
      const { Bucket, client } = yield* s3
      const bytes = Buffer.alloc(11_000_000, "abcdefghij")
      const progress: Array<number> = []
      const upload = new Upload({
        client,
        params: {
          Bucket,
          Key: "parts",
          Body: Readable.from([bytes]),
          ContentType: "text/x-test",
          Metadata: { by: "parts" }
        }
      })
      upload.on("httpUploadProgress", ({ loaded = 0 }) => progress.push(loaded))
      const done = yield* call(() => upload.done())
      assert.match(String(done.ETag), /-3"$/)
      assert.strictEqual(Math.max(...progress), bytes.byteLength)
      const got = yield* call(() => client.send(new GetObjectCommand({ Bucket, Key: "parts" })))
      assert.deepEqual([got.ContentType, got.Metadata], ["text/x-test", { by: "parts" }])
      assert.isTrue(
        Buffer.from(yield* call(() => got.Body!.transformToByteArray())).equals(bytes),
        "the bytes are the same"
      )
    }))

  it.effect("presigns a GET, a PUT and a POST, which fetch sends", () =>
    Effect.gen(function*() {
      const { Bucket } = yield* s3
      const client = new S3Client({
        ...yield* config,
        forcePathStyle: true,
        requestChecksumCalculation: "WHEN_REQUIRED"
      })
      const Key = "a b/ü.txt"
      const put = yield* call(() =>
        getSignedUrl(client, new PutObjectCommand({ Bucket, Key, ContentType: "text/x-test" }))
      )
      const stored = yield* call(() =>
        fetch(put, { method: "PUT", body: "by fetch", headers: { "content-type": "text/x-test" } })
      )
      assert.strictEqual(stored.status, 200, yield* call(() => stored.text()))
      const get = yield* call(() => getSignedUrl(client, new GetObjectCommand({ Bucket, Key })))
      const got = yield* call(() => fetch(get))
      assert.deepEqual([got.headers.get("content-type"), yield* call(() => got.text())], ["text/x-test", "by fetch"])
      const { fields, url } = yield* call(() =>
        createPresignedPost(client, {
          Bucket,
          Key: "posted/${filename}",
          Conditions: [["content-length-range", 1, 100]]
        })
      )
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      form.append("file", new File(["by a form"], "ä.txt"))
      const posted = yield* call(() => fetch(url, { method: "POST", body: form }))
      assert.strictEqual(posted.status, 204, yield* call(() => posted.text()))
      assert.strictEqual(yield* call(() => textOf(client, Bucket, "posted/ä.txt")), "by a form")
    }))

  it.effect("reads all pages of a list", () =>
    Effect.gen(function*() {
      const { Bucket, client } = yield* s3
      const keys = ["a", "b c", "d+e", "f&g", "ü"]
      for (const Key of keys) yield* call(() => client.send(new PutObjectCommand({ Bucket, Key })))
      const seen: Array<string | undefined> = []
      yield* call(async () => {
        for await (const { Contents = [] } of paginateListObjectsV2({ client, pageSize: 2 }, { Bucket })) {
          seen.push(...Contents.map(({ Key }) => Key))
        }
      })
      assert.deepEqual(seen, keys)
    }))

  it.effect("waits for buckets, objects, roles and instances", () =>
    Effect.gen(function*() {
      const own = yield* config
      const { Bucket, client } = yield* s3
      const states: Array<string> = []
      const wait = (waiting: () => Promise<{ readonly state: string }>) =>
        Effect.map(call(waiting), ({ state }) => states.push(state))
      yield* wait(() => waitUntilBucketExists({ client, ...waiter }, { Bucket }))
      const later = yield* Effect.forkChild(
        wait(() => waitUntilObjectExists({ client, ...waiter }, { Bucket, Key: "k" }))
      )
      yield* call(() => client.send(new PutObjectCommand({ Bucket, Key: "k" })))
      yield* Fiber.join(later)
      yield* wait(() => waitUntilObjectNotExists({ client, ...waiter }, { Bucket, Key: "missing" }))
      const iam = new IAMClient(own)
      const trust = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }]
      })
      yield* call(() => iam.send(new CreateRoleCommand({ RoleName: "waited", AssumeRolePolicyDocument: trust })))
      yield* wait(() => waitUntilRoleExists({ client: iam, ...waiter }, { RoleName: "waited" }))
      const ec2 = new EC2Client(own)
      const { Vpc } = yield* call(() => ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" })))
      const { Subnet } = yield* call(() =>
        ec2.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId!, CidrBlock: "10.0.0.0/24" }))
      )
      const { Images } = yield* call(() => ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] })))
      const { Instances } = yield* call(() =>
        ec2.send(
          new RunInstancesCommand({
            ImageId: Images![0]!.ImageId!,
            InstanceType: "t3.micro",
            MinCount: 1,
            MaxCount: 1,
            SubnetId: Subnet!.SubnetId!
          })
        )
      )
      const InstanceIds = [Instances![0]!.InstanceId!]
      yield* wait(() => waitUntilInstanceRunning({ client: ec2, ...waiter }, { InstanceIds }))
      yield* call(() => ec2.send(new TerminateInstancesCommand({ InstanceIds })))
      yield* wait(() => waitUntilInstanceTerminated({ client: ec2, ...waiter }, { InstanceIds }))
      assert.deepEqual(states, Array.from({ length: 6 }, () => "SUCCESS"))
    }))

  it.effect("needs only AWS_ENDPOINT_URL and keys in its environment", () =>
    Effect.gen(function*() {
      const { url } = yield* Served
      const before = { ...process.env }
      Object.assign(process.env, {
        AWS_ENDPOINT_URL: url,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "any",
        AWS_SECRET_ACCESS_KEY: "any"
      })
      const { Account } = yield* call(() => new STSClient({}).send(new GetCallerIdentityCommand({}))).pipe(
        Effect.ensuring(Effect.sync(() => {
          process.env = before
        }))
      )
      assert.strictEqual(Account, "123456789012")
    }))

  it.effect("has an account for each key id of 12 digits, and a state for each account and region", () =>
    Effect.gen(function*() {
      const own = yield* config
      const clientOf = (accessKeyId: string, region: string) =>
        new SSMClient({ ...own, region, credentials: { accessKeyId, secretAccessKey: "any" } })
      const clients = [
        clientOf("111111111111", "us-east-1"),
        clientOf("222222222222", "us-east-1"),
        clientOf("111111111111", "eu-west-1")
      ]
      for (const [i, client] of clients.entries()) {
        yield* call(() => client.send(new PutParameterCommand({ Name: "/own", Value: String(i), Type: "String" })))
      }
      const values = yield* Effect.forEach(
        clients,
        (client) =>
          Effect.map(
            call(() => client.send(new GetParameterCommand({ Name: "/own" }))),
            ({ Parameter }) => Parameter?.Value
          )
      )
      assert.deepEqual(values, ["0", "1", "2"])
      const sts = new STSClient({ ...own, credentials: { accessKeyId: "222222222222", secretAccessKey: "any" } })
      assert.strictEqual((yield* call(() => sts.send(new GetCallerIdentityCommand({})))).Account, "222222222222")
    }))

  it.effect("calls another account with the keys of a role there", () =>
    Effect.gen(function*() {
      const own = yield* config
      const { Credentials } = yield* call(() =>
        new STSClient(own).send(
          new AssumeRoleCommand({ RoleArn: "arn:aws:iam::333333333333:role/audit", RoleSessionName: "tests" })
        )
      )
      const keys = {
        accessKeyId: Credentials!.AccessKeyId!,
        secretAccessKey: Credentials!.SecretAccessKey!,
        sessionToken: Credentials!.SessionToken!
      }
      const identity = yield* call(() =>
        new STSClient({ ...own, credentials: keys }).send(new GetCallerIdentityCommand({}))
      )
      assert.strictEqual(identity.Arn, "arn:aws:sts::333333333333:assumed-role/audit/tests")
      const forged = yield* failure<WireError>(() =>
        new STSClient({ ...own, credentials: { ...keys, secretAccessKey: "forged" } }).send(
          new GetCallerIdentityCommand({})
        )
      )
      assert.deepEqual([forged.name, forged.$metadata.httpStatusCode], ["SignatureDoesNotMatch", 403])
    }))

  it.effect("assumes a role with a web identity, unsigned", () =>
    Effect.gen(function*() {
      const { endpoint, region } = yield* config
      const client = new STSClient({ endpoint, region })
      const claims = { iss: "https://issuer.example.com", sub: "user-1", aud: "app", iat: 1e9, exp: 1e10 }
      const token = [{ alg: "RS256", typ: "JWT" }, claims, "signature"]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".")
      const { AssumedRoleUser } = yield* call(() =>
        client.send(
          new AssumeRoleWithWebIdentityCommand({
            RoleArn: "arn:aws:iam::444444444444:role/web",
            RoleSessionName: "tests",
            WebIdentityToken: token
          })
        )
      )
      assert.strictEqual(AssumedRoleUser?.Arn, "arn:aws:sts::444444444444:assumed-role/web/tests")
    }))

  it.effect("gets an error for what the in-memory AWS doesn't support", () =>
    Effect.gen(function*() {
      const { Bucket, client } = yield* s3
      const command = new GetBucketReplicationCommand({ Bucket })
      const error = yield* failure<WireError>(() => client.send(command))
      assert.deepEqual([error.name, error.$metadata.httpStatusCode], ["NotImplemented", 501])
      assert.include(error.message, "no handler for S3 GetBucketReplication")
    }))
})
