// Which permissions calls to S3 need besides that of their own name, as the policy of a bucket shows that denies one of them.
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectTaggingCommand
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { S3 } from "effect-aws-sdk"
import { believed, contract, documented } from "./Contract.ts"

/** A bucket whose policy denies actions on its objects, and in which nobody else is. */
const denying = Effect.fnUntraced(function*(Bucket: string, Action: string, statement: object = {}) {
  yield* S3.send(new CreateBucketCommand({ Bucket }))
  yield* S3.send(new PutObjectCommand({ Bucket, Key: "plain", Body: "plain" }))
  yield* S3.send(new PutObjectCommand({ Bucket, Key: "tagged", Body: "tagged", Tagging: "class=secret" }))
  yield* S3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Deny", Principal: "*", Action, Resource: `arn:aws:s3:::${Bucket}/*`, ...statement }]
      })
    })
  )
  return Bucket
})

const assertDenied = <A, R>(call: Effect.Effect<A, { readonly code: string }, R>) =>
  Effect.map(Effect.flip(call), ({ code }) => assert.include(["AccessDenied", "403"], code))

export const s3Permissions = contract("S3", {
  "tells only those who may list a bucket that an object isn't there": documented(
    "API_GetObject",
    Effect.gen(function*() {
      const name = "permissions-list"
      const Bucket = yield* denying(name, "s3:ListBucket", { Resource: `arn:aws:s3:::${name}` })
      yield* S3.send(new GetObjectCommand({ Bucket, Key: "plain" }))
      yield* assertDenied(S3.send(new GetObjectCommand({ Bucket, Key: "missing" })))
      const head = yield* Effect.flip(S3.send(new HeadObjectCommand({ Bucket, Key: "missing" })))
      assert.strictEqual(head.statusCode, 403)
      yield* assertDenied(
        S3.send(new GetObjectAttributesCommand({ Bucket, Key: "missing", ObjectAttributes: ["ETag"] }))
      )
    })
  ),

  "refuses to give an object tags that it gets along with its bytes without PutObjectTagging": documented(
    "API_PutObject",
    Effect.gen(function*() {
      const Bucket = yield* denying("permissions-tags", "s3:PutObjectTagging")
      yield* S3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "v" }))
      yield* assertDenied(S3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "v", Tagging: "a=b" })))
      yield* assertDenied(S3.send(new CreateMultipartUploadCommand({ Bucket, Key: "k", Tagging: "a=b" })))
      yield* S3.send(new CopyObjectCommand({ Bucket, Key: "k", CopySource: `${Bucket}/plain` }))
    })
  ),

  "refuses to give an object an ACL along with its bytes without PutObjectAcl": documented(
    "API_PutObject",
    Effect.gen(function*() {
      const Bucket = yield* denying("permissions-acl", "s3:PutObjectAcl")
      yield* S3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "v" }))
      const ACL = "bucket-owner-full-control"
      yield* assertDenied(S3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "v", ACL })))
    })
  ),

  "refuses to copy the tags of an object without the permissions for tags": believed(
    "copies of objects with tags fail without s3:GetObjectTagging and s3:PutObjectTagging, as bug reports of copying tools show",
    Effect.gen(function*() {
      const Bucket = yield* denying("permissions-copies", "s3:GetObjectTagging")
      const CopySource = `${Bucket}/tagged`
      yield* assertDenied(S3.send(new CopyObjectCommand({ Bucket, Key: "k", CopySource })))
      yield* S3.send(new CopyObjectCommand({ Bucket, Key: "k", CopySource: `${Bucket}/plain` }))
      yield* S3.send(new CopyObjectCommand({ Bucket, Key: "k", CopySource, TaggingDirective: "REPLACE" }))
    })
  ),

  "refuses GetObjectAttributes without GetObject": documented(
    "API_GetObjectAttributes",
    Effect.gen(function*() {
      const Bucket = yield* denying("permissions-attributes", "s3:GetObject")
      yield* assertDenied(S3.send(new GetObjectAttributesCommand({ Bucket, Key: "plain", ObjectAttributes: ["ETag"] })))
    })
  ),

  "lets a bucket's policy ask about the tags that an object has, and about those in a request": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html",
    Effect.gen(function*() {
      const Bucket = yield* denying("permissions-existing", "s3:GetObject", {
        Condition: { StringEquals: { "s3:ExistingObjectTag/class": "secret" } }
      })
      yield* S3.send(new GetObjectCommand({ Bucket, Key: "plain" }))
      yield* assertDenied(S3.send(new GetObjectCommand({ Bucket, Key: "tagged" })))
      const other = yield* denying("permissions-requested", "s3:PutObjectTagging", {
        Condition: { "ForAnyValue:StringNotEquals": { "s3:RequestObjectTagKeys": ["project"] } }
      })
      const tag = (Key: string) =>
        S3.send(
          new PutObjectTaggingCommand({ Bucket: other, Key: "plain", Tagging: { TagSet: [{ Key, Value: "v" }] } })
        )
      yield* tag("project")
      yield* assertDenied(tag("team"))
    })
  )
})
