// What the in-memory Secrets Manager does over time, and between accounts.
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand
} from "@aws-sdk/client-secrets-manager"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { AssumeRole, type AwsError, InMemory } from "effect-aws-sdk"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import { TestClock } from "effect/testing"

const codeOf = <A, R>(
  effect: Effect.Effect<A, AwsError | AssumeRole.AssumeRoleFailed | AssumeRole.InvalidSetting, R>
) => Effect.map(Effect.flip(effect), (error) => error._tag === "AwsError" ? error.code : error._tag)

const create = (Name: string) => SecretsManager.send(new CreateSecretCommand({ Name, SecretString: "value" }))

const put = (SecretString: string) => SecretsManager.send(new PutSecretValueCommand({ SecretId: "app", SecretString }))

const secret = (SecretId: string) => SecretsManager.send(new DescribeSecretCommand({ SecretId }))

const read = (SecretId: string) => SecretsManager.send(new GetSecretValueCommand({ SecretId }))

const countVersions = Effect.map(
  SecretsManager.send(new ListSecretVersionIdsCommand({ SecretId: "app", IncludeDeprecated: true, MaxResults: 100 })),
  ({ Versions = [] }) => Versions.length
)

describe("a deleted secret", () => {
  it.effect("is gone when its recovery window has passed, and its name is free", () =>
    Effect.gen(function*() {
      const { ARN } = yield* create("app")
      yield* TestClock.adjust("1 hour")
      const { DeletionDate } = yield* SecretsManager.send(
        new DeleteSecretCommand({ SecretId: "app", RecoveryWindowInDays: 7 })
      )
      const hour = 3_600_000
      assert.strictEqual(DeletionDate?.getTime(), hour + 7 * 24 * hour)
      assert.deepEqual((yield* secret("app")).DeletedDate, DeletionDate)
      yield* TestClock.adjust("167 hours")
      assert.strictEqual(yield* codeOf(create("app")), "InvalidRequestException")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* codeOf(secret("app")), "ResourceNotFoundException")
      assert.notStrictEqual((yield* create("app")).ARN, ARN)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("waits for 30 days by default", () =>
    Effect.gen(function*() {
      yield* create("app")
      yield* SecretsManager.send(new DeleteSecretCommand({ SecretId: "app" }))
      yield* TestClock.adjust("719 hours")
      yield* secret("app")
      yield* TestClock.adjust("1 hour")
      const { SecretList } = yield* SecretsManager.send(new ListSecretsCommand({ IncludePlannedDeletion: true }))
      assert.deepEqual(SecretList, [])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("the versions of a secret", () => {
  it.effect("are at most 100, of which AWS keeps each for a day", () =>
    Effect.gen(function*() {
      yield* create("app")
      for (let i = 1; i < 100; i++) yield* put(String(i))
      assert.strictEqual(yield* codeOf(put("100")), "LimitExceededException")
      assert.strictEqual((yield* read("app")).SecretString, "99")
      yield* TestClock.adjust("24 hours")
      yield* put("100")
      assert.strictEqual(yield* countVersions, 100)
      assert.strictEqual((yield* read("app")).SecretString, "100")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("remember the day of their last read", () =>
    Effect.gen(function*() {
      yield* create("app")
      yield* TestClock.adjust("50 hours")
      yield* read("app")
      const day = new Date(2 * 24 * 3_600_000)
      assert.deepEqual((yield* secret("app")).LastAccessedDate, day)
      const { Versions = [] } = yield* SecretsManager.send(new ListSecretVersionIdsCommand({ SecretId: "app" }))
      assert.deepEqual(Versions[0]?.LastAccessedDate, day)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("a secret of another account", () => {
  const other = AssumeRole.layer({ roleArn: "arn:aws:iam::222222222222:role/reader", sessionName: "test" })

  it.effect("can be read by its ARN if its policy allows it", () =>
    Effect.gen(function*() {
      const { ARN = "" } = yield* create("app")
      const readThere = Effect.provide(read(ARN), other)
      assert.strictEqual(yield* codeOf(readThere), "AccessDeniedException")
      const ResourcePolicy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::222222222222:role/reader" },
          Action: "secretsmanager:GetSecretValue",
          Resource: "*",
          Condition: { StringEquals: { "aws:PrincipalAccount": "222222222222" } }
        }]
      })
      yield* SecretsManager.send(new PutResourcePolicyCommand({ SecretId: "app", ResourcePolicy }))
      assert.strictEqual((yield* readThere).SecretString, "value")
      assert.strictEqual(yield* codeOf(Effect.provide(secret(ARN), other)), "AccessDeniedException")
      assert.strictEqual(yield* codeOf(Effect.provide(read("app"), other)), "ResourceNotFoundException")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("the policy of a secret", () => {
  it.effect("can ask for a tag in any case of its key", () =>
    Effect.gen(function*() {
      yield* SecretsManager.send(
        new CreateSecretCommand({ Name: "app", SecretString: "value", Tags: [{ Key: "Stage", Value: "production" }] })
      )
      const deny = (key: string) => ({
        Effect: "Deny",
        Principal: "*",
        Action: "secretsmanager:GetSecretValue",
        Resource: "*",
        Condition: { StringEquals: { [key]: "production" } }
      })
      for (const key of ["aws:ResourceTag/Stage", "aws:resourcetag/stage", "secretsmanager:ResourceTag/STAGE"]) {
        const ResourcePolicy = JSON.stringify({ Version: "2012-10-17", Statement: [deny(key)] })
        yield* SecretsManager.send(new PutResourcePolicyCommand({ SecretId: "app", ResourcePolicy }))
        assert.strictEqual(yield* codeOf(read("app")), "AccessDeniedException", key)
      }
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("an in-memory AWS with a seed", () => {
  it.effect("makes the same ARNs and passwords again", () => {
    const made = Effect.all([
      Effect.map(create("app"), ({ ARN }) => ARN),
      Effect.map(SecretsManager.send(new GetRandomPasswordCommand({})), ({ RandomPassword }) => RandomPassword)
    ])
    const inWorld = (seed: string) => Effect.provide(made, InMemory.layer({ seed }), { local: true })
    return Effect.gen(function*() {
      const first = yield* inWorld("a")
      assert.deepEqual(yield* inWorld("a"), first)
      assert.notDeepEqual(yield* inWorld("b"), first)
    })
  })
})
