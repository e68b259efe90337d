// Permissions across accounts and along chains, by "Policy evaluation logic" and "Cross-account resource access in IAM" in IAM's user
// guide.
import { PutEventsCommand, PutPermissionCommand } from "@aws-sdk/client-eventbridge"
import { CreatePolicyCommand, CreateRoleCommand, PutRolePermissionsBoundaryCommand } from "@aws-sdk/client-iam"
import {
  AttachPolicyCommand,
  CreatePolicyCommand as CreateControlPolicyCommand,
  DetachPolicyCommand
} from "@aws-sdk/client-organizations"
import { CreateBucketCommand, GetObjectCommand, PutBucketPolicyCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { CreateSecretCommand, GetSecretValueCommand, PutResourcePolicyCommand } from "@aws-sdk/client-secrets-manager"
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { EventBridge, Iam, InMemory, S3, Ssm } from "effect-aws-sdk"
import * as Organizations from "effect-aws-sdk/Organizations"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import {
  account,
  allow,
  as,
  createRole,
  deny,
  organize,
  policy,
  putPolicy,
  refusal,
  roleArn,
  test,
  through,
  trust
} from "./support/enforcement.ts"

const Bucket = "shared-between-accounts"
const object = { Bucket, Key: "k" }
const get = S3.send(new GetObjectCommand(object))

/** A statement of the bucket's policy that lets somebody read. */
const lets = (AWS: string | ReadonlyArray<string>, more: object = {}) => ({
  Effect: "Allow",
  Principal: { AWS },
  Action: "s3:GetObject",
  Resource: `arn:aws:s3:::${Bucket}/*`,
  ...more
})
const putBucketPolicy = (...statements: ReadonlyArray<object>) =>
  S3.send(new PutBucketPolicyCommand({ Bucket, Policy: policy(...statements) }))

const createObject = Effect.gen(function*() {
  yield* S3.send(new CreateBucketCommand({ Bucket }))
  yield* S3.send(new PutObjectCommand({ ...object, Body: "v" }))
})

const put = Ssm.putParameter({ name: "/app/state", value: "ready", overwrite: true })

describe("an object of another account", () => {
  test(
    "can be read if both the bucket's policy and the caller's own policy allow it",
    Effect.gen(function*() {
      const { inMember, member } = yield* organize
      yield* createObject
      const reader = roleArn("reader", member)
      yield* inMember(
        Iam.send(
          new CreateRoleCommand({ RoleName: "reader", AssumeRolePolicyDocument: trust(account) })
        )
      )
      const asReader = as("reader", {}, member)
      assert.include(yield* refusal(asReader(get)), "Access Denied")
      yield* putBucketPolicy(lets(reader))
      assert.include(yield* refusal(asReader(get)), "Access Denied")
      assert.strictEqual((yield* InMemory.denied).at(-1)?.in, "identity-based policy")
      yield* inMember(putPolicy("reader", allow("s3:GetObject")))
      yield* asReader(get)
      yield* putBucketPolicy(lets(account))
      yield* Effect.flip(asReader(get))
      yield* putBucketPolicy(lets(`arn:aws:iam::${member}:root`))
      yield* asReader(get)
      yield* putBucketPolicy(lets(member), lets(reader, { Effect: "Deny" }))
      yield* Effect.flip(asReader(get))
    })
  )
})

describe("a secret of another account", () => {
  test(
    "can be read if both its policy and the caller's own policy allow it, by its ARN",
    Effect.gen(function*() {
      const { inMember, member } = yield* organize
      const { ARN = "" } = yield* SecretsManager.send(new CreateSecretCommand({ Name: "app", SecretString: "s" }))
      const read = SecretsManager.send(new GetSecretValueCommand({ SecretId: ARN }))
      assert.include(
        yield* refusal(inMember(read)),
        "because no resource-based policy allows the secretsmanager:GetSecretValue action"
      )
      yield* SecretsManager.send(
        new PutResourcePolicyCommand({
          SecretId: ARN,
          ResourcePolicy: policy({ ...allow("secretsmanager:GetSecretValue"), Principal: { AWS: member } })
        })
      )
      assert.strictEqual((yield* inMember(read)).SecretString, "s")
      yield* inMember(putPolicy("OrganizationAccountAccessRole", deny("secretsmanager:*")))
      assert.include(yield* refusal(inMember(read)), "with an explicit deny in an identity-based policy")
    })
  )
})

describe("an event bus of another account", () => {
  test(
    "takes events of accounts that its policy names, from callers who may send them",
    Effect.gen(function*() {
      const { inMember, member } = yield* organize
      const EventBusName = `arn:aws:events:us-east-1:${account}:event-bus/default`
      const send = EventBridge.send(
        new PutEventsCommand({ Entries: [{ EventBusName, Source: "app", DetailType: "t", Detail: "{}" }] })
      )
      yield* Effect.flip(inMember(send))
      yield* EventBridge.send(
        new PutPermissionCommand({ Action: "events:PutEvents", Principal: member, StatementId: "member" })
      )
      assert.strictEqual((yield* inMember(send)).FailedEntryCount, 0)
      yield* inMember(putPolicy("OrganizationAccountAccessRole", deny("events:*")))
      yield* Effect.flip(inMember(send))
    })
  )
})

describe("a chain of roles", () => {
  test(
    "ends with the permissions of the last role, within the policy of its session",
    Effect.gen(function*() {
      yield* createRole("first", allow("sts:AssumeRole"), deny("ssm:*"))
      yield* createRole("second", allow("ssm:*"))
      yield* through("first", "second")(put)
      const narrow = through("first", "second", { policy: policy(allow("ssm:Get*")) })
      yield* narrow(Ssm.getParameter("/app/state"))
      assert.include(yield* refusal(narrow(put)), "because no session policy allows the ssm:PutParameter action")
    })
  )
})

describe("a policy of a resource that names", () => {
  const bounded = Effect.gen(function*() {
    yield* createObject
    yield* createRole("bounded")
    const { Policy } = yield* Iam.send(
      new CreatePolicyCommand({ PolicyName: "limit", PolicyDocument: policy(allow("ssm:*")) })
    )
    yield* Iam.send(
      new PutRolePermissionsBoundaryCommand({ RoleName: "bounded", PermissionsBoundary: Policy?.Arn })
    )
  })

  test(
    "a role is limited by the role's boundary and by the session's policy",
    Effect.gen(function*() {
      yield* bounded
      yield* putBucketPolicy(lets(roleArn("bounded")))
      assert.include(
        yield* refusal(as("bounded")(get)),
        "because no permissions boundary allows the s3:GetObject action"
      )
      yield* createRole("plain")
      yield* putBucketPolicy(lets(roleArn("plain")))
      yield* as("plain")(get)
      yield* Effect.flip(as("plain", { policy: policy(allow("ssm:*")) })(get))
    })
  )

  test(
    "a session is limited by denials only",
    Effect.gen(function*() {
      yield* bounded
      yield* putBucketPolicy(lets(`arn:aws:sts::${account}:assumed-role/bounded/test`))
      yield* as("bounded")(get)
      yield* as("bounded", { policy: policy(allow("ssm:*")) })(get)
      yield* Effect.flip(as("bounded", { policy: policy(deny("s3:*")) })(get))
      yield* Effect.flip(as("bounded", { sessionName: "other" })(get))
    })
  )
})

describe("a service control policy", () => {
  test(
    "that lists what is allowed replaces FullAWSAccess, and resources' policies don't get around it",
    Effect.gen(function*() {
      const { inMember, member } = yield* organize
      const { Policy } = yield* Organizations.send(
        new CreateControlPolicyCommand({
          Name: "list",
          Description: "",
          Type: "SERVICE_CONTROL_POLICY",
          Content: policy(allow(["s3:*", "iam:*"]))
        })
      )
      yield* Organizations.send(new AttachPolicyCommand({ PolicyId: Policy!.PolicySummary!.Id, TargetId: member }))
      yield* inMember(put)
      yield* Organizations.send(new DetachPolicyCommand({ PolicyId: "p-FullAWSAccess", TargetId: member }))
      assert.include(
        yield* refusal(inMember(put)),
        "because no service control policy allows the ssm:PutParameter action"
      )
      const { ARN = "" } = yield* SecretsManager.send(new CreateSecretCommand({ Name: "app", SecretString: "s" }))
      yield* SecretsManager.send(
        new PutResourcePolicyCommand({
          SecretId: ARN,
          ResourcePolicy: policy({
            ...allow("secretsmanager:GetSecretValue"),
            Principal: { AWS: `arn:aws:sts::${member}:assumed-role/OrganizationAccountAccessRole/test` }
          })
        })
      )
      assert.include(
        yield* refusal(inMember(SecretsManager.send(new GetSecretValueCommand({ SecretId: ARN })))),
        "because no service control policy allows"
      )
    })
  )
})
