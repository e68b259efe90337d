// Downloading an object to a file: whole, or not at all.
import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, identity, Logger } from "effect"
import { InMemory, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { crc32 } from "../contract/support/s3.ts"
import {
  bucket,
  countCalls,
  create,
  directory,
  entries,
  failing,
  keepingBodies,
  key,
  onDisk,
  onDiskWithFiles,
  put,
  until,
  variedFile,
  write
} from "../support/s3.ts"
import { clientsOf, serve } from "../support/Server.ts"

const get = (path: string) => S3.downloadFile({ bucket, key, path })

it.effect("downloadFile fails with FileAlreadyExists before it sends anything", () =>
  Effect.gen(function*() {
    const folder = yield* directory
    const [file, link] = [path.join(folder, "file"), path.join(folder, "link")]
    yield* write(file, "mine")
    yield* Effect.promise(() => fs.symlink("nowhere", link))
    for (const name of [file, link, folder]) {
      assert.deepEqual(yield* Effect.flip(get(name)), new S3.FileAlreadyExists({ path: name }))
    }
    assert.strictEqual(yield* Effect.promise(() => fs.readFile(file, "utf8")), "mine")
    assert.deepEqual((yield* entries(folder)).sort(), ["file", "link"])
    assert.isEmpty(yield* InMemory.calls)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("downloadFile fails with DirectoryDoesNotExist before it sends anything", () =>
  Effect.gen(function*() {
    const folder = yield* directory
    const file = path.join(folder, "file")
    yield* write(file, "")
    for (const parent of [path.join(folder, "none"), file]) {
      const error = yield* Effect.flip(get(path.join(parent, "key")))
      assert.deepEqual(error, new S3.DirectoryDoesNotExist({ directory: parent }))
    }
    assert.isEmpty(yield* InMemory.calls)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("downloadFile fails with CannotWriteFile before it sends anything when the path doesn't name a file", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key)
    const folder = yield* directory
    for (const name of ["", `${folder}/`, `${folder}/none/`, "/"]) {
      const error = yield* Effect.flip(get(name))
      assert.strictEqual(error._tag, "CannotWriteFile", name)
      assert.include(error.message, `The file ${name} `)
      assert.include(error.message, "the path does not name a file")
    }
    assert.deepEqual(yield* entries(folder), [])
    assert.strictEqual(yield* countCalls("GetObject"), 0)
  }).pipe(Effect.provide(InMemory.layer())))

/** Writes at most 1,000 bytes per call. */
const shortWrite = (handle: fs.FileHandle): fs.FileHandle["writev"] => {
  const write = handle.write.bind(handle)
  return async (buffers, position) => {
    const chunks = buffers as ReadonlyArray<Uint8Array>
    const first = Buffer.concat(chunks).subarray(0, 1_000)
    const { bytesWritten } = await write(first, 0, first.length, position)
    return { bytesWritten, buffers }
  }
}

for (const links of ["with", "without"] as const) {
  it.effect(`downloadFile doesn't overwrite a file that appears meanwhile, ${links} hard links`, () =>
    Effect.gen(function*() {
      yield* create
      yield* put(key)
      const folder = yield* directory
      const name = path.join(folder, "file")
      yield* InMemory.inject({ operation: "GetObject", nth: 1, fault: InMemory.delay("1 minute") })
      const fiber = yield* Effect.forkChild(Effect.flip(get(name)))
      yield* until("the temporary file", Effect.map(entries(folder), ({ length }) => length === 1))
      yield* write(name, "mine")
      yield* TestClock.adjust("1 minute")
      assert.deepEqual(yield* Fiber.join(fiber), new S3.FileAlreadyExists({ path: name }))
      assert.strictEqual(yield* Effect.promise(() => fs.readFile(name, "utf8")), "mine")
      assert.deepEqual(yield* entries(folder), ["file"])

      const other = path.join(folder, "other")
      yield* get(other)
      assert.strictEqual(yield* Effect.promise(() => fs.readFile(other, "utf8")), key)
      assert.deepEqual(yield* entries(folder), ["file", "other"])
    }).pipe(Effect.provide(InMemory.layer()), links === "with" ? identity : onDisk({ link: failing("EPERM") })))
}

it.effect("downloadFile fails with CannotWriteFile for a name that is too long and on a full disk, and leaves no file", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key)
    const folder = yield* directory
    const tooLong = yield* Effect.flip(get(path.join(folder, "n".repeat(300))))
    assert.strictEqual(tooLong._tag, "CannotWriteFile")
    const full = yield* Effect.flip(get(path.join(folder, "file"))).pipe(onDisk({ link: failing("ENOSPC") }))
    assert.strictEqual(full._tag, "CannotWriteFile")
    assert.deepEqual(yield* entries(folder), [])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("downloadFile fails with CannotWriteFile when permission is denied", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key)
    const folder = yield* directory
    const name = path.join(folder, "file")
    for (const operation of ["open", "link"]) {
      const error = yield* Effect.flip(get(name)).pipe(onDisk({ [operation]: failing("EACCES") }))
      assert.strictEqual(error._tag, "CannotWriteFile", operation)
      assert.include(error.message, name)
      assert.deepEqual(yield* entries(folder), [])
    }
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("downloadFile leaves no file when it can't replace the reserved name on a disk without hard links", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key)
    const folder = yield* directory
    const error = yield* Effect.flip(get(path.join(folder, "file")))
    assert.strictEqual(error._tag, "CannotWriteFile")
    assert.deepEqual(yield* entries(folder), [])
  }).pipe(Effect.provide(InMemory.layer()), onDisk({ link: failing("EPERM"), rename: failing("EIO") })))

it.effect("downloadFile writes the rest after a short write", () =>
  Effect.gen(function*() {
    const { content } = yield* variedFile(1)
    yield* create
    yield* put(key, content)
    const name = path.join(yield* directory, "file")
    const { size } = yield* get(name)
    assert.strictEqual(size, content.length)
    assert.isTrue(content.equals(yield* Effect.promise(() => fs.readFile(name))))
  }).pipe(
    Effect.provide(InMemory.layer()),
    onDiskWithFiles((handle) => ({ writev: shortWrite(handle) }))
  ))

it.effect("downloadFile fails with CannotWriteFile when the disk fills up meanwhile, and leaves no file", () => {
  const { bodies, layer } = keepingBodies()
  return Effect.gen(function*() {
    yield* create
    yield* put(key, Buffer.alloc(2 ** 20))
    const folder = yield* directory
    const error = yield* Effect.flip(get(path.join(folder, "file")))
    assert.strictEqual(error._tag, "CannotWriteFile")
    assert.deepEqual(yield* entries(folder), [])
    assert.deepEqual(bodies.map(({ destroyed }) => destroyed), [true])
  }).pipe(
    Effect.provide(layer),
    onDiskWithFiles((handle) => ({ writev: shortWrite(handle), write: failing("ENOSPC") }))
  )
})

it.effect("downloadFile fails with CannotWriteFile when the disk turns out to be full on closing, and leaves no file", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key)
    const folder = yield* directory
    const error = yield* Effect.flip(get(path.join(folder, "file")))
    assert.strictEqual(error._tag, "CannotWriteFile")
    assert.deepEqual(yield* entries(folder), [])
  }).pipe(
    Effect.provide(InMemory.layer()),
    onDiskWithFiles((handle) => {
      const close = handle.close.bind(handle)
      return { close: () => close().then(failing("ENOSPC")) }
    })
  ))

it.live("downloadFile writes chunks of any size in their order", () =>
  Effect.gen(function*() {
    const { content } = yield* variedFile(3)
    const { url } = yield* serve((_, response) => {
      response.writeHead(200, { "content-length": content.length })
      let at = 0
      const write = (turn: number) => {
        const size = turn % 3 === 0 ? 1 : turn % 3 === 1 ? 700_001 : 4_099
        const more = content.subarray(at, at += size)
        if (at >= content.length) return response.end(more)
        response.write(more, () => setImmediate(write, turn + 1))
      }
      write(0)
    })
    const name = path.join(yield* directory, "file")
    const { size } = yield* S3.downloadFile({ bucket, key, path: name }).pipe(Effect.provide(clientsOf(url)))
    assert.strictEqual(size, content.length)
    assert.isTrue(content.equals(yield* Effect.promise(() => fs.readFile(name))))
  }))

it.live("downloadFile leaves no file when the connection breaks", () =>
  Effect.gen(function*() {
    const folder = yield* directory
    const { url } = yield* serve((_, response) => {
      response.writeHead(200, { "content-length": "100" })
      response.write("0123456789", () => setImmediate(() => response.destroy()))
    })
    const error = yield* Effect.flip(S3.downloadFile({ bucket, key, path: path.join(folder, "file") })).pipe(
      Effect.provide(clientsOf(url))
    )
    assert.strictEqual(error._tag, "AwsError")
    assert.deepEqual(yield* entries(folder), [])
  }))

it.live("downloadFile fails with ObjectCorrupted when the checksum is wrong, and leaves no file", () =>
  Effect.gen(function*() {
    const folder = yield* directory
    const { url } = yield* serve((_, response) =>
      response.writeHead(200, { "x-amz-checksum-crc32": "AAAAAA==" }).end("content")
    )
    const error = yield* Effect.flip(S3.downloadFile({ bucket, key, path: path.join(folder, "file") })).pipe(
      Effect.provide(clientsOf(url))
    )
    assert.deepInclude(error, {
      _tag: "ObjectCorrupted",
      algorithm: "CRC32",
      expected: "AAAAAA==",
      actual: crc32("content")
    })
    assert.deepEqual(yield* entries(folder), [])
  }))

it.effect("downloadFile leaves no file when it is interrupted", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key)
    const folder = yield* directory
    yield* InMemory.inject({ operation: "GetObject", fault: InMemory.delay("1 hour") })
    const fiber = yield* Effect.forkChild(get(path.join(folder, "file")))
    yield* until("the temporary file", Effect.map(entries(folder), ({ length }) => length === 1))
    yield* Fiber.interrupt(fiber)
    assert.deepEqual(yield* entries(folder), [])
  }).pipe(Effect.provide(InMemory.layer())))

it.live("downloadFile closes its connection and leaves no file when it is interrupted while the body stalls", () =>
  Effect.gen(function*() {
    const folder = yield* directory
    let closed = 0
    const { url } = yield* serve((_, response) => {
      response.on("close", () => closed++)
      response.writeHead(200, { "content-length": "10000000" }).write(Buffer.alloc(2 ** 20))
    })
    const clients = clientsOf(url)
    const name = path.join(folder, "file")
    const download = yield* Effect.forkChild(
      S3.downloadFile({ bucket, key, path: name }).pipe(Effect.provide(clients))
    )
    const written = Effect.promise(async () => {
      const [temporary] = await fs.readdir(folder)
      return temporary !== undefined && (await fs.stat(path.join(folder, temporary))).size > 0
    })
    yield* until("the first bytes", written)
    yield* Fiber.interrupt(download)
    assert.deepEqual(yield* entries(folder), [])
    yield* until("the connection to close", Effect.sync(() => closed === 1))
  }))

/**
 * Runs a download that is interrupted at its nth step: before or after a function of Node's that it calls. Succeeds with how
 * it ended, what is in the folder afterwards, and the number of steps that it took.
 */
const interruptedAt = Effect.fnUntraced(function*(nth: number, hasLinks: boolean) {
  const folder = yield* directory
  const name = path.join(folder, "file")
  const steps: Array<string> = []
  let fiber: Fiber.Fiber<unknown, unknown> | undefined
  const step = (what: string) => {
    steps.push(what)
    if (steps.length === nth) fiber?.interruptUnsafe()
  }
  const stepping = <F extends (...args: ReadonlyArray<any>) => Promise<any>>(what: string, of: F): F =>
    (async (...args: ReadonlyArray<any>) => {
      step(`before ${what}`)
      try {
        return await of(...args)
      } finally {
        step(`after ${what}`)
      }
    }) as F
  const link = hasLinks ? fs.link : failing("EPERM") as typeof fs.link
  const download = get(name).pipe(onDisk({
    link: stepping("link", link),
    lstat: stepping("lstat", fs.lstat as (...args: ReadonlyArray<any>) => Promise<any>) as typeof fs.lstat,
    rename: stepping("rename", fs.rename),
    rm: stepping("rm", fs.rm),
    open: stepping("open", async (...args: Parameters<typeof fs.open>) => {
      const handle = await fs.open(...args)
      for (const method of ["close", "stat", "writev"] as const) {
        const of = handle[method].bind(handle) as (...args: ReadonlyArray<any>) => Promise<any>
        Object.assign(handle, { [method]: stepping(method, of) })
      }
      return handle
    })
  }))
  fiber = yield* Effect.forkChild(download)
  const exit = yield* Fiber.await(fiber)
  return { exit, files: yield* entries(folder), steps, name }
})

for (const hasLinks of [true, false]) {
  it.effect(
    `downloadFile leaves no file, at whichever step it is interrupted, ${hasLinks ? "with" : "without"} hard links`,
    () =>
      Effect.gen(function*() {
        yield* create
        yield* put(key)
        const undisturbed = yield* interruptedAt(0, hasLinks)
        assert.deepEqual(undisturbed.files, ["file"])
        assert.isAbove(undisturbed.steps.length, 12)
        for (let nth = 1; nth <= undisturbed.steps.length; nth++) {
          const { exit, files, name, steps } = yield* interruptedAt(nth, hasLinks)
          assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause), `${nth}: ${steps[nth - 1]}`)
          assert.deepEqual(files, [], `${nth}: ${steps[nth - 1]}`)
          // A second try doesn't find a file of the first.
          yield* get(name)
        }
      }).pipe(Effect.provide(InMemory.layer())),
    60_000
  )
}

it.effect("downloadFile, when it is interrupted, doesn't remove a file that has taken the place of its own", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key)
    const name = path.join(yield* directory, "file")
    let fiber: Fiber.Fiber<unknown, unknown> | undefined
    fiber = yield* Effect.forkChild(
      get(name).pipe(onDisk({
        link: async (from, to) => {
          await fs.link(from, to)
          await fs.writeFile(`${name}.other`, "mine")
          await fs.rename(`${name}.other`, name)
          fiber?.interruptUnsafe()
        }
      }))
    )
    assert.isTrue(Exit.isFailure(yield* Fiber.await(fiber)))
    assert.strictEqual(yield* Effect.promise(() => fs.readFile(name, "utf8")), "mine")
    assert.deepEqual(yield* entries(path.dirname(name)), ["file"])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("downloadFile succeeds, and warns, when it can't remove its temporary file", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key)
    const folder = yield* directory
    const logs: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      logs.push(`${logLevel} ${String(message)}`)
    })
    yield* get(path.join(folder, "file")).pipe(
      onDisk({ rm: failing("EIO") }),
      Effect.provide(Logger.layer([logger]))
    )
    const [temporary, file] = (yield* entries(folder)).sort()
    assert.strictEqual(file, "file")
    assert.lengthOf(logs, 1)
    assert.include(logs[0], "Warn The file ")
    assert.include(logs[0], temporary)
  }).pipe(Effect.provide(InMemory.layer())))

it.live(
  "downloadFile leaves the file only if it succeeds, when it is interrupted at any moment",
  () =>
    Effect.gen(function*() {
      const { url } = yield* serve((_, response) => response.writeHead(200, { "content-length": 5 }).end("hello"))
      const folder = yield* directory
      yield* Effect.gen(function*() {
        for (let turns = 0; turns < 300; turns++) {
          const name = path.join(folder, `file-${turns}`)
          const fiber = yield* Effect.forkChild(get(name), { startImmediately: true })
          for (let turn = 0; turn < turns / 10; turn++) yield* Effect.promise(() => new Promise(setImmediate))
          yield* Fiber.interrupt(fiber)
          const exit = yield* Fiber.await(fiber)
          assert.deepEqual(
            (yield* entries(folder)).filter((entry) => entry === `file-${turns}` || entry.endsWith(".part")),
            Exit.isSuccess(exit) ? [`file-${turns}`] : []
          )
        }
      }).pipe(Effect.provide(clientsOf(url)))
    }),
  60_000
)
