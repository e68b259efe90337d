// The commands of examples/s3 on the in-memory AWS. `clients/s3Example.test.ts` runs the program as a process.
import { PutBucketVersioningCommand } from "@aws-sdk/client-s3"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Runtime, Stream } from "effect"
import { AwsClients, InMemory, S3 } from "effect-aws-sdk"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { command } from "../../examples/s3/Commands.ts"
import { run } from "../../examples/s3/Run.ts"
import * as Screen from "../../examples/s3/Screen.ts"
import { bucket, create, directory, put, write } from "../support/s3.ts"
import { fakeProcess } from "../support/screen.ts"

/** Runs the program on the clients of the test: its exit code, its lines, and those on stderr. */
const s3 = Effect.fnUntraced(function*(args: ReadonlyArray<string>, options?: Parameters<typeof fakeProcess>[0]) {
  const { process, written } = fakeProcess(options)
  const clients = yield* AwsClients
  const exit = yield* run(command(() => Layer.succeed(AwsClients, clients)), args).pipe(
    Effect.provide(Layer.merge(Screen.layer(process), NodeServices.layer)),
    Effect.exit
  )
  const lines = written.join("").split("\n").slice(0, -1)
  return {
    status: Exit.isSuccess(exit) ? 0 : Runtime.getErrorExitCode(Cause.squash(exit.cause)),
    out: written.filter((text) => !text.startsWith(">")).join("").split("\n").slice(0, -1),
    err: lines.filter((line) => line.startsWith(">")).map((line) => line.slice(1)),
    written
  }
})

const keys = Effect.map(Stream.runCollect(S3.listObjects(bucket)), (objects) => objects.map(({ key }) => key))

/** A directory with these files. */
const tree = Effect.fnUntraced(function*(files: Readonly<Record<string, string>>) {
  const root = yield* directory
  for (const [name, content] of Object.entries(files)) {
    yield* Effect.promise(() => fs.mkdir(path.join(root, path.dirname(name)), { recursive: true }))
    yield* write(path.join(root, name), content)
  }
  return root
})

const read = (file: string) => Effect.promise(() => fs.readFile(file, "utf8"))

describe("examples/s3 up", () => {
  it.effect("uploads a file, which keeps its name after a slash, and says so in one line", () =>
    Effect.gen(function*() {
      yield* create
      const file = path.join(yield* tree({ "page.html": "<p>" }), "page.html")
      const { err, out, status } = yield* s3(["up", file, `s3://${bucket}/site/`, "--cache-control", "max-age=60"])
      assert.deepEqual({ err, out, status }, {
        err: [],
        out: [`upload: ${file} to s3://${bucket}/site/page.html (3 bytes)`],
        status: 0
      })
      const { cacheControl, contentType } = yield* S3.headObject(bucket, "site/page.html")
      assert.strictEqual(cacheControl, "max-age=60")
      assert.match(contentType ?? "", /^text\/html/)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("replaces nothing with --if-absent", () =>
    Effect.gen(function*() {
      yield* create
      yield* put("taken", "theirs")
      const file = path.join(yield* tree({ mine: "mine" }), "mine")
      const { err, out, status } = yield* s3(["up", "--if-absent", file, `s3://${bucket}/taken`])
      assert.deepEqual([out, err.length, status], [[], 1, 1])
      assert.strictEqual(yield* S3.getText(bucket, "taken"), "theirs")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("replaces nothing in a directory with --if-absent", () =>
    Effect.gen(function*() {
      yield* create
      yield* put("backup/a.txt", "theirs")
      const root = yield* tree({ "a.txt": "mine", "b.txt": "b" })
      const { err, out, status } = yield* s3(["up", "--if-absent", root, `s3://${bucket}/backup`])
      assert.deepEqual([err, status], [[], 0])
      assert.deepEqual(out, [
        `upload: ${root}/b.txt to s3://${bucket}/backup/b.txt`,
        "1 uploaded, 1 skipped (1 byte)"
      ])
      assert.strictEqual(yield* S3.getText(bucket, "backup/a.txt"), "theirs")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("uploads a directory, one line for each file", () =>
    Effect.gen(function*() {
      yield* create
      const root = yield* tree({ "a.txt": "a", "b/c.txt": "cc" })
      const { err, out, status } = yield* s3(["up", root, `s3://${bucket}/backup`])
      assert.deepEqual([err, status], [[], 0])
      assert.deepEqual(out.toSorted(), [
        "2 uploaded (3 bytes)",
        `upload: ${root}/a.txt to s3://${bucket}/backup/a.txt`,
        `upload: ${root}/b/c.txt to s3://${bucket}/backup/b/c.txt`
      ])
      assert.deepEqual(yield* keys, ["backup/a.txt", "backup/b/c.txt"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("draws a bar on a terminal, and takes it away", () =>
    Effect.gen(function*() {
      yield* create
      const file = path.join(yield* tree({ "page.html": "<p>" }), "page.html")
      const { written } = yield* s3(["up", file, `s3://${bucket}/page.html`], { tty: true })
      assert.include(written.join(""), "100 %")
      assert.deepEqual(written.at(-2), ">\r\u001b[K")
      assert.match(written.at(-1)!, /^upload: /)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("examples/s3 down", () => {
  it.effect("downloads into a directory, and replaces a file only with --overwrite", () =>
    Effect.gen(function*() {
      yield* create
      yield* put("reports/today.csv", "1,2")
      const root = yield* directory
      const from = `s3://${bucket}/reports/today.csv`
      const target = path.join(root, "today.csv")
      const first = yield* s3(["down", from, root])
      assert.deepEqual([first.out, first.status], [[`download: ${from} to ${target} (3 bytes)`], 0])

      yield* put("reports/today.csv", "3,4")
      const refused = yield* s3(["down", from, root])
      assert.deepEqual([refused.out, refused.err.length, refused.status], [[], 1, 1])
      assert.strictEqual(yield* read(target), "1,2")
      const { status } = yield* s3(["down", "--overwrite", from, root])
      assert.strictEqual(status, 0)
      assert.strictEqual(yield* read(target), "3,4")
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("writes an object to the standard output as it is", () =>
    Effect.gen(function*() {
      yield* create
      yield* put("a", "one\ntwo\n")
      const { err, out, status } = yield* s3(["down", `s3://${bucket}/a`, "-"])
      assert.deepEqual([err, out, status], [[], ["one", "two"], 0])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("downloads a prefix into a directory, and exits with 1 if one object can't be a file there", () =>
    Effect.gen(function*() {
      yield* create
      yield* Effect.forEach(["p/a", "p/b/c", "p/b//d"], (key) => put(key))
      const root = yield* directory
      const target = path.join(root, "deep", "er")
      yield* Effect.promise(() => fs.mkdir(target, { recursive: true }))
      const { err, out, status } = yield* s3(["down", `s3://${bucket}/p/`, target])
      assert.strictEqual(status, 1)
      assert.include(out, `download: s3://${bucket}/p/a to ${target}/a`)
      assert.lengthOf(err, 2)
      assert.include(err[0], "two slashes")
      assert.strictEqual(err[1], "Error: 1 item failed.")
      assert.strictEqual(yield* read(path.join(target, "b/c")), "p/b/c")
      assert.deepEqual(yield* Effect.promise(() => fs.readdir(root)), ["deep"])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("examples/s3 sync", () => {
  it.effect("transfers what differs, deletes what is only in the target, and does nothing in a dry run", () =>
    Effect.gen(function*() {
      yield* create
      const root = yield* tree({ "index.html": "<p>", "img/logo.svg": "<svg/>" })
      yield* put("site/old.html")
      const args = ["sync", root, `s3://${bucket}/site`, "--delete"]
      const plan = yield* s3([...args, "--dry-run"])
      assert.strictEqual(plan.status, 0)
      assert.include(plan.out, `would upload: ${root}/index.html to s3://${bucket}/site/index.html`)
      assert.include(plan.out, `would delete: s3://${bucket}/site/old.html`)
      assert.deepEqual(yield* keys, ["site/old.html"])

      const done = yield* s3(args)
      assert.deepEqual([done.err, done.status], [[], 0])
      assert.match(done.out.at(-1)!, /^2 uploaded, 1 deleted/)
      assert.deepEqual(yield* keys, ["site/img/logo.svg", "site/index.html"])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("exits with 1 if one file failed, and transfers the others", () =>
    Effect.gen(function*() {
      yield* create
      const root = yield* tree({ a: "a", b: "b", c: "c" })
      const denied = InMemory.fault({ code: "AccessDenied", message: "no", statusCode: 403 })
      yield* InMemory.inject({ operation: "PutObject", nth: 2, fault: denied })
      const { err, out, status } = yield* s3(["sync", root, `s3://${bucket}`])
      assert.strictEqual(status, 1)
      assert.lengthOf(err, 2)
      assert.match(err[0]!, /^Error: upload: .* to s3:.*: /)
      assert.lengthOf(out.filter((line) => line.startsWith("upload: ")), 2)
      assert.lengthOf(yield* keys, 2)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("copies from bucket to bucket", () =>
    Effect.gen(function*() {
      yield* create
      yield* S3.createBucket("mirror")
      yield* put("a/b")
      const { status } = yield* s3(["sync", `s3://${bucket}`, "s3://mirror/copy"])
      assert.strictEqual(status, 0)
      assert.strictEqual(yield* S3.getText("mirror", "copy/a/b"), "a/b")
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("examples/s3 ls", () => {
  it.effect("lists buckets, folders and objects, and keeps each key on its line", () =>
    Effect.gen(function*() {
      yield* create
      yield* Effect.forEach(["a/1", "a/2\u001b[2J\n3", "b"], (key) => put(key, "12345"))
      const names = (args: ReadonlyArray<string>) =>
        Effect.map(s3(["ls", ...args]), ({ out }) => out.map((line) => line.replace(/^.{16} +/, "")))
      assert.deepEqual(yield* names([]), [`s3://${bucket}`])
      assert.deepEqual((yield* names([`s3://${bucket}`])).toSorted(), ["5 bytes  b", "a/"])
      assert.deepEqual(yield* names([`s3://${bucket}/a/`]), ["5 bytes  a/1", "5 bytes  a/2\\u{1b}[2J\\u{0a}3"])
      assert.lengthOf(yield* names(["--recursive", `s3://${bucket}`]), 3)
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("examples/s3 cp, rm, mb and presign", () => {
  it.effect("copies, deletes and creates", () =>
    Effect.gen(function*() {
      assert.deepEqual((yield* s3(["mb", `s3://${bucket}`])).out, [`create: s3://${bucket}`])
      yield* S3.send(
        new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } })
      )
      yield* put("a/1")
      assert.strictEqual((yield* s3(["cp", `s3://${bucket}/a/1`, `s3://${bucket}/b/`])).status, 0)
      yield* put("b/2")
      assert.deepEqual(yield* keys, ["a/1", "b/1", "b/2"])
      assert.deepEqual((yield* s3(["rm", `s3://${bucket}/a/1`])).out, [`delete: s3://${bucket}/a/1 (1 object)`])
      assert.deepEqual((yield* s3(["rm", "--recursive", `s3://${bucket}/b/`])).out, [
        `delete: s3://${bucket}/b/ (2 objects)`
      ])
      assert.deepEqual(yield* keys, [])
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("writes nothing but the URL to the standard output", () =>
    Effect.gen(function*() {
      yield* create
      const { err, out, status } = yield* s3(["presign", "--expires", "60", `s3://${bucket}/a`])
      assert.deepEqual([out.length, status], [1, 0])
      assert.strictEqual(new URL(out[0]!).searchParams.get("X-Amz-Expires"), "60")
      assert.deepEqual(err, ["GET until 1970-01-01T00:01:00.000Z"])
    }).pipe(Effect.provide(InMemory.layer())))
})

describe("examples/s3", () => {
  it.effect("says in one line what is wrong", () =>
    Effect.gen(function*() {
      yield* create
      for (
        const [args, status] of [
          [["down", "s3://missing/key"], 1],
          [["down", `s3://${bucket}/missing`], 1],
          [["ls", "s3://missing"], 1],
          [["up", "/no/such/file", `s3://${bucket}/a`], 1],
          [["sync", "/no/such/directory", `s3://${bucket}`], 1],
          [["rm", `s3://${bucket}`], 2],
          [["up", ".", `s3://${bucket}`, "--resume"], 2],
          [["up", "-", `s3://${bucket}/a`, "--resume"], 2],
          [["down", `s3://${bucket}/a/`, "--resume"], 2],
          [["down", `s3://${bucket}/a`, "-", "--resume"], 2],
          [["ls", "missing"], 2],
          [["cp", "a", "s3://b/c"], 2]
        ] as const
      ) {
        const ran = yield* s3(args)
        assert.deepEqual(
          [ran.out, ran.err.length, ran.status],
          [[], 1, status],
          `${args.join(" ")}: ${ran.err.join("\n")}`
        )
        assert.match(ran.err[0]!, /^Error: ./)
      }
    }).pipe(Effect.provide(InMemory.layer())))
})
