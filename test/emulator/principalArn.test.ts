// What aws:PrincipalArn is in policies of resources for the session of a role.
import { PutEventsCommand, PutPermissionCommand } from "@aws-sdk/client-eventbridge"
import { CreateRoleCommand } from "@aws-sdk/client-iam"
import { CreateBucketCommand, GetObjectCommand, PutBucketPolicyCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { CreateSecretCommand, GetSecretValueCommand, PutResourcePolicyCommand } from "@aws-sdk/client-secrets-manager"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { AssumeRole, type AwsError, EventBridge, Iam, InMemory, S3 } from "effect-aws-sdk"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"

const account = "123456789012"
const roleArn = (name: string) => `arn:aws:iam::${account}:role/teams/${name}`
const document = (statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] })

const createRole = (RoleName: string) =>
  Iam.send(
    new CreateRoleCommand({
      RoleName,
      Path: "/teams/",
      AssumeRolePolicyDocument: document({
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: "sts:AssumeRole"
      })
    })
  )

const as = (name: string) => AssumeRole.layer({ roleArn: roleArn(name), sessionName: "test" })

/** The code of AWS's refusal. */
const refusal = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(call), (error) => (error as AwsError).code)

/** Denies an action to everybody but the role `reader` and the program's own user. */
const denial = (Action: string, Resource: string) => ({
  Effect: "Deny",
  Principal: "*",
  Action,
  Resource,
  Condition: { ArnNotEquals: { "aws:PrincipalArn": [roleArn("reader"), `arn:aws:iam::${account}:user/in-memory`] } }
})

it.effect("in the policy of a bucket, aws:PrincipalArn of a role's session is the ARN of the role", () =>
  Effect.gen(function*() {
    yield* createRole("reader")
    yield* createRole("other")
    yield* S3.send(new CreateBucketCommand({ Bucket: "reports" }))
    yield* S3.send(new PutObjectCommand({ Bucket: "reports", Key: "k", Body: "v" }))
    const Policy = document(denial("s3:GetObject", "arn:aws:s3:::reports/*"))
    yield* S3.send(new PutBucketPolicyCommand({ Bucket: "reports", Policy }))
    const read = S3.send(new GetObjectCommand({ Bucket: "reports", Key: "k" }))
    yield* read
    yield* read.pipe(Effect.provide(as("reader")))
    assert.strictEqual(yield* refusal(Effect.provide(read, as("other"))), "AccessDenied")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("in the policy of a secret, aws:PrincipalArn of a role's session is the ARN of the role", () =>
  Effect.gen(function*() {
    yield* createRole("reader")
    yield* createRole("other")
    yield* SecretsManager.send(new CreateSecretCommand({ Name: "key", SecretString: "v" }))
    const ResourcePolicy = document(denial("secretsmanager:GetSecretValue", "*"))
    yield* SecretsManager.send(new PutResourcePolicyCommand({ SecretId: "key", ResourcePolicy }))
    const read = SecretsManager.send(new GetSecretValueCommand({ SecretId: "key" }))
    yield* read
    yield* read.pipe(Effect.provide(as("reader")))
    assert.strictEqual(yield* refusal(Effect.provide(read, as("other"))), "AccessDeniedException")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("in the policy of an event bus, aws:PrincipalArn of a role's session is the ARN of the role", () =>
  Effect.gen(function*() {
    const sender = "arn:aws:iam::210987654321:role/teams/sender"
    const bus = `arn:aws:events:us-east-1:${account}:event-bus/default`
    yield* EventBridge.send(
      new PutPermissionCommand({
        Policy: document({
          Sid: "senders",
          Effect: "Allow",
          Principal: "*",
          Action: "events:PutEvents",
          Resource: bus,
          Condition: { ArnEquals: { "aws:PrincipalArn": sender } }
        })
      })
    )
    const put = EventBridge.send(
      new PutEventsCommand({ Entries: [{ EventBusName: bus, Source: "shop", DetailType: "Order", Detail: "{}" }] })
    )
    yield* put.pipe(Effect.provide(AssumeRole.layer({ roleArn: sender, sessionName: "test" })))
    const other = AssumeRole.layer({ roleArn: `${sender}2`, sessionName: "test" })
    assert.strictEqual(yield* refusal(Effect.provide(put, other)), "AccessDeniedException")
  }).pipe(Effect.provide(InMemory.layer())))
