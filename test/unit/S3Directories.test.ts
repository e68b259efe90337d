// Directories and prefixes as a whole: uploaded, downloaded, and kept in sync.
import { assert, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import {
  ends,
  putTree,
  readBucket,
  readTree,
  startClock,
  told,
  type Tree,
  writeTree,
  written
} from "../support/directories.ts"
import { bucket, create, directory, put } from "../support/s3.ts"

const tree: Tree = { "a.txt": "a", "b/c.txt": "c", "b/d/e.txt": "e", "b-c": "", "ü/z": "z" }

it.effect("uploadDirectory uploads every file, and reports what happens to it", () =>
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

it.effect("uploadDirectory keeps the objects that exist, if it may not overwrite them", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create
    const folder = yield* directory
    yield* writeTree(folder, { "a.txt": "mine", "b.txt": "b" })
    yield* putTree({ "a.txt": "theirs" }, "site/")
    const upload = S3.uploadDirectory({ directory: folder, bucket, prefix: "site", overwrite: false })
    assert.deepEqual(yield* ends(upload), ["Done upload b.txt", "Skipped upload a.txt exists"])
    assert.deepEqual(yield* readBucket("site/"), { "a.txt": "theirs", "b.txt": "b" })
    const { planned, skipped, uploaded } = yield* S3.transferAll(upload)
    assert.deepEqual({ planned, skipped, uploaded }, { planned: 2, skipped: 2, uploaded: 0 })
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

it.effect("sync compares by time, and by content what is of the same second", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create
    const folder = yield* directory
    const sync = (options: S3.SyncOptions = {}) =>
      ends(S3.sync({ from: { directory: folder }, to: { bucket }, ...options }))
    yield* writeTree(folder, { a: "one" })
    assert.deepEqual(yield* sync(), ["Done upload a"])
    yield* writeTree(folder, { a: "two" })
    assert.deepEqual(yield* sync(), ["Skipped upload a unchanged"])
    assert.deepEqual(yield* sync({ compare: "checksum" }), ["Done upload a"])
    assert.deepEqual(yield* sync({ compare: "checksum" }), ["Skipped upload a unchanged"])
    const second = written + 60_000
    yield* writeTree(folder, { a: "two" }, second + 500)
    assert.deepEqual(yield* sync(), ["Skipped upload a unchanged"])
    yield* writeTree(folder, { a: "six" }, second + 500)
    assert.deepEqual(yield* sync({ compare: "size" }), ["Skipped upload a unchanged"])
    assert.deepEqual(yield* sync(), ["Done upload a"])
    yield* writeTree(folder, { a: "ten" }, second + 1_000)
    assert.deepEqual(yield* sync(), ["Done upload a"])

    const down = (options: S3.SyncOptions = {}) =>
      ends(S3.sync({ from: { bucket }, to: { directory: folder }, ...options }))
    assert.deepEqual(yield* down(), ["Done download a"])
    assert.strictEqual((yield* Effect.promise(() => fs.stat(path.join(folder, "a")))).mtimeMs, second)
    assert.deepEqual(yield* down(), ["Skipped download a unchanged"])
    for (const time of [second - 1, second + 1_000]) {
      yield* writeTree(folder, { a: "odd" }, time)
      assert.deepEqual(yield* down({ compare: "size" }), ["Skipped download a unchanged"])
      assert.deepEqual(yield* down(), ["Done download a"])
    }
    yield* writeTree(folder, { a: "ten" }, second + 500)
    assert.deepEqual(yield* down(), ["Skipped download a unchanged"])
    yield* writeTree(folder, { a: "odd" }, second)
    assert.deepEqual(yield* down({ compare: "checksum" }), ["Done download a"])

    const copy = (options: S3.SyncOptions = {}) =>
      ends(S3.sync({ from: { bucket, prefix: "x" }, to: { bucket, prefix: "y" }, ...options }))
    yield* put("x/a", "one")
    yield* put("y/a", "two")
    assert.deepEqual(yield* copy({ compare: "size" }), ["Skipped copy a unchanged"])
    assert.deepEqual(yield* copy(), ["Done copy a"])
    assert.deepEqual(yield* copy({ compare: "checksum" }), ["Skipped copy a unchanged"])
    yield* TestClock.adjust("1 minute")
    yield* put("y/a", "two")
    assert.deepEqual(yield* copy(), ["Skipped copy a unchanged"])
    assert.deepEqual(yield* copy({ compare: "checksum" }), ["Done copy a"])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("what the filter leaves out is neither written nor deleted", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create
    const folder = yield* directory
    yield* writeTree(folder, { "a.html": "a", "d/b.html": "b", "a.map": "map", "new.map": "map" })
    yield* putTree({ "a.map": "old", "c.map": "c", "d/c.html": "c" })
    const filter = (path: string) => path.endsWith(".html")
    const sync = S3.sync({ from: { directory: folder }, to: { bucket }, delete: true, filter })
    assert.deepEqual(yield* ends(sync), ["Done delete d/c.html", "Done upload a.html", "Done upload d/b.html"])
    assert.deepEqual(yield* readBucket(), { "a.html": "a", "a.map": "old", "c.map": "c", "d/b.html": "b" })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("a dry run only says what there is to do", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create
    const folder = yield* directory
    yield* writeTree(folder, { a: "a", b: "b" })
    yield* putTree({ b: "b", c: "c" })
    const up = S3.sync({ from: { directory: folder }, to: { bucket }, delete: true, dryRun: true })
    assert.deepEqual(yield* Stream.runCollect(Stream.map(up, told)), [
      "Planned upload a",
      "Skipped upload b unchanged",
      "Planned delete c"
    ])
    const none = path.join(folder, "none")
    const down = S3.sync({ from: { bucket }, to: { directory: none }, dryRun: true })
    assert.deepEqual(yield* Stream.runCollect(Stream.map(down, told)), ["Planned download b", "Planned download c"])
    assert.deepEqual(yield* readTree(folder), { a: "a", b: "b" })
    assert.deepEqual(yield* readBucket(), { b: "b", c: "c" })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("downloadDirectory overwrites a file only if it may", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create
    const folder = yield* directory
    yield* writeTree(folder, { a: "mine" })
    yield* putTree({ a: "theirs", b: "b" })
    const download = (overwrite?: boolean) => ends(S3.downloadDirectory({ bucket, directory: folder, overwrite }))
    assert.deepEqual(yield* download(), ["Done download b", "Failed download a FileAlreadyExists"])
    assert.deepEqual(yield* readTree(folder), { a: "mine", b: "b" })
    assert.deepEqual(yield* download(true), ["Done download a", "Done download b"])
    assert.deepEqual(yield* readTree(folder), { a: "theirs", b: "b" })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("transferAll fails with TransferIncomplete, which says what failed, and crosses as JSON", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create
    yield* putTree({ a: "a", "b//c": "b" })
    const error = yield* Effect.flip(S3.transferAll(S3.downloadDirectory({ bucket, directory: yield* directory })))
    assert.instanceOf(error, S3.TransferIncomplete)
    if (!(error instanceof S3.TransferIncomplete)) return
    assert.deepEqual(error.failed.map(({ error, item }) => [item.path, error._tag]), [["b//c", "KeyNotAFileName"]])
    assert.strictEqual(error.summary.downloaded, 1)
    assert.include(error.message, "1 of the transfers failed; 1 succeeded.")
    const json = yield* Schema.encodeEffect(S3.TransferIncomplete)(error)
    assert.deepEqual(yield* Schema.decodeUnknownEffect(S3.TransferIncomplete)(JSON.parse(JSON.stringify(json))), error)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("uploadDirectory gives each object what its options say", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create
    const folder = yield* directory
    yield* writeTree(folder, { "a.html": "a", "b/c.bin": "c" })
    const object = ({ path, size }: S3.SourceFileInfo) => ({ metadata: { path, size: `${size}` } })
    yield* S3.transferAll(S3.uploadDirectory({ directory: folder, bucket, object }))
    assert.deepEqual(yield* S3.getObjectMetadata(bucket, "b/c.bin"), { path: "b/c.bin", size: "1" })
    yield* S3.transferAll(
      S3.sync({ from: { bucket, prefix: "b" }, to: { bucket, prefix: "d" }, object: { metadata: { a: "1" } } })
    )
    assert.deepEqual(yield* S3.getObjectMetadata(bucket, "d/c.bin"), { a: "1" })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("the events of a large file say how far it is", () =>
  Effect.gen(function*() {
    yield* startClock
    yield* create
    const size = 20 * 2 ** 20
    yield* put("large", Buffer.alloc(size))
    const bytes = yield* S3.downloadDirectory({ bucket, directory: yield* directory }).pipe(
      Stream.filter(S3.TransferEvent.$is("Bytes")),
      Stream.map(({ total, transferred }) => [transferred, total]),
      Stream.runCollect
    )
    assert.deepEqual(bytes.at(-1), [size, size])
  }).pipe(Effect.provide(InMemory.layer())))
