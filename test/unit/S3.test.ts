// What holds for several functions of S3: lists, empty names, errors on the wire, the log.
import { assert, it } from "@effect/vitest"
import { Effect, Logger, References, Stream } from "effect"
import { type AwsClients, AwsError, InMemory, S3 } from "effect-aws-sdk"
import * as path from "node:path"
import { bucket, countCalls, create, directory, entries, key, large, put, small, write } from "../support/s3.ts"
import { clientsOf, serve } from "../support/Server.ts"

it.effect("listObjects fetches one page at a time, and only the pages that are consumed", () =>
  Effect.gen(function*() {
    yield* create
    const keys = ["a", "b", "c", "d", "e", "f", "g"]
    yield* Effect.forEach(keys, (key) => put(key))
    const all = yield* Stream.runCollect(S3.listObjects(bucket))
    assert.deepEqual(all.map(({ key }) => key), keys)
    assert.strictEqual(yield* countCalls("ListObjectsV2"), 3)
    yield* Stream.runDrain(Stream.take(S3.listObjects(bucket), 2))
    assert.strictEqual(yield* countCalls("ListObjectsV2"), 4)
  }).pipe(Effect.provide(InMemory.layer({ pageSize: 3 }))))

it.effect("fails with Misconfigured for an empty key, and sends nothing", () =>
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

it.effect("fails with Misconfigured for an empty bucket name, and names the parameter", () =>
  Effect.gen(function*() {
    for (const call of [S3.getBucketStatus(""), S3.createBucket("")]) {
      const error = yield* Effect.flip(Effect.asVoid(call))
      assert.strictEqual(error._tag, "AwsError")
      if (error._tag === "AwsError") assert.strictEqual(error.reason._tag, "Misconfigured")
      assert.include(error.message, "Bucket")
    }
    assert.isEmpty(yield* InMemory.calls)
  }).pipe(Effect.provide(InMemory.layer())))

it.live("recognises errors in XML, and fails with AwsError when the body is not XML", () =>
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

it.effect("never logs the content of a file or its metadata", () =>
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
