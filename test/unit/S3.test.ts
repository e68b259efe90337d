import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  type S3ServiceException,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { AssumeRoleCommand } from "@aws-sdk/client-sts"
import { assert, describe, it } from "@effect/vitest"
import { sdkStreamMixin } from "@smithy/core/serde"
import { Effect, Fiber, Latch, Logger, Redacted, References, Schedule, Stream } from "effect"
import { Aspect, AssumeRole, AwsClients, AwsError, InMemory, Retry, S3, Sts } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as fs from "node:fs/promises"
import type { IncomingMessage, ServerResponse } from "node:http"
import * as os from "node:os"
import * as path from "node:path"
import type { Readable } from "node:stream"
import { vi } from "vitest"
import { clientsOf, serve } from "../support/Server.ts"

// A file system without hard links, for the one test that says so.
const links = vi.hoisted(() => ({ code: undefined as string | undefined }))
// A disk that takes no more than so many bytes of a write at once, and then fails, if it is to.
const disk = vi.hoisted(() => ({ takes: undefined as number | undefined, code: undefined as string | undefined }))
vi.mock("node:fs/promises", async (original) => {
  const actual = await original<typeof fs>()
  return {
    ...actual,
    open: async (name: string, flags: string) => {
      const handle = await actual.open(name, flags)
      const { takes } = disk
      if (takes === undefined) return handle
      return Object.assign(handle, {
        writev: async (chunks: ReadonlyArray<Uint8Array>) => {
          const { bytesWritten } = await handle.write(Buffer.concat(chunks).subarray(0, takes))
          if (disk.code !== undefined) {
            handle.writeFile = () => Promise.reject(Object.assign(new Error("no more"), { code: disk.code }))
          }
          return { bytesWritten, buffers: chunks }
        }
      })
    },
    link: (from: string, to: string) =>
      links.code === undefined
        ? actual.link(from, to)
        : Promise.reject(Object.assign(new Error("no links"), { code: links.code }))
  }
})

const bucket = "unit-bucket"
const key = "folder/key"
const create = S3.send(new CreateBucketCommand({ Bucket: bucket }))
const put = (Key: string, Body: string | Uint8Array = Key) =>
  S3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))
const uploads = Effect.map(
  S3.send(new ListMultipartUploadsCommand({ Bucket: bucket })),
  ({ Uploads = [] }) => Uploads.length
)
const count = (operation: string) =>
  Effect.map(InMemory.calls, (calls) => calls.filter((call) => call.operation === operation).length)

const directory = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "s3-unit-"))),
  (directory) => Effect.promise(() => fs.rm(directory, { recursive: true }))
)
const entries = (directory: string) => Effect.promise(() => fs.readdir(directory))
const write = (name: string, content: string | Uint8Array) => Effect.promise(() => fs.writeFile(name, content))
const fileOf = (size: number) =>
  Effect.gen(function*() {
    const name = path.join(yield* directory, "file")
    yield* write(name, Buffer.alloc(size, "x"))
    return name
  })
const small = fileOf(10)
const large = fileOf(20 * 2 ** 20)

/** Files and imports take real time: turns the event loop until it is so. */
const until = <R>(what: string, condition: Effect.Effect<boolean, never, R>) =>
  Effect.gen(function*() {
    for (let turns = 0; !(yield* condition); turns++) {
      if (turns > 100_000) return yield* Effect.die(new Error(`Waited in vain for ${what}`))
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
    }
  })

/** Calls that an injected delay holds up are not in the journal yet: they are counted by a plugin. */
const counting = () => {
  const begun: Array<string> = []
  return {
    begun: (operation: string, times = 1) =>
      until(`${operation} to begin`, Effect.sync(() => begun.filter((name) => name === operation).length >= times)),
    layer: () =>
      InMemory.layer({
        plugins: [{
          applyToStack: (stack) =>
            stack.add((next, context) => (args) => {
              begun.push(String(context["commandName"]).replace("Command", ""))
              return next(args)
            }, { step: "initialize" })
        }]
      })
  }
}

const elsewhere = <A, E, R>(region: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const { config } = yield* AwsClients
    return yield* Effect.provideService(effect, AwsClients, yield* AwsClients.make({ ...config, region }))
  })

const inAccount = <A, E, R>(account: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const { config } = yield* AwsClients
    const { Credentials } = yield* Sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/other`, RoleSessionName: "unit" })
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

const code = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => error instanceof AwsError ? error.code : error._tag)

describe("a bucket of somebody else", () => {
  it.effect("exists, without access: another account's, or in another region", () =>
    Effect.gen(function*() {
      yield* inAccount("222222222222", S3.createBucket("other-account"))
      yield* elsewhere("eu-west-1", S3.createBucket("other-region"))
      for (const name of ["other-account", "other-region"]) {
        assert.strictEqual(yield* S3.getBucketStatus(name), "ExistsNoAccess")
        const error = yield* Effect.flip(S3.ensureBucketExists(name))
        assert.strictEqual(error._tag, "CouldNotEnsureBucketExists")
        assert.include(error.message, name)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("may not be written to", () =>
    Effect.gen(function*() {
      yield* inAccount("222222222222", create)
      for (const path of [yield* small, yield* large]) {
        const error = yield* Effect.flip(S3.uploadFile({ path, bucket, key }))
        assert.strictEqual(error._tag, "BucketAccessDenied")
        if (error._tag === "BucketAccessDenied") assert.strictEqual(error.cause.code, "AccessDenied")
        assert.include(error.message, bucket)
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("in another region is told with its region", () =>
    Effect.gen(function*() {
      yield* elsewhere("eu-west-1", create)
      const error = yield* Effect.flip(Stream.runDrain(S3.getObject(bucket, key)))
      assert.strictEqual(error._tag, "AwsError")
      if (error._tag === "AwsError") assert.strictEqual(error.code, "PermanentRedirect")
      assert.include(error.message, "eu-west-1")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("may come to be after the look: CouldNotEnsureBucketExists", () =>
    Effect.gen(function*() {
      yield* inAccount("222222222222", create)
      yield* InMemory.handle(HeadBucketCommand, () =>
        Effect.fail(InMemory.fault({ code: "NoSuchBucket", message: "", statusCode: 404 })))
      const error = yield* Effect.flip(S3.ensureBucketExists(bucket))
      assert.strictEqual(error._tag, "CouldNotEnsureBucketExists")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("ensureBucketExists", () => {
  it.effect("logs what to do before it fails", () =>
    Effect.gen(function*() {
      const logs: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        logs.push(`${logLevel} ${String(message)}`)
      })
      yield* inAccount("222222222222", create)
      const error = yield* Effect.flip(S3.ensureBucketExists(bucket)).pipe(Effect.provide(Logger.layer([logger])))
      assert.deepEqual(logs, [`Info Ensuring that the S3 bucket ${bucket} exists`, `Error ${error.message}`])
      assert.include(error.message, "choose another name")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("createBucket", () => {
  it.effect("is a success for one's own bucket, also where AWS refuses it", () =>
    Effect.gen(function*() {
      yield* S3.createBucket(bucket)
      yield* S3.createBucket(bucket)
      const codes = (yield* InMemory.calls).map(({ outcome }) => outcome._tag === "Refused" ? outcome.code : "")
      assert.deepEqual(codes, ["", "BucketAlreadyOwnedByYou"])
    }).pipe(Effect.provide(InMemory.layer({ region: "eu-central-1" }))))

  it.effect("asks for no location in us-east-1, and for the region elsewhere", () =>
    Effect.gen(function*() {
      yield* S3.createBucket("in-virginia")
      yield* elsewhere("ap-south-1", S3.createBucket("in-mumbai"))
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
})

describe("listObjects", () => {
  it.effect("asks for one page at a time, and for no more than are taken", () =>
    Effect.gen(function*() {
      yield* create
      const keys = ["a", "b", "c", "d", "e", "f", "g"]
      yield* Effect.forEach(keys, (key) => put(key))
      const all = yield* Stream.runCollect(S3.listObjects(bucket))
      assert.deepEqual(all.map(({ key }) => key), keys)
      assert.strictEqual(yield* count("ListObjectsV2"), 3)
      yield* Stream.runDrain(Stream.take(S3.listObjects(bucket), 2))
      assert.strictEqual(yield* count("ListObjectsV2"), 4)
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))
})

describe("destroyBucket", () => {
  it.effect("empties page by page: versions, markers, uploads", () =>
    Effect.gen(function*() {
      yield* create
      yield* put("old")
      yield* S3.send(
        new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
      )
      yield* Effect.forEach(["old", "a", "a", "a", "b", "b"], (key) => put(key))
      yield* Effect.forEach(["a", "b"], (Key) => S3.send(new DeleteObjectCommand({ Bucket: bucket, Key })))
      yield* Effect.forEach(["u", "u", "u", "v", "w"], (Key) =>
        S3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key })))
      yield* S3.destroyBucket(bucket)
      assert.strictEqual(yield* S3.getBucketStatus(bucket), "DoesNotExist")
      assert.strictEqual(yield* count("ListObjectVersions"), 5)
      assert.strictEqual(yield* count("DeleteObjects"), 5)
      assert.strictEqual(yield* count("ListMultipartUploads"), 3)
      assert.strictEqual(yield* count("AbortMultipartUpload"), 5)
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))

  it.effect(
    "takes 100 lists and 100 deletes for 100,000 objects, and no more deletes at once than it is told",
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
        assert.strictEqual(yield* count("ListObjectVersions"), 100)
        assert.strictEqual(yield* count("DeleteObjects"), 100)
        assert.lengthOf(yield* InMemory.calls, 1 + 200 + 2)
        assert.isAbove(most, 1)
        assert.isAtMost(most, 5)
      }).pipe(Effect.provide(InMemory.layer())),
    60_000
  )

  it.effect("works by the Layer's role, and only by it", () =>
    Effect.gen(function*() {
      const byRole = AssumeRole.layer({ roleArn: "arn:aws:iam::222222222222:role/other", sessionName: "unit" })
      yield* Effect.andThen(create, put(key)).pipe(Effect.provide(byRole))
      assert.strictEqual(yield* code(S3.destroyBucket(bucket)), "AccessDenied")
      yield* S3.destroyBucket(bucket).pipe(Effect.provide(byRole))
      assert.strictEqual(yield* S3.getBucketStatus(bucket), "DoesNotExist")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("takes one list, one look for uploads and one delete for an empty bucket", () =>
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

  it.effect("fails with BucketNotEmptied where objects are added in the meantime", () =>
    Effect.gen(function*() {
      yield* create
      yield* put("a")
      yield* InMemory.handle(ListMultipartUploadsCommand, () => Effect.succeed({ IsTruncated: false }))
      yield* InMemory.inject({ operation: "ListMultipartUploads", fault: InMemory.delay("1 minute") })
      const fiber = yield* Effect.forkChild(Effect.flip(S3.destroyBucket(bucket)))
      yield* until("the objects to be deleted", Effect.map(count("DeleteObjects"), (n) => n === 1))
      yield* put("late")
      yield* TestClock.adjust("1 minute")
      const error = yield* Fiber.join(fiber)
      assert.deepEqual(error, new S3.BucketNotEmptied({ bucket, refused: [] }))
      assert.include(error.message, "Stop what writes to it")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("tells all that AWS refused, and why", () =>
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
      assert.strictEqual(yield* count("DeleteBucket"), 0)
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))

  /** A bucket of three versions, whose deletes are answered by what is said of each key, attempt by attempt. */
  const answering = Effect.fnUntraced(function*(codes: Readonly<Record<string, ReadonlyArray<string>>>) {
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

  /** What a fiber ends with whose waits are the test clock's. */
  const passing = <A, E>(fiber: Fiber.Fiber<A, E>) =>
    Effect.andThen(
      until("the fiber to end", Effect.map(TestClock.adjust("1 second"), () => fiber.pollUnsafe() !== undefined)),
      Fiber.join(fiber)
    )

  for (const momentary of ["InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "OperationAborted"]) {
    it.effect(`sends again what AWS did not delete for the moment, and only that: ${momentary}`, () =>
      Effect.gen(function*() {
        const sent = yield* answering({ b: [momentary] })
        const fiber = yield* Effect.forkChild(S3.destroyBucket(bucket))
        yield* passing(fiber)
        assert.deepEqual(sent, [["a a-1", "b b-1", "c c-1"], ["b b-1"]])
        assert.strictEqual(yield* S3.getBucketStatus(bucket), "DoesNotExist")
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("tells what AWS did not delete however often it was asked, beside what it refused at once", () =>
    Effect.gen(function*() {
      const sent = yield* answering({ a: ["AccessDenied"], b: ["InternalError", "SlowDown", "InternalError"] })
      const fiber = yield* Effect.forkChild(Effect.flip(S3.destroyBucket(bucket)))
      assert.deepEqual(
        yield* passing(fiber),
        new S3.BucketNotEmptied({
          bucket,
          refused: [
            { key: "a", versionId: "a-1", code: "AccessDenied", message: "We encountered an internal error." },
            { key: "b", versionId: "b-1", code: "InternalError", message: "We encountered an internal error." }
          ]
        })
      )
      assert.deepEqual(sent, [["a a-1", "b b-1", "c c-1"], ["b b-1"], ["b b-1"]])
      assert.strictEqual(yield* count("DeleteBucket"), 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("sends a version again as a version, where AWS tells the key only", () =>
    Effect.gen(function*() {
      const sent: Array<unknown> = []
      yield* answering({})
      yield* InMemory.handle(DeleteObjectsCommand, ({ Delete }) => {
        sent.push(Delete?.Objects)
        return Effect.succeed(sent.length === 1 ? { Errors: [{ Key: "b", Code: "InternalError" }] } : {})
      })
      const fiber = yield* Effect.forkChild(S3.destroyBucket(bucket))
      yield* passing(fiber)
      assert.deepEqual(sent[1], [{ Key: "b", VersionId: "b-1" }])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("is a success where the bucket goes away in the meantime", () =>
    Effect.gen(function*() {
      yield* create
      yield* InMemory.inject({
        operation: "DeleteBucket",
        fault: InMemory.fault({ code: "NoSuchBucket", message: "gone", statusCode: 404 })
      })
      yield* S3.destroyBucket(bucket)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("stays an AwsError where deletes are denied as a whole", () =>
    Effect.gen(function*() {
      yield* create
      yield* put("a")
      yield* InMemory.inject({
        operation: "DeleteObjects",
        fault: InMemory.fault({ code: "AccessDenied", message: "No", statusCode: 403 })
      })
      assert.strictEqual(yield* code(S3.destroyBucket(bucket)), "AccessDenied")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("uploadFile", () => {
  it.effect("fails with CannotReadFile, before anything is sent", () =>
    Effect.gen(function*() {
      const folder = yield* directory
      yield* write(path.join(folder, "file"), "")
      for (const name of [path.join(folder, "none"), folder, path.join(folder, "file", "below"), "/dev/null"]) {
        const error = yield* Effect.flip(S3.uploadFile({ path: name, bucket, key }))
        assert.strictEqual(error._tag, "CannotReadFile", name)
        assert.include(error.message, name)
      }
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("asks for the owner's full control, encryption by KMS and the class STANDARD, at once and in parts", () =>
    Effect.gen(function*() {
      yield* create
      yield* S3.uploadFile({ path: yield* small, bucket, key })
      yield* S3.uploadFile({ path: yield* large, bucket, key })
      for (const operation of ["PutObject", "CreateMultipartUpload"]) {
        const call = (yield* InMemory.calls).find((call) => call.operation === operation)
        assert.deepInclude(call?.input, {
          ACL: "bucket-owner-full-control",
          ServerSideEncryption: "aws:kms",
          StorageClass: "STANDARD"
        })
      }
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("sends a small file again where that may help", () =>
    Effect.gen(function*() {
      yield* create
      yield* InMemory.inject({ operation: "PutObject", times: 2, fault: InMemory.serverFault })
      yield* S3.uploadFile({ path: yield* small, bucket, key })
      assert.strictEqual(yield* count("PutObject"), 3)
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(2) }))))

  it.effect("sends a part again where that may help, and a completion whose answer was lost", () =>
    Effect.gen(function*() {
      yield* create
      yield* InMemory.inject({ operation: "UploadPart", nth: 2, fault: InMemory.cut("before") })
      yield* InMemory.inject({ operation: "CompleteMultipartUpload", nth: 1, fault: InMemory.cut("after") })
      yield* S3.uploadFile({ path: yield* large, bucket, key })
      assert.strictEqual(yield* count("UploadPart"), 4)
      assert.strictEqual(yield* count("CompleteMultipartUpload"), 2)
      assert.strictEqual(yield* count("AbortMultipartUpload"), 0)
      assert.strictEqual(yield* uploads, 0)
      const [object] = yield* Stream.runCollect(S3.listObjects(bucket))
      assert.strictEqual(object?.size, 20 * 2 ** 20)
    }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(2) }))))

  for (const operation of ["UploadPart", "CompleteMultipartUpload"]) {
    it.effect(`aborts the upload when ${operation} fails`, () =>
      Effect.gen(function*() {
        yield* create
        yield* InMemory.inject({ operation, fault: InMemory.serverFault })
        const error = yield* Effect.flip(S3.uploadFile({ path: yield* large, bucket, key }))
        assert.strictEqual(error._tag, "AwsError")
        if (error._tag === "AwsError") {
          assert.strictEqual(error.operation, operation)
          assert.strictEqual(error.reason._tag, "ServerFault")
        }
        assert.strictEqual(yield* count("AbortMultipartUpload"), 1)
        assert.strictEqual(yield* uploads, 0)
        assert.isEmpty(yield* Stream.runCollect(S3.listObjects(bucket)))
      }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))
  }

  it.effect("fails with what failed first, and logs the upload that could not be aborted", () =>
    Effect.gen(function*() {
      const logs: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        if (logLevel === "Error") logs.push(String(message))
      })
      yield* create
      yield* InMemory.inject({ operation: "UploadPart", fault: InMemory.serverFault })
      yield* InMemory.inject({
        operation: "AbortMultipartUpload",
        fault: InMemory.fault({ code: "AccessDenied", message: "No", statusCode: 403 })
      })
      const error = yield* Effect.flip(S3.uploadFile({ path: yield* large, bucket, key })).pipe(
        Effect.provide(Logger.layer([logger]))
      )
      assert.strictEqual(error._tag, "AwsError")
      assert.strictEqual(yield* uploads, 1)
      assert.lengthOf(logs, 1)
      assert.include(logs[0], `s3://${bucket}/${key}`)
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

  for (const operation of ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"] as const) {
    const { begun, layer } = counting()
    it.effect(`leaves no unfinished upload when it is interrupted during ${operation}`, () =>
      Effect.gen(function*() {
        yield* create
        yield* InMemory.inject({ operation, fault: InMemory.delay("10 minutes") })
        const fiber = yield* Effect.forkChild(S3.uploadFile({ path: yield* large, bucket, key }))
        yield* begun(operation)
        const interrupted = yield* Effect.forkChild(Fiber.interrupt(fiber))
        yield* TestClock.adjust("10 minutes")
        yield* Fiber.join(interrupted)
        assert.strictEqual(yield* uploads, 0)
        // What was begun before a completion was made is aborted; a completion that was asked for is waited for.
        const isComplete = operation === "CompleteMultipartUpload"
        assert.strictEqual(yield* count("AbortMultipartUpload"), isComplete ? 0 : 1)
        assert.lengthOf(yield* Stream.runCollect(S3.listObjects(bucket)), isComplete ? 1 : 0)
        const calls = yield* InMemory.calls
        yield* TestClock.adjust("1 hour")
        assert.lengthOf(yield* InMemory.calls, calls.length)
      }).pipe(Effect.provide(layer())))
  }

  it.effect("does not wait for parts when it is interrupted", () => {
    const { begun, layer } = counting()
    return Effect.gen(function*() {
      yield* create
      yield* InMemory.inject({ operation: "UploadPart", fault: InMemory.delay("1 hour") })
      const fiber = yield* Effect.forkChild(S3.uploadFile({ path: yield* large, bucket, key }))
      yield* begun("UploadPart", 3)
      yield* Fiber.interrupt(fiber)
      const parts = (yield* InMemory.calls).filter((call) => call.operation === "UploadPart")
      assert.deepEqual(parts.map(({ outcome }) => outcome._tag), ["Interrupted", "Interrupted", "Interrupted"])
      assert.strictEqual(yield* uploads, 0)
    }).pipe(Effect.provide(layer()))
  })

  it.effect("fails with CannotReadFile when the file is cut short meanwhile, and aborts the upload", () => {
    const { begun, layer } = counting()
    return Effect.gen(function*() {
      yield* create
      const name = yield* large
      yield* InMemory.inject({ operation: "CreateMultipartUpload", fault: InMemory.delay("1 minute") })
      const fiber = yield* Effect.forkChild(Effect.flip(S3.uploadFile({ path: name, bucket, key })))
      yield* begun("CreateMultipartUpload")
      yield* Effect.promise(() => fs.truncate(name, 10))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "CannotReadFile")
      assert.strictEqual(yield* uploads, 0)
    }).pipe(Effect.provide(layer()))
  })
})

/** A file of so many MiB, each of them other bytes. */
const many = (size: number) =>
  Effect.gen(function*() {
    const name = path.join(yield* directory, "file")
    const content = Buffer.alloc(size * 2 ** 20 + 3)
    for (let at = 0; at < content.length; at += 4) content.writeUInt32LE(at, Math.min(at, content.length - 4))
    yield* write(name, content)
    return { name, content }
  })

describe("the parts of a file", () => {
  it.effect("are of one size, and stay what they were for who looks at them later", () =>
    Effect.gen(function*() {
      yield* create
      const { content, name } = yield* many(48)
      yield* S3.uploadFile({ path: name, bucket, key })
      const parts = (yield* InMemory.calls).filter(({ operation }) => operation === "UploadPart")
        .map(({ input }) => input as { readonly PartNumber: number; readonly Body: Buffer })
        .sort((a, b) => a.PartNumber - b.PartNumber)
      assert.deepEqual(parts.map(({ Body }) => Body.length), [...Array.from({ length: 6 }, () => 8 * 2 ** 20), 3])
      assert.isTrue(Buffer.concat(parts.map(({ Body }) => Body)).equals(content))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("are one where a single PutObject does", () =>
    Effect.gen(function*() {
      yield* create
      yield* S3.uploadFile({ path: yield* fileOf(16 * 2 ** 20), bucket, key })
      yield* S3.uploadFile({ path: yield* fileOf(16 * 2 ** 20 + 1), bucket, key })
      assert.deepEqual(
        (yield* InMemory.calls).map(({ operation }) => operation),
        [
          "CreateBucket",
          "PutObject",
          "CreateMultipartUpload",
          "UploadPart",
          "UploadPart",
          "UploadPart",
          "CompleteMultipartUpload"
        ]
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("have no checksum, and their upload asks for none, where the clients are told to give none", () =>
    Effect.gen(function*() {
      yield* create
      yield* S3.uploadFile({ path: yield* large, bucket, key })
      const algorithms = (yield* InMemory.calls).filter(({ operation }) => operation === "CreateMultipartUpload")
        .map(({ input }) => (input as { readonly ChecksumAlgorithm?: string }).ChecksumAlgorithm)
      assert.deepEqual(algorithms, [undefined])
      const { ChecksumCRC32 } = yield* S3.send(
        new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: "ENABLED" })
      )
      assert.isUndefined(ChecksumCRC32)
    }).pipe(Effect.provide(InMemory.layer({ clientOptions: { requestChecksumCalculation: "WHEN_REQUIRED" } }))))

  it.effect("have a checksum each, as the SDK's default is", () =>
    Effect.gen(function*() {
      yield* create
      yield* S3.uploadFile({ path: yield* large, bucket, key })
      const { ChecksumCRC32 } = yield* S3.send(
        new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: "ENABLED" })
      )
      assert.match(ChecksumCRC32!, /-3$/)
    }).pipe(Effect.provide(InMemory.layer())))

  /** A server that takes uploads; `answer` says what becomes of a part. */
  const taking = (answer: (part: number, request: IncomingMessage, response: ServerResponse) => void) =>
    Effect.map(
      serve((request, response) => {
        const { searchParams } = new URL(request.url!, "http://server")
        const part = searchParams.get("partNumber")
        if (part !== null) return answer(Number(part), request, response)
        request.resume().on("end", () =>
          response.end(
            searchParams.has("uploads")
              ? "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
              : "<CompleteMultipartUploadResult/>"
          ))
      }),
      ({ server, url }) => {
        let connections = 0
        server.on("connection", () => connections++)
        return { url, connections: () => connections }
      }
    )
  const bytesOf = (request: IncomingMessage) => request.toArray().then((chunks) => Buffer.concat(chunks))
  const partOf = (content: Buffer, part: number) => content.subarray((part - 1) * 8 * 2 ** 20, part * 8 * 2 ** 20)

  it.live("arrive as they are, in whatever order they are answered, by a connection for each at once", () =>
    Effect.gen(function*() {
      const { content, name } = yield* many(80)
      const arrived: Array<boolean> = []
      const waiting: Array<() => void> = []
      const expected: Array<unknown> = []
      const { connections, url } = yield* taking(async (part, request, response) => {
        expected.push(request.headers.expect)
        arrived[part] = (await bytesOf(request)).equals(partOf(content, part))
        waiting.push(() => response.setHeader("etag", `"${part}"`).end())
        // The last to come is the first to be answered.
        if (waiting.length === 3 || Object.keys(arrived).length > 9) {
          waiting.splice(0).toReversed().forEach((end) => end())
        }
      })
      yield* S3.uploadFile({ path: name, bucket, key }).pipe(Effect.provide(clientsOf(url)))
      assert.deepEqual(Object.values(arrived), Array.from({ length: 11 }, () => true))
      assert.deepEqual(new Set(expected), new Set([undefined]))
      assert.strictEqual(connections(), 4)
    }))

  it.live("close their connections when they are interrupted", () =>
    Effect.gen(function*() {
      const { name } = yield* many(40)
      let [begun, closed] = [0, 0]
      const { url } = yield* taking((_, request, response) => {
        request.resume().on("end", () => begun++)
        response.on("close", () => closed++)
      })
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(S3.uploadFile({ path: name, bucket, key }))
        yield* until("four parts", Effect.sync(() => begun === 4))
        yield* Fiber.interrupt(fiber)
        yield* until("the connections to close", Effect.sync(() => closed === 4))
        assert.strictEqual(begun, 4)
      }).pipe(Effect.provide(clientsOf(url)))
    }))

  it.live("that are given up are not written over while they may still be sent", () =>
    Effect.gen(function*() {
      const { content, name } = yield* many(80)
      const refused = new Map<number, Promise<Buffer>>()
      const arrived = new Map<number, boolean>()
      const { url } = yield* taking(async (part, request, response) => {
        if (part % 2 === 0 && !refused.has(part)) {
          // Refused before it has come, and read when all others were answered. To end the response would drop it.
          refused.set(part, new Promise((resolve) => late.push(() => resolve(bytesOf(request)))))
          response.writeHead(503, { "content-length": 0 }).flushHeaders()
          return
        }
        arrived.set(part, (await bytesOf(request)).equals(partOf(content, part)))
        response.setHeader("etag", `"${part}"`).end()
      })
      const late: Array<() => void> = []
      yield* Effect.gen(function*() {
        yield* S3.uploadFile({ path: name, bucket, key })
        late.forEach((read) => read())
        for (const [part, bytes] of refused) {
          const received = yield* Effect.promise(() => bytes)
          assert.isTrue(received.equals(partOf(content, part)), `part ${part}, given up`)
        }
      }).pipe(Effect.provide(clientsOf(url, { retry: Schedule.recurs(2) })))
      assert.lengthOf([...arrived], 11)
      for (const [part, isRight] of arrived) assert.isTrue(isRight, `part ${part}`)
      assert.lengthOf([...refused], 5)
    }), 30_000)
})

const bodies = Effect.map(
  InMemory.calls,
  (calls) =>
    calls.flatMap(({ operation, outcome }) =>
      operation === "GetObject" && outcome._tag === "Answered"
        ? [(outcome.output as GetObjectCommandOutput).Body as Readable]
        : []
    )
)

describe("getObject", () => {
  it.effect("releases the body when the consumer stops, fails, or has read it all", () =>
    Effect.gen(function*() {
      yield* create
      yield* put(key, Buffer.alloc(10 * 2 ** 20))
      const object = S3.getObject(bucket, key)
      yield* Stream.runDrain(Stream.take(object, 1))
      yield* Effect.flip(Stream.runForEach(object, () => Effect.fail("enough")))
      yield* Stream.runDrain(object)
      assert.deepEqual((yield* bodies).map(({ destroyed }) => destroyed), [true, true, true])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("releases the body when the consumer is interrupted", () =>
    Effect.gen(function*() {
      yield* create
      yield* put(key, Buffer.alloc(10 * 2 ** 20))
      let received = 0
      const fiber = yield* Effect.forkChild(Stream.runForEach(S3.getObject(bucket, key), () => {
        received++
        return Effect.never
      }))
      yield* until("the first bytes", Effect.sync(() => received > 0))
      yield* Fiber.interrupt(fiber)
      assert.deepEqual((yield* bodies).map(({ destroyed }) => destroyed), [true])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reads a web stream, as other HTTP handlers give, and cancels it when it is interrupted", () =>
    Effect.gen(function*() {
      let cancelled = 0
      const { content } = yield* many(1)
      const body = (then: (controller: ReadableStreamDefaultController) => void) =>
        sdkStreamMixin(
          new ReadableStream({
            start: (controller) => {
              controller.enqueue(content)
              then(controller)
            },
            cancel: () => {
              cancelled++
            }
          })
        )
      const folder = yield* directory
      const name = path.join(folder, "file")
      yield* InMemory.handle(GetObjectCommand, () => Effect.succeed({ Body: body((all) => all.close()) }))
      assert.isTrue(Buffer.concat(yield* Stream.runCollect(S3.getObject(bucket, key))).equals(content))
      assert.strictEqual((yield* S3.downloadFile({ bucket, key, path: name })).size, content.length)
      assert.isTrue(content.equals(yield* Effect.promise(() => fs.readFile(name))))
      assert.strictEqual(cancelled, 0)
      yield* InMemory.handle(GetObjectCommand, () => Effect.succeed({ Body: body(() => {}) }))
      let received = 0
      const reading = yield* Effect.forkChild(
        Stream.runForEach(S3.getObject(bucket, key), () => Effect.sync(() => received++))
      )
      yield* until("the first bytes", Effect.sync(() => received > 0))
      yield* Fiber.interrupt(reading)
      yield* until("the stream to be cancelled", Effect.sync(() => cancelled === 1))
      const writing = yield* Effect.forkChild(S3.downloadFile({ bucket, key, path: `${name}.2` }))
      yield* until("the temporary file", Effect.map(entries(folder), ({ length }) => length === 2))
      yield* until(
        "the first bytes",
        Effect.promise(async () => {
          const [temporary] = (await fs.readdir(folder)).filter((name) => name !== "file")
          return (await fs.stat(path.join(folder, temporary!))).size > 0
        })
      )
      yield* Fiber.interrupt(writing)
      yield* until("the stream to be cancelled", Effect.sync(() => cancelled === 2))
      assert.deepEqual(yield* entries(folder), ["file"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails as Unreachable where there are fewer bytes than were told", () =>
    Effect.gen(function*() {
      yield* create
      yield* put(key, "12345")
      const { Body } = yield* S3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      yield* InMemory.handle(GetObjectCommand, () => Effect.succeed({ Body: Body!, ContentLength: 6 }))
      const error = yield* Effect.flip(Stream.runDrain(S3.getObject(bucket, key)))
      assert.strictEqual(error._tag, "AwsError")
      if (error._tag === "AwsError") assert.strictEqual(error.reason._tag, "Unreachable")
      assert.include(error.message, "5 of 6")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("downloadFile", () => {
  const get = (path: string) => S3.downloadFile({ bucket, key, path })

  it.effect("fails with FileAlreadyExists, before anything is asked for", () =>
    Effect.gen(function*() {
      const folder = yield* directory
      const [file, link] = [path.join(folder, "file"), path.join(folder, "link")]
      yield* write(file, "mine")
      yield* Effect.promise(() => fs.symlink("nowhere", link))
      for (const name of [file, link, folder]) {
        assert.deepEqual(yield* Effect.flip(get(name)), new S3.FileAlreadyExists({ path: name }))
      }
      assert.strictEqual(yield* Effect.promise(() => fs.readFile(file, "utf8")), "mine")
      assert.deepEqual((yield* entries(folder)).sort(), ["file", "link"])
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(Effect.provide(InMemory.layer())))

  for (const withLinks of [true, false]) {
    it.effect(`does not overwrite a file that appears meanwhile${withLinks ? "" : ", without hard links"}`, () =>
      Effect.gen(function*() {
        yield* Effect.acquireRelease(
          Effect.sync(() => links.code = withLinks ? undefined : "EPERM"),
          () => Effect.sync(() => links.code = undefined)
        )
        yield* create
        yield* put(key)
        const folder = yield* directory
        const name = path.join(folder, "file")
        yield* InMemory.inject({ operation: "GetObject", nth: 1, fault: InMemory.delay("1 minute") })
        const fiber = yield* Effect.forkChild(Effect.flip(get(name)))
        yield* until("the temporary file", Effect.map(entries(folder), ({ length }) => length === 1))
        yield* write(name, "mine")
        yield* TestClock.adjust("1 minute")
        assert.deepEqual(yield* Fiber.join(fiber), new S3.FileAlreadyExists({ path: name }))
        assert.strictEqual(yield* Effect.promise(() => fs.readFile(name, "utf8")), "mine")
        assert.deepEqual(yield* entries(folder), ["file"])

        const other = path.join(folder, "other")
        yield* get(other)
        assert.strictEqual(yield* Effect.promise(() => fs.readFile(other, "utf8")), key)
        assert.deepEqual(yield* entries(folder), ["file", "other"])
      }).pipe(Effect.provide(InMemory.layer())))
  }

  it.effect("fails with DirectoryDoesNotExist, before anything is asked for", () =>
    Effect.gen(function*() {
      const folder = yield* directory
      const file = path.join(folder, "file")
      yield* write(file, "")
      for (const parent of [path.join(folder, "none"), file]) {
        const error = yield* Effect.flip(get(path.join(parent, "key")))
        assert.deepEqual(error, new S3.DirectoryDoesNotExist({ directory: parent }))
      }
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with CannotWriteFile for a path that names no file, before anything is asked for", () =>
    Effect.gen(function*() {
      yield* create
      yield* put(key)
      const folder = yield* directory
      for (const name of ["", `${folder}/`, `${folder}/none/`, "/"]) {
        const error = yield* Effect.flip(get(name))
        assert.strictEqual(error._tag, "CannotWriteFile", name)
        assert.strictEqual(error.message, `The file ${name} cannot be written: the path names no file`)
      }
      assert.deepEqual(yield* entries(folder), [])
      assert.strictEqual(yield* count("GetObject"), 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with CannotWriteFile, and leaves nothing", () =>
    Effect.gen(function*() {
      yield* create
      yield* put(key)
      const folder = yield* directory
      const tooLong = yield* Effect.flip(get(path.join(folder, "n".repeat(300))))
      assert.strictEqual(tooLong._tag, "CannotWriteFile")
      links.code = "ENOSPC"
      const full = yield* Effect.flip(get(path.join(folder, "file"))).pipe(
        Effect.ensuring(Effect.sync(() => links.code = undefined))
      )
      assert.strictEqual(full._tag, "CannotWriteFile")
      assert.deepEqual(yield* entries(folder), [])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with CannotWriteFile where permission is lacking", () =>
    Effect.gen(function*() {
      yield* create
      yield* put(key)
      const folder = yield* directory
      const name = path.join(folder, "file")
      links.code = "EACCES"
      const error = yield* Effect.flip(get(name)).pipe(Effect.ensuring(Effect.sync(() => links.code = undefined)))
      assert.strictEqual(error._tag, "CannotWriteFile")
      assert.include(error.message, name)
      assert.deepEqual(yield* entries(folder), [])
    }).pipe(Effect.provide(InMemory.layer())))

  /** A disk for the rest of the scope that takes so many bytes of a write at once, and fails by the code, if there is one. */
  const diskThat = (how: Partial<typeof disk>) =>
    Effect.acquireRelease(
      Effect.sync(() => Object.assign(disk, how)),
      () => Effect.sync(() => Object.assign(disk, { takes: undefined, code: undefined }))
    )

  it.effect("writes the rest where the disk takes a part of a write", () =>
    Effect.gen(function*() {
      yield* diskThat({ takes: 1_000 })
      const { content } = yield* many(1)
      yield* create
      yield* put(key, content)
      const name = path.join(yield* directory, "file")
      const { size } = yield* get(name)
      assert.strictEqual(size, content.length)
      assert.isTrue(content.equals(yield* Effect.promise(() => fs.readFile(name))))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with CannotWriteFile where the disk becomes full, and leaves nothing", () =>
    Effect.gen(function*() {
      yield* diskThat({ takes: 1_000, code: "ENOSPC" })
      yield* create
      yield* put(key, Buffer.alloc(2 ** 20))
      const folder = yield* directory
      const error = yield* Effect.flip(get(path.join(folder, "file")))
      assert.strictEqual(error._tag, "CannotWriteFile")
      assert.deepEqual(yield* entries(folder), [])
      assert.deepEqual((yield* bodies).map(({ destroyed }) => destroyed), [true])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("leaves nothing when it is interrupted", () =>
    Effect.gen(function*() {
      yield* create
      yield* put(key)
      const folder = yield* directory
      yield* InMemory.inject({ operation: "GetObject", fault: InMemory.delay("1 hour") })
      const fiber = yield* Effect.forkChild(get(path.join(folder, "file")))
      yield* until("the temporary file", Effect.map(entries(folder), ({ length }) => length === 1))
      yield* Fiber.interrupt(fiber)
      assert.deepEqual(yield* entries(folder), [])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("an empty name", () => {
  it.effect("of an object is Misconfigured, and nothing is sent", () =>
    Effect.gen(function*() {
      yield* create
      const folder = yield* directory
      const calls: Readonly<Record<string, Effect.Effect<unknown, unknown, AwsClients>>> = {
        PutObject: S3.uploadFile({ path: yield* small, bucket, key: "" }),
        CreateMultipartUpload: S3.uploadFile({ path: yield* large, bucket, key: "" }),
        GetObject: Stream.runDrain(S3.getObject(bucket, "")),
        "GetObject to a file": S3.downloadFile({ bucket, key: "", path: path.join(folder, "file") }),
        HeadObject: S3.getObjectMetadata(bucket, "")
      }
      for (const [operation, call] of Object.entries(calls)) {
        const error = yield* Effect.flip(call)
        assert.instanceOf(error, AwsError, operation)
        assert.strictEqual(error.reason._tag, "Misconfigured", operation)
        assert.strictEqual(error.code, "EmptyKey", operation)
      }
      assert.deepEqual((yield* InMemory.calls).map(({ operation }) => operation), ["CreateBucket"])
      assert.deepEqual(yield* entries(folder), [])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("of a bucket is Misconfigured, and the message names the bucket", () =>
    Effect.gen(function*() {
      for (const call of [S3.getBucketStatus(""), S3.createBucket("")]) {
        const error = yield* Effect.flip(Effect.asVoid(call))
        assert.strictEqual(error._tag, "AwsError")
        if (error._tag === "AwsError") assert.strictEqual(error.reason._tag, "Misconfigured")
        assert.include(error.message, "Bucket")
      }
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(Effect.provide(InMemory.layer())))
})

it.effect("a bucket's name that is none is told in AWS's words; a HEAD has none but the status", () =>
  Effect.gen(function*() {
    const head = yield* Effect.flip(S3.getBucketStatus("Bad_Name!"))
    assert.deepEqual([head.reason._tag, head.code, head.statusCode], ["Rejected", "BadRequest", 400])
    assert.include(head.message, "S3.HeadBucket in us-east-1: BadRequest (HTTP 400)")
    const error = yield* Effect.flip(S3.createBucket("Bad_Name!"))
    assert.strictEqual(error._tag, "AwsError")
    if (error._tag === "AwsError") assert.strictEqual(error.code, "InvalidBucketName")
    assert.include(error.message, "InvalidBucketName (HTTP 400): The specified bucket is not valid.")
  }).pipe(Effect.provide(InMemory.layer({ region: "us-east-1" }))))

describe("on the wire", () => {
  it.live("getBucketStatus goes by the status", () =>
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

  it.live("errors come as XML, or as no XML at all", () =>
    Effect.gen(function*() {
      let body = ""
      const { url } = yield* serve((_, response) => response.writeHead(404).end(body))
      const clients = clientsOf(url)
      body = "<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>"
      const missing = yield* Effect.flip(Stream.runDrain(S3.listObjects(bucket))).pipe(Effect.provide(clients))
      assert.deepEqual(missing, new S3.BucketDoesNotExist({ bucket }))
      const object = yield* Effect.flip(Stream.runDrain(S3.getObject(bucket, key))).pipe(Effect.provide(clients))
      assert.deepEqual(object, new S3.ObjectDoesNotExist({ bucket, key }))
      body = "<html><body>Not found<br></body>"
      for (
        const call of [Stream.runDrain(S3.listObjects(bucket)), S3.uploadFile({ path: yield* small, bucket, key })]
      ) {
        const error = yield* Effect.flip(Effect.asVoid(call)).pipe(Effect.provide(clients))
        assert.strictEqual(error._tag, "AwsError")
      }
    }))

  /** Answers with ten bytes of a hundred, and then with what the test does. */
  const breaking = (then: (response: ServerResponse) => void) =>
    serve((_, response) => {
      response.writeHead(200, { "content-length": "100" })
      response.write("0123456789", () => then(response))
    })

  it.live("a body that breaks off is Unreachable, after the bytes that came", () =>
    Effect.gen(function*() {
      const { url } = yield* breaking((response) => setImmediate(() => response.destroy()))
      let received = ""
      const error = yield* S3.getObject(bucket, key).pipe(
        Stream.decodeText(),
        Stream.runForEach((text) => Effect.sync(() => received += text)),
        Effect.flip,
        Effect.provide(clientsOf(url))
      )
      assert.strictEqual(error._tag, "AwsError")
      if (error._tag === "AwsError") {
        assert.strictEqual(error.reason._tag, "Unreachable")
        assert.isTrue(error.isRetryable)
        assert.strictEqual(error.operation, "GetObject")
      }
      assert.strictEqual(received, "0123456789")
    }))

  for (const headers of [{}, { "x-amz-checksum-crc32": "AAAAAA==" }]) {
    const isChecked = Object.keys(headers).length > 0
    it.live(`a body that breaks off before it is read is Unreachable${isChecked ? ", checked" : ""}`, () =>
      Effect.gen(function*() {
        let broken = false
        const { url } = yield* serve((_, response) => {
          response.on("close", () => broken = true)
          response.writeHead(200, { "content-length": "10000000", ...headers })
            .write(Buffer.alloc(100_000), () => setImmediate(() => response.destroy()))
        })
        const late: Aspect.Aspect = (send) => (call) =>
          Effect.tap(send(call), () =>
            Effect.andThen(
              until("the connection to close", Effect.sync(() => broken)),
              Effect.repeat(Effect.promise(() => new Promise((resolve) => setImmediate(resolve))), { times: 1_000 })
            ))
        const error = yield* Effect.flip(Stream.runDrain(S3.getObject(bucket, key))).pipe(
          Effect.provide(clientsOf(url, { aspects: [late] }))
        )
        assert.strictEqual(error._tag, "AwsError")
        if (error._tag === "AwsError") assert.strictEqual(error.reason._tag, "Unreachable")
      }))
  }

  it.live("a download is written as it comes, however it is cut into pieces", () =>
    Effect.gen(function*() {
      const { content } = yield* many(3)
      const { url } = yield* serve((_, response) => {
        response.writeHead(200, { "content-length": content.length })
        let at = 0
        const write = (turn: number) => {
          const size = turn % 3 === 0 ? 1 : turn % 3 === 1 ? 700_001 : 4_099
          const more = content.subarray(at, at += size)
          if (at >= content.length) return response.end(more)
          response.write(more, () => setImmediate(write, turn + 1))
        }
        write(0)
      })
      const name = path.join(yield* directory, "file")
      const { size } = yield* S3.downloadFile({ bucket, key, path: name }).pipe(Effect.provide(clientsOf(url)))
      assert.strictEqual(size, content.length)
      assert.isTrue(content.equals(yield* Effect.promise(() => fs.readFile(name))))
    }))

  it.live("a download that breaks off leaves nothing", () =>
    Effect.gen(function*() {
      const folder = yield* directory
      const { url } = yield* breaking((response) => setImmediate(() => response.destroy()))
      const error = yield* Effect.flip(S3.downloadFile({ bucket, key, path: path.join(folder, "file") })).pipe(
        Effect.provide(clientsOf(url))
      )
      assert.strictEqual(error._tag, "AwsError")
      assert.deepEqual(yield* entries(folder), [])
    }))

  it.live("a wrong checksum is Unreadable, and leaves nothing", () =>
    Effect.gen(function*() {
      const folder = yield* directory
      const { url } = yield* serve((_, response) =>
        response.writeHead(200, { "x-amz-checksum-crc32": "AAAAAA==" }).end("content")
      )
      const error = yield* Effect.flip(S3.downloadFile({ bucket, key, path: path.join(folder, "file") })).pipe(
        Effect.provide(clientsOf(url))
      )
      assert.strictEqual(error._tag, "AwsError")
      if (error._tag === "AwsError") assert.strictEqual(error.reason._tag, "Unreadable")
      assert.deepEqual(yield* entries(folder), [])
    }))

  it.live("an interrupted download closes its connection in the middle of a body that stalls, and leaves nothing", () =>
    Effect.gen(function*() {
      const folder = yield* directory
      let closed = 0
      const { url } = yield* serve((_, response) => {
        response.on("close", () => closed++)
        response.writeHead(200, { "content-length": "10000000" }).write(Buffer.alloc(2 ** 20))
      })
      const clients = clientsOf(url)
      const name = path.join(folder, "file")
      const download = yield* Effect.forkChild(
        S3.downloadFile({ bucket, key, path: name }).pipe(Effect.provide(clients))
      )
      const written = Effect.promise(async () => {
        const [temporary] = await fs.readdir(folder)
        return temporary !== undefined && (await fs.stat(path.join(folder, temporary))).size > 0
      })
      yield* until("the first bytes", written)
      yield* Fiber.interrupt(download)
      assert.deepEqual(yield* entries(folder), [])
      yield* until("the connection to close", Effect.sync(() => closed === 1))
    }))

  // Interrupted between the SDK's answer and the end of `send`, with and without a checksum around the body.
  for (const headers of [{}, { "x-amz-checksum-crc32": "AAAAAA==" }]) {
    const isChecked = Object.keys(headers).length > 0
    for (const what of ["getObject", "downloadFile"] as const) {
      it.live(`${what} closes its connection when an aspect is interrupted after the answer${isChecked ? ", checked" : ""}`, () =>
        Effect.gen(function*() {
          const folder = yield* directory
          let [opened, closed] = [0, 0]
          const { server, url } = yield* serve((_, response) => {
            response.writeHead(200, { "content-length": "10000000", ...headers }).write(Buffer.alloc(100_000))
          })
          server.on("connection", (socket) => {
            opened++
            socket.on("close", () => closed++)
          })
          const answered = yield* Latch.make()
          const late: Aspect.Aspect = (send) => (call) =>
            Effect.tap(send(call), () => Effect.andThen(answered.open, Effect.never))
          yield* Effect.gen(function*() {
            const fiber = yield* Effect.forkChild(
              what === "getObject"
                ? Stream.runDrain(S3.getObject(bucket, key))
                : Effect.asVoid(S3.downloadFile({ bucket, key, path: path.join(folder, "file") }))
            )
            yield* answered.await
            yield* Fiber.interrupt(fiber)
            yield* until("the connection to close", Effect.sync(() => closed === 1))
            assert.strictEqual(opened, 1)
            assert.deepEqual(yield* entries(folder), [])
          }).pipe(Effect.provide(clientsOf(url, { aspects: [late] })))
        }))
    }
  }

  it.live("getObject closes the connections of all bodies that an aspect asked for", () =>
    Effect.gen(function*() {
      let [opened, closed] = [0, 0]
      const { server, url } = yield* serve((_, response) => {
        response.writeHead(200, { "content-length": "10000000" }).write(Buffer.alloc(100_000))
      })
      server.on("connection", (socket) => {
        opened++
        socket.on("close", () => closed++)
      })
      const twice: Aspect.Aspect = (send) => (call) => Effect.andThen(send(call), send(call))
      yield* Effect.gen(function*() {
        yield* Stream.runDrain(Stream.take(S3.getObject(bucket, key), 1))
        yield* until("the connections to close", Effect.sync(() => closed === 2))
        assert.strictEqual(opened, 2)
      }).pipe(Effect.provide(clientsOf(url, { aspects: [twice, Aspect.header("x-team", () => "billing")] })))
    }))

  it.live("a stream that is left closes its connection", () =>
    Effect.gen(function*() {
      let closed = 0
      const { url } = yield* breaking((response) => response.on("close", () => closed++))
      yield* Effect.gen(function*() {
        const [first] = yield* Stream.runCollect(Stream.take(S3.getObject(bucket, key), 1))
        assert.strictEqual(Buffer.from(first!).toString(), "0123456789")
        yield* until("the connection to close", Effect.sync(() => closed === 1))
      }).pipe(Effect.provide(clientsOf(url)))
    }))
})

describe("the in-memory S3", () => {
  it.effect("gives each account its own list, page by page", () =>
    Effect.gen(function*() {
      yield* Effect.forEach(["bucket-c", "bucket-a", "bucket-b"], S3.createBucket)
      yield* inAccount("222222222222", S3.createBucket("bucket-x"))
      const names = S3.items(new ListBucketsCommand({}), ({ Buckets }) => Buckets?.map(({ Name }) => Name))
      assert.deepEqual(yield* Stream.runCollect(names), ["bucket-a", "bucket-b", "bucket-c"])
      assert.strictEqual(yield* count("ListBuckets"), 2)
    }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 }))))

  it.effect("refuses what it does not allow", () =>
    Effect.gen(function*() {
      yield* create
      const object = (input: object) => code(S3.send(new PutObjectCommand({ Bucket: bucket, Key: key, ...input })))
      assert.strictEqual(yield* object({ Metadata: { big: "x".repeat(2046) } }), "MetadataTooLarge")
      assert.strictEqual(yield* object({ ACL: "public-read" }), "AccessControlListNotSupported")
      assert.strictEqual(yield* object({ ExpectedBucketOwner: "222222222222" }), "AccessDenied")
      assert.strictEqual(yield* object({ Body: "x", ChecksumCRC32: "AAAAAA==" }), "BadDigest")
      const make = (input: object) => code(S3.send(new CreateBucketCommand({ Bucket: "unit-other", ...input })))
      const at = (LocationConstraint: string) => make({ CreateBucketConfiguration: { LocationConstraint } })
      assert.strictEqual(yield* at("us-east-1"), "InvalidLocationConstraint")
      assert.strictEqual(yield* at("eu-west-1"), "IllegalLocationConstraintException")
      assert.strictEqual(yield* make({ ACL: "public-read" }), "InvalidBucketAclWithObjectOwnership")
      assert.strictEqual(
        yield* code(S3.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: "mine" }))),
        "InvalidArgument"
      )
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("has no object of an empty name, for no client", () =>
    Effect.gen(function*() {
      yield* create
      yield* S3.send(
        new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
      )
      yield* put(key)
      const client = yield* AwsClients.get(S3Client)
      const at = { Bucket: bucket, Key: "" }
      const refused: Readonly<Record<string, () => Promise<unknown>>> = {
        put: () => client.send(new PutObjectCommand({ ...at, Body: "x" })),
        get: () => client.send(new GetObjectCommand(at)),
        delete: () => client.send(new DeleteObjectCommand(at)),
        copy: () => client.send(new CopyObjectCommand({ ...at, CopySource: `${bucket}/${key}` })),
        upload: () => client.send(new CreateMultipartUploadCommand(at))
      }
      for (const [what, call] of Object.entries(refused)) {
        const error = yield* Effect.flip(
          Effect.tryPromise({ try: call, catch: (error) => error as S3ServiceException })
        )
        assert.deepEqual([error.name, error.$metadata.httpStatusCode], ["MethodNotAllowed", 405], what)
      }
      const several = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: key }, { Key: "" }] } })
      assert.strictEqual(yield* code(S3.send(several)), "UserKeyMustBeSpecified")
      const { DeleteMarkers = [], Versions = [] } = yield* S3.send(new ListObjectVersionsCommand({ Bucket: bucket }))
      assert.deepEqual([...Versions, ...DeleteMarkers].map(({ Key }) => Key), [key])
      assert.strictEqual(yield* uploads, 0)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("keeps one version without an id where versioning is suspended", () =>
    Effect.gen(function*() {
      yield* create
      const status = (Status: "Enabled" | "Suspended") =>
        S3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }))
      yield* put(key, "before")
      yield* status("Enabled")
      yield* put(key, "kept")
      yield* status("Suspended")
      yield* put(key, "one")
      yield* put(key, "two")
      const { Versions = [] } = yield* S3.send(new ListObjectVersionsCommand({ Bucket: bucket }))
      assert.deepEqual(Versions.map(({ Size }) => Size), [3, 4])
      assert.deepEqual(Versions.map(({ VersionId }) => VersionId === "null"), [true, false])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("goes on after a version that was deleted since", () =>
    Effect.gen(function*() {
      yield* create
      yield* S3.send(
        new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
      )
      const [first, second] = yield* Effect.forEach(["1", "2", "3"], (body) => put(key, body))
      const page = yield* S3.send(new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 2 }))
      assert.strictEqual(page.NextVersionIdMarker, second?.VersionId)
      yield* S3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: second?.VersionId }))
      const { Versions = [] } = yield* S3.send(
        new ListObjectVersionsCommand({
          Bucket: bucket,
          KeyMarker: page.NextKeyMarker,
          VersionIdMarker: page.NextVersionIdMarker
        })
      )
      assert.deepEqual(Versions.map(({ VersionId }) => VersionId), [first?.VersionId])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("wants the checksums of the parts of an upload that was begun with one", () =>
    Effect.gen(function*() {
      yield* create
      const { UploadId } = yield* S3.send(
        new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ChecksumAlgorithm: "CRC32" })
      )
      const { ChecksumCRC32, ETag } = yield* S3.send(
        new UploadPartCommand({ Bucket: bucket, Key: key, UploadId, PartNumber: 1, Body: "part" })
      )
      const complete = (part: object) =>
        S3.send(
          new CompleteMultipartUploadCommand({
            Bucket: bucket,
            Key: key,
            UploadId,
            MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ...part }] }
          })
        )
      assert.strictEqual(yield* code(complete({})), "InvalidRequest")
      assert.strictEqual(yield* code(complete({ ChecksumCRC32: "AAAAAA==" })), "InvalidPart")
      assert.match((yield* complete({ ChecksumCRC32 })).ChecksumCRC32!, /-1$/)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("tells times by the test's clock, in whole seconds", () =>
    Effect.gen(function*() {
      yield* create
      yield* TestClock.setTime(1_700_000_000_999)
      yield* put(key)
      const { LastModified } = yield* S3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
      assert.strictEqual(LastModified?.getTime(), 1_700_000_000_000)
    }).pipe(Effect.provide(InMemory.layer())))
})

it.effect("nothing of a file or its metadata is logged", () =>
  Effect.gen(function*() {
    const logs: Array<string> = []
    const logger = Logger.make(({ message }) => {
      logs.push(String(message))
    })
    yield* Effect.gen(function*() {
      yield* create
      const name = path.join(yield* directory, "file")
      yield* write(name, "planted-body")
      yield* S3.uploadFile({ path: name, bucket, key, metadata: { secret: "planted-metadata" } })
      yield* S3.getObjectMetadata(bucket, key)
    }).pipe(
      Effect.provide(Logger.layer([logger])),
      Effect.provideService(References.MinimumLogLevel, "Debug")
    )
    assert.isNotEmpty(logs)
    assert.notInclude(logs.join("\n"), "planted")
  }).pipe(Effect.provide(InMemory.layer())))
