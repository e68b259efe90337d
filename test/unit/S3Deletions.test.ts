// Deleting the objects that a program names.
import { DeleteObjectsCommand, PutBucketVersioningCommand } from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Exit, Schema, Stream } from "effect"
import { InMemory, S3 } from "effect-aws-sdk"
import { bucket, codeOf, countCalls, create, put } from "../support/s3.ts"

class Broken extends Data.TaggedError("Broken")<{}> {}

const remaining = Effect.map(Stream.runCollect(S3.listObjects(bucket)), (objects) => objects.map(({ key }) => key))

const Key = Schema.Literals(["a", "a/", "a/b", " ", "+", "%20", "ü", "\u{1F600}", "\u0001", "\r\n", "<&>", "b"])

describe("deleteObjects", () => {
  it.effect.prop(
    "deletes the objects that it gets, and no other, whatever their keys are",
    { there: Schema.Array(Key), named: Schema.Array(Key), isStream: Schema.Boolean },
    ({ isStream, named, there }) =>
      Effect.gen(function*() {
        yield* create
        yield* Effect.forEach(there, (key) => put(key, ""))
        const count = yield* S3.deleteObjects(bucket, isStream ? Stream.fromIterable(named) : named)
        assert.strictEqual(count, named.length)
        assert.sameMembers([...yield* remaining], [...new Set(there)].filter((key) => !named.includes(key)))
      }).pipe(Effect.provide(InMemory.layer({ pageSize: 2 })))
  )

  it.effect("sends a thousand keys per call, within its concurrency", () =>
    Effect.gen(function*() {
      const sizes: Array<number> = []
      let [atOnce, most] = [0, 0]
      yield* create
      yield* InMemory.handle(DeleteObjectsCommand, ({ Delete }) =>
        Effect.gen(function*() {
          most = Math.max(most, ++atOnce)
          yield* Effect.yieldNow
          sizes.push(Delete?.Objects?.length ?? 0)
          atOnce--
          return {}
        }))
      const keys = function*() {
        for (let i = 0; i < 12_345; i++) yield `key-${i}`
      }
      assert.strictEqual(yield* S3.deleteObjects(bucket, keys(), { concurrency: 3 }), 12_345)
      assert.deepEqual(sizes.toSorted((a, b) => a - b), [345, ...Array(12).fill(1_000)])
      assert.strictEqual(most, 3)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("reports a version with an empty ID as refused, and deletes the others", () =>
    Effect.gen(function*() {
      yield* create
      yield* Effect.forEach(["a", "b"], (key) => put(key))
      const error = yield* Effect.flip(S3.deleteObjects(bucket, [{ key: "a", versionId: "" }, { key: "b" }]))
      assert.strictEqual(error._tag, "ObjectsNotDeleted")
      if (error._tag === "ObjectsNotDeleted") assert.deepEqual(error.refused.map(({ key }) => key), ["a"])
      assert.deepEqual(yield* remaining, ["a"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("sends nothing for no objects", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* S3.deleteObjects(bucket, []), 0)
      assert.strictEqual(yield* S3.deleteObjects(bucket, Stream.empty), 0)
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("deletes versions, and what a list of versions gives", () =>
    Effect.gen(function*() {
      yield* create
      yield* S3.send(
        new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
      )
      const { VersionId: versionId } = yield* put("a", "first")
      yield* put("a", "second")
      yield* S3.deleteObjects(bucket, [{ key: "a", versionId }])
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText(S3.getObject(bucket, "a"))), "second")
      yield* S3.deleteObjects(bucket, ["a"])
      assert.strictEqual(yield* codeOf(Stream.runDrain(S3.getObject(bucket, "a"))), "ObjectDoesNotExist")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with ObjectsNotDeleted, which lists what was refused, when all others are deleted", () =>
    Effect.gen(function*() {
      yield* create
      yield* Effect.forEach(["a", "b", "c"], (key) => put(key))
      const error = yield* Effect.flip(S3.deleteObjects(bucket, ["a", "", "\ud800", { key: "b" }]))
      assert.strictEqual(error._tag, "ObjectsNotDeleted")
      if (error._tag === "ObjectsNotDeleted") {
        assert.sameMembers(error.refused.map(({ code, key }) => `${key}: ${code}`), [
          ": EmptyKey",
          "\ud800: UnsendableKey"
        ])
      }
      assert.deepEqual([...yield* remaining], ["c"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("sends a call that S3 refuses because of one key again without that key", () =>
    Effect.gen(function*() {
      yield* create
      yield* Effect.forEach(["a", "b", "c"], (key) => put(key))
      const deleted: Array<string> = []
      const tooLong = "x".repeat(1_025)
      yield* InMemory.handle(DeleteObjectsCommand, ({ Delete }) => {
        const keys = (Delete?.Objects ?? []).map(({ Key = "" }) => Key)
        if (keys.includes(tooLong)) {
          return Effect.fail(
            InMemory.fault({ code: "KeyTooLongError", message: "Your key is too long", statusCode: 400 })
          )
        }
        deleted.push(...keys)
        return Effect.succeed({})
      })
      const error = yield* Effect.flip(S3.deleteObjects(bucket, ["a", tooLong, "b", "c"]))
      assert.deepEqual(
        error,
        new S3.ObjectsNotDeleted({
          bucket,
          refused: [{ key: tooLong, versionId: undefined, code: "KeyTooLongError", message: "Your key is too long" }]
        })
      )
      assert.sameMembers(deleted, ["a", "b", "c"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("deletes what a Stream gave before it fails, and then fails as the Stream did", () =>
    Effect.gen(function*() {
      yield* create
      yield* Effect.forEach(["a", "b", "c"], (key) => put(key))
      const failing = Stream.concat(Stream.make("a", "", "b"), Stream.fail(new Broken()))
      const exit = yield* Effect.exit(S3.deleteObjects(bucket, failing))
      assert.deepEqual([...yield* remaining], ["c"])
      if (!Exit.isFailure(exit)) return assert.fail("It should have failed")
      const tags = exit.cause.reasons.map((reason) => Cause.isFailReason(reason) ? reason.error._tag : "")
      assert.deepEqual(tags, ["Broken", "ObjectsNotDeleted"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("names a key once per call, so that the answer to one is the answer to all", () =>
    Effect.gen(function*() {
      yield* create
      yield* put("a")
      assert.strictEqual(yield* S3.deleteObjects(bucket, Array.from({ length: 1_000 }, () => "a")), 1_000)
      const [input] = (yield* InMemory.calls).flatMap(({ input, operation }) =>
        operation === "DeleteObjects" ? [input as DeleteObjectsCommand["input"]] : []
      )
      assert.deepEqual(input?.Delete?.Objects?.map(({ Key }) => Key), ["a"])
      assert.strictEqual(yield* countCalls("DeleteObjects"), 1)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("fails with BucketDoesNotExist for a missing bucket", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* codeOf(S3.deleteObjects(bucket, ["a"])), "BucketDoesNotExist")
      assert.strictEqual(yield* codeOf(S3.deleteObjects(bucket, ["\u0001"])), "BucketDoesNotExist")
    }).pipe(Effect.provide(InMemory.layer())))
})
