// What `InMemory.policyOf` says of single calls.
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { BatchGetSecretValueCommand, CreateSecretCommand } from "@aws-sdk/client-secrets-manager"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type AwsClients, InMemory, S3 } from "effect-aws-sdk"
import * as SecretsManager from "effect-aws-sdk/SecretsManager"

/** `s3:GetObject on arn:…`, for all that a program needs. */
const neededBy = (program: Effect.Effect<unknown, unknown, AwsClients>, enforceIam: boolean) =>
  Effect.gen(function*() {
    yield* S3.send(new CreateBucketCommand({ Bucket: "needed" }))
    const before = (yield* InMemory.calls).length
    yield* Effect.ignore(program)
    const { Statement } = yield* InMemory.policyOf((yield* InMemory.calls).slice(before))
    return Statement.flatMap(({ Action, Resource }) =>
      Action.flatMap((action) => Resource.map((resource) => `${action} on ${resource}`))
    )
  }).pipe(Effect.provide(InMemory.layer({ enforceIam })))

const programs = [
  {
    title: "a permission on which an answer depends: to list the bucket of a missing object",
    program: S3.send(new GetObjectCommand({ Bucket: "needed", Key: "none" })),
    needs: ["s3:GetObject on arn:aws:s3:::needed/none", "s3:ListBucket on arn:aws:s3:::needed"]
  },
  {
    title: "a star for characters that IAM doesn't take",
    program: S3.send(new PutObjectCommand({ Bucket: "needed", Key: "a/日本/é", Body: "" })),
    needs: ["s3:PutObject on arn:aws:s3:::needed/a/*/é"]
  },
  {
    title: "wildcards for the end of a new secret's ARN, which nobody knows before",
    program: SecretsManager.send(new CreateSecretCommand({ Name: "app", SecretString: "s" })),
    needs: ["secretsmanager:CreateSecret on arn:aws:secretsmanager:us-east-1:123456789012:secret:app-??????"]
  },
  {
    title: "an ARN for a secret that is only named, and isn't there",
    program: SecretsManager.send(new BatchGetSecretValueCommand({ SecretIdList: ["none"] })),
    needs: [
      "secretsmanager:BatchGetSecretValue on *",
      "secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:123456789012:secret:none"
    ]
  }
]

describe("the least policy has", () => {
  for (const { needs, program, title } of programs) {
    for (const enforceIam of [true, false]) {
      it.effect(`${title}, ${enforceIam ? "with" : "without"} enforceIam`, () =>
        Effect.map(neededBy(program, enforceIam), (found) => assert.includeMembers([...found], needs)))
    }
  }
})
