// Who has access to the buckets of the in-memory S3: by policy, by ACL, and without a signature.
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { InMemory, S3 } from "effect-aws-sdk"
import { bucket, codeOf, create, inAccount, key, put } from "../support/s3.ts"

const other = "222222222222"

const policy = (...statements: ReadonlyArray<object>) =>
  S3.send(
    new PutBucketPolicyCommand({
      Bucket: bucket,
      Policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: statements.map((statement) => ({
          Effect: "Allow",
          Principal: "*",
          Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
          ...statement
        }))
      })
    })
  )

const get = (Key = key) => S3.send(new GetObjectCommand({ Bucket: bucket, Key }))
const list = (Prefix?: string) => S3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }))
const isPublic = Effect.map(
  S3.send(new GetBucketPolicyStatusCommand({ Bucket: bucket })),
  ({ PolicyStatus }) => PolicyStatus?.IsPublic
)

/** The status and the code of an unsigned request. */
const anonymously = (url: string, path: string, init?: RequestInit) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/${path}`, init)
    return [response.status, /<Code>(\w+)</.exec(await response.text())?.[1]] as const
  })

const denied = [403, "AccessDenied"] as const

describe("an anonymous request", () => {
  it.effect("is denied, unless the policy of the bucket lets anyone in and nothing restricts it", () =>
    Effect.gen(function*() {
      const { url } = yield* InMemory.serve()
      const object = `${bucket}/${key}`
      assert.deepEqual(yield* anonymously(url, object), [404, "NoSuchBucket"])
      yield* create
      yield* put(key)
      assert.deepEqual(yield* anonymously(url, object), denied)
      assert.deepEqual(yield* anonymously(url, bucket), denied)
      assert.deepEqual(yield* anonymously(url, "new-bucket", { method: "PUT" }), denied)
      assert.deepEqual(yield* anonymously(url, ""), denied)
      assert.deepEqual(yield* anonymously(url, "?max-buckets=5"), denied)
      // The name is still free.
      assert.deepEqual(yield* anonymously(url, "new-bucket"), [404, "NoSuchBucket"])
      const { Buckets = [] } = yield* S3.send(new ListBucketsCommand({}))
      assert.deepEqual(Buckets.map(({ Name }) => Name), [bucket])
      assert.deepEqual(yield* anonymously(url, `${bucket}/new`, { method: "PUT", body: "x" }), denied)
      yield* policy({ Action: "s3:GetObject" })
      assert.isTrue(yield* isPublic)
      assert.deepEqual(yield* anonymously(url, object), denied)
      yield* S3.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }))
      assert.deepEqual(yield* anonymously(url, object), [200, undefined])
      assert.deepEqual(yield* anonymously(url, `${object}?response-expires=0`), [400, "InvalidRequest"])
      assert.deepEqual(yield* anonymously(url, bucket), denied)
      assert.deepEqual(yield* anonymously(url, object, { method: "DELETE" }), denied)
      yield* policy({ Action: "s3:*" })
      assert.deepEqual(yield* anonymously(url, bucket), [200, undefined])
      assert.deepEqual(yield* anonymously(url, object, { method: "DELETE" }), [204, undefined])
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())))

  it.effect("has the access that public ACLs give, unless they are ignored", () =>
    Effect.gen(function*() {
      const { url } = yield* InMemory.serve()
      yield* S3.send(new CreateBucketCommand({ Bucket: bucket, ObjectOwnership: "ObjectWriter" }))
      yield* S3.send(new DeletePublicAccessBlockCommand({ Bucket: bucket }))
      yield* put("a")
      yield* S3.send(new PutObjectCommand({ Bucket: bucket, Key: "b", Body: "b", ACL: "public-read" }))
      assert.deepEqual(yield* anonymously(url, `${bucket}/a`), denied)
      assert.deepEqual(yield* anonymously(url, `${bucket}/b`), [200, undefined])
      yield* S3.send(new PutObjectAclCommand({ Bucket: bucket, Key: "a", ACL: "public-read" }))
      assert.deepEqual(yield* anonymously(url, `${bucket}/a`), [200, undefined])
      assert.deepEqual(yield* anonymously(url, bucket), denied)
      yield* S3.send(new PutBucketAclCommand({ Bucket: bucket, ACL: "public-read" }))
      assert.deepEqual(yield* anonymously(url, bucket), [200, undefined])
      const block = { BlockPublicAcls: true, IgnorePublicAcls: true }
      yield* S3.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration: block }))
      assert.deepEqual(yield* anonymously(url, bucket), denied)
      assert.strictEqual(
        yield* codeOf(S3.send(new PutBucketAclCommand({ Bucket: bucket, ACL: "public-read-write" }))),
        "AccessDenied"
      )
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())))
})

describe("the policy of a bucket", () => {
  it.effect("allows another account the listed actions, and no others", () =>
    Effect.gen(function*() {
      yield* create
      yield* put(key)
      assert.strictEqual(yield* codeOf(inAccount(other, get())), "AccessDenied")
      yield* policy({ Principal: { AWS: other }, Action: ["s3:Get*", "s3:PutObject"] })
      assert.isFalse(yield* isPublic)
      yield* inAccount(other, get())
      yield* inAccount(other, put("theirs"))
      assert.strictEqual(yield* codeOf(inAccount(other, list())), "AccessDenied")
      assert.strictEqual(yield* codeOf(inAccount("333333333333", get())), "AccessDenied")
      yield* policy({ Principal: { AWS: `arn:aws:iam::${other}:role/other` }, Action: "s3:ListBucket" })
      assert.strictEqual((yield* inAccount(other, list())).KeyCount, 2)
      yield* policy({ Principal: { AWS: `arn:aws:iam::${other}:role/another` }, Action: "s3:ListBucket" })
      assert.strictEqual(yield* codeOf(inAccount(other, list())), "AccessDenied")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("lets a Deny override an Allow, even for the owner", () =>
    Effect.gen(function*() {
      yield* create
      yield* Effect.forEach(["kept/a", "b"], (key) => put(key))
      yield* policy({ Action: "s3:*", Principal: { AWS: other } }, {
        Effect: "Deny",
        Action: "s3:DeleteObject",
        Resource: `arn:aws:s3:::${bucket}/kept/*`
      })
      const remove = S3.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: "kept/a" }, { Key: "b" }] } })
      )
      for (const deleted of [yield* inAccount(other, remove), yield* remove]) {
        assert.deepEqual(deleted.Errors?.map(({ Code, Key }) => [Code, Key]), [["AccessDenied", "kept/a"]])
        assert.deepEqual(deleted.Deleted?.map(({ Key }) => Key), ["b"])
      }
      yield* S3.send(new DeleteBucketPolicyCommand({ Bucket: bucket }))
      assert.isUndefined((yield* remove).Errors)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("applies only if its conditions are met", () =>
    Effect.gen(function*() {
      yield* create
      const encrypted = { StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" } }
      yield* policy(
        { Principal: { AWS: other }, Action: "s3:ListBucket", Condition: { StringLike: { "s3:prefix": "open/*" } } },
        { Effect: "Deny", Action: "s3:PutObject", Condition: encrypted },
        { Effect: "Deny", Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "false" } } }
      )
      yield* inAccount(other, list("open/a"))
      assert.strictEqual(yield* codeOf(inAccount(other, list("closed/"))), "AccessDenied")
      assert.strictEqual(yield* codeOf(inAccount(other, list())), "AccessDenied")
      assert.strictEqual(yield* codeOf(put(key)), "AccessDenied")
      yield* S3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "x", ServerSideEncryption: "aws:kms" }))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("can't be public if the bucket blocks public policies", () =>
    Effect.gen(function*() {
      yield* create
      const block = { BlockPublicPolicy: true }
      yield* S3.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration: block }))
      assert.strictEqual(yield* codeOf(policy({ Action: "s3:GetObject" })), "AccessDenied")
      yield* policy({ Action: "s3:GetObject", Condition: { StringEquals: { "aws:PrincipalAccount": other } } })
      assert.isFalse(yield* isPublic)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("isn't stored with a condition operator that AWS doesn't have", () =>
    Effect.gen(function*() {
      yield* create
      for (const operator of ["constructor", "StringIs"]) {
        const put = policy({ Action: "s3:GetObject", Condition: { [operator]: { "s3:prefix": "a" } } })
        assert.strictEqual(yield* codeOf(put), "MalformedPolicy")
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("isn't stored with a condition key that the in-memory S3 can't evaluate", () =>
    Effect.gen(function*() {
      yield* create
      const exit = yield* Effect.exit(
        policy({ Action: "s3:GetObject", Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } })
      )
      assert.include(String(exit), "doesn't support the condition key aws:SourceIp")
      const variable = yield* Effect.exit(
        policy({ Action: "s3:GetObject", Condition: { StringEquals: { "s3:prefix": "${aws:SourceVpc}" } } })
      )
      assert.include(String(variable), "doesn't support the condition key aws:SourceVpc")
      assert.strictEqual(yield* codeOf(isPublic), "NoSuchBucketPolicy")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("an access control list", () => {
  it.effect("grants access to another account by its canonical id, and is answered as it was put", () =>
    Effect.gen(function*() {
      yield* S3.send(new CreateBucketCommand({ Bucket: bucket, ObjectOwnership: "BucketOwnerPreferred" }))
      yield* put(key)
      const { Grants = [], Owner } = yield* S3.send(new GetBucketAclCommand({ Bucket: bucket }))
      const theirs = yield* inAccount(
        other,
        Effect.gen(function*() {
          yield* S3.createBucket("their-bucket")
          return (yield* S3.send(new GetBucketAclCommand({ Bucket: "their-bucket" }))).Owner?.ID
        })
      )
      yield* S3.send(
        new PutBucketAclCommand({
          Bucket: bucket,
          AccessControlPolicy: {
            Owner,
            Grants: [...Grants, { Grantee: { Type: "CanonicalUser", ID: theirs }, Permission: "READ" }]
          }
        })
      )
      yield* inAccount(other, list())
      assert.strictEqual(yield* codeOf(inAccount(other, get())), "AccessDenied")
      const id = `id="${theirs}"`
      yield* S3.send(new PutObjectAclCommand({ Bucket: bucket, Key: key, GrantRead: id, GrantReadACP: id }))
      yield* inAccount(other, get())
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is refused when it is malformed", () =>
    Effect.gen(function*() {
      yield* S3.send(new CreateBucketCommand({ Bucket: bucket, ObjectOwnership: "ObjectWriter" }))
      const acl = (input: object) => codeOf(S3.send(new PutBucketAclCommand({ Bucket: bucket, ...input })))
      assert.strictEqual(yield* acl({}), "MalformedXML")
      assert.strictEqual(yield* acl({ ACL: "open" }), "InvalidArgument")
      assert.strictEqual(yield* acl({ GrantRead: "id=\"short\"" }), "InvalidArgument")
      assert.strictEqual(yield* acl({ GrantRead: "uri=\"http://example.com\"" }), "InvalidArgument")
      assert.strictEqual(yield* acl({ ACL: "private", GrantRead: `id="${"a".repeat(64)}"` }), "InvalidRequest")
      assert.strictEqual(
        yield* acl({ AccessControlPolicy: { Grants: [], Owner: { ID: "a".repeat(64) } } }),
        "AccessDenied"
      )
    }).pipe(Effect.provide(InMemory.layer())))
})
