// Downloads that go on where an earlier one ended.
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import { S3 } from "effect-aws-sdk"
import { fork } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { threadId } from "node:worker_threads"
import { type Asked, type Mishap, objectServer, varied } from "../support/objectServer.ts"
import { bucket, directory, entries, failing, key, onDisk } from "../support/s3.ts"
import { clientsOf } from "../support/Server.ts"

const content = varied(1_000_003)
const partSize = 100_000

/** A server that fails to answer with the sixth part, until `mend` is called. `stalled` ends when it has failed. */
const failingServer = (how: "break" | "stall") =>
  Effect.gen(function*() {
    let isBroken = true
    const failed = yield* Deferred.make<void>()
    const mishap = ({ range }: Asked): Mishap => {
      if (!isBroken || !range?.startsWith("bytes=600000-")) return undefined
      Deferred.doneUnsafe(failed, Effect.void)
      return { after: 1_000, how }
    }
    const server = yield* objectServer(content, mishap)
    const mend = () => {
      isBroken = false
      server.asked.length = 0
    }
    return { ...server, mend, stalled: Deferred.await(failed) }
  })

const brittle = failingServer("break")
const stalling = failingServer("stall")

const download = (name: string, url: string, options: object = {}) =>
  S3.downloadFile({ bucket, key, path: name, partSize, concurrency: 1, resume: true, ...options }).pipe(
    Effect.provide(clientsOf(url))
  )

const isContent = (name: string, expected = content) =>
  Effect.map(Effect.promise(() => fs.readFile(name)), (found) => found.equals(expected))

it.live("downloadFile with resume fetches only what an earlier download of the same object didn't finish", () =>
  Effect.gen(function*() {
    const { asked, mend, url } = yield* brittle
    const folder = yield* directory
    const name = path.join(folder, "file")
    assert.strictEqual((yield* Effect.flip(download(name, url)))._tag, "AwsError")
    const left = yield* entries(folder)
    assert.lengthOf(left, 1)
    assert.match(left[0]!, /^\.\w{16}\.\w{16}\.free\.part$/)
    mend()
    const seen: Array<S3.Progress> = []
    const onProgress = (progress: S3.Progress) => Effect.sync(() => seen.push(progress))
    yield* download(name, url, { onProgress })
    assert.isTrue(yield* isContent(name))
    assert.deepEqual(yield* entries(folder), ["file"])
    // The first request tells which object it is.
    assert.deepEqual(asked.map(({ method, range }) => range?.slice(0, 9) ?? method), [
      "HEAD",
      ...[6, 7, 8, 9].map((n) => `bytes=${n}00`),
      "bytes=100"
    ])
    assert.deepEqual(seen.at(-1), { transferred: content.length, total: content.length })
  }))

it.live("downloadFile with resume fetches a finished part again that isn't what it was, and doesn't believe the journal", () =>
  Effect.gen(function*() {
    const { asked, mend, url } = yield* brittle
    const folder = yield* directory
    const name = path.join(folder, "file")
    yield* Effect.flip(download(name, url))
    const temporary = path.join(folder, (yield* entries(folder))[0]!)
    yield* Effect.promise(async () => {
      const handle = await fs.open(temporary, "r+")
      await handle.write(Buffer.from("damage"), 0, 6, 250_000)
      // The entry of the fourth part.
      await handle.write(Buffer.from("xx"), 0, 2, content.length + 3 * 8)
      await handle.close()
    })
    mend()
    yield* download(name, url)
    assert.isTrue(yield* isContent(name))
    assert.lengthOf(asked, 1 + 2 + 5)
  }))

it.live("downloadFile with resume starts anew when the object, its range or the part size is another, and removes what was left", () =>
  Effect.gen(function*() {
    const { asked, mend, object, url } = yield* brittle
    const folder = yield* directory
    const name = path.join(folder, "file")
    yield* Effect.flip(download(name, url))
    mend()
    object.content = varied(900_001)
    object.etag = "\"etag-2\""
    yield* download(name, url)
    assert.isTrue(yield* isContent(name, object.content))
    assert.deepEqual(yield* entries(folder), ["file"])
    // One more, which tells that it is another object.
    assert.lengthOf(asked, 11)
  }))

it.live("downloadFile with resume keeps what has arrived when it is interrupted, and leaves nothing of a changed object", () =>
  Effect.gen(function*() {
    const { mend, object, stalled, url } = yield* stalling
    const folder = yield* directory
    const name = path.join(folder, "file")
    const fiber = yield* Effect.forkChild(download(name, url))
    yield* stalled
    mend()
    yield* Fiber.interrupt(fiber)
    assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
    assert.match((yield* entries(folder)).join(), /^\.\w{16}\.\w{16}\.free\.part$/)
    object.headers["x-amz-checksum-crc32"] = "AAAAAA=="
    const corrupted = yield* Effect.flip(download(name, url, { partSize: 300_000 }))
    assert.strictEqual(corrupted._tag, "ObjectCorrupted")
    assert.deepEqual(yield* entries(folder), [])
  }))

/** What removes the object, takes its name, or asks for another one; and how a download fails then. */
const uselessBecause: Record<
  string,
  readonly [object: { etag?: string; isMissing?: true }, options: object, isTaken: boolean]
> = {
  ObjectDoesNotExist: [{ isMissing: true }, {}, false],
  PreconditionFailed: [{ etag: "\"etag-2\"" }, { ifMatch: "\"etag-1\"" }, false],
  RangeNotSatisfiable: [{}, { range: { start: 2_000_000 } }, false],
  FileAlreadyExists: [{}, {}, true]
}

for (const [tag, [changes, options, isTaken]] of Object.entries(uselessBecause)) {
  it.live(`downloadFile with resume removes what killed calls left when it fails with ${tag}, but nothing that is being written`, () =>
    Effect.gen(function*() {
      const { mend, object, url } = yield* brittle
      const folder = yield* directory
      const name = path.join(folder, "file")
      yield* Effect.flip(download(name, url))
      const [left] = yield* entries(folder)
      // The process with this number is the one that runs the tests' workers: it is alive.
      const alive = left!.replace("free", `${process.ppid}-0-0`)
      yield* Effect.promise(() => fs.copyFile(path.join(folder, left!), path.join(folder, alive)))
      mend()
      Object.assign(object, changes)
      if (isTaken) yield* Effect.promise(() => fs.writeFile(name, "mine"))
      assert.strictEqual((yield* Effect.flip(download(name, url, options)))._tag, tag)
      assert.deepEqual(yield* entries(folder), isTaken ? [alive, "file"] : [alive])
    }))
}

it.live("two downloads with resume to one path at once don't share a file, and one of them succeeds", () =>
  Effect.gen(function*() {
    const { url } = yield* objectServer(content)
    const folder = yield* directory
    const name = path.join(folder, "file")
    const exits = yield* Effect.all([Effect.exit(download(name, url)), Effect.exit(download(name, url))], {
      concurrency: 2
    })
    assert.strictEqual(exits.filter(Exit.isSuccess).length, 1)
    assert.isTrue(yield* isContent(name))
    assert.deepEqual(yield* entries(folder), ["file"])
  }))

it.live("downloadFile with resume fails with DirectoryDoesNotExist before it sends anything", () =>
  Effect.gen(function*() {
    const { asked, url } = yield* objectServer(content)
    const folder = path.join(yield* directory, "none")
    const error = yield* Effect.flip(download(path.join(folder, "file"), url))
    assert.deepEqual(error, new S3.DirectoryDoesNotExist({ directory: folder }))
    assert.lengthOf(asked, 0)
  }))

it.live("downloadFile with resume fails with CannotWriteFile when the directory can't be read", () =>
  Effect.gen(function*() {
    const { url } = yield* objectServer(content)
    const folder = yield* directory
    const error = yield* Effect.flip(download(path.join(folder, "file"), url)).pipe(
      onDisk({ readdir: failing("EACCES") as never })
    )
    assert.strictEqual(error._tag, "CannotWriteFile")
    assert.deepEqual(yield* entries(folder), [])
  }))

it.live(
  "downloadFile with resume goes on after the process was killed",
  () =>
    Effect.gen(function*() {
      const { asked, mend, stalled, url } = yield* stalling
      const folder = yield* directory
      const name = path.join(folder, "file")
      const child = fork(path.join(import.meta.dirname, "../support/downloading.ts"), [url, name, String(partSize)], {
        execArgv: ["--conditions=@effect-aws-sdk/source"],
        stdio: "inherit"
      })
      yield* stalled
      const killed = new Promise((resolve) => child.once("exit", resolve))
      child.kill("SIGKILL")
      yield* Effect.promise(() => killed)
      assert.match((yield* entries(folder)).join(), /^\.\w{16}\.\w{16}\.\w{8}-\d+-0-[\w-]{36}\.part$/)
      mend()
      yield* download(name, url)
      assert.isTrue(yield* isContent(name))
      assert.deepEqual(yield* entries(folder), ["file"])
      assert.isAtMost(asked.length, 6)
    }),
  60_000
)

it.live("downloadFile with resume goes on after a process that had the same number, as in a container", () =>
  Effect.gen(function*() {
    const { asked, mend, url } = yield* brittle
    const folder = yield* directory
    const name = path.join(folder, "file")
    yield* Effect.flip(download(name, url))
    const [left] = yield* entries(folder)
    mend()
    // Names that only count the downloads of a process would come to this one.
    const host = createHash("sha256").update(os.hostname()).digest("hex").slice(0, 8)
    const of = left!.replace("free", `${host}-${process.pid}-${threadId}-20`)
    for (let count = 0; count <= 20; count++) {
      const next = yield* directory
      yield* Effect.promise(() => fs.copyFile(path.join(folder, left!), path.join(next, of)))
      asked.length = 0
      yield* download(path.join(next, "file"), url)
      assert.isTrue(yield* isContent(path.join(next, "file")))
      assert.deepEqual(yield* entries(next), ["file"])
      assert.isAtMost(asked.length, 6)
    }
  }))

it.live("downloadFile with resume takes over what another host has left, once it has been quiet for five minutes", () =>
  Effect.gen(function*() {
    const { asked, mend, url } = yield* brittle
    const folder = yield* directory
    yield* Effect.flip(download(path.join(folder, "file"), url))
    const [left] = yield* entries(folder)
    mend()
    for (const [minutes, isTaken] of [[0, false], [6, true]] as const) {
      const next = yield* directory
      const other = path.join(next, left!.replace("free", "0a1b2c3d-1-0-1"))
      const time = new Date(Date.now() - minutes * 60_000)
      yield* Effect.promise(async () => {
        await fs.copyFile(path.join(folder, left!), other)
        await fs.utimes(other, time, time)
      })
      asked.length = 0
      yield* download(path.join(next, "file"), url)
      assert.isTrue(yield* isContent(path.join(next, "file")))
      assert.lengthOf(yield* entries(next), isTaken ? 1 : 2)
      assert.strictEqual(asked[0]!.method === "HEAD", isTaken)
    }
  }))

it.live("of two downloads with resume at once, the one that comes too late leaves nothing", () =>
  Effect.gen(function*() {
    const { url } = yield* objectServer(content)
    const folder = yield* directory
    const name = path.join(folder, "file")
    const exits = yield* Effect.forEach([1, 2, 3], () => Effect.exit(download(name, url)), { concurrency: 3 })
    assert.lengthOf(exits.filter(Exit.isSuccess), 1)
    assert.isTrue(yield* isContent(name))
    assert.deepEqual(yield* entries(folder), ["file"])
  }))

it.live("downloadFile takes a checksum of more parts than an object can have for none", () =>
  Effect.gen(function*() {
    const server = yield* objectServer(Buffer.from("content"))
    const folder = yield* directory
    for (const count of ["8", "10001", "4294967296", "99999999999999999999"]) {
      server.object.headers = { "x-amz-checksum-crc32": `AAAAAA==-${count}`, "x-amz-checksum-type": "COMPOSITE" }
      server.asked.length = 0
      yield* S3.downloadFile({ bucket, key, path: path.join(folder, count) }).pipe(
        Effect.provide(clientsOf(server.url))
      )
      assert.lengthOf(server.asked, 2)
    }
  }))
