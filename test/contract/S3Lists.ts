// Lists of objects: by folders, from a key on, and in ranges side by side.
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { S3 } from "effect-aws-sdk"
import { contract, documented } from "./Contract.ts"
import { create, put } from "./support/s3.ts"

const keys = ["a", "a/1", "a/2", "b c+ü", "d/e/f", "z"]

const filled = Effect.fnUntraced(function*(bucket: string) {
  yield* create(bucket)
  yield* Effect.forEach(keys, (key) => put(bucket, key))
})

export const s3Lists = contract("S3", {
  "listObjects lists a folder: its objects and its subfolders, sorted together": documented(
    "API_ListObjectsV2",
    Effect.gen(function*() {
      yield* filled("contract-list-folder")
      const entries = yield* Stream.runCollect(S3.listObjects("contract-list-folder", { delimiter: "/" }))
      assert.deepEqual(
        entries.map((entry) => entry._tag === "S3Object" ? entry.key : entry.prefix),
        ["a", "a/", "b c+ü", "d/", "z"]
      )
      const [below] = yield* Stream.runCollect(
        S3.listObjects("contract-list-folder", { prefix: "d/", delimiter: "/" })
      )
      assert.deepEqual(below, new S3.S3Prefix({ prefix: "d/e/" }))
    })
  ),

  "listObjects starts after a key, which need not exist": documented(
    "API_ListObjectsV2",
    Effect.gen(function*() {
      const bucket = "contract-list-after"
      yield* filled(bucket)
      for (const startAfter of ["a/2", "a/3", "b c+"]) {
        const objects = yield* Stream.runCollect(S3.listObjects(bucket, { startAfter }))
        assert.deepEqual(objects.map(({ key }) => key), ["b c+ü", "d/e/f", "z"], startAfter)
      }
    })
  ),

  "listObjects gives the same objects when it lists ranges side by side": documented(
    "API_ListObjectsV2",
    Effect.gen(function*() {
      const bucket = "contract-list-ranges"
      yield* filled(bucket)
      const objects = yield* Stream.runCollect(S3.listObjects(bucket, { concurrency: 4 }))
      assert.sameMembers(objects.map(({ key }) => key), keys)
      const [object] = objects.filter(({ key }) => key === "z")
      assert.strictEqual(object?.storageClass, "STANDARD")
    })
  )
})
