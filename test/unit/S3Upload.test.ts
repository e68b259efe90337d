// Uploading files, in one request and in parts.
import { HeadObjectCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger, Schedule, Stream } from "effect"
import { arkime, InMemory, Retry, S3 } from "effect-aws-sdk"
import { TestClock } from "effect/testing"
import { execFile } from "node:child_process"
import * as fs from "node:fs/promises"
import type { IncomingMessage, ServerResponse } from "node:http"
import * as path from "node:path"
import { promisify } from "node:util"
import {
  bucket,
  countCalls,
  countUploads,
  create,
  directory,
  fileOf,
  inAccount,
  key,
  large,
  onDisk,
  onDiskWithFiles,
  small,
  until,
  variedFile,
  write
} from "../support/s3.ts"
import { clientsOf, serve } from "../support/Server.ts"

/** Counts calls by a plugin as they begin: the journal has a call only when it ends, after the delay that is injected. */
const counting = (): {
  readonly begun: (operation: string, times?: number) => Effect.Effect<void>
  readonly layer: (options?: Parameters<typeof InMemory.layer>[0]) => ReturnType<typeof InMemory.layer>
} => {
  const begun: Array<string> = []
  return {
    begun: (operation: string, times = 1) =>
      until(`${operation} to begin`, Effect.sync(() => begun.filter((name) => name === operation).length >= times)),
    layer: (options) =>
      InMemory.layer({
        ...options,
        plugins: [{
          applyToStack: (stack) =>
            stack.add((next, context) => (args) => {
              begun.push(String(context["commandName"]).replace("Command", ""))
              return next(args)
            }, { step: "initialize" })
        }]
      })
  }
}

/** Reads at most 300,000 bytes at once. */
const shortRead = (handle: fs.FileHandle) => {
  const read = handle.read.bind(handle)
  return (buffer: Buffer, offset: number, length: number, position: number) =>
    read(buffer, offset, Math.min(length, 300_000), position)
}

it.effect("uploadFile fails with BucketAccessDenied for a bucket of another account", () =>
  Effect.gen(function*() {
    yield* inAccount("222222222222", create)
    for (const path of [yield* small, yield* large]) {
      const error = yield* Effect.flip(S3.uploadFile({ path, bucket, key }))
      assert.strictEqual(error._tag, "BucketAccessDenied")
      if (error._tag === "BucketAccessDenied") assert.strictEqual(error.cause.code, "AccessDenied")
      assert.include(error.message, bucket)
    }
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("uploadFile fails with CannotReadFile before it sends anything", () =>
  Effect.gen(function*() {
    const folder = yield* directory
    yield* write(path.join(folder, "file"), "")
    for (const name of [path.join(folder, "none"), folder, path.join(folder, "file", "below"), "/dev/null"]) {
      const error = yield* Effect.flip(S3.uploadFile({ path: name, bucket, key }))
      assert.strictEqual(error._tag, "CannotReadFile", name)
      assert.include(error.message, name)
    }
    assert.isEmpty(yield* InMemory.calls)
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("uploadFile sends no ACL, no encryption and no storage class by default, in one request and in parts", () =>
  Effect.gen(function*() {
    yield* create
    yield* S3.uploadFile({ path: yield* small, bucket, key })
    yield* S3.uploadFile({ path: yield* large, bucket, key })
    for (const operation of ["PutObject", "CreateMultipartUpload"]) {
      const call = (yield* InMemory.calls).find((call) => call.operation === operation)
      assert.doesNotHaveAnyKeys(call?.input, ["ACL", "ServerSideEncryption", "StorageClass", "Metadata", "Tagging"])
    }
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("arkime.objectOptions requests full control for the owner, KMS encryption and STANDARD storage, in one request and in parts", () =>
  Effect.gen(function*() {
    yield* create
    yield* S3.uploadFile({ path: yield* small, bucket, key, ...arkime.objectOptions })
    yield* S3.uploadFile({ path: yield* large, bucket, key, ...arkime.objectOptions })
    for (const operation of ["PutObject", "CreateMultipartUpload"]) {
      const call = (yield* InMemory.calls).find((call) => call.operation === operation)
      assert.deepInclude(call?.input, {
        ACL: "bucket-owner-full-control",
        ServerSideEncryption: "aws:kms",
        StorageClass: "STANDARD"
      })
    }
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("uploadFile retries a small file", () =>
  Effect.gen(function*() {
    yield* create
    yield* InMemory.inject({ operation: "PutObject", times: 2, fault: InMemory.serverFault })
    yield* S3.uploadFile({ path: yield* small, bucket, key })
    assert.strictEqual(yield* countCalls("PutObject"), 3)
  }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(2) }))))

it.effect("uploadFile retries a part, and a completion whose answer was lost", () =>
  Effect.gen(function*() {
    yield* create
    yield* InMemory.inject({ operation: "UploadPart", nth: 2, fault: InMemory.cut("before") })
    yield* InMemory.inject({ operation: "CompleteMultipartUpload", nth: 1, fault: InMemory.cut("after") })
    yield* S3.uploadFile({ path: yield* large, bucket, key })
    assert.strictEqual(yield* countCalls("UploadPart"), 4)
    assert.strictEqual(yield* countCalls("CompleteMultipartUpload"), 2)
    assert.strictEqual(yield* countCalls("AbortMultipartUpload"), 0)
    assert.strictEqual(yield* countUploads, 0)
    const [object] = yield* Stream.runCollect(S3.listObjects(bucket))
    assert.strictEqual(object?.size, 20 * 2 ** 20)
  }).pipe(Effect.provide(InMemory.layer({ retry: Schedule.recurs(2) }))))

for (const operation of ["UploadPart", "CompleteMultipartUpload"]) {
  it.effect(`uploadFile aborts the multipart upload when ${operation} fails`, () =>
    Effect.gen(function*() {
      yield* create
      yield* InMemory.inject({ operation, fault: InMemory.serverFault })
      const error = yield* Effect.flip(S3.uploadFile({ path: yield* large, bucket, key }))
      assert.strictEqual(error._tag, "AwsError")
      if (error._tag === "AwsError") {
        assert.strictEqual(error.operation, operation)
        assert.strictEqual(error.reason._tag, "ServerFault")
      }
      assert.strictEqual(yield* countCalls("AbortMultipartUpload"), 1)
      assert.strictEqual(yield* countUploads, 0)
      assert.isEmpty(yield* Stream.runCollect(S3.listObjects(bucket)))
    }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))
}

it.effect("uploadFile fails with the original error, and logs the upload that it could not abort", () =>
  Effect.gen(function*() {
    const logs: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel === "Error") logs.push(String(message))
    })
    yield* create
    yield* InMemory.inject({ operation: "UploadPart", fault: InMemory.serverFault })
    yield* InMemory.inject({
      operation: "AbortMultipartUpload",
      fault: InMemory.fault({ code: "AccessDenied", message: "No", statusCode: 403 })
    })
    const error = yield* Effect.flip(S3.uploadFile({ path: yield* large, bucket, key })).pipe(
      Effect.provide(Logger.layer([logger]))
    )
    assert.strictEqual(error._tag, "AwsError")
    assert.strictEqual(yield* countUploads, 1)
    assert.lengthOf(logs, 1)
    assert.include(logs[0], `s3://${bucket}/${key}`)
  }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

/** What an effect logs about the object. The TestClock may warn besides, when real time passes. */
const loggedBy = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const logs: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (String(message).includes("s3://")) logs.push(`${logLevel} ${String(message)}`)
    })
    yield* Effect.exit(effect).pipe(Effect.provide(Logger.layer([logger])))
    return logs
  })

for (const operation of ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"] as const) {
  const { begun, layer } = counting()
  it.effect(`uploadFile leaves no unfinished upload when it is interrupted during ${operation}`, () =>
    Effect.gen(function*() {
      yield* create
      yield* InMemory.inject({ operation, fault: InMemory.delay("4 seconds") })
      const fiber = yield* Effect.forkChild(S3.uploadFile({ path: yield* large, bucket, key }))
      yield* begun(operation)
      const interrupted = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("4 seconds")
      yield* Fiber.join(interrupted)
      assert.strictEqual(yield* countUploads, 0)
      // A completion that has been sent is awaited; everything before it is aborted.
      const isComplete = operation === "CompleteMultipartUpload"
      assert.strictEqual(yield* countCalls("AbortMultipartUpload"), isComplete ? 0 : 1)
      assert.lengthOf(yield* Stream.runCollect(S3.listObjects(bucket)), isComplete ? 1 : 0)
      const calls = yield* InMemory.calls
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(yield* InMemory.calls, calls.length)
    }).pipe(Effect.provide(layer())))
}

describe("an interrupted uploadFile whose request gets no answer", () => {
  for (const operation of ["CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload"]) {
    it.effect(`gives up ${operation} after 5 seconds`, () => {
      const { begun, layer } = counting()
      return Effect.gen(function*() {
        yield* create
        yield* InMemory.inject({ operation, fault: InMemory.delay("1 hour") })
        const isAbort = operation === "AbortMultipartUpload"
        if (isAbort) yield* InMemory.inject({ operation: "UploadPart", fault: InMemory.delay("1 hour") })
        const fiber = yield* Effect.forkChild(loggedBy(S3.uploadFile({ path: yield* large, bucket, key })))
        yield* begun(isAbort ? "UploadPart" : operation)
        const interrupted = yield* Effect.forkChild(Fiber.interrupt(fiber))
        yield* begun(operation)
        yield* TestClock.adjust("4 seconds")
        assert.isUndefined(interrupted.pollUnsafe())
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(interrupted)
      }).pipe(Effect.provide(layer()))
    })
  }

  // Whether S3 has done what the request asked for, what the log says, and what is left.
  const cases = [
    ["CreateMultipartUpload", "before", "Warn", "has no parts", { uploads: 0, objects: 0 }],
    // Its ID is unknown, so it stays. It has no parts, so it costs nothing.
    ["CreateMultipartUpload", "after", "Warn", "has no parts", { uploads: 1, objects: 0 }],
    ["CompleteMultipartUpload", "before", "Error", "whether it has completed", { uploads: 0, objects: 0 }],
    ["CompleteMultipartUpload", "after", "Error", "whether it has completed", { uploads: 0, objects: 1 }],
    ["AbortMultipartUpload", "before", "Error", "could not be aborted", { uploads: 1, objects: 0 }],
    ["AbortMultipartUpload", "after", "Error", "could not be aborted", { uploads: 0, objects: 0 }]
  ] as const
  for (const [operation, when, level, words, left] of cases) {
    const done = when === "after" ? "has been done" : "has not arrived"
    it.effect(`ends, and logs what may be left, when ${operation} ${done}`, () => {
      const { begun, layer } = counting()
      return Effect.gen(function*() {
        yield* create
        yield* InMemory.inject({ operation, fault: InMemory.delay("1 hour", when) })
        if (operation === "AbortMultipartUpload") {
          yield* InMemory.inject({ operation: "UploadPart", fault: InMemory.serverFault })
        }
        const path = yield* large
        const fiber = yield* Effect.forkChild(
          loggedBy(Effect.timeout(S3.uploadFile({ path, bucket, key }), "1 second"))
        )
        yield* begun(operation)
        yield* TestClock.adjust("11 seconds")
        const [log = "", ...others] = yield* Fiber.join(fiber)
        assert.include(log, `${level} `)
        assert.include(log, words)
        assert.include(log, `s3://${bucket}/${key}`)
        assert.isEmpty(others)
        const { Uploads = [] } = yield* S3.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
        const objects = yield* Stream.runCollect(S3.listObjects(bucket))
        assert.deepEqual({ uploads: Uploads.length, objects: objects.length }, left)
        if (operation === "AbortMultipartUpload" && when === "before") assert.include(log, Uploads[0]!.UploadId!)
      }).pipe(Effect.provide(layer({ retry: Retry.none })))
    })
  }

  it.effect("keeps the object when the answer to CompleteMultipartUpload comes in time", () => {
    const { begun, layer } = counting()
    return Effect.gen(function*() {
      yield* create
      yield* InMemory.inject({ operation: "CompleteMultipartUpload", fault: InMemory.delay("5 seconds") })
      const path = yield* large
      const fiber = yield* Effect.forkChild(
        Effect.exit(Effect.timeout(S3.uploadFile({ path, bucket, key }), "1 second"))
      )
      yield* begun("CompleteMultipartUpload")
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* countCalls("AbortMultipartUpload"), 0)
      assert.lengthOf(yield* Stream.runCollect(S3.listObjects(bucket)), 1)
    }).pipe(Effect.provide(layer()))
  })

  it.effect("waits for the answer in an uninterruptible region", () => {
    const { begun, layer } = counting()
    return Effect.gen(function*() {
      yield* create
      yield* InMemory.inject({ operation: "CompleteMultipartUpload", fault: InMemory.delay("1 hour") })
      const path = yield* large
      const fiber = yield* Effect.forkChild(Effect.uninterruptible(S3.uploadFile({ path, bucket, key })))
      yield* begun("CompleteMultipartUpload")
      const interrupted = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("59 minutes")
      assert.isUndefined(interrupted.pollUnsafe())
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(interrupted)
      assert.lengthOf(yield* Stream.runCollect(S3.listObjects(bucket)), 1)
    }).pipe(Effect.provide(layer()))
  })
})

it.effect("uploadFile fails with an error that may have succeeded when the answer to its completion is lost", () =>
  Effect.gen(function*() {
    yield* create
    yield* InMemory.inject({ operation: "CompleteMultipartUpload", fault: InMemory.cut("after") })
    const error = yield* Effect.flip(S3.uploadFile({ path: yield* large, bucket, key }))
    assert.strictEqual(error._tag, "AwsError")
    if (error._tag === "AwsError") assert.isTrue(error.mayHaveSucceeded)
    assert.strictEqual(yield* countUploads, 0)
  }).pipe(Effect.provide(InMemory.layer({ retry: Retry.none }))))

it.effect("uploadFile doesn't wait for its parts when it is interrupted", () => {
  const { begun, layer } = counting()
  return Effect.gen(function*() {
    yield* create
    yield* InMemory.inject({ operation: "UploadPart", fault: InMemory.delay("1 hour") })
    const fiber = yield* Effect.forkChild(S3.uploadFile({ path: yield* large, bucket, key }))
    yield* begun("UploadPart", 3)
    yield* Fiber.interrupt(fiber)
    const parts = (yield* InMemory.calls).filter((call) => call.operation === "UploadPart")
    assert.deepEqual(parts.map(({ outcome }) => outcome._tag), ["Interrupted", "Interrupted", "Interrupted"])
    assert.strictEqual(yield* countUploads, 0)
  }).pipe(Effect.provide(layer()))
})

it.effect("uploadFile fails with CannotReadFile and aborts the upload when the file becomes shorter meanwhile", () => {
  const { begun, layer } = counting()
  return Effect.gen(function*() {
    yield* create
    const name = yield* large
    yield* InMemory.inject({ operation: "CreateMultipartUpload", fault: InMemory.delay("1 minute") })
    const fiber = yield* Effect.forkChild(Effect.flip(S3.uploadFile({ path: name, bucket, key })))
    yield* begun("CreateMultipartUpload")
    yield* Effect.promise(() => fs.truncate(name, 10))
    yield* TestClock.adjust("1 minute")
    assert.strictEqual((yield* Fiber.join(fiber))._tag, "CannotReadFile")
    assert.strictEqual(yield* countUploads, 0)
  }).pipe(Effect.provide(layer()))
})

/** Runs the effect with a file whose content is replaced by another of the same size before its nth read, and after it. */
const changingAt = <A, E, R>(file: string, nth: number, effect: Effect.Effect<A, E, R>) => {
  let reads = 0
  return effect.pipe(onDiskWithFiles((handle) => {
    const read = handle.read.bind(handle) as (
      ...args: ReadonlyArray<unknown>
    ) => Promise<{ readonly bytesRead: number }>
    return {
      read: (async (...args: ReadonlyArray<unknown>) => {
        if (++reads === nth) {
          const { size } = await fs.stat(file)
          const other = await fs.open(file, "r+")
          await other.write(Buffer.alloc(size, "y"), 0, size, 0)
          // A clock of the file system may not have moved on since the file was made.
          await other.utimes(new Date(), new Date(Date.now() + 60_000))
          await other.close()
        }
        return read(...args)
      }) as unknown as fs.FileHandle["read"]
    }
  }))
}

for (const [what, file, reads] of [["in one request", small, 1], ["in parts", large, 3]] as const) {
  for (let nth = 1; nth <= reads; nth++) {
    it.effect(`uploadFile ${what} fails with CannotReadFile when the file changes at the same size before read ${nth}`, () =>
      Effect.gen(function*() {
        yield* create
        const path = yield* file
        const error = yield* Effect.flip(changingAt(path, nth, S3.uploadFile({ path, bucket, key })))
        assert.strictEqual(error._tag, "CannotReadFile")
        assert.include(error.message, "it changed while it was being read")
        assert.isEmpty(yield* Stream.runCollect(S3.listObjects(bucket)))
        assert.strictEqual(yield* countUploads, 0)
      }).pipe(Effect.provide(InMemory.layer())))
  }
}

for (const file of [small, large]) {
  it.effect("uploadFile fails with CannotReadFile when the file grows meanwhile", () =>
    Effect.gen(function*() {
      yield* create
      const path = yield* file
      let isFirst = true
      const error = yield* Effect.flip(S3.uploadFile({ path, bucket, key })).pipe(onDiskWithFiles((handle) => {
        const read = handle.read.bind(handle) as (
          ...args: ReadonlyArray<unknown>
        ) => Promise<{ readonly bytesRead: number }>
        return {
          read: (async (...args: ReadonlyArray<unknown>) => {
            if (isFirst) await fs.appendFile(path, "more")
            isFirst = false
            return read(...args)
          }) as unknown as fs.FileHandle["read"]
        }
      }))
      assert.strictEqual(error._tag, "CannotReadFile")
      assert.isEmpty(yield* Stream.runCollect(S3.listObjects(bucket)))
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("uploadFile uploads the file that it has opened when another one takes its name", () =>
    Effect.gen(function*() {
      yield* create
      const name = yield* file
      const other = `${name}.other`
      yield* write(other, "other")
      const { size } = yield* Effect.promise(() => fs.stat(name))
      yield* S3.uploadFile({ path: name, bucket, key }).pipe(onDiskWithFiles((handle) => {
        const stat = handle.stat.bind(handle) as (...args: ReadonlyArray<unknown>) => Promise<unknown>
        return {
          stat: (async (...args: ReadonlyArray<unknown>) => {
            const stats = await stat(...args)
            await fs.rename(other, name).catch(() => {})
            return stats
          }) as unknown as fs.FileHandle["stat"]
        }
      }))
      assert.strictEqual(yield* Effect.promise(() => fs.readFile(name, "utf8")), "other")
      const [object] = yield* Stream.runCollect(S3.listObjects(bucket))
      assert.strictEqual(object?.size, size)
    }).pipe(Effect.provide(InMemory.layer())))
}

describe.skipIf(process.platform !== "linux")("files that the system makes up as they are read", () => {
  for (
    const name of [
      "/proc/cpuinfo",
      "/proc/version",
      "/proc/self/cmdline",
      "/sys/kernel/mm/transparent_hugepage/enabled"
    ]
  ) {
    it.effect(`uploadFile uploads the content of ${name}, whatever size it reports`, () =>
      Effect.gen(function*() {
        yield* create
        const content = yield* Effect.promise(() => fs.readFile(name, "utf8"))
        assert.notStrictEqual((yield* Effect.promise(() => fs.stat(name))).size, content.length)
        yield* S3.uploadFile({ path: name, bucket, key })
        const uploaded = yield* S3.getObject(bucket, key).pipe(Stream.decodeText(), Stream.mkString)
        // The frequency of the CPU changes from one read to the next.
        assert.strictEqual(uploaded.replace(/MHz.*/g, ""), content.replace(/MHz.*/g, ""))
      }).pipe(Effect.provide(InMemory.layer())))
  }
})

it.effect("uploadFile fails with CannotReadFile for a file that reports no size but has more than 16 MiB", () =>
  Effect.gen(function*() {
    yield* create
    const path = yield* fileOf(0)
    const error = yield* Effect.flip(S3.uploadFile({ path, bucket, key })).pipe(
      onDiskWithFiles(() => ({
        read: (async (buffer: Buffer, offset: number, length: number) => {
          buffer.fill("x", offset, offset + length)
          return { bytesRead: length, buffer }
        }) as unknown as fs.FileHandle["read"]
      }))
    )
    assert.strictEqual(error._tag, "CannotReadFile")
    assert.include(error.message, "more than the 0 bytes that it reports")
    assert.strictEqual(yield* countCalls("PutObject"), 0)
  }).pipe(Effect.provide(InMemory.layer())))

describe.skipIf(process.platform === "win32")("what is no regular file", () => {
  it.effect("uploadFile fails with CannotReadFile for a FIFO, a link to one, and devices, and doesn't wait", () =>
    Effect.gen(function*() {
      const folder = yield* directory
      const [fifo, link] = [path.join(folder, "fifo"), path.join(folder, "link")]
      yield* Effect.promise(() => promisify(execFile)("mkfifo", [fifo]))
      yield* Effect.promise(() => fs.symlink(fifo, link))
      for (const name of [fifo, link, "/dev/null", "/dev/zero", "/dev/tty"]) {
        const error = yield* Effect.flip(S3.uploadFile({ path: name, bucket, key }))
        assert.strictEqual(error._tag, "CannotReadFile", name)
      }
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(Effect.provide(InMemory.layer())))

  it.effect("uploadFile doesn't wait for a FIFO that takes the file's place before it is opened", () =>
    Effect.gen(function*() {
      const name = yield* small
      const error = yield* Effect.flip(S3.uploadFile({ path: name, bucket, key })).pipe(onDisk({
        stat: (async (path: string) => {
          const stats = await fs.stat(path)
          await fs.rm(name)
          await promisify(execFile)("mkfifo", [name])
          return stats
        }) as typeof fs.stat
      }))
      assert.strictEqual(error._tag, "CannotReadFile")
      assert.include(error.message, "it is not a regular file")
      assert.isEmpty(yield* InMemory.calls)
    }).pipe(Effect.provide(InMemory.layer())))
})

it.effect("uploadFile reads on after a short read", () =>
  Effect.gen(function*() {
    yield* create
    const { content, name } = yield* variedFile(1)
    yield* S3.uploadFile({ path: name, bucket, key })
    assert.isTrue(Buffer.concat(yield* Stream.runCollect(S3.getObject(bucket, key))).equals(content))
  }).pipe(
    Effect.provide(InMemory.layer()),
    onDiskWithFiles((handle) => ({ read: shortRead(handle) as fs.FileHandle["read"] }))
  ))

it.effect("uploadFile sends parts of one size, whose bytes arrive intact", () =>
  Effect.gen(function*() {
    yield* create
    const { content, name } = yield* variedFile(48)
    yield* S3.uploadFile({ path: name, bucket, key })
    const part = (PartNumber: number) =>
      Effect.map(S3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, PartNumber })), (head) => head.ContentLength)
    assert.deepEqual(
      yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7], part),
      [...Array.from({ length: 6 }, () => 8 * 2 ** 20), 3]
    )
    assert.isTrue(Buffer.concat(yield* Stream.runCollect(S3.getObject(bucket, key))).equals(content))
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("uploadFile sends a file of up to 16 MiB in one PutObject", () =>
  Effect.gen(function*() {
    yield* create
    yield* S3.uploadFile({ path: yield* fileOf(16 * 2 ** 20), bucket, key })
    yield* S3.uploadFile({ path: yield* fileOf(16 * 2 ** 20 + 1), bucket, key })
    assert.deepEqual(
      (yield* InMemory.calls).map(({ operation }) => operation),
      [
        "CreateBucket",
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "UploadPart",
        "UploadPart",
        "CompleteMultipartUpload"
      ]
    )
  }).pipe(Effect.provide(InMemory.layer())))

it.effect("uploadFile sends no checksums when the clients calculate them only WHEN_REQUIRED", () =>
  Effect.gen(function*() {
    yield* create
    yield* S3.uploadFile({ path: yield* large, bucket, key })
    const algorithms = (yield* InMemory.calls).filter(({ operation }) => operation === "CreateMultipartUpload")
      .map(({ input }) => (input as { readonly ChecksumAlgorithm?: string }).ChecksumAlgorithm)
    assert.deepEqual(algorithms, [undefined])
    const { ChecksumCRC32 } = yield* S3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: "ENABLED" })
    )
    assert.isUndefined(ChecksumCRC32)
  }).pipe(Effect.provide(InMemory.layer({ clientOptions: { requestChecksumCalculation: "WHEN_REQUIRED" } }))))

it.effect("uploadFile sends a checksum with each part by default", () =>
  Effect.gen(function*() {
    yield* create
    yield* S3.uploadFile({ path: yield* large, bucket, key })
    const { ChecksumCRC32 } = yield* S3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: "ENABLED" })
    )
    assert.match(ChecksumCRC32!, /-3$/)
  }).pipe(Effect.provide(InMemory.layer())))

/** A server that accepts multipart uploads; `answer` answers the request of a part. */
const acceptingUploads = (answer: (part: number, request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.map(
    serve((request, response) => {
      const { searchParams } = new URL(request.url!, "http://server")
      const part = searchParams.get("partNumber")
      if (part !== null) return answer(Number(part), request, response)
      request.resume().on("end", () =>
        response.end(
          searchParams.has("uploads")
            ? "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
            : "<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>"
        ))
    }),
    ({ server, url }) => {
      let connections = 0
      server.on("connection", () => connections++)
      return { url, connections: () => connections }
    }
  )
const bytesOf = (request: IncomingMessage) => request.toArray().then((chunks) => Buffer.concat(chunks))
const partOf = (content: Buffer, part: number) => content.subarray((part - 1) * 8 * 2 ** 20, part * 8 * 2 ** 20)

it.live(
  "uploadFile sends parts intact over four connections, in whatever order they are answered",
  () =>
    Effect.gen(function*() {
      const { content, name } = yield* variedFile(80)
      const arrived: Array<boolean> = []
      const waiting: Array<() => void> = []
      const expected: Array<unknown> = []
      const { connections, url } = yield* acceptingUploads(async (part, request, response) => {
        expected.push(request.headers.expect)
        arrived[part] = (await bytesOf(request)).equals(partOf(content, part))
        waiting.push(() => response.setHeader("etag", `"${part}"`).end())
        // Answers the last request first.
        if (waiting.length === 3 || Object.keys(arrived).length > 9) {
          waiting.splice(0).toReversed().forEach((end) => end())
        }
      })
      yield* S3.uploadFile({ path: name, bucket, key }).pipe(Effect.provide(clientsOf(url)))
      assert.deepEqual(Object.values(arrived), Array.from({ length: 11 }, () => true))
      assert.deepEqual(new Set(expected), new Set([undefined]))
      assert.strictEqual(connections(), 4)
    }),
  30_000
)

it.live("uploadFile closes its connections when it is interrupted", () =>
  Effect.gen(function*() {
    const { name } = yield* variedFile(40)
    let [begun, closed] = [0, 0]
    const { url } = yield* acceptingUploads((_, request, response) => {
      request.resume().on("end", () => begun++)
      response.on("close", () => closed++)
    })
    yield* Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(S3.uploadFile({ path: name, bucket, key }))
      yield* until("four parts", Effect.sync(() => begun === 4))
      yield* Fiber.interrupt(fiber)
      yield* until("the connections to close", Effect.sync(() => closed === 4))
      assert.strictEqual(begun, 4)
    }).pipe(Effect.provide(clientsOf(url)))
  }))

it.live(
  "uploadFile doesn't reuse the buffer of an abandoned part that may still be in flight",
  () =>
    Effect.gen(function*() {
      const { content, name } = yield* variedFile(80)
      const refused = new Map<number, Promise<Buffer>>()
      const arrived = new Map<number, boolean>()
      const { url } = yield* acceptingUploads(async (part, request, response) => {
        if (part % 2 === 0 && !refused.has(part)) {
          // Refused before its body has arrived, and read only after the upload. Ending the response would drop the body;
          // keeping the connection would let the client send the next part on it, which nobody reads.
          refused.set(part, new Promise((resolve) => late.push(() => resolve(bytesOf(request)))))
          response.writeHead(503, { "content-length": 0, connection: "close" }).flushHeaders()
          return
        }
        arrived.set(part, (await bytesOf(request)).equals(partOf(content, part)))
        response.setHeader("etag", `"${part}"`).end()
      })
      const late: Array<() => void> = []
      yield* Effect.gen(function*() {
        yield* S3.uploadFile({ path: name, bucket, key })
        late.forEach((read) => read())
        for (const [part, bytes] of refused) {
          const received = yield* Effect.promise(() => bytes)
          assert.isTrue(received.equals(partOf(content, part)), `part ${part}, abandoned`)
        }
      }).pipe(Effect.provide(clientsOf(url, { retry: Schedule.recurs(2) })))
      assert.lengthOf([...arrived], 11)
      for (const [part, isRight] of arrived) assert.isTrue(isRight, `part ${part}`)
      assert.lengthOf([...refused], 5)
    }),
  30_000
)

it.effect("uploadFile gives the object the media type of the file's extension, or the one that it is given", () =>
  Effect.gen(function*() {
    yield* create
    const folder = yield* directory
    const expected = [
      ["page.HTML", "text/html"],
      ["data.tar.gz", "application/gzip"],
      ["photo.webp", "image/webp"],
      ["report.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
      ["html", "application/octet-stream"],
      [".html", "application/octet-stream"],
      ["a.unknown", "application/octet-stream"]
    ] as const
    const typeOf = (name: string, options: S3.ObjectOptions = {}) =>
      Effect.gen(function*() {
        const file = path.join(folder, name)
        yield* write(file, "text")
        yield* S3.uploadFile({ path: file, bucket, key, ...options })
        return (yield* S3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).ContentType
      })
    for (const [name, type] of expected) assert.strictEqual(yield* typeOf(name), type, name)
    assert.strictEqual(yield* typeOf("page.html", { contentType: "text/plain" }), "text/plain")
  }).pipe(Effect.provide(InMemory.layer())))
