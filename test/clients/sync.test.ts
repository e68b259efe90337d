// The same tree, synced by this library and by `aws s3 sync`, both ways.
import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { S3 } from "effect-aws-sdk"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Python from "../../scripts/internal/python.ts"
import { readBucket, readTree, type Tree, writeTree } from "../support/directories.ts"
import { bucket, create, directory } from "../support/s3.ts"
import { run, Served } from "./served.ts"

const tree: Tree = {
  "a b.txt": "blank",
  "plus+percent%2F%.txt": "signs",
  "é": "composed",
  "e\u0301": "decomposed",
  "\u{1F600}/\uFF5E/\u{1F468}\u200D\u{1F469}": "emoji",
  "empty": "",
  "b-c": "before the directory b",
  "b/c": "in the directory b",
  "b.d": "between them",
  [Array.from({ length: 30 }, (_, i) => `deep${i}`).join("/")]: "deep",
  ".hidden/.file": "hidden",
  "quote'\"&<>$.html": "quotes"
}

/** Only of extensions that every table has. */
const types = S3.listObjects(bucket).pipe(
  Stream.filter(({ key }) => /\.(?:txt|html)$/.test(key)),
  Stream.mapEffect(({ key }) => Effect.map(S3.headObject(bucket, key), (head) => head.contentType)),
  Stream.runCollect
)

const python = await Effect.runPromise(
  Python.install("clients").pipe(Effect.catchTag("PythonUnavailable", ({ message }) =>
    Effect.sync(() => {
      const why = `Can't compare with aws s3 sync: ${message}.`
      if (process.env["CI"]) throw new Error(why)
      console.log(why)
    })))
)

it.live.skipIf(python === undefined)(
  "sync and aws s3 sync make equal trees, both ways, and each finds nothing to do after the other",
  () =>
    Effect.gen(function*() {
      const { url } = yield* Served
      const awsSync = (...pairs: ReadonlyArray<string>) =>
        Effect.gen(function*() {
          const script = path.join(import.meta.dirname, "sync.py")
          const { status, stderr, stdout } = yield* run(python!, [script, url, ...pairs])
          assert.deepEqual([status, stdout + stderr], [0, ""])
        })
      yield* create
      const [source, ours, theirs] = [yield* directory, yield* directory, yield* directory]
      const outside = yield* directory
      yield* writeTree(source, tree)
      yield* writeTree(outside, { "x/y": "linked" })
      yield* Effect.promise(async () => {
        await fs.mkdir(path.join(source, "nothing/in/it"), { recursive: true })
        await fs.symlink(outside, path.join(source, "link"))
        await fs.symlink("empty", path.join(source, "link-to-file"))
      })

      yield* S3.transferAll(S3.sync({ from: { directory: source }, to: { bucket, prefix: "ours" } }))
      yield* awsSync(source, `s3://${bucket}/theirs`)
      const wanted = { ...tree, "link/x/y": "linked", "link-to-file": "" }
      assert.deepEqual(yield* readBucket("ours/"), wanted)
      assert.deepEqual(yield* readBucket("theirs/"), wanted)
      const all = yield* types
      assert.deepEqual(all.slice(0, all.length / 2), all.slice(all.length / 2))

      yield* S3.transferAll(S3.sync({ from: { bucket, prefix: "theirs" }, to: { directory: ours } }))
      yield* awsSync(`s3://${bucket}/ours`, theirs)
      assert.deepEqual(yield* readTree(ours), wanted)
      assert.deepEqual(yield* readTree(theirs), wanted)

      const nothing = [
        S3.sync({ from: { directory: source }, to: { bucket, prefix: "theirs" } }),
        S3.sync({ from: { bucket, prefix: "ours" }, to: { directory: theirs } })
      ]
      for (const sync of nothing) assert.strictEqual((yield* S3.transferAll(sync)).planned, 0)
      const before = yield* Stream.runCollect(S3.listObjects(bucket))
      yield* awsSync(source, `s3://${bucket}/ours`, `s3://${bucket}/theirs`, ours)
      assert.deepEqual(yield* Stream.runCollect(S3.listObjects(bucket)), before)
    }).pipe(Effect.provide(Served.layer())),
  120_000
)
