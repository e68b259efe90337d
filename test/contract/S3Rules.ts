// What S3 does with what a request says beside a key and bytes: conditions, tags, locks, encryption, classes and access.
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketMetricsConfigurationCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketEncryptionCommand,
  GetBucketMetricsConfigurationCommand,
  GetBucketPolicyCommand,
  GetObjectAclCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListBucketMetricsConfigurationsCommand,
  ListObjectsV2Command,
  PutBucketAccelerateConfigurationCommand,
  PutBucketEncryptionCommand,
  PutBucketMetricsConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  PutObjectTaggingCommand,
  RestoreObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { type AwsError, S3 } from "effect-aws-sdk"
import * as crypto from "node:crypto"
import { believed, contract, documented, recorded } from "./Contract.ts"

const create = (Bucket: string, hasLock = false) =>
  S3.send(new CreateBucketCommand({ Bucket, ...(hasLock && { ObjectLockEnabledForBucket: true }) }))

const put = (Bucket: string, Key: string, input: Partial<PutObjectCommandInput> = {}) =>
  S3.send(new PutObjectCommand({ Bucket, Key, Body: Key, ...input }))

const head = (Bucket: string, Key: string) => S3.send(new HeadObjectCommand({ Bucket, Key }))

const tagsOf = (Bucket: string, Key: string) =>
  Effect.map(
    S3.send(new GetObjectTaggingCommand({ Bucket, Key })),
    ({ TagSet = [] }) => Object.fromEntries(TagSet.map(({ Key, Value }) => [Key, Value]))
  )

const code = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(
    Effect.flip(effect),
    (error) => error._tag === "AwsError" ? (error as unknown as AwsError).code : error._tag
  )

/** So many days from now, on the clock of the test, and on that of the machine where AWS is not in this process. */
const inDays = (days: number) =>
  Effect.map(
    Clock.currentTimeMillis,
    (now) => new Date(Math.floor(Math.max(now, Date.now()) / 1000) * 1000 + days * 86_400_000)
  )

const versioned = (Bucket: string) =>
  S3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }))

const customerKey = (byte: number) => {
  const key = Buffer.alloc(32, byte)
  return {
    SSECustomerAlgorithm: "AES256",
    SSECustomerKey: key.toString("base64"),
    SSECustomerKeyMD5: crypto.createHash("md5").update(key).digest("base64")
  }
}

const PART = 5 * 2 ** 20

export const s3Rules = contract("S3", {
  "PutObject stores tags, which HeadObject counts and a new object replaces": recorded(
    "test_s3_api TestS3BucketObjectTagging::test_head_object_with_tags",
    Effect.gen(function*() {
      const Bucket = "rules-tags"
      yield* create(Bucket)
      yield* put(Bucket, "key", { Tagging: "team=a%20b&stage=" })
      assert.deepEqual(yield* tagsOf(Bucket, "key"), { team: "a b", stage: "" })
      assert.strictEqual((yield* head(Bucket, "key")).TagCount, 2)
      yield* put(Bucket, "key")
      assert.deepEqual(yield* tagsOf(Bucket, "key"), {})
    })
  ),

  "PutObjectTagging replaces all tags, and DeleteObjectTagging deletes them": recorded(
    "test_s3_api TestS3BucketObjectTagging::test_object_tagging_crud",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-tagging", "key"]
      yield* create(Bucket)
      yield* put(Bucket, Key, { Tagging: "old=1" })
      yield* S3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: "new", Value: "2" }] } }))
      assert.deepEqual(yield* tagsOf(Bucket, Key), { new: "2" })
      yield* S3.send(new DeleteObjectTaggingCommand({ Bucket, Key }))
      assert.deepEqual(yield* tagsOf(Bucket, Key), {})
      assert.strictEqual(yield* code(tagsOf(Bucket, "none")), "NoSuchKey")
    })
  ),

  "tags each version by itself": recorded(
    "test_s3_api TestS3BucketObjectTagging::test_object_tagging_versioned",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-tag-versions", "key"]
      yield* create(Bucket)
      yield* versioned(Bucket)
      const { VersionId } = yield* put(Bucket, Key, { Tagging: "v=1" })
      yield* put(Bucket, Key, { Tagging: "v=2" })
      const first = yield* S3.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }))
      assert.deepEqual([first.TagSet, first.VersionId], [[{ Key: "v", Value: "1" }], VersionId])
      assert.deepEqual(yield* tagsOf(Bucket, Key), { v: "2" })
    })
  ),

  "rejects tags that are given twice, too many or reserved for AWS": recorded(
    "test_s3_api TestS3BucketObjectTagging::test_tagging_validation",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-tags-bad", "key"]
      yield* create(Bucket)
      assert.strictEqual(yield* code(put(Bucket, Key, { Tagging: "a=1&a=2" })), "InvalidArgument")
      yield* put(Bucket, Key)
      const tag = (...keys: ReadonlyArray<string>) =>
        code(S3.send(
          new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: keys.map((Key) => ({ Key, Value: "" })) } })
        ))
      assert.strictEqual(yield* tag("a", "a"), "InvalidTag")
      assert.strictEqual(yield* tag("aws:a"), "InvalidTag")
      assert.strictEqual(yield* tag(...Array.from({ length: 11 }, (_, i) => `k${i}`)), "BadRequest")
    })
  ),

  "CopyObject copies tags and metadata unless it is told to replace them": documented(
    "API_CopyObject",
    Effect.gen(function*() {
      const Bucket = "rules-copy"
      yield* create(Bucket)
      yield* put(Bucket, "key", { Tagging: "a=1", Metadata: { m: "1" }, CacheControl: "no-store" })
      const CopySource = `${Bucket}/key`
      yield* S3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource }))
      const copied = yield* head(Bucket, "copy")
      assert.deepEqual([copied.Metadata, copied.CacheControl], [{ m: "1" }, "no-store"])
      assert.deepEqual(yield* tagsOf(Bucket, "copy"), { a: "1" })
      yield* S3.send(
        new CopyObjectCommand({
          Bucket,
          Key: "replaced",
          CopySource,
          MetadataDirective: "REPLACE",
          Metadata: { n: "2" },
          TaggingDirective: "REPLACE",
          Tagging: "b=2"
        })
      )
      const replaced = yield* head(Bucket, "replaced")
      assert.deepEqual([replaced.Metadata, replaced.CacheControl], [{ n: "2" }, undefined])
      assert.deepEqual(yield* tagsOf(Bucket, "replaced"), { b: "2" })
    })
  ),

  "a multipart upload gives its object the tags, headers and metadata that it began with": documented(
    "API_CreateMultipartUpload",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-upload", "key"]
      yield* create(Bucket)
      const { UploadId } = yield* S3.send(
        new CreateMultipartUploadCommand({
          Bucket,
          Key,
          Tagging: "a=1",
          ContentType: "text/plain",
          ContentLanguage: "de",
          Metadata: { m: "1" },
          StorageClass: "STANDARD_IA"
        })
      )
      const { ETag } = yield* S3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "x" }))
      yield* S3.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key,
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] }
        })
      )
      const object = yield* head(Bucket, Key)
      assert.deepInclude(object, { ContentType: "text/plain", ContentLanguage: "de", StorageClass: "STANDARD_IA" })
      assert.deepEqual(object.Metadata, { m: "1" })
      assert.deepEqual(yield* tagsOf(Bucket, Key), { a: "1" })
    })
  ),

  "stores the time of expiry and the redirect of an object": documented(
    "API_PutObject",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-headers", "key"]
      yield* create(Bucket)
      const Expires = new Date("2031-02-03T04:05:06Z")
      yield* put(Bucket, Key, { Expires, WebsiteRedirectLocation: "/other" })
      const object = yield* head(Bucket, Key)
      assert.strictEqual(object.ExpiresString, Expires.toUTCString())
      assert.strictEqual(object.WebsiteRedirectLocation, "/other")
      assert.strictEqual(yield* code(put(Bucket, Key, { WebsiteRedirectLocation: "other" })), "InvalidRedirectLocation")
    })
  ),

  "GetObject answers with other headers when the request wants them": documented(
    "API_GetObject",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-overrides", "key"]
      yield* create(Bucket)
      yield* put(Bucket, Key, { ContentType: "text/plain", CacheControl: "no-store" })
      const object = yield* S3.send(
        new GetObjectCommand({
          Bucket,
          Key,
          ResponseContentType: "text/html",
          ResponseContentDisposition: "attachment",
          ResponseExpires: new Date("2031-02-03T04:05:06Z")
        })
      )
      assert.deepInclude({ ...object, Body: undefined }, {
        ContentType: "text/html",
        ContentDisposition: "attachment",
        CacheControl: "no-store",
        ExpiresString: "Mon, 03 Feb 2031 04:05:06 GMT"
      })
      assert.strictEqual(yield* Effect.promise(() => object.Body!.transformToString()), Key)
    })
  ),

  "DeleteObject deletes only an object with the ETag that the request names": recorded(
    "test_s3_api TestS3DeletePrecondition::test_delete_object_if_match_non_express",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-delete-if", "key"]
      yield* create(Bucket)
      const { ETag } = yield* put(Bucket, Key)
      const remove = (IfMatch: string) => S3.send(new DeleteObjectCommand({ Bucket, Key, IfMatch }))
      assert.strictEqual(yield* code(remove("\"other\"")), "PreconditionFailed")
      yield* head(Bucket, Key)
      yield* remove(ETag!)
      assert.strictEqual((yield* Effect.flip(head(Bucket, Key))).statusCode, 404)
    })
  ),

  "DeleteObjects keeps an object with another ETag, and reports it": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html",
    Effect.gen(function*() {
      const Bucket = "rules-deletes-if"
      yield* create(Bucket)
      const { ETag } = yield* put(Bucket, "a")
      yield* put(Bucket, "b")
      const { Deleted, Errors } = yield* S3.send(
        new DeleteObjectsCommand({
          Bucket,
          Delete: { Objects: [{ Key: "a", ETag: ETag! }, { Key: "b", ETag: "\"other\"" }] }
        })
      )
      assert.deepEqual(Deleted?.map(({ Key }) => Key), ["a"])
      assert.deepEqual(Errors?.map(({ Code, Key }) => ({ Code, Key })), [{ Code: "PreconditionFailed", Key: "b" }])
      yield* head(Bucket, "b")
    })
  ),

  "CopyObject checks the conditions on the object that it replaces": recorded(
    "test_s3_api TestS3ObjectWritePrecondition::test_copy_object_if_match",
    Effect.gen(function*() {
      const Bucket = "rules-copy-if"
      yield* create(Bucket)
      yield* put(Bucket, "key")
      const { ETag } = yield* put(Bucket, "there")
      const copy = (Key: string, conditions: object) =>
        S3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/key`, ...conditions }))
      assert.strictEqual(yield* code(copy("there", { IfNoneMatch: "*" })), "PreconditionFailed")
      assert.strictEqual(yield* code(copy("there", { IfMatch: "\"other\"" })), "PreconditionFailed")
      assert.strictEqual(yield* code(copy("none", { IfMatch: ETag })), "NoSuchKey")
      yield* copy("new", { IfNoneMatch: "*" })
      yield* copy("there", { IfMatch: ETag })
    })
  ),

  "rejects a write with conditions that S3 doesn't take": recorded(
    "test_s3_api TestS3ObjectWritePrecondition::test_put_object_if_match_validation",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-conditions-bad", "key"]
      yield* create(Bucket)
      yield* put(Bucket, Key)
      assert.strictEqual(yield* code(put(Bucket, Key, { IfMatch: "*" })), "NotImplemented")
      assert.strictEqual(yield* code(put(Bucket, Key, { IfNoneMatch: "\"etag\"" })), "NotImplemented")
      assert.strictEqual(yield* code(put(Bucket, Key, { IfNoneMatch: "*", IfMatch: "\"etag\"" })), "NotImplemented")
      assert.strictEqual(
        yield* code(S3.send(new DeleteObjectCommand({ Bucket, Key, IfMatchSize: 3 }))),
        "NotImplemented"
      )
    })
  ),

  "a version under retention can't be deleted, under governance unless it is bypassed": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
    Effect.gen(function*() {
      const Bucket = "rules-retention"
      yield* create(Bucket, true)
      const ObjectLockRetainUntilDate = yield* inDays(1)
      const locked = (Key: string, ObjectLockMode: "GOVERNANCE" | "COMPLIANCE") =>
        put(Bucket, Key, { ObjectLockMode, ObjectLockRetainUntilDate })
      const governed = yield* locked("governed", "GOVERNANCE")
      const compliant = yield* locked("compliant", "COMPLIANCE")
      const remove = (Key: string, VersionId: string | undefined, BypassGovernanceRetention = false) =>
        S3.send(
          new DeleteObjectCommand({
            Bucket,
            Key,
            VersionId,
            ...(BypassGovernanceRetention && { BypassGovernanceRetention })
          })
        )
      assert.strictEqual(yield* code(remove("governed", governed.VersionId)), "AccessDenied")
      assert.strictEqual(yield* code(remove("compliant", compliant.VersionId)), "AccessDenied")
      assert.strictEqual(yield* code(remove("compliant", compliant.VersionId, true)), "AccessDenied")
      yield* remove("governed", governed.VersionId, true)
      // A delete marker hides the object, and deletes nothing.
      assert.isTrue((yield* remove("compliant", undefined)).DeleteMarker)
      const { Errors } = yield* S3.send(
        new DeleteObjectsCommand({
          Bucket,
          Delete: { Objects: [{ Key: "compliant", VersionId: compliant.VersionId }] },
          BypassGovernanceRetention: true
        })
      )
      assert.deepEqual(Errors?.map(({ Code }) => Code), ["AccessDenied"])
    })
  ),

  "PutObjectRetention lengthens a retention, and shortens or replaces governance only when it is bypassed": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-retention-put", "key"]
      yield* create(Bucket, true)
      yield* put(Bucket, Key)
      const retain = (Mode: "GOVERNANCE" | "COMPLIANCE", RetainUntilDate: Date, BypassGovernanceRetention = false) =>
        S3.send(
          new PutObjectRetentionCommand({
            Bucket,
            Key,
            Retention: { Mode, RetainUntilDate },
            ...(BypassGovernanceRetention && { BypassGovernanceRetention })
          })
        )
      const get = S3.send(new GetObjectRetentionCommand({ Bucket, Key }))
      assert.strictEqual(yield* code(get), "NoSuchObjectLockConfiguration")
      yield* retain("GOVERNANCE", yield* inDays(2))
      assert.deepEqual((yield* get).Retention, { Mode: "GOVERNANCE", RetainUntilDate: yield* inDays(2) })
      assert.strictEqual(yield* code(retain("GOVERNANCE", yield* inDays(1))), "AccessDenied")
      yield* retain("GOVERNANCE", yield* inDays(1), true)
      assert.strictEqual(yield* code(retain("COMPLIANCE", yield* inDays(3))), "AccessDenied")
      yield* retain("COMPLIANCE", yield* inDays(3), true)
      assert.strictEqual(yield* code(retain("COMPLIANCE", yield* inDays(2), true)), "AccessDenied")
      assert.strictEqual(yield* code(retain("GOVERNANCE", yield* inDays(4), true)), "AccessDenied")
      yield* retain("COMPLIANCE", yield* inDays(4))
    })
  ),

  "rejects retention in the past, without a date, or in a bucket without Object Lock": believed(
    "the answers of AWS in bug reports of other servers",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-retention-bad", "key"]
      yield* create(Bucket)
      const soon = { ObjectLockMode: "GOVERNANCE", ObjectLockRetainUntilDate: yield* inDays(1) } as const
      assert.strictEqual(yield* code(put(Bucket, Key, soon)), "InvalidRequest")
      yield* put(Bucket, Key)
      assert.strictEqual(
        yield* code(S3.send(new DeleteObjectCommand({ Bucket, Key, BypassGovernanceRetention: true }))),
        "InvalidArgument"
      )
      yield* create(`${Bucket}-lock`, true)
      const { ObjectLockMode } = soon
      assert.strictEqual(yield* code(put(`${Bucket}-lock`, Key, { ObjectLockMode })), "InvalidArgument")
      const past = { ObjectLockMode, ObjectLockRetainUntilDate: new Date(0) }
      assert.strictEqual(yield* code(put(`${Bucket}-lock`, Key, past)), "InvalidArgument")
    })
  ),

  "new objects have the retention that their bucket has by default": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-retention-default", "key"]
      yield* create(Bucket, true)
      const configure = (
        Rule?: { readonly DefaultRetention: { readonly Mode?: "GOVERNANCE"; readonly Days?: number } }
      ) =>
        S3.send(
          new PutObjectLockConfigurationCommand({
            Bucket,
            ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", ...(Rule && { Rule }) }
          })
        )
      assert.strictEqual(yield* code(configure({ DefaultRetention: { Mode: "GOVERNANCE" } })), "MalformedXML")
      yield* configure({ DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } })
      const { ObjectLockConfiguration } = yield* S3.send(new GetObjectLockConfigurationCommand({ Bucket }))
      assert.deepEqual(ObjectLockConfiguration, {
        ObjectLockEnabled: "Enabled",
        Rule: { DefaultRetention: { Mode: "GOVERNANCE", Days: 1 } }
      })
      const { VersionId } = yield* put(Bucket, Key)
      assert.strictEqual((yield* head(Bucket, Key)).ObjectLockMode, "GOVERNANCE")
      assert.strictEqual(yield* code(S3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))), "AccessDenied")
    })
  ),

  "an object that was encrypted with a key of the client is read with that key only": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-ssec", "key"]
      yield* create(Bucket)
      const { SSECustomerKeyMD5 } = yield* put(Bucket, Key, customerKey(1))
      assert.strictEqual(SSECustomerKeyMD5, customerKey(1).SSECustomerKeyMD5)
      const get = (key: object) => S3.send(new GetObjectCommand({ Bucket, Key, ...key }))
      assert.strictEqual(yield* code(get({})), "InvalidRequest")
      assert.strictEqual((yield* Effect.flip(get(customerKey(2)))).statusCode, 403)
      const { Body } = yield* get(customerKey(1))
      assert.strictEqual(yield* Effect.promise(() => Body!.transformToString()), Key)
      yield* put(Bucket, "plain")
      assert.strictEqual(
        yield* code(S3.send(new GetObjectCommand({ Bucket, Key: "plain", ...customerKey(1) }))),
        "InvalidRequest"
      )
    })
  ),

  "new objects are encrypted as their bucket says by default": recorded(
    "test_s3_api TestS3BucketEncryption::test_s3_bucket_encryption_sse_kms",
    Effect.gen(function*() {
      const Bucket = "rules-encryption"
      yield* create(Bucket)
      assert.strictEqual((yield* put(Bucket, "before")).ServerSideEncryption, "AES256")
      yield* S3.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" }, BucketKeyEnabled: true }]
          }
        })
      )
      const encrypted = yield* put(Bucket, "after")
      assert.deepInclude(encrypted, { ServerSideEncryption: "aws:kms", BucketKeyEnabled: true })
      assert.match(encrypted.SSEKMSKeyId!, /^arn:aws:kms:[\w-]+:\d{12}:key\/[0-9a-f-]{36}$/)
      assert.strictEqual((yield* put(Bucket, "own", { ServerSideEncryption: "AES256" })).ServerSideEncryption, "AES256")
      yield* S3.send(new DeleteBucketEncryptionCommand({ Bucket }))
      const { ServerSideEncryptionConfiguration } = yield* S3.send(new GetBucketEncryptionCommand({ Bucket }))
      assert.deepEqual(
        ServerSideEncryptionConfiguration?.Rules?.map((rule) => rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm),
        ["AES256"]
      )
    })
  ),

  "rejects KMS keys without KMS, and an unknown storage class": believed(
    "the answers of AWS in bug reports of other servers",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-class-bad", "key"]
      yield* create(Bucket)
      assert.strictEqual(yield* code(put(Bucket, Key, { SSEKMSKeyId: "key" })), "InvalidArgument")
      assert.strictEqual(yield* code(put(Bucket, Key, { StorageClass: "COLD" as "GLACIER" })), "InvalidStorageClass")
    })
  ),

  "an archived object can't be read or copied before it is restored": documented(
    "API_RestoreObject",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-archive", "key"]
      yield* create(Bucket)
      yield* put(Bucket, Key, { StorageClass: "GLACIER" })
      assert.strictEqual((yield* head(Bucket, Key)).StorageClass, "GLACIER")
      assert.strictEqual(yield* code(S3.send(new GetObjectCommand({ Bucket, Key }))), "InvalidObjectState")
      const copy = S3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${Key}` }))
      assert.strictEqual(yield* code(copy), "ObjectNotInActiveTierError")
      yield* S3.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest: { Days: 1 } }))
      assert.match((yield* head(Bucket, Key)).Restore!, /^ongoing-request="(true|false)"/)
      yield* put(Bucket, "warm")
      assert.strictEqual(
        yield* code(S3.send(new RestoreObjectCommand({ Bucket, Key: "warm", RestoreRequest: { Days: 1 } }))),
        "InvalidObjectState"
      )
    })
  ),

  "ListObjectsV2 percent-encodes what it answers when the request wants it": recorded(
    "test_s3_list_operations TestS3ListObjectsV2::test_list_ops_encoding_type_validation[list_objects_v2]",
    Effect.gen(function*() {
      const Bucket = "rules-encoding"
      yield* create(Bucket)
      yield* put(Bucket, "a b/c+d=ü")
      const page = yield* S3.send(
        new ListObjectsV2Command({ Bucket, EncodingType: "url", Prefix: "a b/", StartAfter: "a b/b=" })
      )
      assert.deepEqual(page.Contents?.map(({ Key }) => Key), ["a+b/c%2Bd%3D%C3%BC"])
      assert.deepEqual([page.EncodingType, page.Prefix, page.StartAfter], ["url", "a+b/", "a+b/b%3D"])
      assert.strictEqual(
        yield* code(S3.send(new ListObjectsV2Command({ Bucket, EncodingType: "other" as "url" }))),
        "InvalidArgument"
      )
    })
  ),

  "puts, gets and deletes the policy of a bucket": recorded(
    "test_s3_api TestS3BucketPolicy::test_bucket_policy_crud",
    Effect.gen(function*() {
      const Bucket = "rules-policy"
      yield* create(Bucket)
      const get = S3.send(new GetBucketPolicyCommand({ Bucket }))
      assert.strictEqual(yield* code(get), "NoSuchBucketPolicy")
      const Policy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [{
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::111122223333:root" },
          Action: "s3:GetObject",
          Resource: `arn:aws:s3:::${Bucket}/*`
        }]
      })
      const { $metadata } = yield* S3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
      assert.strictEqual($metadata.httpStatusCode, 204)
      assert.deepEqual(JSON.parse((yield* get).Policy!), JSON.parse(Policy))
      yield* S3.send(new DeleteBucketPolicyCommand({ Bucket }))
      yield* S3.send(new DeleteBucketPolicyCommand({ Bucket }))
      assert.strictEqual(yield* code(get), "NoSuchBucketPolicy")
    })
  ),

  "keeps metrics configurations, and lists them": recorded(
    "test_s3_api TestS3MetricsConfiguration::test_list_bucket_metrics_configurations",
    Effect.gen(function*() {
      const Bucket = "rules-metrics"
      yield* create(Bucket)
      const at = (Id: string) => ({ Bucket, Id })
      const put = (Id: string, Prefix: string) =>
        S3.send(
          new PutBucketMetricsConfigurationCommand({ ...at(Id), MetricsConfiguration: { Id, Filter: { Prefix } } })
        )
      yield* put("b", "logs/")
      yield* put("a", "a/")
      yield* put("b", "other/")
      const { MetricsConfiguration } = yield* S3.send(new GetBucketMetricsConfigurationCommand(at("b")))
      assert.deepEqual(MetricsConfiguration, { Id: "b", Filter: { Prefix: "other/" } })
      const { IsTruncated, MetricsConfigurationList } = yield* S3.send(
        new ListBucketMetricsConfigurationsCommand({ Bucket })
      )
      assert.deepEqual([IsTruncated, MetricsConfigurationList?.map(({ Id }) => Id)], [false, ["a", "b"]])
      yield* S3.send(new DeleteBucketMetricsConfigurationCommand(at("b")))
      assert.strictEqual(
        yield* code(S3.send(new DeleteBucketMetricsConfigurationCommand(at("b")))),
        "NoSuchConfiguration"
      )
      assert.strictEqual(
        yield* code(S3.send(new GetBucketMetricsConfigurationCommand(at("b")))),
        "NoSuchConfiguration"
      )
    })
  ),

  "sets the transfer acceleration of a bucket without a dot in its name": recorded(
    "test_s3_api TestS3BucketAccelerateConfiguration::test_bucket_acceleration_configuration_crud",
    Effect.gen(function*() {
      const Bucket = "rules-acceleration"
      yield* create(Bucket)
      const get = Effect.map(S3.send(new GetBucketAccelerateConfigurationCommand({ Bucket })), ({ Status }) => Status)
      const accelerate = (Bucket: string, Status: "Enabled" | "Suspended") =>
        S3.send(new PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration: { Status } }))
      assert.isUndefined(yield* get)
      yield* accelerate(Bucket, "Enabled")
      assert.strictEqual(yield* get, "Enabled")
      assert.strictEqual(yield* code(accelerate(Bucket, "On" as "Enabled")), "MalformedXML")
      yield* create("rules.acceleration")
      assert.strictEqual(yield* code(accelerate("rules.acceleration", "Enabled")), "InvalidRequest")
    })
  ),

  "rejects a malformed bucket policy": recorded(
    "test_s3_api TestS3BucketPolicy::test_bucket_policy_exc",
    Effect.gen(function*() {
      const Bucket = "rules-policy-bad"
      yield* create(Bucket)
      const statement = {
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::${Bucket}/*`
      }
      yield* S3.send(new DeletePublicAccessBlockCommand({ Bucket }))
      const wrong = [
        "{}",
        "no json",
        JSON.stringify({ Statement: [{ ...statement, Principal: undefined }] }),
        JSON.stringify({ Statement: [{ ...statement, Effect: "Maybe" }] }),
        JSON.stringify({ Statement: [{ ...statement, Action: "ec2:RunInstances" }] }),
        JSON.stringify({ Statement: [{ ...statement, Resource: "arn:aws:s3:::other/*" }] })
      ]
      for (const Policy of wrong) {
        assert.strictEqual(
          yield* code(S3.send(new PutBucketPolicyCommand({ Bucket, Policy }))),
          "MalformedPolicy",
          Policy
        )
      }
    })
  ),

  "refuses a request for a bucket of another owner than the expected one": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-owner", "key"]
      yield* create(Bucket)
      yield* put(Bucket, Key)
      const ExpectedBucketOwner = "222222222222"
      assert.strictEqual(yield* code(put(Bucket, Key, { ExpectedBucketOwner })), "AccessDenied")
      assert.strictEqual(
        yield* code(S3.send(new ListObjectsV2Command({ Bucket, ExpectedBucketOwner }))),
        "AccessDenied"
      )
      assert.strictEqual(
        yield* code(
          S3.send(
            new CopyObjectCommand({
              Bucket,
              Key: "copy",
              CopySource: `${Bucket}/${Key}`,
              ExpectedSourceBucketOwner: ExpectedBucketOwner
            })
          )
        ),
        "AccessDenied"
      )
    })
  ),

  "stores ACLs where the bucket allows them": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-acl", "key"]
      yield* S3.send(new CreateBucketCommand({ Bucket, ObjectOwnership: "ObjectWriter" }))
      yield* S3.send(new DeletePublicAccessBlockCommand({ Bucket }))
      yield* put(Bucket, Key)
      const acl = Effect.map(
        S3.send(new GetObjectAclCommand({ Bucket, Key })),
        ({ Grants = [] }) => Grants.map(({ Grantee, Permission }) => [Grantee?.Type, Permission])
      )
      assert.deepEqual(yield* acl, [["CanonicalUser", "FULL_CONTROL"]])
      yield* S3.send(new PutObjectAclCommand({ Bucket, Key, ACL: "public-read" }))
      assert.sameDeepMembers(yield* acl, [["CanonicalUser", "FULL_CONTROL"], ["Group", "READ"]])
      yield* create(`${Bucket}-enforced`)
      assert.strictEqual(
        yield* code(put(`${Bucket}-enforced`, Key, { ACL: "public-read" })),
        "AccessControlListNotSupported"
      )
    })
  ),

  "GetObject and DeleteObject reject a malformed version id": recorded(
    "test_s3_api TestS3ObjectCRUD::test_delete_object",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-version-id", "key"]
      yield* create(Bucket)
      yield* versioned(Bucket)
      yield* put(Bucket, Key)
      const at = { Bucket, Key, VersionId: "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD" }
      assert.strictEqual(yield* code(S3.send(new GetObjectCommand(at))), "InvalidArgument")
      assert.strictEqual(yield* code(S3.send(new DeleteObjectCommand(at))), "InvalidArgument")
    })
  ),

  "UploadPartCopy copies a range, and rejects one that the source doesn't have": recorded(
    "test_s3_api TestS3Multipart::test_upload_part_copy_range",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-part-copy", "key"]
      yield* create(Bucket)
      yield* put(Bucket, "source", { Body: "0123456789" })
      const { UploadId } = yield* S3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
      const copy = (CopySourceRange: string) =>
        S3.send(
          new UploadPartCopyCommand({
            Bucket,
            Key,
            UploadId,
            PartNumber: 1,
            CopySource: `${Bucket}/source`,
            CopySourceRange
          })
        )
      for (const range of ["0-1", "bytes=1-0", "bytes=1-", "bytes=0-10"]) {
        assert.strictEqual(yield* code(copy(range)), "InvalidArgument", range)
      }
      const { CopyPartResult } = yield* copy("bytes=2-4")
      yield* S3.send(
        new CompleteMultipartUploadCommand({
          Bucket,
          Key,
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag: CopyPartResult?.ETag }] }
        })
      )
      const { Body } = yield* S3.send(new GetObjectCommand({ Bucket, Key }))
      assert.strictEqual(yield* Effect.promise(() => Body!.transformToString()), "234")
    })
  ),

  "a multipart upload has a checksum of the whole object, and GetObjectAttributes tells it": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html",
    Effect.gen(function*() {
      const [Bucket, Key] = ["rules-full-checksum", "key"]
      yield* create(Bucket)
      const begin = (input: object) => S3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...input }))
      assert.strictEqual(
        yield* code(begin({ ChecksumAlgorithm: "SHA256", ChecksumType: "FULL_OBJECT" })),
        "InvalidRequest"
      )
      const { UploadId } = yield* begin({ ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" })
      const parts = [Buffer.alloc(PART, "a"), Buffer.from("the end")]
      const Parts = yield* Effect.forEach(parts, (Body, i) =>
        Effect.map(
          S3.send(
            new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: i + 1, Body, ChecksumAlgorithm: "CRC32" })
          ),
          ({ ETag }) => ({ ETag, PartNumber: i + 1 })
        ))
      yield* S3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }))
      const whole = yield* put(Bucket, "whole", { Body: Buffer.concat(parts), ChecksumAlgorithm: "CRC32" })
      const { Checksum, ETag, ObjectParts, ObjectSize } = yield* S3.send(
        new GetObjectAttributesCommand({
          Bucket,
          Key,
          ObjectAttributes: ["Checksum", "ETag", "ObjectParts", "ObjectSize"]
        })
      )
      assert.deepInclude(Checksum, { ChecksumCRC32: whole.ChecksumCRC32, ChecksumType: "FULL_OBJECT" })
      assert.match(ETag!, /^[0-9a-f]{32}-2$/)
      assert.deepEqual([ObjectSize, ObjectParts?.TotalPartsCount], [PART + 7, 2])
    })
  )
})
