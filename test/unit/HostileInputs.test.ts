// Inputs that could stop the emulator, poison its state, or name what doesn't exist.
import { DescribeAlarmsCommand, GetMetricStatisticsCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch"
import { CreateTagsCommand, DescribeVpcsCommand, RunInstancesCommand } from "@aws-sdk/client-ec2"
import { PutRuleCommand, PutTargetsCommand, TestEventPatternCommand } from "@aws-sdk/client-eventbridge"
import { CreateRoleCommand, CreateUserCommand, UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam"
import {
  DeletePublicAccessBlockCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand
} from "@aws-sdk/client-s3"
import { DescribeParametersCommand, PutParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { cbor, tag } from "@smithy/core/cbor"
import { Effect } from "effect"
import { type AwsClients, type AwsError, CloudWatch, Ec2, EventBridge, Iam, InMemory, S3, Ssm } from "effect-aws-sdk"
import { readTimestamp } from "../../emulator/wire/scalars.ts"
import { json, rejected, request } from "../emulator/support/requests.ts"
import { bucket, codeOf, create, put } from "../support/s3.ts"

const codeOfCall = <A>(call: Effect.Effect<A, AwsError, AwsClients>) =>
  Effect.match(call, { onFailure: ({ code }) => code, onSuccess: () => "success" })

const manyStars = `${"*a".repeat(20)}*b`

/** As many stars as EventBridge accepts. */
const fewStars = `${"*a".repeat(4)}*b`

describe("a pattern with many stars", () => {
  it.effect("fails to match the tag of an EC2 resource without delay", () =>
    Effect.gen(function*() {
      const { Vpcs = [] } = yield* Ec2.send(new DescribeVpcsCommand({}))
      const id = Vpcs[0]!.VpcId!
      yield* Ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "k", Value: "a".repeat(250) }] }))
      const found = (value: string) =>
        Effect.map(
          Ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "tag:k", Values: [value] }] })),
          ({ Vpcs = [] }) => Vpcs.length
        )
      assert.strictEqual(yield* found(manyStars), 0)
      assert.strictEqual(yield* found(manyStars.slice(0, -1)), 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails to match the resource, the action and the condition of a bucket policy without delay", () =>
    Effect.gen(function*() {
      const { url } = yield* InMemory.serve()
      yield* create
      yield* put("a".repeat(1_000))
      yield* S3.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }))
      const resource = `arn:aws:s3:::${bucket}/`
      const statement = { Effect: "Allow", Principal: "*", Action: "s3:ListBucket", Resource: `arn:aws:s3:::${bucket}` }
      yield* S3.send(
        new PutBucketPolicyCommand({
          Bucket: bucket,
          Policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              { ...statement, Action: "s3:GetObject", Resource: resource + manyStars },
              { ...statement, Action: `s3:${manyStars.replaceAll("a", "e")}` },
              { ...statement, Condition: { StringLike: { "s3:prefix": manyStars } } }
            ]
          })
        })
      )
      const status = (path: string) => Effect.promise(() => fetch(`${url}/${bucket}${path}`).then((one) => one.status))
      assert.strictEqual(yield* status(`/${"a".repeat(1_000)}`), 403)
      assert.strictEqual(yield* status(`?list-type=2&prefix=${"a".repeat(1_000)}`), 403)
      assert.strictEqual(yield* status(`?list-type=2&prefix=${"a".repeat(1_000)}b`), 200)
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())))

  it.effect("fails to match an event without delay", () =>
    Effect.gen(function*() {
      const matches = (source: string) =>
        Effect.map(
          EventBridge.send(
            new TestEventPatternCommand({
              EventPattern: JSON.stringify({ source: [{ wildcard: fewStars }] }),
              Event: JSON.stringify({
                id: "1",
                account: "123456789012",
                source,
                time: "2025-01-01T00:00:00Z",
                region: "us-east-1",
                resources: [],
                "detail-type": "t",
                detail: {}
              })
            })
          ),
          ({ Result }) => Result
        )
      assert.isFalse(yield* matches("a".repeat(1_000)))
      assert.isTrue(yield* matches(`${"a".repeat(1_000)}b`))
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("an event pattern with many combinations", () => {
  const test = (pattern: object, detail: object) =>
    Effect.map(
      EventBridge.send(
        new TestEventPatternCommand({
          EventPattern: JSON.stringify(pattern),
          Event: JSON.stringify({
            id: "1",
            account: "123456789012",
            source: "s",
            time: "2025-01-01T00:00:00Z",
            region: "us-east-1",
            resources: [],
            "detail-type": "t",
            detail
          })
        })
      ),
      ({ Result }) => Result
    )
  const members = (count: number, value: (i: number) => unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, value(i)]))

  it.effect("is matched without delay if they come from arrays", () =>
    Effect.gen(function*() {
      const arrays = members(12, () => Array.from({ length: 20 }, (_, i) => ({ a: 1, b: i })))
      const wanted = (last: number) => members(12, (i) => ({ a: [i === 11 ? last : 1] }))
      assert.isTrue(yield* test({ detail: wanted(1) }, arrays))
      assert.isFalse(yield* test({ detail: wanted(2) }, arrays))
      // Both values have to be in one element.
      const split = { m: [{ a: 1, b: 0 }, { a: 0, b: 1 }] }
      assert.isFalse(yield* test({ detail: { m: { a: [1], b: [1] } } }, split))
      assert.isTrue(yield* test({ detail: { m: { a: [1], b: [0] } } }, split))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is refused if they come from $or", () =>
    Effect.gen(function*() {
      const pattern = (count: number) => ({ detail: members(count, () => ({ $or: [{ a: [1] }, { b: [1] }] })) })
      const detail = members(9, () => ({ b: 1 }))
      assert.isTrue(yield* test(pattern(9), detail))
      assert.strictEqual(yield* codeOfCall(test(pattern(40), detail)), "InvalidEventPatternException")
    }).pipe(Effect.provide(InMemory.layer())))
})

const parameter = (input: Partial<PutParameterCommand["input"]>) =>
  Ssm.send(new PutParameterCommand({ Name: "/p", Type: "String", Value: "v", ...input }))

describe("a regular expression of a client", () => {
  it.effect("is given up as unsupported when it takes too long", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(parameter({ AllowedPattern: "^(a+)+$", Value: `${"a".repeat(40)}!` }))
      assert.include(String(exit), "can't match the value with the AllowedPattern ^(a+)+$ within 100 ms")
      yield* parameter({ AllowedPattern: "^(a+)+$", Value: "a".repeat(40) })
      assert.strictEqual(
        yield* codeOfCall(parameter({ AllowedPattern: "[a-z]+", Value: "A", Name: "/q" })),
        "ParameterPatternMismatchException"
      )
      assert.strictEqual(
        yield* codeOfCall(parameter({ AllowedPattern: "(", Name: "/q" })),
        "InvalidAllowedPatternException"
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("isn't needed to find out that user data isn't Base64", () =>
    Effect.gen(function*() {
      const run = (UserData: string) =>
        codeOfCall(Ec2.send(
          new RunInstancesCommand({
            ImageId: "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
            InstanceType: "t3.micro",
            MinCount: 1,
            MaxCount: 1,
            UserData
          })
        ))
      assert.strictEqual(yield* run(`${" ".repeat(500_000)}!`), "InvalidParameterValue")
      assert.strictEqual(yield* run("ZWNo\nbyBo\naQ==\n"), "success")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a time that no date can have", () => {
  const datum = (Timestamp: string) =>
    `{"Namespace":"n","MetricData":[{"MetricName":"m","Value":1,"Timestamp":${Timestamp}}]}`

  it.effect("is rejected in JSON, CBOR and text", () =>
    Effect.gen(function*() {
      for (const time of ["1e308", "-1e308", "1e400", "8.7e12"]) {
        const [code] = yield* rejected(json("monitoring", "GraniteServiceVersion20100801.PutMetricData", datum(time)))
        assert.strictEqual(code, "SerializationException", time)
        assert.throws(() => readTimestamp(time), undefined, undefined, time)
      }
      for (const value of [Infinity, -Infinity, Number.NaN, 1e308]) {
        for (const Timestamp of [value, tag({ tag: 1, value })]) {
          const body = cbor.serialize({ Namespace: "n", MetricData: [{ MetricName: "m", Value: 1, Timestamp }] })
          const [code] = yield* rejected(
            request("POST", "/service/GraniteServiceVersion20100801/operation/PutMetricData", {
              headers: { "smithy-protocol": "rpc-v2-cbor" },
              body
            })
          )
          assert.strictEqual(code, "SerializationException", String(value))
        }
      }
    }))
})

describe("a number that is none", () => {
  it.effect("is out of every range", () =>
    Effect.gen(function*() {
      yield* create
      const metric = (input: object) =>
        CloudWatch.send(
          new PutMetricDataCommand({ Namespace: "n", MetricData: [{ MetricName: "m", Values: [1], ...input }] })
        )
      const calls: Readonly<Record<string, Effect.Effect<unknown, AwsError, AwsClients>>> = {
        DescribeParameters: Ssm.send(new DescribeParametersCommand({ MaxResults: Number.NaN })),
        DescribeVpcs: Ec2.send(new DescribeVpcsCommand({ MaxResults: Number.NaN })),
        ListBuckets: S3.send(new ListBucketsCommand({ MaxBuckets: Number.NaN })),
        ListObjectsV2: S3.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: Number.NaN })),
        "PutMetricData with a value": metric({ Values: [Number.NaN] }),
        "PutMetricData with a count": metric({ Counts: [Number.NaN] }),
        PutObjectLockConfiguration: S3.send(
          new PutObjectLockConfigurationCommand({
            Bucket: bucket,
            ObjectLockConfiguration: {
              ObjectLockEnabled: "Enabled",
              Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 1e30 } }
            }
          })
        )
      }
      const codes: Record<string, string> = {}
      for (const [name, call] of Object.entries(calls)) codes[name] = yield* codeOfCall(call)
      assert.deepEqual(codes, {
        DescribeParameters: "ValidationException",
        DescribeVpcs: "InvalidParameterValue",
        ListBuckets: "InvalidArgument",
        ListObjectsV2: "InvalidArgument",
        "PutMetricData with a value": "InvalidParameterValueException",
        "PutMetricData with a count": "InvalidParameterValueException",
        PutObjectLockConfiguration: "InvalidArgument"
      })
      yield* metric({})
      const { Datapoints = [] } = yield* CloudWatch.send(
        new GetMetricStatisticsCommand({
          Namespace: "n",
          MetricName: "m",
          StartTime: new Date(-60_000),
          EndTime: new Date(60_000),
          Period: 60,
          Statistics: ["Sum"]
        })
      )
      assert.deepEqual(Datapoints.map(({ Sum }) => Sum), [1])
      assert.isEmpty((yield* CloudWatch.send(new DescribeAlarmsCommand({}))).MetricAlarms)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a reference to what doesn't exist", () => {
  const own = "123456789012"
  const trust = (Principal: unknown) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] })

  it.effect("is an invalid principal of a trust policy", () =>
    Effect.gen(function*() {
      yield* Iam.send(new CreateUserCommand({ UserName: "ann", Path: "/team/" }))
      const createRole = (RoleName: string, Principal: unknown) =>
        Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust(Principal) }))
      const invalid: ReadonlyArray<readonly [principal: unknown, message: string]> = [
        [{ Foo: "*" }, `Invalid principal in policy: "FOO":"*"`],
        [{ constructor: "*" }, `Invalid principal in policy: "CONSTRUCTOR":"*"`],
        [{}, "Missing required field Principal cannot be empty!"],
        [[], "Invalid principal in policy: []"],
        ["x", `Invalid principal in policy: "x"`],
        [{ AWS: 1 }, `Invalid principal in policy: "AWS":1`],
        [{ Service: "nope" }, `Invalid principal in policy: "SERVICE":"nope"`],
        [{ Federated: "nope" }, `Invalid principal in policy: "FEDERATED":"nope"`],
        ...[
          "foo",
          `arn:aws:iam::${own}:user/nobody`,
          `arn:aws:iam::${own}:user/ann`,
          `arn:aws:iam::${own}:role/nope`,
          "arn:aws:iam::222222222222:role/*",
          "arn:aws:iam::222222222222:group/g",
          "arn:aws-cn:iam::222222222222:role/r",
          "arn:aws:s3:::bucket"
        ].map((AWS) => [{ AWS: [own, AWS] }, `Invalid principal in policy: "AWS":"${AWS}"`] as const)
      ]
      for (const [principal, message] of invalid) {
        const error = yield* Effect.flip(createRole("r", principal))
        assert.strictEqual(error.code, "MalformedPolicyDocumentException")
        assert.include(error.message, message)
      }
      const valid = [
        "*",
        { AWS: ["*", own, `arn:aws:iam::${own}:root`, `arn:aws:iam::${own}:user/team/ann`] },
        { AWS: ["arn:aws:iam::222222222222:role/team/r", "arn:aws:sts::222222222222:assumed-role/r/session"] },
        { Service: ["ec2.amazonaws.com", "ops.apigateway.amazonaws.com"] },
        { Federated: ["accounts.google.com", `arn:aws:iam::${own}:oidc-provider/example.com`] }
      ]
      for (const [i, principal] of valid.entries()) yield* createRole(`r${i}`, principal)
      const update = (AWS: string) =>
        Iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "r0", PolicyDocument: trust({ AWS }) }))
      yield* update(`arn:aws:iam::${own}:role/r1`)
      assert.strictEqual(yield* codeOfCall(update(`arn:aws:iam::${own}:role/r9`)), "MalformedPolicyDocumentException")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is an invalid key of KMS, unless it's the alias, the id or the ARN of one", () =>
    Effect.gen(function*() {
      yield* create
      const id = "1234abcd-12ab-34cd-56ef-1234567890ab"
      const arn = `arn:aws:kms:us-east-1:${own}:key/${id}`
      const secret = (KeyId: string) => codeOfCall(parameter({ Type: "SecureString", KeyId, Overwrite: true }))
      for (const KeyId of ["alias/aws/ssm", id, arn, `mrk-${"0a".repeat(16)}`]) {
        assert.strictEqual(yield* secret(KeyId), "success")
      }
      for (
        const KeyId of ["nope", "arn:aws:kms:us-east-1:1:key/x", "alias/", arn.replace(":key/", ":alias/").slice(0, 20)]
      ) {
        assert.strictEqual(yield* secret(KeyId), "InvalidKeyId", KeyId)
      }
      const object = (SSEKMSKeyId: string) =>
        S3.send(
          new PutObjectCommand({ Bucket: bucket, Key: "k", Body: "x", ServerSideEncryption: "aws:kms", SSEKMSKeyId })
        )
      yield* object(id)
      yield* object(arn)
      assert.strictEqual(yield* codeOf(object("nope")), "KMS.NotFoundException")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is an invalid role of a rule or a target", () =>
    Effect.gen(function*() {
      const rule = (RoleArn: string) =>
        EventBridge.send(new PutRuleCommand({ Name: "r", ScheduleExpression: "rate(1 hour)", RoleArn }))
      yield* rule(`arn:aws:iam::${own}:role/r`)
      const target = (RoleArn: string) =>
        EventBridge.send(
          new PutTargetsCommand({ Rule: "r", Targets: [{ Id: "1", Arn: `arn:aws:sqs:us-east-1:${own}:q`, RoleArn }] })
        )
      yield* target(`arn:aws:iam::${own}:role/r`)
      for (const call of [rule("x"), rule(`arn:aws:s3:::${bucket}`), target("x")]) {
        assert.strictEqual(yield* codeOfCall(call), "ValidationException")
      }
    }).pipe(Effect.provide(InMemory.layer())))
})
