// Buckets: whether they exist, creating them, and destroying them with everything in them.
import {
  type CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, Stream } from "effect"
import { AssumeRole, InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { isXmlText } from "../../src/internal/sdk/unsendable.ts"
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

it.effect("ensureBucketExists says that the name may be invalid, because AWS doesn't", () =>
  Effect.gen(function*() {
    const error = yield* Effect.flip(S3.ensureBucketExists("Bad_Name"))
    assert.include(
      error.message,
      "An answer to HEAD has no body, so AWS doesn't say why. Check that the name is a valid one"
    )
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
    assert.include(error.message, "Choose another name")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("createBucket succeeds when the account owns the bucket already, even if AWS refuses the call", () =>
  Effect.gen(function*() {
    yield* S3.createBucket(bucket)
    yield* S3.createBucket(bucket)
    const codes = (yield* InMemory.calls).map(({ outcome }) => outcome._tag === "Refused" ? outcome.code : "")
    // The last call asks where the bucket is.
    assert.deepEqual(codes, ["", "BucketAlreadyOwnedByYou", ""])
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
    // AWS's defaults are what is wanted, and other stores don't know these members.
    assert.deepEqual(inputs.map(({ ACL, ObjectOwnership }) => [ACL, ObjectOwnership]), [
      [undefined, undefined],
      [undefined, undefined]
    ])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("createBucket and ensureBucketExists create a bucket with its ownership, object lock and tags", () =>
  Effect.gen(function*() {
    const options = { objectOwnership: "ObjectWriter", objectLock: true, tags: { team: "data" } } as const
    const make = (name: string, Bucket: string) =>
      name === "created"
        ? Effect.asVoid(S3.createBucket(Bucket, options))
        : Effect.asVoid(Effect.orDie(S3.ensureBucketExists(Bucket, options)))
    for (const name of ["created", "ensured"]) {
      for (const region of ["us-east-1", "eu-west-1"]) {
        const Bucket = `${name}-${region}`
        yield* inRegion(region, make(name, Bucket).pipe(Effect.orDie))
        const read = Effect.gen(function*() {
          const { OwnershipControls } = yield* S3.send(new GetBucketOwnershipControlsCommand({ Bucket }))
          const { Status } = yield* S3.send(new GetBucketVersioningCommand({ Bucket }))
          const { TagSet } = yield* S3.send(new GetBucketTaggingCommand({ Bucket }))
          return { ownership: OwnershipControls?.Rules?.[0]?.ObjectOwnership, Status, TagSet }
        })
        assert.deepEqual(yield* inRegion(region, read), {
          ownership: "ObjectWriter",
          Status: "Enabled",
          TagSet: [{ Key: "team", Value: "data" }]
        })
      }
    }
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
 * A bucket of three versions. `codes` has the error code of each attempt to delete a key; an attempt without a code
 * deletes it. Succeeds with what each attempt sent.
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

/** A server whose answers depend on the method, and clients of `eu-central-1` that use it. */
const answering = (answers: Readonly<Record<string, readonly [status: number, headers?: object, body?: string]>>) =>
  Effect.gen(function*() {
    const methods: Array<string> = []
    const { url } = yield* serve((request, response) => {
      methods.push(request.method!)
      const [status, headers, body = ""] = answers[request.method!] ?? [500]
      request.resume().on(
        "end",
        () => response.writeHead(status, { "x-amz-request-id": "req-1", ...headers }).end(body)
      )
    })
    return { clients: clientsOf(url), methods }
  })
const inRegionOf = (region: string) => ({ "x-amz-bucket-region": region })
const refusal = (code: string, members = "") => `<Error><Code>${code}</Code><Message>No</Message>${members}</Error>`

it.live("getBucketStatus goes by the HTTP status, and by the region that a header names", () =>
  Effect.gen(function*() {
    const at = (status: number, headers: object = {}) =>
      Effect.gen(function*() {
        const { clients } = yield* answering({ HEAD: [status, headers] })
        return yield* S3.getBucketStatus(bucket).pipe(Effect.provide(clients))
      })
    assert.strictEqual(yield* at(200), "ExistsHaveAccess")
    assert.strictEqual(yield* at(404), "DoesNotExist")
    assert.strictEqual(yield* at(403), "ExistsNoAccess")
    for (const status of [301, 307, 400, 403]) {
      assert.strictEqual(yield* at(status, inRegionOf("eu-west-1")), "ExistsNoAccess", `${status}`)
    }
    assert.strictEqual(yield* at(301), "ExistsNoAccess")
    assert.strictEqual(yield* at(307), "ExistsNoAccess")
    assert.strictEqual((yield* Effect.flip(at(400))).code, "BadRequest")
    // In the region of the clients, something else is wrong: an expired token, for instance.
    assert.strictEqual((yield* Effect.flip(at(400, inRegionOf("eu-central-1")))).code, "BadRequest")
    assert.strictEqual((yield* Effect.flip(at(304, inRegionOf("eu-west-1")))).code, "NotModified")
    assert.strictEqual((yield* Effect.flip(at(302, { location: "http://portal/" }))).code, "HTTP302")
    assert.strictEqual((yield* Effect.flip(at(503))).reason._tag, "ServerFault")
  }))

it.live("getBucketStatus doesn't take a proxy's redirect for a bucket in another region", () =>
  Effect.gen(function*() {
    const { url } = yield* serve((_, response) => response.writeHead(301, { location: "http://portal/" }).end())
    const error = yield* Effect.flip(S3.getBucketStatus(bucket)).pipe(Effect.provide(clientsOf(url)))
    assert.strictEqual(error.statusCode, 301)
    assert.include(error.message, "proxy")
  }))

it.effect("createBucket fails with BucketInAnotherRegion when the account's bucket is elsewhere", () =>
  Effect.gen(function*() {
    yield* inRegion("eu-west-1", S3.createBucket(bucket))
    for (const region of ["eu-central-1", "us-east-1"]) {
      const error = yield* Effect.flip(inRegion(region, S3.createBucket(bucket)))
      assert.deepEqual(error, new S3.BucketInAnotherRegion({ bucket, region: "eu-west-1" }), region)
      assert.include(error.message, "eu-west-1")
    }
    yield* inRegion("eu-west-1", S3.createBucket(bucket))
  }).pipe(Effect.provide(InMemory.layer())))

describe("createBucket on the wire", () => {
  const owned = [409, {}, refusal("BucketAlreadyOwnedByYou")] as const
  type Answers = Parameters<typeof answering>[0]
  const elsewhere: Readonly<Record<string, Answers>> = {
    "names the region in the header of the refusal": { PUT: [409, inRegionOf("eu-west-1"), owned[2]] },
    "tells it by a 301 to a HEAD request": { PUT: owned, HEAD: [301, inRegionOf("eu-west-1")] },
    "tells it by a 307 to a HEAD request": { PUT: owned, HEAD: [307, inRegionOf("eu-west-1")] },
    "tells it by a 400 to a HEAD request": { PUT: owned, HEAD: [400, inRegionOf("eu-west-1")] },
    "tells it by a 403 to a HEAD request": { PUT: owned, HEAD: [403, inRegionOf("eu-west-1")] },
    "tells it by a 200 to a HEAD request": { PUT: owned, HEAD: [200, inRegionOf("eu-west-1")] },
    "refuses the signature, which is for another region": {
      PUT: [400, {}, refusal("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>")]
    },
    "refuses the location": { PUT: [400, inRegionOf("eu-west-1"), refusal("IllegalLocationConstraintException")] },
    "redirects to the region": {
      PUT: [307, {}, refusal("TemporaryRedirect", "<Endpoint>unit-bucket.s3.eu-west-1.amazonaws.com</Endpoint>")]
    }
  }
  for (const [what, answers] of Object.entries(elsewhere)) {
    it.live(`fails with BucketInAnotherRegion when AWS ${what}`, () =>
      Effect.gen(function*() {
        const { clients } = yield* answering(answers)
        const error = yield* Effect.flip(S3.createBucket(bucket)).pipe(Effect.provide(clients))
        assert.deepEqual(error, new S3.BucketInAnotherRegion({ bucket, region: "eu-west-1" }))
      }))
  }

  it.live("succeeds when the account's bucket is in this region, or in one that AWS doesn't name", () =>
    Effect.gen(function*() {
      for (const HEAD of [[200, inRegionOf("eu-central-1")], [200], [403]] as const) {
        const { clients, methods } = yield* answering({ PUT: owned, HEAD })
        yield* S3.createBucket(bucket).pipe(Effect.provide(clients))
        assert.deepEqual(methods, ["PUT", "HEAD"])
      }
    }))

  it.live("fails with AWS's error when the region of the account's bucket can't be found out", () =>
    Effect.gen(function*() {
      const { clients } = yield* answering({ PUT: owned, HEAD: [503] })
      assert.strictEqual(yield* codeOf(S3.createBucket(bucket)).pipe(Effect.provide(clients)), "HTTP503")
    }))

  it.live("fails with AWS's error for a refusal that names the clients' own region", () =>
    Effect.gen(function*() {
      const { clients } = yield* answering({ PUT: [409, inRegionOf("eu-central-1"), refusal("OperationAborted")] })
      assert.strictEqual(yield* codeOf(S3.createBucket(bucket)).pipe(Effect.provide(clients)), "OperationAborted")
    }))
})

it.live("ensureBucketExists names the region of a bucket that is elsewhere", () =>
  Effect.gen(function*() {
    const owned = [409, {}, refusal("BucketAlreadyOwnedByYou")] as const
    for (
      const answers of [
        { HEAD: [301, inRegionOf("eu-west-1")] },
        { HEAD: [404], PUT: [409, inRegionOf("eu-west-1"), owned[2]] }
      ] as const
    ) {
      const { clients } = yield* answering(answers)
      const error = yield* Effect.flip(S3.ensureBucketExists(bucket)).pipe(
        Effect.provide(Layer.merge(clients, Logger.layer([])))
      )
      assert.strictEqual(error._tag, "CouldNotEnsureBucketExists")
      assert.include(error.message, "it exists in the region eu-west-1")
    }
  }))

it.effect("destroyBucket doesn't report versions that are gone already", () =>
  Effect.gen(function*() {
    yield* bucketAnswering({ a: ["NoSuchVersion"], b: ["NoSuchKey"] })
    yield* S3.destroyBucket(bucket)
    assert.strictEqual(yield* S3.getBucketStatus(bucket), "DoesNotExist")
  }).pipe(Effect.provide(InMemory.layer())))

it("BucketNotEmptied names the version of the first object only if it has one", () => {
  const messageOf = (versionId: string | undefined) =>
    new S3.BucketNotEmptied({ bucket, refused: [{ key: "k", versionId, code: "AccessDenied", message: "No" }] }).message
  assert.include(messageOf("v1"), "The first is k (version v1): AccessDenied: No")
  assert.include(messageOf("null"), "The first is k: AccessDenied: No")
  assert.include(messageOf(undefined), "The first is k: AccessDenied: No")
})

/** Keys with each character that XML 1.0 lacks, but for NUL, and with some that it has. */
const hardKeys = [
  ...Array.from({ length: 0x1f }, (_, i) => String.fromCharCode(i + 1)),
  "\ufffe",
  "\uffff",
  "\x7f",
  "a+b c%20d%",
  "<&>'\"",
  "ü\u{1F600}\u2028\u0085"
].map((text) => `k${text}`)
const otherKeys = hardKeys.filter((key) => !isXmlText(key))

it.effect("destroyBucket deletes versions whose keys XML can't carry one by one, and all others together", () =>
  Effect.gen(function*() {
    yield* create
    yield* S3.send(
      new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
    )
    yield* Effect.forEach(hardKeys, (key) => put(key, "x"))
    yield* S3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "k\x01" }))
    yield* S3.destroyBucket(bucket)
    assert.strictEqual(yield* S3.getBucketStatus(bucket), "DoesNotExist")
    assert.strictEqual(yield* countCalls("DeleteObjects"), 1)
    assert.strictEqual(yield* countCalls("DeleteObject"), 1 + otherKeys.length + 1)
    assert.lengthOf(otherKeys, 0x1f - 3 + 2)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("destroyBucket reports keys that XML can't carry if AWS refuses to delete them", () =>
  Effect.gen(function*() {
    yield* create
    yield* Effect.forEach(["a\x01", "b\x01", "c\x01"], (key) => put(key, "x"))
    const fault = (nth: number, code: string) =>
      InMemory.inject({
        operation: "DeleteObject",
        nth,
        fault: InMemory.fault({ code, message: "No", statusCode: code === "AccessDenied" ? 403 : 404 })
      })
    yield* fault(1, "AccessDenied")
    yield* fault(2, "NoSuchKey")
    const error = yield* Effect.flip(S3.destroyBucket(bucket)).pipe(Effect.provide(Logger.layer([])))
    assert.deepEqual(
      error,
      new S3.BucketNotEmptied({
        bucket,
        refused: [{ key: "a\x01", versionId: "null", code: "AccessDenied", message: "No" }]
      })
    )
  }).pipe(Effect.provide(InMemory.layer())))

/** URL-encodes a key as S3 does in lists. */
const encoded = (key: string) => new URLSearchParams([["", key]]).toString().slice(1)

/** A server with a bucket of `hardKeys`, which it lists in pages of seven, and what it was asked to delete and to abort. */
const listingHardKeys = Effect.gen(function*() {
  const [deleted, aborted]: [Array<string>, Array<string>] = [[], []]
  const page = ({ searchParams }: URL, element: string, start: number, next: (end: number) => string) => {
    assert.strictEqual(searchParams.get("encoding-type"), "url")
    const end = Math.min(start + 7, hardKeys.length)
    const entries = hardKeys.slice(start, end).map((key) =>
      `<${element}><Key>${
        encoded(key)
      }</Key><VersionId>1</VersionId><UploadId>u</UploadId><Initiated>2026-01-01T00:00:00.000Z</Initiated><Size>1</Size>` +
      `<ETag>e</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></${element}>`
    )
    return `<R><EncodingType>url</EncodingType><IsTruncated>${end < hardKeys.length}</IsTruncated>` +
      `${end < hardKeys.length ? next(end) : ""}${entries.join("")}</R>`
  }
  // S3 takes the key as it is for a marker, but answers with its encoded form.
  const byKey = (url: URL, element: string) =>
    page(
      url,
      element,
      hardKeys.indexOf(url.searchParams.get("key-marker") ?? "") + 1,
      (end) => `<NextKeyMarker>${encoded(hardKeys[end - 1]!)}</NextKeyMarker>`
    )
  const { url } = yield* serve(async (request, response) => {
    const url = new URL(request.url!, "http://server")
    const body = Buffer.concat(await request.toArray()).toString()
    const key = decodeURIComponent(url.pathname.slice("/unit-bucket/".length))
    if (url.searchParams.has("list-type")) {
      return response.end(
        page(
          url,
          "Contents",
          Number(url.searchParams.get("continuation-token") ?? 0),
          (end) => `<NextContinuationToken>${end}</NextContinuationToken>`
        )
      )
    }
    if (url.searchParams.has("versions")) return response.end(byKey(url, "Version"))
    if (url.searchParams.has("uploads")) return response.end(byKey(url, "Upload"))
    if (url.searchParams.has("delete")) {
      for (const [, key = ""] of body.matchAll(/<Key>(.*?)<\/Key>/g)) {
        deleted.push(
          key.replace(/&#x(\w+);/g, (_, code) => String.fromCodePoint(parseInt(code, 16)))
            .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&apos;", "'").replaceAll("&quot;", "\"")
            .replaceAll("&amp;", "&")
        )
      }
      return response.end("<DeleteResult/>")
    }
    if (url.searchParams.get("versionId") === "1") deleted.push(key)
    if (url.searchParams.get("uploadId") === "u") aborted.push(key)
    return response.writeHead(204).end()
  })
  return { clients: clientsOf(url), deleted, aborted }
})

it.live("destroyBucket deletes keys and aborts uploads with any characters, page by page", () =>
  Effect.gen(function*() {
    const { aborted, clients, deleted } = yield* listingHardKeys
    yield* S3.destroyBucket(bucket).pipe(Effect.provide(clients))
    assert.deepEqual(deleted.toSorted(), hardKeys.toSorted())
    assert.deepEqual(aborted.toSorted(), hardKeys.toSorted())
  }))

it.live("listObjects returns keys with any characters, page by page", () =>
  Effect.gen(function*() {
    const { clients } = yield* listingHardKeys
    const objects = yield* Stream.runCollect(S3.listObjects(bucket)).pipe(Effect.provide(clients))
    assert.deepEqual(objects.map(({ key }) => key), hardKeys)
  }))

it.live("listObjects returns keys as they are from a server that doesn't encode them", () =>
  Effect.gen(function*() {
    const { url } = yield* serve((_, response) =>
      response.end(
        "<R><Contents><Key>a+b%20&amp;</Key><Size>1</Size><ETag>e</ETag>" +
          "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents></R>"
      )
    )
    const objects = yield* Stream.runCollect(S3.listObjects(bucket)).pipe(Effect.provide(clientsOf(url)))
    assert.deepEqual(objects.map(({ key }) => key), ["a+b%20&"])
  }))
