// Directories and prefixes as a whole, as this library transfers them.
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { S3 } from "effect-aws-sdk"
import { readTree, type Tree, writeTree } from "../support/directories.ts"
import { directory } from "../support/s3.ts"
import { contract, documented } from "./Contract.ts"
import { create } from "./support/s3.ts"

const tree: Tree = { "a b+c%2F.txt": "a", "b/c": "", "b-c": "c", "b/\u{1F600}/\uFF5E": "d", "e\u0301/\u00e9": "e" }

const keys = (bucket: string, prefix: string) =>
  S3.listObjects(bucket, { prefix }).pipe(
    Stream.map(({ key }) => key.slice(prefix.length)),
    Stream.runCollect
  )

const inOrder = Object.keys(tree).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

export const s3Directories = contract("S3", {
  "uploadDirectory and downloadDirectory carry a tree to a bucket and back": documented(
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html",
    Effect.gen(function*() {
      const bucket = "directories-carry"
      yield* create(bucket)
      const [folder, other] = [yield* directory, yield* directory]
      yield* writeTree(folder, tree)
      const up = yield* S3.transferAll(S3.uploadDirectory({ directory: folder, bucket, prefix: "p" }))
      assert.strictEqual(up.uploaded, inOrder.length)
      assert.deepEqual(yield* keys(bucket, "p/"), inOrder)
      yield* S3.transferAll(S3.downloadDirectory({ bucket, prefix: "p", directory: other }))
      assert.deepEqual(yield* readTree(other), tree)
    })
  ),

  "sync transfers what is missing, deletes what only the target has, and then finds nothing to do": documented(
    "https://docs.aws.amazon.com/cli/latest/reference/s3/sync.html",
    Effect.gen(function*() {
      const bucket = "directories-sync"
      yield* create(bucket)
      const folder = yield* directory
      yield* writeTree(folder, tree, 0)
      const up = S3.sync({ from: { directory: folder }, to: { bucket, prefix: "p" }, delete: true })
      assert.strictEqual((yield* S3.transferAll(up)).uploaded, inOrder.length)
      assert.strictEqual((yield* S3.transferAll(up)).planned, 0)
      const across = S3.sync({ from: { bucket, prefix: "p" }, to: { bucket, prefix: "q" }, delete: true })
      assert.strictEqual((yield* S3.transferAll(across)).copied, inOrder.length)
      assert.strictEqual((yield* S3.transferAll(across)).planned, 0)
      const down = S3.sync({ from: { bucket, prefix: "q" }, to: { directory: folder }, delete: true })
      yield* S3.transferAll(down)
      assert.strictEqual((yield* S3.transferAll(down)).planned, 0)
      yield* writeTree(folder, { extra: "x" })
      assert.strictEqual((yield* S3.transferAll(down)).deleted, 1)
      assert.deepEqual(yield* readTree(folder), tree)
      yield* Effect.forEach(Object.keys(tree), (name) => S3.deleteObjects(bucket, [`q/${name}`]))
      assert.strictEqual((yield* S3.transferAll(down)).deleted, inOrder.length)
    })
  )
})
