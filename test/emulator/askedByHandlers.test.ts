// Permissions that handlers ask for themselves, because only a part of their answer depends on them.
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand
} from "@aws-sdk/client-s3"
import { BatchGetSecretValueCommand, CreateSecretCommand } from "@aws-sdk/client-secrets-manager"
import { GetParameterCommand } from "@aws-sdk/client-ssm"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, S3, Ssm } from "effect-aws-sdk"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"
import type { Guard } from "../../emulator/engine/guard.ts"
import { services } from "../../emulator/services.ts"
import { clientsOf, makeWorld } from "../support/world.ts"

/** Lets every call pass, and says no to these actions when a handler asks. */
const refusing = (...actions: ReadonlyArray<string>): Guard => ({
  check: () => Effect.void,
  may: ({ action, resource }) => !actions.includes(action) && !actions.includes(`${action} on ${resource}`),
  note: () => Effect.void,
  reset: () => {}
})

const inWorld = <A, E>(guard: Guard, run: Effect.Effect<A, E, AwsClients>) =>
  run.pipe(Effect.provide(clientsOf(makeWorld({ services, guard: () => guard }))))

const Bucket = "asked"

describe("a handler asks", () => {
  it.effect("whether the caller may list a bucket before it tells that an object is missing", () =>
    Effect.gen(function*() {
      const codes = yield* Effect.forEach(["s3:ListBucket", "s3:Other"], (action) =>
        inWorld(
          refusing(action),
          Effect.gen(function*() {
            yield* S3.send(new CreateBucketCommand({ Bucket }))
            const { code } = yield* Effect.flip(S3.send(new GetObjectCommand({ Bucket, Key: "missing" })))
            return code
          })
        ))
      assert.deepStrictEqual(codes, ["AccessDenied", "NoSuchKey"])
    }))

  it.effect("for each key of DeleteObjects, and deletes those that the caller may delete", () =>
    inWorld(
      refusing(`s3:DeleteObject on arn:aws:s3:::${Bucket}/b`),
      Effect.gen(function*() {
        yield* S3.send(new CreateBucketCommand({ Bucket }))
        const { Deleted, Errors } = yield* S3.send(
          new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "a" }, { Key: "b" }] } })
        )
        assert.deepStrictEqual(Deleted, [{ Key: "a" }])
        assert.deepStrictEqual(Errors?.map(({ Code, Key }) => [Key, Code]), [["b", "AccessDenied"]])
      })
    ))

  it.effect("whether the caller may bypass the retention that is in its way, and only then", () =>
    inWorld(
      refusing("s3:BypassGovernanceRetention"),
      Effect.gen(function*() {
        yield* S3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }))
        const ObjectLockRetainUntilDate = new Date("2100-01-01T00:00:00Z")
        const { VersionId } = yield* S3.send(
          new PutObjectCommand({ Bucket, Key: "k", Body: "v", ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate })
        )
        const object = { Bucket, Key: "k", BypassGovernanceRetention: true }
        yield* S3.send(new DeleteObjectCommand(object))
        const { code } = yield* Effect.flip(S3.send(new DeleteObjectCommand({ ...object, VersionId })))
        assert.strictEqual(code, "AccessDenied")
      })
    ))

  it.effect("whether the caller may read a secret that it doesn't read by GetSecretValue", () =>
    inWorld(
      refusing("secretsmanager:GetSecretValue"),
      Effect.gen(function*() {
        yield* SecretsManager.send(new CreateSecretCommand({ Name: "db", SecretString: "secret" }))
        const { Errors, SecretValues } = yield* SecretsManager.send(
          new BatchGetSecretValueCommand({ SecretIdList: ["db"] })
        )
        assert.deepStrictEqual(SecretValues, [])
        assert.deepStrictEqual(Errors?.map(({ ErrorCode }) => ErrorCode), ["AccessDeniedException"])
        const { message } = yield* Effect.flip(
          Ssm.send(new GetParameterCommand({ Name: "/aws/reference/secretsmanager/db", WithDecryption: true }))
        )
        assert.include(message, "is not authorized to perform: secretsmanager:GetSecretValue")
      })
    ))
})
