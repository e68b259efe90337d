// Downloads in parts: of one and the same object, going on where a body breaks off, checked against the checksum.
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Schedule, Schema } from "effect"
import { InMemory, Retry, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { isSameContent } from "../../services/internal/s3/verify.ts"
import { crc32 } from "../contract/support/s3.ts"
import { objectServer, varied } from "../support/objectServer.ts"
import {
  bucket,
  countCalls,
  create,
  directory,
  entries,
  key,
  onDiskWithFiles,
  put,
  until,
  write
} from "../support/s3.ts"
import { clientsOf, serve } from "../support/Server.ts"

const content = varied(1_000_003)
const partSize = 100_000

const download = (name: string, options: Partial<Parameters<typeof S3.downloadFile>[0]> = {}) =>
  S3.downloadFile({ bucket, key, path: name, partSize, ...options })

const isContent = (name: string, expected: Uint8Array = content) =>
  Effect.map(Effect.promise(() => fs.readFile(name)), (found) => found.equals(expected))

const retrying = (url: string) => clientsOf(url, { retry: Retry.standard({ attempts: 3 }) } as never)

it.effect("downloadFile fetches a large object in parts at once, all with its ETag, and a small one in one request", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key, content)
    const folder = yield* directory
    const { etag } = yield* download(path.join(folder, "file"))
    assert.isTrue(yield* isContent(path.join(folder, "file")))
    const gets = (yield* InMemory.calls).filter(({ operation }) => operation === "GetObject")
    assert.lengthOf(gets, 11)
    const inputs = gets.map(({ input }) => input as { Range?: string; IfMatch?: string })
    assert.isUndefined(inputs[0]?.Range)
    assert.isTrue(inputs.slice(1).every(({ IfMatch }) => IfMatch === etag))
    assert.include(inputs.map(({ Range }) => Range), "bytes=1000000-1000002")
    yield* download(path.join(folder, "one"), { partSize: undefined })
    assert.strictEqual(yield* countCalls("GetObject"), 12)
    assert.deepEqual((yield* entries(folder)).sort(), ["file", "one"])
  }).pipe(Effect.provide(InMemory.layer())))

it.effect.prop(
  "downloadFile gives the same file whatever the part size, the concurrency and the range",
  [
    Schema.Int.check(Schema.isBetween({ minimum: 9, maximum: 400 })),
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 })),
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 499 })),
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 600 }))
  ],
  ([partSize, concurrency, start, length]) =>
    Effect.gen(function*() {
      const small = content.subarray(0, 500)
      yield* create
      yield* put(key, small)
      const name = path.join(yield* directory, "file")
      yield* download(name, { partSize, concurrency })
      assert.isTrue(yield* isContent(name, small))
      const range = { start, end: start + length }
      const { size } = yield* download(name, { partSize, concurrency, range, overwrite: true })
      const slice = small.subarray(start, start + length + 1)
      assert.isTrue(yield* isContent(name, slice))
      assert.strictEqual(size, slice.length)
      assert.deepEqual(Buffer.from(yield* S3.getBytes(bucket, key, { range })), slice)
      const last = length + 1
      assert.deepEqual(Buffer.from(yield* S3.getBytes(bucket, key, { range: { last } })), small.subarray(-last))
    }).pipe(Effect.scoped, Effect.provide(InMemory.layer())),
  { arbitrary: { numRuns: 25 } } as never
)

it.live("downloadFile goes on from where a body broke off, with the same ETag, as the retry policy says", () =>
  Effect.gen(function*() {
    const { asked, url } = yield* objectServer(
      content,
      (_, count) => count <= 2 ? { after: 30_000, how: "break" } : undefined
    )
    const name = path.join(yield* directory, "file")
    const { size } = yield* download(name, { partSize: undefined }).pipe(Effect.provide(retrying(url)))
    assert.strictEqual(size, content.length)
    assert.isTrue(yield* isContent(name))
    assert.lengthOf(asked, 3)
    assert.isTrue(
      asked.slice(1).every(({ headers, range }) => headers["if-match"] === "\"etag-1\"" && range !== "bytes=0-")
    )
  }))

it.live("downloadFile asks for the rest of a body as often as the policy of the call site allows", () =>
  Effect.gen(function*() {
    const { asked, url } = yield* objectServer(content, () => ({ after: 30_000, how: "break" }))
    const name = path.join(yield* directory, "file")
    for (const attempts of [1, 2, 6]) {
      const before = asked.length
      const error = yield* download(name, { partSize: undefined }).pipe(
        Retry.withPolicy(Schedule.recurs(attempts - 1)),
        Effect.flip,
        Effect.provide(retrying(url))
      )
      assert.strictEqual(error._tag, "AwsError")
      assert.strictEqual(asked.length - before, attempts)
    }
  }))

it.live("downloadFile gives up a part that breaks off more often than the retry policy allows, and leaves nothing", () =>
  Effect.gen(function*() {
    const { asked, url } = yield* objectServer(
      content,
      ({ range }) => range?.startsWith("bytes=2") ? { after: 10, how: "break" } : undefined
    )
    const folder = yield* directory
    const error = yield* Effect.flip(download(path.join(folder, "file")).pipe(Effect.provide(retrying(url))))
    assert.strictEqual(error._tag, "AwsError")
    assert.strictEqual(asked.filter(({ range }) => range?.startsWith("bytes=2")).length, 3)
    assert.deepEqual(yield* entries(folder), [])
  }))

it.effect("downloadFile asks again for a part that gives no byte for 30 seconds", () =>
  Effect.gen(function*() {
    const { asked, url } = yield* objectServer(
      content,
      (_, count) => count === 4 ? { after: 5_000, how: "stall" } : undefined
    )
    const folder = yield* directory
    const name = path.join(folder, "file")
    const fiber = yield* Effect.forkChild(download(name, { concurrency: 1 }).pipe(Effect.provide(retrying(url))))
    yield* until("the stall", Effect.sync(() => asked.length === 4))
    yield* until(
      "the end",
      Effect.andThen(TestClock.adjust("10 seconds"), Effect.sync(() => fiber.pollUnsafe() !== undefined))
    )
    yield* Fiber.join(fiber)
    assert.isTrue(yield* isContent(name))
    assert.isAtLeast(asked.length, 12)
  }))

it.live("downloadFile fails with ObjectChanged when the object is replaced meanwhile, and leaves nothing", () =>
  Effect.gen(function*() {
    const folder = yield* directory
    for (const ignoresConditions of [false, true]) {
      const { url } = yield* objectServer(content, ({ headers }, count, object) => {
        if (count === 4) object.etag = "\"etag-2\""
        if (ignoresConditions) delete headers["if-match"]
        return undefined
      })
      const error = yield* Effect.flip(download(path.join(folder, "file")).pipe(Effect.provide(clientsOf(url))))
      assert.deepEqual(error, new S3.ObjectChanged({ bucket, key }))
      assert.deepEqual(yield* entries(folder), [])
    }
  }))

it.live("downloadFile fails with ObjectCorrupted when one byte of a part is wrong, and leaves the file that it would overwrite", () =>
  Effect.gen(function*() {
    const folder = yield* directory
    const name = path.join(folder, "file")
    yield* write(name, "mine")
    const { object, url } = yield* objectServer(Buffer.from(content), ({ range }, _, object) => {
      if (range?.startsWith("bytes=500000-")) object.content[512_345]! ^= 1
      return undefined
    })
    object.headers["x-amz-checksum-crc32"] = crc32(content as never)
    const error = yield* Effect.flip(download(name, { overwrite: true }).pipe(Effect.provide(clientsOf(url))))
    assert.strictEqual(error._tag, "ObjectCorrupted")
    assert.strictEqual(yield* Effect.promise(() => fs.readFile(name, "utf8")), "mine")
    assert.deepEqual(yield* entries(folder), ["file"])
  }))

const algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const

it.effect("downloadFile compares the file with the checksum of the whole object, in every algorithm", () =>
  Effect.gen(function*() {
    yield* create
    const folder = yield* directory
    for (const ChecksumAlgorithm of algorithms) {
      yield* S3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content, ChecksumAlgorithm }))
      const { checksum } = yield* S3.headObject(bucket, key)
      assert.strictEqual(checksum?.algorithm, ChecksumAlgorithm)
      const name = path.join(folder, ChecksumAlgorithm)
      yield* download(name)
      assert.isTrue(yield* isContent(name))
      const head = yield* S3.headObject(bucket, key)
      assert.strictEqual(yield* isSameContent(name, head), "same")
      yield* write(name, Buffer.from(content).fill(0, 7, 9))
      assert.strictEqual(yield* isSameContent(name, head), "different")
    }
  }).pipe(Effect.provide(InMemory.layer())))

/** Uploads an object in parts of these sizes. */
const uploadParts = (sizes: ReadonlyArray<number>, input: object) =>
  Effect.gen(function*() {
    const place = { Bucket: bucket, Key: key }
    const { UploadId } = yield* S3.send(new CreateMultipartUploadCommand({ ...place, ...input }))
    const chunks: Array<Buffer> = []
    const Parts = yield* Effect.forEach(sizes, (size, i) => {
      const Body = varied(size + i).subarray(i)
      chunks.push(Body)
      return Effect.map(
        S3.send(new UploadPartCommand({ ...place, UploadId, PartNumber: i + 1, Body, ...input })),
        ({ ChecksumCRC32, ChecksumSHA256, ETag }) => ({ ETag, ChecksumCRC32, ChecksumSHA256, PartNumber: i + 1 })
      )
    })
    yield* S3.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts } }))
    return Buffer.concat(chunks)
  })

const MIB = 2 ** 20

it.effect(
  "downloadFile compares the file with a composite checksum, also of parts that aren't cut alike",
  () =>
    Effect.gen(function*() {
      yield* create
      const folder = yield* directory
      const layouts = [[5 * MIB, 7], [5 * MIB, 6 * MIB, 5 * MIB], [5 * MIB]]
      for (const [i, sizes] of layouts.entries()) {
        const whole = yield* uploadParts(sizes, { ChecksumAlgorithm: "SHA256" })
        const name = path.join(folder, `file-${i}`)
        yield* S3.downloadFile({ bucket, key, path: name, partSize: MIB })
        assert.isTrue(yield* isContent(name, whole))
        const head = yield* S3.headObject(bucket, key)
        assert.deepInclude(head, { partsCount: sizes.length, size: whole.length })
        assert.strictEqual(head.checksum?.type, "COMPOSITE")
        assert.strictEqual(yield* isSameContent(name, head), "same")
        const { checksum: _, ...others } = head
        const etagOnly = new S3.ObjectHead(others)
        assert.strictEqual(yield* isSameContent(name, etagOnly), "same")
        yield* write(name, Buffer.from(whole).fill(0, MIB, MIB + 9))
        assert.strictEqual(yield* isSameContent(name, head), "different")
        assert.strictEqual(yield* isSameContent(name, etagOnly), "different")
      }
    }).pipe(Effect.provide(InMemory.layer())),
  60_000
)

it.effect("downloadFile fails with ObjectCorrupted when the disk gives back other bytes than were written", () =>
  Effect.gen(function*() {
    yield* create
    yield* uploadParts([5 * MIB, 6 * MIB, 7], { ChecksumAlgorithm: "CRC32" })
    const folder = yield* directory
    const error = yield* Effect.flip(S3.downloadFile({ bucket, key, path: path.join(folder, "file") })).pipe(
      onDiskWithFiles((handle) => {
        const read = handle.read.bind(handle) as (...args: ReadonlyArray<any>) => Promise<any>
        return {
          read: (async (buffer: Buffer, ...args: ReadonlyArray<any>) => {
            const result = await read(buffer, ...args)
            buffer[0]! ^= 1
            return result
          }) as never
        }
      })
    )
    assert.strictEqual(error._tag, "ObjectCorrupted")
    assert.deepEqual(yield* entries(folder), [])
  }).pipe(Effect.provide(InMemory.layer())))

it.live("downloadFile reads a store without ranges, ETags, lengths or checksums in one request", () =>
  Effect.gen(function*() {
    let requests = 0
    const { url } = yield* serve((_, response) => {
      requests++
      response.writeHead(200)
      response.write(content.subarray(0, 500_000))
      response.end(content.subarray(500_000))
    })
    const name = path.join(yield* directory, "file")
    for (const resume of [false, true]) {
      yield* download(name, { overwrite: true, resume }).pipe(Effect.provide(clientsOf(url)))
      assert.isTrue(yield* isContent(name))
    }
    assert.strictEqual(requests, 2)
  }))

it.effect("downloadFile follows its progress up to the size of the object", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key, content)
    const seen: Array<S3.Progress> = []
    yield* download(path.join(yield* directory, "file"), {
      onProgress: (progress) => Effect.sync(() => seen.push(progress))
    })
    const [last] = seen.slice(-1)
    assert.deepEqual(last, { transferred: content.length, total: content.length })
    assert.isTrue(seen.every(({ transferred }, i) => transferred >= (seen[i - 1]?.transferred ?? 0)))
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("downloadFile overwrites a file in one step, keeps it when it fails, and gives it the object's time on request", () =>
  Effect.gen(function*() {
    yield* create
    yield* put(key, content)
    const folder = yield* directory
    const name = path.join(folder, "file")
    yield* write(name, "mine")
    yield* InMemory.inject({
      operation: "GetObject",
      nth: 3,
      fault: InMemory.fault({ code: "AccessDenied", statusCode: 403, message: "no" })
    })
    assert.strictEqual((yield* Effect.flip(download(name, { overwrite: true })))._tag, "AwsError")
    assert.strictEqual(yield* Effect.promise(() => fs.readFile(name, "utf8")), "mine")
    assert.deepEqual(yield* entries(folder), ["file"])
    yield* download(name, { overwrite: true, keepTime: true })
    assert.isTrue(yield* isContent(name))
    const { lastModified } = yield* S3.headObject(bucket, key)
    assert.deepEqual((yield* Effect.promise(() => fs.stat(name))).mtime, lastModified)
    const error = yield* Effect.flip(download(folder, { overwrite: true }))
    assert.strictEqual(error._tag, "CannotWriteFile")
    assert.include(error.message, "it is a directory")
  }).pipe(Effect.provide(InMemory.layer())))
