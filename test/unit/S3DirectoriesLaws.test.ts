// What holds for any tree of files and any keys.
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { InMemory, S3 } from "effect-aws-sdk"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { compareKeys } from "../../services/internal/s3/keys.ts"
import { pathIn, whyNotAFile } from "../../services/internal/s3/paths.ts"
import { walk } from "../../services/internal/s3/walk.ts"
import { putTree, readBucket, readTree, startClock, type Tree, writeTree } from "../support/directories.ts"
import { bucket, create, directory } from "../support/s3.ts"

const Name = Schema.Array(
  Schema.Literals(["a", "b", "B", "-", ".", "%2F", "+", " ", "é", "e\u0301", "\uFF5E", "\u{1F600}", "\\", "\n", ":"])
).check(Schema.isMinLength(1), Schema.isMaxLength(3))
const Names = Schema.Array(Name).check(Schema.isMinLength(1), Schema.isMaxLength(3))
const Files = Schema.Array(Schema.Struct({ path: Names, content: Schema.Literals(["", "1", "2", "three"]) })).check(
  Schema.isMaxLength(8)
)

/** A tree that a disk can hold: without `.` and `..`, and without a file and a directory of the same name. */
const treeOf = (files: typeof Files.Type): Tree => {
  const tree: Record<string, string> = {}
  for (const { content, path } of files) {
    const name = path.map((part) => part.join("")).join("/")
    const isThere = Object.keys(tree).some((other) => other.startsWith(`${name}/`) || name.startsWith(`${other}/`))
    if (whyNotAFile(name, "linux") === undefined && !isThere) tree[name] = content
  }
  return tree
}

const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

it.prop("keys are compared by their bytes in UTF-8", { a: Schema.String, b: Schema.String }, ({ a, b }) => {
  const isText = (text: string) => Buffer.from(text).toString() === text
  if (isText(a) && isText(b)) assert.strictEqual(Math.sign(compareKeys(a, b)), bytes(a, b))
})

it.prop("a key is the path of one file below the directory, or refused", { key: Schema.String }, ({ key }) => {
  if (whyNotAFile(key, "linux") !== undefined) return
  const file = pathIn("/target/directory", key)
  assert.strictEqual(path.relative("/target/directory", file), key)
  assert.isTrue(file.startsWith("/target/directory/"))
})

it.effect.prop(
  "walk lists the files in the order of S3",
  { files: Files },
  ({ files }) =>
    Effect.scoped(Effect.gen(function*() {
      const folder = yield* directory
      const tree = treeOf(files)
      yield* writeTree(folder, tree)
      const found: Array<string> = []
      yield* Effect.promise(async () => {
        for await (const entries of walk(folder, { fs, symlinks: "follow" })) {
          found.push(...entries.map(({ path }) => path))
        }
      })
      assert.deepEqual(found, Object.keys(tree).sort(bytes))
    })),
  { arbitrary: { runs: 40 } }
)

it.effect.prop(
  "sync makes any target as any source is, and then finds nothing to do",
  { before: Files, after: Files },
  ({ after, before }) =>
    Effect.scoped(Effect.gen(function*() {
      yield* startClock
      yield* create
      const [source, target] = [yield* directory, yield* directory]
      const [wanted, old] = [treeOf(after), treeOf(before)]
      yield* writeTree(source, wanted)
      yield* writeTree(target, old, 0)
      yield* putTree(old, "up/")
      const locations: ReadonlyArray<S3.SyncLocations> = [
        { from: { directory: source }, to: { bucket, prefix: "up" } },
        { from: { bucket, prefix: "up" }, to: { bucket, prefix: "copy" } },
        { from: { bucket, prefix: "copy" }, to: { directory: target } }
      ]
      for (const location of locations) {
        const sync = S3.sync({ ...location, delete: true, compare: "checksum" })
        yield* S3.transferAll(sync)
        const again = yield* S3.transferAll(sync)
        assert.deepEqual([again.planned, again.skipped], [0, Object.keys(wanted).length])
      }
      assert.deepEqual(yield* readBucket("up/"), wanted)
      assert.deepEqual(yield* readBucket("copy/"), wanted)
      assert.deepEqual(yield* readTree(target), wanted)
    })).pipe(Effect.provide(InMemory.layer())),
  { arbitrary: { runs: 25 }, timeout: 60_000 }
)
