// What conditions of policies limit, by the examples in IAM's user guide and in the services' guides.
import { CreateTableCommand, GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb"
import {
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DescribeImagesCommand,
  RunInstancesCommand
} from "@aws-sdk/client-ec2"
import { CreateClusterCommand, RegisterTaskDefinitionCommand, RunTaskCommand } from "@aws-sdk/client-ecs"
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
  TagRoleCommand
} from "@aws-sdk/client-iam"
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand
} from "@aws-sdk/client-s3"
import {
  AddTagsToResourceCommand,
  SendCommandCommand,
  StartSessionCommand,
  TerminateSessionCommand
} from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, type AwsError, Ec2, Ecs, Iam, InMemory, S3, Ssm } from "effect-aws-sdk"
import * as DynamoDb from "effect-aws-sdk/DynamoDb"
import { TestClock } from "effect/testing"
import {
  account,
  allow,
  as,
  createRole,
  deny,
  policy,
  putPolicy,
  refusal,
  roleArn,
  test
} from "./support/enforcement.ts"

const put = Ssm.putParameter({ name: "/app/state", value: "ready", overwrite: true })
const get = Ssm.getParameter("/app/state")

const code = <A, E, R>(program: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(program), (error) => (error as AwsError).code)

describe("a statement with", () => {
  test(
    "NotAction and NotResource is about everything else",
    Effect.gen(function*() {
      yield* put
      yield* createRole("not", { Effect: "Allow", NotAction: ["iam:*", "ssm:Put*"], Resource: "*" })
      yield* as("not")(get)
      yield* Effect.flip(as("not")(put))
      yield* putPolicy("not", allow("*"), {
        Effect: "Deny",
        Action: "ssm:*",
        NotResource: `arn:aws:ssm:*:${account}:parameter/app/*`
      })
      yield* as("not")(put)
      assert.include(
        yield* refusal(as("not")(Ssm.getParameter("/other"))),
        "with an explicit deny in an identity-based policy"
      )
    })
  )

  test(
    "aws:ResourceTag that equals aws:PrincipalTag follows the tags of both, and those of the session first",
    Effect.gen(function*() {
      yield* put
      yield* createRole(
        "abac",
        allow("ssm:GetParameter", {
          Condition: { StringEquals: { "aws:ResourceTag/Team": "${aws:PrincipalTag/team}" } }
        })
      )
      yield* Effect.flip(as("abac")(get))
      yield* Ssm.send(
        new AddTagsToResourceCommand({
          ResourceType: "Parameter",
          ResourceId: "/app/state",
          Tags: [{ Key: "team", Value: "red" }]
        })
      )
      yield* Effect.flip(as("abac")(get))
      yield* Iam.send(new TagRoleCommand({ RoleName: "abac", Tags: [{ Key: "Team", Value: "red" }] }))
      yield* as("abac")(get)
      yield* Effect.flip(as("abac", { tags: { team: "blue" } })(get))
    })
  )

  test(
    "aws:MultiFactorAuthPresent is denied without MFA, and BoolIfExists denies keys of users, too",
    Effect.gen(function*() {
      yield* put
      yield* createRole("mfa", allow("ssm:*", { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }))
      yield* Effect.flip(as("mfa")(get))
      yield* putPolicy(
        "mfa",
        allow("ssm:*"),
        deny("ssm:Put*", { Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } } })
      )
      yield* as("mfa")(get)
      yield* Effect.flip(as("mfa")(put))
    })
  )

  test(
    "aws:SourceIp sees the loopback address",
    Effect.gen(function*() {
      yield* put
      const denied = deny("*", { Condition: { NotIpAddress: { "aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"] } } })
      yield* createRole("office", allow("*"), denied)
      yield* Effect.flip(as("office")(get))
    })
  )
})

describe("S3", () => {
  const Bucket = "conditions"
  const object = { Bucket, Key: "home/ann/k" }
  const setUp = Effect.gen(function*() {
    yield* S3.send(new CreateBucketCommand({ Bucket }))
    yield* S3.send(new PutObjectCommand({ ...object, Body: "v" }))
  })

  test(
    "lists what s3:prefix allows",
    Effect.gen(function*() {
      yield* setUp
      yield* createRole(
        "lister",
        allow("s3:ListBucket", { Condition: { StringLike: { "s3:prefix": ["home/ann/*", ""] } } })
      )
      const list = (Prefix?: string) => as("lister")(S3.send(new ListObjectsV2Command({ Bucket, Prefix })))
      yield* list("home/ann/")
      yield* list("")
      assert.strictEqual(yield* code(list("home/")), "AccessDenied")
      assert.strictEqual(yield* code(list()), "AccessDenied")
    })
  )

  test(
    "tells that an object is missing only to those who may list the bucket",
    Effect.gen(function*() {
      yield* setUp
      const missing = { Bucket, Key: "none" }
      yield* createRole("reader", allow("s3:GetObject"))
      assert.strictEqual(yield* code(as("reader")(S3.send(new GetObjectCommand(missing)))), "AccessDenied")
      const head = yield* Effect.flip(as("reader")(S3.send(new HeadObjectCommand(missing))))
      assert.strictEqual((head as AwsError).statusCode, 403)
      yield* putPolicy("reader", allow(["s3:GetObject", "s3:ListBucket"]))
      assert.strictEqual(yield* code(as("reader")(S3.send(new GetObjectCommand(missing)))), "NoSuchKey")
    })
  )

  test(
    "reads objects by their tags",
    Effect.gen(function*() {
      yield* setUp
      yield* createRole(
        "tagged",
        allow("s3:GetObject", { Condition: { StringEquals: { "s3:ExistingObjectTag/class": "public" } } })
      )
      const read = as("tagged")(S3.send(new GetObjectCommand(object)))
      yield* Effect.flip(read)
      yield* S3.send(
        new PutObjectTaggingCommand({ ...object, Tagging: { TagSet: [{ Key: "class", Value: "public" }] } })
      )
      yield* read
    })
  )
})

describe("iam:PassRole", () => {
  test(
    "is needed for the roles of a task, and for the service that gets them",
    Effect.gen(function*() {
      const taskRole = roleArn("task")
      yield* Iam.send(
        new CreateRoleCommand({
          RoleName: "task",
          AssumeRolePolicyDocument: policy({
            Effect: "Allow",
            Principal: { Service: "ecs-tasks.amazonaws.com" },
            Action: "sts:AssumeRole"
          })
        })
      )
      yield* Ecs.send(new CreateClusterCommand({}))
      yield* createRole("deployer", allow("ecs:*"))
      const register = as("deployer")(Ecs.send(
        new RegisterTaskDefinitionCommand({
          family: "app",
          taskRoleArn: taskRole,
          containerDefinitions: [{ name: "app", image: "app", memory: 128 }]
        })
      ))
      assert.include(yield* refusal(register), `is not authorized to perform: iam:PassRole on resource: ${taskRole}`)
      const passing = (service: string) =>
        putPolicy(
          "deployer",
          allow("ecs:*"),
          allow("iam:PassRole", {
            Resource: taskRole,
            Condition: { StringEquals: { "iam:PassedToService": service } }
          })
        )
      yield* passing("ec2.amazonaws.com")
      yield* Effect.flip(register)
      yield* passing("ecs-tasks.amazonaws.com")
      yield* register
      yield* putPolicy("deployer", allow("ecs:*"))
      const run = as("deployer")(Ecs.send(new RunTaskCommand({ taskDefinition: "app" })))
      assert.include(yield* refusal(run), "iam:PassRole")
    })
  )
})

describe("EC2", () => {
  const runIn = Effect.gen(function*() {
    const { Images = [] } = yield* Ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] }))
    const ImageId = Images[0]!.ImageId!
    return (more: object) =>
      as("launcher")(Ec2.send(new RunInstancesCommand({ ImageId, MinCount: 1, MaxCount: 1, ...more })))
  })
  const others = ["image", "network-interface", "security-group", "subnet", "volume"].map((type) =>
    `arn:aws:ec2:*:*:${type}/*`
  )
  const instance = `arn:aws:ec2:*:${account}:instance/*`

  test(
    "launches the types, with the tags, that a policy requires, and tags nothing else",
    Effect.gen(function*() {
      yield* createRole(
        "launcher",
        allow("ec2:RunInstances", { Resource: others }),
        allow("ec2:RunInstances", {
          Resource: instance,
          Condition: {
            StringEquals: { "ec2:InstanceType": ["t3.micro"], "aws:RequestTag/team": "red" },
            "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] }
          }
        }),
        allow("ec2:CreateTags", {
          Resource: instance,
          Condition: { StringEquals: { "ec2:CreateAction": "RunInstances" } }
        })
      )
      const run = yield* runIn
      const tags = (...Tags: ReadonlyArray<object>) => ({ TagSpecifications: [{ ResourceType: "instance", Tags }] })
      const red = tags({ Key: "team", Value: "red" })
      yield* run({ InstanceType: "t3.micro", ...red })
      assert.strictEqual(yield* code(run({ InstanceType: "t3.large", ...red })), "UnauthorizedOperation")
      yield* Effect.flip(run({ InstanceType: "t3.micro" }))
      yield* Effect.flip(
        run({ InstanceType: "t3.micro", ...tags({ Key: "team", Value: "red" }, { Key: "more", Value: "" }) })
      )
      yield* Effect.flip(
        run({
          InstanceType: "t3.micro",
          TagSpecifications: [...red.TagSpecifications, {
            ResourceType: "volume",
            Tags: [{ Key: "team", Value: "red" }]
          }]
        })
      )
    })
  )

  test(
    "says with DryRun whether the caller has the permission",
    Effect.gen(function*() {
      yield* createRole("dry", allow("ec2:CreateVpc"))
      const call = as("dry")(Ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16", DryRun: true })))
      assert.strictEqual(yield* code(call), "DryRunOperation")
      yield* putPolicy("dry", allow("ssm:*"))
      assert.strictEqual(yield* code(call), "UnauthorizedOperation")
      assert.strictEqual(
        yield* code(as("dry")(Ec2.send(new CreateSecurityGroupCommand({ GroupName: "g", Description: "d" })))),
        "UnauthorizedOperation"
      )
    })
  )
})

describe("DynamoDB", () => {
  test(
    "reads and writes the items whose keys dynamodb:LeadingKeys allows",
    Effect.gen(function*() {
      const TableName = "scores"
      yield* DynamoDb.send(
        new CreateTableCommand({
          TableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "user", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "user", KeyType: "HASH" }]
        })
      )
      yield* TestClock.adjust("1 minute")
      yield* createRole(
        "player",
        allow("dynamodb:*", {
          Resource: `arn:aws:dynamodb:us-east-1:${account}:table/${TableName}`,
          Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["${aws:PrincipalTag/user}"] } }
        })
      )
      const player = as("player", { tags: { user: "ann" } })
      const own = { user: { S: "ann" } }
      const other = { user: { S: "ben" } }
      yield* player(DynamoDb.send(new PutItemCommand({ TableName, Item: own })))
      yield* player(DynamoDb.send(new GetItemCommand({ TableName, Key: own })))
      yield* Effect.flip(player(DynamoDb.send(new GetItemCommand({ TableName, Key: other }))))
      const query = (values: object) =>
        player(DynamoDb.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: "#u = :u",
            ExpressionAttributeNames: { "#u": "user" },
            ExpressionAttributeValues: { ":u": values } as never
          })
        ))
      yield* query({ S: "ann" })
      yield* Effect.flip(query({ S: "ben" }))
    })
  )
})

describe("a hostile policy", () => {
  const measured = <E>(run: Effect.Effect<unknown, E, AwsClients>) =>
    Effect.gen(function*() {
      const start = performance.now()
      yield* run
      return performance.now() - start
    })

  test(
    "with many stars takes no time",
    Effect.gen(function*() {
      yield* put
      yield* createRole(
        "stars",
        allow("ssm:*", { Resource: `arn:aws:ssm:*:*:${"*a".repeat(1000)}*b` }),
        allow("ssm:*", { Resource: `arn:aws:ssm:*:*:parameter/${"?*".repeat(300)}` }),
        allow(`ssm:${"*?".repeat(300)}*z`)
      )
      assert.isBelow(yield* measured(Effect.flip(as("stars")(get))), 2000)
    })
  )

  test(
    "with variables that no request has, or that look like wildcards, allows nothing by mistake",
    Effect.gen(function*() {
      yield* put
      const variants = [
        "${aws:username}",
        "${AWS:UserName}",
        "${aws:PrincipalTag/none}",
        "${*}",
        "${",
        "${}",
        "${aws:x"
      ]
      for (const [i, variant] of variants.entries()) {
        yield* createRole(`odd-${i}`)
        const resource = `arn:aws:ssm:us-east-1:${account}:parameter/app/state${variant}`
        // IAM refuses some of them.
        yield* Effect.ignore(
          Iam.send(
            new PutRolePolicyCommand({
              RoleName: `odd-${i}`,
              PolicyName: "own",
              PolicyDocument: policy(allow("ssm:GetParameter", { Resource: resource }))
            })
          )
        )
        yield* Effect.flip(as(`odd-${i}`)(get))
      }
      yield* createRole(
        "default",
        allow("ssm:GetParameter", {
          Resource: `arn:aws:ssm:us-east-1:${account}:parameter/app/\${aws:PrincipalTag/none, 'state'}`
        })
      )
      yield* as("default")(get)
      yield* createRole(
        "tag",
        allow("ssm:GetParameter", {
          Resource: `arn:aws:ssm:us-east-1:${account}:parameter/\${aws:PrincipalTag/path}`
        })
      )
      // A star in a tag isn't a wildcard.
      yield* Effect.flip(as("tag", { tags: { path: "app/stat@" } })(get))
      yield* as("tag", { tags: { path: "app/state" } })(get)
    })
  )
})

describe("enforceIam", () => {
  it.effect("has to be a boolean", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(
        Effect.provide(put, InMemory.layer({ enforceIam: "yes" } as unknown as InMemory.Options))
      )
      assert.include(String(exit), "enforceIam has to be true or false, and \"yes\" isn't")
    }))
})

describe("a condition key", () => {
  test(
    "that requests have on AWS, and that nothing here determines, kills the call",
    Effect.gen(function*() {
      yield* put
      for (const key of ["ec2:SourceInstanceARN", "lambda:SourceFunctionArn", "aws:Ec2InstanceSourceVpc"]) {
        const RoleName = `asks-${key.split(":")[1]}`
        yield* createRole(RoleName, allow("ssm:*", { Condition: { StringEquals: { [key]: "x" } } }))
        assert.include(String(yield* Effect.exit(as(RoleName)(get))), `doesn't know the value of ${key}`)
      }
      yield* createRole("tls", allow("*"), deny("s3:*", { Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } } }))
      yield* as("tls")(get)
      const create = as("tls")(S3.send(new CreateBucketCommand({ Bucket: "tls" })))
      assert.include(String(yield* Effect.exit(create)), "doesn't know the value of s3:TlsVersion")
    })
  )
})

describe("a session of Session Manager", () => {
  test(
    "is ended by who started it, if a policy asks for its tag",
    Effect.gen(function*() {
      const profile = yield* Effect.gen(function*() {
        yield* createRole("agent", allow("ssm:UpdateInstanceInformation"))
        yield* Iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "agent" }))
        yield* Iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "agent", RoleName: "agent" }))
        return { Name: "agent" }
      })
      const { Images = [] } = yield* Ec2.send(new DescribeImagesCommand({ Owners: ["amazon"] }))
      const { Instances } = yield* Ec2.send(
        new RunInstancesCommand({
          ImageId: Images.find(({ Platform }) => Platform === undefined)!.ImageId!,
          MinCount: 1,
          MaxCount: 1,
          IamInstanceProfile: profile,
          TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "team", Value: "red" }] }]
        })
      )
      yield* TestClock.adjust("10 minutes")
      const Target = Instances![0]!.InstanceId!
      const own = { StringLike: { "ssm:resourceTag/aws:ssmmessages:session-id": ["${aws:userid}"] } }
      yield* createRole(
        "operator",
        allow(["ssm:StartSession", "ssm:SendCommand"], {
          Resource: `arn:aws:ec2:*:${account}:instance/*`,
          Condition: { StringEquals: { "ssm:resourceTag/team": "red" } }
        }),
        allow("ssm:SendCommand", { Resource: "arn:aws:ssm:*::document/AWS-RunShellScript" }),
        allow("ssm:TerminateSession", { Condition: own })
      )
      const { SessionId } = yield* as("operator")(Ssm.send(new StartSessionCommand({ Target })))
      const end = Ssm.send(new TerminateSessionCommand({ SessionId }))
      yield* Effect.flip(as("operator", { sessionName: "other" })(end))
      yield* as("operator")(end)
      const send = (DocumentName: string, more: object) =>
        as("operator")(
          Ssm.send(new SendCommandCommand({ DocumentName, Parameters: { commands: ["ls"] }, ...more }))
        )
      yield* send("AWS-RunShellScript", { InstanceIds: [Target] })
      yield* send("AWS-RunShellScript", { Targets: [{ Key: "tag:team", Values: ["red"] }] })
      yield* Effect.flip(send("AWS-RunPowerShellScript", { InstanceIds: [Target] }))
      yield* Ec2.send(new CreateTagsCommand({ Resources: [Target], Tags: [{ Key: "team", Value: "blue" }] }))
      assert.include(
        yield* refusal(send("AWS-RunShellScript", { InstanceIds: [Target] })),
        `ssm:SendCommand on resource: arn:aws:ec2:us-east-1:${account}:instance/${Target}`
      )
    })
  )
})
