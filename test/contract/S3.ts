import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { AssumeRoleCommand } from "@aws-sdk/client-sts"
import { assert } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import { AwsClients, type AwsError, S3, Sts } from "effect-aws-sdk"
import * as crypto from "node:crypto"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { Readable } from "node:stream"
import { believed, contract, documented, recorded } from "./Contract.ts"

const create = (Bucket: string) => S3.send(new CreateBucketCommand({ Bucket }))
const put = (Bucket: string, Key: string, Body: string | Uint8Array = Key) =>
  S3.send(new PutObjectCommand({ Bucket, Key, Body }))
const read = (bucket: string, key: string) => Stream.mkString(Stream.decodeText(S3.getObject(bucket, key)))
const version = (Bucket: string) =>
  S3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }))
const listed = (bucket: string, options?: { readonly prefix: string }) =>
  Effect.map(Stream.runCollect(S3.listObjects(bucket, options)), (objects) => objects.map(({ key }) => key))

const code = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(
    Effect.flip(effect),
    (error) => error._tag === "AwsError" ? (error as unknown as AwsError).code : error._tag
  )

const inAccount = <A, E>(account: string, effect: Effect.Effect<A, E, AwsClients>) =>
  Effect.gen(function*() {
    const { config } = yield* AwsClients
    const { Credentials } = yield* Sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/other`, RoleSessionName: "contract" })
    )
    const clients = yield* AwsClients.make({
      ...config,
      credentials: {
        accessKeyId: Credentials!.AccessKeyId!,
        secretAccessKey: Redacted.make(Credentials!.SecretAccessKey!),
        sessionToken: Redacted.make(Credentials!.SessionToken!)
      }
    })
    return yield* Effect.provideService(effect, AwsClients, clients)
  })

const directory = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "s3-contract-"))),
  (directory) => Effect.promise(() => fs.rm(directory, { recursive: true }))
)
const file = Effect.fnUntraced(function*(content: string | Uint8Array) {
  const name = path.join(yield* directory, "file")
  yield* Effect.promise(() => fs.writeFile(name, content))
  return name
})

const PART = 5 * 2 ** 20
const large = Buffer.alloc(2 * PART + 1, "large")

const begin = (Bucket: string, Key: string) =>
  Effect.map(S3.send(new CreateMultipartUploadCommand({ Bucket, Key })), ({ UploadId }) => UploadId!)
const upload = (Bucket: string, Key: string, UploadId: string, PartNumber: number, Body: string | Uint8Array) =>
  Effect.map(
    S3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body })),
    ({ ETag }) => ({ PartNumber, ETag })
  )
const complete = (
  Bucket: string,
  Key: string,
  UploadId: string,
  Parts: ReadonlyArray<{ readonly PartNumber: number; readonly ETag: string | undefined }>
) => S3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: [...Parts] } }))

export const s3 = contract("S3", {
  "createBucket creates a bucket without ACLs, and succeeds when it is called again": documented(
    "API_CreateBucket",
    Effect.gen(
      function*() {
        yield* S3.createBucket("contract-create")
        yield* S3.createBucket("contract-create")
        const { OwnershipControls } = yield* S3.send(
          new GetBucketOwnershipControlsCommand({ Bucket: "contract-create" })
        )
        assert.deepEqual(OwnershipControls?.Rules, [{ ObjectOwnership: "BucketOwnerEnforced" }])
        const { config } = yield* AwsClients
        const { LocationConstraint } = yield* S3.send(new GetBucketLocationCommand({ Bucket: "contract-create" }))
        assert.strictEqual(LocationConstraint ?? "us-east-1", config.region)
      }
    )
  ),

  "createBucket fails with BucketNameNotAvailable when another account has the bucket": documented(
    "API_CreateBucket",
    Effect.gen(function*() {
      yield* inAccount("222222222222", S3.createBucket("contract-taken"))
      const error = yield* Effect.flip(S3.createBucket("contract-taken"))
      assert.deepEqual(error, new S3.BucketNameNotAvailable({ bucket: "contract-taken" }))
      assert.include(error.message, "contract-taken")
    })
  ),

  "createBucket fails with AWS's error for an invalid name": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    Effect.gen(function*() {
      assert.strictEqual(yield* code(S3.createBucket("ab")), "InvalidBucketName")
    })
  ),

  "CreateBucket rejects names that are not made of lower-case letters, digits, hyphens and dots": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    Effect.gen(
      function*() {
        for (const name of ["no_underscores", "NoCapitals", "no..dots", "-hyphen", "192.168.0.1", "xn--name"]) {
          assert.strictEqual(yield* code(create(name)), "InvalidBucketName", name)
        }
      }
    )
  ),

  "getBucketStatus tells whether a bucket exists": documented(
    "API_HeadBucket",
    Effect.gen(function*() {
      assert.strictEqual(yield* S3.getBucketStatus("contract-status"), "DoesNotExist")
      yield* create("contract-status")
      assert.strictEqual(yield* S3.getBucketStatus("contract-status"), "ExistsHaveAccess")
    })
  ),

  "ensureBucketExists creates a bucket unless it exists": documented(
    "API_HeadBucket",
    Effect.gen(function*() {
      yield* S3.ensureBucketExists("contract-ensure")
      yield* put("contract-ensure", "kept")
      yield* S3.ensureBucketExists("contract-ensure")
      assert.deepEqual(yield* listed("contract-ensure"), ["kept"])
    })
  ),

  "destroyBucket succeeds when the bucket does not exist": documented(
    "API_DeleteBucket",
    S3.destroyBucket("contract-none")
  ),

  "destroyBucket deletes objects": documented(
    "API_DeleteObjects",
    Effect.gen(function*() {
      yield* create("contract-destroy")
      yield* Effect.forEach(["a", "b/c", "d e+f&g<h>ü"], (key) => put("contract-destroy", key))
      yield* S3.destroyBucket("contract-destroy")
      assert.strictEqual(yield* S3.getBucketStatus("contract-destroy"), "DoesNotExist")
    })
  ),

  "destroyBucket deletes versions and delete markers": documented(
    "API_DeleteObjects",
    Effect.gen(function*() {
      const Bucket = "contract-destroy-versions"
      yield* create(Bucket)
      yield* put(Bucket, "before")
      yield* version(Bucket)
      yield* Effect.forEach(["before", "a", "a", "b"], (key) => put(Bucket, key))
      yield* S3.send(new DeleteObjectCommand({ Bucket, Key: "a" }))
      yield* S3.destroyBucket(Bucket, { concurrency: 1 })
      assert.strictEqual(yield* S3.getBucketStatus(Bucket), "DoesNotExist")
    })
  ),

  "destroyBucket aborts unfinished uploads": believed(
    "a bucket with unfinished uploads can be deleted on AWS, but their parts cost money until then",
    Effect.gen(function*() {
      const Bucket = "contract-destroy-uploads"
      yield* create(Bucket)
      const id = yield* begin(Bucket, "big")
      yield* upload(Bucket, "big", id, 1, "part")
      yield* begin(Bucket, "big")
      yield* S3.destroyBucket(Bucket)
      assert.strictEqual(yield* S3.getBucketStatus(Bucket), "DoesNotExist")
    })
  ),

  "destroyBucket fails with BucketNotEmptied, which lists what AWS refused to delete": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
    Effect.gen(function*() {
      const Bucket = "contract-locked"
      yield* S3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }))
      yield* put(Bucket, "free")
      yield* put(Bucket, "held")
      yield* S3.send(new PutObjectLegalHoldCommand({ Bucket, Key: "held", LegalHold: { Status: "ON" } }))
      const error = yield* Effect.flip(S3.destroyBucket(Bucket))
      assert.strictEqual(error._tag, "BucketNotEmptied")
      if (error._tag === "BucketNotEmptied") {
        assert.deepEqual(error.refused.map(({ code, key }) => ({ code, key })), [{ code: "AccessDenied", key: "held" }])
        assert.include(error.message, "held")
      }
      assert.deepEqual(yield* listed(Bucket), ["held"])
      yield* S3.send(new PutObjectLegalHoldCommand({ Bucket, Key: "held", LegalHold: { Status: "OFF" } }))
      yield* S3.destroyBucket(Bucket)
    })
  ),

  "listObjects and destroyBucket work with keys that XML can't carry, or that look URL-encoded": documented(
    "API_ListObjectsV2",
    Effect.gen(
      function*() {
        const Bucket = "contract-hard-keys"
        yield* create(Bucket)
        const keys = ["a\x01", "a\x1f", "a b+c%20d", "a/../b", "a\uffff"]
        yield* Effect.forEach(keys, (key) => put(Bucket, key, "x"))
        assert.deepEqual((yield* listed(Bucket)).toSorted(), keys.toSorted())
        yield* S3.destroyBucket(Bucket)
        assert.strictEqual(yield* S3.getBucketStatus(Bucket), "DoesNotExist")
      }
    )
  ),

  "listObjects and destroyBucket work through three pages": documented(
    "API_ListObjectsV2",
    Effect.gen(function*() {
      const Bucket = "contract-pages"
      yield* create(Bucket)
      const keys = Array.from({ length: 2_001 }, (_, i) => `key-${String(i).padStart(4, "0")}`)
      yield* Effect.forEach(keys, (key) => put(Bucket, key, ""), { concurrency: 16, discard: true })
      assert.deepEqual(yield* listed(Bucket), keys)
      yield* S3.destroyBucket(Bucket, { concurrency: 1 })
      assert.strictEqual(yield* S3.getBucketStatus(Bucket), "DoesNotExist")
    })
  ),

  "listObjects returns key, size, ETag and time, in the order of keys and by prefix": documented(
    "API_ListObjectsV2",
    Effect.gen(function*() {
      yield* create("contract-list")
      yield* Effect.forEach(["b", "a/2", "a/1", "\u{1F600}", "\uFF5E"], (key) => put("contract-list", key, "12345"))
      const [first] = yield* Stream.runCollect(S3.listObjects("contract-list"))
      assert.instanceOf(first, S3.S3Object)
      assert.deepInclude({ ...first }, {
        key: "a/1",
        size: 5,
        etag: `"${crypto.createHash("md5").update("12345").digest("hex")}"`
      })
      assert.instanceOf(first?.lastModified, Date)
      // S3 orders by UTF-8, not by UTF-16: a character outside the BMP comes last.
      assert.deepEqual(yield* listed("contract-list"), ["a/1", "a/2", "b", "\uFF5E", "\u{1F600}"])
      assert.deepEqual(yield* listed("contract-list", { prefix: "a/" }), ["a/1", "a/2"])
      assert.deepEqual(yield* listed("contract-list", { prefix: "c" }), [])
    })
  ),

  "listObjects fails with BucketDoesNotExist for a missing bucket": documented(
    "API_ListObjectsV2",
    Effect.gen(function*() {
      assert.deepEqual(
        yield* Effect.flip(listed("contract-none")),
        new S3.BucketDoesNotExist({ bucket: "contract-none" })
      )
    })
  ),

  "uploadFile uploads a small file with its metadata": documented(
    "API_PutObject",
    Effect.gen(function*() {
      yield* create("contract-put")
      yield* S3.uploadFile({
        path: yield* file("hello"),
        bucket: "contract-put",
        key: "a b/ü+&.txt",
        metadata: { Host: "sensor-1", run: "7" }
      })
      assert.strictEqual(yield* read("contract-put", "a b/ü+&.txt"), "hello")
      assert.deepEqual(yield* S3.getObjectMetadata("contract-put", "a b/ü+&.txt"), { host: "sensor-1", run: "7" })
      const head = yield* S3.send(new HeadObjectCommand({ Bucket: "contract-put", Key: "a b/ü+&.txt" }))
      assert.strictEqual(head.ServerSideEncryption, "aws:kms")
    })
  ),

  "uploadFile uploads an empty file": documented(
    "API_PutObject",
    Effect.gen(function*() {
      yield* create("contract-put-empty")
      yield* S3.uploadFile({ path: yield* file(""), bucket: "contract-put-empty", key: "empty" })
      const [object] = yield* Stream.runCollect(S3.listObjects("contract-put-empty"))
      assert.strictEqual(object?.size, 0)
      assert.strictEqual(yield* read("contract-put-empty", "empty"), "")
    })
  ),

  "uploadFile uploads a large file in parts": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html",
    Effect.gen(function*() {
      yield* create("contract-put-large")
      const content = crypto.randomBytes(17 * 2 ** 20 + 3)
      const name = yield* file(content)
      yield* S3.uploadFile({ path: name, bucket: "contract-put-large", key: "large", metadata: { host: "sensor-1" } })
      const head = yield* S3.send(new HeadObjectCommand({ Bucket: "contract-put-large", Key: "large" }))
      assert.strictEqual(head.ContentLength, content.length)
      assert.match(head.ETag!, /-3"$/)
      assert.strictEqual(head.ServerSideEncryption, "aws:kms")
      assert.deepEqual(head.Metadata, { host: "sensor-1" })
      const copy = `${name}.copy`
      yield* S3.downloadFile({ bucket: "contract-put-large", key: "large", path: copy })
      assert.isTrue(content.equals(yield* Effect.promise(() => fs.readFile(copy))))
      const { Uploads } = yield* S3.send(new ListMultipartUploadsCommand({ Bucket: "contract-put-large" }))
      assert.isUndefined(Uploads)
    })
  ),

  "uploadFile fails with BucketDoesNotExist for a small file and for a large one": documented(
    "API_PutObject",
    Effect.gen(function*() {
      for (const content of ["small", Buffer.alloc(17 * 2 ** 20)]) {
        const name = yield* file(content)
        const error = yield* Effect.flip(S3.uploadFile({ path: name, bucket: "contract-none", key: "key" }))
        assert.deepEqual(error, new S3.BucketDoesNotExist({ bucket: "contract-none" }))
      }
    })
  ),

  "getObjectMetadata fails with ObjectDoesNotExist for a missing object or bucket": documented(
    "API_HeadObject",
    Effect.gen(function*() {
      yield* create("contract-metadata")
      for (const bucket of ["contract-metadata", "contract-none"]) {
        const error = yield* Effect.flip(S3.getObjectMetadata(bucket, "none"))
        assert.deepEqual(error, new S3.ObjectDoesNotExist({ bucket, key: "none" }))
      }
    })
  ),

  "getObject streams the bytes of an object": documented(
    "API_GetObject",
    Effect.gen(function*() {
      yield* create("contract-get")
      yield* put("contract-get", "large", large)
      const chunks = yield* Stream.runCollect(S3.getObject("contract-get", "large"))
      assert.isAbove(chunks.length, 1)
      assert.isTrue(Buffer.concat(chunks).equals(large))
      const start = yield* Stream.runCollect(Stream.take(S3.getObject("contract-get", "large"), 1))
      assert.strictEqual(Buffer.concat(start).toString("latin1", 0, 5), "large")
    })
  ),

  "getObject fails with ObjectDoesNotExist for a missing object or bucket": documented(
    "API_GetObject",
    Effect.gen(function*() {
      yield* create("contract-get-none")
      for (const bucket of ["contract-get-none", "contract-none"]) {
        const error = yield* Effect.flip(Stream.runDrain(S3.getObject(bucket, "none")))
        assert.deepEqual(error, new S3.ObjectDoesNotExist({ bucket, key: "none" }))
        assert.include(error.message, `s3://${bucket}/none`)
      }
    })
  ),

  "downloadFile writes a new file": documented(
    "API_GetObject",
    Effect.gen(function*() {
      yield* create("contract-file")
      const { ETag } = yield* S3.send(
        new PutObjectCommand({ Bucket: "contract-file", Key: "key", Body: "content", Metadata: { host: "sensor-1" } })
      )
      const name = path.join(yield* directory, "copy")
      const written = yield* S3.downloadFile({ bucket: "contract-file", key: "key", path: name })
      assert.deepEqual(
        written,
        new S3.S3File({
          path: name,
          bucket: "contract-file",
          key: "key",
          size: 7,
          etag: ETag!,
          metadata: { host: "sensor-1" }
        })
      )
      assert.strictEqual(yield* Effect.promise(() => fs.readFile(name, "utf8")), "content")
      assert.deepEqual(yield* Effect.promise(() => fs.readdir(path.dirname(name))), ["copy"])
    })
  ),

  "downloadFile fails with ObjectDoesNotExist, and leaves no file": documented(
    "API_GetObject",
    Effect.gen(function*() {
      yield* create("contract-file-none")
      const folder = yield* directory
      const error = yield* Effect.flip(
        S3.downloadFile({ bucket: "contract-file-none", key: "none", path: path.join(folder, "copy") })
      )
      assert.deepEqual(error, new S3.ObjectDoesNotExist({ bucket: "contract-file-none", key: "none" }))
      assert.deepEqual(yield* Effect.promise(() => fs.readdir(folder)), [])
    })
  ),

  "PutObject rejects a key of more than 1,024 bytes": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html",
    Effect.gen(function*() {
      yield* create("contract-long")
      assert.strictEqual(yield* code(put("contract-long", "ü".repeat(513), "")), "KeyTooLongError")
      yield* put("contract-long", "k".repeat(1024), "")
    })
  ),

  "PutObject takes a string, bytes or a stream": documented(
    "API_PutObject",
    Effect.gen(function*() {
      const Bucket = "contract-bodies"
      yield* create(Bucket)
      yield* put(Bucket, "string", "grüße")
      yield* put(Bucket, "bytes", Buffer.from("grüße"))
      yield* S3.send(
        new PutObjectCommand({
          Bucket,
          Key: "stream",
          Body: Readable.from([Buffer.from("gr"), Buffer.from("üße")], { objectMode: false }),
          ContentLength: 7
        })
      )
      for (const key of ["string", "bytes", "stream"]) assert.strictEqual(yield* read(Bucket, key), "grüße")
      const head = yield* S3.send(new HeadObjectCommand({ Bucket, Key: "stream" }))
      assert.strictEqual(head.ContentLength, 7)
      assert.isUndefined(head.ContentEncoding)
    })
  ),

  "PutObject rejects a body that does not match its MD5": documented(
    "API_PutObject",
    Effect.gen(function*() {
      const Bucket = "contract-digests"
      yield* create(Bucket)
      const wrong = new PutObjectCommand({ Bucket, Key: "wrong", Body: "x", ContentMD5: "1B2M2Y8AsgTpgAmY7PhCfg==" })
      assert.strictEqual(yield* code(S3.send(wrong)), "BadDigest")
    })
  ),

  "reads ranges, checks conditions, and copies an object": recorded(
    "test_s3_api TestS3ObjectCRUD::test_get_object_range",
    Effect.gen(function*() {
      const Bucket = "contract-reads"
      yield* create(Bucket)
      const { ETag } = yield* put(Bucket, "key", "0123456789")
      const range = (Range: string) =>
        Effect.flatMap(
          S3.send(new GetObjectCommand({ Bucket, Key: "key", Range })),
          ({ Body, ContentRange }) => Effect.promise(async () => [await Body?.transformToString(), ContentRange])
        )
      assert.deepEqual(yield* range("bytes=2-4"), ["234", "bytes 2-4/10"])
      assert.deepEqual(yield* range("bytes=7-"), ["789", "bytes 7-9/10"])
      assert.deepEqual(yield* range("bytes=-2"), ["89", "bytes 8-9/10"])
      assert.strictEqual(yield* code(range("bytes=10-")), "InvalidRange")
      assert.strictEqual(
        yield* code(S3.send(new GetObjectCommand({ Bucket, Key: "key", IfMatch: "\"other\"" }))),
        "PreconditionFailed"
      )
      assert.strictEqual(
        (yield* Effect.flip(S3.send(new GetObjectCommand({ Bucket, Key: "key", IfNoneMatch: ETag })))).statusCode,
        304
      )
      assert.strictEqual(
        yield* code(S3.send(new PutObjectCommand({ Bucket, Key: "key", Body: "x", IfNoneMatch: "*" }))),
        "PreconditionFailed"
      )
      yield* S3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/key` }))
      assert.strictEqual(yield* read(Bucket, "copy"), "0123456789")
      assert.strictEqual(
        yield* code(S3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/none` }))),
        "NoSuchKey"
      )
    })
  ),

  "keeps versions of an object, and restores the object when its delete marker is deleted": recorded(
    "test_s3_api TestS3ObjectCRUD::test_delete_object_versioned",
    Effect.gen(function*() {
      const Bucket = "contract-versions"
      yield* create(Bucket)
      assert.isUndefined((yield* S3.send(new GetBucketVersioningCommand({ Bucket }))).Status)
      yield* version(Bucket)
      const first = (yield* put(Bucket, "key", "one")).VersionId
      yield* put(Bucket, "key", "two")
      const marker = yield* S3.send(new DeleteObjectCommand({ Bucket, Key: "key" }))
      assert.isTrue(marker.DeleteMarker)
      assert.deepEqual(yield* listed(Bucket), [])
      assert.strictEqual(yield* code(read(Bucket, "key")), "ObjectDoesNotExist")
      const { Body } = yield* S3.send(new GetObjectCommand({ Bucket, Key: "key", VersionId: first }))
      assert.strictEqual(yield* Effect.promise(() => Body!.transformToString()), "one")
      const all = yield* S3.send(new ListObjectVersionsCommand({ Bucket }))
      assert.deepEqual(all.Versions?.map(({ IsLatest }) => IsLatest), [false, false])
      assert.deepEqual(all.DeleteMarkers?.map(({ IsLatest }) => IsLatest), [true])
      yield* S3.send(new DeleteObjectCommand({ Bucket, Key: "key", VersionId: marker.VersionId }))
      assert.strictEqual(yield* read(Bucket, "key"), "two")
    })
  ),

  "GetObject rejects a delete marker with MethodNotAllowed": recorded(
    "test_s3_api TestS3ObjectCRUD::test_delete_object_versioned",
    Effect.gen(function*() {
      const Bucket = "contract-markers"
      yield* create(Bucket)
      yield* version(Bucket)
      const { VersionId } = yield* S3.send(new DeleteObjectCommand({ Bucket, Key: "key" }))
      const error = yield* Effect.flip(S3.send(new GetObjectCommand({ Bucket, Key: "key", VersionId })))
      assert.deepEqual([error.code, error.statusCode], ["MethodNotAllowed", 405])
    })
  ),

  "ListObjectsV2 groups keys by common prefix, and starts after a given key": recorded(
    "test_s3_list_operations TestS3ListObjectsV2::test_list_objects_v2_continuation_common_prefixes",
    Effect.gen(function*() {
      const Bucket = "contract-prefixes"
      yield* create(Bucket)
      yield* Effect.forEach(["a", "b/1", "b/2", "c/1", "d"], (key) => put(Bucket, key))
      const pages = yield* S3.pages(new ListObjectsV2Command({ Bucket, Delimiter: "/", MaxKeys: 2 })).pipe(
        Stream.map(({ CommonPrefixes = [], Contents = [], KeyCount }) => ({
          keys: Contents.map(({ Key }) => Key),
          prefixes: CommonPrefixes.map(({ Prefix }) => Prefix),
          KeyCount
        })),
        Stream.runCollect
      )
      assert.deepEqual(pages, [
        { keys: ["a"], prefixes: ["b/"], KeyCount: 2 },
        { keys: ["d"], prefixes: ["c/"], KeyCount: 2 }
      ])
      const after = yield* S3.send(new ListObjectsV2Command({ Bucket, StartAfter: "b/1" }))
      assert.deepEqual(after.Contents?.map(({ Key }) => Key), ["b/2", "c/1", "d"])
    })
  ),

  "ListObjects returns a marker only when it groups keys": recorded(
    "test_s3_list_operations TestS3ListObjects::test_list_objects_next_marker",
    Effect.gen(function*() {
      const Bucket = "contract-list-one"
      yield* create(Bucket)
      yield* Effect.forEach(["a", "b/1", "b/2", "c"], (key) => put(Bucket, key))
      const first = yield* S3.send(new ListObjectsCommand({ Bucket, Delimiter: "/", MaxKeys: 2 }))
      assert.deepEqual([first.IsTruncated, first.NextMarker], [true, "b/"])
      const rest = yield* S3.send(new ListObjectsCommand({ Bucket, Delimiter: "/", Marker: first.NextMarker }))
      assert.deepEqual(rest.Contents?.map(({ Key }) => Key), ["c"])
      assert.isUndefined(rest.CommonPrefixes)
      const flat = yield* S3.send(new ListObjectsCommand({ Bucket, MaxKeys: 2 }))
      assert.deepEqual([flat.IsTruncated, flat.NextMarker], [true, undefined])
    })
  ),

  "DeleteObjects reports every key, even one that does not exist": recorded(
    "test_s3_api TestS3ObjectCRUD::test_delete_objects",
    Effect.gen(function*() {
      const Bucket = "contract-deletes"
      yield* create(Bucket)
      yield* put(Bucket, "a")
      const remove = (...keys: ReadonlyArray<string>) =>
        S3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }))
      assert.deepEqual((yield* remove("a", "none")).Deleted?.map(({ Key }) => Key), ["a", "none"])
      assert.deepEqual(yield* listed(Bucket), [])
    })
  ),

  "DeleteObjects rejects more than 1,000 keys": documented(
    "API_DeleteObjects",
    Effect.gen(function*() {
      const Bucket = "contract-deletes-many"
      yield* create(Bucket)
      const Objects = Array.from({ length: 1_001 }, (_, i) => ({ Key: String(i) }))
      assert.strictEqual(
        yield* code(S3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))),
        "MalformedXML"
      )
    })
  ),

  "DeleteObjects reports only failures when it is quiet": documented(
    "API_DeleteObjects",
    Effect.gen(function*() {
      const Bucket = "contract-quiet"
      yield* create(Bucket)
      yield* put(Bucket, "a")
      const { Deleted, Errors } = yield* S3.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "a" }], Quiet: true } })
      )
      assert.deepEqual([Deleted, Errors], [undefined, undefined])
      assert.deepEqual(yield* listed(Bucket), [])
    })
  ),

  "CompleteMultipartUpload joins the parts, and rejects a part that was not uploaded": documented(
    "API_CompleteMultipartUpload",
    Effect.gen(function*() {
      const [Bucket, Key] = ["contract-parts", "key"]
      yield* create(Bucket)
      const id = yield* begin(Bucket, Key)
      const parts = yield* Effect.forEach(
        [large.subarray(0, PART), large.subarray(PART, 2 * PART), large.subarray(2 * PART)],
        (body, i) => upload(Bucket, Key, id, i + 1, body)
      )
      const { Uploads } = yield* S3.send(new ListMultipartUploadsCommand({ Bucket }))
      assert.deepEqual(Uploads?.map(({ UploadId }) => UploadId), [id])
      const sizes = yield* S3.items(
        new ListPartsCommand({ Bucket, Key, UploadId: id, MaxParts: 1 }),
        ({ Parts }) => Parts?.map(({ Size }) => Size)
      ).pipe(Stream.runCollect)
      assert.deepEqual(sizes, [PART, PART, 1])
      assert.strictEqual(yield* code(complete(Bucket, Key, id, [{ PartNumber: 9, ETag: "\"none\"" }])), "InvalidPart")
      const digests = [[0, PART], [PART, 2 * PART], [2 * PART, 2 * PART + 1]].map(([from, to]) =>
        crypto.createHash("md5").update(large.subarray(from, to)).digest()
      )
      const { ETag } = yield* complete(Bucket, Key, id, parts)
      assert.strictEqual(ETag, `"${crypto.createHash("md5").update(Buffer.concat(digests)).digest("hex")}-3"`)
      assert.isUndefined((yield* S3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads)
      assert.isTrue(Buffer.concat(yield* Stream.runCollect(S3.getObject(Bucket, Key))).equals(large))
    })
  ),

  "CompleteMultipartUpload rejects parts that are too small, and ListParts an aborted upload": documented(
    "API_CompleteMultipartUpload",
    Effect.gen(function*() {
      const [Bucket, Key] = ["contract-parts-bad", "key"]
      yield* create(Bucket)
      const id = yield* begin(Bucket, Key)
      const parts = [yield* upload(Bucket, Key, id, 1, "small"), yield* upload(Bucket, Key, id, 2, "last")]
      assert.strictEqual(yield* code(complete(Bucket, Key, id, parts)), "EntityTooSmall")
      yield* S3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: id }))
      assert.strictEqual(yield* code(S3.send(new ListPartsCommand({ Bucket, Key, UploadId: id }))), "NoSuchUpload")
      assert.deepEqual(yield* listed(Bucket), [])
    })
  ),

  "CompleteMultipartUpload rejects parts that are out of order": documented(
    "API_CompleteMultipartUpload",
    Effect.gen(function*() {
      const [Bucket, Key] = ["contract-parts-order", "key"]
      yield* create(Bucket)
      const id = yield* begin(Bucket, Key)
      const parts = yield* Effect.forEach([1, 2], (number) => upload(Bucket, Key, id, number, large.subarray(0, PART)))
      assert.strictEqual(yield* code(complete(Bucket, Key, id, parts.toReversed())), "InvalidPartOrder")
    })
  ),

  "UploadPart rejects a part of an aborted upload": documented(
    "API_UploadPart",
    Effect.gen(function*() {
      const [Bucket, Key] = ["contract-parts-late", "key"]
      yield* create(Bucket)
      const id = yield* begin(Bucket, Key)
      yield* S3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: id }))
      assert.strictEqual(yield* code(upload(Bucket, Key, id, 3, "late")), "NoSuchUpload")
    })
  ),

  "CompleteMultipartUpload gives the same answer when it is repeated": believed(
    "AWS's SDKs repeat the request when its answer is lost, and get the first one's answer",
    Effect.gen(function*() {
      const [Bucket, Key] = ["contract-parts-again", "key"]
      yield* create(Bucket)
      const id = yield* begin(Bucket, Key)
      const parts = [yield* upload(Bucket, Key, id, 1, "only")]
      const { ETag } = yield* complete(Bucket, Key, id, parts)
      assert.strictEqual((yield* complete(Bucket, Key, id, parts)).ETag, ETag)
    })
  ),

  "DeleteBucket keeps a bucket that is not empty, and ListBuckets lists it": recorded(
    "test_s3_api TestS3BucketCRUD::test_delete_bucket_with_objects",
    Effect.gen(function*() {
      yield* create("contract-listed")
      yield* put("contract-listed", "key")
      assert.strictEqual(yield* code(S3.send(new DeleteBucketCommand({ Bucket: "contract-listed" }))), "BucketNotEmpty")
      const { Buckets = [] } = yield* S3.send(new ListBucketsCommand({}))
      assert.include(Buckets.map(({ Name }) => Name), "contract-listed")
    })
  )
})
