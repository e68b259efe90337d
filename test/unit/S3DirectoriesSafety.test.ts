// What directories and keys can do to each other: no file outside the directory, nothing lost, nothing left.
import { PutBucketPolicyCommand } from "@aws-sdk/client-s3"
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Redacted, Stream } from "effect"
import { type AwsClients, InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { whyNotAFile } from "../../services/internal/s3/paths.ts"
import { ends, putTree, readBucket, readTree, startClock, writeTree, written } from "../support/directories.ts"
import {
  bucket,
  countCalls,
  countUploads,
  create,
  directory,
  entries,
  failing,
  onDisk,
  put,
  until
} from "../support/s3.ts"

const link = (target: string, place: string) => Effect.promise(() => fs.symlink(target, place))

const start = Effect.andThen(startClock, create)

it.effect("downloadDirectory writes no file for a key that leads out of the directory", () =>
  Effect.gen(function*() {
    yield* start
    const wrong = ["../out", "a/../../out", "/out", "a//b", "./a", "a/.", "..", "c/"]
    yield* putTree(Object.fromEntries([...wrong, "a/b", "..c", "a\\..\\b"].map((name) => [name, name])), "in/")
    const parent = yield* directory
    const folder = path.join(parent, "target")
    const told = yield* ends(S3.downloadDirectory({ bucket, prefix: "in/", directory: folder }))
    assert.deepEqual(
      told.filter((end) => end.startsWith("Failed")),
      wrong.map((name) => `Failed download ${name} KeyNotAFileName`).sort()
    )
    assert.deepEqual(yield* readTree(parent), {
      "target/a/b": "a/b",
      "target/..c": "..c",
      "target/a\\..\\b": "a\\..\\b"
    })
  }).pipe(Effect.provide(InMemory.layer())))

it("no key becomes a name that Windows takes for another file, a stream, a drive or a device", () => {
  const wrong = ["a\\b", "..\\a", "C:/a", "a:b", "nul", "a/CON.txt", "com1", "a.", "a ", "a?", "a*", "a\u0001b"]
  for (const key of wrong) assert.isString(whyNotAFile(key, "win32"), key)
  for (const key of ["console", "a/b.txt", "com", "ü", ".a"]) assert.isUndefined(whyNotAFile(key, "win32"), key)
  for (const key of wrong) assert.isUndefined(whyNotAFile(key, "linux"), key)
  for (const platform of ["linux", "win32"] as const) {
    for (const key of ["", "/a", "a/", "a//b", ".", "a/../b", "a\0"]) assert.isString(whyNotAFile(key, platform), key)
  }
})

it.effect("a link that leads to nothing new has no events if the filter leaves it out, and what is below it isn't deleted", () =>
  Effect.gen(function*() {
    yield* start
    const source = yield* directory
    yield* writeTree(source, { "a/x": "x" })
    yield* link("nowhere", path.join(source, "broken"))
    yield* link("..", path.join(source, "a", "loop"))
    yield* putTree({ "out/a/old": "old", "out/broken/y": "y" })
    const upload = (filter: (path: string) => boolean) =>
      ends(S3.sync({ from: { directory: source }, to: { bucket, prefix: "out" }, delete: true, filter }))
    const noLinks = (path: string) => path !== "broken" && path !== "a/loop"
    assert.sameMembers([...yield* upload(noLinks)], [
      "Done upload a/x",
      "Done delete a/old",
      "Skipped delete broken/y source-incomplete"
    ])
    assert.include((yield* upload(() => true)).join(), "Failed upload broken CannotReadFile")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("sync writes and deletes nothing through a link that leads out of the directory", () =>
  Effect.gen(function*() {
    yield* start
    yield* putTree({ "out/mine": "new", "out/x": "x", "in/x": "x", "real/y": "y" })
    const [folder, outside] = [yield* directory, yield* directory]
    yield* writeTree(outside, { mine: "mine", other: "other" })
    yield* writeTree(folder, { "real/z": "z" })
    yield* link(outside, path.join(folder, "out"))
    yield* link("real", path.join(folder, "in"))
    const told = yield* ends(S3.sync({ from: { bucket }, to: { directory: folder }, delete: true }))
    assert.deepEqual(told, [
      "Done delete real/z",
      "Done download in/x",
      "Done download real/y",
      "Failed download out/mine KeyNotAFileName",
      "Failed download out/x KeyNotAFileName",
      "Skipped delete in/z symbolic-link",
      "Skipped delete out/other symbolic-link"
    ])
    assert.deepEqual(yield* readTree(outside), { mine: "mine", other: "other" })
    assert.deepEqual(yield* readTree(path.join(folder, "real")), { x: "x", y: "y" })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("sync replaces a link by the file, and leaves what the link led to", () =>
  Effect.gen(function*() {
    yield* start
    yield* putTree({ a: "new" })
    const [folder, outside] = [yield* directory, yield* directory]
    yield* writeTree(outside, { mine: "mine" })
    yield* link(path.join(outside, "mine"), path.join(folder, "a"))
    yield* link(path.join(outside, "mine"), path.join(folder, "b"))
    const told = yield* ends(S3.sync({ from: { bucket }, to: { directory: folder }, delete: true }))
    assert.deepEqual(told, ["Done delete b", "Done download a"])
    assert.deepEqual(yield* readTree(folder), { a: "new" })
    assert.deepEqual(yield* readTree(outside), { mine: "mine" })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("downloadDirectory fails for the key below a file's, and for no other", () =>
  Effect.gen(function*() {
    yield* start
    yield* putTree({ a: "a", "a-b": "", "a/b": "b", "a/c/d": "d", "b/c": "c" })
    const folder = yield* directory
    const told = yield* ends(S3.downloadDirectory({ bucket, directory: folder }))
    assert.deepEqual(told, [
      "Done download a",
      "Done download a-b",
      "Done download b/c",
      "Failed download a/b KeyNotAFileName",
      "Failed download a/c/d KeyNotAFileName"
    ])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("sync puts a file where a directory was, and a directory where a file was, if it may delete", () =>
  Effect.gen(function*() {
    yield* start
    yield* putTree({ a: "a", "b/c": "c" })
    const folder = yield* directory
    yield* writeTree(folder, { "a/x/y": "y", "a/z": "z", b: "b" })
    yield* Effect.promise(() => fs.mkdir(path.join(folder, "a/empty")))
    const sync = S3.sync({ from: { bucket }, to: { directory: folder } })
    assert.deepEqual(yield* ends(sync), ["Failed download a FileAlreadyExists", "Failed download b/c CannotWriteFile"])
    const told = yield* ends(S3.sync({ from: { bucket }, to: { directory: folder }, delete: true }))
    assert.deepEqual(told, [
      "Done delete a/x/y",
      "Done delete a/z",
      "Done delete b",
      "Done download a",
      "Done download b/c"
    ])
    assert.deepEqual(yield* readTree(folder), { a: "a", "b/c": "c" })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("sync overwrites no file that it doesn't know, as one whose name differs in case where the disk knows no case", () =>
  Effect.gen(function*() {
    yield* start
    yield* putTree({ A: "large", a: "small" })
    const folder = yield* directory
    const there = new Set<string>()
    const noCase = onDisk({
      link: async (from, to) => {
        const name = String(to).toLowerCase()
        if (there.has(name)) throw Object.assign(new Error("EEXIST"), { code: "EEXIST" })
        there.add(name)
        await fs.link(from, to)
      }
    })
    const told = yield* ends(S3.sync({ from: { bucket }, to: { directory: folder }, concurrency: 1 })).pipe(noCase)
    assert.deepEqual(told, ["Done download A", "Failed download a FileAlreadyExists"])
    assert.deepEqual(yield* readTree(folder), { A: "large" })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("folder markers are skipped, and never deleted", () =>
  Effect.gen(function*() {
    yield* start
    yield* put("site/", "")
    yield* put("site/a/", "")
    yield* put("site/b/", "bytes")
    const folder = yield* directory
    const told = yield* ends(S3.downloadDirectory({ bucket, prefix: "site", directory: folder }))
    assert.deepEqual(told, [
      "Failed download b/ KeyNotAFileName",
      "Skipped download  folder-marker",
      "Skipped download a/ folder-marker"
    ])
    const up = S3.sync({ from: { directory: folder }, to: { bucket, prefix: "site" }, delete: true })
    assert.deepEqual(yield* ends(up), ["Done delete b/"])
    assert.deepEqual(yield* readBucket(), { "site/": "", "site/a/": "" })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("uploadDirectory opens nothing but regular files, and fails for what it can't read", () =>
  Effect.gen(function*() {
    yield* start
    const [folder, outside] = [yield* directory, yield* directory]
    yield* writeTree(folder, { a: "a", "d/e": "e", ".0b5e4a52-7a0c-4e8f-9d0f-0a4cbf2f5b11.part": "half" })
    yield* writeTree(outside, { "x/y": "y" })
    execFileSync("mkfifo", [path.join(folder, "fifo")])
    yield* link("nowhere", path.join(folder, "broken"))
    yield* link("self", path.join(folder, "self"))
    yield* link("..", path.join(folder, "d/up"))
    yield* link(outside, path.join(folder, "l"))
    yield* link(folder, path.join(outside, "back"))
    yield* link(path.join(folder, "a"), path.join(folder, "file"))
    yield* Effect.promise(() => fs.writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x61])]), ""))
    const upload = S3.uploadDirectory({ directory: folder, bucket })
    assert.deepEqual(yield* ends(upload), [
      "Done upload a",
      "Done upload d/e",
      "Done upload file",
      "Done upload l/x/y",
      "Failed upload broken CannotReadFile",
      "Failed upload d/up CannotReadFile",
      "Failed upload l/back CannotReadFile",
      "Failed upload self CannotReadFile",
      "Failed upload \uFFFDa CannotReadFile",
      "Skipped upload .0b5e4a52-7a0c-4e8f-9d0f-0a4cbf2f5b11.part unfinished-download",
      "Skipped upload fifo special-file"
    ])
    const links = (symlinks: S3.SymlinkPolicy) =>
      Effect.map(
        ends(S3.uploadDirectory({ directory: folder, bucket, symlinks })),
        (told) => told.filter((end) => /^(?:Skipped|Failed) upload (?!\uFFFD|fifo|\.)/.test(end))
      )
    const names = ["broken", "d/up", "file", "l", "self"]
    assert.deepEqual(yield* links("skip"), names.map((name) => `Skipped upload ${name} symbolic-link`))
    assert.deepEqual(yield* links("fail"), names.map((name) => `Failed upload ${name} CannotReadFile`))
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("sync deletes nothing when a part of the source can't be read", () =>
  Effect.gen(function*() {
    yield* start
    yield* putTree({ "d/e": "e", x: "x" })
    const folder = yield* directory
    yield* writeTree(folder, { "d/e": "e", a: "a" })
    const told = yield* ends(S3.sync({ from: { directory: folder }, to: { bucket }, delete: true })).pipe(
      onDisk({
        readdir: ((name: string, ...more: ReadonlyArray<never>) =>
          name.endsWith("/d") ? failing("EACCES")() : fs.readdir(name, ...more)) as typeof fs.readdir
      })
    )
    assert.deepEqual(told, [
      "Done upload a",
      "Failed upload d CannotReadFile",
      "Skipped delete d/e source-incomplete",
      "Skipped delete x source-incomplete"
    ])
    assert.deepEqual(yield* readBucket(), { a: "a", "d/e": "e", x: "x" })
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("sync keeps what is below a link that it skips", () =>
  Effect.gen(function*() {
    yield* start
    yield* putTree({ "l/x": "x", "l-x": "x" })
    const [folder, outside] = [yield* directory, yield* directory]
    yield* link(outside, path.join(folder, "l"))
    const told = yield* ends(S3.sync({ from: { directory: folder }, to: { bucket }, delete: true, symlinks: "skip" }))
    assert.deepEqual(told, [
      "Done delete l-x",
      "Skipped delete l/x symbolic-link",
      "Skipped upload l symbolic-link"
    ])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("sync deletes nothing when the list of the source fails half-way", () =>
  Effect.gen(function*() {
    yield* start
    yield* putTree(Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`a/${i}`, ""])))
    const folder = yield* directory
    yield* writeTree(folder, { "0": "mine", z: "mine" })
    yield* InMemory.inject({
      operation: "ListObjectsV2",
      nth: 2,
      fault: InMemory.fault({ code: "AccessDenied", message: "no", statusCode: 403 })
    })
    const exit = yield* Effect.exit(
      S3.transferAll(S3.sync({ from: { bucket, prefix: "a" }, to: { directory: folder }, delete: true }))
    )
    assert.isTrue(Exit.isFailure(exit))
    assert.includeMembers(yield* entries(folder), ["0", "z"])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("a consumer that stops, and one that is interrupted, leave no temporary file and no unfinished upload", () =>
  Effect.gen(function*() {
    yield* start
    const [folder, other] = [yield* directory, yield* directory]
    yield* writeTree(folder, { large: "x".repeat(20 * 2 ** 20), small: "s" })
    const upload = S3.uploadDirectory({ directory: folder, bucket })
    yield* InMemory.inject({ operation: "UploadPart", fault: InMemory.delay("1 hour") })
    const fiber = yield* Effect.forkChild(S3.transferAll(upload))
    yield* until("the upload", Effect.orDie(Effect.map(countUploads, (count) => count > 0)))
    yield* Fiber.interrupt(fiber)
    assert.strictEqual(yield* countUploads, 0)

    yield* put("large", "x".repeat(2 ** 20))
    yield* InMemory.inject({ operation: "GetObject", fault: InMemory.delay("1 hour") })
    const started = yield* S3.downloadDirectory({ bucket, directory: other }).pipe(
      Stream.filter(S3.TransferEvent.$is("Started")),
      Stream.take(1),
      Stream.runCollect
    )
    assert.strictEqual(started.length, 1)
    assert.deepEqual(yield* entries(other), [])
    yield* TestClock.adjust("1 hour")
    assert.deepEqual(yield* entries(other), [])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("the Stream fails when the whole is impossible", () =>
  Effect.gen(function*() {
    yield* start
    const folder = yield* directory
    yield* writeTree(folder, { a: "a", b: "b" })
    const none = path.join(folder, "none")
    const there = { directory: folder }
    const tag = <A, E extends { readonly _tag: string }, R>(events: Stream.Stream<A, E, R>) =>
      Effect.map(Effect.flip(Stream.runDrain(events)), ({ _tag }) => _tag)
    for (const missing of [none, "", path.join(folder, "a")]) {
      assert.strictEqual(yield* tag(S3.uploadDirectory({ directory: missing, bucket })), "DirectoryDoesNotExist")
      const sync = S3.sync({ from: { directory: missing }, to: { bucket }, delete: true })
      assert.strictEqual(yield* tag(sync), "DirectoryDoesNotExist")
    }
    const noBucket = { bucket: "no-bucket" }
    assert.strictEqual(yield* tag(S3.uploadDirectory({ ...there, ...noBucket })), "BucketDoesNotExist")
    assert.strictEqual(yield* tag(S3.downloadDirectory({ ...noBucket, directory: none })), "BucketDoesNotExist")
    assert.strictEqual(yield* tag(S3.sync({ from: there, to: noBucket })), "BucketDoesNotExist")
    assert.strictEqual(yield* tag(S3.sync({ from: noBucket, to: { directory: none } })), "BucketDoesNotExist")
    assert.strictEqual(yield* tag(S3.sync({ from: { bucket }, to: noBucket })), "BucketDoesNotExist")
    assert.deepEqual((yield* entries(folder)).sort(), ["a", "b"])
    yield* put("x")
    assert.strictEqual(
      yield* tag(S3.downloadDirectory({ bucket, directory: path.join(folder, "a/b") })),
      "CannotWriteFile"
    )
    assert.strictEqual(yield* tag(S3.downloadDirectory({ bucket, directory: "" })), "DirectoryDoesNotExist")
    for (const concurrency of [0, -1, 1.5, NaN, Infinity]) {
      assert.strictEqual(yield* tag(S3.uploadDirectory({ ...there, bucket, concurrency })), "AwsError")
    }
    for (
      const [from, to] of [[undefined, undefined], ["a", undefined], [undefined, "a"], ["a/b", "a"], [
        "a",
        "a/"
      ]] as const
    ) {
      const sync = S3.sync({ from: { bucket, prefix: from }, to: { bucket, prefix: to } })
      assert.strictEqual(yield* tag(sync), "CannotSync")
    }
    assert.strictEqual(yield* tag(S3.sync({ from: there, to: there })), "CannotSync")
    const deny = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:ListBucket", Resource: `arn:aws:s3:::${bucket}` }]
    }
    yield* S3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(deny) }))
    assert.strictEqual(yield* tag(S3.sync({ from: there, to: { bucket } })), "AwsError")
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("a file that vanishes or can't be read fails alone", () =>
  Effect.gen(function*() {
    yield* start
    const folder = yield* directory
    yield* writeTree(folder, { a: "a", b: "b", c: "c" }, written)
    const told = yield* ends(S3.uploadDirectory({ directory: folder, bucket })).pipe(onDisk({
      open: (name, ...more) =>
        String(name).endsWith("a")
          ? failing("EACCES")()
          : String(name).endsWith("b")
          ? failing("ENOENT")()
          : fs.open(name, ...more)
    }))
    assert.deepEqual(told, ["Done upload c", "Failed upload a CannotReadFile", "Failed upload b CannotReadFile"])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("an object whose key is the prefix itself isn't lost: no file can have its name, but a copy can", () =>
  Effect.gen(function*() {
    yield* start
    yield* putTree({ "in/": "content", "in/a": "a", "in/a/b": "b", "kept/": "content" })
    const folder = yield* directory
    const error = yield* Effect.flip(S3.transferAll(S3.downloadDirectory({ bucket, prefix: "in", directory: folder })))
    assert.strictEqual(error._tag, "TransferIncomplete")
    const failed = (error as S3.TransferIncomplete).failed
    assert.deepEqual(
      failed.map(({ error }) => [error._tag, (error as S3.KeyNotAFileName).key]),
      [["KeyNotAFileName", "in/"], ["KeyNotAFileName", "in/a/b"]]
    )
    yield* S3.transferAll(S3.sync({ from: { bucket, prefix: "in" }, to: { bucket, prefix: "out" } }))
    assert.strictEqual(yield* S3.getText(bucket, "out/"), "content")
    yield* S3.transferAll(S3.sync({ from: { bucket, prefix: "none" }, to: { bucket, prefix: "kept" }, delete: true }))
    assert.isTrue(yield* S3.exists(bucket, "kept/"))
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("directories leave a bucket of another account than expectedOwner as it is, and read nothing of it", () =>
  Effect.gen(function*() {
    yield* start
    const folder = yield* directory
    yield* writeTree(folder, { a: "mine" })
    yield* putTree({ "in/b": "theirs", "out/c": "theirs" })
    const before = yield* readBucket()
    const theirs = { bucket, expectedOwner: "999999999999" }
    const codes = (effect: Effect.Effect<unknown, S3.TransferIncomplete | { readonly _tag: string }, AwsClients>) =>
      Effect.map(
        Effect.flip(effect),
        (error) =>
          (error instanceof S3.TransferIncomplete ? error.failed.map((one) => one.error) : [error]).map(({ _tag }) =>
            _tag
          )
      )
    assert.deepEqual(
      yield* codes(S3.transferAll(S3.uploadDirectory({ ...theirs, directory: folder }))),
      ["BucketAccessDenied"]
    )
    const target = path.join(yield* directory, "target")
    const transfers = [
      S3.downloadDirectory({ ...theirs, directory: target }),
      S3.sync({ from: { directory: folder }, to: theirs, delete: true }),
      S3.sync({ from: theirs, to: { directory: target }, delete: true }),
      S3.sync({ from: { bucket, prefix: "in" }, to: { ...theirs, prefix: "out" }, delete: true })
    ]
    for (const transfer of transfers) assert.deepEqual(yield* codes(S3.transferAll(transfer)), ["AwsError"])
    assert.deepEqual(yield* readBucket(), before)
    assert.strictEqual(yield* countCalls("GetObject"), 2 * Object.keys(before).length)
  }).pipe(Effect.provide(InMemory.layer())))

for (const compare of ["size-and-time", "checksum"] as const) {
  it.effect(`sync reads and compares objects that were encrypted with the caller's key, by ${compare}`, () =>
    Effect.gen(function*() {
      yield* start
      const customerKey = Redacted.make(new Uint8Array(32).fill(7))
      const source = yield* directory
      yield* writeTree(source, { a: "a", "b/c": "c" })
      const there = { bucket, prefix: "there", customerKey }
      const up = S3.sync({ from: { directory: source }, to: there, compare, object: { encryption: { customerKey } } })
      assert.strictEqual((yield* S3.transferAll(up)).uploaded, 2)
      assert.strictEqual((yield* S3.transferAll(up)).skipped, 2)
      const copy = { bucket, prefix: "copy", customerKey }
      yield* S3.transferAll(S3.sync({ from: there, to: copy, compare, object: { encryption: { customerKey } } }))
      const target = yield* directory
      const down = S3.sync({ from: copy, to: { directory: target }, compare })
      assert.strictEqual((yield* S3.transferAll(down)).downloaded, 2)
      assert.strictEqual((yield* S3.transferAll(down)).skipped, 2)
      assert.deepEqual(yield* readTree(target), { a: "a", "b/c": "c" })
    }).pipe(Effect.provide(InMemory.layer())))
}
