// Directories and prefixes as a whole: uploaded, downloaded, and kept in sync.
import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { InMemory, S3 } from "effect-aws-sdk"
import { ends, putTree, readBucket, readTree, startClock, told, type Tree, writeTree } from "../support/directories.ts"
import { bucket, create, directory } from "../support/s3.ts"

const tree: Tree = { "a.txt": "a", "b/c.txt": "c", "b/d/e.txt": "e", "b-c": "", "ü/z": "z" }

it.effect("uploadDirectory uploads every file, and tells what happens to it", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create
    const folder = yield* directory
    yield* writeTree(folder, tree)
    const events = yield* Stream.runCollect(S3.uploadDirectory({ directory: folder, bucket, prefix: "site" }))
    assert.deepEqual(events.filter(({ item }) => item.path === "b/c.txt").map(told), [
      "Planned upload b/c.txt",
      "Started upload b/c.txt",
      "Bytes upload b/c.txt",
      "Done upload b/c.txt"
    ])
    assert.deepEqual(yield* readBucket("site/"), tree)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("downloadDirectory downloads every object, into a directory that it makes", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create
    yield* putTree(tree, "site/")
    const folder = `${yield* directory}/new/folder`
    const summary = yield* S3.transferAll(S3.downloadDirectory({ directory: folder, bucket, prefix: "site" }))
    assert.deepEqual(summary, { planned: 5, uploaded: 0, downloaded: 5, copied: 0, deleted: 0, skipped: 0, bytes: 4 })
    assert.deepEqual(yield* readTree(folder), tree)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("sync makes the target as the source is, and then finds nothing to do", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create
    const [folder, other] = [yield* directory, yield* directory]
    yield* writeTree(folder, tree)
    yield* putTree({ "b/c.txt": "old", extra: "x" }, "site/")
    const up = S3.sync({ from: { directory: folder }, to: { bucket, prefix: "site" }, delete: true })
    assert.deepEqual(yield* ends(up), [
      "Done delete extra",
      "Done upload a.txt",
      "Done upload b-c",
      "Done upload b/c.txt",
      "Done upload b/d/e.txt",
      "Done upload ü/z"
    ])
    assert.deepEqual(yield* readBucket("site/"), tree)
    assert.strictEqual((yield* S3.transferAll(up)).skipped, 5)
    const across = S3.sync({ from: { bucket, prefix: "site" }, to: { bucket, prefix: "copy" }, delete: true })
    assert.strictEqual((yield* S3.transferAll(across)).copied, 5)
    assert.strictEqual((yield* S3.transferAll(across)).skipped, 5)
    const down = S3.sync({ from: { bucket, prefix: "copy" }, to: { directory: other }, delete: true })
    assert.strictEqual((yield* S3.transferAll(down)).downloaded, 5)
    assert.strictEqual((yield* S3.transferAll(down)).skipped, 5)
    assert.deepEqual(yield* readTree(other), tree)
  }).pipe(Effect.provide(InMemory.layer())))
