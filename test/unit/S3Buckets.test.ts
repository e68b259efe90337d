// Buckets: whether they exist, creating them, and destroying them with everything in them.
import {
  type CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand
} from "@aws-sdk/client-s3"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Logger, Stream } from "effect"
import { AssumeRole, InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { bucket, codeOf, countCalls, create, inAccount, inRegion, key, put, until } from "../support/s3.ts"
import { clientsOf, serve } from "../support/Server.ts"

it.effect("treats a bucket of another account or another region as ExistsNoAccess", () =>
  Effect.gen(function*() {
    yield* inAccount("222222222222", S3.createBucket("other-account"))
    yield* inRegion("eu-west-1", S3.createBucket("other-region"))
    for (const name of ["other-account", "other-region"]) {
      assert.strictEqual(yield* S3.getBucketStatus(name), "ExistsNoAccess")
      const error = yield* Effect.flip(S3.ensureBucketExists(name))
      assert.strictEqual(error._tag, "CouldNotEnsureBucketExists")
      assert.include(error.message, name)
    }
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("names the region of a bucket that is in another one", () =>
  Effect.gen(function*() {
    yield* inRegion("eu-west-1", create)
    const error = yield* Effect.flip(Stream.runDrain(S3.getObject(bucket, key)))
    assert.strictEqual(error._tag, "AwsError")
    if (error._tag === "AwsError") assert.strictEqual(error.code, "PermanentRedirect")
    assert.include(error.message, "eu-west-1")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("ensureBucketExists fails when another account creates the bucket after the check", () =>
  Effect.gen(function*() {
    yield* inAccount("222222222222", create)
    yield* InMemory.handle(
      HeadBucketCommand,
      () => Effect.fail(InMemory.fault({ code: "NoSuchBucket", message: "", statusCode: 404 }))
    )
    const error = yield* Effect.flip(S3.ensureBucketExists(bucket))
    assert.strictEqual(error._tag, "CouldNotEnsureBucketExists")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("ensureBucketExists logs what to do before it fails", () =>
  Effect.gen(function*() {
    const logs: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      logs.push(`${logLevel} ${String(message)}`)
    })
    yield* inAccount("222222222222", create)
    const error = yield* Effect.flip(S3.ensureBucketExists(bucket)).pipe(Effect.provide(Logger.layer([logger])))
    assert.deepEqual(logs, [`Error ${error.message}`])
    assert.include(error.message, "choose another name")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("createBucket succeeds when the account owns the bucket already, even if AWS refuses the call", () =>
  Effect.gen(function*() {
    yield* S3.createBucket(bucket)
    yield* S3.createBucket(bucket)
    const codes = (yield* InMemory.calls).map(({ outcome }) => outcome._tag === "Refused" ? outcome.code : "")
    assert.deepEqual(codes, ["", "BucketAlreadyOwnedByYou"])
  }).pipe(Effect.provide(InMemory.layer({ region: "eu-central-1" }))))

it.effect("createBucket sends no location in us-east-1, and the region everywhere else", () =>
  Effect.gen(function*() {
    yield* S3.createBucket("in-virginia")
    yield* inRegion("ap-south-1", S3.createBucket("in-mumbai"))
    const inputs = (yield* InMemory.calls).map(({ input }) => input as CreateBucketCommand["input"])
    assert.deepEqual(inputs.map(({ CreateBucketConfiguration: c }) => c?.LocationConstraint), [
      undefined,
      "ap-south-1"
    ])
    assert.deepEqual(inputs.map(({ ACL, ObjectOwnership }) => `${ACL} ${ObjectOwnership}`), [
      "private BucketOwnerPreferred",
      "private BucketOwnerPreferred"
    ])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("destroyBucket deletes versions, delete markers and unfinished uploads page by page", () =>
  Effect.gen(function*() {
    yield* create
    yield* put("old")
    yield* S3.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
    )
    yield* Effect.forEach(["old", "a", "a", "a", "b", "b"], (key) => put(key))
    yield* Effect.forEach(["a", "b"], (Key) => S3.send(new DeleteObjectCommand({ Bucket: bucket, Key })))
    yield* Effect.forEach(
      ["u", "u", "u", "v", "w"],
      (Key) => S3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }))
    )
    yield* S3.destroyBucket(bucket)
    assert.strictEqual(yield* S3.getBucketStatus(bucket), "DoesNotExist")
    assert.strictEqual(yield* countCalls("ListObjectVersions"), 5)
    assert.strictEqual(yield* countCalls("DeleteObjects"), 5)
    assert.strictEqual(yield* countCalls("ListMultipartUploads"), 3)
    assert.strictEqual(yield* countCalls("AbortMultipartUpload"), 5)
  }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))

it.effect(
  "destroyBucket deletes 100,000 objects with 100 lists and 100 deletes, within its concurrency",
  () =>
    Effect.gen(function*() {
      const page = (number: number) =>
        Array.from({ length: 1_000 }, (_, i) => ({ Key: `${number}/${i}`, VersionId: "null" }))
      let [atOnce, most, deleted] = [0, 0, 0]
      yield* create
      yield* InMemory.handle(ListObjectVersionsCommand, ({ KeyMarker }) => {
        const number = Number(KeyMarker ?? 0)
        return Effect.succeed({
          Versions: page(number),
          IsTruncated: number < 99,
          ...(number < 99 && { NextKeyMarker: String(number + 1) })
        })
      })
      yield* InMemory.handle(DeleteObjectsCommand, ({ Delete }) =>
        Effect.gen(function*() {
          most = Math.max(most, ++atOnce)
          yield* Effect.yieldNow
          deleted += Delete?.Objects?.length ?? 0
          atOnce--
          return {}
        }))
      yield* S3.destroyBucket(bucket, { concurrency: 5 })
      assert.strictEqual(deleted, 100_000)
      assert.strictEqual(yield* countCalls("ListObjectVersions"), 100)
      assert.strictEqual(yield* countCalls("DeleteObjects"), 100)
      assert.lengthOf(yield* InMemory.calls, 1 + 200 + 2)
      assert.isAbove(most, 1)
      assert.isAtMost(most, 5)
    }).pipe(Effect.provide(InMemory.layer())),
  60_000
)

it.effect("destroyBucket acts as the Layer's role, and as no other identity", () =>
  Effect.gen(function*() {
    const byRole = AssumeRole.layer({ roleArn: "arn:aws:iam::222222222222:role/other", sessionName: "unit" })
    yield* Effect.andThen(create, put(key)).pipe(Effect.provide(byRole))
    assert.strictEqual(yield* codeOf(S3.destroyBucket(bucket)), "AccessDenied")
    yield* S3.destroyBucket(bucket).pipe(Effect.provide(byRole))
    assert.strictEqual(yield* S3.getBucketStatus(bucket), "DoesNotExist")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("destroyBucket lists versions and uploads once each for an empty bucket", () =>
  Effect.gen(function*() {
    yield* create
    yield* S3.destroyBucket(bucket)
    assert.deepEqual((yield* InMemory.calls).map(({ operation }) => operation), [
      "CreateBucket",
      "ListObjectVersions",
      "ListMultipartUploads",
      "DeleteBucket"
    ])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("destroyBucket fails with BucketNotEmptied when objects are added meanwhile", () =>
  Effect.gen(function*() {
    yield* create
    yield* put("a")
    yield* InMemory.handle(ListMultipartUploadsCommand, () => Effect.succeed({ IsTruncated: false }))
    yield* InMemory.inject({ operation: "ListMultipartUploads", fault: InMemory.delay("1 minute") })
    const fiber = yield* Effect.forkChild(Effect.flip(S3.destroyBucket(bucket)))
    yield* until("the objects to be deleted", Effect.map(countCalls("DeleteObjects"), (n) => n === 1))
    yield* put("late")
    yield* TestClock.adjust("1 minute")
    const error = yield* Fiber.join(fiber)
    assert.deepEqual(error, new S3.BucketNotEmptied({ bucket, refused: [] }))
    assert.include(error.message, "Stop what writes to it")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("destroyBucket reports every version that AWS refused to delete, and why", () =>
  Effect.gen(function*() {
    yield* create
    yield* Effect.forEach(["a", "b", "c", "d"], (key) => put(key))
    yield* InMemory.handle(DeleteObjectsCommand, ({ Delete }) =>
      Effect.succeed({
        Errors: (Delete?.Objects ?? []).slice(1).map((object) => ({ ...object, Code: "AccessDenied", Message: "No" }))
      }))
    const error = yield* Effect.flip(S3.destroyBucket(bucket))
    assert.strictEqual(error._tag, "BucketNotEmptied")
    if (error._tag === "BucketNotEmptied") {
      const refused = [...error.refused].sort((a, b) => a.key < b.key ? -1 : 1)
      assert.deepEqual(refused, [
        { key: "b", versionId: "null", code: "AccessDenied", message: "No" },
        { key: "d", versionId: "null", code: "AccessDenied", message: "No" }
      ])
    }
    assert.strictEqual(yield* countCalls("DeleteBucket"), 0)
  }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))

/**
 * A bucket of three versions. `codes` has the error code of each attempt to delete a key; where there is none, the key is
 * deleted. Succeeds with what each attempt sent.
 */
const bucketAnswering = Effect.fnUntraced(function*(codes: Readonly<Record<string, ReadonlyArray<string>>>) {
  const sent: Array<ReadonlyArray<string>> = []
  yield* create
  yield* InMemory.handle(
    ListObjectVersionsCommand,
    () =>
      Effect.succeed({ Versions: ["a", "b", "c"].map((Key) => ({ Key, VersionId: `${Key}-1` })), IsTruncated: false })
  )
  yield* InMemory.handle(DeleteObjectsCommand, ({ Delete }) => {
    const objects = Delete?.Objects ?? []
    sent.push(objects.map(({ Key, VersionId }) => `${Key} ${VersionId}`))
    return Effect.succeed({
      Errors: objects.flatMap((object) => {
        const Code = codes[object.Key!]?.[sent.length - 1]
        return Code === undefined ? [] : [{ ...object, Code, Message: "We encountered an internal error." }]
      })
    })
  })
  return sent
})

/** Joins a fiber, and lets time pass until it ends. */
const joinAsTimePasses = <A, E>(fiber: Fiber.Fiber<A, E>) =>
  Effect.andThen(
    until("the fiber to end", Effect.map(TestClock.adjust("1 second"), () => fiber.pollUnsafe() !== undefined)),
    Fiber.join(fiber)
  )

for (const code of ["InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "OperationAborted"]) {
  it.effect(`destroyBucket resends only the version that failed with ${code}`, () =>
    Effect.gen(function*() {
      const sent = yield* bucketAnswering({ b: [code] })
      const fiber = yield* Effect.forkChild(S3.destroyBucket(bucket))
      yield* joinAsTimePasses(fiber)
      assert.deepEqual(sent, [["a a-1", "b b-1", "c c-1"], ["b b-1"]])
      assert.strictEqual(yield* S3.getBucketStatus(bucket), "DoesNotExist")
    }).pipe(Effect.provide(InMemory.layer())))
}

it.effect("destroyBucket reports versions that failed in every attempt together with those refused at once", () =>
  Effect.gen(function*() {
    const sent = yield* bucketAnswering({ a: ["AccessDenied"], b: ["InternalError", "SlowDown", "InternalError"] })
    const fiber = yield* Effect.forkChild(Effect.flip(S3.destroyBucket(bucket)))
    assert.deepEqual(
      yield* joinAsTimePasses(fiber),
      new S3.BucketNotEmptied({
        bucket,
        refused: [
          { key: "a", versionId: "a-1", code: "AccessDenied", message: "We encountered an internal error." },
          { key: "b", versionId: "b-1", code: "InternalError", message: "We encountered an internal error." }
        ]
      })
    )
    assert.deepEqual(sent, [["a a-1", "b b-1", "c c-1"], ["b b-1"], ["b b-1"]])
    assert.strictEqual(yield* countCalls("DeleteBucket"), 0)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("destroyBucket resends the version ID when AWS names only the key", () =>
  Effect.gen(function*() {
    const sent: Array<unknown> = []
    yield* bucketAnswering({})
    yield* InMemory.handle(DeleteObjectsCommand, ({ Delete }) => {
      sent.push(Delete?.Objects)
      return Effect.succeed(sent.length === 1 ? { Errors: [{ Key: "b", Code: "InternalError" }] } : {})
    })
    const fiber = yield* Effect.forkChild(S3.destroyBucket(bucket))
    yield* joinAsTimePasses(fiber)
    assert.deepEqual(sent[1], [{ Key: "b", VersionId: "b-1" }])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("destroyBucket succeeds when the bucket disappears meanwhile", () =>
  Effect.gen(function*() {
    yield* create
    yield* InMemory.inject({
      operation: "DeleteBucket",
      fault: InMemory.fault({ code: "NoSuchBucket", message: "gone", statusCode: 404 })
    })
    yield* S3.destroyBucket(bucket)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("destroyBucket fails with AwsError when AWS denies a whole delete call", () =>
  Effect.gen(function*() {
    yield* create
    yield* put("a")
    yield* InMemory.inject({
      operation: "DeleteObjects",
      fault: InMemory.fault({ code: "AccessDenied", message: "No", statusCode: 403 })
    })
    assert.strictEqual(yield* codeOf(S3.destroyBucket(bucket)), "AccessDenied")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("reports an invalid bucket name in AWS's words, or by the status when the answer is to a HEAD", () =>
  Effect.gen(function*() {
    const head = yield* Effect.flip(S3.getBucketStatus("Bad_Name!"))
    assert.deepEqual([head.reason._tag, head.code, head.statusCode], ["Rejected", "BadRequest", 400])
    assert.include(head.message, "S3.HeadBucket in us-east-1: BadRequest (HTTP 400)")
    const error = yield* Effect.flip(S3.createBucket("Bad_Name!"))
    assert.strictEqual(error._tag, "AwsError")
    if (error._tag === "AwsError") assert.strictEqual(error.code, "InvalidBucketName")
    assert.include(error.message, "InvalidBucketName (HTTP 400): The specified bucket is not valid.")
  }).pipe(Effect.provide(InMemory.layer({ region: "us-east-1" }))))

it.live("getBucketStatus goes by the HTTP status", () =>
  Effect.gen(function*() {
    let status = 200
    const { url } = yield* serve((_, response) => response.writeHead(status).end())
    const at = (answer: number) => {
      status = answer
      return S3.getBucketStatus(bucket).pipe(Effect.provide(clientsOf(url)))
    }
    assert.strictEqual(yield* at(200), "ExistsHaveAccess")
    assert.strictEqual(yield* at(404), "DoesNotExist")
    assert.strictEqual(yield* at(403), "ExistsNoAccess")
    assert.strictEqual(yield* at(301), "ExistsNoAccess")
    assert.strictEqual((yield* Effect.flip(at(400))).code, "BadRequest")
    assert.strictEqual((yield* Effect.flip(at(503))).reason._tag, "ServerFault")
  }))
