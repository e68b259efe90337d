// Bodies of requests and answers: transfer encodings, digests, checksums and streams, as the SDK sends and reads them.
import { PutMetricDataCommand } from "@aws-sdk/client-cloudwatch"
import { InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda"
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  SelectObjectContentCommand
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { Readable } from "node:stream"
import { checksumOf } from "../../emulator/wire/checksums.ts"
import type { Fault } from "../../emulator/wire/fault.ts"
import { type Body, bytesOf, collect, noBytes, type Request, textOf } from "../../emulator/wire/http.ts"
import { identify, readInput } from "../../emulator/wire/wire.ts"
import { sdkOf, services } from "./support/clients.ts"
import { Exchanger } from "./support/exchange.ts"

const text = "grüße ".repeat(20_000)

/** What arrives of an upload by an SDK client. */
const upload = async (input: object, options: object = {}) => {
  const exchanger = new Exchanger(sdkOf("S3"), options)
  let body = noBytes
  exchanger.work = async ({ input }) => {
    body = await collect(input.input["Body"] as Body)
  }
  await exchanger.client.send(new PutObjectCommand({ Bucket: "bucket-1", Key: "k", ...input }))
  const { input: { input: read, trailers }, request } = exchanger.last!
  return { body: textOf(body), input: read, trailers: trailers(), headers: request.headers }
}

/** What an upload arrives as, or fails with, when its request is this one. */
const received = (headers: Record<string, string>, body: Body) =>
  Effect.gen(function*() {
    const request: Request = {
      method: "PUT",
      path: "/bucket-1/k",
      query: "",
      headers: { host: "s3.us-east-1.amazonaws.com", ...headers },
      body
    }
    const { input } = yield* readInput(yield* identify(services, request))
    const bytes = yield* Effect.tryPromise({
      try: () => collect(input["Body"] as Body),
      catch: (error) => error as Fault
    })
    return { text: textOf(bytes), input }
  })

const codeOf = (headers: Record<string, string>, body: Body) =>
  Effect.flip(received(headers, body)).pipe(Effect.map(({ code }) => code))

const content = bytesOf("content")

describe("an upload", () => {
  it("arrives with the checksum that the SDK computes", async () => {
    const { body, input } = await upload({ Body: text })
    assert.strictEqual(body, text)
    assert.strictEqual(input["ChecksumCRC32"], checksumOf("crc32", bytesOf(text)))
    assert.strictEqual(input["ContentLength"], bytesOf(text).byteLength)
  })

  for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const) {
    it(`arrives with the checksum ${algorithm}, which the SDK computes too`, async () => {
      const { body, input } = await upload({ Body: text, ChecksumAlgorithm: algorithm })
      assert.strictEqual(body, text)
      assert.isString(input[`Checksum${algorithm}`])
      assert.strictEqual(input[`Checksum${algorithm}`], checksumOf(algorithm, bytesOf(text)))
    })
  }

  it("arrives from a stream, which the SDK sends in chunks with its checksum in a trailer", async () => {
    const pieces = text.match(/.{1,7919}/gsu)!
    const { body, headers, input, trailers } = await upload({
      Body: Readable.from(pieces.map(bytesOf)),
      ContentLength: bytesOf(text).byteLength,
      ContentEncoding: "br"
    })
    assert.strictEqual(headers["x-amz-content-sha256"], "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    assert.strictEqual(body, text)
    assert.strictEqual(input["ContentEncoding"], "br")
    assert.strictEqual(input["ContentLength"], bytesOf(text).byteLength)
    assert.deepStrictEqual(trailers, { "x-amz-checksum-crc32": checksumOf("crc32", bytesOf(text)) as string })
  })

  it.effect("fails when it isn't what its digests tell", () =>
    Effect.gen(function*() {
      const digest = (algorithm: string) => createHash(algorithm).update("other").digest("base64")
      assert.strictEqual(yield* codeOf({ "content-md5": digest("md5") }, content), "BadDigest")
      assert.strictEqual(yield* codeOf({ "content-md5": "short" }, content), "InvalidDigest")
      assert.strictEqual(yield* codeOf({ "x-amz-checksum-sha256": digest("sha256") }, content), "BadDigest")
      assert.strictEqual(yield* codeOf({ "x-amz-checksum-crc32": "AAAA" }, content), "InvalidRequest")
      const sha256 = createHash("sha256").update("other").digest("hex")
      assert.strictEqual(yield* codeOf({ "x-amz-content-sha256": sha256 }, content), "XAmzContentSHA256Mismatch")
    }))

  it.effect("arrives when its digests are right", () =>
    Effect.gen(function*() {
      const md5 = createHash("md5").update(content).digest("base64")
      const sha256 = createHash("sha256").update(content).digest("hex")
      const { text } = yield* received({ "content-md5": md5, "x-amz-content-sha256": sha256 }, content)
      assert.strictEqual(text, "content")
    }))

  const unsigned = {
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-trailer": "x-amz-checksum-crc32"
  }

  it.effect("fails when the checksum in its trailer is wrong", () =>
    Effect.gen(function*() {
      const chunks = (checksum: string) => bytesOf(`7\r\ncontent\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`)
      const right = checksumOf("crc32", content) ?? assert.fail()
      assert.strictEqual((yield* received(unsigned, chunks(right))).text, "content")
      assert.strictEqual(yield* codeOf(unsigned, chunks("AAAAAA==")), "BadDigest")
    }))

  it.effect("fails when its chunks have no size, or less than they tell", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* codeOf(unsigned, bytesOf("what?\r\n")), "InvalidChunkSizeError")
      assert.strictEqual(yield* codeOf(unsigned, bytesOf("9\r\ncontent\r\n")), "IncompleteBody")
      const headers = { ...unsigned, "x-amz-decoded-content-length": "8" }
      assert.strictEqual(yield* codeOf(headers, bytesOf("7\r\ncontent\r\n0\r\n\r\n")), "IncompleteBody")
    }))

  it.effect("is read as it comes", () =>
    Effect.gen(function*() {
      let sent = 0
      const endless: Body = {
        async *[Symbol.asyncIterator]() {
          for (;;) {
            sent++
            yield content
          }
        }
      }
      const request: Request = {
        method: "PUT",
        path: "/bucket-1/k",
        query: "",
        headers: { host: "localhost" },
        body: endless
      }
      const { input } = yield* readInput(yield* identify(services, request))
      assert.strictEqual(sent, 0)
      const iterator = (input["Body"] as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
      yield* Effect.promise(() => iterator.next())
      yield* Effect.promise(() => iterator.next())
      assert.isAtMost(sent, 3)
    }))
})

describe("a body of a request", () => {
  it("is checked where the SDK has to send its checksum", async () => {
    const exchanger = new Exchanger(sdkOf("S3"))
    const keys = Array.from({ length: 1_000 }, (_, index) => ({ Key: `key-${index}` }))
    await exchanger.client.send(new DeleteObjectsCommand({ Bucket: "bucket-1", Delete: { Objects: keys } }))
    const { input, request } = exchanger.last!
    assert.isString(request.headers["x-amz-checksum-crc32"])
    assert.deepStrictEqual(input.input["Delete"], { Objects: keys })
  })

  it("is decompressed where the SDK compresses it", async () => {
    const exchanger = new Exchanger(sdkOf("CloudWatch"))
    const MetricData = Array.from({ length: 500 }, (_, index) => ({ MetricName: `metric-${index}`, Value: index }))
    await exchanger.client.send(new PutMetricDataCommand({ Namespace: "n", MetricData }))
    const { input, request } = exchanger.last!
    assert.strictEqual(request.headers["content-encoding"], "gzip")
    assert.deepStrictEqual(input.input["MetricData"], MetricData)
  })
})

describe("a body of an answer", () => {
  it("is a stream that is written as it comes, and that the SDK checks against its checksum", async () => {
    const exchanger = new Exchanger(sdkOf("S3"))
    const bytes = bytesOf(text)
    exchanger.outputs({
      Body: Readable.from([bytes.subarray(0, 5), bytes.subarray(5)]),
      ContentLength: bytes.byteLength,
      ContentRange: `bytes 0-${bytes.byteLength - 1}/*`,
      ChecksumCRC32: checksumOf("crc32", bytes)
    })
    const output = await exchanger.client.send(new GetObjectCommand({ Bucket: "bucket-1", Key: "k" }))
    assert.strictEqual(await (output["Body"] as { transformToString(): Promise<string> }).transformToString(), text)
    assert.strictEqual((output["$metadata"] as { httpStatusCode: number }).httpStatusCode, 206)
  })

  const eventsOf = async (stream: unknown): Promise<ReadonlyArray<unknown>> => {
    const events: Array<unknown> = []
    for await (const event of stream as AsyncIterable<unknown>) events.push(event)
    return events
  }

  it("is a stream of events in REST-JSON", async () => {
    const exchanger = new Exchanger(sdkOf("Lambda"))
    const events = [{ PayloadChunk: { Payload: bytesOf("part") } }, { InvokeComplete: { LogResult: "log" } }]
    exchanger.outputs({ StatusCode: 200, EventStream: Readable.from(structuredClone(events)) })
    const output = await exchanger.client.send(new InvokeWithResponseStreamCommand({ FunctionName: "f" }))
    const read = await eventsOf(output["EventStream"])
    assert.deepStrictEqual(
      read.map((event) => JSON.stringify(event)),
      events.map((event) => JSON.stringify(event))
    )
  })

  it("is a stream of events in REST-XML", async () => {
    const exchanger = new Exchanger(sdkOf("S3"))
    const events = [
      { Records: { Payload: bytesOf("a,b\n") } },
      { Stats: { Details: { BytesScanned: 4, BytesProcessed: 4, BytesReturned: 4 } } },
      { End: {} }
    ]
    exchanger.outputs({ Payload: Readable.from(structuredClone(events)) })
    const output = await exchanger.client.send(
      new SelectObjectContentCommand({
        Bucket: "bucket-1",
        Key: "k",
        Expression: "SELECT * FROM s3object",
        ExpressionType: "SQL",
        InputSerialization: { CSV: {} },
        OutputSerialization: { CSV: {} }
      })
    )
    const read = await eventsOf(output["Payload"])
    assert.deepStrictEqual(
      read.map((event) => JSON.stringify(event)),
      events.map((event) => JSON.stringify(event))
    )
  })
})
