// What S3 checks in the policy of a bucket.
import { CreateRoleCommand, DeleteRoleCommand } from "@aws-sdk/client-iam"
import { CreateBucketCommand, PutBucketPolicyCommand } from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Iam, S3 } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }]
})

/** Puts a policy with one statement that denies, so that Block Public Access has nothing to say. */
const putStatement = (Bucket: string, statement: object) =>
  S3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{
          Effect: "Deny",
          Principal: "*",
          Action: "s3:GetObjectTagging",
          Resource: `arn:aws:s3:::${Bucket}/*`,
          ...statement
        }]
      })
    })
  )

/** Why S3 refuses a statement as malformed. */
const refusal = (Bucket: string, statement: object) =>
  Effect.map(Effect.flip(putStatement(Bucket, statement)), ({ code, message }) => {
    assert.strictEqual(code, "MalformedPolicy", JSON.stringify(statement))
    return message
  })

const refused = "Invalid principal in policy"

export const s3Policies = contract("S3", {
  "the policy of a bucket names users and roles that exist, and is refused once they are gone": documented(
    "https://repost.aws/knowledge-center/s3-invalid-principal-in-policy-error",
    Effect.gen(function*() {
      const [Bucket, RoleName] = ["policies-principals", "policies-principal"]
      yield* S3.send(new CreateBucketCommand({ Bucket }))
      const { Role } = yield* Iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }))
      const AWS = Role!.Arn
      yield* putStatement(Bucket, { Principal: { AWS } })
      yield* putStatement(Bucket, { Principal: undefined, NotPrincipal: { AWS: [AWS] } })
      yield* Iam.send(new DeleteRoleCommand({ RoleName }))
      assert.include(yield* refusal(Bucket, { Principal: { AWS } }), refused)
      assert.include(yield* refusal(Bucket, { Principal: undefined, NotPrincipal: { AWS: [AWS] } }), refused)
      assert.include(yield* refusal(Bucket, { Principal: { AWS: ["*", AWS!.replace("role/", "user/")] } }), refused)
    })
  ),

  "the policy of a bucket is refused with principals that have no such form": documented(
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    Effect.gen(function*() {
      const Bucket = "policies-forms"
      yield* S3.send(new CreateBucketCommand({ Bucket }))
      const { Role } = yield* Iam.send(
        new CreateRoleCommand({ RoleName: "policies-form", AssumeRolePolicyDocument: trust })
      )
      const wrong = [
        { AWS: Role!.Arn!.replace("policies-form", "policies-*") },
        { AWS: Role!.Arn!.replace("role/", "group/") },
        { AWS: "arn:aws-cn:iam::111122223333:root" },
        { AWS: "1234" },
        { AWS: [] },
        { Service: "*" },
        { Service: "lambda" },
        { Federated: "x" },
        { Other: "*" },
        {}
      ]
      for (const Principal of wrong) {
        assert.include(yield* refusal(Bucket, { Principal }), refused, JSON.stringify(Principal))
      }
      yield* putStatement(Bucket, { Principal: { AWS: ["111122223333", "arn:aws:iam::111122223333:root"] } })
      yield* putStatement(Bucket, { Principal: { Service: ["lambda.amazonaws.com", "logs.us-east-1.amazonaws.com"] } })
      yield* Iam.send(new DeleteRoleCommand({ RoleName: "policies-form" }))
    })
  ),

  "each action in the policy of a bucket applies to one of the resources": believed(
    "S3 refuses GetObject on a bucket alone and ListBucket on objects alone, as many bug reports show",
    Effect.gen(function*() {
      const Bucket = "policies-actions"
      yield* S3.send(new CreateBucketCommand({ Bucket }))
      const [bucket, objects] = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`]
      const message = "Action does not apply to any resource(s) in statement"
      const wrong = [
        { Action: "s3:ListBucket", Resource: objects },
        { Action: ["s3:GetObject", "s3:ListBucket"], Resource: objects },
        { Action: ["s3:GetObject", "s3:ListBucket"], Resource: bucket },
        { Action: "s3:AbortMultipartUpload", Resource: [bucket] },
        { Action: "s3:GetBucketObjectLockConfiguration", Resource: [objects] }
      ]
      for (const statement of wrong) {
        assert.include(yield* refusal(Bucket, statement), message, JSON.stringify(statement))
      }
      yield* putStatement(Bucket, { Action: ["s3:GetObjectAcl", "s3:ListBucketVersions"], Resource: [bucket, objects] })
      yield* putStatement(Bucket, { Action: "s3:List*", Resource: objects })
      yield* putStatement(Bucket, { Action: "s3:ListBucketVersions", Resource: `${bucket}*` })
    })
  )
})
